"""Rounds are opened, closed and published by those who may, after a look at what would be frozen."""

from __future__ import annotations

import pytest

from kpis.models import Publication
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


@pytest.mark.parametrize("verb", ["open", "close", "publish"])
def test_acts_belong_to_roles(open_round: ReportingQuarter, people: People, verb: str) -> None:
    outsiders = [people.reviewer, people.auditor, people.officer("NSTC")]
    outsiders.append(people.administrator if verb == "publish" else people.head)
    for person in outsiders:
        assert browser(person).post(f"/quarters/112Q1/{verb}/").status_code == 403
    assert browser(people.head).get(f"/quarters/112Q1/{verb}/").status_code == 405
    assert browser(people.head).post(f"/quarters/119Q1/{verb}/").status_code == 404


def test_publishing_is_previewed_and_then_shows_its_digest(
    open_round: ReportingQuarter, people: People
) -> None:
    rounds.accepted(rounds.report_of(open_round, "NSTC"), people)
    client = browser(people.head)
    preview = client.get("/quarters/112Q1/").content.decode()
    assert "公布前預覽" in preview and "份報告未核定" in preview and "確認公布" in preview
    assert Publication.objects.count() == 0
    assert client.post("/quarters/112Q1/publish/").status_code == 302
    done = client.get("/quarters/112Q1/").content.decode()
    assert Publication.objects.get().digest in done
    assert 'href="/"' in done and "確認公布" not in done


def test_the_preview_offers_no_button_while_a_report_waits_for_its_decision(
    open_round: ReportingQuarter, people: People
) -> None:
    rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    preview = browser(people.head).get("/quarters/112Q1/").content.decode()
    assert "其中 1 份已送出待審" in preview and "確認公布" not in preview


def test_the_preview_offers_the_button_only_to_the_head(open_round: ReportingQuarter, people: People) -> None:
    for person in (people.reviewer, people.administrator, people.auditor):
        assert "確認公布" not in browser(person).get("/quarters/112Q1/").content.decode()


def test_a_quarter_outside_the_plan_is_not_found(plan: Plan, people: People) -> None:
    assert browser(people.head).get("/quarters/119Q1/").status_code == 404
