"""What people ask of a programme, as values: understood from a form or a file, not yet checked against the programme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
