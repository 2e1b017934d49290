"""The reviewer's pages: a queue of what waits, and one decision per report with its reason."""

from __future__ import annotations

import pytest

from ministries import clock
from programs.models import Plan
from reports import services
from reports.models import Report, ReportingQuarter, ReportState
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, url_of
from tests.stages import stage

ALL = {"all": "yes"}


def shown(report: Report) -> str:
    """What the page says that it showed: each line that waits, with its revision."""
    return ",".join(f"{line.pk}-{line.revision}" for line in report.lines.all())


@stage(upon="open_round")
def waiting(plan: Plan, people: People) -> Report:
    return rounds.submitted(rounds.report_of(rounds.round_of(plan, "112Q1"), "NSTC"), people)


def test_the_queue_lists_submitted_reports_with_late_ones_first(
    open_round: ReportingQuarter, people: People
) -> None:
    for code, days in (("MOE", 5), ("NSTC", 30)):
        with clock.set_to(rounds.after("112Q1", days)):
            rounds.submitted(rounds.report_of(open_round, code), people)
    page = browser(people.reviewer).get("/review/").content.decode()
    assert page.index("/reports/112Q1/NSTC/") < page.index("/reports/112Q1/MOE/")
    assert "逾期 20 天送出" in page


def test_the_queue_sorts_by_any_column(waiting: Report, people: People) -> None:
    client = browser(people.reviewer)
    for key in ("organisation", "quarter", "submitted", "late", "lines", "trouble", "rounds"):
        assert client.get(f"/review/?sort=-{key}").status_code == 200
    assert client.get("/review/?sort=nonsense").status_code == 200


def test_an_empty_queue_says_so(open_round: ReportingQuarter, people: People) -> None:
    assert "目前沒有待審查的報告" in browser(people.reviewer).get("/review/").content.decode()


def test_officers_may_not_open_the_queue(open_round: ReportingQuarter, people: People) -> None:
    assert browser(people.officer("NSTC")).get("/review/").status_code == 403


def test_a_reviewer_accepts_a_report(waiting: Report, people: People) -> None:
    answer = browser(people.reviewer).post(url_of(waiting, "accept"), ALL | {"shown": shown(waiting)})
    waiting.refresh_from_db()
    assert (answer.status_code, waiting.state) == (302, ReportState.ACCEPTED)


