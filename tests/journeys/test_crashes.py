"""Whatever is killed between an acceptance and its roll-up, after the restart the figures are right.

Real servers, a real worker and a real beat, all of our own, ended by SIGKILL.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.live_site import Site, live_site, running

pytestmark = pytest.mark.xdist_group("crashes")

ACTS = "tests.journeys.crash_site"
RIGHT_FIGURES = """
SELECT count(*) FILTER (WHERE f.quarter_numerator = o.total), count(*)
FROM (SELECT indicator_id, sum(value) AS total FROM kpis_observation
      WHERE superseded_at IS NULL AND statement = 'value' GROUP BY indicator_id) o
LEFT JOIN kpis_indicatorfigure f ON f.indicator_id = o.indicator_id
    AND f.quarter = (SELECT min(quarter) FROM kpis_observation)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Site]:
    with live_site(tmp_path_factory.mktemp("crash") / "data", migrated) as site:
        site.do("-m", ACTS, "prepare")
        yield site


def figures_become_right(site: Site) -> bool:
    """With a worker and a beat as in production: whether every figure is the sum of its facts once none is stale."""
    with running(site.worker(), site.beat()):
        if not site.comes_true(lambda: not site.is_stale):
            return False
    right, facts = site.ask(RIGHT_FIGURES)
    return facts != 0 and right == facts


def test_a_worker_killed_with_the_message_in_its_hands_loses_nothing(site: Site) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with (
        site.servers.postgres.connect() as blocker,
        blocker.transaction(),
        running(site.worker()),
    ):
        # The worker takes the message and then waits for a table that we hold: it is killed in mid-task.
        blocker.execute("LOCK TABLE kpis_indicatorfigure IN ACCESS EXCLUSIVE MODE")
        site.do("-m", ACTS, "accept", "MOE")
        assert site.comes_true(lambda: site.ask(waiting) != (0,))
    assert site.is_stale
    assert figures_become_right(site)


def test_a_broker_killed_after_the_acceptance_loses_nothing(site: Site) -> None:
    site.do("-m", ACTS, "accept", "MODA")
    site.servers.kill("valkey")
    assert site.is_stale
    site.servers.restart("valkey")
    assert figures_become_right(site)


def test_an_acceptance_while_the_broker_is_down_is_saved_and_rolled_up_later(site: Site) -> None:
    site.servers.kill("valkey")
    site.do("-m", ACTS, "accept", "MOL")
    assert site.is_stale
    site.servers.restart("valkey")
    assert figures_become_right(site)


def test_a_database_killed_after_the_acceptance_loses_nothing(site: Site) -> None:
    site.do("-m", ACTS, "accept", "NSTC")
    site.servers.kill("postgres")
    site.servers.restart("postgres")
    assert site.is_stale
    assert figures_become_right(site)
