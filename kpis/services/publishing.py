"""Publishing freezes a quarter: everything the public is told, as canonical JSON under its SHA-256 digest.

The text is complete in itself (names, targets, series), so that nothing that changes later can change it. Numbers
are decimal strings; the same figures always give the same text.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from kpis import selectors
from kpis.models import Aggregation, Indicator, MilestoneStage, Observation, Publication, Target
from kpis.models.publications import digest_of
from kpis.results import IndicatorResult, MemberResult, NodeResult, Windows
from kpis.rollup import ALGEBRA_VERSION
from kpis.services import rollups
from ministries import clock
from ministries.models import DemonstrationRun, Organisation, User
from programs.milestones import Told, milestones_of_plan
from programs.models import Pillar, Plan, SubItem
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
]
_RATES = ["rate_numerator", "rate_denominator", "expected_numerator", "expected_denominator"]
_NO_STANDING = {**dict.fromkeys(_RATES), "achieved": None, "light": ""}
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
    "programs_related",
    "milestones_due",
    "milestones_reached",
    "milestones_reached_late",
    "milestones_overdue",
]
_NODE_AMOUNTS = [
    "score_numerator",
    "score_denominator",
    "planned_numerator",
    "actual_numerator",
    "progress_denominator",
]


@dataclass(frozen=True)
class Frozen:
    """What a publication says, before it is one: canonical JSON and its SHA-256."""

    content: str
    digest: str
    is_demonstration: bool


def frozen(plan: Plan, quarter: Quarter) -> Frozen:
    """The quarter as its figures stand; of what is noted as stale they know nothing yet."""
    is_demonstration = DemonstrationRun.objects.exists()
    content = canonical(frozen_content(plan, quarter, is_demonstration))
    return Frozen(content, digest_of(content), is_demonstration)


@transaction.atomic
def freeze(*, plan: Plan, quarter: Quarter) -> Frozen:
    """The quarter once nothing of the plan is stale."""
    # Not only what is noted: a worker may hold the newest note, and its figure would be frozen as it was before.
    rollups.rebuild(plan=plan)
    return frozen(plan, quarter)


@transaction.atomic
def publish(*, plan: Plan, quarter: Quarter, actor: User, content: Frozen | None = None) -> Publication:
    """Publishes what was frozen, or the quarter as it stands now; the caller has checked who may."""
    content = content or freeze(plan=plan, quarter=quarter)
    return Publication.objects.create(
        plan=plan,
        quarter=quarter,
        published_at=clock.now(),
        published_by=actor,
        content=content.content,
        digest=content.digest,
        algebra_version=ALGEBRA_VERSION,
        is_demonstration=content.is_demonstration,
    )


def canonical(content: dict[str, Any]) -> str:
    """One text for one content: keys sorted, no spaces, characters as they are."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def frozen_content(plan: Plan, quarter: Quarter, demonstration: bool) -> dict[str, Any]:
    """What a publication of the quarter says; see docs/methodology/ for the meaning of each key."""
    series = _series(plan, quarter)
    parts = _parts(plan, quarter)
    last_words = _last_statements(plan, quarter)
    return {
        "plan": plan.code,
        "quarter": quarter.code,
        "algebra_version": ALGEBRA_VERSION,
        "demonstration": demonstration,
        "indicators": [
            _indicator(each, quarter, series[each.pk], parts, last_words)
            for each in _indicators(plan)
            if each.pk in series
        ],
        "nodes": _nodes(plan, quarter),
        "programs": _programs(plan, quarter),
    }


def _indicators(plan: Plan) -> list[Indicator]:
    targets = Prefetch("targets", Target.objects.order_by("-effective_from"), to_attr="newest_targets")
    return list(
        Indicator.objects.filter(plan=plan)
        .select_related("pillar")
        .prefetch_related(targets, "stages", "owners__organisation__names")
        .order_by("pillar__order", "order")
    )


def _series(plan: Plan, quarter: Quarter) -> dict[int, list[IndicatorResult]]:
    """Indicator → its figures over all organisations up to the quarter, oldest first."""
    found: dict[int, list[IndicatorResult]] = defaultdict(list)
    for figure in selectors.indicator_results(plan, quarter, since=plan.first_quarter):
        found[figure.indicator_id].append(figure)
    return found


def _parts(plan: Plan, quarter: Quarter) -> dict[tuple[int, int], MemberResult]:
    """(indicator, organisation) → the organisation's own part in the quarter."""
    return {
        (part.indicator_id, part.organisation_id): part for part in selectors.member_results(plan, quarter)
    }


def _last_statements(plan: Plan, quarter: Quarter) -> dict[tuple[int, int], str]:
    """(indicator, organisation) → what was stated in the very quarter."""
    rows = Observation.objects.filter(
        indicator__plan=plan, quarter=quarter, superseded_at__isnull=True
    ).values_list("indicator_id", "organisation_id", "statement")
    return {(indicator, organisation): statement for indicator, organisation, statement in rows}


def target_in_force(indicator: Indicator, quarter: Quarter) -> Target | None:
    """The target that holds in the quarter; reads the prefetched `newest_targets`."""
    return selectors.in_force(indicator.newest_targets, quarter)  # type: ignore[attr-defined]


