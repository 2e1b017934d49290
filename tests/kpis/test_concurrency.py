"""Acceptances and recomputations at the same moment, on connections of their own: every figure is right afterwards."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from kpis.models import IndicatorFigure, NodeFigure, RollupTask
from kpis.services import rollups
from ministries.services import Refused
from programs.models import Plan
from reports import services
from reports.models import Report
from tests import rounds
from tests.people import People

pytestmark = pytest.mark.django_db(transaction=True)
OWNERS = ("MOE", "MOL", "MODA")


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Runs every act in a thread of its own, all starting together; what one raises is its result."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            barrier.wait()
            return act()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def figures(plan: Plan) -> list[tuple[object, ...]]:
    indicators = IndicatorFigure.objects.filter(indicator__plan=plan).order_by(
        "indicator", "quarter", "organisation"
    )
    nodes = NodeFigure.objects.filter(plan=plan).order_by("quarter", "pillar", "sub_item", "organisation")
    return [
        tuple(value for name, value in row.items() if name not in ("id", "computed_at"))
        for rows in (indicators, nodes)
        for row in rows.values()
    ]


def test_siblings_accepted_at_the_same_moment_by_two_workers_are_both_counted(
    plan: Plan, people: People
) -> None:
    reviewer = people.reviewer
    for code in ("112Q1", "112Q2", "112Q3", "112Q4"):
        round_ = rounds.opened(plan, code, people)
        reports = [rounds.submitted(rounds.report_of(round_, owner), people, value=10) for owner in OWNERS]

        def accept_and_roll_up(report: Report) -> None:
            services.accept_report(report=report, actor=reviewer)
            rollups.recompute_stale_figures()

        at_once([partial(accept_and_roll_up, report) for report in reports])
        total = IndicatorFigure.objects.get(
            indicator__code="KR1.2", organisation=None, quarter=round_.quarter
        )
        assert total.quarter_numerator == 30, code
    assert not RollupTask.objects.exists()
    stored = figures(plan)
    rollups.rebuild(plan=plan)
    assert figures(plan) == stored


def test_two_reviewers_deciding_one_report_have_one_winner(plan: Plan, people: People) -> None:
    round_ = rounds.opened(plan, "112Q1", people)
    report = rounds.submitted(rounds.report_of(round_, "NDC"), people)
    reviewer = people.reviewer
    outcomes = at_once(
        [
            lambda: services.accept_report(report=report, actor=reviewer),
            lambda: services.return_report(report=report, actor=reviewer, comment="請補充。"),
        ]
    )
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
    assert report.events.exclude(act="submit").count() == 1


def test_a_report_submitted_by_a_double_click_is_submitted_once(plan: Plan, people: People) -> None:
    report = rounds.fill(rounds.report_of(rounds.opened(plan, "112Q1", people), "NDC"), people)
    officer = people.officer("NDC")
    outcomes = at_once([lambda: services.submit_report(report=report, actor=officer)] * 2)
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
    assert report.events.count() == 1


def test_a_submission_against_the_closing_of_its_quarter_is_either_in_or_refused(
    plan: Plan, people: People
) -> None:
    round_ = rounds.opened(plan, "112Q1", people)
    report = rounds.fill(rounds.report_of(round_, "NDC"), people)
    officer, administrator = people.officer("NDC"), people.administrator
    outcomes = at_once(
        [
            lambda: services.submit_report(report=report, actor=officer),
            lambda: services.close_quarter(reporting_quarter=round_, actor=administrator),
        ]
    )
    report.refresh_from_db()
    round_.refresh_from_db()
    assert round_.closed_at is not None
    assert (report.state == "submitted") != isinstance(outcomes[0], Refused)
