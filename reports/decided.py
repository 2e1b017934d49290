"""What a decision says and what its owner says of it, as values: forms build them, services take and check them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from kpis.models import Indicator
from ministries.models import Organisation
from programs.models import Program, SubItem
from programs.quarters import Quarter
from reports.models import Decision, DecisionProgress

LONGEST_MEETING = 200


@dataclass(frozen=True)
class DecisionContent:
    """Field names are those of `reports.models.Decision`."""

    text: str
    organisation: Organisation
    due_quarter: Quarter
    co_owners: frozenset[Organisation] = frozenset()
    background: str = ""
    meeting: str = ""
    meeting_on: date | None = None
    indicator: Indicator | None = None
    program: Program | None = None
    sub_item: SubItem | None = None

    @classmethod
    def of(cls, decision: Decision) -> DecisionContent:
        """What it says now; one query for the co-owners unless they were fetched along."""
        plain = {name: getattr(decision, name) for name in COLUMNS}
        return cls(co_owners=frozenset(decision.co_owners.all()), **plain)


COLUMNS: tuple[str, ...] = tuple(each.name for each in fields(DecisionContent) if each.name != "co_owners")


@dataclass(frozen=True)
class ProgressContent:
    """Field names are those of `reports.models.DecisionProgress`."""

    words: str
    outlook: str
    expected_on: date | None = None

    @classmethod
    def of(cls, progress: DecisionProgress) -> ProgressContent:
        return cls(progress.words, progress.outlook, progress.expected_on)
