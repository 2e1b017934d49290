"""What a file is, is read from its content; what it calls itself must agree, and whatever hides something is refused.

It knows the file on disk, and nothing of who sent it or what becomes of it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.evidence import images, packages
from reports.evidence.refusals import NotAccepted

CHUNK = 64 * 1024
HEAD = 4096
TAIL = 1024


class MediaType(models.TextChoices):
    """Every type that may be kept and served; none of them is one that a browser would run."""

    PDF = "application/pdf", "PDF"
    ODT = packages.ODT, gettext_lazy("ODF 文字文件")
    ODS = packages.ODS, gettext_lazy("ODF 試算表")
    ODP = packages.ODP, gettext_lazy("ODF 簡報")
    DOCX = packages.DOCX, "Word"
    XLSX = packages.XLSX, "Excel"
    PPTX = packages.PPTX, "PowerPoint"
    CSV = "text/csv", "CSV"
    TXT = "text/plain", gettext_lazy("純文字")
    PNG = "image/png", "PNG"
    JPEG = "image/jpeg", "JPEG"


ENDINGS: dict[str, MediaType] = {
    "pdf": MediaType.PDF,
    "odt": MediaType.ODT,
    "ods": MediaType.ODS,
    "odp": MediaType.ODP,
    "docx": MediaType.DOCX,
    "xlsx": MediaType.XLSX,
    "pptx": MediaType.PPTX,
    "csv": MediaType.CSV,
    "txt": MediaType.TXT,
    "png": MediaType.PNG,
    "jpg": MediaType.JPEG,
    "jpeg": MediaType.JPEG,
}
TEXTS = frozenset({MediaType.CSV, MediaType.TXT})


def recognised(path: Path, name: str) -> MediaType:
    """The media type of the file's content; NotAccepted where it may not be kept, or where its name says otherwise."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    named = ENDINGS.get(ending)
    if named is None:
        raise NotAccepted(
            _("不接受此類檔案。可上傳：%(endings)s。") % {"endings": _("、").join(sorted(ENDINGS))}
        )
    if path.stat().st_size == 0:
        raise NotAccepted(_("檔案是空的（0 位元組），請確認後重新上傳。"))
    found = _found(path, named)
    if found != named:
        raise NotAccepted(
            _("檔名為 .%(ending)s，內容卻是 %(found)s；請以正確的格式另存後重新上傳。")
            % {"ending": ending, "found": found.label}
        )
    return found


def _found(path: Path, named: MediaType) -> MediaType:
    with path.open("rb") as file:
        head = file.read(HEAD)
    for magic, read in _READERS.items():
        if head.startswith(magic):
            return read(path)
    if head.startswith(packages.OLD_OFFICE):
        raise NotAccepted(
            _("這是舊版 Office 文件，或以密碼保護的文件；請移除密碼，另存為 ODF 或新版格式後上傳。")
        )
    if named not in TEXTS:
        raise NotAccepted(
            _("檔案內容不是 %(named)s；檔案可能已損毀，或只改了副檔名。") % {"named": named.label}
        )
    _require_text(path)
    return named


# --- PDF ----------------------------------------------------------------------------------------------------
def _pdf(path: Path) -> MediaType:
    """From its first byte to the end mark in its last kilobyte; nothing else may be hung on."""
    with path.open("rb") as file:
        head = file.read(8)
        file.seek(-min(TAIL, path.stat().st_size), 2)
        tail = file.read(TAIL)
    if not re.match(rb"%PDF-[12]\.\d", head) or b"%%EOF" not in tail:
        raise NotAccepted(_("PDF 檔案不完整，請重新產製後上傳。"))
    if packages.hides_archive(path):
        raise NotAccepted(_("檔案內夾帶另一個檔案，請重新產製後上傳。"))
    return MediaType.PDF


def _png(path: Path) -> MediaType:
    images.require_png(path)
    return MediaType.PNG


def _jpeg(path: Path) -> MediaType:
    images.require_jpeg(path)
    return MediaType.JPEG


def _package(path: Path) -> MediaType:
    return MediaType(packages.read(path))


_READERS: dict[bytes, Callable[[Path], MediaType]] = {
    b"%PDF": _pdf,
    b"\x89PNG": _png,
    b"\xff\xd8\xff": _jpeg,
    b"PK": _package,
}


# --- text ---------------------------------------------------------------------------------------------------
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_MARKUP = re.compile(r"\s*<(!|\?|/?[a-z])", re.IGNORECASE)
ENCODINGS = ("utf-8-sig", "cp950")
"""UTF-8, with or without a mark at its head, and Big5 as Windows in Taiwan writes it."""


def _require_text(path: Path) -> None:
    """Readable in one of the encodings from end to end, and no page for a browser in disguise."""
    for encoding in ENCODINGS:
        try:
            _require_plain(path, encoding)
        except UnicodeDecodeError:
            continue
        return
    raise NotAccepted(_("文字檔的編碼須為 UTF-8 或 Big5，請另存後重新上傳。"))


def _require_plain(path: Path, encoding: str) -> None:
    with path.open("rb") as file:
        for number, text in enumerate(_decoded(file, encoding)):
            if _CONTROLS.search(text):
                raise NotAccepted(_("文字檔含有控制字元，可能不是文字檔；請另存後重新上傳。"))
            if number == 0 and _MARKUP.match(text):
                raise NotAccepted(_("文字檔的內容是網頁或 XML；請以 PDF 或 ODF 上傳。"))


def _decoded(file: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    while chunk := file.read(CHUNK):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)
