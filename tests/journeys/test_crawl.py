"""Every link that a role is shown leads to a whole page of the demonstration: no error, no complaint of the browser, no gap.

A real gunicorn and a real Chromium, on demonstration data that other tests need, too. CRAWL=all asks for thirty of each
kind instead of one and examines every route in both languages, which takes some minutes.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Browser

from ministries.models import DemonstrationRun, User
from ministries.tasks import send_letters
from portal.embedded.address import answers
from portal.embedded.processes import Child, wait_until
from portal.embedded.servers import keep_quiet
from programs.models import Plan
from reports.tasks import note_reminders
from tests.journeys.conftest import database_url
from tests.journeys.crawling import Crawl
from tests.people import People
from tests.screenshots import examples
from tests.stages import stage

pytestmark = pytest.mark.xdist_group("demonstration")

GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "python:portal.gunicorn_config")
THOROUGH = os.environ.get("CRAWL") == "all"
UNLINKED = {
    # Reached by a form or by a letter.
    "account_logout",
    "account_inactive",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "decision-progress",
    # For those who build the portal.
    "components",
}
FEW_LEAD_TO = {"report-correction"}
"""Shown by some reports and not by others: a thorough crawl comes to it."""


@stage(upon="generated")
def signed_in(plan: Plan, people: People) -> DemonstrationRun:
    """The demonstration on a working day: everybody is reminded, and those who crawl are signed in."""
    note_reminders()
    send_letters()
    for email in filter(None, examples.accounts().values()):
        Client().force_login(User.objects.get(email=email))
    return DemonstrationRun.objects.get()


@pytest.fixture
def site(signed_in: DemonstrationRun) -> Iterator[str]:
    """The address of a web server of our own on the demonstration."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = Child(
        "web",
        [*GUNICORN, "--bind", f"127.0.0.1:{port}", "portal.wsgi:application"],
        environment={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "portal.settings.development",
            "SITE_URL": address,
            "WEB_WORKERS": "1",
        },
        remember=lambda _name, _pid: None,
        sink=keep_quiet,
    )
    server.start()
    try:
        assert wait_until(lambda: answers("127.0.0.1", port), seconds=60), server.last_lines
        yield address
    finally:
        server.stop()


def sessions() -> dict[str, str]:
    """The key of everybody's session by the role's name, empty for a visitor."""
    keys = {session.get_decoded()["_auth_user_id"]: session.session_key for session in Session.objects.all()}
    people = {user.email: keys.get(str(user.pk), "") for user in User.objects.all()}
    return {role: people[email] if email else "" for role, email in examples.accounts().items()}


def test_every_link_that_a_role_is_shown_leads_to_a_whole_page(browser: Browser, site: str) -> None:
    crawl = Crawl(browser, site, of_each_kind=30 if THOROUGH else 1, thorough=THOROUGH)
    for role, session in sessions().items():
        crawl.as_role(role, session)
    unlinked = UNLINKED if THOROUGH else UNLINKED | FEW_LEAD_TO
    unreached = [f"nothing leads to {route}" for route in examples.routes() - crawl.reached - unlinked]
    assert not (crawl.faults or unreached), "\n".join([*crawl.faults, *unreached])
