"""Rounds open and close by themselves on their days; whoever finds them waiting moves them, once, in the system's name.

It may run at any time, twice, and beside people who open and close by hand: each round is moved under its own lock,
and one that somebody else holds is left for the next time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from programs.quarters import Quarter
from reports.models import ReportingQuarter
from reports.models.quarters import ReportingQuarterQuerySet
from reports.services.quarters import end, enter
from reports.services.rosters import RosterChange, update_roster


@dataclass(frozen=True)
class Turned:
    """The rounds that were opened and closed, and those that ask for other lines now."""

    opened: tuple[Quarter, ...] = ()
    closed: tuple[Quarter, ...] = ()
    changed: tuple[Quarter, ...] = ()


def turn_quarters() -> Turned:
    """Closes the managed plans' rounds whose last day has passed, and opens those whose first day has come.

    Rounds that take entries ask for what is owed now.
    """
    managed = ReportingQuarter.objects.filter(plan__is_managed=True)
    return Turned(
        closed=_each(managed.waiting_to_close(), end),
        opened=_each(managed.waiting_to_open(), enter),
        changed=tuple(
            each.quarter
            for each in managed.taking_entries().select_related("plan")
            if update_roster(reporting_quarter=each) != RosterChange()
        ),
    )


def _each(
    waiting: ReportingQuarterQuerySet, act: Callable[[ReportingQuarter, None], object]
) -> tuple[Quarter, ...]:
    done = []
    for pk in waiting.order_by("plan", "quarter").values_list("pk", flat=True):
        with transaction.atomic():
            claimed = waiting.filter(pk=pk).select_for_update(of=("self",), skip_locked=True)
            # The lock sees the row as it is now: one that somebody moved meanwhile no longer waits.
            round_ = claimed.select_related("plan").first()
            if round_ is not None:
                act(round_, None)
                done.append(round_.quarter)
    return tuple(done)
