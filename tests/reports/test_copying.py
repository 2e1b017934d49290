"""Copying forward: last quarter's accepted words into empty fields; never figures, days or money."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ministries.models import AuditEntry
from ministries.services import Refused
from programs.models import Plan
from reports import services
from reports.contents import CONTENT_FIELDS, LineContent, LineEntry
from reports.models import Line, Report
from reports.selectors.checking import subject_of
from reports.services.copying import COPIED
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, page_of, url_of
from tests.stages import stage

WORDS: dict[str, Any] = {
    "narrative": "上季辦理二場說明會。",
    "delay_kind": "procurement",
    "accountability": "contractor",
    "remedy": "重新公告。",
    "coordination": "請提供資料。",
    "coordination_with": ("MODA",),
}


def line_of(report: Report, **kind: Any) -> Line:
    found = report.lines.select_related("indicator", "program", "part", "milestone", "sub_item").filter(
        **kind
    )
    line = found.first()
    assert line
    return line


def say(line: Line, people: People, **content: Any) -> None:
    entry = LineEntry(line.pk, line.revision, replace(LineContent.of(line), **content))
    officer = people.officer(line.report.organisation.code)
    result = services.save_lines(report=line.report, entries=[entry], actor=officer)
    assert not result.errors and not result.conflicts
    line.refresh_from_db()


@stage()
def last(plan: Plan, people: People) -> Report:
    """國科會's report of 112Q1, accepted; its first programme says something in every field."""
    report = rounds.fill(rounds.report_of(rounds.opened(plan, "112Q1", people), "NSTC"), people)
    say(
        line_of(report, program__isnull=False),
        people,
        actual_progress=Decimal(40),
        delay_reason="流標。",
        catch_up_on=date(2023, 12, 31),
        improve_by=date(2023, 11, 30),
        appropriation=Decimal(1000),
        spent=Decimal(100),
        confidence="off_track",
        confidence_note="無法趕上。",
        **WORDS,
    )
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    return report


@stage(upon="last")
def next_one(plan: Plan, people: People) -> Report:
    return rounds.report_of(rounds.opened(plan, "112Q2", people), "NSTC")


@pytest.fixture
def report(next_one: Report) -> Report:
    return next_one


def copied(report: Report, people: People, line_ids: list[int] | None = None) -> dict[int, tuple[str, ...]]:
    done = services.copy_forward(report=report, actor=people.officer("NSTC"), line_ids=line_ids)
    return {line.pk: names for line, names in done}


def test_words_are_taken_over_and_nothing_else(report: Report, people: People) -> None:
    line = line_of(report, program__isnull=False)
    assert set(copied(report, people)[line.pk]) == set(WORDS)
    line.refresh_from_db()
    content = LineContent.of(line)
    assert {name: getattr(content, name) for name in WORDS} == WORDS
    empty = LineContent()
    for name in set(CONTENT_FIELDS) - set(COPIED):
        assert getattr(content, name) == getattr(empty, name), name


def test_no_figure_day_or_amount_is_ever_among_what_is_copied() -> None:
    empty = LineContent()
    assert all(getattr(empty, name) in ("", ()) for name in COPIED)
    assert not {"note", "confidence", "confidence_note", "delay_reason", "statement"} & set(COPIED)


def test_what_is_written_already_is_left_as_it_is(report: Report, people: People) -> None:
    line = line_of(report, program__isnull=False)
    say(line, people, narrative="本季已自行撰寫。")
    assert "narrative" not in copied(report, people)[line.pk]
    line.refresh_from_db()
    assert line.narrative == "本季已自行撰寫。"
    assert line.remedy == WORDS["remedy"]


def test_each_line_gets_a_new_revision_and_the_act_is_audited(report: Report, people: People) -> None:
    lines = copied(report, people)
    assert set(report.lines.filter(pk__in=lines).values_list("revision", flat=True)) == {1}
    entry = AuditEntry.objects.filter(act="report.fill").latest("pk")
    assert {each["line"] for each in entry.detail["lines"]} == set(lines)


def test_copying_twice_copies_nothing_more(report: Report, people: People) -> None:
    assert copied(report, people)
    assert copied(report, people) == {}
    assert set(report.lines.values_list("revision", flat=True)) <= {0, 1}


def test_only_chosen_lines_are_filled(report: Report, people: People) -> None:
    line = line_of(report, indicator__isnull=False)
    assert set(copied(report, people, [line.pk])) == {line.pk}
    assert report.lines.filter(revision__gt=0).count() == 1


def test_lines_of_other_reports_are_never_touched(report: Report, people: People) -> None:
    other = rounds.report_of(report.reporting_quarter, "MOE").lines.earliest("order")
    assert copied(report, people, [other.pk]) == {}


