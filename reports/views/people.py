"""Who works with the portal: the list, one person, and every act upon an account, by those who manage people."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from ministries import clock, services
from ministries.models import Organisation, User
from ministries.permissions import Act, require
from ministries.services import Refused
from reports import people_forms, people_wording, selectors
from reports.people_forms import DeputyForm, HandOverForm, InvitationForm, PeopleForm, RoleForm
from reports.selectors import PersonPage
from reports.selectors.people import DISABLED, INVITED, STATES, may_manage_people
from reports.views import sorting
from reports.views.access import actor_of, reads, writes

UNPROCESSABLE, CONFLICT = 422, 409
PEOPLE_A_PAGE = 100


# --- the list -------------------------------------------------------------------------------------------------
@reads()
def people(request: HttpRequest) -> HttpResponse:
    """`?organisation=` and `?state=` choose, `?q=` looks for a name or address, `?sort=` orders."""
    asked = {name: request.GET.get(name, "").strip() for name in ("organisation", "state", "q")}
    page = selectors.people_page(
        actor=actor_of(request),
        organisation_code=asked["organisation"],
        state=asked["state"],
        words=asked["q"].replace("\x00", ""),
    )
    rows = sorting.ordered(page.rows, request.GET.get("sort", ""), sorting.PEOPLE)
    context = {
        "page": Paginator(rows, PEOPLE_A_PAGE).get_page(request.GET.get("page")),
        "organisations": [(each.code, people_forms.name_of(each)) for each in page.organisations],
        "states": STATES.items(),
        "asked": asked,
        "may_manage": page.may_manage,
    }
    return render(request, "reports/people.html", context)


# --- inviting -------------------------------------------------------------------------------------------------
@reads()
def invitation(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(organisations=_managed_by(actor_of(request)))
    return render(request, "reports/invitation.html", {"form": form})


@writes
def invite(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = InvitationForm(request.POST, organisations=_managed_by(actor))
    status = UNPROCESSABLE
    if form.is_valid():
        try:
            user = services.invite_person(
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                organisation=form.place,
                role=people_forms.role_of(form),
                actor=actor,
            )
        except Refused as refused:
            form.take(refused)
            status = UNPROCESSABLE if refused.errors else CONFLICT
        else:
            messages.success(request, _("已邀請%(name)s，邀請信寄至 %(email)s。") % _named(user))
            return redirect("person", user.pk)
    return render(request, "reports/invitation.html", {"form": form}, status=status)


def _managed_by(actor: User) -> list[Organisation]:
    if not may_manage_people(actor):
        require(actor, Act.MANAGE_PEOPLE)
    return selectors.organisations_managed_by(actor)


def _named(user: User) -> dict[str, str]:
    return {"name": user.name, "email": user.email}


# --- one person -----------------------------------------------------------------------------------------------
@reads()
def person(request: HttpRequest, person: int) -> HttpResponse:
    actor = actor_of(request)
    return _render(request, selectors.person_for(actor=actor, key=person))


def _render(
    request: HttpRequest,
    user: User,
    bound: PeopleForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The person's page; `bound` is the form that was just posted, with what was wrong in it."""
    page = selectors.person_page(actor=actor_of(request), user=user)
    context = {
        "page": page,
        "refusal": refusal,
        "history": [(entry, people_wording.done(entry)) for entry in page.history],
        "is_disabled": page.state == DISABLED,
        "is_invited": page.state == INVITED,
        "today": clock.today(),
        "forms": [bound] if bound is not None else [],
        **_forms(page, bound),
    }
    return render(request, "reports/person.html", context, status=status)


def _forms(page: PersonPage, bound: PeopleForm | None) -> dict[str, PeopleForm | None]:
    """The forms that make sense for this person and this reader."""
    if not page.may_manage:
        return {}
    homes = [each.organisation for each in page.running]
    managed = [each for each in page.organisations if each.pk in {home.pk for home in homes}]
    forms: dict[str, PeopleForm | None] = {}
    if not page.is_oneself and page.user.is_active:
        initial = {"organisation": homes[0].code} if homes else {}
        forms["role_form"] = RoleForm(organisations=page.organisations, auto_id="role_%s", initial=initial)
    if managed and page.colleagues:
        forms["deputy_form"] = DeputyForm(
            organisations=managed, colleagues=page.colleagues, auto_id="deputy_%s"
        )
        if not page.is_oneself:
            forms["hand_over_form"] = HandOverForm(
                organisations=managed, colleagues=page.colleagues, auto_id="hand_over_%s"
            )
    for name, form in forms.items():
        if bound is not None and type(form) is type(bound):
            forms[name] = bound
    return forms


