"""Why a node's progress and money are what they are: the programmes that count in it, each once, with their last accepted facts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from kpis import composites
from kpis.composites import EXECUTION_FORMULAS, Carried, Carrier, Money
from kpis.explanations import words
from kpis.explanations.nodes import Carrying, NodeExplanation
from kpis.explanations.shapes import (
    Body,
    Excluded,
    Fact,
    Figures,
    Made,
    Reason,
    Restatement,
    Subject,
    made_of,
    restatements,
)
from kpis.rollup import Coverage

COMPONENTS = ("appropriation", "allocated", "spent", "payable", "surplus")


@dataclass(frozen=True, slots=True)
class ProgramFact(Fact):
    """What was accepted of a programme: progress in percent, money in dollars."""

    program: Subject
    planned: Decimal | None
    actual: Decimal | None
    money: Money


@dataclass(frozen=True, slots=True)
class ProgramRow:
    """A programme that counts: whether it stated anything in the quarter, its last progress, its money of the year."""

    program: Subject
    organisation: Body
    stated: bool
    fact: ProgramFact | None
    money: Money

    @property
    def carrier(self) -> Carrier:
        planned = self.fact.planned if self.fact else None
        return Carrier(self.stated, planned, self.fact.actual if self.fact else None, self.money)


@dataclass(frozen=True, kw_only=True)
class _OfPrograms(NodeExplanation, ABC):
    carrying: tuple[Carrying, ...]
    facts: tuple[ProgramFact, ...]
    algebra_version: int

    @cached_property
    def known(self) -> tuple[ProgramFact, ...]:
        return tuple(fact for fact in self.facts if fact.is_in_force(self.as_of))

    @cached_property
    def every(self) -> tuple[ProgramRow, ...]:
        """All programmes that count, with or without a statement."""
        return self._rows_of(self.known)

    def _rows_of(self, facts: Iterable[ProgramFact]) -> tuple[ProgramRow, ...]:
        own = _by_subject(facts)
        return tuple(self._row(each, own[each.program.pk]) for each in self.carrying if each.is_primary)

    def _row(self, carrying: Carrying, facts: Sequence[ProgramFact]) -> ProgramRow:
        last = _last_progress(facts)
        stated = any(fact.quarter == self.quarter and fact.statement != Reason.WITHDRAWN for fact in facts)
        this_year = last is not None and last.quarter.year == self.quarter.year
        money = last.money if last and this_year else Money()
        return ProgramRow(carrying.program, carrying.organisation, stated, last, money)

    def _carried(self, facts: Iterable[ProgramFact]) -> Carried:
        return composites.compose_programs([row.carrier for row in self._rows_of(facts)])

    def total(self) -> Carried:
        """What the algebra makes of the programmes: progress, money, and how many of them stated anything."""
        return self._total

    @cached_property
    def _total(self) -> Carried:
        return composites.compose_programs([row.carrier for row in self.every])

    @property
    def coverage(self) -> Coverage:
        return self._total.coverage

    @property
    def missing(self) -> tuple[ProgramRow, ...]:
        return tuple(row for row in self.every if not row.stated)

    @cached_property
    def excluded(self) -> tuple[Excluded, ...]:
        own = _by_subject(self.known)
        found = []
        for each in self.carrying:
            if not each.is_primary:
                found.append(Excluded(Reason.RELATED, each.organisation, subject=each.program))
                continue
            facts = own[each.program.pk]
            last = _last_progress(facts)
            if last is None:
                found.append(Excluded(Reason.NEVER_STATED, each.organisation, subject=each.program))
            for fact in facts:
                if reason := self._left_out(fact, last):
                    found.append(Excluded(reason, each.organisation, fact.quarter, each.program, fact))
        return tuple(found)

    def _left_out(self, fact: ProgramFact, last: ProgramFact | None) -> Reason | None:
        if fact is last:
            return None
        return Reason.SUPERSEDED if fact.statement == "progress" else Reason(fact.statement)

    @property
    def made(self) -> Made:
        return made_of(self.known, self.algebra_version)

    @cached_property
    def restatements(self) -> tuple[Restatement, ...]:
        return restatements(self.facts, self.figures_of, self.as_of)

    @abstractmethod
    def figures_of(self, facts: Iterable[ProgramFact]) -> Figures: ...

    @property
    def figures(self) -> Figures:
        return self.figures_of(self.known)


def _by_subject(facts: Iterable[ProgramFact]) -> Mapping[int, list[ProgramFact]]:
    own: dict[int, list[ProgramFact]] = defaultdict(list)
    for fact in facts:
        own[fact.program.pk].append(fact)
    return own


def _last_progress(facts: Iterable[ProgramFact]) -> ProgramFact | None:
    stated = (fact for fact in facts if fact.statement == "progress")
    return max(stated, key=lambda fact: (fact.quarter, fact.pk), default=None)


@dataclass(frozen=True, kw_only=True)
class ProgressExplanation(_OfPrograms):
    """Planned and actual progress in percent, weighted by appropriation or not at all."""

    measure = "progress"

    @cached_property
    def rows(self) -> tuple[ProgramRow, ...]:
        return tuple(row for row in self.every if row.fact is not None)

    def figures_of(self, facts: Iterable[ProgramFact]) -> Figures:
        carried = self._carried(facts)
        return {"planned": carried.planned, "actual": carried.actual}

    def weight_of(self, row: ProgramRow) -> Decimal:
        return (row.money.appropriation or Decimal(0)) if self._total.by_appropriation else Decimal(1)

    @property
    def formula(self) -> str:
        return words.progress_formula(self._total.by_appropriation)

    @property
    def symbols(self) -> list[str]:
        lines = []
        for name, mean in (("planned", self._total.planned), ("actual", self._total.actual)):
            weighed = [(self.weight_of(row), getattr(row.fact, name)) for row in self.rows]
            line = words.progress_in_symbols(weighed, self._total.by_appropriation, mean)
            if line:
                lines.append(f"{words.figure_name(name)} = {line}")
        return lines


@dataclass(frozen=True, kw_only=True)
class MoneyExplanation(_OfPrograms):
    """Sums of what is stated in the fiscal year, in New Taiwan dollars, and rates of sums, divided last."""

    measure = "money"

    @cached_property
    def rows(self) -> tuple[ProgramRow, ...]:
        return tuple(row for row in self.every if row.money != Money())

    def _left_out(self, fact: ProgramFact, last: ProgramFact | None) -> Reason | None:
        if fact is last and fact.quarter.year != self.quarter.year:
            return Reason.EARLIER_YEAR
        return super()._left_out(fact, last)

    def figures_of(self, facts: Iterable[ProgramFact]) -> Figures:
        money = self._carried(facts).money
        return {
            **{name: getattr(money, name) for name in COMPONENTS},
            "executed": money.executed,
            "execution_rate": EXECUTION_FORMULAS[self.standard.execution_formula](money),
            "achievement_rate": money.achievement_rate,
        }

    @property
    def formula(self) -> str:
        return words.money_formula(self.standard.execution_formula)

    @property
    def symbols(self) -> list[str]:
        money = self._total.money
        lines = []
        for name in COMPONENTS:
            amounts = [amount for row in self.rows if (amount := getattr(row.money, name)) is not None]
            lines.append(words.amounts_in_symbols(name, amounts, getattr(money, name)))
        lines.append(words.executed_in_symbols((money.spent, money.payable, money.surplus), money.executed))
        with_surplus = self.standard.execution_formula == "with-surplus/1"
        below = [money.allocated, money.surplus] if with_surplus else [money.allocated]
        rate = EXECUTION_FORMULAS[self.standard.execution_formula](money)
        lines.append(words.share_in_symbols("execution_rate", money.executed, below, rate))
        lines.append(
            words.share_in_symbols(
                "achievement_rate", money.executed, [money.appropriation], money.achievement_rate
            )
        )
        return [line for line in lines if line]
