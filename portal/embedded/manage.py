"""A management command uses the servers of the product that runs on the same data, or short-lived ones.

Knows no command by name.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from portal.embedded.datadir import DataDirectory, Note, claimed
from portal.embedded.processes import ROOT, wait_until
from portal.embedded.servers import environment_for, product_environment, running_servers
from portal.embedded.words import say

SERVERS_UP_WITHIN = 60.0


def manage(data: Path, arguments: Sequence[str]) -> int:
    """Run `manage.py` with the arguments; returns its exit code."""
    directory = DataDirectory(data)
    directory.examine()
    running = _product_running_on(directory)
    if running is not None:
        return _call(arguments, product_environment(running.database_url, running.redis_url, directory))
    with (
        claimed(directory, " ".join(["manage", *arguments[:1]])),
        running_servers(directory, given=os.environ) as servers,
    ):
        environment = environment_for(servers, directory)
        if servers.database_is_empty:
            say("新的資料庫，先載入計畫。", "A new database: loading the plan first.")
            prepared = _call(["prepare", "--no-demo"], environment)
            if prepared != 0:
                return prepared
        return _call(arguments, environment)


def _product_running_on(directory: DataDirectory) -> Note | None:
    """The note of a running product whose servers are up. Another `manage` is no such thing: it ends too soon."""
    note = directory.owner()
    if note is None or note.what != "run":
        return None

    def servers_known() -> bool:
        latest = directory.read_note()
        return latest is None or bool(latest.database_url)

    wait_until(servers_known, seconds=SERVERS_UP_WITHIN)
    return directory.read_note()


def _call(arguments: Sequence[str], environment: dict[str, str]) -> int:
    """In the foreground, so that `shell` and passwords have the terminal; a Ctrl-C is the command's own affair."""
    # A handler, not SIG_IGN: the child starts with what is ignored still ignored.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        with subprocess.Popen(command, env=environment) as process:
            signal.signal(signal.SIGTERM, lambda *_: process.terminate())
            return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
