"""What a chart shows, as a frozen value: the page's table, the file and the picture are three readings of the same.

Numbers stay exact decimals until they are written; what was not stated is None, written as a dash, an empty cell, a
gap in a line, a bar that says so, and never as zero. It knows neither Plotly nor colours: a line names its role.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from kpis import wording

NOTHING = "—"


@dataclass(frozen=True)
class Place:
    """Where a value stands: a quarter (of the year `group`), or a thing that has several values."""

    label: str
    group: str = ""

    @property
    def words(self) -> str:
        return f"{self.group} {self.label}".strip()


@dataclass(frozen=True)
class Line:
    """Values in the order of the chart's places; `role` is a colour's name among the design's tokens."""

    role: str
    name: str
    values: tuple[Decimal | None, ...]

    @property
    def stated(self) -> int:
        return sum(value is not None for value in self.values)


@dataclass(frozen=True)
class Measure:
    """How values are written: a unit and decimals, or as a "share" (of one), "points" (of a hundred) or "rank"."""

    kind: str = "amount"
    unit: str = ""
    decimals: int = 0

    def written(self, value: Decimal | None) -> str:
        if value is None:
            return NOTHING
        if self.kind == "share":
            return wording.percent(value)
        if self.kind == "points":
            return f"{wording.plain(value, 1)}%"
        places = self.decimals
        # A small amount is not nothing: it must not be rounded to zero.
        if value and abs(value) < Decimal(1).scaleb(-places):
            places = 6
        return wording.plain(value, places)


@dataclass(frozen=True)
class Row:
    head: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """`form` says how it is drawn: "path" (lines over quarters), "bars", or "panels" (a small picture for each line).

    `breaks` are places after which lines are broken. `key` names it in addresses and on the page.
    """

    key: str
    form: str
    title: str
    head: str
    measure: Measure
    places: tuple[Place, ...]
    lines: tuple[Line, ...]
    breaks: frozenset[int] = frozenset()
    note: str = ""
    is_demonstration: bool = False

    @property
    def element(self) -> str:
        """The key as an element's id."""
        return f"chart-{self.key}"

    @property
    def unit(self) -> str:
        return self.measure.unit

    @property
    def columns(self) -> list[str]:
        """Panels are read across: a row for each, a column for each quarter."""
        if self.form == "panels":
            return [self.head, *(place.words for place in self.places)]
        return [self.head, *(line.name for line in self.lines)]

    @property
    def rows(self) -> list[Row]:
        """The table, as written."""
        written = self.measure.written
        return [Row(head, tuple(written(value) for value in values)) for head, values in self.exact]

    @property
    def exact(self) -> list[tuple[str, tuple[Decimal | None, ...]]]:
        """The table's rows with their numbers as they are."""
        if self.form == "panels":
            return [(line.name, line.values) for line in self.lines]
        return [
            (place.words, tuple(line.values[at] for line in self.lines))
            for at, place in enumerate(self.places)
        ]

    @property
    def mark(self) -> str:
        """What a picture that leaves the page must say of its data."""
        return _("示範資料，非實際執行成果") if self.is_demonstration else ""


def shown(chart: Chart, *, by: int = 0) -> Chart | None:
    """The chart, unless there is nothing to compare: one number makes no picture. `by` tells the line that counts."""
    counted = chart.lines[by:] if chart.form == "path" else chart.lines
    return chart if sum(line.stated for line in counted) > 1 else None
