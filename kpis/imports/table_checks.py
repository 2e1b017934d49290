"""The tables' rows list programmes that exist, each of which says once from which quarter on a milestone holds.

A row bears one mark per column of its table.

Names and parts are taken as given: nothing is parsed out of a printed cell.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _

from kpis.imports.checking import Checker
from kpis.imports.records import FileRecord, ProgramRecord, RowRecord
from programs.models import Mark

MARKS = {"√": Mark.Kind.PRIMARY, "△": Mark.Kind.RELATED}


def check_programs(check: Checker, programs: Sequence[ProgramRecord], organisations: Collection[str]) -> None:
    codes = {each.code for each in programs}
    check.once(programs, lambda each: each.code, "code")
    for program in programs:
        check.refers(program, "organisation", program.organisation, organisations)
        check.refers(program, "predecessor", program.predecessor, codes)
        check.not_itself(program, "predecessor", program.code, program.predecessor)
        check.forward(program, "period_start", "period_end")
        check.once(program.parts, lambda each: each.code, "code")
        check.once(program.milestones, lambda each: f"{each.code} {each.effective_from}", "effective_from")
        for milestone in program.milestones:
            check.forward(milestone, "effective_from", "dropped_from", may_equal=False)


def check_tables(
    check: Checker,
    group: FileRecord,
    organisations: Collection[str],
    pillars: Collection[str],
    sub_items: Collection[str],
) -> None:
    check.once(group.columns, lambda each: each.table, "table")
    check.once(group.rows, lambda each: each.table, "table")
    for columns in group.columns:
        check.refers(columns, "pillar", columns.pillar, pillars)
        for heading in columns.headings:
            check.once(heading.sub_items, lambda each: each.sub_item, "sub_item")
            for mapping in heading.sub_items:
                check.refers(mapping, "sub_item", mapping.sub_item, sub_items)
    widths = {each.table: len(each.headings) for each in group.columns}
    parts = {each.code: {part.code for part in each.parts} for each in group.programs}
    for table in group.rows:
        for row in table.rows:
            check.refers(row, "organisation", row.organisation, organisations)
            for pillar in row.pillars:
                check.refers(row, "pillars", pillar, pillars)
            _check_listings(check, row, parts)
            _check_marks(check, row, widths.get(table.table, 0))


def _check_listings(check: Checker, row: RowRecord, parts: dict[str, set[str]]) -> None:
    check.once(row.programs, lambda each: each.program, "program")
    for listing in row.programs:
        check.refers(listing, "program", listing.program, parts)
        if listing.program in parts:
            check.refers(listing, "part", listing.part, parts[listing.program])


def _check_marks(check: Checker, row: RowRecord, width: int) -> None:
    if len(row.marks) != width and not check.anything:
        check.complain(
            row,
            "marks",
            _("應有 %(width)d 個，與該表的欄數相同，而非 %(found)d 個。")
            % {"width": width, "found": len(row.marks)},
        )
    for mark in row.marks:
        if mark and mark not in MARKS:
            check.complain(row, "marks", _("「%(mark)s」不是 √、△ 或空白。") % {"mark": mark})
    if width == 0 and not row.pillars and not check.anything:
        check.complain(row, "pillars", _("該表沒有欄，須填所屬主軸。"))
    if width and row.pillars:
        check.complain(row, "pillars", _("該表的主軸由欄決定，不必填寫。"))
