"""Both languages of the methodology say the same in the same places, and name everything that the algebra knows."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

import pytest
from django.conf import settings

from kpis import methodology
from kpis.models import Aggregation, Comparator, ExecutionFormula, Frequency
from portal.templatetags.formats import SHAPES

DOCUMENTS = {path.stem: path.read_text(encoding="utf-8") for path in methodology.DOCUMENTS.glob("*.md")}
CHINESE, ENGLISH = DOCUMENTS["zh-hant"], DOCUMENTS["en"]
CODE = re.compile(r"`([^`]+)`")
EITHER = pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)


def _headings(text: str) -> list[tuple[int, str]]:
    """Level and words of every heading."""
    return [(len(marks), words) for marks, words in re.findall(r"^(#+) (.+)$", text, re.MULTILINE)]


def _tables(text: str) -> list[list[list[str]]]:
    """Every table as its rows of cells; the line below the header is left out."""
    lines = groupby(text.splitlines(), key=lambda line: line.startswith("|"))
    tables = [list(block) for is_table, block in lines if is_table]
    return [
        [[cell.strip() for cell in row.strip("|").split("|")] for row in [table[0], *table[2:]]]
        for table in tables
    ]


def _sections(text: str) -> list[str]:
    return re.split(r"^#+ .+$", text, flags=re.MULTILINE)


def test_there_is_one_document_for_each_language_of_the_pages() -> None:
    assert set(DOCUMENTS) == {code for code, _name in settings.LANGUAGES} == set(methodology.LANGUAGES)


def test_both_have_the_same_headings_at_the_same_levels() -> None:
    assert [level for level, _ in _headings(CHINESE)] == [level for level, _ in _headings(ENGLISH)]


def test_both_have_the_same_paragraphs_and_tables_below_each_heading() -> None:
    shapes = [
        [
            [block.startswith("|") for block in section.strip().split("\n\n") if block]
            for section in _sections(each)
        ]
        for each in (CHINESE, ENGLISH)
    ]
    assert shapes[0] == shapes[1]


def test_both_have_the_same_tables_with_as_many_rows_and_columns() -> None:
    chinese, english = _tables(CHINESE), _tables(ENGLISH)
    assert len(chinese) == len(english) > 10
    assert [[len(row) for row in table] for table in chinese] == [
        [len(row) for row in table] for table in english
    ]


def test_both_name_the_same_codes_in_the_same_order() -> None:
    assert CODE.findall(CHINESE) == CODE.findall(ENGLISH)


@EITHER
def test_every_row_is_as_wide_as_its_table_and_no_cell_is_empty(text: str) -> None:
    for table in _tables(text):
        assert {len(row) for row in table} == {len(table[0])}
        assert all(cell for row in table for cell in row), table


@EITHER
def test_every_kind_and_every_comparator_has_its_row(text: str) -> None:
    kinds, comparators = [
        [code for row in table[1:] for code in CODE.findall(row[1])]
        for table in _tables(text)
        if len(table[0]) == 5
    ]
    assert sorted(kinds) == sorted(Aggregation.values)
    assert sorted(comparators) == sorted(Comparator.values)


@EITHER
def test_windows_formulas_settings_and_shapes_of_lights_are_all_named(text: str) -> None:
    named = set(CODE.findall(text))
    assert named >= {*Frequency.values, *ExecutionFormula.values, *methodology.SHOWN}
    for shape in SHAPES.values():
        assert f"| {shape} " in text


@EITHER
def test_every_file_that_is_named_exists(text: str) -> None:
    files = {word for word in CODE.findall(text) if word.startswith("kpis/")}
    missing = [
        name
        for name in files
        if not (Path(settings.BASE_DIR) / name).exists()
        and not (Path(settings.BASE_DIR) / f"{name}.py").exists()
    ]
    assert files and not missing


@EITHER
def test_no_section_has_two_tables_for_each_is_named_by_its_heading(text: str) -> None:
    assert all(len(_tables(section)) <= 1 for section in _sections(text))


def test_the_chinese_document_breaks_no_line_within_a_paragraph() -> None:
    """A line break would show as a gap between two characters."""
    blocks = [block for block in CHINESE.strip().split("\n\n") if not block.startswith("|")]
    assert all("\n" not in block for block in blocks)


def test_every_setting_that_is_named_exists() -> None:
    assert all(hasattr(settings, name) for name in methodology.SHOWN)
