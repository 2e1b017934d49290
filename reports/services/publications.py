"""A quarter is published by two people: one proposes what was frozen, another confirms just that; the clock keeps the embargo.

What was confirmed is what appears. Where the figures, the round or its reports change before the moment has come, the
proposal falls back: it is to be confirmed again, and all concerned are told. Locks are taken in one order: round,
proposal, plan.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kpis.models import RollupTask
from kpis.services import publishing
from kpis.services.publishing import Frozen
from ministries import clock
from ministries.calendars import roc_date_short
from ministries.models import AuditEntry, NoticeKind, Organisation, Role, User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused, people_of, record_act, tell
from programs.quarters import Quarter
from reports import typed, workflow
from reports.models import PublicationProposal, ReportingQuarter
from reports.models.publications import PublicationProposalQuerySet
from reports.services.moving import locked_quarter
from reports.services.quarters import end

State = PublicationProposal.State
Because = PublicationProposal.Because
LONGEST_EMBARGO = timedelta(days=366)


@transaction.atomic
def propose_publication(
    *, reporting_quarter: ReportingQuarter, actor: User, not_before: datetime | None = None
) -> PublicationProposal:
    """Freezes the quarter for the preview and puts it before the head; with `not_before` it waits for that moment."""
    require(actor, Act.PROPOSE_PUBLICATION)
    round_ = locked_quarter(reporting_quarter)
    _require_publishable(round_)
    if round_.publication_proposals.open().exists():
        raise Refused(_("%(quarter)s已有公布提案；請先撤回，再行提出。") % {"quarter": round_.quarter.label})
    if not_before:
        _require_moment_to_come(not_before)
    frozen = publishing.freeze(plan=round_.plan, quarter=round_.quarter)
    proposal = PublicationProposal.objects.create(
        reporting_quarter=round_,
        not_before=not_before,
        content=frozen.content,
        digest=frozen.digest,
        proposed_at=clock.now(),
        proposed_by=actor,
        proposed_on_behalf_of=principal_of(actor, Act.PROPOSE_PUBLICATION),
    )
    _record(proposal, actor, Act.PROPOSE_PUBLICATION, str(State.PROPOSED))
    _tell(
        NoticeKind.PUBLICATION_ASKED, proposal, _heads(), {"by": actor.name, "remark": _moment_of(proposal)}
    )
    return proposal


@transaction.atomic
def confirm_publication(*, proposal: PublicationProposal, digest: str, actor: User) -> PublicationProposal:
    """Publishes what was previewed under this digest, at once or at its moment; entries to the round end.

    Nobody confirms what they proposed, neither for themselves nor as anybody's deputy. Where the quarter's figures are
    others by now, nothing is confirmed: the proposal comes back as it is, with the new text to be previewed.
    """
    require(actor, Act.PUBLISH_QUARTER)
    proposal = _locked(proposal)
    round_ = proposal.reporting_quarter
    _require_state(proposal, State.PROPOSED)
    _require_another(proposal, actor)
    _require_publishable(round_)
    if digest != proposal.digest:
        raise Refused(_("您預覽之後，公布內容已有變動，尚未公布；請重新預覽後再確認。"))
    frozen = publishing.freeze(plan=round_.plan, quarter=round_.quarter)
    if frozen.digest != proposal.digest:
        _renew(proposal, frozen, Because.CONTENT)
        return proposal
    if not round_.closed_at:
        end(round_, actor)
    _decide(proposal, actor)
    if proposal.not_before and proposal.not_before > clock.now():
        proposal.state, proposal.checked_at = State.CONFIRMED, clock.now()
        proposal.save()
        _record(proposal, actor, Act.PUBLISH_QUARTER, str(State.CONFIRMED))
        outcome = {"zh": "已確認", "en": "Confirmed"}
        facts = {"by": actor.name, "outcome": outcome, "remark": _moment_of(proposal)}
        _tell(NoticeKind.PUBLICATION_TOLD, proposal, _proposers(proposal), facts)
    else:
        _publish(proposal, frozen, actor)
    return proposal


@transaction.atomic
def refuse_publication(*, proposal: PublicationProposal, words: str, actor: User) -> PublicationProposal:
    """Says no, and why; the quarter may be proposed anew."""
    require(actor, Act.PUBLISH_QUARTER)
    proposal = _locked(proposal)
    _require_state(proposal, State.PROPOSED)
    _require_another(proposal, actor)
    try:
        proposal.words = typed.words(words)
    except typed.NotUnderstood as why:
        raise Refused(_("文字無法儲存，提案未變動。"), {"words": str(why)}) from why
    if not proposal.words:
        raise Refused(_("不同意公布時，請說明理由。"), {"words": _("此欄必填。")})
    _decide(proposal, actor)
    proposal.state, proposal.content = State.REFUSED, ""
    proposal.save()
    _record(proposal, actor, Act.PUBLISH_QUARTER, str(State.REFUSED), reason=proposal.words)
    outcome = {"zh": "不同意公布", "en": "Refused"}
    facts = {"by": actor.name, "outcome": outcome, "said": proposal.words}
    _tell(NoticeKind.PUBLICATION_TOLD, proposal, _proposers(proposal), facts)
    return proposal


@transaction.atomic
def withdraw_publication(*, proposal: PublicationProposal, actor: User) -> PublicationProposal:
    """Takes the proposal back, confirmed or not, by anybody who may propose; what is published stays published."""
    require(actor, Act.PROPOSE_PUBLICATION)
    proposal = _locked(proposal)
    _require_state(proposal, State.PROPOSED, State.CONFIRMED)
    proposal.state, proposal.content = State.WITHDRAWN, ""
    proposal.withdrawn_at, proposal.withdrawn_by = clock.now(), actor
    proposal.withdrawn_on_behalf_of = principal_of(actor, Act.PROPOSE_PUBLICATION)
    proposal.save()
    _record(proposal, actor, Act.PROPOSE_PUBLICATION, str(State.WITHDRAWN))
    facts = {"by": actor.name, "outcome": {"zh": "提案已撤回", "en": "Withdrawn"}}
    _tell(NoticeKind.PUBLICATION_TOLD, proposal, [*_heads(), *_concerned(proposal)], facts)
    return proposal


def publish_due() -> tuple[Quarter, ...]:
    """Publishes every confirmed proposal whose moment has come, each once; what has changed meanwhile falls back.

    It may run at any time, twice, and beside people: each round is moved under its own lock, in one transaction.
    """

    def settle(proposal: PublicationProposal) -> bool:
        round_ = proposal.reporting_quarter
        frozen = publishing.freeze(plan=round_.plan, quarter=round_.quarter)
        if because := _changed(proposal, frozen):
            _renew(proposal, frozen, because)
            return False
        _publish(proposal, frozen, None)
        return True

    return _each(PublicationProposal.objects.due(), settle)


def watch_embargoes() -> tuple[Quarter, ...]:
    """Lets confirmed proposals that no longer say what they said fall back before their moment; returns their quarters.

    Only where somebody has done anything since the last look, and once the figures have followed.
    """

    def compare(proposal: PublicationProposal) -> bool:
        plan, now = proposal.reporting_quarter.plan, clock.now()
        acted = AuditEntry.objects.filter(at__gte=proposal.checked_at, at__lte=now).exists()
        if not acted or RollupTask.objects.filter(indicator__plan=plan).exists():
            return False
        frozen = publishing.frozen(plan, proposal.reporting_quarter.quarter)
        if because := _changed(proposal, frozen):
            _renew(proposal, frozen, because)
            return True
        proposal.checked_at = now
        proposal.save(update_fields=["checked_at"])
        return False

    return _each(PublicationProposal.objects.embargoed(), compare)


def _each(
    waiting: PublicationProposalQuerySet, act: Callable[[PublicationProposal], bool]
) -> tuple[Quarter, ...]:
    """Claims each proposal with its round; one that somebody else holds is left for the next time."""
    done = []
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            rounds = ReportingQuarter.objects.filter(publication_proposals=pk).select_related("plan")
            round_ = rounds.select_for_update(of=("self",), skip_locked=True).first()
            # The lock sees the proposal as it is now: one that was settled meanwhile no longer waits.
            proposal = _with_people(waiting).filter(pk=pk).first() if round_ else None
            if round_ and proposal:
                proposal.reporting_quarter = round_
                if act(proposal):
                    done.append(round_.quarter)
    return tuple(done)


# --- rules ----------------------------------------------------------------------------------------------------
def _require_moment_to_come(not_before: datetime) -> None:
    """Later than now, and soon enough to be no slip of the pen."""
    said = _("提案未提出，請更正下列各項。")
    if not_before <= clock.now():
        raise Refused(said, {"day": _("公布時間應晚於現在；如欲確認後立即公布，請留白。")})
    if not_before > clock.now() + LONGEST_EMBARGO:
        raise Refused(said, {"day": _("公布時間應在一年以內，請確認年份。")})


def _require_publishable(round_: ReportingQuarter) -> None:
    words = {"quarter": round_.quarter.label}
    if not round_.opened_at:
        raise Refused(_("%(quarter)s尚未開放填報，無資料可公布。") % words)
    if round_.published_at:
        raise Refused(_("%(quarter)s已公布，內容不再變動。") % words)
    if clock.today() <= round_.quarter.last_day:
        raise Refused(
            _("%(quarter)s至 %(day)s 止，季末前不得公布。")
            % {**words, "day": round_.quarter.last_day.isoformat()}
        )
    if undecided := _undecided(round_):
        raise Refused(
            _("尚有 %(count)d 份已送出的報告待審，請先核定或退回，再公布%(quarter)s。")
            % {"count": undecided, **words}
        )


def _undecided(round_: ReportingQuarter) -> int:
    return round_.reports.filter(lines__state__in=workflow.WAITING).distinct().count()


def _changed(proposal: PublicationProposal, frozen: Frozen) -> Because | None:
    """Why what was confirmed can no longer be published as it was."""
    if not proposal.reporting_quarter.closed_at:
        return Because.REOPENED
    if _undecided(proposal.reporting_quarter):
        return Because.UNDECIDED
    return Because.CONTENT if frozen.digest != proposal.digest else None


def _require_state(proposal: PublicationProposal, *states: State) -> None:
    if proposal.state not in states:
        raise Refused(
            _("此公布提案目前為「%(state)s」，可能已有他人先行處理，請重新整理頁面。")
            % {"state": proposal.get_state_display()}
        )


def _require_another(proposal: PublicationProposal, actor: User) -> None:
    """Four eyes: neither who acts nor in whose name is one of those who proposed."""
    principal = principal_of(actor, Act.PUBLISH_QUARTER)
    if {actor.pk, principal.pk if principal else None} & {
        proposal.proposed_by_id,
        proposal.proposed_on_behalf_of_id or 0,
    }:
        raise Refused(_("提案人不得確認自己的公布提案，亦不得以代理人身分為之；請由其他有權人員決定。"))


def _locked(proposal: PublicationProposal) -> PublicationProposal:
    """The proposal as it stands now, its round locked first."""
    round_ = locked_quarter(proposal.reporting_quarter)
    found = _with_people(PublicationProposal.objects.all()).get(pk=proposal.pk)
    found.reporting_quarter = round_
    return found


def _with_people(proposals: PublicationProposalQuerySet) -> QuerySet[PublicationProposal]:
    people = ("proposed_by", "proposed_on_behalf_of", "decided_by", "decided_on_behalf_of")
    return proposals.select_for_update(of=("self",)).select_related(*people)


# --- what follows -----------------------------------------------------------------------------------------------
def _decide(proposal: PublicationProposal, actor: User) -> None:
    proposal.decided_at, proposal.decided_by = clock.now(), actor
    proposal.decided_on_behalf_of = principal_of(actor, Act.PUBLISH_QUARTER)
    proposal.fell_back_at, proposal.fell_back_because = None, ""


def _publish(proposal: PublicationProposal, frozen: Frozen, actor: User | None) -> None:
    """Whoever confirmed it publishes it; nobody acts where the clock does."""
    round_, confirmer = proposal.reporting_quarter, proposal.decided_by
    assert confirmer is not None
    proposal.publication = publishing.publish(
        plan=round_.plan, quarter=round_.quarter, actor=confirmer, content=frozen
    )
    proposal.state, proposal.content = State.PUBLISHED, ""
    proposal.save()
    round_.published_at, round_.published_by = proposal.publication.published_at, confirmer
    round_.published_on_behalf_of = proposal.decided_on_behalf_of
    round_.save(update_fields=["published_at", "published_by", "published_on_behalf_of"])
    names = {"proposed_by": _names(proposal.proposed_by, proposal.proposed_on_behalf_of)}
    if actor is None:
        names["confirmed_by"] = _names(confirmer, proposal.decided_on_behalf_of)
    _record(proposal, actor, Act.PUBLISH_QUARTER, str(State.PUBLISHED), **names)
    people = _proposers(proposal) if actor else _concerned(proposal)
    facts = {"by": actor.name if actor else "", "outcome": {"zh": "已公布", "en": "Published"}}
    _tell(NoticeKind.PUBLICATION_TOLD, proposal, people, facts)


def _renew(proposal: PublicationProposal, frozen: Frozen, because: Because) -> None:
    """Falls back to be confirmed again, with the text as it would be now; in the system's name."""
    people = [*_heads(), *_concerned(proposal)]
    proposal.state, proposal.content, proposal.digest = State.PROPOSED, frozen.content, frozen.digest
    proposal.decided_at = proposal.decided_by = proposal.decided_on_behalf_of = proposal.checked_at = None
    proposal.fell_back_at, proposal.fell_back_because = clock.now(), because
    proposal.save()
    _record(proposal, None, Act.PUBLISH_QUARTER, "fell_back", because=str(because))
    facts = {"outcome": {"zh": "須重新確認", "en": "To be confirmed again"}, "remark": _WHY_AGAIN[because]}
    _tell(NoticeKind.PUBLICATION_ASKED, proposal, people, facts)


