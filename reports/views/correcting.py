"""The secretariat opens accepted lines of a published quarter for correction, or closes them again, on a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from ministries.permissions import Act, require
from ministries.services import Refused
from programs.quarters import Quarter
from reports import selectors, services, typed
from reports.models import Report
from reports.views.access import actor_of, reads, writes

UNPROCESSABLE, CONFLICT = 422, 409


@dataclass(frozen=True)
class Reply:
    """Why one of the two forms was refused, and what was typed in it."""

    refused: Refused
    is_cancelling: bool
    ticked: frozenset[str]
    reason: str

    @property
    def status(self) -> int:
        return UNPROCESSABLE if self.refused.errors else CONFLICT


@reads(Act.REVIEW_REPORT)
def correction(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    return _page(request, _report(request, quarter, organisation))


@writes
def open_correction(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Opens the ticked lines."""
    return _carry_out(
        request, quarter, organisation, services.open_correction, _("已開放更正，並通知填報機關。")
    )


@writes
def cancel_correction(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Closes the ticked lines as they were accepted."""
    return _carry_out(
        request, quarter, organisation, services.cancel_correction, _("已取消更正，並通知填報機關。")
    )


def _carry_out(
    request: HttpRequest, quarter: Quarter, organisation: str, service: Callable[..., Report], done: str
) -> HttpResponse:
    """A refusal shows the lines ticked in their form, with the reason as it was typed."""
    actor = actor_of(request)
    report = _report(request, quarter, organisation)
    require(actor, Act.REVIEW_REPORT)
    ticked = {typed.key(each) or 0 for each in request.POST.getlist("line")}
    reason = request.POST.get("reason", "")
    try:
        service(report=report, lines=ticked, reason=reason, actor=actor)
    except Refused as refused:
        keys = frozenset(map(str, ticked))
        return _page(request, report, Reply(refused, service is services.cancel_correction, keys, reason))
    messages.success(request, done)
    return redirect("report", quarter, organisation)


def _report(request: HttpRequest, quarter: Quarter, organisation: str) -> Report:
    return selectors.report_for(actor=actor_of(request), quarter=quarter, organisation_code=organisation)


def _page(request: HttpRequest, report: Report, reply: Reply | None = None) -> HttpResponse:
    """404 while the quarter is not published: its lines are returned or reopened on the report's page."""
    if report.reporting_quarter.published_at is None and reply is None:
        raise Http404
    page = selectors.report_page(report, actor_of(request))
    open_lines = [row.line for row in page.rows if row.line.correcting]
    unsaid = selectors.unsaid_corrections(open_lines) if open_lines else set()
    context = {
        "page": page,
        "lines": [row.line for row in page.rows if row.line.state == "accepted"],
        "open_lines": [line for line in open_lines if line.pk not in unsaid],
        "unsaid_lines": [line for line in open_lines if line.pk in unsaid],
        "reply": reply,
        "opening": None if reply and reply.is_cancelling else reply,
        "cancelling": reply if reply and reply.is_cancelling else None,
    }
    return render(request, "reports/correction.html", context, status=reply.status if reply else 200)
