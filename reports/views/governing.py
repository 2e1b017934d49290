"""The administrator's acts upon the plan: programmes join and change, indicators change hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kpis.models import Indicator
from ministries.models import User
from ministries.permissions import Act, may, require
from ministries.services import Refused
from programs.models import Plan, Program
from programs.quarters import Quarter
from programs.selectors import current_plan
from reports import selectors, services
from reports.governing_forms import JoinForm, OwnerForm
from reports.round_forms import RefusableForm
from reports.services.governing import first_quarter_to_govern
from reports.views import governed, sorting
from reports.views.access import actor_of, reads, writes
from reports.views.programs import UNPROCESSABLE, Reply, page_of, status_of


# --- joining ----------------------------------------------------------------------------------------------
def _plan() -> Plan:
    plan = current_plan()
    if plan is None:
        raise Http404
    return plan


def _join_form(plan: Plan, data: Any = None) -> JoinForm:
    return JoinForm(
        data,
        quarters=_quarters(plan),
        organisations=selectors.bodies(),
        programs=list(plan.programs.order_by("code")),
        columns=selectors.columns_of(plan),
    )


def _quarters(plan: Plan) -> list[Quarter]:
    return list(Quarter.between(first_quarter_to_govern(plan), plan.last_quarter))


@reads(Act.GOVERN_PLAN)
def joining(request: HttpRequest) -> HttpResponse:
    return render(request, "reports/program_joining.html", {"form": _join_form(_plan())})


@writes
def join(request: HttpRequest) -> HttpResponse:
    """Lets a programme join; whatever is refused comes back as it was typed."""
    actor = actor_of(request)
    require(actor, Act.GOVERN_PLAN)
    plan = _plan()
    form = _join_form(plan, request.POST)
    status = UNPROCESSABLE
    if form.is_valid():
        try:
            joined = services.join_program(plan=plan, content=form.content, actor=actor)
        except Refused as refused:
            form.show(refused)
            status = status_of(refused)
        else:
            messages.success(request, _("已新增列管計畫 %(code)s。") % {"code": joined.code})
            return redirect("program", joined.code)
    return render(request, "reports/program_joining.html", {"form": form}, status=status)


# --- changes of a programme -------------------------------------------------------------------------------
def _change(
    request: HttpRequest,
    code: str,
    name: str,
    made: Callable[[Program, Any], Any],
    service: Callable[[Program, Any, User], object],
) -> HttpResponse:
    """One change, by the form of that name; whatever is refused comes back as it was typed."""
    actor = actor_of(request)
    found = selectors.program_for(actor=actor, code=code)
    require(actor, Act.GOVERN_PLAN)
    form: RefusableForm = made(found, request.POST)
    status = UNPROCESSABLE
    if form.is_valid():
        try:
            service(found, form, actor)
        except Refused as refused:
            form.show(refused)
            status = status_of(refused)
        else:
            messages.success(request, _("已變更；自生效季別起適用。"))
            return redirect("program", code)
    return page_of(request, code, Reply(refused={name: form}, status=status))


@writes
def change_standing(request: HttpRequest, code: str) -> HttpResponse:
    return _change(
        request,
        code,
        "standing",
        governed.standing_form,
        lambda found, form, actor: services.change_standing(
            program=found, standing=form.standing, actor=actor, **form.rests_on
        ),
    )


@writes
def change_marks(request: HttpRequest, code: str) -> HttpResponse:
    return _change(
        request,
        code,
        "marks",
        governed.marks_form,
        lambda found, form, actor: services.change_marks(
            program=found, marks=form.marks.wishes, actor=actor, **form.rests_on
        ),
    )


@writes
def add_part(request: HttpRequest, code: str) -> HttpResponse:
    return _change(
        request,
        code,
        "part",
        governed.part_form,
        lambda found, form, actor: services.add_part(
            program=found, part=form.part, actor=actor, **form.rests_on
        ),
    )


@writes
def end_part(request: HttpRequest, code: str) -> HttpResponse:
    return _change(
        request,
        code,
        "end",
        governed.end_part_form,
        lambda _found, form, actor: services.end_part(part=form.chosen, actor=actor, **form.rests_on),
    )


# --- who reports an indicator -----------------------------------------------------------------------------
@reads(Act.READ_DASHBOARD)
def owners(request: HttpRequest) -> HttpResponse:
    """Every indicator of the plan with those who report it; `?sort=` orders them."""
    lines = selectors.owner_lines(_plan())
    context = {"lines": sorting.ordered(lines, request.GET.get("sort", ""), sorting.OWNERS)}
    return render(request, "reports/owners.html", context)


@reads(Act.READ_DASHBOARD)
def owner(request: HttpRequest, code: str) -> HttpResponse:
    return _owners_page(request, _indicator(code))


def _indicator(code: str) -> Indicator:
    found = Indicator.objects.filter(plan=_plan(), code=code).select_related("plan", "pillar").first()
    if found is None:
        raise Http404
    return found


def _owner_form(indicator: Indicator, data: Any = None) -> OwnerForm:
    running, known = selectors.owners_of(indicator)
    return OwnerForm(
        data,
        quarters=_quarters(indicator.plan),
        owners=running,
        others=[each for each in selectors.bodies() if each not in known],
    )


def _owners_page(
    request: HttpRequest, indicator: Indicator, form: OwnerForm | None = None, status: int = 200
) -> HttpResponse:
    governs = may(actor_of(request), Act.GOVERN_PLAN) and bool(_quarters(indicator.plan))
    context = {
        "indicator": indicator,
        "terms": selectors.terms_of(indicator),
        "form": form or (_owner_form(indicator) if governs else None),
    }
    return render(request, "reports/owner.html", context, status=status)


@writes
def change_owner(request: HttpRequest, code: str) -> HttpResponse:
    """Another organisation reports the indicator; whatever is refused comes back as it was typed."""
    actor = actor_of(request)
    require(actor, Act.GOVERN_PLAN)
    indicator = _indicator(code)
    form = _owner_form(indicator, request.POST)
    status = UNPROCESSABLE
    if form.is_valid():
        try:
            services.change_owner(indicator=indicator, actor=actor, **form.sides, **form.rests_on)
        except Refused as refused:
            form.show(refused)
            status = status_of(refused)
        else:
            messages.success(request, _("已變更；自生效季別起適用。"))
            return redirect("owner", code)
    return _owners_page(request, indicator, form, status)
