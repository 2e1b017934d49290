"""Decisions: the list, a page for each, and the small form by which its owner says how far it is.

Whatever a service refuses is shown again as it was typed, with the reason at its field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from ministries.models import User
from ministries.permissions import Act, may, require, scope_of
from ministries.services import Refused
from programs.models import Plan
from programs.quarters import Quarter
from programs.selectors import current_plan
from reports import exports, selectors, services
from reports.decided import DecisionContent
from reports.decision_forms import ChangeForm, DecisionForm, ProgressForm, ReasonForm
from reports.decision_numbers import DecisionNumber
from reports.models import Decision, Report
from reports.selectors import AskedDecision
from reports.selectors.names import named
from reports.views import filters, sorting
from reports.views.access import actor_of, reads, writes

UNPROCESSABLE, CONFLICT = 422, 409


# --- the list -------------------------------------------------------------------------------------------------
@reads()
def decisions(request: HttpRequest) -> HttpResponse:
    """`?state=`, `?owner=`, `?due=` and `?said=` choose rows, `?sort=` their order."""
    actor = actor_of(request)
    plan = _plan_for(actor)
    if plan is None:
        return render(request, "reports/no_plan.html")
    rows = selectors.decision_rows(plan=plan, actor=actor)
    asked = filters.decisions_asked(request.GET, rows)
    context = {
        "plan": plan,
        "counts": selectors.counts_of(rows),
        "asked": asked,
        "rows": sorting.ordered(asked.rows, request.GET.get("sort", ""), sorting.DECISIONS),
        "keeps": may(actor, Act.KEEP_DECISIONS),
        "query": request.GET.urlencode(),
    }
    return render(request, "reports/decisions.html", context)


@reads()
def decisions_file(request: HttpRequest, ending: str) -> HttpResponse:
    """What the list shows with the same address parameters, for a spreadsheet."""
    actor = actor_of(request)
    plan = _plan_for(actor)
    if plan is None or ending not in exports.FORMATS:
        raise Http404
    asked = filters.decisions_asked(request.GET, selectors.decision_rows(plan=plan, actor=actor))
    rows = sorting.ordered(asked.rows, request.GET.get("sort", ""), sorting.DECISIONS)
    response = HttpResponse(
        exports.decisions_file(rows, ending), content_type=exports.FORMATS[ending].get_content_type()
    )
    response["Content-Disposition"] = f'attachment; filename="{plan.code}-decisions.{ending}"'
    return response


def _plan_for(actor: User) -> Plan | None:
    """Whoever holds no role has no list to look at."""
    if not scope_of(actor).organisations(Act.READ_REPORT):
        require(actor, Act.READ_REPORT)
    return current_plan()


# --- making ---------------------------------------------------------------------------------------------------
@reads(Act.KEEP_DECISIONS)
def new(request: HttpRequest) -> HttpResponse:
    plan = current_plan()
    if plan is None:
        return render(request, "reports/no_plan.html")
    return render(request, "reports/decision_new.html", {"form": DecisionForm(plan)})


@writes
def make(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, Act.KEEP_DECISIONS)
    plan = current_plan()
    if plan is None:
        raise Http404
    form = DecisionForm(plan, request.POST)
    if form.is_valid():
        try:
            made = services.make_decision(plan=plan, content=form.content, actor=actor)
        except Refused as refused:
            form.show(refused)
        else:
            messages.success(request, _("已列管 %(code)s，並通知主辦機關。") % {"code": made.code})
            return redirect("decision", made.code)
    return render(request, "reports/decision_new.html", {"form": form}, status=UNPROCESSABLE)


# --- one decision ---------------------------------------------------------------------------------------------
@reads()
def decision(request: HttpRequest, number: DecisionNumber) -> HttpResponse:
    return _page(request, _found(request, number))


@writes
def close(request: HttpRequest, number: DecisionNumber) -> HttpResponse:
    return _decide(request, number, services.close_decision, _("已解除列管 %(code)s。"))


@writes
def reopen(request: HttpRequest, number: DecisionNumber) -> HttpResponse:
    return _decide(request, number, services.reopen_decision, _("已恢復列管 %(code)s。"))


@writes
def change(request: HttpRequest, number: DecisionNumber) -> HttpResponse:
    actor = actor_of(request)
    found = _found(request, number)
    require(actor, Act.KEEP_DECISIONS)
    form = ChangeForm(found.plan, request.POST, DecisionContent.of(found))
    status = UNPROCESSABLE
    if form.is_valid():
        try:
            services.change_decision(
                decision=found,
                content=form.content,
                reason=form.cleaned_data["reason"],
                revision=form.cleaned_data["revision"],
                actor=actor,
            )
        except Refused as refused:
            form.show(refused)
            status = UNPROCESSABLE if refused.errors else CONFLICT
        else:
            messages.success(request, _("已修正 %(code)s。") % {"code": found.code})
            return redirect("decision", found.code)
    return _page(request, _found(request, number), form, status)


def _decide(
    request: HttpRequest, number: DecisionNumber, service: Callable[..., Decision], done: str
) -> HttpResponse:
    """Closes or reopens with a reason."""
    actor = actor_of(request)
    found = _found(request, number)
    require(actor, Act.KEEP_DECISIONS)
    form = ReasonForm(request.POST)
    status = UNPROCESSABLE
    if form.is_valid():
        try:
            service(decision=found, actor=actor, **form.cleaned_data)
        except Refused as refused:
            form.show(refused)
            status = UNPROCESSABLE if refused.errors else CONFLICT
        else:
            messages.success(request, done % {"code": found.code})
            return redirect("decision", found.code)
    return _page(request, _found(request, number), form, status)


def _found(request: HttpRequest, number: DecisionNumber) -> Decision:
    return selectors.decision_for(actor=actor_of(request), year=number.year, number=number.number)


def _page(
    request: HttpRequest, found: Decision, refused: ReasonForm | ChangeForm | None = None, status: int = 200
) -> HttpResponse:
    """The page as it stands now; a form that was refused stands in it as it was typed."""
    actor = actor_of(request)
    context: dict[str, Any] = {"page": selectors.decision_page(found, actor)}
    if may(actor, Act.KEEP_DECISIONS):
        context |= {
            "keeps": True,
            "reason_form": refused if isinstance(refused, ReasonForm) else ReasonForm(),
            "change_form": refused if isinstance(refused, ChangeForm) else _change_form(found),
            "refused": refused,
            # After a clash the page shows what the act is then done to.
            "revision": refused["revision"].value()
            if status == UNPROCESSABLE and refused
            else found.revision,
        }
    return render(request, "reports/decision.html", context, status=status)


def _change_form(found: Decision) -> ChangeForm | None:
    return ChangeForm(found.plan, None, DecisionContent.of(found)) if found.is_open else None


# --- in a report ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class DecisionInReport:
    """As the report's page draws it: to fill in (`form`), or to read."""

    asked: AskedDecision
    form: ProgressForm | None


