"""What every explanation is made of: who said what when, what was left out and why, and what was restated.

Frozen values without HTML; they know neither tables nor the language of the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from kpis.rollup import Amount
from programs.quarters import Quarter

Number = Fraction | Decimal | int
Figures = Mapping[str, Number | None]
"""The figures that one explanation explains, by name; None where there is no number."""


class Reason(StrEnum):
    """Why something stands beside a figure and not in it."""

    MISSING = "missing"
    NOTHING_DUE = "nothing_due"
    NOT_APPLICABLE = "not_applicable"
    WITHDRAWN = "withdrawn"
    IN_WORDS = "in_words"
    SUPERSEDED = "superseded"
    LEFT = "left"
    OUTSIDE = "outside"
    NO_TARGET = "no_target"
    NO_DATA = "no_data"
    NO_RATE = "no_rate"
    RELATED = "related"
    NEVER_STATED = "never_stated"
    EARLIER_YEAR = "earlier_year"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a row or a whole explanation is about: an indicator, a programme, a milestone, a node of the plan."""

    kind: str
    pk: int
    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation as it was named on the quarter's last day."""

    pk: int
    code: str
    order: int
    name_zh: str
    name_en: str
    short_zh: str
    short_en: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One accepted statement, in force or not: a revision of what one organisation said in one quarter.

    `origin` names the line of the report that it was copied from.
    """

    pk: int
    organisation: Body
    quarter: Quarter
    statement: str
    revision: int
    accepted_at: datetime
    accepted_by: str
    superseded_at: datetime | None
    reason: str
    origin: str
    narrative: str

    def is_in_force(self, as_of: datetime | None) -> bool:
        if as_of is None:
            return self.superseded_at is None
        return self.accepted_at <= as_of and (self.superseded_at is None or self.superseded_at > as_of)

    def was_in_force_before(self, moment: datetime) -> bool:
        return self.accepted_at < moment and (self.superseded_at is None or self.superseded_at >= moment)


@dataclass(frozen=True, slots=True)
class Excluded:
    """What does not count, and why. `subject` is empty where the explanation is about that subject itself."""

    reason: Reason
    organisation: Body | None = None
    quarter: Quarter | None = None
    subject: Subject | None = None
    fact: Fact | None = None
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class Standard:
    """What figures are judged by in the quarter: points of shortfall, and the formula of 執行率."""

    yellow: Decimal
    red: Decimal
    execution_formula: str


@dataclass(frozen=True, slots=True)
class Made:
    """From which facts and by which algebra the figure was made."""

    algebra_version: int
    facts_seen: int
    facts_until: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and after."""

    name: str
    old: Number | None
    new: Number | None

    @property
    def difference(self) -> Number | None:
        return None if self.old is None or self.new is None else Fraction(self.new) - Fraction(self.old)


@dataclass(frozen=True, slots=True)
class Restatement:
    """Figures that an acceptance changed after something of them had been accepted already; `causes` say why."""

    at: datetime
    changes: tuple[Change, ...]
    causes: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class SincePublished:
    """What differs from the published figures of the quarter, and what was accepted since; empty where nothing does.

    `subjects` are the parts of a composite that changed, each with its figure then and now.
    """

    published_at: datetime
    digest: str
    changes: tuple[Change, ...]
    causes: tuple[Fact, ...]
    subjects: tuple[tuple[Subject, Change], ...] = ()


def changes_of(old: Figures, new: Figures) -> tuple[Change, ...]:
    return tuple(Change(name, old.get(name), new[name]) for name in new if old.get(name) != new[name])


F = TypeVar("F", bound=Fact)


def restatements(
    facts: Sequence[F], figures: Callable[[Iterable[F]], Figures], as_of: datetime | None = None
) -> tuple[Restatement, ...]:
    """Every acceptance of a further revision that changed one of the figures, oldest first.

    The figures just before and just after it are computed anew from the facts that were in force then.
    """
    moments = sorted({fact.accepted_at for fact in facts if fact.revision > 1})
    found = []
    for moment in moments:
        if as_of is not None and moment > as_of:
            break
        before = figures(fact for fact in facts if fact.was_in_force_before(moment))
        after = figures(fact for fact in facts if fact.is_in_force(moment))
        if changes := changes_of(before, after):
            causes = tuple(fact for fact in facts if fact.accepted_at == moment)
            found.append(Restatement(moment, changes, causes))
    return tuple(found)


def made_of(facts: Sequence[Fact], version: int) -> Made:
    """By which algebra, from how many revisions, until when."""
    return Made(
        version,
        sum(fact.revision for fact in facts),
        max((fact.accepted_at for fact in facts), default=None),
    )
