"""A real beat rings, a real worker answers: a round opens on its day and another closes, once each, with nobody near."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from programs.quarters import Quarter
from tests.journeys.live_site import Site, live_site, running

pytestmark = pytest.mark.xdist_group("turning")

ACTS = "tests.journeys.turning_site"
MOMENTS = """
SELECT opened_at IS NOT NULL, opened_by_id IS NULL, closed_at IS NOT NULL, closed_by_id IS NULL
FROM reports_reportingquarter WHERE quarter = %s
"""
ENTRIES = "SELECT count(*) FROM ministries_auditentry WHERE act = %s AND actor_id IS NULL"
ENDED, RUNNING = (Quarter.parse(code).ordinal for code in ("112Q1", "112Q2"))


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Site]:
    with live_site(tmp_path_factory.mktemp("turning") / "data", migrated) as site:
        site.do("-m", ACTS, "prepare")
        yield site


def test_rounds_turn_by_themselves_and_only_once(site: Site) -> None:
    beat = site.program("beat", "-m", ACTS, "beat", str(site.folder / "beat-schedule"))
    with running(site.worker("worker-1"), site.worker("worker-2"), beat):
        assert site.comes_true(lambda: site.ask(MOMENTS, RUNNING) == (True, True, False, True)), site.said
        assert site.comes_true(lambda: site.ask(MOMENTS, ENDED) == (True, True, True, True)), site.said
        time.sleep(3)
    reports = site.ask(
        "SELECT count(*) > 5 FROM reports_report r JOIN reports_reportingquarter q"
        " ON q.id = r.reporting_quarter_id WHERE q.quarter = %s",
        RUNNING,
    )
    assert reports == (True,)
    # One round was opened while the site was prepared, the other by the worker; one was closed.
    assert site.ask(ENTRIES, "quarter.open") == (2,)
    assert site.ask(ENTRIES, "quarter.close") == (1,)
