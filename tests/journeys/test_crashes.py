"""Whatever is killed between an acceptance and its roll-up, after the restart the figures are right.

Real servers, a real worker and a real beat, all of our own, ended by SIGKILL.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import pytest
from django.conf import settings

from portal.embedded.datadir import DataDirectory
from portal.embedded.servers import Servers, embedded_servers, product_environment

pytestmark = pytest.mark.xdist_group("crashes")

SECONDS = 40
RIGHT_FIGURES = """
SELECT count(*) FILTER (WHERE f.quarter_numerator = o.total), count(*)
FROM (SELECT indicator_id, sum(value) AS total FROM kpis_observation
      WHERE superseded_at IS NULL AND statement = 'value' GROUP BY indicator_id) o
LEFT JOIN kpis_indicatorfigure f ON f.indicator_id = o.indicator_id AND TRUE
    AND f.quarter = (SELECT min(quarter) FROM kpis_observation)
"""


class Site:
    """The servers, and what runs against them."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers = servers
        self.environment = product_environment(servers.database_url, servers.redis_url, DataDirectory(folder))
        self.environment["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"

    def do(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "tests.journeys.crash_site", *words],
            check=True,
            cwd=settings.BASE_DIR,
            env=self.environment,
        )

    @contextmanager
    def celery(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """A part of Celery for the length of the block; killed, never asked, when it ends."""
        command = [sys.executable, "-m", "celery", "--quiet", "--app", "portal", *words]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=self.environment)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A worker and a beat, as in production."""
        alone = ("--pool", "solo", "--without-mingle", "--without-gossip", "--loglevel", "WARNING")
        schedule = str(Path(self.environment["PORTAL_DATA_DIR"]) / f"beat-{time.monotonic_ns()}")
        with (
            self.celery("worker", *alone),
            self.celery("beat", "--schedule", schedule, "--loglevel", "WARNING"),
        ):
            yield

    def ask(self, query: LiteralString) -> tuple[object, ...]:
        with self.servers.postgres.connect() as connection:
            row = connection.execute(query).fetchone()
        assert row
        return row

    def figures_become_right(self) -> bool:
        """Waits until nothing is stale any more; then whether every figure is the sum of its facts."""
        deadline = time.monotonic() + SECONDS
        while self.ask("SELECT count(*) FROM kpis_rolluptask") != (0,):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        right, facts = self.ask(RIGHT_FIGURES)
        return facts != 0 and right == facts


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("crash") / "data"
    with embedded_servers(folder) as servers:
        site = Site(servers, folder)
        site.do("prepare")
        yield site


def stale(site: Site) -> bool:
    return site.ask("SELECT count(*) FROM kpis_rolluptask") != (0,)


def test_a_worker_killed_with_the_message_in_its_hands_loses_nothing(site: Site) -> None:
    alone = ("--pool", "solo", "--without-mingle", "--without-gossip", "--loglevel", "WARNING")
    with (
        site.servers.postgres.connect() as blocker,
        blocker.transaction(),
        site.celery("worker", *alone) as worker,
    ):
        # The worker takes the message and then waits for a table that we hold: it is killed in mid-task.
        blocker.execute("LOCK TABLE kpis_indicatorfigure IN ACCESS EXCLUSIVE MODE")
        site.do("accept", "MOE")
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        deadline = time.monotonic() + SECONDS
        while site.ask(waiting) == (0,) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert site.ask(waiting) != (0,)
        worker.kill()
    assert stale(site)
    with site.at_work():
        assert site.figures_become_right()


def test_a_broker_killed_after_the_acceptance_loses_nothing(site: Site) -> None:
    site.do("accept", "MODA")
    site.servers.kill("valkey")
    assert stale(site)
    site.servers.restart("valkey")
    with site.at_work():
        assert site.figures_become_right()


def test_an_acceptance_while_the_broker_is_down_is_saved_and_rolled_up_later(site: Site) -> None:
    site.servers.kill("valkey")
    site.do("accept", "MOL")
    assert stale(site)
    site.servers.restart("valkey")
    with site.at_work():
        assert site.figures_become_right()


def test_a_database_killed_after_the_acceptance_loses_nothing(site: Site) -> None:
    site.do("accept", "NSTC")
    site.servers.kill("postgres")
    site.servers.restart("postgres")
    assert stale(site)
    with site.at_work():
        assert site.figures_become_right()
