"""Working lists as rows for a spreadsheet: exactly the rows that the screen shows; no cell can be taken for a formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _
from tablib import Dataset

from kpis.exports import BYTE_ORDER_MARK, FORMATS, safe
from kpis.wording import in_chinese
from ministries import clock
from reports.selectors import Attended, DecisionRow
from reports.selectors.names import Named

__all__ = ["FORMATS", "attention_file", "decisions_file"]

Cell = str | int


def decisions_file(rows: Iterable[DecisionRow], ending: str) -> bytes:
    """One row per decision, as a file of `FORMATS`."""
    sheet = Dataset(
        headers=[
            _("編號"),
            _("列管事項"),
            _("會議"),
            _("會議日期"),
            _("主辦機關代碼"),
            _("主辦機關"),
            _("協辦機關"),
            _("限期"),
            _("逾期天數"),
            _("狀態"),
            _("解除列管日期"),
            _("解除列管理由"),
            _("最近填報季別"),
            _("辦理建議"),
            _("辦理情形"),
            _("預定完成日期"),
        ]
    )
    for row in rows:
        sheet.append([safe(cell) if isinstance(cell, str) else cell for cell in _cells(row)])
    return _written(sheet, ending)


def attention_file(rows: Iterable[Attended], ending: str) -> bytes:
    """One row per thing that needs attention, in the order given, with every reason in words."""
    sheet = Dataset(
        headers=[_("類別"), _("代碼"), _("名稱"), _("季別"), _("機關代碼"), _("機關"), _("原因"), _("分數")]
    )
    for row in rows:
        sheet.append(
            [
                str(row.kind.label),
                safe(row.code),
                safe(_local(row)),
                row.quarter.code,
                _("、").join(each.code for each in row.organisations),
                safe(_("、").join(_local(each) for each in row.organisations)),
                safe(_("；").join(each.words for each in row.reasons)),
                row.score,
            ]
        )
    return _written(sheet, ending)


def _written(sheet: Dataset, ending: str) -> bytes:
    written = FORMATS[ending].export_data(sheet)
    return written if isinstance(written, bytes) else (BYTE_ORDER_MARK + written).encode()


def _cells(row: DecisionRow) -> Iterator[Cell]:
    decision, latest = row.decision, row.latest
    yield decision.code
    yield decision.text
    yield decision.meeting
    yield decision.meeting_on.isoformat() if decision.meeting_on else ""
    yield row.organisation.code
    yield _local(row.organisation)
    yield _("、").join(_local(each) for each in row.co_owners)
    yield decision.due_quarter.code
    yield row.due.days_late
    yield decision.get_state_display()
    yield decision.closed_at.astimezone(clock.TAIPEI).date().isoformat() if decision.closed_at else ""
    yield decision.closing_reason
    yield latest.report.reporting_quarter.quarter.code if latest else ""
    yield latest.get_outlook_display() if latest else ""
    yield latest.words if latest else ""
    yield latest.expected_on.isoformat() if latest and latest.expected_on else ""


def _local(name: Named | Attended) -> str:
    return name.name_zh if in_chinese() else name.name_en or name.name_zh
