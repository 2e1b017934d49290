"""Figures are recomputed from the facts by set-based SQL, one statement per level: indicators, then nodes.

This is the second implementation of the algebra that `kpis.rollup` defines; tests hold the two against each other.
It knows no callers: `kpis.services.rollups` decides what is stale and holds the lock.

Shapes: a *cell* is indicator × organisation × quarter, whether or not anything was stated. Kinds that add up over
time (flow, ratio) are summed over windows; the others carry their last stated value forward. Arithmetic is exact
numeric; rates stay numerators over denominators.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import connection

from kpis.rollup import ALGEBRA_VERSION
from ministries import clock
from programs.models import Plan
from programs.quarters import Quarter

# One row per cell of the plan, with the fact in force where there is one. `num` and `den` are what the fact states
# in the algebra's terms: a value (den empty), a ratio, a rank, or the share that a stage has reached.
_CELLS = """
scope AS (
    SELECT i.id AS indicator_id, i.aggregation, i.baseline,
           i.aggregation IN ('flow', 'ratio') AS adds_over_time
    FROM kpis_indicator i
    WHERE i.plan_id = %(plan)s AND (%(indicators)s::bigint[] IS NULL OR i.id = ANY(%(indicators)s))
),
quarters AS (SELECT generate_series(%(plan_first)s, %(plan_last)s)::int AS quarter),
members AS (
    SELECT indicator_id, organisation_id, coalesce(from_quarter, 0) AS from_quarter,
           coalesce(until_quarter, 32767) AS until_quarter
    FROM kpis_indicatorowner JOIN scope USING (indicator_id)
    UNION ALL
    SELECT DISTINCT o.indicator_id, o.organisation_id, 1, 0
    FROM kpis_observation o JOIN scope USING (indicator_id)
    WHERE o.superseded_at IS NULL AND NOT EXISTS (
        SELECT FROM kpis_indicatorowner w
        WHERE w.indicator_id = o.indicator_id AND w.organisation_id = o.organisation_id)
),
cells AS (
    SELECT m.indicator_id, m.organisation_id, q.quarter, q.quarter / 4 AS year, s.adds_over_time,
           q.quarter BETWEEN m.from_quarter AND m.until_quarter AS owed,
           o.id IS NOT NULL AND o.statement <> 'withdrawn' AS stated,
           CASE o.statement WHEN 'value' THEN o.value WHEN 'ratio' THEN o.numerator
                            WHEN 'rank' THEN o.rank::numeric WHEN 'stage' THEN g.share END AS num,
           o.denominator AS den
    FROM members m
    JOIN scope s USING (indicator_id)
    CROSS JOIN quarters q
    LEFT JOIN kpis_observation o ON o.indicator_id = m.indicator_id AND o.organisation_id = m.organisation_id
        AND o.quarter = q.quarter AND o.superseded_at IS NULL
    LEFT JOIN kpis_milestonestage g ON g.id = o.stage_id
),
-- `seen` numbers the stated values of a series, so that a carried value is the only one of its group.
numbered AS (
    SELECT *, count(num) OVER (PARTITION BY indicator_id, organisation_id ORDER BY quarter) AS seen,
           count(num) OVER (PARTITION BY indicator_id, organisation_id, year ORDER BY quarter) AS seen_in_year
    FROM cells
),
windowed AS (
    SELECT indicator_id, organisation_id, quarter, year, adds_over_time, num, den,
           (owed AND stated)::int AS answered, owed::int AS owed,
           CASE WHEN adds_over_time THEN sum(num) OVER year_to_date
                WHEN seen_in_year > 0 THEN max(num) OVER one_value END AS year_num,
           CASE WHEN adds_over_time THEN sum(den) OVER year_to_date
                WHEN seen_in_year > 0 THEN max(den) OVER one_value END AS year_den,
           CASE WHEN adds_over_time THEN sum(num) OVER plan_to_date
                WHEN seen > 0 THEN max(num) OVER one_value END AS plan_num,
           CASE WHEN adds_over_time THEN sum(den) OVER plan_to_date
                WHEN seen > 0 THEN max(den) OVER one_value END AS plan_den,
           max(quarter) FILTER (WHERE num IS NOT NULL) OVER plan_to_date AS last_stated
    FROM numbered
    WINDOW year_to_date AS (PARTITION BY indicator_id, organisation_id, year ORDER BY quarter),
           plan_to_date AS (PARTITION BY indicator_id, organisation_id ORDER BY quarter),
           one_value AS (PARTITION BY indicator_id, organisation_id, seen)
),
"""

# Over organisations: what adds up is summed, positions take the best, milestones the least advanced, and a rank
# belongs to whoever stated it last (a successor continues the series).
_OVER_ORGANISATIONS = """
    CASE s.aggregation
        WHEN 'maximum' THEN max(w.{window}_num)
        WHEN 'milestone' THEN min(w.{window}_num)
        WHEN 'rank' THEN (array_agg(w.{window}_num ORDER BY w.last_stated DESC NULLS LAST, w.{window}_num DESC)
                          FILTER (WHERE w.{window}_num IS NOT NULL))[1]
        ELSE sum(w.{window}_num) END"""

_SERIES = """
series AS (
    SELECT *, num AS quarter_num, den AS quarter_den,
           sum(answered) OVER year_to_date AS year_answered, sum(owed) OVER year_to_date AS year_owed,
           sum(answered) OVER plan_to_date AS plan_answered, sum(owed) OVER plan_to_date AS plan_owed
    FROM windowed
    WINDOW year_to_date AS (PARTITION BY indicator_id, organisation_id, year ORDER BY quarter),
           plan_to_date AS (PARTITION BY indicator_id, organisation_id ORDER BY quarter)
),
"""

_TOTALS = f"""
totals AS (
    SELECT w.indicator_id, w.quarter,
           {_OVER_ORGANISATIONS.format(window="quarter")} AS quarter_num, sum(w.quarter_den) AS quarter_den,
           {_OVER_ORGANISATIONS.format(window="year")} AS year_num, sum(w.year_den) AS year_den,
           {_OVER_ORGANISATIONS.format(window="plan")} AS plan_num, sum(w.plan_den) AS plan_den,
           max(w.last_stated) AS last_stated, sum(w.answered) AS answered, sum(w.owed) AS owed,
           sum(w.year_answered) AS year_answered, sum(w.year_owed) AS year_owed,
           sum(w.plan_answered) AS plan_answered, sum(w.plan_owed) AS plan_owed
    FROM series w JOIN scope s USING (indicator_id)
    GROUP BY w.indicator_id, w.quarter, s.aggregation
),
"""

# The target in force, the window it speaks of, and the share that should have been reached by the quarter.
_AGAINST_TARGET = """
targeted AS (
    SELECT t.*, s.aggregation, s.baseline, s.adds_over_time, g.comparator, g.value AS target, g.tolerance, g.frequency,
           g.id IS NOT NULL AND g.frequency = 'annual' AS is_annual,
           CASE WHEN g.frequency = 'annual' THEN t.year_num ELSE t.plan_num END AS num,
           coalesce(CASE WHEN g.frequency = 'annual' THEN t.year_den ELSE t.plan_den END, 1) AS den,
           CASE WHEN g.comparator IN ('milestone', 'top')
                THEN (t.quarter >= coalesce(g.due_quarter, %(plan_last)s))::int
                WHEN g.comparator = 'qualitative' THEN NULL
                WHEN g.frequency = 'annual' THEN t.quarter %% 4 + 1
                WHEN g.id IS NOT NULL THEN t.quarter - %(plan_first)s + 1 END AS expected_num,
           CASE WHEN g.comparator IN ('milestone', 'top') THEN 1
                WHEN g.comparator = 'qualitative' THEN NULL
                WHEN g.frequency = 'annual' THEN 4
                WHEN g.id IS NOT NULL THEN %(plan_last)s - %(plan_first)s + 1 END AS expected_den
    FROM totals t
    JOIN scope s USING (indicator_id)
    LEFT JOIN LATERAL (
        SELECT * FROM kpis_target k
        WHERE k.indicator_id = t.indicator_id AND k.effective_from <= t.quarter
          AND (k.year IS NULL OR k.year = t.quarter / 4)
        ORDER BY k.effective_from DESC, k.year NULLS LAST LIMIT 1
    ) g ON TRUE
),
rated AS (
    SELECT *,
           CASE WHEN num IS NULL OR den = 0 THEN NULL
                WHEN comparator IN ('at_least', 'more_than', 'about', 'range') AND target <> 0
                    THEN num * sign(target)
                WHEN comparator = 'at_most' AND baseline <> target
                    THEN (baseline * den - num) * sign(baseline - target)
                WHEN comparator = 'rank_improves' AND target <> 0 THEN (baseline * den - num) * sign(target)
                WHEN comparator = 'milestone' THEN num END AS rate_num,
           CASE WHEN comparator IN ('at_least', 'more_than', 'about', 'range', 'rank_improves')
                    THEN nullif(den * abs(target), 0)
                WHEN comparator = 'at_most' THEN nullif(den * abs(baseline - target), 0)
                WHEN comparator = 'milestone' THEN 1 END AS rate_den,
           CASE WHEN num IS NULL OR den = 0 THEN NULL
                WHEN comparator IN ('at_least', 'range') THEN num >= target * den
                WHEN comparator = 'more_than' THEN num > target * den
                WHEN comparator = 'about' THEN num >= target * (1 - tolerance) * den
                WHEN comparator IN ('at_most', 'top') THEN num <= target * den
                WHEN comparator = 'rank_improves' THEN baseline * den - num >= target * den
                WHEN comparator = 'milestone' THEN num >= 1 END AS achieved
    FROM targeted
),
lit AS (
    SELECT *,
           CASE WHEN comparator IS NULL OR comparator = 'qualitative' THEN ''
                WHEN num IS NULL OR den = 0 THEN 'grey'
                WHEN comparator = 'top'
                    THEN CASE WHEN achieved THEN 'green' WHEN expected_num = 1 THEN 'red' ELSE '' END
                WHEN rate_num IS NULL OR rate_den IS NULL THEN ''
                WHEN (expected_num * rate_den - rate_num * expected_den) * 100
                     <= %(yellow)s * rate_den * expected_den THEN 'green'
                WHEN (expected_num * rate_den - rate_num * expected_den) * 100
                     <= %(red)s * rate_den * expected_den THEN 'yellow'
                ELSE 'red' END AS light
    FROM rated
),
"""

_COLUMNS = """
    quarter_numerator, quarter_denominator, year_numerator, year_denominator, plan_numerator, plan_denominator,
    last_stated, stated, owed, rate_numerator, rate_denominator, expected_numerator, expected_denominator,
    achieved, light, algebra_version, computed_at"""

# Coverage is counted over the target's window where statements add up over time, else over the quarter alone.
_INDICATOR_FIGURES = (
    "WITH "
    + _CELLS
    + _SERIES
    + _TOTALS
    + _AGAINST_TARGET
    + """
