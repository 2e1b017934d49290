"""Milestones of programmes: asked for in time, stated reached or not, copied down as facts, asked for no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kpis.models import RollupTask
from ministries import clock
from ministries.services import Refused
from programs.models import MilestoneObservation, Plan, Program, ProgramMilestone, ProgramObservation
from programs.quarters import Quarter
from programs.selectors import milestones_in_force
from reports import checks, schedule, selectors, services
from reports.contents import LineContent, LineEntry
from reports.models import Line, LineStatement, Report
from reports.rosters import owed_lines
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, page_of, url_of

DUE = date(2023, 2, 28)


@pytest.fixture
def program(plan: Plan) -> Program:
    """A programme of the whole plan's time, of 國科會."""
    return plan.programs.get(code="P01")


@pytest.fixture
def milestone(program: Program) -> ProgramMilestone:
    return set_for(program)


def set_for(program: Program, **changes: Any) -> ProgramMilestone:
    given = {"code": "M1", "name_zh": "完成雛型", "name_en": "Prototype ready", "due_on": DUE}
    return ProgramMilestone.objects.create(
        **{"program": program, "effective_from": "112Q1", **given, **changes}
    )


@pytest.fixture
def line(milestone: ProgramMilestone, plan: Plan, people: People) -> Line:
    """The milestone's line in 112Q1, five days after the quarter's end."""
    return line_of(rounds.report_of(rounds.opened(plan, "112Q1", people), "NSTC"))


def line_of(report: Report) -> Line:
    return report.lines.select_related("milestone__program", "report__reporting_quarter").get(
        milestone__isnull=False
    )


def saved(line: Line, people: People, **content: Any) -> dict[str, str]:
    """Saves the line's content; returns its errors."""
    entry = LineEntry(line.pk, line.revision, replace(LineContent.of(line), **content))
    result = services.save_lines(report=line.report, entries=[entry], actor=people.officer("NSTC"))
    line.refresh_from_db()
    return result.errors.get(line.pk, {})


# --- who owes what ---------------------------------------------------------------------------------------


def owed(plan: Plan, code: str) -> list[int | None]:
    lines = [each for own in owed_lines(plan, Quarter.parse(code)).values() for each in own]
    return [each.milestone_id for each in lines if each.milestone_id]


def test_a_milestone_is_asked_for_from_the_quarter_before_it_is_due(plan: Plan, program: Program) -> None:
    set_for(program, due_on=date(2023, 9, 30))
    assert [len(owed(plan, code)) for code in ("112Q1", "112Q2", "112Q3", "113Q4")] == [0, 1, 1, 1]


def test_the_programmes_organisation_owes_it_in_its_one_report(line: Line, program: Program) -> None:
    assert line.report.organisation == program.organisation
    assert Line.objects.filter(milestone__isnull=False).count() == 1


def test_a_milestone_of_a_programme_that_does_not_run_is_not_asked_for(plan: Plan) -> None:
    ending = plan.programs.get(name_zh__startswith="AI on chip")
    set_for(ending, due_on=date(2023, 12, 31))
    assert owed(plan, "112Q4")
    assert not owed(plan, "113Q1")


def test_a_milestone_is_not_asked_for_before_it_is_effective_nor_once_it_is_dropped(
    plan: Plan, program: Program
) -> None:
    set_for(program, effective_from="112Q2", dropped_from="112Q4")
    assert [len(owed(plan, code)) for code in ("112Q1", "112Q2", "112Q3", "112Q4")] == [0, 1, 1, 0]


def test_of_several_days_the_newest_one_that_is_effective_holds(plan: Plan, program: Program) -> None:
    first = set_for(program)
    second = set_for(program, due_on=date(2023, 11, 30), effective_from="112Q3")
    in_force = [milestones_in_force(plan, Quarter.parse(code)) for code in ("112Q1", "112Q2", "112Q3")]
    assert in_force == [[first], [first], [second]]


