"""Records must fit together: codes are given once, references point at something, periods run forward.

Limits of single values belong to the reader. What the database holds already comes in as `Known`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _

from kpis.imports.bases import Record
from kpis.imports.checking import Checker, Known
from kpis.imports.indicator_checks import check_indicators
from kpis.imports.records import (
    FileRecord,
    OrganisationRecord,
    PillarRecord,
    PlanRecord,
    SubItemRecord,
    TransferRecord,
)
from kpis.imports.standard_checks import check_rules, check_standards, quarters_of
from kpis.imports.table_checks import check_programs, check_tables


def check_organisations(
    check: Checker,
    organisations: Sequence[OrganisationRecord],
    transfers: Sequence[TransferRecord],
    known: Known,
) -> None:
    codes = {each.code for each in organisations} | known.organisations
    check.once(organisations, lambda each: each.code, "code")
    check.once([each for each in organisations if each.oid], lambda each: each.oid, "oid")
    parents = {each.code: each.parent for each in organisations}
    for organisation in organisations:
        check.refers(organisation, "parent", organisation.parent, codes)
        if _leads_to_itself(organisation.code, parents):
            check.complain(organisation, "parent", _("上級機關循環。"))
        _check_names(check, organisation)
    check.once(transfers, lambda each: each.code, "code")
    for transfer in transfers:
        check.refers(transfer, "from_organisation", transfer.from_organisation, codes)
        check.refers(transfer, "to_organisation", transfer.to_organisation, codes)
        check.not_itself(transfer, "to_organisation", transfer.from_organisation, transfer.to_organisation)


def _leads_to_itself(code: str, parents: Mapping[str, str | None]) -> bool:
    above = parents.get(code)
    for _step in parents:
        if above is None or above == code:
            break
        above = parents.get(above)
    return above == code


def _check_names(check: Checker, organisation: OrganisationRecord) -> None:
    """Names hold for periods, end exclusive, that never overlap."""
    names = sorted(organisation.names, key=lambda each: each.valid_from or date.min)
    for name in names:
        check.forward(name, "valid_from", "valid_until", may_equal=False)
    for earlier, later in pairwise(names):
        if (earlier.valid_until or date.max) > (later.valid_from or date.min):
            check.complain(later, "valid_from", _("與「%(name)s」的期間重疊。") % {"name": earlier.name_zh})


def check_plan(
    check: Checker,
    group: FileRecord,
    organisations: Collection[str],
    pillars_of_plans: Mapping[str, Collection[str]],
) -> None:
    """Checks one plan; `organisations` and `pillars_of_plans` are all codes that it may refer to."""
    if group.plan:
        _check_plan_itself(check, group.plan, pillars_of_plans)
    check.once(group.oversight, lambda each: (each.organisation, each.role), "organisation")
    for role in group.oversight:
        check.refers(role, "organisation", role.organisation, organisations)
    check.once(group.pillars, lambda each: each.code, "code")
    sub_items = [sub_item for pillar in group.pillars for sub_item in pillar.sub_items]
    check.once(sub_items, lambda each: each.code, "code")
    for pillar in group.pillars:
        _check_pillar(check, pillar, organisations)
        _check_lineage(check, pillar, group.plan, pillars_of_plans)
    for sub_item in sub_items:
        _check_responsibilities(check, sub_item, organisations)
    pillars = {each.code for each in group.pillars}
    codes = {each.code for each in sub_items}
    check_programs(check, group.programs, organisations)
    check_tables(check, group, organisations, pillars, codes)
    quarters = quarters_of(group.plan)
    check_standards(check, group.monitoring_standards, quarters)
    check_rules(check, group.check_rules, quarters)
    check_indicators(check, group.indicators, organisations, pillars, codes, quarters)


def check_decided(check: Checker, group: FileRecord, decided: Collection[str]) -> None:
    """Files do not say over again what was decided after the plan was printed."""

    def free(record: Record, name: str, code: str) -> None:
        if code in decided:
            check.complain(
                record, name, _("「%(code)s」已由核定後之變更使用，檔案不得重複。") % {"code": code}
            )

    for program in group.programs:
        free(program, "code", program.code)
        for part in program.parts:
            free(part, "code", f"{program.code} {part.code}")
        for milestone in program.milestones:
            free(milestone, "code", f"{program.code} {milestone.code}")
            free(milestone, "code", f"{program.code} {milestone.code} {milestone.effective_from}")
    for indicator in group.indicators:
        for owner in indicator.owners:
            free(owner, "organisation", f"{indicator.code} {owner.organisation}")


def _check_plan_itself(
    check: Checker, plan: PlanRecord, pillars_of_plans: Mapping[str, Collection[str]]
) -> None:
    check.forward(plan, "starts_on", "ends_on", may_equal=False)
    check.refers(plan, "predecessor", plan.predecessor, pillars_of_plans)
    check.not_itself(plan, "predecessor", plan.code, plan.predecessor)


def _check_pillar(check: Checker, pillar: PillarRecord, organisations: Collection[str]) -> None:
    if pillar.participants:
        named = pillar.participants.organisations
        for code in named:
            check.refers(pillar.participants, "organisations", code, organisations)
        if len(set(named)) < len(named):
            check.complain(pillar.participants, "organisations", _("同一機關列了兩次。"))
    own = {each.code for each in pillar.sub_items}
    for task in pillar.key_tasks:
        check.refers(task, "sub_item", task.sub_item, own)


def _check_lineage(
    check: Checker,
    pillar: PillarRecord,
    plan: PlanRecord | None,
    pillars_of_plans: Mapping[str, Collection[str]],
) -> None:
    check.once(pillar.came_from, lambda each: (each.plan, each.pillar), "pillar")
    for origin in pillar.came_from:
        check.refers(origin, "plan", origin.plan, pillars_of_plans)
        if origin.plan in pillars_of_plans:
            check.refers(origin, "pillar", origin.pillar, pillars_of_plans[origin.plan])
        check.not_itself(origin, "plan", plan.code if plan else "", origin.plan)


def _check_responsibilities(check: Checker, sub_item: SubItemRecord, organisations: Collection[str]) -> None:
    for responsibility in sub_item.responsibilities:
        check.refers(responsibility, "organisation", responsibility.organisation, organisations)
        check.refers(responsibility, "unit_organisation", responsibility.unit_organisation, organisations)
        if bool(responsibility.organisation) == bool(responsibility.placeholder):
            check.complain(
                responsibility, "organisation", _("organisation 與 placeholder 須擇一填寫，且只能填一個。")
            )
        if responsibility.unit_is_principal and not responsibility.unit:
            check.complain(responsibility, "unit", _("unit_is_principal 為 true 時，須填單位。"))
    if sub_item.responsibilities and not sub_item.responsibilities_printed:
        check.complain(sub_item, "responsibilities_printed", _("有分工時，須填分工表的原文。"))
