"""Who may act, and who did: organisations, people, their roles, and the record of their acts."""

from ministries.models.accounts import Invitation, PastPassword
from ministries.models.audit import AuditCheck, AuditEntry, AuditSeal, UnsealedEntry
from ministries.models.changes import PublicChange
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
from ministries.models.people import (
    DemonstrationRun,
    Deputyship,
    DisabledBecause,
    Membership,
    Role,
    User,
)

__all__ = [
    "ALWAYS_TOLD",
    "AuditCheck",
    "AuditEntry",
    "AuditSeal",
    "CalendarFeed",
    "DemonstrationRun",
    "Deputyship",
    "DisabledBecause",
    "FunctionTransfer",
    "Invitation",
    "Letter",
    "Membership",
    "Notice",
    "NoticeKind",
    "NoticePreference",
    "Organisation",
    "OrganisationName",
    "PastPassword",
    "PublicChange",
    "Role",
    "Sourced",
    "Timing",
    "UnsealedEntry",
    "User",
]
