"""A programme is revised (計畫修正) on one of six grounds: its ministry proposes, the secretariat's head decides.

What an approval changes is added from its quarter on: other milestones, another period. What held before stays, and no
closed or published quarter is touched. Open rounds follow by themselves (`reports.services.rosters`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused
from programs.models import (
    MilestoneObservation,
    PlanChange,
    Program,
    ProgramMilestone,
    ProgramVersion,
    RevisionGround,
    Standing,
)
from programs.quarters import Quarter
from programs.selectors import milestones_in_force
from reports.models import ProgramRevision, ProposedMilestone, RequestState
from reports.program_contents import MilestoneWish, Period, RevisionContent
from reports.services.program_requests import (
    answer,
    first_free_quarter,
    locked_open,
    locked_program,
    named_in_both,
    note_proposed,
    require_another,
    require_none_open,
    require_wanted,
    responsible_for,
    understood,
    why_not_from,
)

Deed = ProposedMilestone.Deed
_NUMBERED = re.compile(r"M(\d{1,4})", re.ASCII)


@transaction.atomic
def propose_revision(*, program: Program, content: RevisionContent, actor: User) -> ProgramRevision:
    """Asks the secretariat's head for a revision; one at a time for each programme."""
    organisation = responsible_for(program)
    require(actor, Act.PROPOSE_CHANGE, organisation)
    program = locked_program(program)
    require_wanted(program)
    require_none_open(program.programrevisions.filter(state=RequestState.PROPOSED).first())
    explanation = understood("explanation", content.explanation, needed=False)
    wishes, errors = _wishes(program, content)
    if not explanation:
        errors["explanation"] = _("此欄必填。")
    if errors:
        raise Refused(_("請更正下列各項，申請尚未送出。"), errors)
    if not wishes and content.period is None:
        raise Refused(
            _("請至少變更期程或一項查核點；申請尚未送出。"), {"explanation": _("沒有任何變更內容。")}
        )
    assert content.effective_from is not None
    period = content.period
    revision = ProgramRevision.objects.create(
        program=program,
        organisation=organisation,
        ground=content.ground,
        explanation=explanation,
        effective_from=content.effective_from,
        changes_period=period is not None,
        period_printed=period.printed if period else "",
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        proposed_at=clock.now(),
        proposed_by=actor,
        proposed_for=principal_of(actor, Act.PROPOSE_CHANGE, organisation),
    )
    for wish in wishes:
        wish.revision = revision
    ProposedMilestone.objects.bulk_create(wishes)
    note_proposed(
        revision,
        actor,
        named_in_both("計畫修正", "Programme revision", program),
        {"ground": content.ground, "effective_from": str(content.effective_from), "milestones": len(wishes)},
    )
    return revision


@transaction.atomic
def decide_revision(*, revision: ProgramRevision, approve: bool, words: str, actor: User) -> ProgramRevision:
    """Approves the revision, which then holds from its quarter on, or refuses it with words."""
    require(actor, Act.DECIDE_CHANGE)
    revision = locked_open(revision)
    require_another(revision, actor)
    words = understood("words", words, needed=not approve)
    change = _carried_out(revision, actor) if approve else None
    told = named_in_both("計畫修正", "Programme revision", revision.program)
    answer(revision, actor=actor, words=words, change=change, told=told)
    return revision


# --- what may be proposed ---------------------------------------------------------------------------------
def _wishes(program: Program, content: RevisionContent) -> tuple[list[ProposedMilestone], dict[str, str]]:
    """The milestones that are to become others, unsaved; and what is wrong with the proposal, by field."""
    errors: dict[str, str] = {}
    if content.ground not in RevisionGround.values:
        errors["ground"] = _("請從選項中擇一。")
    quarter = content.effective_from
    if quarter is None or not first_free_quarter(program) <= quarter <= program.plan.last_quarter:
        errors["effective_from"] = why_not_from(program.plan, first_free_quarter(program))
        return [], errors
    standing = program.standing_in(quarter)
    wrong = _errors_of_period(standing, content.period)
    errors |= wrong
    known = {each.code: each for each in _milestones_of(program, quarter)}
    ends = content.period if content.period and not wrong else standing
    wishes = []
    for wish in content.milestones:
        milestone = known.get(wish.code) if wish.code else None
        if wish.code and milestone is None:
            errors[f"{wish.place}-due_on"] = _("此查核點於該季已不適用；請重新開啟本頁。")
        elif milestone is None or _differs(wish, milestone):
            errors |= _errors_of_wish(program, wish, milestone, quarter, ends)
            wishes.append((wish, milestone))
    if errors:
        return [], errors
    numbers = _free_numbers(program)
    return [_proposed(wish, milestone, numbers) for wish, milestone in wishes], errors


def _milestones_of(program: Program, quarter: Quarter) -> list[ProgramMilestone]:
    return [each for each in milestones_in_force(program.plan, quarter) if each.program_id == program.pk]


def _differs(wish: MilestoneWish, milestone: ProgramMilestone) -> bool:
    stays = (milestone.name_zh, milestone.name_en, milestone.due_on)
    return wish.is_dropped or (wish.name_zh, wish.name_en, wish.due_on) != stays


def _errors_of_period(standing: Standing, period: Period | None) -> dict[str, str]:
    if period is None:
        return {}
    if period.end is not None and period.end < period.start:
        return {"period_end": _("迄日不得早於起日。")}
    if (period.printed, period.start, period.end) == (
        standing.period_printed,
        standing.period_start,
        standing.period_end,
    ):
        return {"period_printed": _("與現行期程相同；不變更期程時，請留空。")}
    return {}


