"""A chart's value as a Plotly figure: traces name a role in `meta` and bear a dash, a symbol or a pattern beside it.

The page's style sheet says what colour a role has in the light and the dark theme. Numbers become floats here, and
only here, because they become pixels; labels and hovers carry them as they are written in the table.
"""

from __future__ import annotations

import textwrap
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from kpis import wording
from kpis.charts.values import Chart, Line

LABEL = {True: 10, False: 20}
"""Characters of a bar's name on one line, Chinese and other."""
PANEL, HEADER, FOOTER = 130, 28, 28
"""Pixels of a small picture, of its name above and of its quarters below."""
BAR, AROUND = 22, 80
"""Pixels of a bar, and of what stands around all of them."""
_DASHES = {"chart-target": "dash", "chart-expected": "dot"}
_PATTERNS = ("/", ".", "")
_FIXED = {"fixedrange": True, "zeroline": False}


def figure(chart: Chart) -> dict[str, Any]:
    """Plotly's JSON. `layout.meta` says what a picture that leaves the page is called and marked with."""
    # Imported here: the library is large, and most pages and every worker do without it.
    import plotly.graph_objects as go

    traces, layout = _FORMS[chart.form](chart)
    layout |= {
        "template": "none",
        "meta": {
            **layout.get("meta", {}),
            "title": chart.title,
            "unit": chart.measure.unit,
            "mark": chart.mark,
        },
    }
    made: dict[str, Any] = go.Figure(data=traces, layout=layout).to_plotly_json()
    return made


def _path(chart: Chart) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    x = _spread_words(chart)
    stepped = chart.measure.kind in ("rank", "share")
    traces = [_traced(chart, line, x, stepped=stepped) for line in chart.lines]
    layout = {
        "xaxis": {
            "type": "multicategory",
            "fixedrange": True,
            "showdividers": True,
            "tickangle": 0,
            "tickfont": {"size": 11},
        },
        "yaxis": _amounts(chart),
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"},
        "margin": {"l": 56, "r": 12, "t": 32, "b": 44},
        "hovermode": "x unified",
    }
    return traces, layout


def _traced(chart: Chart, line: Line, x: Any, *, stepped: bool) -> dict[str, Any]:
    is_actual = line.role == "chart-actual"
    is_revision = line.name == _("目標修正")
    # Where statements hold until the next one, a quarter without one is crossed; anywhere else it is a gap.
    return {
        "type": "scatter",
        "name": line.name,
        "x": x,
        "y": _spread(chart, [_float(value) for value in line.values]),
        "text": _spread(chart, [chart.measure.written(value) for value in line.values]),
        "mode": "markers" if is_revision else "lines+markers" if is_actual else "lines",
        "line": {
            "width": 2.5 if is_actual else 1.75,
            "dash": _DASHES.get(line.role, "solid"),
            "shape": "hv" if line.role == "chart-target" or (is_actual and stepped) else "linear",
        },
        "marker": {"size": 11 if is_revision else 6, "symbol": "diamond" if is_revision else "circle"},
        "connectgaps": is_actual and stepped,
        "meta": {"role": line.role},
        "hovertemplate": "%{text}<extra>%{fullData.name}</extra>",
    }


