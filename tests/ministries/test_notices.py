"""Who is told, and that nobody is told the same thing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from ministries import clock, services
from ministries.models import Deputyship, Membership, Notice, NoticeKind, Organisation, Role, User
from programs.models import Plan
from tests.people import People


def told(*people: User, key: str = "returned:1:1", kind: NoticeKind = NoticeKind.RETURNED, **more) -> None:
    services.tell(kind=kind, key=key, people=people, facts={}, path="/work/", **more)


@pytest.fixture
def ndc(plan: Plan) -> Organisation:
    return Organisation.objects.get(code="NDC")


def ended(person: User) -> None:
    Membership.objects.filter(user=person).update(ended_at=clock.now())


def disabled(person: User) -> User:
    services.disable_account(user=person, actor=None)
    return person


def test_a_person_is_told_once_for_each_key(people: People):
    officer = people.officer("NDC")
    told(officer)
    told(officer, officer)
    told(officer, key="returned:1:2")
    assert list(Notice.objects.values_list("person", "key")) == [
        (officer.pk, "returned:1:1"),
        (officer.pk, "returned:1:2"),
    ]


def test_several_people_are_told_in_one_query(people: People, django_assert_num_queries):
    officers = [people.officer("NDC"), people.officer("MOE"), people.reviewer]
    with django_assert_num_queries(1):
        told(*officers)
    assert Notice.objects.count() == 3


def test_what_was_told_in_a_transaction_that_fails_was_never_told(people: People):
    officer = people.officer("NDC")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        told(officer)
        raise ZeroDivisionError
    assert not Notice.objects.exists()


def test_an_inactive_person_is_told_only_of_their_account(people: People):
    gone = disabled(people.officer("NDC"))
    told(gone)
    told(gone, key="account:1", kind=NoticeKind.ACCOUNT)
    assert [each.kind for each in Notice.objects.all()] == [NoticeKind.ACCOUNT]


@pytest.mark.parametrize(
    "wrong", [{"key": ""}, {"path": "https://elsewhere.example/"}, {"kind": "gossip"}], ids=str
)
def test_the_database_refuses_a_notice_without_key_page_or_kind(people: People, wrong):
    whole = {"kind": NoticeKind.RETURNED, "key": "k", "people": [people.reviewer], "facts": {}, "path": "/"}
    with pytest.raises(DatabaseError), transaction.atomic():
        services.tell(**{**whole, **wrong})


def test_the_holders_of_the_roles_are_told(people: People, ndc: Organisation):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    people.officer("MOE")
    assert services.people_of(ndc, Role.OFFICER) == [officer]
    assert services.people_of(ndc, Role.APPROVER, Role.OFFICER) == [approver, officer]


def test_without_an_officer_the_approver_is_told_then_the_account_manager_then_the_secretariat(
    people: People, ndc: Organisation
):
    reviewer, manager = people.reviewer, people.holding(Role.ACCOUNT_MANAGER, "NDC")
    approver, officer = people.holding(Role.APPROVER, "NDC"), people.officer("NDC")
    for person in (officer, approver, manager):
        assert services.people_of(ndc, Role.OFFICER) == [person]
        ended(person)
    assert services.people_of(ndc, Role.OFFICER) == [reviewer]


def test_a_disabled_person_is_passed_over(people: People, ndc: Organisation):
    approver = people.holding(Role.APPROVER, "NDC")
    disabled(people.officer("NDC"))
    assert services.people_of(ndc, Role.OFFICER) == [approver]


def test_what_is_for_the_approver_never_falls_back_to_the_officer(people: People, ndc: Organisation):
    _officer, reviewer = people.officer("NDC"), people.reviewer
    assert services.people_of(ndc, Role.APPROVER) == [reviewer]


def test_who_stands_in_for_a_holder_today_is_told_too(people: People, ndc: Organisation):
    officer, deputy = people.officer("NDC"), people.officer("MOE")
    today = clock.today()
    Deputyship.objects.create(
        principal=officer,
        deputy=deputy,
        organisation=ndc,
        from_day=today,
        until_day=today,
        named_at=clock.now(),
        named_by=officer,
    )
    assert services.people_of(ndc, Role.OFFICER) == [officer, deputy]
    with clock.set_to(clock.now() + timedelta(days=2)):
        assert services.people_of(ndc, Role.OFFICER) == [officer]


def test_everybody_of_every_ministry_is_found_in_two_queries(people: People, django_assert_num_queries):
    codes = ("NDC", "MOE", "NSTC", "MOEA")
    for code in codes:
        people.officer(code)
    organisations = list(Organisation.objects.filter(code__in=codes))
    with django_assert_num_queries(2):
        found = services.people_of_each(organisations, Role.OFFICER)
    assert {each.pk: [people.officer(each.code)] for each in organisations} == found