fresh AS (
    SELECT indicator_id, NULL::bigint AS organisation_id, quarter, quarter_num, quarter_den, year_num, year_den,
           plan_num, plan_den, last_stated,
           CASE WHEN NOT adds_over_time THEN answered WHEN is_annual THEN year_answered ELSE plan_answered END,
           CASE WHEN NOT adds_over_time THEN owed WHEN is_annual THEN year_owed ELSE plan_owed END,
           CASE WHEN rate_den IS NOT NULL THEN rate_num END, CASE WHEN rate_num IS NOT NULL THEN rate_den END,
           expected_num, expected_den, achieved, light
    FROM lit
    UNION ALL
    SELECT w.indicator_id, w.organisation_id, w.quarter, w.quarter_num, w.quarter_den, w.year_num, w.year_den,
           w.plan_num, w.plan_den, w.last_stated,
           CASE WHEN NOT w.adds_over_time THEN w.answered WHEN l.is_annual THEN w.year_answered ELSE w.plan_answered END,
           CASE WHEN NOT w.adds_over_time THEN w.owed WHEN l.is_annual THEN w.year_owed ELSE w.plan_owed END,
           NULL, NULL, NULL, NULL, NULL, ''
    FROM series w JOIN lit l USING (indicator_id, quarter)
)
INSERT INTO kpis_indicatorfigure (indicator_id, organisation_id, quarter, """
    + _COLUMNS
    + """)
