"""The pack for a meeting of the task force: one page to print or to edit, of the same figures and rows as the working pages."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from ministries import clock
from ministries.permissions import Act
from programs.quarters import Quarter
from reports import selectors
from reports.open_text import CONTENT_TYPE, open_text
from reports.views import knowing, sorting
from reports.views.access import actor_of, reads


@reads(Act.READ_DASHBOARD)
def pack(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    """What the quarter's figures say, what needs attention, and what is to be decided; `?sort=` orders one table."""
    return render(request, "reports/pack.html", _context(request, quarter))


@reads(Act.READ_DASHBOARD)
def pack_file(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    """The same page as a text that can be edited."""
    page = render_to_string("reports/pack.html", _context(request, quarter), request)
    address = request.build_absolute_uri(reverse("pack", args=[quarter]))
    response = HttpResponse(open_text(page, address), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{quarter.code}-pack.odt"'
    return response


def _context(request: HttpRequest, quarter: Quarter) -> dict[str, Any]:
    known = selectors.rounds()
    round_ = selectors.round_in_view(known, quarter)
    if round_ is None or round_.record.opened_at is None:
        raise Http404
    plan = round_.record.plan
    request.plan_of_page = plan  # type: ignore[attr-defined]
    view, attention = selectors.overview_now(round_, known)
    targets = selectors.targets_page()
    today = Quarter.containing(clock.today())
    due = [
        row
        for row in selectors.decision_rows(plan=plan, actor=actor_of(request))
        if row.decision.is_open and row.due.quarter <= today
    ]
    order = request.GET.get("sort", "")
    return {
        "view": view,
        "asked": knowing.Asked(),
        "attention": attention,
        "rows": sorting.ordered(attention.rows, order, sorting.ATTENTION),
        "indicators": sorting.ordered(view.indicators, order, sorting.INDICATORS),
        "money": sorting.ordered(view.pillars, order, sorting.MONEY),
        "organisations": sorting.ordered(view.organisations, order, sorting.MONEY),
        "decisions": due,
        "proposed": sorting.ordered(targets.proposed if targets else (), order, sorting.PROPOSALS),
    }
