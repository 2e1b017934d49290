"""A quarter is a whole number of quarters since year 0, so that windows are ranges and order is arithmetic.

It is written in the calendar of the Republic of China, `112Q1`, and read in both: `112Q1` is 2023 Q1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ministries.calendars import roc_year, western_year

_CODE = re.compile(r"([1-9]\d{1,2})Q([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """One calendar quarter. `ordinal` is Western year × 4 + (number − 1), with number in 1..4."""

    ordinal: int

    @classmethod
    def of(cls, year: int, number: int) -> Quarter:
        """The quarter `number` (1-4) of the Western `year`; ValueError for any other number."""
        if not 1 <= number <= 4:
            raise ValueError(f"a year has quarters 1 to 4, not {number}")
        return cls(year * 4 + number - 1)

    @classmethod
    def parse(cls, code: str) -> Quarter:
        """Reads `112Q1`; ValueError where it names no quarter."""
        match = _CODE.fullmatch(code)
        if not match:
            raise ValueError(f"not a quarter of the form 112Q1: {code!r}")
        return cls.of(western_year(int(match[1])), int(match[2]))

    @classmethod
    def containing(cls, day: date) -> Quarter:
        return cls.of(day.year, (day.month - 1) // 3 + 1)

    @classmethod
    def between(cls, first: Quarter, last: Quarter) -> Iterator[Quarter]:
        """Every quarter from `first` to `last`, both included."""
        return (cls(ordinal) for ordinal in range(first.ordinal, last.ordinal + 1))

    @property
    def year(self) -> int:
        """The Western year."""
        return self.ordinal // 4

    @property
    def number(self) -> int:
        return self.ordinal % 4 + 1

    @property
    def first_day(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last_day(self) -> date:
        return (self + 1).first_day - timedelta(days=1)

    @property
    def first_of_year(self) -> Quarter:
        return Quarter.of(self.year, 1)

    @property
    def code(self) -> str:
        return f"{roc_year(self.year)}Q{self.number}"

    @property
    def label(self) -> str:
        """`112 年第 1 季` in Chinese, `2023 Q1` in English."""
        return self.label_zh if (get_language() or "zh").startswith("zh") else self.label_en

    @property
    def label_zh(self) -> str:
        return f"{roc_year(self.year)} 年第 {self.number} 季"

    @property
    def label_en(self) -> str:
        return f"{self.year} Q{self.number}"

    def __add__(self, quarters: int) -> Quarter:
        return Quarter(self.ordinal + quarters)

    def __sub__(self, quarters: int) -> Quarter:
        return Quarter(self.ordinal - quarters)

    def __str__(self) -> str:
        return self.code


class QuarterField(models.SmallIntegerField):  # type: ignore[type-arg]
    """Stores a `Quarter` as its ordinal."""

    # What the type checker is told: which values it takes, gives, and is looked up by.
    _pyi_private_set_type: Quarter | int | str  # type: ignore[assignment]
    _pyi_private_get_type: Quarter  # type: ignore[assignment]
    _pyi_lookup_exact_type: Quarter | int | str  # type: ignore[assignment]

    def from_db_value(self, value: int | None, *_args: Any) -> Quarter | None:
        return None if value is None else Quarter(value)

    def to_python(self, value: Any) -> Quarter | None:
        if value is None or isinstance(value, Quarter):
            return value
        try:
            return Quarter.parse(value) if isinstance(value, str) else Quarter(int(value))
        except (TypeError, ValueError) as error:
            raise ValidationError(_("「%(value)s」不是季別；請寫成 112Q1。") % {"value": value}) from error

    def get_prep_value(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = Quarter.parse(value)
        return value.ordinal if isinstance(value, Quarter) else value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))


class QuarterConverter:
    """A quarter in an address: `/quarters/112Q1/`."""

    regex = r"[1-9]\d{1,2}Q[1-4]"

    def to_python(self, value: str) -> Quarter:
        return Quarter.parse(value)

    def to_url(self, value: Quarter | str) -> str:
        return str(value)
