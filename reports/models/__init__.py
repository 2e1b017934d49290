"""What is claimed and whether it is agreed: quarters, reports, their lines, and what was done to them."""

from reports.models.programs import (
    ProgramRelease,
    ProgramRequest,
    ProgramRevision,
    ProposedMilestone,
    RequestState,
    visible_programs,
)
from reports.models.quarters import ReportingQuarter
from reports.models.reports import Line, LineStatement, Report, ReportEvent, ReportState
from reports.models.targets import TargetProposal

__all__ = [
    "Line",
    "LineStatement",
    "ProgramRelease",
    "ProgramRequest",
    "ProgramRevision",
    "ProposedMilestone",
    "Report",
    "ReportEvent",
    "ReportState",
    "ReportingQuarter",
    "RequestState",
    "TargetProposal",
    "visible_programs",
]
