"""One quarter of the plan in a real browser: an officer, a reviewer, the head and a citizen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kpis.models import IndicatorFigure, Publication
from ministries.models import Role
from programs.models import Plan
from reports import services
from reports.models import Report, ReportingQuarter, ReportState
from tests import rounds
from tests.journeys.conftest import Visitor
from tests.people import People

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
Visitors = Callable[[], Visitor]

REPORT = "/reports/112Q1/MOE/"


@pytest.fixture
def open_round(plan: Plan, people: People) -> ReportingQuarter:
    """112Q1 is open, and everybody but the Ministry of Education has been accepted."""
    round_ = rounds.opened(plan, "112Q1", people)
    for report in round_.reports.select_related("organisation").exclude(organisation__code="MOE"):
        rounds.accepted(report, people, value=3)
    people.officer("MOE"), people.holding(Role.APPROVER, "MOE"), people.reviewer, people.head
    return round_


def fills_in_every_line(officer: Visitor, report: Report) -> None:
    for line in report.lines.select_related("indicator"):
        name = f"line-{line.pk}"
        officer.page.locator(f"input[name='{name}-statement'][value=value]").check()
        if line.indicator:
            officer.page.locator(f"[name='{name}-value']").fill("1,250")
        elif line.program_id:
            officer.page.locator(f"[name='{name}-planned_progress']").fill("50")
            officer.page.locator(f"[name='{name}-actual_progress']").fill("50")
        officer.page.locator(f"[name='{name}-narrative']").fill("已依計畫辦理。")


def test_one_quarter_from_the_officers_first_figure_to_the_citizens_page(
    visitors: Visitors, worker: None, open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.report_of(open_round, "MOE")
    flow = report.lines.get(indicator__code="KR1.3").indicator

    officer = visitors()
    officer.logs_in(people.officer("MOE"))
    officer.finds_no_barrier()
    officer.goes_to(REPORT)
    officer.finds_no_barrier()
    fills_in_every_line(officer, report)
    officer.presses("儲存草稿")

    approver = visitors()
    approver.logs_in(people.holding(Role.APPROVER, "MOE"))
    approver.goes_to(REPORT)
    approver.finds_no_barrier()
    approver.presses("核稿")
    officer.goes_to(REPORT)
    officer.presses("送出")
    report.refresh_from_db()
    assert report.state == ReportState.SUBMITTED

    reviewer = visitors()
    reviewer.logs_in(people.reviewer)
    reviewer.finds_no_barrier()
    reviewer.goes_to(REPORT)
    reviewer.finds_no_barrier()
    reviewer.page.get_by_text("共同意見").click()
    reviewer.page.locator("#comment").fill("請補充計算基礎。")
    for box in reviewer.page.locator("input[name=line]").all():
        box.check()
    reviewer.presses("退回勾選項目")

    officer.goes_to(REPORT)
    assert officer.sees("請補充計算基礎。")
    approver.goes_to(REPORT)
    approver.presses("核稿")
    officer.goes_to(REPORT)
    officer.presses("送出")
    reviewer.goes_to(REPORT)
    reviewer.finds_no_barrier()
    head = visitors()
    head.logs_in(people.head)
    head.goes_to("/dashboard/?quarter=112Q1")
    assert not head.sees("1,250")
    reviewer.presses("核定全部")
    # The overview follows without being reloaded.
    head.main.get_by_text("1,250").first.wait_for()

    reviewer.goes_to(f"/figures/{flow.code}/112Q1/")
    reviewer.waits_to_see("1,250")
    assert IndicatorFigure.objects.get(indicator=flow, quarter="112Q1").quarter_numerator == 1250
    reviewer.finds_no_barrier()
    reviewer.goes_to("/dashboard/?quarter=112Q1")
    reviewer.finds_no_barrier()

    reviewer.goes_to("/quarters/112Q1/")
    reviewer.finds_no_barrier()
    reviewer.presses("提請公布112 年第 1 季")
    head.goes_to("/quarters/112Q1/")
    head.finds_no_barrier()
    head.follows(head.page.get_by_role("link", name="公布前預覽"))
    assert "尚未公布，僅供執行秘書室檢視" in head.page.locator("body").inner_text()
    assert "1,250" in head.main.inner_text()
    head.finds_no_barrier()
    head.goes_to("/quarters/112Q1/")
    head.presses("確認公布112 年第 1 季")
    publication = Publication.objects.get()
    assert publication.quarter.code == "112Q1"

    citizen = visitors()
    citizen.goes_to("/")
    assert "1,250" in citizen.main.inner_text()
    assert publication.digest[:8] in citizen.page.content()
    citizen.page.locator(".js-plotly-plot").first.wait_for()
    citizen.finds_no_barrier()
    citizen.goes_to("/en/")
    assert "Talent Optimization and Expansion" in citizen.main.inner_text()
    citizen.finds_no_barrier()


def test_what_an_officer_typed_wrongly_is_kept_and_explained_at_its_field(
    visitors: Visitors, open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.report_of(open_round, "MOE")
    line = report.lines.get(indicator__code="KR1.3")
    good = report.lines.filter(program__isnull=False).first()
    officer = visitors()
    officer.logs_in(people.officer("MOE"))
    officer.goes_to(REPORT)
    officer.page.locator(f"input[name='line-{line.pk}-statement'][value=value]").check()
    officer.page.locator(f"[name='line-{line.pk}-value']").fill("大約五百")
    officer.page.locator(f"[name='line-{good.pk}-narrative']").fill("這一項沒有問題。")
    officer.presses("儲存草稿")
    assert officer.page.locator(f"[name='line-{line.pk}-value']").input_value() == "大約五百"
    assert officer.page.locator(f"#line-{line.pk}-value-error").is_visible()
    officer.finds_no_barrier()
    good.refresh_from_db()
    assert good.narrative == "這一項沒有問題。"


def test_two_officers_at_one_line_have_one_winner_and_nothing_typed_is_lost(
    visitors: Visitors, open_round: ReportingQuarter, people: People
) -> None:
    line = rounds.report_of(open_round, "MOE").lines.get(indicator__code="KR1.3")
    first, second = visitors(), visitors()
    for officer in (first, second):
        officer.logs_in(people.officer("MOE"))
        officer.goes_to(REPORT)
    for officer, words in ((first, "甲的說明"), (second, "乙的說明")):
        officer.page.locator(f"[name='line-{line.pk}-narrative']").fill(words)
        officer.presses("儲存草稿")
    line.refresh_from_db()
    assert line.narrative == "甲的說明"
    assert "甲的說明" in second.main.inner_text()
    assert second.page.locator(f"[name='line-{line.pk}-narrative']").input_value() == "乙的說明"
    second.finds_no_barrier()


def test_a_quarter_closed_while_somebody_types_is_said_and_keeps_the_words(
    visitors: Visitors, open_round: ReportingQuarter, people: People
) -> None:
    line = rounds.report_of(open_round, "MOE").lines.get(indicator__code="KR1.3")
    officer = visitors()
    officer.logs_in(people.officer("MOE"))
    officer.goes_to(REPORT)
    officer.page.locator(f"[name='line-{line.pk}-narrative']").fill("還沒存的文字")
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    officer.presses("儲存草稿")
    assert officer.sees("已截止")
    assert "還沒存的文字" in officer.page.content()
    line.refresh_from_db()
    assert line.narrative == "" and line.value is None
