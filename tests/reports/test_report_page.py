"""The report page: saved line by line, refused with the reason at the field, and never losing what was typed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ministries import clock
from ministries.models import Role
from programs.models import Plan
from reports import services
from reports.contents import LineContent, LineEntry
from reports.models import Line, Report, ReportingQuarter, ReportState
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, page_of, url_of


@pytest.fixture
def report(open_round: ReportingQuarter) -> Report:
    return rounds.report_of(open_round, "NSTC")


def program_line(report: Report) -> Line:
    found = report.lines.filter(program__isnull=False).first()
    assert found
    return found


def indicator_line(report: Report) -> Line:
    found = report.lines.filter(indicator__aggregation="flow").first()
    assert found
    return found


def test_an_officer_sees_a_field_for_every_line_of_the_report(report: Report, people: People) -> None:
    page = browser(people.officer("NSTC")).get(url_of(report))
    text = page.content.decode()
    assert page.status_code == 200
    assert all(f'id="line-{line.pk}"' in text for line in report.lines.all())
    assert "儲存草稿" in text


def test_reading_the_page_writes_nothing(report: Report, people: People) -> None:
    client = browser(people.officer("NSTC"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(url_of(report))
    assert not [
        each for each in queries if each["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
    ]


def test_a_stranger_is_sent_to_log_in_and_back(report: Report) -> None:
    answer = browser().get(url_of(report))
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={url_of(report)}")


def test_another_ministrys_report_is_not_found_on_any_road(report: Report, people: People) -> None:
    client = browser(people.officer("MOE"))
    assert client.get(url_of(report)).status_code == 404
    for verb in ("save", "submit", "accept", "return", "reopen", "withdraw"):
        assert client.post(url_of(report, verb), page_of(report, {})).status_code == 404


def test_a_quarter_or_organisation_that_is_not_there_is_not_found(report: Report, people: People) -> None:
    client = browser(people.reviewer)
    assert client.get("/reports/119Q1/NSTC/").status_code == 404
    assert client.get("/reports/112Q1/NOBODY/").status_code == 404
    assert client.get("/reports/112Q9/NSTC/").status_code == 404


def test_acts_are_post_only(report: Report, people: People) -> None:
    client = browser(people.officer("NSTC"))
    for verb in ("save", "submit", "accept", "return", "reopen", "withdraw"):
        assert client.get(url_of(report, verb)).status_code == 405


@pytest.mark.parametrize("verb", ["save", "submit"])
def test_whoever_only_reads_a_report_may_not_fill_it(report: Report, people: People, verb: str) -> None:
    for reader in (people.reviewer, people.head, people.auditor, people.holding(Role.APPROVER, "NSTC")):
        assert browser(reader).get(url_of(report)).status_code == 200
        assert browser(reader).post(url_of(report, verb), page_of(report, {})).status_code == 403


WRITERS: list[tuple[Role, str | None]] = [
    (Role.OFFICER, "NDC"),
    (Role.APPROVER, "NDC"),
    (Role.ACCOUNT_MANAGER, "NDC"),
    (Role.AUDITOR, None),
]
SECRETARIAT: list[tuple[Role, str | None]] = [
    (Role.REVIEWER, None),
    (Role.HEAD, None),
    (Role.ADMINISTRATOR, None),
]


def words_of(reader: Client, report: Report) -> str:
    return reader.get(url_of(report)).content.decode()


@pytest.mark.parametrize(("role", "code"), WRITERS + SECRETARIAT)
def test_a_draft_is_read_by_its_ministry_and_auditors_and_by_others_once_submitted(
    open_round: ReportingQuarter, people: People, role: Role, code: str | None
) -> None:
    report = rounds.fill(rounds.report_of(open_round, "NDC"), people)
    reader = browser(people.holding(role, code))
    reads_draft = (role, code) in WRITERS
    assert ("已依計畫辦理。" in words_of(reader, report)) == reads_draft
    rounds.hand_in(report, people)
    assert "已依計畫辦理。" in words_of(reader, report)
    services.return_report(report=report, actor=people.reviewer, comment="請補正。")
    line = report.lines.get()
    content = replace(LineContent.of(line), narrative="補正中的文字。")
    entry = LineEntry(line.pk, line.revision, content)
    services.save_lines(report=report, entries=[entry], actor=people.officer("NDC"))
    # Others go on reading what was handed in.
    assert ("補正中的文字。" in words_of(reader, report)) == reads_draft
    assert ("已依計畫辦理。" in words_of(reader, report)) != reads_draft


@pytest.mark.parametrize("verb", ["accept", "return", "reopen", "withdraw"])
def test_an_officer_may_not_decide_a_report(report: Report, people: People, verb: str) -> None:
    answer = browser(people.officer("NSTC")).post(url_of(report, verb), {"comment": "x"})
    assert answer.status_code == 403


def test_a_draft_is_saved_and_numbers_are_understood(report: Report, people: People) -> None:
    line = indicator_line(report)
    changes = {line: {"value": "１,２３４", "narrative": "本季辦理\r\n二場"}}
    answer = browser(people.officer("NSTC")).post(url_of(report, "save"), page_of(report, changes))
    line.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, url_of(report))
    assert line.value == 1234
    assert (line.statement, line.narrative) == ("value", "本季辦理\n二場")


def test_a_bad_line_comes_back_as_typed_while_the_good_one_is_saved(report: Report, people: People) -> None:
    good, bad = indicator_line(report), program_line(report)
    typed = {"planned_progress": "140", "actual_progress": "很多", "narrative": "<b>逐字</b>"}
    answer = browser(people.officer("NSTC")).post(
        url_of(report, "save"), page_of(report, {good: {"value": "12"}, bad: typed})
    )
    text = answer.content.decode()
    good.refresh_from_db()
    bad.refresh_from_db()
    assert answer.status_code == 422
    assert good.value == 12
    assert bad.revision == 0
    assert 'value="140"' in text and 'value="很多"' in text and "&lt;b&gt;逐字&lt;/b&gt;" in text
    assert f'href="#line-{bad.pk}-actual_progress"' in text
    assert f'aria-describedby="line-{bad.pk}-actual_progress-error"' in text
    assert "其餘 1 項已儲存" in text


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("spent", "-1"),
        ("spent", "9" * 16),
        ("spent", "9" * 60),
        ("spent", "1.5"),
        ("planned_progress", "140"),
        ("planned_progress", "-1"),
        ("actual_progress", "NaN"),
        ("narrative", "長" * 5001),
        ("narrative", "\x00"),
        ("statement", "zero"),
        ("statement", "whatever"),
    ],
)
def test_bad_input_is_explained_at_its_field(report: Report, people: People, field: str, typed: str) -> None:
    line = program_line(report)
    answer = browser(people.officer("NSTC")).post(
        url_of(report, "save"), page_of(report, {line: {field: typed}})
    )
    line.refresh_from_db()
    assert answer.status_code == 422
    assert f"line-{line.pk}-{field}-error" in answer.content.decode()
    assert line.revision == 0


def test_two_people_on_one_line_see_both_versions_and_choose(report: Report, people: People) -> None:
    line = indicator_line(report)
    client = browser(people.officer("NSTC"))
    opened = page_of(report, {line: {"value": "10"}})
    client.post(url_of(report, "save"), page_of(report, {line: {"value": "20"}}))
    clash = client.post(url_of(report, "save"), opened)
    text = clash.content.decode()
    line.refresh_from_db()
    assert clash.status_code == 409
    assert line.value == 20
    assert 'value="10"' in text and '<span class="said">20</span>' in text
    again = client.post(url_of(report, "save"), opened)
    assert again.status_code == 409
    chosen = {f"line-{line.pk}-theirs": str(line.revision), f"line-{line.pk}-resolve": "mine"}
    assert client.post(url_of(report, "save"), {**opened, **chosen}).status_code == 302
    line.refresh_from_db()
    assert line.value == 10


def test_choosing_the_other_version_leaves_it_as_it_is(report: Report, people: People) -> None:
    line = indicator_line(report)
    client = browser(people.officer("NSTC"))
    opened = page_of(report, {line: {"value": "10"}})
    client.post(url_of(report, "save"), page_of(report, {line: {"value": "20"}}))
    answer = client.post(url_of(report, "save"), {**opened, f"line-{line.pk}-resolve": "theirs"})
    line.refresh_from_db()
    assert answer.status_code == 302
    assert line.value == 20


def test_a_line_that_one_did_not_touch_never_clashes(report: Report, people: People) -> None:
    mine, other = indicator_line(report), program_line(report)
    client = browser(people.officer("NSTC"))
    opened = page_of(report, {mine: {"value": "10"}})
    client.post(url_of(report, "save"), page_of(report, {other: {"narrative": "他人先填"}}))
    assert client.post(url_of(report, "save"), opened).status_code == 302
    other.refresh_from_db()
    assert other.narrative == "他人先填"


def test_an_incomplete_report_is_not_submitted_and_every_gap_is_linked(
    report: Report, people: People
) -> None:
    answer = browser(people.officer("NSTC")).post(url_of(report, "submit"), page_of(report, {}))
    text = answer.content.decode()
    report.refresh_from_db()
    assert (answer.status_code, report.state) == (422, ReportState.DRAFT)
    assert all(f'href="#line-{line.pk}-statement"' in text for line in report.lines.all())


@pytest.mark.parametrize("verb", ["save", "submit"])
def test_a_post_that_is_no_page_of_the_report_changes_nothing(
    report: Report, people: People, verb: str
) -> None:
    rounds.fill(report, people)
    client = browser(people.officer("NSTC"))
    answer = client.post(url_of(report, verb), '{"value": 5}', content_type="application/json")
    assert answer.status_code == 422
    report.refresh_from_db()
    assert report.state == ReportState.DRAFT


def test_a_complete_report_is_submitted_and_then_only_read(report: Report, people: People) -> None:
    rounds.signed(rounds.fill(report, people), people)
    client = browser(people.officer("NSTC"))
    assert client.post(url_of(report, "submit"), {"as_saved": "yes"}).status_code == 302
    report.refresh_from_db()
    page = client.get(url_of(report)).content.decode()
    assert report.state == ReportState.SUBMITTED
    assert "儲存草稿" not in page and "報告已送出" in page


def test_posting_into_a_closed_quarter_is_refused_and_the_text_stays_on_the_page(
    report: Report, people: People
) -> None:
    line = indicator_line(report)
    services.close_quarter(reporting_quarter=report.reporting_quarter, actor=people.administrator)
    for verb in ("save", "submit"):
        answer = browser(people.officer("NSTC")).post(
            url_of(report, verb), page_of(report, {line: {"value": "77", "narrative": "來不及的文字"}})
        )
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "已截止" in text and "來不及的文字" in text and 'value="77"' in text
    line.refresh_from_db()
    assert line.revision == 0


def test_a_returned_report_says_who_sent_it_back_and_why(report: Report, people: People) -> None:
    rounds.submitted(report, people)
    services.return_report(report=report, actor=people.reviewer, comment="請補正 KR1.1 之計算基礎。")
    page = browser(people.officer("NSTC")).get(url_of(report)).content.decode()
    assert "請補正 KR1.1 之計算基礎。" in page and "儲存草稿" in page


def test_last_quarters_accepted_figure_stands_beside_the_field(plan: Plan, people: People) -> None:
    first = rounds.opened(plan, "112Q1", people)
    rounds.accepted(rounds.report_of(first, "NSTC"), people, value=4321)
    second = rounds.opened(plan, "112Q2", people)
    page = browser(people.officer("NSTC")).get(url_of(rounds.report_of(second, "NSTC"))).content.decode()
    assert "4,321" in page


def test_days_late_are_counted_and_kept_after_submission(report: Report, people: People) -> None:
    client = browser(people.officer("NSTC"))
    with clock.set_to(rounds.after("112Q1", 13)):
        assert "已逾期 3 天" in client.get(url_of(report)).content.decode()
        rounds.submitted(report, people)
    with clock.set_to(rounds.after("112Q1", 40)):
        assert "逾期 3 天送出" in client.get(url_of(report)).content.decode()


def test_the_page_stands_in_english_too(report: Report, people: People) -> None:
    page = browser(people.officer("NSTC")).get(f"/en{url_of(report)}")
    assert page.status_code == 200
    assert "2023 Q1" in page.content.decode()
