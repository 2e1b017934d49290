"""A new database is made in one step per room, and is what the single steps make of an old one."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from django.db.migrations import Migration, RunSQL
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader

ROOMS = ("ministries", "programs", "kpis", "reports")
KEEPERS = re.compile(r"CREATE (?:FUNCTION (\w+)|TRIGGER (\w+)[^;]*? ON (\w+))|ADD CONSTRAINT (\w+)")


@pytest.fixture(scope="module")
def migrations() -> MigrationLoader:
    """All that lie in the folders, the single steps beside what stands for them."""
    return MigrationLoader(None, replace_migrations=False)


def firsts(migrations: MigrationLoader) -> dict[tuple[str, str], Migration]:
    return {node: each for node, each in migrations.disk_migrations.items() if each.replaces}


def test_every_room_has_a_first_migration_that_stands_for_single_steps(migrations: MigrationLoader) -> None:
    assert sorted(room for room, _name in firsts(migrations)) == sorted(ROOMS)


def test_it_leads_to_the_models_of_the_single_steps(migrations: MigrationLoader) -> None:
    at_once = migrations.project_state(list(firsts(migrations)))
    by_steps = migrations.project_state([each.replaces[-1] for each in firsts(migrations).values()])
    assert MigrationAutodetector(by_steps, at_once).changes(graph=migrations.graph) == {}


@pytest.mark.parametrize("room", ROOMS)
def test_it_makes_the_functions_triggers_and_keys_of_the_single_steps(
    migrations: MigrationLoader, room: str
) -> None:
    ((node, first),) = [each for each in firsts(migrations).items() if each[0][0] == room]
    steps = [migrations.disk_migrations[step] for step in first.replaces]
    assert made_by([first]) == made_by(steps), node


def made_by(migrations: Iterable[Migration]) -> list[tuple[str, ...]]:
    """What their own SQL makes, each by its names."""
    operations = [operation for each in migrations for operation in each.operations]
    return sorted(
        found
        for operation in operations
        if isinstance(operation, RunSQL)
        for found in KEEPERS.findall(str(operation.sql))
    )
