"""An open round asks what is owed now: lines are added, removed, moved with all that hangs on them, or marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from threading import Event

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kpis.models import Indicator, IndicatorOwner
from ministries import clock
from ministries.models import AuditEntry, Notice, NoticeKind, Organisation
from ministries.permissions import Act
from ministries.services import Refused
from programs.models import Plan, Program, ProgramMilestone
from reports import rosters, selectors, services
from reports.models import (
    Evidence,
    Line,
    LineComment,
    LineRevision,
    LineStep,
    Report,
    ReportEvent,
    ReportingQuarter,
)
from reports.models.reports import MOVED_IN, MOVED_OUT
from reports.services import RosterChange
from reports.workflow import State
from tests import rounds
from tests.people import People
from tests.reports.evidence import attached
from tests.reports.pages import browser, page_of, url_of

OPENS, DUE, CLOSES = date(2023, 4, 1), date(2023, 4, 10), date(2023, 5, 15)


@contextmanager
def on(day: date) -> Iterator[None]:
    with clock.set_to(datetime.combine(day, time(9), clock.TAIPEI)):
        yield


@pytest.fixture
def round_(turned_round: ReportingQuarter) -> ReportingQuarter:
    return turned_round


@pytest.fixture
def indicator(plan: Plan) -> Indicator:
    """KR1.1, which the National Science and Technology Council owes alone."""
    indicator = plan.indicators.get(code="KR1.1")
    assert [owner.organisation.code for owner in indicator.owners.all()] == ["NSTC"]
    return indicator


def body(code: str) -> Organisation:
    return Organisation.objects.get(code=code)


def hand_over(indicator: Indicator, *codes: str) -> None:
    """From now on these owe the indicator; whoever owed it before did so until the quarter before."""
    indicator.owners.update(until_quarter=indicator.plan.first_quarter - 1)
    for code in codes:
        IndicatorOwner.objects.update_or_create(
            indicator=indicator,
            organisation=body(code),
            defaults={"named_by_plan": False, "until_quarter": None},
        )


def updated(round_: ReportingQuarter, day: date = DUE) -> RosterChange:
    with on(day):
        return services.update_roster(reporting_quarter=rounds.round_of(round_.plan, "112Q1"))


def lines_about(round_: ReportingQuarter, indicator: Indicator) -> list[Line]:
    return list(
        Line.objects.filter(report__reporting_quarter=round_, indicator=indicator).select_related(
            "report__organisation"
        )
    )


def line_about(round_: ReportingQuarter, indicator: Indicator) -> Line:
    (line,) = lines_about(round_, indicator)
    return line


def owner_of(line: Line) -> str:
    return line.report.organisation.code


def written(round_: ReportingQuarter, people: People, indicator: Indicator, code: str = "NSTC") -> Line:
    with on(DUE):
        rounds.fill(rounds.report_of(round_, code), people, 7, indicator=indicator)
    return line_about(round_, indicator)


def asks_what_is_owed(round_: ReportingQuarter) -> bool:
    owed = {
        (organisation, key.indicator_id, key.program_id, key.part_id, key.milestone_id, key.sub_item_id)
        for organisation, keys in rosters.owed_lines(round_.plan, round_.quarter).items()
        for key in keys
    }
    columns = ("indicator", "program", "part", "milestone", "sub_item")
    asked = Line.objects.filter(report__reporting_quarter=round_, no_longer_owed_since__isnull=True)
    return set(asked.values_list("report__organisation", *columns)) == owed


# --- nothing to do -----------------------------------------------------------------------------------------
def test_a_round_that_asks_what_is_owed_is_left_alone(round_: ReportingQuarter) -> None:
    before = AuditEntry.objects.count()
    assert updated(round_) == RosterChange()
    assert AuditEntry.objects.count() == before
    assert asks_what_is_owed(round_)


def test_a_round_that_takes_no_entries_keeps_its_lines(
    round_: ReportingQuarter, indicator: Indicator
) -> None:
    hand_over(indicator, "MOE")
    assert updated(round_, CLOSES + timedelta(days=1)) == RosterChange()
    assert owner_of(line_about(round_, indicator)) == "NSTC"


# --- added and removed -------------------------------------------------------------------------------------
def test_an_untouched_line_goes_and_its_heir_gets_a_new_one(
    round_: ReportingQuarter, indicator: Indicator
) -> None:
    before = line_about(round_, indicator)
    hand_over(indicator, "MOE")
    assert updated(round_) == RosterChange(added=1, removed=1)
    after = line_about(round_, indicator)
    assert owner_of(after) == "MOE" and after.pk != before.pk
    assert asks_what_is_owed(round_)
    assert updated(round_) == RosterChange()


def test_a_new_line_stands_behind_those_that_are_there(
    round_: ReportingQuarter, indicator: Indicator
) -> None:
    report = rounds.report_of(round_, "MOE")
    last = max(report.lines.values_list("order", flat=True))
    hand_over(indicator, "MOE")
    updated(round_)
    assert line_about(round_, indicator).order == last + 1


def test_a_second_owner_gets_a_line_beside_the_first(round_: ReportingQuarter, indicator: Indicator) -> None:
    hand_over(indicator, "NSTC", "MOE")
    assert updated(round_) == RosterChange(added=1)
    assert {owner_of(line) for line in lines_about(round_, indicator)} == {"NSTC", "MOE"}


def test_an_organisation_without_a_report_gets_one(round_: ReportingQuarter, indicator: Indicator) -> None:
    Organisation.objects.create(code="NEWCOMER", kind=Organisation.Kind.MINISTRY, order=99)
    hand_over(indicator, "NEWCOMER")
    assert updated(round_) == RosterChange(added=1, removed=1, reports=1)
    assert rounds.report_of(round_, "NEWCOMER").state == State.DRAFT


def test_a_report_of_which_nothing_is_left_goes_if_nothing_ever_came_of_it(
    plan: Plan, round_: ReportingQuarter, indicator: Indicator
) -> None:
    alone = Organisation.objects.create(code="ALONE", kind=Organisation.Kind.MINISTRY, order=99)
    hand_over(indicator, "ALONE")
    updated(round_)
    assert alone.reports.exists()
    hand_over(indicator, "NSTC")
    assert updated(round_) == RosterChange(added=1, removed=1, reports=1)
    assert not alone.reports.exists()


def test_a_programme_that_joins_or_ends_is_asked_for_or_not(plan: Plan, round_: ReportingQuarter) -> None:
    program = plan.programs.filter(code="P01").get()
    Program.objects.filter(pk=program.pk).update(period_start=date(2024, 1, 1), period_end=date(2024, 12, 31))
    change = updated(round_)
    assert change.removed >= 1
    assert not Line.objects.filter(report__reporting_quarter=round_, program=program).exists()
    Program.objects.filter(pk=program.pk).update(period_start=None, period_end=None)
    assert updated(round_).added >= 1
    assert asks_what_is_owed(round_)


def test_evidence_that_was_handed_in_stays_in_the_store_wherever_its_line_went(
    round_: ReportingQuarter, people: People, indicator: Indicator, evidence_store: object
) -> None:
    with on(DUE):
        report = rounds.fill(rounds.report_of(round_, "NSTC"), people)
        piece = attached(line_about(round_, indicator), people.officer("NSTC"))
        rounds.hand_in(report, people)
    hand_over(indicator, "MOE")
    updated(round_)
    with on(DUE + timedelta(days=1)):
        removed = services.remove_evidence(
            evidence=Evidence.objects.get(pk=piece.pk), actor=people.officer("MOE")
        )
    assert removed.is_kept
    call_command("check_receipts")


def test_what_was_handed_in_last_and_went_away_is_not_taken_back_in_silence(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    with on(DUE):
        report = rounds.submitted(rounds.report_of(round_, "NSTC"), people)
        line = line_about(round_, indicator)
        services.return_lines(comments={line: "請補正。"}, actor=people.reviewer)
        rounds.hand_in(rounds.fill(report, people, 9, indicator=indicator), people)
    hand_over(indicator, "MOE")
    updated(round_)
    with on(DUE), pytest.raises(Refused, match="改由其他機關"):
        services.recall_report(report=report, actor=people.officer("NSTC"))


def test_nothing_is_hung_on_a_line_nor_said_of_it_by_whom_it_left_under_an_open_page(
    round_: ReportingQuarter, people: People, indicator: Indicator, evidence_store: object
) -> None:
    line = written(round_, people, indicator)
    hand_over(indicator, "MOE")
    updated(round_)
    officer = people.officer("NSTC")
    with on(DUE), pytest.raises(Refused, match="已不在本報告"):
        services.attach_link(line=line, url="https://www.gov.tw/", actor=officer)
    with on(DUE), pytest.raises(Refused, match="已不在本報告"):
        services.add_comment(line=line, words="請問？", actor=officer)
    assert not line.evidence.exists() and not line.comments.exists()


def test_a_line_on_which_something_hangs_is_not_removed(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    line = line_about(round_, indicator)
    LineComment.objects.create(line=line, by=people.officer("NSTC"), at=clock.now(), words="請問？")
    IndicatorOwner.objects.filter(indicator=indicator).update(until_quarter=indicator.plan.first_quarter - 1)
    assert updated(round_) == RosterChange(marked=1)
    line.refresh_from_db()
    assert not line.is_owed


# --- moved -------------------------------------------------------------------------------------------------
def test_what_was_written_moves_to_whoever_owes_it_now_with_its_history(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    line = written(round_, people, indicator)
    hand_over(indicator, "MOE")
    assert updated(round_) == RosterChange(moved=1)
    moved = line_about(round_, indicator)
    assert (moved.pk, owner_of(moved)) == (line.pk, "MOE")
    assert (moved.value, moved.revision, moved.saved_by) == (
        line.value,
        line.revision,
        people.officer("NSTC"),
    )
    assert LineRevision.objects.filter(line=moved).count() == line.revision
    assert asks_what_is_owed(round_)
    assert updated(round_) == RosterChange()


def test_its_heir_writes_on(round_: ReportingQuarter, people: People, indicator: Indicator) -> None:
    written(round_, people, indicator)
    hand_over(indicator, "MOE")
    updated(round_)
    with on(DUE):
        rounds.fill(rounds.report_of(round_, "MOE"), people, 9, indicator=indicator)
        done = rounds.submitted(rounds.report_of(round_, "MOE"), people)
        services.accept_report(report=done, actor=people.reviewer)
    assert line_about(round_, indicator).state == State.ACCEPTED


@pytest.mark.parametrize("state", [State.SUBMITTED, State.RETURNED])
def test_a_line_that_was_handed_in_or_returned_is_a_draft_again(
    round_: ReportingQuarter, people: People, indicator: Indicator, state: State
) -> None:
    report = rounds.report_of(round_, "NSTC")
    with on(DUE):
        rounds.submitted(report, people)
        if state == State.RETURNED:
            services.return_report(report=report, actor=people.reviewer, comment="請補正。")
    assert line_about(round_, indicator).state == state
    hand_over(indicator, "MOE")
    assert updated(round_) == RosterChange(moved=1)
    assert line_about(round_, indicator).state == State.DRAFT
    assert rounds.report_of(round_, "MOE").state == State.DRAFT
    assert rounds.report_of(round_, "NSTC").state == state


def test_both_reports_and_both_organisations_find_it_in_their_record(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    line = written(round_, people, indicator)
    hand_over(indicator, "MOE")
    updated(round_)
    departure, arrival = ReportEvent.objects.filter(act__in=[MOVED_OUT, MOVED_IN]).order_by("id")
    assert (departure.report.organisation.code, departure.other.code) == ("NSTC", "MOE")
    assert (arrival.report.organisation.code, arrival.other.code) == ("MOE", "NSTC")
    assert departure.actor is None and arrival.actor is None
    step = LineStep.objects.get(line=line, event=arrival)
    assert (step.from_state, step.to_state, step.revision) == (State.DRAFT, State.DRAFT, line.revision)
    entries = AuditEntry.objects.filter(act=Act.GOVERN_PLAN, subject_type="reports.report").order_by("id")
    assert [entry.organisation.code for entry in entries] == ["NSTC", "MOE"]
    assert entries[0].detail["moved_to"] == "MOE" and entries[1].detail["moved_from"] == "NSTC"
    assert entries[0].detail["line"] == line.pk and entries[0].actor is None


def test_the_pages_say_from_where_and_to_where(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    written(round_, people, indicator)
    hand_over(indicator, "MOE")
    updated(round_)
    with on(DUE):
        here = browser(people.officer("MOE")).get(url_of(rounds.report_of(round_, "MOE"))).content.decode()
        there = browser(people.officer("NSTC")).get(url_of(rounds.report_of(round_, "NSTC"))).content.decode()
    assert "由國科會移入" in here and "系統" in here
    assert "項目移至教育部" in there


def test_what_was_typed_while_the_line_went_away_comes_back_to_its_author(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    line = written(round_, people, indicator)
    report = rounds.report_of(round_, "NSTC")
    other = report.lines.exclude(pk=line.pk).earliest("order")
    typed = page_of(report, {line: {"narrative": "正在補充的說明"}, other: {"narrative": "另一項"}})
    hand_over(indicator, "MOE")
    updated(round_)
    with on(DUE):
        answer = browser(people.officer("NSTC")).post(url_of(report, "save"), typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "正在補充的說明" in page and "已改由其他機關填報" in page
    line.refresh_from_db()
    other.refresh_from_db()
    assert line.narrative != "正在補充的說明" and other.narrative == "另一項"


def test_of_two_owners_who_leave_the_one_who_wrote_hands_over(
    round_: ReportingQuarter, people: People, plan: Plan, indicator: Indicator
) -> None:
    hand_over(indicator, "NSTC", "MOEA")
    updated(round_)
    with on(DUE):
        rounds.fill(rounds.report_of(round_, "MOEA"), people, 7, indicator=indicator)
    hand_over(indicator, "MOE")
    assert updated(round_) == RosterChange(moved=1, removed=1)
    line = line_about(round_, indicator)
    assert owner_of(line) == "MOE" and line.value == 7


def test_a_milestone_whose_day_is_changed_keeps_what_was_written(
    plan: Plan, round_: ReportingQuarter, people: People
) -> None:
    program = plan.programs.get(code="P01")
    first = ProgramMilestone.objects.create(
        program=program,
        code="M1",
        name_zh="查核點",
        due_on=date(2023, 3, 1),
        effective_from=plan.first_quarter,
    )
    assert updated(round_).added == 1
    line = Line.objects.get(report__reporting_quarter=round_, milestone=first)
    with on(DUE):
        rounds.fill(line.report, people, milestone=first)
    first.effective_from = plan.first_quarter - 1
    first.save()
    second = ProgramMilestone.objects.create(
        program=program,
        code="M1",
        name_zh="查核點",
        due_on=date(2023, 6, 1),
        effective_from=plan.first_quarter,
    )
    updated(round_)
    line.refresh_from_db()
    assert line.milestone == second and line.revision == 1 and line.reached_on is not None
    assert updated(round_) == RosterChange()


# --- what stays --------------------------------------------------------------------------------------------
def accepted(round_: ReportingQuarter, people: People) -> Report:
    with on(DUE):
        return rounds.accepted(rounds.report_of(round_, "NSTC"), people)


def test_an_accepted_line_stays_and_is_not_asked_for_twice(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    accepted(round_, people)
    hand_over(indicator, "MOE")
    assert updated(round_) == RosterChange()
    line = line_about(round_, indicator)
    assert owner_of(line) == "NSTC" and line.state == State.ACCEPTED and line.is_owed


def test_a_reopened_line_stays_as_long_as_its_acceptance_is_in_force(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    report = accepted(round_, people)
    with on(DUE):
        services.reopen_report(report=report, actor=people.reviewer, comment="請更正。")
    hand_over(indicator, "MOE")
    assert updated(round_) == RosterChange()
    assert owner_of(line_about(round_, indicator)) == "NSTC"


def test_both_ministries_are_told_of_lines_that_move(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    line = written(round_, people, indicator)
    both = [people.officer("NSTC"), people.officer("MOE")]
    hand_over(indicator, "MOE")
    updated(round_)
    told = {each.person: each for each in Notice.objects.filter(kind=NoticeKind.LINES_MOVED)}
    assert set(told) >= set(both) and people.officer("MOA") not in told
    there, here = (told[person] for person in both)
    assert (there.path, here.path) == ("/reports/112Q1/NSTC/", "/reports/112Q1/MOE/")
    assert "移至教育部" in there.facts["remark"]["zh"] and "移自國家科學" in here.facts["remark"]["zh"]
    assert indicator.name_zh in str(there.facts["lines"]) and line.pk
    updated(round_)
    assert Notice.objects.filter(kind=NoticeKind.LINES_MOVED).count() == len(told)


def test_a_line_whose_acceptance_was_withdrawn_moves(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    report = accepted(round_, people)
    with on(DUE):
        services.withdraw_acceptance(report=report, actor=people.reviewer, comment="權責變更。")
    hand_over(indicator, "MOE")
    assert updated(round_) == RosterChange(moved=1)
    assert owner_of(line_about(round_, indicator)) == "MOE"


def nobody_owes(indicator: Indicator) -> None:
    indicator.owners.update(until_quarter=indicator.plan.first_quarter - 1)


def test_what_was_written_and_nobody_owes_stays_and_is_marked(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    line = written(round_, people, indicator)
    nobody_owes(indicator)
    assert updated(round_) == RosterChange(marked=1)
    line.refresh_from_db()
    with on(DUE):
        assert line.no_longer_owed_since == clock.now() and line.value == 7
        page = browser(people.officer("NSTC")).get(url_of(line.report)).content.decode()
    assert "不再應報" in page
    assert updated(round_) == RosterChange()


def test_a_marked_line_stops_no_submission(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    with on(DUE):
        report = rounds.fill(rounds.report_of(round_, "NSTC"), people)
    line = line_about(round_, indicator)
    Line.objects.filter(pk=line.pk).update(value=None, narrative="", statement="")
    with on(DUE), pytest.raises(Refused):
        services.submit_report(report=report, actor=people.officer("NSTC"))
    nobody_owes(indicator)
    updated(round_)
    with on(DUE):
        rounds.hand_in(report, people)
    report.refresh_from_db()
    line.refresh_from_db()
    assert report.state == State.SUBMITTED and line.state == State.DRAFT
    with on(DUE):
        services.accept_report(report=report, actor=people.reviewer)
    report.refresh_from_db()
    assert report.state == State.ACCEPTED


def test_a_line_that_is_owed_again_loses_its_mark(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    line = written(round_, people, indicator)
    nobody_owes(indicator)
    updated(round_)
    hand_over(indicator, "NSTC")
    assert updated(round_) == RosterChange(marked=1)
    line.refresh_from_db()
    assert line.is_owed


def test_a_marked_line_moves_once_somebody_else_owes_it(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    written(round_, people, indicator)
    nobody_owes(indicator)
    updated(round_)
    hand_over(indicator, "MOE")
    assert updated(round_) == RosterChange(moved=1)
    line = line_about(round_, indicator)
    assert owner_of(line) == "MOE" and line.is_owed


def test_a_report_of_which_only_history_is_left_is_counted_nowhere(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    alone = Organisation.objects.create(code="ALONE", kind=Organisation.Kind.MINISTRY, order=99)
    alone.names.create(name_zh="獨立部", name_en="Alone", short_zh="獨立部", short_en="Alone")
    hand_over(indicator, "ALONE")
    updated(round_)
    written(round_, people, indicator, "ALONE")
    with on(DUE):
        before = selectors.rounds()[0].reports
    hand_over(indicator, "MOE")
    assert updated(round_) == RosterChange(moved=1, reports=1)
    report = alone.reports.get()
    assert not report.is_owed
    with on(DUE):
        known = selectors.rounds()
        assert known[0].reports == before - 1
        assert "ALONE" not in {row.organisation.code for row in selectors.overview(known[0], known).matrix}
        (own,) = selectors.own_reports(people.officer("ALONE"))
        assert not own.takes_entries
        assert "不再應報" in browser(people.officer("ALONE")).get("/work/").content.decode()
        assert "不再應報" in browser(people.head).get("/quarters/112Q1/").content.decode()
        assert "ALONE" not in {
            each.organisation.code for each in selectors.round_page(round_.quarter).missing
        }
    hand_over(indicator, "ALONE")
    updated(round_)
    report.refresh_from_db()
    assert report.is_owed


def test_a_report_that_came_back_and_of_which_nothing_is_owed_is_not_awaited(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    alone = Organisation.objects.create(code="ALONE", kind=Organisation.Kind.MINISTRY, order=99)
    alone.names.create(name_zh="獨立部", name_en="Alone", short_zh="獨立部", short_en="Alone")
    hand_over(indicator, "ALONE")
    updated(round_)
    with on(DUE):
        report = rounds.submitted(rounds.report_of(round_, "ALONE"), people)
        services.return_report(report=report, actor=people.reviewer, comment="請補正。")
        before = selectors.rounds()[0].reports
    nobody_owes(indicator)
    assert updated(round_) == RosterChange(marked=1, reports=1)
    report.refresh_from_db()
    assert not report.is_owed and report.days_late == 0
    with on(DUE):
        assert selectors.rounds()[0].reports == before - 1
        page = browser(people.officer("ALONE")).get(url_of(report)).content.decode()
    assert "不再應報" in page and "送交核稿" not in page
    assert updated(round_) == RosterChange()


def test_what_was_handed_in_is_decided_although_nobody_owes_it_any_more(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    report = rounds.report_of(round_, "NSTC")
    with on(DUE):
        rounds.submitted(report, people)
    nobody_owes(indicator)
    assert updated(round_) == RosterChange(marked=1)
    with on(DUE):
        services.accept_report(report=report, actor=people.reviewer)
    assert line_about(round_, indicator).state == State.ACCEPTED


# --- who, how often, how much ------------------------------------------------------------------------------
def test_the_clock_brings_every_open_round_in_step(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    written(round_, people, indicator)
    hand_over(indicator, "MOE")
    with on(DUE):
        assert services.turn_quarters().changed == (round_.quarter,)
        assert services.turn_quarters().changed == ()
    assert owner_of(line_about(round_, indicator)) == "MOE"


def test_an_administrator_may_do_it_by_hand_and_nobody_else(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    written(round_, people, indicator)
    hand_over(indicator, "MOE")
    for person in (people.officer("MOE"), people.reviewer, people.head, people.auditor):
        with pytest.raises(PermissionDenied):
            services.update_roster(reporting_quarter=round_, actor=person)
    with on(DUE):
        services.update_roster(reporting_quarter=round_, actor=people.administrator)
    assert set(ReportEvent.objects.values_list("actor", flat=True)) == {people.administrator.pk}


def test_queries_do_not_grow_with_lines(
    plan: Plan, round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    def cost(act: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as queries:
            act()
        return len(queries)

    written(round_, people, indicator)
    updated(round_)
    quiet = cost(lambda: updated(round_))
    hand_over(indicator, "MOE")
    one = cost(lambda: updated(round_))
    nstc, moe = body("NSTC"), body("MOE")
    programs = Program.objects.bulk_create(
        Program(plan=plan, code=f"X{n}", organisation=nstc, name_zh=f"計畫{n}", kind="new") for n in range(60)
    )
    updated(round_)
    with on(DUE):
        rounds.fill(rounds.report_of(round_, "NSTC"), people, program__in=programs[:30])
    assert cost(lambda: updated(round_)) == quiet
    Program.objects.filter(pk__in=[each.pk for each in programs]).update(organisation=moe)
    changes = []
    many = cost(lambda: changes.append(updated(round_)))
    assert changes == [RosterChange(added=30, removed=30, moved=30)]
    # Removing and adding cost a fixed number more; what refers to a line is asked table by table.
    assert quiet <= 22 and one <= 56 and many <= one + 12, (quiet, one, many)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_reportevent SET actor_id = NULL",
        "INSERT INTO reports_reportevent (report_id, at, act, from_state, to_state, comment)"
        " SELECT report_id, at, 'submit', from_state, to_state, '' FROM reports_reportevent LIMIT 1",
        "INSERT INTO reports_reportevent (report_id, at, act, from_state, to_state, comment)"
        " SELECT report_id, at, 'moved_in', from_state, to_state, '' FROM reports_reportevent LIMIT 1",
    ],
)
def test_the_database_refuses(round_: ReportingQuarter, people: People, statement: str) -> None:
    accepted(round_, people)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_submission_and_a_change_of_owner_wait_for_each_other(
    round_: ReportingQuarter, people: People, indicator: Indicator
) -> None:
    with on(DUE):
        report = rounds.fill(rounds.report_of(round_, "NSTC"), people)
    hand_over(indicator, "MOE")
    holds, go_on = Event(), Event()

    def change() -> RosterChange:
        try:
            with on(DUE), transaction.atomic():
                done = services.update_roster(reporting_quarter=round_)
                holds.set()
                assert go_on.wait(20)
                return done
        finally:
            connection.close()

    def submit() -> Report:
        try:
            assert holds.wait(20)
            with on(DUE):
                return rounds.submitted(report, people)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        changing, submitting = pool.submit(change), pool.submit(submit)
        assert holds.wait(20)
        assert not submitting.done()
        go_on.set()
        assert changing.result(20).moved == 1
        submitting.result(20)
    line = line_about(round_, indicator)
    assert (owner_of(line), line.state) == ("MOE", State.DRAFT)
    assert rounds.report_of(round_, "NSTC").state == State.SUBMITTED
