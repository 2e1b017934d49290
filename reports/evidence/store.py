"""Files lie under names made of their digest and a random word; a file is whole before it has its name.

What comes in is written under `incoming`, and leaves it by one rename or not at all. It knows no tables: which files
are wanted is said by the rows of `reports.models.Evidence`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

INCOMING = "incoming"
CHUNK = 256 * 1024


class TooLarge(Exception):
    """More came than may."""


@dataclass
class Arrival:
    """A file that has come in whole; it is gone when its block ends, unless it was kept."""

    path: Path
    size: int
    sha256: str
    stored_name: str = ""

    def keep(self) -> str:
        """Gives the file its lasting name and returns it; the name is found on the disk even after a power cut."""
        name = f"{self.sha256[:2]}/{self.sha256}-{secrets.token_hex(8)}"
        place = path_of(name)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        self.path.rename(place)
        _sync_folder(place.parent)
        self.stored_name = name
        return name


@contextmanager
def received(chunks: Iterable[bytes], limit: int) -> Iterator[Arrival]:
    """Writes what comes in while digesting it; TooLarge above `limit` bytes. A block that fails leaves no file."""
    folder = root() / INCOMING
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    arrival = Arrival(folder / secrets.token_hex(16), 0, "")
    try:
        _write(arrival, chunks, limit)
        yield arrival
    except BaseException:
        if arrival.stored_name:
            discard(arrival.stored_name)
        raise
    finally:
        arrival.path.unlink(missing_ok=True)


def _write(arrival: Arrival, chunks: Iterable[bytes], limit: int) -> None:
    digest = hashlib.sha256()
    with arrival.path.open("xb") as file:
        for chunk in chunks:
            arrival.size += len(chunk)
            if arrival.size > limit:
                raise TooLarge
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    arrival.sha256 = digest.hexdigest()


def root() -> Path:
    return Path(settings.EVIDENCE_DIR)


def path_of(stored_name: str) -> Path:
    return root() / stored_name


def discard(stored_name: str) -> None:
    path_of(stored_name).unlink(missing_ok=True)


def digest_of(stored_name: str) -> str | None:
    """The SHA-256 of the file as it lies there now; None where it is not there."""
    try:
        with path_of(stored_name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def lying_since(moment: float) -> Iterator[str]:
    """The names, relative to the store, of all files that have not changed since `moment` (seconds of the epoch)."""
    for path in root().glob("*/*"):
        try:
            if path.is_file() and path.stat().st_mtime < moment:
                yield str(path.relative_to(root()))
        except FileNotFoundError:
            continue


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
