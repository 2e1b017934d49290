"""One line's page: who sees it, what leaves it as a download, and the conversation that nobody can rewrite."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from ministries.models import AuditEntry, Membership, Notice, NoticeKind, Role, User
from ministries.permissions import Act
from ministries.services import Refused
from ministries.services.accounts import disable_account
from reports import selectors, services
from reports.contents import LineContent, LineEntry
from reports.evidence import store
from reports.models import Evidence, Line, LineComment, Report, ReportingQuarter
from reports.selectors import LineExtras
from tests import rounds
from tests.people import People
from tests.reports.documents import CSV, EXECUTABLE, PDF, png
from tests.reports.evidence import attached, files_in_store, upload
from tests.reports.pages import browser, url_of

pytestmark = pytest.mark.usefixtures("evidence_store")


@pytest.fixture
def report(open_round: ReportingQuarter) -> Report:
    return rounds.report_of(open_round, "NDC")


@pytest.fixture
def line(report: Report) -> Line:
    return line_of(report)


def line_of(report: Report) -> Line:
    lines = Line.objects.select_related("report__organisation", "report__reporting_quarter")
    found = lines.filter(report=report).first()
    assert found
    return found


def page_url(line: Line, rest: str = "") -> str:
    return f"{url_of(line.report)}lines/{line.pk}/{rest}"


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


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


# --- who sees it --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("role", "code"), WRITERS + SECRETARIAT)
def test_a_line_and_its_evidence_are_seen_by_those_who_see_the_reports_lines(
    line: Line, people: People, role: Role, code: str | None
) -> None:
    piece = attached(line, people.officer("NDC"))
    reader = browser(people.holding(role, code))
    draft = 200 if (role, code) in WRITERS else 404
    file = page_url(line, f"evidence/{piece.pk}/")
    assert reader.get(page_url(line)).status_code == reader.get(file).status_code == draft
    rounds.submitted(line.report, people)
    assert reader.get(page_url(line)).status_code == reader.get(file).status_code == 200


@pytest.mark.parametrize("handed_in", [False, True])
def test_another_ministry_and_strangers_find_nothing(line: Line, people: People, handed_in: bool) -> None:
    piece = attached(line, people.officer("NDC"))
    if handed_in:
        rounds.submitted(line.report, people)
    roleless = User.objects.create_user("nobody@example.test", "a long test password", name="N")
    for stranger in (people.officer("MOE"), people.holding(Role.APPROVER, "MOE"), roleless):
        client = browser(stranger)
        for rest in ("", f"evidence/{piece.pk}/"):
            assert client.get(page_url(line, rest)).status_code == 404
        for rest in ("evidence/", f"evidence/{piece.pk}/remove/", "comments/"):
            assert client.post(page_url(line, rest)).status_code == 404
    assert browser().get(page_url(line, f"evidence/{piece.pk}/"))["Location"].startswith("/accounts/login/")


def test_a_line_is_found_only_under_its_own_report(
    line: Line, people: People, open_round: ReportingQuarter
) -> None:
    other = line_of(rounds.report_of(open_round, "NSTC"))
    client = browser(people.auditor)
    assert client.get(f"{url_of(line.report)}lines/{other.pk}/").status_code == 404
    assert client.get(f"{url_of(line.report)}lines/99999999/").status_code == 404


def test_evidence_is_found_only_under_its_own_line(
    line: Line, people: People, open_round: ReportingQuarter
) -> None:
    other = line_of(rounds.report_of(open_round, "NSTC"))
    piece = attached(other, people.officer("NSTC"))
    assert browser(people.officer("NDC")).get(page_url(line, f"evidence/{piece.pk}/")).status_code == 404
    answer = browser(people.officer("NDC")).post(page_url(line, f"evidence/{piece.pk}/remove/"))
    assert answer.status_code == 404
    assert Evidence.objects.hanging().count() == 1


def test_what_changes_after_a_return_is_the_ministrys_own_until_it_is_handed_in_again(
    line: Line, people: People
) -> None:
    officer = people.officer("NDC")
    first = attached(line, officer, "先前的.pdf")
    rounds.submitted(line.report, people)
    services.return_report(report=line.report, actor=people.reviewer, comment="請補正。")
    line = line_of(line.report)
    services.remove_evidence(evidence=first, actor=officer)
    second = attached(line, officer, "後來的.png", png())
    report = Report.objects.get(pk=line.report_id)
    ours = selectors.line_page(_found(line, officer), officer)
    assert ([each.pk for each in ours.evidence], [each.pk for each in ours.removed]) == (
        [second.pk],
        [first.pk],
    )
    assert extras_of(report, officer)[line.pk].evidence == 1
    rounds.hand_in(report, people)
    theirs = selectors.line_page(_found(line, people.reviewer), people.reviewer)
    assert [each.pk for each in theirs.evidence] == [second.pk]
    assert [each.pk for each in theirs.removed] == [first.pk]
    assert browser(people.reviewer).get(page_url(line, f"evidence/{first.pk}/")).status_code == 200


def _found(line: Line, actor: User) -> Line:
    report = Report.objects.select_related("organisation", "reporting_quarter").get(pk=line.report_id)
    return selectors.line_for(
        actor=actor,
        quarter=report.reporting_quarter.quarter,
        organisation_code=report.organisation.code,
        pk=line.pk,
    )


def test_what_was_removed_before_it_was_handed_in_is_nobodys_business(line: Line, people: People) -> None:
    officer = people.officer("NDC")
    piece = attached(line, officer, "草稿.pdf")
    services.remove_evidence(evidence=piece, actor=officer)
    for reader in (officer, people.auditor):
        assert "草稿" not in text_of(browser(reader), page_url(line))
        assert browser(reader).get(page_url(line, f"evidence/{piece.pk}/")).status_code == 404


# --- downloads ----------------------------------------------------------------------------------------------
def test_a_file_leaves_as_a_download_that_no_browser_runs(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"), "第一季 報告.pdf")
    answer = browser(people.officer("NDC")).get(page_url(line, f"evidence/{piece.pk}/"))
    assert b"".join(answer.streaming_content) == PDF
    headers = answer.headers
    kind, _semicolon, name = headers["Content-Disposition"].partition("; ")
    assert kind == "attachment"
    assert unquote(name) == "filename*=utf-8''第一季 報告.pdf"
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(PDF))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "private" in headers["Cache-Control"] and "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "content", "served"),
    [("a.csv", CSV, "text/csv"), ("a.txt", CSV, "text/plain"), ("a.png", png(), "image/png")],
)
def test_a_file_is_served_under_the_type_that_its_content_has(
    line: Line, people: People, name: str, content: bytes, served: str
) -> None:
    piece = attached(line, people.officer("NDC"), name, content)
    answer = browser(people.officer("NDC")).get(page_url(line, f"evidence/{piece.pk}/"))
    assert answer["Content-Type"] == served
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


def test_a_name_cannot_break_out_of_its_header(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"), 'a"; filename=evil.html\r\nX-Evil: 1\r\n\r\n<script>.pdf')
    answer = browser(people.officer("NDC")).get(page_url(line, f"evidence/{piece.pk}/"))
    assert "X-Evil" not in answer.headers
    assert "evil.html" not in re.sub(r'"[^"]*"', "", answer["Content-Disposition"])


def test_an_infected_file_goes_to_nobody(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"))
    Evidence.objects.filter(pk=piece.pk).update(
        scan_state="infected", scanner="test", scanned_at=piece.added_at
    )
    client = browser(people.officer("NDC"))
    assert client.get(page_url(line, f"evidence/{piece.pk}/")).status_code == 403
    text = text_of(client, page_url(line))
    assert "已停止提供下載" in text and f"evidence/{piece.pk}/&quot;" not in text


def test_a_file_that_is_gone_from_the_store_is_not_found(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"))
    store.discard(piece.stored_name)
    assert browser(people.officer("NDC")).get(page_url(line, f"evidence/{piece.pk}/")).status_code == 404


def test_a_link_is_no_download_and_takes_no_name_along(line: Line, people: People) -> None:
    piece = services.attach_link(line=line, url="https://www.gov.tw/", actor=people.officer("NDC"))
    client = browser(people.officer("NDC"))
    assert client.get(page_url(line, f"evidence/{piece.pk}/")).status_code == 404
    assert 'href="https://www.gov.tw/" rel="noopener noreferrer nofollow"' in text_of(client, page_url(line))


# --- the page's acts ----------------------------------------------------------------------------------------
def test_a_file_is_uploaded_listed_and_removed_on_the_page(line: Line, people: People) -> None:
    client = browser(people.officer("NDC"))
    data = {"kind": "file", "title": "簽到表", "file": upload("a.png", png())}
    answer = client.post(page_url(line, "evidence/"), data)
    assert (answer.status_code, answer["Location"]) == (302, page_url(line) + "#evidence")
    text = text_of(client, page_url(line))
    assert "佐證（1）" in text and "簽到表" in text and "未經掃毒" in text
    piece = Evidence.objects.get()
    assert client.post(page_url(line, f"evidence/{piece.pk}/remove/")).status_code == 302
    assert "佐證（0）" in text_of(client, page_url(line))


def test_a_refused_file_is_said_at_its_field_and_its_title_kept(line: Line, people: People) -> None:
    data = {"kind": "file", "title": "我的名稱", "file": upload("a.pdf", EXECUTABLE)}
    answer = browser(people.officer("NDC")).post(page_url(line, "evidence/"), data)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#file">' in text and 'id="file-error"' in text and 'value="我的名稱"' in text
    assert files_in_store() == []


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"kind": "file"}, "file"),
        ({"kind": "file", "file": "not a file"}, "file"),
        ({"kind": "link", "url": "javascript:alert(1)"}, "url"),
        ({"kind": "link", "url": ""}, "url"),
        ({}, "url"),
        ({"kind": "link", "url": "https://www.gov.tw/", "title": "長" * 121}, "title"),
    ],
)
def test_bad_evidence_is_said_at_its_field(
    line: Line, people: People, data: dict[str, str], field: str
) -> None:
    answer = browser(people.officer("NDC")).post(page_url(line, "evidence/"), data)
    assert answer.status_code == 422
    assert answer.context["errors"].keys() == {field}
    assert Evidence.objects.count() == 0


def test_what_is_far_too_large_is_counted_and_thrown_away(
    line: Line, people: People, settings: Settings
) -> None:
    settings.EVIDENCE_FILE_BYTES = 100_000
    for size in (100_001, 64 * 1024 + 100_000, 3_000_000):
        data = {"kind": "file", "file": SimpleUploadedFile("a.pdf", PDF + bytes(size - len(PDF)))}
        answer = browser(people.officer("NDC")).post(page_url(line, "evidence/"), data)
        assert answer.status_code == 422
        assert "檔案過大" in answer.context["errors"]["file"]
        assert answer.wsgi_request.FILES["file"].size == size
    assert files_in_store() == []


def test_a_scanner_that_does_not_answer_is_said_as_a_conflict(
    line: Line, people: People, settings: Settings
) -> None:
    settings.EVIDENCE_SCANNER = "tests.reports.evidence.unreachable"
    answer = browser(people.officer("NDC")).post(
        page_url(line, "evidence/"), {"kind": "file", "file": upload()}
    )
    assert answer.status_code == 409
    assert "防毒掃描服務目前沒有回應" in answer.content.decode()


def test_a_line_that_takes_no_entries_shows_no_forms_for_evidence(line: Line, people: People) -> None:
    attached(line, people.officer("NDC"))
    client = browser(people.officer("NDC"))
    assert 'name="file"' in text_of(client, page_url(line))
    rounds.submitted(line.report, people)
    text = text_of(client, page_url(line))
    assert 'name="file"' not in text and "/remove/" not in text
    answer = client.post(page_url(line, "evidence/"), {"kind": "file", "file": upload("b.png", png())})
    assert answer.status_code == 409


def test_the_report_page_counts_what_hangs_and_what_was_said(line: Line, people: People) -> None:
    officer = people.officer("NDC")
    attached(line, officer)
    services.attach_link(line=line, url="https://www.gov.tw/", actor=officer)
    services.add_comment(line=line, words="請補附會議紀錄。", actor=officer)
    text = text_of(browser(officer), url_of(line.report))
    assert "佐證 2・意見 1" in text and f'href="{page_url(line)}"' in text


def extras_of(report: Report, actor: User) -> dict[int, LineExtras]:
    page = selectors.report_page(
        selectors.report_for(
            actor=actor, quarter=report.reporting_quarter.quarter, organisation_code=report.organisation.code
        ),
        actor,
    )
    return {row.line.pk: row.extras for row in page.rows}


def test_counting_costs_no_query_of_its_own(people: People, open_round: ReportingQuarter) -> None:
    report = rounds.report_of(open_round, "NSTC")
    officer = people.officer("NSTC")
    extras_of(report, officer)
    with CaptureQueriesContext(connection) as before:
        extras_of(report, officer)
    for each in report.lines.select_related("report__organisation", "report__reporting_quarter")[:6]:
        attached(each, officer)
        services.add_comment(line=each, words="意見", actor=officer)
    with CaptureQueriesContext(connection) as counted:
        found = extras_of(report, officer)
    assert sorted(found.values(), key=repr)[-6:] == [LineExtras(evidence=1, comments=1)] * 6
    assert len(counted) == len(before)


def test_a_page_costs_the_same_however_much_hangs_and_was_said(line: Line, people: People) -> None:
    officer, client = people.officer("NDC"), browser(people.officer("NDC"))

    def queries() -> int:
        client.get(page_url(line))
        with CaptureQueriesContext(connection) as counted:
            client.get(page_url(line))
        return len(counted)

    attached(line, officer)
    services.add_comment(line=line, words="1", actor=officer)
    first = queries()
    for number in range(2, 7):
        attached(line, officer, "a.png", png(number))
        services.add_comment(line=line, words=str(number), actor=officer)
    assert queries() == first <= 13


# --- history ------------------------------------------------------------------------------------------------
def test_the_page_tells_what_was_done_to_the_line_and_why(line: Line, people: People) -> None:
    rounds.submitted(line.report, people)
    services.return_report(report=line.report, actor=people.reviewer, comment="請補附計算基礎。")
    acts = {
        reader: [step.act for step in browser(reader).get(page_url(line)).context["page"].steps]
        for reader in (people.officer("NDC"), people.reviewer)
    }
    assert acts[people.officer("NDC")] == ["sign", "submit", "return"]
    assert acts[people.reviewer] == ["submit", "return"], "the sign-off is the ministry's own"
    assert "請補附計算基礎。" in text_of(browser(people.officer("NDC")), page_url(line))


def test_the_secretariat_reads_what_was_handed_in_while_the_ministry_writes_on(
    line: Line, people: People
) -> None:
    rounds.submitted(line.report, people)
    services.return_report(report=line.report, actor=people.reviewer, comment="請補正。")
    line = Line.objects.get(pk=line.pk)
    changed = replace(LineContent.of(line), narrative="改寫中的說明")
    services.save_lines(
        report=Report.objects.get(pk=line.report_id),
        entries=[LineEntry(line.pk, line.revision, changed)],
        actor=people.officer("NDC"),
    )
    line = line_of(line.report)
    assert "改寫中的說明" in text_of(browser(people.officer("NDC")), page_url(line))
    theirs = text_of(browser(people.reviewer), page_url(line))
    assert "改寫中的說明" not in theirs and "已依計畫辦理。" in theirs


# --- the conversation ---------------------------------------------------------------------------------------
@pytest.fixture
def handed_in(line: Line, people: People) -> Line:
    rounds.submitted(line.report, people)
    return line_of(line.report)


TALKERS: list[tuple[Role, str | None]] = [
    (Role.OFFICER, "NDC"),
    (Role.APPROVER, "NDC"),
    (Role.REVIEWER, None),
]
LISTENERS: list[tuple[Role, str | None]] = [
    (Role.ACCOUNT_MANAGER, "NDC"),
    (Role.HEAD, None),
    (Role.ADMINISTRATOR, None),
    (Role.AUDITOR, None),
]


@pytest.mark.parametrize(("role", "code"), TALKERS + LISTENERS)
def test_officers_approvers_and_reviewers_talk_and_the_others_read(
    handed_in: Line, people: People, role: Role, code: str | None
) -> None:
    client = browser(people.holding(role, code))
    talks = (role, code) in TALKERS
    assert ('name="words"' in text_of(client, page_url(handed_in))) == talks
    answer = client.post(page_url(handed_in, "comments/"), {"words": "請說明。"})
    assert answer.status_code == (302 if talks else 403)
    assert ("請說明。" in text_of(client, page_url(handed_in))) == talks


def test_a_reviewer_does_not_talk_about_what_was_never_handed_in(line: Line, people: People) -> None:
    with pytest.raises(PermissionDenied):
        services.add_comment(line=line, words="x", actor=people.reviewer)
    assert browser(people.reviewer).post(page_url(line, "comments/"), {"words": "x"}).status_code == 404


def test_what_was_said_is_on_record(handed_in: Line, people: People) -> None:
    comment = services.add_comment(line=handed_in, words=" 請說明。\r\n謝謝 ", actor=people.reviewer)
    assert (comment.words, comment.by, comment.on_behalf_of) == ("請說明。\n謝謝", people.reviewer, None)
    entry = AuditEntry.objects.get(act=Act.COMMENT)
    assert (entry.subject_id, entry.detail["line"]) == (comment.pk, handed_in.pk)


@pytest.mark.parametrize(
    ("words", "why"), [("", "必填"), (" \n ", "必填"), ("長" * 2001, "文字過長"), ("a\x00b", "控制字元")]
)
def test_words_that_cannot_be_kept_are_refused_at_their_field(
    handed_in: Line, people: People, words: str, why: str
) -> None:
    answer = browser(people.reviewer).post(page_url(handed_in, "comments/"), {"words": words})
    assert answer.status_code == 422
    assert why in answer.context["errors"]["words"]
    assert LineComment.objects.count() == 0


def test_a_refused_comment_comes_back_as_it_was_typed(handed_in: Line, people: People) -> None:
    data = {"words": "<b>逐字</b>", "mention": ["0", "x", "9" * 5000, str(people.officer("NDC").pk)]}
    answer = browser(people.reviewer).post(page_url(handed_in, "comments/"), data)
    text = answer.content.decode()
    assert answer.status_code == 422 and "&lt;b&gt;逐字&lt;/b&gt;" in text
    assert re.search(rf'value="{people.officer("NDC").pk}" checked', text)


def test_the_same_words_sent_twice_stand_there_once(handed_in: Line, people: People) -> None:
    client = browser(people.reviewer)
    for _click in range(2):
        assert client.post(page_url(handed_in, "comments/"), {"words": "請說明。"}).status_code == 302
    assert LineComment.objects.count() == 1
    services.add_comment(line=handed_in, words="已說明。", actor=people.officer("NDC"))
    services.add_comment(line=handed_in, words="請說明。", actor=people.reviewer)
    assert LineComment.objects.count() == 3


def test_the_conversation_goes_on_until_the_quarter_is_published(
    handed_in: Line, people: People, open_round: ReportingQuarter
) -> None:
    services.accept_report(report=handed_in.report, actor=people.reviewer)
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    assert services.add_comment(line=line_of(handed_in.report), words="已核定。", actor=people.reviewer)
    rounds.published(open_round, people)
    with pytest.raises(Refused, match="已公布"):
        services.add_comment(line=line_of(handed_in.report), words="太晚了。", actor=people.reviewer)
    text = text_of(browser(people.reviewer), page_url(handed_in))
    assert "已核定。" in text and 'name="words"' not in text


@pytest.mark.parametrize("change", [{"words": "別的話"}, {"by": None}])
def test_the_database_refuses_to_rewrite_what_was_said(
    handed_in: Line, people: People, change: dict[str, str | None]
) -> None:
    comment = services.add_comment(
        line=handed_in, words="原話", mentions=[people.officer("NDC").pk], actor=people.reviewer
    )
    rows = LineComment.objects.filter(pk=comment.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        comment.mentions.clear()
    with pytest.raises(DatabaseError), transaction.atomic():
        rows._raw_delete(rows.db)


# --- mentions -----------------------------------------------------------------------------------------------
def names_offered(client: Client, line: Line) -> set[str]:
    return {each.person.name for each in client.get(page_url(line)).context["page"].people}


def test_a_draft_is_talked_about_within_the_ministry_and_later_with_reviewers(
    line: Line, people: People
) -> None:
    approver, manager = people.holding(Role.APPROVER, "NDC"), people.holding(Role.ACCOUNT_MANAGER, "NDC")
    inactive = people.officer("MOE")
    assert people.reviewer and people.head and people.auditor and inactive
    client = browser(people.officer("NDC"))
    assert names_offered(client, line) == {approver.name, manager.name}
    rounds.submitted(line.report, people)
    assert names_offered(client, line) == {approver.name, manager.name, people.reviewer.name}


def test_nobody_is_offered_who_left_or_is_disabled(line: Line, people: People) -> None:
    approver, manager = people.holding(Role.APPROVER, "NDC"), people.holding(Role.ACCOUNT_MANAGER, "NDC")
    disable_account(user=manager, actor=people.administrator)
    membership = Membership.objects.get(user=approver)
    Membership.objects.filter(pk=membership.pk).update(ended_at=membership.started_at)
    assert names_offered(browser(people.officer("NDC")), line) == set()


def test_whoever_is_ticked_is_told_once_with_the_words_and_the_way(handed_in: Line, people: People) -> None:
    officer = people.officer("NDC")
    data = {"words": "請補附佐證。", "mention": [str(officer.pk)]}
    assert browser(people.reviewer).post(page_url(handed_in, "comments/"), data).status_code == 302
    notice = Notice.objects.get(kind=NoticeKind.MENTIONED)
    assert (notice.person, notice.path) == (officer, page_url(handed_in))
    assert (notice.facts["by"], notice.facts["said"]) == (people.reviewer.name, "請補附佐證。")
    assert notice.facts["about"]["zh"].startswith("國家發展委員會")
    assert notice.facts["lines"][0]["zh"]
    assert officer.name in text_of(browser(people.reviewer), page_url(handed_in))


def test_whoever_is_called_by_name_in_the_words_is_told(handed_in: Line, people: People) -> None:
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    User.objects.filter(pk=officer.pk).update(name="王明")
    User.objects.filter(pk=approver.pk).update(name="王明華")
    comment = services.add_comment(line=handed_in, words="請@王明華說明。", actor=people.reviewer)
    assert list(comment.mentions.all()) == [approver]
    both = services.add_comment(line=handed_in, words="@王明 @王明華 請看。", actor=people.reviewer)
    assert set(both.mentions.all()) == {officer, approver}


def test_a_mention_by_tick_and_by_name_is_one(handed_in: Line, people: People) -> None:
    officer = people.officer("NDC")
    services.add_comment(
        line=handed_in, words=f"@{officer.name} 請看。", mentions=[officer.pk], actor=people.reviewer
    )
    assert Notice.objects.filter(kind=NoticeKind.MENTIONED).count() == 1


def test_nobody_is_mentioned_who_does_not_see_the_line(handed_in: Line, people: People) -> None:
    stranger = people.officer("MOE")
    with pytest.raises(Refused) as refused:
        services.add_comment(line=handed_in, words="x", mentions=[stranger.pk], actor=people.reviewer)
    assert set(refused.value.errors) == {"mention"}
    services.add_comment(line=handed_in, words=f"@{stranger.name}", actor=people.reviewer)
    assert not Notice.objects.filter(kind=NoticeKind.MENTIONED).exists()


def test_commenting_costs_the_same_however_many_are_mentioned(handed_in: Line, people: People) -> None:
    everybody = [
        people.officer("NDC"),
        *(people.holding(role, "NDC") for role in (Role.APPROVER, Role.ACCOUNT_MANAGER)),
    ]

    def queries(words: str, mentioned: list[User]) -> int:
        with CaptureQueriesContext(connection) as counted:
            services.add_comment(
                line=handed_in, words=words, mentions=[each.pk for each in mentioned], actor=people.reviewer
            )
        return len(counted)

    queries("0", [])
    assert queries("3", everybody) == queries("1", everybody[:1]) <= 17


def test_the_page_speaks_english(handed_in: Line, people: People) -> None:
    text = text_of(browser(people.reviewer), "/en" + page_url(handed_in))
    assert handed_in.report.organisation.name_en in text
