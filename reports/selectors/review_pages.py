"""What a reviewer reads of a report beside its lines: the round before, what was asked for then, and who may decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import Http404

from ministries.models import User
from programs.quarters import Quarter
from reports import workflow
from reports.contents import LineContent
from reports.models import Line, Report
from reports.selectors.pages import ReportPage
from reports.selectors.review_queue import QueuedReport, WaitingLine, waiting_reports


@dataclass(frozen=True)
class LinePast:
    """What the line said when it was handed in the time before, and how often it was; whose hand is in it."""

    earlier: LineContent | None = None
    times: int = 0
    is_own: bool = False
    is_first: bool = False

    @property
    def is_barred(self) -> bool:
        """Somebody else must decide on it."""
        return self.is_own or self.is_first


def pasts_of(page: ReportPage) -> dict[int, LinePast]:
    """Line → its past, for every line of a page that was read for a reviewer; no query."""
    said: dict[int, list[dict[str, str]]] = defaultdict(list)
    for event in page.events:
        receipt = getattr(event, "receipt", None)
        for pk, line in receipt.content["lines"].items() if receipt else ():
            said[int(pk)].append(line["content"])
    lines: list[Any] = [row.line for row in page.rows]
    return {
        line.pk: LinePast(
            earlier=LineContent.from_texts(said[line.pk][-2]) if len(said[line.pk]) > 1 else None,
            times=len(said[line.pk]),
            is_own=line.is_own,
            is_first=line.is_first,
        )
        for line in lines
    }


def lines_to_decide(report: Report, keys: Collection[int]) -> tuple[list[Line], int | None]:
    """The report's lines with these keys, and the key of the line that waits next after them on its page.

    After the last one it begins again at the top; 404 where a key is not of this report. One query.
    """
    columns = ("report_id", "state", "order", "indicator_id", "program_id", "milestone_id")
    lines = sorted(report.lines.order_by("order", "pk").only(*columns), key=_place)
    chosen = [line for line in lines if line.pk in keys]
    if len(chosen) != len(keys):
        raise Http404
    for line in chosen:
        line.report = report
    last = max((place for place, line in enumerate(lines) if line.pk in keys), default=-1)
    others = [*lines[last + 1 :], *lines[: last + 1]]
    waiting = (line.pk for line in others if line.state in workflow.WAITING and line.pk not in keys)
    return chosen, next(waiting, None)


def _place(line: Line) -> tuple[bool, bool, bool]:
    """Indicators first, then programmes, milestones and sub-items, as the page shows them."""
    return line.indicator_id is None, line.program_id is None, line.milestone_id is None


@dataclass(frozen=True)
class UntroubledPage:
    """Lines of one quarter that may be accepted together, by report; and how many of the quarter may not."""

    quarter: Quarter
    reports: tuple[tuple[QueuedReport, tuple[WaitingLine, ...]], ...]
    others: int

    @property
    def lines(self) -> list[WaitingLine]:
        return [line for _report, lines in self.reports for line in lines]

    @property
    def endorses(self) -> bool:
        """Agreeing to some of them is only the first of two agreements."""
        return any(
            report.needs_second_review and any(line.line.state == "submitted" for line in lines)
            for report, lines in self.reports
        )


def untroubled_page(actor: User, quarter: Quarter) -> UntroubledPage:
    """Four queries, however many lines."""
    waiting = waiting_reports(actor, quarter)
    waiting.sort(key=lambda each: (each.report.organisation.order, each.report.pk))
    reports = tuple((each, each.untroubled) for each in waiting if each.untroubled)
    listed = sum(len(lines) for _report, lines in reports)
    return UntroubledPage(quarter, reports, sum(each.count for each in waiting) - listed)


def lines_by_key(keys: set[int]) -> list[Line]:
    """Lines of the managed plan's reports with these keys, each with its report; those that are not there are left out."""
    found = Line.objects.filter(pk__in=keys, report__reporting_quarter__plan__is_managed=True)
    return list(found.select_related("report__reporting_quarter", "report__organisation"))
