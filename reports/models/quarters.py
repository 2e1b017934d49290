"""A quarter is an object with dates: it is planned, opened, falls due, is closed, and may be published."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from programs.models import Plan
from programs.quarters import QuarterField


def by_somebody(model: str, acts: Sequence[str]) -> list[models.CheckConstraint]:
    """Every `<act>_at` has its `<act>_by`, and the other way round."""
    return [
        models.CheckConstraint(
            condition=Q(**{f"{act}_at__isnull": True, f"{act}_by__isnull": True})
            | Q(**{f"{act}_at__isnull": False, f"{act}_by__isnull": False}),
            name=f"{model}_{act}_by_somebody",
        )
        for act in acts
    ]


class ReportingQuarter(models.Model):
    """One reporting round (填報週期) of a plan."""

    class State(models.TextChoices):
        PLANNED = "planned", _("尚未開放")
        OPEN = "open", _("開放填報")
        CLOSED = "closed", _("已截止")
        PUBLISHED = "published", _("已公布")

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reporting_quarters")
    quarter = QuarterField()
    opens_on = models.DateField()
    due_on = models.DateField()
    closes_on = models.DateField()
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        ordering = ["plan", "quarter"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "quarter"], name="reporting_quarter_once"),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("due_on"), due_on__lte=F("closes_on")),
                name="reporting_quarter_dates_in_order",
            ),
            *by_somebody("reporting_quarter", ("opened", "closed", "published")),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | Q(opened_at__isnull=False, closed_at__gte=F("opened_at")),
                name="reporting_quarter_closed_after_opened",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(closed_at__isnull=False, published_at__gte=F("closed_at")),
                name="reporting_quarter_published_after_closed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.quarter)

    @property
    def state(self) -> State:
        if self.published_at:
            return self.State.PUBLISHED
        if self.closed_at:
            return self.State.CLOSED
        return self.State.OPEN if self.opened_at else self.State.PLANNED
