"""The overview: every number is there, sorts, opens its rows, and says when it is stale."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

import plotly.graph_objects as go
import pytest
from django.urls import resolve

from kpis.services.rollups import recompute_stale_figures
from programs.models import Plan
from reports import charts
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser

OF_EACH_KIND = 2


@pytest.fixture
def just_accepted(open_round: ReportingQuarter, people: People) -> ReportingQuarter:
    rounds.accepted(rounds.report_of(open_round, "NSTC"), people, value=100)
    return open_round


def test_stale_figures_are_said_until_they_are_computed(
    just_accepted: ReportingQuarter, people: People
) -> None:
    client = browser(people.head)
    assert "正在彙整" in client.get("/dashboard/").content.decode()
    recompute_stale_figures()
    assert "正在彙整" not in client.get("/dashboard/").content.decode()


def test_an_address_that_no_record_can_have_is_not_found(people: People, plan: Plan) -> None:
    client = browser(people.auditor)
    for address in ("/figures/%00/112Q1/", "/figures/KR1.1/000Q4/", "/quarters/012Q1/"):
        assert client.get(address).status_code == 404


def test_links_of_every_kind_on_the_overview_open_a_page(
    just_accepted: ReportingQuarter, people: People
) -> None:
    recompute_stale_figures()
    client = browser(people.auditor)
    page = client.get("/dashboard/").content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    links = {link.split("#")[0].replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', main)}
    assert len(links) > 60
    asked: Counter[str] = Counter()
    for link in sorted(links - {""}):
        target = link if link.startswith("/") else f"/dashboard/{link}"
        route = resolve(urlsplit(target).path).view_name
        asked[route] += 1
        if asked[route] <= OF_EACH_KIND:
            assert client.get(target).status_code == 200, target


def test_the_matrix_shows_every_organisation_that_owes_a_report(
    just_accepted: ReportingQuarter, people: People
) -> None:
    page = browser(people.head).get("/dashboard/").content.decode()
    for report in just_accepted.reports.select_related("organisation"):
        assert f"/reports/112Q1/{report.organisation.code}/" in page
    assert "已核定" in page and "填報中" in page


def test_a_figures_page_lists_the_contributions_and_their_sum(
    just_accepted: ReportingQuarter, people: People
) -> None:
    recompute_stale_figures()
    page = browser(people.head).get("/figures/KR1.1/112Q1/").content.decode()
    assert "國家科學及技術委員會" in page and "/reports/112Q1/NSTC/" in page
    assert page.count(">100<") >= 2 or page.count("100") >= 3


def test_programme_figures_add_up_to_the_overview(just_accepted: ReportingQuarter, people: People) -> None:
    client = browser(people.head)
    assert client.get("/figures/programs/112Q1/").status_code == 200
    assert client.get("/figures/programs/112Q1/?node=2.1").status_code == 200
    assert client.get("/figures/programs/112Q1/?node=9").status_code == 404


def test_each_organisation_that_carries_out_programmes_has_its_progress_and_money(
    just_accepted: ReportingQuarter, people: People
) -> None:
    recompute_stale_figures()
    page = browser(people.head).get("/dashboard/").content.decode()
    table = page[page.index('aria-labelledby="money-organisations"') : page.index('id="matrix"')]
    assert "/figures/organisation/NSTC/112Q1/money/" in table
    assert "NDC" not in table, "it carries out none"


def test_the_bars_of_the_overview_are_a_picture_and_numbers(
    just_accepted: ReportingQuarter, people: People
) -> None:
    recompute_stale_figures()
    client = browser(people.head)
    picture = client.get("/dashboard/bars.svg?node=1")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert "KR1.1" in picture.content.decode() and "KR2.1" not in picture.content.decode()
    assert "內部資料，未經公布" in picture.content.decode()
    assert client.get("/dashboard/bars.csv").content.decode().startswith("\ufeff指標代碼")


@pytest.mark.parametrize("query", ["quarter=119Q1", "quarter=first", "quarter=112Q1&node=9.9"])
def test_what_is_not_in_the_plan_is_not_found(
    open_round: ReportingQuarter, people: People, query: str
) -> None:
    assert browser(people.head).get(f"/dashboard/?{query}").status_code == 404


def test_unknown_figures_are_not_found(open_round: ReportingQuarter, people: People) -> None:
    client = browser(people.head)
    assert client.get("/figures/KR9.9/112Q1/").status_code == 404
    assert client.get("/figures/KR1.1/119Q1/").status_code == 404


def test_before_the_first_quarter_opens_the_overview_stands_empty(plan: Plan, people: People) -> None:
    page = browser(people.head).get("/dashboard/")
    assert page.status_code == 200
    assert "尚未開放任何一季填報" in page.content.decode()


@pytest.mark.parametrize(
    "path", ["/dashboard/", "/figures/KR1.1/112Q1/", "/figures/programs/112Q1/", "/quarters/"]
)
def test_officers_do_not_read_the_overview(open_round: ReportingQuarter, people: People, path: str) -> None:
    assert browser(people.officer("NSTC")).get(path).status_code == 403
    assert browser().get(path).status_code == 302


def test_the_overview_draws_bars_progress_and_money_and_gives_their_numbers(
    just_accepted: ReportingQuarter, people: People
) -> None:
    recompute_stale_figures()
    client = browser(people.head)
    page = client.get("/dashboard/").content.decode()
    assert page.count('class="bullet"') > 5
    assert page.count("bullet-unknown") > 1, "what was not stated has a broken track"
    states = client.get("/dashboard/charts/submissions.csv").content.decode("utf-8-sig")
    assert "國科會,已核定" in states and "教育部,填報中" in states
    assert "內部資料，未經公布" in states
    assert client.get("/dashboard/charts/other.csv").status_code == 404
    assert client.get("/dashboard/charts/submissions.csv?as_of=113/01/05").status_code == 404
    assert client.get("/dashboard/charts/submissions.csv?as_of=never").status_code == 404


def test_the_heat_map_tells_states_by_sign_and_leaves_out_what_was_not_owed() -> None:
    grid = charts.Grid(
        key="submissions",
        title="各機關填報情形",
        columns=("機關", "112 年第 1 季", "112 年第 2 季"),
        names=("國科會", "教育部"),
        cells=(("accepted", "draft"), (None, "missing")),
    )
    traces = charts.figure(grid)["data"]
    assert {trace["name"]: (trace["x"], trace["y"]) for trace in traces} == {
        "✓ 已核定": (["112 年第 1 季"], ["國科會"]),
        "… 填報中": (["112 年第 2 季"], ["國科會"]),
        "✕ 截止時未送出": (["112 年第 2 季"], ["教育部"]),
    }
    assert grid.exact[1] == ("教育部", (None, "截止時未送出"))
    assert go.Figure(data=traces, layout=charts.figure(grid)["layout"])
