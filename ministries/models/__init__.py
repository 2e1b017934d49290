"""Who may act, and who did: organisations, people, their roles, and the record of their acts."""

from ministries.models.audit import AuditEntry
from ministries.models.notices import (
    ALWAYS_TOLD,
    CalendarFeed,
    Letter,
    Notice,
    NoticeKind,
    NoticePreference,
    Timing,
)
from ministries.models.organisations import (
    FunctionTransfer,
    Organisation,
    OrganisationName,
    Sourced,
)
from ministries.models.people import DemonstrationRun, Deputyship, Membership, Role, User

__all__ = [
    "ALWAYS_TOLD",
    "AuditEntry",
    "CalendarFeed",
    "DemonstrationRun",
    "Deputyship",
    "FunctionTransfer",
    "Letter",
    "Membership",
    "Notice",
    "NoticeKind",
    "NoticePreference",
    "Organisation",
    "OrganisationName",
    "Role",
    "Sourced",
    "Timing",
    "User",
]
