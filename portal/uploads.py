"""No upload takes more room than a file may have: what comes beyond it is counted and thrown away.

The file that then reaches a service is empty and says how large it was, so that the service can refuse it in words.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class BoundedUpload(TemporaryFileUploadHandler):
    """Every file goes to the disk, never to memory."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.file is not None
        if start + len(raw_data) <= settings.EVIDENCE_FILE_BYTES:
            self.file.write(raw_data)
        elif self.file.tell():
            self.file.seek(0)
            self.file.truncate()

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        if self.file is not None and file_size > settings.EVIDENCE_FILE_BYTES:
            self.file.seek(0)
            self.file.truncate()
        return super().file_complete(file_size)
