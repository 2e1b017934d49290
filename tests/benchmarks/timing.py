"""Ours and the floor take turns, and a measure is the median of the turns; what prepares a turn is outside the clock.

The first turn warms up: it is not timed, but its queries are counted and Python's memory is watched.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext

Act = Callable[[], object]
Prepared = Callable[[], Act]  # prepares one turn and returns what is timed


@dataclass(frozen=True)
class Measured:
    """Times in milliseconds, as medians (`accept_to_visible`: the 95th percentile) with their ranges.

    `ratio` is ours to the floor; of public pages the floor to ours, which is that of requests a second. `queries` is empty where asking again and again is part of the measure. `python_mb` is the highest memory of the process during ours. `of` says in words what was measured.
    """

    name: str
    size: str
    ours_ms: float
    floor_ms: float | None
    ratio: float | None
    queries: int | None
    ours_range_ms: tuple[float, float]
    floor_range_ms: tuple[float, float] | None
    repeats: int
    python_mb: float
    of: str = ""


def measure(name: str, size: str, ours: Prepared, floor: Prepared, *, repeats: int, of: str = "") -> Measured:
    """Ours against the floor, turn by turn."""
    queries, peak = examined(ours)
    floor()()
    turns = [(timed(ours()), timed(floor())) for _ in range(repeats)]
    our_times, floor_times = ([turn[side] for turn in turns] for side in (0, 1))
    our_ms, floor_ms = median(our_times), median(floor_times)
    return Measured(
        name=name,
        size=size,
        ours_ms=round(our_ms, 2),
        floor_ms=round(floor_ms, 2),
        ratio=round(our_ms / floor_ms, 2),
        queries=queries,
        ours_range_ms=_range(our_times),
        floor_range_ms=_range(floor_times),
        repeats=repeats,
        python_mb=peak,
        of=of,
    )


def percentile(name: str, size: str, ours: Prepared, *, repeats: int, of: str = "") -> Measured:
    """What 95 in 100 turns stay within; for what has no floor and waits for others."""
    _queries, peak = examined(ours)
    times = sorted(timed(ours()) for _ in range(repeats))
    within = times[-(-95 * len(times) // 100) - 1]
    return Measured(
        name=name,
        size=size,
        ours_ms=round(within, 2),
        floor_ms=None,
        ratio=None,
        queries=None,
        ours_range_ms=_range(times),
        floor_range_ms=None,
        repeats=repeats,
        python_mb=peak,
        of=f"{of}, median {median(times):.0f} ms".removeprefix(", "),
    )


def examined(ours: Prepared) -> tuple[int, float]:
    """The warming turn: its queries (BEGIN and COMMIT are none) and Python's highest memory in MB."""
    act = ours()
    gc.collect()
    _forget_highest_memory()
    with CaptureQueriesContext(connection) as captured:
        act()
    framing = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")
    return sum(not str(each["sql"]).startswith(framing) for each in captured), highest_memory()


def timed(act: Act) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _range(times: list[float]) -> tuple[float, float]:
    return round(min(times), 2), round(max(times), 2)


def _forget_highest_memory() -> None:
    """Linux starts the mark anew; elsewhere it stays that of the whole process so far."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def highest_memory() -> float:
    """The highest resident memory since it was last forgotten, in MB."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)
