"""A round's dates are set by an administrator while they lie ahead; once it is open with a reason; all of it on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from ministries import clock
from ministries.models import AuditEntry, User
from ministries.permissions import Act
from ministries.services import Refused
from programs.models import Plan
from reports import services
from reports.models import ReportingQuarter
from reports.services import QuarterDates
from tests import rounds
from tests.people import People
from tests.reports.pages import browser

OPENS, DUE, CLOSES = date(2023, 4, 1), date(2023, 4, 10), date(2023, 5, 15)
DATES = QuarterDates(OPENS, DUE, CLOSES)
PATH = "/quarters/112Q1/"


@contextmanager
def on(day: date) -> Iterator[None]:
    with clock.set_to(datetime.combine(day, time(9), clock.TAIPEI)):
        yield


@pytest.fixture
def planned(plan: Plan) -> ReportingQuarter:
    return rounds.round_of(plan, "112Q1")


@pytest.fixture
def running(planned: ReportingQuarter) -> ReportingQuarter:
    """Opened by itself on its day."""
    with on(OPENS):
        services.turn_quarters()
    planned.refresh_from_db()
    return planned


def set_on(
    day: date, round_: ReportingQuarter, actor: User, reason: str = "", **dates: Any
) -> ReportingQuarter:
    with on(day):
        return services.set_quarter_dates(
            reporting_quarter=round_,
            dates=replace(QuarterDates.of(round_), **dates),
            actor=actor,
            reason=reason,
        )


def refusal(
    day: date, round_: ReportingQuarter, actor: User, reason: str = "理由", **dates: Any
) -> dict[str, str]:
    before = QuarterDates.of(round_)
    with pytest.raises(Refused) as refused:
        set_on(day, round_, actor, reason, **dates)
    round_.refresh_from_db()
    assert QuarterDates.of(round_) == before
    return refused.value.errors


def test_the_settings_give_the_dates_that_a_round_is_planned_with(planned: ReportingQuarter) -> None:
    assert QuarterDates.of(planned) == DATES


def test_before_a_round_opens_its_dates_need_no_reason(planned: ReportingQuarter, people: People) -> None:
    later = OPENS + timedelta(days=3)
    changed = set_on(date(2023, 3, 1), planned, people.administrator, opens_on=later)
    assert QuarterDates.of(changed) == replace(DATES, opens_on=later)
    with on(OPENS):
        assert not services.turn_quarters().opened
    with on(later):
        assert services.turn_quarters().opened == (planned.quarter,)


def test_once_a_round_is_open_its_dates_need_a_reason(running: ReportingQuarter, people: People) -> None:
    later = CLOSES + timedelta(days=7)
    assert "reason" in refusal(DUE, running, people.administrator, reason="  ", closes_on=later)
    changed = set_on(DUE, running, people.administrator, "連假順延。", closes_on=later)
    assert changed.closes_on == later


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ({"opens_on": date(2022, 12, 31)}, "opens_on"),
        ({"due_on": date(2023, 3, 31)}, "due_on"),
        ({"closes_on": date(2023, 4, 9)}, "closes_on"),
        ({"opens_on": date(2023, 4, 11)}, "due_on"),
        ({"due_on": date(2023, 5, 16)}, "closes_on"),
    ],
)
def test_dates_stand_in_order_within_and_after_their_quarter(
    planned: ReportingQuarter, people: People, dates: dict[str, Any], field: str
) -> None:
    assert set(refusal(date(2023, 3, 1), planned, people.administrator, **dates)) == {field}


@pytest.mark.parametrize(
    ("day", "dates", "field"),
    [
        (DUE, {"opens_on": OPENS + timedelta(days=1)}, "opens_on"),
        (DUE, {"due_on": DUE - timedelta(days=1)}, "due_on"),
        (CLOSES, {"closes_on": CLOSES - timedelta(days=1)}, "closes_on"),
        (CLOSES, {"due_on": CLOSES - timedelta(days=1)}, "due_on"),
    ],
)
def test_an_open_round_is_not_changed_backwards(
    running: ReportingQuarter, people: People, day: date, dates: dict[str, Any], field: str
) -> None:
    assert set(refusal(day, running, people.administrator, **dates)) == {field}


def test_every_mistake_is_named_at_once(running: ReportingQuarter, people: People) -> None:
    found = refusal(
        DUE,
        running,
        people.administrator,
        reason="",
        opens_on=DUE + timedelta(days=9),
        due_on=DUE - timedelta(days=1),
        closes_on=DUE - timedelta(days=2),
    )
    assert set(found) == {"opens_on", "due_on", "closes_on", "reason"}


def test_nothing_changed_is_said(running: ReportingQuarter, people: People) -> None:
    assert refusal(DUE, running, people.administrator) == {}


def test_a_closed_round_is_opened_again_by_a_last_day_that_lies_ahead(
    running: ReportingQuarter, people: People
) -> None:
    over = CLOSES + timedelta(days=3)
    with on(over):
        assert services.turn_quarters().closed == (running.quarter,)
    assert "closes_on" in refusal(over, running, people.administrator, closes_on=over - timedelta(days=1))
    assert "reason" in refusal(over, running, people.administrator, reason="", closes_on=over)
    set_on(over, running, people.administrator, "二機關補報。", closes_on=over + timedelta(days=5))
    running.refresh_from_db()
    assert ReportingQuarter.objects.filter(pk=running.pk, closed_at=None, closed_by=None).exists()
    with on(over + timedelta(days=5)):
        assert running.takes_entries
        assert not services.turn_quarters().closed
    with on(over + timedelta(days=6)):
        assert not ReportingQuarter.objects.get(pk=running.pk).takes_entries
        assert services.turn_quarters().closed == (running.quarter,)


def test_a_round_closed_before_its_day_may_be_opened_again_with_the_same_dates(
    running: ReportingQuarter, people: People
) -> None:
    with on(DUE):
        services.close_quarter(reporting_quarter=running, actor=people.administrator)
    running.refresh_from_db()
    set_on(DUE, running, people.administrator, "誤按。")
    running.refresh_from_db()
    with on(DUE):
        assert running.takes_entries
    entry = AuditEntry.objects.filter(act=Act.SET_QUARTER_DATES).latest("id")
    assert entry.detail == {"from": {}, "to": {}, "reason": "誤按。", "reopened": True}


def test_a_round_that_waits_to_be_closed_is_opened_again_just_so(
    running: ReportingQuarter, people: People
) -> None:
    after = CLOSES + timedelta(days=1)
    set_on(after, running, people.administrator, "延後截止。", closes_on=after)
    assert AuditEntry.objects.filter(act=Act.SET_QUARTER_DATES).latest("id").detail["reopened"] is True


def test_a_published_round_keeps_its_dates(running: ReportingQuarter, people: People) -> None:
    with on(DUE):
        rounds.published(running, people)
    running.refresh_from_db()
    assert refusal(DUE, running, people.administrator, closes_on=CLOSES + timedelta(days=1)) == {}


@pytest.mark.parametrize("who", ["reviewer", "head", "auditor"])
def test_only_an_administrator_sets_dates(planned: ReportingQuarter, people: People, who: str) -> None:
    with pytest.raises(PermissionDenied):
        set_on(date(2023, 3, 1), planned, getattr(people, who), closes_on=CLOSES + timedelta(days=1))


def test_a_reason_that_cannot_be_kept_is_refused_at_its_field(
    running: ReportingQuarter, people: People
) -> None:
    later = CLOSES + timedelta(days=1)
    assert "reason" in refusal(DUE, running, people.administrator, reason="延\x00期", closes_on=later)
    assert "reason" in refusal(DUE, running, people.administrator, reason="長" * 5001, closes_on=later)


def test_the_audit_row_holds_what_was_and_what_became(running: ReportingQuarter, people: People) -> None:
    set_on(DUE, running, people.administrator, "連假。", closes_on=CLOSES + timedelta(days=2))
    entry = AuditEntry.objects.filter(act=Act.SET_QUARTER_DATES).latest("id")
    assert entry.actor == people.administrator
    assert entry.detail == {
        "from": {"closes_on": "2023-05-15"},
        "to": {"closes_on": "2023-05-17"},
        "reason": "連假。",
        "reopened": False,
    }


# --- the page ----------------------------------------------------------------------------------------------
def typed(**texts: str) -> dict[str, str]:
    usual = {"opens_on": "112/04/01", "due_on": "112/04/10", "closes_on": "112/05/15", "reason": ""}
    return {f"dates-{name}": text for name, text in {**usual, **texts}.items()}


@pytest.mark.parametrize("text", ["112/05/20", "2023-05-20", "民國112年5月20日", "１１２／０５／２０"])
def test_dates_are_typed_in_either_calendar(planned: ReportingQuarter, people: People, text: str) -> None:
    with on(date(2023, 3, 1)):
        answer = browser(people.administrator).post(PATH + "dates/", typed(closes_on=text))
    assert answer.status_code == 302
    planned.refresh_from_db()
    assert planned.closes_on == date(2023, 5, 20)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("closes_on", ""),
        ("closes_on", "下週"),
        ("closes_on", "112/13/01"),
        ("closes_on", "112/02/30"),
        ("closes_on", "2023-04-09"),
        ("due_on", "9999999-01-01"),
        ("opens_on", "\x00"),
        ("reason", "因\x07故"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_kept_as_typed(
    planned: ReportingQuarter, people: People, field: str, text: str
) -> None:
    with on(date(2023, 3, 1)):
        answer = browser(people.administrator).post(PATH + "dates/", typed(**{field: text}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_dates-{field}_error"' in page
    if text and text.isprintable():
        assert text in page
    planned.refresh_from_db()
    assert QuarterDates.of(planned) == DATES


def test_an_empty_form_is_refused_at_every_date(planned: ReportingQuarter, people: People) -> None:
    answer = browser(people.administrator).post(PATH + "dates/")
    assert answer.status_code == 422
    for name in ("opens_on", "due_on", "closes_on"):
        assert f'id="id_dates-{name}_error"' in answer.content.decode()


def test_unchanged_dates_are_a_conflict_that_the_page_explains(
    planned: ReportingQuarter, people: People
) -> None:
    with on(date(2023, 3, 1)):
        answer = browser(people.administrator).post(PATH + "dates/", typed())
    assert answer.status_code == 409
    assert "日期沒有變動" in answer.content.decode()


def test_the_page_offers_the_form_to_the_administrator_alone(
    planned: ReportingQuarter, people: People
) -> None:
    assert "dates-closes_on" in browser(people.administrator).get(PATH).content.decode()
    for person in (people.reviewer, people.head, people.auditor):
        assert "dates-closes_on" not in browser(person).get(PATH).content.decode()


def test_dates_in_the_form_are_those_of_the_pages_calendar(planned: ReportingQuarter, people: People) -> None:
    client = browser(people.administrator)
    assert 'value="112/05/15"' in client.get(PATH).content.decode()
    with translation.override("en"):
        assert 'value="2023-05-15"' in client.get("/en" + PATH).content.decode()


def test_a_published_rounds_page_offers_no_form(running: ReportingQuarter, people: People) -> None:
    with on(DUE):
        rounds.published(running, people)
    assert "dates-closes_on" not in browser(people.administrator).get(PATH).content.decode()


def test_the_page_tells_the_rounds_history(running: ReportingQuarter, people: People) -> None:
    set_on(DUE, running, people.administrator, "連假順延二日。", closes_on=CLOSES + timedelta(days=2))
    page = browser(people.reviewer).get(PATH).content.decode()
    assert "連假順延二日。" in page and "112/05/15" in page and "112/05/17" in page
    assert page.index("系統") < page.rindex("變更日期")
