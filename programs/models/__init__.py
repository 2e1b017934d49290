"""What was promised: the plan, its pillars and sub-items, who is responsible, and the programmes that carry it."""

from programs.models.milestones import MilestoneObservation, ProgramMilestone
from programs.models.plan import (
    EarlierResult,
    Erratum,
    ExpectedBenefit,
    KeyTask,
    OversightRole,
    Pillar,
    PillarLineage,
    PillarParticipant,
    Plan,
    Responsibility,
    SubItem,
)
from programs.models.programs import (
    ColumnSubItem,
    Mark,
    Program,
    ProgramListing,
    ProgramPart,
    TableColumn,
    TableRow,
)
from programs.models.progress import (
    AcceptedFact,
    Accountability,
    Confidence,
    Delay,
    DelayKind,
    ProgramObservation,
    SubItemObservation,
)

__all__ = [
    "AcceptedFact",
    "Accountability",
    "ColumnSubItem",
    "Confidence",
    "Delay",
    "DelayKind",
    "EarlierResult",
    "Erratum",
    "ExpectedBenefit",
    "KeyTask",
    "Mark",
    "MilestoneObservation",
    "OversightRole",
    "Pillar",
    "PillarLineage",
    "PillarParticipant",
    "Plan",
    "Program",
    "ProgramListing",
    "ProgramMilestone",
    "ProgramObservation",
    "ProgramPart",
    "Responsibility",
    "SubItem",
    "SubItemObservation",
    "TableColumn",
    "TableRow",
]
