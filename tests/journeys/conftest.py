"""A real browser, a real web server and a real Celery worker for journeys; axe and the strict CSP watch every page.

Chromium is looked for on PATH (or where CHROMIUM points). Without it journeys are skipped, unless
REQUIRE_BROWSER=1 makes that a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, Locator, Page, Response, expect, sync_playwright

from ministries import clock
from ministries.models import User
from tests.barriers import barriers

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PASSWORD = "a long test password"
expect.set_options(timeout=20_000)  # a busy machine is no fault of the page


def find_chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("REQUIRE_BROWSER=1, but no Chromium is on PATH (set CHROMIUM, or install it).")
        pytest.skip("no Chromium on PATH: journeys in a browser are left out")
    # Playwright's event loop runs in this thread, where Django would refuse to talk to the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first site of a run leaves a cluster whose tables are made."""
    return tmp_path_factory.mktemp("migrated") / "data"


def database_url() -> str:
    """Where another process finds the database on which this test plays."""
    database = connection.settings_dict
    place = quote(database["HOST"], safe="")
    address = f"{place}:{database['PORT']}" if database["PORT"] else place
    secret = f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else ""
    return f"postgres://{database['USER']}{secret}@{address}/{database['NAME']}"


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """A Celery worker in a process of its own, on the test's database."""
    command = [sys.executable, "-m", "celery", "--quiet", "--app", "portal", "worker", "--pool", "solo"]
    process = subprocess.Popen(
        [*command, "--without-mingle", "--without-gossip", "--loglevel", "WARNING"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "portal.settings.test"},
    )
    yield
    process.terminate()
    process.wait(timeout=20)


@dataclass
class Visitor:
    """A person at a browser. Whatever the browser complains of on the way fails the test at the end."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _listen(self, message: Any) -> None:
        # The browser, and htmx after it, notes refusals that the journey asks for.
        expected = "status of 4" in message.text or "Status Error Code 4" in message.text
        if message.type == "error" and not expected:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def goes_to(self, path: str) -> Response | None:
        return self.page.goto(self.address + path)

    def logs_in(self, user: User, language: str = "") -> None:
        self.goes_to(f"{language}/accounts/login/?next={language}/work/")
        self.page.locator("input[name=login]").fill(user.email)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.follows(self.main.locator("button[type=submit]").first)
        assert "/accounts/login/" not in self.page.url

    def follows(self, part: Locator) -> None:
        """Clicks what leads to another page, and waits until that one stands whole; `click` alone waits for its
        first byte."""
        with self.page.expect_navigation():
            part.click()

    def presses(self, name: str) -> None:
        """The first button of that name in the page's main part; it leads to another page."""
        self.follows(self.main.get_by_role("button", name=name, exact=True).first)

    def presses_the_mouse_on(self, part: Locator) -> None:
        """And holds it."""
        part.hover()
        self.page.mouse.down()

    def stops_the_clock_at(self, path: str) -> None:
        """Opens the page, on which from now on no time passes but that of `lets_come`."""
        self.page.clock.install()
        self.goes_to(path)
        self.page.clock.pause_at(clock.now() + timedelta(hours=1))

    def lets_come(self, path: str, act: Callable[[], object] = lambda: None) -> None:
        """Lets a second and a half pass after the act, and arrive what the page asks for meanwhile."""
        with self.page.expect_response(lambda answer: path in answer.url and answer.status != 304) as coming:
            act()
            self.page.clock.run_for(1500)
        coming.value.finished()
        self.page.wait_for_timeout(100)

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def sees(self, text: str) -> bool:
        return text in self.main.inner_text()

    def waits_to_see(self, text: str, seconds: float = 20) -> None:
        """Reloads until the text stands on the page."""
        deadline = time.monotonic() + seconds
        while not self.sees(text):
            assert time.monotonic() < deadline, f"{text!r} never appeared on {self.page.url}"
            time.sleep(0.2)
            self.page.reload()

    def finds_no_barrier(self) -> None:
        assert barriers(self.page) == [], self.page.url


@pytest.fixture
def visitors(browser: Browser, live_server: Any) -> Iterator[Any]:
    """`visitors()` is one more person at a browser of their own."""
    made: list[Visitor] = []

    def one_more() -> Visitor:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-TW")
        made.append(Visitor(context.new_page(), live_server.url))
        return made[-1]

    yield one_more
    complaints = [complaint for visitor in made for complaint in visitor.complaints]
    for visitor in made:
        visitor.page.context.close()
    assert complaints == []
