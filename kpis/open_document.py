"""A table of rows becomes an OpenDocument spreadsheet (.ods, CNS 15251): numbers stay numbers, and no text a formula.

It is one of the formats that exports write; it knows no figures.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from odfdo import Cell, Document, Paragraph, Row, Table
from tablib import Dataset

CONTENT_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANGUAGES = {"zh-hant": "zh-TW", "en": "en-GB"}


class ODS:
    """As the formats of django-import-export."""

    def get_content_type(self) -> str:
        return CONTENT_TYPE

    def export_data(self, dataset: Dataset, **_options: Any) -> bytes:
        """One sheet, headers first."""
        document = new_document("spreadsheet")
        sheet = Table("1")
        sheet.extend_rows(_row(values) for values in (dataset.headers or (), *dataset))
        document.body.append(sheet)
        return packed(document)


def new_document(kind: str) -> Document:
    """An empty `spreadsheet` or `text` in the reader's language."""
    document = Document(kind)
    document.body.clear()
    document.language = _LANGUAGES[get_language() or "zh-hant"]
    return document


def packed(document: Document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def printable(text: str, instead: str = "") -> str:
    """Without the characters that XML has no place for; `instead` stands where one was."""
    return _NOT_IN_XML.sub(instead, text)


def _row(values: Sequence[Decimal | int | str | None]) -> Row:
    """Lines of a text are paragraphs of its cell; an empty text is an empty cell."""
    row = Row()
    row.set_values([(printable(value) or None) if isinstance(value, str) else value for value in values])
    for place, value in enumerate(values):
        if isinstance(value, str) and "\n" in value:
            cell = Cell(cell_type="string")
            for line in printable(value).splitlines():
                cell.append(Paragraph(line))
            row.set_cell(place, cell)
    return row
