"""Text that people type becomes exact values: full-width digits and separators are understood, anything else is said.

It knows neither lines nor pages; every refusal is a sentence for the person who typed.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from ministries.calendars import western_year

LONGEST_NUMBER = 24
LONGEST_TEXT = 5000
# Only digits and the signs around them: folding all of Unicode would read "10²" as 102.
_FOLDED = str.maketrans("０１２３４５６７８９，．－＋％−／　", "0123456789,.-+%-/ ")
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_SEPARATED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DAY = re.compile(
    r"(?:民國)?\s*([1-9]\d{1,3})(?:[/.-]|\s*年\s*)(\d{1,2})(?:[/.-]|\s*月\s*)(\d{1,2})\s*日?", re.ASCII
)
_SPACED = re.compile(r"(?<=\d) (?=\d)")
_KEY = re.compile(r"\d{1,18}", re.ASCII)
# The last two are no characters: no feed and no workbook may hold them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


class NotUnderstood(ValueError):
    """The text names no value of the wanted kind; the message says why."""


def words(text: str, longest: int = LONGEST_TEXT) -> str:
    """Prose as it was typed, with one kind of line end and no blanks around it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _CONTROL.search(text):
        raise NotUnderstood(_("內容含有無法儲存的控制字元，請刪除後重新輸入。"))
    if len(text) > longest:
        raise NotUnderstood(
            _("文字過長：上限 %(longest)d 字，目前 %(count)d 字。") % {"longest": longest, "count": len(text)}
        )
    return text


def parts(text: str) -> list[str]:
    """`甲、乙, 丙` → [甲, 乙, 丙]; what stands between separators, without blanks, each once."""
    found = (part.strip() for part in re.split("[、，,；;\n]", text))
    return list(dict.fromkeys(part for part in found if part))


def decimal(text: str) -> Decimal | None:
    """`１，２３４.5` → 1234.5; nothing typed is None."""
    folded = text.translate(_FOLDED).strip()
    if not folded:
        return None
    if len(folded) > LONGEST_NUMBER:
        raise NotUnderstood(_("數字過長，請確認單位後重新填寫（上限為 15 位數）。"))
    if _SEPARATED.fullmatch(folded):
        folded = folded.replace(",", "")
    if not _PLAIN.fullmatch(folded) or not folded.isascii():
        raise NotUnderstood(_why_not_a_number(folded, text.strip()))
    return Decimal(folded)


def _why_not_a_number(folded: str, typed: str) -> str:
    if "," in folded and _PLAIN.fullmatch(folded.replace(",", "")):
        return _("千分位逗號的位置不正確：「%(typed)s」。") % {"typed": typed}
    if _SPACED.search(folded):
        return _("數字中間不得有空白：「%(typed)s」。") % {"typed": typed}
    return _("「%(typed)s」不是數字；請只填阿拉伯數字，不含單位或文字。") % {"typed": typed}


def percent(text: str) -> Decimal | None:
    """Percentage points to two decimal places; a percent sign may follow."""
    value = decimal(text.translate(_FOLDED).strip().removesuffix("%"))
    if value is not None and value != round(value, 2):
        raise NotUnderstood(_("進度填至小數點後 2 位。"))
    return value


def integer(text: str) -> int | None:
    value = decimal(text)
    if value is not None and value != int(value):
        raise NotUnderstood(_("請填整數。"))
    return None if value is None else int(value)


def key(text: str) -> int | None:
    """A primary key as a form sends it; None for what can be none, more digits than the database holds among it."""
    return int(text) if _KEY.fullmatch(text) else None


def day(text: str) -> date | None:
    """`113/01/05` and `113 年 1 月 5 日` are ROC dates, `2024-01-05` is a Western one; nothing typed is None."""
    folded = text.translate(_FOLDED).strip()
    if not folded:
        return None
    try:
        return _named_day(folded)
    except ValueError as error:
        raise NotUnderstood(
            _("「%(typed)s」不是日期；請填民國日期 113/01/05 或西元日期 2024-01-05。")
            % {"typed": text.strip()}
        ) from error


def _named_day(folded: str) -> date:
    """A year of four digits is a Western one."""
    match = _DAY.fullmatch(folded)
    if not match:
        raise ValueError(folded)
    year, month, number = int(match[1]), int(match[2]), int(match[3])
    return date(year if len(match[1]) == 4 else western_year(year), month, number)
