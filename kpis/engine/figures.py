"""The figures of indicators as set-based SQL: the second implementation of the algebra that `kpis.rollup` defines.

One statement computes every quarter of any number of indicators, either to be stored or, as known at some moment, to
be read. It knows no callers and takes no locks: `kpis.services.rollups` does.

Shapes: a *cell* is indicator × quarter, whether or not anything was stated. Kinds that add up over time (flow, ratio)
are summed over windows; the others carry each organisation's last stated value forward as far as its term reaches.
Arithmetic is exact numeric; rates stay numerators over denominators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from kpis.engine.statements import about, prepared, rows, run
from kpis.rollup import ALGEBRA_VERSION
from ministries import clock
from programs.quarters import Quarter

# Which indicators, with their plan's quarters; `through` is the last quarter that is asked for.
_SCOPE = """
scope AS (
    SELECT i.id AS indicator_id, i.plan_id, i.aggregation AS kind, i.baseline,
           i.aggregation IN ('flow', 'ratio') AS adds_over_time, p.first_quarter, p.last_quarter,
           least(p.last_quarter, %(until)s::int) AS through, g.stages, g.shares,
           ARRAY(SELECT generate_series(p.first_quarter, least(p.last_quarter, %(until)s::int))) AS quarters
    FROM kpis_indicator i
    JOIN (SELECT id, (extract(year FROM starts_on) * 4 + extract(quarter FROM starts_on) - 1)::int AS first_quarter,
                 (extract(year FROM ends_on) * 4 + extract(quarter FROM ends_on) - 1)::int AS last_quarter
          FROM programs_plan) p ON p.id = i.plan_id
    LEFT JOIN LATERAL (
        SELECT array_agg(g.id) AS stages, array_agg(g.share) AS shares FROM kpis_milestonestage g
        WHERE i.aggregation = 'milestone' AND g.indicator_id = i.id
    ) g ON TRUE
    WHERE {scope}
),
terms AS (
    SELECT w.indicator_id, w.organisation_id,
           greatest(coalesce(w.from_quarter, s.first_quarter), s.first_quarter) AS first_owed,
           least(coalesce(w.until_quarter, s.last_quarter), s.last_quarter) AS last_owed,
           w.from_quarter > s.first_quarter IS TRUE OR w.until_quarter < s.last_quarter IS TRUE AS is_partial
    FROM kpis_indicatorowner w JOIN scope s USING (indicator_id)
)
"""

# The share of a stage, looked up where one was stated: joined, it would undo the order in which the facts are read.
_SHARE = "s.shares[array_position(s.stages, o.stage_id)]"

# What was stated in the very quarter, in one reading of the facts whatever their kind: a value, a numerator, a rank, or
# the share that a stage has reached. Facts are read indicator by indicator, in the order of an index that holds all that
# is needed of them: the same road for one indicator and for all. An answer outside its organisation's term is owed by
# nobody; few terms are partial.
_SAID = """
said AS (
    SELECT s.indicator_id, f.*
    FROM scope s CROSS JOIN LATERAL (
        SELECT o.quarter::int AS quarter,
               sum(coalesce(o.value, o.numerator)) AS total, sum(o.denominator) AS den,
               max(coalesce(o.value, o.rank)) AS highest, min(coalesce(o.value, {share})) AS lowest,
               count(*) FILTER (WHERE o.statement <> 'withdrawn') AS answered,
               sum(o.revision) AS seen, max(o.accepted_at) AS until
        FROM {observations} o
        WHERE o.indicator_id = s.indicator_id AND o.quarter BETWEEN s.first_quarter AND s.through AND {in_force}
        GROUP BY o.quarter
    ) f
),
unowed AS (
    SELECT t.indicator_id, o.quarter, count(*) AS answered
    FROM terms t CROSS JOIN LATERAL (
        SELECT o.quarter::int AS quarter FROM {observations} o
        WHERE o.indicator_id = t.indicator_id AND o.organisation_id = t.organisation_id AND {in_force}
          AND o.statement <> 'withdrawn' AND o.quarter NOT BETWEEN t.first_owed AND t.last_owed
        OFFSET 0
    ) o
    WHERE t.is_partial
    GROUP BY t.indicator_id, o.quarter
)
"""

# What is carried into quarters in which it was not stated: the gaps, which are few.
_CARRIED = """
series AS (
    SELECT s.indicator_id, s.through, f.*
    FROM scope s CROSS JOIN LATERAL (
        SELECT o.organisation_id, o.quarter::int AS since, coalesce(o.value, o.rank::numeric, {share}) AS num,
               lead(o.quarter) OVER (PARTITION BY o.organisation_id ORDER BY o.quarter) AS next_stated
        FROM {observations} o
        WHERE o.indicator_id = s.indicator_id AND o.quarter BETWEEN s.first_quarter AND s.through AND {in_force}
          AND coalesce(o.value, o.rank, o.stage_id) IS NOT NULL
    ) f
    WHERE NOT s.adds_over_time AND f.next_stated IS DISTINCT FROM f.since + 1
),
carried AS (
    SELECT r.indicator_id, q.quarter, sum(r.num) AS total, max(r.num) AS highest, min(r.num) AS lowest,
           (max(ARRAY[r.since, r.num]))[2] AS newest, max(r.since) AS since,
           sum(r.num) FILTER (WHERE this_year) AS year_total, max(r.num) FILTER (WHERE this_year) AS year_highest,
           min(r.num) FILTER (WHERE this_year) AS year_lowest,
           (max(ARRAY[r.since, r.num]) FILTER (WHERE this_year))[2] AS year_newest
    FROM series r
    JOIN terms t ON t.indicator_id = r.indicator_id AND t.organisation_id = r.organisation_id
    CROSS JOIN LATERAL generate_series(r.since + 1, least(r.next_stated - 1, t.last_owed, r.through)) q(quarter)
    CROSS JOIN LATERAL (SELECT r.since / 4 = q.quarter / 4 AS this_year) y
    GROUP BY r.indicator_id, q.quarter
)
"""

# One row per cell with the windows of what adds up, and how many statements were owed and given.
_CELLS = """
changes AS (
    SELECT indicator_id, quarter, sum(change)::int AS change
    FROM (SELECT indicator_id, first_owed AS quarter, 1 AS change FROM terms WHERE first_owed <= last_owed
          UNION ALL SELECT indicator_id, last_owed + 1, -1 FROM terms WHERE first_owed <= last_owed) each_change
    GROUP BY indicator_id, quarter
),
cells AS (
    SELECT s.*, q.quarter, q.quarter / 4 AS year, f.total, f.den, f.seen, f.until,
           coalesce(f.answered, 0) - coalesce(u.answered, 0) AS answered,
           CASE s.kind WHEN 'stock' THEN f.total WHEN 'milestone' THEN f.lowest WHEN 'maximum' THEN f.highest
                       WHEN 'rank' THEN f.highest END AS in_quarter,
           CASE s.kind WHEN 'stock' THEN coalesce(f.total + c.year_total, f.total, c.year_total)
                       WHEN 'maximum' THEN greatest(f.highest, c.year_highest)
                       WHEN 'milestone' THEN least(f.lowest, c.year_lowest)
                       WHEN 'rank' THEN coalesce(f.highest, c.year_newest) END AS in_year,
           CASE s.kind WHEN 'stock' THEN coalesce(f.total + c.total, f.total, c.total)
                       WHEN 'maximum' THEN greatest(f.highest, c.highest)
                       WHEN 'milestone' THEN least(f.lowest, c.lowest)
                       WHEN 'rank' THEN coalesce(f.highest, c.newest) END AS in_plan,
           c.since,
           coalesce(sum(w.change) OVER (PARTITION BY s.indicator_id ORDER BY q.quarter), 0) AS owed
    FROM scope s CROSS JOIN LATERAL unnest(s.quarters) q(quarter)
    LEFT JOIN said f ON f.indicator_id = s.indicator_id AND f.quarter = q.quarter
    LEFT JOIN carried c ON c.indicator_id = s.indicator_id AND c.quarter = q.quarter
    LEFT JOIN unowed u ON u.indicator_id = s.indicator_id AND u.quarter = q.quarter
    LEFT JOIN changes w ON w.indicator_id = s.indicator_id AND w.quarter = q.quarter
),
windowed AS (
    SELECT *, sum(total) OVER of_year AS year_num, sum(den) OVER of_year AS year_den,
           sum(answered) OVER of_year AS year_answered, sum(owed) OVER of_year AS year_owed,
           sum(total) OVER of_plan AS plan_num, sum(den) OVER of_plan AS plan_den,
           sum(answered) OVER of_plan AS plan_answered, sum(owed) OVER of_plan AS plan_owed,
           max(quarter) FILTER (WHERE total IS NOT NULL) OVER of_plan AS last_summed,
           sum(seen) OVER of_plan AS seen_so_far, max(until) OVER of_plan AS until_so_far
    FROM cells
    WINDOW of_year AS (PARTITION BY indicator_id, year ORDER BY quarter),
           of_plan AS (PARTITION BY indicator_id ORDER BY quarter)
)
"""

# The target, schedule, weight and thresholds that hold in the quarter.
_AGAINST_TARGET = """
targeted AS (
    SELECT w.indicator_id, w.quarter, w.adds_over_time, w.baseline,
           CASE WHEN adds_over_time THEN total ELSE in_quarter END AS quarter_num, den AS quarter_den,
           CASE WHEN adds_over_time THEN year_num ELSE in_year END AS year_num, year_den,
           CASE WHEN adds_over_time THEN plan_num ELSE in_plan END AS plan_num, plan_den,
           CASE WHEN adds_over_time THEN last_summed WHEN in_quarter IS NULL THEN since ELSE w.quarter END
               AS last_stated,
           CASE WHEN NOT adds_over_time THEN answered WHEN g.frequency = 'annual' THEN year_answered ELSE plan_answered END AS stated,
           CASE WHEN NOT adds_over_time THEN w.owed WHEN g.frequency = 'annual' THEN year_owed ELSE plan_owed END AS owed,
           coalesce(seen_so_far, 0) AS seen, until_so_far AS until,
           g.id AS target_id, g.comparator, g.value AS target, g.tolerance, g.frequency = 'annual' AS is_annual,
           CASE WHEN g.comparator = 'qualitative' THEN NULL
                WHEN g.comparator <> 'top' AND h.target_id IS NOT NULL THEN coalesce(h.share, 0)
                WHEN g.comparator IN ('milestone', 'top') THEN (w.quarter >= coalesce(g.due_quarter, last_quarter))::int
                WHEN g.frequency = 'annual' THEN w.quarter %% 4 + 1
                WHEN g.id IS NOT NULL THEN w.quarter - first_quarter + 1 END AS expected_num,
           CASE WHEN g.comparator = 'qualitative' THEN NULL
                WHEN g.comparator IN ('milestone', 'top') OR h.target_id IS NOT NULL THEN 1
                WHEN g.frequency = 'annual' THEN 4
                WHEN g.id IS NOT NULL THEN last_quarter - first_quarter + 1 END AS expected_den,
           coalesce(m.yellow_points, %(yellow)s::numeric) AS yellow, coalesce(m.red_points, %(red)s::numeric) AS red,
           coalesce(v.weight, 1) AS weight
    FROM (SELECT * FROM windowed WHERE quarter >= coalesce(%(since)s::int, 0)) w
    LEFT JOIN LATERAL (
        SELECT * FROM kpis_target k
        WHERE k.indicator_id = w.indicator_id AND k.effective_from <= w.quarter
          AND (k.year IS NULL OR k.year = w.year){target_known}
        ORDER BY k.effective_from DESC, k.year NULLS LAST LIMIT 1
    ) g ON TRUE
    LEFT JOIN LATERAL (
        SELECT p.target_id,
               (array_agg(p.share ORDER BY p.quarter DESC) FILTER (WHERE p.quarter <= w.quarter))[1] AS share
        FROM kpis_scheduledshare p
        WHERE p.target_id = g.id AND (g.frequency <> 'annual' OR p.quarter / 4 = w.year)
        GROUP BY p.target_id
    ) h ON TRUE
    LEFT JOIN (
        SELECT indicator_id, weight, effective_from,
               lead(effective_from, 1, 32767) OVER (PARTITION BY indicator_id ORDER BY effective_from) AS replaced_from
        FROM kpis_indicatorweight JOIN scope USING (indicator_id)
    ) v ON v.indicator_id = w.indicator_id AND w.quarter >= v.effective_from AND w.quarter < v.replaced_from
    LEFT JOIN (
        SELECT plan_id, yellow_points, red_points, effective_from,
               lead(effective_from, 1, 32767) OVER (PARTITION BY plan_id ORDER BY effective_from) AS replaced_from
        FROM kpis_monitoringstandard
    ) m ON m.plan_id = w.plan_id AND w.quarter >= m.effective_from AND w.quarter < m.replaced_from
),
"""

_RATED = """
measured AS (
    SELECT *, CASE WHEN is_annual THEN year_num ELSE plan_num END AS actual,
           coalesce(CASE WHEN is_annual THEN year_den ELSE plan_den END, 1) AS over
    FROM targeted
),
rated AS (
    SELECT *,
           CASE WHEN actual IS NULL OR over = 0 THEN NULL
                WHEN comparator IN ('at_least', 'more_than', 'about', 'range') AND target > 0 THEN actual
                WHEN comparator = 'at_most' AND baseline > target THEN baseline * over - actual
                WHEN comparator = 'rank_improves' AND target > 0 THEN baseline * over - actual
                WHEN comparator = 'milestone' THEN actual END AS rate_num,
           CASE WHEN comparator IN ('at_least', 'more_than', 'about', 'range', 'rank_improves')
                    THEN nullif(over * target, 0)
                WHEN comparator = 'at_most' THEN nullif(over * (baseline - target), 0)
                WHEN comparator = 'milestone' THEN 1 END AS rate_den,
           CASE WHEN actual IS NULL OR over = 0 THEN NULL
                WHEN comparator IN ('at_least', 'range') THEN actual >= target * over
                WHEN comparator = 'more_than' THEN actual > target * over
                WHEN comparator = 'about' THEN actual >= target * (1 - tolerance) * over
                WHEN comparator IN ('at_most', 'top') THEN actual <= target * over
                WHEN comparator = 'rank_improves' THEN baseline * over - actual >= target * over
                WHEN comparator = 'milestone' THEN actual >= 1 END AS achieved
    FROM measured
),
fresh AS (
    SELECT indicator_id, quarter, quarter_num, quarter_den, year_num, year_den, plan_num, plan_den, last_stated,
           stated::int AS stated, owed::int AS owed, target_id,
           CASE WHEN rate_den IS NOT NULL THEN rate_num END AS rate_num, CASE WHEN rate_num IS NOT NULL THEN rate_den END AS rate_den,
           expected_num, expected_den, achieved,
           CASE WHEN comparator IS NULL OR comparator = 'qualitative' THEN ''
                WHEN actual IS NULL OR over = 0 THEN 'grey'
                WHEN comparator = 'top'
                    THEN CASE WHEN achieved THEN 'green' WHEN expected_num = 1 THEN 'red' ELSE '' END
                WHEN achieved AND rate_num IS NOT NULL THEN 'green'
                WHEN rate_num IS NULL OR rate_den IS NULL THEN ''
                WHEN (expected_num * rate_den - rate_num * expected_den) * 100 <= yellow * rate_den * expected_den
                    THEN 'green'
                WHEN (expected_num * rate_den - rate_num * expected_den) * 100 <= red * rate_den * expected_den
                    THEN 'yellow'
                ELSE 'red' END AS light,
           weight, seen::int AS seen, until
    FROM rated
)
"""

_STORED = {
    "quarter_numerator": "quarter_num",
    "quarter_denominator": "quarter_den",
    "year_numerator": "year_num",
    "year_denominator": "year_den",
    "plan_numerator": "plan_num",
    "plan_denominator": "plan_den",
    "last_stated": "last_stated",
    "stated": "stated",
    "owed": "owed",
    "target_id": "target_id",
    "rate_numerator": "rate_num",
    "rate_denominator": "rate_den",
    "expected_numerator": "expected_num",
    "expected_denominator": "expected_den",
    "achieved": "achieved",
    "light": "light",
    "weight": "weight",
    "facts_seen": "seen",
    "facts_until": "until",
}
"""Column of the table → column of `fresh`."""

NAMES = ("indicator_id", "quarter", *_STORED, "algebra_version")
"""What a figure says, as columns of the table."""

_RESULT = [
    "quarter_numerator",
    "quarter_denominator",
    "year_numerator",
    "year_denominator",
    "plan_numerator",
    "plan_denominator",
    "last_stated",
    "stated",
    "owed",
    "indicator_id",
    "target_id",
    "rate_numerator",
    "rate_denominator",
    "expected_numerator",
    "expected_denominator",
    "achieved",
    "light",
    "weight",
    "facts_seen",
    "facts_until",
]
STORED_RESULT = ", ".join(f"f.{name}" for name in ("quarter", *_RESULT, "algebra_version"))
"""Of the table, in the order of the fields of `kpis.results.IndicatorResult`."""

FRESH_RESULT = ", ".join(("quarter", *(_STORED.get(name, name) for name in _RESULT), str(ALGEBRA_VERSION)))
"""The same of `fresh`."""

_WRITTEN = (*_STORED, "algebra_version")
_INTO = ", ".join(_WRITTEN)
_FROM = ", ".join((*(f"fresh.{name}" for name in _STORED.values()), "%(version)s::int"))


def _of(alias: str, names: Iterable[str]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


_FORGET_OTHER_QUARTERS = (
    "WITH "
    + _SCOPE.format(scope="i.plan_id = %(plan)s").split("),\nterms AS")[0]
    + """)
