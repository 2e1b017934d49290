"""Every file is shown to the scanner that the installation names before it is kept; without one, pages say so.

A scanner is any callable that takes a path and returns a `Verdict`. One that cannot answer is no clean bill: it raises
`NoVerdict`, and the file is not kept.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

CHUNK = 256 * 1024
LONGEST_ANSWER = 4096


class ScanState(models.TextChoices):
    CLEAN = "clean", _("未發現病毒")
    NOT_SCANNED = "not_scanned", _("未經掃毒")
    INFECTED = "infected", _("含有惡意程式")


@dataclass(frozen=True)
class Verdict:
    """What a scanner says; `found` is what it calls what it found."""

    state: ScanState
    scanner: str = ""
    found: str = ""


class NoVerdict(Exception):
    """The scanner did not answer, or not with a verdict."""


def scan(path: Path) -> Verdict:
    """The verdict of the scanner that EVIDENCE_SCANNER names."""
    if not settings.EVIDENCE_SCANNER:
        return Verdict(ScanState.NOT_SCANNED)
    verdict: Any = import_string(settings.EVIDENCE_SCANNER)(path)
    if not isinstance(verdict, Verdict):
        raise NoVerdict(f"{settings.EVIDENCE_SCANNER} answered {verdict!r}")
    return verdict


# --- ClamAV -------------------------------------------------------------------------------------------------
def clamd(path: Path) -> Verdict:
    """Asks the clamd at CLAMD_ADDRESS (unix:///run/clamav/clamd.ctl or tcp://host:3310) by INSTREAM."""
    try:
        with _connected(settings.CLAMD_ADDRESS) as connection:
            answer = _asked(connection, path)
    except (OSError, ValueError) as error:
        raise NoVerdict(f"clamd at {settings.CLAMD_ADDRESS}: {error}") from error
    if answer == "stream: OK":
        return Verdict(ScanState.CLEAN, "clamd")
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        found = answer.removeprefix("stream: ").removesuffix(" FOUND")
        return Verdict(ScanState.INFECTED, "clamd", found)
    raise NoVerdict(f"clamd at {settings.CLAMD_ADDRESS}: {answer!r}")


def _connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    seconds = settings.CLAMD_TIMEOUT_SECONDS
    if parts.scheme == "tcp" and parts.hostname and parts.port:
        return socket.create_connection((parts.hostname, parts.port), timeout=seconds)
    if parts.scheme != "unix" or not parts.path:
        raise ValueError("neither unix:///path nor tcp://host:port")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect(parts.path)
    except OSError:
        connection.close()
        raise
    return connection


def _asked(connection: socket.socket, path: Path) -> str:
    try:
        connection.sendall(b"zINSTREAM\0")
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                connection.sendall(struct.pack(">I", len(chunk)) + chunk)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # It stops reading when it has seen enough, and says why.
        pass
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        received = connection.recv(LONGEST_ANSWER)
        if not received:
            break
        answer += received
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
