"""A ministry signs off what it wrote and hands it in against a receipt; until it is reviewed it may take it back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused, record_act
from reports import checks, receipts, workflow
from reports.contents import LineContent
from reports.models import Line, LineRevision, Receipt, Report, ReportEvent
from reports.selectors.checking import contexts_of
from reports.selectors.deadlines import lateness
from reports.selectors.switches import rules_of
from reports.services.coordination import announce_coordination
from reports.services.decision_progress import require_decisions_answered
from reports.services.moving import Moved, locked, require_round_open
from reports.services.telling import tell_of_sending_back, tell_of_submission, tell_of_wish
from reports.workflow import Deed, Rule, State

ASKED = "ask"
"""What an event says of an officer who waits for the sign-off; it moves no line."""


@transaction.atomic
def sign_report(*, report: Report, actor: User, lines: Collection[int] | None = None) -> Report:
    """The approver signs off (核稿) the lines with these keys, or all that are written; nothing may be missing in them.

    Nobody signs what they saved last themselves; Refused names every line and field that still lacks something.
    """
    require(actor, Act.SIGN_REPORT, report.organisation)
    held = locked([report])
    require_round_open(held.report)
    chosen = held.chosen(workflow.EDITABLE, lines)
    _refuse_troubles(chosen, _("尚有 %(count)d 處待補正，尚未核稿。"))
    _refuse_own_hand(chosen, actor)
    held.move(chosen, Deed.SIGN, actor, Act.SIGN_REPORT)
    return held.report


@transaction.atomic
def ask_for_sign_off(*, report: Report, actor: User) -> Report:
    """The officer is ready: nothing is missing in what is still to be signed, and the approvers are told. No line moves."""
    require(actor, Act.FILL_REPORT, report.organisation)
    held = locked([report])
    require_round_open(held.report)
    lines = held.chosen(workflow.EDITABLE)
    if Rule.SIGN_OFF not in rules_of(lines[0]):
        raise Refused(_("貴機關未採內部核稿，填妥後得逕行送出。"))
    _refuse_troubles(lines, _("尚有 %(count)d 處待補正，尚未送交核稿。"))
    event = ReportEvent.objects.create(
        report=held.report,
        at=clock.now(),
        actor=actor,
        on_behalf_of=principal_of(actor, Act.FILL_REPORT, held.report.organisation),
        act=ASKED,
        from_state=held.report.state,
        to_state=held.report.state,
    )
    record_act(
        actor=actor,
        act=Act.FILL_REPORT,
        subject=held.report,
        organisation=held.report.organisation,
        detail={"deed": ASKED},
    )
    tell_of_wish(event)
    return held.report


@transaction.atomic
def send_back(*, report: Report, actor: User, comment: str, lines: Collection[int] | None = None) -> Report:
    """The approver gives signed lines back to the officer with a comment; all of them where none are named."""
    require(actor, Act.SIGN_REPORT, report.organisation)
    held = locked([report])
    require_round_open(held.report)
    chosen = held.chosen([State.SIGNED], lines)
    tell_of_sending_back(held.move(chosen, Deed.SEND_BACK, actor, Act.SIGN_REPORT, comment), actor)
    return held.report


@transaction.atomic
def submit_report(*, report: Report, actor: User) -> Report:
    """Hands in every line that is still with the ministry, against a receipt; all or none.

    Refused names every line and field that still lacks something, how many lines wait for their sign-off, or which
    decision of a meeting is not answered. Organisations whose coordination is needed are told.
    """
    require(actor, Act.SUBMIT_REPORT, report.organisation)
    held = locked([report])
    require_round_open(held.report)
    lines = held.chosen(workflow.WITH_MINISTRY)
    _refuse_troubles(lines, _("尚有 %(count)d 處待補正，報告未送出。"))
    unsigned = [line for line in lines if line.state != State.SIGNED]
    if unsigned and Rule.SIGN_OFF in rules_of(lines[0]):
        raise Refused(
            _("尚有 %(count)d 項未經核稿，報告未送出；請核稿人核稿後再送出。") % {"count": len(unsigned)}
        )
    require_decisions_answered(report=held.report)
    _note_the_first(held.report)
    moved = held.move(lines, Deed.SUBMIT, actor, Act.SUBMIT_REPORT)
    tell_of_submission(_issue(moved, held.report, actor), actor)
    announce_coordination(report=held.report, lines=moved.lines, actor=actor)
    return held.report


@transaction.atomic
def recall_report(*, report: Report, actor: User) -> Report:
    """Takes back what was handed in last, as long as the secretariat has not decided on any line of it."""
    require(actor, Act.SUBMIT_REPORT, report.organisation)
    held = locked([report])
    require_round_open(held.report)
    held.chosen([State.SUBMITTED])
    last = report.receipts.latest("id")
    keys = set(last.event.steps.values_list("line_id", flat=True))
    lines = [line for line in held.lines if line.pk in keys]
    if not lines:
        raise Refused(_("最近一次送出的項目已改由其他機關填報，無可撤回的項目。"))
    if any(line.state != State.SUBMITTED for line in lines):
        raise Refused(_("審查已開始，不能撤回送出；如需更正，請洽執行秘書室退回。"))
    held.move(lines, Deed.RECALL, actor, Act.SUBMIT_REPORT)
    return held.report


def _note_the_first(report: Report) -> None:
    """How late a report is, is counted when it first comes in, and kept whatever becomes of it."""
    if report.first_submitted_at is None:
        report.first_submitted_at, report.days_late = clock.now(), lateness(report, clock.today())
        report.save(update_fields=["first_submitted_at", "days_late"])


def _issue(moved: Moved, report: Report, actor: User) -> Receipt:
    number = receipts.number_of(report, report.receipts.count())
    content = receipts.content_of(
        report=report,
        lines=moved.lines,
        number=number,
        at=moved.at,
        actor=actor,
        principal=principal_of(actor, Act.SUBMIT_REPORT, report.organisation),
    )
    return Receipt.objects.create(
        report=report,
        event=moved.events[report.pk],
        number=number,
        issued_at=moved.at,
        content=content,
        digest=receipts.digest(content),
    )


def _refuse_troubles(lines: Sequence[Line], message: str) -> None:
    """`errors` of the refusal: `line-7-value` → what is wrong there; `message` has room for their count."""
    troubles: dict[str, str] = {}
    contexts = contexts_of(lines)
    for line in lines:
        for finding in checks.findings(LineContent.of(line), line, contexts[line.pk]):
            if finding.severity == checks.Severity.ERROR:
                troubles.setdefault(f"line-{line.pk}-{finding.field}", finding.message)
    if troubles:
        raise Refused(message % {"count": len(troubles)}, troubles)


def _refuse_own_hand(lines: Sequence[Line], actor: User) -> None:
    """Who typed a line last, themselves or through a deputy, does not sign it; nor does a deputy for themselves."""
    principal = principal_of(actor, Act.SIGN_REPORT, lines[0].report.organisation)
    hands = [person.pk for person in (actor, principal) if person]
    last = LineRevision.objects.filter(Q(by__in=hands) | Q(on_behalf_of__in=hands), line__in=lines)
    revisions = {line.pk: line.revision for line in lines}
    own = [pk for pk, revision in last.values_list("line_id", "revision") if revisions[pk] == revision]
    if own:
        raise Refused(
            _("其中 %(count)d 項最近一次由您本人填報，請由另一位核稿人核稿。") % {"count": len(own)}
        )