DELETE FROM kpis_indicatorfigure f USING scope s
WHERE f.indicator_id = s.indicator_id AND NOT f.quarter BETWEEN s.first_quarter AND s.last_quarter
"""
)


def fresh(*, scope: str, as_of: datetime | None = None) -> str:
    """Common table expressions that end with `fresh`: a row per cell of the indicators `i` that `scope` allows.

    Parameters: `since` and `until` (the first and the last quarter wanted, or None), `yellow`, `red`, and `as_of` where
    it is given.
    """
    parts = [_SCOPE, _SAID, _CARRIED, _CELLS, _AGAINST_TARGET, _RATED]
    text = ",".join(part.rstrip().rstrip(",") for part in parts)
    return about(text.replace("{scope}", scope).replace("{share}", _SHARE), as_of)


def settings_values() -> dict[str, Any]:
    """The parameters of `fresh`: what holds where a plan has no standard of its own, and every quarter."""
    return {
        "yellow": settings.LIGHT_YELLOW_POINTS,
        "red": settings.LIGHT_RED_POINTS,
        "since": None,
        "until": None,
    }


def _store(*, scope: str, only: str = "") -> str:
    """Only what differs is written: a figure keeps its moment as long as it stays the same."""
    return f"""
WITH {fresh(scope=scope)}
MERGE INTO kpis_indicatorfigure f USING (SELECT * FROM fresh {only}) fresh
ON f.indicator_id = fresh.indicator_id AND f.quarter = fresh.quarter
WHEN MATCHED AND ({_of("f", _WRITTEN)}) IS DISTINCT FROM ({_FROM})
    THEN UPDATE SET ({_INTO}, computed_at) = ROW({_FROM}, %(now)s::timestamptz)
