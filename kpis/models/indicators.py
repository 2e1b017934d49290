"""An indicator says what is measured and how it adds up; its targets say what was promised, from which quarter on."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ministries.models import Organisation, Sourced
from programs.models import Pillar, Plan, PlanChange, SubItem
from programs.quarters import QuarterField

AMOUNT: dict[str, Any] = {"max_digits": 24, "decimal_places": 4}


class Aggregation(models.TextChoices):
    """How statements add up over quarters and organisations; the algebra is written in `kpis.rollup`."""

    FLOW = "flow", _("流量（累加）")
    STOCK = "stock", _("存量（取最近值）")
    RATIO = "ratio", _("比率（分子分母分別累加）")
    RANK = "rank", _("名次（取最近一版）")
    MILESTONE = "milestone", _("里程碑")
    MAXIMUM = "maximum", _("最佳值")
    QUALITATIVE = "qualitative", _("質性")


class Indicator(Sourced):
    """A goal (目標), key result (關鍵成果) or overall goal (總體目標) that is reported every quarter."""

    class Kind(models.TextChoices):
        GOAL = "goal", pgettext_lazy("goal", "目標")
        KEY_RESULT = "key_result", _("關鍵成果")
        OVERALL = "overall", _("總體目標")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="indicators")
    pillar = models.ForeignKey(
        Pillar,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="indicators",
    )
    sub_items = models.ManyToManyField(SubItem, through="IndicatorSubItem", related_name="indicators")
    code = models.CharField(max_length=20)
    kind = models.CharField(max_length=20, choices=Kind)
    order = models.PositiveSmallIntegerField()
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=300)
    definition_zh = models.TextField(blank=True)
    definition_en = models.TextField(blank=True)
    definition_is_provisional = models.BooleanField(default=False)
    aggregation = models.CharField(max_length=20, choices=Aggregation)
    unit_zh = models.CharField(max_length=40, blank=True)
    unit_en = models.CharField(max_length=60, blank=True)
    decimal_places = models.PositiveSmallIntegerField(default=0)
    baseline = models.DecimalField(**AMOUNT, null=True, blank=True)
    baseline_statement_zh = models.CharField(max_length=200)
    baseline_statement_en = models.CharField(max_length=200)

    class Meta:
        ordering = ["plan", "pillar__order", "order"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="indicator_code_once"),
            models.CheckConstraint(
                condition=Q(kind="overall", pillar__isnull=True)
                | Q(kind__in=["goal", "key_result"], pillar__isnull=False),
                name="indicator_of_pillar_unless_overall",
            ),
            models.CheckConstraint(
                condition=Q(aggregation__in=Aggregation.values),
                name="indicator_aggregation_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh

    @property
    def has_stages(self) -> bool:
        """Whether it is measured by the milestones it reaches."""
        return self.aggregation == Aggregation.MILESTONE


class IndicatorSubItem(models.Model):
    """An editorial mapping of an indicator to a sub-item; `note_zh` says on which words it rests."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="mappings")
    sub_item = models.ForeignKey(SubItem, on_delete=models.CASCADE, related_name="indicator_mappings")
    note_zh = models.TextField(blank=True)
    note_en = models.TextField(blank=True)

    class Meta:
        ordering = ["indicator", "sub_item"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "sub_item"], name="indicator_mapped_once")
        ]

    def __str__(self) -> str:
        return f"{self.indicator} → {self.sub_item}"


