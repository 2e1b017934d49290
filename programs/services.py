"""Accepted facts are added, and what they replace is marked superseded; an unchanged statement adds nothing.

Callers hold the locks on what the facts came from (reports) and have checked who may accept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from django.db import models

from ministries.models import User
from programs.models import AcceptedFact

Fact = TypeVar("Fact", bound=AcceptedFact)

_BOOKKEEPING = frozenset(
    {"id", "revision", "accepted_at", "accepted_by_id", "superseded_at", "reason", "origin"}
)


def accept_facts(*, facts: Sequence[Fact], key: str, actor: User, at: datetime) -> list[Fact]:
    """Puts unsaved `facts` of one model in force; returns those that changed anything.

    Each brings its organisation, quarter and reason. `key` names the columns, joined by spaces, that tell the
    subjects of the model apart ("program_id part_id"). Three queries whatever the number of facts and
    organisations: lock what is replaced, supersede it, add.
    """
    if not facts:
        return []
    model = type(facts[0])
    cell = attrgetter("organisation_id", "quarter", *key.split())
    in_force = {cell(row): row for row in _locked_in_force(facts, key.split()[0])}
    changed: list[Fact] = []
    replaced: list[int] = []
    for fact in facts:
        before = in_force.get(cell(fact))
        if before is not None:
            if content_of(before) == content_of(fact):
                continue
            replaced.append(before.pk)
            fact.revision = before.revision + 1
        fact.accepted_at, fact.accepted_by = at, actor
        changed.append(fact)
    if replaced:
        model._default_manager.filter(pk__in=replaced).update(superseded_at=at)
    model._default_manager.bulk_create(changed)
    return changed


def _locked_in_force(facts: Sequence[Fact], subject: str) -> models.QuerySet[Fact]:
    """What stands about the same subjects, organisations and quarters; found by subject, so never by walking history."""
    about = {
        f"{column}__in": {getattr(fact, column) for fact in facts}
        for column in (subject, "organisation_id", "quarter")
    }
    rows = type(facts[0])._default_manager.filter(**about, superseded_at__isnull=True)
    return rows.order_by("pk").select_for_update()


def content_of(fact: models.Model) -> dict[str, object]:
    """What a fact says and about what, without who accepted it when."""
    return {
        each.attname: getattr(fact, each.attname)
        for each in fact._meta.concrete_fields
        if each.attname not in _BOOKKEEPING
    }
