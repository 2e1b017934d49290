"""The audit log as a file: exactly the entries and words of the screen, with place and digest, no cell a formula.

Entries come in portions and leave in portions: a file of a hundred thousand costs no more memory than one of ten.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from openpyxl import Workbook

from kpis.exports import BYTE_ORDER_MARK, safe
from kpis.open_document import printable
from ministries.chain import canonical
from ministries.clock import TAIPEI
from reports.audit_wording import Told

LONGEST_CELL = 32_767
"""What a cell of a workbook holds; a file of comma-separated values holds all."""
Cell = str | int


def csv_file(portions: Iterable[list[Told]]) -> Iterator[bytes]:
    """Written while it is sent; in the language of the page that asked for it, whatever runs in between."""
    language = get_language()
    yield (BYTE_ORDER_MARK + _lines([header()])).encode()
    rest = iter(portions)
    while True:
        with override(language):
            portion = next(rest, None)
            if portion is None:
                return
            text = _lines(cells(each) for each in portion)
        yield text.encode()


def xlsx_file(portions: Iterable[list[Told]]) -> IO[bytes]:
    """A temporary file, to be read from its beginning; whoever closes it removes it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("稽核紀錄"))
    sheet.append(header())
    for portion in portions:
        for each in portion:
            sheet.append([_held(cell) for cell in cells(each)])
    file = tempfile.TemporaryFile()  # noqa: SIM115 (its reader closes it)
    book.save(file)
    file.seek(0)
    return file


def header() -> list[str]:
    return [
        _("紀錄編號"),
        _("時間"),
        _("辦理人"),
        _("辦理人電子郵件"),
        _("被代理人"),
        _("被代理人電子郵件"),
        _("作業類別"),
        _("作業代碼"),
        _("機關代碼"),
        _("機關"),
        _("對象類別"),
        _("對象類別代碼"),
        _("對象編號"),
        _("內容"),
        _("內容（JSON）"),
        _("鏈中位置"),
        _("摘要值"),
    ]


def cells(row: Told) -> list[Cell]:
    """One row; addresses and code are those that were sealed, as long as there is a seal."""
    entry, seal = row.entry, row.seal
    actor, principal = entry.actor, entry.on_behalf_of
    written: list[Cell | None] = [
        entry.pk,
        entry.at.astimezone(TAIPEI).isoformat(timespec="microseconds"),
        row.who,
        seal.actor_email if seal else actor.email if actor else "",
        str(principal) if principal else "",
        seal.on_behalf_of_email if seal else principal.email if principal else "",
        row.act,
        entry.act,
        seal.organisation_code if seal else row.organisation_code,
        row.organisation,
        row.subject,
        entry.subject_type,
        entry.subject_id,
        "\n".join(str(fact) for fact in row.facts),
        canonical(entry.detail),
        seal.position if seal else "",
        seal.digest if seal else "",
    ]
    return [safe(cell) if isinstance(cell, str) else cell or "" for cell in written]


def _lines(rows: Iterable[Iterable[Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _held(cell: Cell) -> Cell:
    """Without what a workbook cannot hold."""
    if not isinstance(cell, str):
        return cell
    text = printable(cell, "\ufffd")
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
