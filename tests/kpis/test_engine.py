"""The set-based SQL and the pure algebra are two implementations of one definition: they agree on every history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from kpis import engine, rollup
from kpis.models import Indicator, IndicatorFigure, NodeFigure, Observation
from kpis.services import rollups
from ministries.models import User
from programs.models import Plan
from reports.models import ReportingQuarter
from tests import rounds
from tests.kpis.small_plans import FIRST, LAST, QUARTERS, SHARES, Case, Said, build, cases, empty_plan
from tests.people import People

pytestmark = pytest.mark.django_db

EXAMPLES = bounds(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
THRESHOLDS = rollup.Thresholds(Decimal(settings.LIGHT_YELLOW_POINTS), Decimal(settings.LIGHT_RED_POINTS))


@pytest.fixture
def actor(db: None) -> User:
    return User.objects.create_user("accepts@example.test", name="A")


@contextmanager
def thrown_away() -> Iterator[None]:
    """What happens within leaves no trace, so that each example starts from the same database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def computed(plan: Plan) -> None:
    engine.compute_indicator_figures(plan=plan, first=FIRST, indicators=None)
    engine.compute_node_figures(plan=plan, first=FIRST)


def statements_of(indicator: Indicator) -> list[rollup.Statement]:
    """The facts in force in the algebra's terms."""
    found = []
    facts = Observation.objects.filter(indicator=indicator, superseded_at__isnull=True).select_related(
        "stage"
    )
    for fact in facts:
        number = {
            "value": fact.value,
            "ratio": fact.numerator,
            "rank": None if fact.rank is None else Decimal(fact.rank),
            "stage": fact.stage.share if fact.stage else None,
        }.get(fact.statement)
        amount = None if number is None else rollup.Amount(number, fact.denominator)
        answers = fact.statement != "withdrawn"
        found.append(rollup.Statement(fact.organisation_id, fact.quarter.ordinal, amount, answers))
    return found


def owed_pairs(indicator: Indicator, first: int, last: int) -> list[tuple[int, int]]:
    return [
        (owner.organisation_id, quarter.ordinal)
        for owner in indicator.owners.all()
        for quarter in QUARTERS
        if owner.from_quarter <= quarter <= owner.until_quarter and first <= quarter.ordinal <= last
    ]


def expected_figure(case: Case, indicator: Indicator, quarter: int) -> dict[str, object]:
    """What the algebra says of the indicator in the quarter."""
    kind = rollup.Kind(case.kind)
    statements = statements_of(indicator)
    year = max(FIRST.ordinal, quarter - quarter % 4)
    windows = {
        "quarter": rollup.roll_up(kind, statements, quarter, quarter),
        "year": rollup.roll_up(kind, statements, year, quarter),
        "plan": rollup.roll_up(kind, statements, FIRST.ordinal, quarter),
    }
    start = year if case.annual else FIRST.ordinal
    end = year + 3 if case.annual else LAST.ordinal
    comparator = rollup.Comparator(case.comparator)
    promise = rollup.Promise(
        comparator,
        None if case.comparator in ("milestone", "qualitative") else Decimal(case.value),
        Decimal("0.1") if case.comparator == "about" else Decimal(0),
        None if case.baseline is None else Decimal(case.baseline),
    )
    amount = windows["year" if case.annual else "plan"]
    actual = amount.quotient if amount else None
    due = LAST.ordinal if comparator in rollup.DUE_AT_ONCE else None
    share = rollup.expected_share(comparator, quarter, start, end, due)
    covered_from = start if kind in rollup.ADDS_OVER_TIME else quarter
    return {
        **windows,
        "rate": None if actual is None else rollup.rate(promise, actual),
        "expected": share,
        "achieved": None if actual is None else rollup.achieved(promise, actual),
        "light": rollup.light(promise, actual, share, THRESHOLDS),
        "coverage": rollup.coverage(statements, owed_pairs(indicator, covered_from, quarter)),
    }


def stored_figure(figure: IndicatorFigure) -> dict[str, object]:
    def amount(window: str) -> rollup.Amount | None:
        numerator = getattr(figure, f"{window}_numerator")
        return (
            None if numerator is None else rollup.Amount(numerator, getattr(figure, f"{window}_denominator"))
        )

    reached = figure.rate_numerator
    return {
        **{window: amount(window) for window in ("quarter", "year", "plan")},
        "rate": None if reached is None else Fraction(reached) / Fraction(figure.rate_denominator),
        "expected": None
        if figure.expected_numerator is None
        else Fraction(figure.expected_numerator, figure.expected_denominator),
        "achieved": figure.achieved,
        "light": figure.light,
        "coverage": rollup.Coverage(figure.stated, figure.owed),
    }


@EXAMPLES
@given(case=cases())
def test_sql_and_algebra_agree_on_every_quarter_of_any_history(actor: User, case: Case) -> None:
    with thrown_away():
        plan = empty_plan()
        indicator = build(plan, case, actor)
        computed(plan)
        figures = IndicatorFigure.objects.filter(indicator=indicator, organisation=None)
        assert figures.count() == len(QUARTERS)
        for figure in figures:
            assert stored_figure(figure) == expected_figure(case, indicator, figure.quarter.ordinal), figure


