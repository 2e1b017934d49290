"""What an officer has to do: the own reports; and the reports that somebody ticked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, scope_of
from reports import checks, typed, workflow
from reports.contents import LineContent
from reports.models import Line, Report, ReportEvent, ReportState
from reports.models.reports import is_corrected
from reports.selectors.checking import contexts_of
from reports.selectors.deadlines import Deadline, deadline_of
from reports.selectors.decisions import AskedDecision, decisions_asked_in
from reports.selectors.names import Named, name_json, named_from


@dataclass(frozen=True)
class OwnReport:
    """A report of the actor's organisation. `ready` of `lines` counts only while the report takes entries."""

    report: Report
    organisation: Named
    deadline: Deadline
    lines: int
    ready: int
    takes_entries: bool
    returned: ReportEvent | None
    decisions: tuple[AskedDecision, ...]

    @property
    def unanswered(self) -> int:
        """Decisions without which the report is not handed in."""
        return sum(each.is_unanswered for each in self.decisions)


def own_reports(actor: User) -> list[OwnReport]:
    """The reports of the actor's own organisations, newest quarter first; six queries, however many reports."""
    own = scope_of(actor).organisations(Act.READ_REPORT)
    rows = list(
        _with_words(Report.objects.visible_to(actor))
        .filter(reporting_quarter__plan__is_managed=True, organisation__in=own)
        .annotate(
            line_count=Count("lines", Q(lines__no_longer_owed_since__isnull=True)),
            is_corrected=is_corrected(),
        )
        .order_by("-reporting_quarter__quarter", "organisation__order")
    )
    owed = [row for row in rows if _takes_entries(row)]
    ready = _ready_lines(owed)
    returned = _last_returns(owed)
    decisions = decisions_asked_in(owed, actor)
    return [
        OwnReport(
            report=row,
            organisation=named_from(row.organisation.code, row.organisation_words),
            deadline=deadline_of(row),
            lines=row.line_count,
            ready=ready.get(row.pk, 0),
            takes_entries=_takes_entries(row),
            returned=returned.get(row.pk) if row.state == ReportState.RETURNED else None,
            decisions=decisions.get(row.pk, ()),
        )
        for row in rows
    ]


def _with_words(reports: QuerySet[Report]) -> QuerySet[Any]:
    return reports.select_related("reporting_quarter", "organisation", "submitted_by", "decided_by").annotate(
        organisation_words=name_json("organisation_id", clock.today())
    )


def _takes_entries(report: Any) -> bool:
    is_open = (report.is_owed and report.reporting_quarter.takes_entries) or report.is_corrected
    return is_open and report.state in workflow.EDITABLE


def _ready_lines(reports: Iterable[Report]) -> dict[int, int]:
    """Report → how many of its lines could be submitted as they stand."""
    ready: dict[int, int] = defaultdict(int)
    rows = Line.objects.filter(report__in=list(reports), no_longer_owed_since__isnull=True).select_related(
        "indicator", "milestone__program", "report__reporting_quarter"
    )
    lines = list(rows.prefetch_related("indicator__stages"))
    contexts = contexts_of(lines)
    for line in lines:
        found = checks.findings(LineContent.of(line), line, contexts[line.pk])
        ready[line.report_id] += not any(finding.severity == checks.Severity.ERROR for finding in found)
    return ready


def _last_returns(reports: Iterable[Report]) -> dict[int, ReportEvent]:
    events = ReportEvent.objects.filter(report__in=list(reports), to_state=ReportState.RETURNED)
    return {event.report_id: event for event in events.select_related("actor").order_by("id")}


def chosen_reports(*, actor: User, keys: Iterable[str]) -> list[Report]:
    """The managed plan's reports with these keys as a form sends them; 404 where one is not the actor's to read."""
    sent = [typed.key(each) for each in keys]
    wanted = {each for each in sent if each is not None}
    if None in sent:
        raise Http404
    found = Report.objects.visible_to(actor).filter(reporting_quarter__plan__is_managed=True, pk__in=wanted)
    reports = list(found)
    if len(reports) != len(wanted):
        raise Http404
    return reports
