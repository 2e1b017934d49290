"""The queue: what waits, the most troubled first, each reason in words; and what may be accepted together."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.models import CheckCode, Observation
from ministries import clock
from ministries.models import Organisation, Role, User
from ministries.services import grant_role
from programs.models import Plan, Program, ProgramObservation
from programs.quarters import Quarter
from reports import selectors, services, troubles
from reports.check_rules import CheckContext
from reports.contents import LineContent, LineEntry
from reports.models import Line, Report, ReportingQuarter
from reports.selectors import QueuedReport
from reports.troubles import Fact, troubles_of
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, url_of

SOON = rounds.after("112Q1", 5)


@pytest.fixture
def report(open_round: ReportingQuarter) -> Report:
    return rounds.report_of(open_round, "NSTC")


def writes(line: Line, people: People, **said: Any) -> None:
    """The line's officer changes what it says."""
    line.refresh_from_db()
    content = replace(LineContent.of(line), **said)
    entry = LineEntry(line.pk, line.revision, content)
    officer = people.officer(line.report.organisation.code)
    result = services.save_lines(report=line.report, entries=[entry], actor=officer)
    assert result.saved and not result.errors, result


def handed_in(report: Report, people: People, **of_program: Any) -> Line:
    """The report as usual, but for what its first programme says; returns that line."""
    line = report.lines.filter(program__isnull=False).select_related("report__organisation")[0]
    with clock.set_to(SOON):
        rounds.fill(report, people)
        if of_program:
            writes(line, people, **of_program)
        rounds.hand_in(report, people)
    return line


def queued(people: People, reader: User | None = None) -> QueuedReport:
    with clock.set_to(SOON):
        (only,) = selectors.review_queue(reader or people.reviewer).waiting
    return only


def codes(people: People) -> set[str]:
    return {reason.code for reason in queued(people).reasons}


DELAYED = {
    "delay_kind": "procurement",
    "delay_reason": "採購流標。",
    "remedy": "重新招標。",
    "catch_up_on": Quarter.parse("112Q4").last_day,
}
BEHIND = {"planned_progress": Decimal(50), "actual_progress": Decimal(38), **DELAYED}
MONEY = {"appropriation": Decimal(1000), "allocated": Decimal(1000)}


# --- each reason -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (BEHIND, CheckCode.FAR_BEHIND),
        ({**BEHIND, "actual_progress": Decimal(44)}, Fact.BEHIND),
        ({**MONEY, "spent": Decimal(1001)}, CheckCode.OVER_APPROPRIATION),
        ({**MONEY, "spent": Decimal(10)}, CheckCode.LOW_EXECUTION),
        ({**MONEY, "spent": Decimal(10)}, Fact.NOTED),
        ({**BEHIND, "confidence": "on_track", "confidence_note": "已有對策。"}, Fact.DISAGREES),
        (
            {"statement": "nothing_due", "planned_progress": None, "actual_progress": None},
            Fact.EXCUSED,
        ),
    ],
)
def test_what_a_programme_says_is_a_reason_in_words(
    report: Report, people: People, said: dict[str, Any], reason: str
) -> None:
    line = handed_in(report, people, **said)
    (found,) = [each for each in queued(people).reasons if each.code == reason]
    assert (found.count, found.line) == (1, line.pk)
    page = browser(people.reviewer).get("/review/").content.decode()
    assert troubles.words_of(reason) in page and f"{url_of(report)}#line-{line.pk}" in page


def test_a_report_without_trouble_says_so(open_round: ReportingQuarter, people: People) -> None:
    with clock.set_to(SOON):
        rounds.submitted(rounds.report_of(open_round, "NDC"), people)
        assert queued(people).reasons == []
        assert "無疑義" in browser(people.reviewer).get("/review/").content.decode()


def test_behind_in_two_quarters_running_is_a_reason(report: Report, people: People, plan: Plan) -> None:
    line = report.lines.filter(program__isnull=False)[0]
    assert line.program
    ProgramObservation.objects.create(
        program=line.program,
        part=line.part,
        organisation=report.organisation,
        quarter=Quarter.parse("111Q4"),
        statement="progress",
        planned_progress=40,
        actual_progress=30,
        accepted_at=SOON,
        accepted_by=people.reviewer,
        origin="x",
    )
    handed_in(report, people, **BEHIND)
    assert CheckCode.BEHIND_TWICE in codes(people)


