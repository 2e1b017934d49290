"""The set-based SQL and the pure algebra are two implementations of one definition: they agree on every history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from kpis import composites, rollup, selectors
from kpis.models import Indicator, IndicatorFigure, MonitoringStandard, Observation, RollupTask
from kpis.results import IndicatorResult, MemberResult, Windows
from kpis.services import rollups
from ministries.models import User
from programs.models import Plan
from programs.quarters import Quarter
from reports.models import ReportingQuarter
from tests import rounds
from tests.kpis.small_plans import (
    FIRST,
    LAST,
    QUARTERS,
    SHARES,
    Case,
    Said,
    accept,
    build,
    cases,
    empty_plan,
    moment,
    organisations,
)
from tests.people import People

pytestmark = pytest.mark.django_db

EXAMPLES = bounds(max_examples=40)
STANDARDS = {FIRST: (5, 10), QUARTERS[3]: (2, 20)}
"""Two standards: the thresholds change in the fourth quarter."""


@pytest.fixture
def actor(db: None) -> User:
    return User.objects.create_user("accepts@example.test", name="A")


@contextmanager
def thrown_away() -> Iterator[None]:
    """What happens within leaves no trace, so that each example starts from the same database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def judged_plan() -> Plan:
    plan = empty_plan()
    for effective_from, (yellow, red) in STANDARDS.items():
        MonitoringStandard.objects.create(
            plan=plan,
            effective_from=effective_from,
            yellow_points=yellow,
            red_points=red,
            execution_formula="of-allocation/1",
        )
    return plan


# --- the same in the algebra's terms -----------------------------------------------------------------------


def statements_of(indicator: Indicator, as_of: datetime | None = None) -> list[rollup.Statement]:
    """The facts in force, now or then, in the algebra's terms."""
    found = []
    for fact in facts_of(indicator, as_of):
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


def facts_of(indicator: Indicator, as_of: datetime | None) -> list[Observation]:
    facts = Observation.objects.filter(indicator=indicator).select_related("stage")
    if as_of is None:
        return [fact for fact in facts if fact.superseded_at is None]
    return [
        fact
        for fact in facts
        if fact.accepted_at <= as_of and (fact.superseded_at is None or fact.superseded_at > as_of)
    ]


def terms_of(indicator: Indicator) -> dict[int, rollup.Term]:
    return {
        owner.organisation_id: rollup.Term(owner.from_quarter.ordinal, owner.until_quarter.ordinal)
        for owner in indicator.owners.all()
    }


def promise_of(case: Case, quarter: int, as_of: datetime | None = None) -> rollup.Promise:
    value = case.value
    is_known = as_of is None or case.decided is None or case.decided <= (as_of - moment(0)).days
    if case.revised and is_known and quarter >= FIRST.ordinal + case.revised[0]:
        value = case.revised[1]
    return rollup.Promise(
        rollup.Comparator(case.comparator),
        None if case.comparator in ("milestone", "qualitative") else Decimal(value),
        Decimal("0.1") if case.comparator == "about" else Decimal(0),
        None if case.baseline is None else Decimal(case.baseline),
    )


def window_of(case: Case, quarter: int) -> tuple[int, int]:
    year = quarter - quarter % 4
    return (year, year + 3) if case.annual else (FIRST.ordinal, LAST.ordinal)


def weight_of(case: Case, quarter: int) -> Decimal:
    held = [(at, weight) for at, weight in case.weights if FIRST.ordinal + at <= quarter]
    return Decimal(max(held)[1] if held else 1)


