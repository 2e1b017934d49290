"""The secretariat's overview, and the rows behind a number."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from kpis.exports import bars_response, chart_response
from ministries.permissions import Act
from ministries.selectors import is_demonstration
from programs.quarters import Quarter
from reports import charts, exports, selectors
from reports.models import ReportState
from reports.selectors import Attention, Overview, Round
from reports.views import attending, knowing, sorting
from reports.views.access import reads
from reports.views.following import follows


@dataclass(frozen=True)
class _Seen:
    """The overview that an address asks for, narrowed to what was chosen; what needs attention, of what is known now."""

    view: Overview
    known: list[Round]
    asked: knowing.Asked
    attention: Attention | None
    chosen: sorting.Chosen | None


def _seen(query: QueryDict) -> _Seen | None:
    """None before the plan has any round; 404 for a quarter or node that it does not have."""
    known = selectors.rounds()
    asked = knowing.asked(query, known)
    round_ = asked.published or selectors.round_in_view(known, knowing.wanted_quarter(query))
    if round_ is None:
        if query.get("quarter"):
            raise Http404
        return None
    attention = None
    if asked.published:
        view = selectors.overview_as_published(round_, known)
    elif asked.as_of:
        view = selectors.overview(round_, known, asked.as_of)
    else:
        view, attention = selectors.overview_now(round_, known)
    node = query.get("node", "")
    chosen = sorting.node_named(view, node)
    if node and chosen is None:
        raise Http404
    return _Seen(view, known, asked, attention, chosen)


@reads(Act.READ_DASHBOARD)
@follows(same_for_all=True)
def dashboard(request: HttpRequest) -> HttpResponse:
    """`?quarter=112Q1` chooses the quarter, `?node=` a pillar, sub-item or organisation, `?sort=` the order of one table.

    `?as_of=113/01/05` shows what was known then, `?published=112Q1` what was published of that quarter.
    `?attention=all` shows all that needs attention rather than the worst of it.
    """
    seen = _seen(request.GET)
    if seen is None:
        return render(request, "reports/no_plan.html")
    view, chosen = seen.view, seen.chosen
    request.plan_of_page = view.round.record.plan  # type: ignore[attr-defined]
    marked = view.round.is_demonstration
    submissions = charts.submissions(view, is_demonstration=marked)
    order = request.GET.get("sort", "")
    context = {
        "view": view,
        "asked": seen.asked,
        "published_rounds": [each for each in reversed(seen.known) if each.digest],
        "states": [*ReportState.choices, (selectors.MISSING, _("截止時未送出"))],
        "missed": selectors.missed_rounds(seen.known),
        "chosen": chosen,
        "attention": seen.attention,
        "listed": attending.listed(seen.attention, request.GET, chosen) if seen.attention else None,
        "query": request.GET.urlencode(),
        "indicators": sorting.ordered(
            sorting.indicators_of(view, chosen, seen.attention), order, sorting.INDICATORS
        ),
        "pillars": sorting.tree(view.pillars, order),
        "money": sorting.ordered(view.pillars, order, sorting.MONEY),
        "organisations": sorting.ordered(view.organisations, order, sorting.MONEY),
        "matrix": sorting.ordered(view.matrix, order, sorting.matrix_keys(view)),
        "charts": charts.pictured(
            [
                charts.progress(view, is_demonstration=marked),
                charts.money(view, is_demonstration=marked),
            ]
        ),
        "submissions": submissions,
        "submissions_figure": submissions and charts.figure(submissions),
    }
    return render(request, "reports/dashboard.html", context, status=seen.asked.status)


@reads(Act.READ_DASHBOARD)
def attention_file(request: HttpRequest, ending: str) -> HttpResponse:
    """What the overview's list shows with the same address parameters, for a spreadsheet."""
    seen = _seen(request.GET)
    if seen is None or seen.attention is None or seen.asked.refusal:
        raise Http404
    listed = attending.listed(seen.attention, request.GET, seen.chosen)
    response = HttpResponse(
        exports.attention_file(listed.rows, ending), content_type=exports.FORMATS[ending].get_content_type()
    )
    name = f"{seen.view.round.record.plan.code}-{seen.view.round.quarter}-attention.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@reads(Act.READ_DASHBOARD)
def dashboard_chart(request: HttpRequest, chart: str) -> HttpResponse:
    """The numbers or states of one chart of the overview as CSV; the quarter and moment are asked for as there."""
    seen = _seen(request.GET)
    if seen is None or seen.asked.refusal:
        raise Http404
    view = seen.view
    found = charts.chart(view, chart, is_demonstration=is_demonstration(request))
    if found is None:
        raise Http404
    digest = view.round.digest if view.is_published else ""
    return chart_response(found, f"{view.round.record.plan.code}-{view.round.quarter}-{chart}", digest)


@reads(Act.READ_DASHBOARD)
def dashboard_bars(request: HttpRequest, ending: str) -> HttpResponse:
    """The bullet bars that the overview shows with the same address parameters, as a picture or as their numbers."""
    seen = _seen(request.GET)
    if seen is None or seen.asked.refusal:
        raise Http404
    view = seen.view
    rows = sorting.ordered(
        sorting.indicators_of(view, seen.chosen, seen.attention),
        request.GET.get("sort", ""),
        sorting.INDICATORS,
    )
    bars = charts.bars(view, rows, is_demonstration=view.round.is_demonstration)
    digest = view.round.digest if view.is_published else ""
    name = f"{view.round.record.plan.code}-{view.round.quarter}-bars"
    source = (
        _("%(quarter)s公布") % {"quarter": view.round.quarter.label} if digest else _("內部資料，未經公布")
    )
    return bars_response(bars, ending, name, digest, source)


@reads(Act.READ_DASHBOARD)
def program_figures(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    """`?node=` chooses a pillar or sub-item, `?as_of=` a moment at which it was known."""
    asked = knowing.asked(request.GET)
    page = selectors.programs_page(quarter=quarter, node_code=request.GET.get("node", ""), as_of=asked.as_of)
    rows = sorting.ordered(page.rows, request.GET.get("sort", ""), sorting.PROGRAMS)
    context = {"page": page, "rows": rows, "asked": asked}
    return render(request, "reports/program_figures.html", context, status=asked.status)
