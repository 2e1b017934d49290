"""Which reports are still owed, by when, and which of their lines lack something: what reminders are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ministries import clock
from reports import checks, workflow
from reports.contents import LineContent
from reports.models import Line, Report, ReportingQuarter, ReportState
from reports.selectors.checking import contexts_of
from reports.selectors.deadlines import Deadline, next_deadline
from reports.selectors.names import Named, name_json, named_from

Pair = dict[str, str]
"""A text in both languages, as notices keep it: {"zh": …, "en": …}."""


@dataclass(frozen=True)
class OwedReport:
    """A report that its ministry has not handed in, or was given back. `lacking` names the lines that lack something."""

    report: Report
    organisation: Named
    deadline: Deadline
    lines: int
    lacking: tuple[Pair, ...]

    @property
    def is_returned(self) -> bool:
        return self.report.state == ReportState.RETURNED

    @property
    def path(self) -> str:
        return f"/reports/{self.report.reporting_quarter.quarter}/{self.organisation.code}/"

    @property
    def title(self) -> Pair:
        quarter = self.report.reporting_quarter.quarter
        return {
            "zh": f"{quarter.label_zh} {self.organisation.name_zh}",
            "en": f"{quarter.label_en} {self.organisation.name_en}",
        }


def owed_reports() -> list[OwedReport]:
    """Every report of a managed plan that takes entries and is with its ministry; the number of queries is fixed."""
    open_rounds = ReportingQuarter.objects.taking_entries().filter(plan__is_managed=True)
    reports: list[Any] = list(
        Report.objects.filter(
            reporting_quarter__in=open_rounds,
            state__in=workflow.EDITABLE,
            no_longer_owed_since__isnull=True,
        )
        .select_related("reporting_quarter", "organisation")
        .annotate(organisation_words=name_json("organisation_id", clock.today()))
        .order_by("reporting_quarter__quarter", "organisation__order", "pk")
    )
    counted, lacking = _lines_of(reports)
    return [
        OwedReport(
            report=each,
            organisation=named_from(each.organisation.code, each.organisation_words),
            deadline=next_deadline(each),
            lines=counted[each.pk],
            lacking=tuple(lacking[each.pk]),
        )
        for each in reports
    ]


def _lines_of(reports: Iterable[Report]) -> tuple[dict[int, int], dict[int, list[Pair]]]:
    """Report → how many lines it has, and the names of those that could not be handed in as they stand."""
    counted: dict[int, int] = defaultdict(int)
    lacking: dict[int, list[Pair]] = defaultdict(list)
    rows = (
        Line.objects.filter(report__in=list(reports), no_longer_owed_since__isnull=True)
        .select_related(
            "indicator", "program", "part", "milestone__program", "sub_item", "report__reporting_quarter"
        )
        .prefetch_related("indicator__stages")
        .order_by("report", "order")
    )
    lines = list(rows)
    contexts = contexts_of(lines)
    for line in lines:
        counted[line.report_id] += 1
        found = checks.findings(LineContent.of(line), line, contexts[line.pk])
        if any(each.severity == checks.Severity.ERROR for each in found):
            lacking[line.report_id].append(name_of(line))
    return counted, lacking


def name_of(line: Line) -> Pair:
    """What the line is about; a milestone and a part with the programme that they belong to."""
    parts = [
        each
        for each in (
            line.indicator or line.sub_item,
            line.program or (line.milestone.program if line.milestone else None),
            line.part or line.milestone,
        )
        if each
    ]
    return {
        "zh": "－".join(each.name_zh for each in parts),
        "en": " – ".join(each.name_en or each.name_zh for each in parts),
    }
