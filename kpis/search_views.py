"""The public search: nothing that is not published is found, and what is asked for is neither kept nor counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    here = seen(request)
    return answered(request, "kpis/search.html", labels(), lambda: _entries(here), here.context())


def labels() -> dict[str, str]:
    """What the kinds are called, in the order in which they are shown."""
    return {
        finding.PROGRAM: _("細部計畫"),
        finding.INDICATOR: _("指標"),
        finding.ORGANISATION: _("機關"),
        finding.ITEM: _("子項"),
        finding.PILLAR: _("主軸"),
    }


def answered(
    request: HttpRequest,
    template: str,
    kinds: dict[str, str],
    entries: Callable[[], list[Entry]],
    context: dict[str, Any],
) -> HttpResponse:
    """The page with what `?q=` names among the entries, which are read only where something is asked."""
    query = request.GET.get("q", "").replace("\0", "").strip()
    if len(query) > LONGEST:
        return render(
            request, template, {**context, "query": query[:LONGEST], "is_too_long": True}, status=422
        )
    asks = bool(words_of(query))
    found = search(entries(), query) if asks else []
    groups = [
        (kind, label, [each for each in found if each.entry.kind == kind]) for kind, label in kinds.items()
    ]
    shown = {
        "query": query,
        "asks": asks,
        "count": len(found),
        "groups": [group for group in groups if group[2]],
    }
    return render(request, template, {**context, **shown})


def _entries(here: Seen) -> list[Entry]:
    digest = here.issue.digest if here.issue else ""
    return kept.value(
        ("entries", here.plan.code, digest), lambda: finding.entries(here.outline, here.edition)
    )