def test_falls_and_jumps_are_reasons(report: Report, people: People) -> None:
    (line,) = report.lines.select_related("indicator", "report__reporting_quarter").filter(
        indicator__aggregation="flow"
    )[:1]
    assert line.indicator
    for quarter in ("111Q3", "111Q4"):
        Observation.objects.create(
            indicator=line.indicator,
            organisation=report.organisation,
            quarter=Quarter.parse(quarter),
            statement="value",
            value=100,
            accepted_at=SOON,
            accepted_by=people.reviewer,
            origin="x",
        )
    handed_in(report, people)
    assert CheckCode.UNUSUAL_JUMP in codes(people)
    line.indicator.aggregation = "stock"
    said = rounds.content_for(line, 60)
    context = selectors.contexts_of([line])[line.pk]
    assert CheckCode.STOCK_FALLS in troubles_of(line, said, context, was_accepted=False, was_returned=False)


def test_an_overdue_milestone_that_was_not_reached_is_a_reason() -> None:
    class Milestone:
        due_on = Quarter.parse("112Q1").first_day

    line: Any = Line(statement="not_reached")
    line._state.fields_cache["milestone"] = Milestone()
    line._state.fields_cache["report"] = Report(
        reporting_quarter=ReportingQuarter(quarter=Quarter.parse("112Q1"))
    )
    content = LineContent(statement="not_reached", narrative="展延中。")
    found = troubles_of(line, content, CheckContext(rules=()), was_accepted=False, was_returned=False)
    assert found == (Fact.OVERDUE,)


def test_late_and_waiting_reports_say_so(report: Report, people: People) -> None:
    with clock.set_to(rounds.after("112Q1", 30)):
        rounds.submitted(report, people)
    with clock.set_to(rounds.after("112Q1", 40)):
        (found,) = selectors.review_queue(people.reviewer).waiting
        page = browser(people.reviewer).get("/review/").content.decode()
    assert {Fact.LATE, Fact.WAITING} <= {each.code for each in found.reasons}
    assert (found.deadline.days_late, found.waiting) == (20, 10)
    assert "逾期 20 天送出" in page and "等候 10 天" in page


def test_what_came_back_after_a_return_or_an_acceptance_says_so(report: Report, people: People) -> None:
    handed_in(report, people)
    services.return_report(report=report, actor=people.reviewer, comment="請補充。")
    with clock.set_to(SOON):
        rounds.submitted(report, people, 2)
    assert Fact.SECOND_ROUND in codes(people) and Fact.CORRECTED not in codes(people)
    assert queued(people).rounds == 2
    services.accept_report(report=report, actor=people.reviewer)
    services.reopen_report(report=report, actor=people.reviewer, comment="誤植。")
    with clock.set_to(SOON):
        rounds.submitted(report, people, 3)
    assert Fact.CORRECTED in codes(people)


def test_each_reason_is_said_once_by_the_graver_word() -> None:
    assert troubles.gravest_first({CheckCode.FAR_BEHIND, Fact.BEHIND, Fact.NOTED}) == ("far_behind", "noted")
    assert troubles.gravest_first({CheckCode.CONFIDENCE_DISAGREES, Fact.DISAGREES}) == ("disagrees",)


# --- the order ---------------------------------------------------------------------------------------------


def test_the_most_troubled_report_stands_first_and_any_column_turns_it_round(
    open_round: ReportingQuarter, people: People
) -> None:
    with clock.set_to(SOON):
        rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    handed_in(rounds.report_of(open_round, "NSTC"), people, **BEHIND)
    with clock.set_to(SOON):
        waiting = selectors.review_queue(people.reviewer).waiting
        assert [each.organisation.code for each in waiting] == ["NSTC", "NDC"]
        page = browser(people.reviewer).get("/review/?sort=trouble").content.decode()
    assert page.index("/reports/112Q1/NDC/") < page.index("/reports/112Q1/NSTC/")


