"""What every act upon reports shares: its locks, what a round still takes, and the steps with their event and audit row.

Locks are taken in one order: reporting quarter, reports by key, lines, facts, queue. A quarter that is closed
takes no entries; one that is published takes no decisions either, but for the lines that were opened for correction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from django.db import connection
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.utils.translation import gettext as _

from kpis.wording import in_chinese
from ministries import clock
from ministries.models import User
from ministries.permissions import Act, Scope, principal_of, scope_of
from ministries.services import Refused, record_acts
from programs.quarters import Quarter
from reports import typed, workflow
from reports.models import (
    Line,
    LineStep,
    Report,
    ReportEvent,
    ReportingQuarter,
    ReportState,
)
from reports.selectors.switches import rules_of, with_rules
from reports.workflow import Deed, Rule

_MINISTRYS = frozenset({Deed.SIGN, Deed.SEND_BACK, Deed.SUBMIT, Deed.RECALL})


@dataclass(frozen=True)
class Moved:
    """What one act did: its moment, its events by report, the lines that it moved, and what was said of each."""

    at: datetime
    events: Mapping[int, ReportEvent]
    lines: tuple[Line, ...]
    words: Mapping[int, str]


@dataclass(frozen=True)
class Locked:
    """Reports of one quarter, locked, with all their lines; each line knows its report."""

    reports: tuple[Report, ...]
    lines: tuple[Line, ...]

    @property
    def report(self) -> Report:
        """The only one."""
        (report,) = self.reports
        return report

    def chosen(self, states: Collection[str], keys: Collection[int] | None = None) -> list[Line]:
        """The live lines in these states, or those of them that have these keys; Refused where there are none."""
        found = [
            line
            for line in self.lines
            if line.is_live and line.counts and line.state in states and (keys is None or line.pk in keys)
        ]
        if not found:
            refuse_stuck(self.reports)
        return found

    def move(
        self,
        lines: Sequence[Line],
        deed: Deed,
        actor: User,
        act: Act,
        comment: str = "",
        comments: Mapping[int, str] | None = None,
    ) -> Moved:
        """Moves some of the lines as the workflow's table says, with their reports; all or none.

        `comments` (line → words) go before `comment`; words that are the same for all lines are the event's. Leaves an event and an audit row for each report that is
        touched and a step for each line. Queries do not grow with reports or lines.
        """
        steps = _steps_of(lines, deed)
        comment, words = understood(comment), understood_of(comments or {})
        words = {line.pk: words.get(line.pk) or comment for line in lines}
        silent = [
            line.pk
            for line, step in zip(lines, steps, strict=True)
            if step.needs_comment and not words[line.pk]
        ]
        if silent:
            fields = ["comment"] if comments is None else [f"comment-{pk}" for pk in silent]
            raise Refused(_("請說明理由，讓填報機關知道應如何補正。"), dict.fromkeys(fields, _("此欄必填。")))
        if len(set(words.values())) == 1:
            comment = next(iter(words.values()))
        at = clock.now()
        came_from = {line.pk: line.state for line in lines}
        by_state: dict[str, list[int]] = defaultdict(list)
        for line, step in zip(lines, steps, strict=True):
            line.state, line.moved_at = step.to, at
            by_state[step.to].append(line.pk)
        for state, keys in by_state.items():
            Line.objects.filter(pk__in=keys).update(state=state, moved_at=at)
        touched = {line.report_id: line.report for line in lines}
        before = {pk: report.state for pk, report in touched.items()}
        self._summarise(touched, deed, actor, at)
        events = {
            report.pk: ReportEvent(
                report=report,
                at=at,
                actor=actor,
                on_behalf_of=principal_of(actor, act, report.organisation),
                act=deed,
                from_state=before[report.pk],
                to_state=report.state,
                comment=comment,
            )
            for report in touched.values()
        }
        ReportEvent.objects.bulk_create(events.values())
        LineStep.objects.bulk_create(
            LineStep(
                event=events[line.report_id],
                line=line,
                act=deed,
                from_state=came_from[line.pk],
                to_state=line.state,
                revision=line.revision,
                comment=words[line.pk],
            )
            for line in lines
        )
        _record(act, actor, deed, lines, events, words)
        return Moved(at, events, tuple(lines), words)

    def _summarise(self, touched: Mapping[int, Report], deed: Deed, actor: User, at: datetime) -> None:
        states: dict[int, set[str]] = defaultdict(set)
        for line in self.lines:
            if line.counts:
                states[line.report_id].add(line.state)
        for report in touched.values():
            report.state = workflow.summary(states[report.pk])
            if deed == Deed.SUBMIT:
                report.submitted_at, report.submitted_by = at, actor
            elif deed not in _MINISTRYS:
                report.decided_at, report.decided_by = at, actor
        # The reports are there, so every one of them conflicts: cheaper than an update with a case for each.
        Report.objects.bulk_create(
            touched.values(),
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["state", "submitted_at", "submitted_by", "decided_at", "decided_by"],
        )


def _record(
    act: Act,
    actor: User,
    deed: Deed,
    lines: Sequence[Line],
    events: Mapping[int, ReportEvent],
    words: Mapping[int, str],
) -> None:
    """One row per report; what was said of single lines stands with them, what was said of all of them once."""
    moved: dict[int, list[dict[str, object]]] = defaultdict(list)
    for line in lines:
        said = words[line.pk]
        own = {} if said == events[line.report_id].comment else {"comment": said}
        moved[line.report_id].append({"line": line.pk, "revision": line.revision, **own})
    record_acts(
        actor=actor,
        act=act,
        acts=[
            (
                event.report,
                event.report.organisation,
                {
                    "deed": str(deed),
                    "from": str(event.from_state),
                    "to": str(event.to_state),
                    "comment": event.comment,
                    "lines": moved[event.report_id],
                },
            )
            for event in events.values()
        ],
    )


def _steps_of(lines: Sequence[Line], deed: Deed) -> list[workflow.Step]:
    """Where the deed leads each line; Refused names the reports in which it leads some nowhere, and their states."""
    stuck = [line for line in lines if deed not in workflow.available(line.state, _rules_of(line))]
    if stuck:
        refuse_stuck([line.report for line in stuck], {line.state for line in stuck})
    return [workflow.step(line.state, deed, _rules_of(line)) for line in lines]


def _rules_of(line: Line) -> frozenset[Rule]:
    return rules_of(line) | ({Rule.CORRECTION} if line.correcting else frozenset())


def refuse_stuck(reports: Sequence[Report], states: Iterable[str] = (), among: int = 1) -> NoReturn:
    """Says which reports (or, where only one was meant, which state) the act leads nowhere from."""
    if among == 1 and len({report.pk for report in reports}) == 1:
        state = ReportState(next(iter(states), reports[0].state))
        raise Refused(
            _("此報告目前為「%(state)s」，不能執行這項作業；可能已有他人先行處理，請重新整理頁面。")
            % {"state": state.label}
        )
    raise Refused(
        _(
            "下列報告目前不能執行這項作業：%(reports)s。可能已有他人先行處理，請重新整理頁面；所選報告均未變動。"
        )
        % {"reports": _named_with_states(list({report.pk: report for report in reports}.values()))}
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


def understood(comment: str, field: str = "comment") -> str:
    """What a reviewer wrote, as it can be kept; the same rules hold as for an officer's words."""
    try:
        return typed.words(comment)
    except typed.NotUnderstood as why:
        raise Refused(_("意見無法儲存，報告未變動。"), {field: str(why)}) from why


