"""Two thousand acceptances under fire, siblings by pairs, reviewers in each other's way: every figure is right after.

Everything is real and our own: PostgreSQL, Valkey, two workers, a beat, and the processes of whoever decides.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from django.conf import settings

from portal.embedded.processes import Child
from tests.journeys import torture_site
from tests.journeys.live_site import Site, live_site, running

pytestmark = pytest.mark.xdist_group("crashes")

ACTS = torture_site.__name__
ACCEPTORS = 4
ACCEPTANCES = 2000
# How long the killer waits between two kills, in seconds; what it kills is started again at once.
BETWEEN_KILLS = (0.5, 2.5)
# On a busy machine the killer leaves off before the acceptors are through, so that a minute is enough.
KILLING_SECONDS = 30
SEED = 3
REVIEWING_SECONDS = 15
# Only who hangs takes so long.
AT_MOST_SECONDS = 240
VICTIMS: list[Literal["worker", "valkey", "postgres"]] = ["worker", "valkey", "postgres"]

ACCEPTED_ONCE = """
SELECT count(*) FROM reports_report r
JOIN reports_line l ON l.report_id = r.id
JOIN reports_reportingquarter q ON q.id = r.reporting_quarter_id
WHERE r.id = ANY(%s) AND r.state = 'accepted'
  AND (SELECT count(*) FROM reports_reportevent e WHERE e.report_id = r.id AND e.act = 'accept') = 1
  AND (SELECT array_agg((o.revision, coalesce(o.value, o.numerator))) FROM kpis_observation o
       WHERE o.indicator_id = l.indicator_id AND o.organisation_id = r.organisation_id AND o.quarter = q.quarter)
      = ARRAY[(1::smallint, coalesce(l.value, l.numerator))]
"""
WRONG_SUMS = """
SELECT count(*) FROM kpis_indicator i
LEFT JOIN LATERAL (SELECT sum(coalesce(o.value, o.numerator)) AS total FROM kpis_observation o
                   WHERE o.indicator_id = i.id AND o.superseded_at IS NULL) facts ON TRUE
LEFT JOIN LATERAL (SELECT plan_numerator FROM kpis_indicatorfigure f WHERE f.indicator_id = i.id
                   ORDER BY f.quarter DESC LIMIT 1) figure ON TRUE
WHERE i.aggregation IN ('flow', 'ratio') AND facts.total IS DISTINCT FROM figure.plan_numerator
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Site]:
    with live_site(tmp_path_factory.mktemp("torture") / "data", migrated) as site:
        site.do("-m", ACTS, "prepare", str(ACCEPTORS))
        yield site


class Acts:
    """Processes that decide on the site; what each prints is kept in a file of its own."""

    def __init__(self, site: Site, folder: Path) -> None:
        self._site = site
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> None:
        with (self._folder / str(len(self._processes))).open("wb") as printed:
            process = subprocess.Popen(
                [sys.executable, "-m", ACTS, *words],
                cwd=settings.BASE_DIR,
                env={**self._site.environment, "LOG_LEVEL": "ERROR"},
                stdout=printed,
            )
        self._processes.append(process)

    @property
    def are_going_on(self) -> bool:
        return any(process.poll() is None for process in self._processes)

    def end_well(self) -> bool:
        return {process.wait(AT_MOST_SECONDS) for process in self._processes} <= {0}

    def printed(self) -> list[str]:
        return [line for file in sorted(self._folder.iterdir()) for line in file.read_text().splitlines()]

    def kill(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def acts(site: Site, tmp_path: Path) -> Iterator[Acts]:
    acts = Acts(site, tmp_path)
    yield acts
    acts.kill()


def figures_are_right(site: Site) -> bool:
    """Whether the command finds no difference between any stored figure and its recomputation from the facts.

    The sums are held against the facts in plain SQL, too, so that no mistake of the engine's own can hide.
    """
    site.do("manage.py", "verify_rollups")
    return site.ask(WRONG_SUMS) == (0,)


def test_killing_workers_valkey_and_postgresql_at_random_during_2000_acceptances_loses_nothing(
    site: Site, acts: Acts
) -> None:
    """Four acceptors click again where a page fails; whatever they were told is accepted is a fact exactly once."""
    workers, beat = [site.worker("worker-1"), site.worker("worker-2")], site.beat()
    with running(*workers, beat):
        for number in range(ACCEPTORS):
            acts.start("accept", str(number), str(ACCEPTORS))
        killed = kill_at_random(site, workers, acts)
        assert acts.end_well()
        assert site.comes_true(lambda: not site.is_stale)
        assert all(part.running for part in (*workers, beat)), site.said
    assert set(killed) == set(VICTIMS)
    confirmed = [int(line) for line in acts.printed()]
    assert len(set(confirmed)) == len(confirmed) == ACCEPTANCES
    assert site.ask(ACCEPTED_ONCE, confirmed) == (ACCEPTANCES,)
    assert figures_are_right(site)


def kill_at_random(site: Site, workers: list[Child], acts: Acts) -> Counter[str]:
    """Kills one part after the other, in any order but all alike often, as long as anybody decides anything."""
    dice = random.Random(SEED)
    killed: Counter[str] = Counter()
    began = time.monotonic()
    while acts.are_going_on and time.monotonic() < began + KILLING_SECONDS:
        for victim in dice.sample(VICTIMS, len(VICTIMS)):
            time.sleep(dice.uniform(*BETWEEN_KILLS))
            if victim == "worker":
                worker = dice.choice(workers)
                worker.kill()
                worker.clear()
                worker.start()
            else:
                site.servers.kill(victim)
                site.servers.restart(victim)
            killed[victim] += 1
    return killed


def test_of_forty_pairs_of_siblings_accepted_at_the_same_moment_two_workers_get_forty_right(
    site: Site, acts: Acts
) -> None:
    with running(site.worker("worker-1"), site.worker("worker-2"), site.beat()):
        acts.start("accept_pairs", "40")
        assert acts.end_well()
    assert acts.printed() == ["40"]


def test_eight_reviewers_in_each_others_way_meet_no_deadlock(site: Site, acts: Acts) -> None:
    """Two processes of four reviewers, two workers, and a rebuild every couple of seconds."""
    with running(site.worker("worker-1"), site.worker("worker-2"), site.beat()):
        acts.start("review", "0", "4", str(REVIEWING_SECONDS))
        acts.start("review", "4", "8", str(REVIEWING_SECONDS))
        acts.start("rebuild", str(REVIEWING_SECONDS))
        assert acts.end_well()
        assert site.comes_true(lambda: not site.is_stale)
    done: Counter[str] = Counter()
    for line in acts.printed():
        done += Counter(json.loads(line))
    assert set(done) == torture_site.REVIEWING and min(done.values()) >= 2 * torture_site.AT_LEAST, done
    assert site.ask("SELECT sum(deadlocks) FROM pg_stat_database") == (0,)
    assert not [line for line in site.said if "deadlock" in line]
    assert figures_are_right(site)
