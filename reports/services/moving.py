"""What every act upon reports shares: its locks, what a round still takes, and the step with its event and audit row.

Locks are taken in one order: reporting quarter, reports by key, lines, facts, queue. A quarter that is closed
takes no entries; one that is published takes no decisions either.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from kpis.wording import in_chinese
from ministries import clock
from ministries.models import User
from ministries.permissions import Act
from ministries.services import Refused, record_acts
from reports import typed, workflow
from reports.models import Report, ReportEvent, ReportingQuarter
from reports.workflow import Deed


def take_step(reports: Sequence[Report], deed: Deed, actor: User, act: Act, comment: str = "") -> None:
    """Moves the locked reports as the workflow's table says, each with an event and an audit row; all or none."""
    steps = _steps_of(reports, deed)
    comment = understood(comment)
    if not comment and any(step.needs_comment for step in steps):
        raise Refused(_("請說明理由，讓填報機關知道應如何補正。"), {"comment": _("此欄必填。")})
    at = clock.now()
    before = [report.state for report in reports]
    for report, step in zip(reports, steps, strict=True):
        report.state = step.to
        if deed == Deed.SUBMIT:
            report.submitted_at, report.submitted_by = at, actor
            report.decided_at = report.decided_by = None
        else:
            report.decided_at, report.decided_by = at, actor
    Report.objects.bulk_update(reports, ["state", "submitted_at", "submitted_by", "decided_at", "decided_by"])
    taken = list(zip(reports, before, strict=True))
    ReportEvent.objects.bulk_create(
        ReportEvent(
            report=report,
            at=at,
            actor=actor,
            act=deed,
            from_state=state,
            to_state=report.state,
            comment=comment,
        )
        for report, state in taken
    )
    record_acts(
        actor=actor,
        act=act,
        acts=[
            (
                report,
                report.organisation,
                {"deed": str(deed), "from": str(state), "to": str(report.state), "comment": comment},
            )
            for report, state in taken
        ],
    )


def _steps_of(reports: Sequence[Report], deed: Deed) -> list[workflow.Step]:
    """Where the deed leads each report; Refused names those that it leads nowhere, and their states."""
    stuck = [report for report in reports if deed not in workflow.available(report.state)]
    if not stuck:
        return [workflow.step(report.state, deed) for report in reports]
    if len(reports) == 1:
        raise Refused(
            _("此報告目前為「%(state)s」，不能執行這項作業；可能已有他人先行處理，請重新整理頁面。")
            % {"state": reports[0].get_state_display()}
        )
    raise Refused(
        _(
            "下列報告目前不能執行這項作業：%(reports)s。可能已有他人先行處理，請重新整理頁面；所選報告均未變動。"
        )
        % {"reports": _named_with_states(stuck)}
    )


def _named_with_states(reports: Sequence[Report]) -> str:
    """「教育部（已核定）、勞動部（填報中）」, under the names of the quarter's last day."""
    day = reports[0].reporting_quarter.quarter.last_day
    prefetch_related_objects([report.organisation for report in reports], "names")
    names = [report.organisation.name_on(day) for report in reports]
    return _("、").join(
        _("%(organisation)s（%(state)s）")
        % {
            "organisation": name.name_zh if in_chinese() else name.name_en,
            "state": report.get_state_display(),
        }
        for report, name in zip(reports, names, strict=True)
    )


def understood(comment: str) -> str:
    """What a reviewer wrote, as it can be kept; the same rules hold as for an officer's words."""
    try:
        return typed.words(comment)
    except typed.NotUnderstood as why:
        raise Refused(_("意見無法儲存，報告未變動。"), {"comment": str(why)}) from why


def locked_quarter(reporting_quarter: ReportingQuarter) -> ReportingQuarter:
    return (
        ReportingQuarter.objects.select_for_update(of=("self",))
        .select_related("plan")
        .get(pk=reporting_quarter.pk)
    )


def locked_report(report: Report) -> Report:
    return locked_reports([report])[0]


def locked_reports(reports: Sequence[Report]) -> list[Report]:
    """Reports of one quarter as they stand now, locked in the order of their keys.

    Their quarter is share-locked first so that closing waits its turn.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM reports_reportingquarter WHERE id = %s FOR SHARE", [reports[0].reporting_quarter_id]
        )
    return list(
        Report.objects.select_for_update(of=("self",))
        .select_related("reporting_quarter__plan", "organisation")
        .filter(pk__in=[report.pk for report in reports])
        .order_by("pk")
    )


def require_entries_taken(report: Report) -> None:
    require_round_open(report)
    if report.state not in workflow.EDITABLE:
        raise Refused(
            _("此報告目前為「%(state)s」，不能修改；如需更正，請洽執行秘書室退回。")
            % {"state": report.get_state_display()}
        )


def require_round_open(report: Report) -> None:
    round_ = report.reporting_quarter
    if round_.closed_at or not round_.opened_at:
        raise Refused(
            _("%(quarter)s已截止，不再接受異動；如需更正，請洽執行秘書室。")
            % {"quarter": round_.quarter.label}
        )


def require_decisions_taken(report: Report) -> None:
    round_ = report.reporting_quarter
    if round_.published_at:
        raise Refused(_("%(quarter)s已公布，內容不再變動。") % {"quarter": round_.quarter.label})
