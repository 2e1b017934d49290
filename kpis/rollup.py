"""The algebra of roll-up: how statements add up over quarters, then over organisations, then against the target.

Pure, frozen and exact; it knows neither models nor clock. `kpis.engine` is the same algebra as set-based SQL, and
`docs/methodology` says it to the public.

Over the quarters of a window, then over organisations:

=============  =====================================  =================================================
kind           over quarters                          over organisations
=============  =====================================  =================================================
flow           sum                                    sum
stock          last stated value                      sum
ratio          Σ numerator / Σ denominator            Σ / Σ
rank           last edition                           whoever stated last; of several, the worst rank
milestone      last stage, as the share it reaches    the least advanced
maximum        last stated value                      maximum
qualitative    nothing is computed                    nothing is computed
=============  =====================================  =================================================

*Nothing due*, *not applicable* and *withdrawn* state no value: a window skips them. The first two count as
stated in the coverage, a withdrawn one does not. Zero is a value. A missing statement is never zero.

An organisation owes an indicator for a term (`Term`). What was summed stays when it leaves; a last stated value holds
to later quarters only as far as the term reaches, so that a successor who states the whole is not counted twice.
What is stated outside the term counts in its own quarter. A renamed organisation is the same organisation.
A quarter that is reported late counts in its own quarter, not in that of its acceptance.

Against the target (v its value, b the baseline; rates are never clamped, negative ones neither):

================  =========================  =============================  ==========================================
target            achieved when              rate                           no rate where
================  =========================  =============================  ==========================================
at least v        actual ≥ v                 actual / v                     v ≤ 0 (still achieved, or not, by actual)
more than v       actual > v                 actual / v                     v ≤ 0
about v           actual ≥ v (1 − tolerance) actual / v                     v ≤ 0
range a-b         actual ≥ a                 actual / a                     a ≤ 0
at most v         actual ≤ v                 (b − actual) / (b − v)         no baseline, or b ≤ v: nothing to come down by
rank improves n   b − rank ≥ n               (b − rank) / n                 no baseline, or n ≤ 0
top n             rank ≤ n                   none: yes or no                always
milestone         the whole is reached       share that the stage reaches   never
qualitative       never computed             none                           always
================  =========================  =============================  ==========================================

The expected share at a quarter is that of the target's own schedule (its last point so far in the window, nothing
before its first); without one a milestone and a yes-or-no target are expected in full at their due quarter (the plan's
last one unless stated) and not at all before, and anything else is linear in its window: a quarter of an annual
target each quarter of the calendar year, 1/n of a whole-plan target of n quarters. A yes-or-no target knows no
schedule. The light compares: shortfall = expected − rate in points. A target that is achieved is green at once, before
its window ends and whatever its rate. Targets, weights, thresholds and schedules hold from their effective quarter on:
earlier quarters keep what held in them.

What a plan, pillar, sub-item or organisation shows of its indicators and programmes is in `kpis.composites`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

ALGEBRA_VERSION = 3
"""Raised whenever a figure could come out differently from the same facts."""

ZERO = Fraction(0)
WHOLE = Fraction(1)


class Kind(StrEnum):
    FLOW = "flow"
    STOCK = "stock"
    RATIO = "ratio"
    RANK = "rank"
    MILESTONE = "milestone"
    MAXIMUM = "maximum"
    QUALITATIVE = "qualitative"


ADDS_OVER_TIME = frozenset({Kind.FLOW, Kind.RATIO})


@dataclass(frozen=True)
class Amount:
    """A numerator over a denominator, divided last; a plain value stands over no denominator at all (None)."""

    numerator: Decimal
    denominator: Decimal | None = None

    def __add__(self, other: Amount) -> Amount:
        if self.denominator is None and other.denominator is None:
            return Amount(self.numerator + other.numerator)
        return Amount(
            self.numerator + other.numerator,
            (self.denominator or Decimal(0)) + (other.denominator or Decimal(0)),
        )

    @property
    def quotient(self) -> Fraction | None:
        """The amount divided out, exactly; nothing over zero is no number."""
        if self.denominator is None:
            return Fraction(self.numerator)
        return None if self.denominator == 0 else Fraction(self.numerator) / Fraction(self.denominator)


@dataclass(frozen=True)
class Statement:
    """A fact in force: organisation (any hashable name), quarter's ordinal, and its amount where it states one.

    `answers` is false only for a withdrawn acceptance. A rank is an amount, a stage the share that it reaches.
    """

    organisation: int
    quarter: int
    amount: Amount | None
    answers: bool = True


@dataclass(frozen=True)
class Term:
    """The quarters, both included, in which an organisation owes an indicator."""

    first: int
    last: int

    def covers(self, quarter: int) -> bool:
        return self.first <= quarter <= self.last


def over_time(
    kind: Kind, statements: Iterable[Statement], first: int, last: int, term: Term
) -> Statement | None:
    """One organisation's statements in the window [first, last] as one; None where none states an amount.

    A last stated value holds at `last` as far as the term reaches, or in its own quarter.
    """
    stated = sorted(
        (each for each in statements if first <= each.quarter <= last and each.amount is not None),
        key=lambda each: each.quarter,
    )
    if not stated or kind is Kind.QUALITATIVE:
        return None
    newest = stated[-1]
    if kind not in ADDS_OVER_TIME:
        return newest if last <= max(term.last, newest.quarter) else None
    amounts = [each.amount for each in stated if each.amount is not None]
    return Statement(newest.organisation, newest.quarter, _summed(amounts))


def over_organisations(kind: Kind, members: Iterable[Statement]) -> Amount | None:
    """The windows of several organisations as one amount; members without an amount are left out, never zero."""
    stated = [(each, each.amount) for each in members if each.amount is not None]
    if not stated or kind is Kind.QUALITATIVE:
        return None
    amounts = [amount for _, amount in stated]
    if kind is Kind.MAXIMUM:
        return max(amounts, key=lambda amount: amount.numerator)
    if kind is Kind.MILESTONE:
        return min(amounts, key=lambda amount: amount.numerator)
    if kind is Kind.RANK:
        return max(stated, key=lambda pair: (pair[0].quarter, pair[1].numerator))[1]
    return _summed(amounts)


def _summed(amounts: Sequence[Amount]) -> Amount:
    total = amounts[0]
    for amount in amounts[1:]:
        total = total + amount
    return total


Terms = Mapping[int, Term]
"""Organisation → the term in which it owes the indicator; every organisation that states anything has one."""


def roll_up(
    kind: Kind, statements: Iterable[Statement], first: int, last: int, terms: Terms
) -> Amount | None:
    """Over time within each organisation, then over organisations: the figure of one window."""
    series: dict[int, list[Statement]] = defaultdict(list)
    for each in statements:
        series[each.organisation].append(each)
    windows = (over_time(kind, own, first, last, terms[who]) for who, own in series.items())
    return over_organisations(kind, [window for window in windows if window is not None])


@dataclass(frozen=True)
class Coverage:
    """k of n: how many of the statements owed were given."""

    stated: int
    owed: int

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(self.stated + other.stated, self.owed + other.owed)

    @property
    def is_complete(self) -> bool:
        return self.stated == self.owed


def coverage(statements: Iterable[Statement], first: int, last: int, terms: Terms) -> Coverage:
    """How many of the (organisation, quarter) pairs owed in the window [first, last] have a statement that answers."""
    answered = {(each.organisation, each.quarter) for each in statements if each.answers}
    owed = {
        (who, quarter)
        for who, term in terms.items()
        for quarter in range(max(first, term.first), min(last, term.last) + 1)
    }
    return Coverage(len(owed & answered), len(owed))


class Comparator(StrEnum):
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    ABOUT = "about"
    RANGE = "range"
    AT_MOST = "at_most"
    RANK_IMPROVES = "rank_improves"
    TOP = "top"
    MILESTONE = "milestone"
    QUALITATIVE = "qualitative"


PROPORTIONAL = frozenset({Comparator.AT_LEAST, Comparator.MORE_THAN, Comparator.ABOUT, Comparator.RANGE})
DUE_AT_ONCE = frozenset({Comparator.MILESTONE, Comparator.TOP})


@dataclass(frozen=True)
class Promise:
    """A target in the algebra's terms; `tolerance` is a share and belongs to "about"."""

    comparator: Comparator
    value: Decimal | None = None
    tolerance: Decimal = Decimal(0)
    baseline: Decimal | None = None