def standing_of(
    case: Case, indicator: Indicator, quarter: int, as_of: datetime | None = None
) -> dict[str, object]:
    """What the algebra says of the indicator in the quarter."""
    kind = rollup.Kind(case.kind)
    statements = statements_of(indicator, as_of)
    terms = terms_of(indicator)
    year = quarter - quarter % 4
    windows = {
        "quarter": rollup.roll_up(kind, statements, quarter, quarter, terms),
        "year": rollup.roll_up(kind, statements, year, quarter, terms),
        "plan": rollup.roll_up(kind, statements, FIRST.ordinal, quarter, terms),
    }
    promise = promise_of(case, quarter, as_of)
    first, last = window_of(case, quarter)
    amount = windows["year" if case.annual else "plan"]
    actual = amount.quotient if amount else None
    due = LAST.ordinal if case.due is None else FIRST.ordinal + case.due
    schedule = {FIRST.ordinal + at: Decimal(percent) / 100 for at, percent in case.schedule}
    expected = rollup.expected_share(promise.comparator, quarter, first, last, due, schedule)
    standard = STANDARDS[max(each for each in STANDARDS if each.ordinal <= quarter)]
    thresholds = rollup.Thresholds(*map(Decimal, standard))
    known = [fact for fact in facts_of(indicator, as_of) if fact.quarter.ordinal <= quarter]
    return {
        **windows,
        "rate": None if actual is None else rollup.rate(promise, actual),
        "expected": expected,
        "achieved": None if actual is None else rollup.achieved(promise, actual),
        "light": rollup.light(promise, actual, expected, thresholds),
        "coverage": rollup.coverage(
            statements, first if kind in rollup.ADDS_OVER_TIME else quarter, quarter, terms
        ),
        "weight": weight_of(case, quarter),
        "made from": (sum(f.revision for f in known), max((f.accepted_at for f in known), default=None)),
    }


def amount_in(result: Windows, window: str) -> rollup.Amount | None:
    numerator = getattr(result, f"{window}_numerator")
    return None if numerator is None else rollup.Amount(numerator, getattr(result, f"{window}_denominator"))


def share(numerator: Decimal | None, denominator: Decimal | None) -> Fraction | None:
    return None if numerator is None or denominator is None else Fraction(numerator) / Fraction(denominator)


def shown(result: IndicatorResult) -> dict[str, object]:
    """The result in the same terms."""
    return {
        **{window: amount_in(result, window) for window in ("quarter", "year", "plan")},
        "rate": share(result.rate_numerator, result.rate_denominator),
        "expected": share(result.expected_numerator, result.expected_denominator),
        "achieved": result.achieved,
        "light": result.light,
        "coverage": rollup.Coverage(result.stated, result.owed),
        "weight": result.weight,
        "made from": (result.facts_seen, result.facts_until),
    }


def results_of(plan: Plan, as_of: datetime | None = None) -> list[IndicatorResult]:
    return selectors.indicator_results(plan, LAST, since=FIRST, as_of=as_of)


# --- two implementations, one definition -------------------------------------------------------------------


@EXAMPLES
@given(case=cases())
def test_sql_and_algebra_agree_on_every_quarter_of_any_history(actor: User, case: Case) -> None:
    with thrown_away():
        plan = judged_plan()
        indicator = build(plan, case, actor)
        rollups.rebuild(plan=plan)
        results = results_of(plan)
        assert len(results) == len(QUARTERS)
        for result in results:
            assert shown(result) == standing_of(case, indicator, result.quarter.ordinal), result.quarter


@EXAMPLES
@given(case=cases(), order=st.integers(0, 25))
def test_sql_and_algebra_agree_on_what_was_known_at_any_moment(actor: User, case: Case, order: int) -> None:
    with thrown_away():
        plan = judged_plan()
        indicator = build(plan, case, actor)
        then = moment(order)
        for result in results_of(plan, then):
            assert shown(result) == standing_of(case, indicator, result.quarter.ordinal, then), result.quarter


