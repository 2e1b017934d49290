"""The benchmark measures what it says: its plans are the same every time, its bars are read right, and it runs."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.benchmarks import report, synthetic
from tests.benchmarks.synthetic import SIZES, Size
from tests.benchmarks.timing import Measured, measure, percentile

ISSUE_KEYS = {"name", "size", "ours_ms", "floor_ms", "ratio", "queries"}


def stated(size: Size) -> list[list[str]]:
    """Every fact of a size, in the columns of FACT_COLUMNS."""
    return [
        row.rstrip("\n").split("\t")
        for quarter in synthetic.quarters()
        for organisation in range(1, size.organisations + 1)
        for row in synthetic.facts(size, quarter, organisation)
    ]


def measured(
    name: str, size: str = "small", ours_ms: float = 1, floor_ms: float = 1, queries: int = 1
) -> Measured:
    return Measured(name, size, ours_ms, floor_ms, ours_ms / floor_ms, queries, (0, 9), (0, 9), 5, 80)


# --- plans -------------------------------------------------------------------------------------------------
def test_a_plan_of_a_size_is_the_same_on_every_machine():
    size = Size("some", 100, 3)
    text = repr((stated(size), list(synthetic.targets(size)), list(synthetic.scheduled_shares(size))))
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "08aeff11c50bd53b806d09e515b03228527dde875ae73610da3554701aef1763"
    )


def test_sizes_hold_as_many_facts_as_the_issue_names():
    assert SIZES["small"].facts == 16 * 8 * 16
    assert SIZES["large"].facts == 320_000
    assert SIZES["huge"].facts == 10_000_000
    assert len(stated(SIZES["small"])) == pytest.approx(SIZES["small"].facts, rel=0.01)


def test_kinds_gaps_and_corrections_are_mixed_as_in_a_real_plan():
    size = Size("some", 200, 5)
    kinds = Counter(shape.kind for shape in size.shapes)
    assert kinds == {"flow": 90, "stock": 50, "ratio": 30, "maximum": 10, "rank": 10, "milestone": 10}
    assert {shape.kind for shape in SIZES["small"].shapes} == set(kinds)
    facts = [dict(zip(synthetic.FACT_COLUMNS, row, strict=True)) for row in stated(size)]
    superseded = sum(fact["superseded_at"] != synthetic.NULL for fact in facts)
    silent = sum(fact["statement"] == "nothing_due" for fact in facts) + size.facts - len(facts) + superseded
    assert superseded / size.facts == pytest.approx(0.01, abs=0.003)
    assert silent / size.facts == pytest.approx(0.03, abs=0.005)


def test_every_pillar_and_sub_item_has_indicators():
    shapes = SIZES["small"].shapes
    assert {shape.pillar for shape in shapes} == {1, 2, 3, 4, 5}
    assert {each for shape in shapes for each in shape.sub_items} == set(range(1, synthetic.SUB_ITEMS + 1))
    assert {len(shape.sub_items) for shape in shapes} == {1, 2}


# --- timing ------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_ours_and_the_floor_take_turns_and_what_prepares_them_is_not_timed():
    heard: list[str] = []

    def turn(name: str) -> Any:
        def prepare() -> Any:
            heard.append(f"{name} prepares")
            return lambda: heard.append(name)

        return prepare

    row = measure("rebuild", "small", turn("ours"), turn("floor"), repeats=5)
    assert heard == ["ours prepares", "ours", "floor prepares", "floor"] * 6
    assert row.repeats == 5 and row.queries == 0 and row.python_mb > 10


@pytest.mark.django_db
def test_the_95th_percentile_leaves_out_the_slowest_of_twenty():
    row = percentile("accept_to_visible", "small", lambda: lambda: None, repeats=20)
    fastest, slowest = row.ours_range_ms
    assert fastest <= row.ours_ms <= slowest and row.floor_ms is None and row.ratio is None


# --- bars --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name, ratio, met", [("rebuild", 5, True), ("rebuild", 5.1, False), ("incremental", 10, True)]
)
def test_a_ratio_is_held_against_its_bar(name: str, ratio: float, met: bool):
    row = measured(name, ours_ms=ratio)
    assert report.verdict(row, [row]).met is met


def test_incremental_may_grow_by_half_from_small_to_huge():
    small, huge = measured("incremental", "small", 4), measured("incremental", "huge", 6)
    assert report.verdict(huge, [small, huge]).met
    assert not report.verdict(replace(huge, ours_ms=6.1), [small, huge]).met


@pytest.mark.parametrize("name", ["accept", "bulk_accept"])
def test_acceptance_takes_the_same_queries_at_all_sizes(name: str):
    small, large = measured(name, "small", queries=12), measured(name, "large", queries=12)
    assert report.verdict(large, [small, large]).met
    assert not report.verdict(large, [replace(small, queries=11), large]).met


def test_queries_have_bars_of_their_own():
    accept, dashboard = measured("accept", queries=16), measured("dashboard", queries=11)
    assert not report.verdict(accept, [accept]).met
    assert not report.verdict(dashboard, [dashboard]).met


def test_a_public_page_is_held_against_a_page_that_does_nothing():
    kept, anew = measured("public_home", queries=0), measured("public_home_uncached", queries=8)
    for row, least in ((kept, 0.8), (anew, 0.25)):
        assert report.verdict(replace(row, ratio=least), [row]).met
        assert not report.verdict(replace(row, ratio=least - 0.01), [row]).met
        assert not report.verdict(replace(row, ratio=1, queries=9), [row]).met


def test_what_is_missed_is_shown():
    rows = [measured("rebuild", ours_ms=50), measured("incremental", ours_ms=2)]
    text = report.as_text(rows, "a machine")
    assert "✗ ≤ 5 ×" in text and "✓ ≤ 10 ×" in text and "1 of 2 bars met" in text and "a machine" in text


# --- the whole ---------------------------------------------------------------------------------------------
def test_the_benchmark_runs_and_writes_what_the_issue_asks_for(tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks",
        "--sizes",
        "tiny",
        "--repeats",
        "1",
        "--out",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    assert "every figure equals its recomputation" in done.stderr
    rows = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in rows] == list(report.BARS)
    assert all(row.keys() >= ISSUE_KEYS for row in rows)
    waits = {"accept_to_visible", "followers"}
    assert {row["name"] for row in rows if row["floor_ms"] is None} == waits
    assert {row["name"] for row in rows if row["queries"] is None} == {"accept_to_visible"}
    assert {row["name"] for row in rows if row["queries"] == 0} == {"public_home", "public_kpi"}
    assert all(row["ours_ms"] > 0 for row in rows)
    assert (tmp_path / "bench.txt").read_text(encoding="utf-8").strip() in done.stdout
