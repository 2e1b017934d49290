"""Search for those who are signed in: on the page of their work area everything is found that they may open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from kpis.search_views import answered, labels
from reports import selectors
from reports.selectors.finding import DECISION
from reports.views.access import actor_of, reads


@reads()
def find(request: HttpRequest) -> HttpResponse:
    """What `?q=` names, by kind, the decisions first, which are found nowhere else."""
    here = selectors.findable(actor_of(request))
    if here is None:
        return render(request, "reports/no_plan.html")
    request.plan_of_page = here.plan  # type: ignore[attr-defined]
    kinds = {DECISION: _("列管事項"), **labels()}
    return answered(request, "reports/search.html", kinds, here.entries, {})
