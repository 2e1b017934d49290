"""Who owes a report hears of it before, on and after the day, each time once, with its lines and days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail

from ministries import clock, services
from ministries import tasks as letter_tasks
from ministries.models import Membership, Notice, NoticeKind, Organisation, Role, User
from portal.celery import app
from programs.models import Plan
from reports import services as report_services
from reports import tasks
from reports.models import ReportingQuarter
from reports.selectors.reminding import owed_reports
from reports.services.reminding import reminder
from tests import rounds
from tests.people import People

DUE = date(2023, 4, 10)
SOON, TODAY, LATE = NoticeKind.DUE_SOON, NoticeKind.DUE_TODAY, NoticeKind.OVERDUE


def morning(days: int) -> Any:
    """Half past eight in Taipei, so many days after the due day."""
    return clock.set_to(datetime.combine(DUE + timedelta(days=days), time(8, 30), clock.TAIPEI))


def remind(days: int) -> None:
    with morning(days):
        tasks.note_reminders()


@pytest.fixture
def round_(plan: Plan, people: People) -> Iterator[ReportingQuarter]:
    """112Q1, opened nine days before it is due, with somebody in two ministries; the days are the calendar's."""
    with morning(-9):
        opened = rounds.opened(plan, "112Q1", people)
    assert opened.due_on == DUE
    ReportingQuarter.objects.filter(pk=opened.pk).update(closes_on=DUE + timedelta(days=90))
    people.officer("NDC")
    yield opened


def reminders_of(person: User) -> list[tuple[str, int]]:
    """The kinds, with the day of each that is the last word of its key."""
    told = Notice.objects.filter(person=person).exclude(kind=NoticeKind.SUBMITTED).order_by("pk")
    return [(NoticeKind(each.kind), int(each.key.rsplit(":", 1)[1])) for each in told]


# --- when -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (30, None),
        (8, None),
        (7, (SOON, 7)),
        (3, (SOON, 7)),
        (2, (SOON, 2)),
        (1, (SOON, 2)),
        (0, (TODAY, 0)),
        (-1, (LATE, 1)),
        (-2, (LATE, 1)),
        (-3, (LATE, 3)),
        (-6, (LATE, 3)),
        (-7, (LATE, 7)),
        (-13, (LATE, 7)),
        (-14, (LATE, 14)),
        (-400, (LATE, 399)),
    ],
)
def test_a_reminder_holds_until_the_next_one_does(days, expected):
    assert reminder(days) == expected


def test_day_after_day_each_reminder_is_told_once(round_: ReportingQuarter, people: People):
    for day in range(-9, 22):
        remind(day)
        remind(day)
    assert reminders_of(people.officer("NDC")) == [
        (SOON, 7),
        (SOON, 2),
        (TODAY, 0),
        (LATE, 1),
        (LATE, 3),
        (LATE, 7),
        (LATE, 14),
        (LATE, 21),
    ]


def test_after_two_weeks_of_standstill_there_is_one_reminder_and_no_storm(
    round_: ReportingQuarter, people: People
):
    remind(-7)
    remind(8)
    assert reminders_of(people.officer("NDC")) == [(SOON, 7), (LATE, 7)]


def test_a_new_due_day_begins_anew(round_: ReportingQuarter, people: People):
    remind(1)
    ReportingQuarter.objects.filter(pk=round_.pk).update(due_on=DUE + timedelta(days=8))
    remind(1)
    remind(2)
    remind(8)
    assert reminders_of(people.officer("NDC")) == [(LATE, 1), (SOON, 7), (TODAY, 0)]


# --- of what --------------------------------------------------------------------------------------------------
def test_a_report_that_was_handed_in_is_not_asked_for(round_: ReportingQuarter, people: People):
    with morning(-8):
        rounds.submitted(rounds.report_of(round_, "NDC"), people)
    for day in (-7, 0, 1):
        remind(day)
    assert reminders_of(people.officer("NDC")) == []


def test_a_returned_report_is_asked_for_again(round_: ReportingQuarter, people: People):
    with morning(-8):
        report = rounds.submitted(rounds.report_of(round_, "NDC"), people)
        report_services.return_report(report=report, actor=people.reviewer, comment="請補件。")
    remind(-2)
    told = Notice.objects.filter(person=people.officer("NDC"), kind=SOON).get()
    assert "退回" in told.facts["remark"]["zh"] and "returned" in told.facts["remark"]["en"]


@pytest.mark.parametrize("closed", [True, False])
def test_of_a_closed_or_planned_round_nobody_is_reminded(plan: Plan, people: People, closed: bool):
    people.officer("NDC")
    if closed:
        with morning(0):
            round_ = rounds.opened(plan, "112Q1", people)
            report_services.close_quarter(reporting_quarter=round_, actor=people.administrator)
    remind(1)
    assert not Notice.objects.filter(kind__in=[SOON, TODAY, LATE]).exists()


