"""The list of what needs attention: it shows what holds, filters, sorts and exports as the page does, and leads to why."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from kpis.models import MonitoringStandard
from kpis.services.rollups import mark_stale, recompute_stale_figures
from ministries import clock
from programs.models import Plan, Program
from programs.models.changes import ReleaseGround
from reports import selectors, services
from reports.attention import Cause, Kind
from reports.models import Extension, ReportingQuarter
from reports.selectors import Attention
from reports.views import attending
from tests import rounds
from tests.people import People
from tests.reports import decided, proposals
from tests.reports.pages import browser
from tests.stages import stage


def attention() -> Attention:
    known = selectors.rounds()
    round_ = selectors.round_in_view(known)
    assert round_
    return selectors.overview_now(round_, known)[1]


def causes(kind: Kind) -> dict[str, list[Cause]]:
    return {row.code: [each.cause for each in row.reasons] for row in attention().rows if row.kind == kind}


@pytest.fixture
def head(people: People) -> Client:
    return browser(people.head)


def listed(page: str) -> str:
    start = page.index('id="live-attention"')
    return page[start : page.index('id="live-figures"')]


def test_before_anything_is_late_or_waits_the_list_is_empty(
    open_round: ReportingQuarter, head: Client
) -> None:
    with clock.set_to(rounds.after("112Q1", 1)):
        recompute_stale_figures()
        assert attention().rows == ()
        assert "目前沒有須關注的事項" in listed(head.get("/dashboard/").text)


def test_who_is_late_is_silent_too_and_who_handed_in_is_not(
    open_round: ReportingQuarter, people: People
) -> None:
    rounds.submitted(rounds.report_of(open_round, "MOE"), people)
    with clock.set_to(rounds.after("112Q1", 13)):
        recompute_stale_figures()
        late, silent = causes(Kind.REPORT), causes(Kind.INDICATOR)
        programs = {row.code: row for row in attention().rows if row.kind == Kind.PROGRAM}
    assert late["NSTC"] == [Cause.LATE] and "MOE" not in late
    assert Cause.SILENT in silent["KR1.1"]
    assert programs and all(each.organisations[0].code != "MOE" for each in programs.values())


def behind(round_: ReportingQuarter, people: People) -> None:
    """A single researcher of the 150 that are expected by now."""
    rounds.accepted(rounds.report_of(round_, "NSTC"), people)


def test_an_indicator_behind_by_the_standard_leads_to_its_figure(
    open_round: ReportingQuarter, people: People, head: Client
) -> None:
    behind(open_round, people)
    recompute_stale_figures()
    page = listed(head.get("/dashboard/").text)
    assert causes(Kind.INDICATOR)["KR1.1"] == [Cause.BEHIND]
    assert re.search(r'href="/figures/KR1.1/112Q1/">落後應達進度 2[45][.0-9]* 個百分點', page)
    MonitoringStandard.objects.create(
        plan=open_round.plan,
        effective_from=open_round.quarter,
        yellow_points=30,
        red_points=40,
        execution_formula="with-surplus/1",
    )
    mark_stale(indicators=[proposals.indicator().pk])
    recompute_stale_figures()
    assert "KR1.1" not in causes(Kind.INDICATOR)


def target_proposed(people: People, round_: ReportingQuarter) -> None:
    proposals.proposed(people)


def release_asked(people: People, round_: ReportingQuarter) -> None:
    program = Program.objects.filter(organisation__code="NSTC").order_by("code")[0]
    services.ask_release(
        program=program,
        ground=ReleaseGround.values[0],
        explanation="已完成全部查核點。",
        actor=people.officer("NSTC"),
    )


def more_time_asked(people: People, round_: ReportingQuarter) -> None:
    report = rounds.report_of(round_, "NSTC")
    until = round_.due_on + timedelta(days=5)
    with clock.set_to(rounds.after("112Q1", 1)):
        services.ask_extension(
            report=report, until=until, reason="資料彙整需時。", actor=people.officer("NSTC")
        )
    assert Extension.objects.filter(state="asked").exists()


def publication_proposed(people: People, round_: ReportingQuarter) -> None:
    services.propose_publication(reporting_quarter=round_, actor=people.reviewer)


WAITING = [
    (target_proposed, Kind.INDICATOR, Cause.TARGET, "/targets/KR1.1/#proposed"),
    (release_asked, Kind.PROGRAM, Cause.RELEASE, "#asked"),
    (more_time_asked, Kind.REPORT, Cause.EXTENSION, "/reports/112Q1/NSTC/extension/"),
    (publication_proposed, Kind.ROUND, Cause.PUBLICATION, "/quarters/112Q1/#publication"),
]


@pytest.mark.parametrize(("ask", "kind", "cause", "address"), WAITING)
def test_what_waits_for_an_answer_is_in_the_list_and_leads_there(
    open_round: ReportingQuarter,
    people: People,
    head: Client,
    ask: Callable[[People, ReportingQuarter], None],
    kind: Kind,
    cause: Cause,
    address: str,
) -> None:
    tag = head.get("/dashboard/").headers["ETag"]
    ask(people, open_round)
    assert [row for row in attention().rows if row.kind == kind and cause in [r.cause for r in row.reasons]]
    page = head.get("/dashboard/?attention=all", headers={"If-None-Match": tag})
    assert page.status_code == 200
    link = next(each for each in re.findall(r'href="([^"]+)"', listed(page.text)) if address in each)
    assert head.get(link.split("#")[0]).status_code == 200


def test_a_decision_is_in_the_list_once_its_quarter_is_over(
    open_round: ReportingQuarter, people: People, head: Client
) -> None:
    decided.made(people, due="112Q2")
    for day, is_there, counted in ((date(2023, 6, 30), False, (1, 0)), (date(2023, 7, 1), True, (0, 1))):
        with clock.set_to(rounds.after("112Q2", (day - date(2023, 6, 30)).days)):
            found = attention()
            assert ({row.kind for row in found.rows} >= {Kind.DECISION}) is is_there
            assert (found.decisions_now, found.decisions_overdue) == counted


@stage()
def troubled(plan: Plan, people: People) -> ReportingQuarter:
    """Late reports, silent indicators and programmes, one target proposed."""
    round_ = rounds.opened(plan, "112Q1", people)
    behind(round_, people)
    proposals.proposed(people)
    recompute_stale_figures()
    return round_


def rows_of(client: Client, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/dashboard/attention.csv{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_worst_stands_first_and_the_file_holds_what_the_screen_shows(
    troubled: ReportingQuarter, head: Client
) -> None:
    with clock.set_to(rounds.after("112Q1", 20)):
        everything = attention().rows
        assert [row.score for row in everything] == sorted((row.score for row in everything), reverse=True)
        assert len(everything) > attending.MOST
        for query in (
            "",
            "?attention=all",
            "?attention=all&sort=attention.organisation",
            "?sort=-attention.subject&node=1",
            "?node=MOE",
        ):
            page, rows = listed(head.get(f"/dashboard/{query}").text), rows_of(head, query)
            shown = re.findall(r'<td class="number">(\d+)</td>', page)
            assert shown == [row["分數"] for row in rows], query
            assert 0 < len(rows) <= (len(everything) if "all" in query else attending.MOST), query
        assert len(rows_of(head, "")) == attending.MOST
        assert len(rows_of(head, "?attention=all")) == len(everything)


def test_the_list_narrows_to_a_pillar_and_to_a_ministry(troubled: ReportingQuarter, head: Client) -> None:
    with clock.set_to(rounds.after("112Q1", 20)):
        ministry = rows_of(head, "?node=MOE&attention=all")
        pillar = rows_of(head, "?node=1&attention=all")
        page = head.get("/dashboard/?node=MOE").text
    assert ministry and all("MOE" in row["機關代碼"].split("、") for row in ministry)
    assert {row["類別"] for row in pillar} <= {"指標", "計畫", "列管案"} and pillar
    assert "KR1.2" in page and 'value="MOE" selected' in page


def test_the_list_is_of_now_alone(troubled: ReportingQuarter, head: Client) -> None:
    for query in ("?as_of=112/06/30",):
        assert "live-attention" not in head.get(f"/dashboard/{query}").text
        assert head.get(f"/dashboard/attention.csv{query}").status_code == 404
    for query in ("?attention=some", "?node=NOBODY", "?quarter=119Q1"):
        assert head.get(f"/dashboard/{query}").status_code == 404
        assert head.get(f"/dashboard/attention.csv{query}").status_code == 404


def test_the_strip_counts_the_lines_of_the_queue(
    troubled: ReportingQuarter, people: People, head: Client
) -> None:
    rounds.submitted(rounds.report_of(troubled, "MOE"), people)
    waiting = sum(each.count for each in selectors.review_queue(people.head).waiting)
    assert attention().waiting_lines == waiting > 0
    assert f'<a href="/review/">{waiting}</a>' in head.get("/dashboard/").text


def test_the_meetings_pack_holds_the_rows_of_the_working_pages(
    troubled: ReportingQuarter, people: People, head: Client
) -> None:
    decided.made(people, due="112Q2")
    with clock.set_to(rounds.after("112Q2", 5)):
        page = head.get("/quarters/112Q1/pack/").text
        rows = rows_of(head, "?attention=all")
    scores = re.findall(r'<td class="number">(\d+)</td>', page[: page.index('id="decisions"')])
    assert scores == [row["分數"] for row in rows]
    for words in (
        "會議資料",
        "/decisions/112-01/",
        "/targets/KR1.1/#proposed",
        'id="indicators"',
        'id="money"',
    ):
        assert words in page, words
    assert head.get("/quarters/112Q2/pack/").status_code == 404
    assert "/quarters/112Q1/pack/" in head.get("/dashboard/?quarter=112Q1").text


def test_a_name_that_looks_like_a_formula_is_none_in_the_file(
    troubled: ReportingQuarter, people: People, head: Client
) -> None:
    decided.made(people, due="112Q2", text="=1+1")
    with clock.set_to(rounds.after("112Q2", 5)):
        assert "'=1+1" in {row["名稱"] for row in rows_of(head, "?attention=all")}
