"""Each organisation's own part of indicators in one quarter, as set-based SQL; computed when read, never stored.

`members` has one row per indicator and organisation that has owed it by then: its windows, by the same rules as the
figure over all organisations, so that what adds up adds up to it; and its coverage in the target's window.
"""

from __future__ import annotations

from datetime import datetime

from kpis.engine.statements import about

COLUMNS = (
    "quarter_num, quarter_den, year_num, year_den, plan_num, plan_den, last_stated, stated, owed, "
    "indicator_id, organisation_id"
)
"""Of `members`, in the order of the fields of `kpis.results.MemberResult` but for its quarter."""

_BOUND = """
wanted AS (
    SELECT i.id AS indicator_id, i.aggregation IN ('flow', 'ratio') AS adds_over_time, p.first_quarter, p.last_quarter,
           CASE WHEN i.aggregation NOT IN ('flow', 'ratio') THEN %(quarter)s::int
                WHEN g.frequency = 'annual' THEN greatest(p.first_quarter, %(quarter)s::int / 4 * 4)
                ELSE p.first_quarter END AS covered_from,
           m.stages, m.shares
    FROM kpis_indicator i
    JOIN (SELECT id, (extract(year FROM starts_on) * 4 + extract(quarter FROM starts_on) - 1)::int AS first_quarter,
                 (extract(year FROM ends_on) * 4 + extract(quarter FROM ends_on) - 1)::int AS last_quarter
          FROM programs_plan) p ON p.id = i.plan_id
    LEFT JOIN LATERAL (
        SELECT k.frequency FROM kpis_target k
        WHERE k.indicator_id = i.id AND k.effective_from <= %(quarter)s::int
          AND (k.year IS NULL OR k.year = %(quarter)s::int / 4)
        ORDER BY k.effective_from DESC, k.year NULLS LAST LIMIT 1
    ) g ON TRUE
    LEFT JOIN LATERAL (
        SELECT array_agg(m.id) AS stages, array_agg(m.share) AS shares FROM kpis_milestonestage m
        WHERE i.aggregation = 'milestone' AND m.indicator_id = i.id
    ) m ON TRUE
    WHERE {scope}
),
bound AS (
    SELECT s.indicator_id, w.organisation_id, s.adds_over_time,
           greatest(coalesce(w.from_quarter, s.first_quarter), s.first_quarter) AS first_owed,
           least(coalesce(w.until_quarter, s.last_quarter), s.last_quarter) AS last_owed, s.covered_from
    FROM wanted s JOIN kpis_indicatorowner w USING (indicator_id)
)
"""

_MEMBERS = """
heard AS (
    SELECT s.indicator_id, f.*
    FROM wanted s CROSS JOIN LATERAL (
        SELECT organisation_id,
               sum(num) FILTER (WHERE quarter = %(quarter)s::int) AS quarter_num,
               sum(den) FILTER (WHERE quarter = %(quarter)s::int) AS quarter_den,
               sum(num) FILTER (WHERE quarter / 4 = %(quarter)s::int / 4) AS year_num,
               sum(den) FILTER (WHERE quarter / 4 = %(quarter)s::int / 4) AS year_den,
               sum(num) AS plan_num, sum(den) AS plan_den,
               max(quarter) FILTER (WHERE num IS NOT NULL) AS newest,
               (max(ARRAY[quarter, num]) FILTER (WHERE num IS NOT NULL))[2] AS newest_num,
               array_agg(quarter) FILTER (WHERE answers) AS answered
        FROM (
            SELECT o.organisation_id, o.quarter::int AS quarter, o.denominator AS den,
                   o.statement <> 'withdrawn' AND o.quarter >= s.covered_from AS answers,
                   coalesce(o.value, o.numerator, o.rank::numeric, s.shares[array_position(s.stages, o.stage_id)])
                       AS num
            FROM {observations} o
            WHERE o.indicator_id = s.indicator_id AND o.quarter BETWEEN s.first_quarter AND %(quarter)s::int
              AND {in_force}
        ) said
        GROUP BY organisation_id
    ) f
),
members AS (
    SELECT b.indicator_id, b.organisation_id, %(quarter)s::int BETWEEN b.first_owed AND b.last_owed AS owes,
           f.quarter_num, f.quarter_den,
           CASE WHEN b.adds_over_time THEN f.year_num
                WHEN f.newest / 4 = %(quarter)s::int / 4 AND greatest(b.last_owed, f.newest) >= %(quarter)s::int
                    THEN f.newest_num END AS year_num, f.year_den,
           CASE WHEN b.adds_over_time THEN f.plan_num
                WHEN greatest(b.last_owed, f.newest) >= %(quarter)s::int THEN f.newest_num END AS plan_num, f.plan_den,
           CASE WHEN b.adds_over_time OR greatest(b.last_owed, f.newest) >= %(quarter)s::int THEN f.newest END
               AS last_stated,
           (SELECT count(*) FROM unnest(f.answered) q WHERE q BETWEEN b.first_owed AND b.last_owed)::int AS stated,
           greatest(0, least(b.last_owed, %(quarter)s::int) - greatest(b.first_owed, b.covered_from) + 1) AS owed
    FROM bound b
    LEFT JOIN heard f ON f.indicator_id = b.indicator_id AND f.organisation_id = b.organisation_id
    WHERE f.newest IS NOT NULL OR b.first_owed <= %(quarter)s::int
)
"""


# Few of an indicator's statements lie in the target's window: each organisation's own are found by the index.
_OWING = """
due AS MATERIALIZED (
    SELECT indicator_id, organisation_id, %(quarter)s::int BETWEEN first_owed AND last_owed AS owes,
           greatest(first_owed, covered_from)::smallint AS since, least(last_owed, %(quarter)s::int)::smallint AS until
    FROM bound WHERE greatest(first_owed, covered_from) <= least(last_owed, %(quarter)s::int)
),
owing AS (
    SELECT d.indicator_id, d.organisation_id, d.owes, given.stated, d.until - d.since + 1 AS owed
    FROM due d CROSS JOIN LATERAL (
        SELECT count(*)::int AS stated FROM {observations} o
        WHERE o.indicator_id = d.indicator_id AND o.organisation_id = d.organisation_id
          AND o.quarter BETWEEN d.since AND d.until AND o.statement <> 'withdrawn' AND {in_force}
    ) given
)
"""

_PLAN_OR_THESE = (
    "i.plan_id = %(plan)s AND (%(indicators)s::bigint[] IS NULL OR i.id = ANY(%(indicators)s::bigint[]))"
)


def members(as_of: datetime | None = None, *, scope: str = _PLAN_OR_THESE) -> str:
    """Common table expressions that end with `members`, of the indicators `i` that `scope` allows.

    Parameters: `quarter`, what the scope needs (`plan`, `indicators`), and `as_of` where it is given.
    """
    return about(f"{_BOUND},{_MEMBERS}".replace("{scope}", scope), as_of)


def owing(as_of: datetime | None = None) -> str:
    """The same up to `owing`: who owes anything in the target's window, and how much of it is stated."""
    return about(f"{_BOUND},{_OWING}".replace("{scope}", _PLAN_OR_THESE), as_of)
