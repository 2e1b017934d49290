"""Needs of other organisations: announced once when handed in, read by those concerned alone, withdrawn when they go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ministries import clock
from ministries.models import AuditEntry, Deputyship, Notice, NoticeKind, Organisation, Role
from reports import selectors, services
from reports.contents import LineContent, LineEntry
from reports.models import CoordinationNeed, Line, Report, ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, url_of

NEED = "請協助提供共通資料格式。"


@pytest.fixture
def report(open_round: ReportingQuarter, people: People) -> Report:
    return rounds.fill(rounds.report_of(open_round, "NDC"), people)


@pytest.fixture
def broad(open_round: ReportingQuarter, people: People) -> Report:
    """A report of many lines."""
    return rounds.fill(rounds.report_of(open_round, "NSTC"), people)


def asking(report: Report, people: People, *codes: str, text: str = NEED, lines: int = 1) -> list[Line]:
    """The first lines of the report with this need of these organisations, saved."""
    chosen = list(report.lines.order_by("order")[:lines])
    entries = [
        LineEntry(
            line.pk,
            line.revision,
            replace(LineContent.of(line), coordination=text, coordination_with=codes),
        )
        for line in chosen
    ]
    officer = people.officer(report.organisation.code)
    assert not services.save_lines(report=report, entries=entries, actor=officer).errors
    return list(report.lines.filter(pk__in=[line.pk for line in chosen]))


def announced(report: Report, lines: list[Line], people: People) -> list[CoordinationNeed]:
    return services.announce_coordination(
        report=report, lines=lines, actor=people.officer(report.organisation.code)
    )


def told() -> list[tuple[str, str]]:
    notices = Notice.objects.filter(kind=NoticeKind.COORDINATION).select_related("person")
    return sorted((notice.person.email, notice.facts["said"]) for notice in notices)


def test_each_organisation_that_is_named_is_told_once_of_the_need(report: Report, people: People) -> None:
    moda, approver = people.officer("MODA"), people.holding(Role.APPROVER, "MOEA")
    lines = asking(report, people, "MODA", "MOEA")
    announced(report, lines, people)
    assert told() == sorted([(moda.email, NEED), (approver.email, NEED)])
    notice = Notice.objects.get(person=moda)
    need = CoordinationNeed.objects.get(organisation__code="MODA")
    assert notice.path == f"/coordination/{need.pk}/"
    assert notice.facts["about"] == {"zh": "國發會　112 年第 1 季", "en": "NDC, 2023 Q1"}
    assert notice.organisation == need.organisation


def test_where_nobody_answers_the_secretariat_is_told(report: Report, people: People) -> None:
    reviewer = people.reviewer
    announced(report, asking(report, people, "MOFA"), people)
    assert told() == [(reviewer.email, NEED)]


def test_handing_in_again_tells_nobody_again(report: Report, people: People) -> None:
    people.officer("MODA")
    lines = asking(report, people, "MODA")
    assert len(announced(report, lines, people)) == 1
    assert announced(report, lines, people) == []
    assert len(told()) == 1
    assert CoordinationNeed.objects.count() == 1


def test_another_text_is_another_need_and_the_former_is_withdrawn(report: Report, people: People) -> None:
    people.officer("MODA")
    announced(report, asking(report, people, "MODA"), people)
    (newer,) = announced(report, asking(report, people, "MODA", text="另請提供測試環境。"), people)
    former = CoordinationNeed.objects.exclude(pk=newer.pk).get()
    assert former.withdrawn_at and former.withdrawn_by == people.officer("NDC")
    assert [text for _person, text in told()] == ["另請提供測試環境。", NEED]


def test_an_organisation_that_is_no_longer_named_is_asked_no_more(report: Report, people: People) -> None:
    announced(report, asking(report, people, "MODA", "MOEA"), people)
    announced(report, asking(report, people, "MOEA"), people)
    assert [need.organisation.code for need in CoordinationNeed.objects.standing()] == ["MOEA"]
    announced(report, asking(report, people, text=""), people)
    assert not CoordinationNeed.objects.standing().exists()


def test_lines_that_were_not_handed_in_keep_their_needs(broad: Report, people: People) -> None:
    lines = asking(broad, people, "MODA", lines=2)
    announced(broad, lines, people)
    announced(broad, lines[:1], people)
    assert CoordinationNeed.objects.standing().count() == 2


def test_a_deputy_asks_in_the_principals_name(report: Report, people: People) -> None:
    lines = asking(report, people, "MODA")
    deputy, today = people.holding(Role.ACCOUNT_MANAGER, "NDC"), clock.today()
    Deputyship.objects.create(
        principal=people.officer("NDC"),
        deputy=deputy,
        organisation=report.organisation,
        from_day=today,
        until_day=today,
        named_at=clock.now(),
        named_by=people.officer("NDC"),
    )
    (need,) = services.announce_coordination(report=report, lines=lines, actor=deputy)
    assert (need.asked_by, need.asked_on_behalf_of) == (deputy, people.officer("NDC"))
    page = browser(people.officer("MODA")).get(f"/coordination/{need.pk}/").content.decode()
    assert f"{deputy}（代理 {people.officer('NDC')}）" in page


def test_only_who_may_hand_the_report_in_announces_its_needs(report: Report, people: People) -> None:
    for other in (people.holding(Role.ACCOUNT_MANAGER, "NDC"), people.officer("MODA"), people.reviewer):
        with pytest.raises(PermissionDenied):
            services.announce_coordination(report=report, lines=[], actor=other)


def test_every_need_and_every_withdrawal_is_in_the_audit_log(report: Report, people: People) -> None:
    announced(report, asking(report, people, "MODA"), people)
    announced(report, asking(report, people, text=""), people)
    entries = AuditEntry.objects.filter(subject_type="reports.coordinationneed").order_by("pk")
    assert [(each.detail["coordination"], each.detail["of"]) for each in entries] == [
        ("asked", "MODA"),
        ("withdrawn", "MODA"),
    ]


def test_queries_do_not_grow_with_lines(broad: Report, people: People) -> None:
    def queries(lines: list[Line]) -> int:
        actor = people.officer("NSTC")
        with CaptureQueriesContext(connection) as counted, transaction.atomic():
            services.announce_coordination(report=broad, lines=lines, actor=actor)
            transaction.set_rollback(True)
        return len([each for each in counted if "notice" not in each["sql"]])

    few, many = asking(broad, people, "MODA"), asking(broad, people, "MODA", lines=5)
    assert queries(few) == queries(many) <= 20


def test_the_database_lets_a_need_stand_once_with_words(report: Report, people: People) -> None:
    (need,) = announced(report, asking(report, people, "MODA"), people)
    said = {"line": need.line, "asked_at": need.asked_at, "asked_by": need.asked_by}
    moda, moea = (Organisation.objects.get(code=code) for code in ("MODA", "MOEA"))
    for wrong in (
        {**said, "organisation": moda, "text": "又一次"},
        {**said, "organisation": moea, "text": ""},
        {**said, "organisation": moea, "text": "無人撤回", "withdrawn_at": clock.now()},
        {
            **said,
            "organisation": moea,
            "text": "先撤回",
            "withdrawn_at": need.asked_at - timedelta(days=1),
            "withdrawn_by": need.asked_by,
        },
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            CoordinationNeed.objects.create(**wrong)


# --- who reads it ----------------------------------------------------------------------------------------


def test_the_work_page_shows_who_asks_what(report: Report, people: People) -> None:
    announced(report, asking(report, people, "MODA"), people)
    need = CoordinationNeed.objects.get()
    page = browser(people.officer("MODA")).get("/work/").content.decode()
    assert "他機關請求協調" in page and NEED in page and f"/coordination/{need.pk}/" in page
    for other in ("MOE", "NDC"):
        assert "他機關請求協調" not in browser(people.officer(other)).get("/work/").content.decode()


def test_the_work_page_takes_the_same_queries_however_many_needs(broad: Report, people: People) -> None:
    client = browser(people.officer("MODA"))
    counts = []
    for lines in (1, 3):
        announced(broad, asking(broad, people, "MODA", lines=lines), people)
        client.get("/work/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/work/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_the_need_is_read_by_itself_by_those_concerned(report: Report, people: People) -> None:
    (need,) = announced(report, asking(report, people, "MODA"), people)
    page = browser(people.officer("MODA")).get(f"/coordination/{need.pk}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert NEED in text and "國家發展委員會請數位發展部協調" in text
    assert url_of(report) not in text, "the report itself is not the asked one's to read"
    assert "已依計畫辦理。" not in text
    for reader in (people.officer("NDC"), people.reviewer, people.auditor):
        text = browser(reader).get(f"/coordination/{need.pk}/").content.decode()
        assert f"{url_of(report)}#line-{need.line_id}" in text


@pytest.mark.parametrize("code", ["MOE", "MOEA"])
def test_for_anybody_else_there_is_no_such_need(report: Report, people: People, code: str) -> None:
    (need,) = announced(report, asking(report, people, "MODA"), people)
    assert browser(people.officer(code)).get(f"/coordination/{need.pk}/").status_code == 404
    assert browser(people.officer(code)).get("/coordination/999999999999999999999/").status_code == 404


def test_what_is_read_is_what_was_handed_in_and_not_the_draft(report: Report, people: People) -> None:
    (need,) = announced(report, asking(report, people, "MODA"), people)
    asking(report, people, "MODA", text="尚在草擬。")
    page = browser(people.officer("MODA")).get(f"/coordination/{need.pk}/").content.decode()
    assert NEED in page and "尚在草擬" not in page


def test_a_withdrawn_need_says_so_and_leaves_the_work_page(report: Report, people: People) -> None:
    (need,) = announced(report, asking(report, people, "MODA"), people)
    announced(report, asking(report, people, text=""), people)
    client = browser(people.officer("MODA"))
    assert "已撤回或更新" in client.get(f"/coordination/{need.pk}/").content.decode()
    assert "他機關請求協調" not in client.get("/work/").content.decode()


def test_needs_of_a_published_quarter_leave_the_work_page(report: Report, people: People) -> None:
    announced(report, asking(report, people, "MODA"), people)
    assert len(selectors.needs_asked_of(people.officer("MODA"))) == 1
    rounds.published(report.reporting_quarter, people)
    assert selectors.needs_asked_of(people.officer("MODA")) == []


def test_the_page_stands_in_english_too(report: Report, people: People) -> None:
    (need,) = announced(report, asking(report, people, "MODA"), people)
    page = browser(people.officer("MODA")).get(f"/en/coordination/{need.pk}/")
    assert page.status_code == 200
    assert "2023 Q1" in page.content.decode()
