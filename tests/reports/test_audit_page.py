"""Auditors read the whole log, filtered and in pages that stay where they are, and take along exactly what they see."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from ministries import clock, services
from ministries.models import AuditCheck, AuditEntry, Deputyship, Organisation, Role, User
from ministries.permissions import ACT_NAMES, Act
from reports import audit_files, audit_wording
from reports.audit_wording import SUBJECTS, facts_of
from reports.models import Evidence, LineComment, Report, ReportingQuarter
from reports.selectors import audit as selectors
from reports.selectors.audit import Asked, Place
from reports.views import audit as views
from reports.workflow import Deed
from tests import rounds
from tests.people import People
from tests.reports.pages import browser

NOON = datetime(2024, 1, 5, 12, tzinfo=clock.TAIPEI)
WORDS = "內容含有"


def entry(
    actor: User | None, at: datetime = NOON, act: Act = Act.COMMENT, code: str = "", **detail: Any
) -> AuditEntry:
    with clock.set_to(at):
        return services.record_act(
            actor=actor,
            act=act,
            subject=actor or User(pk=1),
            organisation=Organisation.objects.get(code=code) if code else None,
            detail=detail,
        )


@pytest.fixture
def auditor(people: People) -> Client:
    return browser(people.auditor)


def shown(client: Client, **query: Any) -> list[int]:
    """The entries on the page, in its order."""
    answer = client.get("/audit/", query)
    assert answer.status_code == 200, answer.context["form"].errors
    return [row.entry.pk for row in answer.context["rows"]]


def file_of(client: Client, ending: str = "csv", **query: Any) -> list[list[str]]:
    answer = client.post(f"/audit/export/{ending}/", query)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    if ending == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(content)).active
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


# --- reading --------------------------------------------------------------------------------------------------
def test_the_page_says_who_did_what_to_what_and_when(people: People, auditor: Client):
    officer = people.officer("NDC")
    made = entry(officer, act=Act.FILL_REPORT, code="NDC", reason="補正")
    services.seal_entries()
    text = auditor.get("/audit/", {"since": "113/01/05", "until": "113/01/05"}).content.decode()
    assert officer.name in text and officer.email in text
    assert str(ACT_NAMES[Act.FILL_REPORT]) in text and "113/01/05 12:00" in text
    assert "國發會" in text and "補正" in text
    assert made.seal.digest in text and f"<summary>{made.seal.position}</summary>" in text


def test_the_page_speaks_english(people: People, auditor: Client):
    entry(people.officer("NDC"), act=Act.FILL_REPORT, code="NDC")
    text = auditor.get("/en/audit/", {"since": "2024-01-05", "until": "2024-01-05"}).content.decode()
    assert "NDC" in text and "2024-01-05 12:00" in text
    assert "國發會" not in text


def test_a_deputys_act_names_both(people: People, auditor: Client):
    officer, deputy = people.officer("NDC"), people.holding(Role.ACCOUNT_MANAGER, "NDC")
    Deputyship.objects.create(
        principal=officer,
        deputy=deputy,
        organisation=Organisation.objects.get(code="NDC"),
        from_day=NOON.date(),
        until_day=NOON.date(),
        named_at=NOON,
        named_by=officer,
    )
    entry(User.objects.get(pk=deputy.pk), act=Act.FILL_REPORT, code="NDC")
    text = auditor.get("/audit/", {"person": deputy.email}).content.decode()
    assert f"{deputy.name}（代理 {officer.name}）" in text


def test_what_the_installation_did_and_who_was_not_known_are_told_apart(auditor: Client):
    entry(None, act=Act.MANAGE_PEOPLE)
    entry(None, act=Act.SIGN_IN_FAILED, email="x@example.test")
    answer = auditor.get("/audit/", {"since": "113/1/5", "until": "113/1/5"})
    assert [row.who for row in answer.context["rows"]] == ["未登入者", "系統"]


def test_an_entry_that_is_not_sealed_yet_says_so(people: People, auditor: Client):
    entry(people.officer("NDC"))
    assert "待封存" in auditor.get("/audit/").content.decode()


def test_an_empty_log_of_what_was_asked_says_so_and_leads_back(auditor: Client):
    text = auditor.get("/audit/", {"since": "90/1/1", "until": "90/1/2"}).content.decode()
    assert "沒有符合條件的紀錄" in text and "顯示全部紀錄" in text


def test_reading_is_not_recorded(auditor: Client):
    before = AuditEntry.objects.count()
    auditor.get("/audit/")
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("role", ["reviewer", "head", "administrator"])
def test_nobody_but_auditors_reads_the_log(people: People, role: str):
    assert browser(getattr(people, role)).get("/audit/").status_code == 403


def test_the_menu_leads_auditors_there_and_nobody_else(people: People, auditor: Client):
    assert 'href="/audit/"' in auditor.get("/dashboard/").content.decode()
    assert 'href="/audit/"' not in browser(people.head).get("/dashboard/").content.decode()


# --- filters --------------------------------------------------------------------------------------------------
def test_each_filter_chooses(people: People, auditor: Client):
    officer, other = people.officer("NDC"), people.officer("MOE")
    first = entry(officer, code="NDC", words="第一筆")
    second = entry(other, NOON + timedelta(days=3), act=Act.SUBMIT_REPORT, code="MOE", words="第二筆")
    asked = {"since": "113/1/1", "until": "113/1/31"}
    assert shown(auditor, **asked) == [second.pk, first.pk]
    for choice in (
        {"person": officer.email.upper()},
        {"person": officer.name},
        {"organisation": "NDC"},
        {"act": "line.comment"},
        {"subject_type": "ministries.user", "subject_id": str(officer.pk)},
        {"until": "2024-01-07"},
        {"words": "第一"},
    ):
        assert shown(auditor, **{**asked, **choice}) == [first.pk], choice
    assert shown(auditor, **{**asked, "since": "113/01/06"}) == [second.pk]
    assert shown(auditor, **asked, person="nobody of that name") == []


def test_a_period_holds_both_its_days_in_taipei(people: People, auditor: Client):
    officer = people.officer("NDC")
    day = datetime(2024, 1, 5, tzinfo=clock.TAIPEI)
    inside = [entry(officer, day), entry(officer, day + timedelta(days=1, microseconds=-1))]
    entry(officer, day - timedelta(microseconds=1))
    entry(officer, day + timedelta(days=1))
    assert shown(auditor, since="113/1/5", until="113/1/5") == [each.pk for each in reversed(inside)]


def test_a_principal_is_found_like_an_actor(people: People, auditor: Client):
    officer, deputy = people.officer("NDC"), people.officer("MOE")
    made = AuditEntry.objects.create(
        at=NOON, actor=deputy, on_behalf_of=officer, act="x", subject_type="x", subject_id=1
    )
    assert shown(auditor, person=officer.email, since="113/1/5", until="113/1/5") == [made.pk]


def test_percent_signs_in_a_text_are_no_wildcards(people: People, auditor: Client):
    made = entry(people.officer("NDC"), words="已達 80%，尚可")
    entry(people.officer("NDC"), words="已達 80 分，尚可")
    assert shown(auditor, words="80%，", since="113/1/5", until="113/1/5") == [made.pk]


BAD = {
    "a date that is none": ({"since": "113/13/45"}, "since", "不是日期"),
    "an end before its beginning": ({"since": "113/2/1", "until": "113/1/1"}, "until", "不得早於起日"),
    "a number that is none": (
        {"subject_type": "reports.report", "subject_id": "x"},
        "subject_id",
        "數字編號",
    ),
    "a number of nothing": ({"subject_id": "7"}, "subject_type", "請一併選擇對象類別"),
    "an act that is none": ({"act": "nothing"}, "act", "請從選項中擇一"),
    "an organisation that is none": ({"organisation": "x"}, "organisation", "請從選項中擇一"),
    "a text without a period": ({"words": "x"}, "since", "366 日"),
    "a text in too long a period": ({"words": "x", "since": "100/1/1"}, "since", "366 日"),
    "what cannot be stored": ({"person": "a\x00b"}, "person", "控制字元"),
    "too many words": ({"words": "長" * 300, "since": "113/1/1", "until": "113/1/2"}, "words", "文字過長"),
    "a page that is none": ({"after": "x"}, "after", "請自第一頁"),
    "a page beyond time": ({"after": "9" * 17 + ".1", "before": "9" * 18 + ".1"}, "before", "請自第一頁"),
    "an order that is none": ({"sort": "x"}, "sort", "不在"),
}


@pytest.mark.parametrize(("typed", "field", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_said_at_its_field_and_kept(
    auditor: Client, typed: dict[str, str], field: str, message: str
):
    answer = auditor.get("/audit/", typed)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert set(errors) == {field}
    if field != "sort":
        assert message in str(errors[field])
    assert list(answer.context["rows"]) == []
    for name, text in typed.items():
        assert answer.context["form"][name].value() == text


def test_bad_input_makes_no_file_either(auditor: Client):
    before = AuditEntry.objects.count()
    assert auditor.post("/audit/export/csv/", {"since": "x"}).status_code == 422
    assert AuditEntry.objects.count() == before


# --- order and pages ------------------------------------------------------------------------------------------
@pytest.fixture
def many(people: People, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Twenty-three entries, oldest first, some of one moment; seven to a page."""
    monkeypatch.setattr(selectors, "ENTRIES_A_PAGE", 7)
    officer = people.officer("NDC")
    return [entry(officer, NOON + timedelta(seconds=number // 4)).pk for number in range(23)]


def link_of(answer: Any, rel: str) -> str:
    """Where the page's link leads; nowhere if it has none."""
    link = re.search(rf'rel="{rel}" href="([^"]+)"', answer.content.decode())
    return link[1].replace("&amp;", "&") if link else ""


def walked(client: Client, rel: str, address: str) -> list[list[int]]:
    """The pages from the address on, as the links lead."""
    pages = []
    while address:
        answer = client.get(address)
        pages.append([row.entry.pk for row in answer.context["rows"]])
        address = link_of(answer, rel)
    return pages


HERE = "/audit/?since=113/1/5&until=113/1/5"


def test_pages_show_every_entry_once_newest_first(auditor: Client, many: list[int]):
    pages = walked(auditor, "next", HERE)
    assert [len(page) for page in pages] == [7, 7, 7, 2]
    assert list(chain.from_iterable(pages)) == many[::-1]


def test_the_order_turns_round(auditor: Client, many: list[int]):
    assert list(chain.from_iterable(walked(auditor, "next", HERE + "&sort=at"))) == many


@pytest.mark.parametrize("sort", ["", "&sort=at"])
def test_pages_lead_back_the_way_they_came(auditor: Client, many: list[int], sort: str):
    forth = walked(auditor, "next", HERE + sort)
    address = HERE + sort
    for _ in range(3):
        address = link_of(auditor.get(address), "next")
    assert walked(auditor, "prev", address) == forth[::-1]


def test_a_page_stays_where_it_is_while_entries_are_added(people: People, auditor: Client, many: list[int]):
    answer = auditor.get(HERE)
    link = link_of(answer, "next")
    before = [row.entry.pk for row in auditor.get(link).context["rows"]]
    entry(people.officer("NDC"), NOON + timedelta(hours=1))
    assert [row.entry.pk for row in auditor.get(link).context["rows"]] == before


def test_a_place_is_spelled_and_read_alike():
    place = Place(NOON + timedelta(microseconds=7), 12)
    assert Place.parse(str(place)) == place
    assert Place.parse("1.2.3") is None and Place.parse("") is None


def test_a_page_costs_eight_queries_at_most(
    people: People, auditor: Client, many: list[int], django_assert_max_num_queries: Any
):
    services.seal_entries()
    AuditCheck.objects.create(checked_at=NOON, position=1, digest="a" * 64)
    with django_assert_max_num_queries(8):
        assert auditor.get(HERE + "&sort=at").status_code == 200


def test_asking_for_a_person_costs_one_query_more(
    people: People, auditor: Client, many: list[int], django_assert_max_num_queries: Any
):
    with django_assert_max_num_queries(9):
        assert auditor.get(HERE + "&person=ndc").status_code == 200


def test_the_database_reads_a_page_through_an_index(many: list[int]):
    from django.db import connection

    place = Place(NOON + timedelta(seconds=3), many[12])
    asked = {"actor": "audit_entry_actor", "act": "audit_entry_act", "at": "audit_entry_at"}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    entries = selectors._following(selectors.entries_asked(Asked()), place, oldest_first=False)
    assert asked["at"] in entries[:50].explain()
    acts = selectors._following(selectors.entries_asked(Asked(act="line.comment")), place, oldest_first=False)
    assert asked["act"] in acts[:50].explain() or asked["at"] in acts[:50].explain()


# --- what an entry is about -----------------------------------------------------------------------------------
def test_a_subject_leads_to_its_page(people: People, auditor: Client, open_round: ReportingQuarter):
    report = rounds.report_of(open_round, "NDC")
    line = report.lines.earliest("id")
    officer = people.officer("NDC")
    addresses = {
        ("reports.report", report.pk): "/reports/112Q1/NDC/",
        ("reports.line", line.pk): f"/reports/112Q1/NDC/lines/{line.pk}/",
        ("reports.reportingquarter", open_round.pk): "/quarters/112Q1/",
        ("ministries.user", officer.pk): f"/people/{officer.pk}/",
        ("ministries.membership", officer.memberships.get().pk): f"/people/{officer.pk}/",
    }
    for (kind, pk), address in addresses.items():
        answer = auditor.get(f"/audit/subjects/{kind}/{pk}/")
        assert (answer.status_code, answer["Location"]) == (302, address)
        assert auditor.get(address).status_code == 200


@pytest.mark.parametrize(
    "path", ["reports.report/0/", "programs.plan/1/", "no.thing/1/", "reports.report/" + "9" * 30 + "/"]
)
def test_a_subject_without_a_page_is_not_there(auditor: Client, path: str):
    assert auditor.get(f"/audit/subjects/{path}").status_code == 404


def test_a_comments_page_is_its_lines(people: People, open_round: ReportingQuarter):
    line = rounds.report_of(open_round, "NDC").lines.earliest("id")
    comment = LineComment.objects.create(line=line, by=people.officer("NDC"), at=NOON, words="請確認。")
    address = selectors.page_of_subject("reports.linecomment", comment.pk)
    assert address == f"/reports/112Q1/NDC/lines/{line.pk}/"
    assert selectors.page_of_subject("reports.evidence", Evidence.objects.count() + 1) is None


def test_every_deed_has_words():
    assert set(audit_wording.DEEDS) == set(Deed)


def test_every_kind_with_a_page_has_words():
    assert set(selectors.PAGES) <= set(SUBJECTS)


# --- the detail -----------------------------------------------------------------------------------------------
def said(detail: dict[str, Any], act: Act = Act.FILL_REPORT) -> list[str]:
    return [str(fact) for fact in facts_of(AuditEntry(act=act, detail=detail))]


def test_changed_fields_are_told_old_and_new():
    lines = [{"line": 7, "revision": 2, "changed": {"value": ["5", "8"], "narrative": ["", "已完成"]}}]
    assert said({"lines": lines}) == [
        "項目 7 第 2 版",
        "本季數值：5 → 8",
        "辦理情形：— → 已完成",
    ]


def test_a_move_is_told_with_its_states():
    told = said({"deed": "submit", "from": "draft", "to": "submitted", "comment": "", "lines": []})
    assert told == ["狀態：填報中 → 已送出", "動作：送出"]


def test_changed_dates_are_told_old_and_new():
    told = said({"from": {"due_on": "2024-04-10"}, "to": {"due_on": "2024-04-20"}, "reopened": True})
    assert told == ["期限：2024-04-10 → 2024-04-20", "重新開放：是"]


def test_acts_upon_people_are_told_as_sentences():
    assert said({"granted": "officer", "to": "x@y.test"}, Act.MANAGE_PEOPLE) == ["授予「填報人」"]


def test_a_detail_of_an_unknown_shape_is_told_all_the_same():
    told = said({"new_key": {"inner": [1, {"deep": 2}]}, "changed": "not pairs", "lines": [1, 2]})
    assert "new_key inner：1、deep：2" in told and "填報項目：1、2" in told


def test_nothing_to_tell_is_nothing():
    assert said({}) == []


# --- the file -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_holds_exactly_what_the_page_shows(people: People, auditor: Client, ending: str):
    officer = people.officer("NDC")
    for number in range(5):
        entry(officer, NOON + timedelta(minutes=number), code="NDC", words=f"第 {number} 筆")
    entry(people.officer("MOE"), NOON)
    services.seal_entries()
    query = {"person": officer.email, "since": "113/1/5", "until": "113/1/5", "sort": "at"}
    rows = auditor.get("/audit/", query).context["rows"]
    heading, *lines = file_of(auditor, ending, **query)
    assert heading == audit_files.header()
    assert lines == [[str(cell) for cell in audit_files.cells(row)] for row in rows]
    assert [line[-1] for line in lines] == [row.seal.digest for row in rows]
    assert lines[0][1] == "2024-01-05T12:00:00.000000+08:00"


def test_a_file_in_english_is_english_to_its_end(people: People, auditor: Client):
    entry(people.officer("NDC"), code="NDC", act=Act.FILL_REPORT)
    answer = auditor.post("/en/audit/export/csv/", {"since": "2024-01-05", "until": "2024-01-05"})
    (_heading, line) = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert "國發會" not in line and "NDC" in line


def test_no_cell_is_a_formula(people: People, auditor: Client):
    officer = people.officer("NDC")
    User.objects.filter(pk=officer.pk).update(name="=HYPERLINK(1)")
    entry(officer)
    (_heading, line) = file_of(auditor, since="113/1/5", until="113/1/5")
    assert "'=HYPERLINK(1)" in line


def test_what_a_workbook_cannot_hold_is_left_out(people: People, auditor: Client):
    entry(people.officer("NDC"), words="\x01\ufffe\uffff" + "長" * 20_000)
    (_heading, line) = file_of(auditor, "xlsx", since="113/1/5", until="113/1/5")
    assert max(len(cell) for cell in line) == audit_files.LONGEST_CELL
    (_heading, whole) = file_of(auditor, "csv", since="113/1/5", until="113/1/5")
    assert any(len(cell) > 100_000 for cell in whole)


def test_taking_the_log_along_is_recorded_with_what_was_asked(people: People, auditor: Client):
    made = entry(people.officer("NDC"))
    (_heading, line) = file_of(auditor, since="113/1/5", until="113/1/5")
    assert line[0] == str(made.pk)
    noted = AuditEntry.objects.filter(act=Act.READ_AUDIT).get()
    assert noted.actor == people.auditor
    assert noted.detail == {
        "asked": {"since": "113/1/5", "until": "113/1/5"},
        "format": "csv",
        "entries": 1,
    }


def test_the_record_of_an_export_is_not_in_it(auditor: Client):
    numbers = [line[0] for line in file_of(auditor)[1:]]
    assert str(AuditEntry.objects.filter(act=Act.READ_AUDIT).get().pk) not in numbers
    assert len(numbers) == AuditEntry.objects.count() - 1


def test_too_much_for_one_file_is_said_on_the_page(
    people: People, auditor: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(views, "MOST_IN_A_FILE", 2)
    for _ in range(3):
        entry(people.officer("NDC"))
    answer = auditor.post("/audit/export/csv/", {"since": "113/1/5", "until": "113/1/5"})
    assert answer.status_code == 422
    assert "超過 100,000 筆" in answer.content.decode() and 'value="113/1/5"' in answer.content.decode()
    assert not AuditEntry.objects.filter(act=Act.READ_AUDIT).exists()


def test_a_long_file_leaves_in_portions(
    people: People, auditor: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
):
    monkeypatch.setattr(selectors, "PORTION", 4)
    made = [entry(people.officer("NDC"), NOON + timedelta(seconds=each // 3)).pk for each in range(10)]
    with django_assert_max_num_queries(14):
        lines = file_of(auditor, since="113/1/5", until="113/1/5")[1:]
    assert [int(line[0]) for line in lines] == made[::-1]


# --- the alarm ------------------------------------------------------------------------------------------------
def test_the_nights_checks_stand_on_the_page_with_their_digests(people: People, auditor: Client):
    services.seal_entries()
    proof = services.check_audit(everything=False)
    text = auditor.get("/audit/").content.decode()
    assert proof.digest in text and "完整" in text and 'role="alert"' not in text


def test_a_broken_chain_is_an_alarm_here_and_on_the_overview(
    people: People, auditor: Client, open_round: ReportingQuarter
):
    AuditCheck.objects.create(
        checked_at=NOON, position=4, digest="a" * 64, wrong="位置 5：內容與封存時不符。"
    )
    for page in ("/audit/", "/dashboard/"):
        assert "稽核紀錄之驗證未通過：位置 5" in auditor.get(page).content.decode()


def test_subjects_are_called_by_words_that_exist():
    from django.apps import apps

    for label in SUBJECTS:
        assert apps.get_model(label)
    assert audit_wording.subject_words("no.model") == "no.model"
    assert Report._meta.label_lower in SUBJECTS