@EXAMPLES
@given(case=cases())
def test_what_is_known_now_is_what_is_stored(actor: User, case: Case) -> None:
    with thrown_away():
        plan = judged_plan()
        build(plan, case, actor)
        rollups.rebuild(plan=plan)
        after = moment(59) + timedelta(days=1)
        assert results_of(plan, after) == results_of(plan)
        assert selectors.node_results(plan, LAST, as_of=after) == selectors.node_results(plan, LAST)
        assert selectors.member_results(plan, LAST, as_of=after) == selectors.member_results(plan, LAST)


@EXAMPLES
@given(case=cases(), at=st.integers(0, 7))
def test_each_member_has_its_own_part_by_the_same_rules(actor: User, case: Case, at: int) -> None:
    kind = rollup.Kind(case.kind)
    with thrown_away():
        plan = judged_plan()
        indicator = build(plan, case, actor)
        terms, quarter = terms_of(indicator), QUARTERS[at].ordinal
        parts = {each.organisation_id: each for each in selectors.member_results(plan, QUARTERS[at])}
        for organisation, term in terms.items():
            own = [each for each in statements_of(indicator) if each.organisation == organisation]
            part = parts.get(organisation)
            year = rollup.roll_up(kind, own, quarter - quarter % 4, quarter, terms)
            whole = rollup.roll_up(kind, own, FIRST.ordinal, quarter, terms)
            assert (part and amount_in(part, "year")) == year
            assert (part and amount_in(part, "plan")) == whole
            first = window_of(case, quarter)[0] if kind in rollup.ADDS_OVER_TIME else quarter
            owed = rollup.coverage(own, first, quarter, {organisation: term})
            assert (rollup.Coverage(part.stated, part.owed) if part else rollup.Coverage(0, 0)) == owed


@EXAMPLES
@given(several=st.lists(cases(), min_size=1, max_size=4), at=st.integers(0, 7))
def test_sql_and_algebra_agree_on_every_node(actor: User, several: list[Case], at: int) -> None:
    with thrown_away():
        plan = judged_plan()
        built = [build(plan, case, actor, number) for number, case in enumerate(several, start=1)]
        rollups.rebuild(plan=plan)
        quarter = QUARTERS[at]
        results = {each.indicator_id: each for each in selectors.indicator_results(plan, quarter)}
        parts = {
            (each.indicator_id, each.organisation_id): each
            for each in selectors.member_results(plan, quarter)
        }
        for node in selectors.node_results(plan, quarter):
            owning = [
                each for each in built if node.kind != "organisation" or owes(each, node.node_id, quarter)
            ]
            if node.kind == "sub_item":
                owning = []
            children = {
                each.pk: child_of(results[each.pk], parts.get((each.pk, node.node_id)), node.kind)
                for each in owning
            }
            composed = composites.compose(children.values())
            assert composed.lights == {
                "green": node.green,
                "yellow": node.yellow,
                "red": node.red,
                "grey": node.grey,
                "": node.unlit,
            }
            assert (node.stated, node.owed) == (composed.coverage.stated, composed.coverage.owed)
            assert share(node.score_numerator, node.score_denominator or None) == composed.score
            leads = [(child.lead, pk) for pk, child in children.items() if child.lead is not None]
            assert node.weakest_id == (min(leads)[1] if leads else None)


def owes(indicator: Indicator, organisation_id: int, quarter: Quarter) -> bool:
    term = terms_of(indicator).get(organisation_id)
    return term is not None and term.covers(quarter.ordinal)


def child_of(result: IndicatorResult, part: MemberResult | None, kind: str) -> composites.Child:
    counted: Windows = part if kind == "organisation" and part else result
    return composites.Child(
        result.light,
        share(result.rate_numerator, result.rate_denominator),
        share(result.expected_numerator, result.expected_denominator),
        rollup.Coverage(counted.stated, counted.owed),
        result.weight,
    )


# --- laws of what is stored --------------------------------------------------------------------------------


@EXAMPLES
@given(case=cases())
def test_computing_twice_changes_nothing_and_writes_nothing(actor: User, case: Case) -> None:
    with thrown_away():
        plan = judged_plan()
        build(plan, case, actor)
        rollups.rebuild(plan=plan)
        before = results_of(plan)
        assert rollups.rebuild(plan=plan) == 0
        assert results_of(plan) == before


