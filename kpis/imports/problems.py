"""Every problem of a plan file says where it is (file, line, record, field) and what would be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Place:
    """Where a record or a value stands: its file, the line in it (from 1), and the record's name for people."""

    file: Path
    line: int | None = None
    record: str = ""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; `field` is empty where the whole record or file is meant."""

    place: Place
    field: str
    message: str

    def __str__(self) -> str:
        where = str(self.place.file) + (f":{self.place.line}" if self.place.line else "")
        parts = [
            _("記錄「%(record)s」") % {"record": self.place.record} if self.place.record else "",
            _("欄位「%(field)s」") % {"field": self.field} if self.field else "",
        ]
        named = " ".join(part for part in parts if part)
        return " ".join(part for part in (f"{where}:", named, self.message) if part)


class PlanFilesRefused(Exception):
    """The files are not loaded, for all the problems listed; nothing was saved."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(
            problems, key=lambda problem: (str(problem.place.file), problem.place.line or 0)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))
