"""Nodes as set-based SQL over the figures of indicators: composed when read, so that no ancestor is ever behind.

The second implementation of the algebra that `kpis.composites` defines. The figures are those stored, or those
that are given, as known at some moment; the statement is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from kpis.engine.members import members
from kpis.engine.statements import in_force, rows
from kpis.results import NODE_KINDS, IndicatorResult, NodeResult
from programs.models import Plan
from programs.quarters import Quarter

_STORED_FIGURES = """
figures AS (
    SELECT f.indicator_id, f.light, f.stated, f.owed, f.weight, f.rate_numerator AS rate_num,
           f.rate_denominator AS rate_den, f.expected_numerator AS expected_num, f.expected_denominator AS expected_den,
           f.facts_seen AS seen, f.facts_until AS until
    FROM kpis_indicatorfigure f JOIN kpis_indicator i ON i.id = f.indicator_id
    WHERE i.plan_id = %(plan)s AND f.quarter = %(quarter)s
)"""

_GIVEN_FIGURES = """
figures AS (
    SELECT * FROM jsonb_to_recordset(%(figures)s::jsonb) AS given (
        indicator_id bigint, light text, stated int, owed int, weight numeric, rate_num numeric, rate_den numeric,
        expected_num numeric, expected_den numeric, seen int, until timestamptz)
)"""

# An indicator's rate and lead in the terms of `kpis.composites.Child`: ten places, half away from zero, and cut off.
_RATED = """
children AS (
    SELECT *,
           CASE WHEN rate_num <= 0 THEN 0 WHEN rate_num >= rate_den THEN 1
                WHEN rate_num IS NOT NULL
                    THEN div(rate_num * 20000000000 + rate_den, 2 * rate_den) * 0.0000000001 END AS rate,
           div((rate_num * expected_den - expected_num * rate_den) * 10000000000, rate_den * expected_den) AS lead
    FROM figures
)"""

_MEMBERSHIP = """
belonging AS (
    SELECT 'plan' AS kind, %(plan)s::bigint AS node_id, c.*, c.stated AS own_stated, c.owed AS own_owed
    FROM children c WHERE 'plan' = ANY(%(kinds)s)
    UNION ALL
    SELECT 'pillar', i.pillar_id, c.*, c.stated, c.owed
    FROM children c JOIN kpis_indicator i ON i.id = c.indicator_id
    WHERE 'pillar' = ANY(%(kinds)s) AND i.pillar_id IS NOT NULL
    UNION ALL
    SELECT 'sub_item', m.sub_item_id, c.*, c.stated, c.owed
    FROM children c JOIN kpis_indicatorsubitem m ON m.indicator_id = c.indicator_id
    WHERE 'sub_item' = ANY(%(kinds)s){organisations}
),
composed AS (
    SELECT kind, node_id, count(*) AS indicators,
           count(*) FILTER (WHERE light = 'green') AS green, count(*) FILTER (WHERE light = 'yellow') AS yellow,
           count(*) FILTER (WHERE light = 'red') AS red, count(*) FILTER (WHERE light = 'grey') AS grey,
           count(*) FILTER (WHERE light = '') AS unlit, sum(own_stated)::int AS stated, sum(own_owed)::int AS owed,
           sum(rate * weight) AS score_num, sum(weight) FILTER (WHERE rate IS NOT NULL) AS score_den,
           (min(ARRAY[lead, indicator_id]) FILTER (WHERE lead IS NOT NULL))[2]::bigint AS weakest_id,
           sum(seen)::int AS seen, max(until) AS until
    FROM belonging GROUP BY kind, node_id
)"""

_OF_ORGANISATIONS = """
    UNION ALL
    SELECT 'organisation', b.organisation_id, c.*, b.stated, b.owed
    FROM children c JOIN members b ON b.indicator_id = c.indicator_id AND b.owes"""

# A programme belongs to a node once, by its primary marks or, in a table without marks, by the pillars that its row
# names; it is related to a node that it bears only a △ in. It is asked for while the period that holds in the quarter
# runs, from the quarter in which it joins, until it is released. What was decided of a column goes before its print.
CARRIERS = """
running AS (
    SELECT p.id, coalesce(v.organisation_id, p.organisation_id) AS organisation_id,
           coalesce(v.name_zh, p.name_zh) AS name_zh, coalesce(v.name_en, p.name_en) AS name_en
    FROM programs_program p
    LEFT JOIN (
        SELECT DISTINCT ON (program_id) * FROM programs_programversion WHERE effective_from <= %(quarter)s
        ORDER BY program_id, effective_from DESC
    ) v ON v.program_id = p.id
    WHERE p.plan_id = %(plan)s
      AND coalesce(p.joined_from <= %(quarter)s, TRUE) AND coalesce(p.released_from > %(quarter)s, TRUE)
      AND coalesce(CASE WHEN v.id IS NULL THEN p.period_start ELSE v.period_start END <= %(last_day)s, TRUE)
      AND coalesce(CASE WHEN v.id IS NULL THEN p.period_end ELSE v.period_end END >= %(first_day)s, TRUE)
),
decided AS (
    SELECT DISTINCT ON (d.program_id, d.column_id) d.program_id, d.column_id, d.kind
    FROM programs_programmark d JOIN running r ON r.id = d.program_id
    WHERE d.effective_from <= %(quarter)s ORDER BY d.program_id, d.column_id, d.effective_from DESC
),
borne_marks AS (
    SELECT l.program_id, k.column_id, k.kind
    FROM programs_programlisting l
    JOIN running r ON r.id = l.program_id
    JOIN programs_mark k ON k.row_id = l.row_id
    WHERE NOT EXISTS (SELECT FROM decided d WHERE d.program_id = l.program_id AND d.column_id = k.column_id)
    UNION ALL
    SELECT program_id, column_id, kind FROM decided WHERE kind <> 'none'
),
marked AS (
    SELECT DISTINCT k.program_id, c.pillar_id, m.sub_item_id, k.kind = 'primary' AS is_primary
    FROM borne_marks k
    JOIN programs_tablecolumn c ON c.id = k.column_id
    LEFT JOIN programs_columnsubitem m ON m.column_id = c.id
    UNION
    SELECT l.program_id, p.pillar_id, NULL, TRUE
    FROM programs_programlisting l
    JOIN running r ON r.id = l.program_id
    JOIN programs_tablerow_pillars p ON p.tablerow_id = l.row_id
    WHERE NOT EXISTS (SELECT FROM programs_mark k WHERE k.row_id = l.row_id)
),
placed AS (
    SELECT 'plan' AS kind, %(plan)s::bigint AS node_id, id AS program_id, TRUE AS is_primary FROM running
    UNION ALL SELECT 'organisation', organisation_id, id, TRUE FROM running
    UNION ALL
    SELECT 'pillar', pillar_id, program_id, bool_or(is_primary) FROM marked GROUP BY pillar_id, program_id
    UNION ALL
    SELECT 'sub_item', sub_item_id, program_id, bool_or(is_primary) FROM marked
    WHERE sub_item_id IS NOT NULL GROUP BY sub_item_id, program_id
),
carriers AS (SELECT * FROM placed WHERE kind = ANY(%(kinds)s))"""

# Progress is the last statement of the term so far; money the last of the same fiscal year, since it starts anew.
_PROGRESS = """
progress AS (
    SELECT r.id AS program_id, now_.id IS NOT NULL AS stated, last_.planned_progress AS planned,
           last_.actual_progress AS actual, money.appropriation, money.allocated, money.spent, money.payable,
           money.surplus, every.seen, every.until
    FROM running r
    LEFT JOIN LATERAL (
        SELECT o.id FROM programs_programobservation o
        WHERE o.program_id = r.id AND {in_force} AND o.statement <> 'withdrawn' AND o.quarter = %(quarter)s LIMIT 1
    ) now_ ON TRUE
    LEFT JOIN LATERAL (
        SELECT o.* FROM programs_programobservation o
        WHERE o.program_id = r.id AND {in_force} AND o.statement = 'progress' AND o.quarter <= %(quarter)s
        ORDER BY o.quarter DESC, o.id DESC LIMIT 1
    ) last_ ON TRUE
    LEFT JOIN LATERAL (SELECT last_.* WHERE last_.quarter / 4 = %(quarter)s / 4) money ON TRUE
    LEFT JOIN LATERAL (
        SELECT sum(o.revision) AS seen, max(o.accepted_at) AS until FROM programs_programobservation o
        WHERE o.program_id = r.id AND {in_force} AND o.quarter <= %(quarter)s
    ) every ON TRUE
),
weighed AS (
    SELECT c.kind, c.node_id, g.*,
           coalesce(bool_and(coalesce(g.appropriation, 0) > 0) FILTER (WHERE g.planned IS NOT NULL)
               OVER (PARTITION BY c.kind, c.node_id), FALSE) AS by_money
    FROM carriers c JOIN progress g USING (program_id) WHERE c.is_primary
),
borne AS (
    SELECT kind, node_id, count(*) AS programs, count(*) FILTER (WHERE stated) AS programs_stated,
           bool_and(by_money) AS by_money,
           sum(planned * CASE WHEN by_money THEN appropriation ELSE 1 END) AS planned_num,
           sum(actual * CASE WHEN by_money THEN appropriation ELSE 1 END) AS actual_num,
           sum(CASE WHEN by_money THEN appropriation ELSE 1 END) FILTER (WHERE planned IS NOT NULL) AS progress_den,
           sum(appropriation) AS appropriation, sum(allocated) AS allocated, sum(spent) AS spent,
           sum(payable) AS payable, sum(surplus) AS surplus, sum(seen)::int AS seen, max(until) AS until
    FROM weighed GROUP BY kind, node_id
),
related AS (
    SELECT kind, node_id, count(*) AS programs FROM carriers WHERE NOT is_primary GROUP BY kind, node_id
)"""

# Of the rows of one milestone the newest that is effective holds; it is reached once any fact in force says so.
_MILESTONES = """
checkpoints AS (
    SELECT program_id, due_on, reached_on
    FROM (
        SELECT DISTINCT ON (k.program_id, k.code) k.program_id, k.due_on, k.dropped_from, reached.reached_on
        FROM programs_programmilestone k
        JOIN running r ON r.id = k.program_id
        LEFT JOIN LATERAL (
            SELECT o.reached_on
            FROM programs_milestoneobservation o JOIN programs_programmilestone same ON same.id = o.milestone_id
            WHERE same.program_id = k.program_id AND same.code = k.code AND o.statement = 'reached'
              AND {in_force} AND o.quarter <= %(quarter)s
            ORDER BY o.quarter, o.id LIMIT 1
        ) reached ON TRUE
        WHERE k.effective_from <= %(quarter)s
        ORDER BY k.program_id, k.code, k.effective_from DESC
    ) newest
    WHERE dropped_from IS NULL OR dropped_from > %(quarter)s
),
checked AS (
    SELECT c.kind, c.node_id, count(*) FILTER (WHERE k.due_on <= %(last_day)s) AS due,
           count(k.reached_on) AS reached, count(*) FILTER (WHERE k.reached_on > k.due_on) AS late,
           count(*) FILTER (WHERE k.due_on <= %(last_day)s AND k.reached_on IS NULL) AS overdue
    FROM carriers c JOIN checkpoints k USING (program_id) WHERE c.is_primary GROUP BY c.kind, c.node_id
)"""

_NODES = """
nodes AS (
    SELECT 'plan' AS kind, %(plan)s::bigint AS node_id
    UNION ALL SELECT 'pillar', id FROM programs_pillar WHERE plan_id = %(plan)s
    UNION ALL
    SELECT 'sub_item', s.id FROM programs_subitem s JOIN programs_pillar p ON p.id = s.pillar_id
    WHERE p.plan_id = %(plan)s
    UNION ALL
    SELECT 'organisation', node_id FROM (
        SELECT node_id FROM composed WHERE kind = 'organisation'
        UNION SELECT node_id FROM borne WHERE kind = 'organisation') either
)
SELECT n.kind, n.node_id, coalesce(i.indicators, 0), coalesce(i.green, 0), coalesce(i.yellow, 0), coalesce(i.red, 0),
       coalesce(i.grey, 0), coalesce(i.unlit, 0), coalesce(i.stated, 0), coalesce(i.owed, 0), i.score_num, i.score_den,
       i.weakest_id, coalesce(p.programs, 0), coalesce(p.programs_stated, 0), coalesce(r.programs, 0), p.planned_num,
       p.actual_num, p.progress_den, coalesce(p.by_money, FALSE), p.appropriation, p.allocated, p.spent, p.payable,
       p.surplus,
       coalesce((SELECT m.execution_formula FROM kpis_monitoringstandard m
                 WHERE m.plan_id = %(plan)s AND m.effective_from <= %(quarter)s
                 ORDER BY m.effective_from DESC LIMIT 1), %(formula)s),
       coalesce(k.due, 0), coalesce(k.reached, 0), coalesce(k.late, 0), coalesce(k.overdue, 0),
       coalesce(i.seen, 0) + coalesce(p.seen, 0), greatest(i.until, p.until)
