"""A deputy may do what the principal may, in the principal's name, for as long as it runs, and nothing that is not lent."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ministries import clock, services
from ministries.models import AuditEntry, Deputyship, Membership, Notice, Organisation, Role, User
from ministries.permissions import (
    MINISTRY_ROLES,
    NOT_LENT,
    SECRETARIAT_ROLES,
    Act,
    may,
    principal_of,
    scope_of,
)
from ministries.services import Refused
from tests.people import People

TODAY = date(2026, 3, 10)
MORNING = datetime(2026, 3, 10, 9, tzinfo=clock.TAIPEI)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _this_morning():
    with clock.set_to(MORNING):
        yield


@pytest.fixture
def ndc(people: People) -> Organisation:
    return Organisation.objects.get(code="NDC")


@pytest.fixture
def secretariat(people: People) -> Organisation:
    return Organisation.objects.get(is_secretariat=True)


def fresh(user: User) -> User:
    """Without the scope that was read before."""
    return User.objects.get(pk=user.pk)


def named(
    principal: User, deputy: User, organisation: Organisation, *, first: int = 0, last: int = 6, **more
) -> Deputyship:
    return services.name_deputy(
        **{
            "principal": principal,
            "deputy": deputy,
            "organisation": organisation,
            "from_day": TODAY + DAY * first,
            "until_day": TODAY + DAY * last,
            "actor": principal,
            **more,
        }
    )


def errors_of(*people_and_place, **more) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        named(*people_and_place, **more)
    assert not Deputyship.objects.exists()
    return refused.value.errors


# --- what a deputy may do -----------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.OFFICER, Role.APPROVER, Role.ACCOUNT_MANAGER])
def test_a_deputy_may_what_the_principals_role_in_the_ministry_allows_but_what_is_not_lent(
    people: People, ndc: Organisation, role: Role
):
    principal = people.holding(role, "NDC")
    deputy = User.objects.create_user("deputy@ndc.test", name="D")
    other = next(each for each in MINISTRY_ROLES if each != role)
    services.grant_role(user=deputy, organisation=ndc, role=other, actor=None)
    own = set(MINISTRY_ROLES[other])
    named(principal, deputy, ndc)
    lent = set(MINISTRY_ROLES[role]) - NOT_LENT
    assert set(scope_of(fresh(deputy)).within[ndc.pk]) == own | lent
    for act in Act:
        expected = principal if act in lent - own else None
        assert principal_of(fresh(deputy), act, ndc) == expected


@pytest.mark.parametrize("role", list(SECRETARIAT_ROLES))
def test_a_deputy_may_what_the_principals_role_in_the_secretariat_allows_everywhere(
    people: People, ndc: Organisation, secretariat: Organisation, role: Role
):
    principal = people.holding(role)
    other = Role.AUDITOR if role != Role.AUDITOR else Role.REVIEWER
    deputy = people.holding(other)
    own = set(SECRETARIAT_ROLES[other])
    named(principal, deputy, secretariat, actor=people.administrator if role == Role.AUDITOR else principal)
    lent = set(SECRETARIAT_ROLES[role]) - NOT_LENT
    assert set(scope_of(fresh(deputy)).everywhere) == own | lent
    for act in lent:
        assert may(fresh(deputy), act, ndc)
        assert principal_of(fresh(deputy), act, ndc) == (None if act in own else principal)


def test_managing_people_naming_deputies_and_reading_the_log_are_never_lent(
    people: People, ndc: Organisation, secretariat: Organisation
):
    named(people.holding(Role.ACCOUNT_MANAGER, "NDC"), people.officer("NDC"), ndc)
    named(people.administrator, people.auditor, secretariat)
    named(people.head, people.reviewer, secretariat)
    officer = fresh(people.officer("NDC"))
    assert not may(officer, Act.MANAGE_PEOPLE, ndc)
    assert may(officer, Act.SWITCH_SIGN_OFF, ndc)
    auditor = fresh(people.auditor)
    assert not may(auditor, Act.MANAGE_PEOPLE) and not may(auditor, Act.NAME_DEPUTY)
    assert may(auditor, Act.OPEN_QUARTER)
    assert not may(fresh(people.reviewer), Act.READ_AUDIT)


def test_ones_own_right_goes_before_a_lent_one(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    named(officer, approver, ndc)
    deputy = fresh(approver)
    assert principal_of(deputy, Act.FILL_REPORT, ndc) == officer
    for act in (Act.READ_REPORT, Act.SIGN_REPORT, Act.SUBMIT_REPORT, Act.COMMENT):
        assert principal_of(deputy, act, ndc) is None


def test_nothing_is_lent_in_another_organisation(people: People, ndc: Organisation):
    officer = people.officer("NDC")
    moe = Organisation.objects.get(code="MOE")
    services.grant_role(user=officer, organisation=moe, role=Role.OFFICER, actor=None)
    approver = people.holding(Role.APPROVER, "NDC")
    named(officer, approver, ndc)
    assert may(fresh(approver), Act.FILL_REPORT, ndc)
    assert not may(fresh(approver), Act.FILL_REPORT, moe)


def test_the_deputy_of_a_deputy_gains_nothing(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    manager = people.holding(Role.ACCOUNT_MANAGER, "NDC")
    named(officer, approver, ndc)
    named(approver, manager, ndc)
    assert not may(fresh(manager), Act.FILL_REPORT, ndc)
    assert may(fresh(manager), Act.SIGN_REPORT, ndc)


@pytest.mark.parametrize(("day", "allowed"), [(-1, False), (0, True), (6, True), (7, False)])
def test_it_runs_from_the_first_day_to_the_last_both_included(
    people: People, ndc: Organisation, day: int, allowed: bool
):
    approver = people.holding(Role.APPROVER, "NDC")
    named(people.officer("NDC"), approver, ndc)
    for hour in (timedelta(), timedelta(hours=14, minutes=59)):
        with clock.set_to(MORNING + DAY * day + hour):
            assert may(fresh(approver), Act.FILL_REPORT, ndc) is allowed


def test_ended_it_is_over_at_once(people: People, ndc: Organisation):
    approver = people.holding(Role.APPROVER, "NDC")
    deputyship = named(people.officer("NDC"), approver, ndc)
    services.end_deputyship(deputyship=deputyship, actor=people.officer("NDC"))
    assert not may(fresh(approver), Act.FILL_REPORT, ndc)


def test_a_disabled_principal_lends_nothing_and_a_disabled_deputy_may_nothing(
    people: People, ndc: Organisation
):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    named(officer, approver, ndc)
    services.disable_account(user=officer, actor=None)
    assert not may(fresh(approver), Act.FILL_REPORT, ndc)
    services.enable_account(user=officer, actor=people.administrator)
    assert may(fresh(approver), Act.FILL_REPORT, ndc)
    services.disable_account(user=approver, actor=None)
    assert scope_of(fresh(approver)).within == {}


def test_a_role_that_the_principal_lost_is_no_longer_lent(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    named(officer, approver, ndc)
    services.end_role(membership=officer.memberships.get(), actor=people.administrator)
    assert not may(fresh(approver), Act.FILL_REPORT, ndc)


def test_with_the_last_role_in_the_organisation_both_kinds_of_deputyship_end_and_the_two_are_told(
    people: People, ndc: Organisation
):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    named(officer, approver, ndc)
    services.grant_role(
        user=approver, organisation=Organisation.objects.get(code="MOE"), role=Role.OFFICER, actor=None
    )
    back = named(approver, officer, ndc)
    services.end_role(
        membership=approver.memberships.get(organisation=ndc),
        actor=people.holding(Role.ACCOUNT_MANAGER, "NDC"),
    )
    assert ndc.pk not in scope_of(fresh(approver)).within
    assert services.people_of(ndc, Role.OFFICER) == [officer]
    back.refresh_from_db()
    assert back.ended_by == people.holding(Role.ACCOUNT_MANAGER, "NDC")
    told = Notice.objects.filter(key=f"deputyship-ended:{back.pk}")
    assert {notice.person for notice in told} == {officer, approver}


def test_with_one_of_two_roles_a_deputyship_goes_on(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    named(officer, approver, ndc)
    services.grant_role(user=approver, organisation=ndc, role=Role.ACCOUNT_MANAGER, actor=None)
    services.end_role(membership=approver.memberships.get(role=Role.APPROVER), actor=people.administrator)
    assert may(fresh(approver), Act.FILL_REPORT, ndc)


def test_what_may_be_done_is_read_in_one_query(people: People, ndc: Organisation, django_assert_num_queries):
    approver = people.holding(Role.APPROVER, "NDC")
    named(people.officer("NDC"), approver, ndc)
    actor = fresh(approver)
    with django_assert_num_queries(1):
        principal = principal_of(actor, Act.FILL_REPORT, ndc)
        assert principal and principal.name


def test_the_log_names_the_deputy_and_the_principal(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    named(officer, approver, ndc)
    deputy = fresh(approver)
    entry = services.record_act(actor=deputy, act=Act.FILL_REPORT, subject=ndc, organisation=ndc)
    assert (entry.actor, entry.on_behalf_of) == (deputy, officer)
    own = services.record_act(actor=deputy, act=Act.SIGN_REPORT, subject=ndc, organisation=ndc)
    assert (own.actor, own.on_behalf_of) == (deputy, None)


# --- naming -------------------------------------------------------------------------------------------------
def test_a_person_names_their_own_deputy_and_the_log_says_so(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    deputyship = named(officer, approver, ndc)
    assert (deputyship.named_by, deputyship.named_at) == (officer, MORNING)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.actor, entry.organisation) == ("deputy.name", officer, ndc)
    assert entry.detail == {
        "deputy": approver.email,
        "for": officer.email,
        "from": "2026-03-10",
        "until": "2026-03-16",
    }


def test_the_account_manager_names_a_deputy_for_anybody_of_the_ministry(people: People, ndc: Organisation):
    manager = people.holding(Role.ACCOUNT_MANAGER, "NDC")
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    deputyship = named(officer, approver, ndc, actor=manager)
    assert (deputyship.principal, deputyship.named_by) == (officer, manager)


def test_nobody_makes_themselves_a_deputy_not_even_who_manages_people(
    people: People, ndc: Organisation, secretariat: Organisation
):
    manager = people.holding(Role.ACCOUNT_MANAGER, "NDC")
    assert errors_of(people.officer("NDC"), manager, ndc, actor=manager).keys() == {"deputy"}
    administrator = people.administrator
    assert errors_of(people.head, administrator, secretariat, actor=administrator).keys() == {"deputy"}


def test_nobody_else_names_a_deputy_for_another(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    strangers = [approver, people.holding(Role.ACCOUNT_MANAGER, "MOE"), people.reviewer, people.head]
    for actor in strangers:
        with pytest.raises(PermissionDenied):
            named(officer, approver, ndc, actor=actor)


def test_a_deputy_names_nobody_in_the_principals_name(people: People, ndc: Organisation):
    manager, officer = people.holding(Role.ACCOUNT_MANAGER, "NDC"), people.officer("NDC")
    approver = people.holding(Role.APPROVER, "NDC")
    named(manager, approver, ndc)
    with pytest.raises(PermissionDenied):
        named(officer, approver, ndc, actor=fresh(approver))


def test_the_deputy_works_for_the_same_organisation(people: People, ndc: Organisation):
    assert errors_of(people.officer("NDC"), people.officer("MOE"), ndc).keys() == {"deputy"}
    assert errors_of(people.officer("NDC"), people.reviewer, ndc).keys() == {"deputy"}


def test_a_disabled_colleague_is_no_deputy(people: People, ndc: Organisation):
    approver = people.holding(Role.APPROVER, "NDC")
    services.disable_account(user=approver, actor=None)
    assert errors_of(people.officer("NDC"), approver, ndc).keys() == {"deputy"}


def test_nobody_stands_in_for_themselves(people: People, ndc: Organisation):
    assert errors_of(people.officer("NDC"), people.officer("NDC"), ndc).keys() == {"deputy"}


def test_who_holds_no_role_there_has_nothing_to_lend(people: People, ndc: Organisation):
    officer, manager = people.officer("MOE"), people.holding(Role.ACCOUNT_MANAGER, "NDC")
    errors = errors_of(officer, people.officer("NDC"), ndc, actor=manager)
    assert errors.keys() == {"principal"}
    # A reviewer's own right to name a deputy reaches everywhere; the role to lend does not.
    reviewer = people.reviewer
    assert errors_of(reviewer, people.officer("NDC"), ndc).keys() == {"principal"}


@pytest.mark.parametrize(
    ("first", "last", "fields"),
    [
        (-1, 3, {"from_day"}),
        (3, 2, {"until_day"}),
        (-3, -2, {"from_day"}),
        (-1, -2, {"from_day", "until_day"}),
        (0, settings.DEPUTYSHIP_DAYS, {"until_day"}),
    ],
)
def test_the_days_lie_ahead_in_order_and_within_a_year(
    people: People, ndc: Organisation, first: int, last: int, fields: set[str]
):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    assert errors_of(officer, approver, ndc, first=first, last=last).keys() == fields


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, settings.DEPUTYSHIP_DAYS - 1), (300, 310)])
def test_one_day_a_year_or_a_time_to_come_are_all_right(
    people: People, ndc: Organisation, first: int, last: int
):
    assert named(people.officer("NDC"), people.holding(Role.APPROVER, "NDC"), ndc, first=first, last=last).pk


def test_the_same_two_stand_in_this_relation_once_a_day(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    named(officer, approver, ndc)
    with pytest.raises(Refused, match="已是代理人") as refused:
        named(officer, approver, ndc, first=6, last=9)
    assert refused.value.errors.keys() == {"deputy"}
    named(officer, approver, ndc, first=7, last=9)
    named(officer, people.holding(Role.ACCOUNT_MANAGER, "NDC"), ndc)


def test_the_database_says_so_too(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    deputyship = named(officer, approver, ndc)
    again = {"pk": None, "_state": type(deputyship._state)()}
    for change in (again, {"deputy": officer}, {"until_day": TODAY - DAY}, {"ended_at": MORNING}):
        copy = Deputyship.objects.get(pk=deputyship.pk)
        for name, value in change.items():
            setattr(copy, name, value)
        with pytest.raises(DatabaseError), transaction.atomic():
            copy.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        deputyship.delete()


# --- ending -------------------------------------------------------------------------------------------------
def test_principal_deputy_and_account_manager_end_it_and_nobody_else(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    manager = people.holding(Role.ACCOUNT_MANAGER, "NDC")
    for actor in (officer, approver, manager, people.administrator):
        deputyship = named(officer, approver, ndc)
        services.end_deputyship(deputyship=deputyship, actor=fresh(actor))
        deputyship.refresh_from_db()
        assert (deputyship.ended_at, deputyship.ended_by) == (MORNING, actor)
    deputyship = named(officer, approver, ndc)
    for actor in (people.holding(Role.ACCOUNT_MANAGER, "MOE"), people.reviewer):
        with pytest.raises(PermissionDenied):
            services.end_deputyship(deputyship=deputyship, actor=actor)


def test_what_has_ended_does_not_end_again(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    deputyship = named(officer, approver, ndc)
    services.end_deputyship(deputyship=deputyship, actor=officer)
    with pytest.raises(Refused, match="已結束"):
        services.end_deputyship(deputyship=deputyship, actor=approver)
    late = named(officer, approver, ndc)
    with clock.set_to(MORNING + DAY * 7), pytest.raises(Refused, match="已結束"):
        services.end_deputyship(deputyship=late, actor=officer)


def test_after_an_early_end_the_same_deputy_may_be_named_again(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    services.end_deputyship(deputyship=named(officer, approver, ndc), actor=officer)
    assert named(officer, approver, ndc).pk


# --- whatever the days --------------------------------------------------------------------------------------
_DAYS = st.tuples(st.integers(-3, 20), st.integers(-3, 20))


@hypothesis_settings(max_examples=30)
@given(st.lists(_DAYS, min_size=1, max_size=5), st.integers(0, 20))
def test_whatever_was_asked_the_deputy_may_on_exactly_the_days_that_were_granted(
    people: People, ndc: Organisation, asked: list[tuple[int, int]], day: int
):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    granted: set[int] = set()
    with transaction.atomic():
        for first, last in asked:
            wanted = set(range(first, last + 1))
            acceptable = first >= 0 and bool(wanted) and not wanted & granted
            try:
                named(officer, approver, ndc, first=first, last=last)
            except Refused:
                assert not acceptable
            else:
                assert acceptable
                granted |= wanted
        with clock.set_to(MORNING + DAY * day):
            assert may(fresh(approver), Act.FILL_REPORT, ndc) is (day in granted)
        transaction.set_rollback(True)


def test_an_ended_membership_makes_no_deputy(people: People, ndc: Organisation):
    approver = people.holding(Role.APPROVER, "NDC")
    Membership.objects.filter(user=approver).update(ended_at=clock.now())
    assert errors_of(people.officer("NDC"), approver, ndc).keys() == {"deputy"}
