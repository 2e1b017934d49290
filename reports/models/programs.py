"""What a ministry asks of its programmes, a revision (計畫修正) or release (解除列管), and how the head answers.

What was asked is never changed: it is approved, refused or withdrawn once, and the effect of an approval stands in
`programs`, under the change that the request then names.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministries.models import Organisation, User
from ministries.permissions import Act, scope_of
from programs.models import PlanChange, Program, ProgramMilestone, ReleaseGround, RevisionGround
from programs.quarters import QuarterField
from reports.models.quarters import after, by_somebody


def visible_programs(actor: User) -> models.QuerySet[Program]:
    """The programmes whose working pages the actor may open: those of their organisations, now or once; all for readers."""
    scope = scope_of(actor)
    managed = Program.objects.filter(plan__is_managed=True)
    if scope.allows(Act.READ_REPORT):
        return managed
    own = scope.organisations(Act.READ_REPORT)
    ever = Q(organisation__in=own) | Q(
        pk__in=Program.objects.filter(versions__organisation__in=own).values("pk")
    )
    return managed.filter(ever)


class RequestState(models.TextChoices):
    PROPOSED = "proposed", _("待核定")
    APPROVED = "approved", _("同意")
    REFUSED = "refused", _("不同意")
    WITHDRAWN = "withdrawn", _("已撤回")


class ProgramRequest(models.Model):
    """What both kinds of requests share: whose, since when, and how it ended."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="%(class)ss")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    explanation = models.TextField()
    state = models.CharField(max_length=20, choices=RequestState, default=RequestState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    words = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    change = models.OneToOneField(
        PlanChange, on_delete=models.PROTECT, null=True, blank=True, related_name="%(class)s"
    )

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        return self.state == RequestState.PROPOSED

    @property
    def kind(self) -> str:
        """`revision` or `release`."""
        return (self._meta.model_name or "").removeprefix("program")


def sound_request(model: str) -> list[models.BaseConstraint]:
    """A state has its moments and its change, a moment its person; nobody decides what they proposed."""
    return [
        models.CheckConstraint(
            condition=Q(state="proposed", decided_at=None, withdrawn_at=None, change=None)
            | Q(state="approved", decided_at__isnull=False, withdrawn_at=None, change__isnull=False)
            | (Q(state="refused", decided_at__isnull=False, withdrawn_at=None, change=None) & ~Q(words=""))
            | Q(state="withdrawn", decided_at=None, withdrawn_at__isnull=False, change=None),
            name=f"{model}_state_has_its_moments",
        ),
        *by_somebody(model, ("decided", "withdrawn")),
        *after(model, "proposed", ("decided", "withdrawn")),
        models.CheckConstraint(
            condition=(Q(decided_for__isnull=True) | Q(decided_at__isnull=False))
            & (Q(withdrawn_for__isnull=True) | Q(withdrawn_at__isnull=False)),
            name=f"{model}_principals_of_deeds",
        ),
        models.CheckConstraint(
            condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
            name=f"{model}_decided_by_another",
        ),
        models.CheckConstraint(condition=~Q(explanation=""), name=f"{model}_explained"),
        models.UniqueConstraint(
            fields=["program"], condition=Q(state="proposed"), name=f"{model}_one_open_per_programme"
        ),
    ]


class ProgramRevision(ProgramRequest):
    """A ministry asks that other milestones, or another period, hold from `effective_from` on."""

    ground = models.CharField(max_length=20, choices=RevisionGround)
    effective_from = QuarterField()
    changes_period = models.BooleanField(default=False)
    period_printed = models.CharField(max_length=40, blank=True)
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            *sound_request("program_revision"),
            models.CheckConstraint(
                condition=Q(ground__in=RevisionGround.values), name="program_revision_ground_known"
            ),
            models.CheckConstraint(
                condition=Q(changes_period=False, period_printed="", period_start=None, period_end=None)
                | (Q(changes_period=True, period_start__isnull=False) & ~Q(period_printed="")),
                name="program_revision_period_only_where_changed",
            ),
            models.CheckConstraint(
                condition=Q(period_start__isnull=True)
                | Q(period_end__isnull=True)
                | Q(period_start__lte=F("period_end")),
                name="program_revision_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} · {self.effective_from} · {self.state}"


class ProposedMilestone(models.Model):
    """What a revision asks of one milestone: another day or name, no longer to count, or to be added."""

    class Deed(models.TextChoices):
        CHANGE = "change", _("變更")
        DROP = "drop", _("取消")
        ADD = "add", _("新增")

    revision = models.ForeignKey(ProgramRevision, on_delete=models.PROTECT, related_name="milestones")
    deed = models.CharField(max_length=10, choices=Deed)
    milestone = models.ForeignKey(
        ProgramMilestone, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    code = models.CharField(max_length=20)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=300, blank=True)
    due_on = models.DateField()

    class Meta:
        ordering = ["revision", "due_on", "code"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "code"], name="proposed_milestone_once"),
            models.CheckConstraint(
                condition=Q(deed="add", milestone__isnull=True)
                | Q(deed__in=["change", "drop"], milestone__isnull=False),
                name="proposed_milestone_is_new_or_known",
            ),
            models.CheckConstraint(condition=~Q(name_zh=""), name="proposed_milestone_named"),
        ]

    def __str__(self) -> str:
        return f"{self.revision} · {self.code} · {self.deed}"


class ProgramRelease(ProgramRequest):
    """A ministry asks that the programme be kept track of no longer."""

    ground = models.CharField(max_length=20, choices=ReleaseGround)

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            *sound_request("program_release"),
            models.CheckConstraint(
                condition=Q(ground__in=ReleaseGround.values), name="program_release_ground_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} · {self.state}"