def test_a_report_of_which_some_lines_were_returned_still_waits_with_the_others(
    report: Report, people: People
) -> None:
    line = handed_in(report, people)
    services.return_lines(comments={line: "請補充。"}, actor=people.reviewer)
    report.refresh_from_db()
    assert report.state == "returned"
    assert queued(people).count == report.lines.count() - 1


def second_reviewer() -> User:
    user = User.objects.create_user("second@secretariat.test", "a long test password", name="乙")
    secretariat = Organisation.objects.get(is_secretariat=True)
    grant_role(user=user, organisation=secretariat, role=Role.REVIEWER, actor=None)
    return user


def test_what_was_endorsed_names_its_first_reviewer_and_waits_for_others_than_them(
    report: Report, people: People, plan: Plan
) -> None:
    services.switch_second_review(plan=plan, needed=True, actor=people.head)
    handed_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    mine, theirs = queued(people), queued(people, second_reviewer())
    assert mine.is_for_others and not theirs.is_for_others
    assert theirs.first_reviewers == [people.reviewer.name]
    assert theirs.endorsed == report.lines.count()
    client = browser(User.objects.get(email="second@secretariat.test"))
    page = client.get("/review/").content.decode()
    assert f"待複審 {report.lines.count()}" in page and people.reviewer.name in page
    assert "須由他人審查" in browser(people.reviewer).get("/review/").content.decode()


def test_next_leads_through_the_queue_and_back_to_it_at_its_end(
    open_round: ReportingQuarter, people: People
) -> None:
    reports = [rounds.submitted(rounds.report_of(open_round, code), people) for code in ("MOE", "NDC")]
    client = browser(people.reviewer)
    order = [each.report for each in selectors.review_queue(people.reviewer).waiting]
    for here, there in ((order[0], order[1]), (order[1], order[0])):
        answer = client.get(f"/review/next/?after={here.pk}")
        assert answer["Location"] == url_of(there)
    assert client.get("/review/next/?after=nonsense")["Location"] == url_of(order[0])
    for report in reports:
        services.accept_report(report=report, actor=people.reviewer)
    assert client.get("/review/next/")["Location"] == "/review/"


# --- accepting together ------------------------------------------------------------------------------------


def posted(people: People, lines: list[str], reader: User | None = None) -> Any:
    path = "/review/112Q1/untroubled/accept/"
    return browser(reader or people.reviewer).post(path, {"line": lines}, follow=True)


def key_of(line: Line) -> str:
    line.refresh_from_db()
    return f"{line.pk}-{line.revision}"


def test_the_list_holds_exactly_what_has_no_trouble(report: Report, people: People) -> None:
    troubled = handed_in(report, people, **BEHIND)
    client = browser(people.reviewer)
    assert "/review/112Q1/untroubled/" in client.get("/review/").content.decode()
    page = client.get("/review/112Q1/untroubled/").content.decode()
    for line in report.lines.all():
        assert (f'value="{key_of(line)}" checked' in page) == (line.pk != troubled.pk)
    assert "本季另有 1 項待審查" in page


def test_accepting_together_is_accepting_one_by_one(plan: Plan, people: People) -> None:
    first = rounds.report_of(rounds.opened(plan, "112Q1", people), "MOE")
    second = rounds.report_of(rounds.opened(plan, "112Q2", people), "MOE")
    for report in (first, second):
        with clock.set_to(SOON):
            rounds.submitted(report, people, 4)
    answer = posted(people, [key_of(line) for line in first.lines.all()])
    assert f"已同意 {first.lines.count()} 項" in answer.content.decode()
    for line in second.lines.select_related("report"):
        services.accept_lines(lines=[line], actor=people.reviewer)
    for report in (first, second):
        report.refresh_from_db()
        assert report.state == "accepted"
    facts = [
        set(
            Observation.objects.filter(quarter=code).values_list(
                "indicator_id", "statement", "value", "reason"
            )
        )
        for code in ("112Q1", "112Q2")
    ]
    assert facts[0] == facts[1] != set()
    assert first.lines.filter(steps__act="accept").count() == second.lines.filter(steps__act="accept").count()


