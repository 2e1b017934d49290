"""The secretariat opens accepted lines of a published quarter for correction, on a page of its own."""

from __future__ import annotations

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


@reads(Act.REVIEW_REPORT)
def correction(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    return _page(request, _report(request, quarter, organisation))


@writes
def open_correction(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Opens the ticked lines; a refusal shows them ticked, with the reason as it was typed."""
    actor = actor_of(request)
    report = _report(request, quarter, organisation)
    require(actor, Act.REVIEW_REPORT)
    ticked = {typed.key(each) or 0 for each in request.POST.getlist("line")}
    reason = request.POST.get("reason", "")
    try:
        services.open_correction(report=report, lines=ticked, reason=reason, actor=actor)
    except Refused as refused:
        status = UNPROCESSABLE if refused.errors else CONFLICT
        return _page(request, report, refused, frozenset(map(str, ticked)), reason, status)
    messages.success(request, _("已開放更正，並通知填報機關。"))
    return redirect("report", quarter, organisation)


def _report(request: HttpRequest, quarter: Quarter, organisation: str) -> Report:
    return selectors.report_for(actor=actor_of(request), quarter=quarter, organisation_code=organisation)


def _page(
    request: HttpRequest,
    report: Report,
    refused: Refused | None = None,
    ticked: frozenset[str] = frozenset(),
    reason: str = "",
    status: int = 200,
) -> HttpResponse:
    """404 while the quarter is not published: its lines are returned or reopened on the report's page."""
    if report.reporting_quarter.published_at is None and refused is None:
        raise Http404
    page = selectors.report_page(report, actor_of(request))
    context = {
        "page": page,
        "lines": [row.line for row in page.rows if row.line.state == "accepted"],
        "open_lines": [row.line for row in page.rows if row.line.correcting],
        "refused": refused,
        "ticked": ticked,
        "reason": reason,
    }
    return render(request, "reports/correction.html", context, status=status)
