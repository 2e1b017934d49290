"""Every figure expands into its rows, exclusions and formula, and the rows add up to it exactly, on every history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from kpis import rollup, selectors
from kpis.explanations import (
    COMPONENTS,
    WINDOWS,
    CoverageExplanation,
    IndicatorExplanation,
    MilestonesExplanation,
    MoneyExplanation,
    ProgressExplanation,
    Reason,
    ScoreExplanation,
)
from kpis.models import Indicator, MonitoringStandard
from kpis.results import IndicatorResult, NodeResult
from kpis.services import publishing, rollups
from ministries import clock
from ministries.models import User
from programs.models import MilestoneObservation, Plan, Program, ProgramMilestone, ProgramObservation
from programs.quarters import Quarter
from tests.kpis.small_plans import (
    FIRST,
    LAST,
    QUARTERS,
    Case,
    Said,
    accept,
    build,
    cases,
    empty_plan,
    moment,
    organisations,
)

pytestmark = pytest.mark.django_db

EXAMPLES = bounds(max_examples=40)


@pytest.fixture
def actor(db: None) -> User:
    return User.objects.create_user("accepts@example.test", name="王審查")


@contextmanager
def thrown_away() -> Iterator[None]:
    """What happens within leaves no trace, so that each example starts from the same database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def judged_plan() -> Plan:
    plan = empty_plan()
    for effective_from, yellow, red, formula in (
        (FIRST, 5, 10, "with-surplus/1"),
        (QUARTERS[3], 2, 20, "of-allocation/1"),
    ):
        MonitoringStandard.objects.create(
            plan=plan,
            effective_from=effective_from,
            yellow_points=yellow,
            red_points=red,
            execution_formula=formula,
        )
    return plan


def amount_in(result: IndicatorResult, window: str) -> rollup.Amount | None:
    numerator = getattr(result, f"{window}_numerator")
    return None if numerator is None else rollup.Amount(numerator, getattr(result, f"{window}_denominator"))


def share(numerator: Decimal | None, denominator: Decimal | None) -> Fraction | None:
    return None if numerator is None or not denominator else Fraction(numerator) / Fraction(denominator)


def everything_is_accounted_for(explained: IndicatorExplanation) -> None:
    """Every fact in force is a row or is excluded, and no fact is both or twice."""
    rows = [row.fact.pk for row in explained.rows]
    left_out = [each.fact.pk for each in explained.excluded if each.fact]
    assert sorted(rows + left_out) == sorted(fact.pk for fact in explained.known)


# --- property 7 --------------------------------------------------------------------------------------------


@EXAMPLES
@given(case=cases(), at=st.integers(0, 7), window=st.sampled_from(WINDOWS))
def test_the_rows_of_an_indicator_add_up_to_its_figure(actor: User, case: Case, at: int, window: str) -> None:
    with thrown_away():
        plan = judged_plan()
        indicator = build(plan, case, actor)
        rollups.rebuild(plan=plan)
        adds_up(plan, QUARTERS[at], indicator, window, None)


@EXAMPLES
@given(case=cases(), at=st.integers(0, 7), window=st.sampled_from(WINDOWS), order=st.integers(0, 25))
def test_the_rows_of_an_indicator_add_up_to_what_was_known_at_any_moment(
    actor: User, case: Case, at: int, window: str, order: int
) -> None:
    with thrown_away():
        plan = judged_plan()
        indicator = build(plan, case, actor)
        adds_up(plan, QUARTERS[at], indicator, window, moment(order))


def adds_up(plan: Plan, quarter: Quarter, indicator: Indicator, window: str, as_of: datetime | None) -> None:
    explained = selectors.explain_indicator(plan, quarter, indicator, window=window, as_of=as_of)
    (result,) = selectors.indicator_results(plan, quarter, indicators=[indicator.pk], as_of=as_of)
    assert explained.total() == amount_in(result, window) == explained.figure
    assert explained.adds_up
    everything_is_accounted_for(explained)
    assert explained.coverage.owed - explained.coverage.stated == len(explained.missing)
    assert (explained.made.facts_seen, explained.made.facts_until) == (result.facts_seen, result.facts_until)
    if explained.is_held_against_target:
        assert explained.rate == share(result.rate_numerator, result.rate_denominator)
        assert explained.expected == share(result.expected_numerator, result.expected_denominator)
        assert (explained.achieved, explained.light) == (result.achieved, result.light)
        assert (explained.coverage.stated, explained.coverage.owed) == (result.stated, result.owed)
    assert explained.weight == result.weight
    assert explained.formula and all(explained.symbols)


