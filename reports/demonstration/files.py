"""Small files that are what they say: a PDF with text, a CSV for spreadsheets, a PNG; each says that it is a demonstration."""

from __future__ import annotations

import csv
import io
import struct
import zlib
from collections.abc import Iterable, Sequence

_PAGE = "/MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >>"
# Every reader of PDF has a font of its own for Traditional Chinese; none is enclosed.
_FONT = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /MSung-Light /Encoding /UniCNS-UTF16-H /DescendantFonts [<< /Type /Font"
    " /Subtype /CIDFontType0 /BaseFont /MSung-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (CNS1) /Supplement 0 >>"
    " /W [1 95 500]"
    " /FontDescriptor << /Type /FontDescriptor /FontName /MSung-Light /Flags 6 /FontBBox [0 -200 1000 900]"
    " /ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 60 >> >>] >>"
)
_GREY, _BLUE = b"\xe6\xe9\xed", b"\x2b\x5d\x8c"


def pdf(lines: Iterable[str]) -> bytes:
    """One page with these lines of text."""
    shown = " ".join(f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in lines)
    text = f"BT /F1 14 Tf 24 TL 72 760 Td {shown} ET"
    parts = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {_PAGE} /Contents 5 0 R >>",
        _FONT,
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
    )
    written, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{part}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    head = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
    end = f"trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    return written + (head + end).encode("ascii")


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV as spreadsheets read it without being asked for the encoding."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def picture(bars: Sequence[int], height: int = 120, width: int = 40) -> bytes:
    """Bars, each so many hundredths of the picture high."""
    rows = []
    for row in range(height):
        reached = [100 * (height - row) <= bar * height for bar in bars]
        pixels = (
            _GREY * (width // 4) + (_BLUE if each else _GREY) * (width - width // 4) for each in reached
        )
        rows.append(b"\0" + b"".join(pixels))
    size = struct.pack(">IIBBBBB", width * len(bars), height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
