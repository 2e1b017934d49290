"""A line saves as it is typed: one winner per revision, both versions kept, nothing typed lost, in few queries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ministries.models import Role
from reports import services
from reports.models import Line, LineRevision, Report, ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, page_of, url_of


@pytest.fixture
def report(open_round: ReportingQuarter) -> Report:
    return rounds.report_of(open_round, "NSTC")


@pytest.fixture
def line(report: Report) -> Line:
    return report.lines.filter(indicator__aggregation="flow").earliest("order")


@pytest.fixture
def officer(people: People) -> Client:
    return browser(people.officer("NSTC"))


def fields_of(line: Line, **texts: str) -> dict[str, str]:
    """What the line's article posts: all of its fields and nothing of other lines."""
    page = page_of(line.report, {line: texts})
    return {name: text for name, text in page.items() if name.startswith(f"line-{line.pk}-")}


def save(client: Client, line: Line, fields: dict[str, str]) -> Any:
    return client.post(url_of(line.report, f"lines/{line.pk}/save"), fields, headers={"HX-Request": "true"})


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_line_is_saved_on_its_own_and_the_reply_carries_its_new_revision(
    officer: Client, line: Line
) -> None:
    answer = save(officer, line, fields_of(line, statement="value", value="1,250"))
    line.refresh_from_db()
    assert (answer.status_code, line.value, line.revision) == (200, Decimal(1250), 1)
    assert f'name="line-{line.pk}-revision" value="1"' in text_of(answer)
    assert "已儲存" in text_of(answer)


def test_the_reply_never_carries_the_fields_themselves(officer: Client, line: Line) -> None:
    reply = text_of(save(officer, line, fields_of(line, narrative="說明")))
    assert f'name="line-{line.pk}-narrative"' not in reply
    assert 'hx-swap-oob="true"' in reply


def test_a_wrong_figure_is_explained_at_its_field_and_nothing_of_the_line_is_saved(
    officer: Client, line: Line
) -> None:
    answer = save(officer, line, fields_of(line, value="大約五百", narrative="說明"))
    line.refresh_from_db()
    assert (answer.status_code, line.revision, line.narrative) == (422, 0, "")
    assert f'id="line-{line.pk}-value-error"' in text_of(answer)
    assert "不是數字" in text_of(answer) and "尚未儲存" in text_of(answer)


def test_what_was_not_touched_is_not_saved_again(officer: Client, line: Line) -> None:
    assert save(officer, line, fields_of(line)).status_code == 200
    line.refresh_from_db()
    assert line.revision == 0


def test_a_stale_line_is_refused_and_both_versions_stand_side_by_side(officer: Client, line: Line) -> None:
    mine = fields_of(line, narrative="乙的說明")
    save(officer, line, fields_of(line, narrative="甲的說明"))
    answer = save(officer, line, mine)
    line.refresh_from_db()
    assert (answer.status_code, line.narrative) == (409, "甲的說明")
    assert "甲的說明" in text_of(answer) and "乙的說明" in text_of(answer)


def test_two_versions_are_merged_field_by_field(officer: Client, line: Line) -> None:
    mine = fields_of(line, statement="value", value="20", narrative="乙的說明")
    save(officer, line, fields_of(line, statement="value", value="10", narrative="甲的說明"))
    chosen = {
        f"line-{line.pk}-resolve": "merged",
        f"line-{line.pk}-theirs": "1",
        f"line-{line.pk}-take-value": "theirs",
        f"line-{line.pk}-take-narrative": "mine",
    }
    assert save(officer, line, {**mine, **chosen}).status_code == 200
    line.refresh_from_db()
    assert (line.value, line.narrative, line.revision) == (Decimal(10), "乙的說明", 2)


def test_a_merge_upon_a_version_that_is_stale_again_clashes_again(officer: Client, line: Line) -> None:
    mine = fields_of(line, narrative="乙的說明")
    save(officer, line, fields_of(line, narrative="甲的說明"))
    line.refresh_from_db()
    save(officer, line, fields_of(line, narrative="甲的第二版"))
    chosen = {f"line-{line.pk}-resolve": "mine", f"line-{line.pk}-theirs": "1"}
    assert save(officer, line, {**mine, **chosen}).status_code == 409


def test_a_version_that_was_replaced_is_kept_in_the_lines_history(officer: Client, line: Line) -> None:
    mine = fields_of(line, narrative="乙的說明")
    save(officer, line, fields_of(line, narrative="甲的說明"))
    save(officer, line, {**mine, f"line-{line.pk}-resolve": "mine", f"line-{line.pk}-theirs": "1"})
    said = LineRevision.objects.filter(line=line).values_list("content__narrative", flat=True)
    assert list(said) == ["甲的說明", "乙的說明"]


