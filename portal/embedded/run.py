"""`run` brings the whole product up in order, says where it is, and takes it down in order.

Knows which programs the product consists of, not what they do.
"""

import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.address import answers, bracketed, refuse_busy_port, visible_host
from portal.embedded.datadir import DataDirectory, claimed
from portal.embedded.processes import ROOT, Child, Remember, Sink, wait_until
from portal.embedded.servers import GIVEN, Servers, environment_for, running_servers
from portal.embedded.supervisor import StopRequested, StopSignals, Supervisor
from portal.embedded.words import refuse, say

ANSWERS_WITHIN = 60.0
# One worker has no neighbours to greet, and greeting costs it a second at every start.
ALONE = ("--without-mingle", "--without-gossip")
ACCOUNT_MARK = "account: "
_printing = threading.Lock()


@dataclass(frozen=True)
class RunOptions:
    """`port` is 1 to 65535; `demo` asks for demonstration data where there is none yet."""

    data: Path
    host: str
    port: int
    demo: bool


def run(options: RunOptions) -> int:
    """Run the product until somebody stops it; 0 when it was stopped in good order."""
    directory = DataDirectory(options.data)
    directory.examine()
    if directory.read_note() is None:
        # Before anything is touched. Where a note lies, the port may be held by what is about to be stopped.
        refuse_busy_port(options.host, options.port)
    stop_signals = StopSignals()
    stop_signals.install()
    with claimed(directory, "run"):
        try:
            # The web processes of a killed run notice within a second or two, and let the port go.
            patience = 10.0 if directory.was_left_running else 0.0
            refuse_busy_port(options.host, options.port, patience=patience, pause=stop_signals.pause)
            with running_servers(
                directory, given=os.environ, sink=print_line, pause=stop_signals.pause
            ) as servers:
                _run_on(servers, directory, options, stop_signals)
        except StopRequested:
            pass
    say("已全部停止。", "Everything is stopped.")
    return 0


def _run_on(
    servers: Servers, directory: DataDirectory, options: RunOptions, stop_signals: StopSignals
) -> None:
    address = f"http://{visible_host(options.host)}:{options.port}/"
    # Letters carry links to where this run is reached, unless somebody says otherwise.
    environment = {"SITE_URL": address, **environment_for(servers, directory)}
    for name in (name for name in GIVEN if os.environ.get(name)):
        say(
            f"使用環境變數 {name} 指定的伺服器，而非資料目錄中的。",
            f"Using the server that {name} names, not the data directory's.",
        )
    accounts = prepare(environment, directory.remember, stop_signals, demo=options.demo)
    parts = product_parts(options, directory, environment, print_line)
    supervisor = Supervisor(servers.own + parts, stop_signals)
    try:
        for part in parts:
            part.start()
        _wait_for_answer(options, parts[0], stop_signals)
        directory.publish(address=address)
        print_banner(address, accounts, demo=options.demo)
        supervisor.watch()
    except StopRequested:
        say("正在停止……", "Stopping…")
        raise
    finally:
        for part in parts:
            part.ask_to_stop()
        for part in parts:
            part.stop()


def prepare(environment: dict[str, str], remember: Remember, stop_signals: StopSignals, *, demo: bool) -> str:
    """Bring the database up to date in one process; returns what it says about the demonstration accounts."""
    accounts: list[str] = []

    def sort_lines(name: str, line: str) -> None:
        # The command marks the lines for the end: a person looks for them under the address.
        if line.startswith(ACCOUNT_MARK):
            accounts.append(line.removeprefix(ACCOUNT_MARK))
        else:
            print_line(name, line)

    command = [sys.executable, str(ROOT / "manage.py"), "prepare", *([] if demo else ["--no-demo"])]
    child = Child("prepare", command, environment=environment, remember=remember, sink=sort_lines)
    child.start()
    try:
        if child.wait(stop_signals.pause) != 0:
            refuse(
                "準備資料庫時失敗，原因如上。資料沒有遺失；修正後請再執行一次。",
                "Preparing the database failed for the reason above. Nothing is lost; mend it and run again.",
            )
    finally:
        child.stop()
    return "\n".join(accounts)


def product_parts(
    options: RunOptions, directory: DataDirectory, environment: dict[str, str], sink: Sink
) -> list[Child]:
    """Web, worker and beat: the same programs, with the same settings files, as docker compose starts."""
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:portal.gunicorn_config"]
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "portal"]
    commands = {
        "web": [*gunicorn, "--bind", f"{bracketed(options.host)}:{options.port}", "portal.wsgi:application"],
        "worker": [*celery, "worker", "--loglevel", "INFO", "--concurrency", "1", *ALONE],
        "beat": [
            *celery,
            "beat",
            "--loglevel",
            "WARNING",
            "--schedule",
            str(directory.path / "beat-schedule"),
        ],
    }
    return [
        Child(name, command, environment=environment, remember=directory.remember, sink=sink)
        for name, command in commands.items()
    ]


def print_line(name: str, line: str) -> None:
    with _printing:
        print(f"{name:<8} | {line}", flush=True)


def print_banner(address: str, accounts: str, *, demo: bool) -> None:
    say(f"\n管考平臺已啟動： {address}", f"The portal is running: {address}")
    if accounts:
        say(
            "\n示範帳號（僅供試用，資料皆為虛構）",
            "Demonstration accounts (for trying out; all data is made up)",
        )
        print(accounts, flush=True)
    elif not demo:
        say(
            "沒有示範資料。建立第一個帳號： ./dev manage createsuperuser",
            "No demonstration data. Make the first account: ./dev manage createsuperuser",
        )
    say("\n按 Ctrl-C 停止。", "Press Ctrl-C to stop.\n")


def _wait_for_answer(options: RunOptions, web: Child, stop_signals: StopSignals) -> None:
    def answers_or_died() -> bool:
        return not web.running or answers(visible_host(options.host), options.port)

    wait_until(answers_or_died, seconds=ANSWERS_WITHIN, pause=stop_signals.pause)
    if not web.running or not answers(visible_host(options.host), options.port):
        refuse(
            "網站沒有回應，原因見上方 web 開頭的各行。",
            "The web server does not answer; the lines above that begin with web say why.",
        )
