"""Files as people send them, and as somebody would make them to deceive: small, whole, made here."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
CSV = "機關,人次\n教育部,8000\n".encode()
CSV_BIG5 = "機關,人次\r\n教育部,8000\r\n".encode("cp950")
TXT = "會議紀錄\n出席：王○○\n".encode("utf-8-sig")
HTML = b"<!doctype html><html><script>alert(document.cookie)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EXECUTABLE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(200)
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00;"
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def png(width: int = 2, height: int = 2, after: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\x00\x00\x00" * 2)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"tEXt", b"Comment\x00made for a test")
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
        + after
    )


def jpeg(width: int = 2, height: int = 2, after: bytes = b"") -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    scan = b"\x01\x01\x00\x00\x3f\x00"
    return (
        b"\xff\xd8"
        + b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
        + b"\xff\xc0"
        + struct.pack(">H", len(frame) + 2)
        + frame
        + b"\xff\xda"
        + struct.pack(">H", len(scan) + 2)
        + scan
        + b"\x3f\xff\x00\x1f\xff\xd9"
        + after
    )


def packed(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, stored: str = "") -> bytes:
    """A ZIP of the members in their order; `stored` names the one that is not compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == stored else method)
    return buffer.getvalue()


def open_document(kind: str = "text", more: Mapping[str, bytes] | None = None) -> bytes:
    members = {
        "mimetype": b"application/vnd.oasis.opendocument." + kind.encode(),
        "content.xml": b"<office:document-content xmlns:office='o'/>",
        "META-INF/manifest.xml": b"<manifest:manifest xmlns:manifest='m'/>",
    }
    return packed({**members, **(more or {})}, stored="mimetype")


OOXML = {
    "docx": ("wordprocessingml.document", "word/document.xml"),
    "xlsx": ("spreadsheetml.sheet", "xl/workbook.xml"),
    "pptx": ("presentationml.presentation", "ppt/presentation.xml"),
}


def office_open(kind: str = "docx", declared: str = "", more: Mapping[str, bytes] | None = None) -> bytes:
    family, part = OOXML[kind]
    declared = declared or f"application/vnd.openxmlformats-officedocument.{family}.main+xml"
    types = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{declared}"/></Types>'
    ).encode()
    return packed({"[Content_Types].xml": types, "_rels/.rels": b"<r/>", part: b"<d/>", **(more or {})})
