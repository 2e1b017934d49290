"""What waits for the secretariat's decision, the most troubled first; five queries, however much waits.

A line whose first reviewer the reader is waits for somebody else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from ministries import clock
from ministries.models import User
from programs.quarters import Quarter
from reports import troubles, workflow
from reports.contents import LineContent
from reports.models import Line, LineStep, Report
from reports.selectors.checking import contexts_of
from reports.selectors.deadlines import Deadline, deadline_of
from reports.selectors.hands import with_hands
from reports.selectors.names import Named, name_json, named_from
from reports.selectors.switches import rules_of, with_rules
from reports.troubles import A_WEEK, Fact
from reports.workflow import Deed, Rule, State


@dataclass(frozen=True)
class WaitingLine:
    """A line that waits, why one should look at it, and who agreed to it first where two must."""

    line: Line
    content: LineContent
    previous: LineContent | None
    troubles: tuple[str, ...]
    first_reviewer: str
    is_own: bool
    is_first: bool

    @property
    def is_untroubled(self) -> bool:
        return not set(self.troubles) - troubles.ANYHOW

    @property
    def is_barred(self) -> bool:
        """Somebody else must decide on it."""
        return self.is_own or self.is_first

    @property
    def words(self) -> list[str]:
        return [troubles.words_of(each) for each in self.troubles]


@dataclass(frozen=True)
class Reason:
    """One reason of a report in words; of how many lines, the first of which is `line`; of a report as a whole of none."""

    code: str
    words: str
    count: int
    line: int | None


@dataclass(frozen=True)
class QueuedReport:
    """A report with lines that wait. `rounds` counts its submissions, `waiting` the days since the last one."""

    report: Report
    organisation: Named
    deadline: Deadline
    rounds: int
    waiting: int
    lines: tuple[WaitingLine, ...]
    needs_second_review: bool

    @property
    def count(self) -> int:
        return len(self.lines)

    @property
    def is_for_others(self) -> bool:
        """The reader may decide on none of it."""
        return all(each.is_barred for each in self.lines)

    @property
    def endorsed(self) -> int:
        return sum(each.line.state == State.ENDORSED for each in self.lines)

    @property
    def first_reviewers(self) -> list[str]:
        return sorted({each.first_reviewer for each in self.lines if each.first_reviewer})

    @property
    def untroubled(self) -> tuple[WaitingLine, ...]:
        """What the reader may accept together with others."""
        return tuple(each for each in self.lines if each.is_untroubled and not each.is_barred)

    @property
    def reasons(self) -> list[Reason]:
        counted = Counter(code for each in self.lines for code in each.troubles)
        first = {code: each.line.pk for each in reversed(self.lines) for code in each.troubles}
        of_lines = [Reason(code, troubles.words_of(code), counted[code], first[code]) for code in counted]
        of_report = [Reason(code, troubles.words_of(code), 0, None) for code in self._of_report]
        return sorted([*of_report, *of_lines], key=lambda each: (-self._weight(each), each.code))

    @property
    def _of_report(self) -> list[str]:
        late = [Fact.LATE.value] if self.deadline.days_late else []
        return [*late, *([Fact.WAITING.value] if self.waiting >= A_WEEK else [])]

    def _weight(self, reason: Reason) -> int:
        """Lines count one by one, days by the week."""
        days = {Fact.LATE.value: self.deadline.days_late, Fact.WAITING.value: self.waiting}.get(reason.code)
        return troubles.weight_of(reason.code) * (reason.count if days is None else troubles.weeks_of(days))

    @property
    def score(self) -> int:
        return sum(self._weight(each) for each in self.reasons)


@dataclass(frozen=True)
class DecidedReport:
    """A report on which something was decided lately."""

    report: Report
    organisation: Named


@dataclass(frozen=True)
class ReviewQueue:
    """What waits, the most troubled first and what waits for others last; and the last decisions, newest first."""

    waiting: tuple[QueuedReport, ...]
    decided: tuple[DecidedReport, ...]

    @property
    def untroubled(self) -> dict[Quarter, int]:
        """Quarter → how many lines of it may be accepted together."""
        counts: dict[Quarter, int] = defaultdict(int)
        for each in self.waiting:
            counts[each.report.reporting_quarter.quarter] += len(each.untroubled)
        return {quarter: count for quarter, count in sorted(counts.items()) if count}


def review_queue(actor: User) -> ReviewQueue:
    """Five queries."""
    reports = _named(Report.objects.filter(reporting_quarter__plan__is_managed=True))
    decided = reports.filter(decided_at__isnull=False).order_by("-decided_at")[:10]
    rows = [DecidedReport(row, named_from(row.organisation.code, row.organisation_words)) for row in decided]
    return ReviewQueue(tuple(waiting_reports(actor)), tuple(rows))


def waiting_reports(actor: User, quarter: Quarter | None = None) -> list[QueuedReport]:
    """In the queue's order, those of one quarter where one is named; four queries."""
    by_report: dict[int, list[Any]] = defaultdict(list)
    for line in _waiting_lines(actor, quarter):
        by_report[line.report_id].append(line)
    reports = {row.pk: row for row in _named(Report.objects.filter(pk__in=by_report))}
    for pk, lines in by_report.items():
        for line in lines:
            line.report = reports[pk]
    contexts = contexts_of([line for lines in by_report.values() for line in lines])
    queued = [
        _queued(reports[pk], [_waiting(line, contexts) for line in lines]) for pk, lines in by_report.items()
    ]
    return sorted(queued, key=_order)


