"""The secretariat's overview, and the rows behind a number."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ministries.permissions import Act
from programs.quarters import Quarter
from reports import selectors
from reports.models import ReportState
from reports.views import knowing, sorting
from reports.views.access import reads
from reports.views.following import follows


@reads(Act.READ_DASHBOARD)
@follows
def dashboard(request: HttpRequest) -> HttpResponse:
    """`?quarter=112Q1` chooses the quarter, `?node=` a pillar or sub-item, `?sort=` the order of one table.

    `?as_of=113/01/05` shows what was known then, `?published=112Q1` what was published of that quarter.
    """
    known = selectors.rounds()
    asked = knowing.asked(request.GET, known)
    round_ = asked.published or selectors.round_in_view(known, knowing.wanted_quarter(request.GET))
    if round_ is None:
        if request.GET.get("quarter"):
            raise Http404
        return render(request, "reports/no_plan.html")
    if asked.published:
        view = selectors.overview_as_published(round_, known)
    else:
        view = selectors.overview(round_, known, asked.as_of)
    node = request.GET.get("node", "")
    chosen = sorting.node_named(view, node)
    if node and chosen is None:
        raise Http404
    order = request.GET.get("sort", "")
    context = {
        "view": view,
        "asked": asked,
        "published_rounds": [each for each in reversed(known) if each.digest],
        "states": [*ReportState.choices, (selectors.MISSING, _("截止時未送出"))],
        "chosen": chosen,
        "indicators": sorting.ordered(sorting.indicators_of(view, chosen), order, sorting.INDICATORS),
        "pillars": sorting.tree(view.pillars, order),
        "money": sorting.ordered(view.pillars, order, sorting.MONEY),
        "matrix": sorting.ordered(view.matrix, order, sorting.matrix_keys(view)),
    }
    return render(request, "reports/dashboard.html", context, status=asked.status)


@reads(Act.READ_DASHBOARD)
def program_figures(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    """`?node=` chooses a pillar or sub-item, `?as_of=` a moment at which it was known."""
    asked = knowing.asked(request.GET)
    page = selectors.programs_page(quarter=quarter, node_code=request.GET.get("node", ""), as_of=asked.as_of)
    rows = sorting.ordered(page.rows, request.GET.get("sort", ""), sorting.PROGRAMS)
    context = {"page": page, "rows": rows, "asked": asked}
    return render(request, "reports/program_figures.html", context, status=asked.status)
