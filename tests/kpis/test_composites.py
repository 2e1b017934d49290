"""Nodes never add units: they count, cover, average and find the weakest, and any grouping gives the same node."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.composites import (
    EXECUTION_FORMULAS,
    Carrier,
    Child,
    Composite,
    Milestones,
    Money,
    compose,
    compose_programs,
    milestone,
    rounded,
)
from kpis.rollup import LIGHTS, Coverage

children = st.builds(
    Child,
    st.sampled_from(LIGHTS),
    st.none() | st.fractions(-2, 3),
    st.fractions(0, 1),
    st.builds(Coverage, st.integers(0, 3), st.integers(3, 6)),
    st.decimals(0, 9, places=4),
)
amounts = st.none() | st.decimals(0, 10**9, places=0)
money = st.builds(Money, amounts, amounts, amounts, amounts, amounts)


def child(light: str = "green", rate: str | None = "1", weight: int = 1, k: int = 1, n: int = 1) -> Child:
    return Child(
        light, None if rate is None else Fraction(rate), Fraction(1, 2), Coverage(k, n), Decimal(weight)
    )


@given(st.lists(children, max_size=12), st.randoms(), st.integers(0, 12))
def test_any_order_and_any_grouping_of_the_same_children_gives_the_same_node(several, chance, cut) -> None:
    shuffled = list(several)
    chance.shuffle(shuffled)
    groups = [compose(shuffled[:cut]), compose(shuffled[cut:])]
    assert reduce(add, groups) == compose(several)


@given(st.lists(children, min_size=1, max_size=12))
def test_a_score_lies_between_nothing_and_all_of_it(several) -> None:
    score = compose(several).score
    assert score is None or 0 <= score <= 1


@given(st.lists(children, max_size=12))
def test_every_child_is_counted_once_by_its_light(several) -> None:
    assert sum(compose(several).lights.values()) == len(several)


def test_the_score_is_the_weighted_mean_of_the_clamped_rates() -> None:
    node = compose([child(rate="3/2", weight=3), child("red", "-1/4", weight=1)])
    assert node.score == Fraction(3, 4)


def test_a_child_without_a_rate_is_neither_zero_nor_dropped() -> None:
    node = compose([child(rate="1/2"), child("grey", None, k=0)])
    assert node.score == Fraction(1, 2)
    assert node.lights["grey"] == 1
    assert node.coverage == Coverage(1, 2)
    assert not node.coverage.is_complete


def test_a_node_without_any_rate_has_no_score() -> None:
    assert compose([child("grey", None)]).score is None
    assert compose([]).score is None


def test_rates_enter_rounded_half_away_from_zero() -> None:
    assert rounded(Fraction(1, 3)) == Decimal("0.3333333333")
    assert rounded(Fraction(5, 10**11)) == Decimal("0.0000000001")


def test_a_node_is_a_value_of_its_own() -> None:
    assert compose([child()]) == Composite(
        {**dict.fromkeys(LIGHTS, 0), "green": 1}, Coverage(1, 1), Decimal("1.0000000000"), Decimal(1)
    )


# --- programmes --------------------------------------------------------------------------------------------


@given(st.lists(money, max_size=6), st.randoms())
def test_money_adds_up_in_any_order(several, chance) -> None:
    shuffled = list(several)
    chance.shuffle(shuffled)
    assert reduce(add, shuffled, Money()) == reduce(add, several, Money())


def test_money_that_nobody_stated_is_not_zero() -> None:
    assert (Money() + Money()).appropriation is None
    assert (Money(spent=Decimal(0)) + Money()).executed == 0


def test_progress_is_weighted_by_appropriation_where_every_member_has_one() -> None:
    node = compose_programs(
        [
            Carrier(True, Decimal(100), Decimal(50), Money(appropriation=Decimal(300))),
            Carrier(True, Decimal(0), Decimal(10), Money(appropriation=Decimal(100))),
        ]
    )
    assert node.by_appropriation
    assert [node.planned, node.actual] == [75, 40]


@pytest.mark.parametrize("appropriation", [None, Decimal(0)])
def test_progress_is_unweighted_where_one_member_has_no_appropriation(appropriation: Decimal | None) -> None:
    node = compose_programs(
        [
            Carrier(True, Decimal(100), Decimal(50), Money(appropriation=Decimal(300))),
            Carrier(True, Decimal(0), Decimal(10), Money(appropriation=appropriation)),
        ]
    )
    assert not node.by_appropriation
    assert [node.planned, node.actual] == [50, 30]


def test_a_programme_that_has_not_reported_shows_in_the_coverage_and_weighs_nothing() -> None:
    node = compose_programs([Carrier(True, Decimal(80), Decimal(60)), Carrier(False)])
    assert node.planned == 80
    assert node.coverage == Coverage(1, 2)


def test_both_execution_rates_are_sums_divided_last() -> None:
    both = Money(Decimal(200), Decimal(100), Decimal(60), Decimal(10), Decimal(20)) + Money(
        Decimal(0), Decimal(100), Decimal(30)
    )
    assert both.executed == 120
    assert EXECUTION_FORMULAS["with-surplus/1"](both) == Fraction(120, 220)
    assert EXECUTION_FORMULAS["of-allocation/1"](both) == Fraction(120, 200)
    assert both.achievement_rate == Fraction(120, 200)


@pytest.mark.parametrize("formula", sorted(EXECUTION_FORMULAS))
def test_money_over_nothing_has_no_rate_and_never_zero(formula: str) -> None:
    assert EXECUTION_FORMULAS[formula](Money(spent=Decimal(5))) is None
    assert EXECUTION_FORMULAS[formula](Money(allocated=Decimal(0), spent=Decimal(5))) is None


# --- milestones --------------------------------------------------------------------------------------------

END = date(2031, 6, 30)


@pytest.mark.parametrize(
    ("due_on", "reached_on", "counted"),
    [
        (date(2031, 6, 30), None, Milestones(1, 0, 0, 1)),
        (date(2031, 6, 30), date(2031, 6, 30), Milestones(1, 1, 0, 0)),
        (date(2031, 5, 1), date(2031, 5, 2), Milestones(1, 1, 1, 0)),
        (date(2031, 7, 1), None, Milestones(0, 0, 0, 0)),
        (date(2031, 7, 1), date(2031, 6, 1), Milestones(0, 1, 0, 0)),
    ],
)
def test_a_milestone_is_due_reached_late_or_overdue(
    due_on: date, reached_on: date | None, counted: Milestones
) -> None:
    assert milestone(due_on, reached_on, END) == counted


def test_milestones_of_several_programmes_add_up() -> None:
    assert Milestones(1, 0, 0, 1) + Milestones(2, 2, 1, 0) == Milestones(3, 2, 1, 1)
