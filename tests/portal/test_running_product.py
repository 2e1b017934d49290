"""A running product survives what is done to it, says what it does about it, and stops without a trace.

One product serves all tests of this file; each leaves it running for the next, and the last one stops it.
"""

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.portal.launched import ROOT, Product, dev, eventually, free_port, person_environment

pytestmark = pytest.mark.xdist_group("launcher")


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


def test_the_tests_of_this_file_stay_on_one_worker(request: pytest.FixtureRequest) -> None:
    # Without it each worker would start a product of its own; a version of pytest once broke this silently.
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@launcher")


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
            env=person_environment(),
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
