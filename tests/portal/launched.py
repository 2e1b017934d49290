"""A whole product, started as a person starts it, for tests that look at it from outside.

Knows the launcher's words and its note in the data directory, nothing of the product's inside.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STARTED_WITHIN = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def person_environment(**more: str) -> dict[str, str]:
    """The environment of somebody at a terminal: nothing of the test run's servers and settings."""
    test_run = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PORTAL_DATA_DIR")
    return {**{name: value for name, value in os.environ.items() if name not in test_run}, **more}


def dev(
    *arguments: str, timeout: float = 60, within: Sequence[str] = (), **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run `./dev` to its end; `within` are words of a program that runs it, such as unshare's."""
    return subprocess.run(
        [*within, str(ROOT / "dev"), *arguments],
        env=person_environment(**environment),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


class Product:
    """`./dev run` on a data directory; its output is in `output`."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.port = free_port()
        self.arguments = arguments
        self.log = data.with_name(data.name + ".log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Product":
        command = [
            str(ROOT / "dev"),
            "run",
            "--data",
            str(self.data),
            "--port",
            str(self.port),
            *self.arguments,
        ]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env=person_environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        assert eventually(self._told_or_ended, STARTED_WITHIN), self.output
        assert self._process.poll() is None, self.output
        return self

    def _told_or_ended(self) -> bool:
        assert self._process is not None
        return "Press Ctrl-C" in self.output or self._process.poll() is not None

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    @property
    def note(self) -> dict[str, Any]:
        return dict(json.loads((self.data / "running.json").read_text()))

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def pid_of(self, name: str) -> int:
        return next(int(part["pid"]) for part in self.note["processes"] if part["name"] == name)

    def kill(self, name: str) -> None:
        """End one part of the product as a crash would."""
        os.kill(self.pid_of(name), signal.SIGKILL)

    def kill_everything(self) -> None:
        pids = [int(part["pid"]) for part in self.note["processes"] if part["name"] != "prepare"]
        self.kill_supervisor()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def kill_supervisor(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Press Ctrl-C; returns the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=40)
