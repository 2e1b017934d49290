"""A test begins on a stage that was set once: the plan as its fixtures say it, or that plan with 112Q1 open.

Each stage is a database of its own, the second a copy of the first, and a test's transaction leaves it as it was. A
test that commits works on the first; what it leaves is swept away behind it, and the plan put back before the next.
"""

from __future__ import annotations

from enum import StrEnum

import pytest
from django.db import connection
from psycopg import sql

from programs.models import Plan
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People

OPEN_QUARTER = "112Q1"
KEPT = "kept"
COMMITTING = {"transactional_db", "live_server"}


class Stage(StrEnum):
    PLAN = ""
    OPEN_ROUND = "_open"


class Stages:
    """The databases of one worker; `current` is the one that the connection knows."""

    def __init__(self) -> None:
        self._plain = ""
        self.current = Stage.PLAN

    def choose(self, item: pytest.Item) -> None:
        """Before anything of the test is set up. The databases are made for the first test that asks for one."""
        asked: set[str] = set(getattr(item, "fixturenames", ()))
        marker = item.get_closest_marker("django_db")
        commits = bool(asked & COMMITTING) or (marker is not None and marker.kwargs.get("transaction", False))
        self.current = Stage.OPEN_ROUND if "open_round" in asked and not commits else Stage.PLAN
        if self._plain:
            self._go(self.current)

    def set_up(self) -> None:
        """The connected database holds the plan and nothing else."""
        self._plain = connection.settings_dict["NAME"]
        _keep_rows()
        _leave()
        with connection._nodb_cursor() as cursor:
            cursor.execute(self._said("DROP DATABASE IF EXISTS {} WITH (FORCE)", Stage.OPEN_ROUND))
            copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            cursor.execute(
                copied.format(
                    sql.Identifier(self._name(Stage.OPEN_ROUND)), sql.Identifier(self._name(Stage.PLAN))
                )
            )
        self._go(Stage.OPEN_ROUND)
        rounds.opened(Plan.objects.get(is_managed=True), OPEN_QUARTER, People())
        self._go(self.current)

    def tear_down(self) -> None:
        self._go(Stage.PLAN)
        with connection._nodb_cursor() as cursor:
            cursor.execute(self._said("DROP DATABASE {} WITH (FORCE)", Stage.OPEN_ROUND))

    def open_round(self, plan: Plan, people: People) -> ReportingQuarter:
        if self.current == Stage.OPEN_ROUND:
            return rounds.round_of(plan, OPEN_QUARTER)
        return rounds.opened(plan, OPEN_QUARTER, people)

    def _name(self, stage: Stage) -> str:
        return self._plain + stage

    def _said(self, words: str, stage: Stage) -> sql.Composed:
        return sql.SQL(words).format(sql.Identifier(self._name(stage)))

    def _go(self, stage: Stage) -> None:
        if connection.settings_dict["NAME"] != self._name(stage):
            _leave()
            connection.settings_dict["NAME"] = self._name(stage)


def _leave() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def _keep_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(KEPT)))
        for table in connection.introspection.table_names(cursor):
            names = {"kept": sql.Identifier(KEPT, table), "table": sql.Identifier(table)}
            cursor.execute(sql.SQL("CREATE TABLE {kept} AS TABLE {table}").format(**names))


def put_back() -> None:
    """The rows of the first stage, after a test that committed swept every table."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [KEPT])
        for (table,) in cursor.fetchall():
            names = {"kept": sql.Identifier(KEPT, table), "table": sql.Identifier(table)}
            cursor.execute(sql.SQL("INSERT INTO {table} TABLE {kept} ON CONFLICT DO NOTHING").format(**names))
        cursor.execute("SET session_replication_role = origin")
        cursor.execute(
            "SELECT format('SELECT setval(%L, coalesce((SELECT max(%I) FROM %I), 1))',"
            " pg_get_serial_sequence(quote_ident(c.table_name), c.column_name), c.column_name, c.table_name)"
            " FROM information_schema.columns c"
            " WHERE c.table_schema = 'public' AND c.is_identity = 'YES'"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
