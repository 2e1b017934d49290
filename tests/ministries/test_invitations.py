"""People come by invitation: one account, one role, one letter whose link works once and for three days."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ministries import clock, services
from ministries.models import AuditEntry, Invitation, Notice, NoticeKind, Organisation, Role, User
from ministries.services import Refused, invitations
from tests.people import People

NEW = "wang@ndc.gov.tw"
PASSWORD = "一組夠長又好記的密碼 115"


@pytest.fixture
def ndc(people: People) -> Organisation:
    return Organisation.objects.get(code="NDC")


@pytest.fixture
def manager(people: People) -> User:
    return people.holding(Role.ACCOUNT_MANAGER, "NDC")


def invited(organisation: Organisation, actor: User, **but) -> User:
    asked = {"email": NEW, "name": "王曉明", "role": Role.OFFICER, **but}
    return services.invite_person(organisation=organisation, actor=actor, **asked)


def errors_of(organisation: Organisation, actor: User, **but) -> dict[str, str]:
    people = User.objects.count()
    with pytest.raises(Refused) as refused:
        invited(organisation, actor, **but)
    assert User.objects.count() == people
    return refused.value.errors


def link_to(user: User) -> str:
    """Of the letter that was noted last."""
    return Notice.objects.filter(person=user, kind=NoticeKind.ACCOUNT).latest("pk").path


def takes(link: str, password: str = PASSWORD) -> bool:
    """Whether a password can be set by the link, as a browser does it."""
    client = Client()
    form = client.get(link, follow=True)
    if "此連結無效" in form.content.decode():
        return False
    target = form.redirect_chain[-1][0]
    answer = client.post(target, {"password1": password, "password2": password})
    return answer.status_code == 302


def test_an_invitation_makes_an_account_with_its_role_and_no_password(
    people: People, ndc: Organisation, manager: User
):
    user = invited(ndc, manager, email="  Wang@NDC.gov.tw ")
    assert (user.email, user.name, user.is_active, user.is_invited) == (NEW, "王曉明", True, True)
    membership = user.memberships.get()
    assert (membership.organisation, membership.role, membership.started_by) == (ndc, Role.OFFICER, manager)
    invitation = Invitation.objects.get()
    assert (invitation.user, invitation.invited_by, invitation.organisation) == (user, manager, ndc)


def test_the_log_says_who_was_invited_and_to_what(people: People, ndc: Organisation, manager: User):
    invited(ndc, manager)
    granted, asked = AuditEntry.objects.order_by("-pk")[:2][::-1]
    assert granted.detail == {"granted": "officer", "to": NEW}
    assert (asked.actor, asked.organisation, asked.detail) == (manager, ndc, {"invited": NEW})


def test_the_letter_says_who_invites_to_what_and_until_when(people: People, ndc: Organisation, manager: User):
    user = invited(ndc, manager)
    notice = Notice.objects.get()
    assert (notice.person, notice.kind, notice.organisation) == (user, NoticeKind.ACCOUNT, ndc)
    assert notice.facts["by"] == manager.name
    assert "國家發展委員會" in notice.facts["about"]["zh"]
    assert re.search(r"至 \d+/\d\d/\d\d \d\d:\d\d 止", notice.facts["said"]["zh"])
    assert "until 20" in notice.facts["said"]["en"]


def test_the_link_leads_to_a_password_once(people: People, ndc: Organisation, manager: User):
    user = invited(ndc, manager)
    assert takes(link_to(user))
    assert not takes(link_to(user))
    answer = Client().post("/accounts/login/", {"login": NEW, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/work/")
    user.refresh_from_db()
    assert not user.is_invited


def test_the_link_has_no_language_of_its_own(people: People, ndc: Organisation, manager: User):
    from django.utils.translation import override

    with override("en"):
        user = invited(ndc, manager)
    assert link_to(user).startswith("/accounts/")


def test_the_link_expires(people: People, ndc: Organisation, manager: User, settings):
    user = invited(ndc, manager)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert not takes(link_to(user))


def test_inviting_again_makes_a_new_link_and_voids_the_old_one(
    people: People, ndc: Organisation, manager: User
):
    user = invited(ndc, manager)
    first = link_to(user)
    services.invite_again(user=user, actor=manager)
    second = link_to(user)
    assert not takes(first)
    assert takes(second)
    assert Invitation.objects.filter(user=user).count() == 2
    assert Notice.objects.filter(person=user).count() == 2


def test_who_has_a_password_is_not_invited_again(people: People, ndc: Organisation, manager: User):
    user = invited(ndc, manager)
    assert takes(link_to(user))
    with pytest.raises(Refused, match="已設定密碼"):
        services.invite_again(user=user, actor=manager)
    with pytest.raises(Refused, match="已設定密碼"):
        services.invite_again(user=people.officer("NDC"), actor=manager)


def test_a_disabled_account_is_not_invited_again_and_its_link_is_void(
    people: People, ndc: Organisation, manager: User
):
    user = invited(ndc, manager)
    services.disable_account(user=user, actor=manager)
    assert not takes(link_to(user))
    with pytest.raises(Refused, match="先啟用"):
        services.invite_again(user=user, actor=manager)


def test_an_account_manager_invites_into_the_own_ministry_only(people: People, manager: User):
    for code in ("MOE", "SECRETARIAT"):
        with pytest.raises(PermissionDenied):
            invited(Organisation.objects.get(code=code), manager)
    assert not Invitation.objects.exists()


def test_another_ministrys_invitation_is_not_repeated(people: People, ndc: Organisation, manager: User):
    user = invited(ndc, manager)
    with pytest.raises(PermissionDenied):
        services.invite_again(user=user, actor=people.holding(Role.ACCOUNT_MANAGER, "MOE"))


def test_the_administrator_invites_everywhere(people: People, ndc: Organisation):
    secretariat = Organisation.objects.get(is_secretariat=True)
    administrator = people.administrator
    assert invited(ndc, administrator, role=Role.ACCOUNT_MANAGER)
    assert invited(secretariat, administrator, email="new@secretariat.tw", role=Role.REVIEWER)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.APPROVER, Role.REVIEWER, Role.HEAD, Role.AUDITOR])
def test_nobody_else_invites(people: People, ndc: Organisation, role: Role):
    ministry = role in (Role.OFFICER, Role.APPROVER)
    actor = people.holding(role, "NDC") if ministry else people.holding(role)
    with pytest.raises(PermissionDenied):
        invited(ndc, actor)


@pytest.mark.parametrize(
    ("but", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "wang"}, "email"),
        ({"email": "wang@"}, "email"),
        ({"email": "wang@ndc gov.tw"}, "email"),
        ({"email": "王@@ndc.gov.tw"}, "email"),
        ({"email": "a@b.tw\nBcc: c@d.tw"}, "email"),
        ({"email": "w" * 60 + "@" + "n" * 60 + "." + "d" * 60 + "." + "c" * 60 + "." + "b" * 60}, "email"),
        ({"name": ""}, "name"),
        ({"name": "　 "}, "name"),
        ({"name": "王" * 81}, "name"),
        ({"name": "王\x00明"}, "name"),
        ({"name": "王\n明"}, "name"),
        ({"role": Role.REVIEWER}, "role"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    people: People, ndc: Organisation, manager: User, but: dict[str, str], field: str
):
    assert errors_of(ndc, manager, **but).keys() == {field}


def test_both_fields_are_named_at_once(people: People, ndc: Organisation, manager: User):
    assert errors_of(ndc, manager, email="x", name="").keys() == {"email", "name"}


def test_a_colleagues_address_is_known_already(people: People, ndc: Organisation, manager: User):
    errors = errors_of(ndc, manager, email=people.officer("NDC").email.upper())
    assert "已有本機關的帳號" in errors["email"]


def test_an_address_of_another_ministry_is_the_administrators_matter(
    people: People, ndc: Organisation, manager: User
):
    errors = errors_of(ndc, manager, email=people.officer("MOE").email)
    assert "系統管理者" in errors["email"]
    assert people.officer("MOE").name not in errors["email"]


def test_two_ministries_inviting_the_same_person_in_one_moment_leave_one_account(
    people: People, ndc: Organisation, manager: User
):
    """The second one finds nobody, and the row is there all the same when it is written."""
    invited(Organisation.objects.get(code="MOE"), people.administrator)
    look = invitations._refuse_known
    looks = iter([lambda *_: None, look])
    with patch.object(invitations, "_refuse_known", lambda *asked: next(looks)(*asked)):
        errors = errors_of(ndc, manager)
    assert errors.keys() == {"email"}


def test_trouble_of_another_kind_is_not_taken_for_a_known_address(
    people: People, ndc: Organisation, manager: User
):
    with (
        patch.object(type(User.objects), "create_user", side_effect=IntegrityError),
        pytest.raises(IntegrityError),
    ):
        invited(ndc, manager)


def test_an_invitation_that_was_never_taken_up_falls_idle(people: People, ndc: Organisation, manager: User):
    user = invited(ndc, manager)
    with clock.set_to(clock.now() + timedelta(days=200)):
        services.disable_idle_accounts()
    user.refresh_from_db()
    assert not user.is_active


@hypothesis_settings(max_examples=60)
@given(st.text(max_size=120), st.text(max_size=120))
def test_whatever_is_typed_either_all_is_saved_or_nothing(
    people: People, ndc: Organisation, manager: User, email: str, name: str
):
    before = (User.objects.count(), Invitation.objects.count(), Notice.objects.count())
    try:
        user = invited(ndc, manager, email=email, name=name)
    except Refused as refused:
        assert refused.errors.keys() <= {"email", "name"}
        assert (User.objects.count(), Invitation.objects.count(), Notice.objects.count()) == before
    else:
        assert user.email == email.strip().lower() and user.name == name.strip()