def _panels(chart: Chart) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Every small picture on the same scale; JavaScript picks one of three arrangements by the width that it finds."""
    words = [place.words for place in chart.places]
    groups = _spread(chart, [place.group for place in chart.places])
    starts = [at for at, group in enumerate(groups) if group and group not in groups[:at]]
    x = list(range(len(chart.places) + len(chart.breaks)))
    traces = []
    layout: dict[str, Any] = {
        "showlegend": False,
        "margin": {"l": 52, "r": 12, "t": 8, "b": 8},
        "hovermode": "closest",
    }
    scale = _amounts(chart)
    if "range" not in scale:
        known = [float(value) for line in chart.lines for value in line.values if value is not None]
        scale |= {"range": [min(0.0, *known) * 1.08, max(0.0, *known) * 1.08 or 1], "nticks": 4}
    for at, line in enumerate(chart.lines, start=1):
        number = "" if at == 1 else str(at)
        trace = _traced(chart, line, x, stepped=chart.measure.kind in ("rank", "share"))
        trace |= {
            "xaxis": f"x{number}",
            "yaxis": f"y{number}",
            "customdata": _spread(chart, words),
            "hovertemplate": "%{customdata} %{text}<extra></extra>",
        }
        trace["marker"]["size"] = 5
        traces.append(trace)
        layout[f"xaxis{number}"] = {
            "anchor": f"y{number}",
            "range": [-0.5, len(x) - 0.5],
            "tickvals": starts,
            "ticktext": [groups[at] for at in starts],
            "tickangle": 0,
            **_FIXED,
        }
        layout[f"yaxis{number}"] = {**scale, "anchor": f"x{number}"}
    arranged = {str(columns): _arranged(chart, columns) for columns in (1, 2, 3)}
    return traces, {**layout, "meta": {"arranged": arranged}}


def _arranged(chart: Chart, columns: int) -> dict[str, Any]:
    """Where each small picture stands when there are so many beside each other."""
    count = len(chart.lines)
    height = HEADER + PANEL + FOOTER
    deep = -(-count // columns)
    axes: dict[str, Any] = {}
    names = []
    for at, line in enumerate(chart.lines):
        row, column = divmod(at, columns)
        number = "" if at == 0 else str(at + 1)
        left, right = column / columns + (0.07 if column else 0), (column + 1) / columns
        top = 1 - (row * height + HEADER) / (deep * height)
        bottom = 1 - (row * height + HEADER + PANEL) / (deep * height)
        axes[f"xaxis{number}"] = {"domain": [round(left, 4), round(right, 4)]}
        axes[f"yaxis{number}"] = {"domain": [round(max(bottom, 0), 4), round(top, 4)]}
        names.append(
            {
                "text": _wrapped(line.name, 2 if columns < 3 else 1.4),
                "showarrow": False,
                "x": round(left, 4),
                "y": round(top, 4),
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
            }
        )
    return {"height": deep * height + 16, "axes": axes, "annotations": names}


def _bars(chart: Chart) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Lying bars with their numbers; where there is none it says so, so that nothing looks like zero."""
    names = [_wrapped(place.words) for place in chart.places]
    deepest = max(name.count("<br>") + 1 for name in names)
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": line.name,
            "y": names,
            "x": [_float(value) for value in line.values],
            "text": [chart.measure.written(value) for value in line.values],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {
                "pattern": {"shape": _PATTERNS[at - len(chart.lines)], "fillmode": "replace", "size": 6}
            },
            "meta": {"role": line.role},
            "hovertemplate": "%{text}<extra>%{fullData.name}</extra>",
        }
        for at, line in enumerate(chart.lines)
    ]
    most = max(
        (float(value) for line in chart.lines for value in line.values if value is not None), default=0
    )
    least = min(
        (float(value) for line in chart.lines for value in line.values if value is not None), default=0
    )
    layout = {
        "barmode": "group",
        "bargap": 0.25,
        "xaxis": {**_amounts(chart), "range": [min(0.0, least * 1.2), (most or 1) * _room(chart)]},
        "yaxis": {"autorange": "reversed", "automargin": True, **_FIXED},
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
        "margin": {"l": 8, "r": 12, "t": 36, "b": 36},
        "hovermode": "closest",
        "height": AROUND + len(names) * (max(deepest, len(chart.lines)) * BAR + 10),
        "annotations": _missing(chart),
    }
    return traces, layout


def _room(chart: Chart) -> float:
    """How far the axis goes past the longest bar, so that its number has room on a phone too."""
    longest = max(len(chart.measure.written(value)) for line in chart.lines for value in line.values)
    return 1.1 + longest * 0.04


def _missing(chart: Chart) -> list[dict[str, Any]]:
    """Words where a bar would be; places between categories are counted in categories."""
    each = 0.75 / len(chart.lines)
    return [
        {
            "text": _("無資料"),
            "showarrow": False,
            "x": 0,
            "y": round(place - 0.375 + (at + 0.5) * each, 4),
            "xanchor": "left",
            "xshift": 4,
        }
        for at, line in enumerate(chart.lines)
        for place, value in enumerate(line.values)
        if value is None
    ]


def _amounts(chart: Chart) -> dict[str, Any]:
    """The axis of values. The better rank is the higher one; shares end at the whole unless something exceeds it."""
    kind = chart.measure.kind
    axis: dict[str, Any] = {**_FIXED, "rangemode": "tozero", "tickformat": ",~f", "nticks": 5}
    known = [value for line in chart.lines for value in line.values if value is not None]
    if kind == "rank":
        axis |= {"range": [float(max(known)) + 0.5, 0.5], "rangemode": "normal", "tickformat": ",d"}
        axis |= {"dtick": 1} if max(known) <= 6 else {}
    if kind == "share":
        axis |= {"range": [-0.05, max(1.1, float(max(known)) * 1.1)], "tickformat": ".0%", "nticks": 3}
    if kind == "points":
        axis |= {"ticksuffix": "%"}
    return axis


def _spread(chart: Chart, values: list[Any]) -> list[Any]:
    """With nothing after each place where lines are broken."""
    spread: list[Any] = []
    for at, value in enumerate(values):
        spread.append(value)
        if at in chart.breaks:
            spread.append(None)
    return spread


def _spread_words(chart: Chart) -> list[list[str]]:
    """Years above quarters; the break after a year repeats its last label, and shows nothing there."""
    at = [
        place for number, place in enumerate(chart.places) for _again in range(1 + (number in chart.breaks))
    ]
    return [[place.group for place in at], [_short(place.label) for place in at]]


def _short(label: str) -> str:
    """The axis says the year below; in Chinese the quarter's number is enough."""
    return "".join(mark for mark in label if mark.isdigit()) if wording.in_chinese() else label


def _wrapped(name: str, wider: float = 1) -> str:
    width = int(LABEL[wording.in_chinese()] * wider)
    if not wording.in_chinese():
        return "<br>".join(textwrap.wrap(name, width))
    return "<br>".join(name[at : at + width] for at in range(0, len(name), width))


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


_FORMS = {"path": _path, "panels": _panels, "bars": _bars}
