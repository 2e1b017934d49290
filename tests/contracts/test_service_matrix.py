"""Every service that somebody acts through refuses everybody but those whom the table names, and then writes nothing.

A service with an `actor` that stands neither in the table nor among the exceptions fails the suite.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404

from ministries import clock
from ministries import services as ministries
from ministries.models import Deputyship, DisabledBecause, Role, User
from programs.models import Plan
from reports import services as reports
from tests import rounds
from tests.contracts.service_table import DONE, OTHERS, OURS, REFUSED, TABLE, Row, Scene
from tests.people import People
from tests.reports.small_ministries import FIRST, set_the_stage

pytestmark = pytest.mark.django_db

ROLES: dict[str, tuple[Role, str | None]] = {
    "officer": (Role.OFFICER, OURS),
    "approver": (Role.APPROVER, OURS),
    "manager": (Role.ACCOUNT_MANAGER, OURS),
    "another's officer": (Role.OFFICER, OTHERS),
    "another's approver": (Role.APPROVER, OTHERS),
    "another's manager": (Role.ACCOUNT_MANAGER, OTHERS),
    "reviewer": (Role.REVIEWER, None),
    "head": (Role.HEAD, None),
    "administrator": (Role.ADMINISTRATOR, None),
    "auditor": (Role.AUDITOR, None),
}
EVERYBODYS_OWN = {"renew_calendar", "save_preferences"}
"""What everybody with an account does for themselves, and nobody for others: there is no other to be named."""
BELOW_THE_DOOR = {"record_act", "record_acts"}
"""What services call while they act, after they have asked."""
BELOW_THE_SERVICES = {"kpis.services.publishing.publish", "programs.services.accept_facts"}
"""What the rooms below do for the services of `reports`, which have asked."""


@pytest.fixture
def scene(plan: Plan, people: People, evidence_store: Path) -> Iterator[Scene]:
    """120Q1 is open to reports; nobody has written anything."""
    stage = set_the_stage()
    with clock.set_to(rounds.after(FIRST, 3)):
        rounds.opened(stage.plan, FIRST.code, people)
        yield Scene(stage.plan, people)


@pytest.fixture
def actors(scene: Scene, people: People) -> dict[str, User]:
    """One person of each role, a deputy of each who holds no role themselves, and nobody in particular."""
    cast = {name: people.holding(role, code) for name, (role, code) in ROLES.items()}
    today = clock.today()
    for name, principal in list(cast.items()):
        deputy = User.objects.create_user(f"deputy{len(cast)}@example.test", name=f"deputy of {name}")
        Deputyship.objects.create(
            principal=principal,
            deputy=deputy,
            organisation=principal.memberships.get().organisation,
            from_day=today,
            until_day=today + timedelta(days=5),
            named_at=clock.now(),
            named_by=principal,
        )
        cast[f"deputy of {name}"] = deputy
    return {**cast, "nobody": User.objects.create_user("nobody@example.test", name="N")}


def outcome(row: Row, scene: Scene, it: Any, actor: User) -> str:
    """What the actor gets; all is undone. Somebody who is turned away has written nothing."""
    written: list[str] = []

    def noted(execute: Any, sql: Any, *rest: Any) -> Any:
        if str(sql).split()[0] in ("INSERT", "UPDATE", "DELETE"):
            written.append(str(sql))
        return execute(sql, *rest)

    with transaction.atomic():
        try:
            with connection.execute_wrapper(noted), transaction.atomic():
                row.call(scene, it, actor)
                came = DONE
        except (PermissionDenied, Http404):
            came = "forbidden and yet written" if written else "forbidden"
        except ministries.Refused:
            came = REFUSED
        transaction.set_rollback(True)
    return came


def foretold(row: Row, name: str, allowed: str) -> str:
    may = name.removeprefix("deputy of ") in row.who and (row.is_lent or not name.startswith("deputy of "))
    return allowed if may else "forbidden"


def test_every_service_answers_every_role_as_the_table_says(scene: Scene, actors: dict[str, User]) -> None:
    """In the open quarter, then in the same quarter once it is closed."""
    wrong = []
    for service, row in TABLE.items():
        with transaction.atomic():
            it = row.before(scene)
            for quarter, allowed in (("open", DONE), ("closed", row.closed)):
                if quarter == "closed" and not scene.round.closed_at:
                    reports.close_quarter(reporting_quarter=scene.round, actor=actors["administrator"])
                for name, actor in actors.items():
                    if quarter == "closed" and name.startswith("deputy") and foretold(row, name, "") != "":
                        continue  # whom the open quarter turned away, who never acts in their own name
                    came, expected = outcome(row, scene, it, actor), foretold(row, name, allowed)
                    if came != expected:
                        wrong.append(f"{service} as {name}, {quarter}: {came}, not {expected}")
            transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)


def test_a_disabled_account_may_do_nothing(scene: Scene, actors: dict[str, User]) -> None:
    keys = [actors[name].pk for name in ROLES]
    User.objects.filter(pk__in=keys).update(
        is_active=False, disabled_at=clock.now(), disabled_because=DisabledBecause.INSTALLATION
    )
    fresh = {name: User.objects.get(pk=actor.pk) for name, actor in actors.items()}
    # Nobody is left to prepare anything: these need nothing to be there.
    for service in ("save_lines", "switch_sign_off", "make_decision", "close_quarter", "invite_person"):
        row = TABLE[service]
        came = {outcome(row, scene, None, actor) for actor in fresh.values()}
        assert came == {"forbidden"}, service


def test_every_service_with_an_actor_stands_in_the_table() -> None:
    acting = {
        name
        for services in (reports, ministries)
        for name in services.__all__
        if _has_actor(getattr(services, name))
    }
    assert acting == set(TABLE) | EVERYBODYS_OWN | BELOW_THE_DOOR


def test_the_rooms_below_act_for_nobody_on_their_own() -> None:
    found = {
        f"{module.__name__}.{name}"
        for room in ("kpis", "programs")
        for module in _modules_of(room)
        for name, member in vars(module).items()
        if _has_actor(member) and member.__module__ == module.__name__
    }
    assert found == BELOW_THE_SERVICES


def _has_actor(member: object) -> bool:
    return inspect.isfunction(member) and "actor" in inspect.signature(member).parameters


def _modules_of(room: str) -> Iterator[Any]:
    package = importlib.import_module(room)
    for each in pkgutil.walk_packages(package.__path__, f"{room}."):
        if ".migrations" not in each.name and ".management" not in each.name:
            yield importlib.import_module(each.name)
