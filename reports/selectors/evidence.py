"""The programmes of a quarter with their accepted progress and money: the plain list behind the overview's numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import Http404

from programs.models import Pillar, Plan, Program, ProgramObservation, SubItem
from programs.quarters import Quarter
from reports.models import ReportingQuarter
from reports.selectors.names import Named, name_json, named_from


@dataclass(frozen=True)
class ProgramRow:
    """A programme in a quarter with its last accepted progress of the term."""

    quarter: Quarter
    program: Program
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
    """Five queries; 404 for a quarter or a node that the managed plan does not have."""
    plan = plans_with(quarter).order_by("-starts_on").first()
    if plan is None:
        raise Http404
    pillars = tuple(plan.pillars.prefetch_related("sub_items"))
    nodes = {node.code: node for pillar in pillars for node in (pillar, *pillar.sub_items.all())}
    node = nodes.get(node_code)
    if node_code and node is None:
        raise Http404
    programs: Any = Program.objects.filter(
        Q(period_start__isnull=True) | Q(period_start__lte=quarter.last_day),
        Q(period_end__isnull=True) | Q(period_end__gte=quarter.first_day),
        plan=plan,
    )
    if node:
        programs = programs.filter(pk__in=_carriers(node))
    facts = _last_progress(plan, quarter, as_of)
    rows = (
        programs.select_related("organisation")
        .annotate(words=name_json("organisation_id", quarter.last_day))
        .order_by("organisation__order", "code")
    )
    return ProgramsPage(
        quarter=quarter,
        as_of=as_of,
        node=node,
        pillars=pillars,
        rows=tuple(
            ProgramRow(
                quarter=quarter,
                program=row,
                organisation=named_from(row.organisation.code, row.words),
                fact=facts.get(row.pk),
            )
            for row in rows
        ),
    )


def _carriers(node: Pillar | SubItem) -> Any:
    """The programmes that count in the node: by a primary mark, or in a table without marks by the row's pillars."""
    primary = Q(listings__row__marks__kind="primary")
    if isinstance(node, SubItem):
        return Program.objects.filter(primary, listings__row__marks__column__sub_items=node).values("pk")
    unmarked = Q(listings__row__pillars=node, listings__row__marks__isnull=True)
    return Program.objects.filter(unmarked | (primary & Q(listings__row__marks__column__pillar=node))).values(
        "pk"
    )


def _last_progress(plan: Plan, quarter: Quarter, as_of: datetime | None) -> dict[int, ProgramObservation]:
    in_force = Q(superseded_at__isnull=True)
    if as_of is not None:
        in_force = Q(accepted_at__lte=as_of) & (in_force | Q(superseded_at__gt=as_of))
    facts = ProgramObservation.objects.filter(
        in_force, program__plan=plan, statement="progress", quarter__lte=quarter
    )
    newest = facts.order_by("program_id", "-quarter", "-id").distinct("program_id")
    return {fact.program_id: fact for fact in newest}