@pytest.mark.parametrize(
    ("rank", "takes"), [(3, True), (2, False), (None, False)], ids=["same", "other", "none yet"]
)
def test_an_edition_is_taken_over_with_the_same_rank_only(
    plan: Plan, people: People, rank: int | None, takes: bool
) -> None:
    first = rounds.opened(plan, "112Q1", people)
    holder = Line.objects.filter(report__reporting_quarter=first, indicator__aggregation="rank").first()
    assert holder
    code = holder.report.organisation.code
    before = rounds.report_of(first, code)
    rounds.accepted(before, people, value=3)
    now = rounds.report_of(rounds.opened(plan, "112Q2", people), code)
    line = line_of(now, indicator=holder.indicator)
    if rank:
        say(line, people, rank=rank)
    done = services.copy_forward(report=now, actor=people.officer(code))
    names = {each.pk: names for each, names in done}[line.pk]
    assert ("edition" in names) == takes


def test_what_was_not_accepted_is_not_taken_over(plan: Plan, people: People) -> None:
    rounds.submitted(rounds.report_of(rounds.opened(plan, "112Q1", people), "NSTC"), people)
    report = rounds.report_of(rounds.opened(plan, "112Q2", people), "NSTC")
    assert copied(report, people) == {}


def test_a_milestone_is_found_again_by_its_code(report: Report, last: Report, people: People) -> None:
    subjects = {subject_of(line) for line in report.lines.select_related("milestone")}
    assert len(subjects) == report.lines.count()


def test_a_report_that_takes_no_entries_is_refused(report: Report, people: People) -> None:
    services.close_quarter(reporting_quarter=report.reporting_quarter, actor=people.administrator)
    with pytest.raises(Refused):
        copied(report, people)


@pytest.mark.parametrize("reader", ["reviewer", "head", "auditor", "administrator"])
def test_only_who_fills_the_report_in_copies(report: Report, people: People, reader: str) -> None:
    with pytest.raises(PermissionDenied):
        services.copy_forward(report=report, actor=getattr(people, reader))


def test_queries_do_not_grow_with_lines(report: Report, people: People) -> None:
    def queries(line_ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as counted, transaction.atomic():
            assert len(copied(report, people, line_ids)) == len(line_ids)
            transaction.set_rollback(True)
        return len(counted)

    # The first one also names another organisation.
    lines = [line_of(report, program__isnull=False).pk]
    lines += report.lines.filter(indicator__isnull=False).values_list("pk", flat=True)
    assert len(lines) > 1
    assert queries(lines[:1]) == queries(lines) <= 30


# --- on the page -----------------------------------------------------------------------------------------


def test_the_page_says_what_was_copied(report: Report, people: People) -> None:
    client = browser(people.officer("NSTC"))
    answer = client.post(url_of(report, "copy-forward"), page_of(report, {}), follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain == [(url_of(report), 302)]
    assert ("已自上季核定內容帶入" in text and "辦理情形、落後類型" in text) or "落後類型" in text
    assert "上季辦理二場說明會。" in text


def test_what_was_typed_is_saved_first_and_kept(report: Report, people: People) -> None:
    line = line_of(report, program__isnull=False)
    typed = page_of(report, {line: {"narrative": "剛剛輸入的文字。", "planned_progress": "60"}})
    assert browser(people.officer("NSTC")).post(url_of(report, "copy-forward"), typed).status_code == 302
    line.refresh_from_db()
    assert (line.narrative, line.planned_progress) == ("剛剛輸入的文字。", Decimal(60))
    assert line.remedy == WORDS["remedy"]


def test_bad_input_comes_back_and_nothing_is_copied(report: Report, people: People) -> None:
    line = line_of(report, program__isnull=False)
    typed = page_of(report, {line: {"planned_progress": "很多"}})
    answer = browser(people.officer("NSTC")).post(url_of(report, "copy-forward"), typed)
    assert answer.status_code == 422 and 'value="很多"' in answer.content.decode()
    assert not report.lines.filter(revision__gt=0).exists()


def test_with_nothing_to_copy_the_page_says_so(last: Report, people: People) -> None:
    report = rounds.report_of(last.reporting_quarter, "MOE")
    client = browser(people.officer("MOE"))
    answer = client.post(url_of(report, "copy-forward"), page_of(report, {}), follow=True)
    assert "沒有可帶入的文字" in answer.content.decode()


def test_in_a_closed_quarter_it_is_refused_on_the_page(report: Report, people: People) -> None:
    services.close_quarter(reporting_quarter=report.reporting_quarter, actor=people.administrator)
    answer = browser(people.officer("NSTC")).post(url_of(report, "copy-forward"), page_of(report, {}))
    assert answer.status_code == 409
