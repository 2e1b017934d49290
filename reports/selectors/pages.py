"""What the report page shows: its lines in groups, last quarter's accepted statements beside them, and its history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce
from django.http import Http404

from kpis.models import Target
from kpis.services.publishing import target_in_force
from ministries.models import User
from ministries.permissions import Act, may
from programs.quarters import Quarter
from programs.selectors import show_as_it_stands, standing_json
from reports import checks, schedule, workflow
from reports.contents import LineContent
from reports.models import Line, LineStatement, LineStep, Report, ReportEvent, ReportingQuarter
from reports.selectors.checking import check_contexts
from reports.selectors.deadlines import Deadline, deadline_of
from reports.selectors.extensions import asked_until
from reports.selectors.extras import LineExtras, with_extras
from reports.selectors.hands import with_hands
from reports.selectors.names import Named, name_json, named_from
from reports.selectors.switches import rules_of, with_rules
from reports.workflow import Deed, Rule, State

_BACK = (Deed.RETURN, Deed.REOPEN, Deed.WITHDRAW)


@dataclass(frozen=True)
class LineRow:
    """A line with what is known about it: its target, last quarter's accepted content, and the checks' remarks.

    `content` is what the reader may see: the ministry's own people what stands in the line, others what was handed
    in last, None before that. `last_step` is what was last done to the line and said of it, `asked` why it last came
    back; `came_from` the organisation that wrote it before, where that was its being moved here.
    """

    line: Line
    content: LineContent | None
    target: Target | None
    previous: LineContent | None
    findings: tuple[checks.Finding, ...]
    last_step: LineStep | None
    asked: LineStep | None = None
    came_from: Named | None = None
    extras: LineExtras = field(default_factory=LineExtras)

    @property
    def takes_entries(self) -> bool:
        return self.line.takes_entries

    @property
    def waits(self) -> bool:
        """The secretariat has to decide."""
        return self.line.state in workflow.WAITING

    @property
    def is_ready(self) -> bool:
        return not any(finding.severity == checks.Severity.ERROR for finding in self.findings)

    @property
    def is_overdue(self) -> bool:
        """A milestone whose day has passed without its being reached."""
        if self.content is None:
            return False
        is_open = self.content.reached_on is None and self.content.statement != LineStatement.NOT_APPLICABLE
        return is_open and schedule.is_overdue(self.line)

    @property
    def days_late(self) -> int:
        return schedule.days_late(self.content, self.line) if self.content else 0

    @property
    def is_behind(self) -> bool:
        content = self.content
        return bool(content and content.statement == LineStatement.VALUE and schedule.is_behind(content))


@dataclass(frozen=True)
class ReportPage:
    """Everything on the page but what somebody types."""

    report: Report
    organisation: Named
    deadline: Deadline
    indicators: tuple[LineRow, ...]
    programs: tuple[LineRow, ...]
    milestones: tuple[LineRow, ...]
    sub_items: tuple[LineRow, ...]
    events: tuple[ReportEvent, ...]
    rules: frozenset[Rule]

    @property
    def deeds(self) -> frozenset[Deed]:
        """What the workflow offers for some line or other."""
        live = [row.line.state for row in self.rows if row.line.is_live]
        offered = [workflow.available(state, self.rules) for state in live]
        return frozenset().union(*offered)

    @property
    def needs_sign_off(self) -> bool:
        return Rule.SIGN_OFF in self.rules

    @property
    def counts(self) -> dict[State, int]:
        """State → how many lines are in it."""
        return Counter(State(row.line.state) for row in self.rows)

    @property
    def rows(self) -> tuple[LineRow, ...]:
        return (*self.indicators, *self.programs, *self.milestones, *self.sub_items)

    @property
    def asked(self) -> int:
        """How many lines the report waits for."""
        return sum(row.line.counts for row in self.rows)

    @property
    def ready(self) -> int:
        return sum(row.is_ready for row in self.rows if row.line.counts)

    @property
    def behind(self) -> int:
        return sum(row.is_behind for row in self.rows)

    @property
    def quarter(self) -> Quarter:
        quarter: Quarter = self.report.reporting_quarter.quarter
        return quarter

    @property
    def is_open(self) -> bool:
        """The round takes entries, or some line was opened for correction; reopening makes sense only as long."""
        return self.report.reporting_quarter.takes_entries or self.is_corrected

    @property
    def is_published(self) -> bool:
        return self.report.reporting_quarter.state == ReportingQuarter.State.PUBLISHED

    @property
    def is_corrected(self) -> bool:
        """Some line was opened for correction after publication."""
        return any(row.line.correcting for row in self.rows)

    @property
    def takes_entries(self) -> bool:
        """Some line is the officer's to write."""
        return any(row.takes_entries for row in self.rows)

    @property
    def takes_decisions(self) -> bool:
        return self.is_corrected or not self.is_published

    @property
    def last_return(self) -> ReportEvent | None:
        """Why lines are with the ministry again, while they are."""
        if self.report.state != State.RETURNED:
            return None
        return next((event for event in reversed(self.events) if event.act in _BACK), None)


def report_for(*, actor: User, quarter: Quarter, organisation_code: str) -> Report:
    """The managed plan's report that the actor may read; 404 hides that any other exists."""
    reports = Report.objects.visible_to(actor).filter(
        reporting_quarter__plan__is_managed=True,
        reporting_quarter__quarter=quarter,
        organisation__code=organisation_code,
    )
    found: Report | None = (
        with_rules(reports)
        .select_related("reporting_quarter__plan", "organisation", "submitted_by", "decided_by")
        .annotate(
            organisation_words=name_json("organisation_id", quarter.last_day), asked_until=asked_until()
        )
        .order_by("-reporting_quarter__plan__starts_on")
        .first()
    )
    if found is None:
        raise Http404
    return found


