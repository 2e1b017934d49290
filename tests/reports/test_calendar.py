"""A calendar program shows what its person owes by which day; whoever does not know the address learns nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ministries import clock, services
from ministries.models import AuditEntry, CalendarFeed, Organisation, Role, User
from programs.models import Plan
from reports import ical
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser

NOW = datetime.combine(date(2023, 4, 3), time(9), clock.TAIPEI)


@dataclass(frozen=True)
class Day:
    key: str = "report-1"
    day: date = date(2023, 4, 10)
    title: str = "填報期限"
    url: str = "https://plan.example/work/"


def read(content: bytes) -> list[dict[str, str]]:
    """The events of a calendar as another program reads them: unfolded, then unescaped."""
    lines = content.decode().replace("\r\n ", "").split("\r\n")
    events: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events:
            events[-1].setdefault(name, unescaped(value))
    return events


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


# --- the form -------------------------------------------------------------------------------------------------
def test_a_calendar_is_what_the_standard_asks_for():
    content = ical.calendar("管考期限", [Day()], host="plan.example", now=NOW)
    assert content.split(b"\r\n") == [
        b"BEGIN:VCALENDAR",
        b"VERSION:2.0",
        b"PRODID:-//AI plan portal//Deadlines//ZH",
        b"CALSCALE:GREGORIAN",
        b"METHOD:PUBLISH",
        "X-WR-CALNAME:管考期限".encode(),
        b"REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        b"BEGIN:VEVENT",
        b"UID:report-1@plan.example",
        b"DTSTAMP:20230403T010000Z",
        b"DTSTART;VALUE=DATE:20230410",
        b"DTEND;VALUE=DATE:20230411",
        "SUMMARY:填報期限".encode(),
        b"URL:https://plan.example/work/",
        b"TRANSP:TRANSPARENT",
        b"END:VEVENT",
        b"END:VCALENDAR",
        b"",
    ]


def test_what_separates_is_escaped():
    assert ical.escaped("a,b;c\\d\r\ne\x00\tf") == r"a\,b\;c\\d\nef"


@given(st.text(max_size=300))
def test_any_title_survives_the_way_and_no_line_is_too_long_or_broken_in_a_character(title: str):
    title = title.encode("utf-8", "replace").decode()
    content = ical.calendar("x", [Day(title=title)], host="h", now=datetime(2023, 1, 1, tzinfo=UTC))
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        assert line.decode() is not None
    assert b"\n" not in content.replace(b"\r\n", b"")
    expected = re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", "", title.replace("\r\n", "\n").replace("\r", "\n"))
    (event,) = read(content)
    assert event["SUMMARY"] == expected
    assert event["UID"] == "report-1@h"


def test_a_long_chinese_line_is_folded_at_75_octets():
    folded = ical.folded("SUMMARY:" + "期" * 60).split(b"\r\n")
    assert [len(each) for each in folded] == [74, 73, 43, 0]
    assert all(each.startswith(b" ") for each in folded[1:-1])


# --- whose ----------------------------------------------------------------------------------------------------
@pytest.fixture
def round_(plan: Plan, people: People) -> Iterator[ReportingQuarter]:
    with clock.set_to(NOW):
        yield rounds.opened(plan, "112Q1", people)


def events_of(person: User) -> dict[str, dict[str, str]]:
    """UID → event, as the person's calendar program reads them without logging in."""
    feed = services.renew_calendar(actor=person)
    answer = browser().get(f"/calendar/{feed.token}.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return {each["UID"].partition("@")[0]: each for each in read(answer.content)}


def key_of(round_: ReportingQuarter, code: str) -> str:
    return f"report-{round_.pk}-{rounds.report_of(round_, code).organisation_id}"


def test_an_officer_sees_the_own_ministrys_deadlines_and_when_rounds_open_and_close(
    round_: ReportingQuarter, people: People
):
    events = events_of(people.officer("NDC"))
    due = events[key_of(round_, "NDC")]
    assert due["DTSTART;VALUE=DATE"] == "20230410"
    assert due["SUMMARY"] == "112 年第 1 季填報期限：國發會"
    assert due["URL"].endswith("/reports/112Q1/NDC/")
    assert events[f"quarter-{round_.pk}-closes"]["DTSTART;VALUE=DATE"] == f"{round_.closes_on:%Y%m%d}"
    assert f"quarter-{round_.pk}-opens" in events
    assert key_of(round_, "MOE") not in events


def test_what_was_handed_in_is_owed_no_more_and_what_was_not_opened_yet_is_ahead(
    round_: ReportingQuarter, people: People
):
    rounds.submitted(rounds.report_of(round_, "NDC"), people)
    events = events_of(people.officer("NDC"))
    assert key_of(round_, "NDC") not in events
    ahead = rounds.round_of(round_.plan, "112Q3")
    ndc = rounds.report_of(round_, "NDC").organisation_id
    assert events[f"report-{ahead.pk}-{ndc}"]["DTSTART;VALUE=DATE"] == f"{ahead.due_on:%Y%m%d}"


def test_the_secretariat_sees_the_rounds(round_: ReportingQuarter, people: People):
    events = events_of(people.reviewer)
    assert {f"quarter-{round_.pk}-{what}" for what in ("opens", "due", "closes")} <= set(events)
    assert not [key for key in events if key.startswith("report-")]


def test_somebody_without_a_role_has_an_empty_calendar(round_: ReportingQuarter):
    nobody = User.objects.create_user("nobody@example.test", "a long test password", name="N")
    assert events_of(nobody) == {}


def test_the_calendar_speaks_the_language_that_its_person_chose(round_: ReportingQuarter, people: People):
    officer = people.officer("NDC")
    services.save_preferences(actor=officer, language="en", timings={})
    assert events_of(officer)[key_of(round_, "NDC")]["URL"].endswith("/en/reports/112Q1/NDC/")


def test_the_same_thing_keeps_its_key_when_its_day_moves(round_: ReportingQuarter, people: People):
    officer = people.officer("NDC")
    before = events_of(officer)
    ReportingQuarter.objects.filter(pk=round_.pk).update(due_on=round_.due_on + timedelta(days=5))
    after = events_of(officer)
    assert set(before) == set(after)
    assert after[key_of(round_, "NDC")]["DTSTART;VALUE=DATE"] == "20230415"


def test_a_renewed_address_leaves_the_old_one_empty_handed(round_: ReportingQuarter, people: People):
    officer = people.officer("NDC")
    old, new = services.renew_calendar(actor=officer).token, services.renew_calendar(actor=officer).token
    assert browser().get(f"/calendar/{old}.ics").status_code == 404
    assert browser().get(f"/calendar/{new}.ics").status_code == 200
    assert len(new) >= 43
    assert not AuditEntry.objects.filter(detail__icontains=new).exists()


def test_the_calendar_of_a_closed_account_is_gone(round_: ReportingQuarter, people: People):
    officer = people.officer("NDC")
    token = services.renew_calendar(actor=officer).token
    services.disable_account(user=officer, actor=None)
    assert browser().get(f"/calendar/{token}.ics").status_code == 404


@pytest.mark.parametrize("token", ["x", "0" * 43, "%00", "%E6%9C%9F"])
def test_a_guessed_address_is_absent(plan: Plan, token: str):
    assert browser().get(f"/calendar/{token}.ics").status_code == 404


def test_a_calendar_costs_the_same_however_many_ministries_somebody_works_for(
    round_: ReportingQuarter, people: People, django_assert_num_queries
):
    officer = people.officer("NDC")
    for code in ("MOE", "NSTC", "MOEA"):
        services.grant_role(
            user=officer, organisation=Organisation.objects.get(code=code), role=Role.OFFICER, actor=None
        )
    token = services.renew_calendar(actor=officer).token
    assert CalendarFeed.objects.count() == 1
    with django_assert_num_queries(6):
        browser().get(f"/calendar/{token}.ics")
