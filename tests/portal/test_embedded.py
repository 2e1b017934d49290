"""The embedded servers survive what a machine does to them, and never touch what is not theirs."""

import os
import signal
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from portal.embedded import Refusal, Servers, embedded_servers
from portal.embedded.binaries import find_postgres
from portal.embedded.datadir import LONGEST_SOCKET_PATH, MARKER, DataDirectory, claimed
from portal.embedded.postgres import refuse_other_major
from portal.embedded.processes import Child, started_at
from portal.embedded.servers import keep_quiet
from portal.embedded.supervisor import StopSignals, Supervisor

pytestmark = pytest.mark.xdist_group("embedded")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with embedded_servers(tmp_path_factory.mktemp("servers") / "data") as running:
        yield running


def written_row(servers: Servers) -> None:
    with servers.postgres.connect() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value text)")
        connection.execute("INSERT INTO kept VALUES ('接受的數字')")


def rows(servers: Servers) -> list[tuple[object, ...]]:
    with servers.postgres.connect() as connection:
        return connection.execute("SELECT value FROM kept").fetchall()


def valkey(servers: Servers) -> "redis.Redis":
    return redis.Redis(unix_socket_path=str(servers.valkey.socket))


def sleeper(name: str, *command: str, directory: DataDirectory) -> Child:
    return Child(
        name,
        command or ("sleep", "60"),
        environment=dict(os.environ),
        remember=directory.remember,
        sink=keep_quiet,
    )


