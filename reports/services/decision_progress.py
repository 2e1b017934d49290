"""The owner of a decision says in every quarter's report how far it is; without that the report is not handed in.

Progress is saved on the revision that its author saw. A quarter that is closed and a report that is handed in take
none. Locks are taken in one order: reporting quarter, report, decision.
"""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused, record_act
from reports import typed
from reports.decided import ProgressContent
from reports.models import Decision, DecisionProgress, Outlook, Report
from reports.selectors.decisions import takes_progress, unanswered_decisions
from reports.services.moving import locked_report, require_round_open


class Overtaken(Refused):
    """Somebody else saved newer progress meanwhile; it is in `saved`."""

    def __init__(self, saved: DecisionProgress) -> None:
        super().__init__(_("他人已儲存較新的版本；您輸入的內容保留於下方，尚未儲存。"))
        self.saved = saved


@transaction.atomic
def save_decision_progress(
    *, decision: Decision, report: Report, content: ProgressContent, revision: int, actor: User
) -> DecisionProgress:
    """`revision` is the one that the author saw, 0 where there was none; the same content again changes nothing."""
    require(actor, Act.FILL_REPORT, report.organisation)
    report = locked_report(report)
    require_round_open(report)
    decision = Decision.objects.select_for_update().get(pk=decision.pk)
    if not decision.is_asked_in(report):
        raise Refused(
            _("列管事項 %(code)s 已不在本報告應填範圍（可能已解除列管或改由其他機關主辦）。")
            % {"code": decision.code}
        )
    said = DecisionProgress.objects.filter(decision=decision, report=report).select_related("saved_by")
    known = said.order_by("revision").last()
    if not takes_progress(report, known):
        raise Refused(
            _("此報告目前為「%(state)s」，列管事項不能修改；如需更正，請洽核稿人或執行秘書室退回。")
            % {"state": report.get_state_display()}
        )
    before = ProgressContent.of(known) if known else None
    if known and content == before:
        return known
    if known and known.revision != revision:
        raise Overtaken(known)
    content = _checked(content, decision, report)
    progress = DecisionProgress.objects.create(
        decision=decision,
        report=report,
        revision=known.revision + 1 if known else 1,
        saved_at=clock.now(),
        saved_by=actor,
        on_behalf_of=principal_of(actor, Act.FILL_REPORT, report.organisation),
        **vars(content),
    )
    record_act(
        actor=actor,
        act=Act.FILL_REPORT,
        subject=progress,
        organisation=report.organisation,
        detail={
            "decision": decision.code,
            "revision": progress.revision,
            "changed": _difference(before, content),
        },
    )
    return progress


def require_decisions_answered(*, report: Report) -> None:
    """Refused names every decision for which the report still lacks progress, each at its place on the page.

    What is handed in after the quarter's end, as a correction, answers for no decision.
    """
    missing = unanswered_decisions(report) if report.reporting_quarter.takes_entries else []
    if missing:
        codes = _("、").join(decision.code for decision in missing)
        raise Refused(
            _("列管事項 %(codes)s 尚未填報辦理情形，報告未送出。") % {"codes": codes},
            {f"decision-{decision.code}": _("尚未填報辦理情形。") for decision in missing},
        )


def _checked(content: ProgressContent, decision: Decision, report: Report) -> ProgressContent:
    """The content as it is kept; Refused names every field that is wrong."""
    errors: dict[str, str] = {}
    words = content.words
    try:
        words = typed.words(content.words)
    except typed.NotUnderstood as why:
        errors["words"] = str(why)
    if not words:
        errors["words"] = _("此欄必填。")
    if content.outlook not in Outlook.values:
        errors["outlook"] = _("請從選項中擇一。")
    goes_on = content.outlook != Outlook.PROPOSES_CLOSING
    is_late = report.reporting_quarter.quarter > decision.due_quarter
    if goes_on and is_late and not content.expected_on:
        errors["expected_on"] = _("已逾限期而未辦結，請填預定完成日期。")
    if goes_on and content.expected_on and content.expected_on < clock.today():
        errors["expected_on"] = _("預定完成日期不得早於今日。")
    if errors:
        raise Refused(_("列管事項 %(code)s 尚未儲存，請更正下列各項。") % {"code": decision.code}, errors)
    return replace(content, words=words)


def _difference(before: ProgressContent | None, after: ProgressContent) -> dict[str, list[str]]:
    """Field → old and new content as text, for the fields that changed."""
    return {
        name: ["" if each is None else str(each) for each in (old, new)]
        for name in ("words", "outlook", "expected_on")
        if (old := getattr(before, name, None)) != (new := getattr(after, name))
    }