def test_what_was_written_anew_since_it_was_listed_stops_them_all(report: Report, people: People) -> None:
    line = handed_in(report, people)
    keys = [key_of(each) for each in report.lines.all()]
    services.recall_report(report=report, actor=people.officer("NSTC"))
    writes(line, people, narrative="另一版。")
    rounds.hand_in(report, people)
    answer = posted(people, keys)
    assert answer.status_code == 409 and "已重新送出" in answer.content.decode()
    assert set(report.lines.values_list("state", flat=True)) == {"submitted"}


def test_what_was_decided_meanwhile_stops_them_all(report: Report, people: People) -> None:
    line = handed_in(report, people)
    keys = [key_of(each) for each in report.lines.all()]
    services.return_lines(comments={line: "請補充。"}, actor=people.reviewer)
    assert posted(people, keys).status_code == 409
    assert not report.lines.filter(state="accepted").exists()


def test_nothing_ticked_and_lines_of_another_quarter_are_refused(report: Report, people: People) -> None:
    line = handed_in(report, people)
    assert posted(people, []).status_code == 422
    path = "/review/112Q2/untroubled/accept/"
    assert browser(people.reviewer).post(path, {"line": [key_of(line)]}).status_code == 422
    assert posted(people, [key_of(line)], people.head).status_code == 403


def test_with_a_second_reviewer_agreeing_together_only_endorses(
    report: Report, people: People, plan: Plan
) -> None:
    services.switch_second_review(plan=plan, needed=True, actor=people.head)
    handed_in(report, people)
    page = browser(people.reviewer).get("/review/112Q1/untroubled/").content.decode()
    assert "轉為待複審" in page
    posted(people, [key_of(line) for line in report.lines.all()])
    assert set(report.lines.values_list("state", flat=True)) == {"endorsed"}
    page = browser(people.reviewer).get("/review/112Q1/untroubled/").content.decode()
    assert "目前沒有可一次核定的項目" in page
    posted(people, [key_of(line) for line in report.lines.all()], second_reviewer())
    assert set(report.lines.values_list("state", flat=True)) == {"accepted"}


def waiting(report: Report, people: People, count: int) -> None:
    """So many lines of programmes that were handed in, over and above those that are."""
    programs = Program.objects.bulk_create(
        Program(
            plan=report.reporting_quarter.plan,
            code=f"W{count}-{n}",
            organisation=report.organisation,
            name_zh=f"計畫{n}",
            kind="new",
        )
        for n in range(count)
    )
    officer, at = people.officer("NSTC"), clock.now()
    said = {"statement": "value", "narrative": "已辦理。", "planned_progress": 50, "actual_progress": 50}
    Line.objects.bulk_create(
        Line(
            report=report,
            order=100 + n,
            program=program,
            state="submitted",
            moved_at=at,
            revision=1,
            saved_at=at,
            saved_by=officer,
            **said,
        )
        for n, program in enumerate(programs)
    )


def queries_of(people: People, act: Any) -> int:
    client = browser(people.reviewer)
    with CaptureQueriesContext(connection) as queries:
        act(client)
    return len(queries)


def test_queue_list_and_acceptance_cost_the_same_for_ten_lines_and_a_thousand(
    report: Report, people: People
) -> None:
    handed_in(report, people)
    costs = []
    for count in (10, 990):
        waiting(report, people, count)
        keys = [
            f"{pk}-{revision}"
            for pk, revision in report.lines.filter(state="submitted").values_list("pk", "revision")
        ]
        costs.append(
            (
                queries_of(people, lambda client: client.get("/review/")),
                queries_of(people, lambda client: client.get("/review/112Q1/untroubled/")),
                queries_of(
                    people,
                    lambda client, keys=keys: client.post("/review/112Q1/untroubled/accept/", {"line": keys}),
                ),
            )
        )
        assert report.lines.filter(state="accepted").count() >= count
    small, large = costs
    assert small[0] <= 15 and small[1] <= 15
    assert large[0] == small[0] and large[1] == small[1] and large[2] <= small[2] + 2
