"""Every table sorts by the column named in `?sort=` (a leading minus turns it round); empty values come last.

Keys carry their table's name (`kpi.rate`), so that one address orders one table and leaves the others as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from reports.selectors import Attended, Attention, IndicatorRow, MatrixRow, NodeRow, Overview
from reports.selectors.names import Named

Row = TypeVar("Row")
Keys = Mapping[str, Callable[[Any], Any]]


def ordered(rows: Iterable[Row], order: str, keys: Keys) -> list[Row]:
    """The rows in the asked order; as they came where the order is not one of this table's."""
    rows = list(rows)
    key = keys.get(order.removeprefix("-"))
    if key is None:
        return rows
    stated = sorted((row for row in rows if key(row) is not None), key=key, reverse=order.startswith("-"))
    return [*stated, *(row for row in rows if key(row) is None)]


def _of(path: str) -> Callable[[Any], Any]:
    """Reads `a.b.c` of a row; None as soon as one of them is."""

    def read(row: Any) -> Any:
        for name in path.split("."):
            row = getattr(row, name) if row is not None else None
        return row

    return read


_LIGHTS = {"red": 0, "yellow": 1, "grey": 2, "green": 3}

QUEUE: Keys = {
    "organisation": _of("report.organisation.order"),
    "quarter": _of("report.reporting_quarter.quarter"),
    "submitted": _of("report.submitted_at"),
    "late": _of("deadline.days_late"),
    "lines": _of("count"),
    "trouble": _of("score"),
    "rounds": _of("rounds"),
}
_STATES = {
    state: place
    for place, state in enumerate(
        ("missing", "draft", "signed", "returned", "submitted", "endorsed", "accepted"), start=-1
    )
}
_ROUND_STATES = {"planned": 0, "open": 1, "closed": 2, "published": 3}
ROUNDS: Keys = {
    "round.quarter": _of("quarter"),
    "round.state": lambda row: _ROUND_STATES[row.record.state],
    "round.opens": _of("record.opens_on"),
    "round.due": _of("record.due_on"),
    "round.closes": _of("record.closes_on"),
    "round.handed_in": _of("handed_in"),
    "round.late": _of("late"),
    "round.accepted": _of("accepted"),
}
ROUND_REPORTS: Keys = {
    "report.organisation": _of("report.organisation.order"),
    "report.state": lambda row: _STATES.get(row.report.state),
    "report.due": _of("deadline.due_on"),
    "report.late": _of("deadline.days_late"),
    "report.submitted": _of("report.submitted_at"),
}
_ANSWERS = {"asked": 0, "granted": 1, "refused": 2, "withdrawn": 3}
EXTENSIONS: Keys = {
    "extension.organisation": _of("extension.report.organisation.order"),
    "extension.quarter": _of("extension.report.reporting_quarter.quarter"),
    "extension.asked": _of("extension.asked_at"),
    "extension.until": _of("extension.until_asked"),
    "extension.granted": _of("extension.until_granted"),
    "extension.state": lambda row: _ANSWERS[row.extension.state],
}
DECISIONS: Keys = {
    "number": lambda row: (row.decision.year, row.decision.number),
    "organisation": _of("decision.organisation.order"),
    "due": _of("due.quarter"),
    "late": lambda row: row.due.days_late or None,
    "state": _of("decision.state"),
    "said": lambda row: row.outlook or None,
    "reported": _of("latest.report.reporting_quarter.quarter"),
}
INDICATORS: Keys = {
    "kpi.code": _of("indicator.code"),
    "kpi.pillar": _of("indicator.pillar_order"),
    "kpi.rate": _of("figure.rate"),
    "kpi.expected": _of("figure.expected_share"),
    "kpi.lag": _of("lag"),
    "kpi.light": lambda row: _LIGHTS.get(row.figure.light) if row.figure else None,
    "kpi.coverage": lambda row: _share(row.figure.stated, row.figure.owed) if row.figure else None,
}
NODES: Keys = {
    "node.order": _of("node.order"),
    "node.indicators": _of("figure.indicators"),
    "node.red": _of("figure.red"),
    "node.score": _of("figure.score"),
    "node.coverage": lambda row: _share(row.figure.stated, row.figure.owed),
    "node.programs": _of("figure.programs"),
    "node.planned": _of("figure.planned_progress"),
    "node.actual": _of("figure.actual_progress"),
}
ATTENTION: Keys = {
    "attention.subject": _of("place"),
    "attention.organisation": lambda row: row.organisations[0].code if row.organisations else None,
    "attention.reason": lambda row: row.reasons[0].cause,
    "attention.score": _of("score"),
}
MONEY: Keys = {
    "money.order": _of("node.order"),
    "money.programs": _of("figure.programs"),
    "money.planned": _of("figure.planned_progress"),
    "money.actual": _of("figure.actual_progress"),
    "money.lead": _of("figure.lead"),
    "money.appropriation": _of("figure.appropriation"),
    "money.allocated": _of("figure.allocated"),
    "money.executed": _of("figure.executed"),
    "money.rate": _of("figure.execution_rate"),
}
_OF_PROGRAM = {
    "row.program": _of("program.code"),
    "row.organisation": _of("organisation.order"),
    "row.quarter": _of("fact.quarter"),
    "row.accepted": _of("fact.accepted_at"),
}
EXPLAINED: Mapping[str, Keys] = {
    "figure": {
        "row.organisation": _of("fact.organisation.order"),
        "row.quarter": _of("fact.quarter"),
        "row.amount": _of("fact.amount.quotient"),
        "row.accepted": _of("fact.accepted_at"),
    },
    "score": {
        "row.code": _of("indicator.code"),
        "row.rate": _of("rate"),
        "row.lead": _of("lead"),
        "row.light": lambda row: _LIGHTS.get(row.light),
        "row.weight": _of("weight"),
        "row.coverage": lambda row: _share(row.stated, row.owed),
    },
    "coverage": {
        "row.code": _of("indicator.code"),
        "row.organisation": _of("organisation.order"),
        "row.coverage": lambda row: _share(row.stated, row.owed),
        "row.missing": lambda row: row.owed - row.stated,
    },
    "progress": {
        **_OF_PROGRAM,
        "row.planned": _of("fact.planned"),
        "row.actual": _of("fact.actual"),
        "row.appropriation": _of("money.appropriation"),
    },
    "money": {
        **_OF_PROGRAM,
        **{
            f"row.{name}": _of(f"money.{name}")
            for name in ("appropriation", "allocated", "spent", "payable", "surplus", "executed")
        },
    },
    "milestones": {
        **_OF_PROGRAM,
        "row.due": _of("due_on"),
        "row.reached": _of("reached_on"),
    },
}
EXCLUDED: Keys = {
    "out.reason": _of("reason"),
    "out.subject": _of("subject.code"),
    "out.organisation": _of("organisation.order"),
    "out.quarter": _of("quarter"),
}
_PEOPLE_STATES = {"invited": 0, "in_use": 1, "disabled": 2}
PEOPLE: Keys = {
    "name": _of("user.name"),
    "email": _of("user.email"),
    "organisation": _of("organisation_order"),
    "role": _of("roles"),
    "login": _of("user.last_login"),
    "state": lambda row: _PEOPLE_STATES[row.state],
}
PROGRAMS: Keys = {
    "code": _of("program.code"),
    "organisation": _of("standing.organisation.order"),
    "planned": _of("fact.planned_progress"),
    "actual": _of("fact.actual_progress"),
    "lead": _of("lead"),
    "appropriation": _of("money.appropriation"),
    "allocated": _of("money.allocated"),
    "executed": _of("executed"),
}
PROPOSALS: Keys = {
    "proposal.indicator": _of("indicator.code"),
    "proposal.organisation": _of("proposal.organisation.order"),
    "proposal.effective": _of("proposal.effective_from"),
    "proposal.at": _of("proposal.proposed_at"),
}
TARGETS: Keys = {
    "target.code": _of("indicator.code"),
    "target.pillar": _of("indicator.pillar.order"),
    "target.effective": _of("target.effective_from"),
    "target.changes": _of("changes"),
    "target.last": _of("last_change"),
}
OWNERS: Keys = {
    "code": _of("indicator.code"),
    "pillar": _of("indicator.pillar.order"),
    "owners": lambda line: len(line.owners),
    "changes": _of("changes"),
}
_PROGRAM_STATES = {"running": 0, "coming": 1, "ended": 2, "released": 3}
PROGRAM_LINES: Keys = {
    "code": _of("program.code"),
    "organisation": _of("standing.organisation.order"),
    "kind": _of("standing.kind"),
    "start": _of("standing.period_start"),
    "state": lambda line: _PROGRAM_STATES[line.state],
    "changes": _of("changes"),
    "asked": _of("asked"),
}


