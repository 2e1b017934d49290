"""Late is a fact with a number of days: counted to the moment of submission, or to today while none was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
    due_on = report.reporting_quarter.due_on
    met = report.state not in workflow.EDITABLE and report.submitted_at is not None
    until = (
        report.submitted_at.astimezone(clock.TAIPEI).date() if met and report.submitted_at else clock.today()
    )
    return Deadline(due_on, (due_on - until).days, met)
