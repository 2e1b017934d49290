"""What people type is understood or explained, and nothing that was typed is lost on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kpis.models import Aggregation, Indicator, MilestoneStage
from programs.models import Program, ProgramMilestone
from reports import forms, typed
from reports.forms import fingerprint, html_name, line_form, read_page, texts_of
from reports.models import Line, LineStatement


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("　", None),
        ("0", Decimal(0)),
        ("1,234,567", Decimal(1234567)),
        ("１，２３４．５", Decimal("1234.5")),
        ("８０００", Decimal(8000)),
        (" 12 ", Decimal(12)),
        ("+7", Decimal(7)),
        ("−5", Decimal(-5)),
    ],
)
def test_numbers_are_understood_as_people_write_them(text: str, value: Decimal | None) -> None:
    assert typed.decimal(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "十",
        "600名",
        "1,2",
        "12,34",
        "1 234",
        "1e9",
        "NaN",
        "Infinity",
        "10²",
        "0x10",
        "--3",
        "1.2.3",
        "١٢",
        "9" * 25,
        ".",
    ],
)
def test_what_is_no_number_is_refused_with_words(text: str) -> None:
    with pytest.raises(typed.NotUnderstood) as refused:
        typed.decimal(text)
    assert str(refused.value).endswith("。")


def test_a_number_written_with_blanks_or_misplaced_separators_is_told_apart_from_no_number() -> None:
    messages = set()
    for text in ("1 234", "12,34", "十"):
        with pytest.raises(typed.NotUnderstood) as refused:
            typed.decimal(text)
        messages.add(str(refused.value).split("：")[0])
    assert len(messages) == 3


@given(st.decimals(min_value=0, max_value=10**14, places=4))
def test_a_number_that_is_shown_is_understood_again(value: Decimal) -> None:
    assert typed.decimal(forms.spelled(value)) == value


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_numbers(text: str) -> None:
    for reader in (typed.decimal, typed.percent, typed.integer, typed.day, typed.words):
        try:
            reader(text)
        except typed.NotUnderstood as why:
            assert str(why)


def test_percents_may_carry_their_sign_and_two_decimals() -> None:
    assert typed.percent("８５％") == 85
    assert typed.percent("12.34%") == Decimal("12.34")
    with pytest.raises(typed.NotUnderstood):
        typed.percent("12.345")


def test_control_characters_and_endless_prose_are_refused() -> None:
    assert typed.words("一行\r\n二行") == "一行\n二行"
    for text in ("壞\x00字", "壞\ufffe字", "壞\uffff字", "長" * 5001):
        with pytest.raises(typed.NotUnderstood):
            typed.words(text)


@pytest.mark.parametrize(
    "text",
    [
        "113/01/05",
        "113/1/5",
        "１１３／０１／０５",
        "113.1.5",
        "113-01-05",
        "民國113年1月5日",
        "113 年 1 月 5 日",
        "2024-01-05",
        "2024/1/5",
        " 2024 年 1 月 5 日 ",
    ],
)
def test_days_are_understood_in_both_calendars(text: str) -> None:
    assert typed.day(text) == date(2024, 1, 5)


def test_nothing_typed_is_no_day_and_two_digits_are_an_early_year_of_the_republic() -> None:
    assert typed.day("　") is None
    assert typed.day("98/12/31") == date(2009, 12, 31)


@pytest.mark.parametrize(
    "text",
    [
        "112/02/29",
        "113/13/01",
        "113/01",
        "1130105",
        "113/01/05 10:00",
        "昨天",
        "0113/01/05",
        "9/1/5",
        "١١٣/١/٥",
    ],
)
def test_what_is_no_day_is_refused_with_words(text: str) -> None:
    with pytest.raises(typed.NotUnderstood, match="不是日期"):
        typed.day(text)


@given(st.dates(min_value=date(1921, 1, 1), max_value=date(2910, 12, 31)))
def test_a_day_that_is_shown_is_understood_again_in_both_languages(day: date) -> None:
    for language in ("zh-hant", "en"):
        with translation.override(language):
            assert typed.day(forms.spelled(day)) == day


def counted_line(**content: object) -> Line:
    indicator = Indicator(pk=1, aggregation=Aggregation.FLOW, decimal_places=0, name_zh="培育人數")
    indicator._prefetched_objects_cache = {"stages": MilestoneStage.objects.none()}
    return Line(pk=7, indicator=indicator, **content)


def program_line() -> Line:
    return Line(pk=8, program=Program(pk=1, name_zh="計畫"))


def posted(line: Line, **texts: str) -> dict[str, str]:
    seen = {"revision": str(line.revision), "seen": fingerprint(texts_of(line))}
    return {html_name(line.pk, name): text for name, text in {**texts_of(line), **seen, **texts}.items()}


def test_an_untouched_line_is_known_as_such() -> None:
    line = counted_line(statement="value", value=Decimal("1234.0000"), narrative="一\n二", revision=3)
    page = read_page([line], posted(line, narrative="一\r\n二"))
    assert not page[7].is_touched


def test_typing_a_figure_says_that_it_is_reported() -> None:
    line = counted_line()
    read = read_page([line], posted(line, value="１２"))[7]
    assert (read.content.statement, read.content.value, read.errors) == (LineStatement.VALUE, Decimal(12), {})


def test_typing_only_remarks_says_nothing_of_the_figure() -> None:
    line = counted_line()
    assert read_page([line], posted(line, narrative="待確認"))[7].content.statement == ""


def test_everything_wrong_with_a_line_is_said_at_once_and_kept_as_typed() -> None:
    line = program_line()
    read = read_page([line], posted(line, planned_progress="140", actual_progress="十", spent="-5"))[8]
    assert set(read.errors) == {"planned_progress", "actual_progress", "spent"}
    form = line_form(line, typed_line=read, errors=read.errors)
    shown = {field.name: (field.text, bool(field.error)) for field in form.inputs}
    assert shown["actual_progress"] == ("十", True)
    assert shown["planned_progress"] == ("140", True)


def test_a_choice_outside_the_list_is_refused() -> None:
    line = counted_line()
    read = read_page([line], posted(line, statement="all", confidence="sure"))[7]
    assert set(read.errors) == {"statement", "confidence"}


def test_lines_that_were_not_posted_are_left_alone() -> None:
    assert read_page([counted_line()], {}) == {}


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, "²"])
def test_a_tampered_revision_never_matches(revision: str) -> None:
    line = counted_line()
    assert read_page([line], posted(line, revision=revision))[7].revision == -1


def test_choosing_ones_own_version_replaces_the_newer_one_and_theirs_drops_the_typed_one() -> None:
    line = counted_line(revision=4)
    mine = posted(line, value="5", revision="2", theirs="4", resolve="mine")
    assert read_page([line], mine)[7].revision == 4
    theirs = posted(line, value="5", revision="2", theirs="4", resolve="theirs")
    assert read_page([line], theirs) == {}


def test_zero_is_offered_only_where_something_is_counted() -> None:
    assert "zero" in dict(forms.statements_of(counted_line()))
    assert "zero" not in dict(forms.statements_of(program_line()))


def test_reached_or_not_is_offered_of_milestones_only() -> None:
    choices = dict(forms.statements_of(Line(pk=9, milestone=ProgramMilestone(pk=1))))
    assert choices == {"value": "已完成", "not_reached": "未完成", "not_applicable": "不適用"}
    for line in (counted_line(), program_line()):
        assert "not_reached" not in dict(forms.statements_of(line))
