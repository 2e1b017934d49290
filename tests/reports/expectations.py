"""What reports should be after any acts, in plain dictionaries: a second telling of the rules that the services keep.

It is written from the words of the product and reads neither `reports.workflow` nor `ministries.permissions`, so that
a mistake there is not repeated here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

MINISTRYS = {
    "fill": {"officer"},
    "sign": {"approver"},
    "submit": {"officer", "approver"},
    "ask": {"officer", "approver"},
    "switch sign-off": {"account_manager"},
}
SECRETARIATS = {
    "review": {"reviewer"},
    "second review": {"head"},
    "publish": {"head"},
    "close": {"administrator"},
    "answer": {"administrator"},
}
WRITABLE = ("draft", "returned")
OPEN_TO_REVIEW = ("submitted", "endorsed")
LEAST_FAR_FIRST = ("returned", "draft", "signed", "submitted", "endorsed", "accepted")

Texts = dict[str, str]


@dataclass(frozen=True)
class Held:
    """A role that somebody holds somewhere; in the order in which roles were given."""

    person: int
    organisation: int
    role: str


@dataclass(frozen=True)
class Lent:
    """The deputy may do what the principal may in the organisation, on these days."""

    principal: int
    deputy: int
    organisation: int
    first: date
    last: date


@dataclass
class World:
    """Who may do what today."""

    held: list[Held] = field(default_factory=list)
    lent: list[Lent] = field(default_factory=list)
    active: set[int] = field(default_factory=set)

    def hands(self, actor: int, act: str, organisation: int, today: date) -> tuple[int, ...]:
        """The actor and, where it is only in somebody's name, that somebody; nobody where the actor may not."""
        if actor not in self.active:
            return ()
        if any(self._lets(each, act, organisation) for each in self.held if each.person == actor):
            return (actor,)
        for each in self.held:
            stands_in = any(
                lent.deputy == actor
                and lent.principal == each.person
                and lent.organisation == each.organisation
                and lent.first <= today <= lent.last
                for lent in self.lent
            )
            if stands_in and each.person in self.active and self._lets(each, act, organisation):
                return (actor, each.person)
        return ()

    def _lets(self, held: Held, act: str, organisation: int) -> bool:
        if act in SECRETARIATS:
            return held.role in SECRETARIATS[act]
        return held.organisation == organisation and held.role in MINISTRYS[act]

    def knows(self, actor: int, organisation: int, today: date) -> bool:
        """Whether the organisation's report exists for the actor."""
        acts = [(act, organisation) for act in (*MINISTRYS, *SECRETARIATS)]
        is_auditor = any(each.person == actor and each.role == "auditor" for each in self.held)
        return is_auditor or any(self.hands(actor, *act, today) for act in acts)


@dataclass
class LineOf:
    """A line as it should be: what was ever saved of it, by whose hands, and what of it is in force."""

    pk: int
    report: int
    organisation: int
    quarter: int
    state: str = "draft"
    saved: list[Texts] = field(default_factory=list)
    is_complete: bool = False
    wrote: set[int] = field(default_factory=set)
    wrote_last: set[int] = field(default_factory=set)
    handed: set[int] = field(default_factory=set)
    """Who signed it or handed it in, ever."""
    endorsed: set[int] = field(default_factory=set)
    """Who endorsed it in the round of review that runs."""
    accepted: dict[int, Texts] = field(default_factory=dict)
    """Revision → content, of what was ever accepted."""
    in_force: Texts | None = None
    is_withdrawn: bool = False

    @property
    def revision(self) -> int:
        return len(self.saved)

    @property
    def says(self) -> Texts:
        return self.saved[-1] if self.saved else {}

    def save(self, texts: Texts, is_complete: bool, hands: tuple[int, ...]) -> None:
        self.saved.append(texts)
        self.is_complete = is_complete
        self.wrote |= set(hands)
        self.wrote_last = set(hands)

    def move(self, to: str) -> None:
        self.state = to
        if to != "endorsed":
            self.endorsed = set()

    def accept(self) -> None:
        self.move("accepted")
        self.accepted[self.revision] = self.says
        self.in_force, self.is_withdrawn = self.says, False

    def may_be_reviewed_by(self, hands: Iterable[int]) -> bool:
        return not (self.wrote | self.handed | self.endorsed) & set(hands)


@dataclass
class RoundOf:
    """A reporting round: when it falls due and ends, and how far it is."""

    pk: int
    due_on: date
    closes_on: date
    is_open: bool = False
    is_published: bool = False

    def takes_entries(self, today: date) -> bool:
        return self.is_open and today <= self.closes_on


@dataclass
class ReportOf:
    """A report as it should be."""

    pk: int
    organisation: int
    round: RoundOf
    lines: list[LineOf]
    deadline: date
    days_late: int | None = None
    submissions: list[set[int]] = field(default_factory=list)
    """The lines of each submission, for which there is a receipt each."""

    @property
    def state(self) -> str:
        return summary(line.state for line in self.lines)

    def hand_in(self, lines: list[LineOf], hands: tuple[int, ...], today: date) -> None:
        if self.days_late is None:
            self.days_late = max(0, (today - self.deadline).days)
        self.submissions.append({line.pk for line in lines})
        for line in lines:
            line.handed |= set(hands)
            line.move("submitted")


def summary(states: Iterable[str]) -> str:
    present = set(states)
    return next(state for state in LEAST_FAR_FIRST if state in present)


def says_of_the_work(texts: Mapping[str, str]) -> tuple[str, str]:
    """What an accepted fact keeps of the words of a line: its narrative, and whether a figure was stated."""
    return texts.get("narrative", ""), texts.get("statement", "")
