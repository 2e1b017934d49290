"""What every test may ask for: the loaded plan, people in their roles, and an open quarter.

The plan is loaded once per worker (`tests.stages`). A test that commits empties the database behind it; the `plan`
fixture then puts the plan back.
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

from portal import translations
from programs.models import Plan
from reports.models import ReportingQuarter
from tests import stages
from tests.people import People

STAGES = stages.Stages()


def pytest_configure() -> None:
    """English pages read the catalogue as it is now."""
    translations.compile_stale(Path(django_settings.LOCALE_PATHS[0]))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    STAGES.choose(item)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        call_command("load_plan", verbosity=0)
        STAGES.set_up()
    yield
    with django_db_blocker.unblock():
        STAGES.tear_down()


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
        stages.put_back()
    return Plan.objects.get(is_managed=True)


@pytest.fixture
def people(plan: Plan) -> People:
    return People()


@pytest.fixture
def open_round(plan: Plan, people: People) -> ReportingQuarter:
    """112Q1, open for reports."""
    return STAGES.open_round(plan, people)
