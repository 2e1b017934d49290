"""My deputies: what I may do in whose name, and who stands in for me."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from ministries import services
from ministries.permissions import ACT_NAMES, Act, require
from ministries.services import Refused
from reports import selectors
from reports.people_forms import DeputyForm
from reports.selectors import DeputiesPage
from reports.views.access import actor_of, reads, writes

UNPROCESSABLE, CONFLICT = 422, 409


@reads()
def deputies(request: HttpRequest) -> HttpResponse:
    return _render(request, selectors.deputies_page(actor_of(request)))


def _render(
    request: HttpRequest,
    page: DeputiesPage,
    bound: DeputyForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    form = bound
    if form is None and page.organisations and page.colleagues:
        form = _form(page)
    context = {
        "page": page,
        "stands_in_for": [(each, [ACT_NAMES[act] for act in each.acts]) for each in page.stands_in_for],
        "form": form,
        "refusal": refusal,
    }
    return render(request, "reports/deputies.html", context, status=status)


def _form(page: DeputiesPage, *typed: object) -> DeputyForm:
    return DeputyForm(
        *typed, organisations=page.organisations, colleagues=page.colleagues, auto_id="deputy_%s"
    )


@writes
def name(request: HttpRequest) -> HttpResponse:
    """Names one's own deputy."""
    actor = actor_of(request)
    page = selectors.deputies_page(actor)
    if not page.organisations:
        require(actor, Act.NAME_DEPUTY)
    form = _form(page, request.POST)
    status = UNPROCESSABLE
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            deputyship = services.name_deputy(
                principal=actor,
                deputy=next(each for each in page.colleagues if str(each.pk) == chosen["deputy"]),
                organisation=form.place,
                from_day=chosen["from_day"],
                until_day=chosen["until_day"],
                actor=actor,
            )
        except Refused as refused:
            form.take(refused)
            status = UNPROCESSABLE if refused.errors else CONFLICT
        else:
            messages.success(request, _("已指定%(name)s為代理人。") % {"name": deputyship.deputy})
            return redirect("deputies")
    return _render(request, page, form, status=status)


@writes
def end(request: HttpRequest, deputyship: int) -> HttpResponse:
    """Ends a deputyship early; leads back to the person's page where an account manager did it."""
    actor = actor_of(request)
    found = selectors.deputyship_for(actor=actor, key=deputyship)
    try:
        services.end_deputyship(deputyship=found, actor=actor)
    except Refused as refused:
        return _render(request, selectors.deputies_page(actor), refusal=refused.message, status=CONFLICT)
    words = {"deputy": found.deputy, "principal": found.principal}
    messages.success(request, _("%(deputy)s代理%(principal)s已結束。") % words)
    if actor.pk in (found.principal_id, found.deputy_id):
        return redirect("deputies")
    return redirect("person", found.principal_id)
