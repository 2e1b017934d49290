"""The administrator lets programmes join the plan, and changes who and what they are: from a quarter on, with its words.

Nothing printed is overwritten and nothing decided is taken back; no closed or published quarter is touched. Open
rounds follow by themselves (`reports.services.rosters`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kpis.models import Indicator, IndicatorOwner
from kpis.services import rollups
from ministries import clock
from ministries.models import NoticeKind, Organisation, Role, User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused, record_act
from ministries.services.notices import people_of_each, tell
from programs.models import Plan, PlanChange, Program, ProgramMark, ProgramPart, ProgramVersion
from programs.quarters import Quarter
from programs.selectors import marks_in_force
from reports.program_contents import Joining, MarkWish, PartWish, StandingContent
from reports.services.program_requests import (
    first_changeable_quarter,
    first_free_quarter,
    locked_program,
    locked_rounds,
    understood,
    why_not_from,
)

Kind = PlanChange.Kind
_NUMBERED = re.compile(r"N(\d{1,4})", re.ASCII)


# --- from when --------------------------------------------------------------------------------------------
def first_quarter_to_govern(plan: Plan, program: Program | None = None) -> Quarter:
    """The first quarter that may still be changed, and in which no later standing of the programme holds."""
    return first_changeable_quarter(plan) if program is None else first_free_quarter(program)


def _errors_of_quarter(plan: Plan, quarter: Quarter | None, first: Quarter) -> dict[str, str]:
    if quarter is not None and first <= quarter <= plan.last_quarter:
        return {}
    return {"effective_from": why_not_from(plan, first)}


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise Refused(_("請更正下列各項，未作任何變動。"), errors)


def _words(text: str) -> tuple[str, dict[str, str]]:
    said = understood("words", text, needed=False)
    return said, {} if said else {"words": _("此欄必填。")}


# --- the change, its record, and word of it ---------------------------------------------------------------
def _changed(
    plan: Plan,
    kind: PlanChange.Kind,
    quarter: Quarter,
    words: str,
    actor: User,
    program: Program | None = None,
) -> PlanChange:
    return PlanChange.objects.create(
        plan=plan,
        program=program,
        kind=kind,
        effective_from=quarter,
        words=words,
        made_at=clock.now(),
        made_by=actor,
        on_behalf_of=principal_of(actor, Act.GOVERN_PLAN),
    )


def _note(
    change: PlanChange,
    actor: User,
    organisations: Iterable[Organisation],
    about: dict[str, str],
    path: str,
    **detail: Any,
) -> None:
    """The audit row, and word to those whose work changes."""
    record_act(
        actor=actor,
        act=Act.GOVERN_PLAN,
        subject=change,
        detail={"kind": str(change.kind), "effective_from": str(change.effective_from), **detail},
    )
    people = people_of_each(set(organisations), Role.OFFICER, Role.APPROVER)
    tell(
        kind=NoticeKind.CHANGE_DECIDED,
        key=f"planchange:{change.pk}",
        people=[person for group in people.values() for person in group],
        facts={"about": about, "by": str(actor), "said": change.words},
        path=path,
    )


def _about(change: PlanChange, code: str, name_zh: str, name_en: str) -> dict[str, str]:
    titles = {
        Kind.JOINED: ("新增列管計畫", "New programme"),
        Kind.STANDING: ("計畫基本資料變更", "Change of a programme"),
        Kind.MARKS: ("計畫註記變更", "Change of a programme's marks"),
        Kind.PARTS: ("計畫分項變更", "Change of a programme's parts"),
        Kind.OWNERS: ("指標填報機關變更", "Change of who reports an indicator"),
    }
    zh, en = titles[Kind(change.kind)]
    return {"zh": f"{zh}：{code} {name_zh}", "en": f"{en}: {code} {name_en}"}


# --- joining ----------------------------------------------------------------------------------------------
@transaction.atomic
def join_program(*, plan: Plan, content: Joining, actor: User) -> Program:
    """A programme joins the plan from a quarter on, with its parts and marks."""
    require(actor, Act.GOVERN_PLAN)
    locked_rounds(plan)
    # One at a time: the next code is counted.
    plan = Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    words, errors = _words(content.words)
    errors |= _errors_of_quarter(plan, content.effective_from, first_quarter_to_govern(plan))
    errors |= _errors_of_standing(content.standing)
    if not any(each.kind in (ProgramMark.Kind.PRIMARY, ProgramMark.Kind.RELATED) for each in content.marks):
        errors["marks"] = _("請至少於一欄註記。")
    if content.predecessor is not None and content.predecessor.plan_id != plan.pk:
        errors["predecessor"] = _("請從選項中擇一。")
    errors |= _errors_of_joining_twice(plan, content)
    _refuse(errors)
    assert content.effective_from is not None
    program = Program.objects.create(
        plan=plan,
        code=_free_code(plan),
        purpose_zh=content.purpose_zh,
        purpose_en=content.purpose_en,
        predecessor=content.predecessor,
        joined_from=content.effective_from,
        **vars(content.standing),
    )
    change = _changed(plan, Kind.JOINED, content.effective_from, words, actor, program)
    for part in content.parts:
        _add_part(program, part, change)
    ProgramMark.objects.bulk_create(
        ProgramMark(
            program=program,
            column=mark.column,
            kind=mark.kind,
            effective_from=change.effective_from,
            change=change,
        )
        for mark in content.marks
        if mark.kind != ProgramMark.Kind.NONE
    )
    _note_program(change, program, actor, [program.organisation])
    return program


def _errors_of_joining_twice(plan: Plan, content: Joining) -> dict[str, str]:
    """A form that is sent twice lets one programme join; the plan is locked."""
    standing = content.standing
    same = plan.programs.filter(
        name_zh=standing.name_zh, organisation=standing.organisation, joined_from=content.effective_from
    ).first()
    if content.effective_from is None or same is None:
        return {}
    return {"name_zh": _("同一機關已有同名計畫 %(code)s 自該季列管，未重複新增。") % {"code": same.code}}


def _free_code(plan: Plan) -> str:
    codes = [_NUMBERED.fullmatch(code) for code in plan.programs.values_list("code", flat=True)]
    return f"N{max((int(code[1]) for code in codes if code), default=0) + 1:02}"


def _errors_of_standing(standing: StandingContent) -> dict[str, str]:
    errors = {}
    for name in ("name_zh", "name_en"):
        if not getattr(standing, name):
            errors[name] = _("此欄必填。")
    if standing.kind not in Program.Kind.values:
        errors["kind"] = _("請從選項中擇一。")
    start, end = standing.period_start, standing.period_end
    if standing.period_printed and start is None:
        errors["period_start"] = _("此欄必填。")
    if (start or end) and not standing.period_printed:
        errors["period_printed"] = _("此欄必填。")
    if start and end and end < start:
        errors["period_end"] = _("迄日不得早於起日。")
    return errors


def _note_program(
    change: PlanChange, program: Program, actor: User, organisations: Iterable[Organisation], **detail: Any
) -> None:
    _note(
        change,
        actor,
        organisations,
        _about(change, program.code, program.name_zh, program.name_en),
        f"/programs/{program.code}/",
        program=program.code,
        **detail,
    )


# --- what is said of a programme as a whole ---------------------------------------------------------------
@transaction.atomic
def change_standing(
    *, program: Program, standing: StandingContent, effective_from: Quarter | None, words: str, actor: User
) -> PlanChange:
    """Another name, type, period or organisation, from a quarter on."""
    require(actor, Act.GOVERN_PLAN)
    program = locked_program(program)
    _require_kept(program)
    words, errors = _words(words)
    errors |= _errors_of_quarter(program.plan, effective_from, first_quarter_to_govern(program.plan, program))
    errors |= _errors_of_standing(standing)
    _refuse(errors)
    assert effective_from is not None
    before = program.standing_in(effective_from)
    if StandingContent.of(before) == standing:
        raise Refused(_("與現行資料相同，未作任何變動。"), {"name_zh": _("沒有任何變更內容。")})
    change = _changed(program.plan, Kind.STANDING, effective_from, words, actor, program)
    ProgramVersion.objects.create(
        program=program, effective_from=effective_from, change=change, **vars(standing)
    )
    _note_program(change, program, actor, [before.organisation, standing.organisation])
    return change


def _require_kept(program: Program) -> None:
    if program.released_from:
        raise Refused(
            _("本計畫自%(quarter)s起解除列管，不再變更。") % {"quarter": program.released_from.label}
        )


# --- marks and parts --------------------------------------------------------------------------------------
@transaction.atomic
def change_marks(
    *,
    program: Program,
    marks: Sequence[MarkWish],
    effective_from: Quarter | None,
    words: str,
    actor: User,
) -> PlanChange:
    """Other marks in some columns from a quarter on; wishes for what stands there already ask for nothing."""
    require(actor, Act.GOVERN_PLAN)
    program = locked_program(program)
    _require_kept(program)
    words, errors = _words(words)
    first = max(
        first_quarter_to_govern(program.plan),
        program.joined_from or program.plan.first_quarter,
        *(each.effective_from + 1 for each in program.later_marks.all()),
    )
    errors |= _errors_of_quarter(program.plan, effective_from, first)
    _refuse(errors)
    assert effective_from is not None
    held = marks_of(program, effective_from)
    wanted = [each for each in marks if (each.kind, each.part_id) != held.get(each.column.pk, _NO_MARK)]
    for each in wanted:
        if each.part is not None and not each.part.holds_in(effective_from):
            errors[f"column-{each.column.pk}"] = _("此分項於該季不適用。")
    _refuse(errors)
    if not wanted:
        raise Refused(_("與現行資料相同，未作任何變動。"), {"words": _("沒有任何變更內容。")})
    left = held | {each.column.pk: (each.kind, each.part_id) for each in wanted}
    if all(kind == ProgramMark.Kind.NONE for kind, _part in left.values()):
        raise Refused(_("請至少於一欄註記。"), {"words": _("請至少於一欄註記。")})
    change = _changed(program.plan, Kind.MARKS, effective_from, words, actor, program)
    ProgramMark.objects.bulk_create(
        ProgramMark(
            program=program,
            column=each.column,
            kind=each.kind,
            part=each.part,
            effective_from=effective_from,
            change=change,
        )
        for each in wanted
    )
    _note_program(
        change, program, actor, [program.standing_in(effective_from).organisation], columns=len(wanted)
    )
    return change


_NO_MARK: tuple[str, int | None] = (ProgramMark.Kind.NONE, None)


def marks_of(program: Program, quarter: Quarter) -> dict[int, tuple[str, int | None]]:
    """Column → the programme's mark there in the quarter, and the part that bears it."""
    return {
        each.column_id: (each.kind, each.part_id)
        for each in marks_in_force(program.plan, quarter)
        if each.program_id == program.pk and each.column_id
    }


