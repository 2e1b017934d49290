"""More time is asked for with a reason, granted or refused on record, and holds everywhere from the day it is granted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ministries import clock
from ministries import services as services_of_people
from ministries.models import AuditEntry, Deputyship, Notice, NoticeKind, Organisation, Role, User
from ministries.permissions import Act
from ministries.services import Refused
from programs.models import Plan
from reports import selectors, services
from reports.models import Extension, Report, ReportingQuarter
from reports.selectors.deadlines import next_deadline
from reports.services import QuarterDates
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, url_of

OPENS, DUE, CLOSES = date(2023, 4, 1), date(2023, 4, 10), date(2023, 5, 15)
LATER = date(2023, 4, 20)
ONE_DAY = timedelta(days=1)
State = Extension.State


@contextmanager
def on(day: date, at: time = time(9)) -> Iterator[None]:
    with clock.set_to(datetime.combine(day, at, clock.TAIPEI)):
        yield


@pytest.fixture
def round_(turned_round: ReportingQuarter) -> ReportingQuarter:
    return turned_round


@pytest.fixture
def report(round_: ReportingQuarter) -> Report:
    return rounds.report_of(round_, "NDC")


@pytest.fixture
def officer(people: People, report: Report) -> User:
    return people.officer("NDC")


def ask(
    report: Report, actor: User, *, day: date = DUE, until: date = LATER, reason: str = "資料未齊。"
) -> Extension:
    with on(day):
        return services.ask_extension(report=report, until=until, reason=reason, actor=actor)


def answer(
    extension: Extension,
    actor: User,
    *,
    day: date = DUE,
    granted: bool = True,
    until: date | None = None,
    words: str = "",
) -> Extension:
    with on(day):
        return services.answer_extension(
            extension=extension, actor=actor, granted=granted, until=until, words=words
        )


def fresh(report: Report) -> Report:
    return Report.objects.select_related("reporting_quarter", "organisation").get(pk=report.pk)


def late_on(report: Report, day: date) -> int:
    with on(day):
        return selectors.deadline_of(fresh(report)).days_late


def handed_in(report: Report, people: People, day: date, at: time = time(9)) -> Report:
    with on(day, at):
        return rounds.submitted(report, people)


# --- asking ------------------------------------------------------------------------------------------------
def test_an_officer_asks_and_the_record_says_so(report: Report, officer: User) -> None:
    asked = ask(report, officer)
    assert (asked.state, asked.until_asked, asked.reason) == (State.ASKED, LATER, "資料未齊。")
    assert (asked.asked_by, asked.asked_on_behalf_of) == (officer, None)
    entry = AuditEntry.objects.get(act=Act.ASK_EXTENSION)
    assert (entry.actor, entry.organisation, entry.subject_id) == (officer, report.organisation, asked.pk)
    assert entry.detail["until"] == "2023-04-20" and entry.detail["reason"] == "資料未齊。"


def test_asking_alone_moves_no_deadline(report: Report, officer: User) -> None:
    ask(report, officer)
    assert fresh(report).deadline_on == DUE


@pytest.mark.parametrize(
    ("until", "allowed"),
    [
        (DUE - ONE_DAY, False),
        (DUE, False),
        (DUE + ONE_DAY, True),
        (CLOSES, True),
        (CLOSES + ONE_DAY, False),
    ],
)
def test_the_day_lies_after_the_deadline_and_not_after_the_close(
    report: Report, officer: User, until: date, allowed: bool
) -> None:
    if allowed:
        assert ask(report, officer, until=until).until_asked == until
        return
    with pytest.raises(Refused) as refused:
        ask(report, officer, until=until)
    assert set(refused.value.errors) == {"until"}


def test_a_day_that_has_passed_is_not_asked_for(report: Report, officer: User) -> None:
    with pytest.raises(Refused) as refused:
        ask(report, officer, day=LATER + ONE_DAY)
    assert set(refused.value.errors) == {"until"}


@pytest.mark.parametrize("reason", ["", "   ", "\n", "因\x00故", "長" * 5001])
def test_a_reason_is_given_and_can_be_kept(report: Report, officer: User, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        ask(report, officer, reason=reason)
    assert set(refused.value.errors) == {"reason"}
    assert not Extension.objects.exists()


def test_one_request_waits_at_a_time(report: Report, officer: User, people: People) -> None:
    first = ask(report, officer)
    with pytest.raises(Refused):
        ask(report, officer)
    answer(first, people.administrator, granted=False, words="理由不足。")
    assert ask(report, officer).pk != first.pk


def test_what_was_handed_in_needs_no_more_time(report: Report, officer: User, people: People) -> None:
    handed_in(report, people, DUE)
    with pytest.raises(Refused):
        ask(report, officer)


@pytest.mark.parametrize("day", [CLOSES + ONE_DAY, CLOSES + timedelta(days=40)])
def test_a_round_that_is_over_gives_no_more_time(report: Report, officer: User, day: date) -> None:
    with pytest.raises(Refused):
        ask(report, officer, day=day)


def test_an_approver_may_ask_as_well(report: Report, people: People) -> None:
    assert ask(report, people.holding(Role.APPROVER, "NDC")).state == State.ASKED


def test_nobody_else_asks(report: Report, people: People) -> None:
    outsiders = [
        people.officer("MOE"),
        people.holding(Role.ACCOUNT_MANAGER, "NDC"),
        people.reviewer,
        people.administrator,
        people.head,
        people.auditor,
    ]
    for person in outsiders:
        with pytest.raises(PermissionDenied):
            ask(report, person)


def test_a_deputy_asks_in_the_principals_name(report: Report, officer: User, people: People) -> None:
    deputy = people.officer("MOE")
    Deputyship.objects.create(
        principal=officer,
        deputy=deputy,
        organisation=report.organisation,
        from_day=OPENS,
        until_day=CLOSES,
        named_at=clock.now(),
        named_by=officer,
    )
    asked = ask(report, deputy)
    assert (asked.asked_by, asked.asked_on_behalf_of) == (deputy, officer)


# --- answering ---------------------------------------------------------------------------------------------
def test_a_granted_day_is_the_deadline_from_then_on(report: Report, officer: User, people: People) -> None:
    asked = ask(report, officer)
    assert late_on(report, LATER) == 10
    answered = answer(asked, people.administrator)
    assert (answered.state, answered.until_granted) == (State.GRANTED, LATER)
    assert fresh(report).deadline_on == LATER
    assert [late_on(report, LATER), late_on(report, LATER + ONE_DAY)] == [0, 1]


def test_another_day_may_be_granted_than_was_asked_for(report: Report, officer: User, people: People) -> None:
    asked = ask(report, officer)
    answer(asked, people.administrator, until=DUE + ONE_DAY, words="以一日為限。")
    asked.refresh_from_db()
    assert (asked.until_asked, asked.until_granted) == (LATER, DUE + ONE_DAY)
    assert fresh(report).deadline_on == DUE + ONE_DAY


@pytest.mark.parametrize("until", [DUE, CLOSES + ONE_DAY])
def test_what_is_granted_lies_within_the_same_bounds(
    report: Report, officer: User, people: People, until: date
) -> None:
    asked = ask(report, officer)
    with pytest.raises(Refused) as refused:
        answer(asked, people.administrator, until=until)
    assert set(refused.value.errors) == {"until"}
    asked.refresh_from_db()
    assert asked.state == State.ASKED


def test_a_refusal_says_why(report: Report, officer: User, people: People) -> None:
    asked = ask(report, officer)
    with pytest.raises(Refused) as refused:
        answer(asked, people.administrator, granted=False, words=" ")
    assert set(refused.value.errors) == {"words"}
    answer(asked, people.administrator, granted=False, words="理由不足。")
    assert fresh(report).deadline_on == DUE


def test_a_request_is_answered_once(report: Report, officer: User, people: People) -> None:
    asked = ask(report, officer)
    answer(asked, people.administrator)
    for granted in (True, False):
        with pytest.raises(Refused):
            answer(asked, people.administrator, granted=granted, words="再議。")
    with pytest.raises(Refused):
        services.withdraw_extension(extension=asked, actor=officer)


def test_only_an_administrator_answers(report: Report, officer: User, people: People) -> None:
    asked = ask(report, officer)
    for person in (officer, people.reviewer, people.head, people.auditor):
        with pytest.raises(PermissionDenied):
            answer(asked, person)


def test_who_asked_is_offered_no_form_to_answer(report: Report, people: People, plan: Plan) -> None:
    """An administrator who also fills the ministry's report."""
    both = people.officer("NDC")
    secretariat = Organisation.objects.get(is_secretariat=True)
    services_of_people.grant_role(user=both, organisation=secretariat, role=Role.ADMINISTRATOR, actor=None)
    asked = ask(report, both)
    pages = (url_of(report, "extension"), "/extensions/", "/quarters/112Q1/")
    for who, offered in ((both, False), (people.administrator, True)):
        with on(DUE):
            shown = [f"answer-{asked.pk}-" in browser(who).get(page).content.decode() for page in pages]
        assert shown == [offered] * 3, who


