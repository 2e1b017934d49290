"""Why an indicator's figure is what it is: every statement is either in it or left out for a reason that is named.

Pure and exact: `total` is what `kpis.rollup` makes of the contributing rows alone, and equals the figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from kpis import models, rollup
from kpis.explanations import words
from kpis.explanations.shapes import (
    Body,
    Excluded,
    Fact,
    Figures,
    Made,
    Reason,
    Restatement,
    SincePublished,
    Standard,
    Subject,
    restatements,
)
from kpis.rollup import Amount, Comparator, Coverage, Kind, Promise, Statement, Term
from programs.quarters import Quarter

WINDOWS = ("quarter", "year", "plan")


@dataclass(frozen=True, slots=True)
class IndicatorFact(Fact):
    """What an organisation said of the indicator; `said` is the stage or edition that goes with the amount."""

    amount: Amount | None
    said_zh: str
    said_en: str
    confidence: str

    @property
    def statement_in_algebra(self) -> Statement:
        return Statement(
            self.organisation.pk, self.quarter.ordinal, self.amount, self.statement != "withdrawn"
        )


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """A statement that the figure rests on. `contributes` is empty where it was only compared with a better one."""

    fact: IndicatorFact
    contributes: Amount | None


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation that owes or owed the indicator, with its term and its own part of the figure."""

    organisation: Body
    term: Term
    amount: Amount | None
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class TargetInForce:
    """The target that holds in the quarter; `schedule` is quarter → share, in its own terms.

    `ground` and `decided_on` say why and when it took the place of the one before it, where it did.
    """

    comparator: str
    value: Decimal | None
    value_max: Decimal | None
    tolerance: Decimal | None
    frequency: str
    due_quarter: Quarter | None
    effective_from: Quarter
    schedule: Mapping[int, Decimal]
    ground: str = ""
    decided_on: date | None = None

    def get_comparator_display(self) -> str:
        return str(models.Comparator(self.comparator).label)


