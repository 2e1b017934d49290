"""What all requests about programmes share: their locks, who may answer, and that they are answered once.

Locks are taken in one order: the plan's reporting quarters, the programme, the request. So no quarter is closed or
published while a change that holds in it is decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection, transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import NoticeKind, Organisation, Role, User
from ministries.permissions import Act, may, principal_of, require
from ministries.selectors import people_by_role
from ministries.services import Refused, record_act
from ministries.services.notices import people_of, tell
from programs.models import Plan, PlanChange, Program
from programs.quarters import Quarter
from reports import typed
from reports.models import ProgramRequest, ReportingQuarter, RequestState

Request = TypeVar("Request", bound=ProgramRequest)


def responsible_for(program: Program) -> Organisation:
    """Whose programme it is today."""
    return program.standing_in(Quarter.containing(clock.today())).organisation


def locked_rounds(plan: Plan) -> None:
    """Share-locks the plan's rounds: none is opened, closed or published meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM reports_reportingquarter WHERE plan_id = %s ORDER BY id FOR SHARE", [plan.pk]
        )


def locked_program(program: Program) -> Program:
    """The programme as it stands now, locked after its plan's rounds."""
    locked_rounds(program.plan)
    return (
        Program.objects.select_for_update(of=("self",))
        .select_related("plan", "organisation")
        .get(pk=program.pk)
    )


def first_changeable_quarter(plan: Plan) -> Quarter:
    """The quarter after every round that is closed or published."""
    rounds = ReportingQuarter.objects.filter(plan=plan)
    last: Quarter | None = rounds.ended().order_by("-quarter").values_list("quarter", flat=True).first()
    return last + 1 if last else plan.first_quarter


def first_free_quarter(program: Program) -> Quarter:
    """The first changeable quarter in which no later decision about the programme as a whole, or a milestone, holds."""
    decided: list[Quarter] = [each.effective_from + 1 for each in program.versions.all()]
    decided += [each.effective_from + 1 for each in program.milestones.all() if each.change_id]
    if program.joined_from:
        decided.append(program.joined_from)
    first: Quarter = max([first_changeable_quarter(program.plan), *decided])
    return first


def why_not_from(plan: Plan, first: Quarter) -> str:
    if first > plan.last_quarter:
        return _("計畫期間內已無可變更之季別。")
    return _("請選擇%(first)s至%(last)s；已截止或公布之季別，以及先前變更已生效之季別，不再變動。") % {
        "first": first.label,
        "last": plan.last_quarter.label,
    }


def require_wanted(program: Program) -> None:
    if program.released_from:
        raise Refused(
            _("本計畫自%(quarter)s起解除列管，不再受理申請。") % {"quarter": program.released_from.label}
        )


def require_none_open(open_request: ProgramRequest | None) -> None:
    if open_request is not None:
        raise Refused(_("本計畫已有一件申請待核定；請俟核定，或先撤回原申請。"))


def understood(field: str, text: str, *, needed: bool) -> str:
    """What was typed as it can be kept; Refused at the field where it cannot, or where nothing was typed."""
    try:
        said = typed.words(text)
    except typed.NotUnderstood as why:
        raise Refused(_("內容無法儲存，未作任何變動。"), {field: str(why)}) from why
    if needed and not said:
        raise Refused(_("請補齊下列欄位，未作任何變動。"), {field: _("此欄必填。")})
    return said


def locked_open(request: Request) -> Request:
    """The request, locked with its programme; Refused where it is answered already."""
    program = locked_program(request.program)
    model = type(request)
    locked = (
        model._default_manager.select_for_update(of=("self",))
        .select_related("organisation")
        .get(pk=request.pk)
    )
    if not locked.is_open:
        raise Refused(
            _("此申請已由他人先行處理，目前為「%(state)s」；請重新整理頁面。")
            % {"state": locked.get_state_display()}
        )
    locked.program = program
    return locked


def may_answer(request: ProgramRequest, actor: User) -> bool:
    """Nobody decides what they proposed, nor what was proposed in their name, nor as anybody's deputy."""
    deciding = {actor, principal_of(actor, Act.DECIDE_CHANGE)} - {None}
    return may(actor, Act.DECIDE_CHANGE) and not deciding & {request.proposed_by, request.proposed_for}


def require_another(request: ProgramRequest, actor: User) -> None:
    if not may_answer(request, actor):
        raise Refused(_("提案人不得決定自己的提案，亦不得以代理人身分為之；請由其他有權人員決定。"))


def answer(
    request: ProgramRequest, *, actor: User, words: str, change: PlanChange | None, told: dict[str, Any]
) -> None:
    """Writes the answer down, and tells the ministry; without a change it is a refusal."""
    request.state = RequestState.APPROVED if change else RequestState.REFUSED
    request.decided_at, request.decided_by = clock.now(), actor
    request.decided_for = principal_of(actor, Act.DECIDE_CHANGE)
    request.words, request.change = words, change
    request.save(update_fields=["state", "decided_at", "decided_by", "decided_for", "words", "change"])
    record_act(
        actor=actor,
        act=Act.DECIDE_CHANGE,
        subject=request,
        detail={"program": request.program.code, "state": str(request.state), "words": words},
    )
    outcome = {"zh": "同意", "en": "Approved"} if change else {"zh": "不同意", "en": "Not approved"}
    _tell(
        request,
        NoticeKind.CHANGE_DECIDED,
        [request.proposed_by, *people_of(request.organisation, Role.OFFICER, Role.APPROVER)],
        {**told, "by": str(actor), "said": words, "outcome": outcome},
    )


@transaction.atomic
def withdraw_request(*, request: ProgramRequest, actor: User) -> None:
    """The ministry takes its own request back, while nobody has answered it."""
    require(actor, Act.PROPOSE_CHANGE, request.organisation)
    locked = locked_open(request)
    locked.state = RequestState.WITHDRAWN
    locked.withdrawn_at, locked.withdrawn_by = clock.now(), actor
    locked.withdrawn_for = principal_of(actor, Act.PROPOSE_CHANGE, locked.organisation)
    locked.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_for"])
    record_act(
        actor=actor,
        act=Act.PROPOSE_CHANGE,
        subject=locked,
        organisation=locked.organisation,
        detail={"program": locked.program.code, "state": str(locked.state)},
    )


def note_proposed(request: ProgramRequest, actor: User, told: dict[str, Any], detail: dict[str, Any]) -> None:
    """The audit row of a new request, and word of it to those who decide."""
    record_act(
        actor=actor,
        act=Act.PROPOSE_CHANGE,
        subject=request,
        organisation=request.organisation,
        detail={"program": request.program.code, "state": str(request.state), **detail},
    )
    heads = people_by_role([]).of_secretariat.get(Role.HEAD, [])
    _tell(request, NoticeKind.CHANGE_PROPOSED, heads, {**told, "by": str(actor), "said": request.explanation})


def _tell(request: ProgramRequest, kind: NoticeKind, people: Iterable[User], facts: dict[str, Any]) -> None:
    tell(
        kind=kind,
        key=f"{request._meta.model_name}:{request.pk}:{request.state}",
        people=people,
        facts=facts,
        path=f"/programs/{request.program.code}/",
        organisation=request.organisation,
    )


def named_in_both(kind_zh: str, kind_en: str, program: Program) -> dict[str, dict[str, str]]:
    """What a letter is about."""
    about = {
        "zh": f"{kind_zh}：{program.code} {program.name_zh}",
        "en": f"{kind_en}: {program.code} {program.name_en}",
    }
    return {"about": about}
