"""Figures and nodes of a quarter in the words of a publication: the frozen ones, or those known now or at a moment.

Both have the same keys, so that they can be laid side by side; what a publication did not freeze is None there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, TextField
from django.db.models.functions import Cast, JSONObject

from kpis.models import Indicator, IndicatorOwner, MilestoneStage, Publication, Target
from kpis.results import NODE_KINDS, IndicatorResult, NodeResult
from kpis.rollup import ALGEBRA_VERSION
from kpis.selectors.results import indicator_results, node_results
from kpis.services.publishing import figure_record, node_record, spelled, stage_reached, target_record
from ministries.selectors import names_on
from programs.models import Pillar, Plan
from programs.quarters import Quarter

Record = dict[str, Any]

_WORDS = (
    "code",
    "kind",
    "name_zh",
    "name_en",
    "unit_zh",
    "unit_en",
    "aggregation",
    "decimal_places",
)
_MONEY = ("appropriation", "allocated", "spent", "payable", "surplus")
_NEWER_IN_FIGURES = ("weight", "facts_seen", "facts_until")
_NEWER_IN_NODES = (
    "programs_related",
    "milestones_due",
    "milestones_reached",
    "milestones_reached_late",
    "milestones_overdue",
)
_ONLY_KNOWN_OF_NODES = (*_MONEY, "execution_formula", "facts_seen", "facts_until")


def published_content(publication: Publication) -> Record:
    """The publication's own text, whose numbers stay the strings that they are."""
    content: Record = json.loads(publication.content)
    return content


def figures_published(content: Record) -> list[Record]:
    """Every indicator of a publication's text with its figure of the quarter."""
    return [
        {
            **{name: each[name] for name in (*_WORDS, "pillar", "target", "window")},
            "organisations": [owner["code"] for owner in each["organisations"]],
            "figure": {**dict.fromkeys(_NEWER_IN_FIGURES), **each["figure"]},
            "algebra_version": content["algebra_version"],
        }
        for each in content["indicators"]
    ]


def figures_known(plan: Plan, quarter: Quarter, as_of: datetime | None) -> list[Record]:
    """Every indicator that has a figure in the quarter, as known at `as_of` (now where None); two queries."""
    results = {each.indicator_id: each for each in indicator_results(plan, quarter, as_of=as_of)}
    return [_figure(row, results[row["pk"]]) for row in _words_of(results, quarter)]


def _words_of(results: Mapping[int, IndicatorResult], quarter: Quarter) -> Any:
    """Plain columns of the indicators, with the target in force, the stages and who owes or owed the figure by then."""
    mine = OuterRef("pk")
    in_force = [each.target_id for each in results.values() if each.target_id is not None]
    target = JSONObject(
        comparator="comparator",
        value=Cast("value", TextField()),
        value_max=Cast("value_max", TextField()),
        tolerance=Cast("tolerance", TextField()),
        frequency="frequency",
        year="year",
    )
    stage = JSONObject(share=Cast("share", TextField()), name_zh="name_zh", name_en="name_en")
    owners = IndicatorOwner.objects.filter(indicator=mine).exclude(from_quarter__gt=quarter)
    return (
        Indicator.objects.filter(pk__in=results)
        .annotate(
            pillar_code=F("pillar__code"),
            targets_in_force=ArraySubquery(
                Target.objects.filter(indicator=mine, pk__in=in_force).values(json=target)
            ),
            its_stages=ArraySubquery(MilestoneStage.objects.filter(indicator=mine).values(json=stage)),
            owed_by=ArraySubquery(
                owners.order_by("organisation__order", "organisation__code").values("organisation__code")
            ),
        )
        .order_by("pillar__order", "order")
        .values("pk", *_WORDS, "pillar_code", "targets_in_force", "its_stages", "owed_by")
    )


def _figure(row: Record, result: IndicatorResult) -> Record:
    target = next((_target(each) for each in row["targets_in_force"]), None)
    stages = [MilestoneStage(**(each | {"share": Decimal(each["share"])})) for each in row["its_stages"]]
    return {
        **{name: row[name] for name in _WORDS},
        "pillar": row["pillar_code"],
        "target": target_record(target),
        "window": "year" if target and target.frequency == "annual" else "plan",
        "organisations": row["owed_by"],
        "figure": figure_record(result, stage_reached(result, stages)),
        "algebra_version": result.algebra_version,
    }


def _target(json: Record) -> Target:
    exact = {
        name: None if json[name] is None else Decimal(json[name])
        for name in ("value", "value_max", "tolerance")
    }
    return Target(**(json | exact))


def nodes_published(plan: Plan, content: Record) -> list[Record]:
    """Every node of a publication's text; which pillar a sub-item belongs to is what the plan says. One query."""
    places = defaultdict(list)
    for pillar, sub_item in _structure(plan).values_list("code", "sub_items__code"):
        places[sub_item].append(pillar)
    found = []
    for each in content["nodes"]:
        # Where a code recurs, sub-items stand in the plan's order.
        mine = places[each["code"]] if each["type"] == "sub_item" else []
        pillar = each["code"] if each["type"] == "pillar" else mine.pop(0) if mine else None
        found.append(
            {
                **dict.fromkeys((*_NEWER_IN_NODES, *_ONLY_KNOWN_OF_NODES)),
                **each,
                "pillar": pillar,
                "algebra_version": content["algebra_version"],
            }
        )
    return found


def nodes_known(
    plan: Plan, quarter: Quarter, as_of: datetime | None, kinds: Sequence[str] = NODE_KINDS
) -> list[Record]:
    """The plan's nodes of these kinds in the quarter, as known at `as_of` (now where None).

    Two queries: the results and the plan's structure; one more for organisations, and one more as of a moment.
    """
    results = {
        (node.kind, node.node_id): node for node in node_results(plan, quarter, kinds=kinds, as_of=as_of)
    }
    words: dict[tuple[str, int], tuple[str, str, str, str | None]] = {
        ("plan", plan.pk): (plan.code, plan.name_zh, plan.name_en, None)
    }
    sub_items = {}
    for row in _structure(plan).values_list(
        "pk",
        "code",
        "name_zh",
        "name_en",
        "sub_items",
        "sub_items__code",
        "sub_items__name_zh",
        "sub_items__name_en",
    ):
        words["pillar", row[0]] = (*row[1:4], row[1])
        sub_items["sub_item", row[4]] = (*row[5:], row[1])
    words |= sub_items
    for pk, name in names_on(
        quarter.last_day, [pk for kind, pk in results if kind == "organisation"]
    ).items():
        words["organisation", pk] = (name.organisation.code, name.name_zh, name.name_en, None)
    return [_node(results[key], *said) for key, said in words.items() if key in results]


def _structure(plan: Plan) -> Any:
    """Pillars joined to their sub-items, in the plan's order."""
    return Pillar.objects.filter(plan=plan).order_by("order", "sub_items__order")


def _node(result: NodeResult, code: str, name_zh: str, name_en: str, pillar: str | None) -> Record:
    return {
        "type": result.kind,
        "code": code,
        "name_zh": name_zh,
        "name_en": name_en,
        "pillar": pillar,
        **node_record(result),
        **{name: spelled(getattr(result, name)) for name in _MONEY},
        "execution_formula": result.execution_formula,
        "facts_seen": result.facts_seen,
        "facts_until": result.facts_until.isoformat() if result.facts_until else None,
        "algebra_version": ALGEBRA_VERSION,
    }
