"""Publishing freezes a quarter: everything the public is told, as canonical JSON under its SHA-256 digest.

The text is complete in itself (names, targets, series), so that nothing that changes later can change it. Numbers
are decimal strings; the same figures always give the same text.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from kpis.models import Indicator, IndicatorFigure, NodeFigure, Observation, Publication, Target
from kpis.rollup import ALGEBRA_VERSION
from kpis.services import rollups
from ministries import clock
from ministries.models import DemonstrationRun, Organisation, User
from programs.models import Plan
from programs.quarters import Quarter

_INDICATOR_WORDS = [
    "code",
    "kind",
    "order",
    "name_zh",
    "name_en",
    "definition_zh",
    "definition_en",
    "definition_is_provisional",
    "unit_zh",
    "unit_en",
    "aggregation",
    "decimal_places",
    "baseline_statement_zh",
    "baseline_statement_en",
    "source_table",
    "source_row",
    "source_printed",
]
_AMOUNTS = [
    "quarter_numerator",
    "quarter_denominator",
    "year_numerator",
    "year_denominator",
    "plan_numerator",
    "plan_denominator",
    "rate_numerator",
    "rate_denominator",
]
_PLAIN = ["expected_numerator", "expected_denominator", "achieved", "light", "stated", "owed"]
_NODE_COUNTS = [
    "indicators",
    "green",
    "yellow",
    "red",
    "grey",
    "unlit",
    "stated",
    "owed",
    "programs",
    "programs_stated",
]
_NODE_AMOUNTS = [
    "score_numerator",
    "score_denominator",
    "planned_numerator",
    "actual_numerator",
    "progress_denominator",
]


@transaction.atomic
def publish(*, plan: Plan, quarter: Quarter, actor: User) -> Publication:
    """Freezes the quarter as it stands once nothing of the plan is stale; the caller has checked who may."""
    rollups.recompute_plan(plan.pk)
    demonstration = DemonstrationRun.objects.exists()
    content = canonical(frozen_content(plan, quarter, demonstration))
    return Publication.objects.create(
        plan=plan,
        quarter=quarter,
        published_at=clock.now(),
        published_by=actor,
        content=content,
        digest=digest_of(content),
        algebra_version=ALGEBRA_VERSION,
        is_demonstration=demonstration,
    )


def canonical(content: dict[str, Any]) -> str:
    """One text for one content: keys sorted, no spaces, characters as they are."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def frozen_content(plan: Plan, quarter: Quarter, demonstration: bool) -> dict[str, Any]:
    """What a publication of the quarter says; see docs/methodology/ for the meaning of each key."""
    figures = _figures(plan, quarter)
    last_words = _last_statements(plan, quarter)
    return {
        "plan": plan.code,
        "quarter": quarter.code,
        "algebra_version": ALGEBRA_VERSION,
        "demonstration": demonstration,
        "indicators": [
            _indicator(each, quarter, figures[each.pk], last_words)
            for each in _indicators(plan)
            if each.pk in figures
        ],
        "nodes": _nodes(plan, quarter),
    }


def _indicators(plan: Plan) -> list[Indicator]:
    targets = Prefetch("targets", Target.objects.order_by("-effective_from"), to_attr="newest_targets")
    return list(
        Indicator.objects.filter(plan=plan)
        .select_related("pillar")
        .prefetch_related(targets, "stages", "owners__organisation__names")
        .order_by("pillar__order", "order")
    )


def _figures(plan: Plan, quarter: Quarter) -> dict[int, dict[int | None, list[IndicatorFigure]]]:
    """Indicator → organisation (None is all) → its figures up to the quarter, oldest first."""
    found: dict[int, dict[int | None, list[IndicatorFigure]]] = defaultdict(lambda: defaultdict(list))
    rows = IndicatorFigure.objects.filter(indicator__plan=plan, quarter__lte=quarter).order_by("quarter")
    for figure in rows:
        found[figure.indicator_id][figure.organisation_id].append(figure)
    return found


def _last_statements(plan: Plan, quarter: Quarter) -> dict[tuple[int, int], str]:
    """(indicator, organisation) → what was stated in the very quarter."""
    rows = Observation.objects.filter(
        indicator__plan=plan, quarter=quarter, superseded_at__isnull=True
    ).values_list("indicator_id", "organisation_id", "statement")
    return {(indicator, organisation): statement for indicator, organisation, statement in rows}


