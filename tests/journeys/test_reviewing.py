"""A reviewer goes through a report by the keys alone, reads what became of each line, and meets another reviewer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from ministries.models import Organisation, Role, User
from ministries.services import grant_role
from programs.models import Plan
from reports import services
from reports.models import Report, ReportingQuarter
from tests import rounds
from tests.journeys.conftest import PASSWORD, Visitor
from tests.people import People

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
Visitors = Callable[[], Visitor]

REPORT = "/reports/112Q1/MOE/"


@pytest.fixture
def report(plan: Plan, people: People) -> Report:
    """MOE's, handed in a second time: its first line came back, and was handed in again as it was."""
    round_: ReportingQuarter = rounds.opened(plan, "112Q1", people)
    made = rounds.submitted(rounds.report_of(round_, "MOE"), people)
    assert people.reviewer
    line = made.lines.select_related("report").earliest("order")
    services.return_lines(comments={line: "請補充計算基礎。"}, actor=people.reviewer)
    rounds.hand_in(made, people)
    rounds.submitted(rounds.report_of(round_, "NDC"), people)
    return made


def waiting(visitor: Visitor) -> list[str]:
    found = visitor.page.locator("article[data-waits]")
    return [str(each.get_attribute("data-waits")) for each in found.all()]


def in_hand(visitor: Visitor) -> str:
    return str(visitor.page.evaluate("document.activeElement.closest('article').dataset.waits"))


def states(report: Report) -> dict[str, str]:
    return {str(pk): state for pk, state in report.lines.values_list("pk", "state")}


def test_a_whole_report_is_reviewed_by_the_keys(visitors: Visitors, report: Report, people: People) -> None:
    reviewer = visitors()
    reviewer.logs_in(people.reviewer)
    reviewer.goes_to("/review/")
    reviewer.finds_no_barrier()
    reviewer.goes_to(REPORT)
    reviewer.finds_no_barrier()
    keys, said = reviewer.page.keyboard, reviewer.page.locator("#review-said")
    first, second, *rest = waiting(reviewer)

    keys.press("?")
    assert reviewer.page.locator("#review-keys").get_attribute("open") is not None
    reviewer.finds_no_barrier()
    keys.press("?")

    keys.press("j")
    assert in_hand(reviewer) == first
    expect(said).to_contain_text("第 1 項")
    keys.press("j")
    keys.press("k")
    assert in_hand(reviewer) == first

    with reviewer.page.expect_navigation():
        keys.press("a")
    expect(said).to_contain_text("已核定 1 項。")
    assert in_hand(reviewer) == second
    assert states(report)[first] == "accepted"

    keys.press("r")
    keys.type("請補附統計表 a j k。")
    with reviewer.page.expect_navigation():
        keys.press("Control+Enter")
    expect(said).to_contain_text("已退回 1 項。")
    assert states(report)[second] == "returned"
    reviewer.finds_no_barrier()

    for _line in rest:
        with reviewer.page.expect_navigation():
            keys.press("a")
    expect(said).to_contain_text("本報告沒有待審查的項目")
    assert "accepted" in states(report).values() and "submitted" not in states(report).values()
    reviewer.follows(reviewer.main.get_by_role("link", name="下一份報告"))
    assert reviewer.page.url.endswith("/reports/112Q1/NDC/")


def test_keys_do_nothing_while_somebody_types_or_once_they_are_switched_off(
    visitors: Visitors, report: Report, people: People
) -> None:
    reviewer = visitors()
    reviewer.logs_in(people.reviewer)
    reviewer.goes_to(REPORT)
    keys = reviewer.page.keyboard
    (first, *_others) = waiting(reviewer)
    keys.press("j")
    keys.press("r")
    keys.type("ajkrx?")
    assert reviewer.page.locator(f"#comment-{first}").input_value() == "ajkrx?"
    keys.press("Escape")
    assert in_hand(reviewer) == first
    keys.press("x")
    assert reviewer.page.locator(f"#line-{first} input[name=line]").is_checked()
    keys.press("?")
    reviewer.page.locator("#review-keys-on").uncheck()
    reviewer.page.reload()
    keys.press("j")
    assert reviewer.page.locator("article.in-hand").count() == 0
    assert set(states(report).values()) == {"submitted"}


def test_of_two_reviewers_at_one_line_the_second_reads_of_the_first_and_keeps_the_words(
    visitors: Visitors, report: Report, people: People
) -> None:
    other = User.objects.create_user("second@secretariat.test", PASSWORD, name="乙君")
    secretariat = Organisation.objects.get(is_secretariat=True)
    grant_role(user=other, organisation=secretariat, role=Role.REVIEWER, actor=None)
    first, second = visitors(), visitors()
    for visitor, person in ((first, people.reviewer), (second, other)):
        visitor.logs_in(person)
        visitor.goes_to(REPORT)
    line = waiting(first)[0]
    button = f"#line-{line} button[data-act=accept]"
    first.follows(first.page.locator(button))
    assert "decided" in first.page.url
    second.page.locator(f"#comment-{line}").fill("我認為應退回")
    second.follows(second.page.locator(f"#line-{line} button[data-act=return]"))
    expect(second.page.locator("#error-summary")).to_contain_text("我認為應退回")
    assert second.sees(people.reviewer.name)
    second.finds_no_barrier()
    assert states(report)[line] == "accepted"


def test_the_queue_follows_but_does_not_change_under_the_pressed_mouse(
    visitors: Visitors, report: Report, people: People
) -> None:
    reviewer = visitors()
    reviewer.logs_in(people.reviewer)
    reviewer.stops_the_clock_at("/review/")
    row = reviewer.page.locator("table.queue tbody tr", has_text=report.organisation.name_zh)
    reviewer.presses_the_mouse_on(reviewer.page.locator("table.queue th a[href='/reports/112Q1/NDC/']"))
    reviewer.lets_come("/review/", partial(services.accept_report, report=report, actor=people.reviewer))
    expect(row).to_have_count(1)
    with reviewer.page.expect_navigation():
        reviewer.page.mouse.up()
    assert reviewer.page.url.endswith("/reports/112Q1/NDC/")


def test_without_scripts_one_form_does_it_all(
    browser: Browser, live_server: Any, report: Report, people: People
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    reviewer = Visitor(context.new_page(), live_server.url)
    reviewer.logs_in(people.reviewer, language="/en")
    reviewer.goes_to(f"/en{REPORT}")
    line = waiting(reviewer)[0]
    assert not reviewer.page.locator("#review-keys").is_visible()
    reviewer.page.locator(f"#line-{line} input[name=line]").check()
    reviewer.page.locator(f"#comment-{line}").fill("Please add the basis.")
    reviewer.follows(reviewer.page.locator("#review-bar button[type=submit]").nth(1))
    assert "decided" in reviewer.page.url and states(report)[line] == "returned"
    context.close()
    assert reviewer.complaints == []


def test_what_nobody_needs_to_look_at_twice_is_accepted_together(
    visitors: Visitors, report: Report, people: People
) -> None:
    reviewer = visitors()
    reviewer.logs_in(people.reviewer)
    reviewer.goes_to("/review/")
    reviewer.follows(reviewer.page.locator(".notice a").first)
    reviewer.finds_no_barrier()
    listed = reviewer.page.locator("input[name=line]:checked").count()
    reviewer.page.locator("input[name=line]").first.uncheck()
    reviewer.presses("核定勾選項目")
    assert f"已同意 {listed - 1} 項" in reviewer.page.content()
