"""The secretariat's overview: the plan's figures in a quarter and who has handed in what, in as many queries at any size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import FilteredRelation, OuterRef, Q, TextField
from django.db.models.functions import Cast, JSONObject

from kpis import published
from kpis.models import Comparator, Indicator, IndicatorSubItem, MilestoneStage, Target
from kpis.results import IndicatorResult, NodeResult
from kpis.selectors import indicator_results, node_results
from kpis.selectors.restatements import Restatement, restated
from ministries import clock
from programs.models import Pillar, Plan, SubItem
from programs.quarters import Quarter
from reports import workflow
from reports.models import Report, ReportState
from reports.models.reports import is_corrected
from reports.selectors.deadlines import Deadline, deadline
from reports.selectors.names import Named, name_json, named_from
from reports.selectors.rounds import Round


@dataclass(frozen=True)
class Stage:
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class IndicatorWords:
    """What the overview says of an indicator itself."""

    pk: int
    code: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    decimal_places: int
    aggregation: str
    pillar_id: int | None
    pillar_order: int | None


@dataclass(frozen=True, slots=True)
class TargetWords:
    comparator: str
    value: Decimal | None
    value_max: Decimal | None
    frequency: str
    year: int | None

    def get_comparator_display(self) -> str:
        return str(Comparator(self.comparator).label)


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator with its target in force and its figure over all organisations, where there is one.

    `restatement` says what was published of it, where that is no longer what is known now.
    """

    indicator: IndicatorWords
    target: TargetWords | None
    figure: IndicatorResult | None
    stage: Stage | None
    sub_items: frozenset[int]
    restatement: Restatement | None = None

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
        return self.figure.lead if self.figure else None