@transaction.atomic
def add_part(
    *, program: Program, part: PartWish, effective_from: Quarter | None, words: str, actor: User
) -> ProgramPart:
    """Names a part of the programme that marks may be given to from a quarter on."""
    require(actor, Act.GOVERN_PLAN)
    program = locked_program(program)
    _require_kept(program)
    words, errors = _words(words)
    errors |= _errors_of_quarter(program.plan, effective_from, _first_for_parts(program))
    for name in ("name_zh", "name_en"):
        if not getattr(part, name):
            errors[name] = _("此欄必填。")
    same = program.parts.filter(name_zh=part.name_zh, dropped_from__isnull=True).first()
    if part.name_zh and same is not None:
        errors["name_zh"] = _("本計畫已有同名分項 %(code)s，未重複新增。") % {"code": same.code}
    _refuse(errors)
    assert effective_from is not None
    change = _changed(program.plan, Kind.PARTS, effective_from, words, actor, program)
    added = _add_part(program, part, change)
    _note_program(
        change, program, actor, [program.standing_in(effective_from).organisation], added=added.code
    )
    return added


def _first_for_parts(program: Program) -> Quarter:
    return max(first_quarter_to_govern(program.plan), program.joined_from or program.plan.first_quarter)


def _add_part(program: Program, part: PartWish, change: PlanChange) -> ProgramPart:
    number = program.parts.filter(change__isnull=False).count() + 1
    return ProgramPart.objects.create(
        program=program,
        code=f"{program.code}.N{number}",
        name_zh=part.name_zh,
        name_en=part.name_en,
        effective_from=change.effective_from,
        change=change,
    )


