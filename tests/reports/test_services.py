"""Services of reports: who may do what when, what becomes of it, and that refusals leave nothing half done."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kpis.models import Observation, RollupTask
from ministries import clock
from ministries.models import AuditEntry
from ministries.services import Refused
from programs.models import Plan, ProgramObservation, SubItemObservation
from reports import services
from reports.contents import LineContent, LineEntry
from reports.models import Line, LineStatement, ReportingQuarter
from tests import rounds
from tests.people import People


def entry(line: Line, **changes: Any) -> LineEntry:
    return LineEntry(line.pk, line.revision, replace(LineContent.of(line), **changes))


# --- quarters ----------------------------------------------------------------------------------------------


def test_the_plan_has_sixteen_quarters_planned_from_112Q1_to_115Q4(plan: Plan) -> None:
    codes = [str(each.quarter) for each in ReportingQuarter.objects.filter(plan=plan).order_by("quarter")]
    assert (len(codes), codes[0], codes[-1]) == (16, "112Q1", "115Q4")


def test_planning_quarters_twice_adds_none(plan: Plan) -> None:
    assert services.create_quarters(plan=plan) == 0


def test_opening_gives_each_responsible_organisation_one_report(open_round: ReportingQuarter) -> None:
    codes = set(open_round.reports.values_list("organisation__code", flat=True))
    ministries = {"NSTC", "MODA", "MOEA", "MOE", "MOL", "MOHW", "MOTC", "FSC", "NDC", "MOFA", "MOA"}
    assert codes == ministries | {"NSTC-OST"}


def test_an_organisation_without_programmes_still_owes_its_sub_items(open_round: ReportingQuarter) -> None:
    for code in ("NDC", "FSC", "MOFA"):
        lines = rounds.report_of(open_round, code).lines
        assert lines.filter(sub_item__isnull=False).exists()
        assert not lines.filter(program__isnull=False).exists()


def test_a_programme_is_owed_once_although_several_tables_list_it(open_round: ReportingQuarter) -> None:
    lines = Line.objects.filter(report__reporting_quarter=open_round, program__isnull=False)
    assert lines.count() == lines.values("program").distinct().count()


def test_a_programme_that_one_table_lists_in_part_and_another_whole_is_owed_whole(
    open_round: ReportingQuarter,
) -> None:
    line = Line.objects.get(
        report__reporting_quarter=open_round, program__name_zh__startswith="高階智慧物聯網晶片"
    )
    assert line.part is None


def test_a_programme_of_which_only_a_part_is_listed_is_owed_as_that_part(
    open_round: ReportingQuarter,
) -> None:
    line = Line.objects.get(report__reporting_quarter=open_round, program__name_zh__startswith="智慧無人載具")
    assert line.part is not None


def test_a_programme_is_not_owed_after_its_period(plan: Plan, people: People) -> None:
    def owed(code: str) -> bool:
        round_ = rounds.opened(plan, code, people)
        return Line.objects.filter(
            report__reporting_quarter=round_, program__name_zh__startswith="AI on chip"
        ).exists()

    assert owed("112Q4") and not owed("113Q1")


def test_a_quarter_is_opened_once(open_round: ReportingQuarter, people: People) -> None:
    with pytest.raises(Refused):
        services.open_quarter(reporting_quarter=open_round, actor=people.administrator)


def test_a_quarter_is_not_opened_before_it_begins(plan: Plan, people: People) -> None:
    with clock.set_to(rounds.after("112Q1", -1)), pytest.raises(Refused):
        services.open_quarter(reporting_quarter=rounds.round_of(plan, "112Q2"), actor=people.administrator)


@pytest.mark.parametrize("who", ["reviewer", "head", "auditor"])
def test_only_an_administrator_opens_a_quarter(plan: Plan, people: People, who: str) -> None:
    with pytest.raises(PermissionDenied):
        services.open_quarter(reporting_quarter=rounds.round_of(plan, "112Q1"), actor=getattr(people, who))


# --- filling in --------------------------------------------------------------------------------------------


def test_an_officer_cannot_fill_in_another_ministrys_report(
    open_round: ReportingQuarter, people: People
) -> None:
    with pytest.raises(PermissionDenied):
        services.save_lines(
            report=rounds.report_of(open_round, "MOE"), entries=[], actor=people.officer("NSTC")
        )


def test_a_saved_line_counts_its_revisions_and_names_who_saved_it(
    open_round: ReportingQuarter, people: People
) -> None:
    line = rounds.report_of(open_round, "NDC").lines.earliest("order")
    services.save_lines(
        report=line.report, entries=[entry(line, narrative="已召開會議。")], actor=people.officer("NDC")
    )
    line.refresh_from_db()
    assert (line.revision, line.saved_by, line.narrative) == (1, people.officer("NDC"), "已召開會議。")


def test_saving_what_is_there_already_changes_nothing(open_round: ReportingQuarter, people: People) -> None:
    report = rounds.fill(rounds.report_of(open_round, "NDC"), people)
    before = AuditEntry.objects.count()
    result = services.save_lines(
        report=report, entries=[entry(line) for line in report.lines.all()], actor=people.officer("NDC")
    )
    assert result.saved == [] and AuditEntry.objects.count() == before


@pytest.mark.parametrize("statement", [LineStatement.NOTHING_DUE, LineStatement.NOT_APPLICABLE])
def test_a_figure_beside_the_statement_that_there_is_none_is_refused_rather_than_dropped(
    open_round: ReportingQuarter, people: People, statement: LineStatement
) -> None:
    report = rounds.report_of(open_round, "MOE")
    counted = report.lines.get(indicator__code="KR1.3")
    program = report.lines.filter(program__isnull=False).first()
    assert program
    entries = [
        entry(counted, statement=statement, value=Decimal(7), narrative="無"),
        entry(program, statement=statement, appropriation=Decimal(1000), narrative="無"),
    ]
    result = services.save_lines(report=report, entries=entries, actor=people.officer("MOE"))
    assert {pk: set(errors) for pk, errors in result.errors.items()} == {
        counted.pk: {"value"},
        program.pk: {"appropriation"},
    }


def test_a_stale_revision_is_refused_and_shows_what_stands_now(
    open_round: ReportingQuarter, people: People
) -> None:
    line = rounds.report_of(open_round, "NDC").lines.earliest("order")
    officer = people.officer("NDC")
    services.save_lines(report=line.report, entries=[entry(line, narrative="甲")], actor=officer)
    result = services.save_lines(report=line.report, entries=[entry(line, narrative="乙")], actor=officer)
    assert result.conflicts[line.pk].narrative == "甲"
    line.refresh_from_db()
    assert line.narrative == "甲"


def test_good_lines_are_saved_beside_bad_ones(open_round: ReportingQuarter, people: People) -> None:
    report = rounds.report_of(open_round, "MOE")
    good = report.lines.filter(sub_item__isnull=True, indicator__isnull=True).earliest("order")
    bad = report.lines.filter(indicator__aggregation="flow").earliest("order")
    result = services.save_lines(
        report=report,
        entries=[entry(good, narrative="好"), entry(bad, statement="value", value=Decimal(-1))],
        actor=people.officer("MOE"),
    )
    assert [line.pk for line in result.saved] == [good.pk]
    assert set(result.errors) == {bad.pk} and "value" in result.errors[bad.pk]


def test_a_line_of_another_report_is_not_saved(open_round: ReportingQuarter, people: People) -> None:
    other = rounds.report_of(open_round, "MOE").lines.earliest("order")
    result = services.save_lines(
        report=rounds.report_of(open_round, "NDC"),
        entries=[entry(other, narrative="闖入")],
        actor=people.officer("NDC"),
    )
    other.refresh_from_db()
    assert result.saved == [] and other.narrative == ""


def test_saving_a_report_takes_the_same_queries_for_one_line_and_for_all(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.report_of(open_round, "NSTC")
    officer = people.officer("NSTC")

    def queries(lines: list[Line], words: str) -> int:
        entries = [entry(line, narrative=words) for line in lines]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            services.save_lines(report=report, entries=entries, actor=officer)
        return len(captured)

    queries([], "先")  # the officer's roles are read once
    one = queries(list(report.lines.all()[:1]), "一")
    assert queries(list(report.lines.all()), "全") == one <= 12


# --- handing in and deciding -------------------------------------------------------------------------------


def test_an_unfinished_report_is_not_submitted_and_says_what_is_missing(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.report_of(open_round, "NDC")
    with pytest.raises(Refused) as refusal:
        rounds.hand_in(report, people)
    assert set(refusal.value.errors) == {f"line-{line.pk}-statement" for line in report.lines.all()}


def test_a_programme_behind_schedule_needs_a_reason_and_a_remedy(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.fill(rounds.report_of(open_round, "MOL"), people)
    line = report.lines.filter(program__isnull=False).earliest("order")
    behind = entry(line, planned_progress=Decimal(50), actual_progress=Decimal(45))
    services.save_lines(report=report, entries=[behind], actor=people.officer("MOL"))
    with pytest.raises(Refused) as refusal:
        rounds.hand_in(report, people)
    wanted = ("delay_reason", "remedy", "delay_kind", "catch_up_on")
    assert set(refusal.value.errors) == {f"line-{line.pk}-{name}" for name in wanted}


def test_a_submitted_report_takes_no_more_entries(open_round: ReportingQuarter, people: People) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    with pytest.raises(Refused):
        rounds.fill(report, people, value=2)


def test_a_report_submitted_twice_is_submitted_once(open_round: ReportingQuarter, people: People) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    with pytest.raises(Refused):
        services.submit_report(report=report, actor=people.officer("NDC"))
    assert report.events.filter(act="submit").count() == 1


def test_an_officer_cannot_accept_a_report(open_round: ReportingQuarter, people: People) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    with pytest.raises(PermissionDenied):
        services.accept_report(report=report, actor=people.officer("NDC"))


def test_a_draft_cannot_be_accepted(open_round: ReportingQuarter, people: People) -> None:
    with pytest.raises(Refused):
        services.accept_report(report=rounds.report_of(open_round, "NDC"), actor=people.reviewer)
    assert not SubItemObservation.objects.exists()


def test_a_report_is_not_returned_without_a_comment(open_round: ReportingQuarter, people: People) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    with pytest.raises(Refused) as refusal:
        services.return_report(report=report, actor=people.reviewer, comment="  ")
    assert "comment" in refusal.value.errors
    report.refresh_from_db()
    assert report.state == "submitted"


@pytest.mark.parametrize("comment", ["請補正\x00數值", "\x1b[2J", "字" * 5001])
def test_a_comment_that_cannot_be_kept_is_refused_and_decides_nothing(
    open_round: ReportingQuarter, people: People, comment: str
) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    with pytest.raises(Refused) as returning:
        services.return_report(report=report, actor=people.reviewer, comment=comment)
    with pytest.raises(Refused) as accepting:
        services.accept_report(report=report, actor=people.reviewer, reason=comment)
    assert set(returning.value.errors) == set(accepting.value.errors) == {"comment"}
    report.refresh_from_db()
    assert report.state == "submitted"


def test_a_returned_report_can_be_mended_and_submitted_again(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    services.return_report(report=report, actor=people.reviewer, comment="請補充。")
    report = rounds.submitted(report, people, value=2)
    assert report.state == "submitted"
    assert [each.act for each in report.events.all()] == ["sign", "submit", "return", "sign", "submit"]


def test_acceptance_copies_every_line_down_as_a_fact(open_round: ReportingQuarter, people: People) -> None:
    report = rounds.accepted(rounds.report_of(open_round, "MOE"), people)
    facts = sum(
        model.objects.filter(organisation=report.organisation).count()
        for model in (Observation, ProgramObservation, SubItemObservation)
    )
    assert facts == report.lines.count()


def test_acceptance_notes_what_is_stale_in_the_same_transaction(
    open_round: ReportingQuarter, people: People
) -> None:
    RollupTask.objects.all().delete()
    report = rounds.accepted(rounds.report_of(open_round, "MOE"), people)
    stale = set(RollupTask.objects.values_list("indicator", flat=True))
    owed = set(report.lines.filter(indicator__isnull=False).values_list("indicator", flat=True))
    assert stale == owed


def test_a_chosen_zero_is_accepted_as_the_value_zero(open_round: ReportingQuarter, people: People) -> None:
    report = rounds.fill(rounds.report_of(open_round, "MOE"), people)
    line = report.lines.filter(indicator__aggregation="flow").earliest("order")
    zero = entry(line, statement=LineStatement.ZERO, value=None)
    services.save_lines(report=report, entries=[zero], actor=people.officer("MOE"))
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    assert Observation.objects.get(indicator=line.indicator, organisation=report.organisation).value == 0


def test_a_correction_supersedes_only_what_changed_and_keeps_its_reason(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.accepted(rounds.report_of(open_round, "MOE"), people)
    services.reopen_report(report=report, actor=people.reviewer, comment="漏計一場次。")
    line = report.lines.filter(indicator__aggregation="flow").earliest("order")
    services.save_lines(report=report, entries=[entry(line, value=Decimal(9))], actor=people.officer("MOE"))
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    history = Observation.objects.filter(indicator=line.indicator, organisation=report.organisation)
    assert [(each.revision, each.value, each.reason) for each in history] == [
        (1, Decimal(1), ""),
        (2, Decimal(9), "漏計一場次。"),
    ]
    assert Observation.objects.filter(revision=2).count() == 1


# --- closed means closed -----------------------------------------------------------------------------------


def test_a_closed_quarter_takes_no_entries_and_no_submission(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.fill(rounds.report_of(open_round, "NDC"), people)
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    with pytest.raises(Refused):
        rounds.fill(report, people, value=3)
    with pytest.raises(Refused):
        rounds.hand_in(report, people)


def test_what_was_submitted_before_closing_can_still_be_accepted(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    assert services.accept_report(report=report, actor=people.reviewer).state == "accepted"


def test_what_cannot_be_accepted_after_closing_can_still_be_returned(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    services.return_report(report=report, actor=people.reviewer, comment="數字無法核實。")
    assert rounds.published(open_round, people).digest


def test_a_published_quarter_takes_no_decisions(open_round: ReportingQuarter, people: People) -> None:
    report = rounds.accepted(rounds.report_of(open_round, "NDC"), people)
    rounds.published(open_round, people)
    for decide in (services.return_report, services.reopen_report, services.withdraw_acceptance):
        with pytest.raises(Refused):
            decide(report=report, actor=people.reviewer, comment="更正。")


def test_a_quarter_is_not_published_while_a_report_waits_for_its_decision(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    with pytest.raises(Refused):
        rounds.published(open_round, people)
    services.accept_report(report=report, actor=people.reviewer)
    rounds.published(open_round, people)


def test_a_quarter_is_published_once_and_only_by_the_head(
    open_round: ReportingQuarter, people: People
) -> None:
    proposal = services.propose_publication(reporting_quarter=open_round, actor=people.reviewer)
    with pytest.raises(PermissionDenied):
        services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=people.administrator)
    services.withdraw_publication(proposal=proposal, actor=people.reviewer)
    rounds.published(open_round, people)
    with pytest.raises(Refused):
        rounds.published(open_round, people)


def test_a_quarter_is_not_published_before_it_has_ended(open_round: ReportingQuarter, people: People) -> None:
    with clock.set_to(rounds.after("112Q1", 0)), pytest.raises(Refused) as refusal:
        rounds.published(open_round, people)
    assert "2023-03-31" in refusal.value.message
    open_round.refresh_from_db()
    assert (open_round.closed_at, open_round.published_at) == (None, None)


# --- what the database itself refuses ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kpis_observation SET value = 5",
        "DELETE FROM kpis_observation",
        "UPDATE programs_programobservation SET actual_progress = 100",
        "UPDATE ministries_auditentry SET act = 'x'",
        "DELETE FROM ministries_auditentry",
        "UPDATE reports_report SET state = 'accepted', decided_at = NULL, decided_by_id = NULL",
        "UPDATE reports_line SET state = 'accepted', moved_at = NULL",
        "UPDATE reports_line SET state = 'agreed'",
        "UPDATE reports_linerevision SET content = '{}'",
        "DELETE FROM reports_linestep",
        "UPDATE reports_receipt SET digest = 'x'",
        "UPDATE reports_reportevent SET comment = 'x'",
        "UPDATE reports_line SET actual_progress = 140",
        "UPDATE kpis_observation SET superseded_at = now() - interval '50 years'",
    ],
)
def test_the_database_refuses(open_round: ReportingQuarter, people: People, statement: str) -> None:
    rounds.accepted(rounds.report_of(open_round, "MOE"), people)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