def test_nobody_answers_their_own_request_nor_as_a_deputy(
    report: Report, officer: User, people: People
) -> None:
    secretariat = Organisation.objects.get(is_secretariat=True)
    extension = ask(report, officer)
    services_of_people.grant_role(
        user=officer, organisation=secretariat, role=Role.ADMINISTRATOR, actor=people.administrator
    )
    for actor in (User.objects.get(pk=officer.pk), _deputy_of(officer, secretariat, people)):
        with pytest.raises(Refused, match="自己的申請"):
            answer(extension, actor)
    assert answer(extension, people.administrator).state == State.GRANTED


def _deputy_of(principal: User, organisation: Organisation, people: People) -> User:
    Deputyship.objects.create(
        principal=principal,
        deputy=people.reviewer,
        organisation=organisation,
        from_day=DUE,
        until_day=DUE,
        named_at=clock.now(),
        named_by=principal,
    )
    return User.objects.get(pk=people.reviewer.pk)


def test_a_second_extension_goes_on_from_the_first(report: Report, officer: User, people: People) -> None:
    answer(ask(report, officer), people.administrator)
    with pytest.raises(Refused):
        ask(report, officer, until=LATER)
    answer(ask(report, officer, until=LATER + ONE_DAY), people.administrator)
    assert fresh(report).deadline_on == LATER + ONE_DAY


