"""The quarter's work in real browsers: typing, signing, a deputy, a return and its mending; and two hands at one thing.

Whoever comes second reads why, and what they typed is still there. How reviewers meet stands in `test_reviewing`,
accounts in `test_people`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, expect

from ministries import clock
from ministries.models import Organisation, Role, User
from ministries.services import grant_role, name_deputy
from programs.models import Plan
from reports import services
from reports.models import Line, Report
from tests import rounds
from tests.journeys.conftest import PASSWORD, Visitor
from tests.people import People
from tests.reports import proposals

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
Visitors = Callable[[], Visitor]

REPORT = "/reports/112Q1/MOE/"


@pytest.fixture
def report(plan: Plan, people: People) -> Report:
    """MOE's of 112Q1, which nobody has written yet; its approver has a deputy."""
    people.officer("MOE")
    return rounds.report_of(rounds.opened(plan, "112Q1", people), "MOE")


def deputy_of(principal: User, organisation: Organisation) -> User:
    user = User.objects.create_user("deputy@moe.test", PASSWORD, name="代理人林")
    grant_role(user=user, organisation=organisation, role=Role.ACCOUNT_MANAGER, actor=None)
    today = clock.today()
    name_deputy(
        principal=principal,
        deputy=user,
        organisation=organisation,
        from_day=today,
        until_day=today + timedelta(days=3),
        actor=principal,
    )
    return user


def words_of(visitor: Visitor, line: Line) -> Locator:
    return visitor.page.locator(f"[name='line-{line.pk}-narrative']")


def says(visitor: Visitor, line: Line) -> Locator:
    return visitor.page.locator(f"#line-{line.pk}-says")


def types(visitor: Visitor, line: Line, words: str) -> None:
    words_of(visitor, line).fill(words)
    words_of(visitor, line).blur()


def opens(visitors: Visitors, user: User, path: str = REPORT, language: str = "") -> Visitor:
    visitor = visitors()
    visitor.logs_in(user, language)
    visitor.goes_to(path)
    return visitor


def test_a_line_goes_from_the_officer_to_the_approvers_deputy_and_comes_back_once(
    visitors: Visitors, report: Report, people: People
) -> None:
    approver = people.holding(Role.APPROVER, "MOE")
    deputy = deputy_of(approver, report.organisation)
    first, second = rounds.fill(report, people).lines.select_related("report").order_by("order")[:2]

    officer = opens(visitors, people.officer("MOE"))
    types(officer, first, "第一次的說明。")
    expect(says(officer, first)).to_contain_text("已儲存")
    officer.finds_no_barrier()

    signer = opens(visitors, approver)
    signer.finds_no_barrier()
    signer.presses("核稿")
    signer.page.locator("#comment").fill("請補上日期。")
    signer.presses("退回填報人")
    officer.goes_to(REPORT)
    assert officer.sees("請補上日期。")
    types(officer, first, "第一次的說明，三月辦理。")
    expect(says(officer, first)).to_contain_text("已儲存")

    stand_in = opens(visitors, deputy)
    stand_in.presses("核稿")
    stand_in.presses("送出")
    assert stand_in.sees("112Q1-MOE-1")
    stand_in.goes_to(f"{REPORT}receipts/1/")
    assert stand_in.sees(f"{deputy.name}（代理 {approver.name}）")
    stand_in.finds_no_barrier()

    reviewer = opens(visitors, people.reviewer)
    services.accept_lines(
        lines=list(report.lines.exclude(pk=first.pk).select_related("report")), actor=people.reviewer
    )
    reviewer.goes_to(REPORT)
    reviewer.page.locator(f"[name='comment-{first.pk}']").fill("請說明計算方式。")
    reviewer.follows(reviewer.page.locator(f"#line-{first.pk} [data-act=return]"))
    assert "decided" in reviewer.page.url

    officer.goes_to(REPORT)
    assert officer.sees("請說明計算方式。")
    assert words_of(officer, second).count() == 0, "what was accepted is no field any more"
    types(officer, first, "三月辦理，以報名人數計。")
    expect(says(officer, first)).to_contain_text("已儲存")
    stand_in.goes_to(REPORT)
    stand_in.presses("核稿")
    stand_in.presses("送出")
    assert stand_in.sees("112Q1-MOE-2")

    reviewer.goes_to(REPORT)
    assert reviewer.sees("與前次之差異") and reviewer.sees("請說明計算方式。")
    reviewer.finds_no_barrier()
    reviewer.follows(reviewer.page.locator(f"#line-{first.pk} [data-act=accept]"))
    assert "decided" in reviewer.page.url
    report.refresh_from_db()
    assert report.state == "accepted"


