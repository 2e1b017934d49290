"""Every read of indicators and publications that a page or the public API needs; it does not know who renders it."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from kpis.models import Indicator, IndicatorOwner, IndicatorSubItem, Publication


def indicators() -> QuerySet[Indicator]:
    """Indicators with their targets, stages, sub-items, and everybody who owes or owed their figures."""
    owners = IndicatorOwner.objects.select_related("organisation").order_by("organisation__order")
    return Indicator.objects.select_related("plan", "pillar").prefetch_related(
        "targets",
        "stages",
        Prefetch("mappings", IndicatorSubItem.objects.select_related("sub_item")),
        Prefetch("owners", owners.prefetch_related("organisation__names")),
    )


def publications() -> QuerySet[Publication]:
    """Publications without their long frozen text, which is fetched only where it is asked for."""
    return Publication.objects.select_related("plan").defer("content")
