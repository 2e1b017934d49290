"""Figures can be checked and rebuilt from the command line, every night, and by anybody who doubts them."""

from __future__ import annotations

import logging
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from kpis import tasks
from kpis.models import IndicatorFigure, RollupCheck
from kpis.services import publishing, rollups
from portal.celery import app
from programs.models import Plan
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People


@pytest.fixture
def wrong(plan: Plan, open_round: ReportingQuarter, people: People) -> IndicatorFigure:
    """A stored figure that is not what its facts give, as after a mistake in a script."""
    rounds.accepted(rounds.report_of(open_round, "MOE"), people, value=7)
    rollups.recompute_stale_figures()
    figure = IndicatorFigure.objects.get(indicator__code="KR1.2", indicator__plan=plan, quarter="112Q1")
    IndicatorFigure.objects.filter(pk=figure.pk).update(quarter_numerator=8)
    return figure


def said(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out, stderr=out)
    return out.getvalue()


def test_verifying_right_figures_says_so_and_ends_well(plan: Plan, open_round: ReportingQuarter) -> None:
    rollups.rebuild()
    assert "一致" in said("verify_rollups")


def test_verifying_names_the_first_differences_and_exits_with_one(wrong: IndicatorFigure) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_rollups", stdout=out, stderr=out)
    assert ended.value.code == 1
    assert "KR1.2 112Q1 quarter_numerator: 8 ≠ 7" in out.getvalue()


def test_verifying_names_a_publication_that_was_rewritten(plan: Plan, people: People) -> None:
    rollups.rebuild()
    publishing.publish(plan=plan, quarter=plan.first_quarter, actor=people.head)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE kpis_publication SET content = content || ' '")
        cursor.execute("SET LOCAL session_replication_role = origin")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_rollups", stdout=out, stderr=out)
    assert f"publication {plan.first_quarter} digest" in out.getvalue()


def test_verifying_counts_all_differences_and_shows_as_many_as_asked_for(plan: Plan) -> None:
    rollups.recompute_stale_figures()
    IndicatorFigure.objects.update(facts_seen=99)
    shown: list[rollups.Difference] = []
    total = rollups.verify(plan=plan, examples=3, show=shown.append)
    assert len(shown) == 3
    assert total == IndicatorFigure.objects.filter(indicator__plan=plan).count()


def test_a_rebuild_mends_what_was_wrong_and_shows_how_far_it_is(wrong: IndicatorFigure) -> None:
    assert "更新 1 筆" in said("rebuild_rollups")
    assert list(rollups.differences()) == []


def test_a_rebuild_of_one_quarter_of_one_plan_leaves_the_others(plan: Plan, wrong: IndicatorFigure) -> None:
    assert "更新 0 筆" in said("rebuild_rollups", "--plan", plan.code, "--quarter", "112Q2")
    assert len(list(rollups.differences(plan))) == 1
    assert "更新 1 筆" in said("rebuild_rollups", "--plan", plan.code, "--quarter", "112Q1")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["rebuild_rollups", "--plan", "nonesuch"], "nonesuch"),
        (["verify_rollups", "--plan", "nonesuch"], "nonesuch"),
        (["rebuild_rollups", "--quarter", "2023Q1x"], "112Q1"),
        (["rebuild_rollups", "--quarter", "999Q4"], "999Q4"),
    ],
)
def test_a_plan_or_quarter_that_is_not_known_is_named(plan: Plan, command: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command(*command)


def test_the_nightly_check_raises_an_alarm_on_the_overview_and_in_the_log(
    wrong: IndicatorFigure, people: People, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.force_login(people.head)
    with caplog.at_level(logging.ERROR, logger="kpis.services.rollups"):
        assert tasks.verify_rollups() == 1
    assert "KR1.2" in caplog.text
    page = client.get("/dashboard/").content.decode()
    assert "查核發現 1 處" in page
    assert 'role="alert"' in page


def test_the_alarm_ends_with_the_rebuild_that_it_asks_for(
    wrong: IndicatorFigure, people: People, client: Client
) -> None:
    client.force_login(people.head)
    tasks.verify_rollups()
    said("rebuild_rollups")
    assert [each.differences for each in RollupCheck.objects.all()] == [0, 1]
    assert "查核發現" not in client.get("/dashboard/").content.decode()


def test_the_check_is_scheduled_for_every_night() -> None:
    schedule = app.conf.beat_schedule["verify-rollups"]
    assert schedule["task"] == tasks.verify_rollups.name
    assert (schedule["schedule"].hour, schedule["schedule"].minute) == ({2}, {30})


def test_a_figure_that_is_missing_is_called_so(wrong: IndicatorFigure) -> None:
    IndicatorFigure.objects.filter(pk=wrong.pk).delete()
    assert [str(each).split()[-1] for each in rollups.differences()] == ["missing"]
