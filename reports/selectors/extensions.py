"""Who asked for more time, and what was answered: of one report, of one round, or of the plan under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from ministries import clock
from programs.models import Plan
from reports.models import Extension, Report, ReportingQuarter
from reports.selectors.deadlines import Deadline, deadline_of
from reports.selectors.names import Named, name_json, named, named_from


@dataclass(frozen=True)
class ExtensionRow:
    """A request with the report it is for and that report's deadline in force."""

    extension: Extension
    organisation: Named
    deadline: Deadline

    @property
    def is_open(self) -> bool:
        return self.extension.state == Extension.State.ASKED


@dataclass(frozen=True)
class ExtensionPage:
    """One report's deadline and every request for more time, newest first."""

    report: Report
    organisation: Named
    deadline: Deadline
    rows: tuple[ExtensionRow, ...]

    @property
    def waiting(self) -> ExtensionRow | None:
        return next((row for row in self.rows if row.is_open), None)

    @property
    def settled(self) -> tuple[ExtensionRow, ...]:
        return tuple(row for row in self.rows if not row.is_open)

    @property
    def takes_requests(self) -> bool:
        """The page offers what the service would not refuse at once."""
        waits = self.waiting is None and self.report.first_submitted_at is None
        return waits and self.report.reporting_quarter.takes_entries


def extension_page(report: Report) -> ExtensionPage:
    """One query; `report` comes from `report_for`."""
    rows = _rows(Extension.objects.filter(report=report).order_by("-id"))
    day = report.reporting_quarter.quarter.last_day
    return ExtensionPage(report, named(report.organisation, day), deadline_of(report), rows)


def extensions_of_round(round_: ReportingQuarter) -> tuple[ExtensionRow, ...]:
    """Every request in the round, in the order of their asking; one query."""
    return _rows(Extension.objects.filter(report__reporting_quarter=round_))


def extensions_of_plan(plan: Plan | None) -> tuple[ExtensionRow, ...]:
    """Every request in the plan, newest first; one query."""
    return _rows(Extension.objects.filter(report__reporting_quarter__plan=plan).order_by("-id"))


def _rows(extensions: QuerySet[Extension]) -> tuple[ExtensionRow, ...]:
    people = (f"{act}_{who}" for act in ("asked", "answered", "withdrawn") for who in ("by", "on_behalf_of"))
    found: QuerySet[Any] = extensions.select_related(
        "report__reporting_quarter", "report__organisation", *people
    ).annotate(organisation_words=name_json("report__organisation_id", clock.today()))
    return tuple(
        ExtensionRow(
            each,
            named_from(each.report.organisation.code, each.organisation_words),
            deadline_of(each.report),
        )
        for each in found
    )


def asked_until() -> Subquery:
    """The day that is asked for and waits for its answer, for a query of reports."""
    waiting = Extension.objects.filter(report=OuterRef("pk"), state=Extension.State.ASKED)
    return Subquery(waiting.values("until_asked")[:1])
