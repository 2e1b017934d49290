"""Two commands carry the product from an empty machine to a running portal, and a mistake costs one message."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.portal.launched import Product, dev, eventually, free_port

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.xdist_group("launcher")


# --- mistakes -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("port", ["0", "65536", "-1", "eight", "80.5", "٨٠"])
def test_a_port_that_is_no_port_is_refused_before_anything_is_made(port: str, tmp_path: Path) -> None:
    tried = dev("run", f"--port={port}", "--data", str(tmp_path / "data"))
    assert tried.returncode == 2
    assert "not a whole number from 1 to 65535" in tried.stderr
    assert "不是 1 到 65535 的整數" in tried.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        tried = dev("run", "--port", str(port), "--data", str(tmp_path / "data"))
    assert tried.returncode == 2
    assert f"Port {port} on 127.0.0.1 is in use by another program." in tried.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_data_directory_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("private")
    for command in (["run", "--port", str(free_port())], ["manage", "check"]):
        tried = dev("--data", str(tmp_path), *command)
        assert tried.returncode == 2
        assert str(tmp_path) in tried.stderr
        assert "Nothing was touched." in tried.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    tried = dev("run", "--data", str(tmp_path / "data"))
    assert tried.returncode == 2
    assert "is not writable" in tried.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fly"], "There is no command “fly”"),
        (["run", "--colour", "red"], "unrecognized arguments: --colour red"),
        (["run", "--host", "no.such.host.invalid"], "Unknown host no.such.host.invalid"),
        (["--speed", "run"], "unrecognized arguments: --speed"),
    ],
)
def test_a_mistyped_command_line_costs_one_message(arguments: list[str], said: str) -> None:
    tried = dev(*arguments)
    assert tried.returncode == 2
    assert said in tried.stderr
    assert "Traceback" not in tried.stderr


def test_without_a_command_the_launcher_says_what_it_can_do() -> None:
    told = dev()
    assert told.returncode == 0
    assert all(command in told.stdout for command in ("run", "test", "lint", "manage", "bench", "--data"))


# --- installing -----------------------------------------------------------------------------------------------
@pytest.fixture
def empty_checkout(tmp_path: Path) -> Path:
    """A checkout whose locks name no package, so that installing takes no network, and whose product is a word."""
    checkout = tmp_path / "checkout"
    (checkout / "portal" / "requirements").mkdir(parents=True)
    (checkout / "portal" / "embedded").mkdir()
    shutil.copy(ROOT / "dev", checkout)
    for name in ("product", "embedded", "development"):
        (checkout / "portal" / "requirements" / f"{name}.txt").write_text("# nothing\n")
    (checkout / "portal" / "embedded" / "cli.py").write_text(
        "import sys\ndef main(arguments):\n    print('inside', sys.prefix, *arguments)\n    return 7\n"
    )
    return checkout


def launch(checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    python = Path(sys.base_prefix) / "bin" / "python3"
    return subprocess.run(
        [python, checkout / "dev", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_packages_are_installed_once_and_again_only_when_their_lock_changes(empty_checkout: Path) -> None:
    first = launch(empty_checkout, "run", "--port", "1")
    assert first.returncode == 7, first.stderr
    assert "Installing packages (embedded.txt)" in first.stdout
    assert f"inside {empty_checkout / '.venv'} run --port 1" in first.stdout
    assert "Installing" not in launch(empty_checkout, "run").stdout
    (empty_checkout / "portal" / "requirements" / "embedded.txt").write_text("# another nothing\n")
    assert "Installing packages (embedded.txt)" in launch(empty_checkout, "run").stdout


def test_tests_install_the_rest_and_running_needs_nothing_more_after_that(empty_checkout: Path) -> None:
    assert "Installing packages (development.txt)" in launch(empty_checkout, "test").stdout
    assert "Installing" not in launch(empty_checkout, "run").stdout


def test_an_interrupted_installation_is_done_again(empty_checkout: Path) -> None:
    launch(empty_checkout, "run")
    (empty_checkout / ".venv" / "installed-embedded").unlink()
    assert "Installing packages (embedded.txt)" in launch(empty_checkout, "run").stdout


def test_a_virtual_environment_whose_python_is_gone_is_made_again(empty_checkout: Path) -> None:
    launch(empty_checkout, "run")
    (empty_checkout / ".venv" / "bin" / "python").unlink()
    again = launch(empty_checkout, "run")
    assert "Making the virtual environment" in again.stdout
    assert again.returncode == 7


def test_a_folder_that_is_no_virtual_environment_is_never_deleted(empty_checkout: Path) -> None:
    (empty_checkout / ".venv").mkdir()
    (empty_checkout / ".venv" / "letter.txt").write_text("private")
    tried = launch(empty_checkout, "run")
    assert tried.returncode == 2
    assert "is not a virtual environment" in tried.stderr
    assert (empty_checkout / ".venv" / "letter.txt").read_text() == "private"


def test_a_package_without_a_hash_is_not_installed_and_it_is_said(empty_checkout: Path) -> None:
    (empty_checkout / "portal" / "requirements" / "embedded.txt").write_text("Django==5.2.19\n")
    tried = launch(empty_checkout, "run")
    assert tried.returncode == 2
    assert "require-hashes" in tried.stderr
    assert "run again" in tried.stderr
    assert not list((empty_checkout / ".venv").glob("installed-*"))


# --- the running product ----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("product") / "data", "--no-demo").start()
    yield running
    if (running.data / "running.json").exists():
        running.stop()


def health(product: Product) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{product.port}/healthz", timeout=5) as answer:
            return int(answer.status)
    except OSError:
        return 0


def manage(product: Product, code: str) -> str:
    done = dev("--data", str(product.data), "manage", "shell", "--verbosity", "0", "--command", code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_started_product_answers_and_says_where_it_is(product: Product) -> None:
    assert health(product) == 200
    assert f"The portal is running: http://127.0.0.1:{product.port}/" in product.output
    assert "管考平臺已啟動" in product.output
    assert {part["name"] for part in product.note["processes"]} >= {
        "postgres", "valkey", "web", "worker", "beat",
    }  # fmt: skip


def test_a_second_start_on_the_same_data_says_who_is_running(product: Product) -> None:
    second = dev("run", "--data", str(product.data), "--port", str(free_port()))
    assert second.returncode == 2
    assert f"http://127.0.0.1:{product.port}/ is already running (pid {product.pid})" in second.stderr
    assert health(product) == 200


def test_a_command_beside_a_running_product_uses_its_database(product: Product) -> None:
    database = "from django.db import connection as c; print(c.settings_dict['HOST'])"
    assert manage(product, database) == product.note["sockets"]
    assert health(product) == 200


def test_a_commands_exit_code_is_the_launchers(product: Product) -> None:
    done = dev("--data", str(product.data), "manage", "shell", "--command", "raise SystemExit(3)")
    assert done.returncode == 3


@pytest.mark.parametrize("part", ["worker", "beat", "valkey", "postgres"])
def test_a_killed_part_comes_back_and_it_is_said(product: Product, part: str) -> None:
    before = product.pid_of(part)
    product.kill(part)
    assert eventually(lambda: product.pid_of(part) != before), product.output
    assert eventually(lambda: f"{part} is running again ({product.pid_of(part)})" in product.output)
    assert eventually(lambda: health(product) == 200), product.output


# From here on the order matters: each test leaves the product running for the next, and the last one stops it.
def test_after_a_kill_of_everything_the_next_start_recovers_with_the_data_intact(product: Product) -> None:
    write_row(product)
    product.kill_everything()
    product.start()
    assert read_rows(product) == [("接受的數字",)]


def test_after_a_kill_of_the_launcher_the_next_start_stops_what_it_left(product: Product) -> None:
    left_behind = pids_of(product)
    product.kill_supervisor()
    assert all(alive(pid) for pid in left_behind)
    product.start()
    assert "Stopping what an interrupted run left behind" in product.output
    assert not any(alive(pid) for pid in left_behind)
    assert read_rows(product) == [("接受的數字",)]


def test_a_stop_ends_everything_and_a_later_command_has_servers_of_its_own(product: Product) -> None:
    pids, sockets = pids_of(product), Path(product.note["sockets"])
    assert product.stop() == 0
    assert "Everything is stopped." in product.output
    assert not any(alive(pid) for pid in pids)
    assert not sockets.exists()
    assert not note_exists(product)
    assert manage(product, "from django.db import connection as c; print(c.vendor)") == "postgresql"
    assert not note_exists(product)


def pids_of(product: Product) -> list[int]:
    """The numbers of what runs; the preparation has ended by the time anybody looks."""
    return [int(part["pid"]) for part in product.note["processes"] if part["name"] != "prepare"]


def connect(product: Product) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=product.note["sockets"], user="portal", dbname="portal", autocommit=True)


def write_row(product: Product) -> None:
    with connect(product) as connection:
        connection.execute("CREATE TABLE kept (value text)")
        connection.execute("INSERT INTO kept VALUES ('接受的數字')")


def read_rows(product: Product) -> list[tuple[object, ...]]:
    with connect(product) as connection:
        return connection.execute("SELECT value FROM kept").fetchall()


def test_a_stop_during_the_start_leaves_nothing_behind(tmp_path: Path) -> None:
    product = Product(tmp_path / "data", "--no-demo")
    with product.log.open("wb") as log:
        started = subprocess.Popen(
            [str(ROOT / "dev"), "run", "--data", str(product.data), "--port", str(product.port)],
            env={name: value for name, value in os.environ.items() if not name.endswith("_URL")},
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    assert eventually(lambda: "prepare" in json.dumps(product.note) if note_exists(product) else False)
    pids = pids_of(product)
    started.send_signal(signal.SIGTERM)
    assert started.wait(timeout=30) == 0
    assert not any(alive(pid) for pid in pids)
    assert not note_exists(product)


def note_exists(product: Product) -> bool:
    return (product.data / "running.json").exists()
