"""What the working pages show of programmes: as they stand, every set of milestones, and what was asked and decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch
from django.http import Http404

from ministries import clock
from ministries.models import User
from programs.models import (
    MilestoneObservation,
    PlanChange,
    Program,
    ProgramMilestone,
    ProgramPart,
    Standing,
    TableColumn,
)
from programs.outline import state_of
from programs.quarters import Quarter
from programs.selectors import BorneMark, current_plan, marks_in_force, milestones_in_force, with_versions
from reports.models import (
    ProgramRelease,
    ProgramRequest,
    ProgramRevision,
    ProposedMilestone,
    RequestState,
    visible_programs,
)
from reports.selectors.names import Named, named


@dataclass(frozen=True)
class ProgramLine:
    """One programme in the list."""

    program: Program
    standing: Standing
    organisation: Named
    state: str
    changes: int
    open_requests: tuple[ProgramRequest, ...]

    @property
    def asked(self) -> int:
        return len(self.open_requests)


def program_lines(actor: User) -> list[ProgramLine]:
    """The current plan's programmes that the actor may open; at most nine queries, however many there are."""
    plan = current_plan()
    quarter = Quarter.containing(clock.today())
    programs = with_versions(visible_programs(actor).filter(plan=plan))
    asked: dict[int, list[ProgramRequest]] = {}
    for model in (ProgramRevision, ProgramRelease):
        for request in model._default_manager.filter(program__plan=plan, state=RequestState.PROPOSED):
            asked.setdefault(request.program_id, []).append(request)
    lines = []
    counted: Any = programs.annotate(decided=Count("changes", distinct=True)).order_by("code")
    for program in counted:
        standing = program.standing_in(quarter)
        lines.append(
            ProgramLine(
                program=program,
                standing=standing,
                organisation=named(standing.organisation, clock.today()),
                state=state_of(program, standing, quarter),
                changes=program.decided,
                open_requests=tuple(asked.get(program.pk, ())),
            )
        )
    return lines


def program_for(*, actor: User, code: str) -> Program:
    """The current plan's programme that the actor may open; 404 hides that any other exists."""
    programs = visible_programs(actor).filter(plan=current_plan(), code=code)
    found = with_versions(programs).select_related("plan", "organisation").prefetch_related("parts").first()
    if found is None:
        raise Http404
    return found


# --- milestones, set by set -------------------------------------------------------------------------------
@dataclass(frozen=True)
class SetCell:
    """A milestone in one set; `is_new` where the set changed it, `is_dropped` where the set ended it."""

    milestone: ProgramMilestone | None
    is_new: bool = False
    is_dropped: bool = False


@dataclass(frozen=True)
class MilestoneRow:
    """A milestone through all sets, what an open revision asks of it, and the day on which it was reached."""

    code: str
    cells: tuple[SetCell, ...]
    asked: ProposedMilestone | None
    reached_on: date | None


@dataclass(frozen=True)
class MilestoneSets:
    """The quarters from which each set holds, the first one the original, and every milestone through them."""

    quarters: tuple[Quarter, ...]
    rows: tuple[MilestoneRow, ...]


def milestone_sets(
    milestones: Sequence[ProgramMilestone],
    asked: Iterable[ProposedMilestone] = (),
    reached: dict[str, date] | None = None,
) -> MilestoneSets:
    """Sets begin wherever a milestone is set, changed or dropped."""
    begins = {each.effective_from for each in milestones}
    begins |= {each.dropped_from for each in milestones if each.dropped_from}
    quarters = tuple(sorted(begins))
    wishes = {each.code: each for each in asked}
    codes = dict.fromkeys([*(each.code for each in milestones), *wishes])
    rows = tuple(
        MilestoneRow(
            code=code,
            cells=_cells([each for each in milestones if each.code == code], quarters),
            asked=wishes.get(code),
            reached_on=(reached or {}).get(code),
        )
        for code in codes
    )
    return MilestoneSets(quarters, rows)


def _cells(versions: Sequence[ProgramMilestone], quarters: Sequence[Quarter]) -> tuple[SetCell, ...]:
    cells = []
    for quarter in quarters:
        held = [each for each in versions if each.effective_from <= quarter]
        newest = max(held, key=lambda each: each.effective_from, default=None)
        is_over = newest is not None and newest.dropped_from is not None and newest.dropped_from <= quarter
        if newest is None or (is_over and newest.dropped_from != quarter):
            cells.append(SetCell(None))
        else:
            cells.append(SetCell(newest, newest.effective_from == quarter, is_over))
    return tuple(cells)


