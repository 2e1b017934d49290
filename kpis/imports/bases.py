"""What records of plan files are made of: the place where they were read, and the source that they name.

A field without a default must be given. `model` names the table whose limits (length, digits) the values obey.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from django.db import models

from kpis.imports.problems import Place
from ministries.models import Sourced


@dataclass(frozen=True, kw_only=True)
class Record:
    """What all records share: the place where they were read."""

    model: ClassVar[type[models.Model] | None] = None
    prefix: ClassVar[str] = ""  # stands before the model's field names: `printed` is `source_printed`
    at: Place = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class Source(Record):
    """Where a record was read: document, table number or chapter mark, row, printed words."""

    model = Sourced
    prefix = "source_"
    document: str = ""  # the file's own `document` where it is not given
    table: str = ""
    row: int | None = None
    printed: str = ""


@dataclass(frozen=True, kw_only=True)
class MappingRecord(Record):
    """A sub-item that a column or an indicator stands for, and the words on which that rests."""

    sub_item: str
    note_zh: str
    note_en: str
