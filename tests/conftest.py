"""What every test may ask for: the loaded plan, people in their roles, and an open quarter.

The plan is loaded once per worker (`tests.stages`). A test that commits empties the database behind it; the `plan`
fixture then puts the plan back.
"""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import call_command
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from kpis.services.rollups import recompute_stale_figures
from ministries import clock
from ministries.models import DemonstrationRun
from portal import translations
from programs.models import Plan
from reports import demonstration, services
from reports.models import ReportingQuarter
from tests import rounds, stages
from tests.people import People

# A busy machine is no fault of the product; and the examples of a property share a test's database on purpose.
hypothesis.settings.register_profile(
    "portal",
    parent=hypothesis.settings.default,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("portal")


def pytest_configure() -> None:
    """English pages read the catalogue as it is now."""
    translations.compile_stale(Path(django_settings.LOCALE_PATHS[0]))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and tests are there to stay: to look through them for garbage again and again took a tenth of a run."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    stages.STAGES.choose(item)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        call_command("load_plan", verbosity=0)
    with stages.STAGES.open(django_db_blocker):
        yield


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


@stages.stage()
def open_round(plan: Plan, people: People) -> ReportingQuarter:
    """112Q1, open for reports."""
    return rounds.opened(plan, "112Q1", people)


THREE_QUARTERS = {
    "last_quarter": "112Q3",
    "published_until": "112Q2",
    "missing": 15,
    "corrected": 40,
    "late": 40,
    "in_progress": {"accepted": 30, "submitted": 40, "returned": 10},
}


@stages.stage()
def generated(plan: Plan, people: People) -> DemonstrationRun:
    """Demonstration data of three quarters, the last still under review; for the tests of the group "demonstration"."""
    chosen: dict[str, Any] = {**demonstration.parameters(), **THREE_QUARTERS}
    chosen["milestones"]["programs"] = 100
    told: list[str] = []
    assert demonstration.generate(plan=plan, tell=told.append, chosen=chosen)
    assert told == ["112Q1", "112Q2", "112Q3"], "it tells its progress quarter by quarter"
    return DemonstrationRun.objects.get()


@stages.stage()
def turned_round(plan: Plan, people: People) -> ReportingQuarter:
    """112Q1, opened by itself on its day."""
    with clock.set_to(datetime.combine(date(2023, 4, 1), time(9), clock.TAIPEI)):
        services.turn_quarters()
    return rounds.round_of(plan, "112Q1")


@stages.stage(upon="open_round")
def accepted_round(plan: Plan, people: People) -> ReportingQuarter:
    """112Q1 with 國科會's report accepted and rolled up: 100 of KR1.1."""
    round_ = rounds.round_of(plan, "112Q1")
    rounds.accepted(rounds.report_of(round_, "NSTC"), people, value=100)
    recompute_stale_figures()
    return round_
