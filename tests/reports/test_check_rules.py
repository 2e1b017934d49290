"""Which checks hold is data: per plan and quarter, with a severity; the same on the page, on handing in and for one line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from kpis.models import CheckCode, CheckRule, Severity
from kpis.services.rollups import recompute_stale_figures
from ministries import clock
from ministries.services import Refused
from programs.models import Plan, Program, ProgramMilestone
from programs.quarters import Quarter
from reports import checks, selectors, services
from reports.check_rules import DEFAULTS, CheckContext, RuleRecord, rules_in_force
from reports.contents import LineContent, LineEntry
from reports.models import Line, Report, ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, page_of, url_of

Q1, Q2, Q3 = (Quarter.parse(code) for code in ("112Q1", "112Q2", "112Q3"))
FAR = CheckCode.FAR_BEHIND
BEHIND = {
    "planned_progress": Decimal(50),
    "actual_progress": Decimal(40),
    "delay_kind": "procurement",
    "delay_reason": "流標。",
    "remedy": "重新公告。",
    "catch_up_on": date(2030, 1, 1),
    "narrative": "已重新公告。",
    "note": "",
}


@pytest.fixture
def report(open_round: ReportingQuarter, people: People) -> Report:
    return rounds.fill(rounds.report_of(open_round, "NSTC"), people)


def program_line(report: Report) -> Line:
    found = report.lines.select_related("program").filter(program__isnull=False).first()
    assert found
    return found


def say(line: Line, people: People, **content: Any) -> None:
    entry = LineEntry(line.pk, line.revision, replace(LineContent.of(line), **content))
    officer = people.officer(line.report.organisation.code)
    result = services.save_lines(report=line.report, entries=[entry], actor=officer)
    assert not result.errors and not result.conflicts, result.errors
    line.refresh_from_db()


def found_of(line: Line) -> list[checks.Finding]:
    report = Report.objects.select_related("reporting_quarter__plan", "organisation").get(pk=line.report_id)
    known = report.lines.select_related("indicator", "milestone__program").prefetch_related(
        "indicator__stages"
    )
    held = known.get(pk=line.pk)
    return checks.findings(LineContent.of(held), held, selectors.check_contexts(report)[line.pk])


def severities(line: Line) -> dict[str, str]:
    return {each.code: str(each.severity) for each in found_of(line) if each.code}


def ruled(plan: Plan | None = None, since: str = "112Q1", **rule: Any) -> CheckRule:
    return CheckRule.objects.update_or_create(
        plan=plan, effective_from=Quarter.parse(since), defaults=rule, code=FAR
    )[0]


# --- which rule holds ---------------------------------------------------------------------------------------


def held(*records: RuleRecord, quarter: Quarter = Q2) -> tuple[str, int] | None:
    rule = next((each for each in rules_in_force(records, 7, quarter) if each.code == FAR), None)
    return (str(rule.severity), int(rule.parameter)) if rule else None


def test_without_data_a_check_has_its_own_severity_and_the_settings_value() -> None:
    assert held() == ("warning", 10)
    with override_settings(FAR_BEHIND_POINTS=20):
        assert held() == ("warning", 20)


def test_a_plans_own_rule_holds_before_one_for_every_plan() -> None:
    general = RuleRecord(None, FAR, Q2, "hint", Decimal(8))
    own = RuleRecord(7, FAR, Q1, "error", Decimal(15))
    other = RuleRecord(8, FAR, Q2, "hint", Decimal(1))
    assert held(general) == ("hint", 8)
    assert held(general, own, other) == held(own, general) == ("error", 15)


def test_the_newest_rule_that_is_effective_holds_and_earlier_quarters_keep_theirs() -> None:
    first, second = RuleRecord(7, FAR, Q1, "hint"), RuleRecord(7, FAR, Q3, "error")
    assert [held(second, first, quarter=each) for each in (Q1, Q2, Q3)] == [
        ("hint", 10),
        ("hint", 10),
        ("error", 10),
    ]


def test_a_rule_that_is_not_active_switches_the_check_off_and_a_later_one_on_again() -> None:
    off, again = RuleRecord(7, FAR, Q1, "error", is_active=False), RuleRecord(7, FAR, Q3, "error")
    assert held(off, again) is None
    assert held(off, again, quarter=Q3) == ("error", 10)


def test_the_fixture_for_every_plan_says_what_holds_without_it(plan: Plan) -> None:
    rows = {each.code: each for each in CheckRule.objects.filter(plan=None)}
    assert set(rows) == set(CheckCode.values)
    without = {rule.code: rule for rule in rules_in_force((), None, Q1)}
    for code, row in rows.items():
        assert row.severity == DEFAULTS[CheckCode(code)][0], code
        assert (row.parameter or 0) == without[CheckCode(code)].parameter, code


def test_the_database_keeps_rules_that_mean_something(plan: Plan) -> None:
    given = {"plan": plan, "code": FAR, "effective_from": Q1, "severity": "error"}
    CheckRule.objects.create(**given)
    for wrong in (
        {},
        {"effective_from": Q2, "code": "nonsense"},
        {"effective_from": Q2, "severity": "fatal"},
        {"effective_from": Q2, "parameter": -1},
        {"effective_from": Q2, "code": CheckCode.STOCK_FALLS, "parameter": 1},
        {"effective_from": Q2, "words_zh": "只有中文"},
        {"plan": None, "effective_from": Q1},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            CheckRule.objects.create(**{**given, **wrong})


# --- what follows from a rule -------------------------------------------------------------------------------


def test_a_severity_changes_by_data_alone(report: Report, people: People, plan: Plan) -> None:
    line = program_line(report)
    say(line, people, **BEHIND)
    assert severities(line) == {FAR: "warning"}
    for severity in Severity.values:
        ruled(plan, severity=severity)
        assert severities(line) == {FAR: severity}
    ruled(plan, severity="error", parameter=Decimal(11))
    assert severities(line) == {}
    ruled(plan, severity="error", is_active=False, parameter=None)
    assert severities(line) == {}


def test_a_rule_of_another_plan_or_a_later_quarter_changes_nothing(
    report: Report, people: People, plan: Plan
) -> None:
    line = program_line(report)
    say(line, people, **BEHIND)
    ruled(Plan.objects.exclude(pk=plan.pk).get(), severity="error")
    ruled(plan, since="112Q2", severity="error")
    assert severities(line) == {FAR: "warning"}


def test_a_rules_own_words_are_said_in_the_readers_language(
    report: Report, people: People, plan: Plan
) -> None:
    line = program_line(report)
    say(line, people, **BEHIND)
    ruled(plan, severity="hint", words_zh="請洽本小組。", words_en="Talk to us.")
    assert [each.message for each in found_of(line) if each.code] == ["請洽本小組。"]
    with translation.override("en"):
        assert [each.message for each in found_of(line) if each.code] == ["Talk to us."]


def handing_in(report: Report, people: People) -> dict[str, str]:
    """What handing in refuses, by field; nothing where it succeeds. Either way the report is as before."""
    with transaction.atomic():
        try:
            rounds.hand_in(report, people)
        except Refused as refused:
            return refused.errors
        finally:
            transaction.set_rollback(True)
    return {}


def test_a_warning_asks_for_a_note_an_error_stops_and_a_hint_lets_pass(
    report: Report, people: People, plan: Plan
) -> None:
    line = program_line(report)
    say(line, people, **BEHIND)
    refused = handing_in(report, people)
    assert set(refused) == {f"line-{line.pk}-note"}
    assert "進度落後 10 個百分點" in refused[f"line-{line.pk}-note"]
    say(line, people, note="已專案列管。")
    assert handing_in(report, people) == {}
    ruled(plan, severity="error")
    assert set(handing_in(report, people)) == {f"line-{line.pk}-actual_progress"}
    ruled(plan, severity="hint")
    say(line, people, note="")
    assert handing_in(report, people) == {}


def test_the_page_and_the_service_say_the_same(report: Report, people: People) -> None:
    line = program_line(report)
    say(
        line,
        people,
        **{**BEHIND, "delay_kind": "", "catch_up_on": None, "spent": Decimal(5), "allocated": Decimal(10)},
    )
    page = selectors.report_page(
        selectors.report_for(actor=people.officer("NSTC"), quarter=Q1, organisation_code="NSTC"),
        people.officer("NSTC"),
    )
    on_page = {row.line.pk: list(row.findings) for row in page.rows}
    assert on_page[line.pk] == found_of(line)
    errors = [each for each in on_page[line.pk] if each.severity == Severity.ERROR]
    assert handing_in(report, people) == {f"line-{line.pk}-{each.field}": each.message for each in errors}
    assert {each.field for each in errors} == {"delay_kind", "catch_up_on", "note"}
    posted = browser(people.officer("NSTC")).get(url_of(report)).content.decode()
    assert all(each.message in posted for each in on_page[line.pk] if each.code and each not in errors)


def test_the_field_for_the_answer_stands_where_something_is_remarked(report: Report, people: People) -> None:
    line = program_line(report)
    client = browser(people.officer("NSTC"))
    report.lines.update(note="")
    asked = re.compile(rf'id="line-{line.pk}-answer"\s*>')
    assert not asked.search(client.get(url_of(report)).content.decode()), "it is hidden"
    say(line, people, **BEHIND)
    page = client.get(url_of(report)).content.decode()
    assert asked.search(page) and "屬嚴重落後" in page
    saved = client.post(url_of(report, "save"), page_of(report, {line: {"note": "已專案列管。"}}))
    line.refresh_from_db()
    assert (saved.status_code, line.note) == (302, "已專案列管。")


# --- contexts -----------------------------------------------------------------------------------------------


def next_report(plan: Plan, people: People, code: str) -> Report:
    return rounds.report_of(rounds.opened(plan, code, people), "NSTC")


def context_of(report: Report, **kind: Any) -> CheckContext:
    line = report.lines.filter(**kind).earliest("order")
    return selectors.check_contexts(report)[line.pk]


def test_a_context_holds_what_was_accepted_in_the_two_quarters_before(
    report: Report, plan: Plan, people: People
) -> None:
    say(program_line(report), people, planned_progress=Decimal("33.33"), spent=Decimal(10**14))
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    rounds.submitted(next_report(plan, people, "112Q2"), people)  # not accepted
    third = context_of(next_report(plan, people, "112Q3"), program__isnull=False)
    assert third.previous is None
    assert third.earlier and third.earlier.planned_progress == Decimal("33.33")
    assert third.earlier.spent == Decimal(10**14), "no digit is lost on the way"
    assert third.earlier.note == "", "the answer to the checks is no part of the fact"


def test_a_withdrawn_acceptance_is_nothing_to_compare_with(
    report: Report, plan: Plan, people: People
) -> None:
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    services.withdraw_acceptance(report=report, actor=people.reviewer, comment="誤核。")
    assert context_of(next_report(plan, people, "112Q2"), program__isnull=False).previous is None


def test_the_usual_range_is_that_of_the_figures_accepted_before(plan: Plan, people: People) -> None:
    flow: dict[str, Any] = {"indicator__aggregation": "flow"}
    for code, value in (("112Q1", 30), ("112Q2", 10)):
        context = context_of(report := next_report(plan, people, code), **flow)
        assert context.usual is None, "one figure is no range"
        rounds.accepted(report, people, value=value)
    usual = context_of(next_report(plan, people, "112Q3"), **flow).usual
    assert usual and [int(usual.least), int(usual.most)] == [10, 30]


def test_the_light_is_that_of_the_quarter_before(report: Report, plan: Plan, people: People) -> None:
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    recompute_stale_figures()
    flow = report.lines.filter(indicator__aggregation="flow").earliest("order")
    assert flow.indicator
    expected = flow.indicator.figures.get(quarter=Q1).light
    assert expected == "red"
    assert context_of(next_report(plan, people, "112Q2"), indicator=flow.indicator).light == expected
    assert context_of(report, indicator=flow.indicator).light == ""


def test_open_milestones_are_those_in_force_that_nothing_says_to_be_reached(
    report: Report, plan: Plan, people: People
) -> None:
    program = program_line(report).program
    assert program

    def milestone(code: str, **more: Any) -> ProgramMilestone:
        given = {"name_zh": code, "due_on": date(2023, 2, 28), "effective_from": Q1}
        return ProgramMilestone.objects.create(program=program, code=code, **{**given, **more})

    def count(of: Report) -> int:
        return context_of(of, program=program).open_milestones

    assert count(report) == 0
    milestone("M1", due_on=date(2023, 1, 15))
    first = milestone("M2")
    milestone("M2", due_on=date(2023, 12, 31), effective_from=Q2)
    milestone("M3", dropped_from=Q2)
    milestone("M4", effective_from=Q3)
    assert count(report) == 3
    line = Line.objects.create(report=report, order=99, milestone=first)
    say(line, people, statement="value", reached_on=date(2023, 2, 28), narrative="已完成。", note="已確認。")
    assert count(report) == 2, "the report's own line counts at once"
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    assert count(next_report(plan, people, "112Q2")) == 1, "under its new day, too, it is reached"


def test_the_plans_own_standard_is_what_money_is_judged_by(report: Report, plan: Plan) -> None:
    plan.monitoring_standards.create(
        effective_from=Q1, yellow_points=1, red_points=2, execution_formula="of-allocation/1"
    )
    standard = context_of(report, program__isnull=False).standard
    assert [int(standard.yellow), int(standard.red), standard.execution_formula] == [1, 2, "of-allocation/1"]


def test_contexts_cost_two_queries_however_many_lines_and_reports(
    open_round: ReportingQuarter, plan: Plan
) -> None:
    report = rounds.report_of(open_round, "NSTC")
    programs = Program.objects.bulk_create(
        Program(plan=plan, code=f"X{n}", organisation=report.organisation, name_zh=f"計畫{n}", kind="new")
        for n in range(200)
    )
    Line.objects.bulk_create(
        Line(report=report, order=100 + n, program=program) for n, program in enumerate(programs)
    )
    lines = list(
        Line.objects.filter(report__reporting_quarter=open_round).select_related(
            "indicator", "milestone", "report__reporting_quarter"
        )
    )
    assert len({line.report_id for line in lines}) > 5
    with CaptureQueriesContext(connection) as queries:
        contexts = selectors.contexts_of(lines)
    assert (len(queries), len(contexts)) == (2, len(lines))
    with CaptureQueriesContext(connection) as queries:
        assert len(selectors.check_contexts(report)) > 200
    assert len(queries) == 3


def test_no_lines_need_no_query(db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert selectors.contexts_of([]) == {}
    assert not queries.captured_queries


def test_a_day_of_catching_up_counts_from_the_readers_today(report: Report, people: People) -> None:
    line = program_line(report)
    tomorrow = clock.today() + timedelta(days=1)
    say(line, people, **{**BEHIND, "actual_progress": Decimal(45), "catch_up_on": tomorrow})
    assert severities(line) == {}
    with clock.set_to(clock.now() + timedelta(days=2)):
        assert severities(line) == {CheckCode.CATCH_UP_DAY_PAST: "warning"}
