"""A programme counts once wherever its marks stand: cells of the tables list programmes, marks belong to cells.

Tables 3-8 are kept as printed (rows, columns, marks); a row may name two programmes, a programme may stand in
several rows, and a row may mean only a part of it. Names are stored, never parsed out of the printed cell.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministries.models import Organisation, Sourced
from programs.models.plan import Pillar, Plan, SubItem


class Program(models.Model):
    """A programme (計畫) that carries the plan; its sources are the table rows that list it."""

    class Kind(models.TextChoices):
        EXISTING = "existing", _("既有")
        CONTINUING = "continuing", _("延續")
        NEW = "new", _("新增")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="programs")
    code = models.CharField(max_length=20)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="programs")
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=Kind)
    name_is_provisional = models.BooleanField(default=False)
    purpose_zh = models.TextField(blank=True)
    purpose_en = models.TextField(blank=True)
    period_printed = models.CharField(max_length=40, blank=True)
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    predecessor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
    )
    predecessor_printed = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["plan", "code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="program_code_once"),
            models.CheckConstraint(
                condition=Q(period_start__isnull=True)
                | Q(period_end__isnull=True)
                | Q(period_start__lte=F("period_end")),
                name="program_period_runs_forward",
            ),
            models.CheckConstraint(
                condition=Q(predecessor__isnull=True) | ~Q(predecessor=F("id")),
                name="program_not_its_own_predecessor",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["existing", "continuing", "new"]),
                name="program_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh


class ProgramPart(models.Model):
    """A part (分項) of a programme that a table marks on its own."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="parts")
    code = models.CharField(max_length=24)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=300)

    class Meta:
        ordering = ["program", "code"]
        constraints = [models.UniqueConstraint(fields=["program", "code"], name="program_part_once")]

    def __str__(self) -> str:
        return self.name_zh


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
