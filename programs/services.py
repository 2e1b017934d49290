"""Accepted facts are added, and what they replace is marked superseded; an unchanged statement adds nothing.

Callers hold the lock on what the facts came from (a report) and have checked who may accept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.db import models

from ministries.models import User
from programs.models import AcceptedFact

Fact = TypeVar("Fact", bound=AcceptedFact)

_BOOKKEEPING = frozenset(
    {"id", "revision", "accepted_at", "accepted_by_id", "superseded_at", "reason", "origin"}
)


def accept_facts(
    *, facts: Sequence[Fact], key: str, actor: User, at: datetime, reason: str = ""
) -> list[Fact]:
    """Puts unsaved `facts` of one organisation and quarter in force; returns those that changed anything.

    `key` names the columns, joined by spaces, that tell the subjects of one model apart ("program_id part_id").
    Three queries whatever the number of facts: read what is in force, supersede it, add.
    """
    if not facts:
        return []
    model = type(facts[0])
    columns = key.split()
    in_force = {
        tuple(getattr(row, column) for column in columns): row
        for row in model._default_manager.order_by("pk")
        .select_for_update()
        .filter(
            organisation_id=facts[0].organisation_id, quarter=facts[0].quarter, superseded_at__isnull=True
        )
    }
    changed: list[Fact] = []
    replaced: list[int] = []
    for fact in facts:
        before = in_force.get(tuple(getattr(fact, column) for column in columns))
        if before is not None:
            if _content(before) == _content(fact):
                continue
            replaced.append(before.pk)
            fact.revision = before.revision + 1
        fact.accepted_at, fact.accepted_by, fact.reason = at, actor, reason
        changed.append(fact)
    if replaced:
        model._default_manager.filter(pk__in=replaced).update(superseded_at=at)
    model._default_manager.bulk_create(changed)
    return changed


def _content(fact: models.Model) -> dict[str, object]:
    """What a fact says and about what, without who accepted it when."""
    return {
        each.attname: getattr(fact, each.attname)
        for each in fact._meta.concrete_fields
        if each.attname not in _BOOKKEEPING
    }
