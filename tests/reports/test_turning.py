"""Rounds open and close by themselves on their days in Taipei, once, however often and by however many they are turned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ministries import clock
from ministries.models import AuditEntry
from ministries.permissions import Act
from ministries.services import Refused
from portal.celery import app
from programs.models import Plan
from reports import services, tasks
from reports.models import Line, ReportingQuarter
from reports.services.turning import Turned
from tests import rounds
from tests.abreast import at_once
from tests.people import People
from tests.reports.pages import browser

State = ReportingQuarter.State
OPENS, DUE, CLOSES = date(2023, 4, 1), date(2023, 4, 10), date(2023, 5, 15)


@contextmanager
def on(day: date, at: time = time(9)) -> Iterator[None]:
    with clock.set_to(datetime.combine(day, at, clock.TAIPEI)):
        yield


def turned_on(day: date, at: time = time(9)) -> Turned:
    with on(day, at):
        return services.turn_quarters()


def state_on(round_: ReportingQuarter, day: date, at: time = time(9)) -> State:
    with on(day, at):
        return round_.state


@pytest.fixture
def first(plan: Plan) -> ReportingQuarter:
    """112Q1, with the dates that the settings give it: 4/1, 4/10, 5/15."""
    round_ = rounds.round_of(plan, "112Q1")
    assert (round_.opens_on, round_.due_on, round_.closes_on) == (OPENS, DUE, CLOSES)
    return round_


@pytest.mark.parametrize(
    ("day", "at", "opened"),
    [
        (OPENS - timedelta(days=1), time(23, 59, 59), False),
        (OPENS, time(0), True),
        (OPENS, time(9), True),
        (DUE, time(9), True),
        (CLOSES, time(23, 59, 59), True),
        (CLOSES + timedelta(days=1), time(0), False),
    ],
)
def test_a_round_opens_from_its_first_day_to_its_last(
    first: ReportingQuarter, day: date, at: time, opened: bool
) -> None:
    turned = turned_on(day, at)
    first.refresh_from_db()
    assert (first.quarter in turned.opened) is opened
    assert (first.opened_at is not None) is opened
    assert first.reports.exists() is opened


def test_midnight_is_that_of_taipei(first: ReportingQuarter) -> None:
    # Sixteen o'clock in Greenwich on the last of March is midnight of the first of April.
    with clock.set_to(datetime.fromisoformat("2023-03-31T15:59:59+00:00")):
        assert not services.turn_quarters().opened
    with clock.set_to(datetime.fromisoformat("2023-03-31T16:00:00+00:00")):
        assert services.turn_quarters().opened == (first.quarter,)
    with clock.set_to(datetime.fromisoformat("2023-05-15T15:59:59+00:00")):
        assert not services.turn_quarters().closed
    with clock.set_to(datetime.fromisoformat("2023-05-15T16:00:00+00:00")):
        assert services.turn_quarters().closed == (first.quarter,)


def test_what_the_clock_opens_has_the_same_reports_as_what_somebody_opens(
    first: ReportingQuarter, people: People
) -> None:
    class Undone(Exception):
        pass

    def rows() -> list[tuple[object, ...]]:
        columns = ("order", "indicator", "program", "part", "milestone", "sub_item")
        lines = Line.objects.filter(report__reporting_quarter=first)
        return list(
            lines.order_by("report__organisation", "order").values_list("report__organisation", *columns)
        )

    by_hand = []
    with pytest.raises(Undone), transaction.atomic():
        services.open_quarter(reporting_quarter=first, actor=people.administrator)
        by_hand = rows()
        raise Undone
    assert not rows()
    turned_on(OPENS)
    assert rows() == by_hand != []


def test_the_system_is_nobody_in_the_record_and_in_the_audit_log(first: ReportingQuarter) -> None:
    turned_on(OPENS)
    turned_on(CLOSES + timedelta(days=1))
    first.refresh_from_db()
    assert (first.opened_by, first.closed_by) == (None, None)
    entries = AuditEntry.objects.filter(subject_type="reports.reportingquarter", subject_id=first.pk)
    assert [(each.act, each.actor) for each in entries.order_by("id")] == [
        (Act.OPEN_QUARTER, None),
        (Act.CLOSE_QUARTER, None),
    ]


def test_turning_twice_turns_once(first: ReportingQuarter) -> None:
    assert turned_on(OPENS) == Turned(opened=(first.quarter,))
    assert turned_on(OPENS) == Turned()
    assert turned_on(CLOSES + timedelta(days=1)).closed == (first.quarter,)
    assert turned_on(CLOSES + timedelta(days=1)) == Turned()


def test_a_round_that_was_missed_altogether_is_not_opened_afterwards(plan: Plan) -> None:
    turned = turned_on(date(2024, 2, 1))
    assert [str(each) for each in turned.opened] == ["112Q4"]


def test_only_managed_plans_are_turned(first: ReportingQuarter, plan: Plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(is_managed=False)
    assert turned_on(OPENS) == Turned()


@pytest.mark.parametrize("days", [1, 2, 400])
def test_a_round_shows_as_closed_after_its_day_although_nothing_has_closed_it(
    first: ReportingQuarter, days: int
) -> None:
    turned_on(OPENS)
    first.refresh_from_db()
    assert state_on(first, CLOSES, time(23, 59, 59)) == State.OPEN
    after = CLOSES + timedelta(days=days)
    assert state_on(first, after, time(0)) == State.CLOSED
    with on(after):
        assert not first.takes_entries and first.is_over
    assert first.closed_at is None


def test_a_round_that_somebody_opened_after_its_last_day_stays_open_until_somebody_closes_it(
    first: ReportingQuarter, people: People
) -> None:
    late = CLOSES + timedelta(days=1)
    with on(late):
        services.open_quarter(reporting_quarter=first, actor=people.administrator)
    for day in (late, late + timedelta(days=90)):
        assert first.quarter not in turned_on(day).closed
    first.refresh_from_db()
    assert first.closed_at is None and state_on(first, late + timedelta(days=90)) == State.OPEN
    with on(late):
        services.close_quarter(reporting_quarter=first, actor=people.administrator)
    first.refresh_from_db()
    assert first.closed_by == people.administrator and first.state == State.CLOSED


def test_a_round_that_somebody_closed_is_not_opened_again(first: ReportingQuarter, people: People) -> None:
    turned_on(OPENS)
    with on(DUE):
        services.close_quarter(reporting_quarter=first, actor=people.administrator)
        assert services.turn_quarters() == Turned()
    first.refresh_from_db()
    assert state_on(first, DUE) == State.CLOSED


@pytest.mark.parametrize(
    ("day", "taking", "to_open", "to_close"),
    [
        (OPENS - timedelta(days=1), False, False, False),
        (OPENS, False, True, False),
        (CLOSES, False, True, False),
        (CLOSES + timedelta(days=1), False, False, False),
    ],
)
def test_the_database_and_the_record_agree_before_a_round_is_opened(
    first: ReportingQuarter, day: date, taking: bool, to_open: bool, to_close: bool
) -> None:
    agree(first, day, taking, to_open, to_close)


@pytest.mark.parametrize(
    ("opened", "day", "taking", "to_close"),
    [
        (OPENS - timedelta(days=30), OPENS, True, False),
        (OPENS, OPENS, True, False),
        (OPENS, CLOSES, True, False),
        (OPENS, CLOSES + timedelta(days=1), False, True),
        (CLOSES, CLOSES + timedelta(days=1), False, True),
        (CLOSES + timedelta(days=1), CLOSES + timedelta(days=1), True, False),
        (CLOSES + timedelta(days=1), CLOSES + timedelta(days=300), True, False),
    ],
)
def test_the_database_and_the_record_agree_once_a_round_is_opened(
    first: ReportingQuarter, people: People, opened: date, day: date, taking: bool, to_close: bool
) -> None:
    with on(opened):
        services.open_quarter(reporting_quarter=first, actor=people.administrator)
    first.refresh_from_db()
    agree(first, day, taking, False, to_close)


def agree(round_: ReportingQuarter, day: date, taking: bool, to_open: bool, to_close: bool) -> None:
    these = ReportingQuarter.objects.filter(pk=round_.pk)
    with on(day):
        assert round_.takes_entries is taking
        assert these.taking_entries().exists() is taking
        assert these.waiting_to_open().exists() is to_open
        assert these.waiting_to_close().exists() is to_close


def test_a_minute_without_an_open_round_costs_three_queries(first: ReportingQuarter) -> None:
    with on(OPENS - timedelta(days=9)), CaptureQueriesContext(connection) as queries:
        services.turn_quarters()
    assert len(queries) <= 3


def test_beat_rings_every_minute() -> None:
    entry: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE["turn-quarters"]
    assert entry["task"] == tasks.turn_quarters.name
    assert entry["task"] in app.tasks
    assert entry["schedule"] <= 60


def test_the_task_calls_the_service(first: ReportingQuarter) -> None:
    with on(OPENS):
        assert tasks.turn_quarters() == 1
        assert tasks.turn_quarters() == 0


def test_the_pages_name_the_system(first: ReportingQuarter, people: People) -> None:
    turned_on(OPENS)
    with on(DUE):
        for path in ("/quarters/", "/quarters/112Q1/"):
            assert "系統" in browser(people.reviewer).get(path).content.decode()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_reportingquarter SET opened_by_id = {person}, opened_at = NULL",
        "UPDATE reports_reportingquarter SET closed_by_id = {person}, closed_at = NULL",
        "UPDATE reports_reportingquarter SET opened_by_id = NULL, opened_on_behalf_of_id = {person}",
        "UPDATE reports_reportingquarter SET published_at = now() + interval '1 day', closed_at = now(), opened_at = now()",
    ],
)
def test_the_database_refuses(open_round: ReportingQuarter, people: People, statement: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(person=people.administrator.pk))


# --- several at once ---------------------------------------------------------------------------------------
def on_the_first_day(act: Callable[[], object]) -> Callable[[], object]:
    def acting() -> object:
        with on(OPENS):
            return act()

    return acting


@pytest.mark.django_db(transaction=True)
def test_tasks_at_once_open_a_round_once(first: ReportingQuarter) -> None:
    found = at_once(*[on_the_first_day(services.turn_quarters)] * 4)
    assert sum(len(each.opened) for each in found if isinstance(each, Turned)) == 1
    assert AuditEntry.objects.filter(act=Act.OPEN_QUARTER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_clock_and_an_administrator_at_once_open_a_round_once(
    first: ReportingQuarter, people: People
) -> None:
    administrator = people.administrator
    by_clock, by_hand = at_once(
        on_the_first_day(services.turn_quarters),
        on_the_first_day(lambda: services.open_quarter(reporting_quarter=first, actor=administrator)),
    )
    assert isinstance(by_clock, Turned)
    assert bool(by_clock.opened) is isinstance(by_hand, Refused)
    assert AuditEntry.objects.filter(act=Act.OPEN_QUARTER).count() == 1
