"""Every read of indicators and publications that a page or the public API needs; it does not know who renders it."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from kpis.models import Indicator, IndicatorOwner, IndicatorSubItem, Publication
from programs import selectors as programs
from programs.models import Plan


def indicators() -> QuerySet[Indicator]:
    """Indicators with targets and schedules, weights, stages, sub-items, and everybody who owes or owed their figures."""
    owners = IndicatorOwner.objects.select_related("organisation").order_by("organisation__order")
    return Indicator.objects.select_related("plan", "pillar").prefetch_related(
        "targets__schedule",
        "weights",
        "stages",
        Prefetch("mappings", IndicatorSubItem.objects.select_related("sub_item")),
        Prefetch("owners", owners.prefetch_related("organisation__names")),
    )


def plans() -> QuerySet[Plan]:
    """Plans with the standards that their figures are judged by."""
    return programs.plans().prefetch_related("monitoring_standards")


def publications() -> QuerySet[Publication]:
    """Publications without their long frozen text, which is fetched only where it is asked for."""
    return Publication.objects.select_related("plan").defer("content")
