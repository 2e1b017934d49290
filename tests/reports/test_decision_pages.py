"""Decisions on their pages: whoever may, in both languages, with what was typed kept wherever something is refused."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from ministries import clock
from ministries.models import Role
from programs.models import Plan
from programs.quarters import Quarter
from reports import services
from reports.models import Decision, DecisionProgress, Outlook, Report, ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports import decided
from tests.reports.decided import SAID, answered
from tests.reports.pages import browser, page_of, url_of

LATER = (Quarter.containing(clock.today()) + 4).code
"""A quarter that has not come, and that forms offer."""
NEW = {"text": "完成指引。", "organisation": "NDC", "due_quarter": LATER}


@pytest.fixture
def decision(people: People, open_round: ReportingQuarter) -> Decision:
    """112-01, owned by NDC, due in 112Q3, asked for from the open 112Q1 on."""
    return decided.made(people)


@pytest.fixture
def report(open_round: ReportingQuarter) -> Report:
    return rounds.report_of(open_round, "NDC")


def save_url(report: Report, decision: Decision) -> str:
    return url_of(report) + f"decisions/{decision.code}/save/"


def said(**but: str) -> dict[str, str]:
    return {"words": SAID.words, "outlook": SAID.outlook, "expected_on": "", "revision": "0", **but}


# --- the list -------------------------------------------------------------------------------------------------
def test_the_list_counts_and_marks_what_is_overdue(people: People, decision: Decision) -> None:
    later = decided.made(people, "MOE", LATER)
    closed = decided.made(people, "MOL")
    services.close_decision(decision=closed, reason="已辦結。", revision=1, actor=people.head)
    with clock.set_to(rounds.after("112Q3", 100)):
        page = browser(people.reviewer).get("/decisions/").content.decode()
    assert "已逾期 100 天" in page and "跨 2 季" in page
    assert decision.code in page and later.code in page and closed.code not in page
    assert 'href="?due=overdue">1</a>' in page and 'href="?state=closed">1</a>' in page


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["112-01", "112-02"]),
        ("?state=closed", ["112-03"]),
        ("?state=all", ["112-01", "112-03", "112-02"]),
        ("?owner=MOE", ["112-02"]),
        ("?due=overdue", ["112-01"]),
        ("?due=later", ["112-02"]),
        ("?due=now", []),
        ("?said=in_progress", []),
        ("?sort=-number", ["112-02", "112-01"]),
        ("?sort=-due&state=all", ["112-02", "112-01", "112-03"]),
    ],
)
def test_the_address_chooses_and_orders_and_the_file_has_the_same_rows(
    people: People, decision: Decision, query: str, codes: list[str]
) -> None:
    decided.made(people, "MOE", LATER)
    closed = decided.made(people, "MOL")
    services.close_decision(decision=closed, reason="已辦結。", revision=1, actor=people.head)
    client = browser(people.reviewer)
    assert [row.decision.code for row in client.get(f"/decisions/{query}").context["rows"]] == codes
    written = client.get(f"/decisions/file.csv{query}").content.decode("utf-8-sig")
    assert [row["編號"] for row in csv.DictReader(io.StringIO(written))] == codes


@pytest.mark.parametrize("query", ["?state=x", "?owner=MOE", "?due=x", "?said=closed"])
def test_a_filter_that_the_page_does_not_offer_is_not_found(
    people: People, decision: Decision, query: str
) -> None:
    assert browser(people.reviewer).get(f"/decisions/{query}").status_code == 404


def test_a_ministry_sees_its_own_and_nobody_elses(people: People, decision: Decision) -> None:
    stranger, owner = browser(people.officer("MOE")), browser(people.officer("NDC"))
    assert decision.code in owner.get("/decisions/").content.decode()
    assert decision.code not in stranger.get("/decisions/").content.decode()
    assert owner.get("/decisions/112-01/").status_code == 200
    assert stranger.get("/decisions/112-01/").status_code == 404
    assert "新增列管事項" not in owner.get("/decisions/").content.decode()


def test_no_cell_of_the_file_is_a_formula(people: People, decision: Decision) -> None:
    decided.made(people, text="=1+1")
    client = browser(people.reviewer)
    assert "'=1+1" in client.get("/decisions/file.csv").content.decode()
    assert client.get("/decisions/file.xlsx").content[:2] == b"PK"
    assert client.get("/decisions/file.pdf").status_code == 404


def test_the_list_costs_the_same_for_one_and_for_many(
    people: People, decision: Decision, report: Report, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    answered(decision, report, people.officer("NDC"))
    for code in ("MOE", "MOL", "NDC", "MODA"):
        decided.made(people, code, co_owners=frozenset({decided.organisation("NSTC")}))
    client = browser(people.reviewer)
    client.get("/decisions/")
    with django_assert_max_num_queries(9):
        client.get("/decisions/")


# --- making ---------------------------------------------------------------------------------------------------
def test_a_reviewer_makes_a_decision(people: People, plan: Plan) -> None:
    client = browser(people.reviewer)
    form = client.get("/decisions/new/")
    assert "國家發展委員會" in form.content.decode()
    full = {
        **NEW,
        "co_owners": ["MODA", "MOE"],
        "meeting": "第 3 次會議",
        "meeting_on": "112/03/15",
        "background": "說明。",
        "indicator": "KR1.1",
        "program": "P01",
        "sub_item": "1.1",
    }
    done = client.post("/decisions/make/", full, follow=True)
    decision = Decision.objects.get()
    assert done.redirect_chain == [(f"/decisions/{decision.code}/", 302)]
    page = done.content.decode()
    assert "第 3 次會議" in page and "數位發展部、教育部" in page and "KR1.1" in page
    assert decision.meeting_on and decision.meeting_on.isoformat() == "2023-03-15"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "字" * 5001}, "text"),
        ({"text": "甲\x00"}, "text"),
        ({"organisation": ""}, "organisation"),
        ({"organisation": "SECRETARIAT"}, "organisation"),
        ({"organisation": "nobody"}, "organisation"),
        ({"due_quarter": ""}, "due_quarter"),
        ({"due_quarter": "110Q1"}, "due_quarter"),
        ({"due_quarter": "soon"}, "due_quarter"),
        ({"co_owners": "NDC"}, "co_owners"),
        ({"co_owners": "nobody"}, "co_owners"),
        ({"meeting": "會" * 201}, "meeting"),
        ({"meeting": "\x07"}, "meeting"),
        ({"meeting_on": "明天"}, "meeting_on"),
        ({"meeting_on": "200/01/01"}, "meeting_on"),
        ({"indicator": "X"}, "indicator"),
        ({"program": "X"}, "program"),
        ({"sub_item": "X"}, "sub_item"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(
    people: People, plan: Plan, wrong: dict[str, str], field: str
) -> None:
    answer = browser(people.reviewer).post("/decisions/make/", {**NEW, "background": "打過的字。", **wrong})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    page = answer.content.decode()
    assert "打過的字。" in page and f"#id_{field}" in page
    assert not Decision.objects.exists()


# --- one decision ---------------------------------------------------------------------------------------------
def test_the_page_shows_progress_by_quarter_and_what_was_never_said(people: People, plan: Plan) -> None:
    decision = decided.made(people)
    with clock.set_to(rounds.after("112Q1", 2)):
        first = rounds.opened(plan, "112Q1", people)
        answered(decision, rounds.report_of(first, "NDC"), people.officer("NDC"))
        rounds.submitted(rounds.report_of(first, "NDC"), people)
    with clock.set_to(rounds.after("112Q2", 2)):
        second = rounds.opened(plan, "112Q2", people)
        services.close_quarter(reporting_quarter=second, actor=people.administrator)
    with clock.set_to(rounds.after("112Q3", 2)):
        rounds.opened(plan, "112Q3", people)
        page = browser(people.reviewer).get("/decisions/112-01/").content.decode()
    assert SAID.words in page and "持續辦理" in page
    assert page.index("填報中") < page.index("未填報</p>") < page.index(SAID.words)


def test_a_report_that_was_handed_in_before_the_decision_was_made_is_not_waited_for(
    people: People, open_round: ReportingQuarter
) -> None:
    rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    decided.made(people)
    page = browser(people.reviewer).get("/decisions/112-01/").content.decode()
    assert "未填報</p>" in page and "填報中，送出後" not in page


def test_what_the_owner_is_still_writing_is_its_own(
    people: People, decision: Decision, report: Report
) -> None:
    answered(decision, report, people.officer("NDC"))
    for person, sees in ((people.officer("NDC"), True), (people.auditor, True), (people.reviewer, False)):
        page = browser(person).get("/decisions/112-01/").content.decode()
        assert (SAID.words in page) == sees
    assert "持續辦理</span>" not in browser(people.reviewer).get("/decisions/").content.decode()


def test_the_history_shows_old_and_new_with_the_reason(people: People, decision: Decision) -> None:
    client = browser(people.head)
    changed = {**NEW, "co_owners": "MOE", "text": "改為研訂子法。", "reason": "院會指示。", "revision": "1"}
    assert client.post("/decisions/112-01/change/", changed).status_code == 302
    page = client.get("/decisions/112-01/").content.decode()
    assert f'<del class="said">{decision.text}</del>' in page
    assert '<ins class="said">改為研訂子法。</ins>' in page
    assert '<ins class="said">教育部</ins>' in page
    assert "院會指示。" in page and "原限期" in page


def test_closing_and_reopening_on_the_page(people: People, decision: Decision) -> None:
    client = browser(people.reviewer)
    assert client.post("/decisions/112-01/close/", {"reason": "已辦結。", "revision": "1"}).status_code == 302
    closed = client.get("/decisions/112-01/").content.decode()
    assert "已辦結。" in closed and "恢復列管本案</button>" in closed and "儲存修正" not in closed
    assert client.post("/decisions/112-01/reopen/", {"reason": "未竟。", "revision": "2"}).status_code == 302
    assert "同意解除列管</button>" in client.get("/decisions/112-01/").content.decode()


@pytest.mark.parametrize("verb", ["close", "change"])
def test_a_reason_that_lacks_is_asked_for_and_the_rest_kept(
    people: People, decision: Decision, verb: str
) -> None:
    typed = {**NEW, "text": "打過的字。", "reason": " ", "revision": "1"}
    answer = browser(people.reviewer).post(f"/decisions/112-01/{verb}/", typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "#id_reason" in page and 'name="revision" value="1"' in page
    assert verb == "close" or "打過的字。" in page


@pytest.mark.parametrize("verb", ["close", "change"])
def test_a_clash_keeps_what_was_typed_on_top_of_what_stands_now(
    people: People, decision: Decision, verb: str
) -> None:
    first, second = browser(people.head), browser(people.reviewer)
    first.post("/decisions/112-01/change/", {**NEW, "text": "先改的。", "reason": "甲。", "revision": "1"})
    typed = {**NEW, "text": "後改的。", "reason": "打過的理由。", "revision": "1"}
    answer = second.post(f"/decisions/112-01/{verb}/", typed)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "已由他人更新" in page and "先改的。" in page and "打過的理由。" in page
    assert 'name="revision" value="2"' in page
    again = second.post(f"/decisions/112-01/{verb}/", {**typed, "revision": "2"})
    assert again.status_code == 302


@pytest.mark.parametrize("revision", ["", "-1", "x", "9" * 30])
def test_a_revision_that_is_none_is_refused(people: People, decision: Decision, revision: str) -> None:
    answer = browser(people.reviewer).post(
        "/decisions/112-01/close/", {"reason": "打過的理由。", "revision": revision}
    )
    assert answer.status_code in (409, 422)
    assert "打過的理由。" in answer.content.decode()


def test_who_may_not_decide_is_forbidden_and_sees_no_form(people: People, decision: Decision) -> None:
    for person in (people.officer("NDC"), people.auditor, people.administrator):
        client = browser(person)
        assert "儲存修正" not in client.get("/decisions/112-01/").content.decode()
        for verb in ("close", "reopen", "change"):
            assert client.post(f"/decisions/112-01/{verb}/", {"revision": "1"}).status_code == 403


@pytest.mark.parametrize("code", ["112-02", "112-00", "99-01", "112-001", "112-9999"])
def test_a_decision_that_is_not_there_is_not_found(people: People, decision: Decision, code: str) -> None:
    assert browser(people.reviewer).get(f"/decisions/{code}/").status_code == 404


def test_a_page_with_a_long_life_costs_no_more_queries(
    people: People, plan: Plan, decision: Decision, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for count in range(3):
        services.change_decision(
            decision=decision,
            content=decided.content(
                due=LATER, text=f"第 {count} 次。", co_owners=frozenset({decided.organisation("MOE")})
            ),
            reason="修正。",
            revision=1 + count,
            actor=people.head,
        )
    for quarter in ("112Q2", "112Q3"):
        answered(
            decision,
            rounds.report_of(rounds.opened(plan, quarter, people), "NDC"),
            people.officer("NDC"),
        )
    client = browser(people.auditor)
    client.get("/decisions/112-01/")
    with django_assert_max_num_queries(16):
        client.get("/decisions/112-01/")


# --- in the report --------------------------------------------------------------------------------------------
def test_the_report_asks_for_each_open_decision(people: People, decision: Decision, report: Report) -> None:
    page = browser(people.officer("NDC")).get(url_of(report)).content.decode()
    assert decision.text in page and "待填報" in page
    assert f'action="{save_url(report, decision)}"' in page


def test_my_quarter_lists_what_is_still_to_be_said(
    people: People, decision: Decision, report: Report
) -> None:
    officer = browser(people.officer("NDC"))
    before = officer.get("/work/").content.decode()
    assert decision.text in before and "待填報</span>" in before
    officer.post(save_url(report, decision), said())
    after = officer.get("/work/").content.decode()
    assert "待填報</span>" not in after and "持續辦理" in after


def test_progress_is_saved_and_leads_back_to_its_place(
    people: People, decision: Decision, report: Report
) -> None:
    client = browser(people.officer("NDC"))
    done = client.post(save_url(report, decision), said(expected_on="119/06/30"))
    assert (done.status_code, done["Location"]) == (302, f"{url_of(report)}#decision-112-01")
    page = client.get(url_of(report)).content.decode()
    assert SAID.words in page and 'value="119/06/30"' in page and "待填報" not in page
    assert DecisionProgress.objects.get().expected_on.isoformat() == "2030-06-30"


def test_saving_lines_and_saving_progress_leave_each_other_alone(
    people: People, decision: Decision, report: Report
) -> None:
    client = browser(people.officer("NDC"))
    client.post(save_url(report, decision), said())
    client.post(url_of(report, "save"), page_of(report, {}))
    assert DecisionProgress.objects.get().revision == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"words": " "}, "words"),
        ({"words": "甲\x07"}, "words"),
        ({"outlook": ""}, "outlook"),
        ({"outlook": "closed"}, "outlook"),
        ({"expected_on": "下週"}, "expected_on"),
        ({"expected_on": "100/01/01"}, "expected_on"),
        ({"revision": "x"}, "revision"),
    ],
)
def test_wrong_progress_comes_back_as_it_was_typed(
    people: People, decision: Decision, report: Report, wrong: dict[str, str], field: str
) -> None:
    typed = said(**wrong)
    answer = browser(people.officer("NDC")).post(save_url(report, decision), typed)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    for name in ("words", "expected_on"):
        assert answer.context["form"][name].value() == typed[name]
    assert not DecisionProgress.objects.exists()


def test_two_browsers_on_one_decision_lose_neither_version(
    people: People, decision: Decision, report: Report
) -> None:
    first, second = browser(people.officer("NDC")), browser(people.officer("NDC"))
    first.post(save_url(report, decision), said(words="甲先存的。"))
    clash = second.post(save_url(report, decision), said(words="乙打的字。"))
    assert clash.status_code == 409
    page = clash.content.decode()
    assert "甲先存的。" in page and "乙打的字。" in page and "以我的版本取代" in page
    assert 'name="revision" value="1"' in page
    second.post(save_url(report, decision), said(words="乙打的字。", revision="1"))
    assert DecisionProgress.objects.latest("revision").words == "乙打的字。"
    assert DecisionProgress.objects.count() == 2


def test_a_double_click_saves_once(people: People, decision: Decision, report: Report) -> None:
    client = browser(people.officer("NDC"))
    for _click in range(2):
        assert client.post(save_url(report, decision), said()).status_code == 302
    assert DecisionProgress.objects.get().revision == 1


def test_words_that_come_too_late_are_shown_to_be_kept_elsewhere(
    people: People, decision: Decision, report: Report, open_round: ReportingQuarter
) -> None:
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    answer = browser(people.officer("NDC")).post(save_url(report, decision), said(words="來不及了。"))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "來不及了。" in page and "請自行留存" in page and "已截止" in page


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ACCOUNT_MANAGER])
def test_who_does_not_fill_reports_reads_only(
    people: People, decision: Decision, report: Report, role: Role
) -> None:
    client = browser(people.holding(role, "NDC"))
    page = client.get(url_of(report)).content.decode()
    assert decision.text in page and "儲存辦理情形" not in page
    assert client.post(save_url(report, decision), said()).status_code == 403


def test_another_ministry_and_another_decision_are_not_found(
    people: People, decision: Decision, report: Report
) -> None:
    other = decided.made(people, "MOE")
    assert browser(people.officer("MOE")).post(save_url(report, decision), said()).status_code == 404
    assert browser(people.officer("NDC")).post(save_url(report, other), said()).status_code == 404


def test_a_handed_in_report_shows_its_progress_to_the_secretariat(
    people: People, decision: Decision, report: Report
) -> None:
    answered(decision, report, people.officer("NDC"), outlook=Outlook.BLOCKED)
    rounds.submitted(report, people)
    client = browser(people.reviewer)
    assert SAID.words in client.get(url_of(report)).content.decode()
    assert SAID.words in client.get(url_of(report) + "decisions/112-01/").content.decode()
    assert 'href="?said=blocked">1</a>' in client.get("/decisions/").content.decode()


def test_a_report_costs_one_query_more_for_all_that_was_said_of_its_decisions(
    people: People, decision: Decision, report: Report
) -> None:
    client = browser(people.officer("NDC"))
    url = url_of(report)

    def cost() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    one = cost()
    for _each in range(4):
        answered(decided.made(people), report, people.officer("NDC"))
    assert cost() == one <= 15


# --- in English -----------------------------------------------------------------------------------------------
CHINESE = ("列管", "限期", "辦理", "機關")


@pytest.mark.parametrize("path", ["/en/decisions/", "/en/decisions/new/", "/en/decisions/112-01/"])
def test_english_pages_are_english(people: People, decision: Decision, path: str) -> None:
    page = text_of(browser(people.head), path).replace(decision.text, "")
    assert not [word for word in CHINESE if word in page]


def test_the_english_report_and_its_refusal_are_english(
    people: People, decision: Decision, report: Report
) -> None:
    client = browser(people.officer("NDC"))
    page = text_of(client, "/en" + url_of(report))
    assert "Decisions" in page and "Save progress" in page
    refused = client.post("/en" + save_url(report, decision), said(words="")).content.decode()
    assert "Progress" in refused and "此欄必填" not in refused


def text_of(client: Client, path: str) -> str:
    answer: Any = client.get(path)
    assert answer.status_code == 200
    content: str = answer.content.decode()
    return content[content.index("<main") : content.index("</main>")]
