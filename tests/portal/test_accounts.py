"""People log in by e-mail with an invited account; nobody signs up, and a lost password comes back by letter."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from ministries import services
from ministries.models import Role
from tests.people import People

PASSWORD = "a long test password"


def log_in(client: Client, email: str, password: str = PASSWORD, **extra: str) -> int:
    return client.post("/accounts/login/", {"login": email, "password": password, **extra}).status_code


def test_an_officer_logs_in_by_email_in_any_case_and_lands_at_work(people: People) -> None:
    client = Client()
    email = people.officer("NSTC").email.upper()
    answer = client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/work/")


def test_logging_in_leads_back_to_the_page_that_was_asked_for(people: People) -> None:
    answer = Client().post(
        "/accounts/login/",
        {"login": people.reviewer.email, "password": PASSWORD, "next": "/quarters/"},
    )
    assert answer["Location"] == "/quarters/"


def test_a_wrong_password_is_said_without_saying_which_half_was_wrong(people: People) -> None:
    client = Client()
    known = client.post("/accounts/login/", {"login": people.reviewer.email, "password": "wrong"})
    unknown = client.post("/accounts/login/", {"login": "nobody@example.test", "password": "wrong"})
    assert "電子郵件或密碼不正確。" in known.content.decode()
    assert "電子郵件或密碼不正確。" in unknown.content.decode()


def test_five_failures_lock_the_account_for_a_while(people: People) -> None:
    client = Client()
    for _attempt in range(5):
        log_in(client, people.reviewer.email, "wrong")
    answer = client.post("/accounts/login/", {"login": people.reviewer.email, "password": PASSWORD})
    assert "請於 15 分鐘後再試" in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    ["signup/", "email/", "password/set/", "reauthenticate/", "confirm-email/", "confirm-email/x/", "2fa/"],
)
def test_what_this_portal_does_not_offer_is_not_there(people: People, path: str) -> None:
    client = Client()
    client.force_login(people.reviewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    for browser in (Client(), client):
        assert browser.get(f"/accounts/{path}").status_code == 404
        assert browser.post(f"/accounts/{path}", {"email": "x@example.test"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["login/", "inactive/", "password/reset/", "password/reset/done/", "password/reset/key/done/"]
)
def test_account_pages_stand_in_our_frame_in_both_languages(people: People, path: str) -> None:
    for prefix in ("", "/en"):
        page = Client().get(f"{prefix}/accounts/{path}")
        assert page.status_code == 200
        assert 'class="site-header"' in page.content.decode()


def test_a_lost_password_is_replaced_through_a_letter_once(people: People) -> None:
    client = Client()
    email = people.officer("NSTC").email
    assert client.post("/accounts/password/reset/", {"email": email}).status_code == 302
    letter = mail.outbox[0]
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", str(letter.body))
    assert link and "重設密碼" in letter.subject
    form = client.get(link[1], follow=True)
    target = form.redirect_chain[-1][0]
    new = {"password1": "另一組夠長的密碼 2026", "password2": "另一組夠長的密碼 2026"}
    assert client.post(target, new).status_code == 302
    assert log_in(Client(), email, new["password1"]) == 302
    assert "此連結無效" in Client().get(link[1], follow=True).content.decode()


def test_asking_for_an_unknown_address_does_not_tell(people: People) -> None:
    answer = Client().post("/accounts/password/reset/", {"email": "stranger@example.test"})
    assert answer.status_code == 302
    assert "查無此帳號" in str(mail.outbox[0].body)


def test_a_password_is_changed_by_whoever_knows_the_present_one(people: People) -> None:
    client = Client()
    log_in(client, people.reviewer.email)
    assert client.get("/accounts/password/change/").status_code == 200
    new = "更換後的新密碼 民國 115 年"
    wrong = client.post(
        "/accounts/password/change/", {"oldpassword": "wrong", "password1": new, "password2": new}
    )
    assert "field-errors" in wrong.content.decode()
    right = client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert right.status_code == 302
    assert log_in(Client(), people.reviewer.email, new) == 302


def test_a_disabled_account_is_told_why_and_whom_to_ask(people: People) -> None:
    manager, officer = people.holding(Role.ACCOUNT_MANAGER, "NDC"), people.officer("NDC")
    services.disable_account(user=officer, actor=manager)
    answer = Client().post("/accounts/login/", {"login": officer.email, "password": PASSWORD})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "由帳號管理人停用" in page and f"mailto:{manager.email}" in page


def test_without_an_account_manager_the_administrator_is_named(people: People) -> None:
    administrator, officer = people.administrator, people.officer("NDC")
    services.disable_account(user=officer, actor=None)
    answer = Client().post("/accounts/login/", {"login": officer.email, "password": PASSWORD})
    assert f"mailto:{administrator.email}" in answer.content.decode()


def test_a_wrong_password_does_not_tell_that_the_account_is_disabled(people: People) -> None:
    officer = people.officer("NDC")
    services.disable_account(user=officer, actor=None)
    answer = Client().post("/accounts/login/", {"login": officer.email, "password": "wrong"})
    assert "電子郵件或密碼不正確。" in answer.content.decode()


def test_logging_out_takes_a_post(people: People) -> None:
    client = Client()
    log_in(client, people.reviewer.email)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/work/").status_code == 302
