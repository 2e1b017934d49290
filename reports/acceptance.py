"""Acceptance copies a report's statements down as facts and notes what they make stale, in one transaction."""

from __future__ import annotations

from decimal import Decimal

from kpis.models import Aggregation, Observation
from kpis.services import rollups
from ministries import clock
from ministries.models import User
from programs.models import MilestoneObservation, ProgramObservation, SubItemObservation
from programs.services import accept_facts
from reports.models import Line, LineStatement, Report

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
PROGRESS = [
    "planned_progress",
    "actual_progress",
    "appropriation",
    "allocated",
    "spent",
    "payable",
    "surplus",
    "delay_reason",
    "remedy",
]


def copy_down(*, report: Report, actor: User, reason: str) -> None:
    """Turns each line into a fact of its room; the caller has locked and accepted the report."""
    at = clock.now()
    lines = list(report.lines.select_related("indicator", "program", "sub_item"))
    round_ = report.reporting_quarter
    observed = accept_facts(
        facts=[observation_of(line, report) for line in lines if line.indicator_id],
        key="indicator_id",
        actor=actor,
        at=at,
        reason=reason,
    )
    progressed = accept_facts(
        facts=[program_observation_of(line, report) for line in lines if line.program_id],
        key="program_id part_id",
        actor=actor,
        at=at,
        reason=reason,
    )
    accept_facts(
        facts=[milestone_observation_of(line, report) for line in lines if line.milestone_id],
        key="milestone_id",
        actor=actor,
        at=at,
        reason=reason,
    )
    accept_facts(
        facts=[sub_item_observation_of(line, report) for line in lines if line.sub_item_id],
        key="sub_item_id",
        actor=actor,
        at=at,
        reason=reason,
    )
    rollups.mark_stale(
        plan=round_.plan,
        quarter=round_.quarter,
        indicators={fact.indicator_id for fact in observed},
        programs=bool(progressed),
    )


def observation_of(line: Line, report: Report) -> Observation:
    """The fact that an indicator's line states; a chosen zero is the value 0, of a milestone too: no stage yet."""
    assert line.indicator is not None
    fact = Observation(
        indicator=line.indicator,
        statement=line.statement,
        confidence=line.confidence,
        **_common(line, report),
    )
    if line.statement == LineStatement.ZERO:
        fact.statement, fact.value = Observation.Statement.VALUE, Decimal(0)
    elif line.statement == LineStatement.VALUE:
        fact.statement = STATEMENT_BY_KIND[Aggregation(line.indicator.aggregation)]
        for name in FIGURES_OF[Observation.Statement(fact.statement)]:
            setattr(fact, name, getattr(line, name))
    return fact


def program_observation_of(line: Line, report: Report) -> ProgramObservation:
    """The fact that a programme's line states about progress and money."""
    states = line.statement == LineStatement.VALUE
    assert line.program is not None
    return ProgramObservation(
        program=line.program,
        part_id=line.part_id,
        statement=ProgramObservation.Statement.PROGRESS if states else line.statement,
        **({name: getattr(line, name) for name in PROGRESS} if states else {}),
        **_common(line, report),
    )


def milestone_observation_of(line: Line, report: Report) -> MilestoneObservation:
    """The fact that a milestone's line states: reached on a day, not reached, or not applicable."""
    states = line.statement == LineStatement.VALUE
    assert line.milestone_id is not None
    return MilestoneObservation(
        milestone_id=line.milestone_id,
        statement=MilestoneObservation.Statement.REACHED if states else line.statement,
        reached_on=line.reached_on if states else None,
        **_common(line, report),
    )


def sub_item_observation_of(line: Line, report: Report) -> SubItemObservation:
    """The fact that a sub-item's line states in words."""
    states = line.statement == LineStatement.VALUE
    assert line.sub_item is not None
    return SubItemObservation(
        sub_item=line.sub_item,
        statement=SubItemObservation.Statement.NARRATIVE if states else line.statement,
        **_common(line, report),
    )


def _common(line: Line, report: Report) -> dict[str, object]:
    return {
        "organisation_id": report.organisation_id,
        "quarter": report.reporting_quarter.quarter,
        "narrative": line.narrative,
        "origin": f"line {line.pk} revision {line.revision}",
    }
