"""Who may act, and who did: organisations, people, their roles, and the record of their acts."""

from ministries.models.audit import AuditEntry
from ministries.models.organisations import (
    FunctionTransfer,
    Organisation,
    OrganisationName,
    Sourced,
)
from ministries.models.people import DemonstrationRun, Membership, Role, User

__all__ = [
    "AuditEntry",
    "DemonstrationRun",
    "FunctionTransfer",
    "Membership",
    "Organisation",
    "OrganisationName",
    "Role",
    "Sourced",
    "User",
]
