"""What every test may ask for: the loaded plan, people in their roles, and an open quarter.

The plan is loaded once per database. A test with a transaction of its own empties the database behind it; the
`plan` fixture then loads it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import call_command
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from programs.models import Plan
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        call_command("load_plan", verbosity=0)


@pytest.fixture(autouse=True)
def _starts_in_chinese() -> Iterator[None]:
    """An English page leaves its language behind for whatever runs next in the same thread."""
    with translation.override(django_settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture
def evidence_store(tmp_path: Path, settings: Settings) -> Path:
    """An empty folder where this test's evidence lies."""
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    return tmp_path / "evidence"


@pytest.fixture
def plan(db: None) -> Plan:
    """臺灣 AI 行動計畫 2.0 as the fixtures say it, with its quarters planned."""
    if not Plan.objects.filter(is_managed=True).exists():
        call_command("load_plan", verbosity=0)
    return Plan.objects.get(is_managed=True)


@pytest.fixture
def people(plan: Plan) -> People:
    return People()


@pytest.fixture
def open_round(plan: Plan, people: People) -> ReportingQuarter:
    """112Q1, open for reports."""
    return rounds.opened(plan, "112Q1", people)
