"""Who waits for a report is told what became of it: once for each event, with the lines and the words that concern them."""

from __future__ import annotations

import pytest
from django.utils import translation

from ministries import clock, wording
from ministries.models import Deputyship, Notice, NoticeKind, Organisation, Role, User
from ministries.services import Refused
from reports import services
from reports.models import Line, Report, ReportingQuarter
from tests import rounds
from tests.people import People


@pytest.fixture
def report(open_round: ReportingQuarter, people: People) -> Report:
    """MOE's of 112Q1, handed in; what was told of that is forgotten."""
    waiting = rounds.submitted(rounds.report_of(open_round, "MOE"), people)
    assert people.reviewer
    Notice.objects.all().delete()
    return waiting


def told(kind: NoticeKind) -> dict[str, Notice]:
    """Who was told of such a thing, each exactly once."""
    notices = list(Notice.objects.filter(kind=kind).select_related("person"))
    found = {notice.person.email: notice for notice in notices}
    assert len(found) == len(notices)
    return found


def lines_of(report: Report) -> list[Line]:
    return list(report.lines.select_related("report__reporting_quarter"))


def test_handing_in_is_confirmed_to_the_ministry_and_told_to_the_reviewers(
    open_round: ReportingQuarter, people: People
) -> None:
    assert people.reviewer
    rounds.submitted(rounds.report_of(open_round, "MOE"), people)
    found = told(NoticeKind.SUBMITTED)
    assert set(found) == {people.officer("MOE").email, "approver@moe.test", people.reviewer.email}
    notice = found[people.reviewer.email]
    assert "112Q1-MOE-1" in notice.facts["remark"]["zh"] and "112Q1-MOE-1" in notice.facts["remark"]["en"]
    assert notice.path == "/reports/112Q1/MOE/"


def test_returned_lines_are_told_to_officer_and_approver_with_a_comment_of_their_own(
    report: Report, people: People
) -> None:
    first, second = lines_of(report)[:2]
    services.return_lines(comments={first: "請補充甲。", second: "請補充乙。"}, actor=people.reviewer)
    found = told(NoticeKind.RETURNED)
    assert set(found) == {people.officer("MOE").email, "approver@moe.test"}
    facts = found["approver@moe.test"].facts
    assert [each["zh"].rsplit("：")[-1] for each in facts["lines"]] == ["請補充甲。", "請補充乙。"]
    assert facts["said"] == ""


def test_one_comment_for_several_lines_is_said_once(report: Report, people: People) -> None:
    services.return_report(report=report, actor=people.reviewer, comment="請全面檢視。")
    facts = told(NoticeKind.RETURNED)["approver@moe.test"].facts
    assert facts["said"] == "請全面檢視。"
    assert len(facts["lines"]) == report.lines.count()
    assert not any("請全面檢視" in each["zh"] for each in facts["lines"])


def test_each_round_is_told_anew(report: Report, people: People) -> None:
    for _round in range(2):
        services.return_report(report=report, actor=people.reviewer, comment="請補充。")
        rounds.submitted(report, people)
    notices = Notice.objects.filter(person=people.officer("MOE"), kind=NoticeKind.RETURNED)
    assert len({notice.key for notice in notices}) == 2


@pytest.mark.parametrize(
    ("act", "words"), [(services.reopen_report, "仍然有效"), (services.withdraw_acceptance, "不再採計")]
)
def test_what_is_taken_back_after_acceptance_is_told_with_what_that_means(
    report: Report, people: People, act: object, words: str
) -> None:
    services.accept_report(report=report, actor=people.reviewer)
    line = lines_of(report)[0]
    act(report=report, actor=people.reviewer, comment="單位誤植。", lines={line.pk})  # type: ignore[operator]
    facts = told(NoticeKind.RETURNED)["officer@moe.test"].facts
    assert words in facts["remark"]["zh"] and len(facts["lines"]) == 1 and facts["said"] == "單位誤植。"


def test_what_the_approver_sends_back_is_told_to_the_officers_alone(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.signed(rounds.fill(rounds.report_of(open_round, "MOE"), people), people)
    services.send_back(report=report, actor=people.holding(Role.APPROVER, "MOE"), comment="請補充。")
    assert set(told(NoticeKind.SENT_BACK)) == {people.officer("MOE").email}


def test_an_officers_deputy_is_told_too(report: Report, people: People) -> None:
    deputy = User.objects.create_user("deputy@moe.test", "a long test password", name="D")
    Deputyship.objects.create(
        principal=people.officer("MOE"),
        deputy=deputy,
        organisation=Organisation.objects.get(code="MOE"),
        from_day=clock.today(),
        until_day=clock.today(),
        named_at=clock.now(),
        named_by=people.officer("MOE"),
    )
    services.return_report(report=report, actor=people.reviewer, comment="請補充。")
    assert deputy.email in told(NoticeKind.RETURNED)


def test_a_refused_return_tells_nobody(report: Report, people: People) -> None:
    with pytest.raises(Refused):
        services.return_report(report=report, actor=people.reviewer, comment=" ")
    assert not Notice.objects.exists()


def test_the_letter_names_the_lines_in_the_readers_language(report: Report, people: People) -> None:
    first, second = lines_of(report)[:2]
    services.return_lines(comments={first: "請補充甲。", second: "請補充乙。"}, actor=people.reviewer)
    with translation.override("en"):
        ((group,),) = [wording.groups([told(NoticeKind.RETURNED)["officer@moe.test"]])]
    assert group.title.startswith("Ministry of Education")
    assert group.items[0].lines[0].endswith(": 請補充甲。")


def test_telling_takes_as_many_queries_for_one_line_as_for_all(
    report: Report, people: People, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        services.return_report(report=report, actor=people.reviewer, comment="請補充。")
