"""Who owes which line in which quarter: computed from ownership, programmes and responsibilities, never typed.

An organisation owes its indicators, its programmes (or the part that the plan names where it names only a part),
the milestones of those programmes from shortly before they are due until they are reached, and each sub-item that it
answers for without a programme marked there. A ministry that only the prose of a pillar names answers for that
pillar's sub-items in the same way.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from kpis.models import IndicatorOwner
from programs.models import (
    Mark,
    MilestoneObservation,
    PillarParticipant,
    Plan,
    Program,
    ProgramListing,
    Responsibility,
    SubItem,
)
from programs.quarters import Quarter
from programs.selectors import milestones_in_force


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
    units = _units_of_programs(plan, quarter)
    for program, part_id in units:
        owed[program.organisation_id].append(OwedLine(program_id=program.pk, part_id=part_id))
    for organisation_id, milestone_id in _milestones(plan, quarter, [program for program, _part_id in units]):
        owed[organisation_id].append(OwedLine(milestone_id=milestone_id))
    for organisation_id, sub_item_id in _sub_items_without_program(plan):
        owed[organisation_id].append(OwedLine(sub_item_id=sub_item_id))
    return dict(owed)


def _owners(plan: Plan, quarter: Quarter) -> list[IndicatorOwner]:
    return list(
        IndicatorOwner.objects.filter(
            Q(from_quarter__isnull=True) | Q(from_quarter__lte=quarter.ordinal),
            Q(until_quarter__isnull=True) | Q(until_quarter__gte=quarter.ordinal),
            indicator__plan=plan,
        ).order_by("indicator__pillar__order", "indicator__order")
    )


def _units_of_programs(plan: Plan, quarter: Quarter) -> list[tuple[Program, int | None]]:
    """Each programme once: as its part where every row that lists it names the same part, else as a whole.

    A programme is asked for while its period runs; one without a printed period, through the whole plan.
    """
    parts: dict[int, set[int | None]] = defaultdict(set)
    for program_id, part_id in ProgramListing.objects.filter(program__plan=plan).values_list(
        "program_id", "part_id"
    ):
        parts[program_id].add(part_id)
    running = Program.objects.filter(
        Q(period_start__isnull=True) | Q(period_start__lte=quarter.last_day),
        Q(period_end__isnull=True) | Q(period_end__gte=quarter.first_day),
        plan=plan,
    )
    return [(program, _only(parts[program.pk])) for program in running.order_by("code")]


def _only(parts: set[int | None]) -> int | None:
    return next(iter(parts)) if len(parts) == 1 else None


def _milestones(plan: Plan, quarter: Quarter, programs: list[Program]) -> list[tuple[int, int]]:
    """(organisation, milestone) pairs: in force, due by the end of the next quarter, not yet accepted as reached.

    A milestone keeps its code when its day is changed, so that it is not asked for again once any of its rows is
    reached.
    """
    organisations = {program.pk: program.organisation_id for program in programs}
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


def _sub_items_without_program(plan: Plan) -> list[tuple[int, int]]:
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
    carried = set(
        Mark.objects.filter(row__plan=plan).values_list(
            "row__listings__program__organisation_id", "column__sub_items"
        )
    )
    order = {each.pk: position for position, each in enumerate(sub_items)}
    return sorted(pairs - carried, key=lambda pair: (order[pair[1]], pair[0]))
