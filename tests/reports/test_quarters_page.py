"""Rounds are opened, closed and published by those who may, after a look at what would be frozen."""

from __future__ import annotations

import pytest

from ministries import clock
from programs.models import Plan
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser


def test_an_administrator_opens_and_closes_a_quarter(plan: Plan, people: People) -> None:
    client = browser(people.administrator)
    assert "開放填報</button>" in client.get("/quarters/").content.decode()
    assert client.post("/quarters/112Q1/open/").status_code == 302
    assert rounds.round_of(plan, "112Q1").state == ReportingQuarter.State.OPEN
    assert client.post("/quarters/112Q1/close/").status_code == 302
    assert rounds.round_of(plan, "112Q1").state == ReportingQuarter.State.CLOSED


def test_what_cannot_be_done_now_is_refused_with_its_reason(plan: Plan, people: People) -> None:
    client = browser(people.administrator)
    client.post("/quarters/112Q1/open/")
    again = client.post("/quarters/112Q1/open/")
    assert again.status_code == 409
    assert "已開放過填報" in again.content.decode()
    assert client.post("/quarters/112Q2/close/").status_code == 409


def test_a_round_that_passed_by_unopened_is_named_until_somebody_opens_it(
    open_round: ReportingQuarter, people: People
) -> None:
    """The clock's turning was down for all of 112Q2; what lay before the first opened round is nobody's fault."""
    client = browser(people.administrator)
    pages = ("/dashboard/", "/quarters/")

    def named(code: str) -> list[bool]:
        with clock.set_to(rounds.after("112Q2", 100)):
            texts = [client.get(page).content.decode() for page in pages]
        notices = [text.partition("從未開放")[2].partition("</p>")[0] for text in texts]
        return [f'/quarters/{code}/"' in notice for notice in notices]

    assert named("112Q2") == [True, True] and named("112Q1") == named("112Q4") == [False, False]
    with clock.set_to(rounds.after("112Q2", 100)):
        assert "填報期間已過" in client.get("/quarters/112Q2/").content.decode()
        client.post("/quarters/112Q2/open/")
    assert named("112Q2") == [False, False]


@pytest.mark.parametrize("verb", ["open", "close", "publication/confirm"])
def test_acts_belong_to_roles(open_round: ReportingQuarter, people: People, verb: str) -> None:
    outsiders = [people.reviewer, people.auditor, people.officer("NSTC")]
    outsiders.append(people.head if verb in ("open", "close") else people.administrator)
    for person in outsiders:
        assert browser(person).post(f"/quarters/112Q1/{verb}/").status_code == 403
    assert browser(people.head).get(f"/quarters/112Q1/{verb}/").status_code == 405
    assert browser(people.head).post(f"/quarters/119Q1/{verb}/").status_code == 404


def test_a_quarter_outside_the_plan_is_not_found(plan: Plan, people: People) -> None:
    assert browser(people.head).get("/quarters/119Q1/").status_code == 404