@dataclass(frozen=True)
class IndicatorExplanation:
    """One indicator in one quarter and window ("quarter", "year" or "plan"), as known now or at `as_of`.

    `facts` are all revisions that were known then. `figure` is the stored figure of the window, which `total` equals
    unless a recomputation is still due (`is_stale`).
    """

    indicator: Subject
    kind: Kind
    unit_zh: str
    unit_en: str
    decimal_places: int
    baseline: Decimal | None
    quarter: Quarter
    window: str
    plan_first: Quarter
    plan_last: Quarter
    target: TargetInForce | None
    standard: Standard
    weight: Decimal
    facts: tuple[IndicatorFact, ...]
    terms: tuple[tuple[Body, Term], ...]
    figure: Amount | None
    made: Made
    is_stale: bool
    as_of: datetime | None
    since_published: SincePublished | None = None

    measure = "figure"

    # --- windows ----------------------------------------------------------------------------------------
    @property
    def target_window(self) -> str:
        return "year" if self.target and self.target.frequency == "annual" else "plan"

    @property
    def is_held_against_target(self) -> bool:
        return self.window == self.target_window

    @property
    def first(self) -> Quarter:
        """The window's first quarter; its last one is the quarter itself."""
        starts = {"quarter": self.quarter, "year": self.quarter.first_of_year, "plan": self.plan_first}
        return max(starts[self.window], self.plan_first)

    @property
    def covered_from(self) -> Quarter:
        """What adds up over time is owed in every quarter of the window, all else in the quarter."""
        return self.first if self.kind in rollup.ADDS_OVER_TIME else self.quarter

    # --- rows -------------------------------------------------------------------------------------------
    @cached_property
    def known(self) -> tuple[IndicatorFact, ...]:
        """The facts in force."""
        return tuple(fact for fact in self.facts if fact.is_in_force(self.as_of))

    @cached_property
    def _sorted_out(self) -> tuple[tuple[IndicatorFact, ...], tuple[Excluded, ...]]:
        counted: list[IndicatorFact] = []
        excluded: list[Excluded] = []
        own: dict[int, list[IndicatorFact]] = defaultdict(list)
        for fact in self.known:
            own[fact.organisation.pk].append(fact)
        for body, term in self.terms:
            for fact, reason in self._judged(own[body.pk], term):
                if reason is None:
                    counted.append(fact)
                else:
                    excluded.append(Excluded(reason, body, fact.quarter, fact=fact, amount=fact.amount))
            excluded += self._missing(body, term, {fact.quarter for fact in own[body.pk]})
        return tuple(counted), tuple(excluded)

    def _judged(
        self, facts: Sequence[IndicatorFact], term: Term
    ) -> Iterator[tuple[IndicatorFact, Reason | None]]:
        """One organisation's facts, each with why it does not count; None where it does."""
        within = [fact for fact in facts if fact.quarter >= self.first]
        stated = [fact for fact in within if fact.amount is not None]
        newest = max(stated, key=lambda fact: fact.quarter, default=None)
        for fact in facts:
            if fact not in within:
                yield fact, Reason.OUTSIDE
            elif fact.statement == "judgement" or (self.kind is Kind.QUALITATIVE and fact.amount is not None):
                yield fact, Reason.IN_WORDS
            elif fact.amount is None:
                yield fact, Reason(fact.statement)
            elif self.kind in rollup.ADDS_OVER_TIME:
                yield fact, None
            elif fact is not newest:
                yield fact, Reason.SUPERSEDED
            else:
                holds = self.quarter.ordinal <= max(term.last, fact.quarter.ordinal)
                yield fact, None if holds else Reason.LEFT

    def _missing(self, body: Body, term: Term, said: set[Quarter]) -> Iterator[Excluded]:
        owed = Quarter.between(
            max(self.covered_from, Quarter(term.first)), min(self.quarter, Quarter(term.last))
        )
        return (Excluded(Reason.MISSING, body, quarter) for quarter in owed if quarter not in said)

    @cached_property
    def rows(self) -> tuple[IndicatorRow, ...]:
        counted, _excluded = self._sorted_out
        if self.kind in rollup.ADDS_OVER_TIME or self.kind is Kind.STOCK:
            return tuple(IndicatorRow(fact, fact.amount) for fact in counted)
        deciding = self._deciding(counted)
        return tuple(IndicatorRow(fact, fact.amount if fact is deciding else None) for fact in counted)

    def _deciding(self, counted: Sequence[IndicatorFact]) -> IndicatorFact | None:
        """Of kinds that do not add up one statement decides: the first that the algebra would take."""
        total = self._rolled_up(counted)
        newest = max((fact.quarter for fact in counted), default=None)
        candidates = (fact for fact in counted if self.kind is not Kind.RANK or fact.quarter == newest)
        return next((fact for fact in candidates if fact.amount == total), None)

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        return self._sorted_out[1]

    @property
    def missing(self) -> tuple[Excluded, ...]:
        """Who owes a statement that was not accepted, or no longer is."""
        return tuple(each for each in self.excluded if self._is_owed(each))

    def _is_owed(self, excluded: Excluded) -> bool:
        if (
            excluded.reason is not Reason.WITHDRAWN
            or excluded.organisation is None
            or excluded.quarter is None
        ):
            return excluded.reason is Reason.MISSING
        term = self._terms[excluded.organisation.pk]
        return excluded.quarter >= self.covered_from and term.covers(excluded.quarter.ordinal)

    @cached_property
    def _terms(self) -> dict[int, Term]:
        return {body.pk: term for body, term in self.terms}

    # --- what they add up to ----------------------------------------------------------------------------
    def total(self) -> Amount | None:
        """What the algebra makes of the contributing rows alone."""
        return self._total

    @cached_property
    def _total(self) -> Amount | None:
        return self._rolled_up(row.fact for row in self.rows)

    def _rolled_up(self, facts: Iterable[IndicatorFact]) -> Amount | None:
        said = [fact.statement_in_algebra for fact in facts]
        return rollup.roll_up(self.kind, said, self.first.ordinal, self.quarter.ordinal, self._terms)

    @property
    def adds_up(self) -> bool:
        """The stored figure is what the rows add up to; it is not while a recomputation is due."""
        return self.total() == self.figure

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """Everybody who owes or owed the indicator by the quarter, or said something of it."""
        counted = [row.fact for row in self.rows]
        found = []
        for body, term in self.terms:
            own = [fact for fact in counted if fact.organisation.pk == body.pk]
            if own or term.first <= self.quarter.ordinal:
                found.append(Member(body, term, self._rolled_up(own), self._coverage({body.pk: term})))
        return tuple(found)

    @property
    def coverage(self) -> Coverage:
        return self._coverage(self._terms)

    def _coverage(self, terms: dict[int, Term]) -> Coverage:
        said = [fact.statement_in_algebra for fact in self.known]
        return rollup.coverage(said, self.covered_from.ordinal, self.quarter.ordinal, terms)

    # --- against the target -----------------------------------------------------------------------------
    @property
    def promise(self) -> Promise | None:
        if self.target is None:
            return None
        return Promise(
            Comparator(self.target.comparator),
            self.target.value,
            self.target.tolerance or Decimal(0),
            self.baseline,
        )

    @property
    def actual(self) -> Fraction | None:
        total = self.total()
        return total.quotient if total else None

    @property
    def rate(self) -> Fraction | None:
        """Only in the target's own window."""
        if self.promise is None or self.actual is None or not self.is_held_against_target:
            return None
        return rollup.rate(self.promise, self.actual)

    @property
    def achieved(self) -> bool | None:
        if self.promise is None or self.actual is None or not self.is_held_against_target:
            return None
        return rollup.achieved(self.promise, self.actual)

    @property
    def expected(self) -> Fraction | None:
        if self.promise is None or self.target is None or not self.is_held_against_target:
            return None
        year = self.quarter.first_of_year.ordinal
        annual = self.target_window == "year"
        first, last = (year, year + 3) if annual else (self.plan_first.ordinal, self.plan_last.ordinal)
        due = self.target.due_quarter or self.plan_last
        return rollup.expected_share(
            self.promise.comparator, self.quarter.ordinal, first, last, due.ordinal, self.target.schedule
        )

    @property
    def light(self) -> str:
        if self.promise is None or not self.is_held_against_target:
            return rollup.UNLIT
        thresholds = rollup.Thresholds(self.standard.yellow, self.standard.red)
        return rollup.light(self.promise, self.actual, self.expected, thresholds)

    # --- restated ---------------------------------------------------------------------------------------
    @cached_property
    def restatements(self) -> tuple[Restatement, ...]:
        within = [fact for fact in self.facts if fact.quarter >= self.first]
        return restatements(within, self.figures_of, self.as_of)

    def figures_of(self, facts: Iterable[IndicatorFact]) -> Figures:
        amount = self._rolled_up(facts)
        return {"figure": amount.quotient if amount else None}

    @property
    def figures(self) -> Figures:
        return {"figure": self.actual, "rate": self.rate, "expected": self.expected}

    # --- in words, made when they are asked for ---------------------------------------------------------
    @property
    def formula(self) -> str:
        return words.indicator_formula(self.kind, self.window)

    @property
    def rate_formula(self) -> str:
        return words.rate_formula(self.promise) if self.promise and self.is_held_against_target else ""

    @property
    def symbols(self) -> list[str]:
        """The formula with its numbers: how the rows give the figure, the figure the rate, and the rate the light."""
        amounts = [row.fact.amount for row in self.rows if row.fact.amount is not None]
        lines = [words.sum_in_symbols(self.kind, amounts, self.total())]
        if self.promise and self.target and self.is_held_against_target:
            lines += words.rate_in_symbols(self.promise, self.actual, self.rate)
            lines += words.light_in_symbols(self.expected, self.rate, self.standard, self.light)
        return [line for line in lines if line]
