"""A process is known by its number and the moment it started, because numbers are used again.

Knows nothing about what the processes do.
"""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from portal.embedded.words import Refusal

ROOT = Path(__file__).resolve().parents[2]

Pause = Callable[[float], object]
Sink = Callable[[str, str], None]
Remember = Callable[[str, int], None]


def started_at(pid: int) -> str | None:
    """When process `pid` started, as an opaque text; None where no such process runs (a zombie does not)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _started_by_ps(pid)
    return None if fields[0] == "Z" else f"{boot}/{fields[19]}"


def _started_by_ps(pid: int) -> str | None:
    """The same where there is no /proc, as on macOS."""
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.strip() or None


def command_line(pid: int) -> str:
    """The command line of process `pid`, or an empty text."""
    shown = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.strip()


def wait_until(condition: Callable[[], bool], *, seconds: float, pause: Pause = time.sleep) -> bool:
    """Ask `condition` again and again for at most `seconds`; the answer is its last one."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        pause(0.05)
    return True


def is_same(pid: int, started: str) -> bool:
    """Whether the process that had this number at that moment still runs."""
    return started_at(pid) == started


def ask_to_stop(pid: int, gently: signal.Signals) -> None:
    """Ask a process to end; one that ended in this very moment is none to worry about."""
    with suppress(ProcessLookupError):
        os.kill(pid, gently)


def finish_stranger(pid: int, started: str, *, patience: float) -> None:
    """See a process that is not our child, and was asked to stop, to its end; force it and its group if need be."""
    if not wait_until(lambda: not is_same(pid, started), seconds=patience):
        _kill_group(pid)
        wait_until(lambda: not is_same(pid, started), seconds=5)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


class Child:
    """One foreground process of ours, leader of its own group, whose output goes line by line to a sink.

    Its own group keeps a Ctrl-C in the terminal from it: the supervisor alone decides the order of stopping.
    """

    stop_signal = signal.SIGTERM
    patience = 10.0

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        remember: Remember,
        sink: Sink,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.last_lines: deque[str] = deque(maxlen=30)
        self._remember = remember
        self._sink = sink
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._asked_to_stop = False

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def start(self, pause: Pause = time.sleep) -> None:
        """Start the process. Servers override this to return only when they answer."""
        del pause
        self.spawn()

    def spawn(self) -> None:
        try:
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise Refusal(
                f"無法啟動 {self.name}：{self.command[0]}：{error.strerror}",
                f"Cannot start {self.name}: {self.command[0]}: {error.strerror}",
            ) from error
        self._asked_to_stop = False
        self._remember(self.name, self._process.pid)
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.last_lines.append(line.rstrip("\n"))
            self._sink(self.name, line.rstrip("\n"))

    def wait(self, pause: Pause = time.sleep) -> int:
        """Wait for the end, however long it takes; returns the exit code."""
        while self.running:
            pause(0.05)
        if self._reader is not None:
            self._reader.join(timeout=2)
        return self.exit_code or 0

    def stop(self) -> None:
        """Ask to end, wait, and only then force; what is left of the group goes with it."""
        if self._process is None:
            return
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self.patience)
        self.clear()

    def ask_to_stop(self) -> None:
        """Ask once; whoever stops several asks all of them first, and so waits only for the slowest."""
        if self.running and not self._asked_to_stop:
            self._asked_to_stop = True
            ask_to_stop(self.pid, self.stop_signal)

    def kill(self) -> None:
        """End it without warning, as a crash would; tests use this. Its own children are left as they are."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def clear(self) -> None:
        """Remove what a dead process left of its group, so that it can be started again."""
        if self._process is None:
            return
        _kill_group(self._process.pid)
        self._process.wait()
        if self._reader is not None:
            self._reader.join(timeout=2)
