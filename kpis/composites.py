"""What a node (plan, pillar, sub-item, organisation) shows of its indicators and programmes; units are never added.

Pure, frozen and exact, like `kpis.rollup`, on which it builds. Every value has an associative and commutative `+`, so
that any grouping of the same children gives the same node.

=============  ==============================================================================================
a node shows   how
=============  ==============================================================================================
lights         how many indicators stand at each
coverage       k of n, summed; below n of n the node is marked incomplete
score          mean of the rates clamped to 0-1, weighted, over the indicators that have one; none without any
weakest child  the lowest rate less expected share
programmes     each once, by its primary marks; related ones are listed apart and never counted
progress       planned and actual, weighted by the year's appropriation where every member with progress states one
               above zero, else unweighted and labelled so
money          sums of what is stated; rates of sums, divided last
milestones     due, reached, reached late, overdue; each once
=============  ==============================================================================================

An organisation's node holds the indicators that it owes in the quarter, with its own coverage of them. A missing child
is neither zero nor silently dropped: it stands among the grey lights and in the coverage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from kpis.rollup import LIGHTS, WHOLE, ZERO, Coverage

RATE_PLACES = Decimal("1e-10")
"""Rates enter a composite rounded to ten places, half away from zero, so that any grouping gives the same sum."""


@dataclass(frozen=True)
class Child:
    """One indicator's standing in a composite: its light, rate, expected share, coverage and weight."""

    light: str
    rate: Fraction | None
    expected: Fraction | None
    coverage: Coverage
    weight: Decimal = Decimal(1)

    @property
    def lead(self) -> int | None:
        """Rate less expected share in units of 1e-10, cut off; the child with the lowest is the weakest."""
        return (
            None if self.rate is None or self.expected is None else int((self.rate - self.expected) * 10**10)
        )


@dataclass(frozen=True)
class Composite:
    """What a node shows of its indicators; units are never added. `+` joins disjoint groups of children.

    The score is the mean of the rates clamped to 0-1, weighted, over the children that have one.
    """

    lights: Mapping[str, int]
    coverage: Coverage
    rated: Decimal
    weight: Decimal

    def __add__(self, other: Composite) -> Composite:
        lights = {name: self.lights.get(name, 0) + other.lights.get(name, 0) for name in LIGHTS}
        return Composite(
            lights,
            self.coverage + other.coverage,
            self.rated + other.rated,
            self.weight + other.weight,
        )

    @property
    def score(self) -> Fraction | None:
        return Fraction(self.rated) / Fraction(self.weight) if self.weight else None


def compose(children: Iterable[Child]) -> Composite:
    """A node over its indicators: a child without a rate counts by its light and coverage, never as zero."""
    lights = dict.fromkeys(LIGHTS, 0)
    stated = owed = 0
    rated = weight = Decimal(0)
    for child in children:
        lights[child.light] += 1
        stated += child.coverage.stated
        owed += child.coverage.owed
        if child.rate is not None:
            rated += rounded(min(max(child.rate, ZERO), WHOLE)) * child.weight
            weight += child.weight
    return Composite(lights, Coverage(stated, owed), rated, weight)


def rounded(rate: Fraction) -> Decimal:
    """A rate to ten places, half away from zero."""
    with localcontext() as context:
        context.prec = 60
        quotient = Decimal(rate.numerator) / Decimal(rate.denominator)
        return quotient.quantize(RATE_PLACES, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Money:
    """A programme's money in the fiscal year, cumulative, in New Taiwan dollars; None is not stated, never zero."""

    appropriation: Decimal | None = None
    allocated: Decimal | None = None
    spent: Decimal | None = None
    payable: Decimal | None = None
    surplus: Decimal | None = None

    def __add__(self, other: Money) -> Money:
        return Money(
            _either(self.appropriation, other.appropriation),
            _either(self.allocated, other.allocated),
            _either(self.spent, other.spent),
            _either(self.payable, other.payable),
            _either(self.surplus, other.surplus),
        )

    @property
    def executed(self) -> Decimal | None:
        """執行數 = 實支數 + 應付未付數 + 賸餘數."""
        return _either(_either(self.spent, self.payable), self.surplus)

    @property
    def achievement_rate(self) -> Fraction | None:
        """達成率 = 執行數 / 預算數."""
        return _share(self.executed, self.appropriation)


def _either(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """The sum of what is stated."""
    if one is None or other is None:
        return one if other is None else other
    return one + other


def _share(part: Decimal | None, whole: Decimal | None) -> Fraction | None:
    """Divided last; over nothing, or over what is not stated, there is no rate."""
    return None if part is None or not whole else Fraction(part) / Fraction(whole)


EXECUTION_FORMULAS: Mapping[str, Callable[[Money], Fraction | None]] = {
    "with-surplus/1": lambda money: _share(
        money.executed, None if money.allocated is None else money.allocated + (money.surplus or 0)
    ),
    "of-allocation/1": lambda money: _share(money.executed, money.allocated),
}
"""執行率 by name and version: 執行數 / (累計分配數 + 賸餘數), and 執行數 / 累計分配數. Agencies differ; a plan's standard chooses."""


@dataclass(frozen=True)
class Carrier:
    """A programme in a node: whether it stated anything in the quarter, its last progress in percent, its money."""

    stated: bool
    planned: Decimal | None = None
    actual: Decimal | None = None
    money: Money = Money()


@dataclass(frozen=True)
class Carried:
    """What a node shows of its programmes, each counted once; progress is weighted by appropriation or not at all."""

    coverage: Coverage
    planned: Fraction | None
    actual: Fraction | None
    by_appropriation: bool
    money: Money


def compose_programs(carriers: Sequence[Carrier]) -> Carried:
    """Weighted by the year's appropriation where every member with progress states one above zero, else unweighted."""
    moving = [each for each in carriers if each.planned is not None]
    by_money = bool(moving) and all((each.money.appropriation or 0) > 0 for each in moving)
    weights = [Fraction(each.money.appropriation or 0) if by_money else WHOLE for each in moving]
    money = Money()
    for each in carriers:
        money += each.money
    return Carried(
        Coverage(sum(each.stated for each in carriers), len(carriers)),
        _mean([each.planned for each in moving], weights),
        _mean([each.actual for each in moving], weights),
        by_money,
        money,
    )


def _mean(values: Sequence[Decimal | None], weights: Sequence[Fraction]) -> Fraction | None:
    total = sum(weights, ZERO)
    stated = (Fraction(value or 0) * weight for value, weight in zip(values, weights, strict=True))
    return sum(stated, ZERO) / total if total else None


@dataclass(frozen=True)
class Milestones:
    """查核點 of programmes at a quarter's end: due by then; of those reached, reached late, and overdue.

    `reached` counts every milestone reached, also before it is due. `+` joins disjoint groups.
    """

    due: int
    reached: int
    reached_late: int
    overdue: int

    def __add__(self, other: Milestones) -> Milestones:
        return Milestones(
            self.due + other.due,
            self.reached + other.reached,
            self.reached_late + other.reached_late,
            self.overdue + other.overdue,
        )


def milestone(due_on: date, reached_on: date | None, until: date) -> Milestones:
    """One milestone at the end of the quarter that ends with `until`; `reached_on` as accepted up to that quarter."""
    due = due_on <= until
    return Milestones(
        due=int(due),
        reached=int(reached_on is not None),
        reached_late=int(reached_on is not None and reached_on > due_on),
        overdue=int(due and reached_on is None),
    )
