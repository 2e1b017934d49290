"""Every check of the rules: what it finds, what it lets pass, and where exactly it begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kpis.models import Aggregation, CheckCode, Indicator, MilestoneStage, Severity
from kpis.models.check_rules import WITH_PARAMETER
from ministries import clock
from programs.models import Program, ProgramMilestone
from programs.quarters import Quarter
from reports import checks
from reports.check_rules import DEFAULTS, CheckContext, Rule, Standard, Usual
from reports.contents import LineContent
from reports.models import Line, LineStatement, Report, ReportingQuarter
from reports.predicates import PREDICATES
from tests import rounds

D = Decimal
TODAY = date(2023, 7, 5)  # five days after 112Q2


def line(kind: str, quarter: str = "112Q2") -> Line:
    """A line of 112Q2 that stands in no database: of an indicator by its aggregation, or of what is named."""
    report = Report(pk=1, reporting_quarter=ReportingQuarter(quarter=Quarter.parse(quarter)))
    program = Program(pk=1, name_zh="計畫", period_start=date(2023, 1, 1))
    if kind == "program":
        return Line(pk=1, report=report, program=program)
    if kind == "milestone":
        milestone = ProgramMilestone(pk=1, program=program, code="M1", due_on=date(2023, 6, 30))
        return Line(pk=1, report=report, milestone=milestone)
    if kind == "sub_item":
        return Line(pk=1, report=report)
    indicator = Indicator(pk=1, aggregation=kind, decimal_places=0)
    indicator._prefetched_objects_cache = {"stages": MilestoneStage.objects.none()}
    return Line(pk=1, report=report, indicator=indicator)


def said(statement: str = "value", **content: Any) -> LineContent:
    return LineContent(statement=statement, **content)


def progress(planned: object, actual: object, **more: Any) -> LineContent:
    return said(planned_progress=D(str(planned)), actual_progress=D(str(actual)), **more)


def money(*amounts: int | None, **more: Any) -> LineContent:
    """Appropriation, allocated, spent, payable, surplus."""
    names = ("appropriation", "allocated", "spent", "payable", "surplus")
    stated = {name: None if each is None else D(each) for name, each in zip(names, amounts, strict=False)}
    return said(**{**stated, **more})


BEHIND = {"delay_reason": "流標。", "remedy": "重新公告。", "delay_kind": "procurement"}
BEFORE = progress(40, 40)
DAY = date(2023, 9, 30)
STOCK, FLOW, RATIO, MAXIMUM = Aggregation.STOCK, Aggregation.FLOW, Aggregation.RATIO, Aggregation.MAXIMUM

# check, line, what it says, its context, value to compare with (the default where None), fields that are remarked
Case = tuple[CheckCode, str, LineContent, dict[str, Any], object, list[str]]
CASES: list[Case] = [
    (CheckCode.STOCK_FALLS, STOCK, said(value=D(9)), {"previous": said(value=D(10))}, None, ["value"]),
    (CheckCode.STOCK_FALLS, STOCK, said("zero"), {"previous": said(value=D(1))}, None, ["value"]),
    (CheckCode.STOCK_FALLS, STOCK, said(value=D(10)), {"previous": said(value=D(10))}, None, []),
    (CheckCode.STOCK_FALLS, STOCK, said(value=D(9)), {}, None, []),
    (CheckCode.STOCK_FALLS, STOCK, said(value=D(9)), {"previous": said("nothing_due")}, None, []),
    (CheckCode.STOCK_FALLS, FLOW, said(value=D(9)), {"previous": said(value=D(10))}, None, []),
    #
    (CheckCode.UNUSUAL_JUMP, FLOW, said(value=D(61)), {"usual": Usual(D(10), D(20))}, 3, ["value"]),
    (CheckCode.UNUSUAL_JUMP, FLOW, said(value=D(60)), {"usual": Usual(D(10), D(20))}, 3, []),
    (CheckCode.UNUSUAL_JUMP, FLOW, said(value=D(3)), {"usual": Usual(D(10), D(20))}, 3, ["value"]),
    (CheckCode.UNUSUAL_JUMP, FLOW, said(value=D(4)), {"usual": Usual(D(10), D(20))}, 3, []),
    (CheckCode.UNUSUAL_JUMP, FLOW, said("zero"), {"usual": Usual(D(10), D(20))}, 3, ["value"]),
    (CheckCode.UNUSUAL_JUMP, FLOW, said("zero"), {"usual": Usual(D(0), D(0))}, 3, []),
    (CheckCode.UNUSUAL_JUMP, FLOW, said(value=D(10**9)), {}, 3, []),
    (CheckCode.UNUSUAL_JUMP, FLOW, said(value=D(61)), {"usual": Usual(D(10), D(20))}, 4, []),
    (CheckCode.UNUSUAL_JUMP, MAXIMUM, said(value=D(61)), {"usual": Usual(D(10), D(20))}, 3, ["value"]),
    (
        CheckCode.UNUSUAL_JUMP,
        RATIO,
        said(numerator=D(9), denominator=D(10)),
        {"usual": Usual(D("0.1"), D("0.2"))},
        3,
        ["numerator"],
    ),
    (
        CheckCode.UNUSUAL_JUMP,
        RATIO,
        said(numerator=D(9), denominator=D(0)),
        {"usual": Usual(D("0.1"), D("0.2"))},
        3,
        [],
    ),
    #
    (CheckCode.BEHIND_WITHOUT_REASON, "program", progress(50, 45), {}, 5, ["delay_reason", "remedy"]),
    (CheckCode.BEHIND_WITHOUT_REASON, "program", progress(50, 45, delay_reason="流標。"), {}, 5, ["remedy"]),
    (CheckCode.BEHIND_WITHOUT_REASON, "program", progress(50, 45, **BEHIND), {}, 5, []),
    (CheckCode.BEHIND_WITHOUT_REASON, "program", progress(50, "45.01"), {}, 5, []),
    (
        CheckCode.BEHIND_WITHOUT_REASON,
        "program",
        progress(50, 50, year_planned_progress=D(25), year_actual_progress=D(20)),
        {},
        5,
        ["delay_reason", "remedy"],
    ),
    (CheckCode.BEHIND_WITHOUT_REASON, "program", said(planned_progress=D(50)), {}, 5, []),
    (CheckCode.BEHIND_WITHOUT_REASON, "program", progress(50, 45), {}, 6, []),
    (CheckCode.BEHIND_WITHOUT_KIND, "program", progress(50, 45), {}, 5, ["delay_kind"]),
    (CheckCode.BEHIND_WITHOUT_KIND, "program", progress(50, 45, **BEHIND), {}, 5, []),
    (CheckCode.BEHIND_WITHOUT_KIND, "program", progress(50, 46), {}, 5, []),
    (CheckCode.BEHIND_WITHOUT_DAY, "program", progress(50, 45), {}, 5, ["catch_up_on"]),
    (CheckCode.BEHIND_WITHOUT_DAY, "program", progress(50, 45, catch_up_on=DAY), {}, 5, []),
    (CheckCode.BEHIND_WITHOUT_DAY, "program", progress(50, 46), {}, 5, []),
    #
    (CheckCode.REASON_WITHOUT_DELAY, "program", progress(50, 46, **BEHIND), {}, 5, ["delay_reason"]),
    (
        CheckCode.REASON_WITHOUT_DELAY,
        "program",
        progress(50, 50, delay_kind="land"),
        {},
        5,
        ["delay_kind"],
    ),
    (CheckCode.REASON_WITHOUT_DELAY, "program", progress(50, 45, **BEHIND), {}, 5, []),
    (CheckCode.REASON_WITHOUT_DELAY, "program", progress(50, 50), {}, 5, []),
    (CheckCode.REASON_WITHOUT_DELAY, "milestone", said("not_reached", delay_kind="land"), {}, 5, []),
    #
    (CheckCode.FAR_BEHIND, "program", progress(50, 40), {}, 10, ["actual_progress"]),
    (CheckCode.FAR_BEHIND, "program", progress(50, "40.01"), {}, 10, []),
    (CheckCode.BEHIND_TWICE, "program", progress(50, 45), {"previous": BEFORE}, 5, []),
    (
        CheckCode.BEHIND_TWICE,
        "program",
        progress(50, 45),
        {"previous": progress(40, 35)},
        5,
        ["actual_progress"],
    ),
    (CheckCode.BEHIND_TWICE, "program", progress(50, 46), {"previous": progress(40, 35)}, 5, []),
    (CheckCode.BEHIND_TWICE, "program", progress(50, 45), {"earlier": progress(40, 35)}, 5, []),
    #
    (CheckCode.PROGRESS_FALLS, "program", progress(50, 39), {"previous": BEFORE}, None, ["actual_progress"]),
    (CheckCode.PROGRESS_FALLS, "program", progress(50, 40), {"previous": BEFORE}, None, []),
    (CheckCode.PROGRESS_FALLS, "program", progress(50, 39), {}, None, []),
    (
        CheckCode.PROGRESS_FALLS,
        "program",
        said(year_actual_progress=D(10)),
        {"previous": said(year_actual_progress=D(20))},
        None,
        ["year_actual_progress"],
    ),
    #
    (
        CheckCode.COMPLETE_WITH_OPEN_MILESTONES,
        "program",
        progress(100, 100),
        {"open_milestones": 1},
        None,
        ["actual_progress"],
    ),
    (CheckCode.COMPLETE_WITH_OPEN_MILESTONES, "program", progress(100, 100), {}, None, []),
    (
        CheckCode.COMPLETE_WITH_OPEN_MILESTONES,
        "program",
        progress(100, "99.99"),
        {"open_milestones": 1},
        None,
        [],
    ),
    #
    (CheckCode.CATCH_UP_DAY_PAST, "program", said(catch_up_on=TODAY), {}, None, []),
    (CheckCode.CATCH_UP_DAY_PAST, "program", said(catch_up_on=date(2023, 7, 4)), {}, None, ["catch_up_on"]),
    (CheckCode.CATCH_UP_DAY_PAST, "program", said(improve_by=date(2023, 7, 4)), {}, None, ["improve_by"]),
    (
        CheckCode.CATCH_UP_DAY_PAST,
        "milestone",
        said("not_reached", catch_up_on=date(2023, 7, 4)),
        {},
        None,
        ["catch_up_on"],
    ),
    #
    (CheckCode.MILESTONE_OVERDUE, "milestone", said("not_reached"), {}, None, ["narrative"]),
    (CheckCode.MILESTONE_OVERDUE, "milestone", said("not_reached", narrative="流標。"), {}, None, []),
    (CheckCode.MILESTONE_OVERDUE, "milestone", said(reached_on=DAY), {}, None, []),
    (
        CheckCode.REACHED_BEFORE_START,
        "milestone",
        said(reached_on=date(2022, 12, 31)),
        {},
        None,
        ["reached_on"],
    ),
    (CheckCode.REACHED_BEFORE_START, "milestone", said(reached_on=date(2023, 1, 1)), {}, None, []),
    #
    (CheckCode.OVER_APPROPRIATION, "program", money(100, 50, 80, 20, 1), {}, None, ["spent"]),
    (CheckCode.OVER_APPROPRIATION, "program", money(100, 50, 80, 20, 0), {}, None, []),
    (CheckCode.OVER_APPROPRIATION, "program", money(None, 50, 80), {}, None, []),
    (CheckCode.OVER_APPROPRIATION, "program", money(100), {}, None, []),
    (CheckCode.ALLOCATED_OVER_APPROPRIATION, "program", money(100, 101), {}, None, ["allocated"]),
    (CheckCode.ALLOCATED_OVER_APPROPRIATION, "program", money(100, 100), {}, None, []),
    (CheckCode.ALLOCATED_OVER_APPROPRIATION, "program", money(None, 100), {}, None, []),
    #
    (CheckCode.LOW_EXECUTION, "program", money(None, 100, 79), {}, 80, ["spent"]),
    (CheckCode.LOW_EXECUTION, "program", money(None, 100, 80), {}, 80, []),
    (CheckCode.LOW_EXECUTION, "program", money(None, 100, 70, 10), {}, 80, []),
    (CheckCode.LOW_EXECUTION, "program", money(None, 0, 0), {}, 80, []),
    (CheckCode.LOW_EXECUTION, "program", money(None, None, 10), {}, 80, []),
    (CheckCode.LOW_EXECUTION, "program", money(None, 100, 60, 0, 19), {}, 80, ["spent"]),  # 79 / 119
    (
        CheckCode.LOW_EXECUTION,
        "program",
        money(None, 100, 61, 0, 19),  # 80 / 100
        {"standard": Standard(D(5), D(10), "of-allocation/1")},
        80,
        [],
    ),
    #
    (
        CheckCode.MONEY_WITHOUT_PROGRESS,
        "program",
        money(None, 9, 2, actual_progress=D(40)),
        {"previous": money(None, 9, 1, actual_progress=D(40))},
        None,
        ["actual_progress"],
    ),
    (
        CheckCode.MONEY_WITHOUT_PROGRESS,
        "program",
        money(None, 9, 1, actual_progress=D(40)),
        {"previous": money(None, 9, 1, actual_progress=D(40))},
        None,
        [],
    ),
    (
        CheckCode.MONEY_WITHOUT_PROGRESS,
        "program",
        money(None, 9, 2, actual_progress=D(41)),
        {"previous": money(None, 9, 1, actual_progress=D(40))},
        None,
        [],
    ),
    (
        CheckCode.MONEY_WITHOUT_PROGRESS,
        "program",
        money(None, 9, 2, actual_progress=D(0)),
        {},
        None,
        ["actual_progress"],
    ),
    (
        CheckCode.MONEY_WITHOUT_PROGRESS,
        "program",
        money(None, 9, 2, actual_progress=D(100)),
        {"previous": progress(100, 100)},
        None,
        [],
    ),
    (
        CheckCode.PROGRESS_WITHOUT_MONEY,
        "program",
        money(None, 9, 0, actual_progress=D(41)),
        {"previous": BEFORE},
        None,
        ["spent"],
    ),
    (
        CheckCode.PROGRESS_WITHOUT_MONEY,
        "program",
        money(None, 9, None, 1, actual_progress=D(41)),
        {"previous": BEFORE},
        None,
        [],
    ),
    (CheckCode.PROGRESS_WITHOUT_MONEY, "program", progress(50, 45), {}, None, []),
    (
        CheckCode.PROGRESS_WITHOUT_MONEY,
        "program",
        money(None, 9, 0, actual_progress=D(40)),
        {"previous": BEFORE},
        None,
        [],
    ),
    #
    (
        CheckCode.CONFIDENCE_DISAGREES,
        FLOW,
        said(value=D(1), confidence="on_track"),
        {"light": "red"},
        1,
        ["confidence_note"],
    ),
    (CheckCode.CONFIDENCE_DISAGREES, FLOW, said(confidence="on_track"), {"light": "green"}, 1, []),
    (CheckCode.CONFIDENCE_DISAGREES, FLOW, said(confidence="at_risk"), {"light": "red"}, 2, []),
    (
        CheckCode.CONFIDENCE_DISAGREES,
        FLOW,
        said(confidence="at_risk"),
        {"light": "red"},
        1,
        ["confidence_note"],
    ),
    (
        CheckCode.CONFIDENCE_DISAGREES,
        FLOW,
        said(confidence="on_track", confidence_note="下半年趕上。"),
        {"light": "red"},
        1,
        [],
    ),
    (CheckCode.CONFIDENCE_DISAGREES, FLOW, said(confidence="on_track"), {"light": "grey"}, 1, []),
    (CheckCode.CONFIDENCE_DISAGREES, FLOW, said(confidence="on_track"), {}, 1, []),
    (CheckCode.CONFIDENCE_DISAGREES, FLOW, said(value=D(1)), {"light": "red"}, 1, []),
    (
        CheckCode.CONFIDENCE_DISAGREES,
        "program",
        progress(50, 44, confidence="on_track"),
        {"light": "green"},
        1,
        ["confidence_note"],
    ),
    (CheckCode.CONFIDENCE_DISAGREES, "program", progress(50, 45, confidence="on_track"), {}, 1, []),
    (CheckCode.CONFIDENCE_DISAGREES, "program", progress(50, "39.9", confidence="off_track"), {}, 1, []),
    #
    (CheckCode.NO_NARRATIVE, FLOW, said(value=D(1)), {}, None, ["narrative"]),
    (CheckCode.NO_NARRATIVE, FLOW, said(value=D(1), narrative="已辦理。"), {}, None, []),
]


def remarks(
    code: CheckCode, about: Line, content: LineContent, context: dict[str, Any], value: object = None
) -> list[checks.Finding]:
    rule = Rule(code, Severity.WARNING, D(str(value or 0)))
    return checks.remarked(content, about, CheckContext(rules=(rule,), today=TODAY, **context))


@pytest.mark.parametrize(
    ("code", "kind", "content", "context", "value", "fields"),
    CASES,
    ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)],
)
def test_a_check_finds_what_it_looks_for_and_nothing_else(
    code: CheckCode,
    kind: str,
    content: LineContent,
    context: dict[str, Any],
    value: object,
    fields: list[str],
) -> None:
    with clock.set_to(rounds.after("112Q2", 5)):
        found = remarks(code, line(kind), content, context, value)
    assert [each.field for each in found] == fields
    assert all(each.message.endswith("。") and "%(" not in each.message for each in found)
    assert all(each.code == code for each in found)


def test_every_check_is_looked_for_found_and_let_pass_by_the_table() -> None:
    assert set(PREDICATES) == set(CheckCode) == set(DEFAULTS)
    for finds in (True, False):
        assert {case[0] for case in CASES if bool(case[5]) == finds} == set(CheckCode)


def test_checks_compare_with_a_setting_exactly_where_data_may_give_a_value() -> None:
    assert {code for code, (_severity, setting) in DEFAULTS.items() if setting} == WITH_PARAMETER


def test_a_milestone_is_overdue_from_the_day_after() -> None:
    due = line("milestone")
    for days, found in ((0, 0), (1, 1)):
        with clock.set_to(rounds.after("112Q2", days)):
            assert len(remarks(CheckCode.MILESTONE_OVERDUE, due, said("not_reached"), {})) == found


def test_the_year_begins_anew_with_its_first_quarter() -> None:
    """Neither its progress nor its money is less than last year's."""
    first = line("program", "113Q1")
    before = {"previous": money(None, 9, 8, actual_progress=D(40), year_actual_progress=D(100))}
    now = money(None, 9, 1, actual_progress=D(41), year_actual_progress=D(10))
    assert remarks(CheckCode.PROGRESS_FALLS, first, now, before) == []
    stands = replace(now, actual_progress=D(40))
    assert remarks(CheckCode.MONEY_WITHOUT_PROGRESS, first, stands, before)


