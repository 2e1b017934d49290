"""The overview as known then and as published: clearly marked, the same through sorting and languages, at the same cost."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kpis import published
from kpis.services.revising import revise_target
from kpis.services.rollups import recompute_stale_figures
from ministries import clock
from programs.models import Plan
from reports import selectors, services
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports import proposals
from tests.reports.pages import browser
from tests.stages import stage


@stage()
def corrected(plan: Plan, people: People) -> ReportingQuarter:
    """112Q2 was published with NSTC's 100 of KR1.1 in it; NSTC's 40 of 112Q1 were accepted after that."""
    with clock.set_to(rounds.after("112Q1", 2)):
        first = rounds.opened(plan, "112Q1", people)
        rounds.submitted(rounds.report_of(first, "NSTC"), people, value=40)
    with clock.set_to(rounds.after("112Q2", 2)):
        second = rounds.opened(plan, "112Q2", people)
        rounds.accepted(rounds.report_of(second, "NSTC"), people, value=100)
    with clock.set_to(rounds.after("112Q2", 20)):
        rounds.published(second, people)
    with clock.set_to(rounds.after("112Q2", 40)):
        services.accept_report(report=rounds.report_of(first, "NSTC"), actor=people.reviewer)
        recompute_stale_figures()
    return rounds.round_of(plan, "112Q2")


@pytest.fixture
def head(people: People) -> Client:
    return browser(people.head)


def main_of(client: Client, query: str, status: int = 200, path: str = "/dashboard/") -> str:
    response = client.get(f"{path}?{query}")
    assert response.status_code == status
    page = response.content.decode()
    return page[page.index("<main") : page.index("</main>")]


def row_of(page: str, code: str) -> str:
    """The words of an indicator's row."""
    found = next(
        row for row in page.rpartition('id="indicators"')[2].split("<tr>") if f">{code}</span>" in row
    )
    return " ".join(re.sub(r"<[^>]+>", " ", found.split("</tr>")[0]).split())


def test_as_published_then_and_now_are_three_pages(corrected: ReportingQuarter, head: Client) -> None:
    now = main_of(head, "quarter=112Q2")
    assert " 140 " in row_of(now, "KR1.1")
    as_published = main_of(head, "published=112Q2")
    assert " 100 " in row_of(as_published, "KR1.1") and "140" not in row_of(as_published, "KR1.1")
    before = main_of(head, "quarter=112Q2&as_of=112/06/30")
    assert "100" not in row_of(before, "KR1.1") and "—" in row_of(before, "KR1.1")
    between = main_of(head, "quarter=112Q2&as_of=2023-07-20")
    assert " 100 " in row_of(between, "KR1.1")


def test_a_restated_figure_shows_what_was_published_and_by_how_much(
    corrected: ReportingQuarter, head: Client
) -> None:
    now = row_of(main_of(head, "quarter=112Q2"), "KR1.1")
    assert "已更正" in now and "原公布 100 （+40）" in now
    for query in ("published=112Q2", "quarter=112Q2&as_of=2023-07-20", "quarter=112Q1"):
        assert "已更正" not in main_of(head, query).replace("數據已更正", "")


def test_an_overview_of_the_past_says_so_and_leads_back(corrected: ReportingQuarter, head: Client) -> None:
    assert "回到目前所知" not in main_of(head, "quarter=112Q2")
    for query, words in (
        ("quarter=112Q2&as_of=112/07/20&sort=-kpi.rate&node=1", "112/07/20 23:59 所知之數據"),
        ("published=112Q2&sort=-kpi.rate&node=1", "112 年第 2 季公布之數據"),
    ):
        page = main_of(head, query)
        assert re.sub(r"<[^>]+>", "", page).count(words) == 1
        back = re.search(r'href="(\?[^"]*)">回到目前所知', page)
        assert back
        link = back[1].replace("&amp;", "&")
        assert "as_of" not in link and "published" not in link and "sort=-kpi.rate" in link
        assert " 140 " in row_of(main_of(head, link.removeprefix("?")), "KR1.1")


@pytest.mark.parametrize("asked", ["as_of=112%2F07%2F20", "published=112Q2"])
def test_what_was_asked_is_kept_through_sorting_narrowing_and_languages(
    corrected: ReportingQuarter, head: Client, asked: str
) -> None:
    response = head.get(f"/dashboard/?quarter=112Q2&{asked}")
    page = response.content.decode()
    main = page[page.index("<main") :].replace("&amp;", "&")
    sorting_links = re.findall(r'href="(\?[^"]*sort=[^"]*)"', main)
    narrowing = re.findall(r'href="([^"]*\?[^"]*node=[^"]*#indicators)"', main)
    assert len(sorting_links) > 10 and narrowing
    assert all(asked in link for link in [*sorting_links, *narrowing])
    assert re.search(rf'class="site-language"\s+href="/en/dashboard/[^"]*{asked}', page)


def test_what_a_publication_did_not_freeze_is_a_dash(corrected: ReportingQuarter, head: Client) -> None:
    page = main_of(head, "published=112Q2")
    money = page[page.index('id="money"') :]
    cells = re.findall(r'<td class="number">(.*?)</td>', money.split("</tbody>")[0], re.DOTALL)
    assert [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells][4:8] == ["—"] * 4
    assert 'id="matrix"' not in page and "待審查" not in page


