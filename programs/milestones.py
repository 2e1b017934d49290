"""What the public is told of a programme's milestones: those of a quarter, and what had been accepted of them by then.

A statement that was accepted later, or that says something of a later quarter, has no place here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from programs.models import MilestoneObservation, Plan, Program, ProgramMilestone
from programs.quarters import Quarter

REACHED, MISSED, COMING, DROPPED = "reached", "missed", "coming", "dropped"


@dataclass(frozen=True)
class Told:
    """A milestone as it holds in the quarter; `first_due_on` is the day that was set first, where it is another."""

    code: str
    name_zh: str
    name_en: str
    due_on: date
    first_due_on: date | None
    reached_on: date | None
    state: str
    is_demonstration: bool


def milestones_told(program: Program, quarter: Quarter, known_at: datetime | None) -> list[Told]:
    """By day. Without `known_at` nothing was published, and nothing is known to be reached; one query."""
    found = _by_program(ProgramMilestone.objects.filter(program=program), quarter, known_at)
    return found.get(program.code, [])


def milestones_of_plan(plan: Plan, quarter: Quarter, known_at: datetime) -> dict[str, list[Told]]:
    """By the code of the programme, those without any left out; one query."""
    return _by_program(ProgramMilestone.objects.filter(program__plan=plan), quarter, known_at)


def _by_program(
    milestones: QuerySet[ProgramMilestone], quarter: Quarter, known_at: datetime | None
) -> dict[str, list[Told]]:
    versions: dict[str, dict[str, list[Any]]] = {}
    rows: Any = milestones.filter(effective_from__lte=quarter).annotate(
        of_program=F("program__code"), reached=_reached_on(quarter, known_at)
    )
    for each in rows.order_by("program__code", "code", "effective_from"):
        versions.setdefault(each.of_program, {}).setdefault(each.code, []).append(each)
    return {
        program: sorted(
            (_told(each, quarter) for each in by_code.values()), key=lambda each: (each.due_on, each.code)
        )
        for program, by_code in versions.items()
    }


def _reached_on(quarter: Quarter, known_at: datetime | None) -> Subquery:
    """The day on which any version of the milestone was reached, as it was known."""
    facts: QuerySet[MilestoneObservation] = MilestoneObservation.objects.filter(
        milestone__program=OuterRef("program"),
        milestone__code=OuterRef("code"),
        statement=MilestoneObservation.Statement.REACHED,
        quarter__lte=quarter,
    )
    if known_at is None:
        facts = facts.none()
    else:
        facts = facts.filter(
            Q(superseded_at__isnull=True) | Q(superseded_at__gt=known_at), accepted_at__lte=known_at
        )
    return Subquery(facts.order_by("quarter").values("reached_on")[:1])


def _told(versions: list[Any], quarter: Quarter) -> Told:
    newest = versions[-1]
    first = versions[0].due_on
    days = [each.reached for each in versions if each.reached]
    return Told(
        code=newest.code,
        name_zh=newest.name_zh,
        name_en=newest.name_en,
        due_on=newest.due_on,
        first_due_on=first if first != newest.due_on else None,
        reached_on=min(days, default=None),
        state=_state(newest, bool(days), quarter),
        is_demonstration=newest.is_demonstration,
    )


def _state(milestone: ProgramMilestone, is_reached: bool, quarter: Quarter) -> str:
    if is_reached:
        return REACHED
    if milestone.dropped_from is not None and milestone.dropped_from <= quarter:
        return DROPPED
    return MISSED if milestone.due_on <= quarter.last_day else COMING
