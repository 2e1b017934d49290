"""Plan files are loaded whole or not at all, and loading them again changes nothing.

Files are read and checked by `kpis.imports` first. What is in the database but not in the files stays where it has
a life of its own (organisations, programmes, targets, owners …) or where facts refer to it; the result names it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import models, transaction

from kpis.imports import Known, read_sources
from kpis.imports.records import FileRecord, OrganisationRecord, TransferRecord
from kpis.imports.standard_records import CheckRuleRecord
from kpis.models import (
    CheckRule,
    Indicator,
    IndicatorWeight,
    MilestoneStage,
    MonitoringStandard,
    ScheduledShare,
    Target,
)
from kpis.models.indicators import IndicatorOwner
from kpis.services.plan_contents import PlanContents
from kpis.services.plan_rows import in_levels, plain, sourced
from kpis.services.rollups import mark_stale
from kpis.services.synchronising import Changes
from ministries.models import FunctionTransfer, Organisation, OrganisationName
from programs.models import Pillar, Plan, Program, ProgramMilestone, ProgramPart

# A change to one of these may change a stored figure; nodes are composed when read, from whatever belongs to them then.
_FIGURES_REST_ON: frozenset[type[models.Model]] = frozenset(
    {
        Indicator,
        IndicatorOwner,
        MilestoneStage,
        Target,
        IndicatorWeight,
        MonitoringStandard,
        ScheduledShare,
        Plan,
    }
)


@dataclass(frozen=True)
class LoadResult:
    """The plans loaded, in the order of their beginning, and what loading them changed."""

    plans: tuple[Plan, ...]
    created: int
    updated: int
    deleted: int
    left: tuple[str, ...]


def load_plans(paths: Sequence[Path]) -> LoadResult:
    """Loads files and folders of plans in one transaction; raises PlanFilesRefused with every problem found."""
    sources = read_sources(paths, known_codes())
    changes = Changes()
    with transaction.atomic():
        _save_organisations(changes, sources.organisations)
        _save_transfers(changes, sources.function_transfers)
        _save_check_rules(changes, sources.check_rules)
        plans = tuple(_save_plan(changes, group) for group in sources.plans)
    return LoadResult(plans, changes.created, changes.updated, changes.deleted, tuple(changes.left))


def known_codes() -> Known:
    """What the database holds already, for files that build on it."""
    pillars = Pillar.objects.values_list("plan__code", "code")
    codes: dict[str, set[str]] = {code: set() for code in Plan.objects.values_list("code", flat=True)}
    for plan, pillar in pillars:
        codes[plan].add(pillar)
    return Known(
        organisations=frozenset(Organisation.objects.values_list("code", flat=True)),
        pillars_of_plans={plan: frozenset(own) for plan, own in codes.items()},
        decided_of_plans={plan: frozenset(own) for plan, own in _decided_codes().items()},
    )


def _decided_codes() -> dict[str, set[str]]:
    """Plan → what was decided after it was printed, in the words of `Known`."""
    decided: dict[str, set[str]] = defaultdict(set)
    for plan, code in Program.objects.filter(joined_from__isnull=False).values_list("plan__code", "code"):
        decided[plan].add(code)
    parts = ProgramPart.objects.filter(change__isnull=False)
    for plan, program, code in parts.values_list("program__plan__code", "program__code", "code"):
        decided[plan].add(f"{program} {code}")
    printed = set(ProgramMilestone.objects.filter(change__isnull=True).values_list("program_id", "code"))
    milestones = ProgramMilestone.objects.filter(change__isnull=False).select_related("program__plan")
    for each in milestones:
        program, of_plan = each.program.code, decided[each.program.plan.code]
        of_plan.add(f"{program} {each.code} {each.effective_from}")
        if (each.program_id, each.code) not in printed:
            of_plan.add(f"{program} {each.code}")
    owners = IndicatorOwner.objects.filter(change__isnull=False)
    for plan, indicator, code in owners.values_list(
        "indicator__plan__code", "indicator__code", "organisation__code"
    ):
        decided[plan].add(f"{indicator} {code}")
    return decided


def _save_organisations(changes: Changes, records: Sequence[OrganisationRecord]) -> None:
    """Adds and renames; organisations that other files named stay as they are."""
    by_code = {each.code: each for each in Organisation.objects.all()}
    order = {each.code: place for place, each in enumerate(records, 1)}
    for level in in_levels(records, lambda each: each.code, lambda each: each.parent):
        rows = [
            plain(each, Organisation)
            | sourced(each.source)
            | {"parent": by_code[each.parent] if each.parent else None, "order": order[each.code]}
            for each in level
        ]
        scope = Organisation.objects.filter(code__in=[each.code for each in level])
        by_code |= {each.code: each for each in changes.synchronise(scope, ["code"], rows)}
    names = [
        plain(name, OrganisationName)
        | sourced(name.source or each.source)
        | {"organisation": by_code[each.code]}
        for each in records
        for name in each.names
    ]
    of_these = OrganisationName.objects.filter(organisation__code__in=order)
    changes.synchronise(of_these, ["organisation", "valid_from"], names)


def _save_transfers(changes: Changes, records: Sequence[TransferRecord]) -> None:
    by_code = {each.code: each for each in Organisation.objects.all()}
    rows = [
        plain(each, FunctionTransfer)
        | sourced(each.source)
        | {
            "from_organisation": by_code[each.from_organisation],
            "to_organisation": by_code[each.to_organisation],
        }
        for each in records
    ]
    scope = FunctionTransfer.objects.filter(code__in=[each.code for each in records])
    changes.synchronise(scope, ["code"], rows)


def _save_check_rules(changes: Changes, records: Sequence[CheckRuleRecord]) -> None:
    """Those of every plan."""
    rows = [plain(each, CheckRule) | {"plan": None} for each in records]
    scope = CheckRule.objects.filter(plan=None, code__in=[each.code for each in records])
    changes.synchronise(scope, ["code", "effective_from"], rows, keep=True)


def _save_plan(changes: Changes, group: FileRecord) -> Plan:
    """Saves one plan with all that belongs to it; figures that may have changed are noted as stale."""
    record = group.plan
    if record is None:
        raise ValueError("checked files of a plan have a plan")
    changes.touched.clear()
    row = plain(record, Plan) | sourced(record.source)
    row["predecessor"] = Plan.objects.get(code=record.predecessor) if record.predecessor else None
    (plan,) = changes.synchronise(Plan.objects.filter(code=record.code), ["code"], [row])
    contents = PlanContents(changes, plan, {each.code: each for each in Organisation.objects.all()})
    contents.save(group)
    if changes.touched & _FIGURES_REST_ON and plan.is_managed:
        mark_stale(indicators=plan.indicators.values_list("pk", flat=True))
    return plan