def test_nothing_is_granted_to_what_was_handed_in_meanwhile(
    report: Report, officer: User, people: People
) -> None:
    asked = ask(report, officer)
    handed_in(report, people, DUE + ONE_DAY)
    with pytest.raises(Refused):
        answer(asked, people.administrator, day=DUE + ONE_DAY)
    answer(asked, people.administrator, day=DUE + ONE_DAY, granted=False, words="已送出。")
    assert late_on(report, LATER) == 1


def test_nothing_is_granted_after_the_close(report: Report, officer: User, people: People) -> None:
    asked = ask(report, officer)
    with pytest.raises(Refused):
        answer(asked, people.administrator, day=CLOSES + ONE_DAY)


def test_a_ministry_takes_its_request_back(report: Report, officer: User, people: People) -> None:
    asked = ask(report, officer)
    with pytest.raises(PermissionDenied):
        services.withdraw_extension(extension=asked, actor=people.officer("MOE"))
    services.withdraw_extension(extension=asked, actor=officer)
    asked.refresh_from_db()
    assert (asked.state, asked.withdrawn_by) == (State.WITHDRAWN, officer)
    with pytest.raises(Refused):
        answer(asked, people.administrator)


def test_a_round_does_not_close_before_a_day_that_was_granted(
    report: Report, officer: User, people: People
) -> None:
    answer(ask(report, officer), people.administrator)
    round_ = fresh(report).reporting_quarter
    dates = QuarterDates(OPENS, DUE, LATER - ONE_DAY)
    with on(DUE), pytest.raises(Refused) as refused:
        services.set_quarter_dates(
            reporting_quarter=round_, dates=dates, actor=people.administrator, reason="提前。"
        )
    assert set(refused.value.errors) == {"closes_on"}


def test_a_later_due_date_of_the_round_goes_before_an_earlier_day_that_was_granted(
    report: Report, officer: User, people: People
) -> None:
    answer(ask(report, officer, until=DUE + ONE_DAY), people.administrator)
    with on(DUE):
        services.set_quarter_dates(
            reporting_quarter=fresh(report).reporting_quarter,
            dates=QuarterDates(OPENS, LATER, CLOSES),
            actor=people.administrator,
            reason="連假。",
        )
    assert fresh(report).deadline_on == LATER


# --- telling -----------------------------------------------------------------------------------------------
def test_administrators_are_told_what_was_asked_and_the_asker_what_was_answered(
    report: Report, officer: User, people: People
) -> None:
    administrator = people.administrator
    asked = ask(report, officer)
    told = Notice.objects.get(kind=NoticeKind.EXTENSION_ASKED)
    assert told.person == administrator
    assert told.path == "/reports/112Q1/NDC/extension/"
    assert told.facts["said"] == "資料未齊。" and "112 年第 1 季" in told.facts["about"]["zh"]
    answer(asked, administrator, words="照准。")
    told = Notice.objects.get(kind=NoticeKind.EXTENSION_ANSWERED)
    assert (told.person, told.facts["due_on"]) == (officer, "2023-04-20")
    assert told.facts["outcome"]["en"] == "Granted"


