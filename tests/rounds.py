"""A quarter's acts for tests, through the same services that people use."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from kpis.models import Aggregation, Confidence, Publication
from ministries.clock import TAIPEI
from ministries.models import Role
from programs.models import Plan
from programs.quarters import Quarter
from reports import services
from reports.contents import LineContent, LineEntry
from reports.models import Line, LineStatement, Report, ReportingQuarter
from tests.people import People


def round_of(plan: Plan, code: str) -> ReportingQuarter:
    return ReportingQuarter.objects.get(plan=plan, quarter=Quarter.parse(code))


def after(quarter: Quarter | str, days: int) -> datetime:
    """Nine in the morning in Taipei, so many days after the quarter's last one."""
    quarter = Quarter.parse(quarter) if isinstance(quarter, str) else quarter
    return datetime.combine(quarter.last_day + timedelta(days=days), time(9), TAIPEI)


def opened(plan: Plan, code: str, people: People) -> ReportingQuarter:
    services.open_quarter(reporting_quarter=round_of(plan, code), actor=people.administrator)
    return round_of(plan, code)


def published(round_: ReportingQuarter, people: People) -> Publication:
    """Proposed by the reviewer, confirmed by the head."""
    proposal = services.propose_publication(reporting_quarter=round_, actor=people.reviewer)
    settled = services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=people.head)
    assert settled.publication
    return settled.publication


def report_of(round_: ReportingQuarter, code: str) -> Report:
    return round_.reports.get(organisation__code=code)


def content_for(line: Line, value: Decimal | int = 1) -> LineContent:
    """Some content that can be submitted, whatever the line is about."""
    said = LineContent(statement=LineStatement.VALUE, narrative="已依計畫辦理。", note="檢核提示均已確認。")
    if line.program_id:
        return replace(said, planned_progress=Decimal(50), actual_progress=Decimal(50))
    if line.milestone_id:
        return replace(said, reached_on=line.report.reporting_quarter.quarter.first_day)
    if line.indicator is None:
        return said
    amount = Decimal(value)
    match line.indicator.aggregation:
        case Aggregation.RATIO:
            return replace(said, numerator=amount, denominator=Decimal(2))
        case Aggregation.RANK:
            return replace(said, rank=int(amount), edition="2023")
        case Aggregation.MILESTONE:
            return replace(said, stage_id=line.indicator.stages.latest("order").pk)
        case Aggregation.QUALITATIVE:
            return replace(said, confidence=Confidence.ON_TRACK)
        case _:
            return replace(said, value=amount)


def fill(report: Report, people: People, value: Decimal | int = 1, **only: Any) -> Report:
    """The organisation's officer saves content for every line, or for those that match `only`."""
    lines = report.lines.filter(**only).select_related("indicator")
    entries = [LineEntry(line.pk, line.revision, content_for(line, value)) for line in lines]
    result = services.save_lines(
        report=report, entries=entries, actor=people.officer(report.organisation.code)
    )
    assert not result.errors and not result.conflicts, result
    return report


def signed(report: Report, people: People) -> Report:
    """The organisation's approver signs off all that is written."""
    return services.sign_report(report=report, actor=people.holding(Role.APPROVER, report.organisation.code))


def hand_in(report: Report, people: People) -> Report:
    """Signed off by the organisation's approver, handed in by its officer."""
    signed(report, people)
    return services.submit_report(report=report, actor=people.officer(report.organisation.code))


def submitted(report: Report, people: People, value: Decimal | int = 1) -> Report:
    fill(report, people, value)
    return hand_in(report, people)


def accepted(report: Report, people: People, value: Decimal | int = 1) -> Report:
    return services.accept_report(report=submitted(report, people, value), actor=people.reviewer)