def _indicator(
    indicator: Indicator,
    quarter: Quarter,
    figures: list[IndicatorResult],
    parts: dict[tuple[int, int], MemberResult],
    last_words: dict[tuple[int, int], str],
) -> dict[str, Any]:
    target = target_in_force(indicator, quarter)
    series = [figure_record(each, _reached(each, indicator)) for each in figures]
    return {
        **{name: getattr(indicator, name) for name in _INDICATOR_WORDS},
        "pillar": indicator.pillar.code if indicator.pillar else None,
        "baseline": spelled(indicator.baseline),
        "target": target_record(target),
        "targets": _held(indicator, [each.quarter for each in figures]),
        "window": "year" if target and target.frequency == "annual" else "plan",
        "figure": series[-1],
        "series": series,
        "organisations": [
            {
                **_names(owner.organisation, quarter),
                "named_by_plan": owner.named_by_plan,
                "statement": last_words.get((indicator.pk, owner.organisation_id)),
                "figure": _part(parts[indicator.pk, owner.organisation_id], indicator),
            }
            for owner in indicator.owners.all()
            if (indicator.pk, owner.organisation_id) in parts
        ],
    }


def _held(indicator: Indicator, quarters: Iterable[Quarter]) -> list[dict[str, Any]]:
    """Every target that the series was held against, from the quarter on in which it began to hold."""
    held: list[tuple[Quarter, Target | None]] = []
    for quarter in quarters:
        target = target_in_force(indicator, quarter)
        if not held or held[-1][1] != target:
            held.append((quarter, target))
    return [{"since": since.code, "target": target_record(target)} for since, target in held]


def target_record(target: Target | None) -> dict[str, Any] | None:
    if target is None:
        return None
    return {
        "comparator": target.comparator,
        "value": spelled(target.value),
        "value_max": spelled(target.value_max),
        "tolerance": spelled(target.tolerance),
        "frequency": target.frequency,
        "year": target.year,
    }


def _reached(figure: Windows, indicator: Indicator) -> MilestoneStage | None:
    if indicator.aggregation != Aggregation.MILESTONE:
        return None
    return stage_reached(figure, indicator.stages.all())


def stage_reached(figure: Windows, stages: Iterable[MilestoneStage]) -> MilestoneStage | None:
    """The last of a milestone's stages that the plan to date has reached."""
    if figure.plan_numerator is None:
        return None
    reached = [each for each in stages if each.share <= figure.plan_numerator]
    return max(reached, key=lambda each: each.share, default=None)


def _part(part: MemberResult, indicator: Indicator) -> dict[str, Any]:
    """A part is held against no target of its own."""
    return _windows(part, _reached(part, indicator)) | _NO_STANDING


def figure_record(figure: IndicatorResult, stage: MilestoneStage | None) -> dict[str, Any]:
    """A figure in the words of a publication: amounts, how it stands against the target, from which facts."""
    return {
        **_windows(figure, stage),
        **{name: spelled(getattr(figure, name)) for name in _RATES},
        "achieved": figure.achieved,
        "light": figure.light,
        "weight": spelled(figure.weight),
        "facts_seen": figure.facts_seen,
        "facts_until": figure.facts_until.isoformat() if figure.facts_until else None,
    }


def _windows(figure: Windows, stage: MilestoneStage | None) -> dict[str, Any]:
    return {
        "quarter": figure.quarter.code,
        **{name: spelled(getattr(figure, name)) for name in _AMOUNTS},
        "stated": figure.stated,
        "owed": figure.owed,
        "last_stated": figure.last_stated.code if figure.last_stated else None,
        "stage_zh": stage.name_zh if stage else None,
        "stage_en": stage.name_en if stage else None,
    }


def _names(organisation: Organisation, quarter: Quarter) -> dict[str, str]:
    name = organisation.name_on(quarter.last_day)
    return {"code": organisation.code, "name_zh": name.name_zh, "name_en": name.name_en}


def _nodes(plan: Plan, quarter: Quarter) -> list[dict[str, Any]]:
    """Plan, pillars, sub-items and organisations, in this order and each kind in its own."""
    found = {(node.kind, node.node_id): node for node in selectors.node_results(plan, quarter)}
    keys: list[tuple[str, int, dict[str, str]]] = [("plan", plan.pk, _record(plan))]
    pillars = list(plan.pillars.prefetch_related("sub_items"))
    keys += [("pillar", each.pk, _record(each)) for each in pillars]
    keys += [("sub_item", each.pk, _record(each)) for pillar in pillars for each in pillar.sub_items.all()]
    organisations = Organisation.objects.filter(
        pk__in=[node_id for kind, node_id in found if kind == "organisation"]
    )
    keys += [
        ("organisation", each.pk, _names(each, quarter))
        for each in organisations.prefetch_related("names").order_by("order", "code")
    ]
    return [{"type": kind, **words, **node_record(found[kind, pk])} for kind, pk, words in keys]


def _programs(plan: Plan, quarter: Quarter) -> list[dict[str, Any]]:
    """How the milestones of every programme stand that has any, by its code."""
    found = milestones_of_plan(plan, quarter, clock.now())
    return [{"code": code, "milestones": [_milestone(each) for each in told]} for code, told in found.items()]


def _milestone(told: Told) -> dict[str, Any]:
    days = {name: getattr(told, name) for name in ("due_on", "first_due_on", "reached_on")}
    return {
        **{name: getattr(told, name) for name in ("code", "name_zh", "name_en", "state")},
        **{name: day.isoformat() if day else None for name, day in days.items()},
        "demonstration": told.is_demonstration,
    }


def _record(record: Plan | Pillar | SubItem) -> dict[str, str]:
    return {"code": record.code, "name_zh": record.name_zh, "name_en": record.name_en}


def node_record(node: NodeResult) -> dict[str, Any]:
    """A node in the words of a publication."""
    return {
        **{name: getattr(node, name) for name in _NODE_COUNTS},
        **{name: spelled(getattr(node, name)) for name in _NODE_AMOUNTS},
    }


def spelled(number: Decimal | None) -> str | None:
    """The shortest plain spelling of an exact decimal: 600, 0.25, never 6E+2."""
    if number is None:
        return None
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
