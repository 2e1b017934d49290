"""Why a node's score and coverage are what they are: its indicators with their weights, and the facts they owe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from kpis import composites
from kpis.composites import Child, Composite
from kpis.explanations import words
from kpis.explanations.nodes import NodeExplanation
from kpis.explanations.shapes import (
    Body,
    Excluded,
    Figures,
    Made,
    Reason,
    Restatement,
    Subject,
)
from kpis.rollup import GREY, WHOLE, ZERO, Coverage


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """An indicator with its rate, light, weight and coverage; `contributes` is its clamped rate times its weight."""

    indicator: Subject
    light: str
    rate_numerator: Decimal | None
    rate_denominator: Decimal | None
    expected_numerator: Decimal | None
    expected_denominator: Decimal | None
    weight: Decimal
    stated: int
    owed: int
    has_target: bool
    facts_seen: int
    facts_until: datetime | None
    algebra_version: int

    @property
    def rate(self) -> Fraction | None:
        return _divided(self.rate_numerator, self.rate_denominator)

    @property
    def expected(self) -> Fraction | None:
        return _divided(self.expected_numerator, self.expected_denominator)

    @property
    def child(self) -> Child:
        return Child(self.light, self.rate, self.expected, Coverage(self.stated, self.owed), self.weight)

    @property
    def clamped(self) -> Decimal | None:
        """The rate as it enters the mean: within 0-1, to ten places."""
        rate = self.rate
        return None if rate is None else composites.rounded(min(max(rate, ZERO), WHOLE))

    @property
    def contributes(self) -> Decimal | None:
        clamped = self.clamped
        return None if clamped is None else clamped * self.weight

    @property
    def lead(self) -> Fraction | None:
        rate, expected = self.rate, self.expected
        return None if rate is None or expected is None else rate - expected


def _divided(numerator: Decimal | None, denominator: Decimal | None) -> Fraction | None:
    return None if numerator is None or not denominator else Fraction(numerator) / Fraction(denominator)


@dataclass(frozen=True, kw_only=True)
class ScoreExplanation(NodeExplanation):
    """The mean of the rates; `children` are all of the node's indicators."""

    children: tuple[ScoreRow, ...]

    measure = "score"

    @cached_property
    def rows(self) -> tuple[ScoreRow, ...]:
        return tuple(row for row in self.children if row.rate_numerator is not None)

    @cached_property
    def excluded(self) -> tuple[Excluded, ...]:
        return tuple(
            Excluded(_why_unrated(row), subject=row.indicator)
            for row in self.children
            if row.rate_numerator is None
        )

    def total(self) -> Composite:
        """What the algebra makes of the children: the mean of those that have a rate, and the lights of all."""
        return self._total

    @cached_property
    def _total(self) -> Composite:
        return composites.compose(row.child for row in self.children)

    @property
    def figures(self) -> Figures:
        return {"score": self._total.score}

    @property
    def coverage(self) -> Coverage:
        return self._total.coverage

    @property
    def incomplete(self) -> tuple[ScoreRow, ...]:
        return tuple(row for row in self.children if row.stated < row.owed)

    @cached_property
    def weakest(self) -> ScoreRow | None:
        """The indicator furthest behind, by the rule of the composite; of several the one written down first."""
        led = [(lead, row.indicator.pk, row) for row in self.rows if (lead := row.child.lead) is not None]
        return min(led, key=lambda each: each[:2], default=(None, None, None))[2]

    @property
    def made(self) -> Made:
        moments = [row.facts_until for row in self.children if row.facts_until]
        return Made(
            min((row.algebra_version for row in self.children), default=0),
            sum(row.facts_seen for row in self.children),
            max(moments, default=None),
        )

    restatements: tuple[Restatement, ...] = ()

    @property
    def formula(self) -> str:
        return words.score_formula()

    @property
    def symbols(self) -> list[str]:
        total = self._total
        shown = [(row.weight, row.clamped) for row in self.rows[: words.SHOWN_TERMS]]
        line = words.score_in_symbols(shown, len(self.rows), total.rated, total.weight, total.score)
        return [line] if line else []


def _why_unrated(row: ScoreRow) -> Reason:
    if not row.has_target:
        return Reason.NO_TARGET
    return Reason.NO_DATA if row.light == GREY else Reason.NO_RATE


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """What one organisation owes of an indicator, and how much of it was accepted."""

    indicator: Subject
    organisation: Body
    stated: int
    owed: int

    @property
    def missing(self) -> int:
        return self.owed - self.stated


@dataclass(frozen=True, kw_only=True)
class CoverageExplanation(NodeExplanation):
    rows: tuple[CoverageRow, ...]
    made: Made
    excluded: tuple[Excluded, ...] = ()
    restatements: tuple[Restatement, ...] = ()

    measure = "coverage"

    def total(self) -> Coverage:
        return sum((Coverage(row.stated, row.owed) for row in self.rows), Coverage(0, 0))

    @property
    def coverage(self) -> Coverage:
        return self.total()

    @property
    def missing(self) -> tuple[CoverageRow, ...]:
        return tuple(row for row in self.rows if row.missing)

    @property
    def outstanding(self) -> int:
        total = self.total()
        return total.owed - total.stated

    @property
    def figures(self) -> Figures:
        total = self.total()
        return {"stated": total.stated, "owed": total.owed}

    @property
    def formula(self) -> str:
        return words.coverage_formula()

    @property
    def symbols(self) -> list[str]:
        total = self.total()
        pairs = [(row.stated, row.owed) for row in self.rows]
        return [words.coverage_in_symbols(pairs, total.stated, total.owed)]