def lines_of(report: Report) -> QuerySet[Line]:
    """The report's lines with all that forms and checks read of them."""
    targets = Prefetch(
        "indicator__targets", Target.objects.order_by("-effective_from"), to_attr="newest_targets"
    )
    return report.lines.select_related(
        "indicator__pillar", "program", "part", "milestone__program", "sub_item__pillar", "saved_by"
    ).prefetch_related(targets)


def with_stages(lines: Iterable[Line]) -> None:
    """Reads the milestones of those indicators that have some; no query where none does."""
    indicators = [line.indicator for line in lines if line.indicator and line.indicator.has_stages]
    prefetch_related_objects(indicators, "stages")


def _standing(quarter: Quarter) -> Subquery:
    """Of the programme that a line, or its milestone, is about."""
    return standing_json(Coalesce(OuterRef("program_id"), OuterRef("milestone__program_id")), quarter)


def report_page(report: Any, actor: User) -> ReportPage:
    """Seven queries, however many lines; `report` comes from `report_for`."""
    quarter = report.reporting_quarter.quarter
    reads_drafts = may(actor, Act.READ_DRAFT, report.organisation)
    reviews = may(actor, Act.REVIEW_REPORT)
    found = with_extras(lines_of(report).annotate(standing=_standing(quarter)), report, actor)
    lines: list[Any] = list(with_hands(found, actor) if reviews else found)
    with_stages(lines)
    for line in lines:
        if program := line.program or (line.milestone and line.milestone.program):
            show_as_it_stands(program, line.standing)
    is_written = any(line.state in workflow.WITH_MINISTRY for line in lines)
    events = _events(report, with_contents=reviews)
    known: dict[int, LineContent] = {}
    if is_written and not reads_drafts:
        known = _last_of(receipts_in(events)) if reviews else handed_in(report)
    asked, steps = _last_steps(report)
    contexts = check_contexts(report, lines)
    rows = []
    for line in lines:
        live, context = LineContent.of(line), contexts[line.pk]
        is_shown = reads_drafts or line.state not in workflow.WITH_MINISTRY
        rows.append(
            LineRow(
                line=line,
                extras=LineExtras.of(line),
                content=live if is_shown else known.get(line.pk),
                target=target_in_force(line.indicator, quarter) if line.indicator else None,
                previous=context.previous,
                findings=tuple(checks.findings(live, line, context)) if is_shown else (),
                last_step=steps.get(line.pk),
                asked=asked.get(line.pk),
                came_from=_other_end(steps.get(line.pk)),
            )
        )
    return ReportPage(
        report=report,
        organisation=named_from(report.organisation.code, report.organisation_words),
        deadline=deadline_of(report),
        indicators=tuple(row for row in rows if row.line.indicator_id),
        programs=tuple(row for row in rows if row.line.program_id),
        milestones=tuple(row for row in rows if row.line.milestone_id),
        sub_items=tuple(row for row in rows if row.line.sub_item_id),
        events=events,
        rules=rules_of(report),
    )


def handed_in(report: Report) -> dict[int, LineContent]:
    """Line → what it said when it was last handed in."""
    return _last_of(report.receipts.order_by("id").values_list("content", flat=True))


def receipts_in(events: Iterable[Any]) -> list[dict[str, Any]]:
    """The contents of the receipts that were read with a report's history, oldest first."""
    receipts = (getattr(event, "receipt", None) for event in events)
    return [receipt.content for receipt in receipts if receipt]


def _last_of(contents: Iterable[dict[str, Any]]) -> dict[int, LineContent]:
    said = {int(pk): line["content"] for content in contents for pk, line in content["lines"].items()}
    return {pk: LineContent.from_texts(texts) for pk, texts in said.items()}


def _events(report: Report, *, with_contents: bool) -> tuple[ReportEvent, ...]:
    """The report's history; `other_end` names the organisation from or to which lines moved.

    `reached` is the state into which the event moved lines, and `moved` how many; None and 0 where it moved none.

    The contents of its receipts are many words, and only reviewers compare them.
    """
    day = report.reporting_quarter.quarter.last_day
    events: QuerySet[Any] = report.events.select_related("actor", "on_behalf_of", "receipt", "other")
    if not with_contents:
        events = events.defer("receipt__content")
    steps = LineStep.objects.filter(event=OuterRef("pk")).order_by()
    known = list(
        events.annotate(
            other_words=name_json("other_id", day),
            reached=Subquery(steps.values("to_state")[:1]),
            moved=Coalesce(Subquery(steps.values("event").annotate(lines=Count("pk")).values("lines")), 0),
        )
    )
    for event in known:
        event.other_end = named_from(event.other.code, event.other_words) if event.other else None
    return tuple(known)


def _last_steps(report: Report) -> tuple[dict[int, LineStep], dict[int, LineStep]]:
    """Line → why it last came back; and line → what was last done to it. One query."""
    day = report.reporting_quarter.quarter.last_day
    steps: QuerySet[Any] = LineStep.objects.filter(line__report=report)
    last = steps.annotate(
        is_back=Case(When(act__in=_BACK, then=True), default=False, output_field=BooleanField()),
        other_words=name_json("event__other_id", day),
    ).select_related("event__actor", "event__on_behalf_of", "event__other")
    known = list(last.order_by("line_id", "is_back", "-id").distinct("line_id", "is_back"))
    newest = {step.line_id: step for step in sorted(known, key=lambda step: step.pk)}
    return {step.line_id: step for step in known if step.is_back}, newest


def _other_end(step: Any) -> Named | None:
    """From where the line came, if that was what was last done to it."""
    return named_from(step.event.other.code, step.other_words) if step and step.event.other else None