# --- late is a fact ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "at", "days"),
    [
        (OPENS, time(9), 0),
        (DUE, time(23, 59, 59), 0),
        (DUE + ONE_DAY, time(0), 1),
        (DUE + timedelta(days=7), time(9), 7),
        (CLOSES, time(23, 59), 35),
    ],
)
def test_the_day_of_the_first_submission_says_how_late_a_report_is(
    report: Report, people: People, day: date, at: time, days: int
) -> None:
    done = handed_in(report, people, day, at)
    assert (done.days_late, fresh(report).days_late) == (days, days)
    assert late_on(report, day + timedelta(days=300)) == days


def test_until_it_is_handed_in_a_report_is_late_by_the_days_to_today(report: Report) -> None:
    assert [late_on(report, DUE + timedelta(days=days)) for days in (-3, 0, 1, 20)] == [0, 0, 1, 20]
    with on(DUE - timedelta(days=3)):
        assert selectors.deadline_of(fresh(report)).days == 3


def test_lateness_is_kept_after_a_return_and_a_second_submission(report: Report, people: People) -> None:
    handed_in(report, people, DUE + timedelta(days=2))
    with on(DUE + timedelta(days=5)):
        services.return_report(report=fresh(report), actor=people.reviewer, comment="請補正。")
    assert late_on(report, DUE + timedelta(days=6)) == 2
    handed_in(report, people, DUE + timedelta(days=9))
    assert fresh(report).days_late == 2
    assert fresh(report).first_submitted_at != fresh(report).submitted_at


def test_what_came_in_time_stays_so_however_late_it_is_corrected(report: Report, people: People) -> None:
    handed_in(report, people, DUE)
    with on(DUE + timedelta(days=5)):
        services.return_report(report=fresh(report), actor=people.reviewer, comment="請補正。")
    handed_in(report, people, DUE + timedelta(days=9))
    assert fresh(report).days_late == 0


def test_an_extension_counts_at_the_first_submission(report: Report, officer: User, people: People) -> None:
    answer(ask(report, officer), people.administrator)
    handed_in(report, people, LATER + timedelta(days=3))
    assert fresh(report).days_late == 3


def test_dates_that_change_later_change_no_lateness(report: Report, people: People) -> None:
    handed_in(report, people, DUE + timedelta(days=2))
    with on(DUE + timedelta(days=3)):
        services.set_quarter_dates(
            reporting_quarter=fresh(report).reporting_quarter,
            dates=QuarterDates(OPENS, LATER, CLOSES),
            actor=people.administrator,
            reason="連假。",
        )
    assert late_on(report, LATER) == 2


# --- the deadline in force, everywhere ---------------------------------------------------------------------
def test_the_granted_day_stands_on_every_page(report: Report, officer: User, people: People) -> None:
    granted, other = "112/04/20", date(2023, 4, 15)
    answer(ask(report, officer), people.administrator)
    with on(other):
        assert "4 月 20 日" in browser(officer).get("/work/").content.decode()
        assert "4 月 20 日" in browser(officer).get(url_of(report)).content.decode()
        assert granted in browser(people.reviewer).get("/quarters/112Q1/").content.decode()
        assert granted in browser(people.reviewer).get("/extensions/").content.decode()
        owed = {each.report.pk: each.deadline for each in selectors.own_reports(officer)}
        assert (owed[report.pk].due_on, owed[report.pk].days) == (LATER, 5)


def test_queue_and_overview_follow_the_granted_day(report: Report, officer: User, people: People) -> None:
    answer(ask(report, officer), people.administrator)
    handed_in(report, people, LATER)
    with on(LATER):
        (waiting,) = selectors.review_queue(people.reviewer).waiting
        assert (waiting.deadline.due_on, waiting.deadline.days_late) == (LATER, 0)
        known = selectors.rounds()
        view = selectors.overview(known[0], known)
        (row,) = [row for row in view.matrix if row.organisation.code == "NDC"]
        assert row.cells[0] is not None and row.cells[0].deadline.days_late == 0
        assert known[0].late == known[0].reports - 1


