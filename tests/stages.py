"""A test begins on a stage that was set once for all that share it, and leaves it as it was.

The first stage is the plan as its fixtures say it. `@stage()` makes a fixture of a function that sets more, upon the
first or another: each is a database of its own, copied from the one below, and a test's transaction is rolled back in
it. A test that commits works on the first; what it leaves is swept away behind it, and the plan put back before the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pytest
from django.db import connection
from django.db.models import Model
from psycopg import sql
from pytest_django import DjangoDbBlocker

from programs.models import Plan
from tests.people import People

M = TypeVar("M", bound=Model)
Setting = Callable[[Plan, People], M]
KEPT = "kept"
COMMITTING = {"transactional_db", "live_server"}


@dataclass
class Stage:
    """`subject` is what its function gave: the model and the key by which every test finds it anew."""

    name: str
    set_up: Setting[Any]
    upon: str
    database: str = ""
    subject: tuple[type[Model], Any] | None = None


class Stages:
    """The stages of one worker; `on` names the one on which the test plays, empty for the first."""

    def __init__(self) -> None:
        self._stages: dict[str, Stage] = {}
        self._first = ""
        self._blocker: DjangoDbBlocker | None = None
        self._made: dict[str, Model] = {}
        self.on = ""

    def add(self, stage: Stage) -> None:
        assert stage.name not in self._stages, f"two stages are called {stage.name}"
        assert not stage.upon or stage.upon in self._stages, f"{stage.name} stands upon nothing"
        self._stages[stage.name] = stage

    def choose(self, item: pytest.Item) -> None:
        """Before anything of the test is set up. Databases are made for the first test that asks for one."""
        asked = [name for name in item.fixturenames if name in self._stages and _is_stage(item, name)]
        marker = item.get_closest_marker("django_db")
        commits = COMMITTING.intersection(item.fixturenames) or (marker and marker.kwargs.get("transaction"))
        self.on = "" if commits else max(asked, key=lambda name: len(self._below(name)), default="")
        self._made = {}
        if self._blocker:
            self._enter()

    def _below(self, name: str) -> list[str]:
        """The stage and those on which it stands, the lowest last."""
        return [name, *self._below(self._stages[name].upon)] if name else []

    @contextmanager
    def open(self, blocker: DjangoDbBlocker) -> Iterator[None]:
        """While tests run. The connected database holds the plan and nothing else."""
        with blocker.unblock():
            self._first, self._blocker = connection.settings_dict["NAME"], blocker
            _keep_rows()
        self._enter()
        yield
        with blocker.unblock():
            self._connect(self._first)
            for stage in self._stages.values():
                if stage.database:
                    _say("DROP DATABASE {} WITH (FORCE)", stage.database)

    def subject(self, name: str, plan: Plan, people: People) -> Model:
        """What the stage is about; set up within the test where the test does not play upon it."""
        if name not in self._made:
            stage = self._stages[name]
            if name in self._below(self.on) and stage.subject:
                model, key = stage.subject
                self._made[name] = model._default_manager.get(pk=key)
            else:
                if stage.upon:
                    self.subject(stage.upon, plan, people)
                self._made[name] = stage.set_up(plan, people)
        return self._made[name]

    def _enter(self) -> None:
        assert self._blocker
        with self._blocker.unblock():
            self._connect(self._database_of(self.on))

    def _database_of(self, name: str) -> str:
        """Makes it, and those below it, where no test asked for it yet."""
        if not name:
            return self._first
        stage = self._stages[name]
        if not stage.database:
            below = self._database_of(stage.upon)
            self._connect(below)
            _leave()
            stage.database = f"{self._first}_{name}"
            _say("DROP DATABASE IF EXISTS {} WITH (FORCE)", stage.database)
            _say("CREATE DATABASE {} TEMPLATE {}", stage.database, below)
            self._connect(stage.database)
            if not Plan.objects.exists():
                put_back()
            made = stage.set_up(Plan.objects.get(is_managed=True), People())
            stage.subject = type(made), made.pk
        return stage.database

    def _connect(self, database: str) -> None:
        if connection.settings_dict["NAME"] != database:
            _leave()
            connection.settings_dict["NAME"] = database


def _is_stage(item: pytest.Item, name: str) -> bool:
    """Whether the fixture of that name is the stage's, and not another of the test's own room."""
    found = item._fixtureinfo.name2fixturedefs.get(name, ())
    return bool(found) and hasattr(found[-1].func, "is_stage")


STAGES = Stages()


def stage(upon: str = "") -> Callable[[Setting[M]], Setting[M]]:
    """Makes a fixture that gives what the function gives: a row, with all that the function set up around it."""

    def fixture_of(set_up: Setting[M]) -> Setting[M]:
        name = set_up.__name__
        STAGES.add(Stage(name, set_up, upon))

        def on_stage(plan: Plan, people: People) -> Model:
            return STAGES.subject(name, plan, people)

        on_stage.is_stage = True
        return cast(Setting[M], pytest.fixture(name=name)(on_stage))

    return fixture_of


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
            " pg_get_serial_sequence(quote_ident(table_name), column_name), column_name, table_name)"
            " FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def _keep_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(KEPT)))
        for table in connection.introspection.table_names(cursor):
            names = {"kept": sql.Identifier(KEPT, table), "table": sql.Identifier(table)}
            cursor.execute(sql.SQL("CREATE TABLE {kept} AS TABLE {table}").format(**names))


def _leave() -> None:
    connection.close()
    connection.close_pool()


def _say(words: str, *databases: str) -> None:
    """To the server, from outside of these databases."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql.SQL(words).format(*map(sql.Identifier, databases)))
