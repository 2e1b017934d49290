"""An account is disabled, enabled and falls idle, each by a rule; it is never removed, and passwords do not come round."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ministries import clock, services
from ministries.models import (
    AuditEntry,
    DisabledBecause,
    Organisation,
    PastPassword,
    Role,
    User,
)
from ministries.passwords import LinkTokens, NoneOfTheLast
from ministries.services import Refused
from ministries.tasks import disable_idle_accounts
from tests.people import People
from tests.reports.pages import browser

NIGHT = datetime(2026, 11, 1, 3, 10, tzinfo=clock.TAIPEI)
DAY = timedelta(days=1)
IDLE = settings.IDLE_ACCOUNT_DAYS


@pytest.fixture
def manager(people: People) -> User:
    return people.holding(Role.ACCOUNT_MANAGER, "NDC")


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


# --- disabling and enabling ---------------------------------------------------------------------------------
def test_disabling_says_when_by_whom_and_why(people: People, manager: User):
    officer = people.officer("NDC")
    with clock.set_to(NIGHT):
        services.disable_account(user=officer, actor=manager)
    found = fresh(officer)
    assert not found.is_active
    assert (found.disabled_at, found.disabled_by, found.disabled_because) == (
        NIGHT,
        manager,
        DisabledBecause.ACT,
    )
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.organisation.code, entry.subject_id) == (manager, "NDC", officer.pk)
    assert entry.detail == {"disabled": officer.email, "because": "act"}


def test_disabling_ends_the_persons_logins_for_good(people: People, manager: User):
    officer = people.officer("NDC")
    client = browser(officer)
    assert client.get("/work/").status_code == 200
    services.disable_account(user=officer, actor=manager)
    assert client.get("/work/").status_code == 302
    services.enable_account(user=officer, actor=manager)
    assert client.get("/work/").status_code == 302
    assert browser(fresh(officer)).get("/work/").status_code == 200


def test_other_peoples_logins_go_on(people: People, manager: User):
    client = browser(people.holding(Role.APPROVER, "NDC"))
    services.disable_account(user=people.officer("NDC"), actor=manager)
    assert client.get("/work/").status_code == 200


def test_a_disabled_person_may_do_nothing_but_keeps_roles_and_history(people: People, manager: User):
    from ministries.permissions import scope_of

    officer = people.officer("NDC")
    services.disable_account(user=officer, actor=manager)
    assert scope_of(fresh(officer)).within == {}
    assert officer.memberships.filter(ended_at__isnull=True).count() == 1
    services.enable_account(user=officer, actor=manager)
    assert scope_of(fresh(officer)).within != {}


def test_an_account_is_disabled_once_and_enabled_once(people: People, manager: User):
    officer = people.officer("NDC")
    with pytest.raises(Refused, match="無須啟用"):
        services.enable_account(user=officer, actor=manager)
    services.disable_account(user=officer, actor=manager)
    with pytest.raises(Refused, match="已停用"):
        services.disable_account(user=officer, actor=manager)


def test_enabling_says_when_and_by_whom(people: People, manager: User):
    officer = people.officer("NDC")
    services.disable_account(user=officer, actor=manager)
    with clock.set_to(NIGHT):
        services.enable_account(user=officer, actor=manager)
    found = fresh(officer)
    assert (found.is_active, found.enabled_at, found.enabled_by) == (True, NIGHT, manager)
    assert (found.disabled_at, found.disabled_by, found.disabled_because) == (None, None, "")
    assert AuditEntry.objects.latest("pk").detail == {"enabled": officer.email}


def test_nobody_disables_or_enables_themselves(people: People, manager: User):
    for actor in (manager, people.administrator):
        with pytest.raises(Refused, match="不得變更自己"):
            services.disable_account(user=actor, actor=actor)
        with pytest.raises(Refused, match="不得變更自己"):
            services.enable_account(user=actor, actor=actor)


def test_another_ministrys_accounts_are_out_of_reach(people: People, manager: User):
    for user in (people.officer("MOE"), people.reviewer):
        with pytest.raises(PermissionDenied):
            services.disable_account(user=user, actor=manager)
        with pytest.raises(PermissionDenied):
            services.enable_account(user=user, actor=manager)


def test_who_works_for_two_ministries_is_disabled_by_the_administrator(people: People, manager: User):
    officer = people.officer("NDC")
    moe = Organisation.objects.get(code="MOE")
    services.grant_role(user=officer, organisation=moe, role=Role.OFFICER, actor=None)
    with pytest.raises(Refused, match="其他機關的角色"):
        services.disable_account(user=officer, actor=manager)
    services.disable_account(user=officer, actor=people.administrator)
    assert not fresh(officer).is_active


def test_who_left_is_still_in_the_hands_of_the_ministry_they_left(people: People, manager: User):
    officer = people.officer("NDC")
    services.end_role(membership=officer.memberships.get(), actor=manager)
    services.disable_account(user=officer, actor=manager)
    services.enable_account(user=officer, actor=manager)
    assert fresh(officer).is_active


def test_an_account_that_never_had_a_role_is_the_administrators(people: People, manager: User):
    user = User.objects.create_user("nobody@example.test", name="N")
    with pytest.raises(PermissionDenied):
        services.disable_account(user=user, actor=manager)
    services.disable_account(user=user, actor=people.administrator)


def test_the_installation_disables_in_nobodys_name(people: People):
    officer = people.officer("NDC")
    services.disable_account(user=officer, actor=None)
    assert fresh(officer).disabled_because == DisabledBecause.INSTALLATION


@pytest.mark.parametrize(
    "wrong",
    [
        {"is_active": False},
        {"disabled_at": NIGHT},
        {"disabled_because": "act"},
        {"is_active": False, "disabled_at": NIGHT, "disabled_because": "act"},
        {"is_active": False, "disabled_at": NIGHT, "disabled_because": "whim"},
        {"enabled_by": 1},
    ],
)
def test_the_database_ties_the_state_to_its_moment_and_reason(people: People, wrong: dict[str, object]):
    officer = people.officer("NDC")
    if "enabled_by" in wrong:
        wrong = {"enabled_by": officer.pk}
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.filter(pk=officer.pk).update(**wrong)


# --- idle accounts ------------------------------------------------------------------------------------------
def seen(user: User, days_ago: float, *, by: str = "last_login", joined: float = 1000) -> User:
    """The person joined long ago and was last seen so many days before the night."""
    moments = {"date_joined": NIGHT - DAY * joined, by: NIGHT - DAY * days_ago}
    User.objects.filter(pk=user.pk).update(**moments)
    return user


def disabled_tonight() -> int:
    with clock.set_to(NIGHT):
        return disable_idle_accounts()


@pytest.mark.parametrize("by", ["last_login", "enabled_at", "date_joined"])
def test_days_count_from_the_last_login_enabling_or_joining(people: People, by: str):
    late, early = seen(people.officer("NDC"), IDLE + 1, by=by), seen(people.officer("MOE"), IDLE, by=by)
    seen(people.administrator, 1)
    assert disabled_tonight() == 1
    assert not fresh(late).is_active
    assert fresh(early).is_active


def test_an_idle_account_says_so_and_the_log_has_no_actor(people: People):
    officer = seen(people.officer("NDC"), IDLE + 1)
    seen(people.administrator, 1)
    disabled_tonight()
    found = fresh(officer)
    assert (found.disabled_at, found.disabled_by, found.disabled_because) == (
        NIGHT,
        None,
        DisabledBecause.IDLE,
    )
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.subject_id, entry.organisation.code) == (None, officer.pk, "NDC")
    assert entry.detail == {"disabled": officer.email, "because": "idle"}


def test_the_night_after_nothing_is_left_to_do(people: People):
    seen(people.officer("NDC"), IDLE + 1)
    seen(people.administrator, 1)
    assert disabled_tonight() == 1
    entries = AuditEntry.objects.count()
    assert disabled_tonight() == 0
    assert AuditEntry.objects.count() == entries


def test_an_account_enabled_again_has_the_days_before_it_once_more(people: People, manager: User):
    officer = seen(people.officer("NDC"), IDLE + 1)
    seen(manager, 1)
    seen(people.administrator, 1)
    disabled_tonight()
    with clock.set_to(NIGHT + DAY):
        services.enable_account(user=fresh(officer), actor=manager)
        assert disable_idle_accounts() == 0
    with clock.set_to(NIGHT + DAY * (IDLE + 2)):
        disable_idle_accounts()
    assert not fresh(officer).is_active


def test_demonstration_accounts_are_excepted(people: People):
    officer = seen(people.officer("NDC"), IDLE + 100)
    User.objects.filter(pk=officer.pk).update(is_demonstration=True)
    seen(people.administrator, 1)
    assert disabled_tonight() == 0


def test_of_idle_administrators_the_one_seen_last_stays(people: People):
    first = seen(people.administrator, IDLE + 50)
    last = User.objects.create_user("last@secretariat.test", "a long test password", name="L")
    secretariat = Organisation.objects.get(is_secretariat=True)
    services.grant_role(user=last, organisation=secretariat, role=Role.ADMINISTRATOR, actor=None)
    seen(last, IDLE + 2)
    assert disabled_tonight() == 1
    assert (fresh(first).is_active, fresh(last).is_active) == (False, True)


def test_the_queries_do_not_grow_with_the_accounts(people: People, django_assert_num_queries):
    seen(people.administrator, 1)
    for code in ("NDC", "MOE", "MOL", "MOTC"):
        seen(people.officer(code), IDLE + 1)
    with clock.set_to(NIGHT), django_assert_num_queries(11):
        assert services.disable_idle_accounts() == 4


@hypothesis_settings(max_examples=25)
@given(
    st.lists(st.integers(0, 2 * IDLE), min_size=1, max_size=4),
    st.lists(st.integers(0, 2 * IDLE), min_size=0, max_size=4),
)
def test_whatever_was_seen_when_an_administrator_is_left_and_nobody_idle_besides(
    people: People, administrators: list[int], officers: list[int]
):
    secretariat = Organisation.objects.get(is_secretariat=True)
    ndc = Organisation.objects.get(code="NDC")
    with transaction.atomic():
        days: dict[int, int] = {}
        for role, home, ages in (
            (Role.ADMINISTRATOR, secretariat, administrators),
            (Role.OFFICER, ndc, officers),
        ):
            for number, age in enumerate(ages):
                user = User.objects.create_user(f"{role}{number}@idle.test", name="I")
                services.grant_role(user=user, organisation=home, role=role, actor=None)
                days[seen(user, age).pk] = age
        disabled_tonight()
        active = set(User.objects.filter(pk__in=days, is_active=True).values_list("pk", flat=True))
        idle = {pk for pk in active if days[pk] > IDLE}
        left = User.objects.filter(
            is_active=True, memberships__role=Role.ADMINISTRATOR, memberships__ended_at__isnull=True
        )
        assert left.exists()
        assert len(idle) <= 1
        if idle:
            assert days[idle.pop()] == min(administrators)
        assert {pk for pk, age in days.items() if age <= IDLE} <= active
        transaction.set_rollback(True)


# --- passwords ----------------------------------------------------------------------------------------------
def passwords(*words: str) -> list[str]:
    return [f"{word} 是一組夠長又好記的密碼" for word in words]


def refuses(user: User, password: str) -> bool:
    try:
        NoneOfTheLast().validate(password, fresh(user))
    except ValidationError:
        return True
    return False


def test_none_of_the_last_three_passwords_comes_again(people: People):
    officer = people.officer("NDC")
    first, second, third, fourth = passwords("甲", "乙", "丙", "丁")
    for password in (first, second, third):
        services.set_password(user=officer, password=password)
    assert [refuses(officer, each) for each in (first, second, third, fourth)] == [True, True, True, False]
    services.set_password(user=officer, password=fourth)
    assert [refuses(officer, each) for each in (first, second, third, fourth)] == [False, True, True, True]


def test_a_password_from_before_the_table_is_known_too(people: People):
    assert refuses(people.officer("NDC"), "a long test password")


def test_no_more_hashes_are_kept_than_are_asked_about(people: People):
    officer = people.officer("NDC")
    for password in passwords("甲", "乙", "丙", "丁", "戊"):
        services.set_password(user=officer, password=password)
    assert PastPassword.objects.filter(user=officer).count() == 3


def test_the_log_knows_that_a_password_was_set_but_not_which(people: People):
    officer = people.officer("NDC")
    services.set_password(user=officer, password=passwords("甲")[0])
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.actor, entry.organisation.code, entry.detail) == (
        "account.password_changed",
        officer,
        "NDC",
        {"address": ""},
    )


def test_the_form_refuses_the_present_password_at_its_field(people: People):
    client = browser(people.officer("NDC"))
    old = "a long test password"
    answer = client.post(
        "/accounts/password/change/", {"oldpassword": old, "password1": old, "password2": old}
    )
    assert "最近 3 次" in answer.content.decode()


def test_whoever_changes_the_password_stays_logged_in_and_other_browsers_do_not(people: People):
    here, there = browser(people.officer("NDC")), browser(people.officer("NDC"))
    new = passwords("新")[0]
    typed = {"oldpassword": "a long test password", "password1": new, "password2": new}
    assert here.post("/accounts/password/change/", typed).status_code == 302
    assert here.get("/work/").status_code == 200
    assert there.get("/work/").status_code == 302


def test_a_link_dies_with_the_account_and_stays_dead(people: People, manager: User):
    officer, tokens = people.officer("NDC"), LinkTokens()
    token = tokens.make_token(fresh(officer))
    assert tokens.check_token(fresh(officer), token)
    services.disable_account(user=officer, actor=manager)
    assert not tokens.check_token(fresh(officer), token)
    services.enable_account(user=officer, actor=manager)
    assert not tokens.check_token(fresh(officer), token)
