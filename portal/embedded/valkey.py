"""The embedded Valkey appends what it is told to a file and never evicts, because it carries the queue's bell.

Knows its folder and its socket, not what is kept in it.
"""

import time
from collections.abc import Mapping
from pathlib import Path

import redis

from portal.embedded.binaries import find_valkey
from portal.embedded.processes import Child, Pause, Remember, Sink, wait_until
from portal.embedded.words import Refusal

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "128mb",
    "maxmemory-policy": "noeviction",
    "loglevel": "warning",
    "daemonize": "no",
}
READY_WITHIN = 60.0


class ValkeyServer(Child):
    """One set of append-only files in `folder`, one socket in `sockets`."""

    def __init__(
        self, folder: Path, sockets: Path, *, environment: Mapping[str, str], remember: Remember, sink: Sink
    ) -> None:
        self.folder = folder
        self.socket = sockets / "valkey.sock"
        arguments = [word for name, value in SETTINGS.items() for word in (f"--{name}", value)]
        command = [str(find_valkey()), "--dir", str(folder), "--unixsocket", str(self.socket), *arguments]
        super().__init__("valkey", command, environment=environment, remember=remember, sink=sink)

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def start(self, pause: Pause = time.sleep) -> None:
        """Start, and return when it answers, which is after it has read its files."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.spawn()
        wait_until(lambda: self._answers() or not self.running, seconds=READY_WITHIN, pause=pause)
        if not self._answers():
            self.stop()
            lines = "\n".join(self.last_lines)
            raise Refusal(
                f"Valkey 無法啟動（{self.folder}）：\n{lines}", f"Valkey did not start ({self.folder})."
            )

    def _answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