SELECT f.*, %(version)s, %(now)s FROM fresh f WHERE f.quarter >= %(first)s
"""
)

_FORGET_INDICATOR_FIGURES = """
DELETE FROM kpis_indicatorfigure f USING kpis_indicator i
WHERE i.id = f.indicator_id AND i.plan_id = %(plan)s AND f.quarter >= %(first)s
  AND (%(indicators)s::bigint[] IS NULL OR i.id = ANY(%(indicators)s))
"""

# Which indicators and programmes a node is made of. A programme belongs to a node once, by its primary marks or,
# in a table without marks, by the pillars that its row names.
_NODES = """
WITH members AS (
    SELECT NULL::bigint AS pillar_id, NULL::bigint AS sub_item_id, NULL::bigint AS organisation_id, i.id AS indicator_id
    FROM kpis_indicator i WHERE i.plan_id = %(plan)s
    UNION ALL
    SELECT i.pillar_id, NULL, NULL, i.id FROM kpis_indicator i
    WHERE i.plan_id = %(plan)s AND i.pillar_id IS NOT NULL
    UNION ALL
    SELECT NULL, m.sub_item_id, NULL, i.id
    FROM kpis_indicatorsubitem m JOIN kpis_indicator i ON i.id = m.indicator_id WHERE i.plan_id = %(plan)s
    UNION ALL
    SELECT NULL, NULL, w.organisation_id, i.id
    FROM kpis_indicatorowner w JOIN kpis_indicator i ON i.id = w.indicator_id WHERE i.plan_id = %(plan)s
),
marked AS (
    SELECT l.program_id, c.pillar_id, m.sub_item_id
    FROM programs_programlisting l
    JOIN programs_mark k ON k.row_id = l.row_id AND k.kind = 'primary'
    JOIN programs_tablecolumn c ON c.id = k.column_id
    LEFT JOIN programs_columnsubitem m ON m.column_id = c.id
    UNION
    SELECT l.program_id, p.pillar_id, NULL
    FROM programs_programlisting l
    JOIN programs_tablerow_pillars p ON p.tablerow_id = l.row_id
    WHERE NOT EXISTS (SELECT FROM programs_mark k WHERE k.row_id = l.row_id)
),
carriers AS (
    SELECT NULL::bigint AS pillar_id, NULL::bigint AS sub_item_id, NULL::bigint AS organisation_id, id AS program_id
    FROM programs_program WHERE plan_id = %(plan)s
    UNION ALL
    SELECT NULL, NULL, organisation_id, id FROM programs_program WHERE plan_id = %(plan)s
    UNION
    SELECT k.pillar_id, NULL, NULL, k.program_id FROM marked k
    JOIN programs_program p ON p.id = k.program_id WHERE p.plan_id = %(plan)s
    UNION
    SELECT NULL, k.sub_item_id, NULL, k.program_id FROM marked k
    JOIN programs_program p ON p.id = k.program_id WHERE p.plan_id = %(plan)s AND k.sub_item_id IS NOT NULL
),
nodes AS (
    SELECT NULL::bigint AS pillar_id, NULL::bigint AS sub_item_id, NULL::bigint AS organisation_id
    UNION ALL SELECT id, NULL, NULL FROM programs_pillar WHERE plan_id = %(plan)s
    UNION ALL
    SELECT NULL, s.id, NULL FROM programs_subitem s JOIN programs_pillar p ON p.id = s.pillar_id
    WHERE p.plan_id = %(plan)s
    UNION ALL
    SELECT NULL, NULL, organisation_id FROM (
        SELECT organisation_id FROM members WHERE organisation_id IS NOT NULL
        UNION SELECT organisation_id FROM carriers WHERE organisation_id IS NOT NULL) either
),
quarters AS (SELECT generate_series(%(first)s, %(plan_last)s)::int AS quarter),
"""

_NODE_INDICATORS = """
rated AS (
    SELECT m.pillar_id, m.sub_item_id, m.organisation_id, f.quarter, f.indicator_id, f.light,
           coalesce((SELECT w.weight FROM kpis_indicatorweight w
                     WHERE w.indicator_id = i.id AND w.effective_from <= f.quarter
                     ORDER BY w.effective_from DESC LIMIT 1), 1) AS weight,
           CASE WHEN m.organisation_id IS NULL THEN f.stated ELSE own.stated END AS stated,
           CASE WHEN m.organisation_id IS NULL THEN f.owed ELSE own.owed END AS owed,
           -- GREATEST would take a missing rate for 0.
           CASE WHEN f.rate_numerator IS NOT NULL
                THEN round(least(greatest(f.rate_numerator / f.rate_denominator, 0), 1), 10) END AS rate,
           f.rate_numerator / f.rate_denominator
               - f.expected_numerator::numeric / f.expected_denominator AS lead
    FROM members m
    JOIN kpis_indicator i ON i.id = m.indicator_id
    JOIN kpis_indicatorfigure f ON f.indicator_id = m.indicator_id AND f.organisation_id IS NULL
        AND f.quarter >= %(first)s
    LEFT JOIN kpis_indicatorfigure own ON own.indicator_id = f.indicator_id AND own.quarter = f.quarter
        AND own.organisation_id = m.organisation_id
),
composed AS (
    SELECT pillar_id, sub_item_id, organisation_id, quarter, count(*) AS indicators,
           count(*) FILTER (WHERE light = 'green') AS green, count(*) FILTER (WHERE light = 'yellow') AS yellow,
           count(*) FILTER (WHERE light = 'red') AS red, count(*) FILTER (WHERE light = 'grey') AS grey,
           count(*) FILTER (WHERE light = '') AS unlit,
           sum(stated) AS stated, sum(owed) AS owed,
           sum(rate * weight) AS score_num, sum(weight) FILTER (WHERE rate IS NOT NULL) AS score_den,
           (array_agg(indicator_id ORDER BY lead, indicator_id) FILTER (WHERE lead IS NOT NULL))[1] AS weakest
    FROM rated GROUP BY pillar_id, sub_item_id, organisation_id, quarter
),
"""

# Progress is the last statement of the term so far; money the last of the same fiscal year, since it starts anew.
_NODE_PROGRAMS = """
progress AS (
    SELECT p.id AS program_id, q.quarter, now_.id IS NOT NULL AS stated,
           last_.planned_progress AS planned, last_.actual_progress AS actual, money.appropriation, money.allocated,
           money.spent, money.payable, money.surplus
    FROM programs_program p CROSS JOIN quarters q
    LEFT JOIN LATERAL (
        SELECT o.id FROM programs_programobservation o
        WHERE o.program_id = p.id AND o.superseded_at IS NULL AND o.statement <> 'withdrawn'
          AND o.quarter = q.quarter LIMIT 1) now_ ON TRUE
    LEFT JOIN LATERAL (
        SELECT o.* FROM programs_programobservation o
        WHERE o.program_id = p.id AND o.superseded_at IS NULL AND o.statement = 'progress' AND o.quarter <= q.quarter
        ORDER BY o.quarter DESC, o.id DESC LIMIT 1) last_ ON TRUE
    LEFT JOIN LATERAL (SELECT last_.* WHERE last_.quarter / 4 = q.quarter / 4) money ON TRUE
    WHERE p.plan_id = %(plan)s
      AND coalesce(p.period_start, DATE '0001-01-01') < make_date(q.quarter / 4, q.quarter %% 4 * 3 + 1, 1) + interval '3 months'
      AND coalesce(p.period_end, DATE '9999-12-31') >= make_date(q.quarter / 4, q.quarter %% 4 * 3 + 1, 1)
),
weighed AS (
    SELECT c.pillar_id, c.sub_item_id, c.organisation_id, g.*,
           bool_and(g.appropriation > 0) FILTER (WHERE g.planned IS NOT NULL)
               OVER (PARTITION BY c.pillar_id, c.sub_item_id, c.organisation_id, g.quarter) IS TRUE
           AND count(*) FILTER (WHERE g.planned IS NOT NULL AND g.appropriation IS NULL)
               OVER (PARTITION BY c.pillar_id, c.sub_item_id, c.organisation_id, g.quarter) = 0 AS by_money
    FROM carriers c JOIN progress g USING (program_id)
),
carried AS (
    SELECT pillar_id, sub_item_id, organisation_id, quarter, count(*) AS programs,
           count(*) FILTER (WHERE stated) AS programs_stated, bool_and(by_money) AS by_money,
           sum(planned * CASE WHEN by_money THEN appropriation ELSE 1 END) AS planned_num,
           sum(actual * CASE WHEN by_money THEN appropriation ELSE 1 END) AS actual_num,
           sum(CASE WHEN by_money THEN appropriation ELSE 1 END) FILTER (WHERE planned IS NOT NULL) AS progress_den,
           sum(appropriation) AS appropriation, sum(allocated) AS allocated, sum(spent) AS spent,
           sum(payable) AS payable, sum(surplus) AS surplus
    FROM weighed GROUP BY pillar_id, sub_item_id, organisation_id, quarter
)
INSERT INTO kpis_nodefigure (plan_id, pillar_id, sub_item_id, organisation_id, quarter, indicators, green, yellow, red,
    grey, unlit, stated, owed, score_numerator, score_denominator, weakest_id, programs, programs_stated,
    planned_numerator, actual_numerator, progress_denominator, progress_is_weighted, appropriation, allocated, spent,
    payable, surplus, algebra_version, computed_at)
