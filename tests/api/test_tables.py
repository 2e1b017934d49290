"""The API's rows agree with Tables 2-8 of the plan: row by row, mark by mark, cell by cell."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.api.conftest import Reader
from tests.api.printed_tables import MARKS, MINISTRIES, TABLE_2, TABLE_8, squeezed

SIGNS = {"√": "primary", "△": "related"}
Cell = tuple[int, int, str, str, str | None, str, str]


def printed_marks() -> set[Cell]:
    """(table, row, ministry, programme, part, column, mark) of every programme that a marked row names."""
    found: set[Cell] = set()
    for table, (headings, rows) in MARKS.items():
        for number, (ministry, programs, signs) in enumerate(rows, start=1):
            for name in programs.split("|"):
                program, _, part = name.partition("/")
                for heading, sign in zip(headings.split(), signs, strict=True):
                    if sign != "-":
                        who = MINISTRIES[ministry]
                        found.add((table, number, who, program, part or None, heading, SIGNS[sign]))
    return found


def offered_marks(programs: list[dict[str, Any]]) -> list[Cell]:
    return [
        (
            mark["table"],
            mark["row"],
            program["organisation"],
            squeezed(program["name_zh"]),
            squeezed(mark["part"]).replace("/", "／") if mark["part"] else None,
            squeezed(mark["column"]),
            mark["mark"],
        )
        for program in programs
        for mark in program["marks"]
    ]


def test_marks_agree_with_tables_3_to_7_mark_by_mark(reader: Reader) -> None:
    offered = offered_marks(reader.every("programs/"))
    assert len(offered) == len(set(offered))
    assert set(offered) == printed_marks()


def test_the_tables_bear_42_primary_and_6_related_marks(reader: Reader) -> None:
    cells = {
        (m["table"], m["row"], m["column"], m["mark"]) for p in reader.every("programs/") for m in p["marks"]
    }
    assert Counter(mark for *_cell, mark in cells) == {"primary": 42, "related": 6}


def test_every_row_of_tables_3_to_8_is_a_source_of_the_programmes_it_names(reader: Reader) -> None:
    rows = {(s["table"], s["row"]) for p in reader.every("programs/") for s in p["sources"]}
    expected = {(table, n) for table, (_, rows) in MARKS.items() for n in range(1, len(rows) + 1)}
    assert rows == expected | {(8, 1), (8, 2), (8, 3)}


def test_a_source_prints_the_name_of_the_programme_it_lists(reader: Reader) -> None:
    for program in reader.every("programs/"):
        for source in program["sources"]:
            assert squeezed(program["name_zh"]) in squeezed(source["printed"])
            assert program["period_printed"] in source["printed"]


def test_three_rows_name_two_programmes_each(reader: Reader) -> None:
    named = Counter((s["table"], s["row"]) for p in reader.every("programs/") for s in p["sources"])
    assert sorted(row for row, count in named.items() if count == 2) == [(3, 3), (3, 8), (6, 3)]
    assert max(named.values()) == 2


def test_there_are_31_programmes_in_tables_3_to_7_and_34_with_table_8(reader: Reader) -> None:
    programs = reader.every("programs/")
    assert len(programs) == 34
    assert sum(any(source["table"] < 8 for source in p["sources"]) for p in programs) == 31


def test_table_8_is_as_printed(reader: Reader) -> None:
    offered = [
        (
            program["kind"],
            "".join(program["pillars"]),
            program["organisation"],
            squeezed(program["name_zh"]),
            program["period_printed"],
            program["period_start"],
            program["period_end"],
        )
        for program in reader.every("programs/", table=8)
    ]
    order = {pillar["code"]: str(pillar["order"]) for pillar in reader.every("pillars/")}
    offered = [(kind, "".join(order[c] for c in pillars), *rest) for kind, pillars, *rest in offered]
    assert offered == [(k, p, MINISTRIES[ministry], *rest) for k, p, ministry, *rest in TABLE_8]


def test_two_names_of_table_8_are_provisional_and_one_programme_has_a_predecessor(reader: Reader) -> None:
    provisional = reader.every("programs/", provisional="true")
    assert [squeezed(program["name_zh"]) for program in provisional] == [TABLE_8[0][3], TABLE_8[1][3]]
    assert all(not program["marks"] for program in provisional)
    chip = reader.read(f"programs/{provisional[0]['predecessor']}/")
    assert squeezed(chip["name_zh"]) == "AIonchip終端智慧發展計畫"


def test_responsibilities_agree_with_table_2_cell_by_cell(reader: Reader) -> None:
    pillars = {pillar["code"]: pillar["order"] for pillar in reader.every("pillars/")}
    offered = [
        (
            pillars[each["pillar"]],
            squeezed(each["sub_item_name_zh"]),
            squeezed(each["printed"]),
            (each["organisation"] or each["placeholder"], each["role"], each["unit"], each["scope"]),
        )
        for each in reader.every("responsibilities/")
    ]
    printed = [
        (pillar, sub_item, cell, (MINISTRIES.get(who, "相關部會"), *rest))
        for pillar, sub_item, cell, named in TABLE_2
        for who, *rest in named
    ]
    assert offered == printed


def test_table_2_has_36_pairs_of_ministry_and_sub_item_and_10_ministries(reader: Reader) -> None:
    named = [each for each in reader.every("responsibilities/") if each["organisation"]]
    assert len({(each["organisation"], each["sub_item"]) for each in named}) == 36
    assert len({each["organisation"] for each in named}) == 10


def test_only_the_open_cells_of_table_2_end_in_an_open_list(reader: Reader) -> None:
    opened = [each for each in reader.every("responsibilities/") if each["is_open_list"]]
    assert [(each["organisation"], each["scope"]) for each in opened] == [("FSC", "個別領域")]


def test_a_unit_of_table_2_is_an_organisation_of_its_own_where_it_belongs_to_the_ministry(
    reader: Reader,
) -> None:
    units = {e["unit"]: e["unit_organisation"] for e in reader.every("responsibilities/") if e["unit"]}
    assert units == {"技術處": "MOEA-DOIT", "工業局": "MOEA-IDB", "原技術處": None, "中央氣象局": "MOTC-CWA"}
