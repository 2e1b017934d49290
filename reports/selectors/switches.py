"""What is switched on for a report: its ministry's inner sign-off, and its plan's second reviewer."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from reports.models import SecondReview, SignOffWaiver
from reports.workflow import Rule


def with_rules(rows: QuerySet[Any], report: str = "") -> QuerySet[Any]:
    """The rows together with what `rules_of` reads; `report` is the way from a row to its report ("report__")."""
    waived = SignOffWaiver.objects.filter(
        organisation=OuterRef(f"{report}organisation"), until_at__isnull=True
    )
    doubled = SecondReview.objects.filter(
        plan=OuterRef(f"{report}reporting_quarter__plan"), until_at__isnull=True
    )
    known: QuerySet[Any] = rows.annotate(
        is_sign_off_waived=Exists(waived), needs_second_review=Exists(doubled)
    )
    return known


def rules_of(row: Any) -> frozenset[Rule]:
    """What holds for a report, or for the report of a line, that was read by `with_rules`."""
    holds = {Rule.SIGN_OFF: not row.is_sign_off_waived, Rule.SECOND_REVIEW: row.needs_second_review}
    return frozenset(rule for rule, is_on in holds.items() if is_on)