def test_returning_needs_a_comment(waiting: Report, people: People) -> None:
    client = browser(people.reviewer)
    everything = ALL | {"shown": shown(waiting)}
    answer = client.post(url_of(waiting, "return"), everything | {"comment": "  "})
    waiting.refresh_from_db()
    assert (answer.status_code, waiting.state) == (422, ReportState.SUBMITTED)
    assert all(f'id="comment-{line.pk}-error"' in answer.content.decode() for line in waiting.lines.all())
    assert client.post(url_of(waiting, "return"), everything | {"comment": "請補正。"}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == ReportState.RETURNED


def test_a_second_decision_is_refused_and_its_comment_kept(waiting: Report, people: People) -> None:
    line = waiting.lines.first()
    assert line
    services.accept_report(report=waiting, actor=people.reviewer)
    typed = {"line": f"{line.pk}-{line.revision}", f"comment-{line.pk}": "我晚了一步"}
    answer = browser(people.reviewer).post(url_of(waiting, "return"), typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "您輸入的意見：我晚了一步" in page and people.reviewer.name in page


def test_reopening_an_accepted_report_needs_a_reason(waiting: Report, people: People) -> None:
    services.accept_report(report=waiting, actor=people.reviewer)
    client = browser(people.reviewer)
    assert client.post(url_of(waiting, "reopen"), ALL | {"comment": ""}).status_code == 422
    assert client.post(url_of(waiting, "reopen"), ALL | {"comment": "數值漏計一場次"}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == ReportState.RETURNED


def test_only_the_reviewer_is_offered_a_decision(waiting: Report, people: People) -> None:
    assert "核定勾選項目</button>" in browser(people.reviewer).get(url_of(waiting)).content.decode()
    for reader in (people.head, people.administrator, people.auditor, people.officer("NSTC")):
        client = browser(reader)
        assert "核定勾選項目" not in client.get(url_of(waiting)).content.decode()
        assert client.post(url_of(waiting, "accept")).status_code == 403


# --- several at once ---------------------------------------------------------------------------------------


@pytest.fixture
def queue(open_round: ReportingQuarter, people: People) -> list[Report]:
    return [rounds.submitted(rounds.report_of(open_round, code), people) for code in ("MOE", "MOL", "NDC")]


def states(reports: list[Report]) -> list[str]:
    for report in reports:
        report.refresh_from_db()
    return [report.state for report in reports]


def test_a_reviewer_accepts_the_ticked_reports_and_no_others(queue: list[Report], people: People) -> None:
    client = browser(people.reviewer)
    page = client.get("/review/").content.decode()
    assert "核定所選報告</button>" in page
    assert all(f'name="report" value="{each.pk}"' in page for each in queue)
    answer = client.post("/review/accept/", {"report": [each.pk for each in queue[:2]]}, follow=True)
    assert answer.redirect_chain == [("/review/", 302)]
    assert "已核定 2 份報告" in answer.content.decode()
    assert states(queue) == ["accepted", "accepted", "submitted"]


def test_a_ticked_report_that_was_decided_meanwhile_stops_them_all_and_the_others_stay_ticked(
    queue: list[Report], people: People
) -> None:
    services.return_report(report=queue[0], actor=people.reviewer, comment="請補正。")
    answer = browser(people.reviewer).post("/review/accept/", {"report": [each.pk for each in queue]})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "教育部（已退回）" in page and "所選報告均未變動" in page
    assert page.count(" checked>") == 2
    assert 'href="/review/?sort=quarter"' in page
    assert states(queue) == ["returned", "submitted", "submitted"]


def test_accepting_without_a_tick_says_what_to_do(queue: list[Report], people: People) -> None:
    answer = browser(people.reviewer).post("/review/accept/")
    assert answer.status_code == 409 and "請先勾選要核定的報告" in answer.content.decode()


@pytest.mark.parametrize("key", ["x", "1 OR 1=1", "0", "9" * 18, "9" * 5000, "\x00", "１"])
def test_a_report_that_is_not_there_is_not_found(queue: list[Report], people: People, key: str) -> None:
    assert browser(people.reviewer).post("/review/accept/", {"report": [queue[0].pk, key]}).status_code == 404
    assert states(queue) == ["submitted"] * 3


def test_who_only_reads_the_queue_is_offered_no_boxes(queue: list[Report], people: People) -> None:
    for reader in (people.head, people.administrator, people.auditor):
        client = browser(reader)
        page = client.get("/review/").content.decode()
        assert 'type="checkbox"' not in page and "核定所選報告" not in page
        assert client.post("/review/accept/", {"report": [queue[0].pk]}).status_code == 403


# --- taking back -------------------------------------------------------------------------------------------


def test_withdrawing_an_acceptance_needs_a_reason_and_is_told_to_the_ministry(
    waiting: Report, people: People
) -> None:
    services.accept_report(report=waiting, actor=people.reviewer)
    client = browser(people.reviewer)
    page = client.get(url_of(waiting)).content.decode()
    assert "重新開放填報</button>" in page and "撤回核定</button>" in page
    refused = client.post(url_of(waiting, "withdraw"), ALL | {"comment": " "})
    assert refused.status_code == 422 and 'id="comment-error"' in refused.content.decode()
    assert client.post(url_of(waiting, "withdraw"), ALL | {"comment": "單位誤植"}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == ReportState.RETURNED
    told = browser(people.officer("NSTC")).get(url_of(waiting)).content.decode()
    assert "<strong>已撤回核定</strong>" in told and "單位誤植" in told


def test_in_a_closed_quarter_only_the_withdrawal_is_offered(
    waiting: Report, open_round: ReportingQuarter, people: People
) -> None:
    services.accept_report(report=waiting, actor=people.reviewer)
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    page = browser(people.reviewer).get(url_of(waiting)).content.decode()
    assert "重新開放填報</button>" not in page and "撤回核定</button>" in page
    assert "撤回後填報機關無法再補正" in page


def test_nothing_is_offered_once_the_quarter_is_published(
    waiting: Report, open_round: ReportingQuarter, people: People
) -> None:
    services.accept_report(report=waiting, actor=people.reviewer)
    rounds.published(open_round, people)
    client = browser(people.reviewer)
    assert "撤回核定" not in client.get(url_of(waiting)).content.decode()
    assert client.post(url_of(waiting, "withdraw"), ALL | {"comment": "x"}).status_code == 409
