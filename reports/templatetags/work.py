"""Percentage points and thousands of dollars as the working tables print them; the unit stands in the header."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django import template

register = template.Library()

NOTHING = "—"


def _rounded(value: Decimal, places: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}".replace("-", "−")


@register.filter
def points_of_hundred(value: Decimal | None) -> str:
    """A percentage that is stored in points: `52.5` → `52.5%`."""
    return NOTHING if value in (None, "") else f"{_rounded(Decimal(value), 1)}%"


@register.filter
def signed(value: Decimal | None) -> str:
    """A difference in points with its sign: `-3.25` → `−3.3`."""
    if value in (None, ""):
        return NOTHING
    text = _rounded(Decimal(value), 1)
    return f"+{text}" if value > 0 else text


@register.filter
def thousands(value: Decimal | None) -> str:
    """New Taiwan dollars in thousands (千元), rounded half up."""
    return NOTHING if value in (None, "") else _rounded(Decimal(value) / 1000, 0)
