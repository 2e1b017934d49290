"""The plan as it was approved: words, structure and responsibilities are kept as printed, each with its place."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministries.models import Organisation, Sourced
from programs.quarters import Quarter


class Plan(Sourced):
    """A national policy plan of one generation; only a plan with `is_managed` has quarters to report."""

    code = models.SlugField(max_length=60, unique=True)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    short_name_zh = models.CharField(max_length=80)
    short_name_en = models.CharField(max_length=80)
    edition_zh = models.CharField(max_length=80, blank=True)
    approval_number = models.CharField(max_length=80, blank=True)
    approved_on = models.DateField(null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    vision_zh = models.TextField(blank=True)
    vision_en = models.TextField(blank=True)
    summary_zh = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    parent_programme_zh = models.CharField(max_length=200, blank=True)
    parent_programme_en = models.CharField(max_length=200, blank=True)
    predecessor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
    )
    is_managed = models.BooleanField(default=True)

    class Meta:
        ordering = ["-starts_on", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__lt=F("ends_on")), name="plan_runs_forward"),
            models.CheckConstraint(
                condition=Q(predecessor__isnull=True) | ~Q(predecessor=F("id")),
                name="plan_not_its_own_predecessor",
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh

    @property
    def first_quarter(self) -> Quarter:
        return Quarter.containing(self.starts_on)

    @property
    def last_quarter(self) -> Quarter:
        return Quarter.containing(self.ends_on)

    @property
    def quarters(self) -> list[Quarter]:
        """Every quarter of the plan, in order."""
        return list(Quarter.between(self.first_quarter, self.last_quarter))


class ExpectedBenefit(Sourced):
    """One of the plan's expected benefits (chapter 肆, section 二)."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="expected_benefits")
    order = models.PositiveSmallIntegerField()
    text_zh = models.TextField()
    text_en = models.TextField()

    class Meta:
        ordering = ["plan", "order"]
        constraints = [models.UniqueConstraint(fields=["plan", "order"], name="expected_benefit_once")]

    def __str__(self) -> str:
        return self.text_zh


class OversightRole(Sourced):
    """An organisation oversees, coordinates or controls the plan (chapter 伍)."""

    class Role(models.TextChoices):
        PLATFORM = "platform", _("跨部會推動平台")
        SECRETARIAT = "secretariat", _("管考")
        COORDINATOR = "coordinator", _("統籌協調")
        SUB_GROUP = "sub_group", _("分組")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="oversight_roles")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="oversight_roles")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        ordering = ["plan", "role", "organisation"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "organisation", "role"], name="oversight_role_once"),
            models.CheckConstraint(
                condition=Q(role__in=["platform", "secretariat", "coordinator", "sub_group"]),
                name="oversight_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.role}"


class Erratum(Sourced):
    """A slip of the printed plan: noted, never silently mended."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="errata")
    order = models.PositiveSmallIntegerField()
    meant = models.CharField(max_length=300)
    note_zh = models.TextField()
    note_en = models.TextField()

    class Meta:
        ordering = ["plan", "order"]
        constraints = [models.UniqueConstraint(fields=["plan", "order"], name="erratum_once")]
        verbose_name_plural = "errata"

    def __str__(self) -> str:
        return self.note_zh


class Pillar(Sourced):
    """One of the plan's main axes (主軸)."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="pillars")
    code = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField()
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200)
    description_zh = models.TextField(blank=True)
    description_en = models.TextField(blank=True)

    class Meta:
        ordering = ["plan", "order"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="pillar_code_once"),
            models.UniqueConstraint(fields=["plan", "order"], name="pillar_order_once"),
        ]

    def __str__(self) -> str:
        return self.name_zh


class PillarParticipant(Sourced):
    """A ministry that the prose of chapter 參 names for a pillar; the prose differs from Table 2, both are kept."""

    pillar = models.ForeignKey(Pillar, on_delete=models.CASCADE, related_name="participants")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="participations")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["pillar", "order"]
        constraints = [models.UniqueConstraint(fields=["pillar", "organisation"], name="participant_once")]

    def __str__(self) -> str:
        return f"{self.pillar} · {self.organisation}"