def in_report(report: Report, actor: User, *, editing: bool) -> list[DecisionInReport]:
    return [
        DecisionInReport(
            asked=asked,
            form=ProgressForm.showing(asked.progress, f"progress-{asked.decision.code}")
            if editing and asked.takes_progress
            else None,
        )
        for asked in selectors.decisions_asked_in([report], actor)[report.pk]
    ]


@reads()
def progress(
    request: HttpRequest, quarter: Quarter, organisation: str, number: DecisionNumber
) -> HttpResponse:
    report, asked = _asked(request, quarter, organisation, number)
    return _progress_page(request, report, asked, ProgressForm.showing(asked.progress, "progress"))


@writes
def save_progress(
    request: HttpRequest, quarter: Quarter, organisation: str, number: DecisionNumber
) -> HttpResponse:
    """Saves, and leads back to the report; a refusal shows the decision alone with what was typed."""
    actor = actor_of(request)
    report, asked = _asked(request, quarter, organisation, number)
    require(actor, Act.FILL_REPORT, report.organisation)
    form = ProgressForm(request.POST, auto_id="progress-%s")
    saved = None
    status = UNPROCESSABLE
    if form.is_valid():
        try:
            services.save_decision_progress(
                decision=asked.decision,
                report=report,
                content=form.content,
                revision=form.cleaned_data["revision"],
                actor=actor,
            )
        except services.Overtaken as overtaken:
            form.show(overtaken)
            saved, status = overtaken.saved, CONFLICT
        except Refused as refused:
            form.show(refused)
            status = UNPROCESSABLE if refused.errors else CONFLICT
        else:
            messages.success(
                request, _("已儲存列管事項 %(code)s 之辦理情形。") % {"code": asked.decision.code}
            )
            return redirect(reverse("report", args=[quarter, organisation]) + f"#decision-{number}")
    return _progress_page(request, report, asked, form, status, saved)


def _asked(
    request: HttpRequest, quarter: Quarter, organisation: str, number: DecisionNumber
) -> tuple[Report, AskedDecision]:
    """404 where the actor may not know of the report, or the report has nothing to do with the decision."""
    report = selectors.report_for(actor=actor_of(request), quarter=quarter, organisation_code=organisation)
    for asked in selectors.decisions_asked_in([report], actor_of(request))[report.pk]:
        if (asked.decision.year, asked.decision.number) == (number.year, number.number):
            return report, asked
    raise Http404


def _progress_page(
    request: HttpRequest,
    report: Report,
    asked: AskedDecision,
    form: ProgressForm,
    status: int = 200,
    saved: Any = None,
) -> HttpResponse:
    """`saved` is what somebody else saved meanwhile: it stands beside what was typed, which may replace it."""
    context = {
        "report": report,
        "quarter": report.reporting_quarter.quarter,
        "organisation": named(report.organisation, report.reporting_quarter.quarter.last_day),
        "asked": asked,
        "form": form,
        "saved": saved,
        "editing": asked.takes_progress and may(actor_of(request), Act.FILL_REPORT, report.organisation),
        "is_typed": form.is_bound,
    }
    return render(request, "reports/decision_progress_page.html", context, status=status)