def _state_at(place: int) -> Callable[[MatrixRow], int | None]:
    def read(row: MatrixRow) -> int | None:
        cell = row.cells[place]
        return _STATES[cell.state] if cell else None

    return read


def matrix_keys(view: Overview) -> Keys:
    """By organisation, by what is outstanding, or by the state in one quarter (`matrix.112Q1`)."""
    by_quarter = {f"matrix.{quarter.code}": _state_at(place) for place, quarter in enumerate(view.quarters)}
    return {"matrix.organisation": _of("order"), "matrix.outstanding": _of("outstanding"), **by_quarter}


def tree(pillars: Iterable[NodeRow], order: str) -> list[NodeRow]:
    """Pillars in the asked order, and within each its sub-items in the same."""
    return [
        replace(pillar, children=tuple(ordered(pillar.children, order, NODES)))
        for pillar in ordered(pillars, order, NODES)
    ]


def _share(stated: int, owed: int) -> float | None:
    return stated / owed if owed else None


@dataclass(frozen=True)
class Chosen:
    """What `?node=` narrows the page to: a pillar, a sub-item or an organisation (`kind`), by name."""

    kind: str
    node: Any

    def holds(self, row: Attended) -> bool:
        if self.kind == "organisation":
            return any(each.code == self.node.code for each in row.organisations)
        return (self.kind, self.node.pk) in row.nodes


def node_named(view: Overview, name: str) -> Chosen | None:
    """`2` is a pillar, `2.3` a sub-item, `MOEA` an organisation; the codes of nodes are those of the plan."""
    for pillar in view.pillars:
        if name == pillar.node.code:
            return Chosen("pillar", pillar.node)
        for child in pillar.children:
            if name == child.node.code:
                return Chosen("sub_item", child.node)
    organisations: dict[str, Named] = {row.organisation.code: row.organisation for row in view.matrix}
    return Chosen("organisation", organisations[name]) if name in organisations else None


def indicators_of(view: Overview, chosen: Chosen | None, attention: Attention | None) -> list[IndicatorRow]:
    """The indicators of what was chosen; all of them where nothing was."""
    if chosen is None:
        return list(view.indicators)
    if chosen.kind == "pillar":
        return [row for row in view.indicators if row.indicator.pillar_id == chosen.node.pk]
    if chosen.kind == "sub_item":
        return [row for row in view.indicators if chosen.node.pk in row.sub_items]
    owners = attention.owners if attention else {}
    return [row for row in view.indicators if chosen.node.code in owners.get(row.indicator.pk, ())]
