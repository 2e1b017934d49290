"""A milestone (查核點) of a programme is due on a day; changing its day adds a row, and the one before stays visible."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from programs.models.changes import PlanChange
from programs.models.programs import Program
from programs.models.progress import AcceptedFact, Delay, delay_in_known_words
from programs.quarters import QuarterField


class ProgramMilestone(models.Model):
    """What a programme should have reached by `due_on`. `code` names it within the programme.

    Of several rows with one code, the newest one that is effective in a quarter holds there; from `dropped_from`
    on that row, and with it the milestone, no longer counts. One that the generator invented is marked as such; one
    that a decision set has its `change`, one that a decision ended its `dropped_by`.
    """

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="milestones")
    code = models.CharField(max_length=20)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=300, blank=True)
    due_on = models.DateField()
    effective_from = QuarterField()
    dropped_from = QuarterField(null=True, blank=True)
    is_demonstration = models.BooleanField(default=False)
    change = models.ForeignKey(
        PlanChange, on_delete=models.PROTECT, null=True, blank=True, related_name="milestones"
    )
    dropped_by = models.ForeignKey(
        PlanChange, on_delete=models.PROTECT, null=True, blank=True, related_name="dropped_milestones"
    )

    class Meta:
        ordering = ["program", "due_on", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "code", "effective_from"], name="program_milestone_once"
            ),
            models.CheckConstraint(
                condition=Q(dropped_from__isnull=True) | Q(dropped_from__gt=F("effective_from")),
                name="program_milestone_dropped_later",
            ),
            models.CheckConstraint(
                condition=Q(dropped_by__isnull=True) | Q(dropped_from__isnull=False),
                name="program_milestone_dropped_by_from_a_quarter",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} · {self.code}"


class MilestoneObservation(Delay, AcceptedFact):
    """An accepted statement whether a milestone is reached; `reached_on` is the day on which it was.

    A milestone is reached from the first quarter on whose fact in force says so.
    """

    class Statement(models.TextChoices):
        REACHED = "reached", _("已完成")
        NOT_REACHED = "not_reached", _("未完成")
        NOTHING_DUE = "nothing_due", _("本季無應報事項")
        NOT_APPLICABLE = "not_applicable", _("不適用")
        WITHDRAWN = "withdrawn", _("撤回核定")

    milestone = models.ForeignKey(ProgramMilestone, on_delete=models.PROTECT, related_name="observations")
    statement = models.CharField(max_length=20, choices=Statement)
    reached_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["milestone", "organisation", "quarter", "revision"]
        constraints = [
            *delay_in_known_words("milestone_observation"),
            models.CheckConstraint(
                condition=Q(statement__in=["reached", "not_reached"])
                | Q(catch_up_on__isnull=True, improve_by__isnull=True, delay_kind="", accountability=""),
                name="milestone_observation_delay_only_where_it_counts",
            ),
            models.UniqueConstraint(
                fields=["milestone", "organisation", "quarter", "revision"],
                name="milestone_observation_revision_once",
            ),
            models.UniqueConstraint(
                fields=["milestone", "organisation", "quarter"],
                condition=Q(superseded_at__isnull=True),
                name="milestone_observation_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(statement="reached", reached_on__isnull=False)
                | (~Q(statement="reached") & Q(reached_on__isnull=True)),
                name="milestone_observation_reached_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("accepted_at")),
                name="milestone_observation_superseded_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.milestone} · {self.quarter} · r{self.revision}"
