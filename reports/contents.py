"""What an officer may say of a line, as values: forms, imports and the API build it, services take it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

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