# --- one programme ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class StandingRow:
    """What was said of the programme as a whole from a quarter on; `since` is empty for the printed plan."""

    since: Quarter | None
    standing: Standing
    organisation: Named
    change: PlanChange | None


@dataclass(frozen=True)
class MarkRow:
    """A mark that the programme bears now, in its column."""

    mark: BorneMark
    column: TableColumn
    part: ProgramPart | None


@dataclass(frozen=True)
class ProgramPage:
    """Everything on a programme's page but what somebody types."""

    program: Program
    quarter: Quarter
    standing: Standing
    organisation: Named
    state: str
    standings: tuple[StandingRow, ...]
    milestones: MilestoneSets
    marks: tuple[MarkRow, ...]
    parts: tuple[ProgramPart, ...]
    revisions: tuple[ProgramRevision, ...]
    releases: tuple[ProgramRelease, ...]
    changes: tuple[PlanChange, ...]

    @property
    def open_revision(self) -> ProgramRevision | None:
        return next((each for each in self.revisions if each.is_open), None)

    @property
    def open_release(self) -> ProgramRelease | None:
        return next((each for each in self.releases if each.is_open), None)

    @property
    def release(self) -> ProgramRelease | None:
        """The request by which it was released."""
        return next((each for each in self.releases if each.state == RequestState.APPROVED), None)

    @property
    def open_requests(self) -> tuple[ProgramRequest, ...]:
        return tuple(each for each in (self.open_revision, self.open_release) if each)

    @property
    def answered(self) -> tuple[ProgramRequest, ...]:
        """The newest first."""
        done = [each for each in (*self.revisions, *self.releases) if not each.is_open]
        return tuple(sorted(done, key=lambda each: each.proposed_at, reverse=True))


_PEOPLE = ("proposed_by", "proposed_for", "decided_by", "decided_for", "withdrawn_by", "withdrawn_for")


def program_page(program: Program) -> ProgramPage:
    """A fixed number of queries; `program` comes from `program_for`."""
    quarter = Quarter.containing(clock.today())
    standing = program.standing_in(quarter)
    wishes = Prefetch("milestones", ProposedMilestone.objects.select_related("milestone"))
    revisions = tuple(program.programrevisions.select_related(*_PEOPLE).prefetch_related(wishes))
    asked = [wish for each in revisions if each.is_open for wish in each.milestones.all()]
    return ProgramPage(
        program=program,
        quarter=quarter,
        standing=standing,
        organisation=named(standing.organisation, clock.today()),
        state=state_of(program, standing, quarter),
        standings=_standings(program),
        milestones=milestone_sets(list(program.milestones.all()), asked, _reached(program)),
        marks=_marks(program, quarter),
        parts=tuple(program.parts.all()),
        revisions=revisions,
        releases=tuple(program.programreleases.select_related(*_PEOPLE)),
        changes=tuple(program.changes.select_related("made_by", "on_behalf_of")),
    )


def _standings(program: Program) -> tuple[StandingRow, ...]:
    changes = {each.pk: each for each in program.changes.all()}
    rows = [StandingRow(program.joined_from, program, named(program.organisation, clock.today()), None)]
    rows += [
        StandingRow(
            each.effective_from,
            each,
            named(each.organisation, clock.today()),
            changes.get(each.change_id),
        )
        for each in sorted(program.versions.all(), key=lambda each: each.effective_from)
    ]
    return tuple(rows)


def _reached(program: Program) -> dict[str, date]:
    """Milestone's code → the day on which it was reached, as accepted."""
    facts = MilestoneObservation.objects.filter(
        milestone__program=program,
        statement=MilestoneObservation.Statement.REACHED,
        superseded_at__isnull=True,
    ).select_related("milestone")
    return {each.milestone.code: each.reached_on for each in facts if each.reached_on}


def open_milestones(program: Program, quarter: Quarter) -> list[ProgramMilestone]:
    """Those that hold in the quarter and are not reached."""
    reached = _reached(program)
    return [
        each
        for each in milestones_in_force(program.plan, quarter)
        if each.program_id == program.pk and each.code not in reached
    ]


def _marks(program: Program, quarter: Quarter) -> tuple[MarkRow, ...]:
    columns = {each.pk: each for each in program.plan.table_columns.select_related("pillar")}
    own = [each for each in marks_in_force(program.plan, quarter) if each.program_id == program.pk]
    parts = {each.pk: each for each in program.parts.all()}
    placed = [
        MarkRow(each, columns[each.column_id], parts.get(each.part_id or 0)) for each in own if each.column_id
    ]
    return tuple(sorted(placed, key=lambda row: (row.column.table, row.column.order)))
