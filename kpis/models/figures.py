"""Figures are recomputed from facts and may be thrown away at any time; a queue says which ones are stale.

Every figure carries the algebra's version and the moment it was computed. Shares are numerators over
denominators and are divided only where they are shown.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kpis.models.indicators import Indicator
from ministries.models import Organisation
from programs.models import Pillar, Plan, SubItem
from programs.quarters import QuarterField

SUM: dict[str, Any] = {"max_digits": 48, "decimal_places": 10, "null": True, "blank": True}


class Light(models.TextChoices):
    GREEN = "green", _("正常")
    YELLOW = "yellow", _("注意")
    RED = "red", _("落後")
    GREY = "grey", _("無資料")


class Figure(models.Model):
    """What every figure has: its quarter, its coverage (`stated` of `owed` statements), and its provenance."""

    quarter = QuarterField()
    stated = models.PositiveIntegerField()
    owed = models.PositiveIntegerField()
    algebra_version = models.PositiveSmallIntegerField()
    computed_at = models.DateTimeField()

    class Meta:
        abstract = True


def divided(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """Numerator over denominator (1 where there is none), the one division of a figure's life; none over zero."""
    if numerator is None or denominator == 0:
        return None
    return numerator if denominator is None else numerator / denominator


class IndicatorFigure(Figure):
    """An indicator in a quarter, over all organisations (`organisation` empty) or of one.

    Windows: the quarter, the year to date, the plan to date. The rate and the light belong to the row over all
    organisations, in the window of the target. `light` is empty where the target allows none (see `kpis.rollup`).
    """

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="figures")
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="indicator_figures",
    )
    quarter_numerator = models.DecimalField(**SUM)
    quarter_denominator = models.DecimalField(**SUM)
    year_numerator = models.DecimalField(**SUM)
    year_denominator = models.DecimalField(**SUM)
    plan_numerator = models.DecimalField(**SUM)
    plan_denominator = models.DecimalField(**SUM)
    last_stated = QuarterField(null=True, blank=True)
    rate_numerator = models.DecimalField(**SUM)
    rate_denominator = models.DecimalField(**SUM)
    expected_numerator = models.PositiveSmallIntegerField(null=True, blank=True)
    expected_denominator = models.PositiveSmallIntegerField(null=True, blank=True)
    achieved = models.BooleanField(null=True, blank=True)
    light = models.CharField(max_length=10, choices=Light, blank=True)

    class Meta:
        ordering = ["indicator", "quarter"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "quarter", "organisation"],
                name="indicator_figure_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(rate_numerator__isnull=True, rate_denominator__isnull=True)
                | Q(rate_numerator__isnull=False, rate_denominator__gt=0),
                name="indicator_figure_rate_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} · {self.quarter}"

    @property
    def rate(self) -> Decimal | None:
        return divided(self.rate_numerator, self.rate_denominator)

    @property
    def expected_share(self) -> Decimal | None:
        if self.expected_numerator is None or not self.expected_denominator:
            return None
        return Decimal(self.expected_numerator) / Decimal(self.expected_denominator)

    @property
    def year_value(self) -> Decimal | None:
        return divided(self.year_numerator, self.year_denominator)

    @property
    def plan_value(self) -> Decimal | None:
        return divided(self.plan_numerator, self.plan_denominator)


class NodeFigure(Figure):
    """A plan, pillar, sub-item or organisation in a quarter: lights counted, rates averaged, programmes once each.

    `score` is the weighted mean of the clamped rates; money is in New Taiwan dollars, cumulative.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="node_figures")
    pillar = models.ForeignKey(Pillar, on_delete=models.CASCADE, null=True, related_name="figures")
    sub_item = models.ForeignKey(SubItem, on_delete=models.CASCADE, null=True, related_name="figures")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, null=True, related_name="figures"
    )
    indicators = models.PositiveIntegerField()
    green = models.PositiveIntegerField()
    yellow = models.PositiveIntegerField()
    red = models.PositiveIntegerField()
    grey = models.PositiveIntegerField()
    unlit = models.PositiveIntegerField()
    score_numerator = models.DecimalField(**SUM)
    score_denominator = models.DecimalField(**SUM)
    weakest = models.ForeignKey(Indicator, on_delete=models.SET_NULL, null=True, related_name="+")
    programs = models.PositiveIntegerField()
    programs_stated = models.PositiveIntegerField()
    planned_numerator = models.DecimalField(**SUM)
    actual_numerator = models.DecimalField(**SUM)
    progress_denominator = models.DecimalField(**SUM)
    progress_is_weighted = models.BooleanField(default=False)
    appropriation = models.DecimalField(**SUM)
    allocated = models.DecimalField(**SUM)
    spent = models.DecimalField(**SUM)
    payable = models.DecimalField(**SUM)
    surplus = models.DecimalField(**SUM)

    class Meta:
        ordering = ["plan", "quarter"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "quarter", "pillar", "sub_item", "organisation"],
                name="node_figure_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(pillar__isnull=True, sub_item__isnull=True)
                | Q(pillar__isnull=True, organisation__isnull=True)
                | Q(sub_item__isnull=True, organisation__isnull=True),
                name="node_figure_of_one_node",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sub_item or self.pillar or self.organisation or self.plan} · {self.quarter}"

    @property
    def score(self) -> Decimal | None:
        return divided(self.score_numerator, self.score_denominator)

    @property
    def planned_progress(self) -> Decimal | None:
        return divided(self.planned_numerator, self.progress_denominator)

    @property
    def actual_progress(self) -> Decimal | None:
        return divided(self.actual_numerator, self.progress_denominator)

    @property
    def executed(self) -> Decimal | None:
        """執行數 = 實支數 + 應付未付數 + 賸餘數."""
        parts = [part for part in (self.spent, self.payable, self.surplus) if part is not None]
        return sum(parts, Decimal(0)) if parts else None


class RollupTask(models.Model):
    """A stale key: an indicator of a plan (or, where empty, its programmes) from a quarter on.

    Written in the transaction of the change, deleted in that of the recomputation; the broker is only the bell.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="+")
    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, null=True, related_name="+")
    quarter = QuarterField()
    queued_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.plan_id} · {self.indicator_id} · {self.quarter}"
