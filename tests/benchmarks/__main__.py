"""Measures small, large and on request huge plans on the servers that the environment names, one size after another.

Run by `make bench` on servers of its own. Writes build/bench.json and build/bench.txt; bars that are missed are shown,
and only a measurement that failed makes it fail.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")
os.environ.setdefault("LOG_LEVEL", "WARNING")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from tests.benchmarks import report, synthetic  # noqa: E402
from tests.benchmarks.timing import Measured  # noqa: E402

USUAL = ["small", "large"]


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    machine = _machine()
    print(machine, flush=True)  # noqa: T201
    call_command("migrate", verbosity=0)
    rows: list[Measured] = []
    failed = 0
    for size in options.sizes:
        found, exit_code = _measure(size, options.repeats, options.only)
        rows += found
        failed = failed or exit_code
    options.out.mkdir(parents=True, exist_ok=True)
    table = report.as_text(rows, machine)
    (options.out / "bench.json").write_text(
        json.dumps(report.as_json(rows), indent=1, ensure_ascii=False), encoding="utf-8"
    )
    (options.out / "bench.txt").write_text(table + "\n", encoding="utf-8")
    print(f"\n{table}")  # noqa: T201
    return failed


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", allow_abbrev=False)
    parser.add_argument("--huge", action="store_true", help="一千萬筆 also 10,000,000 facts")
    parser.add_argument("--sizes", type=_sizes, help="例如 e.g. small,large")
    parser.add_argument("--only", action="append", default=[], choices=[*report.BARS], metavar="NAME")
    parser.add_argument("--repeats", type=int, default=0, help="次數，趕時間時用 how often, when in a hurry")
    parser.add_argument("--out", type=Path, default=settings.BASE_DIR / "build")
    options = parser.parse_args(arguments)
    options.sizes = options.sizes or [*USUAL, *(["huge"] if options.huge else [])]
    return options


def _sizes(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in synthetic.SIZES]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such size: {', '.join(unknown)}")
    return names


def _measure(size: str, repeats: int, only: Sequence[str]) -> tuple[list[Measured], int]:
    """One size in a process and a database of its own; what it measured, and its exit code."""
    with _database(size) as url, tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "tests.benchmarks.one_size", size, file.name, str(repeats), *only]
        environment = {**os.environ, "DATABASE_URL": url}
        exit_code = subprocess.call(command, cwd=settings.BASE_DIR, env=environment)
        text = Path(file.name).read_text(encoding="utf-8")
    return [Measured(**row) for row in json.loads(text or "[]")], exit_code


@contextmanager
def _database(size: str) -> Iterator[str]:
    """A copy of the migrated, empty database, dropped at the end; gives its address."""
    name = f"{connection.settings_dict['NAME']}_{size}"
    _on_no_database(f'DROP DATABASE IF EXISTS "{name}"')
    _on_no_database(f'CREATE DATABASE "{name}" TEMPLATE "{connection.settings_dict["NAME"]}"')
    given = urlsplit(os.environ["DATABASE_URL"])
    yield given._replace(path=f"{given.path.rpartition('/')[0]}/{name}").geturl()
    _on_no_database(f'DROP DATABASE "{name}"')


def _on_no_database(statement: str) -> None:
    """What is done to databases is done from outside all of them: one that is connected to is no template."""
    connection.close()
    connection.close_pool()
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def _machine() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    return (
        f"{_processor()}, {os.cpu_count()} cores; PostgreSQL {version}, fsync {fsync}; "
        f"Python {platform.python_version()}, Django {django.get_version()}; {platform.system()}"
    )


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    if known.exists():
        for line in known.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