def rate(promise: Promise, actual: Fraction) -> Fraction | None:
    """How much of the promise is kept, unclamped; None where the table gives no rate."""
    target = None if promise.value is None else Fraction(promise.value)
    baseline = None if promise.baseline is None else Fraction(promise.baseline)
    if promise.comparator is Comparator.MILESTONE:
        return actual
    if target is None:
        return None
    if promise.comparator in PROPORTIONAL:
        return actual / target if target > 0 else None
    if promise.comparator is Comparator.AT_MOST and baseline is not None and baseline > target:
        return (baseline - actual) / (baseline - target)
    if promise.comparator is Comparator.RANK_IMPROVES and baseline is not None and target > 0:
        return (baseline - actual) / target
    return None


def achieved(promise: Promise, actual: Fraction) -> bool | None:
    """Whether the promise is kept; None where that is not computed."""
    target = ZERO if promise.value is None else Fraction(promise.value)
    match promise.comparator:
        case Comparator.AT_LEAST | Comparator.RANGE:
            return actual >= target
        case Comparator.MORE_THAN:
            return actual > target
        case Comparator.ABOUT:
            return actual >= target * (WHOLE - Fraction(promise.tolerance))
        case Comparator.AT_MOST | Comparator.TOP:
            return actual <= target
        case Comparator.RANK_IMPROVES:
            return None if promise.baseline is None else Fraction(promise.baseline) - actual >= target
        case Comparator.MILESTONE:
            return actual >= WHOLE
        case _:
            return None