@pytest.mark.parametrize("statement", ["", "nothing_due", "not_applicable"])
def test_of_a_line_that_reports_nothing_no_rule_says_anything(statement: str) -> None:
    content = said(statement, delay_reason="流標。", catch_up_on=date(2000, 1, 1))
    assert checks.remarked(content, line("program"), CheckContext(today=TODAY)) == []


def test_checks_speak_english_too() -> None:
    with translation.override("en"):
        for code, kind, content, context, value, fields in CASES:
            if fields:
                with clock.set_to(rounds.after("112Q2", 5)):
                    assert all(each.message for each in remarks(code, line(kind), content, context, value))


# --- what no content can do ---------------------------------------------------------------------------------

_FIGURES = st.none() | st.decimals(allow_nan=True, allow_infinity=True) | st.integers(-5, 200).map(D)
_PERCENT = st.none() | st.decimals(-10, 110, places=2)
_WORDS = st.sampled_from(["", "一句話。", "x" * 6000])
_DAYS = st.none() | st.dates()
_CONTENTS = st.builds(
    LineContent,
    statement=st.sampled_from(["", "all", *LineStatement.values]),
    value=_FIGURES,
    numerator=_FIGURES,
    denominator=_FIGURES,
    rank=st.none() | st.integers(),
    edition=_WORDS,
    stage_id=st.none() | st.integers(),
    confidence=st.sampled_from(["", "sure", "on_track", "at_risk", "off_track"]),
    confidence_note=_WORDS,
    planned_progress=_FIGURES | _PERCENT,
    actual_progress=_FIGURES | _PERCENT,
    year_planned_progress=_PERCENT,
    year_actual_progress=_FIGURES | _PERCENT,
    appropriation=_FIGURES,
    allocated=_FIGURES,
    spent=_FIGURES,
    payable=_FIGURES,
    surplus=_FIGURES,
    reached_on=_DAYS,
    narrative=_WORDS,
    delay_kind=st.sampled_from(["", "land", "laziness"]),
    accountability=st.sampled_from(["", "own", "them"]),
    catch_up_on=_DAYS,
    improve_by=_DAYS,
    delay_reason=_WORDS,
    remedy=_WORDS,
    coordination=_WORDS,
    note=_WORDS,
)
_ACCEPTED = st.none() | _CONTENTS.filter(lambda content: not checks.impossible(content, line("program")))
_KINDS = st.sampled_from([*Aggregation.values, "program", "milestone", "sub_item"])
_CONTEXTS = st.builds(
    CheckContext,
    today=st.dates(),
    previous=_ACCEPTED,
    earlier=_ACCEPTED,
    usual=st.none() | st.builds(Usual, st.decimals(0, 10**9, places=4), st.decimals(0, 10**9, places=4)),
    light=st.sampled_from(["", "green", "yellow", "red", "grey"]),
    open_milestones=st.integers(0, 3),
)


@given(kind=_KINDS, content=_CONTENTS, context=_CONTEXTS)
def test_no_content_makes_a_check_raise(kind: str, content: LineContent, context: CheckContext) -> None:
    found = checks.findings(content, line(kind), context)
    assert all(str(each.message) and each.severity in Severity for each in found)


@given(kind=_KINDS, content=_CONTENTS, context=_CONTEXTS)
def test_a_note_answers_every_warning_and_changes_nothing_else(
    kind: str, content: LineContent, context: CheckContext
) -> None:
    about = line(kind)
    bare, answered = (
        checks.findings(replace(content, note=note), about, context) for note in ("", "已確認。")
    )
    asks = [each for each in bare if each.field == "note"]
    assert [each for each in bare if each.field != "note"] == answered
    warned = any(each.severity == Severity.WARNING for each in bare)
    assert bool(asks) == warned
    assert all(each.severity == Severity.ERROR for each in asks)
