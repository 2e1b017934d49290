"""A target changes only on a ground, from a quarter that is not published yet, and by the decision of somebody else.

What may be promised of an indicator is said by `kpis.services.revising`. Locks are taken in one order: reporting
quarters, indicator, proposal.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kpis.models import Indicator, IndicatorOwner
from kpis.services.revising import Terms, problems_of, revise_target
from ministries import clock
from ministries.models import NoticeKind, Organisation, Role, User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused, people_of, record_act, tell
from programs.quarters import Quarter
from reports import typed
from reports.models import ReportingQuarter, TargetProposal

State = TargetProposal.State


@transaction.atomic
def propose_target(
    *, indicator: Indicator, organisation: Organisation, terms: Terms, ground: str, actor: User
) -> TargetProposal:
    """Puts other terms before the head; the organisation owes the indicator in the quarter from which they are to hold.

    Refused names the fields where the terms do not fit the indicator, change nothing, or come too late.
    """
    require(actor, Act.PROPOSE_CHANGE, organisation)
    ground = _words(ground, "ground")
    indicator = _locked(indicator, terms.effective_from)
    errors = _problems(indicator, terms)
    if not ground:
        errors["ground"] = _("請說明修正目標的理由。")
    if "effective_from" not in errors and not _owes(organisation, indicator, terms.effective_from):
        errors["effective_from"] = _("貴機關於%(quarter)s不負責填報此指標，不得自該季起修正其目標。") % {
            "quarter": terms.effective_from.label
        }
    _raise(errors)
    if indicator.target_proposals.filter(state=State.PROPOSED, year=terms.year).exists():
        raise Refused(_("此指標同一適用年度已有待決定的修正提案；請俟決定或撤回後，再行提出。"))
    proposal = TargetProposal.objects.create(
        indicator=indicator,
        organisation=organisation,
        **terms.as_fields(),
        ground=ground,
        proposed_at=clock.now(),
        proposed_by=actor,
        proposed_on_behalf_of=principal_of(actor, Act.PROPOSE_CHANGE, organisation),
    )
    _record(proposal, actor, Act.PROPOSE_CHANGE, {"deed": "propose", "ground": ground})
    secretariat = Organisation.objects.get(is_secretariat=True)
    tell(
        kind=NoticeKind.CHANGE_PROPOSED,
        key=f"target:{proposal.pk}",
        people=people_of(secretariat, Role.HEAD),
        facts={**_facts(proposal), "by": actor.name, "said": ground},
        path=_path(proposal),
        organisation=organisation,
    )
    return proposal


@transaction.atomic
def withdraw_proposal(*, proposal: TargetProposal, actor: User) -> TargetProposal:
    """Takes the proposal back, by anybody who may propose for its organisation; it stays on record."""
    require(actor, Act.PROPOSE_CHANGE, proposal.organisation)
    proposal = _still_open(proposal)
    _close(proposal, State.WITHDRAWN, actor, principal_of(actor, Act.PROPOSE_CHANGE, proposal.organisation))
    _record(proposal, actor, Act.PROPOSE_CHANGE, {"deed": "withdraw"})
    return proposal


@transaction.atomic
def decide_target(*, proposal: TargetProposal, approve: bool, actor: User, words: str = "") -> TargetProposal:
    """Answers the proposal once: approved, its terms become a target and figures follow; refusing needs words.

    Nobody decides what they proposed, neither for themselves nor as anybody's deputy. What was right when it was
    proposed is asked again: a quarter may have been published meanwhile.
    """
    require(actor, Act.DECIDE_CHANGE)
    words = _words(words, "decision")
    indicator = _locked(proposal.indicator, proposal.effective_from)
    proposal = _still_open(proposal)
    principal = principal_of(actor, Act.DECIDE_CHANGE)
    if _sides_of(actor, principal) & _sides_of(proposal.proposed_by, proposal.proposed_on_behalf_of):
        raise Refused(_("提案人不得決定自己的提案，亦不得以代理人身分為之；請由其他有權人員決定。"))
    if approve:
        terms = Terms.of(proposal)
        problems = _problems(indicator, terms)
        if problems:
            raise Refused(
                _("提案後情況已有變更，無法同意：%(reasons)s") % {"reasons": _("；").join(problems.values())}
            )
        proposal.target = revise_target(
            indicator=indicator, terms=terms, ground=proposal.ground, decided_on=clock.today()
        )
    elif not words:
        raise Refused(_("不同意時，請說明理由。"), {"decision": _("此欄必填。")})
    _close(proposal, State.APPROVED if approve else State.REFUSED, actor, principal, words)
    _record(proposal, actor, Act.DECIDE_CHANGE, {"deed": str(proposal.state), "words": words})
    tell(
        kind=NoticeKind.CHANGE_DECIDED,
        key=f"target:{proposal.pk}",
        people=[each for each in (proposal.proposed_by, proposal.proposed_on_behalf_of) if each],
        facts={
            **_facts(proposal),
            "by": actor.name,
            "said": words,
            "outcome": {"zh": "已同意", "en": "Approved"} if approve else {"zh": "不同意", "en": "Refused"},
        },
        path=_path(proposal),
        organisation=proposal.organisation,
    )
    return proposal


def _words(text: str, name: str) -> str:
    try:
        return typed.words(text)
    except typed.NotUnderstood as why:
        raise Refused(_("文字無法儲存，提案未變動。"), {name: str(why)}) from why


def _locked(indicator: Indicator, effective_from: Quarter) -> Indicator:
    """The indicator, one change at a time; no quarter from the effective one on is published while it is looked at."""
    list(
        ReportingQuarter.objects.raw(
            "SELECT id FROM reports_reportingquarter WHERE plan_id = %s AND quarter >= %s ORDER BY id FOR SHARE",
            [indicator.plan_id, effective_from.ordinal],
        )
    )
    return (
        Indicator.objects.select_for_update(of=("self",), no_key=True)
        .select_related("plan")
        .prefetch_related("targets__schedule")
        .get(pk=indicator.pk)
    )


def _problems(indicator: Indicator, terms: Terms) -> dict[str, str]:
    """Why the terms cannot hold from their quarter on; also where what was published would have to change."""
    published = (
        ReportingQuarter.objects.filter(
            plan=indicator.plan_id, quarter__gte=terms.effective_from, published_at__isnull=False
        )
        .order_by("-quarter")
        .first()
    )
    if published is None:
        return problems_of(indicator, terms)
    message = _("%(quarter)s已公布，其目標不再變動；請自其後的季別起適用。")
    too_late = {"effective_from": message % {"quarter": published.quarter.label}}
    return {name: why for name, why in problems_of(indicator, terms).items() if name} | too_late


def _owes(organisation: Organisation, indicator: Indicator, quarter: Quarter) -> bool:
    return IndicatorOwner.objects.filter(
        Q(from_quarter__isnull=True) | Q(from_quarter__lte=quarter),
        Q(until_quarter__isnull=True) | Q(until_quarter__gte=quarter),
        indicator=indicator,
        organisation=organisation,
    ).exists()


def _raise(errors: dict[str, str]) -> None:
    """A problem of the whole stands under "" and is the message; those of fields stand at their fields."""
    if errors:
        raise Refused(errors.get("") or _("提案未提出，請更正下列各項。"), errors)


def _still_open(proposal: TargetProposal) -> TargetProposal:
    """The proposal as it stands now, locked; of two who answer it at once the second finds it answered."""
    proposal = (
        TargetProposal.objects.select_for_update(of=("self",))
        .select_related(
            "indicator__plan", "organisation", "proposed_by", "proposed_on_behalf_of", "decided_by"
        )
        .get(pk=proposal.pk)
    )
    if not proposal.is_open:
        raise Refused(
            _("此提案已由%(person)s處理（%(state)s），不能再次辦理。")
            % {"person": proposal.decided_by, "state": proposal.get_state_display()}
        )
    return proposal


def _close(
    proposal: TargetProposal, state: State, actor: User, principal: User | None, words: str = ""
) -> None:
    proposal.state, proposal.decision = state, words
    proposal.decided_at, proposal.decided_by, proposal.decided_on_behalf_of = clock.now(), actor, principal
    proposal.save(
        update_fields=["state", "decision", "decided_at", "decided_by", "decided_on_behalf_of", "target"]
    )


def _sides_of(actor: User, principal: User | None) -> set[int]:
    return {each.pk for each in (actor, principal) if each is not None}


def _record(proposal: TargetProposal, actor: User, act: Act, detail: dict[str, str]) -> None:
    record_act(
        actor=actor,
        act=act,
        subject=proposal,
        organisation=proposal.organisation,
        detail={
            "indicator": proposal.indicator.code,
            "effective_from": proposal.effective_from.code,
            "target": proposal.target_id,
            **detail,
        },
    )


def _facts(proposal: TargetProposal) -> dict[str, object]:
    indicator = proposal.indicator
    return {
        "about": {
            "zh": f"{indicator.code} {indicator.name_zh}　目標修正",
            "en": f"Target of {indicator.code} {indicator.name_en}",
        }
    }


def _path(proposal: TargetProposal) -> str:
    return f"/targets/{proposal.indicator.code}/"
