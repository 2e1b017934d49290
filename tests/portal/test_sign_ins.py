"""Who logs in, fails to, logs out or sets a password stands in the audit log, with the address it came from."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django import Settings

from ministries import services
from ministries.models import AuditEntry, User
from ministries.permissions import MINISTRY_ROLES, SECRETARIAT_ROLES, Act, roles_allow
from tests.people import People

PASSWORD = "a long test password"
HERE = "203.0.113.7"


def browser() -> Client:
    return Client(REMOTE_ADDR=HERE)


def logged_in(user: User) -> Client:
    client = browser()
    assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
    return client


def newest(act: Act) -> AuditEntry:
    return AuditEntry.objects.filter(act=act).latest("id")


def test_a_login_is_recorded(people: People):
    officer = people.officer("NDC")
    logged_in(officer)
    entry = newest(Act.SIGNED_IN)
    assert (entry.actor, entry.subject_type, entry.subject_id) == (officer, "ministries.user", officer.pk)
    assert entry.detail == {"address": HERE}


def test_people_log_in_and_tries_are_counted_while_valkey_does_not_answer(
    people: People, settings: Settings, tmp_path: Path
):
    nowhere = {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/nothing.sock"}
    settings.CACHES = {"default": nowhere}
    officer = people.officer("NDC")
    logged_in(officer)
    tries = [
        browser().post("/accounts/login/", {"login": officer.email, "password": "wrong password"})
        for _each in range(6)
    ]
    assert ["失敗次數過多" in each.text for each in tries] == [False] * 5 + [True]


def test_a_logout_is_recorded(people: People):
    officer = people.officer("NDC")
    logged_in(officer).post("/accounts/logout/")
    entry = newest(Act.SIGNED_OUT)
    assert (entry.actor, entry.detail) == (officer, {"address": HERE})


def test_whoever_is_not_logged_in_logs_out_without_a_trace(db: None):
    browser().post("/accounts/logout/")
    assert not AuditEntry.objects.filter(act=Act.SIGNED_OUT).exists()


def test_a_wrong_password_is_recorded_at_the_account_without_an_actor(people: People):
    officer = people.officer("NDC")
    typed = officer.email.upper()
    browser().post("/accounts/login/", {"login": typed, "password": "wrong password"})
    entry = newest(Act.SIGN_IN_FAILED)
    assert (entry.actor, entry.subject_id) == (None, officer.pk)
    assert entry.detail["email"].lower() == officer.email and entry.detail["address"] == HERE


def test_an_unknown_address_is_recorded_at_no_account(db: None):
    browser().post("/accounts/login/", {"login": "nobody@example.test", "password": "wrong password"})
    entry = newest(Act.SIGN_IN_FAILED)
    assert (entry.actor, entry.subject_id) == (None, None)
    assert entry.detail["email"] == "nobody@example.test"


def test_no_password_ever_stands_in_the_log(people: People):
    logged_in(people.officer("NDC"))
    browser().post("/accounts/login/", {"login": "x@example.test", "password": "my secret words"})
    said = str(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert PASSWORD not in said and "my secret words" not in said


def test_a_disabled_account_that_tries_to_log_in_is_recorded(people: People):
    officer = people.officer("NDC")
    services.disable_account(user=officer, actor=people.administrator)
    browser().post("/accounts/login/", {"login": officer.email, "password": PASSWORD})
    assert newest(Act.SIGN_IN_FAILED).subject_id == officer.pk
    assert not AuditEntry.objects.filter(act=Act.SIGNED_IN).exists()


def test_a_changed_password_is_recorded_with_the_address(people: People):
    officer = people.officer("NDC")
    new = "更換後的新密碼 民國 115 年"
    answer = logged_in(officer).post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    entry = newest(Act.PASSWORD_CHANGED)
    assert (entry.actor, entry.organisation.code, entry.detail) == (officer, "NDC", {"address": HERE})


@pytest.mark.parametrize(
    "act", [Act.SIGNED_IN, Act.SIGN_IN_FAILED, Act.SIGNED_OUT, Act.PASSWORD_CHANGED, Act.WRITE_REFUSED]
)
def test_no_role_holds_what_only_happens(act: Act):
    assert act not in roles_allow([*MINISTRY_ROLES, *SECRETARIAT_ROLES])


def test_a_refused_write_is_recorded_with_its_address(people: People):
    officer = people.officer("NDC")
    client = logged_in(officer)
    assert client.post("/audit/export/csv/").status_code == 403
    entry = newest(Act.WRITE_REFUSED)
    assert entry.detail == {"method": "POST", "path": "/audit/export/csv/", "status": 403, "address": HERE}


def test_a_refused_write_to_an_address_that_cannot_be_stored_is_recorded_all_the_same(people: People):
    client = logged_in(people.officer("NDC"))
    assert client.post("/reports/%00/").status_code == 404
    assert newest(Act.WRITE_REFUSED).detail["path"] == "/reports/\ufffd/"


def test_only_an_auditor_takes_the_log_along(people: People):
    from reports.services import note_export

    with pytest.raises(PermissionDenied):
        note_export(asked={}, ending="csv", entries=0, actor=people.administrator)
