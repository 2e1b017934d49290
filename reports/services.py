"""Every change to quarters and reports: authorise, lock, ask the workflow, save with an audit row, ring on commit.

Locks are taken in one order: reporting quarter, reports by key, lines, facts, queue. A quarter that is closed
takes no entries; one that is published takes no decisions either.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from kpis.models import Publication
from kpis.services import publishing
from kpis.wording import in_chinese
from ministries import clock
from ministries.models import Organisation, User
from ministries.permissions import Act, require
from ministries.services import Refused, record_act, record_acts
from programs.models import Plan
from reports import acceptance, checks, rosters, typed, workflow
from reports.contents import CONTENT_FIELDS, LineContent, LineEntry, SaveResult
from reports.models import Line, Report, ReportEvent, ReportingQuarter
from reports.workflow import Deed


@transaction.atomic
def create_quarters(*, plan: Plan) -> int:
    """Plans a reporting round for every quarter of the plan that has none yet; returns how many were added."""
    known = set(plan.reporting_quarters.values_list("quarter", flat=True))
    rounds = []
    for quarter in plan.quarters:
        if quarter not in known:
            opens_on = quarter.last_day + timedelta(days=1)
            rounds.append(
                ReportingQuarter(
                    plan=plan,
                    quarter=quarter,
                    opens_on=opens_on,
                    due_on=quarter.last_day + timedelta(days=settings.REPORT_DUE_DAYS),
                    closes_on=quarter.last_day + timedelta(days=settings.REPORT_CLOSE_DAYS),
                )
            )
    ReportingQuarter.objects.bulk_create(rounds)
    return len(rounds)


@transaction.atomic
def open_quarter(*, reporting_quarter: ReportingQuarter, actor: User) -> list[Report]:
    """Opens the round: every organisation that owes something gets its report with exactly the lines it owes."""
    require(actor, Act.OPEN_QUARTER)
    round_ = _locked_quarter(reporting_quarter)
    if round_.opened_at:
        raise Refused(_("%(quarter)s已開放過填報。") % {"quarter": round_.quarter.label})
    if clock.today() < round_.quarter.first_day:
        raise Refused(
            _("%(quarter)s自 %(day)s 起始得開放填報。")
            % {"quarter": round_.quarter.label, "day": round_.quarter.first_day.isoformat()}
        )
    round_.opened_at, round_.opened_by = clock.now(), actor
    round_.save(update_fields=["opened_at", "opened_by"])
    owed = rosters.owed_lines(round_.plan, round_.quarter)
    organisations = Organisation.objects.filter(pk__in=owed).order_by("order", "code")
    reports = Report.objects.bulk_create(
        Report(reporting_quarter=round_, organisation=organisation) for organisation in organisations
    )
    Line.objects.bulk_create(
        Line(
            report=report,
            order=order,
            indicator_id=key.indicator_id,
            program_id=key.program_id,
            part_id=key.part_id,
            milestone_id=key.milestone_id,
            sub_item_id=key.sub_item_id,
        )
        for report in reports
        for order, key in enumerate(owed[report.organisation_id], start=1)
    )
    record_act(actor=actor, act=Act.OPEN_QUARTER, subject=round_, detail={"reports": len(reports)})
    return reports


@transaction.atomic
def close_quarter(*, reporting_quarter: ReportingQuarter, actor: User) -> None:
    """Ends the entries of the round; what was submitted before can still be decided."""
    require(actor, Act.CLOSE_QUARTER)
    round_ = _locked_quarter(reporting_quarter)
    if not round_.opened_at:
        raise Refused(_("%(quarter)s尚未開放，無從截止。") % {"quarter": round_.quarter.label})
    if round_.closed_at:
        raise Refused(_("%(quarter)s已截止。") % {"quarter": round_.quarter.label})
    _close(round_, actor)


def _close(round_: ReportingQuarter, actor: User) -> None:
    round_.closed_at, round_.closed_by = clock.now(), actor
    round_.save(update_fields=["closed_at", "closed_by"])
    record_act(actor=actor, act=Act.CLOSE_QUARTER, subject=round_)


@transaction.atomic
def publish_quarter(*, reporting_quarter: ReportingQuarter, actor: User) -> Publication:
    """Freezes the quarter's figures under a digest and shows them to the public; closes the round where still open."""
    require(actor, Act.PUBLISH_QUARTER)
    round_ = _locked_quarter(reporting_quarter)
    if not round_.opened_at:
        raise Refused(_("%(quarter)s尚未開放填報，無資料可公布。") % {"quarter": round_.quarter.label})
    if round_.published_at:
        raise Refused(_("%(quarter)s已公布，內容不再變動。") % {"quarter": round_.quarter.label})
    if clock.today() <= round_.quarter.last_day:
        raise Refused(
            _("%(quarter)s至 %(day)s 止，季末前不得公布。")
            % {"quarter": round_.quarter.label, "day": round_.quarter.last_day.isoformat()}
        )
    undecided = round_.reports.filter(state=workflow.State.SUBMITTED).count()
    if undecided:
        raise Refused(
            _("尚有 %(count)d 份已送出的報告待審，請先核定或退回，再公布%(quarter)s。")
            % {"count": undecided, "quarter": round_.quarter.label}
        )
    if not round_.closed_at:
        _close(round_, actor)
    round_.published_at, round_.published_by = clock.now(), actor
    round_.save(update_fields=["published_at", "published_by"])
    publication = publishing.publish(plan=round_.plan, quarter=round_.quarter, actor=actor)
    record_act(actor=actor, act=Act.PUBLISH_QUARTER, subject=round_, detail={"digest": publication.digest})
    return publication