@EXAMPLES
@given(several=st.lists(cases(), min_size=1, max_size=4))
def test_a_node_counts_each_of_its_indicators_once_and_averages_their_rates(actor: User, several) -> None:
    with thrown_away():
        plan = empty_plan()
        for number, case in enumerate(several, start=1):
            build(plan, case, actor, number)
        computed(plan)
        for node in NodeFigure.objects.filter(plan=plan, pillar=None, sub_item=None, organisation=None):
            children = IndicatorFigure.objects.filter(
                indicator__plan=plan, organisation=None, quarter=node.quarter
            )
            lights = [child.light for child in children]
            assert (node.green, node.red, node.grey) == tuple(
                lights.count(each) for each in ("green", "red", "grey")
            )
            assert (
                node.green + node.yellow + node.red + node.grey + node.unlit
                == node.indicators
                == len(several)
            )
            assert (node.stated, node.owed) == (
                sum(c.stated for c in children),
                sum(c.owed for c in children),
            )
            rates = [min(max(c.rate, Decimal(0)), Decimal(1)) for c in children if c.rate is not None]
            rounded = [rate.quantize(Decimal("1e-10"), rounding="ROUND_HALF_UP") for rate in rates]
            assert (node.score_numerator or 0) == sum(rounded)
            assert (node.score_denominator or 0) == len(rounded)


@EXAMPLES
@given(case=cases())
def test_computing_twice_changes_nothing(actor: User, case: Case) -> None:
    with thrown_away():
        plan = empty_plan()
        build(plan, case, actor)
        computed(plan)
        before = snapshot(plan)
        computed(plan)
        assert snapshot(plan) == before


@EXAMPLES
@given(case=cases(), start=st.integers(0, 7))
def test_recomputing_from_a_quarter_on_equals_recomputing_everything(
    actor: User, case: Case, start: int
) -> None:
    with thrown_away():
        plan = empty_plan()
        indicator = build(plan, case, actor)
        computed(plan)
        before = snapshot(plan)
        engine.compute_indicator_figures(plan=plan, first=QUARTERS[start], indicators=[indicator.pk])
        engine.compute_node_figures(plan=plan, first=QUARTERS[start])
        assert snapshot(plan) == before


@EXAMPLES
@given(case=cases())
def test_withdrawing_a_fact_restores_what_stood_without_it(actor: User, case: Case) -> None:
    without = Case(**{**vars(case), "said": tuple(each for each in case.said if each.organisation != 0)})
    withdrawn = tuple(Said(0, quarter, "withdrawn", 0, 0) for quarter in range(8))
    with thrown_away():
        plan = empty_plan()
        build(plan, without, actor)
        computed(plan)
        before = totals(plan)
    with thrown_away():
        plan = empty_plan()
        build(plan, Case(**{**vars(case), "said": case.said + withdrawn}), actor)
        computed(plan)
        assert totals(plan) == before


def snapshot(plan: Plan) -> list[tuple[object, ...]]:
    """Every stored figure of the plan but for the moment at which it was computed."""
    nodes = NodeFigure.objects.filter(plan=plan).order_by("quarter", "pillar", "sub_item", "organisation")
    indicators = IndicatorFigure.objects.filter(indicator__plan=plan).order_by(
        "indicator", "quarter", "organisation"
    )
    return [
        tuple(value for name, value in row.items() if name not in ("id", "computed_at"))
        for rows in (indicators, nodes)
        for row in rows.values()
    ]


def totals(plan: Plan) -> list[dict[str, object]]:
    figures = IndicatorFigure.objects.filter(indicator__plan=plan, organisation=None).order_by("quarter")
    return [stored_figure(figure) for figure in figures]


def test_a_stage_reached_later_counts_from_its_quarter_on(actor: User) -> None:
    case = Case("milestone", "milestone", False, 0, None, ((0, 0, 7),), (Said(0, 2, "stage", 1, 0),))
    plan = empty_plan()
    build(plan, case, actor)
    computed(plan)
    reached = [
        f.plan_numerator for f in IndicatorFigure.objects.filter(organisation=None).order_by("quarter")
    ]
    assert reached == [None, None] + [SHARES[1]] * 6


def test_the_coverage_of_an_indicators_owners_adds_up_to_that_of_the_indicator(
    plan: Plan, open_round: ReportingQuarter, people: People
) -> None:
    later = rounds.opened(plan, "112Q2", people)
    for round_, code in ((open_round, "MODA"), (later, "MODA"), (later, "MOE")):
        rounds.accepted(rounds.report_of(round_, code), people, value=100)
    rollups.rebuild(plan=plan)
    rows = IndicatorFigure.objects.filter(indicator__code="KR1.2", indicator__plan=plan, quarter="112Q2")
    coverage = {row.organisation and row.organisation.code: (row.stated, row.owed) for row in rows}
    assert coverage == {None: (3, 6), "MODA": (2, 2), "MOE": (1, 2), "MOL": (0, 2)}


def test_figures_of_an_older_algebra_are_rebuilt(actor: User) -> None:
    plan = empty_plan()
    build(plan, Case("flow", "at_least", True, 8, None, ((0, 0, 7),), (Said(0, 2, "value", 8, 0),)), actor)
    computed(plan)
    before = snapshot(plan)
    IndicatorFigure.objects.update(algebra_version=rollup.ALGEBRA_VERSION - 1, stated=99)
    assert rollups.rebuild_outdated() == [plan]
    assert snapshot(plan) == before
    assert rollups.rebuild_outdated() == []
