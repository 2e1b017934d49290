"""A decision is called by the year of the Republic of China and its number within it, in words and in addresses: 113-05."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ministries.calendars import roc_year, western_year

_CODE = re.compile(r"([1-9]\d{1,2})-(\d{2,4})", re.ASCII)


@dataclass(frozen=True, order=True)
class DecisionNumber:
    """`year` is the Western one."""

    year: int
    number: int

    @classmethod
    def parse(cls, code: str) -> DecisionNumber:
        """Reads `113-05`; ValueError where it is not written exactly so."""
        match = _CODE.fullmatch(code)
        found = cls(western_year(int(match[1])), int(match[2])) if match else None
        if found is None or str(found) != code:
            raise ValueError(f"not the number of a decision: {code!r}")
        return found

    def __str__(self) -> str:
        return f"{roc_year(self.year)}-{self.number:02d}"


class DecisionNumberConverter:
    """A decision in an address: `/decisions/113-05/`."""

    regex = r"[1-9][0-9]{1,2}-[0-9]{2,4}"

    def to_python(self, value: str) -> DecisionNumber:
        return DecisionNumber.parse(value)

    def to_url(self, value: DecisionNumber | str) -> str:
        return str(value)
