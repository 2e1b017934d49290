"""Every field of a line: read from a page, shown, checked for what is impossible, and copied down where it belongs."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict

from kpis.models import Observation
from programs.models import MilestoneObservation, ProgramMilestone, ProgramObservation
from reports import checks, forms, services, shown
from reports.contents import CONTENT_FIELDS, LineContent, LineEntry
from reports.models import Line, LineStatement, Report, ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, page_of, url_of

SAID: dict[str, Any] = {
    "year_planned_progress": Decimal(25),
    "year_actual_progress": Decimal("24.5"),
    "confidence": "at_risk",
    "confidence_note": "委外案流標。",
    "delay_kind": "procurement",
    "accountability": "contractor",
    "catch_up_on": date(2023, 9, 30),
    "improve_by": date(2023, 8, 31),
    "delay_reason": "委外案流標。",
    "remedy": "重新公告。",
}


@pytest.fixture
def report(open_round: ReportingQuarter) -> Report:
    return rounds.report_of(open_round, "NSTC")


def line_about(report: Report, **kind: Any) -> Line:
    found = report.lines.select_related("indicator", "program", "milestone__program").filter(**kind).first()
    assert found
    return found


def saved(line: Line, people: People, **content: Any) -> dict[str, str]:
    """Saves the line with this content; what it refuses, field by field."""
    entry = LineEntry(line.pk, line.revision, replace(LineContent.of(line), **content))
    officer = people.officer(line.report.organisation.code)
    result = services.save_lines(report=line.report, entries=[entry], actor=officer)
    line.refresh_from_db()
    return result.errors.get(line.pk, {})


# --- from the page and back ------------------------------------------------------------------------------


def test_every_field_of_the_content_stands_on_some_page_with_a_label() -> None:
    on_pages = {name for names in forms.FIELDS.values() for name in names} | {"statement"}
    assert on_pages == set(CONTENT_FIELDS) == set(forms.LABELS)


def test_every_field_is_typed_saved_and_shown_again(report: Report, people: People) -> None:
    line = line_about(report, program__isnull=False)
    typed = {
        "planned_progress": "50",
        "actual_progress": "44",
        "year_planned_progress": "２５％",
        "year_actual_progress": "24.5",
        "confidence": "at_risk",
        "confidence_note": "委外案流標。",
        "delay_kind": "procurement",
        "accountability": "contractor",
        "catch_up_on": "112/09/30",
        "improve_by": "2023-08-31",
        "coordination_with": "數位部、moea",
        "coordination": "請協助提供資料。",
        "note": "已確認。",
    }
    client = browser(people.officer("NSTC"))
    assert client.post(url_of(report, "save"), page_of(report, {line: typed})).status_code == 302
    line.refresh_from_db()
    kept = LineContent.of(line)
    assert kept.coordination_with == ("MODA", "MOEA")
    assert (kept.catch_up_on, kept.improve_by) == (date(2023, 9, 30), date(2023, 8, 31))
    assert {name: getattr(kept, name) for name in ("year_planned_progress", "delay_kind", "note")} == {
        "year_planned_progress": Decimal(25),
        "delay_kind": "procurement",
        "note": "已確認。",
    }
    page = client.get(url_of(report)).content.decode()
    assert '<option value="procurement" selected>採購發包</option>' in page
    assert 'value="112/09/30"' in page and 'value="MODA" checked' in page
    assert "請協助提供資料。" in page and "已確認。" in page
    again = client.post(url_of(report, "save"), page_of(report, {}))
    assert again.status_code == 302
    line.refresh_from_db()
    assert line.revision == 1, "a page that was only looked at saves nothing"


def test_ticked_organisations_are_read_one_by_one(report: Report) -> None:
    line = line_about(report, indicator__isnull=False)
    line.report = report
    name = forms.html_name(line.pk, "coordination_with")
    data = QueryDict(mutable=True)
    data[forms.html_name(line.pk, "revision")] = "0"
    data.setlist(name, ["MOEA", "MODA"])
    read = forms.read_page([line], data)[line.pk]
    assert read.content.coordination_with == ("MODA", "MOEA")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ()),
        (" 、 ,", ()),
        ("MODA", ("MODA",)),
        ("數位部，經濟部", ("MODA", "MOEA")),
        ("moea;MODA\nmoea", ("MODA", "MOEA")),
        ("Ministry of Digital Affairs", ("MODA",)),
    ],
)
def test_organisations_are_named_as_people_name_them(
    report: Report, text: str, codes: tuple[str, ...]
) -> None:
    line = line_about(report, indicator__isnull=False)
    line.report = report
    data = {forms.html_name(line.pk, name): given for name, given in _typed(line, coordination_with=text)}
    assert forms.read_page([line], data)[line.pk].content.coordination_with == codes


def _typed(line: Line, **texts: str) -> list[tuple[str, str]]:
    return [*{**forms.texts_of(line), "revision": "0", **texts}.items()]


@pytest.mark.parametrize("text", ["NSTC", "國科會", "內政部", "MOEA-IDB", "MODA 與 MOEA"])
def test_oneself_units_and_strangers_cannot_be_asked(report: Report, people: People, text: str) -> None:
    line = line_about(report, indicator__isnull=False)
    page = page_of(report, {line: {"coordination_with": text}})
    answer = browser(people.officer("NSTC")).post(url_of(report, "save"), page)
    assert answer.status_code == 422
    assert f"line-{line.pk}-coordination_with-error" in answer.content.decode()
    line.refresh_from_db()
    assert line.revision == 0


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("year_planned_progress", "140"),
        ("year_actual_progress", "-1"),
        ("year_actual_progress", "12.345"),
        ("delay_kind", "laziness"),
        ("accountability", "them"),
        ("confidence", "sure"),
        ("catch_up_on", "下個月"),
        ("improve_by", "112/13/01"),
        ("note", "\x00"),
        ("coordination", "長" * 5001),
    ],
)
def test_bad_input_is_explained_at_its_field(report: Report, people: People, field: str, text: str) -> None:
    line = line_about(report, program__isnull=False)
    answer = browser(people.officer("NSTC")).post(
        url_of(report, "save"), page_of(report, {line: {field: text}})
    )
    assert answer.status_code == 422
    assert f"line-{line.pk}-{field}-error" in answer.content.decode()
    line.refresh_from_db()
    assert line.revision == 0


# --- whoever saves --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "content"),
    [
        ("coordination_with", ("NSTC",)),
        ("coordination_with", ("NOBODY",)),
        ("delay_kind", "laziness"),
        ("accountability", "them"),
        ("confidence", "sure"),
        ("statement", "all"),
        ("year_planned_progress", Decimal(101)),
    ],
)
def test_the_service_refuses_what_the_page_refuses(
    report: Report, people: People, field: str, content: Any
) -> None:
    line = line_about(report, program__isnull=False)
    assert set(saved(line, people, **{field: content})) == {field}
    assert line.revision == 0


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"coordination": "請協助。"}, "coordination_with"),
        ({"coordination_with": ("MODA",)}, "coordination"),
    ],
)
def test_a_need_has_words_and_an_addressee_before_it_is_handed_in(
    report: Report, people: People, content: dict[str, Any], field: str
) -> None:
    line = line_about(report, indicator__isnull=False)
    assert not saved(line, people, **content)
    found = checks.findings(LineContent.of(line), line)
    assert field in {each.field for each in found if each.severity == checks.Severity.ERROR}


def test_the_order_in_which_organisations_are_chosen_makes_no_difference() -> None:
    one = LineContent(coordination_with=("MOEA", "MODA", "MOEA"))
    assert one == LineContent(coordination_with=("MODA", "MOEA"))


def test_the_database_refuses_unknown_words_of_a_delay(report: Report) -> None:
    for wrong in ({"delay_kind": "laziness"}, {"accountability": "them"}, {"year_actual_progress": 101}):
        with pytest.raises(IntegrityError), transaction.atomic():
            report.lines.update(**wrong)


# --- what becomes a fact --------------------------------------------------------------------------------


def accepted(report: Report, line: Line, people: People, **content: Any) -> None:
    rounds.fill(report, people)
    line.refresh_from_db()
    assert not saved(line, people, **content)
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)


def test_a_programmes_fact_keeps_delay_year_and_judgement(report: Report, people: People) -> None:
    line = line_about(report, program__isnull=False)
    accepted(report, line, people, actual_progress=Decimal(40), **SAID)
    fact = ProgramObservation.objects.get(program=line.program)
    assert {name: getattr(fact, name) for name in SAID} == SAID


def test_coordination_and_the_answer_to_the_checks_stay_on_the_line() -> None:
    for model in (Observation, ProgramObservation, MilestoneObservation):
        columns = {each.name for each in model._meta.get_fields()}
        assert not columns & {"coordination", "coordination_with", "note"}


def test_an_indicators_fact_keeps_why_the_ministry_judges_otherwise(report: Report, people: People) -> None:
    line = line_about(report, indicator__aggregation="flow")
    accepted(report, line, people, confidence="at_risk", confidence_note="經費遭刪減。")
    fact = Observation.objects.get(indicator=line.indicator)
    assert (fact.confidence, fact.confidence_note) == ("at_risk", "經費遭刪減。")


def test_a_correction_of_the_explanation_alone_is_a_new_fact(report: Report, people: People) -> None:
    line = line_about(report, indicator__aggregation="flow")
    accepted(report, line, people, confidence="at_risk", confidence_note="經費遭刪減。")
    services.reopen_report(report=report, actor=people.reviewer, comment="請補充說明。")
    line.refresh_from_db()
    assert not saved(line, people, confidence_note="經費遭刪減，已另覓財源。")
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    newest = Observation.objects.filter(indicator=line.indicator).latest("revision")
    assert (newest.revision, newest.confidence_note) == (2, "經費遭刪減，已另覓財源。")


def test_a_milestones_fact_keeps_why_it_is_late_and_until_when(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.report_of(open_round, "NSTC")
    program = line_about(report, program__isnull=False).program
    assert program
    milestone = ProgramMilestone.objects.create(
        program=program, code="M1", name_zh="雛型", due_on=date(2023, 2, 28), effective_from="112Q1"
    )
    line = Line.objects.create(report=report, order=99, milestone=milestone)
    delay = {name: SAID[name] for name in ("delay_kind", "accountability", "catch_up_on", "improve_by")}
    accepted(
        report,
        line,
        people,
        statement=LineStatement.NOT_REACHED,
        reached_on=None,
        narrative="委外案流標。",
        **delay,
    )
    fact = MilestoneObservation.objects.get(milestone=milestone)
    assert {name: getattr(fact, name) for name in delay} == delay


def test_the_database_keeps_a_programmes_delay_with_its_progress_only(report: Report, people: People) -> None:
    line = line_about(report, program__isnull=False)
    assert line.program_id
    for said in ({"delay_kind": "land"}, {"year_actual_progress": 1}, {"confidence": "at_risk"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProgramObservation.objects.create(
                program_id=line.program_id,
                organisation=report.organisation,
                quarter=report.reporting_quarter.quarter,
                statement="nothing_due",
                accepted_at="2023-04-20T00:00Z",
                accepted_by=people.reviewer,
                **said,
            )


# --- read beside last quarter's -------------------------------------------------------------------------


def test_every_field_reads_as_words(report: Report) -> None:
    line = line_about(report, program__isnull=False)
    line.report = report
    content = LineContent(
        statement="value",
        planned_progress=Decimal(50),
        actual_progress=Decimal(40),
        coordination_with=("MODA", "MOEA"),
        coordination="請協助。",
        note="已確認。",
        **SAID,
    )
    told = {str(row.label): row.now for row in shown.compared(line, content, None)}
    assert told["落後類型"] == "採購發包"
    assert told["責任歸屬"] == "廠商"
    assert told["機關研判"] == "有風險"
    assert told["須協調機關"] == "數位部、經濟部"
    assert "112 年 9 月 30 日" in told["預定趕上日期"]
    assert len(told) == len([each for each in fields(content) if getattr(content, each.name)]) - 1