@EXAMPLES
@given(case=cases())
def test_every_stored_figure_equals_its_recomputation_after_each_acceptance(actor: User, case: Case) -> None:
    with thrown_away():
        plan = judged_plan()
        indicator = build(plan, replace(case, said=()), actor)
        stages = list(indicator.stages.order_by("order"))
        for order, said in enumerate(case.said[:6]):
            accept(indicator, said, stages, organisations(), actor, order)
            rollups.mark_stale(indicators=[indicator.pk])
            rollups.recompute_stale_figures()
            assert list(rollups.differences(plan)) == []


@EXAMPLES
@given(case=cases(), at=st.integers(0, 7))
def test_rebuilding_one_quarter_mends_that_quarter_and_no_other(actor: User, case: Case, at: int) -> None:
    with thrown_away():
        plan = judged_plan()
        build(plan, case, actor)
        rollups.rebuild(plan=plan)
        IndicatorFigure.objects.update(facts_seen=99_999)
        assert rollups.rebuild(plan=plan, quarter=QUARTERS[at]) == 1
        wrong = {each.quarter for each in rollups.differences(plan)}
        assert wrong == set(QUARTERS) - {QUARTERS[at]}


@EXAMPLES
@given(case=cases())
def test_withdrawing_a_fact_restores_what_stood_without_it(actor: User, case: Case) -> None:
    left = case.owners[0][0]
    without = replace(case, said=tuple(each for each in case.said if each.organisation != left))
    withdrawn = tuple(Said(left, quarter, "withdrawn", 0, 0) for quarter in range(8))
    with thrown_away():
        plan = judged_plan()
        build(plan, without, actor)
        rollups.rebuild(plan=plan)
        before = [without_provenance(each) for each in results_of(plan)]
    with thrown_away():
        plan = judged_plan()
        build(plan, replace(case, said=case.said + withdrawn), actor)
        rollups.rebuild(plan=plan)
        assert [without_provenance(each) for each in results_of(plan)] == before


def without_provenance(result: IndicatorResult) -> dict[str, object]:
    said = shown(result)
    del said["made from"]
    return said


# --- single answers ----------------------------------------------------------------------------------------

STATED_ONCE = Case("flow", "at_least", True, 8, None, ((0, 0, 7),), (Said(0, 2, "value", 8, 0),))


def test_a_stage_reached_later_counts_from_its_quarter_on(actor: User) -> None:
    plan = empty_plan()
    build(
        plan,
        Case("milestone", "milestone", False, 0, None, ((0, 0, 7),), (Said(0, 2, "stage", 1, 0),)),
        actor,
    )
    rollups.rebuild(plan=plan)
    assert [each.plan_numerator for each in results_of(plan)] == [None, None] + [SHARES[1]] * 6


def test_a_target_revised_in_mid_year_holds_from_its_quarter_and_leaves_the_ones_before(actor: User) -> None:
    plan = empty_plan()
    build(plan, replace(STATED_ONCE, value=4, revised=(3, 1)), actor)
    rollups.rebuild(plan=plan)
    assert [each.rate for each in results_of(plan)[2:4]] == [Decimal("0.5"), Decimal(2)]


def test_the_coverage_of_an_indicators_owners_adds_up_to_that_of_the_indicator(
    plan: Plan, open_round: ReportingQuarter, people: People
) -> None:
    later = rounds.opened(plan, "112Q2", people)
    for round_, code in ((open_round, "MODA"), (later, "MODA"), (later, "MOE")):
        rounds.accepted(rounds.report_of(round_, code), people, value=100)
    rollups.recompute_stale_figures()
    indicator = plan.indicators.get(code="KR1.2")
    quarter = Quarter.parse("112Q2")
    (whole,) = selectors.indicator_results(plan, quarter, indicators=[indicator.pk])
    codes = {owner.organisation_id: owner.organisation.code for owner in indicator.owners.all()}
    parts = {
        codes[part.organisation_id]: (part.stated, part.owed)
        for part in selectors.member_results(plan, quarter, indicators=[indicator.pk])
    }
    assert parts == {"MODA": (2, 2), "MOE": (1, 2), "MOL": (0, 2)}
    assert (whole.stated, whole.owed) == (3, 6)