def test_the_overview_counts_who_is_late(report: Report, people: People) -> None:
    with on(DUE):
        assert selectors.rounds()[0].late == 0
    with on(DUE + ONE_DAY):
        assert selectors.rounds()[0].late == selectors.rounds()[0].reports > 1
    handed_in(report, people, DUE + ONE_DAY)
    with on(DUE + ONE_DAY):
        assert selectors.rounds()[0].late == selectors.rounds()[0].reports
        page = browser(people.head).get("/dashboard/").content.decode()
        assert '<span class="late" title="逾期送出">' in page


def test_returned_is_not_late_anew(report: Report, people: People) -> None:
    handed_in(report, people, DUE)
    with on(DUE + timedelta(days=20)):
        services.return_report(report=fresh(report), actor=people.reviewer, comment="請補正。")
        page = browser(people.officer("NDC")).get("/work/").content.decode()
    assert "如期送出" in page and "已逾期" not in page


def test_what_came_back_is_awaited_by_its_deadline_and_then_until_the_round_closes(
    report: Report, people: People
) -> None:
    handed_in(report, people, DUE - timedelta(days=2))
    with on(DUE - ONE_DAY):
        services.return_report(report=fresh(report), actor=people.reviewer, comment="請補正。")
        assert next_deadline(fresh(report)).due_on == DUE
    with on(DUE + ONE_DAY):
        assert next_deadline(fresh(report)).due_on == CLOSES
        assert next_deadline(fresh(report)).days == 34


# --- the pages ---------------------------------------------------------------------------------------------
def posted(report: Report, user: User, verb: str, **data: str) -> tuple[int, str]:
    with on(DUE):
        answered = browser(user).post(url_of(report, f"extension/{verb}"), data)
    return answered.status_code, answered.content.decode()


def test_the_report_page_leads_to_the_form(report: Report, officer: User) -> None:
    with on(DUE):
        assert "/reports/112Q1/NDC/extension/" in browser(officer).get(url_of(report)).content.decode()
        page = browser(officer).get(url_of(report, "extension")).content.decode()
    assert 'name="until"' in page and 'name="reason"' in page


@pytest.mark.parametrize("until", ["112/04/20", "2023-04-20", "112 年 4 月 20 日"])
def test_an_officer_asks_on_the_page(report: Report, officer: User, until: str) -> None:
    assert posted(report, officer, "ask", until=until, reason="資料未齊。")[0] == 302
    with on(DUE):
        page = browser(officer).get(url_of(report, "extension")).content.decode()
    assert "資料未齊。" in page and "撤回申請" in page and 'name="until"' not in page


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"until": "", "reason": "資料未齊。"}, "until"),
        ({"until": "下週", "reason": "資料未齊。"}, "until"),
        ({"until": "112/02/30", "reason": "資料未齊。"}, "until"),
        ({"until": "112/04/10", "reason": "資料未齊。"}, "until"),
        ({"until": "113/04/10", "reason": "資料未齊。"}, "until"),
        ({"until": "112/04/20", "reason": ""}, "reason"),
        ({"until": "112/04/20", "reason": "\x08"}, "reason"),
        ({}, "until"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    report: Report, officer: User, data: dict[str, str], field: str
) -> None:
    status, page = posted(report, officer, "ask", **data)
    assert status == 422
    assert f'id="id_{field}_error"' in page
    assert data.get("reason", "").strip("\x08") in page and data.get("until", "") in page
    assert not Extension.objects.exists()


def test_asking_twice_is_a_conflict(report: Report, officer: User) -> None:
    posted(report, officer, "ask", until="112/04/20", reason="資料未齊。")
    status, page = posted(report, officer, "ask", until="112/04/21", reason="再請。")
    assert status == 409 and "待答復" in page


