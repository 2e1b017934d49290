"""The printed plan, read by the tests alone: its words without white space, and its tables cell by cell.

The text is a copy of the approved plan's; its tables stand in lines whose cells are parted by tabs.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

TEXT = Path(__file__).parents[1] / "data" / "taiwan-ai-action-plan-2.0.txt"
_FOOTNOTE = re.compile(r"^[¹²] .*$", re.MULTILINE)


@cache
def text() -> str:
    return TEXT.read_text(encoding="utf-8")


def squeezed(words: str) -> str:
    """The words without white space, for a printed line breaks anywhere."""
    return re.sub(r"\s+", "", words)


@cache
def _running_texts() -> tuple[str, str]:
    """The whole text, and the text without footnotes and their signs, where they interrupt a sentence."""
    return squeezed(text()), squeezed(_FOOTNOTE.sub("", text()).replace("²", "").replace("¹", ""))


def says(words: str) -> bool:
    """Whether the printed plan has these words, in this order and without a gap."""
    return any(squeezed(words) in running for running in _running_texts())


@cache
def table(number: int) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The headings and the rows of a table, cells as they stand in the text."""
    lines = text().splitlines()
    title = next(
        place for place, line in enumerate(lines) if line.startswith(f"表 {number}：") and "..." not in line
    )
    start = next(place for place in range(title, len(lines)) if "\t" in lines[place])
    rows = []
    for line in lines[start:]:
        if "\t" not in line:
            break
        rows.append(tuple(cell.strip() for cell in line.split("\t")))
    return rows[0], rows[1:]
