"""A programme counts once wherever its marks stand: cells of the tables list programmes, marks belong to cells.

Tables 3-8 are kept as printed (rows, columns, marks); a row may name two programmes, a programme may stand in
several rows, and a row may mean only a part of it. Names are stored, never parsed out of the printed cell. What the
plan becomes later stands beside it, in `programs.models.changes`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministries.models import Organisation, Sourced
from programs.models.plan import Pillar, Plan, SubItem
from programs.quarters import Quarter, QuarterField


class Standing(models.Model):
    """What is said of a programme as a whole and may be said otherwise from some quarter on."""

    class Kind(models.TextChoices):
        EXISTING = "existing", _("既有")
        CONTINUING = "continuing", _("延續")
        NEW = "new", _("新增")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="%(class)ss")
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=Kind)
    name_is_provisional = models.BooleanField(default=False)
    period_printed = models.CharField(max_length=40, blank=True)
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def covers(self, quarter: Quarter) -> bool:
        """Whether the period touches the quarter; one without a printed period covers all."""
        return (self.period_start is None or self.period_start <= quarter.last_day) and (
            self.period_end is None or self.period_end >= quarter.first_day
        )


def sound_standing(model: str) -> list[models.BaseConstraint]:
    """What holds of every standing, printed or changed."""
    return [
        models.CheckConstraint(
            condition=Q(period_start__isnull=True)
            | Q(period_end__isnull=True)
            | Q(period_start__lte=F("period_end")),
            name=f"{model}_period_runs_forward",
        ),
        models.CheckConstraint(
            condition=Q(kind__in=["existing", "continuing", "new"]), name=f"{model}_kind_known"
        ),
    ]


class Program(Standing):
    """A programme (計畫) that carries the plan; its sources are the table rows that list it.

    Its own columns say what was printed, or with what it joined; `versions` say what holds from a later quarter on.
    `joined_from` is empty for a programme of the printed plan; from `released_from` on it is asked for no more.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="programs")
    code = models.CharField(max_length=20)
    purpose_zh = models.TextField(blank=True)
    purpose_en = models.TextField(blank=True)
    predecessor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
    )
    predecessor_printed = models.CharField(max_length=80, blank=True)
    joined_from = QuarterField(null=True, blank=True)
    released_from = QuarterField(null=True, blank=True)

    class Meta:
        ordering = ["plan", "code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="program_code_once"),
            *sound_standing("program"),
            models.CheckConstraint(
                condition=Q(predecessor__isnull=True) | ~Q(predecessor=F("id")),
                name="program_not_its_own_predecessor",
            ),
            models.CheckConstraint(
                condition=Q(joined_from__isnull=True)
                | Q(released_from__isnull=True)
                | Q(joined_from__lt=F("released_from")),
                name="program_released_after_it_joined",
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh

    def standing_in(self, quarter: Quarter) -> Standing:
        """The newest version that is effective in the quarter, else the programme itself; reads prefetched `versions`."""
        held = [each for each in self.versions.all() if each.effective_from <= quarter]
        return max(held, key=lambda each: each.effective_from, default=self)

    def is_kept_in(self, quarter: Quarter) -> bool:
        """Whether the plan has it in the quarter: it has joined and is not released."""
        return (self.joined_from is None or self.joined_from <= quarter) and (
            self.released_from is None or self.released_from > quarter
        )

    def runs_in(self, quarter: Quarter) -> bool:
        """Whether it is asked for in the quarter."""
        return self.is_kept_in(quarter) and self.standing_in(quarter).covers(quarter)


class ProgramPart(models.Model):
    """A part (分項) of a programme that is marked on its own.

    One that was named later has the `change` that named it; one that is no more has the change that ended it.
    """

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="parts")
    code = models.CharField(max_length=24)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=300)
    effective_from = QuarterField(null=True, blank=True)
    change = models.ForeignKey(
        "programs.PlanChange", on_delete=models.PROTECT, null=True, blank=True, related_name="parts"
    )
    dropped_from = QuarterField(null=True, blank=True)
    dropped_by = models.ForeignKey(
        "programs.PlanChange", on_delete=models.PROTECT, null=True, blank=True, related_name="dropped_parts"
    )

    class Meta:
        ordering = ["program", "code"]
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="program_part_once"),
            models.CheckConstraint(
                condition=Q(effective_from__isnull=True, change__isnull=True)
                | Q(effective_from__isnull=False, change__isnull=False),
                name="program_part_named_later_by_a_change",
            ),
            models.CheckConstraint(
                condition=Q(dropped_from__isnull=True, dropped_by__isnull=True)
                | Q(dropped_from__isnull=False, dropped_by__isnull=False),
                name="program_part_dropped_by_a_change",
            ),
            models.CheckConstraint(
                condition=Q(dropped_from__isnull=True)
                | Q(effective_from__isnull=True)
                | Q(dropped_from__gt=F("effective_from")),
                name="program_part_dropped_later",
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh

    def holds_in(self, quarter: Quarter) -> bool:
        return (self.effective_from is None or self.effective_from <= quarter) and (
            self.dropped_from is None or self.dropped_from > quarter
        )


class TableColumn(Sourced):
    """A column of Tables 3-7; its heading is not a sub-item, `sub_items` says which ones it stands for."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="table_columns")
    pillar = models.ForeignKey(Pillar, on_delete=models.CASCADE, related_name="table_columns")
    table = models.PositiveSmallIntegerField()
    order = models.PositiveSmallIntegerField()
    heading_zh = models.CharField(max_length=80)
    heading_en = models.CharField(max_length=120)
    sub_items = models.ManyToManyField(SubItem, through="ColumnSubItem", related_name="columns")

    class Meta:
        ordering = ["plan", "table", "order"]
        constraints = [models.UniqueConstraint(fields=["plan", "table", "order"], name="table_column_once")]

    def __str__(self) -> str:
        return self.heading_zh


class ColumnSubItem(models.Model):
    """An editorial mapping of a table's column to a sub-item; `note_zh` says on which words it rests."""

    column = models.ForeignKey(TableColumn, on_delete=models.CASCADE, related_name="mappings")
    sub_item = models.ForeignKey(SubItem, on_delete=models.CASCADE, related_name="mappings")
    note_zh = models.TextField(blank=True)
    note_en = models.TextField(blank=True)

    class Meta:
        ordering = ["column", "sub_item"]
        constraints = [models.UniqueConstraint(fields=["column", "sub_item"], name="column_mapped_once")]

    def __str__(self) -> str:
        return f"{self.column} → {self.sub_item}"


class TableRow(Sourced):
    """A row of Tables 3-8 as printed: executing ministry, the cell with the programme's name, its type and pillars."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="table_rows")
    table = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="table_rows")
    pillars = models.ManyToManyField(Pillar, related_name="table_rows")

    class Meta:
        ordering = ["plan", "table", "number"]
        constraints = [models.UniqueConstraint(fields=["plan", "table", "number"], name="table_row_once")]

    def __str__(self) -> str:
        return f"{self.table}.{self.number}"


class ProgramListing(models.Model):
    """A row lists a programme, or only a part of it."""

    row = models.ForeignKey(TableRow, on_delete=models.CASCADE, related_name="listings")
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="listings")
    part = models.ForeignKey(
        ProgramPart,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="listings",
    )

    class Meta:
        ordering = ["row", "program"]
        constraints = [models.UniqueConstraint(fields=["row", "program"], name="program_listed_once_per_row")]

    def __str__(self) -> str:
        return f"{self.row} · {self.program}"


class Mark(models.Model):
    """A √ (primary) or △ (related) in a cell of Tables 3-7."""

    class Kind(models.TextChoices):
        PRIMARY = "primary", _("主要工作（√）")
        RELATED = "related", _("內容涉及（△）")

    row = models.ForeignKey(TableRow, on_delete=models.CASCADE, related_name="marks")
    column = models.ForeignKey(TableColumn, on_delete=models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        ordering = ["row", "column"]
        constraints = [
            models.UniqueConstraint(fields=["row", "column"], name="mark_once_per_cell"),
            models.CheckConstraint(condition=Q(kind__in=["primary", "related"]), name="mark_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.row} · {self.column} · {self.kind}"