_WHY_AGAIN = {
    Because.CONTENT: {
        "zh": "數據或目標已有變動，與原提案內容不同，尚未公布；請重新預覽後決定。",
        "en": "Figures or targets have changed since the proposal; nothing was published. Please preview it again.",
    },
    Because.UNDECIDED: {
        "zh": "有已送出的報告待審，尚未公布；審結後請重新預覽並決定。",
        "en": "Submitted reports wait for review; nothing was published. Please preview it again once they are decided.",
    },
    Because.REOPENED: {
        "zh": "本季重新開放填報，尚未公布；請重新預覽後決定。",
        "en": "The quarter was opened for reports again; nothing was published. Please preview it again.",
    },
}


def _record(proposal: PublicationProposal, actor: User | None, act: Act, deed: str, **detail: str) -> None:
    """On the round, whose history shows it; `record_act` names the deputy's principal."""
    moment = proposal.not_before.isoformat() if proposal.not_before else ""
    record_act(
        actor=actor,
        act=act,
        subject=proposal.reporting_quarter,
        detail={"publication": deed, "digest": proposal.digest, "not_before": moment, **detail},
    )


def _tell(kind: NoticeKind, proposal: PublicationProposal, people: list[User], facts: dict[str, Any]) -> None:
    quarter: Quarter = proposal.reporting_quarter.quarter
    tell(
        kind=kind,
        # One proposal may fall back and be confirmed more than once.
        key=f"publication:{proposal.pk}:{proposal.state}:{clock.now().isoformat()}",
        people=people,
        facts={
            "about": {"zh": f"{quarter.label_zh}公布", "en": f"Publication of {quarter.label_en}"},
            **facts,
        },
        path=f"/quarters/{quarter}/",
    )


def _heads() -> list[User]:
    return people_of(Organisation.objects.get(is_secretariat=True), Role.HEAD)


def _proposers(proposal: PublicationProposal) -> list[User]:
    return [each for each in (proposal.proposed_by, proposal.proposed_on_behalf_of) if each]


def _concerned(proposal: PublicationProposal) -> list[User]:
    """Who proposed and who confirmed."""
    deciders = (proposal.decided_by, proposal.decided_on_behalf_of)
    return [*_proposers(proposal), *(each for each in deciders if each)]


def _names(person: User, principal: User | None) -> str:
    return str(person) if principal is None else f"{person}（{principal}）"


def _moment_of(proposal: PublicationProposal) -> dict[str, str] | str:
    if not proposal.not_before:
        return ""
    moment = proposal.not_before.astimezone(clock.TAIPEI)
    return {
        "zh": f"公布時間 {roc_date_short(moment.date())} {moment:%H:%M}",
        "en": f"To be published on {moment:%Y-%m-%d} at {moment:%H:%M} (Taipei)",
    }
