"""The public search: nothing that is not published is found, and what is asked for is neither kept nor counted."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kpis import kept
from kpis.plan_views import Seen, seen
from kpis.selectors import finding
from programs.search import LONGEST, Entry, search, words_of


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """What `?q=` names, by kind; 422 where it is too long to be meant."""
    query = request.GET.get("q", "").replace("\0", "").strip()
    here = seen(request)
    if len(query) > LONGEST:
        return render(
            request, "kpis/search.html", here.context(query=query[:LONGEST], is_too_long=True), status=422
        )
    found = search(_entries(here), query)
    labels = {
        finding.PROGRAM: _("細部計畫"),
        finding.INDICATOR: _("指標"),
        finding.ORGANISATION: _("機關"),
        finding.ITEM: _("子項"),
        finding.PILLAR: _("主軸"),
    }
    groups = [
        (kind, label, [each for each in found if each.entry.kind == kind]) for kind, label in labels.items()
    ]
    context = here.context(
        query=query,
        asks=bool(words_of(query)),
        count=len(found),
        groups=[group for group in groups if group[2]],
    )
    return render(request, "kpis/search.html", context)


def _entries(here: Seen) -> list[Entry]:
    digest = here.issue.digest if here.issue else ""
    return kept.value(
        ("entries", here.plan.code, digest), lambda: finding.entries(here.outline, here.edition)
    )