def _done(request: HttpRequest, user: User, act: Callable[[], object], message: str) -> HttpResponse:
    """An act without a form: its page again with what was done, or with the reason why not."""
    try:
        act()
    except Refused as refused:
        user.refresh_from_db()
        return _render(request, user, refusal=refused.message, status=CONFLICT)
    messages.success(request, message % _named(user))
    return redirect("person", user.pk)


def _posted(
    request: HttpRequest, user: User, form: PeopleForm, act: Callable[[], object], message: str
) -> HttpResponse:
    """An act with a form: what was typed comes back with the reason at its field."""
    status = UNPROCESSABLE
    if form.is_valid():
        try:
            act()
        except Refused as refused:
            user.refresh_from_db()
            form.take(refused)
            status = UNPROCESSABLE if refused.errors else CONFLICT
        else:
            messages.success(request, message % _named(user))
            return redirect("person", user.pk)
    return _render(request, user, form, status=status)


def _user(request: HttpRequest, key: int) -> User:
    return selectors.person_for(actor=actor_of(request), key=key)


@writes
def invite_again(request: HttpRequest, person: int) -> HttpResponse:
    user = _user(request, person)
    return _done(
        request,
        user,
        lambda: services.invite_again(user=user, actor=actor_of(request)),
        _("已重新寄送邀請至 %(email)s，先前的連結不再有效。"),
    )


@writes
def disable(request: HttpRequest, person: int) -> HttpResponse:
    user = _user(request, person)
    return _done(
        request,
        user,
        lambda: services.disable_account(user=user, actor=actor_of(request)),
        _("%(name)s的帳號已停用，登入中的連線已結束。"),
    )


@writes
def enable(request: HttpRequest, person: int) -> HttpResponse:
    user = _user(request, person)
    return _done(
        request,
        user,
        lambda: services.enable_account(user=user, actor=actor_of(request)),
        _("%(name)s的帳號已啟用。"),
    )


@writes
def grant(request: HttpRequest, person: int) -> HttpResponse:
    actor, user = actor_of(request), _user(request, person)
    form = RoleForm(request.POST, organisations=_managed_by(actor), auto_id="role_%s")
    return _posted(
        request,
        user,
        form,
        lambda: services.grant_role(
            user=user, organisation=form.place, role=people_forms.role_of(form), actor=actor
        ),
        _("已授予%(name)s角色。"),
    )


@writes
def end_role(request: HttpRequest, person: int, membership: int) -> HttpResponse:
    user = _user(request, person)
    found = get_object_or_404(user.memberships.select_related("organisation", "user"), pk=membership)
    return _done(
        request,
        user,
        lambda: services.end_role(membership=found, actor=actor_of(request)),
        _("已終止%(name)s的角色。"),
    )


@writes
def hand_over(request: HttpRequest, person: int) -> HttpResponse:
    actor, user = actor_of(request), _user(request, person)
    _managed_by(actor)
    page = selectors.person_page(actor=actor, user=user)
    form = HandOverForm(
        request.POST,
        organisations=_common(page) or page.organisations,
        colleagues=page.colleagues,
        auto_id="hand_over_%s",
    )
    return _posted(
        request,
        user,
        form,
        lambda: services.hand_over(
            leaver=user,
            successor=_chosen(page.colleagues, form.cleaned_data["successor"]),
            organisation=form.place,
            actor=actor,
        ),
        _("%(name)s的角色與代理均已移交。"),
    )


@writes
def name_deputy(request: HttpRequest, person: int) -> HttpResponse:
    """The account manager names a deputy for somebody of the ministry."""
    actor, user = actor_of(request), _user(request, person)
    _managed_by(actor)
    page = selectors.person_page(actor=actor, user=user)
    form = DeputyForm(
        request.POST,
        organisations=_common(page) or page.organisations,
        colleagues=page.colleagues,
        auto_id="deputy_%s",
    )
    return _posted(
        request,
        user,
        form,
        lambda: services.name_deputy(
            principal=user,
            deputy=_chosen(page.colleagues, form.cleaned_data["deputy"]),
            organisation=form.place,
            from_day=form.cleaned_data["from_day"],
            until_day=form.cleaned_data["until_day"],
            actor=actor,
        ),
        _("已為%(name)s指定代理人。"),
    )


def _common(page: PersonPage) -> list[Organisation]:
    """Where the person works and the reader manages people."""
    homes = {each.organisation_id for each in page.running}
    return [each for each in page.organisations if each.pk in homes]


def _chosen(people: tuple[User, ...], key: str) -> User:
    """One of the people whom the form offered, as the form has checked."""
    return next(each for each in people if str(each.pk) == key)
