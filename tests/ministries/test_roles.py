"""Roles are given and taken within one's own ministry, never one's own, and no ministry loses its last account manager."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from ministries import services
from ministries.models import AuditEntry, Membership, Organisation, Role, User
from ministries.services import Refused
from tests.people import People

MANAGER = Role.ACCOUNT_MANAGER


@pytest.fixture
def ndc(people: People) -> Organisation:
    return Organisation.objects.get(code="NDC")


@pytest.fixture
def manager(people: People) -> User:
    return people.holding(MANAGER, "NDC")


def membership_of(user: User, role: Role | str | None = None) -> Membership:
    found = user.memberships.filter(ended_at__isnull=True)
    return found.get(role=role) if role else found.get()


def roles_of(user: User) -> set[str]:
    return set(user.memberships.filter(ended_at__isnull=True).values_list("role", flat=True))


def second(role: Role, organisation: Organisation, email: str = "second@ndc.test") -> User:
    user = User.objects.create_user(email, "a long test password", name="第二人")
    services.grant_role(user=user, organisation=organisation, role=role, actor=None)
    return user


def test_an_account_manager_gives_a_colleague_another_role(people: People, ndc: Organisation, manager: User):
    officer = people.officer("NDC")
    membership = services.grant_role(user=officer, organisation=ndc, role=Role.APPROVER, actor=manager)
    assert roles_of(officer) == {Role.OFFICER, Role.APPROVER}
    assert membership.started_by == manager
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.organisation, entry.detail) == (
        manager,
        ndc,
        {"granted": "approver", "to": officer.email},
    )


def test_a_role_given_twice_is_held_once(people: People, ndc: Organisation, manager: User):
    officer = people.officer("NDC")
    first = services.grant_role(user=officer, organisation=ndc, role=Role.APPROVER, actor=manager)
    entries = AuditEntry.objects.count()
    assert services.grant_role(user=officer, organisation=ndc, role=Role.APPROVER, actor=manager) == first
    assert AuditEntry.objects.count() == entries


def test_an_account_manager_takes_a_role_away_and_the_record_stays(people: People, manager: User):
    officer = people.officer("NDC")
    membership = membership_of(officer)
    services.end_role(membership=membership, actor=manager)
    membership.refresh_from_db()
    assert membership.ended_at and membership.ended_by == manager
    assert roles_of(officer) == set()
    assert AuditEntry.objects.latest("pk").detail == {"ended": "officer", "of": officer.email}


def test_a_role_ends_once(people: People, manager: User):
    membership = membership_of(people.officer("NDC"))
    services.end_role(membership=membership, actor=manager)
    with pytest.raises(Refused, match="已終止"):
        services.end_role(membership=membership, actor=manager)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.APPROVER, MANAGER, Role.ADMINISTRATOR])
def test_nobody_gives_themselves_a_role(people: People, ndc: Organisation, manager: User, role: Role):
    with pytest.raises(Refused, match="不得變更自己"):
        services.grant_role(user=manager, organisation=ndc, role=role, actor=manager)


def test_nobody_takes_their_own_role_away(people: People, ndc: Organisation, manager: User):
    second(MANAGER, ndc)
    with pytest.raises(Refused, match="不得變更自己"):
        services.end_role(membership=membership_of(manager), actor=manager)


def test_the_administrator_does_not_change_their_own_roles_either(people: People):
    administrator = people.administrator
    secretariat = Organisation.objects.get(is_secretariat=True)
    with pytest.raises(Refused, match="不得變更自己"):
        services.grant_role(
            user=administrator, organisation=secretariat, role=Role.REVIEWER, actor=administrator
        )


def test_another_ministrys_people_are_out_of_reach(people: People, manager: User):
    theirs = people.officer("MOE")
    moe = Organisation.objects.get(code="MOE")
    with pytest.raises(PermissionDenied):
        services.grant_role(user=theirs, organisation=moe, role=Role.APPROVER, actor=manager)
    with pytest.raises(PermissionDenied):
        services.end_role(membership=membership_of(theirs), actor=manager)


def test_an_account_manager_takes_no_stranger_in_but_the_administrator_does(
    people: People, ndc: Organisation, manager: User
):
    stranger = people.officer("MOE")
    with pytest.raises(Refused, match="屬其他機關"):
        services.grant_role(user=stranger, organisation=ndc, role=Role.OFFICER, actor=manager)
    services.grant_role(user=stranger, organisation=ndc, role=Role.OFFICER, actor=people.administrator)
    assert stranger.memberships.filter(organisation=ndc).exists()


def test_who_left_the_ministry_comes_back_by_its_account_manager(
    people: People, ndc: Organisation, manager: User
):
    officer = people.officer("NDC")
    services.end_role(membership=membership_of(officer), actor=manager)
    services.grant_role(user=officer, organisation=ndc, role=Role.APPROVER, actor=manager)
    assert roles_of(officer) == {Role.APPROVER}


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.HEAD, Role.ADMINISTRATOR, Role.AUDITOR])
def test_no_ministry_holds_a_role_of_the_secretariat(people: People, ndc: Organisation, role: Role):
    with pytest.raises(Refused) as refused:
        services.grant_role(
            user=people.officer("NDC"), organisation=ndc, role=role, actor=people.administrator
        )
    assert refused.value.errors.keys() == {"role"}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.APPROVER, MANAGER])
def test_the_secretariat_holds_no_role_of_a_ministry(people: People, role: Role):
    secretariat = Organisation.objects.get(is_secretariat=True)
    with pytest.raises(Refused):
        services.grant_role(
            user=people.reviewer, organisation=secretariat, role=role, actor=people.administrator
        )


def test_the_administrator_gives_and_takes_the_secretariats_roles(people: People):
    secretariat = Organisation.objects.get(is_secretariat=True)
    reviewer = people.reviewer
    services.grant_role(user=reviewer, organisation=secretariat, role=Role.HEAD, actor=people.administrator)
    services.end_role(membership=membership_of(reviewer, Role.REVIEWER), actor=people.administrator)
    assert roles_of(reviewer) == {Role.HEAD}


def test_a_disabled_account_is_given_no_role(people: People, ndc: Organisation, manager: User):
    officer = people.officer("NDC")
    services.disable_account(user=officer, actor=manager)
    with pytest.raises(Refused, match="先啟用"):
        services.grant_role(user=officer, organisation=ndc, role=Role.APPROVER, actor=manager)


@pytest.mark.parametrize("who", ["officer", "approver", "reviewer", "head", "auditor"])
def test_no_other_role_manages_people(people: People, ndc: Organisation, who: str):
    ministry = who in ("officer", "approver")
    actor = people.holding(Role(who), "NDC") if ministry else people.holding(Role(who))
    theirs = people.holding(MANAGER, "NDC")
    with pytest.raises(PermissionDenied):
        services.grant_role(user=theirs, organisation=ndc, role=Role.OFFICER, actor=actor)
    with pytest.raises(PermissionDenied):
        services.end_role(membership=membership_of(theirs), actor=actor)


# --- somebody stays -----------------------------------------------------------------------------------------
def removed_meanwhile(user: User) -> User:
    """As one of two people who remove each other in the same moment sees themselves: still allowed."""
    from ministries.permissions import scope_of

    scope_of(user)
    return user


def test_two_account_managers_who_remove_each_other_leave_one(
    people: People, ndc: Organisation, manager: User
):
    other = removed_meanwhile(second(MANAGER, ndc))
    services.end_role(membership=membership_of(other), actor=manager)
    with pytest.raises(Refused, match="至少一位帳號管理人"):
        services.end_role(membership=membership_of(manager), actor=other)
    with pytest.raises(Refused, match="至少一位帳號管理人"):
        services.disable_account(user=manager, actor=other)
    assert roles_of(manager) == {MANAGER}


def test_a_successor_who_cannot_log_in_is_none(people: People, ndc: Organisation, manager: User):
    other = removed_meanwhile(second(MANAGER, ndc))
    third = second(MANAGER, ndc, "third@ndc.test")
    services.disable_account(user=third, actor=manager)
    invited = second(MANAGER, ndc, "invited@ndc.test")
    invited.set_unusable_password()
    invited.save()
    services.disable_account(user=other, actor=manager)
    with pytest.raises(Refused, match="至少一位帳號管理人"):
        services.end_role(membership=membership_of(manager), actor=other)


def test_with_a_successor_the_account_manager_goes(people: People, ndc: Organisation, manager: User):
    other = second(MANAGER, ndc)
    services.end_role(membership=membership_of(manager), actor=other)
    assert roles_of(manager) == set()


def test_the_administrator_removes_even_the_last_account_manager(people: People, manager: User):
    services.end_role(membership=membership_of(manager), actor=people.administrator)
    assert roles_of(manager) == set()


def test_the_last_administrator_stays_whoever_wants_it(people: People):
    administrator = people.administrator
    secretariat = Organisation.objects.get(is_secretariat=True)
    other = removed_meanwhile(second(Role.ADMINISTRATOR, secretariat))
    services.end_role(membership=membership_of(other), actor=administrator)
    with pytest.raises(Refused, match="至少一位系統管理者"):
        services.end_role(membership=membership_of(administrator), actor=other)
    with pytest.raises(Refused, match="至少一位系統管理者"):
        services.disable_account(user=administrator, actor=None)


# --- the database ---------------------------------------------------------------------------------------------
def test_the_database_removes_nobody_and_no_role(people: People):
    officer = people.officer("NDC")
    for rows in (Membership.objects.filter(user=officer), User.objects.filter(pk=officer.pk)):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._raw_delete(rows.db)


def test_the_database_wants_a_moment_for_every_end(people: People, manager: User):
    membership = membership_of(people.officer("NDC"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(ended_by=manager)
