"""What people ask of a programme, as values: understood from a form or a file, not yet checked against the programme."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from ministries.models import Organisation
from programs.models import Program, ProgramPart, Standing, TableColumn
from programs.quarters import Quarter


@dataclass(frozen=True)
class Period:
    """A programme's period: the words to be shown, and the days that they mean; no end where it is open."""

    printed: str
    start: date
    end: date | None


@dataclass(frozen=True)
class MilestoneWish:
    """What is asked of one milestone: `code` names one that is in force, None asks for a new one; `place` names the fields."""

    place: str
    code: str | None
    name_zh: str
    name_en: str
    due_on: date | None
    is_dropped: bool = False


@dataclass(frozen=True)
class RevisionContent:
    """A revision as it is proposed; milestones that are to stay as they are may be among the wishes."""

    ground: str
    explanation: str
    effective_from: Quarter | None
    period: Period | None = None
    milestones: tuple[MilestoneWish, ...] = ()


@dataclass(frozen=True)
class StandingContent:
    """What is said of a programme as a whole; each name is the column's."""

    organisation: Organisation
    name_zh: str
    name_en: str
    kind: str
    name_is_provisional: bool = False
    period_printed: str = ""
    period_start: date | None = None
    period_end: date | None = None

    @classmethod
    def of(cls, standing: Standing) -> StandingContent:
        return cls(**{each.name: getattr(standing, each.name) for each in fields(cls)})


@dataclass(frozen=True)
class PartWish:
    """A part to be named."""

    name_zh: str
    name_en: str


@dataclass(frozen=True)
class MarkWish:
    """√, △ or nothing in a column, for the whole programme or a part of it."""

    column: TableColumn
    kind: str
    part: ProgramPart | None = None

    @property
    def part_id(self) -> int | None:
        return self.part.pk if self.part else None


@dataclass(frozen=True)
class Joining:
    """A programme that is to join the plan."""

    standing: StandingContent
    effective_from: Quarter | None
    words: str
    purpose_zh: str = ""
    purpose_en: str = ""
    predecessor: Program | None = None
    parts: tuple[PartWish, ...] = ()
    marks: tuple[MarkWish, ...] = ()
