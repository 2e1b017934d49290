"""What figures are judged by is data with an effective quarter: earlier quarters keep the standard that held then.

Of several records of one subject, the newest one that is effective in a quarter holds there.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kpis.models.indicators import Indicator, Target
from programs.models import Plan
from programs.quarters import QuarterField


class ExecutionFormula(models.TextChoices):
    """How 執行率 is computed, by name and version; see `kpis.rollup.EXECUTION_FORMULAS`."""

    WITH_SURPLUS_1 = "with-surplus/1", _("執行數 ÷（累計分配數 ＋ 賸餘數）")
    OF_ALLOCATION_1 = "of-allocation/1", _("執行數 ÷ 累計分配數")


class MonitoringStandard(models.Model):
    """管考基準 of a plan: up to `yellow_points` of shortfall are green, up to `red_points` yellow, more is red.

    A plan without a record, and its quarters before the first one, follow the settings LIGHT_* and EXECUTION_FORMULA.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="monitoring_standards")
    effective_from = QuarterField()
    yellow_points = models.DecimalField(max_digits=5, decimal_places=2)
    red_points = models.DecimalField(max_digits=5, decimal_places=2)
    execution_formula = models.CharField(max_length=20, choices=ExecutionFormula)

    class Meta:
        ordering = ["plan", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "effective_from"], name="monitoring_standard_once"),
            models.CheckConstraint(
                condition=Q(yellow_points__gte=0, red_points__gte=F("yellow_points")),
                name="monitoring_standard_thresholds_rise",
            ),
            models.CheckConstraint(
                condition=Q(execution_formula__in=ExecutionFormula.values),
                name="monitoring_standard_formula_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.effective_from}"


class IndicatorWeight(models.Model):
    """How much an indicator counts in composites from a quarter on; 1 before its first record and without one."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="weights")
    effective_from = QuarterField()
    weight = models.DecimalField(max_digits=9, decimal_places=4)

    class Meta:
        ordering = ["indicator", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "effective_from"], name="indicator_weight_once"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="indicator_weight_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} · {self.effective_from} · {self.weight}"


class ScheduledShare(models.Model):
    """A point of a target's own schedule: the share (0-1) of it that is expected at the end of the quarter.

    It holds until the next point of the same window; before the first point nothing is expected.
    """

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="schedule")
    quarter = QuarterField()
    share = models.DecimalField(max_digits=5, decimal_places=4)

    class Meta:
        ordering = ["target", "quarter"]
        constraints = [
            models.UniqueConstraint(fields=["target", "quarter"], name="scheduled_share_once"),
            models.CheckConstraint(condition=Q(share__range=(0, 1)), name="scheduled_share_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.target} · {self.quarter} · {self.share}"