def test_of_two_officers_at_one_line_the_second_reads_both_versions_and_merges_them(
    visitors: Visitors, report: Report, people: People
) -> None:
    line = rounds.fill(report, people).lines.select_related("report").earliest("order")
    one, other = (opens(visitors, people.officer("MOE")) for _each in range(2))
    types(one, line, "甲的說明")
    expect(says(one, line)).to_contain_text("已儲存")
    other.page.locator(f"[name='line-{line.pk}-note']").fill("乙的備註")
    types(other, line, "乙的說明")
    clash = other.page.locator(f"#line-{line.pk}-clash")
    expect(clash).to_contain_text("甲的說明")
    expect(clash).to_contain_text("乙的說明")
    assert words_of(other, line).input_value() == "乙的說明"
    other.finds_no_barrier()
    clash.locator(f"[name='line-{line.pk}-take-narrative'][value=theirs]").check()
    clash.locator(f"[name='line-{line.pk}-resolve'][value=merged]").check()
    other.follows(clash.get_by_role("button", name="採用並儲存"))
    line.refresh_from_db()
    assert (line.narrative, line.note) == ("甲的說明", "乙的備註")
    kept = {each.content.get("narrative") for each in line.revisions.all()}
    assert "甲的說明" in kept


def test_what_comes_back_of_one_line_does_not_move_another_under_the_pressed_mouse(
    visitors: Visitors, report: Report, people: People
) -> None:
    first, second = report.lines.filter(indicator=None).order_by("order")[:2]
    officer = opens(visitors, people.officer("MOE"))
    officer.stops_the_clock_at(REPORT)
    officer.page.locator(f"[name='line-{first.pk}-planned_progress']").fill("不是數字")
    choice = officer.page.locator(f"input[name='line-{second.pk}-statement'][value=value]")
    officer.presses_the_mouse_on(choice)
    before = choice.bounding_box()
    officer.lets_come("/save/")
    assert choice.bounding_box() == before
    officer.page.mouse.up()
    expect(choice).to_be_checked()
    officer.page.clock.run_for(100)
    expect(officer.page.locator(f"#line-{first.pk}-planned_progress-error")).to_contain_text("不是數字")
    assert choice.bounding_box() != before


def test_a_double_click_hands_in_once(visitors: Visitors, report: Report, people: People) -> None:
    rounds.signed(rounds.fill(report, people), people)
    officer = opens(visitors, people.officer("MOE"))
    officer.main.get_by_role("button", name="送出", exact=True).first.dblclick(no_wait_after=True)
    expect(officer.main).to_contain_text("112Q1-MOE-1")
    officer.page.wait_for_load_state("networkidle")
    assert report.receipts.count() == 1
    assert report.events.filter(act="submit").count() == 1


def test_submitting_against_the_close_is_said_and_loses_nothing(
    visitors: Visitors, report: Report, people: People
) -> None:
    rounds.signed(rounds.fill(report, people), people)
    officer = opens(visitors, people.officer("MOE"))
    services.close_quarter(reporting_quarter=report.reporting_quarter, actor=people.administrator)
    officer.presses("送出")
    assert officer.sees("已截止")
    officer.finds_no_barrier()
    report.refresh_from_db()
    assert report.state == "signed" and not report.receipts.exists()


def test_what_was_typed_while_the_session_ended_comes_back_after_logging_in(
    visitors: Visitors, report: Report, people: People
) -> None:
    line = report.lines.select_related("report").earliest("order")
    officer = opens(visitors, people.officer("MOE"))
    officer.page.context.clear_cookies()
    types(officer, line, "登出時仍在輸入的文字")
    expect(says(officer, line)).to_contain_text("尚未儲存")
    assert words_of(officer, line).input_value() == "登出時仍在輸入的文字"
    officer.logs_in(people.officer("MOE"))
    officer.goes_to(REPORT)
    says(officer, line).get_by_role("button", name="還原").click()
    expect(says(officer, line)).to_contain_text("已儲存")
    line.refresh_from_db()
    assert line.narrative == "登出時仍在輸入的文字"


def test_the_head_decides_a_target_and_the_auditor_reads_of_it(
    visitors: Visitors, plan: Plan, people: People
) -> None:
    proposal = proposals.proposed(people)
    people.holding(Role.HEAD), people.holding(Role.AUDITOR)
    head = opens(visitors, people.head, "/targets/")
    head.finds_no_barrier()
    head.goes_to(f"/targets/{proposal.indicator.code}/")
    head.finds_no_barrier()
    head.page.locator("[name=decision]").fill("同意。")
    head.follows(head.main.locator("[formaction$='/approve/'], form[action$='/approve/'] button").first)
    proposal.refresh_from_db()
    assert proposal.state == "approved"
    auditor = opens(visitors, people.auditor, "/audit/")
    assert auditor.sees(people.head.name) and auditor.sees("審核計畫修正")
    auditor.finds_no_barrier()