@EXAMPLES
@given(
    several=st.lists(cases(), min_size=1, max_size=4),
    at=st.integers(0, 7),
    then=st.none() | st.integers(0, 25),
)
def test_the_children_of_a_node_add_up_to_its_score_and_coverage(
    actor: User, several: list[Case], at: int, then: int | None
) -> None:
    as_of = None if then is None else moment(then)
    with thrown_away():
        plan = judged_plan()
        for number, case in enumerate(several, start=1):
            build(plan, case, actor, number)
        rollups.rebuild(plan=plan)
        for node in selectors.node_results(plan, QUARTERS[at], as_of=as_of):
            explained = explain(plan, node, "score", as_of)
            assert isinstance(explained, ScoreExplanation)
            total = explained.total()
            assert total.score == share(node.score_numerator, node.score_denominator)
            lights = (node.green, node.yellow, node.red, node.grey, node.unlit)
            assert tuple(total.lights[name] for name in rollup.LIGHTS) == lights
            assert len(explained.rows) + len(explained.excluded) == node.indicators
            assert (total.coverage.stated, total.coverage.owed) == (node.stated, node.owed)
            weakest = explained.weakest
            assert (weakest and weakest.indicator.pk) == node.weakest_id
            if node.programs == 0:
                assert (explained.made.facts_seen, explained.made.facts_until) == (
                    node.facts_seen,
                    node.facts_until,
                )
            of = explain(plan, node, "coverage", as_of)
            assert isinstance(of, CoverageExplanation)
            assert (of.total().stated, of.total().owed) == (node.stated, node.owed)
            assert explained.formula and all(explained.symbols) and all(of.symbols)


def explain(plan: Plan, node: NodeResult, measure: str, as_of: datetime | None = None) -> object:
    return selectors.explain_node(plan, node.quarter, node.kind, node.node_id, measure=measure, as_of=as_of)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, int, str, tuple[int | None, ...]]]:
    """(programme, quarter, statement, planned/actual/five amounts) in the order of acceptance."""
    amount = st.none() | st.integers(0, 9)
    return draw(
        st.lists(
            st.tuples(
                st.integers(0, 2),
                st.integers(0, 7),
                st.sampled_from(["progress"] * 4 + ["nothing_due", "not_applicable", "withdrawn"]),
                st.tuples(st.integers(0, 100), st.integers(0, 100), *[amount] * 5),
            ),
            max_size=14,
        )
    )


@EXAMPLES
@given(history=histories(), at=st.integers(0, 7), then=st.none() | st.integers(0, 14))
def test_the_programmes_of_a_node_add_up_to_its_progress_and_money(
    actor: User, history: list[tuple[int, int, str, tuple[int | None, ...]]], at: int, then: int | None
) -> None:
    as_of = None if then is None else moment(then)
    with thrown_away():
        plan = judged_plan()
        programs = programs_of(plan)
        for order, (which, quarter, statement, numbers) in enumerate(history):
            accept_progress(programs[which], QUARTERS[quarter], statement, numbers, actor, order)
        for node in selectors.node_results(plan, QUARTERS[at], kinds=["plan", "organisation"], as_of=as_of):
            progress = explain(plan, node, "progress", as_of)
            assert isinstance(progress, ProgressExplanation)
            total = progress.total()
            assert total.planned == share(node.planned_numerator, node.progress_denominator)
            assert total.actual == share(node.actual_numerator, node.progress_denominator)
            assert total.by_appropriation == node.progress_is_weighted
            assert (total.coverage.stated, total.coverage.owed) == (node.programs_stated, node.programs)
            assert (progress.made.facts_seen, progress.made.facts_until) == (
                node.facts_seen,
                node.facts_until,
            )
            money = explain(plan, node, "money", as_of)
            assert isinstance(money, MoneyExplanation)
            assert {name: money.figures[name] for name in COMPONENTS} == {
                name: getattr(node, name) for name in COMPONENTS
            }
            assert money.figures["executed"] == node.executed
            assert decimal(money.figures["execution_rate"]) == node.execution_rate
            assert decimal(money.figures["achievement_rate"]) == node.achievement_rate
            assert progress.formula and all(progress.symbols) and money.formula and all(money.symbols)


