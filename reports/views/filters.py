"""What a list's address asks for: which rows, and what else could be asked for; an unknown wish is not found.

It reads addresses and rows that were read already; what may be seen at all was decided before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import Http404, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ministries import clock
from programs.quarters import Quarter
from reports.models import Outlook
from reports.selectors import DecisionRow
from reports.selectors.names import Named

ALL = "all"
Test = Callable[[DecisionRow], bool]
STATES: Mapping[str, tuple[Promise, Test]] = {
    "open": (_("尚在列管"), lambda row: row.decision.is_open),
    "closed": (_("已解除列管"), lambda row: not row.decision.is_open),
    ALL: (_("全部"), lambda _row: True),
}
DUES: Mapping[str, tuple[Promise, Test]] = {
    "overdue": (_("已逾期"), lambda row: row.due.is_overdue),
    "now": (_("本季到期"), lambda row: row.due.quarter == Quarter.containing(clock.today())),
    "later": (_("以後到期"), lambda row: row.due.quarter > Quarter.containing(clock.today())),
}


@dataclass(frozen=True)
class DecisionsAsked:
    """The rows that were asked for, and the choices of each filter with the one that was made."""

    rows: tuple[DecisionRow, ...]
    state: str
    owner: str
    due: str
    said: str
    owners: tuple[Named, ...]

    @property
    def states(self) -> list[tuple[str, Promise]]:
        return [(value, label) for value, (label, _test) in STATES.items()]

    @property
    def dues(self) -> list[tuple[str, Promise]]:
        return [(value, label) for value, (label, _test) in DUES.items()]

    @property
    def outlooks(self) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Outlook.choices]

    @property
    def is_filtered(self) -> bool:
        return bool(self.owner or self.due or self.said) or self.state != "open"


def decisions_asked(query: QueryDict, rows: Sequence[DecisionRow]) -> DecisionsAsked:
    """Without a state those that are open; 404 for a value that no choice of the page has."""
    owners = {row.organisation.code: row.organisation for row in rows}
    state, owner = query.get("state") or "open", query.get("owner", "")
    due, said = query.get("due", ""), query.get("said", "")
    known = (state in STATES, due in ("", *DUES), said in ("", *Outlook.values), owner in ("", *owners))
    if not all(known):
        raise Http404
    tests: list[Test] = [STATES[state][1]]
    if due:
        tests.append(DUES[due][1])
    if owner:
        tests.append(lambda row: row.organisation.code == owner)
    if said:
        tests.append(lambda row: row.outlook == said)
    return DecisionsAsked(
        rows=tuple(row for row in rows if all(test(row) for test in tests)),
        state=state,
        owner=owner,
        due=due,
        said=said,
        owners=tuple(sorted(owners.values(), key=lambda each: each.code)),
    )