def test_the_reminder_names_the_lines_that_are_missing_and_no_others(
    round_: ReportingQuarter, people: People
):
    report = rounds.report_of(round_, "MOE")
    people.officer("MOE")
    with morning(-8):
        rounds.fill(report, people, indicator__isnull=False)
    remind(-2)
    facts = Notice.objects.get(person=people.officer("MOE")).facts
    named = {each["zh"] for each in facts["lines"]}
    missing = report.lines.filter(indicator__isnull=True)
    assert len(facts["lines"]) == missing.count() > 0
    assert missing.filter(program__isnull=False).first().program.name_zh in named
    assert not named & set(
        report.lines.filter(indicator__isnull=False).values_list("indicator__name_zh", flat=True)
    )
    assert facts["due_on"] == "2023-04-10"
    assert facts["remark"]["zh"] == f"共 {report.lines.count()} 項，尚有 {missing.count()} 項未完成。"


def test_of_a_report_that_is_filled_in_the_reminder_says_that_it_only_has_to_be_handed_in(
    round_: ReportingQuarter, people: People
):
    with morning(-8):
        rounds.fill(rounds.report_of(round_, "NDC"), people)
    remind(-2)
    facts = Notice.objects.get(person=people.officer("NDC")).facts
    assert facts["lines"] == [] and "均已填妥" in facts["remark"]["zh"]


# --- to whom --------------------------------------------------------------------------------------------------
def test_before_the_day_the_officer_hears_and_from_the_day_on_the_approver_too(
    round_: ReportingQuarter, people: People
):
    approver = people.holding(Role.APPROVER, "NDC")
    remind(-2)
    assert reminders_of(approver) == []
    remind(0)
    remind(1)
    assert reminders_of(approver) == [(TODAY, 0), (LATE, 1)]


def test_where_nobody_is_left_the_next_in_the_chain_hears(round_: ReportingQuarter, people: People):
    manager, reviewer = people.holding(Role.ACCOUNT_MANAGER, "NDC"), people.reviewer
    Membership.objects.filter(user=people.officer("NDC")).update(ended_at=clock.now())
    remind(-2)
    assert reminders_of(manager) == [(SOON, 2)]
    ndc = Organisation.objects.get(code="NDC")
    Membership.objects.filter(organisation=ndc).update(ended_at=clock.now())
    remind(0)
    assert reminders_of(manager) == [(SOON, 2)]
    assert Notice.objects.filter(person=reviewer, organisation=ndc).count() == 1


def test_the_secretariat_hears_of_every_ministry_without_people_in_one_letter(
    round_: ReportingQuarter, people: People
):
    reviewer = people.reviewer
    remind(1)
    assert Notice.objects.filter(person=reviewer).count() > 5
    mail.outbox.clear()
    with morning(1), clock.set_to(clock.now() + timedelta(minutes=6)):
        letter_tasks.send_letters()
    assert [each.to for each in mail.outbox if each.to == [reviewer.email]] == [[reviewer.email]]


def test_the_letter_of_the_morning_names_report_lines_day_and_page(round_: ReportingQuarter, people: People):
    remind(3)
    mail.outbox.clear()
    with morning(3), clock.set_to(clock.now() + timedelta(minutes=6)):
        letter_tasks.send_letters()
    (letter,) = [each for each in mail.outbox if each.to == [people.officer("NDC").email]]
    line = rounds.report_of(round_, "NDC").lines.first()
    assert letter.subject == "【管考】填報逾期：112 年第 1 季 國家發展委員會"
    assert "期限 112/04/10，已逾 3 日" in letter.body
    assert (line.indicator or line.sub_item).name_zh in letter.body
    assert "/reports/112Q1/NDC/" in letter.body


# --- what it costs --------------------------------------------------------------------------------------------
def test_reading_what_is_owed_takes_five_queries(round_: ReportingQuarter, django_assert_num_queries):
    with morning(1), django_assert_num_queries(5):
        assert len(owed_reports()) > 5


def test_a_reminder_of_a_ministry_costs_one_query_more(
    round_: ReportingQuarter, people: People, django_assert_num_queries
):
    with morning(1):
        reports = len(owed_reports())
        # Reading (5), the people (2 for each of the three kinds, of which two have nobody), and the transaction (2).
        with django_assert_num_queries(5 + 2 + 2 + 2 + 2 + reports, exact=False):
            services_told = report_services.note_reminders()
    assert services_told == reports
    assert services.people_of_each([], Role.OFFICER) == {}


def test_beat_knows_the_mornings_task_and_the_letters_and_both_exist(settings):
    app.loader.import_default_modules()
    schedule = settings.CELERY_BEAT_SCHEDULE
    assert schedule["send-letters"]["task"] in app.tasks and schedule["note-reminders"]["task"] in app.tasks
    morning_task = schedule["note-reminders"]["schedule"]
    assert (min(morning_task.hour), morning_task.minute) == (8, {30})
    assert settings.CELERY_TIMEZONE == "Asia/Taipei"
    assert settings.LETTERS_CLAIM_MINUTES * 60 > settings.CELERY_TASK_TIME_LIMIT