# --- servers ------------------------------------------------------------------------------------------------
def test_servers_answer_on_sockets_that_only_their_user_can_reach(servers: Servers) -> None:
    assert valkey(servers).ping()
    folder = servers.valkey.socket.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(os.fsencode(folder / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH


def test_postgres_classifies_chinese_characters(servers: Servers) -> None:
    with servers.postgres.connect() as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        found = connection.execute("SELECT array_length(show_trgm('人工智慧'), 1)").fetchone()
    assert found == (5,)


def test_postgres_writes_to_disk_before_it_says_so(servers: Servers) -> None:
    with servers.postgres.connect() as connection:
        for setting in ("fsync", "synchronous_commit"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_valkey_keeps_what_it_is_told_and_evicts_nothing(servers: Servers) -> None:
    client = valkey(servers)
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_no_server_listens_on_a_network_port(servers: Servers) -> None:
    with servers.postgres.connect() as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert valkey(servers).config_get("port") == {"port": "0"}


def test_committed_rows_survive_a_killed_postgres(tmp_path: Path) -> None:
    with embedded_servers(tmp_path / "data") as running:
        written_row(running)
        running.kill("postgres")
        running.restart("postgres")
        assert rows(running) == [("接受的數字",)]


def test_queued_messages_survive_a_killed_valkey(tmp_path: Path) -> None:
    with embedded_servers(tmp_path / "data") as running:
        valkey(running).rpush("queue", "message")
        running.kill("valkey")
        running.restart("valkey")
        assert valkey(running).lrange("queue", 0, -1) == [b"message"]


def test_data_is_there_again_after_a_stop_and_a_start(tmp_path: Path) -> None:
    with embedded_servers(tmp_path / "data") as running:
        written_row(running)
        sockets = running.valkey.socket.parent
    assert not sockets.exists()
    with embedded_servers(tmp_path / "data") as running:
        assert rows(running) == [("接受的數字",)]


def test_postgres_starts_although_its_old_number_belongs_to_another_program(tmp_path: Path) -> None:
    with embedded_servers(tmp_path / "data") as running:
        written_row(running)
        pidfile = running.postgres.folder / "postmaster.pid"
        lines = pidfile.read_text().splitlines()
        running.kill("postgres")
        running.postgres.clear()
        pidfile.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        running.restart("postgres")
        assert rows(running) == [("接受的數字",)]


def test_an_interrupted_initdb_leaves_no_half_cluster(tmp_path: Path) -> None:
    with claimed(DataDirectory(tmp_path / "data"), "test") as directory:
        (directory.path / "postgres.unfinished").mkdir()
        (directory.path / "postgres.unfinished" / "PG_VERSION").write_text("18\n")
    with embedded_servers(tmp_path / "data") as running:
        written_row(running)
    assert not (tmp_path / "data" / "postgres.unfinished").exists()


# --- the data directory ---------------------------------------------------------------------------------------
def test_a_second_owner_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    with (
        claimed(DataDirectory(tmp_path / "data"), "run") as first,
        pytest.raises(Refusal, match=f"pid {os.getpid()}"),
    ):
        first.publish(address="http://127.0.0.1:8000/")
        DataDirectory(tmp_path / "data").claim("run")


def test_a_foreign_folder_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("private")
    with pytest.raises(Refusal, match="other files"):
        DataDirectory(tmp_path).claim("run")
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


def test_a_foreign_postgres_cluster_is_called_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("15\n")
    with pytest.raises(Refusal, match="a PostgreSQL cluster"):
        DataDirectory(tmp_path).examine()


def test_a_file_is_refused_as_data_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="not a folder"):
        DataDirectory(tmp_path / "file").examine()


def test_a_cluster_of_another_major_version_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("15\n")
    with pytest.raises(Refusal, match="made by PostgreSQL 15"):
        refuse_other_major(tmp_path, find_postgres())
    assert (tmp_path / "PG_VERSION").read_text() == "15\n"


def test_a_temporary_folder_with_a_path_too_long_for_sockets_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with (
        claimed(DataDirectory(tmp_path / "data"), "test") as directory,
        pytest.raises(Refusal, match="TMPDIR"),
    ):
        directory.make_socket_folder()
    assert list(long.iterdir()) == []


def test_what_a_dead_owner_left_running_is_stopped(tmp_path: Path) -> None:
    with claimed(DataDirectory(tmp_path / "data"), "run") as directory:
        orphan = sleeper("worker", directory=directory)
        orphan.start()
        left = (directory.path / "running.json").read_text()
    (tmp_path / "data" / "running.json").write_text(left)
    with claimed(DataDirectory(tmp_path / "data"), "run"):
        assert not orphan.running


def test_a_process_that_only_has_the_number_of_an_old_one_is_left_alone(tmp_path: Path) -> None:
    with claimed(DataDirectory(tmp_path / "data"), "run") as directory:
        stranger = sleeper("worker", directory=directory)
        stranger.start()
        left = (directory.path / "running.json").read_text()
    moment = started_at(stranger.pid)
    assert moment is not None
    (tmp_path / "data" / "running.json").write_text(left.replace(moment, "another moment"))
    with claimed(DataDirectory(tmp_path / "data"), "run"):
        assert stranger.running
    stranger.stop()


def test_an_interrupted_note_does_not_hinder_the_next_start(tmp_path: Path) -> None:
    with claimed(DataDirectory(tmp_path / "data"), "run"):
        pass
    (tmp_path / "data" / "running.json").write_text('{"what": "ru')
    with claimed(DataDirectory(tmp_path / "data"), "run") as directory:
        assert (directory.path / MARKER).exists()


# --- processes ----------------------------------------------------------------------------------------------
def test_a_stopped_process_takes_its_own_children_with_it(tmp_path: Path) -> None:
    with claimed(DataDirectory(tmp_path / "data"), "test") as directory:
        parent = sleeper("parent", "sh", "-c", "sleep 60 & echo $!; trap '' TERM; wait", directory=directory)
        parent.patience = 0.3
        parent.start()
        while not parent.last_lines:
            assert parent.running
        child = int(parent.last_lines[0])
        parent.stop()
        assert not parent.running
        assert started_at(child) is None


def test_a_part_that_dies_is_started_again_and_a_part_that_keeps_dying_waits_longer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with claimed(DataDirectory(tmp_path / "data"), "test") as directory:
        steady, failing = (
            sleeper("steady", directory=directory),
            sleeper("failing", "false", directory=directory),
        )
        supervisor = Supervisor([steady, failing], StopSignals())
        for part in supervisor.parts:
            part.start()
        steady.kill()
        failing.wait()
        supervisor.look(now=100)
        supervisor.look(now=100)
        assert steady.running
        failing.wait()
        supervisor.look(now=101)
        supervisor.look(now=101.5)
        told = capsys.readouterr().out
        assert "failing ended unexpectedly (1); starting it again in 0 s." in told
        assert "failing ended unexpectedly (1); starting it again in 1 s." in told
        steady.stop()


def test_a_process_group_of_our_own_keeps_a_terminals_ctrl_c_away(tmp_path: Path) -> None:
    with claimed(DataDirectory(tmp_path / "data"), "test") as directory:
        child = sleeper("child", directory=directory)
        child.start()
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
        child.stop()
        assert child.exit_code == -signal.SIGTERM


def test_a_unix_socket_path_of_the_longest_length_can_be_bound(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="p"))
    name = "s" * (LONGEST_SOCKET_PATH - len(os.fsencode(folder)) - 1)
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(str(folder / name))
    (folder / name).unlink()
    folder.rmdir()
