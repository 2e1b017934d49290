"""Results of a quarter, as known now (stored figures) or at a moment before (computed from the facts in force then).

Both give the same values by the same definition; each function is one query at any size, nodes of a moment are two. Facts are known from the
moment of their acceptance; targets, weights and owners hold by their effective quarters, whenever they were entered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kpis.engine import figures, members, nodes
from kpis.engine.statements import rows
from kpis.results import NODE_KINDS, IndicatorResult, MemberResult, NodeResult
from programs.models import Plan
from programs.quarters import Quarter


def indicator_results(
    plan: Plan,
    quarter: Quarter,
    *,
    since: Quarter | None = None,
    indicators: Sequence[int] | None = None,
    as_of: datetime | None = None,
) -> list[IndicatorResult]:
    """The plan's indicators (or those given) in the quarter, or in every quarter from `since` on, oldest first."""
    values = figures.settings_values() | {
        "plan": plan.pk,
        "since": (since or quarter).ordinal,
        "until": quarter.ordinal,
        "indicators": None if indicators is None else list(indicators),
        "as_of": as_of,
    }
    scope = _scope(indicators)
    if as_of is None:
        found = rows(
            f"""
SELECT {figures.STORED_RESULT} FROM kpis_indicatorfigure f JOIN kpis_indicator i ON i.id = f.indicator_id
WHERE {scope} AND f.quarter BETWEEN %(since)s AND %(until)s
ORDER BY f.quarter, f.indicator_id""",
            values,
        )
    else:
        found = rows(
            f"""
WITH {figures.fresh(scope=scope, as_of=as_of)}
SELECT {figures.FRESH_RESULT} FROM fresh ORDER BY quarter, indicator_id""",
            values,
        )
    return [IndicatorResult(*_dated(row)) for row in found]


def _scope(indicators: Sequence[int] | None) -> str:
    """Which indicators `i` are meant: those given, else the plan's."""
    if indicators is None:
        return "i.plan_id = %(plan)s"
    return "i.id = ANY(%(indicators)s::bigint[]) AND i.plan_id = %(plan)s"


_LAST_STATED = 7


def _dated(row: tuple[Any, ...]) -> list[Any]:
    """The row with its quarters as such: the first field and `last_stated`."""
    fields = list(row)
    fields[0] = Quarter(fields[0])
    if fields[_LAST_STATED] is not None:
        fields[_LAST_STATED] = Quarter(fields[_LAST_STATED])
    return fields


def member_results(
    plan: Plan,
    quarter: Quarter,
    *,
    indicators: Sequence[int] | None = None,
    as_of: datetime | None = None,
) -> list[MemberResult]:
    """Each organisation's own part of the plan's indicators (or those given) in the quarter."""
    statement = f"""
WITH {members.members(as_of, scope=_scope(indicators))}
SELECT %(quarter)s::int, {members.COLUMNS} FROM members ORDER BY indicator_id, organisation_id"""
    values = {
        "plan": plan.pk,
        "quarter": quarter.ordinal,
        "indicators": None if indicators is None else list(indicators),
        "as_of": as_of,
    }
    return [MemberResult(*_dated(row)) for row in rows(statement, values)]


def node_results(
    plan: Plan,
    quarter: Quarter,
    *,
    kinds: Sequence[str] = NODE_KINDS,
    as_of: datetime | None = None,
    given: Sequence[IndicatorResult] | None = None,
) -> list[NodeResult]:
    """The plan's nodes of these kinds in the quarter; as of a moment, of the indicators' results `given` where known."""
    if as_of is not None and given is None:
        given = indicator_results(plan, quarter, as_of=as_of)
    return nodes.nodes(plan, quarter, kinds, as_of, given)
