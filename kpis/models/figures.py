"""Figures are recomputed from facts and may be thrown away at any time; a queue says which ones are stale.

Every figure carries the algebra's version and the moment it was computed. Shares are numerators over
denominators and are divided only where they are shown.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kpis.models.indicators import Indicator, Target
from programs.quarters import QuarterField


class ExactField(models.DecimalField):  # type: ignore[type-arg]
    """A sum or product of the engine: the database keeps as many digits as the arithmetic gives, and rounds nothing."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric"


EXACT: dict[str, Any] = {"max_digits": 48, "decimal_places": 10, "null": True, "blank": True}


class Light(models.TextChoices):
    GREEN = "green", _("正常")
    YELLOW = "yellow", _("注意")
    RED = "red", _("落後")
    GREY = "grey", _("無資料")


def divided(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """Numerator over denominator (1 where there is none), the one division of a figure's life; none over zero."""
    if numerator is None or denominator == 0:
        return None
    return numerator if denominator is None else numerator / denominator


class IndicatorFigure(models.Model):
    """An indicator in a quarter over all its organisations, as computed from the facts in force; safe to throw away.

    Windows: the quarter, the year to date, the plan to date. Rate, expected share and light are held against
    `target`, the one in force in the quarter, in its window. `light` is empty where the target allows none (see
    `kpis.rollup`). `facts_seen` and `facts_until` say from which facts it was made: how many statements were ever
    accepted of the indicator up to the quarter, and when the newest of those in force was; a figure whose counts
    differ from the facts' is stale.
    """

    # A figure is written from the very rows that it refers to, by the thousand: constraints of its own on them would
    # cost more than computing it, and verify_rollups names any that is left over.
    pk = models.CompositePrimaryKey("quarter", "indicator")
    quarter = QuarterField()
    indicator = models.ForeignKey(
        Indicator, on_delete=models.CASCADE, related_name="figures", db_index=False, db_constraint=False
    )
    quarter_numerator = ExactField(**EXACT)
    quarter_denominator = ExactField(**EXACT)
    year_numerator = ExactField(**EXACT)
    year_denominator = ExactField(**EXACT)
    plan_numerator = ExactField(**EXACT)
    plan_denominator = ExactField(**EXACT)
    last_stated = QuarterField(null=True, blank=True)
    stated = models.PositiveIntegerField()
    owed = models.PositiveIntegerField()
    target = models.ForeignKey(
        Target,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    rate_numerator = ExactField(**EXACT)
    rate_denominator = ExactField(**EXACT)
    expected_numerator = ExactField(**EXACT)
    expected_denominator = ExactField(**EXACT)
    achieved = models.BooleanField(null=True, blank=True)
    light = models.CharField(max_length=10, choices=Light, blank=True)
    weight = models.DecimalField(max_digits=9, decimal_places=4)
    facts_seen = models.PositiveIntegerField()
    facts_until = models.DateTimeField(null=True, blank=True)
    algebra_version = models.PositiveSmallIntegerField()
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["indicator", "quarter"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate_numerator__isnull=True, rate_denominator__isnull=True)
                | Q(rate_numerator__isnull=False, rate_denominator__gt=0),
                name="indicator_figure_rate_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(stated__lte=F("owed")), name="indicator_figure_coverage_is_k_of_n"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} · {self.quarter}"


class RollupTask(models.Model):
    """An indicator whose figures are stale.

    Written in the transaction of the change, deleted in that of the recomputation; the broker is only the bell.
    """

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="+")
    queued_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.indicator_id} · {self.queued_at}"


class RollupCheck(models.Model):
    """One comparison of every stored figure with its recomputation from the facts; the newest one is in force.

    `examples` are the first differences in words, for the alarm and the log.
    """

    checked_at = models.DateTimeField()
    differences = models.PositiveIntegerField()
    examples = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-checked_at", "-id"]

    def __str__(self) -> str:
        return f"{self.checked_at} · {self.differences}"
