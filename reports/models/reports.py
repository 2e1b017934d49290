"""A report is what one organisation owes for one quarter, line by line; drafts live here and nowhere else."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from kpis.models import Confidence, Indicator, MilestoneStage, indicators
from ministries import clock
from ministries.models import Organisation, OrganisationName, User
from ministries.permissions import Act, may, scope_of
from programs.models import Program, ProgramMilestone, ProgramPart, SubItem
from programs.models.progress import MONEY, PERCENT, Delay, delay_in_known_words, progress_is_percent
from reports.models.quarters import ReportingQuarter, by_somebody
from reports.workflow import EDITABLE, WITH_MINISTRY

AMOUNT: dict[str, Any] = {**indicators.AMOUNT, "null": True, "blank": True}


class ReportState(models.TextChoices):
    """The states of `reports.workflow`, of a line and, as their summary, of a report."""

    DRAFT = "draft", _("填報中")
    SIGNED = "signed", _("已核稿")
    SUBMITTED = "submitted", _("已送出")
    ENDORSED = "endorsed", _("待複審")
    RETURNED = "returned", _("已退回")
    ACCEPTED = "accepted", _("已核定")


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, actor: User) -> ReportQuerySet:
        """Those the actor may know of: the own organisations', all for the secretariat; see `shows_lines_to`."""
        scope = scope_of(actor)
        if scope.allows(Act.READ_REPORT):
            return self
        return self.filter(organisation__in=scope.organisations(Act.READ_REPORT))


class Report(models.Model):
    """One organisation's report of one quarter; its state is the summary of its lines', see `reports.workflow`.

    `submitted_at` is the last submission, `decided_at` the last decision upon any of its lines.
    `days_late` is how late it first came in, by the deadline that held on that day; it never changes afterwards.
    `extended_until` is the newest day that was granted to it. Since `no_longer_owed_since` nobody asks for it.
    """

    reporting_quarter = models.ForeignKey(ReportingQuarter, on_delete=models.PROTECT, related_name="reports")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reports")
    state = models.CharField(max_length=20, choices=ReportState, default=ReportState.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    first_submitted_at = models.DateTimeField(null=True, blank=True)
    days_late = models.PositiveIntegerField(null=True, blank=True)
    extended_until = models.DateField(null=True, blank=True)
    no_longer_owed_since = models.DateTimeField(null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["reporting_quarter", "organisation"]
        constraints = [
            models.UniqueConstraint(fields=["reporting_quarter", "organisation"], name="report_once"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "signed"])
                | Q(state__in=["submitted", "endorsed"], submitted_at__isnull=False)
                | Q(
                    state__in=["returned", "accepted"],
                    submitted_at__isnull=False,
                    decided_at__isnull=False,
                ),
                name="report_state_has_its_moments",
            ),
            *by_somebody("report", ("submitted", "decided")),
            models.CheckConstraint(
                condition=Q(first_submitted_at__isnull=True, days_late__isnull=True)
                | Q(first_submitted_at__isnull=False, days_late__isnull=False),
                name="report_first_handed_in_so_late",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(first_submitted_at__lte=F("submitted_at")),
                name="report_first_handed_in_before_last",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.reporting_quarter}"

    @cached_property
    def other_organisations(self) -> dict[str, OrganisationName]:
        """Whom the organisation may ask for coordination: code → the name of today; read once, in one query."""
        today = clock.today()
        held = OrganisationName.objects.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=today),
            Q(valid_until__isnull=True) | Q(valid_until__gt=today),
            organisation__kind__in=Organisation.KINDS_THAT_ANSWER,
        ).exclude(organisation=self.organisation_id)
        names = held.select_related("organisation").order_by("organisation__order", "organisation__code")
        return {name.organisation.code: name for name in names}

    @property
    def is_owed(self) -> bool:
        return self.no_longer_owed_since is None

    @property
    def deadline_on(self) -> date:
        """The deadline in force: the round's, or a later day that was granted. Reads the round."""
        due_on = self.reporting_quarter.due_on
        return max(due_on, self.extended_until or due_on)

    def shows_lines_to(self, actor: User) -> bool:
        """While the ministry is writing, what it writes is its own; the secretariat reads what was handed in."""
        return self.submitted_at is not None or may(actor, Act.READ_DRAFT, self.organisation)


