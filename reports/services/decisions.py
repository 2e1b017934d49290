"""The secretariat makes, changes, closes and reopens decisions; each act says why and is kept as a step.

Every act is done to the revision that its author saw: of two at the same moment one is refused. Locks are taken in one
order: reporting quarters, reports, plan, decision.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import NoticeKind, Organisation, Role, User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused, record_act
from ministries.services.notices import people_of, tell
from programs.models import Plan
from programs.quarters import Quarter
from reports import typed
from reports.decided import COLUMNS, LONGEST_MEETING, DecisionContent
from reports.models import Decision, DecisionState, DecisionStep, Report, ReportingQuarter


@transaction.atomic
def make_decision(*, plan: Plan, content: DecisionContent, actor: User) -> Decision:
    """Gives the decision the next number of the year, asks the owner for progress from this quarter on, and tells them."""
    require(actor, Act.KEEP_DECISIONS)
    today = Quarter.containing(clock.today())
    content = _checked(content, plan, not_before=today)
    rounds = _lock_open_rounds(plan, today)
    Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    _refuse_twice(plan, content)
    year = Decision.objects.filter(plan=plan, year=today.year)
    decision = Decision(
        plan=plan,
        year=today.year,
        number=(year.aggregate(last=Max("number"))["last"] or 0) + 1,
        asked_from=today,
        made_at=clock.now(),
        made_by=actor,
        made_on_behalf_of=principal_of(actor, Act.KEEP_DECISIONS),
        **_columns(content),
    )
    decision.save(force_insert=True)
    decision.co_owners.set(content.co_owners)
    _take_step(decision, DecisionStep.Act.MADE, actor, content, changed=_difference(None, content))
    _give_owner_reports(decision, rounds)
    _tell_owners(decision, content)
    return decision


@transaction.atomic
def change_decision(
    *, decision: Decision, content: DecisionContent, reason: str, revision: int, actor: User
) -> Decision:
    """Changes what an open decision says; what it said before stays in its steps."""
    require(actor, Act.KEEP_DECISIONS)
    rounds = _lock_open_rounds(decision.plan, decision.asked_from)
    decision = _locked(decision)
    before = DecisionContent.of(decision)
    content = _checked(content, decision.plan, not_before=_earliest_due(decision, content))
    reason = _reason(reason)
    if content == before:
        raise Refused(_("內容沒有變動，無需修正。"))
    _require_open(decision)
    _require_seen(decision, revision)
    for name, value in _columns(content).items():
        setattr(decision, name, value)
    decision.revision += 1
    decision.save(update_fields=[*COLUMNS, "revision"])
    decision.co_owners.set(content.co_owners)
    changed = _difference(before, content)
    _take_step(decision, DecisionStep.Act.CHANGED, actor, content, reason, changed)
    if content.organisation != before.organisation:
        _give_owner_reports(decision, rounds)
    newcomers = {content.organisation, *content.co_owners} - {before.organisation, *before.co_owners}
    _tell_owners(decision, content, newcomers)
    return decision


@transaction.atomic
def close_decision(*, decision: Decision, reason: str, revision: int, actor: User) -> Decision:
    """Ends the asking (解除列管)."""
    require(actor, Act.KEEP_DECISIONS)
    decision = _locked(decision)
    _require_open(decision)
    _require_seen(decision, revision)
    reason = _reason(reason)
    decision.state, decision.closing_reason = DecisionState.CLOSED, reason
    decision.closed_at, decision.closed_by = clock.now(), actor
    decision.closed_on_behalf_of = principal_of(actor, Act.KEEP_DECISIONS)
    return _moved(decision, DecisionStep.Act.CLOSED, reason, actor)


@transaction.atomic
def reopen_decision(*, decision: Decision, reason: str, revision: int, actor: User) -> Decision:
    """Asks again, in the reports that are still with the owner and in those to come."""
    require(actor, Act.KEEP_DECISIONS)
    rounds = _lock_open_rounds(decision.plan, decision.asked_from)
    decision = _locked(decision)
    if decision.is_open:
        raise Refused(_("列管事項 %(code)s 已在列管中，請重新整理頁面。") % {"code": decision.code})
    _require_seen(decision, revision)
    reason = _reason(reason)
    decision.state, decision.closing_reason = DecisionState.OPEN, ""
    decision.closed_at = decision.closed_by = decision.closed_on_behalf_of = None
    decision = _moved(decision, DecisionStep.Act.REOPENED, reason, actor)
    _give_owner_reports(decision, rounds)
    _tell_owners(decision, DecisionContent.of(decision))
    return decision


def _refuse_twice(plan: Plan, content: DecisionContent) -> None:
    """A form that is sent twice makes one decision; the plan is locked."""
    same = Decision.objects.filter(plan=plan, state=DecisionState.OPEN, **_columns(content)).first()
    if same is not None:
        raise Refused(
            _("相同內容已列管為 %(code)s，未重複列管。") % {"code": same.code},
            {"text": _("與列管事項 %(code)s 完全相同。") % {"code": same.code}},
        )


def _moved(decision: Decision, act: DecisionStep.Act, reason: str, actor: User) -> Decision:
    decision.revision += 1
    decision.save(
        update_fields=["state", "closing_reason", "closed_at", "closed_by", "closed_on_behalf_of", "revision"]
    )
    _take_step(decision, act, actor, DecisionContent.of(decision), reason)
    return decision


def _locked(decision: Decision) -> Decision:
    return (
        Decision.objects.select_for_update(of=("self",))
        .select_related("plan", "organisation", "indicator", "program", "sub_item")
        .get(pk=decision.pk)
    )


def _require_open(decision: Decision) -> None:
    if not decision.is_open:
        raise Refused(_("列管事項 %(code)s 已解除列管；如須異動，請先恢復列管。") % {"code": decision.code})


def _require_seen(decision: Decision, revision: int) -> None:
    if decision.revision != revision:
        raise Refused(
            _("列管事項 %(code)s 已由他人更新，您的異動尚未儲存；請核對最新內容後再送出。")
            % {"code": decision.code}
        )


# --- what may be said -----------------------------------------------------------------------------------------
def _checked(content: DecisionContent, plan: Plan, not_before: Quarter) -> DecisionContent:
    """The content as it is kept; Refused names every field that is wrong."""
    errors: dict[str, str] = {}
    prose: dict[str, Any] = {}
    for name, longest in (
        ("text", typed.LONGEST_TEXT),
        ("background", typed.LONGEST_TEXT),
        ("meeting", LONGEST_MEETING),
    ):
        try:
            prose[name] = typed.words(getattr(content, name), longest)
        except typed.NotUnderstood as why:
            errors[name] = str(why)
    if prose.get("text") == "":
        errors["text"] = _("此欄必填。")
    if content.due_quarter < not_before:
        errors["due_quarter"] = _("限期不得早於%(quarter)s。") % {"quarter": not_before.label}
    if content.meeting_on and content.meeting_on > clock.today():
        errors["meeting_on"] = _("會議日期不得晚於今日。")
    for name, organisations in (
        ("organisation", {content.organisation}),
        ("co_owners", content.co_owners),
    ):
        if any(each.kind not in OWNER_KINDS or each.is_secretariat for each in organisations):
            errors[name] = _("請選擇部會或辦公室；執行秘書室本身不列為辦理機關。")
    if content.organisation in content.co_owners:
        errors["co_owners"] = _("主辦機關不必再列為協辦機關。")
    for name, linked in (
        ("indicator", content.indicator and content.indicator.plan_id),
        ("program", content.program and content.program.plan_id),
        ("sub_item", content.sub_item and content.sub_item.pillar.plan_id),
    ):
        if linked not in (None, plan.pk):
            errors[name] = _("所選項目不屬於本計畫。")
    if errors:
        raise Refused(_("列管事項尚未儲存，請更正下列各項。"), errors)
    return replace(content, **prose)


OWNER_KINDS = (Organisation.Kind.MINISTRY, Organisation.Kind.OFFICE)
"""Who can be given a decision: bodies that hand in reports."""


def _earliest_due(decision: Decision, content: DecisionContent) -> Quarter:
    """A due quarter that stays may have passed; a new one may not."""
    asked_from: Quarter = decision.asked_from
    if content.due_quarter == decision.due_quarter:
        return asked_from
    return max(asked_from, Quarter.containing(clock.today()))


def _reason(text: str) -> str:
    try:
        reason = typed.words(text)
    except typed.NotUnderstood as why:
        raise Refused(_("理由無法儲存，列管事項未變動。"), {"reason": str(why)}) from why
    if not reason:
        raise Refused(_("請說明理由；理由將留存於歷程。"), {"reason": _("此欄必填。")})
    return reason


# --- what follows ---------------------------------------------------------------------------------------------
def _columns(content: DecisionContent) -> dict[str, Any]:
    return {name: getattr(content, name) for name in COLUMNS}


def _take_step(
    decision: Decision,
    act: DecisionStep.Act,
    actor: User,
    content: DecisionContent,
    reason: str = "",
    changed: dict[str, list[Any]] | None = None,
) -> None:
    DecisionStep.objects.create(
        decision=decision,
        revision=decision.revision,
        act=act,
        reason=reason,
        at=clock.now(),
        by=actor,
        on_behalf_of=principal_of(actor, Act.KEEP_DECISIONS),
        co_owner_codes=_codes(content),
        **_columns(content),
    )
    record_act(
        actor=actor,
        act=Act.KEEP_DECISIONS,
        subject=decision,
        organisation=decision.organisation,
        detail={
            "decision": decision.code,
            "step": str(act),
            "revision": decision.revision,
            "reason": reason,
            "changed": changed or {},
        },
    )


def _difference(before: DecisionContent | None, after: DecisionContent) -> dict[str, list[Any]]:
    """Field → old and new as plain values; of a new decision everything that it says."""
    old, new = _plain(before) if before else {}, _plain(after)
    return {name: [old.get(name), new[name]] for name in new if old.get(name) != new[name]}


def _plain(content: DecisionContent) -> dict[str, Any]:
    plain = {name: str(value) if value else "" for name, value in _columns(content).items()}
    codes = {
        name: getattr(content, name).code if getattr(content, name) else ""
        for name in ("organisation", "indicator", "program", "sub_item")
    }
    return {**plain, **codes, "co_owners": _codes(content)}


def _codes(content: DecisionContent) -> list[str]:
    return sorted(each.code for each in content.co_owners)


def _lock_open_rounds(plan: Plan, first: Quarter) -> list[ReportingQuarter]:
    """The rounds that take entries now, from the quarter on, kept from closing until the act is done."""
    rounds = ReportingQuarter.objects.taking_entries().filter(plan=plan, quarter__gte=first)
    return list(rounds.select_for_update(no_key=True).order_by("pk"))


def _give_owner_reports(decision: Decision, rounds: list[ReportingQuarter]) -> None:
    """An owner that owes nothing else in an open round owes a report for the decision's sake."""
    for round_ in rounds:
        Report.objects.get_or_create(reporting_quarter=round_, organisation=decision.organisation)


def _tell_owners(
    decision: Decision, content: DecisionContent, owners: set[Organisation] | None = None
) -> None:
    """Once per revision, to the officers and approvers of the owner and of those who share it."""
    everybody = {content.organisation, *content.co_owners} if owners is None else owners
    for organisation in sorted(everybody, key=lambda each: each.code):
        tell(
            kind=NoticeKind.DECISION_MADE,
            key=f"decision:{decision.pk}:{decision.revision}",
            people=people_of(organisation, Role.OFFICER, Role.APPROVER),
            facts=facts_of(decision),
            path=path_of(decision),
            organisation=organisation,
        )


def facts_of(decision: Decision) -> dict[str, Any]:
    """What letters print of it."""
    due: Quarter = decision.due_quarter
    return {
        "about": {"zh": f"列管事項 {decision.code}", "en": f"Decision {decision.code}"},
        "lines": [decision.text],
        "due_on": due.last_day.isoformat(),
    }


def path_of(decision: Decision) -> str:
    """The decision's page, without language prefix."""
    return f"/decisions/{decision.code}/"
