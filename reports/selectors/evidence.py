"""The programmes of a quarter with their accepted progress and money: the plain list behind the overview's numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import Http404

from programs.models import Mark, Pillar, Plan, Program, ProgramListing, ProgramObservation, Standing, SubItem
from programs.quarters import Quarter
from programs.selectors import marks_in_force, with_versions
from reports.models import ReportingQuarter
from reports.selectors.names import Named, named


@dataclass(frozen=True)
class ProgramRow:
    """A programme in a quarter with its last accepted progress of the term."""

    quarter: Quarter
    program: Program
    standing: Standing
    organisation: Named
    fact: ProgramObservation | None

    @property
    def is_current(self) -> bool:
        return self.fact is not None and self.fact.quarter == self.quarter

    @property
    def lead(self) -> Decimal | None:
        if self.fact is None or self.fact.actual_progress is None or self.fact.planned_progress is None:
            return None
        return self.fact.actual_progress - self.fact.planned_progress

    @property
    def money(self) -> ProgramObservation | None:
        """The fact where its money counts: that of an earlier fiscal year does not."""
        return self.fact if self.fact and self.fact.quarter.year == self.quarter.year else None

    @property
    def executed(self) -> Decimal | None:
        """執行數 = 實支數 + 應付未付數 + 賸餘數."""
        return _sum((self.money.spent, self.money.payable, self.money.surplus)) if self.money else None


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    stated = [amount for amount in amounts if amount is not None]
    return sum(stated, Decimal(0)) if stated else None


@dataclass(frozen=True)
class ProgramsPage:
    """The programmes that run in a quarter, of the plan or of one pillar or sub-item (`node`), as known at `as_of`."""

    quarter: Quarter
    as_of: datetime | None
    node: Pillar | SubItem | None
    pillars: tuple[Pillar, ...]
    rows: tuple[ProgramRow, ...]

    @property
    def appropriation(self) -> Decimal | None:
        return _sum(row.money.appropriation for row in self.rows if row.money)

    @property
    def allocated(self) -> Decimal | None:
        return _sum(row.money.allocated for row in self.rows if row.money)

    @property
    def executed(self) -> Decimal | None:
        return _sum(row.executed for row in self.rows)


def plans_with(quarter: Quarter) -> Any:
    """The managed plans that have the quarter."""
    rounds = ReportingQuarter.objects.filter(plan__is_managed=True, quarter=quarter)
    return Plan.objects.filter(pk__in=rounds.values("plan"))


def programs_page(*, quarter: Quarter, node_code: str = "", as_of: datetime | None = None) -> ProgramsPage:
    """At most twelve queries; 404 for a quarter or a node that the managed plan does not have."""
    plan = plans_with(quarter).order_by("-starts_on").first()
    if plan is None:
        raise Http404
    pillars = tuple(plan.pillars.prefetch_related("sub_items"))
    nodes = {node.code: node for pillar in pillars for node in (pillar, *pillar.sub_items.all())}
    node = nodes.get(node_code)
    if node_code and node is None:
        raise Http404
    facts = _last_progress(plan, quarter, as_of)
    among = None if node is None else _carriers(plan, node, quarter)
    programs = [
        (each, each.standing_in(quarter))
        for each in with_versions(plan.programs.all())
        if each.runs_in(quarter) and (among is None or each.pk in among)
    ]
    return ProgramsPage(
        quarter=quarter,
        as_of=as_of,
        node=node,
        pillars=pillars,
        rows=tuple(
            ProgramRow(
                quarter=quarter,
                program=program,
                standing=standing,
                organisation=named(standing.organisation, quarter.last_day),
                fact=facts.get(program.pk),
            )
            for program, standing in sorted(
                programs, key=lambda each: (each[1].organisation.order, each[0].code)
            )
        ),
    )


def _carriers(plan: Plan, node: Pillar | SubItem, quarter: Quarter) -> set[int]:
    """The programmes that count in the node: by a primary mark, or in a table without marks by the row's pillars."""
    columns = plan.table_columns.all()
    within = columns.filter(sub_items=node) if isinstance(node, SubItem) else columns.filter(pillar=node)
    known = set(within.values_list("pk", flat=True))
    marks = marks_in_force(plan, quarter)
    carriers = {
        each.program_id for each in marks if each.kind == Mark.Kind.PRIMARY and each.column_id in known
    }
    if isinstance(node, Pillar):
        unmarked = ProgramListing.objects.filter(row__pillars=node, row__marks__isnull=True)
        carriers |= set(unmarked.values_list("program_id", flat=True))
    return carriers


def _last_progress(plan: Plan, quarter: Quarter, as_of: datetime | None) -> dict[int, ProgramObservation]:
    in_force = Q(superseded_at__isnull=True)
    if as_of is not None:
        in_force = Q(accepted_at__lte=as_of) & (in_force | Q(superseded_at__gt=as_of))
    facts = ProgramObservation.objects.filter(
        in_force, program__plan=plan, statement="progress", quarter__lte=quarter
    )
    newest = facts.order_by("program_id", "-quarter", "-id").distinct("program_id")
    return {fact.program_id: fact for fact in newest}
