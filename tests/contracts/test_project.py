"""Rules over the whole project: what is written down exists, and nothing lags behind anything else."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands
from django.template.loader import get_template
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(settings.BASE_DIR)
APPS = ("portal", "reports", "kpis", "programs", "ministries")
TEMPLATES = sorted(
    str(path.relative_to(folder))
    for folder in [*ROOT.glob("*/templates")]
    for path in folder.rglob("*")
    if path.is_file()
)
LOCKS = {"product": [], "embedded": ["embedded"], "development": ["embedded", "development"]}
"""Which of the project's extras each lock holds."""
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = [
    path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts
]


def test_no_migration_is_missing(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_compiles(name: str) -> None:
    get_template(name)


def test_the_checks_of_django_find_nothing(db: None) -> None:
    call_command("check", fail_level="WARNING", stderr=StringIO())


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_every_dependency_is_locked(lock: str, extras: list[str]) -> None:
    """What was only installed by hand is missing on the next machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = sum((project["optional-dependencies"][extra] for extra in extras), project["dependencies"])
    names = {canonicalize_name(Requirement(each).name) for each in wanted}
    text = (ROOT / "portal" / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    assert names <= set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)), "run make lock"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
    missing = [link for link in links if not (path.parent / link).exists()]
    assert missing == []


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {"run", "test"} <= named <= targets


def test_every_management_command_that_a_document_names_exists() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    named = set(re.findall(r"(?:\./dev|manage\.py)(?: --data \S+)? manage ([a-z_]+)", text))
    named |= set(re.findall(r"manage\.py ([a-z_]+)", text))
    assert named and named <= set(get_commands())


def test_the_launcher_says_what_it_can_do() -> None:
    done = subprocess.run([sys.executable, ROOT / "dev"], capture_output=True, text=True, cwd=ROOT)
    for word in ("run", "test", "manage", "bench", "screenshots"):
        assert word in done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_begins_by_saying_what_it_owns(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or text.startswith('"""')


def test_nothing_is_left_for_later_in_the_code() -> None:
    later = re.compile("TO" + "DO|FIX" + "ME|XX" + "X")
    left = [str(path) for path in SOURCES if later.search(path.read_text(encoding="utf-8"))]
    assert left == []
