"""Every check runs even when an earlier one failed, and the exit code is zero only when all passed.

Knows which checks there are, not what they look for.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from portal.embedded.datadir import DataDirectory, claimed
from portal.embedded.processes import ROOT
from portal.embedded.servers import environment_for, running_servers
from portal.embedded.words import say

PYTHON_SOURCES = [
    "portal",
    "reports",
    "kpis",
    "programs",
    "ministries",
    "tests",
    "manage.py",
    "dev",
]
# The slowest first: two run at a time.
LINTS: dict[str, list[str]] = {
    "mypy": ["mypy", *PYTHON_SOURCES],
    "djlint": ["djlint", "--lint", "--quiet", "."],
    "import-linter": ["lint-imports", "--no-cache"],
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
}
# Two more than two cores: journeys and crashes mostly wait for browsers, workers and servers.
PARALLEL = ["-n", "4", "--dist", "loadgroup"]


def lint() -> int:
    """Run the static checks two at a time; one line each, and the findings of those that failed."""
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for result in pool.map(_run_lint, LINTS.items()):
            failed += not _report(*result)
    return 1 if failed else 0


def _run_lint(check: tuple[str, Sequence[str]]) -> tuple[str, float, "subprocess.CompletedProcess[str]"]:
    name, (program, *arguments) = check
    began = time.monotonic()
    done = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings.test"},
        capture_output=True,
        text=True,
        check=False,
    )
    return name, time.monotonic() - began, done


def _report(name: str, seconds: float, done: "subprocess.CompletedProcess[str]") -> bool:
    passed = done.returncode == 0
    verdict = "通過 passed" if passed else "未通過 FAILED"
    print(f"{name:<14} {verdict:<12} {seconds:6.1f} s", flush=True)
    if not passed:
        print(done.stdout + done.stderr, flush=True)
    return passed


def test(arguments: Sequence[str]) -> int:
    """All checks and all tests; with arguments only pytest, which is given them as they stand."""
    linted = 0 if arguments else lint()
    tested = with_temporary_servers(
        "test", lambda environment: _pytest(arguments or PARALLEL, environment), is_fleeting=True
    )
    if not arguments:
        zh, en = ("檢查與測試全部通過。", "All checks and tests passed.")
        if linted or tested:
            zh, en = ("有檢查或測試未通過，見上文。", "Some checks or tests failed; see above.")
        say(f"\n{zh}", en)
    return linted or tested


def _pytest(arguments: Sequence[str], environment: dict[str, str]) -> int:
    environment = {**environment, "DJANGO_SETTINGS_MODULE": "portal.settings.test"}
    return subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment)


def bench(arguments: Sequence[str]) -> int:
    """Measure on synthetic plans in databases of their own, which are thrown away afterwards."""

    def measure(environment: dict[str, str]) -> int:
        command = [sys.executable, "-m", "tests.benchmarks", *arguments]
        return subprocess.call(command, cwd=ROOT, env=environment)

    return with_temporary_servers("bench", measure)


def screenshots(arguments: Sequence[str]) -> int:
    """Take a picture of every page as every role, of demonstration data in a database of its own."""

    def take(environment: dict[str, str]) -> int:
        return subprocess.call(
            [sys.executable, "-m", "tests.screenshots", *arguments], cwd=ROOT, env=environment
        )

    return with_temporary_servers("screenshots", take)


def with_temporary_servers(
    what: str, work: Callable[[dict[str, str]], int], *, is_fleeting: bool = False
) -> int:
    """Call `work` with an environment whose servers live in a temporary folder and end with it.

    Servers that DATABASE_URL and REDIS_URL name are left alone: tests empty caches, and a measurement loads made-up
    data.
    """
    with (
        tempfile.TemporaryDirectory(prefix=f"portal-{what}-") as folder,
        claimed(DataDirectory(Path(folder) / "data"), what) as directory,
        running_servers(directory, is_fleeting=is_fleeting) as servers,
    ):
        return work(environment_for(servers, directory))
