"""What the public is told about the site itself: its open data with licence and metadata, and how everybody can read it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kpis import exports, kept
from kpis.shelf import shelf_of
from ministries.selectors import secretariat_name
from programs.selectors import current_plan


@require_safe
@kept.for_visitors()
def data(request: HttpRequest) -> HttpResponse:
    """Every published quarter as files, the plan by the API, and the metadata that government data sets have."""
    issues = shelf_of(request).issues
    context = {
        "issues": issues,
        "plan": issues[0].plan if issues else current_plan(),
        "provider": secretariat_name(),
        "columns": exports.columns(),
        "endings": ["ods", "xlsx", "csv"],
        "newest": max((issue.published_at for issue in issues), default=None),
        "first": min((issue.published_at for issue in issues), default=None),
    }
    return render(request, "kpis/data.html", context)


@require_safe
@kept.for_visitors()
def accessibility(request: HttpRequest) -> HttpResponse:
    """Which standard the site is built to, how to move about in it, and whom to tell of a barrier."""
    return render(request, "kpis/accessibility.html", {"provider": secretariat_name()})