@dataclass(frozen=True)
class NodeRow:
    """The plan, a pillar, a sub-item or an organisation with its figure."""

    node: Any
    figure: NodeResult
    children: tuple[NodeRow, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeWords:
    """A pillar, sub-item or organisation by what pages say of it, under the key and in the place that it has in the plan."""

    pk: int
    code: str
    order: int
    name_zh: str
    name_en: str


Tree = Sequence[tuple[NodeWords, Sequence[NodeWords]]]
"""The plan's pillars, each with its sub-items, in the plan's order."""
MISSING = "missing"
_KINDS = ("plan", "pillar", "sub_item")


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A report's state in a quarter, or `missing` where the round was closed over a report that never came in."""

    quarter: Quarter
    reported: str
    is_closed: bool
    deadline: Deadline

    @property
    def state(self) -> str:
        return MISSING if self.is_closed and self.reported in workflow.EDITABLE else self.reported


@dataclass(frozen=True)
class MatrixRow:
    """One organisation's report per quarter, in the order of the matrix's quarters; None where it owed none."""

    pk: int
    organisation: Named
    order: int
    cells: tuple[MatrixCell | None, ...]

    @property
    def outstanding(self) -> int:
        return sum(1 for cell in self.cells if cell and cell.reported in workflow.EDITABLE)


@dataclass(frozen=True)
class Overview:
    """One screen of the plan in one quarter: as known now, as known at `as_of`, or as it was published.

    Who has handed in what is shown beside the figures of now alone.
    """

    round: Round
    rounds: tuple[Round, ...]
    whole: NodeRow
    pillars: tuple[NodeRow, ...]
    indicators: tuple[IndicatorRow, ...]
    quarters: tuple[Quarter, ...]
    matrix: tuple[MatrixRow, ...]
    waiting: int
    organisations: tuple[NodeRow, ...] = ()
    as_of: datetime | None = None
    is_published: bool = False

    @property
    def is_current(self) -> bool:
        return self.as_of is None and not self.is_published

    @property
    def is_stale(self) -> bool:
        return self.is_current and self.round.is_stale

    @property
    def restated(self) -> int:
        """How many indicators are known otherwise now than they were published."""
        return sum(row.restatement is not None for row in self.indicators)


def overview(
    round_: Round, known: list[Round], as_of: datetime | None = None, tree: Tree | None = None
) -> Overview:
    """As known now or at `as_of`; `known` are the plan's rounds, `tree` its nodes where they were read already.

    Four queries: nodes, sub-items, indicators and reports; as of a moment figures and targets instead of reports. Of a
    published quarter as known now one more, once in a process: what was published.
    """
    plan, quarter = round_.record.plan, round_.quarter
    then = None if as_of is None else indicator_results(plan, quarter, as_of=as_of)
    # Organisations are those of the matrix, which is of now.
    kinds = _KINDS if as_of else (*_KINDS, "organisation")
    nodes = {
        (node.kind, node.node_id): node
        for node in node_results(plan, quarter, kinds=kinds, as_of=as_of, given=then)
    }
    opened = tuple(each for each in known if each.record.opened_at)
    quarters = tuple(each.quarter for each in opened)
    matrix = _matrix(opened) if as_of is None else ()
    return Overview(
        round=round_,
        rounds=opened,
        whole=NodeRow(plan, nodes["plan", plan.pk]),
        pillars=_pillar_rows(_tree(plan) if tree is None else tree, nodes),
        indicators=_indicator_rows(round_, then),
        quarters=quarters,
        matrix=matrix,
        organisations=_organisation_rows(matrix, nodes),
        waiting=sum(cell.reported == ReportState.SUBMITTED for row in matrix for cell in row.cells if cell),
        as_of=as_of,
    )


def _tree(plan: Plan) -> Tree:
    children: dict[Pillar, list[NodeWords]] = defaultdict(list)
    for sub_item in SubItem.objects.filter(pillar__plan=plan).select_related("pillar"):
        children[sub_item.pillar].append(_words(sub_item))
    return [(_words(pillar), rows) for pillar, rows in children.items()]


def _words(node: Pillar | SubItem) -> NodeWords:
    return NodeWords(node.pk, node.code, node.order, node.name_zh, node.name_en)


def _organisation_rows(
    matrix: tuple[MatrixRow, ...], nodes: dict[tuple[str, int], NodeResult]
) -> tuple[NodeRow, ...]:
    """Of those that report, the ones that carry out programmes."""
    found = ((row, nodes.get(("organisation", row.pk))) for row in matrix)
    return tuple(
        NodeRow(
            NodeWords(
                row.pk, row.organisation.code, row.order, row.organisation.name_zh, row.organisation.name_en
            ),
            figure,
        )
        for row, figure in found
        if figure and figure.programs
    )


def _pillar_rows(tree: Tree, nodes: dict[tuple[str, int], NodeResult]) -> tuple[NodeRow, ...]:
    return tuple(
        NodeRow(
            pillar,
            nodes["pillar", pillar.pk],
            tuple(NodeRow(each, nodes["sub_item", each.pk]) for each in children),
        )
        for pillar, children in tree
    )


_WORDS = (
    "pk",
    "code",
    "name_zh",
    "name_en",
    "unit_zh",
    "unit_en",
    "decimal_places",
    "aggregation",
    "pillar_id",
    "pillar__order",
)
_TARGET = ("comparator", "value", "value_max", "frequency", "year")
_FIGURE = tuple(each.name for each in fields(IndicatorResult))


def _indicator_rows(round_: Round, then: list[IndicatorResult] | None) -> tuple[IndicatorRow, ...]:
    """With the figures stored, or those known `then`.

    Plain columns rather than records: a plan may have a thousand indicators, and all of them are shown.
    """
    rows = list(_with_figures(round_.record.plan, round_.quarter))
    if then is None:
        figures = {row[0]: IndicatorResult(*row[17:]) for row in rows if row[17] is not None}
        targets = {row[0]: TargetWords(*row[10:15]) for row in rows if row[10]}
    else:
        figures = {each.indicator_id: each for each in then}
        targets = _targets_of(then)
    restatements: dict[int, Restatement] = {}
    if round_.digest and then is None:
        by_code = {row[1]: figures[row[0]] for row in rows if row[0] in figures}
        restatements = restated(published.edition_under(round_.digest), by_code)
    return tuple(
        IndicatorRow(
            indicator=IndicatorWords(*row[:10]),
            target=targets.get(row[0]),
            figure=figures.get(row[0]),
            stage=_reached(row[16], figures.get(row[0])),
            sub_items=frozenset(row[15]),
            restatement=restatements.get(row[0]),
        )
        for row in rows
    )


def _targets_of(figures: list[IndicatorResult]) -> dict[int, TargetWords]:
    """By indicator: the target that the figure is held against."""
    held = [each.target_id for each in figures if each.target_id is not None]
    rows = Target.objects.filter(pk__in=held).values_list("indicator_id", *_TARGET)
    return {indicator: TargetWords(*words) for indicator, *words in rows}


def _with_figures(plan: Plan, quarter: Quarter) -> Any:
    """Words, target, sub-items, stages and stored figure of every indicator, in this order of columns."""
    stages = MilestoneStage.objects.filter(indicator=OuterRef("pk"), share__gt=0).order_by("share")
    stage = JSONObject(share=Cast("share", TextField()), name_zh="name_zh", name_en="name_en")
    # The target in force is that of the figure.
    stored: Any = FilteredRelation("figures", condition=Q(figures__quarter=quarter.ordinal))
    return (
        Indicator.objects.filter(plan=plan)
        .annotate(
            stored=stored,
            mapped=ArraySubquery(mapped_sub_items()),
            stages_on_the_way=ArraySubquery(stages.values(json=stage)),
        )
        .order_by("pillar__order", "order")
        .values_list(
            *_WORDS,
            *(f"stored__target__{name}" for name in _TARGET),
            "mapped",
            "stages_on_the_way",
            *(f"stored__{name}" for name in _FIGURE),
        )
    )


def mapped_sub_items() -> Any:
    """The keys of an indicator's sub-items, for a query of indicators."""
    return IndicatorSubItem.objects.filter(indicator=OuterRef("pk")).values("sub_item")


def _reached(stages: list[dict[str, str]], figure: IndicatorResult | None) -> Stage | None:
    """The last stage whose share is reached; the stages stand in the order of their shares."""
    if not stages or figure is None or figure.plan_numerator is None:
        return None
    reached = [each for each in stages if Decimal(each["share"]) <= figure.plan_numerator]
    return Stage(reached[-1]["name_zh"], reached[-1]["name_en"]) if reached else None


def _matrix(opened: tuple[Round, ...]) -> tuple[MatrixRow, ...]:
    """Plain columns, too: a report for each organisation and quarter so far."""
    rounds = {each.quarter: each.record for each in opened}
    cells: dict[int, dict[Quarter, MatrixCell]] = defaultdict(dict)
    named: dict[int, tuple[Named, int]] = {}
    rows = (
        Report.objects.filter(
            reporting_quarter__in=[each.pk for each in rounds.values()], no_longer_owed_since__isnull=True
        )
        .order_by("organisation__order", "organisation__code")
        .values_list(
            "organisation",
            "organisation__code",
            "organisation__order",
            name_json("organisation_id", clock.today()),
            "reporting_quarter__quarter",
            "state",
            "extended_until",
            "days_late",
            is_corrected(),
        )
    )
    for pk, code, order, words, quarter, state, extended_until, days_late, corrected in rows:
        round_ = rounds[quarter]
        is_closed = not round_.takes_entries and not corrected
        cells[pk][quarter] = MatrixCell(
            quarter, state, is_closed, deadline(round_.due_on, extended_until, days_late)
        )
        named[pk] = (named_from(code, words), order)
    return tuple(
        MatrixRow(pk, *named[pk], tuple(of_quarter.get(quarter) for quarter in rounds))
        for pk, of_quarter in cells.items()
    )
