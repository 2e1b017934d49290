"""Two ministries that owe a few lines of every kind, and people enough to be each other's deputies and reviewers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kpis.models import Indicator, IndicatorOwner, MilestoneStage
from ministries.models import Organisation, Role, User
from ministries.services import grant_role
from programs.models import Pillar, Plan, Program, ProgramMilestone, Responsibility, SubItem
from programs.quarters import Quarter
from reports import services
from reports.contents import LineContent
from reports.models import Line, LineStatement
from tests import rounds

FIRST = Quarter.of(2031, 1)
KINDS_OF_INDICATORS = {"flow": "both", "ratio": "NDC", "milestone": "MOE", "stock": "MOE"}

ROLES: dict[str, list[tuple[str, Role]]] = {
    "officer": [("NDC", Role.OFFICER)],
    "second officer": [("NDC", Role.OFFICER)],
    "officer who approves": [("NDC", Role.OFFICER), ("NDC", Role.APPROVER)],
    "approver": [("NDC", Role.APPROVER)],
    "manager": [("NDC", Role.ACCOUNT_MANAGER)],
    "other officer": [("MOE", Role.OFFICER)],
    "other approver": [("MOE", Role.APPROVER)],
    "other manager": [("MOE", Role.ACCOUNT_MANAGER)],
    "reviewer": [("", Role.REVIEWER)],
    "second reviewer": [("", Role.REVIEWER)],
    "reviewer who reports": [("", Role.REVIEWER), ("MOE", Role.OFFICER), ("NDC", Role.APPROVER)],
    "head": [("", Role.HEAD)],
    "administrator": [("", Role.ADMINISTRATOR)],
    "auditor": [("", Role.AUDITOR)],
    "nobody": [],
}


@dataclass(frozen=True)
class Stage:
    """Where random acts happen: the plan, its two ministries and the secretariat, and everybody by key."""

    plan: Plan
    ministries: tuple[Organisation, ...]
    secretariat: Organisation
    people: tuple[int, ...]


def set_the_stage() -> Stage:
    """A managed plan of one year; the plan that was loaded is managed no more."""
    Plan.objects.update(is_managed=False)
    plan = Plan.objects.create(
        code="any-order",
        name_zh="計畫",
        name_en="Plan",
        starts_on=date(2031, 1, 1),
        ends_on=date(2031, 12, 31),
        is_managed=True,
    )
    ministries = {code: Organisation.objects.get(code=code) for code in ("NDC", "MOE")}
    _owe(plan, ministries)
    services.create_quarters(plan=plan)
    secretariat = Organisation.objects.get(is_secretariat=True)
    people = []
    for name, roles in ROLES.items():
        user = User.objects.create_user(f"{name.replace(' ', '-')}@any.test", "x" * 16, name=name)
        people.append(user.pk)
        for code, role in roles:
            grant_role(user=user, organisation=ministries.get(code, secretariat), role=role, actor=None)
    return Stage(plan, tuple(ministries.values()), secretariat, tuple(people))


def _owe(plan: Plan, ministries: dict[str, Organisation]) -> None:
    pillar = Pillar.objects.create(plan=plan, code="1", order=1, name_zh="一", name_en="One")
    for order, (kind, whose) in enumerate(KINDS_OF_INDICATORS.items(), start=1):
        indicator = Indicator.objects.create(
            plan=plan,
            pillar=pillar,
            code=f"K{order}",
            kind=Indicator.Kind.KEY_RESULT,
            order=order,
            name_zh="指標",
            name_en="Indicator",
            aggregation=kind,
        )
        if kind == "milestone":
            MilestoneStage.objects.create(
                indicator=indicator, order=1, share=1, name_zh="完成", name_en="Done"
            )
        for code, organisation in ministries.items():
            if whose in ("both", code):
                IndicatorOwner.objects.create(
                    indicator=indicator, organisation=organisation, named_by_plan=True
                )
    sub_item = SubItem.objects.create(pillar=pillar, code="1.1", order=1, name_zh="子項", name_en="Sub-item")
    Responsibility.objects.create(sub_item=sub_item, organisation=ministries["NDC"], order=1, role="lead")
    program = Program.objects.create(
        plan=plan,
        code="P1",
        organisation=ministries["MOE"],
        kind=Program.Kind.NEW,
        name_zh="計畫",
        name_en="Programme",
    )
    ProgramMilestone.objects.create(
        program=program, code="M1", name_zh="查核點", due_on=date(2031, 2, 1), effective_from=FIRST
    )


@dataclass(frozen=True)
class Written:
    """Something somebody may write: whether a draft may hold it, and whether it may be handed in."""

    content: LineContent
    is_possible: bool = True
    is_complete: bool = True


def _worked(line: Line, number: int) -> Written:
    content = rounds.content_for(line, number + 1)
    return Written(replace(content, narrative=f"第 {number} 次說明。"))


def _explained_as_not_applicable(line: Line, number: int) -> Written:
    said = LineContent(statement=LineStatement.NOT_APPLICABLE, narrative=f"不適用，理由 {number}。")
    return Written(said)


def _words_alone(line: Line, number: int) -> Written:
    return Written(LineContent(narrative=f"尚未選填 {number}。"), is_complete=False)


def _nothing(line: Line, number: int) -> Written:
    return Written(LineContent(), is_complete=False)


def _more_than_all(line: Line, number: int) -> Written:
    content = replace(rounds.content_for(line), actual_progress=Decimal(101))
    return Written(content, is_possible=False)


WRITTEN: tuple[Callable[[Line, int], Written], ...] = (
    _worked,
    _worked,
    _explained_as_not_applicable,
    _words_alone,
    _nothing,
    _more_than_all,
)
