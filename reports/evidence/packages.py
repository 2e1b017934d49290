"""An office document is a ZIP of known make: nothing before or beside it, no macros, no password, no bomb.

Every member is unpacked once, in small pieces and thrown away, so that what it says of its size is proved.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from xml.parsers import expat

from django.utils.translation import gettext as _

from reports.evidence.refusals import NotAccepted

ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = _OOXML + "wordprocessingml.document"
XLSX = _OOXML + "spreadsheetml.sheet"
PPTX = _OOXML + "presentationml.presentation"

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_MEMBERS = 5_000
MOST_BYTES = 200 * 1024 * 1024
RATIO, RATIO_FROM = 200, 10 * 1024 * 1024
"""Text packs well; what grows by more than this, beyond so many bytes, was made to."""
LARGEST_INDEX = 1024 * 1024
CHUNK = 256 * 1024
_LOCAL_HEADER = b"PK\x03\x04"
_END_RECORD, _END_LENGTH = b"PK\x05\x06", 22
_TYPES, _MIMETYPE, _MANIFEST = "[Content_Types].xml", "mimetype", "META-INF/manifest.xml"
_MACROS = re.compile(
    r"(^|/)(vbaproject\.bin|vbadata\.xml|macrosheets|activex)(/|$)"
    # Libraries that hold nothing but their own list are left behind by LibreOffice.
    r"|^basic/[^/]+/(?!script-l[bc]\.xml$|dialog-l[bc]\.xml$)[^/]+$"
    r"|^scripts/.*[^/]$"
)


def hides_archive(path: Path) -> bool:
    """Whether something that unpacks hangs on to a file of another kind."""
    return zipfile.is_zipfile(path)


def read(path: Path) -> str:
    """The media type of the office document; NotAccepted for every other archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _require_whole_file(path, archive)
            _require_bearable(members, path.stat().st_size)
            _require_plain_members(members)
            _prove(archive, members)
            return _kind(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, UnicodeError) as error:
        raise _broken() from error


def _require_whole_file(path: Path, archive: zipfile.ZipFile) -> None:
    """The archive begins with the file's first byte and ends with its last: nothing stands around it."""
    with path.open("rb") as file:
        begins = file.read(4) == _LOCAL_HEADER
        file.seek(-_END_LENGTH, 2)
        ends = file.read(4) == _END_RECORD and not archive.comment
    if not begins or not ends or min((each.header_offset for each in archive.infolist()), default=1):
        raise NotAccepted(_("檔案內夾帶另一個檔案，請重新產製後上傳。"))


def _require_bearable(members: list[zipfile.ZipInfo], size: int) -> None:
    packed = sum(each.compress_size for each in members)
    unpacked = sum(each.file_size for each in members)
    swollen = unpacked > RATIO_FROM and unpacked > RATIO * max(packed, 1)
    # Members that share their bytes are more than the file that holds them.
    if len(members) > MOST_MEMBERS or unpacked > MOST_BYTES or swollen or packed > size:
        raise NotAccepted(_("文件解壓縮後過大，請縮減內容或拆成數個檔案後上傳。"))


def _require_plain_members(members: list[zipfile.ZipInfo]) -> None:
    names = [each.filename.lower() for each in members]
    for each, name in zip(members, names, strict=True):
        if each.flag_bits & 0x1:
            raise _locked()
        if each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _broken()
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or not name.isprintable():
            raise _broken()
        if _MACROS.search(name):
            raise _with_macros()
    if len(set(names)) != len(names):
        raise _broken()


def _prove(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Unpacks everything: a member that is longer than it says, or damaged, fails its check sum."""
    for each in members:
        with archive.open(each) as content:
            while content.read(CHUNK):
                pass


def _kind(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if names[0] == _MIMETYPE:
        return _open_document(archive)
    if _TYPES in names:
        return _office_open(archive)
    raise NotAccepted(_("不接受壓縮檔；請逐一上傳其中的文件。"))


# --- ODF ----------------------------------------------------------------------------------------------------
def _open_document(archive: zipfile.ZipFile) -> str:
    first = archive.infolist()[0]
    kind = archive.read(_MIMETYPE).decode("ascii") if first.file_size < 100 else ""
    if kind not in (ODT, ODS, ODP) or first.compress_type != zipfile.ZIP_STORED:
        raise NotAccepted(_("此種 ODF 文件不在接受之列；請上傳 odt、ods 或 odp。"))
    names = archive.namelist()
    if _MANIFEST not in names or "content.xml" not in names:
        raise _broken()
    if any(
        name.rpartition(":")[2] == "encryption-data" for name, _attributes in _elements(archive, _MANIFEST)
    ):
        raise _locked()
    return kind


# --- OOXML --------------------------------------------------------------------------------------------------
_MAIN = {
    DOCX + ".main+xml": DOCX,
    XLSX + ".main+xml": XLSX,
    PPTX + ".main+xml": PPTX,
}


def _office_open(archive: zipfile.ZipFile) -> str:
    """By the declared type of its main part, which has to be there."""
    found = set()
    for name, attributes in _elements(archive, _TYPES):
        declared = attributes.get("ContentType", "")
        if "macroenabled" in declared.lower() or "vbaproject" in declared.lower():
            raise _with_macros()
        if name.rpartition(":")[2] == "Override" and declared in _MAIN:
            part = attributes.get("PartName", "").removeprefix("/")
            if part not in archive.namelist():
                raise _broken()
            found.add(_MAIN[declared])
    if len(found) != 1:
        raise NotAccepted(_("此種 Office 文件不在接受之列；請上傳 docx、xlsx 或 pptx。"))
    return found.pop()


def _elements(archive: zipfile.ZipFile, name: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small XML member with their attributes; one that declares entities is no such file."""
    if archive.getinfo(name).file_size > LARGEST_INDEX:
        raise _broken()
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda element, attributes: found.append((element, attributes))
    parser.StartDoctypeDeclHandler = _refuse_declaration
    try:
        parser.Parse(archive.read(name), True)
    except expat.ExpatError as error:
        raise _broken() from error
    return found


def _refuse_declaration(*_declared: object) -> None:
    raise _broken()


def _broken() -> NotAccepted:
    return NotAccepted(_("文件不完整或格式不符，請以原程式開啟並另存後重新上傳。"))


def _locked() -> NotAccepted:
    return NotAccepted(_("文件以密碼保護，無法檢查；請移除密碼後重新上傳。"))


def _with_macros() -> NotAccepted:
    return NotAccepted(_("文件含有巨集或 ActiveX 控制項，請移除後另存，再重新上傳。"))
