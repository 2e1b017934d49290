"""What an officer may say of a line, as values: forms, imports and the API build it, services take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Field

from reports.models import Line


@dataclass(frozen=True)
class LineContent:
    """The content of a line; field names and units are those of `reports.models.Line`."""

    statement: str = ""
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    rank: int | None = None
    edition: str = ""
    stage_id: int | None = None
    confidence: str = ""
    confidence_note: str = ""
    planned_progress: Decimal | None = None
    actual_progress: Decimal | None = None
    year_planned_progress: Decimal | None = None
    year_actual_progress: Decimal | None = None
    appropriation: Decimal | None = None
    allocated: Decimal | None = None
    spent: Decimal | None = None
    payable: Decimal | None = None
    surplus: Decimal | None = None
    reached_on: date | None = None
    narrative: str = ""
    delay_kind: str = ""
    accountability: str = ""
    catch_up_on: date | None = None
    improve_by: date | None = None
    delay_reason: str = ""
    remedy: str = ""
    coordination: str = ""
    coordination_with: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Organisations that are asked have no order: in whichever one they come, the content is the same."""
        object.__setattr__(self, "coordination_with", tuple(sorted(set(self.coordination_with))))

    @classmethod
    def of(cls, line: Line) -> LineContent:
        return cls(**{name: getattr(line, name) for name in CONTENT_FIELDS})

    def as_fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in CONTENT_FIELDS}

    def as_texts(self) -> dict[str, str]:
        """Field → text of every field that says something; the same content always gives the same texts."""
        texts = {name: _text(content) for name, content in self.as_fields().items()}
        return {name: text for name, text in texts.items() if text}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> LineContent:
        """What `as_texts` wrote; fields that it did not know are empty."""
        known = {name: texts[name] for name in CONTENT_FIELDS if name in texts}
        return cls(**{name: _said(name, text) for name, text in known.items()})


def _said(name: str, text: str) -> Any:
    if name == "coordination_with":
        return tuple(text.split(","))
    column = Line._meta.get_field(name)
    assert isinstance(column, Field)
    return column.to_python(text)


def _text(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, tuple):
        return ",".join(content)
    if isinstance(content, Decimal):
        text = f"{content:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return content.isoformat() if isinstance(content, date) else str(content)


CONTENT_FIELDS: tuple[str, ...] = tuple(each.name for each in fields(LineContent))


@dataclass(frozen=True)
class LineEntry:
    """One line as somebody typed it, on top of the revision that they saw."""

    line_id: int
    revision: int
    content: LineContent


@dataclass(frozen=True)
class SaveResult:
    """What became of a page of entries, keyed by the line's primary key.

    `conflicts` holds the line as it now stands where somebody else saved a newer revision; `errors` holds
    field → message, with "" for the line as a whole. Lines without trouble are saved beside those with.
    """

    saved: list[Line] = field(default_factory=list)
    conflicts: dict[int, Line] = field(default_factory=dict)
    errors: dict[int, dict[str, str]] = field(default_factory=dict)