@transaction.atomic
def end_part(*, part: ProgramPart, effective_from: Quarter | None, words: str, actor: User) -> PlanChange:
    """Ends a part that bears no mark any more, from a quarter on."""
    require(actor, Act.GOVERN_PLAN)
    program = locked_program(part.program)
    _require_kept(program)
    part = ProgramPart.objects.select_for_update().get(pk=part.pk)
    if part.dropped_from:
        raise Refused(_("此分項自%(quarter)s起已取消。") % {"quarter": part.dropped_from.label})
    words, errors = _words(words)
    first = max(
        _first_for_parts(program),
        part.effective_from + 1 if part.effective_from else program.plan.first_quarter,
    )
    errors |= _errors_of_quarter(program.plan, effective_from, first)
    _refuse(errors)
    assert effective_from is not None
    later = program.later_marks.filter(part=part, effective_from__gte=effective_from).exists()
    if later or any(held == part.pk for _kind, held in marks_of(program, effective_from).values()):
        raise Refused(_("此分項於該季仍有註記，未作任何變動。"), {"part": _("請先變更註記，再取消分項。")})
    change = _changed(program.plan, Kind.PARTS, effective_from, words, actor, program)
    part.dropped_from, part.dropped_by = effective_from, change
    part.save(update_fields=["dropped_from", "dropped_by"])
    _note_program(change, program, actor, [program.standing_in(effective_from).organisation], ended=part.code)
    return change