class PillarLineage(Sourced):
    """A pillar of the earlier plan lives on in a pillar of the later one (figure 2)."""

    earlier = models.ForeignKey(Pillar, on_delete=models.CASCADE, related_name="became")
    later = models.ForeignKey(Pillar, on_delete=models.CASCADE, related_name="came_from")
    note_zh = models.TextField(blank=True)
    note_en = models.TextField(blank=True)

    class Meta:
        ordering = ["earlier", "later"]
        constraints = [models.UniqueConstraint(fields=["earlier", "later"], name="pillar_lineage_once")]

    def __str__(self) -> str:
        return f"{self.earlier} → {self.later}"


class EarlierResult(Sourced):
    """A result that the plan lists for a pillar of its predecessor (chapter 壹, section 三)."""

    pillar = models.ForeignKey(Pillar, on_delete=models.CASCADE, related_name="listed_results")
    order = models.PositiveSmallIntegerField()
    heading_zh = models.CharField(max_length=120, blank=True)
    text_zh = models.TextField()
    text_en = models.TextField()

    class Meta:
        ordering = ["pillar", "order"]
        constraints = [models.UniqueConstraint(fields=["pillar", "order"], name="earlier_result_once")]

    def __str__(self) -> str:
        return self.text_zh


class SubItem(Sourced):
    """A sub-item (子項) of a pillar, a row of Table 2."""

    pillar = models.ForeignKey(Pillar, on_delete=models.CASCADE, related_name="sub_items")
    code = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField()
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=300)

    class Meta:
        ordering = ["pillar__order", "order"]
        constraints = [
            models.UniqueConstraint(fields=["pillar", "code"], name="sub_item_code_once"),
            models.UniqueConstraint(fields=["pillar", "order"], name="sub_item_order_once"),
        ]

    def __str__(self) -> str:
        return self.name_zh


class KeyTask(Sourced):
    """A key task (重點工作) of a pillar; `mark` is the printed 甲, 乙, 丙 or 丁."""

    pillar = models.ForeignKey(Pillar, on_delete=models.CASCADE, related_name="key_tasks")
    sub_item = models.ForeignKey(SubItem, on_delete=models.PROTECT, null=True, related_name="key_tasks")
    order = models.PositiveSmallIntegerField()
    mark = models.CharField(max_length=4)
    text_zh = models.TextField()
    text_en = models.TextField()

    class Meta:
        ordering = ["pillar__order", "order"]
        constraints = [models.UniqueConstraint(fields=["pillar", "order"], name="key_task_once")]

    def __str__(self) -> str:
        return self.text_zh


class Responsibility(Sourced):
    """Who answers for a sub-item: an organisation, or the open placeholder 相關部會, in a role and a scope.

    `source_printed` is the cell of Table 2 as printed. `unit` is the unit that the cell names in brackets,
    `unit_is_principal` where the cell says that this unit does most of it (為主). `is_open_list` stands on the last
    organisation of a list that the cell leaves open (等).
    """

    class Role(models.TextChoices):
        LEAD = "lead", _("主責")
        CO = "co", _("共同")
        ASSISTING = "assisting", _("協助")

    sub_item = models.ForeignKey(SubItem, on_delete=models.CASCADE, related_name="responsibilities")
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="responsibilities",
    )
    placeholder = models.CharField(max_length=40, blank=True)
    order = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=20, choices=Role)
    unit = models.CharField(max_length=80, blank=True)
    unit_organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="unit_responsibilities",
    )
    unit_is_principal = models.BooleanField(default=False)
    scope_zh = models.CharField(max_length=120, blank=True)
    scope_en = models.CharField(max_length=200, blank=True)
    is_open_list = models.BooleanField(default=False)

    class Meta:
        ordering = ["sub_item", "order"]
        verbose_name_plural = "responsibilities"
        constraints = [
            models.UniqueConstraint(fields=["sub_item", "order"], name="responsibility_once"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=True) ^ Q(placeholder=""),
                name="responsibility_of_organisation_or_placeholder",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["lead", "co", "assisting"]),
                name="responsibility_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sub_item} · {self.organisation or self.placeholder}"
