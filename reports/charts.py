"""The overview's charts: bullet bars of indicators, progress and money of pillars, and the heat map of who handed in what.

Pure: the overview comes in as read, values of charts go out. How a value becomes a figure is said in `kpis.charts`;
the heat map alone is of words, so its table is the picture itself, and its figure is only made to be kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from kpis import charts, wording
from kpis.charts import Bar, Bars, Bullet, Chart, Gauge, Progress, Spending
from kpis.charts.paths import local
from reports.models import ReportState
from reports.selectors import MISSING, IndicatorRow, NodeRow, Overview

CELL_WIDTH, CELL_HEIGHT, NAMES, AROUND = 48, 26, 150, 90
"""Pixels of the heat map that is kept as a picture."""
_MARKS = {
    ReportState.ACCEPTED: ("heat-5", "paper", "✓"),
    ReportState.SUBMITTED: ("heat-3", "ink", "→"),
    ReportState.ENDORSED: ("heat-3", "ink", "→"),
    ReportState.SIGNED: ("heat-1", "ink", "…"),
    ReportState.DRAFT: ("heat-1", "ink", "…"),
    ReportState.RETURNED: ("yellow-paper", "yellow", "↩"),
    MISSING: ("red-paper", "red", "✕"),
}


def bullet(row: IndicatorRow) -> Bullet | None:
    """The bar of an indicator's row; None where it has no target that a bar could show."""
    target, figure = row.target, row.figure
    if target is None:
        return None
    rate = figure.rate if figure else None
    baseline = None
    if target.comparator == "rank_improves" and rate is not None and row.actual is not None and target.value:
        # The rate says from where the rank set out: (baseline − rank) / places to gain.
        baseline = row.actual + rate * target.value
    expected = figure.expected_share if figure else None
    return charts.drawn(
        Gauge(target.comparator, target.value, target.value_max, row.actual, rate, expected, baseline)
    )


def bars(view: Overview, rows: Iterable[IndicatorRow], *, is_demonstration: bool) -> Bars:
    """The bars of these rows, as a picture of their own."""
    title = f"{local(view.round.record.plan.short_name_zh, view.round.record.plan.short_name_en)}　{view.round.quarter.label}"
    return Bars(title, (("", tuple(_bar(row) for row in rows)),), is_demonstration)


def _bar(row: IndicatorRow) -> Bar:
    indicator, figure = row.indicator, row.figure
    return Bar(
        code=indicator.code,
        name=local(indicator.name_zh, indicator.name_en),
        light=figure.light if figure else "grey",
        bullet=bullet(row),
        promise=wording.promised(row.target, indicator),
        actual=row.actual,
        unit=local(indicator.unit_zh, indicator.unit_en),
        reached=wording.quantity(row.actual, indicator),
        rate=figure.rate if figure else None,
        expected=figure.expected_share if figure else None,
    )


def progress(view: Overview, *, is_demonstration: bool) -> Chart | None:
    rows = [
        Progress(_name(row), row.figure.planned_progress, row.figure.actual_progress) for row in view.pillars
    ]
    return charts.progress(rows, is_demonstration=is_demonstration)


def money(view: Overview, *, is_demonstration: bool) -> Chart | None:
    rows = [
        Spending(_name(row), row.figure.appropriation, row.figure.allocated, row.figure.executed)
        for row in view.pillars
    ]
    return charts.money(rows, is_demonstration=is_demonstration)


def _name(row: NodeRow) -> str:
    return local(row.node.name_zh, row.node.name_en)


@dataclass(frozen=True)
class Grid:
    """Organisations by quarters, each cell a report's state or None where none was owed; read as a `Chart` is."""

    key: str
    title: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    cells: tuple[tuple[str | None, ...], ...]
    is_demonstration: bool = False
    unit: str = ""

    @property
    def element(self) -> str:
        return f"chart-{self.key}"

    @property
    def mark(self) -> str:
        return _("示範資料，非實際執行成果") if self.is_demonstration else ""

    @property
    def exact(self) -> list[tuple[str, tuple[str | None, ...]]]:
        """The states in words; an empty cell is a report that was not owed."""
        return [
            (name, tuple(_said(state) if state else None for state in states))
            for name, states in zip(self.names, self.cells, strict=True)
        ]


def submissions(view: Overview, *, is_demonstration: bool) -> Grid | None:
    """None before anything is owed, and for figures of another time than now."""
    if not view.matrix:
        return None
    return Grid(
        key="submissions",
        title=_("各機關填報情形"),
        columns=(_("機關"), *(quarter.label for quarter in view.quarters)),
        names=tuple(local(row.organisation.short_zh, row.organisation.short_en) for row in view.matrix),
        cells=tuple(tuple(cell.state if cell else None for cell in row.cells) for row in view.matrix),
        is_demonstration=is_demonstration,
    )


def figure(grid: Grid) -> dict[str, Any]:
    """The heat map as Plotly's JSON: a trace for each state, told apart by colour and by sign."""
    states = {state for row in grid.cells for state in row if state}
    return {
        "data": [_squares(grid, state) for state in _MARKS if state in states],
        "layout": {
            "template": "none",
            "xaxis": {
                "type": "category",
                "categoryorder": "array",
                "categoryarray": list(grid.columns[1:]),
                "side": "top",
                "tickangle": -45,
            },
            "yaxis": {
                "type": "category",
                "categoryorder": "array",
                "categoryarray": list(grid.names),
                "autorange": "reversed",
                "automargin": True,
            },
            "legend": {"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top"},
            "margin": {"l": 8, "r": 12, "t": AROUND, "b": AROUND // 2},
            "width": NAMES + CELL_WIDTH * len(grid.columns),
            "height": AROUND * 2 + CELL_HEIGHT * len(grid.names),
            "meta": {"title": grid.title, "unit": "", "mark": grid.mark},
        },
    }


def _squares(grid: Grid, state: str) -> dict[str, Any]:
    role, ink, sign = _MARKS[state]
    found = [
        (quarter, name)
        for name, states in zip(grid.names, grid.cells, strict=True)
        for quarter, each in zip(grid.columns[1:], states, strict=True)
        if each == state
    ]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": f"{sign} {_said(state)}",
        "x": [quarter for quarter, _name in found],
        "y": [name for _quarter, name in found],
        "text": [sign] * len(found),
        "marker": {"symbol": "square", "size": 22},
        "meta": {"role": role, "ink": ink},
    }


def _said(state: str) -> str:
    return _("截止時未送出") if state == MISSING else str(ReportState(state).label)


def chart(view: Overview, key: str, *, is_demonstration: bool) -> Chart | Grid | None:
    """The overview's chart under that key; None where there is none."""
    made = {"progress": progress, "money": money, "submissions": submissions}.get(key)
    return made(view, is_demonstration=is_demonstration) if made else None


def pictured(found: Iterable[Chart | None]) -> dict[str, dict[str, Any]]:
    """Key → chart and figure, of those that there are."""
    return {each.key: {"chart": each, "figure": charts.figure(each)} for each in found if each}