SELECT %(plan)s, n.pillar_id, n.sub_item_id, n.organisation_id, q.quarter, coalesce(i.indicators, 0),
       coalesce(i.green, 0), coalesce(i.yellow, 0), coalesce(i.red, 0), coalesce(i.grey, 0), coalesce(i.unlit, 0),
       coalesce(i.stated, 0), coalesce(i.owed, 0), i.score_num, i.score_den, i.weakest, coalesce(p.programs, 0),
       coalesce(p.programs_stated, 0), p.planned_num, p.actual_num, p.progress_den, coalesce(p.by_money, FALSE),
       p.appropriation, p.allocated, p.spent, p.payable, p.surplus, %(version)s, %(now)s
FROM nodes n CROSS JOIN quarters q
LEFT JOIN composed i ON i.quarter = q.quarter
    AND (i.pillar_id, i.sub_item_id, i.organisation_id) IS NOT DISTINCT FROM
        (n.pillar_id, n.sub_item_id, n.organisation_id)
LEFT JOIN carried p ON p.quarter = q.quarter
    AND (p.pillar_id, p.sub_item_id, p.organisation_id) IS NOT DISTINCT FROM
        (n.pillar_id, n.sub_item_id, n.organisation_id)
"""

_NODE_FIGURES = _NODES + _NODE_INDICATORS + _NODE_PROGRAMS

_FORGET_NODE_FIGURES = "DELETE FROM kpis_nodefigure WHERE plan_id = %(plan)s AND quarter >= %(first)s"


def compute_indicator_figures(*, plan: Plan, first: Quarter, indicators: Sequence[int] | None) -> None:
    """Replaces the figures of `indicators` (all of the plan where None) from quarter `first` on."""
    _run(
        [_FORGET_INDICATOR_FIGURES, _INDICATOR_FIGURES], plan, first, list(indicators) if indicators else None
    )


def compute_node_figures(*, plan: Plan, first: Quarter) -> None:
    """Replaces the figures of every node of the plan from quarter `first` on, out of its indicators' figures."""
    _run([_FORGET_NODE_FIGURES, _NODE_FIGURES], plan, first, None)


def _run(statements: Sequence[str], plan: Plan, first: Quarter, indicators: list[int] | None) -> None:
    values = {
        "plan": plan.pk,
        "first": first.ordinal,
        "plan_first": plan.first_quarter.ordinal,
        "plan_last": plan.last_quarter.ordinal,
        "indicators": indicators,
        "yellow": settings.LIGHT_YELLOW_POINTS,
        "red": settings.LIGHT_RED_POINTS,
        "version": ALGEBRA_VERSION,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)
