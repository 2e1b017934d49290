"""What was decided about the programmes after the plan was printed: rows are added, and nothing printed is overwritten.

Each row holds from a quarter on, so that earlier quarters keep what held in them; each names the decision it rests on.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from programs.models.plan import Plan
from programs.models.programs import Program, ProgramPart, Standing, TableColumn, sound_standing
from programs.quarters import QuarterField


class RevisionGround(models.TextChoices):
    """The six grounds on which a programme may be revised (計畫修正)."""

    GOAL = "goal", _("目標策略變更")
    ORGANISATION = "organisation", _("組織任務變更")
    WORK_OR_COST = "work_or_cost", _("主要工作或總經費變更")
    DELAY_OR_TERM = "delay_or_term", _("進度嚴重落後或總期程變更")
    BUDGET_CUT = "budget_cut", _("預算刪減")
    FORCE_MAJEURE = "force_majeure", _("不可抗力")


class ReleaseGround(models.TextChoices):
    """Why a programme is no longer kept track of (解除列管)."""

    FINISHED = "finished", _("已完成")
    MERGED = "merged", _("併入其他計畫")
    CANCELLED = "cancelled", _("終止辦理")


class PlanChange(models.Model):
    """One decision that changed the plan: from which quarter, on which ground, in which words, by whom."""

    class Kind(models.TextChoices):
        JOINED = "joined", _("新增列管")
        REVISED = "revised", _("計畫修正")
        RELEASED = "released", _("解除列管")
        STANDING = "standing", _("基本資料變更")
        MARKS = "marks", _("註記變更")
        PARTS = "parts", _("分項變更")
        OWNERS = "owners", _("指標填報機關變更")

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="changes")
    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, null=True, blank=True, related_name="changes"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    effective_from = QuarterField()
    ground = models.CharField(
        max_length=20, choices=[*RevisionGround.choices, *ReleaseGround.choices], blank=True
    )
    words = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["effective_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="revised", ground__in=RevisionGround.values)
                | Q(kind="released", ground__in=ReleaseGround.values)
                | Q(kind__in=["joined", "standing", "marks", "parts", "owners"], ground=""),
                name="plan_change_has_the_ground_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="owners", program__isnull=True)
                | (~Q(kind="owners") & Q(program__isnull=False)),
                name="plan_change_of_a_programme_unless_of_owners",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="plan_change_has_words"),
            models.UniqueConstraint(
                fields=["program"], condition=Q(kind="joined"), name="plan_change_joins_a_programme_once"
            ),
            models.UniqueConstraint(
                fields=["program"], condition=Q(kind="released"), name="plan_change_releases_a_programme_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program or self.plan} · {self.kind} · {self.effective_from}"


class ProgramVersion(Standing):
    """What is said of the programme as a whole from `effective_from` on, instead of what was said before."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="versions")
    effective_from = QuarterField()
    change = models.ForeignKey(PlanChange, on_delete=models.PROTECT, related_name="versions")

    class Meta:
        ordering = ["program", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["program", "effective_from"], name="program_version_once"),
            *sound_standing("program_version"),
        ]

    def __str__(self) -> str:
        return f"{self.program} · {self.effective_from}"


class ProgramMark(models.Model):
    """From `effective_from` on the programme, or a part of it, bears this mark in the column, or none any more.

    It stands in the place of the marks of that column in every printed row that lists the programme; of several for
    one programme and column the newest effective one holds.
    """

    class Kind(models.TextChoices):
        PRIMARY = "primary", _("主要工作（√）")
        RELATED = "related", _("內容涉及（△）")
        NONE = "none", _("不註記")

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="later_marks")
    part = models.ForeignKey(
        ProgramPart, on_delete=models.PROTECT, null=True, blank=True, related_name="later_marks"
    )
    column = models.ForeignKey(TableColumn, on_delete=models.PROTECT, related_name="later_marks")
    kind = models.CharField(max_length=10, choices=Kind)
    effective_from = QuarterField()
    change = models.ForeignKey(PlanChange, on_delete=models.PROTECT, related_name="marks")

    class Meta:
        ordering = ["program", "column", "effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "column", "effective_from"], name="program_mark_once_per_quarter"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["primary", "related", "none"]), name="program_mark_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind="none") | Q(part__isnull=True), name="program_mark_none_of_no_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} · {self.column} · {self.kind} · {self.effective_from}"
