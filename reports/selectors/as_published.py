"""The overview of a quarter as it was published: every word and figure is the frozen edition's.

What an edition does not hold stays empty: money, and the sub-item of a node or indicator, which today's plan says.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery

from kpis import published
from kpis.models import Indicator
from kpis.published import Edition, Figure, Node
from kpis.results import IndicatorResult, NodeResult
from programs.models import Pillar, Plan, SubItem
from reports.selectors.overview import (
    IndicatorRow,
    IndicatorWords,
    NodeRow,
    NodeWords,
    Overview,
    Stage,
    TargetWords,
    mapped_sub_items,
)
from reports.selectors.rounds import Round


def overview_as_published(round_: Round, known: list[Round]) -> Overview:
    """Two queries, and one more where this process has not read the edition; the round is published."""
    plan, edition = round_.record.plan, published.edition_under(round_.digest)
    opened = tuple(each for each in known if each.record.opened_at)
    whole = edition.plan_node
    assert whole is not None
    return Overview(
        round=round_,
        rounds=opened,
        whole=NodeRow(NodeWords(plan.pk, plan.code, 0, whole.name_zh, whole.name_en), _node(whole, edition)),
        pillars=_pillars(plan, edition),
        indicators=_indicators(plan, edition),
        quarters=(),
        matrix=(),
        waiting=0,
        is_published=True,
    )


def _pillars(plan: Plan, edition: Edition) -> tuple[NodeRow, ...]:
    """Pillars and sub-items that the plan still has; where a code recurs in it, in the plan's order."""
    frozen: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for node in edition.nodes:
        frozen[node.type, node.code].append(node)
    children: dict[Pillar, list[NodeRow]] = defaultdict(list)
    for sub_item in SubItem.objects.filter(pillar__plan=plan).select_related("pillar"):
        if same := frozen["sub_item", sub_item.code]:
            children[sub_item.pillar].append(_row(sub_item, same.pop(0), edition))
    return tuple(
        _row(pillar, frozen["pillar", pillar.code][0], edition, tuple(rows))
        for pillar, rows in children.items()
        if frozen["pillar", pillar.code]
    )


def _row(
    record: Pillar | SubItem, node: Node, edition: Edition, children: tuple[NodeRow, ...] = ()
) -> NodeRow:
    words = NodeWords(record.pk, record.code, record.order, node.name_zh, node.name_en)
    return NodeRow(words, _node(node, edition), children)


def _node(node: Node, edition: Edition) -> NodeResult:
    """Of shares the edition's values as numerators over one."""
    return NodeResult(
        kind=node.type,
        node_id=0,
        quarter=edition.quarter,
        indicators=node.indicators,
        green=node.green,
        yellow=node.yellow,
        red=node.red,
        grey=node.grey,
        unlit=node.unlit,
        stated=node.stated,
        owed=node.owed,
        score_numerator=node.score,
        score_denominator=None,
        weakest_id=None,
        programs=node.programs,
        programs_stated=node.programs_stated,
        programs_related=0,
        planned_numerator=node.planned,
        actual_numerator=node.actual,
        progress_denominator=None,
        progress_is_weighted=False,
        appropriation=None,
        allocated=None,
        spent=None,
        payable=None,
        surplus=None,
        execution_formula=settings.EXECUTION_FORMULA,
        milestones_due=0,
        milestones_reached=0,
        milestones_reached_late=0,
        milestones_overdue=0,
        facts_seen=0,
        facts_until=None,
    )


def _indicators(plan: Plan, edition: Edition) -> tuple[IndicatorRow, ...]:
    places = Indicator.objects.filter(plan=plan).annotate(mapped=ArraySubquery(mapped_sub_items()))
    by_code = {
        code: (pk, pillar, order, frozenset(mapped))
        for code, pk, pillar, order, mapped in places.values_list(
            "code", "pk", "pillar_id", "pillar__order", "mapped"
        )
    }
    rows = []
    for each in edition.indicators:
        pk, pillar, order, sub_items = by_code.get(each.code, (0, None, None, frozenset()))
        figure, target = each.figure, each.target
        rows.append(
            IndicatorRow(
                indicator=IndicatorWords(
                    pk=pk,
                    code=each.code,
                    name_zh=each.name_zh,
                    name_en=each.name_en,
                    unit_zh=each.unit_zh,
                    unit_en=each.unit_en,
                    decimal_places=each.decimal_places,
                    aggregation=each.aggregation,
                    pillar_id=pillar,
                    pillar_order=order,
                ),
                target=TargetWords(
                    target.comparator, target.value, target.value_max, target.frequency, target.year
                )
                if target
                else None,
                figure=_result(figure, pk, edition),
                stage=Stage(figure.stage_zh, figure.stage_en) if figure.stage_zh else None,
                sub_items=sub_items,
            )
        )
    return tuple(rows)


def _result(figure: Figure, pk: int, edition: Edition) -> IndicatorResult:
    """Of shares the edition's values as numerators over one."""
    return IndicatorResult(
        quarter=figure.quarter,
        quarter_numerator=figure.in_quarter,
        quarter_denominator=None,
        year_numerator=figure.in_year,
        year_denominator=None,
        plan_numerator=figure.in_plan,
        plan_denominator=None,
        last_stated=figure.last_stated,
        stated=figure.stated,
        owed=figure.owed,
        indicator_id=pk,
        target_id=None,
        rate_numerator=figure.rate,
        rate_denominator=None,
        expected_numerator=figure.expected,
        expected_denominator=None,
        achieved=figure.achieved,
        light=figure.light,
        weight=Decimal(1),
        facts_seen=0,
        facts_until=None,
        algebra_version=edition.algebra_version,
    )
