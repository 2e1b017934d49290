"""What a file is, is read from its content: every kind that may come in does, and every disguise is seen through."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reports.evidence import images, kinds, packages
from reports.evidence.refusals import NotAccepted
from tests.reports.documents import (
    CSV,
    CSV_BIG5,
    EXECUTABLE,
    GIF,
    HTML,
    OLD_WORD,
    PDF,
    SVG,
    TXT,
    jpeg,
    office_open,
    open_document,
    packed,
    png,
)


def recognised(folder: Path, name: str, content: bytes) -> str:
    path = folder / "arrived"
    path.write_bytes(content)
    return kinds.recognised(path, name)


GOOD = {
    "報告.pdf": (PDF, "application/pdf"),
    "紀錄.odt": (open_document(), packages.ODT),
    "名冊.ods": (open_document("spreadsheet"), packages.ODS),
    "簡報.odp": (open_document("presentation"), packages.ODP),
    "a.docx": (office_open("docx"), packages.DOCX),
    "a.xlsx": (office_open("xlsx"), packages.XLSX),
    "a.pptx": (office_open("pptx"), packages.PPTX),
    "a.csv": (CSV, "text/csv"),
    "big5.csv": (CSV_BIG5, "text/csv"),
    "a.txt": (TXT, "text/plain"),
    "A.PNG": (png(), "image/png"),
    "a.jpg": (jpeg(), "image/jpeg"),
    "a.JPEG": (jpeg(), "image/jpeg"),
    "photo.jpeg": (jpeg(after=bytes(40)), "image/jpeg"),
    "empty-library.odt": (
        open_document(more={"Basic/Standard/script-lb.xml": b"<l/>", "Basic/script-lc.xml": b"<l/>"}),
        packages.ODT,
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_kind_that_may_come_in_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    content, expected = GOOD[name]
    assert recognised(tmp_path, name, content) == expected


def test_every_ending_has_a_good_example() -> None:
    assert {name.rpartition(".")[2].lower() for name in GOOD} == set(kinds.ENDINGS)


def with_declared_size(content: bytes, size: int) -> bytes:
    """The archive whose first member says another size than it has, in both of its headers."""
    changed = bytearray(content)
    struct.pack_into("<I", changed, 22, size)
    struct.pack_into("<I", changed, content.index(b"PK\x01\x02") + 24, size)
    return bytes(changed)


def locked(content: bytes) -> bytes:
    changed = bytearray(content)
    changed[6] |= 1
    changed[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def overlapping() -> bytes:
    """Two directory entries that share the bytes of one member."""
    content = packed({"a": bytes(2000), "b": bytes(2000)}, zipfile.ZIP_STORED)
    start = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", start + 4)
    changed = bytearray(content)
    changed[second + 42 : second + 46] = bytes(4)
    changed[second + 46 : second + 47] = b"c"
    return bytes(changed)


ENTITIES = b"<!DOCTYPE m [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><m>&b;</m>"
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
BAD = {
    "an empty file": ("a.pdf", b"", "0 位元組"),
    "no ending": ("報告", PDF, "不接受此類檔案"),
    "an ending of its own": ("a.exe", EXECUTABLE, "不接受此類檔案"),
    "a page": ("a.html", HTML, "不接受此類檔案"),
    "a drawing with a script": ("a.svg", SVG, "不接受此類檔案"),
    "an archive": ("a.zip", packed({"a": b"a"}), "不接受此類檔案"),
    "an old Word file": ("a.doc", OLD_WORD, "不接受此類檔案"),
    "two endings": ("a.pdf.exe", PDF, "不接受此類檔案"),
    # --- disguises -------------------------------------------------------------------------------------
    "a page called an image": ("a.png", HTML, "內容不是 PNG"),
    "a page called a text": ("a.txt", HTML, "網頁或 XML"),
    "a page after blanks": ("a.txt", b"\n \t " + HTML, "網頁或 XML"),
    "a page after a mark": ("a.csv", b"\xef\xbb\xbf" + HTML, "網頁或 XML"),
    "a drawing called a text": ("a.txt", SVG, "網頁或 XML"),
    "a drawing called an image": ("a.png", SVG, "內容不是 PNG"),
    "a program called a document": ("a.pdf", EXECUTABLE, "內容不是 PDF"),
    "a program called a text": ("a.txt", EXECUTABLE, "編碼|控制字元"),
    "an unknown image": ("a.png", GIF, "內容不是 PNG"),
    "an image called a document": ("a.pdf", png(), "內容卻是 PNG"),
    "a document called a text": ("a.txt", PDF, "內容卻是 PDF"),
    "a text document called a sheet": ("a.ods", open_document(), "內容卻是 ODF 文字文件"),
    "Word called Excel": ("a.xlsx", office_open("docx"), "內容卻是 Word"),
    "old Word called new": ("a.docx", OLD_WORD, "舊版 Office"),
    "a plain archive called Word": ("a.docx", packed({"a.txt": b"a"}), "不接受壓縮檔"),
    "a program packed as Word": ("a.docx", packed({"run.exe": EXECUTABLE}), "不接受壓縮檔"),
    # --- polyglots -------------------------------------------------------------------------------------
    "an image with an archive behind": ("a.png", png(after=packed({"a": b"a"})), "附有其他資料"),
    "an image with a page behind": ("a.png", png(after=HTML), "附有其他資料"),
    "a photograph with a page behind": ("a.jpg", jpeg(after=HTML), "附有其他資料"),
    "a photograph with an archive behind": ("a.jpg", jpeg(after=packed({"a": b"a"})), "附有其他資料"),
    "a document with an archive behind": ("a.pdf", PDF + packed({"a": b"a"}), "夾帶另一個檔案"),
    "a document with a page before": ("a.pdf", HTML + PDF, "內容不是 PDF"),
    "a page before an archive": ("a.docx", HTML + office_open(), "內容不是 Word"),
    "an archive before an archive": ("a.docx", packed({"a": b"a"}) + office_open(), "夾帶|不完整"),
    "a page behind an archive": ("a.docx", office_open() + HTML, "夾帶"),
    # --- broken ----------------------------------------------------------------------------------------
    "a document cut off": ("a.pdf", PDF[:40], "不完整"),
    "a document of no version": ("a.pdf", PDF.replace(b"1.7", b"x.y"), "不完整"),
    "an image cut off": ("a.png", png()[:-6], "不完整"),
    "an image without data": ("a.png", png()[:41] + png()[-12:], "不完整"),
    "an image that claims gigabytes": ("a.png", png()[:8] + b"\xff\xff\xff\xffIHDR" + bytes(40), "不完整"),
    "a photograph cut off": ("a.jpg", jpeg()[:30], "不完整"),
    "a photograph without a frame": ("a.jpg", b"\xff\xd8\xff\xda\x00\x02\xff\xd9", "不完整"),
    "a photograph of empty segments": ("a.jpg", b"\xff\xd8\xff\xe0\x00\x00\xff\xd9", "不完整"),
    "an archive cut off": ("a.docx", office_open()[:-30], "不完整"),
    "an archive without anything": ("a.docx", packed({}), "不完整|夾帶"),
    "a member that is damaged": (
        "a.docx",
        packed({"a": b"<d/>"}, zipfile.ZIP_STORED).replace(b"<d/>", b"<x/>", 1),
        "不完整",
    ),
    "a declared part that is missing": (
        "a.docx",
        office_open().replace(b"word/document.xml", b"word/nothing1.xml"),
        "不完整",
    ),
    "an open document without contents": (
        "a.odt",
        packed({"mimetype": packages.ODT.encode()}, stored="mimetype"),
        "不完整",
    ),
    "an open document of another kind": ("a.odt", open_document("graphics"), "此種 ODF"),
    "an open document with a packed kind": (
        "a.odt",
        packed({"mimetype": packages.ODT.encode(), "content.xml": b"<a/>", "META-INF/manifest.xml": b"<m/>"}),
        "此種 ODF",
    ),
    "an index that is no XML": ("a.docx", packed({"[Content_Types].xml": b"<Types"}), "不完整"),
    "an index with entities": ("a.docx", packed({"[Content_Types].xml": ENTITIES}), "不完整"),
    "an index without a main part": ("a.docx", packed({"[Content_Types].xml": b"<Types/>"}), "此種 Office"),
    # --- macros, passwords, paths ----------------------------------------------------------------------
    "macros": ("a.docx", office_open(more={"word/vbaProject.bin": b"x"}), "巨集"),
    "macros in capitals": ("a.docx", office_open(more={"word/VBAPROJECT.BIN": b"x"}), "巨集"),
    "macros by their declared type": ("a.docx", office_open(declared=MACROS), "巨集"),
    "sheets of macros": ("a.xlsx", office_open("xlsx", more={"xl/macrosheets/sheet1.xml": b"x"}), "巨集"),
    "controls": ("a.docx", office_open(more={"word/activeX/activeX1.bin": b"x"}), "巨集"),
    "Basic": ("a.odt", open_document(more={"Basic/Standard/Module1.xml": b"x"}), "巨集"),
    "scripts": ("a.odt", open_document(more={"Scripts/python/run.py": b"x"}), "巨集"),
    "a password": ("a.docx", locked(office_open()), "密碼"),
    "a password of ODF": (
        "a.odt",
        open_document(
            more={"META-INF/manifest.xml": b"<m:manifest xmlns:m='m'><m:encryption-data/></m:manifest>"}
        ),
        "密碼",
    ),
    "a member that climbs": ("a.docx", office_open(more={"../../etc/passwd": b"x"}), "不完整"),
    "a member from the root": ("a.docx", office_open(more={"/etc/passwd": b"x"}), "不完整"),
    "a member with a path of Windows": ("a.docx", office_open(more={"..\\run": b"x"}), "不完整"),
    "two members of one name": ("a.docx", office_open(more={"WORD/document.xml": b"x"}), "不完整"),
    "members packed otherwise": ("a.docx", packed({"a": b"a"}, zipfile.ZIP_BZIP2), "不完整"),
    # --- bombs -----------------------------------------------------------------------------------------
    "a bomb": ("a.docx", office_open(more={"bomb": bytes(30_000_000)}), "解壓縮後過大"),
    "a bomb that lies": ("a.docx", with_declared_size(packed({"a": bytes(90_000)}), 10), "不完整"),
    "a bomb of shared bytes": ("a.docx", overlapping(), "不完整|過大"),
    "a bomb of many members": (
        "a.docx",
        packed({str(number): b"" for number in range(packages.MOST_MEMBERS + 1)}),
        "過大",
    ),
    "an image of a billion pixels": ("a.png", png(30_000, 30_000), "影像過大"),
    "an image without end": ("a.png", png(images.LONGEST_SIDE + 1, 1), "影像過大"),
    "an image of no size": ("a.png", png(0, 5), "不完整"),
    "a photograph of a billion pixels": ("a.jpg", jpeg(65_000, 65_000), "影像過大"),
    # --- encodings -------------------------------------------------------------------------------------
    "a text in UTF-16": ("a.txt", "會議紀錄".encode("utf-16"), "編碼|控制字元"),
    "a text in neither encoding": ("a.txt", b"\xff\xfe\xfd\xfc", "編碼"),
    "a text with a zero": ("a.csv", b"a,b\x00c", "控制字元"),
    "a text with an escape": ("a.txt", b"\x1b[2Jgone", "控制字元"),
    "a text cut within a character": ("a.txt", "機關".encode()[:-1] + b"\xff", "編碼"),
}


@pytest.mark.parametrize("case", BAD)
def test_whatever_is_no_such_file_is_refused_in_words(tmp_path: Path, case: str) -> None:
    name, content, words = BAD[case]
    with pytest.raises(NotAccepted, match=words):
        recognised(tmp_path, name, content)


def test_a_text_is_read_to_its_end(tmp_path: Path) -> None:
    """Also where a character lies across two of the pieces in which it is read."""
    whole = b"a" * (kinds.CHUNK - 1) + "機關".encode() * kinds.CHUNK
    assert recognised(tmp_path, "a.txt", whole) == "text/plain"
    with pytest.raises(NotAccepted):
        recognised(tmp_path, "a.txt", whole + b"\x00")


@hypothesis_settings(max_examples=150)
@given(
    st.sampled_from(sorted(GOOD)),
    st.integers(0, 400),
    st.binary(max_size=12),
    st.booleans(),
)
def test_a_damaged_file_is_refused_or_still_what_it_was_and_never_breaks_the_reader(
    tmp_path: Path, name: str, at: int, noise: bytes, cut: bool
) -> None:
    content, expected = GOOD[name]
    at = min(at, len(content))
    damaged = content[:at] + noise + (b"" if cut else content[at + len(noise) :])
    try:
        assert recognised(tmp_path, name, damaged) == expected
    except NotAccepted as why:
        assert str(why)


@hypothesis_settings(max_examples=150)
@given(st.binary(max_size=300), st.sampled_from(sorted(kinds.ENDINGS)))
def test_noise_is_never_taken_for_a_document(tmp_path: Path, noise: bytes, ending: str) -> None:
    try:
        found = recognised(tmp_path, f"a.{ending}", noise)
    except NotAccepted:
        return
    assert found in kinds.TEXTS


def test_no_kept_type_is_one_that_a_browser_runs() -> None:
    running = {"text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"}
    assert not running & set(kinds.MediaType.values)
