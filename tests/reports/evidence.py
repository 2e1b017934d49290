"""Evidence for tests: files as uploads, and scanners that say what they are told to say."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from ministries.models import User
from reports import services
from reports.evidence.scanners import NoVerdict, ScanState, Verdict
from reports.models import Evidence, Line
from tests.reports.documents import PDF


def upload(name: str = "報告.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def attached(line: Line, officer: User, name: str = "報告.pdf", content: bytes = PDF) -> Evidence:
    return services.attach_file(line=line, file=upload(name, content), actor=officer)


def files_in_store() -> list[Path]:
    """Every file under the store, those that are coming in included."""
    return sorted(path for path in Path(settings.EVIDENCE_DIR).rglob("*") if path.is_file())


def content_with(piece: Evidence) -> bytes:
    return (Path(settings.EVIDENCE_DIR) / piece.stored_name).read_bytes()


def clean(path: Path) -> Verdict:
    assert path.stat().st_size
    return Verdict(ScanState.CLEAN, "test")


def infected(path: Path) -> Verdict:
    assert path.stat().st_size
    return Verdict(ScanState.INFECTED, "test", "Test.Virus")


def unreachable(path: Path) -> Verdict:
    raise NoVerdict(f"nobody looked at {path.name}")
