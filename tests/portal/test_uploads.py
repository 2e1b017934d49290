"""An upload takes no more room than a file may have, however much comes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from portal.uploads import BoundedUpload

CHUNK = 64 * 1024


@pytest.fixture
def upload(settings: Settings) -> BoundedUpload:
    settings.EVIDENCE_FILE_BYTES = 2 * CHUNK
    handler = BoundedUpload()
    handler.new_file("file", "a.pdf", "application/pdf", None)
    return handler


def sent(handler: BoundedUpload, size: int) -> int:
    """Sends so many bytes as Django would; returns the most that lay on the disk meanwhile."""
    most = 0
    for start in range(0, size, CHUNK):
        handler.receive_data_chunk(b"x" * min(CHUNK, size - start), start)
        handler.file.flush()
        most = max(most, Path(handler.file.temporary_file_path()).stat().st_size)
    return most


@pytest.mark.parametrize("size", [0, 1, CHUNK, 2 * CHUNK])
def test_a_file_within_the_limit_arrives_whole(upload: BoundedUpload, size: int) -> None:
    assert sent(upload, size) == size
    file = upload.file_complete(size)
    assert (file.size, file.read()) == (size, b"x" * size)


@pytest.mark.parametrize("size", [2 * CHUNK + 1, 40 * CHUNK])
def test_beyond_the_limit_nothing_is_kept_but_how_large_it_was(upload: BoundedUpload, size: int) -> None:
    assert sent(upload, size) <= 2 * CHUNK
    file = upload.file_complete(size)
    assert (file.size, file.read()) == (size, b"")
