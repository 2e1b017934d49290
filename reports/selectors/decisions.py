"""Decisions as pages show them: what is asked for in a report, how long it is overdue, and what was said when.

What an owner is still writing is its own until its report is handed in; a report without lines, which has nothing
else to hand in, is handed in word by word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, may
from programs.models import Plan
from programs.quarters import Quarter
from reports import workflow
from reports.models import (
    Decision,
    DecisionProgress,
    DecisionState,
    Line,
    Outlook,
    Report,
)
from reports.selectors.names import Named, name_json, named, named_from


# --- how late -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class DecisionDue:
    """Counted from the due quarter's last day to today, or to the day of closing."""

    quarter: Quarter
    days: int
    quarters_late: int
    is_met: bool

    @property
    def days_late(self) -> int:
        return max(0, -self.days)

    @property
    def is_overdue(self) -> bool:
        return self.days < 0 and not self.is_met


def due_of(decision: Decision) -> DecisionDue:
    closed = decision.closed_at
    until = closed.astimezone(clock.TAIPEI).date() if closed else clock.today()
    due: Quarter = decision.due_quarter
    return DecisionDue(
        quarter=due,
        days=(due.last_day - until).days,
        quarters_late=max(0, Quarter.containing(until).ordinal - due.ordinal),
        is_met=closed is not None,
    )


# --- in a report ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class AskedDecision:
    """A decision in a report: what is said of it there, and what was last said of it in an earlier quarter.

    `is_asked` is false where it was asked for once and no longer is: closed, or another's now. `takes_progress` while
    the round is open and the report with the ministry.
    """

    decision: Decision
    due: DecisionDue
    progress: DecisionProgress | None
    previous: DecisionProgress | None
    is_asked: bool
    takes_progress: bool

    @property
    def is_unanswered(self) -> bool:
        return self.is_asked and self.progress is None


def _asked(reports: Iterable[Report]) -> Q:
    """Which decisions the reports ask for, as `Decision.is_asked_in` says it of one."""
    wanted = Q(pk__in=[])
    for report in reports:
        wanted |= Q(
            state=DecisionState.OPEN,
            organisation=report.organisation_id,
            plan=report.reporting_quarter.plan_id,
            asked_from__lte=report.reporting_quarter.quarter,
        )
    return wanted


def unanswered_decisions(report: Report) -> list[Decision]:
    """What the report must say something of before it can be handed in; one query."""
    missing = Decision.objects.filter(_asked([report])).exclude(progress__report=report)
    return list(missing.order_by("year", "number"))


def decisions_asked_in(reports: Sequence[Report], actor: User) -> dict[int, tuple[AskedDecision, ...]]:
    """Report → the decisions that it asks for, or says something of; two queries, one where there are none.

    The reports come with their quarter and organisation.
    """
    if not reports:
        return {}
    own = DecisionProgress.objects.filter(report__in=reports)
    decisions = list(
        Decision.objects.filter(_asked(reports) | Q(pk__in=own.values("decision")))
        .select_related("indicator", "program", "sub_item")
        .order_by("due_quarter", "year", "number")
    )
    said = said_of(decisions, actor) if decisions else {}
    return {report.pk: tuple(_in_report(report, decisions, said)) for report in reports}


def _in_report(
    report: Report, decisions: Iterable[Decision], said: Mapping[int, Sequence[DecisionProgress]]
) -> Iterator[AskedDecision]:
    quarter = report.reporting_quarter.quarter
    for decision in decisions:
        own = next((each for each in said[decision.pk] if each.report_id == report.pk), None)
        is_asked = decision.is_asked_in(report)
        if own or is_asked:
            earlier = [each for each in said[decision.pk] if each.report.reporting_quarter.quarter < quarter]
            yield AskedDecision(
                decision=decision,
                due=due_of(decision),
                progress=own,
                previous=earlier[-1] if earlier else None,
                is_asked=is_asked,
                takes_progress=is_asked and takes_progress(report, own),
            )


def takes_progress(report: Report, known: DecisionProgress | None) -> bool:
    """While the round is open and the ministry writes; what is still unsaid can be said after the sign-off too."""
    taking = workflow.EDITABLE if known else workflow.WITH_MINISTRY
    return report.reporting_quarter.takes_entries and report.state in taking


def said_of(decisions: Iterable[Decision], actor: User) -> dict[int, list[DecisionProgress]]:
    """Decision → what the actor may read of its progress: the newest revision of each report, by quarter; one query."""
    newest: dict[int, dict[int, DecisionProgress]] = defaultdict(dict)
    rows: QuerySet[Any] = DecisionProgress.objects.filter(decision__in=list(decisions)).select_related(
        "report__reporting_quarter", "report__organisation", "saved_by", "on_behalf_of"
    )
    with_lines = Exists(Line.objects.filter(report=OuterRef("report")))
    for row in rows.annotate(has_lines=with_lines).order_by("report__reporting_quarter__quarter", "revision"):
        if _is_shown(row, actor):
            newest[row.decision_id][row.report_id] = row
    return defaultdict(list, {decision: list(said.values()) for decision, said in newest.items()})


def _is_shown(progress: Any, actor: User) -> bool:
    report = progress.report
    if not progress.has_lines or may(actor, Act.READ_DRAFT, report.organisation):
        return True
    return report.submitted_at is not None and progress.saved_at <= report.submitted_at


# --- the list -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class DecisionRow:
    """One decision of the list with the newest of its progress that the reader may see."""

    decision: Decision
    organisation: Named
    co_owners: tuple[Named, ...]
    due: DecisionDue
    latest: DecisionProgress | None

    @property
    def outlook(self) -> str:
        return self.latest.outlook if self.latest else ""


@dataclass(frozen=True)
class DecisionCounts:
    """Of all decisions that the reader may see, whatever is filtered."""

    open: int
    overdue: int
    proposes_closing: int
    blocked: int
    closed: int


def decision_rows(*, plan: Plan, actor: User) -> list[DecisionRow]:
    """Those that the actor may know of, the ones due first first; four queries, however many."""
    decisions: list[Any] = list(with_words(Decision.objects.visible_to(actor).filter(plan=plan)))
    said = said_of(decisions, actor)
    return [
        DecisionRow(
            decision=decision,
            organisation=named_from(decision.organisation.code, decision.organisation_words),
            co_owners=co_owners_of(decision),
            due=due_of(decision),
            latest=next(reversed(said[decision.pk]), None),
        )
        for decision in decisions
    ]


def counts_of(rows: Iterable[DecisionRow]) -> DecisionCounts:
    rows = list(rows)
    under_way = [row for row in rows if row.decision.is_open]
    return DecisionCounts(
        open=len(under_way),
        overdue=sum(row.due.is_overdue for row in under_way),
        proposes_closing=sum(row.outlook == Outlook.PROPOSES_CLOSING for row in under_way),
        blocked=sum(row.outlook == Outlook.BLOCKED for row in under_way),
        closed=len(rows) - len(under_way),
    )


def with_words(decisions: QuerySet[Decision]) -> QuerySet[Any]:
    """With all that their rows read; three queries."""
    return (
        decisions.select_related("plan", "organisation", "indicator", "program", "sub_item")
        .annotate(organisation_words=name_json("organisation_id", clock.today()))
        .prefetch_related("co_owners__names")
        .order_by("due_quarter", "year", "number")
    )


def co_owners_of(decision: Decision) -> tuple[Named, ...]:
    return tuple(named(each, clock.today()) for each in decision.co_owners.all())