def decimal(value: object) -> Decimal | None:
    if value is None:
        return None
    assert isinstance(value, Fraction)
    return Decimal(value.numerator) / Decimal(value.denominator)


def programs_of(plan: Plan) -> list[Program]:
    return [
        Program.objects.create(
            plan=plan, code=f"P{number}", organisation=body, name_zh="計畫", name_en="P", kind="new"
        )
        for number, body in enumerate(organisations())
    ]


def accept_progress(
    program: Program,
    quarter: Quarter,
    statement: str,
    numbers: tuple[int | None, ...],
    actor: User,
    order: int,
) -> None:
    cell = {"program": program, "organisation": program.organisation, "quarter": quarter}
    before = ProgramObservation.objects.filter(**cell, superseded_at__isnull=True).first()
    if before:
        ProgramObservation.objects.filter(pk=before.pk).update(superseded_at=moment(order))
    names = ("planned_progress", "actual_progress", *COMPONENTS)
    ProgramObservation.objects.create(
        **cell,
        **(dict(zip(names, numbers, strict=True)) if statement == "progress" else {}),
        statement=statement,
        revision=before.revision + 1 if before else 1,
        accepted_at=moment(order),
        accepted_by=actor,
        reason="更正" if before else "",
        origin="test",
    )


@EXAMPLES
@given(
    milestones=st.lists(
        st.tuples(st.integers(1, 24), st.integers(0, 5), st.none() | st.integers(6, 8)), max_size=4
    ),
    said=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 7), st.booleans(), st.integers(1, 28)), max_size=8
    ),
    at=st.integers(0, 7),
    then=st.none() | st.integers(0, 8),
)
def test_the_milestones_of_a_node_add_up_to_its_counts(
    actor: User,
    milestones: list[tuple[int, int, int | None]],
    said: list[tuple[int, int, bool, int]],
    at: int,
    then: int | None,
) -> None:
    as_of = None if then is None else moment(then)
    with thrown_away():
        plan = judged_plan()
        program = programs_of(plan)[0]
        rows = [
            ProgramMilestone.objects.create(
                program=program,
                code=f"M{number}",
                name_zh="查核點",
                due_on=date(2031 + (month - 1) // 12, (month - 1) % 12 + 1, 15),
                effective_from=QUARTERS[since],
                dropped_from=None if dropped is None else FIRST + dropped,
            )
            for number, (month, since, dropped) in enumerate(milestones)
        ]
        for order, (which, quarter, reached, day) in enumerate(said):
            if which < len(rows):
                accept_milestone(rows[which], QUARTERS[quarter], reached, day, actor, order)
        (node,) = selectors.node_results(plan, QUARTERS[at], kinds=["plan"], as_of=as_of)
        explained = explain(plan, node, "milestones", as_of)
        assert isinstance(explained, MilestonesExplanation)
        assert explained.figures == {
            "due": node.milestones_due,
            "reached": node.milestones_reached,
            "reached_late": node.milestones_reached_late,
            "overdue": node.milestones_overdue,
        }
        assert len(explained.missing) == node.milestones_overdue


def accept_milestone(
    milestone: ProgramMilestone, quarter: Quarter, reached: bool, day: int, actor: User, order: int
) -> None:
    cell = {"milestone": milestone, "organisation": milestone.program.organisation, "quarter": quarter}
    before = MilestoneObservation.objects.filter(**cell, superseded_at__isnull=True).first()
    if before:
        MilestoneObservation.objects.filter(pk=before.pk).update(superseded_at=moment(order))
    MilestoneObservation.objects.create(
        **cell,
        statement="reached" if reached else "not_reached",
        reached_on=quarter.first_day.replace(day=day) if reached else None,
        revision=before.revision + 1 if before else 1,
        accepted_at=moment(order),
        accepted_by=actor,
        origin="test",
    )


# --- restated ----------------------------------------------------------------------------------------------


@EXAMPLES
@given(case=cases(), at=st.integers(0, 7), window=st.sampled_from(WINDOWS))
def test_a_restated_figure_says_what_it_was_known_as_before_and_after(
    actor: User, case: Case, at: int, window: str
) -> None:
    """The old and new figures are those that `as_of` gives just before and at the moment of the acceptance."""
    with thrown_away():
        plan, quarter = judged_plan(), QUARTERS[at]
        indicator = build(plan, case, actor)
        explained = selectors.explain_indicator(plan, quarter, indicator, window=window)
        for restated in explained.restatements:
            known = [
                selectors.explain_indicator(plan, quarter, indicator, window=window, as_of=then).actual
                for then in (restated.at - (moment(1) - moment(0)) / 2, restated.at)
            ]
            (change,) = restated.changes
            assert [change.old, change.new] == known
            assert any(fact.revision > 1 for fact in restated.causes)


STATED_TWICE = Case(
    "flow",
    "at_least",
    True,
    8,
    None,
    ((0, 0, 7), (1, 0, 7)),
    (Said(0, 0, "value", 8, 0), Said(0, 1, "value", 8, 0), Said(0, 0, "value", 20, 0)),
)


def test_a_correction_is_told_with_the_difference_and_who_made_it(actor: User) -> None:
    plan = judged_plan()
    indicator = build(plan, STATED_TWICE, actor)
    rollups.rebuild(plan=plan)
    explained = selectors.explain_indicator(plan, QUARTERS[1], indicator)
    (restated,) = explained.restatements
    (change,) = restated.changes
    assert (change.old, change.new, change.difference) == (4, 7, 3)
    assert [(cause.revision, cause.accepted_by) for cause in restated.causes] == [(2, "王審查")]


def test_what_was_published_otherwise_is_told_with_what_was_accepted_since(actor: User) -> None:
    plan = judged_plan()
    indicator = build(plan, replace(STATED_TWICE, said=STATED_TWICE.said[:2]), actor)
    rollups.rebuild(plan=plan)
    with clock.set_to(moment(5)):
        publishing.publish(plan=plan, quarter=QUARTERS[1], actor=actor)
    explained = selectors.explain_indicator(plan, QUARTERS[1], indicator)
    assert explained.since_published and explained.since_published.changes == ()
    accept(indicator, STATED_TWICE.said[2], [], organisations(), actor, 9)
    rollups.rebuild(plan=plan)
    explained = selectors.explain_indicator(plan, QUARTERS[1], indicator)
    assert explained.since_published
    figures = {change.name: (change.old, change.new) for change in explained.since_published.changes}
    assert figures["figure"] == (4, 7) and figures["rate"] == (Decimal("0.5"), Decimal("0.875"))
    assert [fact.revision for fact in explained.since_published.causes] == [2]
    node = selectors.explain_node(plan, QUARTERS[1], "plan", plan.pk, measure="score")
    assert isinstance(node, ScoreExplanation) and node.since_published
    assert [(change.old, change.new) for change in node.since_published.changes] == [
        (Decimal("0.5"), Decimal("0.875"))
    ]
    assert [subject.code for subject, _change in node.since_published.subjects] == ["S1"]


# --- single answers ----------------------------------------------------------------------------------------


def reasons(explained: IndicatorExplanation) -> list[tuple[Reason, str, str]]:
    return [
        (each.reason, each.organisation.code if each.organisation else "", str(each.quarter))
        for each in explained.excluded
    ]


def test_what_is_left_out_says_why(actor: User) -> None:
    plan = judged_plan()
    case = Case(
        "stock",
        "at_least",
        False,
        8,
        None,
        ((0, 0, 7), (1, 0, 4), (2, 0, 7)),
        (
            Said(0, 3, "value", 4, 0),
            Said(0, 5, "value", 8, 0),
            Said(1, 4, "value", 8, 0),
            Said(2, 4, "nothing_due", 0, 0),
            Said(2, 5, "withdrawn", 0, 0),
        ),
    )
    indicator = build(plan, case, actor)
    rollups.rebuild(plan=plan)
    explained = selectors.explain_indicator(plan, QUARTERS[5], indicator)
    assert [row.fact.organisation.code for row in explained.rows] == ["SMALL0"]
    assert reasons(explained) == [
        (Reason.SUPERSEDED, "SMALL0", QUARTERS[3].code),
        (Reason.LEFT, "SMALL1", QUARTERS[4].code),
        (Reason.NOTHING_DUE, "SMALL2", QUARTERS[4].code),
        (Reason.WITHDRAWN, "SMALL2", QUARTERS[5].code),
    ]
    assert [each.organisation.code for each in explained.missing if each.organisation] == ["SMALL2"]
    year = selectors.explain_indicator(plan, QUARTERS[5], indicator, window="year")
    assert (Reason.OUTSIDE, "SMALL0", QUARTERS[3].code) in reasons(year)


def test_a_missing_statement_is_named_with_its_quarter(actor: User) -> None:
    plan = judged_plan()
    indicator = build(plan, STATED_TWICE, actor)
    explained = selectors.explain_indicator(plan, QUARTERS[1], indicator)
    missing = [(each.organisation.code, each.quarter) for each in explained.missing if each.organisation]
    assert missing == [("SMALL1", QUARTERS[0]), ("SMALL1", QUARTERS[1])]
    assert (explained.coverage.stated, explained.coverage.owed) == (2, 4)


def test_the_formula_stands_there_with_its_numbers(actor: User) -> None:
    plan = judged_plan()
    indicator = build(plan, STATED_TWICE, actor)
    rollups.rebuild(plan=plan)
    explained = selectors.explain_indicator(plan, QUARTERS[1], indicator)
    assert explained.symbols == [
        "Σ = 5 + 2 = 7",
        "7 ÷ 8 = 87.5%",
        "應達 50% − 達成率 87.5% = −37.5 個百分點 ≤ 5：正常",
    ]


def test_a_long_sum_is_abridged_with_its_count(actor: User) -> None:
    plan = judged_plan()
    said = tuple(Said(0, quarter, "value", 4, 0) for quarter in range(8))
    indicator = build(plan, replace(STATED_TWICE, annual=False, said=said), actor)
    explained = selectors.explain_indicator(plan, LAST, indicator)
    assert explained.symbols[0] == "Σ = 1 + 1 + 1 + 1 + …（共 8 項） = 8"


@pytest.mark.parametrize(
    ("kind", "comparator", "statement", "said", "line"),
    [
        ("ratio", "at_least", "ratio", ((1, 2), (1, 2)), "(1 + 1) ÷ (2 + 2) = 2 ÷ 4 = 50%"),
        ("maximum", "at_least", "value", ((4, 0), (8, 0)), "max(1, 2) = 2"),
        ("milestone", "milestone", "stage", ((0, 0), (1, 0)), "min(25%, 60%) = 25%"),
        ("rank", "top", "rank", ((3, 0), (5, 0)), "名次 = 6"),
    ],
)
def test_each_kind_is_written_as_it_is_counted(
    actor: User,
    kind: str,
    comparator: str,
    statement: str,
    said: tuple[tuple[int, int], ...],
    line: str,
) -> None:
    plan = judged_plan()
    facts = tuple(Said(who, 0, statement, *numbers) for who, numbers in enumerate(said))
    case = replace(STATED_TWICE, kind=kind, comparator=comparator, said=facts)
    explained = selectors.explain_indicator(plan, FIRST, build(plan, case, actor))
    assert explained.symbols[0] == line
    counted = [row for row in explained.rows if row.contributes is not None]
    assert len(counted) == (2 if kind == "ratio" else 1)


def test_reading_an_explanation_takes_four_queries_whatever_was_said(actor: User) -> None:
    plan = judged_plan()
    few = build(plan, replace(STATED_TWICE, said=()), actor, 1)
    many = build(plan, replace(STATED_TWICE, said=STATED_TWICE.said * 6), actor, 2)
    plan = Plan.objects.get(pk=plan.pk)
    for indicator in (few, many):
        with CaptureQueriesContext(connection) as queries:
            selectors.explain_indicator(plan, LAST, indicator)
        assert len(queries) == 4


@pytest.mark.parametrize(
    ("measure", "most"), [("score", 3), ("coverage", 4), ("progress", 3), ("money", 2), ("milestones", 2)]
)
def test_reading_a_nodes_explanation_takes_at_most_four_queries(actor: User, measure: str, most: int) -> None:
    plan = judged_plan()
    for number in (1, 2, 3):
        build(plan, STATED_TWICE, actor, number)
    with CaptureQueriesContext(connection) as queries:
        selectors.explain_node(plan, LAST, "plan", plan.pk, measure=measure)
    assert len(queries) == most


def test_a_node_that_does_not_exist_is_not_explained(actor: User) -> None:
    assert selectors.explain_node(judged_plan(), LAST, "pillar", 0, measure="score") is None
