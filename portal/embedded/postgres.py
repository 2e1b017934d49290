"""The embedded PostgreSQL is durable, answers on a Unix socket only, and sorts and searches as in production.

Knows its folder and its socket, not who uses the database.
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psycopg

from portal.embedded.binaries import PostgresPrograms, as_ordinary_user, find_postgres
from portal.embedded.processes import (
    Child,
    Pause,
    Remember,
    Sink,
    ask_to_stop,
    command_line,
    finish_stranger,
    started_at,
    wait_until,
)
from portal.embedded.words import Refusal, refuse

# The same everywhere, docker compose included (a test compares). With lc-ctype C, pg_trgm finds no Chinese at all.
LOCALE_FLAGS = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--lc-ctype=C.UTF-8",
)
# PostgreSQL 16 has no locale provider of its own; the C library's C.UTF-8 classifies characters alike.
LOCALE_FLAGS_BEFORE_17 = ("--encoding=UTF8", "--locale=C", "--lc-ctype=C.UTF-8")
NAME = "portal"

# Given at every start rather than written into the cluster, so that an old cluster gets today's settings.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "256MB",
    # No replica will ever follow this one, and every background process costs memory.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_worker_processes": "2",
    "autovacuum_max_workers": "1",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "lc_messages": "C",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_line_prefix": "",
}
# For what is thrown away with its folder: a power cut may take it, a killed process takes nothing.
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS_FROM_18 = {"io_method": "sync", "autovacuum_worker_slots": "2"}
# Long enough to replay the log of a busy hour after a power cut.
READY_WITHIN = 60.0
ATTEMPTS = 5


class PostgresServer(Child):
    """One cluster in `folder`, one socket in `sockets`, one database and superuser named `portal`."""

    stop_signal = signal.SIGINT
    patience = 20.0

    def __init__(
        self,
        folder: Path,
        sockets: Path,
        *,
        environment: Mapping[str, str],
        remember: Remember,
        sink: Sink,
        programs: PostgresPrograms | None = None,
        is_fleeting: bool = False,
    ) -> None:
        self.folder = folder
        self.sockets = sockets
        self.programs = programs or find_postgres()
        settings = {**SETTINGS, **(SETTINGS_FROM_18 if self.programs.major >= 18 else {})}
        settings |= FLEETING if is_fleeting else {}
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._prefix = as_ordinary_user()
        command = [*self._prefix, str(self.programs.folder / "postgres"), "-D", str(folder)]
        command += ["-c", f"unix_socket_directories={sockets}", *arguments]
        super().__init__("postgres", command, environment=environment, remember=remember, sink=sink)

    @property
    def url(self) -> str:
        """In the form that django-environ reads: a path of sockets keeps its letters' case only there."""
        return f"postgres://{NAME}@/{self.sockets}/{NAME}"

    def start(self, pause: Pause = time.sleep) -> None:
        """Make the cluster if there is none, start, and return when the database `portal` answers."""
        refuse_other_major(self.folder, self.programs)
        if not self.folder.exists():
            self._make_cluster()
        self._clear_stale_pidfile()
        for _ in range(ATTEMPTS):
            self.spawn()
            wait_until(lambda: self._answers() or not self.running, seconds=READY_WITHIN, pause=pause)
            if self._answers():
                self._make_database()
                return
            # After a kill -9 the old backends take a moment to leave the shared memory.
            self.stop()
            pause(1)
        lines = "\n".join(self.last_lines)
        raise Refusal(
            f"PostgreSQL 無法啟動（{self.folder}）：\n{lines}", f"PostgreSQL did not start ({self.folder})."
        )

    def connect(self, database: str = NAME) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.sockets), user=NAME, dbname=database, autocommit=True, connect_timeout=2
        )

    def _answers(self) -> bool:
        try:
            with self.connect("postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def _make_cluster(self) -> None:
        """Made beside its place and moved there when whole, so that an interrupted initdb leaves no half cluster."""
        unfinished = self.folder.with_name(self.folder.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = LOCALE_FLAGS if self.programs.major >= 17 else LOCALE_FLAGS_BEFORE_17
        command = [*self._prefix, str(self.programs.folder / "initdb"), "-D", str(unfinished), *locale]
        # Whoever reaches the socket is let in: the folder of the socket is private to the user.
        command += [f"--username={NAME}", "--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        made = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if made.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise Refusal(
                f"無法建立資料庫 {self.folder}：\n{made.stderr.strip()}",
                f"Cannot make the database {self.folder}.",
            )
        unfinished.rename(self.folder)

    def _make_database(self) -> None:
        with self.connect("postgres") as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
            if found is None:
                connection.execute(f'CREATE DATABASE "{NAME}"')

    def has_no_tables(self) -> bool:
        """Whether nothing was ever migrated into the database."""
        with self.connect() as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1"
            ).fetchone()
            return found is None

    def _clear_stale_pidfile(self) -> None:
        """We hold the lock, so no server may run here: stop one on this folder, and drop a dead one's file.

        PostgreSQL would refuse to start if another program now had the dead server's number.
        """
        pidfile = self.folder / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(pidfile.read_text().splitlines()[0])
            if str(self.folder) in command_line(pid):
                started = started_at(pid) or ""
                ask_to_stop(pid, signal.SIGINT)
                finish_stranger(pid, started, patience=10)
            else:
                pidfile.unlink()


def refuse_other_major(folder: Path, programs: PostgresPrograms) -> None:
    """Refuse a cluster that another major version made, before anything touches it."""
    with suppress(FileNotFoundError):
        found = (folder / "PG_VERSION").read_text().strip()
        if found != str(programs.major):
            refuse(
                f"資料夾 {folder} 是 PostgreSQL {found} 建立的，現有的程式是 {programs.major} 版。沒有更動任何檔案。"
                f"請以 PostgreSQL {found} 的 pg_dump 匯出，或以 --data 指定另一個資料夾。",
                f"The folder {folder} was made by PostgreSQL {found}, and the program at hand is {programs.major}. "
                f"Nothing was touched. Export it with pg_dump of PostgreSQL {found}, "
                "or name another folder with --data.",
            )