def understood_of(comments: Mapping[int, str]) -> dict[int, str]:
    """What a reviewer wrote of single lines; a refusal names the line's own field, `comment-7`."""
    return {pk: understood(words, f"comment-{pk}") for pk, words in comments.items()}


def locked_quarter(reporting_quarter: ReportingQuarter) -> ReportingQuarter:
    return (
        ReportingQuarter.objects.select_for_update(of=("self",))
        .select_related("plan")
        .get(pk=reporting_quarter.pk)
    )


def locked_report(report: Report) -> Report:
    return locked_reports([report])[0]


def locked_reports(reports: Sequence[Report]) -> list[Report]:
    """Reports of one quarter as they stand now, locked."""
    _lock(reports)
    found = Report.objects.select_related("reporting_quarter__plan", "organisation")
    return list(with_rules(found).filter(pk__in=[report.pk for report in reports]).order_by("pk"))


def held_line(*, quarter: Quarter, organisation_code: str, line_id: int, actor: User) -> Line:
    """One line of the managed plan's report, locked with its report, if the actor may know of it; else Http404.

    Refused tells those who fill the report that the line is no longer in it.
    """
    scope = scope_of(actor)
    own = None if scope.allows(Act.READ_REPORT) else list(scope.organisations(Act.READ_REPORT))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT report.organisation_id FROM reports_line line"
            " JOIN reports_report report ON report.id = line.report_id"
            " JOIN reports_reportingquarter quarter ON quarter.id = report.reporting_quarter_id"
            " JOIN programs_plan plan ON plan.id = quarter.plan_id AND plan.is_managed"
            " JOIN ministries_organisation organisation ON organisation.id = report.organisation_id"
            " WHERE line.id = %s AND quarter.quarter = %s AND organisation.code = %s"
            " AND (%s::bigint[] IS NULL OR organisation.id = ANY(%s::bigint[]))"
            " FOR SHARE OF quarter FOR UPDATE OF report",
            [line_id, quarter.ordinal, organisation_code, own, own],
        )
        if cursor.fetchone() is None:
            _refuse_gone(quarter, organisation_code, scope)
            raise Http404
    found = Line.objects.select_related(
        "indicator",
        "milestone__program",
        "report__reporting_quarter__plan",
        "report__organisation",
        "saved_by",
    )
    return found.get(pk=line_id)


