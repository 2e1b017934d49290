"""Every entry of the audit log gets the next place in the chain shortly after it was written.

Writers wait for nobody: sealing comes after them, one sealer at a time, in the order of ids among what waits. An
entry whose transaction ended late gets a later place; none is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from ministries import clock
from ministries.chain import BEGINNING, digest_of
from ministries.models import AuditEntry, AuditSeal, UnsealedEntry

BATCH = 500
_LOCK = 1_907_111_804
"""The number of the advisory lock that a sealer holds."""


def seal_entries(*, batch: int = BATCH) -> int:
    """Seals what waits, batch by batch, each in its own transaction; returns how many. Nothing where another is at it."""
    sealed = 0
    after: int | None = 0
    while after is not None:
        count, after = _seal_batch(batch, after)
        sealed += count
    return sealed


@transaction.atomic
def _seal_batch(batch: int, after: int) -> tuple[int, int | None]:
    """How many were sealed, and after which id to go on; what was noted but is gone stays noted, for the check."""
    if not _taken():
        return 0, None
    waiting = UnsealedEntry.objects.filter(entry_id__gt=after).order_by("entry_id")
    noted = list(waiting.values_list("entry_id", flat=True)[:batch])
    entries = list(
        AuditEntry.objects.filter(pk__in=noted)
        .select_related("actor", "on_behalf_of", "organisation")
        .order_by("pk")
    )
    _append(entries)
    UnsealedEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    return len(entries), noted[-1] if len(noted) == batch else None


def _append(entries: Sequence[AuditEntry]) -> None:
    """Gives each the next place of the chain; the database takes them at its end only."""
    last = AuditSeal.objects.order_by("-position").first()
    ended, previous = (last.position, last.digest) if last else (0, BEGINNING)
    seals, now = [], clock.now()
    for position, entry in enumerate(entries, start=ended + 1):
        seal = AuditSeal(
            position=position,
            entry=entry,
            actor_email=entry.actor.email if entry.actor else "",
            on_behalf_of_email=entry.on_behalf_of.email if entry.on_behalf_of else "",
            organisation_code=entry.organisation.code if entry.organisation else "",
            previous=previous,
            sealed_at=now,
        )
        seal.digest = previous = digest_of(previous, entry, seal)
        seals.append(seal)
    AuditSeal.objects.bulk_create(seals)


def _taken() -> bool:
    """Whether this transaction is the one that seals."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])
