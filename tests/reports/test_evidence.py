"""Evidence on lines: who may hang it there and when, that refusals leave no file, and that nothing handed in is lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from ministries import clock
from ministries.models import AuditEntry, Deputyship, Organisation, Role
from ministries.permissions import Act
from ministries.services import Refused
from reports import receipts, services, tasks
from reports.evidence import store
from reports.models import Evidence, Line, Report, ReportingQuarter
from reports.services import evidence as evidence_services
from tests import rounds
from tests.people import People
from tests.reports.documents import EXECUTABLE, PDF, png
from tests.reports.evidence import attached, content_with, files_in_store, upload

pytestmark = pytest.mark.usefixtures("evidence_store")


@pytest.fixture
def report(open_round: ReportingQuarter) -> Report:
    return rounds.report_of(open_round, "NDC")


@pytest.fixture
def line(report: Report) -> Line:
    found = report.lines.select_related("report__organisation", "report__reporting_quarter").first()
    assert found
    return found


def again(line: Line) -> Line:
    return Line.objects.select_related("report__organisation", "report__reporting_quarter").get(pk=line.pk)


# --- hanging up ---------------------------------------------------------------------------------------------
def test_a_file_is_kept_under_its_digest_and_never_under_its_own_name(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"), "../王○○的報告.pdf")
    digest = hashlib.sha256(PDF).hexdigest()
    assert (piece.title, piece.original_name) == ("王○○的報告", "王○○的報告.pdf")
    assert (piece.media_type, piece.size, piece.sha256) == ("application/pdf", len(PDF), digest)
    assert piece.stored_name.startswith(f"{digest[:2]}/{digest}-") and content_with(piece) == PDF
    assert files_in_store() == [store.path_of(piece.stored_name)]
    assert (piece.added_by, piece.added_on_behalf_of) == (people.officer("NDC"), None)


def test_without_a_scanner_a_file_is_kept_as_not_scanned(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"))
    assert (piece.scan_state, piece.scanner, piece.scanned_at) == ("not_scanned", "", None)


def test_hanging_up_and_taking_down_are_on_record(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"))
    services.remove_evidence(evidence=piece, actor=people.officer("NDC"))
    first, second = AuditEntry.objects.filter(subject_type="reports.evidence").order_by("id")
    assert (first.act, first.detail["evidence"], first.detail["file"]) == (
        Act.FILL_REPORT,
        "added",
        "報告.pdf",
    )
    assert (second.detail["evidence"], second.detail["kept"]) == ("removed", False)
    assert first.detail["sha256"] == second.detail["sha256"] == piece.sha256


def test_a_deputy_hangs_evidence_in_both_names(line: Line, people: People) -> None:
    officer, deputy = people.officer("NDC"), people.officer("MOE")
    Deputyship.objects.create(
        principal=officer,
        deputy=deputy,
        organisation=Organisation.objects.get(code="NDC"),
        from_day=date(2000, 1, 1),
        until_day=date(2100, 1, 1),
        named_at=clock.now(),
        named_by=officer,
    )
    piece = attached(line, deputy)
    assert (piece.added_by, piece.added_on_behalf_of) == (deputy, officer)
    removed = services.remove_evidence(evidence=piece, actor=deputy)
    assert (removed.removed_by, removed.removed_on_behalf_of) == (deputy, officer)


def test_a_link_is_kept_as_it_is_and_titled_by_its_address(line: Line, people: People) -> None:
    officer = people.officer("NDC")
    piece = services.attach_link(line=line, url=" https://www.ndc.gov.tw/a ", actor=officer)
    assert (piece.kind, piece.url, piece.title) == ("link", "https://www.ndc.gov.tw/a", "www.ndc.gov.tw/a")
    titled = services.attach_link(
        line=line, url="https://www.ndc.gov.tw/b", title="會議\n紀錄", actor=officer
    )
    assert titled.title == "會議 紀錄"
    assert files_in_store() == []


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (Role.APPROVER, "NDC"),
        (Role.ACCOUNT_MANAGER, "NDC"),
        (Role.OFFICER, "MOE"),
        (Role.REVIEWER, None),
        (Role.HEAD, None),
        (Role.ADMINISTRATOR, None),
        (Role.AUDITOR, None),
    ],
)
def test_only_the_ministrys_officers_hang_and_remove_evidence(
    line: Line, people: People, role: Role, code: str | None
) -> None:
    other, piece = people.holding(role, code), attached(line, people.officer("NDC"))
    with pytest.raises(PermissionDenied):
        services.attach_file(line=line, file=upload("b.png", png()), actor=other)
    with pytest.raises(PermissionDenied):
        services.attach_link(line=line, url="https://www.gov.tw/", actor=other)
    with pytest.raises(PermissionDenied):
        services.remove_evidence(evidence=piece, actor=other)
    assert len(files_in_store()) == Evidence.objects.count() == 1


def test_what_was_handed_in_takes_no_evidence_and_gives_none_back(line: Line, people: People) -> None:
    officer, piece = people.officer("NDC"), attached(line, people.officer("NDC"))
    rounds.submitted(line.report, people)
    line = again(line)
    for refused in (
        lambda: services.attach_file(line=line, file=upload("b.png", png()), actor=officer),
        lambda: services.attach_link(line=line, url="https://www.gov.tw/", actor=officer),
        lambda: services.remove_evidence(evidence=piece, actor=officer),
    ):
        with pytest.raises(Refused):
            refused()
    assert len(files_in_store()) == Evidence.objects.hanging().count() == 1


def test_a_closed_quarter_takes_no_evidence(line: Line, people: People, open_round: ReportingQuarter) -> None:
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    with pytest.raises(Refused, match="已截止"):
        attached(again(line), people.officer("NDC"))


def test_a_line_that_was_handed_in_while_the_file_was_on_its_way_takes_it_no_more(
    line: Line, people: People
) -> None:
    """The page was opened before: what counts is the state under the lock."""
    rounds.submitted(Report.objects.get(pk=line.report_id), people)
    assert line.report.state == "draft"
    with pytest.raises(Refused):
        attached(line, people.officer("NDC"))
    assert files_in_store() == []


# --- refusals leave nothing ---------------------------------------------------------------------------------
def refusal(line: Line, people: People, file: SimpleUploadedFile, **more: str) -> Refused:
    before = Evidence.objects.count()
    with pytest.raises(Refused) as refused:
        services.attach_file(line=line, file=file, actor=people.officer("NDC"), **more)
    assert Evidence.objects.count() == before == len(files_in_store())
    return refused.value


def test_a_bad_file_is_refused_at_its_field(line: Line, people: People) -> None:
    assert "內容不是 PDF" in refusal(line, people, upload("a.pdf", EXECUTABLE)).errors["file"]


def test_an_empty_file_is_refused(line: Line, people: People) -> None:
    assert "0 位元組" in refusal(line, people, upload("a.pdf", b"")).errors["file"]


def test_no_file_at_all_is_refused(line: Line, people: People) -> None:
    with pytest.raises(Refused) as refused:
        services.attach_file(line=line, file=None, actor=people.officer("NDC"))
    assert set(refused.value.errors) == {"file"}


def test_a_file_above_the_limit_is_refused(line: Line, people: People, settings: Settings) -> None:
    settings.EVIDENCE_FILE_BYTES = len(PDF) - 1
    assert "檔案過大" in refusal(line, people, upload()).errors["file"]


def test_a_file_that_is_longer_than_it_says_is_stopped_on_its_way(
    line: Line, people: People, settings: Settings
) -> None:
    settings.EVIDENCE_FILE_BYTES = len(PDF) - 1
    liar = upload()
    liar.size = 10
    assert "檔案過大" in refusal(line, people, liar).errors["file"]


def test_a_report_holds_only_so_much(line: Line, people: People, settings: Settings) -> None:
    settings.EVIDENCE_REPORT_BYTES = len(PDF) + len(png()) - 1
    first = attached(line, people.officer("NDC"))
    assert "合計不得超過" in refusal(line, people, upload("b.png", png())).errors["file"]
    services.remove_evidence(evidence=first, actor=people.officer("NDC"))
    first_gone = attached(line, people.officer("NDC"), "b.png", png())
    assert first_gone.pk


def test_the_same_content_hangs_on_a_line_once(
    line: Line, people: People, open_round: ReportingQuarter
) -> None:
    attached(line, people.officer("NDC"))
    assert "內容相同" in refusal(line, people, upload("又一次.pdf")).errors["file"]
    first, second = rounds.report_of(open_round, "NSTC").lines.all()[:2]
    assert attached(again(first), people.officer("NSTC")).pk
    assert attached(again(second), people.officer("NSTC")).pk


def test_the_same_address_hangs_on_a_line_once(line: Line, people: People) -> None:
    officer = people.officer("NDC")
    services.attach_link(line=line, url="https://www.gov.tw/", actor=officer)
    with pytest.raises(Refused) as refused:
        services.attach_link(line=line, url="https://www.gov.tw/", actor=officer)
    assert set(refused.value.errors) == {"url"}


def test_a_line_carries_only_so_many_pieces(
    line: Line, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_services, "MOST_ON_A_LINE", 1)
    attached(line, people.officer("NDC"))
    assert "至多 1 件" in refusal(line, people, upload("b.png", png())).errors["file"]


def test_a_title_that_is_too_long_is_refused_before_the_file_is_read(line: Line, people: People) -> None:
    assert set(refusal(line, people, upload(), title="長" * 121).errors) == {"title"}


def test_a_failed_transaction_leaves_neither_row_nor_file(
    line: Line, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_detail: object) -> None:
        assert len(files_in_store()) == 1
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(evidence_services, "record_act", fails)
    with pytest.raises(DatabaseError):
        attached(line, people.officer("NDC"))
    assert files_in_store() == []
    assert Evidence.objects.count() == 0


def test_a_connection_that_breaks_off_leaves_no_file(line: Line, people: People) -> None:
    class Breaking(SimpleUploadedFile):
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            yield PDF[:20]
            raise OSError("the browser is gone")

    with pytest.raises(OSError, match="browser"):
        services.attach_file(line=line, file=Breaking("a.pdf", PDF), actor=people.officer("NDC"))
    assert files_in_store() == []


# --- scanners -----------------------------------------------------------------------------------------------
def test_a_scanned_file_says_by_whom_and_when(line: Line, people: People, settings: Settings) -> None:
    settings.EVIDENCE_SCANNER = "tests.reports.evidence.clean"
    piece = attached(line, people.officer("NDC"))
    assert (piece.scan_state, piece.scanner) == ("clean", "test")
    assert piece.scanned_at is not None


def test_an_infected_file_is_refused_by_name_and_the_attempt_is_on_record(
    line: Line, people: People, settings: Settings
) -> None:
    settings.EVIDENCE_SCANNER = "tests.reports.evidence.infected"
    assert "Test.Virus" in refusal(line, people, upload()).errors["file"]
    entry = AuditEntry.objects.get(act=Act.WRITE_REFUSED)
    assert (entry.detail["infected"], entry.detail["scanner"]) == ("Test.Virus", "test")


def test_a_scanner_that_gives_no_verdict_lets_nothing_in(
    line: Line, people: People, settings: Settings
) -> None:
    settings.EVIDENCE_SCANNER = "tests.reports.evidence.unreachable"
    refused = refusal(line, people, upload())
    assert "防毒掃描服務目前沒有回應" in refused.message
    assert not refused.errors


# --- taking down --------------------------------------------------------------------------------------------
def test_what_was_never_handed_in_leaves_the_store_when_it_is_removed(
    line: Line, people: People, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    piece = attached(line, people.officer("NDC"))
    with django_capture_on_commit_callbacks() as callbacks:
        removed = services.remove_evidence(evidence=piece, actor=people.officer("NDC"))
        assert len(files_in_store()) == 1
    assert (removed.is_kept, len(callbacks)) == (False, 1)
    callbacks[0]()
    assert files_in_store() == []


def test_what_was_handed_in_once_stays_in_the_store_when_it_is_removed(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"))
    rounds.submitted(line.report, people)
    services.return_report(report=line.report, actor=people.reviewer, comment="請補正。")
    removed = services.remove_evidence(evidence=piece, actor=people.officer("NDC"))
    assert removed.is_kept and removed.removed_by == people.officer("NDC")
    assert content_with(removed) == PDF


def test_what_was_added_after_the_return_leaves_the_store_again(
    line: Line, people: People, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rounds.submitted(line.report, people)
    services.return_report(report=line.report, actor=people.reviewer, comment="請補正。")
    piece = attached(again(line), people.officer("NDC"))
    with django_capture_on_commit_callbacks(execute=True):
        assert not services.remove_evidence(evidence=piece, actor=people.officer("NDC")).is_kept
    assert files_in_store() == []


def test_evidence_is_removed_once(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"))
    services.remove_evidence(evidence=piece, actor=people.officer("NDC"))
    with pytest.raises(Refused, match="已移除"):
        services.remove_evidence(evidence=piece, actor=people.officer("NDC"))


def test_removed_content_may_be_hung_up_again(line: Line, people: People) -> None:
    first = attached(line, people.officer("NDC"))
    services.remove_evidence(evidence=first, actor=people.officer("NDC"))
    assert attached(line, people.officer("NDC")).stored_name != first.stored_name


# --- what the database refuses ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        {"title": "另一個"},
        {"original_name": "b.pdf"},
        {"sha256": "0" * 64},
        {"media_type": "text/csv"},
        {"stored_name": f"00/{'0' * 64}-{'0' * 16}"},
        {"size": 1},
        {"is_kept": False},
        {"removed_at": clock.now()},
        {"media_type": "text/html"},
        {"scan_state": "clean"},
        {"scanner": "nobody"},
        {"url": "https://www.gov.tw/"},
    ],
)
def test_the_database_refuses_to_rewrite_evidence(
    line: Line, people: People, change: dict[str, object]
) -> None:
    piece = attached(line, people.officer("NDC"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(pk=piece.pk).update(**change)


def test_the_database_refuses_to_delete_evidence_and_to_hang_it_up_again(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(pk=piece.pk).delete()
    services.remove_evidence(evidence=piece, actor=people.officer("NDC"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(pk=piece.pk).update(removed_at=None, removed_by=None, is_kept=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "javascript:alert(1)"},
        {"url": ""},
        {"title": ""},
        {"kind": "file"},
        {"kind": "note"},
        {"scan_state": "clean"},
        {"sha256": "0" * 64},
        {"size": 5},
        {"is_kept": False},
    ],
)
def test_the_database_refuses_a_link_that_is_none(
    line: Line, people: People, wrong: dict[str, object]
) -> None:
    good = {"kind": "link", "title": "t", "url": "https://www.gov.tw/"}
    more = {"line": line, "added_at": clock.now(), "added_by": people.officer("NDC")}
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.create(**{**good, **more, **wrong})
    assert Evidence.objects.create(**good, **more).pk


def test_what_was_handed_in_and_is_marked_as_not_kept_is_noticed(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"))
    rounds.submitted(line.report, people)
    services.return_report(report=line.report, actor=people.reviewer, comment="請補正。")
    services.remove_evidence(evidence=piece, actor=people.officer("NDC"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE reports_evidence SET is_kept = false WHERE id = %s", [piece.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    errors = StringIO()
    with pytest.raises(CommandError, match="1 件"):
        call_command("check_evidence", stderr=errors)
    assert "曾隨報告送出" in errors.getvalue()


# --- keeping house ------------------------------------------------------------------------------------------
def test_the_sweep_takes_what_no_row_wants_after_a_day_and_nothing_else(
    line: Line, people: People, evidence_store: Path
) -> None:
    piece = attached(line, people.officer("NDC"))
    orphan, half = evidence_store / "ab" / "orphan", evidence_store / store.INCOMING / "half"
    for path in (orphan, half):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"left behind")
    assert services.sweep_store() == 0
    with clock.set_to(clock.now() + timedelta(days=2)):
        assert tasks.sweep_evidence() == 2
        assert tasks.sweep_evidence() == 0
    assert files_in_store() == [store.path_of(piece.stored_name)]


def test_the_sweep_finds_what_a_crash_kept_from_being_discarded(line: Line, people: People) -> None:
    piece = attached(line, people.officer("NDC"))
    services.remove_evidence(evidence=piece, actor=people.officer("NDC"))
    with clock.set_to(clock.now() + timedelta(days=2)):
        assert services.sweep_store() == 1


def test_an_empty_store_is_swept_and_checked_as_well(db: None) -> None:
    assert services.sweep_store() == 0
    assert list(services.faults_of_store()) == []


def check(*options: str) -> str:
    out = StringIO()
    call_command("check_evidence", *options, stdout=out)
    return out.getvalue()


def test_the_check_proves_every_digest(line: Line, people: People) -> None:
    attached(line, people.officer("NDC"))
    attached(line, people.officer("NDC"), "b.png", png())
    assert "2" in check()


@pytest.mark.parametrize(("what", "words"), [("changed", "內容已變動"), ("missing", "檔案遺失")])
def test_the_check_names_a_file_that_is_not_what_it_was(
    line: Line, people: People, capsys: pytest.CaptureFixture[str], what: str, words: str
) -> None:
    piece = attached(line, people.officer("NDC"))
    path = store.path_of(piece.stored_name)
    if what == "changed":
        path.write_bytes(PDF.replace(b"Catalog", b"Caralog"))
    else:
        path.unlink()
    with pytest.raises(CommandError, match="1"):
        check()
    assert words in capsys.readouterr().err


def test_the_check_scans_again_and_stops_what_is_found(
    line: Line, people: People, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    piece = attached(line, people.officer("NDC"))
    settings.EVIDENCE_SCANNER = "tests.reports.evidence.infected"
    with pytest.raises(CommandError):
        check("--scan")
    piece.refresh_from_db()
    assert (piece.scan_state, piece.scanner, piece.is_served) == ("infected", "test", False)
    settings.EVIDENCE_SCANNER = "tests.reports.evidence.clean"
    check("--scan")
    piece.refresh_from_db()
    assert (piece.scan_state, piece.is_served) == ("clean", True)


def test_the_check_says_when_there_is_no_scanner_to_ask(
    line: Line, people: People, settings: Settings
) -> None:
    attached(line, people.officer("NDC"))
    with pytest.raises(CommandError, match="EVIDENCE_SCANNER"):
        check("--scan")
    settings.EVIDENCE_SCANNER = "tests.reports.evidence.unreachable"
    with pytest.raises(CommandError, match="沒有回應"):
        check("--scan")


def test_hanging_up_costs_the_same_however_much_hangs_there(line: Line, people: People) -> None:
    officer = people.officer("NDC")

    def queries(name: str, width: int) -> int:
        with CaptureQueriesContext(connection) as counted:
            attached(line, officer, name, png(width))
        return len(counted)

    first = queries("a.png", 1)
    for width in range(2, 6):
        attached(line, officer, "b.png", png(width))
    assert queries("c.png", 9) <= first <= 11


# --- receipts -----------------------------------------------------------------------------------------------
def test_a_receipt_names_the_evidence_that_was_handed_in_and_stays_right_when_it_is_removed(
    line: Line, people: People
) -> None:
    officer, piece = people.officer("NDC"), attached(line, people.officer("NDC"))
    services.attach_link(line=line, url="https://www.ndc.gov.tw/", actor=officer)
    draft = attached(line, officer, "b.png", png())
    services.remove_evidence(evidence=draft, actor=officer)
    rounds.submitted(line.report, people)
    receipt = line.report.receipts.get()
    assert receipt.content["lines"][str(line.pk)]["evidence"] == [
        "https://www.ndc.gov.tw/",
        f"sha256:{piece.sha256}",
    ]
    services.return_report(report=line.report, actor=people.reviewer, comment="請補正。")
    services.remove_evidence(evidence=piece, actor=officer)
    attached(again(line), officer, "b.png", png())
    assert list(receipts.faults()) == []


def test_a_receipt_does_not_fit_evidence_that_somebody_changed_behind_the_portals_back(
    line: Line, people: People
) -> None:
    piece = attached(line, people.officer("NDC"))
    rounds.submitted(line.report, people)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE reports_evidence SET sha256 = repeat('0', 64) WHERE id = %s", [piece.pk])
    assert list(receipts.faults()) == [("112Q1-NDC-1", "content")]
