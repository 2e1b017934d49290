"""A leaver's roles and deputyships go to one colleague in one act, or nothing changes at all."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from ministries import clock, services
from ministries.models import AuditEntry, Deputyship, DisabledBecause, Organisation, Role, User
from ministries.services import Refused
from tests.people import People

MORNING = datetime(2026, 3, 10, 9, tzinfo=clock.TAIPEI)
TODAY = date(2026, 3, 10)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _this_morning():
    with clock.set_to(MORNING):
        yield


@pytest.fixture
def ndc(people: People) -> Organisation:
    return Organisation.objects.get(code="NDC")


@pytest.fixture
def manager(people: People) -> User:
    return people.holding(Role.ACCOUNT_MANAGER, "NDC")


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def roles_of(user: User) -> set[str]:
    return set(user.memberships.filter(ended_at__isnull=True).values_list("role", flat=True))


def handed_over(leaver: User, successor: User, organisation: Organisation, actor: User) -> None:
    services.hand_over(leaver=leaver, successor=successor, organisation=organisation, actor=actor)


def deputy(principal: User, deputy: User, organisation: Organisation) -> Deputyship:
    return services.name_deputy(
        principal=principal,
        deputy=deputy,
        organisation=organisation,
        from_day=TODAY,
        until_day=TODAY + WEEK,
        actor=principal,
    )


def standing() -> set[tuple[str, str]]:
    rows = Deputyship.objects.filter(ended_at__isnull=True)
    return set(rows.values_list("principal__email", "deputy__email"))


def test_all_roles_move_and_the_leavers_account_is_disabled(people: People, ndc: Organisation, manager: User):
    leaver, successor = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    services.grant_role(user=leaver, organisation=ndc, role=Role.ACCOUNT_MANAGER, actor=None)
    handed_over(leaver, successor, ndc, manager)
    assert roles_of(leaver) == set()
    assert roles_of(successor) == {Role.OFFICER, Role.APPROVER, Role.ACCOUNT_MANAGER}
    found = fresh(leaver)
    assert (found.is_active, found.disabled_because, found.disabled_by) == (
        False,
        DisabledBecause.LEFT,
        manager,
    )


def test_the_record_of_the_leaver_stays(people: People, ndc: Organisation, manager: User):
    leaver, successor = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    handed_over(leaver, successor, ndc, manager)
    membership = leaver.memberships.get()
    assert (membership.role, membership.ended_at, membership.ended_by) == (Role.OFFICER, MORNING, manager)
    entry = AuditEntry.objects.get(detail__has_key="handed_over")
    assert (entry.actor, entry.organisation, entry.subject_id) == (manager, ndc, leaver.pk)
    assert entry.detail == {"handed_over": ["officer"], "of": leaver.email, "to": successor.email}


def test_a_leaver_with_a_role_elsewhere_keeps_account_and_that_role(
    people: People, ndc: Organisation, manager: User
):
    leaver, moe = people.officer("NDC"), Organisation.objects.get(code="MOE")
    services.grant_role(user=leaver, organisation=moe, role=Role.APPROVER, actor=None)
    handed_over(leaver, people.holding(Role.APPROVER, "NDC"), ndc, manager)
    assert fresh(leaver).is_active
    assert roles_of(leaver) == {Role.APPROVER}


def test_an_account_that_was_disabled_already_keeps_its_reason(
    people: People, ndc: Organisation, manager: User
):
    leaver = people.officer("NDC")
    services.disable_account(user=leaver, actor=manager)
    handed_over(leaver, people.holding(Role.APPROVER, "NDC"), ndc, manager)
    assert fresh(leaver).disabled_because == DisabledBecause.ACT
    assert roles_of(leaver) == set()


def test_deputyships_held_by_the_leaver_go_to_the_successor_and_the_leavers_own_end(
    people: People, ndc: Organisation, manager: User
):
    leaver, successor = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    third = User.objects.create_user("third@ndc.test", "a long test password", name="T")
    services.grant_role(user=third, organisation=ndc, role=Role.OFFICER, actor=None)
    deputy(third, leaver, ndc)
    deputy(leaver, third, ndc)
    handed_over(leaver, successor, ndc, manager)
    assert standing() == {(third.email, successor.email)}
    passed_on = Deputyship.objects.get(ended_at__isnull=True)
    assert (passed_on.from_day, passed_on.until_day, passed_on.named_by) == (TODAY, TODAY + WEEK, manager)


def test_a_deputyship_passed_on_begins_no_earlier_than_today(
    people: People, ndc: Organisation, manager: User
):
    third = User.objects.create_user("third@ndc.test", "a long test password", name="T")
    services.grant_role(user=third, organisation=ndc, role=Role.OFFICER, actor=None)
    deputy(third, people.officer("NDC"), ndc)
    with clock.set_to(MORNING + timedelta(days=3)):
        handed_over(people.officer("NDC"), people.holding(Role.APPROVER, "NDC"), ndc, manager)
    assert Deputyship.objects.get(ended_at__isnull=True).from_day == TODAY + timedelta(days=3)


def test_the_successor_does_not_become_their_own_deputy_nor_twice_anothers(
    people: People, ndc: Organisation, manager: User
):
    leaver, successor = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    third = User.objects.create_user("third@ndc.test", "a long test password", name="T")
    services.grant_role(user=third, organisation=ndc, role=Role.OFFICER, actor=None)
    deputy(successor, leaver, ndc)
    deputy(third, leaver, ndc)
    deputy(third, successor, ndc)
    handed_over(leaver, successor, ndc, manager)
    assert standing() == {(third.email, successor.email)}


def test_the_last_account_manager_hands_over_through_the_administrator(
    people: People, ndc: Organisation, manager: User
):
    successor = people.officer("NDC")
    with pytest.raises(Refused, match="不得變更自己"):
        handed_over(manager, successor, ndc, manager)
    handed_over(manager, successor, ndc, people.administrator)
    assert Role.ACCOUNT_MANAGER in roles_of(successor)


def test_the_administrators_role_is_handed_over_too(people: People):
    secretariat = Organisation.objects.get(is_secretariat=True)
    other = User.objects.create_user("other@secretariat.test", "a long test password", name="O")
    services.grant_role(user=other, organisation=secretariat, role=Role.ADMINISTRATOR, actor=None)
    handed_over(people.administrator, people.reviewer, secretariat, other)
    assert roles_of(people.reviewer) == {Role.REVIEWER, Role.ADMINISTRATOR}


def test_nobody_hands_a_role_to_themselves(people: People, ndc: Organisation, manager: User):
    with pytest.raises(Refused, match="不得變更自己"):
        handed_over(people.officer("NDC"), manager, ndc, manager)


def test_the_successor_is_another_active_colleague_who_has_logged_in(
    people: People, ndc: Organisation, manager: User
):
    leaver = people.officer("NDC")
    invited = User.objects.create_user("invited@ndc.test", name="I")
    services.grant_role(user=invited, organisation=ndc, role=Role.OFFICER, actor=None)
    disabled = people.holding(Role.APPROVER, "NDC")
    services.disable_account(user=disabled, actor=manager)
    for successor in (leaver, people.officer("MOE"), people.reviewer, disabled, invited):
        with pytest.raises(Refused) as refused:
            handed_over(leaver, successor, ndc, manager)
        assert refused.value.errors.keys() == {"successor"}
    assert roles_of(leaver) == {Role.OFFICER}
    assert fresh(leaver).is_active


def test_who_holds_nothing_hands_over_nothing(people: People, ndc: Organisation, manager: User):
    services.end_role(membership=people.officer("NDC").memberships.get(), actor=manager)
    with pytest.raises(Refused, match="無可移交"):
        handed_over(people.officer("NDC"), people.holding(Role.APPROVER, "NDC"), ndc, manager)


def test_another_ministry_is_out_of_reach(people: People, manager: User):
    moe = Organisation.objects.get(code="MOE")
    with pytest.raises(PermissionDenied):
        handed_over(people.officer("MOE"), people.holding(Role.APPROVER, "MOE"), moe, manager)


def test_the_successor_goes_on_where_the_leaver_stopped(people: People, ndc: Organisation, manager: User):
    """Work belongs to the organisation: who takes over the role may do all that the leaver might."""
    from ministries.permissions import Act, may

    leaver, successor = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    assert not may(fresh(successor), Act.FILL_REPORT, ndc)
    handed_over(leaver, successor, ndc, manager)
    assert may(fresh(successor), Act.FILL_REPORT, ndc)
    assert not may(fresh(leaver), Act.FILL_REPORT, ndc)
