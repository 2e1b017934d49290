"""Dates are written in both calendars: year N of the Republic of China is Western year N + 1911."""

import re
from datetime import date

ROC_OFFSET = 1911
_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_ROC_DATE = re.compile(r"^(\d{2,3})[/.-](\d{1,2})[/.-](\d{1,2})$")


def roc_year(western_year: int) -> int:
    return western_year - ROC_OFFSET


def western_year(year: int) -> int:
    return year + ROC_OFFSET


def roc_date(day: date) -> str:
    """`2024-01-05` as it is printed in prose: 113 年 1 月 5 日."""
    return f"{roc_year(day.year)} 年 {day.month} 月 {day.day} 日"


def roc_date_short(day: date) -> str:
    """`2024-01-05` as it stands in forms and tables: 113/01/05."""
    return f"{roc_year(day.year)}/{day.month:02d}/{day.day:02d}"


def parse_date(text: str) -> date:
    """The date that `2024-01-05`, `113/01/05` or `113-01-05` names; ValueError where it names none."""
    text = text.strip()
    if _ISO_DATE.match(text):
        return date.fromisoformat(text)
    match = _ROC_DATE.match(text)
    if not match:
        raise ValueError(f"not a date of the form 2024-01-05 or 113/01/05: {text!r}")
    year, month, day = (int(part) for part in match.groups())
    return date(western_year(year), month, day)
