"""What is claimed and whether it is agreed: quarters, reports, their lines, and what was done to them."""

from reports.models.coordination import CoordinationNeed
from reports.models.decisions import Decision, DecisionProgress, DecisionState, DecisionStep, Outlook
from reports.models.evidence import Evidence, LineComment
from reports.models.extensions import Extension
from reports.models.programs import (
    ProgramRelease,
    ProgramRequest,
    ProgramRevision,
    ProposedMilestone,
    RequestState,
    visible_programs,
)
from reports.models.publications import PublicationProposal
from reports.models.quarters import ReportingQuarter
from reports.models.reports import (
    Line,
    LineRevision,
    LineStatement,
    LineStep,
    Receipt,
    Report,
    ReportEvent,
    ReportState,
)
from reports.models.rules import SecondReview, SignOffWaiver
from reports.models.targets import TargetProposal

__all__ = [
    "CoordinationNeed",
    "Decision",
    "DecisionProgress",
    "DecisionState",
    "DecisionStep",
    "Evidence",
    "Extension",
    "Line",
    "LineComment",
    "LineRevision",
    "LineStatement",
    "LineStep",
    "Outlook",
    "ProgramRelease",
    "ProgramRequest",
    "ProgramRevision",
    "ProposedMilestone",
    "PublicationProposal",
    "Receipt",
    "Report",
    "ReportEvent",
    "ReportState",
    "ReportingQuarter",
    "RequestState",
    "SecondReview",
    "SignOffWaiver",
    "TargetProposal",
    "visible_programs",
]
