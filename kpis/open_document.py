"""A table of rows becomes an OpenDocument spreadsheet (.ods, CNS 15251): numbers stay numbers, and no text a formula.

It is one of the formats that exports write; it knows no figures.
"""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from tablib import Dataset

CONTENT_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = {
    "office": f"{_OASIS}:office:1.0",
    "table": f"{_OASIS}:table:1.0",
    "text": f"{_OASIS}:text:1.0",
    "manifest": f"{_OASIS}:manifest:1.0",
}
_VERSION = "1.3"
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)

for _prefix, _address in _SPACES.items():
    ElementTree.register_namespace(_prefix, _address)


class ODS:
    """As the formats of django-import-export."""

    def get_content_type(self) -> str:
        return CONTENT_TYPE

    def export_data(self, dataset: Dataset, **_options: Any) -> bytes:
        """One sheet, headers first; the same rows give the same bytes."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            # The type stands first and unpacked, so that it can be read without unpacking.
            _write(file, "mimetype", CONTENT_TYPE.encode(), zipfile.ZIP_STORED)
            _write(file, "content.xml", _content([list(dataset.headers or []), *map(list, dataset)]))
            _write(file, "META-INF/manifest.xml", _manifest())
        return packed.getvalue()


def _write(file: zipfile.ZipFile, name: str, data: bytes, packing: int = zipfile.ZIP_DEFLATED) -> None:
    entry = zipfile.ZipInfo(name, _FIRST_MOMENT)
    entry.compress_type = packing
    file.writestr(entry, data)


def _content(rows: list[list[Any]]) -> bytes:
    root = _element(None, "office:document-content", {"office:version": _VERSION})
    sheet = _element(_element(root, "office:body"), "office:spreadsheet")
    table = _element(sheet, "table:table", {"table:name": "1"})
    for row in rows:
        line = _element(table, "table:table-row")
        for value in row:
            _cell(line, value)
    return _written(root)


def _cell(row: ElementTree.Element, value: Any) -> None:
    if value is None or value == "":
        _element(row, "table:table-cell")
        return
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    text = f"{value:f}" if isinstance(value, Decimal) else _NOT_IN_XML.sub("", str(value))
    said = (
        {"office:value-type": "float", "office:value": text} if is_number else {"office:value-type": "string"}
    )
    cell = _element(row, "table:table-cell", said)
    for line in text.split("\n"):
        _element(cell, "text:p").text = line


def _manifest() -> bytes:
    root = _element(None, "manifest:manifest", {"manifest:version": _VERSION})
    for path, kind in (("/", CONTENT_TYPE), ("content.xml", "text/xml")):
        _element(root, "manifest:file-entry", {"manifest:full-path": path, "manifest:media-type": kind})
    return _written(root)


def _element(
    parent: ElementTree.Element | None, name: str, said: dict[str, str] | None = None
) -> ElementTree.Element:
    qualified = {_qualified(key): value for key, value in (said or {}).items()}
    if parent is None:
        return ElementTree.Element(_qualified(name), qualified)
    return ElementTree.SubElement(parent, _qualified(name), qualified)


def _qualified(name: str) -> str:
    prefix, local = name.split(":")
    return f"{{{_SPACES[prefix]}}}{local}"


def _written(root: ElementTree.Element) -> bytes:
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