class LineStatement(models.TextChoices):
    """What an officer says of a line; empty as long as nothing was chosen. Zero is chosen, never left blank.

    The value of a programme's milestone is the day on which it was reached; only of one it is said that it was not.
    """

    VALUE = "value", _("填報")
    ZERO = "zero", _("零")
    NOT_REACHED = "not_reached", _("未完成")
    NOTHING_DUE = "nothing_due", _("本季無應報事項")
    NOT_APPLICABLE = "not_applicable", _("不適用")


class Line(Delay):
    """One thing to report on: an indicator, a programme or a part of one, a milestone, or a sub-item without programme.

    It came into its state at `moved_at`; empty as long as it never left the first one. Since `no_longer_owed_since`
    nobody owes it: it keeps what was written, and the report is handed in without it.

    `correcting` from the moment in which an accepted line of a published quarter is opened for correction until it is
    accepted again.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="lines")
    order = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=ReportState, default=ReportState.DRAFT)
    moved_at = models.DateTimeField(null=True, blank=True)
    no_longer_owed_since = models.DateTimeField(null=True, blank=True)
    correcting = models.BooleanField(default=False, db_default=False)
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    program = models.ForeignKey(Program, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    part = models.ForeignKey(ProgramPart, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    milestone = models.ForeignKey(
        ProgramMilestone, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sub_item = models.ForeignKey(SubItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    statement = models.CharField(max_length=20, choices=LineStatement, blank=True)
    value = models.DecimalField(**AMOUNT)
    numerator = models.DecimalField(**AMOUNT)
    denominator = models.DecimalField(**AMOUNT)
    rank = models.PositiveSmallIntegerField(null=True, blank=True)
    edition = models.CharField(max_length=60, blank=True)
    stage = models.ForeignKey(
        MilestoneStage,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    confidence = models.CharField(max_length=20, choices=Confidence, blank=True)
    confidence_note = models.TextField(blank=True, default="")
    planned_progress = models.DecimalField(**PERCENT)
    actual_progress = models.DecimalField(**PERCENT)
    year_planned_progress = models.DecimalField(**PERCENT)
    year_actual_progress = models.DecimalField(**PERCENT)
    appropriation = models.DecimalField(**MONEY)
    allocated = models.DecimalField(**MONEY)
    spent = models.DecimalField(**MONEY)
    payable = models.DecimalField(**MONEY)
    surplus = models.DecimalField(**MONEY)
    reached_on = models.DateField(null=True, blank=True)
    narrative = models.TextField(blank=True)
    delay_reason = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    coordination = models.TextField(blank=True, default="")
    coordination_with = ArrayField(models.CharField(max_length=40), blank=True, default=list)
    note = models.TextField(blank=True, default="")

    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True, blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        ordering = ["report", "order"]
        indexes = [models.Index(fields=["report"], condition=Q(correcting=True), name="line_correcting")]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "indicator", "program", "part", "milestone", "sub_item"],
                name="line_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(
                    indicator__isnull=False,
                    program__isnull=True,
                    part__isnull=True,
                    milestone__isnull=True,
                    sub_item__isnull=True,
                )
                | Q(
                    indicator__isnull=True,
                    program__isnull=False,
                    milestone__isnull=True,
                    sub_item__isnull=True,
                )
                | Q(
                    indicator__isnull=True,
                    program__isnull=True,
                    part__isnull=True,
                    milestone__isnull=False,
                    sub_item__isnull=True,
                )
                | Q(
                    indicator__isnull=True,
                    program__isnull=True,
                    part__isnull=True,
                    milestone__isnull=True,
                    sub_item__isnull=False,
                ),
                name="line_about_exactly_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(milestone__isnull=True, reached_on__isnull=True) & ~Q(statement="not_reached")
                | Q(
                    milestone__isnull=False,
                    reached_on__isnull=True,
                    statement__in=["", "value", "not_reached", "not_applicable"],
                )
                | Q(milestone__isnull=False, reached_on__isnull=False, statement__in=["", "value"]),
                name="line_milestone_is_reached_on_a_day",
            ),
            *progress_is_percent(
                "line", "planned_progress", "actual_progress", "year_planned_progress", "year_actual_progress"
            ),
            *delay_in_known_words("line"),
            models.CheckConstraint(
                condition=Q(revision=0, saved_at__isnull=True, saved_by__isnull=True)
                | Q(revision__gt=0, saved_at__isnull=False, saved_by__isnull=False),
                name="line_saved_by_somebody",
            ),
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="line_state_known"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(moved_at__isnull=False), name="line_state_has_its_moment"
            ),
            models.CheckConstraint(
                condition=~Q(correcting=True, state="accepted"), name="line_is_correcting_until_accepted"
            ),
        ]

    @property
    def is_owed(self) -> bool:
        return self.no_longer_owed_since is None

    @property
    def counts(self) -> bool:
        """Whether its report waits for it: one that nobody owes holds nothing up while it is with its ministry."""
        return self.is_owed or self.correcting or self.state not in WITH_MINISTRY

    def __str__(self) -> str:
        return f"{self.report} · {self.order}"

    @property
    def is_live(self) -> bool:
        """Something may be done to it; a published quarter leaves only what was opened for correction."""
        return self.correcting or self.report.reporting_quarter.published_at is None

    @property
    def takes_entries(self) -> bool:
        """The one answer to whether the ministry may write in it, on every road."""
        is_open = self.correcting or (self.is_owed and self.report.reporting_quarter.takes_entries)
        return is_open and self.state in EDITABLE


def is_corrected() -> Exists:
    """Of a query of reports: whether some line was opened for correction after publication."""
    return Exists(Line.objects.filter(report=OuterRef("pk"), correcting=True))


class LineRevision(models.Model):
    """What a line said after one saving; rows are only ever added, so nothing that was saved is lost.

    `content` is `LineContent.as_texts()`: field → text, without those that are empty.
    """

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    content = models.JSONField()

    class Meta:
        ordering = ["line", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["line", "revision"], name="line_revision_once"),
            models.CheckConstraint(condition=Q(revision__gt=0), name="line_revision_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} r{self.revision}"


MOVED_OUT, MOVED_IN, MOVED = "moved_out", "moved_in", "moved"
"""Lines left for another organisation's report, or came from one; and what became of such a line."""
BETWEEN_REPORTS = (MOVED_OUT, MOVED_IN)


