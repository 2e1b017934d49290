"""Every change to organisations, people and their roles, and the one place that writes the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import AuditEntry, Membership, Organisation, Role, User
from ministries.permissions import SECRETARIAT_ROLES, Act, require


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
    """Adds one row to the audit log, in the transaction of the act itself; no actor means the system."""
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
        act=act,
        organisation=organisation,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        detail=detail,
    )


@transaction.atomic
def grant_role(*, user: User, organisation: Organisation, role: Role, actor: User | None) -> Membership:
    """Gives `user` a role in `organisation`; no actor means the installation itself (set-up, demonstration).

    Secretariat and auditor roles exist only in the secretariat, ministry roles never there.
    """
    if actor is not None:
        require(actor, Act.MANAGE_PEOPLE, organisation)
    if (role in SECRETARIAT_ROLES) != organisation.is_secretariat:
        raise Refused(_("「%(role)s」不是此機關可授予的角色。") % {"role": role.label})
    membership, created = Membership.objects.get_or_create(
        user=user,
        organisation=organisation,
        role=role,
        ended_at=None,
        defaults={"started_at": clock.now()},
    )
    if created:
        record_act(
            actor=actor,
            act=Act.MANAGE_PEOPLE,
            subject=membership,
            organisation=organisation,
            detail={"granted": str(role), "to": user.email},
        )
    return membership
