"""What every check of records needs: to complain at a record's place, and to know what cannot be judged.

A reference to a record that was given but could not be read is no problem of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.utils.translation import gettext as _

from kpis.imports.bases import Record
from kpis.imports.problems import Problem

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Known:
    """What exists already: codes of organisations, and of plans with those of their pillars and of what was decided.

    Decided codes are written as `N01` (a programme), `P01 M4` (its milestone), `P01 M1 113Q2` (another day of a
    printed one), `P01 P01.N1` (its part) and `KR1.1 NDC` (an indicator's owner).
    """

    organisations: frozenset[str] = frozenset()
    pillars_of_plans: Mapping[str, frozenset[str]] = field(default_factory=dict)
    decided_of_plans: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass
class Checker:
    """Collects problems. `broken` are codes of unsound records; `anything` holds where a whole file is missing."""

    problems: list[Problem] = field(default_factory=list)
    broken: frozenset[str] = frozenset()
    anything: bool = False

    def complain(self, record: Record, name: str, message: str) -> None:
        self.problems.append(Problem(record.at, name, message))

    def once(self, records: Iterable[R], key: Callable[[R], Hashable], name: str) -> None:
        """Complains about every record whose key an earlier one had."""
        seen: set[Hashable] = set()
        for record in records:
            value = key(record)
            if value in seen:
                self.complain(record, name, _("「%(value)s」重複。") % {"value": value})
            seen.add(value)

    def refers(self, record: Record, name: str, code: str | None, known: Collection[str]) -> None:
        """Complains where `code` is given and names nothing."""
        if code is None or code in known or code in self.broken or self.anything:
            return
        self.complain(record, name, _("找不到「%(code)s」。") % {"code": code})

    def forward(self, record: Record, first: str, last: str, *, may_equal: bool = True) -> None:
        """Complains where the period between two fields runs backwards."""
        start, end = getattr(record, first), getattr(record, last)
        if start is None or end is None or start < end or (may_equal and start == end):
            return
        self.complain(
            record,
            last,
            _("%(end)s 早於起始的 %(start)s。") % {"end": end, "start": start}
            if end < start
            else _("不得與起始的 %(start)s 相同。") % {"start": start},
        )

    def not_itself(self, record: Record, name: str, own: str, other: str | None) -> None:
        if own == other:
            self.complain(record, name, _("不得指向自己。"))
