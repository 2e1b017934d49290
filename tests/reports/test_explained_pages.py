"""Every number of the overview opens a page that says why it is what it is, down to the report's line."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.explanations import MEASURES
from kpis.models import Observation
from kpis.services import publishing
from kpis.services.rollups import recompute_stale_figures
from ministries.models import Role, User
from programs.models import Plan
from reports import selectors, services
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.documents import png
from tests.reports.evidence import attached
from tests.reports.pages import browser

PLAN = "taiwan-ai-action-plan-2"


def page_at(path: str, user: User) -> str:
    response = browser(user).get(path)
    assert response.status_code == 200
    return response.content.decode()


def main_of(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def test_a_figures_page_says_the_formula_with_its_numbers(
    accepted_round: ReportingQuarter, people: People
) -> None:
    page = page_at("/figures/KR1.1/112Q1/", people.head)
    assert "本年至本季各機關各季數值相加" in page
    assert "Σ = 100 = 100" in page and "100 ÷ 600 = 16.7%" in page


def test_a_row_opens_the_line_of_the_report_that_it_was_copied_from(
    accepted_round: ReportingQuarter, people: People
) -> None:
    page = page_at("/figures/KR1.1/112Q1/", people.auditor)
    (link,) = set(re.findall(r'href="(/reports/112Q1/NSTC/#line-\d+)"', page))
    report = page_at(link.split("#")[0], people.auditor)
    assert f'id="{link.split("#")[1]}"' in report


@pytest.mark.usefixtures("evidence_store")
def test_a_row_says_how_much_evidence_was_handed_in_with_it(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.report_of(open_round, "NSTC")
    line = report.lines.get(indicator__code="KR1.1")
    attached(line, people.officer("NSTC"))
    services.attach_link(line=line, url="https://www.nstc.gov.tw/", actor=people.officer("NSTC"))
    rounds.accepted(report, people, value=100)
    recompute_stale_figures()
    address = f"/reports/112Q1/NSTC/lines/{line.pk}/"
    page = page_at("/figures/KR1.1/112Q1/", people.head)
    assert re.search(rf'href="{address}#evidence">佐證 2<', page)
    services.reopen_report(report=report, actor=people.reviewer, comment="請更正。")
    line = report.lines.get(indicator__code="KR1.1")
    attached(line, people.officer("NSTC"), "草稿.png", png())
    assert re.search(rf'href="{address}#evidence">佐證 2<', page_at("/figures/KR1.1/112Q1/", people.head))
    assert "草稿" not in page_at(address, people.head)


def test_who_may_not_read_a_report_gets_no_link_to_it(
    accepted_round: ReportingQuarter, people: People
) -> None:
    fact = Observation.objects.filter(indicator__code="KR1.1").get()
    quarter = accepted_round.quarter
    for reader, links in (
        (people.head, True),
        (people.officer("NSTC"), True),
        (people.officer("MOE"), False),
    ):
        page = selectors.explained_figure(actor=reader, code="KR1.1", quarter=quarter)
        (row,) = page.explained.rows
        assert row.fact.pk == fact.pk
        assert (page.readable.line_of(row.fact) is not None) is links


def test_each_window_has_its_own_explanation(accepted_round: ReportingQuarter, people: People) -> None:
    for window, words in (("quarter", "本季各機關"), ("year", "本年至本季"), ("plan", "計畫開始至本季")):
        assert words in page_at(f"/figures/KR1.1/112Q1/?window={window}", people.head)
    assert browser(people.head).get("/figures/KR1.1/112Q1/?window=week").status_code == 404


def test_who_is_missing_is_named(accepted_round: ReportingQuarter, people: People) -> None:
    page = main_of(page_at("/figures/KR1.2/112Q1/", people.head))
    assert page.count("未報：尚無核定資料") == 4  # once in the summary, once for each of three ministries
    for name in ("數位部", "教育部", "勞動部"):
        assert name in page


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("kind", "code"), [("plan", PLAN), ("pillar", "1"), ("sub_item", "1.1"), ("organisation", "NSTC")]
)
def test_every_measure_of_every_kind_of_node_has_a_page(
    accepted_round: ReportingQuarter, people: People, kind: str, code: str, measure: str
) -> None:
    for language in ("", "/en"):
        page = page_at(f"{language}/figures/{kind}/{code}/112Q1/{measure}/", people.reviewer)
        assert 'id="formula"' in page


@pytest.mark.parametrize(
    "path",
    [
        "plan/other/112Q1/score",
        "plan/taiwan-ai-action-plan-2/119Q1/score",
        "plan/taiwan-ai-action-plan-2/112Q1/weather",
        "galaxy/1/112Q1/score",
        "pillar/9/112Q1/score",
        "organisation/NOBODY/112Q1/score",
        "sub_item/9.9/112Q1/money",
    ],
)
def test_what_does_not_exist_is_not_explained(
    open_round: ReportingQuarter, people: People, path: str
) -> None:
    assert browser(people.head).get(f"/figures/{path}/").status_code == 404


def test_every_table_of_an_explanation_sorts(accepted_round: ReportingQuarter, people: People) -> None:
    client = browser(people.head)
    for path in ["KR1.1/112Q1/", *(f"plan/{PLAN}/112Q1/{measure}/" for measure in MEASURES)]:
        page = client.get(f"/figures/{path}").content.decode()
        for order in set(re.findall(r"\?sort=((?:row|out)\.\w+)", page)):
            for sign in ("", "-"):
                assert client.get(f"/figures/{path}?sort={sign}{order}").status_code == 200


def test_a_correction_after_publication_stands_on_the_page_with_its_reason(
    accepted_round: ReportingQuarter, people: People
) -> None:
    publishing.publish(plan=accepted_round.plan, quarter=accepted_round.quarter, actor=people.head)
    report = rounds.report_of(accepted_round, "NSTC")
    assert 'id="restatements"' not in page_at("/figures/KR1.1/112Q1/", people.head)
    report = services.reopen_report(report=report, actor=people.reviewer, comment="誤植，請更正。")
    rounds.fill(report, people, 150, indicator__code="KR1.1")
    report = rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    recompute_stale_figures()
    page = main_of(page_at("/figures/KR1.1/112Q1/", people.head))
    assert 'id="restatements"' in page and "與公布之數據不同" in page
    assert "實績：100 → <strong>150</strong>" in page and "（+50）" in page
    node = main_of(page_at("/figures/pillar/1/112Q1/score/", people.head))
    assert "與公布之數據不同" in node and "KR1.1" in node


def test_an_explanation_says_what_was_known_at_a_moment(
    accepted_round: ReportingQuarter, people: People
) -> None:
    page = main_of(page_at("/figures/KR1.1/112Q1/?as_of=112/01/05", people.head))
    assert "此期間沒有採計的核定資料" in page and "所知之數據" in page
    refused = browser(people.head).get("/figures/KR1.1/112Q1/?as_of=someday")
    assert refused.status_code == 422


def test_every_number_of_the_overview_opens_its_explanation(
    accepted_round: ReportingQuarter, people: People
) -> None:
    page = main_of(page_at("/dashboard/", people.head))
    for address in (
        f"/figures/plan/{PLAN}/112Q1/score/",
        f"/figures/plan/{PLAN}/112Q1/coverage/",
        f"/figures/plan/{PLAN}/112Q1/money/",
        "/figures/pillar/1/112Q1/progress/",
        "/figures/sub_item/1.1/112Q1/score/",
        "/figures/KR1.1/112Q1/",
    ):
        assert f'href="{address}' in page


@pytest.mark.parametrize("path", ["KR1.1/112Q1/", *(f"plan/{PLAN}/112Q1/{each}/" for each in MEASURES)])
def test_an_explanations_page_takes_at_most_twelve_queries(
    accepted_round: ReportingQuarter, people: People, path: str
) -> None:
    client = browser(people.head)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/figures/{path}").status_code == 200
    assert len(queries) <= 12


def test_only_who_may_read_the_overview_reads_explanations(
    open_round: ReportingQuarter, people: People, plan: Plan
) -> None:
    for path in ("/figures/KR1.1/112Q1/", f"/figures/plan/{plan.code}/112Q1/score/"):
        assert browser(people.officer("NSTC")).get(path).status_code == 403
        assert browser(people.holding(Role.APPROVER, "NSTC")).get(path).status_code == 403
        assert browser().get(path).status_code == 302
