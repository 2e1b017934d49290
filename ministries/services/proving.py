"""Whether the audit log is whole: the chain is computed again from its entries, and the first thing wrong is named.

It reads in portions and keeps none of them. Whoever could change rows could also forge a whole new chain: what shows
that is a digest that was kept elsewhere, in the log of the servers or on paper (`expected`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from ministries import clock
from ministries.chain import BEGINNING, digest_of
from ministries.models import AuditCheck, AuditEntry, AuditSeal, UnsealedEntry

logger = logging.getLogger(__name__)
PORTION = 1000
PATIENCE = timedelta(minutes=5)
"""An entry that waits longer for its seal is wrong, too: nobody seals."""


class Wrong(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    REWRITTEN = "rewritten"
    UNSEALED = "unsealed"


@dataclass(frozen=True)
class Finding:
    """The first thing wrong: at a place of the chain, or with an entry that has none."""

    kind: Wrong
    position: int | None
    entry_id: int | None

    def __str__(self) -> str:
        words = {
            Wrong.CHANGED: _("內容與封存時不符"),
            Wrong.MISSING: _("紀錄已不存在"),
            Wrong.INSERTED: _("紀錄未經系統寫入，無封存登記"),
            Wrong.REORDERED: _("未接續前一筆，順序遭調換或插入"),
            Wrong.REWRITTEN: _("摘要值與先前留存者不符"),
            Wrong.UNSEALED: _("逾 5 分鐘尚未封存"),
        }[self.kind]
        where = []
        if self.position is not None:
            where.append(_("位置 %(position)d") % {"position": self.position})
        if self.entry_id is not None:
            where.append(_("紀錄 %(entry)d") % {"entry": self.entry_id})
        return _("%(where)s：%(what)s。") % {"where": _("、").join(where), "what": words}


@dataclass(frozen=True)
class Proof:
    """`count` entries were checked and hold, up to `position` with its `digest`; `finding` is what does not."""

    count: int
    position: int
    digest: str
    finding: Finding | None


class NoSuchPosition(ValueError):
    """The chain does not reach as far as the check was to begin."""


def prove(*, first: int = 1, expected: Mapping[int, str] | None = None, everything: bool = True) -> Proof:
    """Checks the chain from the place `first`, and that no entry stands beside it.

    `expected` are digests by their places, as they were kept elsewhere; the newest one that an earlier check kept
    counts among them. Without `everything` entries that were smuggled past the triggers are not looked for.
    """
    count, position = 0, first - 1
    kept = _kept() | dict(expected or {})
    digest = _digest_at(position)
    if digest is None or kept.get(position, digest) != digest:
        if position not in kept:
            raise NoSuchPosition(position)
        what = Wrong.MISSING if digest is None else Wrong.REWRITTEN
        return Proof(0, position, kept[position], Finding(what, position, None))
    for seal, entry in _sealed_from(first):
        kind = _wrong_with(seal, entry, position, digest) or _not_as_kept(seal, kept)
        if kind is not None:
            at_fault = position + 1 if seal.position != position + 1 else seal.position
            return Proof(count, position, digest, Finding(kind, at_fault, seal.entry_id))
        count, position, digest = count + 1, seal.position, seal.digest
    lost = min((place for place in kept if place > position), default=None)
    if lost is not None:
        return Proof(count, position, digest, Finding(Wrong.MISSING, position + 1, None))
    return Proof(count, position, digest, _beside_the_chain(everything=everything))


def check_audit(*, everything: bool) -> Proof:
    """Beat's check: from where the last one ended, or of everything; recorded, logged, and an alarm where it finds."""
    newest = AuditCheck.objects.first()
    first = 1 if everything or newest is None else newest.position + 1
    proof = prove(first=first, everything=everything)
    AuditCheck.objects.create(
        checked_at=clock.now(),
        position=proof.position,
        digest=proof.digest,
        wrong=str(proof.finding or ""),
    )
    if proof.finding:
        logger.error("the audit log is not whole: %s (%s)", proof.finding, proof.finding.kind)
    # A copy of the log off the system proves the past: see `manage.py check_audit --expect`.
    logger.info("the audit log holds up to %d:%s", proof.position, proof.digest)
    return proof


def _digest_at(position: int) -> str | None:
    if position == 0:
        return BEGINNING
    return AuditSeal.objects.filter(position=position).values_list("digest", flat=True).first()


def _kept() -> dict[int, str]:
    """What the check that came furthest kept."""
    furthest = AuditCheck.objects.filter(position__gt=0).order_by("-position").first()
    return {furthest.position: furthest.digest} if furthest else {}


def _sealed_from(first: int) -> Iterator[tuple[AuditSeal, AuditEntry | None]]:
    while portion := list(AuditSeal.objects.filter(position__gte=first).order_by("position")[:PORTION]):
        entries = AuditEntry.objects.in_bulk([seal.entry_id for seal in portion])
        for seal in portion:
            yield seal, entries.get(seal.entry_id)
        first = portion[-1].position + 1


def _wrong_with(seal: AuditSeal, entry: AuditEntry | None, position: int, digest: str) -> Wrong | None:
    if seal.position != position + 1:
        return Wrong.MISSING
    if seal.previous != digest:
        return Wrong.REORDERED
    if entry is None:
        return Wrong.MISSING
    return None if digest_of(digest, entry, seal) == seal.digest else Wrong.CHANGED


def _not_as_kept(seal: AuditSeal, kept: Mapping[int, str]) -> Wrong | None:
    return None if kept.get(seal.position, seal.digest) == seal.digest else Wrong.REWRITTEN


def _beside_the_chain(*, everything: bool) -> Finding | None:
    """What waits too long, or was noted and is gone; of everything also what nobody ever noted."""
    waiting = UnsealedEntry.objects.filter(noted_at__lt=clock.now() - PATIENCE).order_by("entry_id")
    late = waiting.annotate(stands=Exists(AuditEntry.objects.filter(pk=OuterRef("entry_id")))).first()
    if late is not None:
        return Finding(Wrong.UNSEALED if late.stands else Wrong.MISSING, None, late.entry_id)
    if not everything:
        return None
    smuggled = (
        AuditEntry.objects.filter(
            ~Exists(AuditSeal.objects.filter(entry=OuterRef("pk"))),
            ~Exists(UnsealedEntry.objects.filter(pk=OuterRef("pk"))),
        )
        .order_by("pk")
        .first()
    )
    return Finding(Wrong.INSERTED, None, smuggled.pk) if smuggled else None