class ReportEvent(models.Model):
    """One act upon a report: who, in whose name, when, and with what words; its `steps` say what became of each line.

    `from_state` and `to_state` are the report's, which need not change when one line of many is decided. Lines are
    moved between reports by the system, too, where nobody acts; `other` is the organisation at the other end.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    act = models.CharField(max_length=20)
    from_state = models.CharField(max_length=20, choices=ReportState)
    to_state = models.CharField(max_length=20, choices=ReportState)
    comment = models.TextField(blank=True)
    other = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(act__in=BETWEEN_REPORTS, other__isnull=False)
                | (~Q(act__in=BETWEEN_REPORTS) & Q(other__isnull=True, actor__isnull=False)),
                name="report_event_by_somebody_unless_lines_move",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} · {self.act}"


class LineStep(models.Model):
    """What one act did to one line, at which revision of it, and the words that concern it."""

    event = models.ForeignKey(ReportEvent, on_delete=models.PROTECT, related_name="steps")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="steps")
    act = models.CharField(max_length=20)
    from_state = models.CharField(max_length=20, choices=ReportState)
    to_state = models.CharField(max_length=20, choices=ReportState)
    revision = models.PositiveIntegerField()
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["event", "line"], name="line_step_once_per_act"),
            models.CheckConstraint(
                condition=~Q(act__in=["return", "reopen", "withdraw", "send_back", "cancel"], comment=""),
                name="line_step_back_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")) | Q(act=MOVED), name="line_step_changes_state"
            ),
            models.CheckConstraint(
                condition=~Q(to_state="accepted")
                | Q(from_state__in=["submitted", "endorsed"])
                | Q(from_state="returned", act="cancel"),
                name="line_step_accepts_what_was_handed_in",
            ),
            models.CheckConstraint(
                condition=~Q(act="cancel") | Q(from_state="returned", to_state="accepted"),
                name="line_step_cancels_what_was_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.from_state} → {self.to_state}"


class Receipt(models.Model):
    """What the ministry gets for a submission: a number, and a digest over exactly what was handed in.

    `content` is canonical (see `reports.receipts`): the report, who and when, and each line with its revision.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="receipts")
    event = models.OneToOneField(ReportEvent, on_delete=models.PROTECT, related_name="receipt")
    number = models.CharField(max_length=80, unique=True)
    issued_at = models.DateTimeField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.number

    @property
    def serial(self) -> int:
        """Which submission of its report it is, from 1; its number ends with it."""
        return int(self.number.rpartition("-")[2])
