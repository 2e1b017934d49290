"""The engine's statements are long and always the same: each connection plans them once and keeps them prepared.

Planning one takes longer than running it for a single indicator. Django binds parameters on the client, where
nothing can be prepared; these statements bind them on the server. See docs/adr/0010-roll-up-at-scale.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper

from ministries import clock


@contextmanager
def prepared() -> Iterator[CursorWrapper]:
    """A cursor of Django's connection, seen by its logs, whose statements are prepared and planned once for all values."""
    connection.ensure_connection()
    # Django's types know its own wrapper alone, not what it wraps.
    cursor = cast(CursorWrapper, psycopg.Cursor(connection.connection))
    with (
        connection.make_debug_cursor(cursor)
        if connection.queries_logged
        else connection.make_cursor(cursor) as own
    ):
        yield own


def run(statement: str, values: Mapping[str, Any]) -> int:
    """Executes with a plan for these very values; returns how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a prepared statement finds."""
    with prepared() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def in_force(alias: str, as_of: datetime | None) -> str:
    """Which facts count: those in force now, or those that were at the moment `as_of`, given as a parameter."""
    if as_of is None:
        return f"{alias}.superseded_at IS NULL"
    return f"{alias}.accepted_at <= %(as_of)s AND ({alias}.superseded_at IS NULL OR {alias}.superseded_at > %(as_of)s)"


def target_known(alias: str, as_of: datetime | None) -> str:
    """Which targets count, to end a condition with: all, or at `as_of` those that had been decided by that day.

    What the plan itself promises was known from its beginning.
    """
    if as_of is None:
        return ""
    day = f"(%(as_of)s::timestamptz AT TIME ZONE '{clock.TAIPEI.key}')::date"
    return f" AND ({alias}.decided_on IS NULL OR {alias}.decided_on <= {day})"


_OBSERVATIONS_THEN = """(
    SELECT * FROM kpis_observation WHERE superseded_at IS NULL AND accepted_at <= %(as_of)s
    UNION ALL SELECT * FROM kpis_observation WHERE superseded_at > %(as_of)s AND accepted_at <= %(as_of)s
)"""


def about(text: str, as_of: datetime | None) -> str:
    """The text about `{observations} o` of which `{in_force}` holds, and targets `k` with `{target_known}`, now or then.

    What was in force then and still is lies in the index of what is in force; what was replaced since lies in one of
    its own, and is little.
    """
    table, condition = (
        ("kpis_observation", in_force("o", None)) if as_of is None else (_OBSERVATIONS_THEN, "TRUE")
    )
    known = target_known("k", as_of)
    return (
        text.replace("{observations}", table)
        .replace("{in_force}", condition)
        .replace("{target_known}", known)
    )
