"""Figures, dates and lights read the same everywhere, in both calendars and both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from portal.templatetags import formats
from programs.quarters import Quarter


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (8000, "8,000"),
        (Decimal("1234567.50"), "1,234,567.5"),
        (Decimal("6E+2"), "600"),
        (0, "0"),
        (Decimal("-12"), "−12"),
        (None, "—"),
        ("", "—"),
    ],
)
def test_numbers_have_thousands_separators_and_nothing_is_a_dash(value: Any, words: str) -> None:
    assert formats.number(value) == words


def test_numbers_are_rounded_half_up_where_places_are_asked_for() -> None:
    assert formats.number(Decimal("2.5"), 0) == "3"
    assert formats.number(Decimal("2"), 2) == "2.00"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        ("0.853", "85%"),
        ("1", "100%"),
        ("0", "0%"),
        ("0.998", "99.8%"),
        ("1.004", "100.4%"),
        ("0.003", "0.3%"),
        ("1.5", "150%"),
        ("-0.25", "−25%"),
    ],
)
def test_percentages_are_whole_unless_that_would_lie(share: str, words: str) -> None:
    assert formats.percent(Decimal(share)) == words


def test_differences_are_points_with_a_sign() -> None:
    assert formats.points(Decimal("-0.082")) == "−8"
    assert formats.points(Decimal("0.1")) == "+10"
    assert formats.points(Decimal(0)) == "0"


def test_money_names_its_currency_in_the_language_of_the_page() -> None:
    assert formats.money(1234000) == "1,234,000 元"
    with override("en"):
        assert formats.money(1234000) == "NT$1,234,000"


def test_dates_show_one_calendar_and_keep_the_other() -> None:
    day = date(2023, 4, 7)
    assert formats.day(day) == '<time datetime="2023-04-07" title="2023-04-07">112 年 4 月 7 日</time>'
    assert formats.day(day, "both") == '<time datetime="2023-04-07">112 年 4 月 7 日（2023-04-07）</time>'
    with override("en"):
        assert formats.day(day) == '<time datetime="2023-04-07" title="ROC 112/04/07">7 April 2023</time>'


def test_a_moment_is_told_in_taipei_whatever_zone_it_was_recorded_in() -> None:
    evening = datetime(2023, 4, 7, 20, 30, tzinfo=UTC)
    assert "112/04/08 04:30" in formats.moment(evening)
    assert "112 年 4 月 8 日" in formats.day(evening)


def test_quarters_are_written_in_both_calendars() -> None:
    quarter = Quarter.parse("112Q1")
    assert formats.quarter(quarter) == '<time datetime="2023-01" title="2023 Q1">112 年第 1 季</time>'
    assert "（2023 Q1）" in formats.quarter("112Q1", "both")
    with override("en"):
        assert formats.quarter(quarter, "both") == '<time datetime="2023-01">2023 Q1 (ROC 112 Q1)</time>'


@pytest.mark.parametrize(
    ("light", "shape", "word"),
    [("green", "●", "正常"), ("yellow", "▲", "注意"), ("red", "■", "落後"), ("grey", "○", "無資料")],
)
def test_a_light_is_shape_word_and_colour_together(light: str, shape: str, word: str) -> None:
    shown = formats.light(light)
    assert shape in shown and word in shown and f"light-{light}" in shown


def test_where_no_light_is_defined_words_say_so() -> None:
    assert "不評燈號" in formats.light("")


def test_incomplete_coverage_is_marked() -> None:
    assert "coverage-incomplete" in formats.coverage(7, 8) and "7/8" in formats.coverage(7, 8)
    assert "coverage-incomplete" not in formats.coverage(8, 8)
    assert formats.coverage(None, None) == "—"


def test_names_follow_the_language_and_fall_back_to_chinese() -> None:
    class Named:
        name_zh, name_en = "教育部", ""

    with override("en"):
        assert formats.local(Named(), "name") == "教育部"
    assert formats.local(None, "name") == ""


def test_a_sort_header_keeps_filters_drops_the_page_and_turns_round() -> None:
    request = RequestFactory().get("/?ministry=MOE&sort=due&page=3")
    page = Template('{% load formats %}{% sort_header "due" "期限" %}').render(Context({"request": request}))
    assert 'aria-sort="ascending"' in page
    assert "ministry=MOE" in page and "sort=-due" in page and "page=3" not in page