def target_in_force(indicator: Indicator, quarter: Quarter) -> Target | None:
    """The newest target that holds in the quarter; reads the prefetched `newest_targets`."""
    held = [
        each
        for each in indicator.newest_targets  # type: ignore[attr-defined]
        if each.effective_from <= quarter and each.year in (None, quarter.year)
    ]
    return max(held, key=lambda each: (each.effective_from, each.year is not None), default=None)


def _indicator(
    indicator: Indicator,
    quarter: Quarter,
    figures: dict[int | None, list[IndicatorFigure]],
    last_words: dict[tuple[int, int], str],
) -> dict[str, Any]:
    target = target_in_force(indicator, quarter)
    series = [_figure(each, indicator) for each in figures[None]]
    return {
        **{name: getattr(indicator, name) for name in _INDICATOR_WORDS},
        "pillar": indicator.pillar.code if indicator.pillar else None,
        "baseline": _text(indicator.baseline),
        "target": _target(target),
        "window": "year" if target and target.frequency == "annual" else "plan",
        "figure": series[-1],
        "series": series,
        "organisations": [
            {
                **_names(owner.organisation, quarter),
                "named_by_plan": owner.named_by_plan,
                "statement": last_words.get((indicator.pk, owner.organisation_id)),
                "figure": _figure(figures[owner.organisation_id][-1], indicator),
            }
            for owner in indicator.owners.all()
            if figures.get(owner.organisation_id)
        ],
    }


def _target(target: Target | None) -> dict[str, Any] | None:
    if target is None:
        return None
    return {
        "comparator": target.comparator,
        "value": _text(target.value),
        "value_max": _text(target.value_max),
        "tolerance": _text(target.tolerance),
        "frequency": target.frequency,
        "year": target.year,
    }


def _figure(figure: IndicatorFigure, indicator: Indicator) -> dict[str, Any]:
    stage = None
    if indicator.aggregation == "milestone" and figure.plan_numerator is not None:
        reached = [each for each in indicator.stages.all() if each.share <= figure.plan_numerator]
        stage = max(reached, key=lambda each: each.share, default=None)
    return {
        "quarter": figure.quarter.code,
        **{name: _text(getattr(figure, name)) for name in _AMOUNTS},
        **{name: getattr(figure, name) for name in _PLAIN},
        "last_stated": figure.last_stated.code if figure.last_stated else None,
        "stage_zh": stage.name_zh if stage else None,
        "stage_en": stage.name_en if stage else None,
    }


def _names(organisation: Organisation, quarter: Quarter) -> dict[str, str]:
    name = organisation.name_on(quarter.last_day)
    return {"code": organisation.code, "name_zh": name.name_zh, "name_en": name.name_en}


def _nodes(plan: Plan, quarter: Quarter) -> list[dict[str, Any]]:
    rows = (
        NodeFigure.objects.filter(plan=plan, quarter=quarter)
        .select_related("plan", "pillar", "sub_item", "organisation")
        .prefetch_related("organisation__names")
        .order_by("pillar__order", "sub_item__pillar__order", "sub_item__order", "organisation__order")
    )
    return [
        {
            **_node_key(node, quarter),
            **{name: getattr(node, name) for name in _NODE_COUNTS},
            **{name: _text(getattr(node, name)) for name in _NODE_AMOUNTS},
        }
        for node in rows
    ]


def _node_key(node: NodeFigure, quarter: Quarter) -> dict[str, str]:
    if node.organisation:
        return {"type": "organisation", **_names(node.organisation, quarter)}
    kind = "pillar" if node.pillar else "sub_item" if node.sub_item else "plan"
    record = node.pillar or node.sub_item or node.plan
    return {"type": kind, "code": record.code, "name_zh": record.name_zh, "name_en": record.name_en}


def _text(number: Decimal | None) -> str | None:
    """The shortest plain spelling of an exact decimal: 600, 0.25, never 6E+2."""
    if number is None:
        return None
    spelled = format(number, "f")
    return spelled.rstrip("0").rstrip(".") if "." in spelled else spelled
