"""Who may act, and who did: organisations, people, their roles, and the record of their acts."""

from ministries.models.audit import AuditEntry
from ministries.models.organisations import (
    FunctionTransfer,
    Organisation,
    OrganisationName,
    Sourced,
)
from ministries.models.people import DemonstrationRun, Deputyship, Membership, Role, User

__all__ = [
    "AuditEntry",
    "DemonstrationRun",
    "Deputyship",
    "FunctionTransfer",
    "Membership",
    "Organisation",
    "OrganisationName",
    "Role",
    "Sourced",
    "User",
]