def test_figures_of_an_older_algebra_are_rebuilt(actor: User) -> None:
    plan = empty_plan()
    build(plan, STATED_ONCE, actor)
    rollups.rebuild(plan=plan)
    before = results_of(plan)
    IndicatorFigure.objects.update(algebra_version=rollup.ALGEBRA_VERSION - 1, stated=0)
    assert rollups.rebuild_outdated() == [plan]
    assert results_of(plan) == before
    assert rollups.rebuild_outdated() == []


def test_a_figure_says_from_which_facts_it_was_made(actor: User) -> None:
    plan = empty_plan()
    build(plan, replace(STATED_ONCE, said=(*STATED_ONCE.said, Said(0, 2, "value", 12, 0))), actor)
    rollups.rebuild(plan=plan)
    made = [(each.facts_seen, each.facts_until) for each in results_of(plan)]
    assert made == [(0, None)] * 2 + [(2, moment(1))] * 6


def test_a_stale_figure_can_be_recognised_and_is_named(actor: User) -> None:
    plan = empty_plan()
    indicator = build(plan, STATED_ONCE, actor)
    rollups.rebuild(plan=plan)
    accept(indicator, Said(0, 6, "value", 4, 0), [], organisations(), actor, 9)
    found = list(rollups.differences(plan))
    assert {(each.indicator, each.quarter) for each in found} == {("S1", QUARTERS[6]), ("S1", QUARTERS[7])}
    assert ("facts_seen", 1, 2) in {(each.column, each.stored, each.computed) for each in found}


def test_a_figure_that_is_noted_as_stale_is_no_difference(actor: User) -> None:
    plan = empty_plan()
    indicator = build(plan, STATED_ONCE, actor)
    rollups.mark_stale(indicators=[indicator.pk])
    assert list(rollups.differences(plan)) == []
    assert rollups.recompute_stale_figures(plan) == 1
    assert not RollupTask.objects.filter(indicator=indicator).exists()


def test_a_figure_of_a_quarter_outside_the_plan_is_a_difference_and_goes_with_a_rebuild(actor: User) -> None:
    plan = empty_plan()
    build(plan, STATED_ONCE, actor)
    rollups.rebuild(plan=plan)
    IndicatorFigure.objects.filter(quarter=LAST).update(quarter=LAST + 1)
    found = {(each.quarter, each.stored is None) for each in rollups.differences(plan)}
    assert found == {(LAST, True), (LAST + 1, False)}
    rollups.rebuild(plan=plan)
    assert list(rollups.differences(plan)) == []


def test_the_database_refuses_a_fact_of_an_organisation_that_never_owed_the_indicator(actor: User) -> None:
    indicator = build(empty_plan(), STATED_ONCE, actor)
    with pytest.raises(IntegrityError, match="observation_of_an_owner"), transaction.atomic():
        accept(indicator, Said(1, 0, "value", 4, 0), [], organisations(), actor, 9)
        connection.check_constraints()


def test_the_database_refuses_a_second_figure_of_one_indicator_and_quarter(actor: User) -> None:
    plan = empty_plan()
    build(plan, STATED_ONCE, actor)
    rollups.rebuild(plan=plan)
    figure = IndicatorFigure.objects.get(quarter=FIRST, indicator__plan=plan)
    with pytest.raises(IntegrityError, match="pkey"), transaction.atomic():
        figure.save(force_insert=True)
