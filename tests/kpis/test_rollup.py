"""The algebra of roll-up: its laws hold for all data, its edge cases each have one answer, and no peer's failure recurs."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.rollup import (
    Amount,
    Comparator,
    Coverage,
    Kind,
    Promise,
    Statement,
    Term,
    Terms,
    Thresholds,
    achieved,
    coverage,
    expected_share,
    light,
    rate,
    roll_up,
)

THRESHOLDS = Thresholds(Decimal(5), Decimal(10))
amounts = st.decimals(min_value=0, max_value=10**9, places=4)


def said(
    organisation: int, quarter: int, value: int | str | None, over: int | str | None = None
) -> Statement:
    if value is None:
        return Statement(organisation, quarter, None)
    return Statement(organisation, quarter, Amount(Decimal(value), None if over is None else Decimal(over)))


ALWAYS = Term(1, 16)


def figure_of(
    kind: Kind, statements: list[Statement], first: int, last: int, terms: Terms | None = None
) -> Amount | None:
    """Everybody owes the indicator all the time unless `terms` says otherwise."""
    everybody = {each.organisation: ALWAYS for each in statements}
    return roll_up(kind, statements, first, last, everybody | dict(terms or {}))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Kind, list[Statement]]:
    """A kind and at most one statement per organisation and quarter."""
    kind = draw(st.sampled_from(list(Kind)))
    keys = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 16)), unique=True, max_size=30))
    statements = []
    for organisation, quarter in keys:
        number = draw(st.none() | amounts)
        below = draw(amounts) if kind is Kind.RATIO else None
        amount = None if number is None else Amount(number, below)
        statements.append(Statement(organisation, quarter, amount))
    return kind, statements


# --- laws --------------------------------------------------------------------------------------------------


@given(histories(), st.randoms())
def test_any_order_of_the_same_statements_gives_the_same_figure(history, chance) -> None:
    kind, statements = history
    shuffled = list(statements)
    chance.shuffle(shuffled)
    assert figure_of(kind, shuffled, 1, 16) == figure_of(kind, statements, 1, 16)


@given(st.lists(st.builds(Amount, amounts, amounts), min_size=3, max_size=3))
def test_amounts_add_up_whatever_their_grouping(three) -> None:
    one, two, other = three
    assert (one + two) + other == one + (two + other)
    assert one + two == two + one


@given(histories())
def test_a_statement_without_an_amount_changes_no_figure(history) -> None:
    kind, statements = history
    with_amounts = [each for each in statements if each.amount is not None]
    assert figure_of(kind, statements, 1, 16) == figure_of(kind, with_amounts, 1, 16)


@given(histories(), st.integers(1, 15))
def test_statements_after_the_window_change_no_figure(history, last) -> None:
    kind, statements = history
    before = [each for each in statements if each.quarter <= last]
    assert figure_of(kind, statements, 1, last) == figure_of(kind, before, 1, last)


@given(histories())
def test_the_years_of_a_flow_add_up_to_its_plan(history) -> None:
    _, statements = history
    plain = [each for each in statements if each.amount is None or each.amount.denominator is None]
    years = [figure_of(Kind.FLOW, plain, first, first + 3) for first in (1, 5, 9, 13)]
    total = sum((each.numerator for each in years if each), Decimal(0))
    whole = figure_of(Kind.FLOW, plain, 1, 16)
    assert total == (whole.numerator if whole else 0)


@given(st.sampled_from(list(Comparator)), amounts, amounts)
def test_a_proportional_promise_that_is_kept_in_full_has_a_rate_of_one(comparator, value, baseline) -> None:
    promise = Promise(comparator, value, baseline=baseline)
    reached = rate(promise, Fraction(value))
    if comparator not in (Comparator.MILESTONE, Comparator.RANK_IMPROVES):
        assert reached in (None, 1)


@given(st.fractions(0, 2), st.fractions(0, 1))
def test_a_better_rate_never_has_a_worse_light(reached, expected) -> None:
    order = ["red", "yellow", "green"]
    promise = Promise(Comparator.AT_LEAST, Decimal(1))
    lower = light(promise, reached, expected, THRESHOLDS)
    higher = light(promise, reached + Fraction(1, 100), expected, THRESHOLDS)
    assert order.index(higher) >= order.index(lower)


# --- what each kind means ----------------------------------------------------------------------------------


def test_a_flow_sums_quarters_and_organisations() -> None:
    assert figure_of(Kind.FLOW, [said(1, 1, 10), said(1, 2, 5), said(2, 2, 1)], 1, 4) == Amount(Decimal(16))


def test_a_stock_sums_the_last_value_of_each_organisation() -> None:
    assert figure_of(Kind.STOCK, [said(1, 1, 10), said(1, 3, 12), said(2, 2, 1)], 1, 4) == Amount(Decimal(13))


def test_a_stock_that_was_not_stated_this_quarter_keeps_its_last_value() -> None:
    assert figure_of(Kind.STOCK, [said(1, 1, 10), said(1, 2, None)], 1, 4) == Amount(Decimal(10))


def test_a_rank_is_that_of_its_last_edition() -> None:
    assert figure_of(Kind.RANK, [said(1, 2, 4), said(1, 6, 3)], 1, 8) == Amount(Decimal(3))


def test_a_successor_continues_the_series_of_a_rank() -> None:
    assert figure_of(Kind.RANK, [said(1, 2, 4), said(2, 6, 3)], 1, 8) == Amount(Decimal(3))


def test_a_milestone_of_several_is_where_the_least_advanced_stands() -> None:
    assert figure_of(Kind.MILESTONE, [said(1, 1, "1"), said(2, 1, "0.4")], 1, 4) == Amount(Decimal("0.4"))


def test_a_qualitative_indicator_has_no_figure() -> None:
    assert figure_of(Kind.QUALITATIVE, [said(1, 1, 3)], 1, 4) is None


# --- who joins, leaves, takes over -------------------------------------------------------------------------


def test_a_stock_of_an_organisation_that_left_is_not_carried_beside_its_successors() -> None:
    statements = [said(1, 1, 100), said(2, 3, 110)]
    terms = {1: Term(1, 2), 2: Term(3, 16)}
    assert [figure_of(Kind.STOCK, statements, 1, quarter, terms) for quarter in (1, 2, 3)] == [
        Amount(Decimal(100)),
        Amount(Decimal(100)),
        Amount(Decimal(110)),
    ]


def test_a_flow_keeps_what_was_stated_by_an_organisation_that_left() -> None:
    statements = [said(1, 1, 100), said(2, 3, 10)]
    assert figure_of(Kind.FLOW, statements, 1, 4, {1: Term(1, 2), 2: Term(3, 16)}) == Amount(Decimal(110))


def test_a_successor_that_has_not_reported_yet_leaves_a_gap_and_no_old_value() -> None:
    assert figure_of(Kind.STOCK, [said(1, 1, 100)], 1, 3, {1: Term(1, 2), 2: Term(3, 16)}) is None


def test_what_is_stated_outside_the_term_counts_in_its_own_quarter_alone() -> None:
    terms = {1: Term(3, 4)}
    assert figure_of(Kind.STOCK, [said(1, 6, 5)], 1, 6, terms) == Amount(Decimal(5))
    assert figure_of(Kind.STOCK, [said(1, 6, 5)], 1, 7, terms) is None


def test_an_organisation_that_joins_owes_from_its_first_quarter_on() -> None:
    statements = [said(1, 1, 5), said(1, 2, 5), said(2, 2, 5)]
    assert coverage(statements, 1, 2, {1: ALWAYS, 2: Term(2, 16)}) == Coverage(3, 3)


def test_a_withdrawn_statement_is_owed_again() -> None:
    assert coverage([Statement(1, 1, None, answers=False)], 1, 1, {1: ALWAYS}) == Coverage(0, 1)


def test_nothing_due_is_an_answer() -> None:
    assert coverage([said(1, 1, None)], 1, 1, {1: ALWAYS}) == Coverage(1, 1)


# --- what peers got wrong ----------------------------------------------------------------------------------


def test_the_ratio_of_one_half_and_one_half_is_one_half() -> None:
    figure = figure_of(Kind.RATIO, [said(1, 1, 1, 2), said(2, 1, 1, 2)], 1, 4)
    assert figure and figure.quotient == Fraction(1, 2)


def test_the_maximum_of_one_and_one_is_one() -> None:
    assert figure_of(Kind.MAXIMUM, [said(1, 1, 1), said(2, 1, 1)], 1, 4) == Amount(Decimal(1))


def test_a_member_that_has_not_reported_is_left_out_of_a_ratio_and_shows_in_the_coverage() -> None:
    statements = [said(1, 1, 1, 2)]
    figure = figure_of(Kind.RATIO, statements, 1, 4)
    assert figure and figure.quotient == Fraction(1, 2)
    assert coverage(statements, 1, 1, {1: ALWAYS, 2: ALWAYS}) == Coverage(1, 2)


def test_a_maximum_with_a_member_that_has_not_reported_is_the_maximum_of_the_others() -> None:
    statements = [said(1, 1, 7), said(2, 1, None)]
    assert figure_of(Kind.MAXIMUM, statements, 1, 4) == Amount(Decimal(7))


def test_an_approved_zero_counts_with_its_denominator() -> None:
    figure = figure_of(Kind.RATIO, [said(1, 1, 0, 100), said(2, 1, 50, 100)], 1, 4)
    assert figure and figure.quotient == Fraction(1, 4)


def test_a_cumulative_value_after_a_handover_is_not_added_to_the_one_before() -> None:
    assert figure_of(Kind.STOCK, [said(1, 1, 100), said(1, 2, 110)], 1, 4) == Amount(Decimal(110))


def test_a_target_of_zero_has_no_rate_but_can_be_achieved() -> None:
    promise = Promise(Comparator.AT_LEAST, Decimal(0))
    assert rate(promise, Fraction(3)) is None
    assert achieved(promise, Fraction(3)) is True
    assert achieved(Promise(Comparator.MORE_THAN, Decimal(0)), Fraction(0)) is False


def test_lower_is_better_has_one_formula_from_the_baseline() -> None:
    promise = Promise(Comparator.AT_MOST, Decimal(10), baseline=Decimal(50))
    assert rate(promise, Fraction(30)) == Fraction(1, 2)
    assert rate(promise, Fraction(60)) == Fraction(-1, 4)
    assert rate(Promise(Comparator.AT_MOST, Decimal(10)), Fraction(30)) is None
    assert rate(Promise(Comparator.AT_MOST, Decimal(10), baseline=Decimal(10)), Fraction(30)) is None


# --- against the target ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("promise", "actual", "kept"),
    [
        (Promise(Comparator.AT_LEAST, Decimal(500)), 500, True),
        (Promise(Comparator.AT_LEAST, Decimal(500)), 499, False),
        (Promise(Comparator.MORE_THAN, Decimal(8000)), 8000, False),
        (Promise(Comparator.MORE_THAN, Decimal(8000)), 8001, True),
        (Promise(Comparator.ABOUT, Decimal(600), tolerance=Decimal("0.1")), 540, True),
        (Promise(Comparator.ABOUT, Decimal(600), tolerance=Decimal("0.1")), 539, False),
        (Promise(Comparator.RANGE, Decimal(3)), 3, True),
        (Promise(Comparator.AT_MOST, Decimal(3)), 4, False),
        (Promise(Comparator.TOP, Decimal(3)), 3, True),
        (Promise(Comparator.TOP, Decimal(3)), 4, False),
        (Promise(Comparator.RANK_IMPROVES, Decimal(1), baseline=Decimal(4)), 3, True),
        (Promise(Comparator.RANK_IMPROVES, Decimal(1), baseline=Decimal(4)), 4, False),
        (Promise(Comparator.RANK_IMPROVES, Decimal(1)), 1, None),
        (Promise(Comparator.MILESTONE), 1, True),
        (Promise(Comparator.MILESTONE), 0, False),
        (Promise(Comparator.QUALITATIVE), 1, None),
    ],
)
def test_each_comparator_says_when_it_is_achieved(promise: Promise, actual: int, kept: bool | None) -> None:
    assert achieved(promise, Fraction(actual)) is kept


def test_a_rank_without_a_baseline_has_no_rate() -> None:
    assert rate(Promise(Comparator.RANK_IMPROVES, Decimal(1)), Fraction(2)) is None


def test_a_rank_that_falls_has_a_negative_rate() -> None:
    assert rate(Promise(Comparator.RANK_IMPROVES, Decimal(1), baseline=Decimal(4)), Fraction(5)) == -1


def test_a_rate_above_one_is_shown_as_it_is() -> None:
    assert rate(Promise(Comparator.AT_LEAST, Decimal(500)), Fraction(750)) == Fraction(3, 2)


def test_the_expected_share_of_an_annual_target_grows_by_a_quarter_each_quarter() -> None:
    assert [expected_share(Comparator.AT_LEAST, quarter, 5, 8) for quarter in (5, 6, 7, 8)] == [
        Fraction(1, 4),
        Fraction(1, 2),
        Fraction(3, 4),
        1,
    ]


def test_a_milestone_is_expected_at_its_due_quarter_and_not_before() -> None:
    assert expected_share(Comparator.MILESTONE, 7, 1, 16, due=8) == 0
    assert expected_share(Comparator.MILESTONE, 8, 1, 16, due=8) == 1
    assert expected_share(Comparator.MILESTONE, 16, 1, 16) == 1


def test_a_schedule_of_its_own_comes_before_the_straight_line() -> None:
    schedule = {5: Decimal("0.1"), 7: Decimal("0.6")}
    shares = [
        expected_share(Comparator.AT_LEAST, quarter, 5, 8, schedule=schedule) for quarter in range(5, 9)
    ]
    assert shares == [Fraction(1, 10), Fraction(1, 10), Fraction(3, 5), Fraction(3, 5)]


def test_nothing_is_expected_before_the_first_point_of_a_schedule() -> None:
    assert expected_share(Comparator.AT_LEAST, 5, 5, 8, schedule={6: Decimal(1)}) == 0


def test_a_schedule_of_another_year_does_not_hold_in_this_one() -> None:
    assert expected_share(Comparator.AT_LEAST, 9, 9, 12, schedule={6: Decimal(1)}) == Fraction(1, 4)


def test_a_yes_or_no_target_knows_no_schedule() -> None:
    assert expected_share(Comparator.TOP, 5, 1, 16, schedule={5: Decimal(1)}) == 0


@pytest.mark.parametrize(
    ("promise", "actual"),
    [
        (Promise(Comparator.ABOUT, Decimal(100), tolerance=Decimal("0.2")), 80),
        (Promise(Comparator.AT_MOST, Decimal(10), baseline=Decimal(11)), 10),
        (Promise(Comparator.AT_LEAST, Decimal(100)), 100),
        (Promise(Comparator.RANGE, Decimal(3)), 3),
    ],
)
def test_what_is_achieved_is_green_whatever_its_rate(promise: Promise, actual: int) -> None:
    assert light(promise, Fraction(actual), Fraction(2), THRESHOLDS) == "green"


@pytest.mark.parametrize(
    "promise",
    [
        Promise(Comparator.AT_MOST, Decimal(10), baseline=Decimal(5)),
        Promise(Comparator.AT_LEAST, Decimal(-5)),
        Promise(Comparator.RANK_IMPROVES, Decimal(-1), baseline=Decimal(3)),
    ],
)
def test_a_target_that_needs_no_movement_has_no_rate_and_no_light(promise: Promise) -> None:
    for actual in (-10, 3, 40):
        assert rate(promise, Fraction(actual)) is None
        assert light(promise, Fraction(actual), Fraction(1), THRESHOLDS) == ""


def test_missing_data_is_grey_and_never_green() -> None:
    assert light(Promise(Comparator.AT_LEAST, Decimal(1)), None, Fraction(0), THRESHOLDS) == "grey"


@pytest.mark.parametrize(
    ("reached", "shown"), [("0.45", "green"), ("0.4499", "yellow"), ("0.40", "yellow"), ("0.3999", "red")]
)
def test_the_light_changes_just_beyond_its_threshold(reached: str, shown: str) -> None:
    promise = Promise(Comparator.AT_LEAST, Decimal(1))
    assert light(promise, Fraction(reached), Fraction(1, 2), THRESHOLDS) == shown


def test_a_yes_or_no_target_has_no_light_before_it_is_due_unless_it_is_achieved() -> None:
    promise = Promise(Comparator.TOP, Decimal(3))
    assert light(promise, Fraction(5), Fraction(0), THRESHOLDS) == ""
    assert light(promise, Fraction(2), Fraction(0), THRESHOLDS) == "green"
    assert light(promise, Fraction(5), Fraction(1), THRESHOLDS) == "red"