@pytest.mark.parametrize(
    "text", ["yesterday", "9999-12-31", "0000-00-00", "112/13/01", "2024-01-05T10:00", "%00", "９" * 50]
)
@pytest.mark.parametrize("path", ["/dashboard/", "/figures/programs/112Q2/", "/en/dashboard/"])
def test_a_moment_that_is_none_is_refused_at_its_field_over_the_figures_of_now(
    corrected: ReportingQuarter, head: Client, text: str, path: str
) -> None:
    page = main_of(head, f"as_of={text}", 422, path)
    if "dashboard" in path:
        assert 'id="as_of_error"' in page and 'aria-invalid="true"' in page
        assert " 140 " in row_of(page, "KR1.1")
    else:
        assert 'role="alert"' in page


def test_a_moment_and_a_publication_exclude_each_other(corrected: ReportingQuarter, head: Client) -> None:
    assert "請擇一" in main_of(head, "as_of=112/07/20&published=112Q2", 422)


@pytest.mark.parametrize("code", ["112Q1", "112Q5", "x", "%00"])
def test_what_was_not_published_is_not_found(corrected: ReportingQuarter, head: Client, code: str) -> None:
    assert head.get(f"/dashboard/?published={code}").status_code == 404


def test_a_target_is_known_from_the_day_of_its_decision(corrected: ReportingQuarter, head: Client) -> None:
    """Whatever quarter it holds for: on the days before, the one before it is what figures were held against."""
    terms = proposals.terms(value=Decimal(200), effective_from=corrected.quarter)
    decided_on = rounds.after("112Q2", 10).date()
    revise_target(
        indicator=proposals.indicator(), terms=terms, ground=proposals.GROUND, decided_on=decided_on
    )
    recompute_stale_figures()
    wanted = {"": ("200", "70%"), "&as_of=112/07/10": ("200", "50%"), "&as_of=112/07/09": ("600", "17%")}
    for moment, (value, rate) in wanted.items():
        row = row_of(main_of(head, f"quarter=112Q2{moment}"), "KR1.1")
        assert f" {value} " in row and rate in row, (moment, row)
        why = " ".join(main_of(head, moment, path="/figures/KR1.1/112Q2/").split())
        assert ("600 名" in why, "200 名" in why) == (value == "600", value == "200"), moment


@pytest.mark.parametrize("cold", [True, False])
@pytest.mark.parametrize(
    "query",
    [
        "quarter=112Q2",
        "quarter=112Q2&node=1&sort=-kpi.rate",
        "quarter=112Q2&as_of=112/07/20",
        "published=112Q2&node=1.1&sort=node.score",
    ],
)
def test_every_mode_takes_at_most_ten_queries(
    corrected: ReportingQuarter, head: Client, query: str, cold: bool
) -> None:
    """Also in a process that has not read the publication yet."""
    published._parsed.clear()
    if not cold:
        head.get(f"/dashboard/?{query}")
    with CaptureQueriesContext(connection) as queries:
        assert head.get(f"/dashboard/?{query}").status_code == 200
    assert len(queries) <= 10, [str(each["sql"])[:80] for each in queries]


def test_the_published_overview_holds_the_very_values_that_were_known_when_it_was_published(
    corrected: ReportingQuarter,
) -> None:
    known = selectors.rounds()
    round_ = selectors.round_in_view(known, corrected.quarter)
    assert round_ and corrected.published_at
    frozen = selectors.overview_as_published(round_, known)
    then = selectors.overview(round_, known, corrected.published_at)
    for one, other in zip(frozen.indicators, then.indicators, strict=True):
        assert one.figure and other.figure
        assert (one.indicator, one.target, one.stage, one.sub_items, one.actual) == (
            other.indicator,
            other.target,
            other.stage,
            other.sub_items,
            other.actual,
        )
        for name in ("rate", "expected_share", "lead", "light", "achieved", "stated", "owed", "last_stated"):
            assert getattr(one.figure, name) == getattr(other.figure, name), (one.indicator.code, name)
    nodes = zip(
        (frozen.whole, *frozen.pillars, *(child for pillar in frozen.pillars for child in pillar.children)),
        (then.whole, *then.pillars, *(child for pillar in then.pillars for child in pillar.children)),
        strict=True,
    )
    for mine, its in nodes:
        assert (mine.node.pk, mine.node.code, mine.node.name_zh) == (
            its.node.pk,
            its.node.code,
            its.node.name_zh,
        )
        for name in ("green", "red", "grey", "score", "stated", "owed", "programs_stated", "actual_progress"):
            assert getattr(mine.figure, name) == getattr(its.figure, name), (mine.node.code, name)


def test_programmes_are_shown_as_known_then(corrected: ReportingQuarter, head: Client) -> None:
    path = "/figures/programs/112Q2/"
    before, after = (main_of(head, query, path=path) for query in ("as_of=112/06/30", "as_of=112/07/20"))
    assert "所知之數據" in before and "50.0%" not in before
    assert "50.0%" in after
    links = re.findall(r'href="([^"]*as_of=112[^"]*)"', after)
    assert any("/dashboard/" in link for link in links)


def test_what_was_not_stated_when_it_was_published_is_restated_without_a_difference(
    plan: Plan, people: People
) -> None:
    second = rounds.opened(plan, "112Q2", people)
    rounds.published(second, people)
    rounds.accepted(rounds.report_of(rounds.opened(plan, "112Q1", people), "NSTC"), people, value=5)
    recompute_stale_figures()
    page = row_of(main_of(browser(people.head), "quarter=112Q2"), "KR1.1")
    assert "已更正" in page and "原公布 —" in page and "（" not in page


def test_the_rounds_lead_to_what_was_published(corrected: ReportingQuarter, head: Client) -> None:
    for path in ("/quarters/", "/quarters/112Q2/"):
        assert "/dashboard/?published=112Q2" in head.get(path).content.decode()
