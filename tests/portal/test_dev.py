"""The launcher installs what the locks say, once, and a mistake costs one message and nothing else."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from portal.embedded.binaries import as_ordinary_user
from tests.portal.launched import dev, free_port

ROOT = Path(__file__).resolve().parents[2]


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


def test_a_data_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    # Root may write everywhere, but not where it is nobody in particular.
    tried = dev("run", "--data", str(tmp_path / "data"), within=as_ordinary_user())
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


def test_a_half_made_environment_is_completed_or_made_again(empty_checkout: Path) -> None:
    launch(empty_checkout, "run")
    (empty_checkout / ".venv" / "installed-embedded").unlink()
    interrupted = launch(empty_checkout, "run")
    assert "Installing packages (embedded.txt)" in interrupted.stdout
    assert "Making the virtual environment" not in interrupted.stdout
    (empty_checkout / ".venv" / "bin" / "python").unlink()
    without_python = launch(empty_checkout, "run")
    assert "Making the virtual environment" in without_python.stdout
    assert without_python.returncode == 7


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
