"""Pillars beside each other: how far their programmes are against what was planned, and what became of their money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from kpis.charts.paths import local
from kpis.charts.values import Chart, Line, Measure, Place, shown
from kpis.published import Edition


@dataclass(frozen=True)
class Progress:
    """A pillar's programmes: planned and actual progress in points of a hundred."""

    name: str
    planned: Decimal | None
    actual: Decimal | None


@dataclass(frozen=True)
class Spending:
    """A pillar's money in New Taiwan dollars, cumulative in the fiscal year."""

    name: str
    appropriation: Decimal | None
    allocated: Decimal | None
    executed: Decimal | None


def progress(pillars: Iterable[Progress], *, is_demonstration: bool = False) -> Chart | None:
    """None where no more than one number is known."""
    rows = list(pillars)
    lines = (
        Line("chart-expected", _("預定進度"), tuple(row.planned for row in rows)),
        Line("chart-actual", _("實際進度"), tuple(row.actual for row in rows)),
    )
    return _bars("progress", _("各主軸計畫進度"), Measure("points"), rows, lines, is_demonstration)


def progress_of(edition: Edition) -> Chart | None:
    """The pillars' programmes as they were published."""
    rows = [
        Progress(local(each.name_zh, each.name_en), each.planned, each.actual) for each in edition.pillars
    ]
    return progress(rows, is_demonstration=edition.is_demonstration)


def money(pillars: Iterable[Spending], *, is_demonstration: bool = False) -> Chart | None:
    """In thousands of dollars, as every table of money is; None where no more than one number is known."""
    rows = list(pillars)
    lines = (
        Line("chart-expected", _("預算數"), _thousands(row.appropriation for row in rows)),
        Line("chart-2", _("累計分配數"), _thousands(row.allocated for row in rows)),
        Line("chart-actual", _("執行數"), _thousands(row.executed for row in rows)),
    )
    return _bars("money", _("各主軸經費"), Measure("amount", _("千元")), rows, lines, is_demonstration)


def _thousands(amounts: Iterable[Decimal | None]) -> tuple[Decimal | None, ...]:
    return tuple(None if amount is None else amount / 1000 for amount in amounts)


def _bars(
    key: str,
    title: str,
    measure: Measure,
    rows: list[Progress] | list[Spending],
    lines: tuple[Line, ...],
    is_demonstration: bool,
) -> Chart | None:
    chart = Chart(
        key=key,
        form="bars",
        title=title,
        head=_("主軸"),
        measure=measure,
        places=tuple(Place(row.name) for row in rows),
        lines=lines,
        is_demonstration=is_demonstration,
    )
    return shown(chart)
