"""A table is brought in step with wanted rows: missing ones are added, different ones changed, the rest left alone.

Rows that nobody wants any more are deleted only where the caller says that they are mere details, and where no fact
refers to them; all others are named as left. It does not know files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F, ProtectedError, QuerySet

M = TypeVar("M", bound=models.Model)
Row = dict[str, Any]
_OUT_OF_THE_WAY = 10_000  # no list of a plan is longer


@dataclass
class Changes:
    """How many rows were created, updated and deleted, which models changed, and what was left though not wanted."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    left: list[str] = field(default_factory=list)
    touched: set[type[models.Model]] = field(default_factory=set)

    def synchronise(
        self, scope: QuerySet[M], key: Sequence[str], wanted: Sequence[Row], *, keep: bool = False
    ) -> list[M]:
        """Brings the rows of `scope` in step with `wanted`, which `key` tells apart; returns them in that order.

        `keep` is for rows with a life of their own (a programme may join by other ways): they are never deleted.
        """
        model = scope.model
        existing = {_key(each, key): each for each in scope}
        rows = [_by_column(model, row) for row in wanted]
        columns = [_column(model, name) for name in key]
        identities = [tuple(row[column] for column in columns) for row in rows]
        unwanted = [each for identity, each in existing.items() if identity not in set(identities)]
        left = self.leave(unwanted) if keep else self._delete(unwanted)
        changed = [
            (existing[identity], row)
            for identity, row in zip(identities, rows, strict=True)
            if identity in existing and _differs(existing[identity], row)
        ]
        if "order" not in key:
            changed += _moved_behind(left, len(rows))
            _make_room(scope, changed)
        for each, row in changed:
            self._update(each, row)
        missing = [row for identity, row in zip(identities, rows, strict=True) if identity not in existing]
        for each in model._default_manager.bulk_create(model(**row) for row in missing):
            existing[_key(each, key)] = each
        self.created += len(missing)
        if missing:
            self.touched.add(model)
        return [existing[identity] for identity in identities]

    def _update(self, each: models.Model, row: Row) -> None:
        names = [name for name, value in row.items() if getattr(each, name) != value]
        for name in names:
            setattr(each, name, row[name])
        each.save(update_fields=names)
        self.updated += 1
        self.touched.add(type(each))

    def leave(self, unwanted: Sequence[M]) -> Sequence[M]:
        """Names rows that stay though the files do not have them."""
        self.left += [f"{each._meta.label} {each}" for each in unwanted]
        return unwanted

    def _delete(self, unwanted: Sequence[M]) -> Sequence[M]:
        """Deletes what nothing refers to; returns what had to be left."""
        left = []
        for each in unwanted:
            try:
                with transaction.atomic():
                    each.delete()
            except ProtectedError:
                left.append(each)
                continue
            self.deleted += 1
            self.touched.add(type(each))
        return self.leave(left)


def _column(model: type[models.Model], name: str) -> str:
    """The attribute that holds a reference's key; a plain value's own name."""
    found = model._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found.attname


def _by_column(model: type[models.Model], row: Row) -> Row:
    """The row with its objects as the columns that hold their keys."""
    return {
        _column(model, name): value.pk if isinstance(value, models.Model) else value
        for name, value in row.items()
    }


def _key(each: models.Model, key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(each, _column(type(each), name)) for name in key)


def _differs(each: models.Model, row: Row) -> bool:
    return any(getattr(each, name) != value for name, value in row.items())


def _moved_behind(left: Sequence[Any], count: int) -> list[tuple[Any, Row]]:
    """Rows that are left though not wanted stand after all others, where the model has an order."""
    if not left or not hasattr(left[0], "order"):
        return []
    return [(each, {"order": place}) for place, each in enumerate(left, count + 1) if each.order <= count]


def _make_room(scope: QuerySet[Any], changed: Sequence[tuple[Any, Row]]) -> None:
    """Orders are unique: rows that change places first step aside."""
    moving = [each for each, row in changed if "order" in row and each.order != row["order"]]
    if moving:
        stepping = scope.model._default_manager.filter(pk__in=[each.pk for each in moving])
        stepping.update(order=F("order") + _OUT_OF_THE_WAY)
