"""The floor of each measure: the least that plain SQL would have to do for the same rows, with nothing of the product.

Facts are append-only, so what a floor must change it changes in a plain copy of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from programs.quarters import Quarter
from tests.benchmarks import synthetic
from tests.benchmarks.synthetic import PLAN

_TABLES = """
CREATE TABLE bench_summary (
    indicator_id bigint, year int, value numeric, numerator numeric, denominator numeric, facts bigint,
    PRIMARY KEY (indicator_id, year));
CREATE TABLE bench_total (LIKE bench_summary INCLUDING INDEXES);
CREATE TABLE bench_accepted (LIKE kpis_observation INCLUDING DEFAULTS INCLUDING IDENTITY, PRIMARY KEY (id));
CREATE TABLE bench_fact AS
    SELECT indicator_id, organisation_id, quarter, value, numerator, denominator FROM kpis_observation
    WHERE superseded_at IS NULL;
CREATE UNIQUE INDEX ON bench_fact (indicator_id, quarter, organisation_id);
ANALYZE bench_fact;
CHECKPOINT
"""
_SUMS = "indicator_id, quarter / 4, sum(value), sum(numerator), sum(denominator), count(*)"
_REBUILD = f"""
INSERT INTO bench_summary SELECT {_SUMS} FROM kpis_observation WHERE superseded_at IS NULL GROUP BY 1, 2
"""
_CHANGE = """
UPDATE bench_fact SET value = value + 1 WHERE indicator_id = %s AND quarter = %s AND organisation_id = %s
"""
_SUM_AGAIN = f"""
INSERT INTO bench_total SELECT {_SUMS} FROM bench_fact
WHERE indicator_id = %s AND quarter BETWEEN %s AND %s GROUP BY 1, 2
ON CONFLICT (indicator_id, year) DO UPDATE
SET value = excluded.value, numerator = excluded.numerator, denominator = excluded.denominator, facts = excluded.facts
"""
# Rows of two kinds in one answer: the plan's indicators, each with its figure, what is shown of it and what is judged
# of it (the two quarters before, who owes it, what they think of it), and all reports.
_DASHBOARD = """
SELECT * FROM (
    SELECT i.id, i.code, i.name_zh, i.name_en, i.unit_zh, i.unit_en, i.decimal_places, i.aggregation, i.pillar_id,
           p.order, t.comparator, t.value, t.value_max, t.frequency, f.*, one.*, two.*, owner.*, judged.*
    FROM kpis_indicator i
    JOIN programs_pillar p ON p.id = i.pillar_id
    LEFT JOIN kpis_indicatorfigure f ON f.indicator_id = i.id AND f.quarter = %(quarter)s
    LEFT JOIN kpis_indicatorfigure one ON one.indicator_id = i.id AND one.quarter = %(quarter)s - 1
    LEFT JOIN kpis_indicatorfigure two ON two.indicator_id = i.id AND two.quarter = %(quarter)s - 2
    LEFT JOIN kpis_target t ON t.id = f.target_id
    LEFT JOIN (
        SELECT indicator_id, array_agg(organisation_id) FROM kpis_indicatorowner GROUP BY indicator_id
    ) owner ON owner.indicator_id = i.id
    LEFT JOIN (
        SELECT indicator_id, array_agg(DISTINCT confidence) FROM kpis_observation
        WHERE quarter = %(quarter)s AND superseded_at IS NULL GROUP BY indicator_id
    ) judged ON judged.indicator_id = i.id
    WHERE i.plan_id = %(plan)s
) shown FULL JOIN (
    SELECT r.*, q.*, o.* FROM reports_report r
    JOIN reports_reportingquarter q ON q.id = r.reporting_quarter_id
    JOIN ministries_organisation o ON o.id = r.organisation_id
    WHERE q.plan_id = %(plan)s
) report ON FALSE
"""
_CHILDREN = """
SELECT i.id, i.code, i.name_zh, i.name_en, t.comparator, f.*
FROM kpis_indicatorfigure f
JOIN kpis_indicator i ON i.id = f.indicator_id
LEFT JOIN kpis_target t ON t.id = f.target_id
WHERE f.quarter = %s AND i.plan_id = %s
"""
_KNOWN_THEN = f"""
SELECT {_SUMS} FROM kpis_observation
WHERE accepted_at <= %s AND (superseded_at IS NULL OR superseded_at > %s) GROUP BY 1, 2
"""
_FACT = (
    *(
        "organisation_id",
        "quarter",
        "accepted_by_id",
        "reason",
        "origin",
        "narrative",
        "edition",
        "confidence",
    ),
    *("accepted_at", "revision", "indicator_id", "statement", "value"),
)


def prepare() -> None:
    """The floors' own tables; bench_fact lies in the same order as the facts."""
    for statement in _TABLES.split(";"):
        _run(statement)


def empty_summary() -> None:
    _run("TRUNCATE bench_summary")


def rebuild() -> None:
    """One GROUP BY per indicator and year, over the facts themselves."""
    _run(_REBUILD)


def one_recomputation(indicator: int, quarter: Quarter, organisation: int) -> None:
    """Update one row, sum its indicator's year again, upsert, commit."""
    first = quarter.first_of_year.ordinal
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CHANGE, [indicator, quarter.ordinal, organisation])
        cursor.execute(_SUM_AGAIN, [indicator, first, first + 3])


def one_insert() -> None:
    """One committed insert."""
    columns, places = ", ".join(_FACT), ", ".join(["%s"] * len(_FACT))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO bench_accepted ({columns}) VALUES ({places})", _fact(1))


def copy_of(lines: int) -> None:
    """COPY of as many rows, committed."""
    statement = f"COPY bench_accepted ({', '.join(_FACT)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for number in range(1, lines + 1):
            copy.write_row(_fact(number))


def _fact(number: int) -> list[Any]:
    moment = synthetic.moment(synthetic.FIRST, synthetic.ACCEPTED)
    said = ("", f"line {number} revision 1", "", "", "on_track")
    return [1, synthetic.FIRST.ordinal, synthetic.ACTOR, *said, moment, 1, number, "value", 100]


def dashboard(quarter: Quarter) -> list[Any]:
    """One SELECT of the same rows: the plan's indicators in the quarter, what is judged of them, and all reports."""
    return _rows(_DASHBOARD, {"quarter": quarter.ordinal, "plan": PLAN})


def children(quarter: Quarter) -> list[Any]:
    """One SELECT of the rows that a figure of the whole plan is made of."""
    return _rows(_CHILDREN, [quarter.ordinal, PLAN])


def known_on(moment: datetime) -> list[Any]:
    """The GROUP BY with a time filter."""
    return _rows(_KNOWN_THEN, [moment, moment])


def _rows(statement: str, values: Sequence[Any] | dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
