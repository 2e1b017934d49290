"""Moments that people and programs write are read exactly or refused in a sentence; nothing written is a fault."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from ministries import clock
from ministries.calendars import roc_date_short
from ministries.clock import TAIPEI
from ministries.moments import EARLIEST, NotAMoment, parse_moment

NOW = datetime(2024, 6, 1, 9, 30, tzinfo=TAIPEI)


@pytest.mark.parametrize("text", ["2024-01-05", "113/01/05", "113-01-05", "113.1.5", "  113/1/05 "])
def test_a_date_means_its_end_in_taipei(text: str) -> None:
    with clock.set_to(NOW):
        assert parse_moment(text) == datetime(2024, 1, 5, 23, 59, 59, 999999, tzinfo=TAIPEI)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-05T17:00+08:00",
        "2024-01-05T17:00:00.000000+08:00",
        "2024-01-05T09:00Z",
        "2024-01-05 09:00:00+00:00",
        "2024-01-05T17:00 08:00",  # as the plus of an address arrives
        "2024-01-05T01:30-07:30",
    ],
)
def test_a_moment_with_its_offset_is_that_moment(text: str) -> None:
    with clock.set_to(NOW):
        assert parse_moment(text) == datetime(2024, 1, 5, 9, tzinfo=UTC)


def test_today_means_now_and_tomorrow_is_refused() -> None:
    with clock.set_to(NOW):
        assert parse_moment("2024-06-01") == parse_moment("113/06/01") == NOW
        for text in ("2024-06-02", "113/06/02", "2024-06-01T09:31+08:00", "9999-12-31", "999/12/31"):
            with pytest.raises(NotAMoment, match="尚未到來"):
                parse_moment(text)


def test_a_day_is_todays_by_the_clock_of_taipei() -> None:
    with clock.set_to(datetime(2024, 5, 31, 16, 30, tzinfo=UTC)):
        assert parse_moment("113/06/01") == clock.now()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024-13-01",
        "113/02/30",
        "2024-01-05T17:00",  # whose clock?
        "2024-01-05T25:00+08:00",
        "2024-01-05T17:00+99:99",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
        "20240105",
        "2024-W01-5",
        "1704412800",
        "\x00",
        "9" * 4000,
    ],
)
def test_what_names_no_moment_is_refused_in_both_languages(text: str) -> None:
    for language in ("zh-hant", "en"):
        with translation.override(language), pytest.raises(NotAMoment) as refused:
            parse_moment(text)
        assert str(refused.value)
        assert len(str(refused.value)) < 200


def test_before_the_first_year_of_the_calendar_nothing_was_known() -> None:
    with pytest.raises(NotAMoment, match="民國元年"):
        parse_moment("1899-01-01")


_DIGITS = st.text(alphabet="0123456789０１٣²-/.:TZ+ 年月日", max_size=45)


@given(st.text(max_size=60) | _DIGITS | st.datetimes().map(str) | st.dates().map(str))
@example("2024-01-05T17:00:00.1234567+08:00")
@example("２０２４-01-05")
@example("-113/01/05")
def test_whatever_is_written_gives_a_moment_that_has_passed_or_a_sentence(text: str) -> None:
    with clock.set_to(NOW):
        try:
            moment = parse_moment(text)
        except NotAMoment as refused:
            assert str(refused)
        else:
            assert EARLIEST <= moment <= NOW


@given(st.dates(date(1912, 1, 2), NOW.date()))
def test_a_date_means_the_same_in_both_calendars(day: date) -> None:
    with clock.set_to(NOW):
        moment = parse_moment(day.isoformat())
        assert moment.date() == day
        assert moment == NOW or moment + timedelta(microseconds=1) == datetime.combine(
            day + timedelta(days=1), datetime.min.time(), TAIPEI
        )
        if day.year >= 1921:  # a year of the calendar is written with two digits or three
            assert parse_moment(roc_date_short(day)) == moment


@given(st.timedeltas(timedelta(days=2), NOW - EARLIEST - timedelta(days=2)), st.integers(-14 * 60, 14 * 60))
def test_a_moment_keeps_its_instant_whatever_its_offset(since: timedelta, minutes: int) -> None:
    there = (EARLIEST + since).astimezone(timezone(timedelta(minutes=minutes)))
    with clock.set_to(NOW):
        assert parse_moment(there.isoformat()) == there
