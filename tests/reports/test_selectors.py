"""Reading costs a bounded number of queries, whatever the number of lines, reports and organisations."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kpis.services.rollups import recompute_stale_figures
from ministries import clock
from programs.models import Plan, Program
from reports import selectors
from reports.models import Line, Report, ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, page_of, url_of
from tests.stages import stage


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_a_report_of_two_hundred_lines_takes_at_most_fifteen_queries(
    open_round: ReportingQuarter, people: People, plan: Plan
) -> None:
    report = rounds.report_of(open_round, "NSTC")
    programs = Program.objects.bulk_create(
        Program(plan=plan, code=f"X{n}", organisation=report.organisation, name_zh=f"計畫{n}", kind="new")
        for n in range(200)
    )
    Line.objects.bulk_create(
        Line(report=report, order=100 + n, program=program) for n, program in enumerate(programs)
    )
    assert queries_of(browser(people.officer("NSTC")), url_of(report)) <= 15
    assert queries_of(browser(people.reviewer), url_of(report)) <= 15
    client = browser(people.officer("NSTC"))
    with CaptureQueriesContext(connection) as queries:
        changes = {line: {"narrative": "一"} for line in report.lines.all()}
        assert client.post(url_of(report, "save"), page_of(report, changes)).status_code == 302
    assert len(queries) <= 30


@stage()
def busy(plan: Plan, people: People) -> ReportingQuarter:
    first = rounds.opened(plan, "112Q1", people)
    rounds.accepted(rounds.report_of(first, "NSTC"), people)
    rounds.submitted(rounds.report_of(first, "MOE"), people)
    recompute_stale_figures()
    return rounds.opened(plan, "112Q2", people)


def test_the_overview_takes_at_most_ten_queries(busy: ReportingQuarter, people: People) -> None:
    assert queries_of(browser(people.head), "/dashboard/") <= 10
    assert queries_of(browser(people.head), "/dashboard/?quarter=112Q1&node=1&sort=-kpi.rate") <= 10


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/review/", 10),
        ("/review/112Q1/untroubled/", 9),
        ("/quarters/", 8),
        ("/quarters/112Q1/", 11),
        ("/quarters/112Q1/pack/", 20),
        ("/figures/KR1.1/112Q1/", 12),
        ("/figures/programs/112Q1/", 12),
    ],
)
def test_the_secretariats_pages_are_bounded(
    busy: ReportingQuarter, people: People, path: str, most: int
) -> None:
    assert queries_of(browser(people.reviewer), path) <= most


def test_my_quarter_is_bounded(busy: ReportingQuarter, people: People) -> None:
    assert queries_of(browser(people.officer("NSTC")), "/work/") <= 12


def test_an_officer_sees_only_reports_of_the_own_organisation(busy: ReportingQuarter, people: People) -> None:
    own = selectors.own_reports(people.officer("MOE"))
    assert {each.organisation.code for each in own} == {"MOE"}
    assert [str(each.report.reporting_quarter.quarter) for each in own] == ["112Q2", "112Q1"]


def test_a_renamed_organisation_stands_under_the_name_of_the_quarter(plan: Plan, people: People) -> None:
    second, third = (rounds.opened(plan, code, people) for code in ("112Q2", "112Q3"))
    names = [
        selectors.report_page(found(each, people), people.auditor).organisation.short_zh
        for each in (second, third)
    ]
    assert names == ["農委會", "農業部"]


def found(round_: ReportingQuarter, people: People) -> Report:
    return selectors.report_for(actor=people.auditor, quarter=round_.quarter, organisation_code="MOA")


def test_days_left_turn_into_days_late(busy: ReportingQuarter) -> None:
    report = busy.reports.select_related("reporting_quarter").first()
    assert report
    for days, left in ((5, 5), (10, 0), (12, -2)):
        with clock.set_to(rounds.after("112Q2", days)):
            assert selectors.deadline_of(report).days == left


def test_readiness_counts_the_lines_that_could_be_submitted(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.report_of(open_round, "NSTC")
    rounds.fill(report, people, program__isnull=False)
    own = selectors.own_reports(people.officer("NSTC"))[0]
    assert own.ready == report.lines.filter(program__isnull=False).count() < own.lines
