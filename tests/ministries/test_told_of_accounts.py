"""Whoever's account or role is changed is told at once, in a letter of their own, also where they cannot log in any more."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from ministries import clock, services
from ministries.models import Letter, Notice, NoticeKind, Organisation, Role, User
from tests.people import People


@pytest.fixture
def ndc(people: People) -> Organisation:
    return Organisation.objects.get(code="NDC")


@pytest.fixture
def manager(people: People) -> User:
    return people.holding(Role.ACCOUNT_MANAGER, "NDC")


def outcomes(user: User) -> list[str]:
    told = Notice.objects.filter(person=user, kind=NoticeKind.ACCOUNT).order_by("pk")
    return [each.facts["outcome"]["zh"] for each in told]


def sent() -> list[str]:
    services.write_letters()
    services.hand_over_letters()
    return [str(each.body) for each in mail.outbox]


def test_a_role_given_and_a_role_ended_are_told(people: People, ndc: Organisation, manager: User):
    officer = people.officer("NDC")
    membership = services.grant_role(user=officer, organisation=ndc, role=Role.APPROVER, actor=manager)
    services.grant_role(user=officer, organisation=ndc, role=Role.APPROVER, actor=manager)
    services.end_role(membership=membership, actor=manager)
    assert outcomes(officer) == ["授予「核稿人」", "終止「核稿人」"]


def test_what_the_installation_does_is_told_to_nobody(people: People, ndc: Organisation):
    services.disable_account(user=people.officer("NDC"), actor=None)
    assert not Notice.objects.exists()


def test_disabling_and_enabling_are_told_each_time(people: People, manager: User):
    officer = people.officer("NDC")
    for _turn in range(2):
        services.disable_account(user=officer, actor=manager)
        services.enable_account(user=officer, actor=manager)
    assert outcomes(officer) == ["帳號已停用：由帳號管理人停用", "帳號已啟用"] * 2


def test_a_disabled_person_still_gets_the_letter_that_says_so(people: People, manager: User):
    officer = people.officer("NDC")
    services.disable_account(user=officer, actor=manager)
    (letter,) = sent()
    assert "帳號已停用" in letter and manager.name in letter
    assert mail.outbox[0].to == [officer.email]


def test_an_idle_persons_letter_says_why(people: People):
    officer = people.officer("NDC")
    old = clock.now() - timedelta(days=settings.IDLE_ACCOUNT_DAYS + 1)
    User.objects.filter(pk=officer.pk).update(date_joined=old)
    services.disable_idle_accounts()
    assert "閒置逾期未登入" in sent()[0]


def test_leaver_and_successor_are_both_told(people: People, ndc: Organisation, manager: User):
    leaver, successor = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    services.hand_over(leaver=leaver, successor=successor, organisation=ndc, actor=manager)
    assert outcomes(leaver) == ["帳號已停用：職務已移交"]
    assert outcomes(successor) == [f"接辦{leaver.name}的業務：填報人"]


@pytest.mark.parametrize(("language", "prefix"), [("zh-hant", "/accounts/"), ("en", "/en/accounts/")])
def test_the_link_of_the_invitation_leaves_in_a_confidential_letter_and_works(
    people: People, ndc: Organisation, manager: User, language: str, prefix: str
):
    user = services.invite_person(
        email="new@ndc.test", name="新人", organisation=ndc, role=Role.OFFICER, actor=manager
    )
    User.objects.filter(pk=user.pk).update(language=language)
    (letter,) = sent()
    assert Letter.objects.get().is_confidential
    link = re.search(r"https?://[^/\s]+(/\S+/password/reset/key/\S+)", letter)
    assert link and link[1].startswith(prefix)
    form = Client().get(link[1], follow=True)
    assert form.status_code == 200 and b'name="password1"' in form.content


def test_the_administrator_does_not_read_the_link_in_the_log_of_letters(
    people: People, ndc: Organisation, manager: User, settings
):
    settings.LETTERS_STAY_HERE = False
    services.invite_person(
        email="new@ndc.test", name="新人", organisation=ndc, role=Role.OFFICER, actor=manager
    )
    services.write_letters()
    client = Client()
    client.force_login(people.administrator, backend=settings.AUTHENTICATION_BACKENDS[0])
    page = client.get(f"/letters/{Letter.objects.get().pk}/").content.decode()
    assert "new@ndc.test" in page and "/password/reset/key/" not in page
