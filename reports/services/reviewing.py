"""The secretariat accepts or returns what was handed in, and takes back what it accepted."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ministries.models import User
from ministries.permissions import Act, require
from ministries.services import Refused
from reports import acceptance, workflow
from reports.models import Report, ReportEvent
from reports.services.moving import (
    locked_report,
    locked_reports,
    require_decisions_taken,
    require_round_open,
    take_step,
    understood,
)
from reports.workflow import Deed


def accept_report(*, report: Report, actor: User, reason: str = "") -> Report:
    """Agrees to one report, as `accept_reports` does to several."""
    return accept_reports(reports=[report], actor=actor, reason=reason)[0]


def accept_reports(*, reports: Sequence[Report], actor: User, reason: str = "") -> list[Report]:
    """Agrees to reports of one quarter, all or none: what they state becomes accepted facts, to be rolled up.

    A report that was accepted before needs a reason, which stays with the corrected facts; where none is given it
    is what was said when the report was reopened or withdrawn. Queries do not grow with reports or lines.
    """
    require(actor, Act.REVIEW_REPORT)
    if not reports:
        raise Refused(_("請先勾選要核定的報告。"))
    if len({report.reporting_quarter_id for report in reports}) > 1:
        raise Refused(_("一次只能核定同一季別的報告，請依季別分次辦理；所選報告均未變動。"))
    locked = locked_reports(reports)
    require_decisions_taken(locked[0])
    reason = understood(reason)
    reasons = {report.pk: reason for report in locked} if reason else _reasons_to_correct(locked)
    take_step(locked, Deed.ACCEPT, actor, Act.REVIEW_REPORT)
    acceptance.copy_down(reports=locked, actor=actor, reasons=reasons)
    return locked


def _reasons_to_correct(reports: Sequence[Report]) -> dict[int, str]:
    """Report → why it was last taken back after an acceptance; nothing for those that never were."""
    taken_back = ReportEvent.objects.filter(report__in=reports, from_state=workflow.State.ACCEPTED).order_by(
        "id"
    )
    said = dict(taken_back.values_list("report_id", "comment"))
    return {report.pk: said.get(report.pk, "") for report in reports}


def return_report(*, report: Report, actor: User, comment: str) -> Report:
    """Sends the report back to the ministry with a comment; in a closed round that is its last word."""
    require(actor, Act.REVIEW_REPORT)
    report = locked_report(report)
    require_decisions_taken(report)
    take_step([report], Deed.RETURN, actor, Act.REVIEW_REPORT, comment)
    return report


def reopen_report(*, report: Report, actor: User, comment: str) -> Report:
    """Lets the ministry correct an accepted report; its facts stay in force until the correction is accepted."""
    require(actor, Act.REVIEW_REPORT)
    report = locked_report(report)
    require_round_open(report)
    take_step([report], Deed.REOPEN, actor, Act.REVIEW_REPORT, comment)
    return report


def withdraw_acceptance(*, report: Report, actor: User, comment: str) -> Report:
    """Takes back what was agreed to: the report's facts are out of force at once, and figures follow.

    The report goes back to the ministry; in a closed round that is its last word.
    """
    require(actor, Act.REVIEW_REPORT)
    report = locked_report(report)
    require_decisions_taken(report)
    reason = understood(comment)
    take_step([report], Deed.WITHDRAW, actor, Act.REVIEW_REPORT, reason)
    acceptance.take_out(report=report, actor=actor, reason=reason)
    return report