def test_a_milestone_is_asked_for_until_it_is_accepted_as_reached(
    line: Line, plan: Plan, people: People
) -> None:
    assert owed(plan, "112Q2")
    saved(line, people, statement=LineStatement.VALUE, reached_on=DUE)
    assert owed(plan, "112Q2")
    rounds.fill(line.report, people, milestone__isnull=True)
    rounds.hand_in(line.report, people)
    services.accept_report(report=line.report, actor=people.reviewer)
    assert owed(plan, "112Q1"), "the quarter in which it was reached asked for it"
    assert not owed(plan, "112Q2")


def test_a_milestone_that_was_reached_is_not_asked_for_again_under_another_day(
    line: Line, program: Program, plan: Plan, people: People
) -> None:
    rounds.accepted(line.report, people)
    set_for(program, due_on=date(2023, 5, 31), effective_from="112Q2")
    assert not owed(plan, "112Q2")


# --- what may be said of it ------------------------------------------------------------------------------


def said(**content: Any) -> LineContent:
    return LineContent(**content)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"statement": "value", "reached_on": date(2023, 4, 1)}, "reached_on"),
        ({"statement": "not_reached", "reached_on": DUE}, "reached_on"),
        ({"statement": "not_applicable", "reached_on": DUE}, "reached_on"),
        ({"statement": "zero"}, "statement"),
        ({"statement": "nothing_due"}, "statement"),
    ],
)
def test_what_cannot_be_true_of_a_milestone_is_not_saved(
    line: Line, people: People, content: dict[str, Any], field: str
) -> None:
    assert set(saved(line, people, **content)) == {field}
    assert line.revision == 0


def test_a_day_that_has_not_come_is_refused_while_the_quarter_runs(
    milestone: ProgramMilestone, plan: Plan, people: People
) -> None:
    with clock.set_to(rounds.after("112Q1", -20)):
        line = line_of(rounds.report_of(rounds.opened(plan, "112Q1", people), "NSTC"))
        today = clock.today()
        assert set(saved(line, people, statement="value", reached_on=today + timedelta(days=1))) == {
            "reached_on"
        }
        assert not saved(line, people, statement="value", reached_on=today)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "statement"),
        ({"statement": "value"}, "reached_on"),
        ({"statement": "not_reached"}, "narrative"),
        ({"statement": "not_applicable"}, "narrative"),
    ],
)
def test_what_is_lacking_of_a_milestone_stops_the_submission(
    line: Line, people: People, content: dict[str, Any], field: str
) -> None:
    rounds.fill(line.report, people, milestone__isnull=True)
    assert not saved(line, people, **content)
    with pytest.raises(Refused) as refused:
        rounds.hand_in(line.report, people)
    assert set(refused.value.errors) == {f"line-{line.pk}-{field}"}


def test_a_milestone_that_is_not_due_yet_needs_no_words(line: Line) -> None:
    not_reached = said(statement="not_reached")
    assert [each.field for each in checks.findings(not_reached, line)] == ["narrative"]
    line.milestone.due_on = date(2023, 4, 1)
    assert [each.severity for each in checks.findings(not_reached, line)] == ["hint"]


def test_days_late_run_to_the_day_it_was_reached_or_to_the_end_of_the_quarter(line: Line) -> None:
    with clock.set_to(rounds.after("112Q1", 50)):
        assert schedule.days_late(said(statement="not_reached"), line) == 31
        assert schedule.days_late(said(statement="value", reached_on=date(2023, 3, 10)), line) == 10
        assert schedule.days_late(said(statement="value", reached_on=date(2023, 2, 1)), line) == 0
        assert schedule.days_late(said(statement="not_applicable"), line) == 0
    with clock.set_to(rounds.after("112Q1", -28)):
        assert schedule.days_late(said(), line) == 3


def test_a_milestone_due_on_the_quarters_last_day_is_overdue_the_day_after(line: Line) -> None:
    line.milestone.due_on = date(2023, 3, 31)
    for days, overdue in ((0, False), (1, True)):
        with clock.set_to(rounds.after("112Q1", days)):
            assert schedule.is_overdue(line) == overdue
            assert schedule.days_late(said(statement="not_reached"), line) == 0


