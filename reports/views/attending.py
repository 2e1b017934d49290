"""What the list of what needs attention shows of an address: which rows, in which order, and how many of them.

The page and the file ask here, so that they show the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, QueryDict

from reports.selectors import Attended, Attention
from reports.views import sorting
from reports.views.sorting import Chosen

MOST = 20
ALL = "all"


@dataclass(frozen=True)
class Listed:
    """The rows that are shown, of how many there are in what was chosen."""

    rows: tuple[Attended, ...]
    total: int
    shows_all: bool

    @property
    def is_cut(self) -> bool:
        return len(self.rows) < self.total


def listed(attention: Attention, query: QueryDict, chosen: Chosen | None) -> Listed:
    """`?sort=` orders the rows, `?attention=all` shows those after the first `MOST` too."""
    wanted = query.get("attention", "")
    if wanted not in ("", ALL):
        raise Http404
    rows = [each for each in attention.rows if chosen is None or chosen.holds(each)]
    rows = sorting.ordered(rows, query.get("sort", ""), sorting.ATTENTION)
    shown = rows if wanted else rows[:MOST]
    return Listed(tuple(shown), len(rows), bool(wanted))
