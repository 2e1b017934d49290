"""An unsafe production installation does not start, and says everything that is wrong with it at once."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from celery.signals import beat_init, worker_init
from django.conf import settings as test_settings
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from ministries.models import User
from ministries.services import disable_account
from portal.heartbeats import end_on_unsafe_start
from portal.startup import PUBLISHED_SECRETS, problems_of_settings, refuse_unsafe_start

ROOT = Path(__file__).resolve().parents[2]
GOOD_SECRET = secrets.token_urlsafe(50)


def production(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run Python with production settings and only the given secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**kept, "DJANGO_SETTINGS_MODULE": "portal.settings.production", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("secret", "named"),
    [
        ("", "is missing"),
        ("Ab3-" * 10, "fewer than 50 characters"),
        ("abcabcabc" * 8, "fewer than 10 different characters"),
        ("django-insecure-" + "Kx7.pQ2w" * 8, "published example"),
        *[(published, "published example") for published in PUBLISHED_SECRETS],
    ],
)
def test_a_weak_secret_is_named(secret: str, named: str) -> None:
    (problem,) = problems_of_settings(secret_key=secret, debug=False, allowed_hosts=["portal.example"])
    assert named in problem
    assert not secret or secret not in problem


@pytest.mark.parametrize("hosts", [[], ["*"], ["portal.example", "*"]])
def test_missing_and_boundless_hosts_are_named(hosts: list[str]) -> None:
    (problem,) = problems_of_settings(secret_key=GOOD_SECRET, debug=False, allowed_hosts=hosts)
    assert "ALLOWED_HOSTS" in problem


def test_safe_settings_have_no_problem() -> None:
    assert problems_of_settings(secret_key=GOOD_SECRET, debug=False, allowed_hosts=["portal.example"]) == []


def test_the_keys_that_stand_in_this_repository_are_refused() -> None:
    example = (ROOT / "portal" / "deploy" / "example.env").read_text()
    assert test_settings.SECRET_KEY in PUBLISHED_SECRETS
    assert any(f"SECRET_KEY={secret}\n" in example for secret in PUBLISHED_SECRETS)


def test_production_settings_name_every_problem_at_once() -> None:
    tried = production("import portal.settings.production", DEBUG="1")
    assert tried.returncode != 0
    for word in (
        "ImproperlyConfigured",
        "SECRET_KEY is missing",
        "DEBUG is on",
        "ALLOWED_HOSTS does not name",
    ):
        assert word in tried.stderr


def test_production_settings_pass_djangos_own_deployment_check() -> None:
    checked = production(
        "import django, sys; from django.core.management import call_command; django.setup(); "
        "call_command('check', deploy=True, fail_level='WARNING')",
        SECRET_KEY=GOOD_SECRET,
        ALLOWED_HOSTS="portal.example",
        PROXY_HTTPS_HEADER="X-Forwarded-Proto",
    )
    # Subdomains belong to others in the same ministry: their HTTPS is not ours to force.
    silent = checked.stderr.replace("security.W005", "").replace("security.W021", "")
    assert "security.W" not in silent, checked.stderr
    assert "ImproperlyConfigured" not in checked.stderr


@pytest.fixture
def demonstration_account(db: None) -> User:
    return User.objects.create(email="officer@example.org", is_demonstration=True)


@pytest.mark.usefixtures("demonstration_account")
def test_production_does_not_start_on_demonstration_accounts(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="1 demonstration accounts"):
        refuse_unsafe_start()


@pytest.mark.usefixtures("demonstration_account")
def test_worker_and_beat_end_on_demonstration_accounts(settings: Settings) -> None:
    settings.PRODUCTION = True
    for moment in (worker_init, beat_init):
        assert end_on_unsafe_start in moment._live_receivers(None)
    with pytest.raises(SystemExit, match="1 demonstration accounts"):
        end_on_unsafe_start()


@pytest.mark.django_db
def test_production_starts_without_demonstration_accounts(settings: Settings) -> None:
    settings.PRODUCTION = True
    User.objects.create(email="person@example.org")
    refuse_unsafe_start()


@pytest.mark.usefixtures("demonstration_account")
def test_a_deactivated_demonstration_account_no_longer_hinders(
    settings: Settings, demonstration_account: User
) -> None:
    settings.PRODUCTION = True
    disable_account(user=demonstration_account, actor=None)
    refuse_unsafe_start()


@pytest.mark.usefixtures("demonstration_account")
def test_development_starts_on_demonstration_accounts() -> None:
    refuse_unsafe_start()
