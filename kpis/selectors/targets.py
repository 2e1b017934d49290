"""Which target holds in a quarter, and which one each target took the place of: no target is ever edited.

It reads targets that the caller has fetched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kpis.models import Target
from programs.quarters import Quarter


@dataclass(frozen=True, slots=True)
class Revision:
    """A target that took the place of another one; `old` is none where nothing was promised before."""

    new: Target
    old: Target | None

    @property
    def holds_from(self) -> Quarter:
        return first_quarter_of(self.new.effective_from, self.new.year)


def in_force(targets: Iterable[Target], quarter: Quarter) -> Target | None:
    """The newest of an indicator's targets that holds in the quarter; of two as new, the one for the very year."""
    held = [each for each in targets if each.effective_from <= quarter and each.year in (None, quarter.year)]
    return max(held, key=lambda each: (each.effective_from, each.year is not None), default=None)


def first_quarter_of(effective_from: Quarter, year: int | None) -> Quarter:
    """The first quarter in which a target can hold: one for a single year waits for that year."""
    return effective_from if year is None else max(effective_from, Quarter.of(year, 1))


def revisions(targets: Iterable[Target]) -> list[Revision]:
    """Those of an indicator's targets that were decided, newest first, each with what it took the place of."""
    known = list(targets)
    decided = [each for each in known if each.decided_on]
    found = [Revision(each, _before(each, known)) for each in decided]
    return sorted(found, key=lambda each: (each.new.effective_from, each.holds_from), reverse=True)


def _before(target: Target, known: Iterable[Target]) -> Target | None:
    earlier = (each for each in known if each.effective_from < target.effective_from)
    return in_force(earlier, first_quarter_of(target.effective_from, target.year))
