"""Who owes which line in which quarter: computed from ownership, programmes and responsibilities, never typed.

An organisation owes its indicators, its programmes (or the part that the plan names where it names only a part),
the milestones of those programmes from shortly before they are due until they are reached, and each sub-item that it
answers for without a programme marked there. A ministry that only the prose of a pillar names answers for that
pillar's sub-items in the same way. The owner of an open decision owes a report even without a line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from kpis.models import IndicatorOwner
from programs.models import (
    ColumnSubItem,
    MilestoneObservation,
    PillarParticipant,
    Plan,
    Responsibility,
    SubItem,
)
from programs.quarters import Quarter
from programs.selectors import BorneMark, Running, marks_in_force, milestones_in_force, running_programs
from reports.models import Decision, DecisionState


@dataclass(frozen=True)
class OwedLine:
    """The key of a line: exactly one of indicator, programme (perhaps a part of it), milestone and sub-item."""

    indicator_id: int | None = None
    program_id: int | None = None
    part_id: int | None = None
    milestone_id: int | None = None
    sub_item_id: int | None = None


def owed_lines(plan: Plan, quarter: Quarter) -> dict[int, list[OwedLine]]:
    """Organisation's primary key → the lines it owes in the quarter, in the order in which they are asked."""
    owed: dict[int, list[OwedLine]] = defaultdict(list)
    for owner in _owners(plan, quarter):
        owed[owner.organisation_id].append(OwedLine(indicator_id=owner.indicator_id))
    marks = marks_in_force(plan, quarter)
    units = _units_of_programs(plan, quarter, marks)
    for running, part_id in units:
        owed[running.standing.organisation_id].append(
            OwedLine(program_id=running.program.pk, part_id=part_id)
        )
    for organisation_id, milestone_id in _milestones(plan, quarter, [running for running, _part_id in units]):
        owed[organisation_id].append(OwedLine(milestone_id=milestone_id))
    for organisation_id, sub_item_id in _sub_items_without_program(plan, quarter, marks):
        owed[organisation_id].append(OwedLine(sub_item_id=sub_item_id))
    for organisation_id in _owners_of_decisions(plan, quarter):
        owed.setdefault(organisation_id, [])
    return dict(owed)


def _owners_of_decisions(plan: Plan, quarter: Quarter) -> list[int]:
    """Whoever owns an open decision reports on it, also where it owes no line."""
    asked = Decision.objects.filter(plan=plan, state=DecisionState.OPEN, asked_from__lte=quarter)
    return list(asked.order_by("organisation").values_list("organisation", flat=True).distinct())


def _owners(plan: Plan, quarter: Quarter) -> list[IndicatorOwner]:
    return list(
        IndicatorOwner.objects.filter(
            Q(from_quarter__isnull=True) | Q(from_quarter__lte=quarter.ordinal),
            Q(until_quarter__isnull=True) | Q(until_quarter__gte=quarter.ordinal),
            indicator__plan=plan,
        ).order_by("indicator__pillar__order", "indicator__order")
    )


def _units_of_programs(
    plan: Plan, quarter: Quarter, marks: Sequence[BorneMark]
) -> list[tuple[Running, int | None]]:
    """Each programme once: as its part where every mark that it bears is that part's, else as a whole.

    A programme is asked for while the period that holds in the quarter runs (one without a printed period, through
    the whole plan), from the quarter in which it joins, until it is released.
    """
    parts: dict[int, set[int | None]] = defaultdict(set)
    for mark in marks:
        parts[mark.program_id].add(mark.part_id)
    return [(each, _only(parts[each.program.pk])) for each in running_programs(plan, quarter)]


def _only(parts: set[int | None]) -> int | None:
    return next(iter(parts)) if len(parts) == 1 else None


def _milestones(plan: Plan, quarter: Quarter, programs: Sequence[Running]) -> list[tuple[int, int]]:
    """(organisation, milestone) pairs: in force, due by the end of the next quarter, not yet accepted as reached.

    A milestone keeps its code when its day is changed, so that it is not asked for again once any of its rows is
    reached.
    """
    organisations = {each.program.pk: each.standing.organisation_id for each in programs}
    reached = set(
        MilestoneObservation.objects.filter(
            milestone__program__plan=plan,
            statement=MilestoneObservation.Statement.REACHED,
            superseded_at__isnull=True,
            quarter__lt=quarter.ordinal,
        ).values_list("milestone__program_id", "milestone__code")
    )
    return [
        (organisations[each.program_id], each.pk)
        for each in milestones_in_force(plan, quarter)
        if each.program_id in organisations
        and each.due_on <= (quarter + 1).last_day
        and (each.program_id, each.code) not in reached
    ]


def _sub_items_without_program(
    plan: Plan, quarter: Quarter, marks: Sequence[BorneMark]
) -> list[tuple[int, int]]:
    """(organisation, sub-item) pairs that somebody answers for without a programme marked under that sub-item."""
    pairs = set(
        Responsibility.objects.filter(sub_item__pillar__plan=plan, organisation__isnull=False).values_list(
            "organisation_id", "sub_item_id"
        )
    )
    responsible_in = set(
        Responsibility.objects.filter(sub_item__pillar__plan=plan, organisation__isnull=False).values_list(
            "organisation_id", "sub_item__pillar_id"
        )
    )
    sub_items = list(SubItem.objects.filter(pillar__plan=plan).order_by("pillar__order", "order"))
    for participant in PillarParticipant.objects.filter(pillar__plan=plan):
        if (participant.organisation_id, participant.pillar_id) not in responsible_in:
            pairs |= {
                (participant.organisation_id, each.pk)
                for each in sub_items
                if each.pillar_id == participant.pillar_id
            }
    order = {each.pk: position for position, each in enumerate(sub_items)}
    return sorted(pairs - _carried(plan, quarter, marks), key=lambda pair: (order[pair[1]], pair[0]))


def _carried(plan: Plan, quarter: Quarter, marks: Sequence[BorneMark]) -> set[tuple[int, int]]:
    """(organisation, sub-item) pairs for which the organisation has a marked programme that the plan keeps."""
    sub_items: dict[int, list[int]] = defaultdict(list)
    for column_id, sub_item_id in ColumnSubItem.objects.filter(column__plan=plan).values_list(
        "column_id", "sub_item_id"
    ):
        sub_items[column_id].append(sub_item_id)
    organisations = {
        each.pk: each.standing_in(quarter).organisation_id
        for each in plan.programs.prefetch_related("versions")
        if each.is_kept_in(quarter)
    }
    return {
        (organisations[mark.program_id], sub_item_id)
        for mark in marks
        if mark.column_id and mark.program_id in organisations
        for sub_item_id in sub_items[mark.column_id]
    }
