"""Where a person lands after logging in: what they have to do, by the roles they hold."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ministries.permissions import Act, scope_of
from reports import selectors
from reports.views.access import actor_of, reads


@reads()
def work(request: HttpRequest) -> HttpResponse:
    """An officer's own reports; the secretariat's people are led to the queue or to the overview."""
    actor = actor_of(request)
    scope = scope_of(actor)
    if not scope.organisations(Act.READ_REPORT):
        if scope.allows(Act.REVIEW_REPORT):
            return redirect("review")
        if scope.allows(Act.READ_DASHBOARD):
            return redirect("dashboard")
        return render(request, "reports/no_role.html")
    reports = selectors.own_reports(actor)
    context = {
        "needs": selectors.needs_asked_of(actor),
        "owed": [each for each in reports if each.takes_entries],
        "others": [each for each in reports if not each.takes_entries],
        "sign_off_rules": selectors.sign_off_rules(actor),
        "several_organisations": len({each.organisation.code for each in reports}) > 1,
    }
    return render(request, "reports/work.html", context)