@transaction.atomic
def save_lines(*, report: Report, entries: Sequence[LineEntry], actor: User) -> SaveResult:
    """Saves a page of drafts: each good line whose revision is still the one its author saw.

    Raises PermissionDenied, or Refused where the whole report takes no entries. Queries do not grow with lines.
    """
    require(actor, Act.FILL_REPORT, report.organisation)
    report = _locked_report(report)
    _require_entries_taken(report)
    wanted = {entry.line_id: entry for entry in entries}
    lines = report.lines.select_for_update(of=("self",)).select_related("indicator")
    result = SaveResult()
    changes = []
    now = clock.now()
    for line in lines.filter(pk__in=wanted).prefetch_related("indicator__stages"):
        entry = wanted[line.pk]
        before = LineContent.of(line)
        if entry.content == before:
            continue
        if entry.revision != line.revision:
            result.conflicts[line.pk] = line
            continue
        troubles = checks.impossible(entry.content, line)
        if troubles:
            result.errors[line.pk] = {trouble.field: trouble.message for trouble in troubles}
            continue
        for name, content in entry.content.as_fields().items():
            setattr(line, name, content)
        line.revision, line.saved_at, line.saved_by = line.revision + 1, now, actor
        result.saved.append(line)
        changes.append(
            {"line": line.pk, "revision": line.revision, "changed": _difference(before, entry.content)}
        )
    if result.saved:
        Line.objects.bulk_update(result.saved, [*CONTENT_FIELDS, "revision", "saved_at", "saved_by"])
        record_act(
            actor=actor,
            act=Act.FILL_REPORT,
            subject=report,
            organisation=report.organisation,
            detail={"lines": changes},
        )
    return result


def _difference(before: LineContent, after: LineContent) -> dict[str, list[str]]:
    """Field → old and new content as text, for the fields that changed."""
    old, new = before.as_fields(), after.as_fields()
    return {
        name: ["" if each is None else str(each) for each in (old[name], new[name])]
        for name in CONTENT_FIELDS
        if old[name] != new[name]
    }


@transaction.atomic
def submit_report(*, report: Report, actor: User) -> Report:
    """Hands the report to the secretariat; Refused names every line and field that still lacks something."""
    require(actor, Act.SUBMIT_REPORT, report.organisation)
    report = _locked_report(report)
    _require_entries_taken(report)
    troubles: dict[str, str] = {}
    lines = report.lines.select_related("indicator", "milestone__program")
    for line in lines.prefetch_related("indicator__stages"):
        for finding in checks.findings(LineContent.of(line), line):
            if finding.severity == checks.Severity.ERROR:
                troubles.setdefault(f"line-{line.pk}-{finding.field}", finding.message)
    if troubles:
        raise Refused(_("尚有 %(count)d 處待補正，報告未送出。") % {"count": len(troubles)}, troubles)
    _take_step([report], Deed.SUBMIT, actor, Act.SUBMIT_REPORT)
    return report