WHEN NOT MATCHED THEN
    INSERT (indicator_id, quarter, {_INTO}, computed_at)
    VALUES (fresh.indicator_id, fresh.quarter, {_FROM}, %(now)s::timestamptz)
"""


_OF_INDICATOR = _store(scope="i.id = %(indicator)s")
_OF_INDICATORS = _store(scope="i.id = ANY(%(indicators)s::bigint[])")
_OF_QUARTER = _store(scope="i.id = ANY(%(indicators)s::bigint[])", only="WHERE quarter = %(until)s")
SLICE = 2000
"""Indicators that one statement rebuilds, so that memory does not grow with the plan: a national plan has dozens."""

_DIFFERENT = (
    "WITH "
    + fresh(scope="i.plan_id = %(plan)s")
    + f"""
SELECT {_of("f", NAMES)}, fresh.indicator_id, fresh.quarter, {_FROM}
FROM fresh FULL JOIN (
    SELECT k.* FROM kpis_indicatorfigure k JOIN kpis_indicator i ON i.id = k.indicator_id
    WHERE i.plan_id = %(plan)s
) f ON f.indicator_id = fresh.indicator_id AND f.quarter = fresh.quarter
WHERE ({_of("f", NAMES)}) IS DISTINCT FROM (fresh.indicator_id, fresh.quarter, {_FROM})
  AND NOT EXISTS (SELECT FROM kpis_rolluptask t WHERE t.indicator_id = coalesce(fresh.indicator_id, f.indicator_id))
