"""Every change to quarters and reports: authorise, lock, ask the workflow, save with an audit row, ring on commit.

Locks are taken in one order: reporting quarter, report, lines, facts, queue. A quarter that is closed takes no
entries; one that is published takes no decisions either.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from kpis.models import Publication
from kpis.services import publishing
from ministries import clock
from ministries.models import Organisation, User
from ministries.permissions import Act, require
from ministries.services import Refused, record_act
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
    report.submitted_at, report.submitted_by = clock.now(), actor
    report.decided_at = report.decided_by = None
    return _take_step(report, Deed.SUBMIT, actor, Act.SUBMIT_REPORT)


@transaction.atomic
def accept_report(*, report: Report, actor: User, reason: str = "") -> Report:
    """Agrees to the report: its statements become accepted facts, and what they touch is recomputed.

    A report that was accepted before and reopened needs a reason, which stays with the corrected facts.
    """
    require(actor, Act.REVIEW_REPORT)
    report = _locked_report(report)
    _require_decisions_taken(report)
    reason = _understood(reason)
    if not reason:
        reopening = report.events.filter(act=Deed.REOPEN).last()
        reason = reopening.comment if reopening else ""
    report.decided_at, report.decided_by = clock.now(), actor
    report = _take_step(report, Deed.ACCEPT, actor, Act.REVIEW_REPORT)
    acceptance.copy_down(report=report, actor=actor, reason=reason)
    return report


@transaction.atomic
def return_report(*, report: Report, actor: User, comment: str) -> Report:
    """Sends the report back to the ministry with a comment; in a closed round that is its last word."""
    require(actor, Act.REVIEW_REPORT)
    report = _locked_report(report)
    _require_decisions_taken(report)
    report.decided_at, report.decided_by = clock.now(), actor
    return _take_step(report, Deed.RETURN, actor, Act.REVIEW_REPORT, comment)


@transaction.atomic
def reopen_report(*, report: Report, actor: User, comment: str) -> Report:
    """Lets the ministry correct an accepted report; its facts stay in force until the correction is accepted."""
    require(actor, Act.REVIEW_REPORT)
    report = _locked_report(report)
    _require_round_open(report)
    report.decided_at, report.decided_by = clock.now(), actor
    return _take_step(report, Deed.REOPEN, actor, Act.REVIEW_REPORT, comment)


def _take_step(report: Report, deed: Deed, actor: User, act: Act, comment: str = "") -> Report:
    """Moves the locked report as the workflow's table says, with an event and an audit row."""
    before = report.state
    try:
        step = workflow.step(before, deed)
    except workflow.IllegalDeed as illegal:
        raise Refused(
            _("此報告目前為「%(state)s」，不能執行這項作業；可能已有他人先行處理，請重新整理頁面。")
            % {"state": report.get_state_display()}
        ) from illegal
    comment = _understood(comment)
    if step.needs_comment and not comment:
        raise Refused(_("請說明理由，讓填報機關知道應如何補正。"), {"comment": _("此欄必填。")})
    report.state = step.to
    report.save(update_fields=["state", "submitted_at", "submitted_by", "decided_at", "decided_by"])
    ReportEvent.objects.create(
        report=report,
        at=clock.now(),
        actor=actor,
        act=deed,
        from_state=before,
        to_state=step.to,
        comment=comment,
    )
    record_act(
        actor=actor,
        act=act,
        subject=report,
        organisation=report.organisation,
        detail={"deed": str(deed), "from": str(before), "to": str(step.to), "comment": comment},
    )
    return report


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
    """The report as it stands now, locked; its quarter is share-locked first so that closing waits its turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM reports_reportingquarter WHERE id = %s FOR SHARE", [report.reporting_quarter_id]
        )
    return (
        Report.objects.select_for_update(of=("self",))
        .select_related("reporting_quarter__plan", "organisation")
        .get(pk=report.pk)
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
