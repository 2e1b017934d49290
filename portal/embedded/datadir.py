"""One data directory has one owner at a time, and is touched only when it is certainly ours.

Holds the lock, the note of what runs, and the stopping of what an earlier owner left behind. Knows no server.
"""

import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from portal.embedded.processes import ask_to_stop, finish_stranger, is_same, started_at
from portal.embedded.words import Refusal, refuse, say

MARKER = "portal-data.txt"
MARKER_TEXT = (
    "這個資料夾屬於 AI 行動計畫管考平臺：資料庫、佇列、附件與信件。請勿手動更改其中檔案。\n"
    "This folder belongs to the AI plan portal: database, queue, files and letters. Do not edit it by hand.\n"
)
# A Unix socket's path may have about 100 bytes; the longest name in the folder is PostgreSQL's.
LONGEST_SOCKET_PATH = 100
LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"
# What the others lean on goes last. PostgreSQL takes SIGINT as "finish now, roll back what is open"; SIGTERM would
# wait for every client.
SERVERS = {"valkey": signal.SIGTERM, "postgres": signal.SIGINT}


@dataclass
class Process:
    name: str
    pid: int
    started: str


@dataclass
class Note:
    """What runs on a data directory, written beside the data so that others can read it.

    `address` and the two URLs are empty until they are known.
    """

    what: str
    pid: int
    started: str
    address: str = ""
    database_url: str = ""
    redis_url: str = ""
    sockets: str = ""
    processes: list[Process] = field(default_factory=list)