def _order(each: QueuedReport) -> tuple[bool, int, datetime, int]:
    """By trouble, then by who has waited longest."""
    return each.is_for_others, -each.score, each.report.submitted_at or clock.now(), each.report.pk


def _waiting_lines(actor: User, quarter: Quarter | None) -> Iterable[Any]:
    steps = LineStep.objects.filter(line=OuterRef("pk"))
    endorsed = steps.filter(act=Deed.ENDORSE).order_by("-id").values("event__actor__name")[:1]
    lines = Line.objects.filter(
        state__in=workflow.WAITING,
        report__reporting_quarter__plan__is_managed=True,
        **({"report__reporting_quarter__quarter": quarter} if quarter else {}),
    ).select_related("indicator", "program", "part", "milestone__program", "sub_item")
    known = lines.annotate(
        was_accepted=Exists(steps.filter(from_state=State.ACCEPTED)),
        was_returned=Exists(steps.filter(act=Deed.RETURN)),
        first_reviewer=Subquery(endorsed),
    )
    return with_hands(known, actor).order_by("report_id", "order", "pk")


def _waiting(line: Any, contexts: Mapping[int, Any]) -> WaitingLine:
    content, context = LineContent.of(line), contexts[line.pk]
    return WaitingLine(
        line=line,
        content=content,
        previous=context.previous,
        troubles=troubles.troubles_of(
            line, content, context, was_accepted=line.was_accepted, was_returned=line.was_returned
        ),
        first_reviewer=line.first_reviewer or "" if line.state == State.ENDORSED else "",
        is_own=line.is_own,
        is_first=line.is_first,
    )


def _named(reports: Any) -> Any:
    known = reports.select_related("reporting_quarter", "organisation", "submitted_by", "decided_by")
    return with_rules(known).annotate(
        organisation_words=name_json("organisation_id", clock.today()),
        rounds=Count("events", Q(events__act=Deed.SUBMIT), distinct=True),
    )


def _queued(row: Any, lines: list[WaitingLine]) -> QueuedReport:
    submitted = row.submitted_at.astimezone(clock.TAIPEI).date()
    return QueuedReport(
        report=row,
        organisation=named_from(row.organisation.code, row.organisation_words),
        deadline=deadline_of(row),
        rounds=row.rounds,
        waiting=(clock.today() - submitted).days,
        lines=tuple(lines),
        needs_second_review=Rule.SECOND_REVIEW in rules_of(row),
    )


def next_report(actor: User, after: int | None) -> QueuedReport | None:
    """The report that follows this one in the queue, from the top again after the last; none where nothing is left."""
    waiting = [each for each in waiting_reports(actor) if not each.is_for_others]
    keys = [each.report.pk for each in waiting]
    at = keys.index(after) + 1 if after in keys else 0
    found = [*waiting[at:], *waiting[:at]]
    return next((each for each in found if each.report.pk != after), None)