ORDER BY coalesce(fresh.indicator_id, f.indicator_id), coalesce(fresh.quarter, f.quarter)
"""
)


@dataclass(frozen=True)
class Unlike:
    """A cell whose stored figure and recomputation differ; either is empty where there is none."""

    stored: Mapping[str, Any]
    computed: Mapping[str, Any]

    @property
    def indicator_id(self) -> int:
        return int(self.stored["indicator_id"] or self.computed["indicator_id"])

    @property
    def quarter(self) -> int:
        return int(self.stored["quarter"] or self.computed["quarter"])

    def columns(self) -> Iterator[tuple[str, Any, Any]]:
        """Column, stored, computed; the column is empty where a whole figure is missing or too many."""
        if self.stored["quarter"] is None or self.computed["quarter"] is None:
            yield "", self.stored["quarter"] and self.stored, self.computed["quarter"] and self.computed
            return
        for name in NAMES:
            if self.stored[name] != self.computed[name]:
                yield name, self.stored[name], self.computed[name]


def differences(plan_id: int) -> Iterator[Unlike]:
    """Every cell of the plan whose stored figure is not what its facts give, in one statement and one view of the data."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT, _values() | {"plan": plan_id})
        while found := cursor.fetchmany(500):
            for row in found:
                yield Unlike(
                    dict(zip(NAMES, row[: len(NAMES)], strict=True)),
                    dict(zip(NAMES, row[len(NAMES) :], strict=True)),
                )


