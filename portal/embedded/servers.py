"""What the environment names is used, and what it does not name is started here, on Unix sockets only.

Knows the two servers, not the product that uses them.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from portal.embedded.datadir import DataDirectory, claimed
from portal.embedded.postgres import PostgresServer
from portal.embedded.processes import Child, Pause, Sink
from portal.embedded.valkey import ValkeyServer

GIVEN = ("DATABASE_URL", "REDIS_URL")


def keep_quiet(name: str, line: str) -> None:
    """A sink for those who do not want to read along; the last lines stay with the process."""
    del name, line


class Servers:
    """PostgreSQL and Valkey on a claimed data directory; `given` holds the addresses of others' servers.

    What a fleeting one holds need not outlive a power cut.
    """

    def __init__(
        self,
        directory: DataDirectory,
        *,
        given: Mapping[str, str] | None = None,
        sink: Sink = keep_quiet,
        is_fleeting: bool = False,
    ) -> None:
        self._is_fleeting = is_fleeting
        self._given = {name: value for name, value in (given or {}).items() if name in GIVEN and value}
        self._postgres: PostgresServer | None = None
        self._valkey: ValkeyServer | None = None
        if len(self._given) < len(GIVEN):
            self._build(directory, directory.make_socket_folder(), sink)
        directory.publish(database_url=self.database_url, redis_url=self.redis_url)

    def _build(self, directory: DataDirectory, sockets: Path, sink: Sink) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        if "DATABASE_URL" not in self._given:
            self._postgres = PostgresServer(
                directory.path / "postgres",
                sockets,
                environment=environment,
                remember=directory.remember,
                sink=sink,
                is_fleeting=self._is_fleeting,
            )
        if "REDIS_URL" not in self._given:
            self._valkey = ValkeyServer(
                directory.path / "valkey",
                sockets,
                environment=environment,
                remember=directory.remember,
                sink=sink,
            )

    @property
    def own(self) -> list[Child]:
        """The servers that run here, in the order of starting."""
        return [server for server in (self._postgres, self._valkey) if server is not None]

    @property
    def postgres(self) -> PostgresServer:
        if self._postgres is None:
            raise RuntimeError("DATABASE_URL names a PostgreSQL that is not ours")
        return self._postgres

    @property
    def valkey(self) -> ValkeyServer:
        if self._valkey is None:
            raise RuntimeError("REDIS_URL names a Valkey that is not ours")
        return self._valkey

    @property
    def database_url(self) -> str:
        return self._given.get("DATABASE_URL") or self.postgres.url

    @property
    def redis_url(self) -> str:
        return self._given.get("REDIS_URL") or self.valkey.url

    @property
    def database_is_empty(self) -> bool:
        """Whether the database is ours and nothing was ever migrated into it."""
        return self._postgres is not None and self._postgres.has_no_tables()

    def start(self, pause: Pause = time.sleep) -> None:
        for server in self.own:
            server.start(pause)

    def stop(self) -> None:
        for server in reversed(self.own):
            server.stop()

    def kill(self, name: Literal["postgres", "valkey"]) -> None:
        """End a server as a crash would, for tests of recovery."""
        (self.postgres if name == "postgres" else self.valkey).kill()

    def restart(self, name: Literal["postgres", "valkey"]) -> None:
        """Start a server again after `kill`."""
        server = self.postgres if name == "postgres" else self.valkey
        server.clear()
        server.start()


def environment_for(servers: Servers, directory: DataDirectory) -> dict[str, str]:
    """The environment in which the product's own programs find these servers."""
    return product_environment(servers.database_url, servers.redis_url, directory)


def product_environment(database_url: str, redis_url: str, directory: DataDirectory) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORTAL_DATA_DIR": str(directory.path),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def running_servers(
    directory: DataDirectory,
    *,
    given: Mapping[str, str] | None = None,
    sink: Sink = keep_quiet,
    pause: Pause = time.sleep,
    is_fleeting: bool = False,
) -> Iterator[Servers]:
    """Servers on a claimed directory for the length of the block, stopped whatever happens in it."""
    servers = Servers(directory, given=given, sink=sink, is_fleeting=is_fleeting)
    try:
        servers.start(pause)
        yield servers
    finally:
        servers.stop()


@contextmanager
def embedded_servers(data_dir: Path, *, what: str = "servers") -> Iterator[Servers]:
    """Servers of our own in `data_dir` for the length of the block, whatever the environment names.

    `servers.database_url` and `servers.redis_url` are their addresses; `servers.kill` and `servers.restart`
    play a crash.
    """
    with (
        claimed(DataDirectory(data_dir), what) as directory,
        running_servers(directory) as servers,
    ):
        yield servers