Schedule = Mapping[int, Decimal]
"""Quarter → the share (0-1) of the target that is expected at its end."""


def expected_share(
    comparator: Comparator,
    quarter: int,
    first: int,
    last: int,
    due: int | None = None,
    schedule: Schedule | None = None,
) -> Fraction | None:
    """What share of the promise should be kept at the end of `quarter`, in a window of quarters [first, last].

    Points of the schedule outside the window belong to other windows of the same target.
    """
    if comparator is Comparator.QUALITATIVE:
        return None
    points = {at: share for at, share in (schedule or {}).items() if first <= at <= last}
    if points and comparator is not Comparator.TOP:
        passed = [at for at in points if at <= quarter]
        return Fraction(points[max(passed)]) if passed else ZERO
    if comparator in DUE_AT_ONCE:
        return WHOLE if quarter >= (last if due is None else due) else ZERO
    return Fraction(quarter - first + 1, last - first + 1)


@dataclass(frozen=True)
class Thresholds:
    """Up to `yellow` points of shortfall are green, up to `red` points yellow, more is red."""

    yellow: Decimal
    red: Decimal


GREEN, YELLOW, RED, GREY, UNLIT = "green", "yellow", "red", "grey", ""
LIGHTS = (GREEN, YELLOW, RED, GREY, UNLIT)


def light(
    promise: Promise | None, actual: Fraction | None, expected: Fraction | None, thresholds: Thresholds
) -> str:
    """The light: grey without data, none ("") where the promise has no rate to hold against the expected share."""
    if promise is None or promise.comparator is Comparator.QUALITATIVE:
        return UNLIT
    if actual is None:
        return GREY
    reached = rate(promise, actual)
    if achieved(promise, actual) and (reached is not None or promise.comparator is Comparator.TOP):
        return GREEN
    if promise.comparator is Comparator.TOP:
        return RED if expected == WHOLE else UNLIT
    if reached is None or expected is None:
        return UNLIT
    shortfall = (expected - reached) * 100
    if shortfall <= Fraction(thresholds.yellow):
        return GREEN
    return YELLOW if shortfall <= Fraction(thresholds.red) else RED
