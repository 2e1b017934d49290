"""The secretariat's overview: the plan's figures in a quarter and who has handed in what, in six queries at any size."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import FilteredRelation, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import JSONObject

from kpis.models import (
    Indicator,
    IndicatorFigure,
    IndicatorSubItem,
    MilestoneStage,
    NodeFigure,
    Target,
)
from kpis.models.figures import divided
from kpis.services.publishing import target_in_force
from ministries import clock
from programs.models import Pillar, Plan, SubItem
from programs.quarters import Quarter
from reports import workflow
from reports.models import Report, ReportState
from reports.selectors.deadlines import Deadline, deadline_of
from reports.selectors.names import Named, name_json, named_from
from reports.selectors.rounds import Round


@dataclass(frozen=True)
class Stage:
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class IndicatorRow:
    """An indicator with its target in force and its figure over all organisations, where there is one."""

    indicator: Indicator
    target: Target | None
    figure: IndicatorFigure | None
    stage: Stage | None
    sub_items: frozenset[int]

    @property
    def is_annual(self) -> bool:
        return self.target is not None and self.target.frequency == "annual"

    @property
    def actual(self) -> Decimal | None:
        """In the window of the target."""
        if self.figure is None:
            return None
        return self.figure.year_value if self.is_annual else self.figure.plan_value

    @property
    def lag(self) -> Decimal | None:
        """Rate less expected share; negative where it is behind."""
        if self.figure is None or self.figure.rate is None or self.figure.expected_share is None:
            return None
        return self.figure.rate - self.figure.expected_share


@dataclass(frozen=True)
class NodeRow:
    """A pillar or sub-item with its figure."""

    node: Any
    figure: NodeFigure | None
    children: tuple[NodeRow, ...] = ()

    @property
    def execution_rate(self) -> Decimal | None:
        """執行率 = 執行數 / (累計分配數 + 賸餘數); none over zero or where a part is missing."""
        if self.figure is None or self.figure.allocated is None:
            return None
        return divided(self.figure.executed, self.figure.allocated + (self.figure.surplus or Decimal(0)))

    @property
    def lead(self) -> Decimal | None:
        """Actual less planned progress, in points; negative where programmes are behind."""
        if self.figure is None or self.figure.actual_progress is None or self.figure.planned_progress is None:
            return None
        return self.figure.actual_progress - self.figure.planned_progress


MISSING = "missing"


@dataclass(frozen=True)
class MatrixCell:
    """A report's state, or `missing` where the round was closed over a report that never came in."""

    report: Report
    deadline: Deadline

    @property
    def state(self) -> str:
        closed = self.report.reporting_quarter.closed_at is not None
        return MISSING if closed and self.report.state in workflow.EDITABLE else self.report.state


@dataclass(frozen=True)
class MatrixRow:
    """One organisation's report per quarter, in the order of the matrix's quarters; None where it owed none."""

    organisation: Named
    order: int
    cells: tuple[MatrixCell | None, ...]

    @property
    def outstanding(self) -> int:
        return sum(1 for cell in self.cells if cell and cell.report.state in workflow.EDITABLE)


@dataclass(frozen=True)
class Overview:
    """One screen of the plan in one quarter."""

    round: Round
    rounds: tuple[Round, ...]
    whole: NodeRow
    pillars: tuple[NodeRow, ...]
    indicators: tuple[IndicatorRow, ...]
    quarters: tuple[Quarter, ...]
    matrix: tuple[MatrixRow, ...]
    waiting: int

    @property
    def is_stale(self) -> bool:
        return self.round.is_stale


