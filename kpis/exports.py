"""A published quarter as rows for a spreadsheet: exactly the frozen figures, marked where they are demonstration data.

No cell can be taken for a formula. It knows no requests, and of answers only how a file is handed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Protocol

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from import_export.formats.base_formats import CSV, XLSX
from tablib import Dataset

from kpis import charts
from kpis.charts import Bars
from kpis.models.figures import Light
from kpis.open_document import ODS, printable
from kpis.published import Edition, Figure, Indicator

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take the Chinese for another encoding."""
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


class Workbook(XLSX):  # type: ignore[misc]  # its library has no types
    """A workbook is XML: one character that has no place there would break the whole file."""

    def export_data(self, dataset: Dataset, **options: Any) -> bytes:
        kept = Dataset(headers=dataset.headers)
        for row in dataset:
            kept.append([printable(cell) if isinstance(cell, str) else cell for cell in row])
        written: bytes = super().export_data(kept, **options)
        return written


FORMATS = {"csv": CSV(), "ods": ODS(), "xlsx": Workbook()}
"""Endings of the files that can be asked for; each format knows its content type."""

Cell = str | int | Decimal | None


def figures_file(edition: Edition, ending: str) -> bytes:
    """One row per indicator over all organisations, and one per organisation that owes it, as a file of `FORMATS`."""
    return _file((row for each in edition.indicators for row in _rows(edition, each)), ending)


def indicator_file(editions: Iterable[Edition], code: str, ending: str) -> bytes:
    """The same rows of one indicator, every quarter as it was published then."""
    found = ((edition, edition.indicator(code)) for edition in editions)
    return _file((row for edition, each in found if each for row in _rows(edition, each)), ending)


def columns() -> list[str]:
    """What the columns of these files are called."""
    return _header()


def _file(rows: Iterable[list[Cell]], ending: str) -> bytes:
    sheet = Dataset(headers=_header())
    for row in rows:
        sheet.append(row)
    written = FORMATS[ending].export_data(sheet)
    return written if isinstance(written, bytes) else (BYTE_ORDER_MARK + written).encode()


class Drawn(Protocol):
    """A chart as a file reads it: a table, the unit of its numbers (None: each row names its own), what its data are."""

    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def exact(self) -> Iterable[tuple[str, Sequence[Decimal | str | None]]]: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def mark(self) -> str: ...


def chart_file(chart: Drawn, digest: str) -> bytes:
    """The chart's table with its numbers unrounded, as CSV; `digest` of the publication that it is drawn from, if any."""
    nature = chart.mark or (_("正式公布") if digest else _("內部資料，未經公布"))
    unit = [] if chart.unit is None else [_("單位")]
    sheet = Dataset(headers=[*map(safe, chart.columns), *unit, _("摘要值"), _("資料性質")])
    for head, values in chart.exact:
        cells = [safe(value) if isinstance(value, str) else _rounded(value) for value in values]
        units = [] if chart.unit is None else [safe(chart.unit)]
        sheet.append([safe(head), *cells, *units, digest, nature])
    written: str = FORMATS["csv"].export_data(sheet)
    return (BYTE_ORDER_MARK + written).encode()


def chart_response(chart: Drawn, name: str, digest: str) -> HttpResponse:
    """The chart's file as an answer, under a name without its ending."""
    response = HttpResponse(chart_file(chart, digest), content_type=FORMATS["csv"].get_content_type())
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def bars_response(bars: Bars, ending: str, name: str, digest: str, source: str) -> HttpResponse:
    """Bullet bars as a picture (`svg`) or as their numbers (`csv`), under a name without its ending."""
    if ending == "csv":
        return chart_response(bars, name, digest)
    response = HttpResponse(charts.svg(bars, source=source), content_type=charts.SVG)
    response["Content-Disposition"] = f'attachment; filename="{name}.svg"'
    return response


def _header() -> list[str]:
    return [
        _("季別"),
        _("西元季別"),
        _("指標代碼"),
        _("指標"),
        _("主軸代碼"),
        _("機關代碼"),
        _("機關"),
        _("單位"),
        _("本季"),
        _("本年累計"),
        _("全程累計"),
        _("達成率"),
        _("至本季應達"),
        _("燈號"),
        _("已核定筆數"),
        _("應報筆數"),
        _("摘要值"),
        _("資料性質"),
    ]


def _rows(edition: Edition, indicator: Indicator) -> Iterator[list[Cell]]:
    nature = _("示範資料，非實際執行成果") if edition.is_demonstration else _("正式公布")
    ends = [edition.digest, nature]
    yield [*_starts(indicator, "", _("合計")), *_numbers(indicator.figure), *ends]
    for owner in indicator.organisations:
        name = _local(owner.name_zh, owner.name_en)
        yield [*_starts(indicator, owner.code, name), *_numbers(owner.figure), *ends]


def _starts(indicator: Indicator, organisation: str, organisation_name: str) -> list[str]:
    quarter = indicator.figure.quarter
    words = [
        quarter.code,
        quarter.label_en,
        indicator.code,
        _local(indicator.name_zh, indicator.name_en),
        indicator.pillar or "",
        organisation,
        organisation_name,
        _local(indicator.unit_zh, indicator.unit_en),
    ]
    return [safe(word) for word in words]


def _numbers(figure: Figure) -> list[Cell]:
    shares = [figure.in_quarter, figure.in_year, figure.in_plan, figure.rate, figure.expected]
    light = str(Light(figure.light).label) if figure.light else ""
    return [*(_rounded(share) for share in shares), light, figure.stated, figure.owed]


def _rounded(value: Decimal | None) -> Decimal | None:
    """Six decimals are enough for a share and exact for every count; an empty cell is no data."""
    if value is None:
        return None
    return Decimal(f"{value:.6f}".rstrip("0").rstrip("."))


def safe(word: str) -> str:
    """A text that a spreadsheet could take for a formula gets an apostrophe in front."""
    return f"'{word}" if word.startswith(_FORMULA) else word


def _local(chinese: str, english: str) -> str:
    return chinese if (get_language() or "zh").startswith("zh") else english or chinese