class IndicatorOwner(models.Model):
    """An organisation owes the indicator's figures from a quarter until another (both included, open where empty).

    `named_by_plan` is false where the plan names nobody and the coordinating office owes it until one is assigned, and
    for whom a later `change` assigned; a change may also have `ended_by` a term.
    """

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="owners")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="owned_indicators")
    named_by_plan = models.BooleanField()
    from_quarter = QuarterField(null=True, blank=True)
    until_quarter = QuarterField(null=True, blank=True)
    change = models.ForeignKey(
        PlanChange, on_delete=models.PROTECT, null=True, blank=True, related_name="owners"
    )
    ended_by = models.ForeignKey(
        PlanChange, on_delete=models.PROTECT, null=True, blank=True, related_name="ended_owners"
    )

    class Meta:
        ordering = ["indicator", "organisation"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "organisation"], name="indicator_owned_once"),
            models.CheckConstraint(
                condition=(Q(change__isnull=True) | Q(from_quarter__isnull=False, named_by_plan=False))
                & (Q(ended_by__isnull=True) | Q(until_quarter__isnull=False)),
                name="indicator_ownership_changed_from_a_quarter",
            ),
            models.CheckConstraint(
                condition=Q(from_quarter__isnull=True)
                | Q(until_quarter__isnull=True)
                | Q(from_quarter__lte=F("until_quarter")),
                name="indicator_ownership_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} · {self.organisation}"


class MilestoneStage(Sourced):
    """A stage of a milestone indicator; `share` (0-1) is what is reached of the whole once this stage is."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="stages")
    order = models.PositiveSmallIntegerField()
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200)
    share = models.DecimalField(max_digits=5, decimal_places=4)

    class Meta:
        ordering = ["indicator", "order"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "order"], name="milestone_stage_once"),
            models.CheckConstraint(condition=Q(share__range=(0, 1)), name="milestone_share_is_a_share"),
        ]

    def __str__(self) -> str:
        return self.name_zh


class Comparator(models.TextChoices):
    """How an actual figure is held against its target; see the second table of `kpis.rollup`."""

    AT_LEAST = "at_least", _("達")
    MORE_THAN = "more_than", _("超過")
    ABOUT = "about", _("約")
    RANGE = "range", _("介於")
    AT_MOST = "at_most", _("不超過")
    RANK_IMPROVES = "rank_improves", _("名次進步")
    TOP = "top", _("前幾名")
    MILESTONE = "milestone", _("完成")
    QUALITATIVE = "qualitative", _("質性目標")


class Frequency(models.TextChoices):
    ANNUAL = "annual", _("每年")
    WHOLE_PLAN = "whole_plan", _("全程")


class TargetTerms(models.Model):
    """What is promised of an indicator. `year` (Western) is empty where it holds every year, or for the whole plan.

    `value_max` closes a range; `tolerance` (a share, 0.1 is ten percent) belongs to "about".
    `effective_from` is the quarter from which it holds: earlier quarters keep the target before it.
    """

    comparator = models.CharField(max_length=20, choices=Comparator)
    value = models.DecimalField(**AMOUNT, null=True, blank=True)
    value_max = models.DecimalField(**AMOUNT, null=True, blank=True)
    tolerance = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    frequency = models.CharField(max_length=20, choices=Frequency)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    due_quarter = QuarterField(null=True, blank=True)
    effective_from = QuarterField()

    class Meta:
        abstract = True


TERMS = tuple(field.name for field in TargetTerms._meta.local_fields)
"""The names of the columns that say what is promised."""


def terms_make_sense(model: str) -> list[models.CheckConstraint]:
    """A comparator has exactly the values that it needs, wherever terms are kept."""
    rules = {
        "comparator_known": Q(comparator__in=Comparator.values),
        "frequency_known": Q(frequency__in=Frequency.values),
        "has_a_value_where_it_needs_one": Q(comparator__in=["milestone", "qualitative"], value__isnull=True)
        | (~Q(comparator__in=["milestone", "qualitative"]) & Q(value__isnull=False)),
        "range_has_two_ends": Q(comparator="range", value_max__gt=F("value"))
        | (~Q(comparator="range") & Q(value_max__isnull=True)),
        "about_has_a_tolerance": Q(comparator="about", tolerance__isnull=False)
        | (~Q(comparator="about") & Q(tolerance__isnull=True)),
        "year_only_where_annual": Q(year__isnull=True) | Q(frequency="annual"),
    }
    return [models.CheckConstraint(condition=rule, name=f"{model}_{name}") for name, rule in rules.items()]


class Target(TargetTerms, Sourced):
    """What was promised of an indicator, by the plan or by a decision of the secretariat's head.

    A decided one has the `ground` on which it replaces the one before it, and the day of the decision; the database
    refuses to change or remove it.
    """

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="targets")
    ground = models.TextField(blank=True)
    decided_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["indicator", "effective_from", "year"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "effective_from", "year"],
                name="target_once",
                nulls_distinct=False,
            ),
            *terms_make_sense("target"),
            models.CheckConstraint(
                condition=Q(decided_on__isnull=True, ground="")
                | (Q(decided_on__isnull=False) & ~Q(ground="")),
                name="target_decided_on_a_ground",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} · {self.comparator} {self.value or ''}"