def test_saving_a_line_costs_at_most_ten_queries(people: People, report: Report, line: Line) -> None:
    for each in report.lines.all():
        client = browser(people.officer("NSTC"))
        fields = fields_of(each, narrative="已依計畫辦理。")
        url = url_of(report, f"lines/{each.pk}/save")
        with CaptureQueriesContext(connection) as captured:
            assert client.post(url, fields).status_code == 200
        # Outside a test the savepoint is the transaction itself.
        sent = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        assert len(sent) <= 10, "\n".join(sent)


def test_a_signed_line_takes_nothing_and_says_why(officer: Client, people: People, line: Line) -> None:
    rounds.signed(rounds.fill(line.report, people), people)
    line.refresh_from_db()
    answer = save(officer, line, fields_of(line, narrative="再改"))
    assert answer.status_code == 422
    assert "已核稿" in text_of(answer)


def test_a_line_of_a_closed_quarter_takes_nothing(officer: Client, people: People, line: Line) -> None:
    fields = fields_of(line, narrative="來不及")
    services.close_quarter(reporting_quarter=line.report.reporting_quarter, actor=people.administrator)
    answer = save(officer, line, fields)
    assert answer.status_code == 409
    assert "已截止" in text_of(answer)


@pytest.mark.parametrize(
    ("role", "code", "status"),
    [
        (Role.OFFICER, "MOE", 404),
        (Role.APPROVER, "NSTC", 403),
        (Role.REVIEWER, None, 403),
        (Role.AUDITOR, None, 403),
    ],
)
def test_nobody_else_saves_a_line(
    people: People, line: Line, role: Role, code: str | None, status: int
) -> None:
    client = browser(people.holding(role, code))
    assert save(client, line, fields_of(line, narrative="說明")).status_code == status
    line.refresh_from_db()
    assert line.revision == 0


@pytest.mark.parametrize("key", ["99999999999999999999", "x"])
def test_a_line_that_cannot_exist_is_not_found(officer: Client, report: Report, key: str) -> None:
    assert officer.post(url_of(report, f"lines/{key}/save"), {}).status_code == 404


def test_who_types_in_a_line_that_is_gone_is_told_so(officer: Client, report: Report, line: Line) -> None:
    """A change of responsibility took it away, with nothing in it, while it was being typed."""
    typed = fields_of(line, narrative="正在補充的說明")
    url = url_of(report, f"lines/{line.pk}/save")
    line.delete()
    answer = officer.post(url, typed)
    assert answer.status_code == 409
    assert "權責變更，此項已不在本報告內" in answer.text


def test_a_line_under_another_reports_address_is_not_found(
    people: People, open_round: ReportingQuarter, line: Line
) -> None:
    other = rounds.report_of(open_round, "MOE")
    client = browser(people.auditor)
    assert client.post(url_of(other, f"lines/{line.pk}/save"), fields_of(line)).status_code == 404


# --- the session ended meanwhile ----------------------------------------------------------------------------


def test_what_was_typed_outlives_the_session(report: Report, line: Line) -> None:
    page = page_of(report, {line: {"narrative": "還沒存的文字", "value": "77"}})
    answer = Client().post(url_of(report, "save"), page, headers={"Origin": "http://testserver"})
    assert answer.status_code == 401
    assert "還沒存的文字" in text_of(answer) and ">\n77</textarea>" in text_of(answer)


def test_what_was_typed_goes_on_with_the_token_of_the_new_session(
    people: People, report: Report, line: Line
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.officer("NSTC"))
    page = page_of(report, {line: {"narrative": "還沒存的文字"}})
    stale = {**page, "csrfmiddlewaretoken": "x" * 64}
    answer = client.post(url_of(report, "save"), stale, headers={"Origin": "http://testserver"})
    assert answer.status_code == 403
    assert "還沒存的文字" in text_of(answer)
    line.refresh_from_db()
    assert line.revision == 0


@pytest.mark.parametrize("origin", ["https://evil.test", "null", ""])
def test_a_form_from_elsewhere_is_not_shown_again(report: Report, origin: str) -> None:
    answer = Client().post(url_of(report, "save"), {"narrative": "騙人的文字"}, headers={"Origin": origin})
    assert answer.status_code == 302
    forged = Client(enforce_csrf_checks=True).post(
        url_of(report, "save"), {"narrative": "騙人的文字"}, headers={"Origin": origin}
    )
    assert "騙人的文字" not in text_of(forged)
