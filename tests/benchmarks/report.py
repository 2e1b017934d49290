"""Each measure is held against its bar; a bar that is missed is shown as missed. Knows no database and no clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks.timing import Measured

ACCEPT_QUERIES, DASHBOARD_QUERIES = 15, 10
GROWTH = 1.5
VISIBLE_MS, SEEN_MS = 1_000, 2_000
CACHED_TIMES, UNCACHED_TIMES, UNCACHED_QUERIES = 0.8, 0.25, 8


@dataclass(frozen=True)
class Verdict:
    """The bar in words, and whether it was met."""

    bar: str
    met: bool


def verdict(row: Measured, rows: Sequence[Measured]) -> Verdict:
    """`rows` are all sizes' measures: some bars compare sizes."""
    return BARS[row.name](row, [each for each in rows if each.name == row.name])


def _at_most(times: float) -> Callable[[Measured, Sequence[Measured]], Verdict]:
    def judge(row: Measured, _same: Sequence[Measured]) -> Verdict:
        return Verdict(f"≤ {times:g} ×", row.ratio is not None and row.ratio <= times)

    return judge


def _incremental(row: Measured, same: Sequence[Measured]) -> Verdict:
    within = row.ratio is not None and row.ratio <= 10
    small = next((each.ours_ms for each in same if each.size == "small"), None)
    if row.size != "huge" or small is None:
        return Verdict("≤ 10 ×", within)
    growth = row.ours_ms / small
    return Verdict(f"≤ 10 ×; ≤ {GROWTH} × small: {growth:.2f} ×", within and growth <= GROWTH)


def _accept(row: Measured, same: Sequence[Measured]) -> Verdict:
    alike = len({each.queries for each in same}) == 1
    return Verdict(
        f"≤ {ACCEPT_QUERIES} queries, the same at all sizes", (row.queries or 0) <= ACCEPT_QUERIES and alike
    )


def _bulk_accept(_row: Measured, same: Sequence[Measured]) -> Verdict:
    return Verdict("queries independent of lines", len({each.queries for each in same}) == 1)


def _visible(row: Measured, _same: Sequence[Measured]) -> Verdict:
    return Verdict("95 % under 1 s", row.ours_ms < VISIBLE_MS)


def _followers(row: Measured, _same: Sequence[Measured]) -> Verdict:
    return Verdict("all within 2 s", row.ours_ms <= SEEN_MS)


def _dashboard(row: Measured, _same: Sequence[Measured]) -> Verdict:
    met = (row.queries or 0) <= DASHBOARD_QUERIES and row.ratio is not None and row.ratio <= 5
    return Verdict(f"≤ 5 ×, ≤ {DASHBOARD_QUERIES} queries", met)


def _at_least(times: float) -> Callable[[Measured, Sequence[Measured]], Verdict]:
    """Requests a second, of those that a page answers which does nothing."""

    def judge(row: Measured, _same: Sequence[Measured]) -> Verdict:
        fast = row.ratio is not None and row.ratio >= times
        most = 0 if times == CACHED_TIMES else UNCACHED_QUERIES
        return Verdict(f"≥ {times:g} × hello, ≤ {most} queries", fast and (row.queries or 0) <= most)

    return judge


BARS: dict[str, Callable[[Measured, Sequence[Measured]], Verdict]] = {
    "rebuild": _at_most(5),
    "incremental": _incremental,
    "accept": _accept,
    "accept_to_visible": _visible,
    "bulk_accept": _bulk_accept,
    "dashboard": _dashboard,
    "explain": _at_most(5),
    "as_of": _at_most(5),
    "followers": _followers,
    "public_home": _at_least(CACHED_TIMES),
    "public_home_uncached": _at_least(UNCACHED_TIMES),
    "public_kpi": _at_least(CACHED_TIMES),
    "public_kpi_uncached": _at_least(UNCACHED_TIMES),
}


def as_json(rows: Sequence[Measured]) -> list[dict[str, object]]:
    """The rows of build/bench.json."""
    found = []
    for row in rows:
        judged = verdict(row, rows)
        found.append({**vars(row), "bar": judged.bar, "met": judged.met})
    return found


def as_text(rows: Sequence[Measured], machine: str) -> str:
    """The table, measure by measure, with the machine it was measured on."""
    header = [
        "name",
        "size",
        "ours ms",
        "(range)",
        "floor ms",
        "(range)",
        "ratio",
        "queries",
        "MB",
        "bar",
        "",
    ]
    names = list(dict.fromkeys(row.name for row in rows))
    ordered = sorted(rows, key=lambda row: names.index(row.name))
    cells = [header, *(_cells(row, rows) for row in ordered)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]
    lines = []
    for line in cells:
        padded = [
            cell.rjust(width) if 2 <= column <= 8 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    missed = sum(not verdict(row, rows).met for row in rows)
    lines += ["", f"{len(rows) - missed} of {len(rows)} bars met.", machine]
    return "\n".join(lines)


def _cells(row: Measured, rows: Sequence[Measured]) -> list[str]:
    judged = verdict(row, rows)
    return [
        row.name,
        row.size,
        _number(row.ours_ms),
        _between(row.ours_range_ms),
        "" if row.floor_ms is None else _number(row.floor_ms),
        "" if row.floor_range_ms is None else _between(row.floor_range_ms),
        "" if row.ratio is None else f"{row.ratio:.2f}",
        "" if row.queries is None else str(row.queries),
        f"{row.python_mb:.0f}",
        f"{'✓' if judged.met else '✗'} {judged.bar}",
        row.of,
    ]


def _number(milliseconds: float) -> str:
    return f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.2f}"


def _between(span: tuple[float, float]) -> str:
    return f"({_number(span[0])}–{_number(span[1])})"