def test_a_day_before_the_programmes_term_deserves_a_look(line: Line) -> None:
    line.milestone.program.period_start = date(2023, 1, 1)
    early = said(statement="value", reached_on=date(1923, 1, 5), narrative="已完成。", note="日期無誤。")
    found = checks.findings(early, line)
    assert [(each.severity, each.field) for each in found] == [("warning", "reached_on")]


def test_only_a_milestone_is_reached_or_not(line: Line, people: People) -> None:
    other = line.report.lines.filter(program__isnull=False).earliest("order")
    assert set(saved(other, people, statement="not_reached")) == {"statement"}
    assert set(saved(other, people, reached_on=DUE)) == {"reached_on"}


@pytest.mark.parametrize(
    "changes",
    [
        {"statement": "not_reached", "reached_on": DUE},
        {"statement": "zero"},
        {"milestone": None},
        {"program_id": "own"},
    ],
)
def test_the_database_refuses_what_the_checks_refuse(
    line: Line, program: Program, changes: dict[str, Any]
) -> None:
    if "program_id" in changes:
        changes = {"program_id": program.pk}
    with pytest.raises(IntegrityError), transaction.atomic():
        Line.objects.filter(pk=line.pk).update(**changes)


def test_the_database_keeps_milestones_words_to_milestones(line: Line) -> None:
    others = Line.objects.filter(program__isnull=False)
    for changes in ({"statement": "not_reached"}, {"reached_on": DUE}):
        with pytest.raises(IntegrityError), transaction.atomic():
            others.update(**changes)


# --- what acceptance makes of it -------------------------------------------------------------------------


def accepted_with(line: Line, people: People, **content: Any) -> MilestoneObservation:
    assert not saved(line, people, **content)
    rounds.fill(line.report, people, milestone__isnull=True)
    rounds.hand_in(line.report, people)
    services.accept_report(report=line.report, actor=people.reviewer)
    return MilestoneObservation.objects.get(superseded_at__isnull=True)


def test_a_reached_milestone_becomes_a_fact_with_its_day_and_origin(line: Line, people: People) -> None:
    fact = accepted_with(line, people, statement="value", reached_on=DUE, narrative="完成。")
    assert (fact.statement, fact.reached_on, fact.narrative) == ("reached", DUE, "完成。")
    assert (fact.milestone, str(fact.quarter), fact.revision) == (line.milestone, "112Q1", 1)
    assert fact.origin == f"line {line.pk} revision {line.revision}"


@pytest.mark.parametrize("statement", ["not_reached", "not_applicable"])
def test_other_statements_become_facts_without_a_day(line: Line, people: People, statement: str) -> None:
    fact = accepted_with(line, people, statement=statement, narrative="流標。")
    assert (fact.statement, fact.reached_on) == (statement, None)


def test_a_milestone_is_no_statement_of_its_programmes_progress(line: Line, people: People) -> None:
    accepted_with(line, people, statement="value", reached_on=DUE)
    assert ProgramObservation.objects.count() == line.report.lines.filter(program__isnull=False).count()


def test_a_correction_supersedes_the_fact_and_an_unchanged_one_adds_none(line: Line, people: People) -> None:
    accepted_with(line, people, statement="not_reached", narrative="流標。")
    for day, revisions in ((DUE, 2), (DUE, 2)):
        services.reopen_report(report=line.report, actor=people.reviewer, comment="請更正。")
        saved(line, people, statement="value", reached_on=day, narrative="完成。")
        rounds.hand_in(line.report, people)
        services.accept_report(report=line.report, actor=people.reviewer)
        assert MilestoneObservation.objects.count() == revisions
    old, new = MilestoneObservation.objects.order_by("revision")
    assert (old.statement, new.statement, new.reason) == ("not_reached", "reached", "請更正。")
    assert old.superseded_at == new.accepted_at


def test_a_changed_day_of_a_milestone_is_no_change_of_any_figure(line: Line, people: People) -> None:
    accepted_with(line, people, statement="value", reached_on=DUE)
    RollupTask.objects.all().delete()
    services.reopen_report(report=line.report, actor=people.reviewer, comment="請更正。")
    saved(line, people, reached_on=DUE - timedelta(days=1))
    rounds.hand_in(line.report, people)
    services.accept_report(report=line.report, actor=people.reviewer)
    assert not RollupTask.objects.exists()


