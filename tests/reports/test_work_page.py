"""After logging in everybody lands where their role has something to do."""

from __future__ import annotations

import pytest

from ministries.models import User
from reports import services
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser


def test_an_officer_sees_what_is_owed_until_when_and_what_was_returned(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "NSTC"), people)
    services.return_report(report=report, actor=people.reviewer, comment="請補充計算基礎。")
    page = browser(people.officer("NSTC")).get("/work/").content.decode()
    assert "/reports/112Q1/NSTC/" in page and "請補充計算基礎。" in page and "前往補正" in page


def test_an_officer_without_open_quarter_is_told_so(people: People) -> None:
    assert "目前沒有待填報的季別" in browser(people.officer("NSTC")).get("/work/").content.decode()


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("reviewer", "/review/"),
        ("head", "/dashboard/"),
        ("administrator", "/dashboard/"),
        ("auditor", "/dashboard/"),
    ],
)
def test_the_secretariats_people_are_led_to_their_page(people: People, role: str, address: str) -> None:
    answer = browser(getattr(people, role)).get("/work/")
    assert (answer.status_code, answer["Location"]) == (302, address)


def test_somebody_without_a_role_is_told_whom_to_ask(people: People) -> None:
    user = User.objects.create_user("nobody@example.test", "a long test password", name="新進同仁")
    assert "尚未授予角色" in browser(user).get("/work/").content.decode()


def test_a_stranger_is_sent_to_log_in(people: People) -> None:
    assert browser().get("/work/")["Location"] == "/accounts/login/?next=/work/"
