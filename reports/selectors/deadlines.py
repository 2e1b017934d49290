"""Late is a fact with a number of days: counted to the moment of submission, or to today while none was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ministries import clock
from reports import workflow
from reports.models import Report


@dataclass(frozen=True)
class Deadline:
    """`days` is what is left until `due_on`, negative where it has passed; `is_met` once the report was handed in."""

    due_on: date
    days: int
    is_met: bool

    @property
    def days_late(self) -> int:
        return max(0, -self.days)


def deadline_of(report: Report) -> Deadline:
    """Reads the report's quarter; a returned report owes again."""
    return deadline(report.state, report.submitted_at, report.reporting_quarter.due_on)


def deadline(state: str, submitted_at: datetime | None, due_on: date) -> Deadline:
    """Of a report in this state, last handed in at `submitted_at`."""
    met = state not in workflow.WITH_MINISTRY and submitted_at is not None
    until = submitted_at.astimezone(clock.TAIPEI).date() if met and submitted_at else clock.today()
    return Deadline(due_on, (due_on - until).days, met)
