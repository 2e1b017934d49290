"""A published indicator becomes a picture: a Plotly figure of its quarters, and the geometry of its bullet bar.

Traces and lines carry a role in `meta`, not a colour: the page's style sheet says what colour a role has in the
light and the dark theme. It asks no database. Numbers become floats here, and only here, because they become pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kpis import wording
from kpis.published import Figure, Indicator, Target
from ministries.calendars import roc_year

PROPORTIONAL = ("at_least", "more_than", "about", "range", "at_most")
_WITH_PATH = ("at_least", "more_than", "about", "range")
FURTHEST = Decimal("1.5")
"""A bar is cut at one and a half times its target; the words beside it give the whole figure."""


@dataclass(frozen=True)
class Bullet:
    """A bullet bar in hundredths of its width, as text for SVG attributes. `target_max` closes a range."""

    actual: str | None
    expected: str | None
    target: str
    target_max: str | None


def bullet(indicator: Indicator) -> Bullet | None:
    """The bar of an indicator whose target is a quantity or a milestone; None where a bar would say nothing."""
    target = indicator.target
    if target is None or target.comparator not in (*PROPORTIONAL, "milestone"):
        return None
    rate, expected = indicator.figure.rate, indicator.figure.expected
    most = target.value_max / target.value if target.value_max and target.value else None
    scale = max(Decimal(1), min(rate or Decimal(0), FURTHEST), most or Decimal(0)) * Decimal("1.04")
    return Bullet(
        actual=None if rate is None else _place(rate, scale),
        expected=None if expected is None else _place(expected, scale),
        target=_place(Decimal(1), scale),
        target_max=None if most is None else _place(most, scale),
    )


def _place(share: Decimal, scale: Decimal) -> str:
    return f"{min(max(share / scale * 100, Decimal(0)), Decimal(100)):.2f}"


def series(indicator: Indicator) -> dict[str, Any] | None:
    """The quarters to date against the path to the target, as Plotly's JSON; None where nothing is counted.

    Targets of a year start again every year, so their lines are broken between years.
    """
    if not indicator.is_counted or not any(
        figure.to_date(indicator.window) is not None for figure in indicator.series
    ):
        return None
    # Imported here: the library is large, and most pages and every worker do without it.
    import plotly.graph_objects as go

    figure = go.Figure(layout=_layout(indicator))
    for trace in _traces(indicator):
        figure.add_trace(go.Scatter(**trace))
    drawn: dict[str, Any] = figure.to_plotly_json()
    return drawn


def _traces(indicator: Indicator) -> list[dict[str, Any]]:
    points = _with_breaks(indicator)
    factor, _unit = wording.scale(indicator)
    x = [
        [_year_label(each.quarter.year) for each, _gap in points],
        [_quarter_label(each) for each, _gap in points],
    ]
    actual = [None if gap else each.to_date(indicator.window) for each, gap in points]
    lines = [*_paths(indicator, points), ("actual", _("實際"), actual)]
    return [
        _line(role, title, x, [None if y is None else float(y / factor) for y in path], indicator)
        for role, title, path in lines
    ]


def _with_breaks(indicator: Indicator) -> list[tuple[Figure, bool]]:
    """The series, with a gap after each year where the target is a year's."""
    points: list[tuple[Figure, bool]] = []
    for each in indicator.series:
        points.append((each, False))
        if indicator.window == "year" and each.quarter.number == 4 and each is not indicator.series[-1]:
            points.append((each, True))
    return points


def _paths(
    indicator: Indicator, points: Sequence[tuple[Figure, bool]]
) -> list[tuple[str, str, list[Decimal | None]]]:
    """The target's level and the expected path, each quarter by its own target; nothing where it has no such line."""
    levels: list[Decimal | None] = []
    expected: list[Decimal | None] = []
    for each, gap in points:
        target = indicator.target_in(each.quarter)
        level = None if gap else _level(indicator, target)
        share = each.expected if target is not None and target.comparator in _WITH_PATH else None
        levels.append(level)
        expected.append(None if level is None or share is None else share * level)
    if not any(level is not None for level in levels):
        return []
    paths = [("target", _("目標值"), levels)]
    if indicator.target is not None and indicator.target.comparator in _WITH_PATH:
        paths.append(("expected", _("至該季應達"), expected))
    return paths


def _level(indicator: Indicator, target: Target | None) -> Decimal | None:
    """The figure at which the target is met; a target of another window has no place in the picture."""
    if target is None or (target.frequency == "annual") != (indicator.window == "year"):
        return None
    if target.comparator == "milestone":
        return Decimal(1)
    if target.comparator == "rank_improves":
        return indicator.baseline - target.value if indicator.baseline is not None and target.value else None
    return target.value


def _line(
    role: str, title: str, x: list[list[str]], y: list[float | None], indicator: Indicator
) -> dict[str, Any]:
    stepped = role == "actual" and indicator.aggregation in ("rank", "milestone")
    return {
        "name": title,
        "x": x,
        "y": y,
        "mode": "lines+markers" if role == "actual" else "lines",
        "line": {
            "width": 2.5 if role == "actual" else 1.75,
            "dash": {"actual": "solid", "expected": "dot", "target": "dash"}[role],
            "shape": "hv" if stepped else "linear",
        },
        "marker": {"size": 6},
        "connectgaps": stepped,
        "meta": {"role": role},
        "hovertemplate": "%{y}<extra>%{fullData.name}</extra>",
    }


def _layout(indicator: Indicator) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "rangemode": "tozero",
        "fixedrange": True,
        "tickformat": ",~f",
        "zeroline": False,
        "nticks": 5,
    }
    if indicator.aggregation == "rank":
        ranks = [float(each.in_plan) for each in indicator.series if each.in_plan is not None]
        axis |= {
            "range": [max([*ranks, float(indicator.baseline or 0)]) + 0.5, 0.5],
            "dtick": 1,
            "rangemode": "normal",
        }
    if indicator.aggregation == "milestone":
        axis |= {"range": [-0.05, 1.1], "tickformat": ".0%", "nticks": 3}
    return {
        "template": "none",
        "xaxis": {"type": "multicategory", "fixedrange": True, "showdividers": True},
        "yaxis": axis,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"},
        "margin": {"l": 56, "r": 8, "t": 32, "b": 44},
        "hovermode": "x unified",
    }


def _year_label(year: int) -> str:
    return f"{roc_year(year)} 年" if _chinese() else str(year)


def _quarter_label(figure: Figure) -> str:
    return str(figure.quarter.number) if _chinese() else f"Q{figure.quarter.number}"


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")
