"""What needs attention: each reason where it holds and only there, how much it weighs, and that it is said in words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from kpis.models import CheckCode
from programs.quarters import Quarter
from reports import attention, troubles
from reports.attention import WEIGHTS, Cause, IndicatorState, ProgramState
from reports.check_rules import RuleRecord, Standard, rules_in_force
from reports.contents import LineContent

STANDARD = Standard(yellow=Decimal(5), red=Decimal(10), execution_formula="with-surplus/1")
NOW = Quarter.parse("113Q2")
RULES = {each.code: each for each in rules_in_force((), None, NOW)}


def leads(*points: int | None) -> tuple[Decimal | None, ...]:
    return tuple(None if each is None else Decimal(each) / 100 for each in points)


def of_indicator(light: str = "red", *points: int | None, **but: object) -> list[Cause]:
    state = replace(IndicatorState(light, leads(*points)), **but)  # type: ignore[arg-type]
    return [each.cause for each in attention.of_indicator(state, STANDARD, RULES)]


def of_program(content: LineContent, previous: LineContent | None = None, **but: object) -> list[Cause]:
    state = replace(ProgramState(content, previous), **but)  # type: ignore[arg-type]
    return [each.cause for each in attention.of_program(state, STANDARD, RULES)]


def said(
    planned: int = 50, actual: int = 50, spent: int | None = 5, allocated: int = 10, judged: str = ""
) -> LineContent:
    return LineContent(
        planned_progress=Decimal(planned),
        actual_progress=Decimal(actual),
        spent=None if spent is None else Decimal(spent),
        allocated=Decimal(allocated),
        confidence=judged,
    )


@pytest.mark.parametrize(
    ("light", "points", "expected"),
    [
        ("red", -14, [Cause.BEHIND]),
        ("yellow", -10, [Cause.BEHIND]),
        ("yellow", -9, []),
        ("green", -30, []),
        ("red", None, [Cause.BEHIND]),
        ("grey", None, []),
        ("", None, []),
    ],
)
def test_an_indicator_is_behind_from_the_standards_points_on(
    light: str, points: int | None, expected: list[Cause]
) -> None:
    assert of_indicator(light, points) == expected


def test_the_plans_own_standard_says_from_where_on() -> None:
    state, strict = IndicatorState("yellow", leads(-6)), replace(STANDARD, red=Decimal(6))
    assert [each.cause for each in attention.of_indicator(state, strict, RULES)] == [Cause.BEHIND]
    assert not attention.of_indicator(state, STANDARD, RULES)


def test_who_is_further_behind_weighs_more_up_to_a_limit() -> None:
    weights = [
        attention.of_indicator(IndicatorState("red", leads(-points)), STANDARD, RULES)[0].weight
        for points in (10, 19, 20, 45, 400)
    ]
    assert weights == [5, 5, 10, 20, 20]


@pytest.mark.parametrize(
    ("points", "falls"),
    [
        ((-3, -2, -1), True),
        ((-3, -2, 4), True),
        ((2, 3, 4), False),
        ((-3, -3, -1), False),
        ((-3, -2, -2), False),
        ((-3, -4, -1), False),
        ((-3, None, -1), False),
        ((-3, -2), False),
    ],
)
def test_falling_is_to_be_further_behind_two_quarters_running(
    points: tuple[int | None, ...], falls: bool
) -> None:
    assert (Cause.FALLING in of_indicator("yellow", *points)) is falls
    assert Cause.FALLING not in of_indicator("green", *points)


def test_silence_is_a_reason_where_something_was_owed() -> None:
    assert of_indicator("grey", None, is_silent=True) == [Cause.SILENT]
    assert of_indicator("grey", None) == []
    silent = ProgramState(None, is_silent=True)
    assert [each.cause for each in attention.of_program(silent, STANDARD, RULES)] == [Cause.SILENT]
    assert not attention.of_program(ProgramState(None), STANDARD, RULES)


@pytest.mark.parametrize(
    ("light", "judged", "expected"),
    [
        ("red", ("on_track",), [Cause.DISAGREES]),
        ("green", ("off_track",), [Cause.DISAGREES]),
        ("green", ("on_track",), []),
        ("green", ("on_track", "at_risk"), [Cause.DISAGREES]),
        ("", ("off_track",), []),
        ("grey", ("on_track",), []),
        ("green", (), []),
    ],
)
def test_the_ministrys_judgement_is_held_against_the_light(
    light: str, judged: tuple[str, ...], expected: list[Cause]
) -> None:
    found = [each for each in of_indicator(light, judgements=judged) if each == Cause.DISAGREES]
    assert found == expected


def test_of_several_judgements_the_one_furthest_off_is_said() -> None:
    state = IndicatorState("red", leads(-5), judgements=("at_risk", "on_track"))
    words = [each.words for each in attention.of_indicator(state, STANDARD, RULES)]
    assert "機關研判「可如期達成」，燈號為「落後」" in words


def test_a_programme_is_far_behind_by_the_rule_in_force() -> None:
    assert of_program(said(60, 50), said(40, 40)) == [Cause.FAR_BEHIND]
    assert of_program(said(59, 50), said(40, 40)) == []
    own = RuleRecord(None, CheckCode.FAR_BEHIND, NOW, "warning", parameter=Decimal(15))
    rules = {each.code: each for each in rules_in_force([own], None, NOW)}
    assert not attention.of_program(ProgramState(said(60, 50), said(40, 40)), STANDARD, rules)


def test_money_without_progress_and_progress_without_money() -> None:
    assert of_program(said(50, 50, spent=5), said(50, 50, spent=3)) == [Cause.MONEY_WITHOUT_PROGRESS]
    assert of_program(said(50, 50, spent=5), said(50, 50, spent=5)) == []
    assert of_program(said(50, 50, spent=5), said(50, 50, spent=9), begins_year=True) == [
        Cause.MONEY_WITHOUT_PROGRESS
    ]
    assert of_program(said(50, 50, spent=None), said(40, 40)) == [Cause.PROGRESS_WITHOUT_MONEY]
    assert of_program(said(50, 50, spent=None, allocated=0), said(40, 40)) == []
    assert of_program(said(100, 100, spent=5), said(100, 100, spent=3)) == []


def test_a_programmes_judgement_is_held_against_its_own_progress() -> None:
    assert of_program(said(50, 50, judged="off_track"), said(40, 40)) == [Cause.DISAGREES]
    assert of_program(said(50, 50, judged="on_track"), said(40, 40)) == []


def test_what_the_plan_does_not_check_needs_no_attention() -> None:
    """A check that is switched off is no reason here either."""
    content, previous = said(70, 50, spent=5, judged="on_track"), said(50, 50, spent=3)
    assert len(attention.of_program(ProgramState(content, previous), STANDARD, RULES)) == 3
    assert not attention.of_program(ProgramState(content, previous), STANDARD, {})


@pytest.mark.parametrize(
    "cause",
    [
        Cause.LATE,
        Cause.OVERDUE,
        Cause.TARGET,
        Cause.REVISION,
        Cause.RELEASE,
        Cause.EXTENSION,
        Cause.PUBLICATION,
    ],
)
def test_days_count_by_the_week_that_they_have_begun(cause: Cause) -> None:
    times = [attention.of_days(cause, days).weight // WEIGHTS[cause] for days in (0, 1, 7, 8, 28, 400)]
    assert times == [1, 1, 1, 2, 4, 4]
    assert attention.of_days(cause, 8).words == f"{cause.label} 8 天"


def test_a_cause_is_said_once_by_its_gravest_reason_and_the_gravest_cause_first() -> None:
    reasons = [
        attention.of_days(Cause.TARGET, 1),
        attention.of_days(Cause.LATE, 3),
        attention.of_days(Cause.LATE, 9),
    ]
    found = attention.worst_first(reasons)
    assert [(each.cause, each.size) for each in found] == [
        (Cause.LATE, Decimal(9)),
        (Cause.TARGET, Decimal(1)),
    ]


def test_every_cause_has_a_weight_and_those_of_the_review_keep_theirs() -> None:
    assert set(WEIGHTS) == set(Cause)
    shared = [
        each
        for each in Cause
        if each.value in troubles.WEIGHTS and each != Cause.LATE and each != Cause.BEHIND
    ]
    assert len(shared) == 4
    for cause in shared:
        assert WEIGHTS[cause] == troubles.weight_of(cause.value)
        assert str(cause.label) == troubles.words_of(cause.value)


def test_points_and_days_stand_in_the_words() -> None:
    behind = attention.of_indicator(IndicatorState("red", leads(-14)), STANDARD, RULES)
    assert [each.words for each in behind] == ["落後應達進度 14 個百分點"]
    assert attention.of_indicator(IndicatorState("red"), STANDARD, RULES)[0].words == "落後應達進度"