def overview(round_: Round, known: list[Round]) -> Overview:
    """Five queries: nodes, sub-items, indicators, targets, reports; `known` are the plan's rounds."""
    plan, quarter = round_.record.plan, round_.quarter
    nodes = _node_figures(plan, quarter)
    opened = tuple(each for each in known if each.record.opened_at)
    quarters = tuple(each.quarter for each in opened)
    reports = _reports(plan)
    return Overview(
        round=round_,
        rounds=opened,
        whole=NodeRow(plan, nodes.get(("plan", None))),
        pillars=_pillar_rows(plan, nodes),
        indicators=_indicator_rows(plan, quarter),
        quarters=quarters,
        matrix=_matrix(reports, quarters),
        waiting=sum(report.state == ReportState.SUBMITTED for report in reports),
    )


def _node_figures(plan: Plan, quarter: Quarter) -> dict[tuple[str, int | None], NodeFigure]:
    found: dict[tuple[str, int | None], NodeFigure] = {}
    for figure in NodeFigure.objects.filter(plan=plan, quarter=quarter, organisation__isnull=True):
        if figure.pillar_id:
            found["pillar", figure.pillar_id] = figure
        elif figure.sub_item_id:
            found["sub_item", figure.sub_item_id] = figure
        else:
            found["plan", None] = figure
    return found


def _pillar_rows(plan: Plan, nodes: dict[tuple[str, int | None], NodeFigure]) -> tuple[NodeRow, ...]:
    children: dict[Pillar, list[NodeRow]] = defaultdict(list)
    for sub_item in SubItem.objects.filter(pillar__plan=plan).select_related("pillar"):
        children[sub_item.pillar].append(NodeRow(sub_item, nodes.get(("sub_item", sub_item.pk))))
    return tuple(
        NodeRow(pillar, nodes.get(("pillar", pillar.pk)), tuple(rows)) for pillar, rows in children.items()
    )


def _indicator_rows(plan: Plan, quarter: Quarter) -> tuple[IndicatorRow, ...]:
    here = FilteredRelation(
        "figures", condition=Q(figures__quarter=quarter.ordinal, figures__organisation__isnull=True)
    )
    stages = MilestoneStage.objects.filter(
        indicator=OuterRef("pk"), share__lte=OuterRef("figure__plan_numerator"), share__gt=0
    ).order_by("-share")
    mapped = IndicatorSubItem.objects.filter(indicator=OuterRef("pk")).values("sub_item")
    indicators: Any = Indicator.objects
    rows = (
        indicators.filter(plan=plan)
        .annotate(figure=here)
        .select_related("pillar", "figure")
        .annotate(
            stage_words=Subquery(stages.values(json=JSONObject(name_zh="name_zh", name_en="name_en"))[:1]),
            mapped=ArraySubquery(mapped),
        )
        .prefetch_related(
            Prefetch("targets", Target.objects.order_by("-effective_from"), to_attr="newest_targets")
        )
        .order_by("pillar__order", "order")
    )
    return tuple(
        IndicatorRow(
            indicator=row,
            target=target_in_force(row, quarter),
            # A joined relation without a row leaves no attribute behind.
            figure=getattr(row, "figure", None),
            stage=Stage(**row.stage_words) if row.stage_words else None,
            sub_items=frozenset(row.mapped),
        )
        for row in rows
    )


def _reports(plan: Plan) -> list[Any]:
    rows = Report.objects.filter(reporting_quarter__plan=plan)
    return list(
        rows.select_related("reporting_quarter", "organisation")
        .annotate(organisation_words=name_json("organisation_id", clock.today()))
        .order_by("organisation__order", "organisation__code")
    )


def _matrix(reports: list[Any], quarters: tuple[Quarter, ...]) -> tuple[MatrixRow, ...]:
    cells: dict[int, dict[Quarter, MatrixCell]] = defaultdict(dict)
    named: dict[int, tuple[Named, int]] = {}
    for report in reports:
        cells[report.organisation_id][report.reporting_quarter.quarter] = MatrixCell(
            report, deadline_of(report)
        )
        words = named_from(report.organisation.code, report.organisation_words)
        named[report.organisation_id] = (words, report.organisation.order)
    return tuple(
        MatrixRow(*named[pk], tuple(of_quarter.get(quarter) for quarter in quarters))
        for pk, of_quarter in cells.items()
    )