FROM nodes n
LEFT JOIN composed i USING (kind, node_id)
LEFT JOIN borne p USING (kind, node_id)
LEFT JOIN related r USING (kind, node_id)
LEFT JOIN checked k USING (kind, node_id)
WHERE n.kind = ANY(%(kinds)s)
ORDER BY n.kind, n.node_id
"""


def nodes(
    plan: Plan,
    quarter: Quarter,
    kinds: Sequence[str] = NODE_KINDS,
    as_of: datetime | None = None,
    given: Iterable[IndicatorResult] | None = None,
) -> list[NodeResult]:
    """Every node of these kinds in the quarter, of the figures stored or of those given. One query.

    `as_of` is for what is read beside the figures: programmes, milestones and the parts of organisations.
    """
    with_organisations = "organisation" in kinds
    parts = [
        _STORED_FIGURES if given is None else _GIVEN_FIGURES,
        _RATED,
        *([members(as_of, scope="i.plan_id = %(plan)s")] if with_organisations else []),
        _MEMBERSHIP.replace("{organisations}", _OF_ORGANISATIONS if with_organisations else ""),
        CARRIERS,
        _PROGRESS,
        _MILESTONES,
        _NODES,
    ]
    statement = "WITH " + ",".join(parts).replace("{in_force}", in_force("o", as_of))
    values = {
        "plan": plan.pk,
        "quarter": quarter.ordinal,
        "first_day": quarter.first_day,
        "last_day": quarter.last_day,
        "kinds": list(kinds),
        "formula": settings.EXECUTION_FORMULA,
        "as_of": as_of,
        "figures": None if given is None else json.dumps([_as_json(each) for each in given]),
    }
    return [NodeResult(row[0], row[1], quarter, *row[2:]) for row in rows(statement, values)]


def _as_json(result: IndicatorResult) -> dict[str, Any]:
    """Numbers as text, so that they stay exact."""
    numbers = {
        "weight": result.weight,
        "rate_num": result.rate_numerator,
        "rate_den": result.rate_denominator,
        "expected_num": result.expected_numerator,
        "expected_den": result.expected_denominator,
    }
    return {
        "indicator_id": result.indicator_id,
        "light": result.light,
        "stated": result.stated,
        "owed": result.owed,
        **{name: None if number is None else str(number) for name, number in numbers.items()},
        "seen": result.facts_seen,
        "until": result.facts_until.isoformat() if result.facts_until else None,
    }
