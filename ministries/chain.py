"""The chain of the audit log: an entry's canonical form, and the digest that ties it to the entry before.

The canonical form is JSON in ASCII, keys in the order of their code points, no blanks, numbers as plain decimals
without superfluous zeros, moments in UTC to the microsecond: the same before an entry is stored and after it is
read. It does not know where entries are kept.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from decimal import Decimal
from typing import Any

from ministries.models import AuditEntry, AuditSeal
from ministries.models.audit import DIGEST_LENGTH

BEGINNING = "0" * DIGEST_LENGTH
"""What stands for the digest before the first entry."""


def canonical(value: Any) -> str:
    """Of whatever JSON can say; equal for values that JSON does not tell apart (`1`, `1.0`, `1e0`)."""
    if isinstance(value, dict):
        members = sorted((str(key), each) for key, each in value.items())
        return "{" + ",".join(f"{json.dumps(key)}:{canonical(each)}" for key, each in members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(canonical(each) for each in value) + "]"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return json.dumps(value)


def _number(value: float) -> str:
    """`1e3` → 1000, `1.50` → 1.5, `-0.0` → 0: a database keeps the number, not how it was written."""
    exact = Decimal(int(value)) if isinstance(value, int) else Decimal(repr(float(value)))
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def content_of(entry: AuditEntry, seal: AuditSeal) -> dict[str, Any]:
    """All that a seal covers: the entry, and under which addresses and code the seal knew people and organisation."""
    return {
        "id": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor_id,
        "actor_email": seal.actor_email,
        "on_behalf_of": entry.on_behalf_of_id,
        "on_behalf_of_email": seal.on_behalf_of_email,
        "act": entry.act,
        "organisation": entry.organisation_id,
        "organisation_code": seal.organisation_code,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "detail": entry.detail,
    }


def digest_of(previous: str, entry: AuditEntry, seal: AuditSeal) -> str:
    """SHA-256 over the digest before, in hexadecimal, and the canonical form of what is sealed."""
    return hashlib.sha256((previous + canonical(content_of(entry, seal))).encode("ascii")).hexdigest()