def test_an_administrator_answers_on_the_page(report: Report, officer: User, people: People) -> None:
    asked = ask(report, officer)
    name = f"answer-{asked.pk}"
    with on(DUE):
        for path in ("/extensions/", "/quarters/112Q1/", url_of(report, "extension")):
            assert f"{name}-granted" in browser(people.administrator).get(path).content.decode()
            assert f"{name}-granted" not in browser(people.reviewer).get(path).content.decode()
    data = {f"{name}-until": "112/04/18", f"{name}-words": "照准。", f"{name}-granted": "yes"}
    assert posted(report, people.administrator, "answer", **data)[0] == 302
    assert fresh(report).deadline_on == date(2023, 4, 18)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"until": "112/04/18", "granted": "no"}, "words"),
        ({"until": "112/06/18", "granted": "yes"}, "until"),
        ({"until": "明天", "granted": "yes"}, "until"),
        ({"until": "", "granted": "yes"}, "until"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_at_its_field(
    report: Report, officer: User, people: People, data: dict[str, str], field: str
) -> None:
    name = f"answer-{ask(report, officer).pk}"
    status, page = posted(
        report,
        people.administrator,
        "answer",
        **{f"{name}-{key}": text for key, text in data.items()},
    )
    assert status == 422 and f'id="id_{name}-{field}_error"' in page
    assert data["until"] in page
    assert Extension.objects.get().state == State.ASKED


def test_an_answer_meets_only_the_request_that_was_seen(
    report: Report, officer: User, people: People
) -> None:
    seen = ask(report, officer)
    services.withdraw_extension(extension=seen, actor=officer)
    ask(report, officer, until=CLOSES, reason="另有原因。")
    name = f"answer-{seen.pk}"
    status, page = posted(
        report, people.administrator, "answer", **{f"{name}-until": "112/04/20", f"{name}-granted": "yes"}
    )
    assert status == 409 and "另有原因。" in page
    assert fresh(report).deadline_on == DUE


def test_a_request_is_withdrawn_on_the_page_by_those_who_saw_it(report: Report, officer: User) -> None:
    asked = ask(report, officer)
    assert posted(report, officer, "withdraw", extension="0")[0] == 409
    assert posted(report, officer, "withdraw", extension=str(asked.pk))[0] == 302
    assert posted(report, officer, "withdraw", extension=str(asked.pk))[0] == 409


def test_another_ministry_finds_nothing(report: Report, people: People) -> None:
    stranger = people.officer("MOE")
    assert browser(stranger).get(url_of(report, "extension")).status_code == 404
    assert posted(report, stranger, "ask", until="112/04/20", reason="。")[0] == 404
    assert browser(stranger).get("/extensions/").status_code == 403


def test_the_list_sorts_and_costs_as_much_for_many_as_for_one(
    round_: ReportingQuarter, people: People
) -> None:
    client = browser(people.administrator)

    def cost(path: str) -> int:
        with on(DUE), CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    paths = ("/extensions/?sort=-extension.organisation", "/quarters/112Q1/?sort=extension.until")
    reports = list(round_.reports.select_related("organisation")[:6])
    answer(ask(reports[0], people.officer(reports[0].organisation.code)), people.administrator)
    ask(reports[1], people.officer(reports[1].organisation.code))
    before = [cost(path) for path in paths]
    for report in reports[2:]:
        ask(report, people.officer(report.organisation.code))
    assert [cost(path) for path in paths] == before
    assert before[0] <= 7 and before[1] <= 12, before


def test_a_request_waits_in_the_list_of_rounds(report: Report, officer: User, people: People) -> None:
    ask(report, officer)
    with on(DUE):
        assert "待答復 1 件" in browser(people.reviewer).get("/quarters/").content.decode()


# --- what the database itself refuses ----------------------------------------------------------------------
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_extension SET reason = '別的理由'",
        "UPDATE reports_extension SET until_asked = until_asked + 1",
        "UPDATE reports_extension SET state = 'granted'",
        "UPDATE reports_extension SET state = 'refused', answered_at = now(), answered_by_id = asked_by_id",
        "UPDATE reports_extension SET state = 'withdrawn', withdrawn_at = now()",
        "DELETE FROM reports_extension",
        "UPDATE reports_report SET extended_until = '2023-04-20'",
        "UPDATE reports_report SET days_late = 3",
        "INSERT INTO reports_extension (report_id, state, until_asked, reason, asked_at, asked_by_id, words)"
        " SELECT report_id, 'asked', until_asked, reason, asked_at, asked_by_id, '' FROM reports_extension",
    ],
)
def test_the_database_refuses(report: Report, officer: User, statement: str) -> None:
    ask(report, officer)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_extension SET words = '改口'",
        "UPDATE reports_extension SET state = 'asked', until_granted = NULL, answered_at = NULL, answered_by_id = NULL",
        "UPDATE reports_report SET days_late = 0 WHERE days_late IS NOT NULL",
        "UPDATE reports_report SET days_late = NULL, first_submitted_at = NULL WHERE days_late IS NOT NULL",
        "UPDATE reports_report SET first_submitted_at = first_submitted_at - interval '9 days'",
        "UPDATE reports_report SET extended_until = NULL WHERE extended_until IS NOT NULL",
    ],
)
def test_the_database_keeps_what_was_answered_and_how_late_it_came(
    report: Report, officer: User, people: People, statement: str
) -> None:
    answer(ask(report, officer), people.administrator)
    handed_in(report, people, LATER + ONE_DAY)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
