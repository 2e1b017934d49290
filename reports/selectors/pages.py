"""What the report page shows: its lines in groups, last quarter's accepted statements beside them, and its history."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.http import Http404

from kpis.models import Target
from kpis.services.publishing import target_in_force
from ministries.models import User
from programs.quarters import Quarter
from reports import checks, schedule, workflow
from reports.contents import LineContent
from reports.models import Line, LineStatement, Report, ReportEvent, ReportingQuarter
from reports.selectors.checking import check_contexts
from reports.selectors.deadlines import Deadline, deadline_of
from reports.selectors.names import Named, named


@dataclass(frozen=True)
class LineRow:
    """A line with what is known about it: its target, last quarter's accepted content, and the checks' remarks."""

    line: Line
    content: LineContent
    target: Target | None
    previous: LineContent | None
    findings: tuple[checks.Finding, ...]

    @property
    def is_ready(self) -> bool:
        return not any(finding.severity == checks.Severity.ERROR for finding in self.findings)

    @property
    def is_overdue(self) -> bool:
        """A milestone whose day has passed without its being reached."""
        is_open = self.content.reached_on is None and self.content.statement != LineStatement.NOT_APPLICABLE
        return is_open and schedule.is_overdue(self.line)

    @property
    def days_late(self) -> int:
        return schedule.days_late(self.content, self.line)

    @property
    def is_behind(self) -> bool:
        return self.content.statement == LineStatement.VALUE and schedule.is_behind(self.content)


@dataclass(frozen=True)
class ReportPage:
    """Everything on the page but what somebody types."""

    report: Report
    organisation: Named
    deadline: Deadline
    indicators: tuple[LineRow, ...]
    programs: tuple[LineRow, ...]
    milestones: tuple[LineRow, ...]
    sub_items: tuple[LineRow, ...]
    events: tuple[ReportEvent, ...]

    @property
    def rows(self) -> tuple[LineRow, ...]:
        return (*self.indicators, *self.programs, *self.milestones, *self.sub_items)

    @property
    def ready(self) -> int:
        return sum(row.is_ready for row in self.rows)

    @property
    def behind(self) -> int:
        return sum(row.is_behind for row in self.rows)

    @property
    def quarter(self) -> Quarter:
        quarter: Quarter = self.report.reporting_quarter.quarter
        return quarter

    @property
    def takes_entries(self) -> bool:
        """The round is open and the report with the ministry."""
        is_open = self.report.reporting_quarter.state == ReportingQuarter.State.OPEN
        return is_open and self.report.state in workflow.EDITABLE

    @property
    def takes_corrections(self) -> bool:
        """Reopening makes sense only while the round is open."""
        return self.report.reporting_quarter.state == ReportingQuarter.State.OPEN

    @property
    def takes_decisions(self) -> bool:
        return self.report.reporting_quarter.state != ReportingQuarter.State.PUBLISHED

    @property
    def last_return(self) -> ReportEvent | None:
        """Why the report is with the ministry again, while it is."""
        if self.report.state != workflow.State.RETURNED:
            return None
        return next((event for event in reversed(self.events) if event.to_state == self.report.state), None)


def report_for(*, actor: User, quarter: Quarter, organisation_code: str) -> Report:
    """The managed plan's report that the actor may read; 404 hides that any other exists."""
    reports = Report.objects.visible_to(actor).filter(
        reporting_quarter__plan__is_managed=True,
        reporting_quarter__quarter=quarter,
        organisation__code=organisation_code,
    )
    found = (
        reports.select_related("reporting_quarter__plan", "organisation", "submitted_by", "decided_by")
        .prefetch_related("organisation__names")
        .order_by("-reporting_quarter__plan__starts_on")
        .first()
    )
    if found is None:
        raise Http404
    return found


def lines_of(report: Report) -> QuerySet[Line]:
    """The report's lines with all that forms and checks read of them."""
    targets = Prefetch(
        "indicator__targets", Target.objects.order_by("-effective_from"), to_attr="newest_targets"
    )
    return report.lines.select_related(
        "indicator__pillar", "program", "part", "milestone__program", "sub_item__pillar", "saved_by"
    ).prefetch_related("indicator__stages", targets)


def report_page(report: Report) -> ReportPage:
    """Seven queries, however many lines; `report` comes from `report_for`."""
    quarter = report.reporting_quarter.quarter
    lines = list(lines_of(report))
    contexts = check_contexts(report, lines)
    rows = [
        LineRow(
            line=line,
            content=LineContent.of(line),
            target=target_in_force(line.indicator, quarter) if line.indicator else None,
            previous=contexts[line.pk].previous,
            findings=tuple(checks.findings(LineContent.of(line), line, contexts[line.pk])),
        )
        for line in lines
    ]
    return ReportPage(
        report=report,
        organisation=named(report.organisation, quarter.last_day),
        deadline=deadline_of(report),
        indicators=tuple(row for row in rows if row.line.indicator_id),
        programs=tuple(row for row in rows if row.line.program_id),
        milestones=tuple(row for row in rows if row.line.milestone_id),
        sub_items=tuple(row for row in rows if row.line.sub_item_id),
        events=tuple(report.events.select_related("actor")),
    )
