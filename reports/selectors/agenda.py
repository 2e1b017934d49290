"""What a person has to do by which day, for the calendar: what is still owed, and when rounds open, are due and close."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import Organisation, User
from ministries.permissions import Act, scope_of
from ministries.selectors import names_on
from programs.quarters import Quarter
from reports import workflow
from reports.models import Report, ReportingQuarter
from reports.selectors.deadlines import next_deadline

BEHIND, AHEAD = timedelta(days=200), timedelta(days=400)
"""How far from today a calendar reaches."""
_WORK = (Act.FILL_REPORT, Act.SIGN_REPORT, Act.SUBMIT_REPORT)


@dataclass(frozen=True)
class Entry:
    """One day in a calendar. `key` never changes for the same thing; `path` is the page without language prefix."""

    key: str
    day: date
    title: str
    path: str


def agenda(actor: User) -> list[Entry]:
    """By day, in the active language: five queries at most, however many rounds and organisations."""
    scope = scope_of(actor)
    own = frozenset[int]().union(*(scope.organisations(act) for act in _WORK))
    oversees = scope.allows(Act.READ_DASHBOARD)
    if not own and not oversees:
        return []
    rounds = _rounds()
    entries = [entry for each in rounds for entry in _of_round(each, is_due=oversees)]
    if own:
        entries += _of_ministries(own, rounds)
    return sorted(entries, key=lambda entry: (entry.day, entry.key))


def _rounds() -> list[ReportingQuarter]:
    today = clock.today()
    return list(
        ReportingQuarter.objects.filter(
            plan__is_managed=True, closes_on__gte=today - BEHIND, opens_on__lte=today + AHEAD
        ).order_by("quarter", "pk")
    )


def _of_round(round_: ReportingQuarter, *, is_due: bool) -> Iterator[Entry]:
    path = "/quarters/" if is_due else "/work/"
    words = {"quarter": round_.quarter.label}
    key = f"quarter-{round_.pk}"
    yield Entry(f"{key}-opens", round_.opens_on, _("%(quarter)s開放填報") % words, path)
    if is_due:
        yield Entry(f"{key}-due", round_.due_on, _("%(quarter)s填報期限") % words, path)
    yield Entry(f"{key}-closes", round_.closes_on, _("%(quarter)s截止") % words, path)


def _of_ministries(own: Iterable[int], rounds: list[ReportingQuarter]) -> Iterator[Entry]:
    """The day on which each organisation's report is due, as long as it is owed; with its extension once it is open."""
    names = names_on(clock.today(), own)
    reports = {
        (each.reporting_quarter_id, each.organisation_id): each
        for each in Report.objects.filter(reporting_quarter__in=rounds, organisation__in=own).select_related(
            "reporting_quarter", "organisation"
        )
    }
    organisations = Organisation.objects.filter(pk__in=own).in_bulk()
    for round_ in rounds:
        for pk, organisation in organisations.items():
            report = reports.get((round_.pk, pk))
            if round_.opened_at and (report is None or not _is_owed(report, round_)):
                continue
            day = next_deadline(report).due_on if report else round_.due_on
            name = names[pk].short_zh if pk in names else organisation.code
            yield Entry(
                f"report-{round_.pk}-{pk}", day, _title(round_.quarter, name), _path(report, organisation)
            )


def _is_owed(report: Report, round_: ReportingQuarter) -> bool:
    is_open = report.is_owed and round_.takes_entries
    return is_open and report.state in workflow.EDITABLE


def _title(quarter: Quarter, organisation: str) -> str:
    return _("%(quarter)s填報期限：%(organisation)s") % {
        "quarter": quarter.label,
        "organisation": organisation,
    }


def _path(report: Report | None, organisation: Organisation) -> str:
    return f"/reports/{report.reporting_quarter.quarter}/{organisation.code}/" if report else "/work/"
