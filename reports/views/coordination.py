"""One need of another organisation's report, by itself: nothing else of that report is shown."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ministries.permissions import Act, may
from reports import selectors
from reports.views.access import actor_of, reads


@reads()
def need(request: HttpRequest, need: int) -> HttpResponse:
    actor = actor_of(request)
    found = selectors.need_for(actor=actor, key=need)
    report = found.need.line.report
    context = {"found": found, "reads_report": may(actor, Act.READ_REPORT, report.organisation)}
    return render(request, "reports/need.html", context)
