"""Acceptance copies lines' statements down as facts, withdrawal takes them out; both note what they make stale.

`ROOMS` says which fact each kind of line becomes. The caller has locked the lines' reports and moved the
lines on, and keeps the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

from kpis.models import Aggregation, Observation
from kpis.services import rollups
from ministries import clock
from ministries.models import User
from programs.models import AcceptedFact, MilestoneObservation, ProgramObservation, SubItemObservation
from programs.services import accept_facts, content_of
from reports.models import Line, LineStatement
from reports.workflow import State

Content = dict[str, Any]

WITHDRAWN = "withdrawn"

STATEMENT_BY_KIND = {
    Aggregation.FLOW: Observation.Statement.VALUE,
    Aggregation.STOCK: Observation.Statement.VALUE,
    Aggregation.MAXIMUM: Observation.Statement.VALUE,
    Aggregation.RATIO: Observation.Statement.RATIO,
    Aggregation.RANK: Observation.Statement.RANK,
    Aggregation.MILESTONE: Observation.Statement.STAGE,
    Aggregation.QUALITATIVE: Observation.Statement.JUDGEMENT,
}
FIGURES_OF = {
    Observation.Statement.VALUE: ("value",),
    Observation.Statement.RATIO: ("numerator", "denominator"),
    Observation.Statement.RANK: ("rank", "edition"),
    Observation.Statement.STAGE: ("stage_id",),
    Observation.Statement.JUDGEMENT: (),
}
DELAY = ["delay_kind", "accountability", "catch_up_on", "improve_by"]
PROGRESS = [
    "planned_progress",
    "actual_progress",
    "year_planned_progress",
    "year_actual_progress",
    "appropriation",
    "allocated",
    "spent",
    "payable",
    "surplus",
    "delay_reason",
    "remedy",
    "confidence",
    "confidence_note",
    *DELAY,
]


def observation_content(line: Line) -> Content:
    """What an indicator's line states; a chosen zero is the value 0, of a milestone too: no stage yet."""
    assert line.indicator is not None
    said: Content = {name: getattr(line, name) for name in ("statement", "confidence", "confidence_note")}
    if line.statement == LineStatement.ZERO:
        said |= {"statement": Observation.Statement.VALUE, "value": Decimal(0)}
    elif line.statement == LineStatement.VALUE:
        statement = STATEMENT_BY_KIND[Aggregation(line.indicator.aggregation)]
        said |= {"statement": statement, **{name: getattr(line, name) for name in FIGURES_OF[statement]}}
    return said


def program_content(line: Line) -> Content:
    """What a programme's line states about progress and money."""
    if line.statement != LineStatement.VALUE:
        return {"statement": line.statement}
    progress = {name: getattr(line, name) for name in PROGRESS}
    return {"statement": ProgramObservation.Statement.PROGRESS, **progress}


def milestone_content(line: Line) -> Content:
    """What a milestone's line states: reached on a day, not reached, or not applicable."""
    if line.statement == LineStatement.NOT_APPLICABLE:
        return {"statement": line.statement}
    delay = {name: getattr(line, name) for name in DELAY}
    if line.statement == LineStatement.NOT_REACHED:
        return {"statement": line.statement, **delay}
    return {"statement": MilestoneObservation.Statement.REACHED, "reached_on": line.reached_on, **delay}


def sub_item_content(line: Line) -> Content:
    """What a sub-item's line states in words."""
    states = line.statement == LineStatement.VALUE
    return {"statement": SubItemObservation.Statement.NARRATIVE if states else line.statement}


@dataclass(frozen=True)
class Room:
    """Where lines of one kind go: the model, the columns that name the subject in both, and what a line states.

    The first column tells the kind: it is filled in the lines of this room and in no others.
    """

    model: type[AcceptedFact]
    key: str
    content: Callable[[Line], Content]

    def holds(self, line: Line) -> bool:
        return getattr(line, self.key.split()[0]) is not None

    def fact(self, line: Line, content: Content) -> AcceptedFact:
        return self.model(
            **{column: getattr(line, column) for column in self.key.split()},
            organisation_id=line.report.organisation_id,
            quarter=line.report.reporting_quarter.quarter,
            origin=f"line {line.pk} revision {line.revision}",
            **content,
        )


ROOMS = (
    Room(Observation, "indicator_id", observation_content),
    Room(ProgramObservation, "program_id part_id", program_content),
    Room(MilestoneObservation, "milestone_id", milestone_content),
    Room(SubItemObservation, "sub_item_id", sub_item_content),
)


def copy_down(*, lines: Sequence[Line], actor: User, reasons: Mapping[int, str]) -> list[AcceptedFact]:
    """Turns each line, all of one quarter, into a fact of its room; `reasons` by line. Returns the facts that are new."""

    def stated(room: Room, line: Line) -> Content:
        return {**room.content(line), "narrative": line.narrative, "reason": reasons[line.pk]}

    return _put_in_force(lines, actor, stated)


def take_out(*, lines: Sequence[Line], actor: User, reason: str) -> None:
    """Puts a withdrawal in the place of every fact in force that came from the lines."""
    _put_in_force(lines, actor, lambda _room, _line: {"statement": WITHDRAWN, "reason": reason})


def _put_in_force(
    lines: Sequence[Line], actor: User, content: Callable[[Room, Line], Content]
) -> list[AcceptedFact]:
    at = clock.now()
    changed: list[AcceptedFact] = []
    for room in ROOMS:
        facts = [room.fact(line, content(room, line)) for line in lines if room.holds(line)]
        changed += accept_facts(facts=facts, key=room.key, actor=actor, at=at)
    _note_stale(changed)
    return changed


def faults() -> Iterator[Line]:
    """Accepted lines whose fact in force is gone or says something else."""
    accepted = Line.objects.filter(state=State.ACCEPTED).select_related(
        "indicator", "report__reporting_quarter"
    )
    for room in ROOMS:
        columns = room.key.split()
        cell = attrgetter("organisation_id", "quarter", *columns)
        in_force = {cell(fact): fact for fact in room.model._default_manager.filter(superseded_at=None)}
        lines = accepted.filter(**{f"{columns[0]}__isnull": False}).order_by("id")
        for line in lines.iterator(chunk_size=500):
            wanted = room.fact(line, {**room.content(line), "narrative": line.narrative})
            found = in_force.get(cell(wanted))
            if found is None or content_of(found) != content_of(wanted):
                yield line


def _note_stale(changed: Sequence[AcceptedFact]) -> None:
    """One note per touched indicator, however many organisations touched it; nodes are composed when read."""
    rollups.mark_stale(indicators={fact.indicator_id for fact in changed if isinstance(fact, Observation)})
