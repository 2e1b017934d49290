"""The second reviewer is the head's to switch, the inner sign-off an account manager's; both say what changes."""

from __future__ import annotations

import pytest

from ministries.models import AuditEntry, Role
from programs.models import Plan
from reports.models import ReportingQuarter, SecondReview, SignOffWaiver
from tests import rounds
from tests.people import People
from tests.reports.pages import browser

RULE, SIGN_OFF = "/review/rule/", "/work/sign-off/MOE/"


def test_the_head_reads_what_would_change_and_switches_the_second_reviewer_on_and_off(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "MOE"), people)
    head = browser(people.head)
    page = head.get("/quarters/").content.decode()
    assert "各項由一位管考人員同意，即為核定。" in page
    assert f"待審查的 {report.lines.count()} 項及其後送出者" in page
    answer = head.post(RULE, {"needed": "yes"}, follow=True)
    assert "自即日起，各項須由兩位管考人員先後同意" in answer.content.decode()
    assert SecondReview.objects.filter(until_at=None).count() == 1
    page = head.get("/quarters/").content.decode()
    assert "改為一位審查" in page and people.head.name in page
    head.post(RULE, {"needed": "no"})
    assert not SecondReview.objects.filter(until_at=None).exists()
    assert AuditEntry.objects.filter(act="quarter.set_review_rule").count() == 2


def test_others_read_the_rule_and_are_offered_no_switch(plan: Plan, people: People) -> None:
    for reader in (people.reviewer, people.administrator, people.auditor):
        client = browser(reader)
        page = client.get("/quarters/").content.decode()
        assert "審查方式" in page and "確認改為兩位審查" not in page
        assert client.post(RULE, {"needed": "yes"}).status_code == 403
    assert not SecondReview.objects.exists()


def test_an_account_manager_switches_the_own_ministrys_sign_off(plan: Plan, people: People) -> None:
    manager = browser(people.holding(Role.ACCOUNT_MANAGER, "MOE"))
    page = manager.get("/work/").content.decode()
    assert "核稿設定" in page and "確認停用核稿" in page and "不再經核稿人核稿" in page
    answer = manager.post(SIGN_OFF, {"needed": "no"}, follow=True)
    assert "自即日起，填報人得不經核稿逕行送出。" in answer.content.decode()
    assert SignOffWaiver.objects.filter(until_at=None, organisation__code="MOE").exists()
    assert "確認啟用核稿" in manager.get("/work/").content.decode()
    manager.post(SIGN_OFF, {"needed": "yes"})
    assert not SignOffWaiver.objects.filter(until_at=None).exists()


def test_nobody_else_switches_it(plan: Plan, people: People) -> None:
    for person, status in (
        (people.officer("MOE"), 403),
        (people.holding(Role.APPROVER, "MOE"), 403),
        (people.holding(Role.ACCOUNT_MANAGER, "NDC"), 404),
        (people.head, 403),
    ):
        client = browser(person)
        assert client.post(SIGN_OFF, {"needed": "no"}).status_code == status
        assert "核稿設定" not in browser(people.officer("MOE")).get("/work/").content.decode()
    assert not SignOffWaiver.objects.exists()


@pytest.mark.parametrize("needed", ["", "maybe", "\x00"])
def test_an_answer_that_is_none_switches_nothing(plan: Plan, people: People, needed: str) -> None:
    assert browser(people.head).post(RULE, {"needed": needed}).status_code == 404
    manager = people.holding(Role.ACCOUNT_MANAGER, "MOE")
    assert browser(manager).post(SIGN_OFF, {"needed": needed}).status_code == 404
    assert browser(manager).post("/work/sign-off/NOBODY/", {"needed": "no"}).status_code == 404
