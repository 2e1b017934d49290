"""What happens in a round happens in the order of time, whoever planned it; the audit log reads the same way."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from ministries import clock


def at(day: date, days: int = 0) -> datetime:
    """Ten o'clock, so many days after the day."""
    return datetime.combine(day + timedelta(days=days), time(10), clock.TAIPEI)


@dataclass(order=True)
class _Entry:
    moment: datetime
    number: int
    deed: Callable[[], object] = field(compare=False)


class Agenda:
    """Deeds with their moments; a deed may plan others."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._number = 0

    def add(self, moment: datetime, deed: Callable[[], object]) -> None:
        """Of two at the same moment the first that was planned goes first."""
        self._number += 1
        heapq.heappush(self._entries, _Entry(moment, self._number, deed))

    def after(self, wait: timedelta, deed: Callable[[], object]) -> None:
        """So long after the deed that is being done."""
        self.add(clock.now() + wait, deed)

    def run(self) -> None:
        while self._entries:
            entry = heapq.heappop(self._entries)
            with clock.set_to(entry.moment):
                entry.deed()
