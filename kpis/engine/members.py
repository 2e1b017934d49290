"""Each organisation's own part of indicators in one quarter, as set-based SQL; computed when read, never stored.

`members` has one row per indicator and organisation that has owed it by then: its windows, by the same rules as the
figure over all organisations, so that what adds up adds up to it; and its coverage in the target's window.
"""

from __future__ import annotations

from datetime import datetime

from kpis.engine.statements import in_force

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
                ELSE p.first_quarter END AS covered_from
    FROM kpis_indicator i
    JOIN (SELECT id, (extract(year FROM starts_on) * 4 + extract(quarter FROM starts_on) - 1)::int AS first_quarter,
                 (extract(year FROM ends_on) * 4 + extract(quarter FROM ends_on) - 1)::int AS last_quarter
          FROM programs_plan) p ON p.id = i.plan_id
    LEFT JOIN LATERAL (
        SELECT k.frequency FROM kpis_target k
        WHERE k.indicator_id = i.id AND k.effective_from <= %(quarter)s AND (k.year IS NULL OR k.year = %(quarter)s / 4)
        ORDER BY k.effective_from DESC, k.year NULLS LAST LIMIT 1
    ) g ON TRUE
    WHERE i.plan_id = %(plan)s AND (%(indicators)s::bigint[] IS NULL OR i.id = ANY(%(indicators)s::bigint[]))
),
bound AS (
    SELECT s.*, w.organisation_id,
           greatest(coalesce(w.from_quarter, s.first_quarter), s.first_quarter) AS first_owed,
           least(coalesce(w.until_quarter, s.last_quarter), s.last_quarter) AS last_owed
    FROM wanted s JOIN kpis_indicatorowner w USING (indicator_id)
)"""

_MEMBERS = """
heard AS (
    SELECT b.*, o.quarter::int AS quarter, coalesce(o.value, o.numerator, o.rank::numeric, g.share) AS num,
           o.denominator AS den,
           o.statement <> 'withdrawn' AND o.quarter BETWEEN b.first_owed AND b.last_owed
               AND o.quarter >= b.covered_from AS answers
    FROM bound b
    LEFT JOIN kpis_observation o ON o.indicator_id = b.indicator_id AND o.organisation_id = b.organisation_id
        AND o.quarter BETWEEN b.first_quarter AND %(quarter)s AND {in_force}
    LEFT JOIN kpis_milestonestage g ON g.id = o.stage_id
),
summed AS (
    SELECT indicator_id, organisation_id, adds_over_time, first_owed, last_owed, covered_from,
           sum(num) FILTER (WHERE quarter = %(quarter)s) AS quarter_num,
           sum(den) FILTER (WHERE quarter = %(quarter)s) AS quarter_den,
           sum(num) FILTER (WHERE quarter / 4 = %(quarter)s / 4) AS year_num,
           sum(den) FILTER (WHERE quarter / 4 = %(quarter)s / 4) AS year_den,
           sum(num) AS plan_num, sum(den) AS plan_den,
           max(quarter) FILTER (WHERE num IS NOT NULL) AS newest,
           (max(ARRAY[quarter, num]) FILTER (WHERE num IS NOT NULL))[2] AS newest_num,
           count(*) FILTER (WHERE answers)::int AS stated
    FROM heard
    GROUP BY indicator_id, organisation_id, adds_over_time, first_owed, last_owed, covered_from
),
members AS (
    SELECT indicator_id, organisation_id,
           %(quarter)s BETWEEN first_owed AND last_owed AS owes,
           quarter_num, quarter_den,
           CASE WHEN adds_over_time THEN year_num
                WHEN newest / 4 = %(quarter)s / 4 AND greatest(last_owed, newest) >= %(quarter)s THEN newest_num END
               AS year_num, year_den,
           CASE WHEN adds_over_time THEN plan_num WHEN greatest(last_owed, newest) >= %(quarter)s THEN newest_num END
               AS plan_num, plan_den,
           CASE WHEN adds_over_time OR greatest(last_owed, newest) >= %(quarter)s THEN newest END AS last_stated,
           stated, greatest(0, least(last_owed, %(quarter)s) - greatest(first_owed, covered_from) + 1) AS owed
    FROM summed
    WHERE newest IS NOT NULL OR first_owed <= %(quarter)s
)
"""

# Few of an indicator's statements lie in the target's window: each organisation's own are found by the index.
_OWING = """
due AS MATERIALIZED (
    SELECT indicator_id, organisation_id, %(quarter)s BETWEEN first_owed AND last_owed AS owes,
           greatest(first_owed, covered_from)::smallint AS since, least(last_owed, %(quarter)s)::smallint AS until
    FROM bound WHERE greatest(first_owed, covered_from) <= least(last_owed, %(quarter)s)
),
owing AS (
    SELECT d.indicator_id, d.organisation_id, d.owes, given.stated, d.until - d.since + 1 AS owed
    FROM due d CROSS JOIN LATERAL (
        SELECT count(*)::int AS stated FROM kpis_observation o
        WHERE o.indicator_id = d.indicator_id AND o.organisation_id = d.organisation_id
          AND o.quarter BETWEEN d.since AND d.until AND o.statement <> 'withdrawn' AND {in_force}
    ) given
)
"""


def members(as_of: datetime | None = None) -> str:
    """Common table expressions that end with `members`. Parameters: `plan`, `quarter`, `indicators`, perhaps `as_of`."""
    return f"{_BOUND},{_MEMBERS}".replace("{in_force}", in_force("o", as_of))


def owing(as_of: datetime | None = None) -> str:
    """The same up to `owing`: who owes anything in the target's window, and how much of it is stated. Same parameters."""
    return f"{_BOUND},{_OWING}".replace("{in_force}", in_force("o", as_of))
