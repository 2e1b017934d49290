"""The scanner's verdict decides; a scanner that does not answer, or not with a verdict, is no clean bill."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django import Settings

from reports.evidence import scanners
from reports.evidence.scanners import NoVerdict, ScanState, Verdict
from tests.reports.documents import EICAR, PDF


class Clamd:
    """A clamd that reads a stream as the protocol says, and answers as it is told."""

    def __init__(self, server: socket.socket, answer: bytes, reads: int | None = None) -> None:
        self.server, self.answer, self.reads = server, answer, reads
        self.seen = b""
        self.command = b""

    def serve(self) -> None:
        connection, _address = self.server.accept()
        with connection, connection.makefile("rb") as stream:
            self.command = stream.read(len(b"zINSTREAM\0"))
            while length := struct.unpack(">I", stream.read(4))[0]:
                self.seen += stream.read(length)
                if self.reads is not None and len(self.seen) >= self.reads:
                    break
            connection.sendall(self.answer)


@contextmanager
def answering(server: socket.socket, answer: bytes, reads: int | None = None) -> Iterator[Clamd]:
    daemon = Clamd(server, answer, reads)
    thread = threading.Thread(target=daemon.serve)
    thread.start()
    try:
        yield daemon
    finally:
        thread.join(10)
        server.close()


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> socket.socket:
    """Listens on a Unix socket that the settings name."""
    path = tmp_path / "clamd.ctl"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    listening.listen()
    settings.CLAMD_ADDRESS = f"unix://{path}"
    return listening


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document"
    path.write_bytes(PDF)
    return path


def test_clamd_sees_the_whole_file_and_calls_it_clean(server: socket.socket, tmp_path: Path) -> None:
    path = tmp_path / "long"
    content = PDF * (3 * scanners.CHUNK // len(PDF))
    path.write_bytes(content)
    with answering(server, b"stream: OK\0") as daemon:
        assert scanners.clamd(path) == Verdict(ScanState.CLEAN, "clamd")
    assert (daemon.command, daemon.seen) == (b"zINSTREAM\0", content)


def test_clamd_names_what_it_found(server: socket.socket, tmp_path: Path) -> None:
    path = tmp_path / "bad"
    path.write_bytes(EICAR)
    with answering(server, b"stream: Win.Test.EICAR_HDB-1 FOUND\0"):
        assert scanners.clamd(path) == Verdict(ScanState.INFECTED, "clamd", "Win.Test.EICAR_HDB-1")


def test_clamd_is_reached_over_the_network_as_well(document: Path, settings: Settings) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD_ADDRESS = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
    with answering(listening, b"stream: OK\0"):
        assert scanners.clamd(document).state == ScanState.CLEAN


@pytest.mark.parametrize(
    "answer", [b"INSTREAM size limit exceeded. ERROR\0", b"UNKNOWN COMMAND\0", b"", b"stream: OK but\0"]
)
def test_any_other_answer_is_no_verdict(server: socket.socket, document: Path, answer: bytes) -> None:
    with answering(server, answer), pytest.raises(NoVerdict):
        scanners.clamd(document)


def test_clamd_may_stop_reading_and_say_why(server: socket.socket, tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(bytes(40 * scanners.CHUNK))
    with (
        answering(server, b"INSTREAM size limit exceeded. ERROR\0", reads=scanners.CHUNK),
        pytest.raises(NoVerdict),
    ):
        scanners.clamd(path)


def test_a_silent_clamd_is_waited_for_only_so_long(
    server: socket.socket, document: Path, settings: Settings
) -> None:
    settings.CLAMD_TIMEOUT_SECONDS = 0.2
    with pytest.raises(NoVerdict):
        scanners.clamd(document)
    server.close()


@pytest.mark.parametrize(
    "address",
    [
        "unix:///nowhere/clamd.ctl",
        "tcp://127.0.0.1:1",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:none",
        "unix://",
        "clamd",
        "",
    ],
)
def test_a_clamd_that_is_not_there_gives_no_verdict(document: Path, settings: Settings, address: str) -> None:
    settings.CLAMD_ADDRESS = address
    with pytest.raises(NoVerdict):
        scanners.clamd(document)


def wordless(path: Path) -> str:
    return f"{path} is fine"


def test_without_a_scanner_nothing_is_called_clean(document: Path, settings: Settings) -> None:
    settings.EVIDENCE_SCANNER = ""
    assert scanners.scan(document) == Verdict(ScanState.NOT_SCANNED)


def test_a_scanner_answers_with_a_verdict_or_not_at_all(document: Path, settings: Settings) -> None:
    settings.EVIDENCE_SCANNER = f"{__name__}.wordless"
    with pytest.raises(NoVerdict):
        scanners.scan(document)
