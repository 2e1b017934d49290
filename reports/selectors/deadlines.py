"""Late is a fact with a number of days: counted to the day of the first submission and kept, to today while none was made.

What is counted from is the deadline in force, which is that of the round or a later one that was granted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import F
from django.db.models.functions import Greatest

from ministries import clock
from reports.models import Report

DEADLINE_ON = Greatest(F("reporting_quarter__due_on"), F("extended_until"))
"""`Report.deadline_on` for queries of reports; the database leaves out a day that was never granted."""


@dataclass(frozen=True)
class Deadline:
    """`days` is what is left until `due_on`, negative where it has passed; `is_met` once the report was first handed in.

    Of a report that was handed in, `days` says by how many it was late, and 0 where it was not.
    """

    due_on: date
    days: int
    is_met: bool
    is_extended: bool

    @property
    def days_late(self) -> int:
        return max(0, -self.days)


def deadline_of(report: Report) -> Deadline:
    """Reads the report's round."""
    return deadline(report.reporting_quarter.due_on, report.extended_until, report.days_late)


def next_deadline(report: Report) -> Deadline:
    """By when a report that is with its ministry is awaited: one that came back late in the round, before that closes."""
    round_, today, until = report.reporting_quarter, clock.today(), report.deadline_on
    is_extended = until > round_.due_on
    if report.first_submitted_at and today > until:
        until, is_extended = round_.closes_on, False
    return Deadline(until, (until - today).days, is_met=False, is_extended=is_extended)


def deadline(due_on: date, extended_until: date | None, days_late: int | None) -> Deadline:
    """The same of the plain columns."""
    in_force = max(due_on, extended_until or due_on)
    days = (in_force - clock.today()).days if days_late is None else -days_late
    return Deadline(in_force, days, days_late is not None, in_force > due_on)


def lateness(report: Report, day: date) -> int:
    """By how many days a report that is first handed in on `day` is late; reads the report's round."""
    return max(0, (day - report.deadline_on).days)
