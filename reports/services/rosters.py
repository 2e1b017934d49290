"""An open round asks what is owed now: its lines follow when responsibilities, programmes or milestones change.

What is newly owed is added, what nobody owes and nobody touched is removed. What another organisation owes now moves
there with everything that hangs on it, unless its acceptance is in force: then it has been answered for this quarter.
What was written and nobody owes stays, marked, and stops no submission.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef

from ministries import clock
from ministries.models import Organisation, User
from ministries.permissions import Act, principal_of, require
from ministries.services import record_acts
from programs.models import ProgramMilestone
from reports import rosters, workflow
from reports.models import Line, LineStep, Report, ReportEvent, ReportingQuarter
from reports.models.reports import MOVED, MOVED_IN, MOVED_OUT
from reports.rosters import OwedLine
from reports.services.moving import locked_quarter
from reports.services.telling import tell_of_moves
from reports.workflow import Deed, State

Subject = tuple[str, int | None, int | str | None]
Place = tuple[int, Subject]
"""An organisation and what it owes."""


@dataclass(frozen=True)
class RosterChange:
    """How many lines were added, removed, moved to another organisation, and marked as owed no longer, or again.

    `reports` is how many reports are asked for now, or no longer.
    """

    added: int = 0
    removed: int = 0
    moved: int = 0
    marked: int = 0
    reports: int = 0


@dataclass
class _Difference:
    """What has to be done so that the round asks exactly what is owed.

    `asked_again` are the organisations that owe a report and have none, or one that was owed no longer; `vacated` the
    reports that nobody asks for any more.
    """

    added: list[tuple[int, OwedLine]] = field(default_factory=list)
    moved: list[tuple[Line, int, OwedLine]] = field(default_factory=list)
    removed: list[Line] = field(default_factory=list)
    ended: list[Line] = field(default_factory=list)
    resumed: list[Line] = field(default_factory=list)
    renewed: list[Line] = field(default_factory=list)
    asked_again: list[int] = field(default_factory=list)
    vacated: list[Report] = field(default_factory=list)

    @property
    def changed(self) -> list[Line]:
        return [*self.ended, *self.resumed, *self.renewed]

    def waited_for(self, lines: Iterable[Line]) -> list[Line]:
        """Those that stay where they are, and for which their reports wait."""
        gone = {line.pk for line in (*self.removed, *self.ended, *(each[0] for each in self.moved))}
        return [line for line in lines if line.counts and line.pk not in gone]

    @property
    def is_empty(self) -> bool:
        lines = self.added or self.moved or self.removed or self.changed
        return not (lines or self.asked_again or self.vacated)


@transaction.atomic
def update_roster(*, reporting_quarter: ReportingQuarter, actor: User | None = None) -> RosterChange:
    """Brings the lines of an open round in step with what is owed; no actor means the system.

    A round that takes no entries keeps its lines. Queries do not grow with lines or reports.
    """
    if actor is not None:
        require(actor, Act.GOVERN_PLAN)
    if not reporting_quarter.takes_entries or _difference(reporting_quarter).is_empty:
        return RosterChange()
    # Who hands in or decides holds the round meanwhile: what is to be done is looked up again behind them.
    round_ = locked_quarter(reporting_quarter)
    if not round_.takes_entries:
        return RosterChange()
    return _carry_out(round_, _difference(round_), actor)


# --- what is different --------------------------------------------------------------------------------------
def _difference(round_: ReportingQuarter) -> _Difference:
    owed = rosters.owed_lines(round_.plan, round_.quarter)
    wanted = _wanted(owed)
    held: dict[Place, Line] = {}
    for line in _lines_of(round_):
        held[line.report.organisation_id, _subject(line)] = line
    difference = _Difference()
    for place in held.keys() & wanted.keys():
        _compare(held[place], wanted[place], difference)
    leaving = [line for place, line in held.items() if place not in wanted]
    arriving: dict[Subject, list[tuple[int, OwedLine]]] = defaultdict(list)
    for place, key in wanted.items():
        if place not in held:
            arriving[place[1]].append((place[0], key))
    _part_with(leaving, arriving, difference)
    difference.added.extend(each for rest in arriving.values() for each in rest)
    reports = {each.organisation_id: each for each in round_.reports.all()}
    asked = {organisation for organisation, each in reports.items() if each.no_longer_owed_since is None}
    difference.asked_again = sorted(owed.keys() - asked)
    waited_for = {line.report.organisation_id for line in difference.waited_for(held.values())}
    difference.vacated = [reports[pk] for pk in sorted(asked - owed.keys() - waited_for)]
    return difference


def _wanted(owed: Mapping[int, Iterable[OwedLine]]) -> dict[Place, OwedLine]:
    keys = [key.milestone_id for keys in owed.values() for key in keys if key.milestone_id]
    codes = {
        pk: (program, code)
        for pk, program, code in ProgramMilestone.objects.filter(pk__in=keys).values_list(
            "pk", "program_id", "code"
        )
    }

    def subject(key: OwedLine) -> Subject:
        if key.milestone_id:
            return ("milestone", *codes[key.milestone_id])
        if key.program_id:
            return ("program", key.program_id, key.part_id)
        return (
            ("indicator", key.indicator_id, None) if key.indicator_id else ("sub_item", key.sub_item_id, None)
        )

    return {(organisation, subject(key)): key for organisation, keys in owed.items() for key in keys}


def _subject(line: Line) -> Subject:
    """A milestone keeps its code when its day is changed."""
    if line.milestone:
        return ("milestone", line.milestone.program_id, line.milestone.code)
    if line.program_id:
        return ("program", line.program_id, line.part_id)
    return (
        ("indicator", line.indicator_id, None) if line.indicator_id else ("sub_item", line.sub_item_id, None)
    )


def _lines_of(round_: ReportingQuarter) -> list[Line]:
    """Of each line as much as says what it is about and how far it is."""
    lines = Line.objects.filter(report__reporting_quarter=round_).select_related("report", "milestone")
    return list(
        lines.only(
            *("report", "order", "state", "revision", "no_longer_owed_since"),
            *("indicator", "program", "part", "milestone", "sub_item"),
            *("report__organisation", "milestone__program", "milestone__code"),
        ).order_by("report_id", "order")
    )


def _compare(line: Line, key: OwedLine, difference: _Difference) -> None:
    """A line that is where it belongs may be owed again, or be about a milestone whose day was changed."""
    if not line.is_owed:
        difference.resumed.append(line)
    if line.milestone_id != key.milestone_id and line.state != State.ACCEPTED:
        line.milestone_id = key.milestone_id
        difference.renewed.append(line)


def _part_with(
    leaving: list[Line], arriving: dict[Subject, list[tuple[int, OwedLine]]], difference: _Difference
) -> None:
    """What becomes of each line that its organisation does not owe; whoever takes one over needs no new one."""
    settled, touched = _settled(leaving), _touched(leaving)
    for line in sorted(leaving, key=lambda each: (each.pk not in settled, -each.revision, each.pk)):
        heirs = arriving[_subject(line)]
        if line.pk in settled:
            del heirs[:1]
        elif line.pk in touched and heirs:
            difference.moved.append((line, *heirs.pop(0)))
        elif line.pk not in touched:
            difference.removed.append(line)
        elif line.is_owed:
            difference.ended.append(line)


def _settled(lines: list[Line]) -> set[int]:
    """Those whose acceptance is in force: accepted, or reopened and not yet accepted anew."""
    last = LineStep.objects.filter(
        line__in=lines, act__in=[Deed.ACCEPT, Deed.REOPEN, Deed.WITHDRAW]
    ).order_by("line_id", "-id")
    acts = dict(last.distinct("line_id").values_list("line_id", "act")) if lines else {}
    in_force = {pk for pk, act in acts.items() if act != Deed.WITHDRAW}
    return in_force | {line.pk for line in lines if line.state == State.ACCEPTED}


def _touched(lines: list[Line]) -> set[int]:
    """Those that say something, or on which something hangs."""
    if not lines:
        return set()
    blank = [line.pk for line in lines if line.revision == 0 and line.state == State.DRAFT]
    bare = set(_bare(Line.objects.filter(pk__in=blank)).values_list("pk", flat=True)) if blank else set()
    return {line.pk for line in lines} - bare


def _bare(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """The rows to which no other row refers, of whatever model."""
    for relation in rows.model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ForeignObjectRel):
            referring = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.filter(~Exists(referring))
    return rows


# --- doing it -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Move:
    """A line that has gone from one report to another, and the state that it left."""

    line: Line
    came_from: Report
    to: Report
    state: str


def _carry_out(round_: ReportingQuarter, difference: _Difference, actor: User | None) -> RosterChange:
    at = clock.now()
    reports = _reports(round_, difference)
    before = {report.pk: report.state for report in reports.values()}
    orders = _last_orders(round_)
    moves = [_moved(each, reports, orders, at) for each in difference.moved]
    Line.objects.bulk_update(
        [each.line for each in moves],
        ["report", "order", "state", "moved_at", "milestone", "no_longer_owed_since"],
    )
    for line in difference.ended:
        line.no_longer_owed_since = at
    for line in difference.resumed:
        line.no_longer_owed_since = None
    Line.objects.bulk_update(difference.changed, ["no_longer_owed_since", "milestone"])
    Line.objects.filter(pk__in=[line.pk for line in difference.removed]).delete()
    Line.objects.bulk_create(_added(difference, reports, orders))
    _summarise(reports, difference, moves)
    _note(moves, before, actor, at)
    _vacate(difference.vacated, at)
    change = RosterChange(
        added=len(difference.added),
        removed=len(difference.removed),
        moved=len(moves),
        marked=len(difference.ended) + len(difference.resumed),
        reports=len(difference.asked_again) + len(difference.vacated),
    )
    _record(round_, difference, moves, change, actor)
    return change


def _reports(round_: ReportingQuarter, difference: _Difference) -> dict[int, Report]:
    """Organisation → its report of the round, made where it lacks one, and asked for again."""
    known = {each.organisation_id for each in round_.reports.all()}
    Report.objects.bulk_create(
        Report(reporting_quarter=round_, organisation_id=pk)
        for pk in difference.asked_again
        if pk not in known
    )
    round_.reports.filter(organisation__in=difference.asked_again).update(no_longer_owed_since=None)
    return {each.organisation_id: each for each in round_.reports.select_related("organisation")}


def _last_orders(round_: ReportingQuarter) -> dict[int, int]:
    """Report → the place of its last line."""
    lines = Line.objects.filter(report__reporting_quarter=round_).order_by()
    found: dict[int, int] = defaultdict(int)
    found.update(lines.values_list("report").annotate(last=models.Max("order")))
    return found


def _next(orders: dict[int, int], report: Report) -> int:
    orders[report.pk] += 1
    return orders[report.pk]


def _moved(
    each: tuple[Line, int, OwedLine], reports: Mapping[int, Report], orders: dict[int, int], at: datetime
) -> _Move:
    """The line at its new place, where its organisation writes on."""
    line, organisation, key = each
    move = _Move(line, reports[line.report.organisation_id], reports[organisation], line.state)
    line.report, line.order = move.to, _next(orders, move.to)
    line.state, line.moved_at, line.no_longer_owed_since = State.DRAFT, at, None
    line.milestone_id = key.milestone_id
    return move


def _added(difference: _Difference, reports: Mapping[int, Report], orders: dict[int, int]) -> Iterator[Line]:
    for organisation, key in difference.added:
        report = reports[organisation]
        yield Line(report=report, order=_next(orders, report), **asdict(key))


def _summarise(reports: Mapping[int, Report], difference: _Difference, moves: Iterable[_Move]) -> None:
    """The reports whose lines are others now are as far as those lines are."""
    touched = {report.pk for each in moves for report in (each.came_from, each.to)}
    touched |= {line.report_id for line in (*difference.removed, *difference.changed)}
    touched |= {reports[organisation].pk for organisation, _key in difference.added}
    states: dict[int, list[str]] = defaultdict(list)
    for line in Line.objects.filter(report__in=touched).only("report", "state", "no_longer_owed_since"):
        if line.counts:
            states[line.report_id].append(line.state)
    changed = [report for report in reports.values() if report.pk in touched]
    for report in changed:
        report.state = workflow.summary(states[report.pk])
    Report.objects.bulk_update(changed, ["state"])


def _vacate(reports: Iterable[Report], at: datetime) -> None:
    """A report that nobody asks for is removed where nothing ever came of it, else marked."""
    these = Report.objects.filter(pk__in=[report.pk for report in reports])
    _bare(these).delete()
    these.update(no_longer_owed_since=at)


# --- the record ---------------------------------------------------------------------------------------------
def _note(moves: Iterable[_Move], before: Mapping[int, str], actor: User | None, at: datetime) -> None:
    """One event on either report for all lines that went from the one to the other, a step for each line, and word of it."""
    together: dict[tuple[int, int], list[_Move]] = defaultdict(list)
    for each in moves:
        together[each.came_from.pk, each.to.pk].append(each)

    def event(report: Report, other: Report, act: str) -> ReportEvent:
        return ReportEvent(
            report=report,
            at=at,
            actor=actor,
            on_behalf_of=principal_of(actor, Act.GOVERN_PLAN) if actor else None,
            act=act,
            from_state=before.get(report.pk, State.DRAFT),
            to_state=report.state,
            other=other.organisation,
        )

    pairs = [
        (event(group[0].came_from, group[0].to, MOVED_OUT), event(group[0].to, group[0].came_from, MOVED_IN))
        for group in together.values()
    ]
    ReportEvent.objects.bulk_create(each for pair in pairs for each in pair)
    LineStep.objects.bulk_create(
        LineStep(
            event=arrival,
            line=each.line,
            act=MOVED,
            from_state=each.state,
            to_state=State.DRAFT,
            revision=each.line.revision,
        )
        for (_departure, arrival), group in zip(pairs, together.values(), strict=True)
        for each in group
    )
    if pairs:
        groups = [[each.line for each in group] for group in together.values()]
        told = {event: lines for pair, lines in zip(pairs, groups, strict=True) for event in pair}
        tell_of_moves(told, actor)


def _record(
    round_: ReportingQuarter,
    difference: _Difference,
    moves: Iterable[_Move],
    change: RosterChange,
    actor: User | None,
) -> None:
    """One audit row on the round, and for every line that moved one on either report."""
    rows: list[tuple[models.Model, Organisation | None, dict[str, Any]]] = [
        (
            round_,
            None,
            {
                "roster": asdict(change),
                "ended": [line.pk for line in difference.ended],
                "resumed": [line.pk for line in difference.resumed],
            },
        )
    ]
    for each in moves:
        said = {"line": each.line.pk, "revision": each.line.revision, "from": str(each.state)}
        there, here = each.to.organisation, each.came_from.organisation
        rows.append((each.came_from, here, {**said, "moved_to": there.code}))
        rows.append((each.to, there, {**said, "moved_from": here.code}))
    record_acts(actor=actor, act=Act.GOVERN_PLAN, acts=rows)