def accept_report(*, report: Report, actor: User, reason: str = "") -> Report:
    """Agrees to one report, as `accept_reports` does to several."""
    return accept_reports(reports=[report], actor=actor, reason=reason)[0]


@transaction.atomic
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
    locked = _locked_reports(reports)
    _require_decisions_taken(locked[0])
    reason = _understood(reason)
    reasons = {report.pk: reason for report in locked} if reason else _reasons_to_correct(locked)
    _take_step(locked, Deed.ACCEPT, actor, Act.REVIEW_REPORT)
    acceptance.copy_down(reports=locked, actor=actor, reasons=reasons)
    return locked


def _reasons_to_correct(reports: Sequence[Report]) -> dict[int, str]:
    """Report → why it was last taken back after an acceptance; nothing for those that never were."""
    taken_back = ReportEvent.objects.filter(report__in=reports, from_state=workflow.State.ACCEPTED).order_by(
        "id"
    )
    said = dict(taken_back.values_list("report_id", "comment"))
    return {report.pk: said.get(report.pk, "") for report in reports}


@transaction.atomic
def return_report(*, report: Report, actor: User, comment: str) -> Report:
    """Sends the report back to the ministry with a comment; in a closed round that is its last word."""
    require(actor, Act.REVIEW_REPORT)
    report = _locked_report(report)
    _require_decisions_taken(report)
    _take_step([report], Deed.RETURN, actor, Act.REVIEW_REPORT, comment)
    return report


@transaction.atomic
def reopen_report(*, report: Report, actor: User, comment: str) -> Report:
    """Lets the ministry correct an accepted report; its facts stay in force until the correction is accepted."""
    require(actor, Act.REVIEW_REPORT)
    report = _locked_report(report)
    _require_round_open(report)
    _take_step([report], Deed.REOPEN, actor, Act.REVIEW_REPORT, comment)
    return report


@transaction.atomic
def withdraw_acceptance(*, report: Report, actor: User, comment: str) -> Report:
    """Takes back what was agreed to: the report's facts are out of force at once, and figures follow.

    The report goes back to the ministry; in a closed round that is its last word.
    """
    require(actor, Act.REVIEW_REPORT)
    report = _locked_report(report)
    _require_decisions_taken(report)
    reason = _understood(comment)
    _take_step([report], Deed.WITHDRAW, actor, Act.REVIEW_REPORT, reason)
    acceptance.take_out(report=report, actor=actor, reason=reason)
    return report


def _take_step(reports: Sequence[Report], deed: Deed, actor: User, act: Act, comment: str = "") -> None:
    """Moves the locked reports as the workflow's table says, each with an event and an audit row; all or none."""
    steps = _steps_of(reports, deed)
    comment = _understood(comment)
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


def _understood(comment: str) -> str:
    """What a reviewer wrote, as it can be kept; the same rules hold as for an officer's words."""
    try:
        return typed.words(comment)
    except typed.NotUnderstood as why:
        raise Refused(_("意見無法儲存，報告未變動。"), {"comment": str(why)}) from why


def _locked_quarter(reporting_quarter: ReportingQuarter) -> ReportingQuarter:
    return (
        ReportingQuarter.objects.select_for_update(of=("self",))
        .select_related("plan")
        .get(pk=reporting_quarter.pk)
    )


def _locked_report(report: Report) -> Report:
    return _locked_reports([report])[0]


def _locked_reports(reports: Sequence[Report]) -> list[Report]:
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


def _require_entries_taken(report: Report) -> None:
    _require_round_open(report)
    if report.state not in workflow.EDITABLE:
        raise Refused(
            _("此報告目前為「%(state)s」，不能修改；如需更正，請洽執行秘書室退回。")
            % {"state": report.get_state_display()}
        )


def _require_round_open(report: Report) -> None:
    round_ = report.reporting_quarter
    if round_.closed_at or not round_.opened_at:
        raise Refused(
            _("%(quarter)s已截止，不再接受異動；如需更正，請洽執行秘書室。")
            % {"quarter": round_.quarter.label}
        )


def _require_decisions_taken(report: Report) -> None:
    round_ = report.reporting_quarter
    if round_.published_at:
        raise Refused(_("%(quarter)s已公布，內容不再變動。") % {"quarter": round_.quarter.label})
