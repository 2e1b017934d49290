"""Whoever takes a copy of the audit log out of the house leaves a row in it: what was asked for, and how much it was."""

from __future__ import annotations

from django.db import transaction

from ministries.models import AuditEntry, User
from ministries.permissions import Act, require
from ministries.services import record_act


@transaction.atomic
def note_export(*, asked: dict[str, str], ending: str, entries: int, actor: User) -> AuditEntry:
    """`asked` are the filters as typed; reading the log on the screen is not recorded, taking it along is."""
    require(actor, Act.READ_AUDIT)
    detail = {"asked": asked, "format": ending, "entries": entries}
    return record_act(actor=actor, act=Act.READ_AUDIT, subject=actor, detail=detail)
