"""The one place that writes the audit log, and the one exception by which a rule of the domain says no."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from ministries import clock
from ministries.models import AuditEntry, Organisation, User
from ministries.permissions import Act, principal_of


class Refused(Exception):
    """A rule of the domain says no; the message says what, where and how to mend it, in the reader's language.

    `errors` names fields where the refusal is about fields.
    """

    def __init__(self, message: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = errors or {}


def record_act(
    *,
    actor: User | None,
    act: Act,
    subject: models.Model,
    organisation: Organisation | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Adds one row to the audit log, in the transaction of the act itself; no actor means the system.

    Where the actor may do it only as somebody's deputy, the row names both. An unsaved subject is none that exists.
    """
    entry = _entry(actor, act, subject, organisation, detail or {})
    entry.save(force_insert=True)
    return entry


def record_acts(
    *,
    actor: User | None,
    act: Act,
    acts: Iterable[tuple[models.Model, Organisation | None, dict[str, Any]]],
) -> None:
    """Adds a row for each subject that one act was done to, with its organisation and detail; one query."""
    AuditEntry.objects.bulk_create(_entry(actor, act, *each) for each in acts)


def _entry(
    actor: User | None,
    act: Act,
    subject: models.Model,
    organisation: Organisation | None,
    detail: dict[str, Any],
) -> AuditEntry:
    return AuditEntry(
        at=clock.now(),
        actor=actor,
        on_behalf_of=principal_of(actor, act, organisation) if actor else None,
        act=act,
        organisation=organisation,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        detail=detail,
    )