class DataDirectory:
    """A data directory: `examine` touches nothing, `claim` takes it, `release` gives it back."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        # Whether an earlier owner ended without giving the directory back; known once it is claimed.
        self.was_left_running = False
        self._lock: IO[str] | None = None
        self._note: Note | None = None

    # --- before it is ours ----------------------------------------------------------------------------
    def examine(self) -> None:
        """Refuse a path that cannot be, or must not be, our data directory. Touches nothing."""
        try:
            if self.path.is_dir():
                self._examine_contents()
                return
            if self.path.exists() or self.path.is_symlink():
                self._refuse("不是資料夾", "it is not a folder")
            parent = next(folder for folder in self.path.parents if folder.exists())
            if not (parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)):
                self._refuse(f"{parent} 不可寫入", f"{parent} is not writable")
        except PermissionError:
            self._refuse("無權讀取", "it may not be read")

    def _examine_contents(self) -> None:
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            self._refuse("無法寫入", "it is not writable")
        entries = {entry.name for entry in self.path.iterdir()}
        if entries and MARKER not in entries:
            kind = ("一個 PostgreSQL 資料庫", "a PostgreSQL cluster") if "PG_VERSION" in entries else None
            zh, en = kind or ("其他檔案", "other files")
            self._refuse(
                f"其中已有{zh}，不是本系統建立的",
                f"it already holds {en} that this portal did not make",
            )
        if entries and self.path.stat().st_uid != os.geteuid():
            self._refuse(
                "由另一個使用者建立，請以該使用者執行",
                "another user made it; run as that user",
            )

    def _refuse(self, zh: str, en: str) -> None:
        refuse(
            f"不能使用資料夾 {self.path}：{zh}。沒有更動任何檔案。請以 --data 指定另一個資料夾。",
            f"Cannot use the folder {self.path}: {en}. Nothing was touched. Name another one with --data.",
        )

    def read_note(self) -> Note | None:
        """What the present or the last owner wrote down; None where nothing was."""
        try:
            stored = json.loads((self.path / "running.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return Note(
            **{
                **stored,
                "processes": [Process(**process) for process in stored["processes"]],
            }
        )

    def owner(self) -> Note | None:
        """The note of a living owner; None where nobody holds the directory."""
        if not (self.path / "lock").exists():
            return None
        with (self.path / "lock").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return self.read_note() or Note(what="", pid=0, started="")
        return None

    # --- ours -----------------------------------------------------------------------------------------
    def claim(self, what: str) -> None:
        """Take the directory for `what` (a word for people), after stopping what a dead owner left running."""
        self.examine()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = (self.path / "lock").open("a")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise self._taken() from None
        self._lock = handle
        (self.path / MARKER).write_text(MARKER_TEXT, encoding="utf-8")
        note = self.read_note()
        self.was_left_running = note is not None
        self._clear_up_after(note)
        self._note = Note(what=what, pid=os.getpid(), started=started_at(os.getpid()) or "")
        self._write()

    def _taken(self) -> Refusal:
        note = self.read_note() or Note(what="", pid=0, started="")
        address = f" {note.address}" if note.address else ""
        return Refusal(
            f"資料夾 {self.path} 正由另一個程序使用：{note.what}{address}（程序編號 {note.pid}）。"
            "請先停止它，或以 --data 指定另一個資料夾。",
            f"The folder {self.path} is in use: {note.what}{address} is already running (pid {note.pid}). "
            "Stop it first, or name another folder with --data.",
        )

    def _clear_up_after(self, note: Note | None) -> None:
        """Stop the processes of an owner that died without stopping them: programs first, servers last."""
        if note is None:
            return
        living = {
            process.name: process for process in note.processes if is_same(process.pid, process.started)
        }
        if living:
            names = ", ".join(f"{name} ({process.pid})" for name, process in living.items())
            say(
                f"停止上次未正常結束而留下的程序：{names}",
                f"Stopping what an interrupted run left behind: {names}",
            )
        programs = [process for name, process in living.items() if name not in SERVERS]
        for process in programs:
            # All at once: together they take as long as the slowest.
            ask_to_stop(process.pid, signal.SIGTERM)
        for process in programs:
            finish_stranger(process.pid, process.started, patience=10)
        for name, gently in SERVERS.items():
            if name in living:
                ask_to_stop(living[name].pid, gently)
                finish_stranger(living[name].pid, living[name].started, patience=10)
        _remove_sockets(note.sockets)

    def make_socket_folder(self) -> Path:
        """A private folder whose path is short enough for sockets; recorded so that the next owner removes it."""
        folder = Path(tempfile.mkdtemp(prefix="portal-"))
        if len(os.fsencode(folder / LONGEST_SOCKET_NAME)) > LONGEST_SOCKET_PATH:
            folder.rmdir()
            refuse(
                f"暫存資料夾的路徑太長，無法放置通訊端：{folder.parent}。請設定較短的 TMPDIR，例如 TMPDIR=/tmp。",
                f"The temporary folder's path is too long for sockets: {folder.parent}. "
                "Set a shorter TMPDIR, for example TMPDIR=/tmp.",
            )
        self.publish(sockets=str(folder))
        return folder

    def remember(self, name: str, pid: int) -> None:
        """Record a process at once, so that it can be found should we die; replaces the one of that name."""
        note = self._own_note()
        note.processes = [process for process in note.processes if process.name != name]
        note.processes.append(Process(name, pid, started_at(pid) or ""))
        self._write()

    def publish(self, **facts: str) -> None:
        """Write down `address`, `database_url`, `redis_url` or `sockets` for others to read."""
        note = self._own_note()
        for name, value in facts.items():
            setattr(note, name, value)
        self._write()

    def release(self) -> None:
        """Give the directory back. Every process must have been stopped before."""
        if self._lock is None:
            return
        _remove_sockets(self._own_note().sockets)
        (self.path / "running.json").unlink(missing_ok=True)
        self._lock.close()
        self._lock = None
        self._note = None

    def _own_note(self) -> Note:
        if self._note is None:
            raise RuntimeError("the data directory has not been claimed")
        return self._note

    def _write(self) -> None:
        """Whole or not at all: a reader, or a start after a crash, never sees half a note."""
        new = self.path / "running.json.new"
        with new.open("w") as handle:
            os.fchmod(handle.fileno(), 0o600)
            json.dump(asdict(self._own_note()), handle, indent=1)
            handle.flush()
            os.fsync(handle.fileno())
        new.rename(self.path / "running.json")


def _remove_sockets(folder: str) -> None:
    """Remove a socket folder, if it is one of ours: a name alone in a note would be a weak reason to delete."""
    path = Path(folder)
    if not folder or not path.name.startswith("portal-") or path.is_symlink():
        return
    with suppress(FileNotFoundError):
        if path.stat().st_uid == os.geteuid():
            shutil.rmtree(path)


@contextmanager
def claimed(directory: DataDirectory, what: str) -> Iterator[DataDirectory]:
    """The directory, ours for the length of the block."""
    directory.claim(what)
    try:
        yield directory
    finally:
        directory.release()
