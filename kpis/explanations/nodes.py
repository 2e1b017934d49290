"""Why a figure of the plan, a pillar, a sub-item or an organisation is what it is: its children, and what is left out.

Pure and exact: `total` is what `kpis.composites` makes of the rows alone, and equals the node's figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from kpis import composites
from kpis.composites import EXECUTION_FORMULAS, Carried, Carrier, Child, Composite, Milestones, Money
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
from kpis.rollup import GREY, WHOLE, ZERO, Coverage
from programs.quarters import Quarter

MEASURES = ("score", "coverage", "progress", "money", "milestones")
COMPONENTS = ("appropriation", "allocated", "spent", "payable", "surplus")


@dataclass(frozen=True, kw_only=True)
class NodeExplanation:
    """What all of a node's explanations say; `node` is named as on the quarter's last day."""

    node: Subject
    quarter: Quarter
    standard: Standard
    as_of: datetime | None
    is_stale: bool
    since_published: SincePublished | None = None


# --- of its indicators --------------------------------------------------------------------------------------
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


# --- of its programmes --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ProgramFact(Fact):
    """What was accepted of a programme: progress in percent, money in dollars."""

    program: Subject
    planned: Decimal | None
    actual: Decimal | None
    money: Money


@dataclass(frozen=True, slots=True)
class Carrying:
    """A programme that counts in the node, once, or is only related to it."""

    program: Subject
    organisation: Body
    is_primary: bool


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
class _OfPrograms(NodeExplanation):
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
        return _made(self.known, self.algebra_version)

    @cached_property
    def restatements(self) -> tuple[Restatement, ...]:
        return restatements(self.facts, self.figures_of, self.as_of)

    def figures_of(self, facts: Iterable[ProgramFact]) -> Figures:
        raise NotImplementedError

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


def _made(facts: Sequence[Fact], version: int) -> Made:
    return Made(
        version,
        sum(fact.revision for fact in facts),
        max((fact.accepted_at for fact in facts), default=None),
    )


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


# --- of its programmes' milestones --------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class MilestoneFact(Fact):
    """What was accepted of a milestone; `milestone` is the key of the row that holds in the quarter."""

    milestone: int
    reached_on: date | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A milestone of a programme as it holds in the quarter."""

    milestone: Subject
    program: Subject
    organisation: Body
    due_on: date
    is_dropped: bool


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone that counts, and the fact that says it is reached, where one does."""

    milestone: Subject
    program: Subject
    organisation: Body
    due_on: date
    fact: MilestoneFact | None
    counted: Milestones

    @property
    def reached_on(self) -> date | None:
        return self.fact.reached_on if self.fact else None

    @property
    def counted_as(self) -> list[str]:
        """The counts that it is in."""
        return [name for name, count in _as_figures(self.counted).items() if count]


@dataclass(frozen=True, kw_only=True)
class MilestonesExplanation(NodeExplanation):
    checkpoints: tuple[Checkpoint, ...]
    facts: tuple[MilestoneFact, ...]
    related: tuple[Carrying, ...]
    algebra_version: int

    measure = "milestones"

    @cached_property
    def known(self) -> tuple[MilestoneFact, ...]:
        return tuple(fact for fact in self.facts if fact.is_in_force(self.as_of))

    @cached_property
    def rows(self) -> tuple[MilestoneRow, ...]:
        return self._rows_of(self.known)

    def _rows_of(self, facts: Iterable[MilestoneFact]) -> tuple[MilestoneRow, ...]:
        """A milestone is reached from the first quarter on whose fact in force says so."""
        reached: dict[int, MilestoneFact] = {}
        for fact in sorted(facts, key=lambda each: (each.quarter, each.pk)):
            if fact.statement == "reached":
                reached.setdefault(fact.milestone, fact)
        return tuple(
            self._row(each, reached.get(each.milestone.pk))
            for each in self.checkpoints
            if not each.is_dropped
        )

    def _row(self, each: Checkpoint, fact: MilestoneFact | None) -> MilestoneRow:
        reached_on = fact.reached_on if fact else None
        counted = composites.milestone(each.due_on, reached_on, self.quarter.last_day)
        return MilestoneRow(each.milestone, each.program, each.organisation, each.due_on, fact, counted)

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        dropped = (
            Excluded(Reason.DROPPED, each.organisation, subject=each.milestone)
            for each in self.checkpoints
            if each.is_dropped
        )
        related = (Excluded(Reason.RELATED, each.organisation, subject=each.program) for each in self.related)
        return (*dropped, *related)

    def total(self) -> Milestones:
        return _counted(self.rows)

    @property
    def coverage(self) -> Coverage:
        """Of the milestones due, how many are reached: those that are overdue are missing."""
        total = self.total()
        return Coverage(total.due - total.overdue, total.due)

    @property
    def missing(self) -> tuple[MilestoneRow, ...]:
        return tuple(row for row in self.rows if row.counted.overdue)

    def figures_of(self, facts: Iterable[MilestoneFact]) -> Figures:
        return _as_figures(_counted(self._rows_of(facts)))

    @property
    def figures(self) -> Figures:
        return _as_figures(self.total())

    @property
    def made(self) -> Made:
        return _made(self.known, self.algebra_version)

    @cached_property
    def restatements(self) -> tuple[Restatement, ...]:
        return restatements(self.facts, self.figures_of, self.as_of)

    @property
    def formula(self) -> str:
        return words.milestones_formula()

    @property
    def symbols(self) -> list[str]:
        return words.count_in_symbols(self.figures.items())


def _counted(rows: Iterable[MilestoneRow]) -> Milestones:
    return sum((row.counted for row in rows), Milestones(0, 0, 0, 0))


def _as_figures(total: Milestones) -> Figures:
    return {
        "due": total.due,
        "reached": total.reached,
        "reached_late": total.reached_late,
        "overdue": total.overdue,
    }


AnyNodeExplanation = (
    ScoreExplanation | CoverageExplanation | ProgressExplanation | MoneyExplanation | MilestonesExplanation
)