# --- who reports an indicator -----------------------------------------------------------------------------
@transaction.atomic
def change_owner(
    *,
    indicator: Indicator,
    leaving: Organisation | None,
    joining: Organisation | None,
    effective_from: Quarter | None,
    words: str,
    actor: User,
) -> PlanChange:
    """From a quarter on one organisation reports the indicator no more, another one does, or both; never nobody."""
    require(actor, Act.GOVERN_PLAN)
    locked_rounds(indicator.plan)
    indicator = Indicator.objects.select_for_update(of=("self",)).select_related("plan").get(pk=indicator.pk)
    plan = indicator.plan
    words, errors = _words(words)
    errors |= _errors_of_quarter(plan, effective_from, first_quarter_to_govern(plan))
    if leaving is None and joining is None:
        errors["joining"] = _("請至少選擇一個機關。")
    _refuse(errors)
    assert effective_from is not None
    owners = list(indicator.owners.select_for_update(of=("self",)).select_related("organisation"))
    errors |= _errors_of_owners(owners, leaving, joining, effective_from)
    _refuse(errors)
    change = _changed(plan, Kind.OWNERS, effective_from, words, actor)
    if leaving is not None:
        IndicatorOwner.objects.filter(indicator=indicator, organisation=leaving).update(
            until_quarter=effective_from - 1, ended_by=change
        )
    if joining is not None:
        IndicatorOwner.objects.create(
            indicator=indicator,
            organisation=joining,
            named_by_plan=False,
            from_quarter=effective_from,
            change=change,
        )
    rollups.mark_stale(indicators=[indicator.pk])
    _note(
        change,
        actor,
        [each for each in (leaving, joining) if each],
        _about(change, indicator.code, indicator.name_zh, indicator.name_en),
        f"/owners/{indicator.code}/",
        indicator=indicator.code,
        leaving=leaving.code if leaving else None,
        joining=joining.code if joining else None,
    )
    return change


def _errors_of_owners(
    owners: Sequence[IndicatorOwner],
    leaving: Organisation | None,
    joining: Organisation | None,
    quarter: Quarter,
) -> dict[str, str]:
    errors = {}
    known = {each.organisation_id: each for each in owners}
    left = known.get(leaving.pk) if leaving else None
    if leaving is not None and (left is None or left.until_quarter is not None):
        errors["leaving"] = _("此機關於該季以後並無填報責任。")
    elif left and left.from_quarter is not None and left.from_quarter >= quarter:
        errors["effective_from"] = _("此機關自%(quarter)s始負責填報，請選擇較晚的生效季別。") % {
            "quarter": left.from_quarter.label
        }
    if joining is not None and joining.pk in known:
        errors["joining"] = _("此機關負責或曾負責填報本指標，不得重複指定。")
    stays = [each for each in owners if each.until_quarter is None and each is not left]
    if joining is None and not stays and not errors:
        errors["joining"] = _("指標須至少有一個填報機關。")
    return errors
