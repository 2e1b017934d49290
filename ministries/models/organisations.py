"""An organisation keeps its identity while its name changes: names hold for periods that never overlap."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from ministries import clock


class Sourced(models.Model):
    """A record of reference data that knows where it was read: document, table or chapter, row, printed words.

    `source_table` is the number of a table of the plan ("2") or the chapter's mark ("參.一.(二)").
    `source_row` counts the rows of that table, or the items of that chapter, from 1.
    """

    source_document = models.CharField(max_length=120)
    source_table = models.CharField(max_length=40, blank=True)
    source_row = models.PositiveSmallIntegerField(null=True, blank=True)
    source_printed = models.TextField(blank=True)

    class Meta:
        abstract = True


class Organisation(Sourced):
    """A body of the executive: a ministry, a unit or agency under one, an office, a task force or its sub-group."""

    class Kind(models.TextChoices):
        MINISTRY = "ministry", _("部會")
        UNIT = "unit", _("所屬單位")
        OFFICE = "office", _("辦公室")
        TASK_FORCE = "task_force", _("推動小組")
        SUB_GROUP = "sub_group", _("分組")

    # Those that others may turn to; a unit is spoken to through its ministry.
    KINDS_THAT_ANSWER = (Kind.MINISTRY, Kind.OFFICE)

    code = models.SlugField(max_length=40, unique=True)
    oid = models.CharField(max_length=80, unique=True, null=True, blank=True)
    kind = models.CharField(max_length=20, choices=Kind)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="units")
    is_secretariat = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="organisation_not_its_own_parent",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["ministry", "unit", "office", "task_force", "sub_group"]),
                name="organisation_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def name_on(self, day: date | None = None) -> OrganisationName:
        """The name that held on `day` (today where none is given), the first or last one outside all periods.

        Reads `names`, which selectors prefetch; the organisation must have at least one name.
        """
        day = day or clock.today()
        names = sorted(self.names.all(), key=lambda name: name.valid_from or date.min)
        held = [name for name in names if name.valid_from is None or name.valid_from <= day]
        return held[-1] if held else names[0]

    @property
    def name_zh(self) -> str:
        return self.name_on().name_zh

    @property
    def name_en(self) -> str:
        return self.name_on().name_en


class DateRange(Func):
    """SQL's range of two dates, half-open unless a third argument says "[]"; no date means without bound on that side."""

    function = "DATERANGE"
    output_field = DateRangeField()


class OrganisationName(Sourced):
    """What an organisation was called from `valid_from` (inclusive) until `valid_until` (exclusive)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="names")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200)
    short_zh = models.CharField(max_length=40)
    short_en = models.CharField(max_length=60)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    legal_basis = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["organisation", F("valid_from").asc(nulls_first=True)]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_from__lt=F("valid_until")),
                name="organisation_name_period_runs_forward",
            ),
            ExclusionConstraint(
                name="organisation_names_do_not_overlap",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh


class FunctionTransfer(Sourced):
    """A function moved from one organisation to another on a date; neither was renamed by it."""

    code = models.SlugField(max_length=60, unique=True)
    from_organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="functions_given"
    )
    to_organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="functions_taken"
    )
    effective_on = models.DateField()
    function_zh = models.CharField(max_length=200)
    function_en = models.CharField(max_length=200)

    class Meta:
        ordering = ["effective_on", "code"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_organisation=F("to_organisation")),
                name="function_moves_between_two",
            )
        ]

    def __str__(self) -> str:
        return self.function_zh