def _errors_of_wish(
    program: Program,
    wish: MilestoneWish,
    milestone: ProgramMilestone | None,
    quarter: Quarter,
    period: Period | Standing,
) -> dict[str, str]:
    errors = {}
    if milestone is not None:
        if milestone.effective_from >= quarter:
            errors["due_on"] = _("此查核點自%(quarter)s起始適用，請選擇較晚的生效季別。") % {
                "quarter": milestone.effective_from.label
            }
        elif _is_reached(milestone):
            errors["due_on"] = _("此查核點已核定完成，不得再變更。")
    if not wish.is_dropped and not errors:
        if not wish.name_zh:
            errors["name_zh"] = _("此欄必填。")
        if why := _why_not_due(wish, quarter, period):
            errors["due_on"] = why
    return {f"{wish.place}-{name}": message for name, message in errors.items()}


def _why_not_due(wish: MilestoneWish, quarter: Quarter, period: Period | Standing) -> str:
    start, end = (
        (period.start, period.end) if isinstance(period, Period) else (period.period_start, period.period_end)
    )
    if wish.due_on is None:
        return _("此欄必填。")
    if wish.due_on < quarter.first_day:
        return _("預定完成日期不得早於生效季別。")
    if (start and wish.due_on < start) or (end and wish.due_on > end):
        return _("預定完成日期須在計畫期程內。")
    return ""


def _is_reached(milestone: ProgramMilestone) -> bool:
    return MilestoneObservation.objects.filter(
        milestone__program=milestone.program_id,
        milestone__code=milestone.code,
        statement=MilestoneObservation.Statement.REACHED,
        superseded_at__isnull=True,
    ).exists()


def _free_numbers(program: Program) -> Iterator[int]:
    """Numbers after the last milestone that the programme ever had."""
    codes = [_NUMBERED.fullmatch(each.code) for each in program.milestones.all()]
    number = max((int(code[1]) for code in codes if code), default=0)
    while True:
        number += 1
        yield number


def _proposed(
    wish: MilestoneWish, milestone: ProgramMilestone | None, numbers: Iterator[int]
) -> ProposedMilestone:
    if milestone is None:
        assert wish.due_on is not None
        return ProposedMilestone(
            deed=Deed.ADD,
            code=f"M{next(numbers)}",
            name_zh=wish.name_zh,
            name_en=wish.name_en,
            due_on=wish.due_on,
        )
    if wish.is_dropped:
        wish = replace(wish, name_zh=milestone.name_zh, name_en=milestone.name_en, due_on=milestone.due_on)
    assert wish.due_on is not None
    return ProposedMilestone(
        deed=Deed.DROP if wish.is_dropped else Deed.CHANGE,
        milestone=milestone,
        code=milestone.code,
        name_zh=wish.name_zh,
        name_en=wish.name_en,
        due_on=wish.due_on,
    )


# --- what an approval changes -----------------------------------------------------------------------------
def _carried_out(revision: ProgramRevision, actor: User) -> PlanChange:
    """Adds what is to hold from the revision's quarter on; Refused where the ground has moved since it was proposed."""
    program, quarter = revision.program, revision.effective_from
    if (program.released_from and program.released_from <= quarter) or first_free_quarter(program) > quarter:
        raise Refused(
            _(
                "%(quarter)s已截止、已公布，或本計畫已有較晚之變更，此申請不能再依原季別生效；請不同意並請機關重新提出。"
            )
            % {"quarter": quarter.label}
        )
    wishes = list(revision.milestones.select_related("milestone"))
    in_force = _milestones_of(program, quarter)
    taken = {each.code for each in program.milestones.all()}
    moved = any(
        each.code in taken if each.milestone is None else each.milestone not in in_force for each in wishes
    )
    if moved:
        raise Refused(_("申請提出後，查核點已另有變動；請不同意並請機關重新提出。"))
    change = PlanChange.objects.create(
        plan=program.plan,
        program=program,
        kind=PlanChange.Kind.REVISED,
        effective_from=quarter,
        ground=revision.ground,
        words=revision.explanation,
        made_at=clock.now(),
        made_by=actor,
        on_behalf_of=principal_of(actor, Act.DECIDE_CHANGE),
    )
    if revision.changes_period:
        _change_period(revision, change)
    _change_milestones(revision, wishes, change)
    return change


def _change_period(revision: ProgramRevision, change: PlanChange) -> None:
    """A version with the new period, and all else as it is."""
    standing = revision.program.standing_in(revision.effective_from)
    ProgramVersion.objects.create(
        program=revision.program,
        effective_from=revision.effective_from,
        change=change,
        organisation=standing.organisation,
        name_zh=standing.name_zh,
        name_en=standing.name_en,
        kind=standing.kind,
        name_is_provisional=standing.name_is_provisional,
        period_printed=revision.period_printed,
        period_start=revision.period_start,
        period_end=revision.period_end,
    )


def _change_milestones(
    revision: ProgramRevision, wishes: list[ProposedMilestone], change: PlanChange
) -> None:
    dropped = ProposedMilestone.objects.filter(revision=revision, deed=Deed.DROP)
    ProgramMilestone.objects.filter(pk__in=dropped.values("milestone")).update(
        dropped_from=revision.effective_from, dropped_by=change
    )
    for wish in wishes:
        if wish.deed == Deed.DROP:
            continue
        ProgramMilestone.objects.create(
            program=revision.program,
            code=wish.code,
            name_zh=wish.name_zh,
            name_en=wish.name_en,
            due_on=wish.due_on,
            effective_from=revision.effective_from,
            is_demonstration=bool(wish.milestone and wish.milestone.is_demonstration),
            change=change,
        )
