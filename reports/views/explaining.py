"""Why this number? One page for every figure that the secretariat's pages show."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kpis.explanations import MEASURES, WINDOWS, Explanation
from ministries.permissions import Act
from programs.quarters import Quarter
from reports import selectors
from reports.views import knowing, sorting
from reports.views.access import actor_of, reads


@reads(Act.READ_DASHBOARD)
def figure(request: HttpRequest, code: str, quarter: Quarter) -> HttpResponse:
    """`?window=` chooses quarter, year or plan (that of the target without it), `?as_of=` a moment, `?sort=` an order."""
    asked = knowing.asked(request.GET)
    page = selectors.explained_figure(
        actor=actor_of(request),
        code=code,
        quarter=quarter,
        window=request.GET.get("window", ""),
        as_of=asked.as_of,
    )
    order = request.GET.get("sort", "")
    context = {
        "page": page,
        "explained": page.explained,
        "asked": asked,
        "windows": WINDOWS,
        "rows": sorting.ordered(page.explained.rows, order, sorting.EXPLAINED["figure"]),
        **_excluded(page.explained, order),
    }
    return render(request, "reports/figure.html", context, status=asked.status)


@reads(Act.READ_DASHBOARD)
def node_figure(request: HttpRequest, kind: str, code: str, quarter: Quarter, measure: str) -> HttpResponse:
    """`?as_of=` chooses a moment, `?sort=` an order."""
    asked = knowing.asked(request.GET)
    page = selectors.explained_node(
        actor=actor_of(request),
        kind=kind,
        code=code,
        quarter=quarter,
        measure=measure,
        as_of=asked.as_of,
    )
    order = request.GET.get("sort", "")
    context = {
        "page": page,
        "explained": page.explained,
        "asked": asked,
        "measures": MEASURES,
        "rows_template": f"reports/explained_{measure}.html",
        "rows": sorting.ordered(page.explained.rows, order, sorting.EXPLAINED[measure]),
        **_excluded(page.explained, order),
    }
    return render(request, "reports/node_figure.html", context, status=asked.status)


SHOWN_AT_ONCE = 12
"""More exclusions than these are folded away under their counts."""


def _excluded(explained: Explanation, order: str) -> dict[str, Any]:
    left_out = explained.excluded
    return {
        "excluded": sorting.ordered(left_out, order, sorting.EXCLUDED),
        "excluded_counts": Counter(each.reason for each in left_out).most_common(),
        "excluded_open": len(left_out) <= SHOWN_AT_ONCE or order.removeprefix("-") in sorting.EXCLUDED,
    }
