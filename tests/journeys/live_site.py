"""Servers of our own and what runs against them, any of which a test may end by SIGKILL and start again.

Knows how to start, kill and ask; what is accepted, and what should come of it, is for the tests.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

from django.conf import settings

from portal.embedded.datadir import DataDirectory
from portal.embedded.processes import Child
from portal.embedded.servers import Servers, embedded_servers, product_environment

SECONDS = 40
# A worker for one task at a time; greeting its neighbours would cost a second at every start.
WORKER = ("worker", "--pool", "solo", "--without-mingle", "--without-gossip", "--loglevel", "WARNING")


class Site:
    """The servers, the data directory, and the environment in which the product's programs find them."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers = servers
        self.folder = folder
        self.environment = product_environment(servers.database_url, servers.redis_url, DataDirectory(folder))
        self.environment["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
        self.said: list[str] = []

    def program(self, name: str, *words: str) -> Child:
        """A Python program that is not started yet; what it prints is added to `said`."""
        return Child(
            name,
            [sys.executable, *words],
            environment=self.environment,
            remember=lambda name, pid: None,
            sink=lambda name, line: self.said.append(f"{name}: {line}"),
        )

    def worker(self, name: str = "worker") -> Child:
        return self.celery(name, *WORKER, "--hostname", f"{name}@%h")

    def beat(self) -> Child:
        schedule = self.folder / f"beat-{time.monotonic_ns()}"
        return self.celery("beat", "beat", "--schedule", str(schedule), "--loglevel", "WARNING")

    def celery(self, name: str, *words: str) -> Child:
        return self.program(name, "-m", "celery", "--quiet", "--app", "portal", *words)

    def do(self, *words: str) -> str:
        """Runs `python …` to its end and returns what it printed; what it complains of is shown."""
        done = subprocess.run(
            [sys.executable, *words],
            check=True,
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout

    def ask(self, query: LiteralString, *values: object) -> tuple[object, ...]:
        with self.servers.postgres.connect() as connection:
            row = connection.execute(query, values).fetchone()
        assert row
        return row

    @property
    def is_stale(self) -> bool:
        return self.ask("SELECT count(*) FROM kpis_rolluptask") != (0,)

    def comes_true(self, condition: Callable[[], bool], seconds: float = SECONDS) -> bool:
        """Waits until it is so; False where it was not in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True


@contextmanager
def live_site(folder: Path, migrated: Path) -> Iterator[Site]:
    """On a copy of the cluster in `migrated`, which the first of a run makes."""
    if not migrated.exists():
        with embedded_servers(migrated) as servers:
            Site(servers, migrated).do("manage.py", "migrate", "--verbosity", "0", "--no-input")
    shutil.copytree(migrated, folder)
    with embedded_servers(folder) as servers:
        yield Site(servers, folder)


@contextmanager
def running(*parts: Child) -> Iterator[None]:
    """The parts for the length of the block; killed, never asked, when it ends."""
    try:
        for part in parts:
            part.start()
        yield
    finally:
        for part in parts:
            part.kill()
            part.clear()
