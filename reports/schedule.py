"""How far a line is behind what was planned for it: in points of progress, or in days of its milestone.

It does not know what follows from being behind; `reports.predicates` says that.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings

from ministries import clock
from programs.quarters import Quarter
from reports.contents import LineContent
from reports.models import Line, LineStatement


def quarter_of(line: Line) -> Quarter:
    quarter: Quarter = line.report.reporting_quarter.quarter
    return quarter


def shortfall(content: LineContent) -> Decimal | None:
    """Points by which the actual progress is behind the planned one, of the term or of the year, whichever is more."""
    pairs = (
        (content.planned_progress, content.actual_progress),
        (content.year_planned_progress, content.year_actual_progress),
    )
    return max(
        (planned - actual for planned, actual in pairs if planned is not None and actual is not None),
        default=None,
    )


def is_behind(content: LineContent, points: Decimal | int | None = None) -> bool:
    """Behind by so many points or more; by the settings' number of them where none is given."""
    short = shortfall(content)
    return short is not None and short >= (settings.BEHIND_POINTS if points is None else points)


def is_overdue(line: Line) -> bool:
    """The milestone's day has passed, and it lay in the quarter that is reported on, or before."""
    return line.milestone is not None and line.milestone.due_on < min(
        clock.today(), (quarter_of(line) + 1).first_day
    )


def days_late(content: LineContent, line: Line) -> int:
    """Days from the milestone's day to the day on which it was reached, or to the end of the quarter while it is not."""
    if line.milestone is None or content.statement == LineStatement.NOT_APPLICABLE:
        return 0
    until = content.reached_on or min(clock.today(), quarter_of(line).last_day)
    return max(0, (until - line.milestone.due_on).days)