def store_indicators(indicators: Sequence[int]) -> int:
    """Brings every figure of these indicators up to date; returns how many had to be written.

    One indicator, the case of every acceptance, has its plan ready; for many, the plan depends on how many.
    """
    if len(indicators) != 1:
        return run(_OF_INDICATORS, _values() | {"indicators": list(indicators)})
    with prepared() as cursor:
        cursor.execute(_OF_INDICATOR, _values() | {"indicator": indicators[0]})
        return int(cursor.rowcount)


def store_plan(
    plan_id: int, quarter: Quarter | None = None, progress: Callable[[int], object] | None = None
) -> int:
    """Brings every figure of a plan, or of one quarter of it, up to date; returns how many were written or removed.

    `progress` is told how many indicators were done since it was told last.
    """
    found = rows("SELECT id FROM kpis_indicator WHERE plan_id = %(plan)s ORDER BY id", {"plan": plan_id})
    indicators = [pk for (pk,) in found]
    written = run(_FORGET_OTHER_QUARTERS, {"plan": plan_id, "until": None}) if quarter is None else 0
    for first in range(0, len(indicators), SLICE):
        some = indicators[first : first + SLICE]
        if quarter is None:
            written += store_indicators(some)
        else:
            written += run(_OF_QUARTER, _values() | {"indicators": some, "until": quarter.ordinal})
        if progress:
            progress(len(some))
    return written


def _values() -> dict[str, Any]:
    return settings_values() | {"version": ALGEBRA_VERSION, "now": clock.now()}
