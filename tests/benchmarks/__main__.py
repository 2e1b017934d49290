"""Measures the roll-up on the demonstration data against plain SQL, interleaved, and writes `build/bench.json`.

Run by `make bench` on servers of its own. Times are medians of the repeats, in milliseconds.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from kpis.models import Observation  # noqa: E402
from kpis.services import rollups  # noqa: E402
from programs.models import Plan  # noqa: E402

REPEATS = 7
SUMMARY = """
CREATE TEMPORARY TABLE IF NOT EXISTS bench_summary
    (indicator_id bigint, year int, total numeric, PRIMARY KEY (indicator_id, year))
"""
GROUP_BY = """
INSERT INTO bench_summary
SELECT indicator_id, quarter / 4, sum(value) FROM kpis_observation
WHERE superseded_at IS NULL {only} GROUP BY 1, 2
ON CONFLICT (indicator_id, year) DO UPDATE SET total = excluded.total
"""


@dataclass(frozen=True)
class Measure:
    name: str
    size: str
    ours_ms: float
    floor_ms: float
    ratio: float
    queries: int


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def measure(name: str, size: str, ours: Callable[[], object], floor: Callable[[], object]) -> Measure:
    """Ours and the floor in turn; the first round warms up and does not count."""
    with CaptureQueriesContext(connection) as captured:
        ours()
    floor()
    rounds = [(timed(ours), timed(floor)) for _ in range(REPEATS)]
    our_ms, floor_ms = (median(column) for column in zip(*rounds, strict=True))
    return Measure(
        name, size, round(our_ms, 2), round(floor_ms, 2), round(our_ms / floor_ms, 1), len(captured)
    )


def run(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def floor_of_one_acceptance(fact: Observation) -> None:
    """Touch one row, re-sum its indicator, upsert, commit."""
    with transaction.atomic():
        run("UPDATE reports_line SET order = order WHERE id = -1".replace("order", '"order"'))
        run(GROUP_BY.format(only="AND indicator_id = %s"), fact.indicator_id)


def one_acceptance(plan: Plan, fact: Observation) -> None:
    with transaction.atomic():
        rollups.mark_stale(plan=plan, quarter=fact.quarter, indicators=[fact.indicator_id])
    rollups.recompute_plan(plan.pk)


def main() -> None:
    plan = Plan.objects.get(is_managed=True)
    fact = Observation.objects.filter(indicator__plan=plan, value__isnull=False).latest("quarter")
    size = f"{plan.indicators.count()} indicators, {Observation.objects.count()} facts"
    run(SUMMARY)
    measures = [
        measure("rebuild", size, lambda: rollups.rebuild(plan=plan), lambda: run(GROUP_BY.format(only=""))),
        measure(
            "incremental", size, lambda: one_acceptance(plan, fact), lambda: floor_of_one_acceptance(fact)
        ),
    ]
    out = Path(settings.BASE_DIR) / "build" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps([asdict(each) for each in measures], indent=1), encoding="utf-8")
    print(f"{'name':<12} {'ours ms':>9} {'floor ms':>9} {'ratio':>7} {'queries':>8}  size")  # noqa: T201
    for each in measures:
        row = f"{each.name:<12} {each.ours_ms:>9} {each.floor_ms:>9} {each.ratio:>7} {each.queries:>8}  {each.size}"
        print(row)  # noqa: T201


if __name__ == "__main__":
    main()