def locked_line(line: Line) -> Line:
    """The line as it stands now, its report locked before it; Refused where it went to another report meanwhile."""
    report = locked_report(line.report)
    lines = Line.objects.select_related("indicator", "program", "part", "milestone", "sub_item")
    found = lines.select_for_update(of=("self",)).filter(pk=line.pk, report=report).first()
    if found is None:
        raise Refused(_gone())
    found.report = report
    return found


def _gone() -> str:
    return _("權責變更，此項已不在本報告內。您輸入的內容未儲存，仍保留於欄位中；如仍需使用，請先複製。")


def _refuse_gone(quarter: Quarter, organisation_code: str, scope: Scope) -> None:
    """A change of responsibility takes lines from under who is typing in them."""
    filled = Report.objects.filter(
        reporting_quarter__quarter=quarter,
        reporting_quarter__plan__is_managed=True,
        organisation__code=organisation_code,
        organisation__in=scope.organisations(Act.FILL_REPORT),
    )
    if filled.exists():
        raise Refused(_gone())


def _lock(reports: Sequence[Report]) -> None:
    """Locks the reports in the order of their keys, their quarter shared, so that closing waits its turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM reports_report report JOIN reports_reportingquarter quarter ON quarter.id = reporting_quarter_id"
            " WHERE report.id = ANY(%s) ORDER BY report.id FOR SHARE OF quarter FOR UPDATE OF report",
            [[report.pk for report in reports]],
        )


def require_round_open(report: Report) -> None:
    round_ = report.reporting_quarter
    if not round_.takes_entries and not _is_corrected(report):
        raise Refused(
            _("%(quarter)s已截止，不再接受異動；如需更正，請洽執行秘書室。")
            % {"quarter": round_.quarter.label}
        )


def require_decisions_taken(report: Report) -> None:
    round_ = report.reporting_quarter
    if round_.published_at and not _is_corrected(report):
        raise Refused(_("%(quarter)s已公布，內容不再變動。") % {"quarter": round_.quarter.label})


def _is_corrected(report: Report) -> bool:
    """Some of its lines were opened for correction after publication; which ones, `Line.is_live` says."""
    return report.lines.filter(correcting=True).exists()


def locked(reports: Sequence[Report]) -> Locked:
    """The reports of one quarter as they stand now, with all their lines in order; Refused where one has none."""
    _lock(reports)
    wanted = [report.pk for report in reports]
    found = with_rules(Line.objects.filter(report__in=wanted), "report__").select_related(
        "indicator", "milestone__program", "report__reporting_quarter__plan", "report__organisation"
    )
    lines = tuple(found.order_by("report_id", "order"))
    known: dict[int, Report] = {}
    for line in lines:
        line.report = known.setdefault(line.report_id, line.report)
    if len(known) < len(set(wanted)):
        refuse_stuck([report for report in reports if report.pk not in known], among=len(wanted))
    return Locked(tuple(known.values()), lines)