# --- the page --------------------------------------------------------------------------------------------


def test_the_page_names_the_milestone_its_day_in_both_calendars_and_the_days_it_is_late(
    line: Line, people: People
) -> None:
    page = browser(people.officer("NSTC")).get(url_of(line.report)).content.decode()
    assert "完成雛型" in page and "P01 M1" in page
    assert "112 年 2 月 28 日（2023-02-28）" in page
    assert "截至本季已逾期 31 天" in page
    choices = page.split(f'id="line-{line.pk}-statement"')[1].split("</fieldset>")[0]
    assert all(f'value="{value}"' in choices for value in ("value", "not_reached", "not_applicable"))
    assert "已完成" in choices and 'value="zero"' not in choices and 'value="nothing_due"' not in choices


@pytest.mark.parametrize("typed", ["112/02/28", "１１２／２／２８", "2023-02-28", "112年2月28日"])
def test_typing_a_day_says_that_the_milestone_is_reached(line: Line, people: People, typed: str) -> None:
    data = page_of(line.report, {line: {"reached_on": typed}})
    assert browser(people.officer("NSTC")).post(url_of(line.report, "save"), data).status_code == 302
    line.refresh_from_db()
    assert (line.statement, line.reached_on) == ("value", DUE)


def test_a_day_that_is_none_is_explained_and_kept_as_typed(line: Line, people: People) -> None:
    data = page_of(line.report, {line: {"reached_on": "112/02/30"}})
    answer = browser(people.officer("NSTC")).post(url_of(line.report, "save"), data)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="112/02/30"' in text and "不是日期" in text
    assert f'aria-describedby="line-{line.pk}-reached_on-error"' in text


def test_two_people_on_one_milestone_see_both_versions(line: Line, people: People) -> None:
    client = browser(people.officer("NSTC"))
    opened = page_of(line.report, {line: {"reached_on": "112/02/20"}})
    newer = {"statement": "not_reached", "narrative": "流標。"}
    client.post(url_of(line.report, "save"), page_of(line.report, {line: newer}))
    clash = client.post(url_of(line.report, "save"), opened)
    text = clash.content.decode()
    assert clash.status_code == 409
    versions = text.split('class="clash-versions"')[1].split("</fieldset>")[0]
    assert "未完成" in versions and "流標。" in versions and "112/02/20" in versions


def test_a_reviewer_reads_the_day_and_what_was_said_last_quarter(
    program: Program, milestone: ProgramMilestone, plan: Plan, people: People
) -> None:
    first = line_of(rounds.report_of(rounds.opened(plan, "112Q1", people), "NSTC"))
    accepted_with(first, people, statement="not_reached", narrative="流標。")
    set_for(program, due_on=date(2023, 4, 30), effective_from="112Q2")
    second = line_of(rounds.report_of(rounds.opened(plan, "112Q2", people), "NSTC"))
    with clock.set_to(rounds.after("112Q2", 5)):
        saved(second, people, statement="value", reached_on=date(2023, 5, 10), narrative="完成。")
        rounds.fill(second.report, people, milestone__isnull=True)
        rounds.hand_in(second.report, people)
        page = browser(people.reviewer).get(url_of(second.report)).content.decode()
    (row,) = selectors.report_page(
        selectors.report_for(
            actor=people.officer("NSTC"),
            quarter=second.report.reporting_quarter.quarter,
            organisation_code="NSTC",
        ),
        people.officer("NSTC"),
    ).milestones
    assert row.previous.statement == LineStatement.NOT_REACHED
    assert "112 年 5 月 10 日（2023-05-10）" in page and "逾期 10 天完成" in page
    assert "上季：未完成" in page


def test_an_english_page_has_western_days(line: Line, people: People) -> None:
    saved(line, people, statement="value", reached_on=DUE)
    page = browser(people.officer("NSTC")).get(f"/en{url_of(line.report)}").content.decode()
    assert "Prototype ready" in page and "28 February 2023" in page and 'value="2023-02-28"' in page
