"""A decision of a meeting (列管事項) has an owner and a due quarter, and stays open until the secretariat closes it.

What it says may change, with a reason: every step keeps the whole of what it said from then on. What the owner
reports of it stands beside the report of the quarter.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kpis.models import Indicator
from ministries.models import Organisation, User
from ministries.permissions import Act, scope_of
from programs.models import Plan, Program, SubItem
from programs.quarters import Quarter, QuarterField
from reports.decision_numbers import DecisionNumber
from reports.models.quarters import by_somebody
from reports.models.reports import Report


class DecisionState(models.TextChoices):
    OPEN = "open", _("尚在列管")
    CLOSED = "closed", _("已解除列管")


class Outlook(models.TextChoices):
    """What the owner says of a decision's future."""

    IN_PROGRESS = "in_progress", _("持續辦理")
    PROPOSES_CLOSING = "proposes_closing", _("建議解除列管")
    BLOCKED = "blocked", _("遭遇困難")


class DecisionWords(models.Model):
    """What a decision says. `meeting` is the meeting that made it, `meeting_on` its day."""

    text = models.TextField()
    background = models.TextField(blank=True)
    meeting = models.CharField(max_length=200, blank=True)
    meeting_on = models.DateField(null=True, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    due_quarter = QuarterField()
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    program = models.ForeignKey(Program, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sub_item = models.ForeignKey(SubItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, actor: User) -> DecisionQuerySet:
        """Those that the actor's organisation owns or shares; all of them for the secretariat."""
        scope = scope_of(actor)
        if scope.allows(Act.READ_REPORT):
            return self
        own = scope.organisations(Act.READ_REPORT)
        shared = Decision.co_owners.through.objects.filter(organisation__in=own)
        return self.filter(Q(organisation__in=own) | Q(pk__in=shared.values("decision")))


class Decision(DecisionWords):
    """One decision, numbered within its plan and year: 113-05. It is asked for from the quarter of its making on.

    `revision` counts what the secretariat did to it; each has its `DecisionStep`.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="decisions")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    asked_from = QuarterField()
    co_owners = models.ManyToManyField(Organisation, related_name="+", blank=True)
    state = models.CharField(max_length=20, choices=DecisionState, default=DecisionState.OPEN)
    revision = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closing_reason = models.TextField(blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "year", "number"]
        indexes = [models.Index(fields=["organisation", "state"], name="decision_owner_state")]
        constraints = [
            models.UniqueConstraint(fields=["plan", "year", "number"], name="decision_number_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1, revision__gte=1), name="decision_counts_from_one"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="decision_says_something"),
            models.CheckConstraint(
                condition=Q(asked_from__gte=F("year") * 4, asked_from__lte=F("year") * 4 + 3),
                name="decision_numbered_in_its_year",
            ),
            models.CheckConstraint(
                condition=Q(due_quarter__gte=F("asked_from")), name="decision_due_after_it_is_made"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True, closing_reason="")
                | (Q(state="closed", closed_at__isnull=False) & ~Q(closing_reason="")),
                name="decision_state_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("made_at")),
                name="decision_closed_after_it_is_made",
            ),
            models.CheckConstraint(
                condition=Q(closed_on_behalf_of__isnull=True) | Q(closed_by__isnull=False),
                name="decision_closed_for_another_by_somebody",
            ),
            *by_somebody("decision", ("closed",)),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """`113-05`: the year of the Republic of China and the number within it."""
        return str(DecisionNumber(self.year, self.number))

    @property
    def is_open(self) -> bool:
        return self.state == DecisionState.OPEN

    def is_asked_in(self, report: Report) -> bool:
        """Whether the report owes progress on it: the owner's, of a quarter from the making on, while it is open."""
        quarter: Quarter = report.reporting_quarter.quarter
        return (
            self.is_open
            and report.organisation_id == self.organisation_id
            and report.reporting_quarter.plan_id == self.plan_id
            and quarter >= self.asked_from
        )


class DecisionStep(DecisionWords):
    """One thing that the secretariat did to a decision, and all that the decision said afterwards; never changed."""

    class Act(models.TextChoices):
        MADE = "made", _("列管")
        CHANGED = "changed", _("修正")
        CLOSED = "closed", _("已解除列管")
        REOPENED = "reopened", _("恢復列管")

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="steps")
    revision = models.PositiveIntegerField()
    act = models.CharField(max_length=20, choices=Act)
    co_owner_codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["decision", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "revision"], name="decision_step_once"),
            models.CheckConstraint(
                condition=Q(act="made", revision=1)
                | (Q(act__in=["changed", "closed", "reopened"], revision__gt=1) & ~Q(reason="")),
                name="decision_step_says_why",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="decision_step_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} · {self.revision}"


class DecisionProgress(models.Model):
    """What the owner said of a decision in one quarter's report, at one saving; rows are only ever added.

    The newest revision counts. `expected_on` is when the owner expects to be done.
    """

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="progress")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="decision_progress")
    words = models.TextField()
    outlook = models.CharField(max_length=20, choices=Outlook)
    expected_on = models.DateField(null=True, blank=True)
    revision = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["decision", "report__reporting_quarter__quarter", "revision"]
        verbose_name_plural = "decision progress"
        constraints = [
            models.UniqueConstraint(fields=["decision", "report", "revision"], name="decision_progress_once"),
            models.CheckConstraint(condition=~Q(words=""), name="decision_progress_says_something"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="decision_progress_counts_from_one"),
            models.CheckConstraint(
                condition=Q(outlook__in=Outlook.values), name="decision_progress_outlook_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} · {self.report}"
