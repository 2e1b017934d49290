"""An image is whole, of a bearable size by its own header, and nothing follows its end.

It reads structure only; no pixel is decoded.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from reports.evidence.refusals import NotAccepted

LONGEST_SIDE = 30_000
MOST_PIXELS = 100_000_000
PNG = b"\x89PNG\r\n\x1a\n"
# Markers that stand alone: no length follows them.
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN, _END = 0xDA, 0xD9


def require_png(path: Path) -> None:
    """Signature, header, data and end in their order, each chunk as long as it says."""
    with path.open("rb") as file:
        if file.read(len(PNG)) != PNG:
            raise _broken()
        kinds: list[bytes] = []
        while True:
            length, kind = _png_chunk(file)
            if not kinds:
                if (kind, length) != (b"IHDR", 13):
                    raise _broken()
                _require_bearable(*struct.unpack(">II", _exactly(file, 8)))
                length -= 8
            kinds.append(kind)
            _exactly(file, length + 4)
            if kind == b"IEND":
                break
        if b"IDAT" not in kinds:
            raise _broken()
        if file.read(1):
            raise _followed()


def _png_chunk(file: BinaryIO) -> tuple[int, bytes]:
    length, kind = struct.unpack(">I4s", _exactly(file, 8))
    return length, kind


def require_jpeg(path: Path) -> None:
    """Segments up to the first scan, one of them with the size; the end mark stands at the end, zeros aside."""
    with path.open("rb") as file:
        _exactly(file, 2)
        sized = False
        while True:
            marker = _jpeg_marker(file)
            if marker in _BARE:
                continue
            if marker in (_END, 0x00, 0xD8):
                raise _broken()
            body = _exactly(file, _jpeg_length(file))
            if marker in _FRAMES:
                height, width = struct.unpack(">HH", body[1:5]) if len(body) >= 5 else (0, 0)
                _require_bearable(width, height)
                sized = True
            if marker == _START_OF_SCAN:
                break
        if not sized:
            raise _broken()
        if not file.read().rstrip(b"\x00").endswith(b"\xff\xd9"):
            raise _followed()


def _jpeg_marker(file: BinaryIO) -> int:
    if _exactly(file, 1) != b"\xff":
        raise _broken()
    marker = 0xFF
    while marker == 0xFF:
        marker = _exactly(file, 1)[0]
    return marker


def _jpeg_length(file: BinaryIO) -> int:
    (length,) = struct.unpack(">H", _exactly(file, 2))
    if length < 2:
        raise _broken()
    return int(length) - 2


def _exactly(file: BinaryIO, length: int) -> bytes:
    """The next bytes, no fewer. A length is believed only as far as the file goes, before memory is taken for it."""
    if length > os.fstat(file.fileno()).st_size - file.tell():
        raise _broken()
    return file.read(length)


def _require_bearable(width: int, height: int) -> None:
    if not width or not height:
        raise _broken()
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise NotAccepted(
            _("影像過大（%(width)d × %(height)d 像素），請縮小後重新上傳。")
            % {"width": width, "height": height}
        )


def _broken() -> NotAccepted:
    return NotAccepted(_("影像檔案不完整，請重新儲存後上傳。"))


def _followed() -> NotAccepted:
    return NotAccepted(_("影像之後還附有其他資料，請另存影像後重新上傳。"))
