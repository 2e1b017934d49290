"""Published indicators in templates: their sentences, table cells and units, each said by `kpis.wording`."""

from __future__ import annotations

from decimal import Decimal

from django import template

from kpis import wording
from kpis.models import Aggregation, Observation
from kpis.published import Indicator

register = template.Library()

register.filter("promise", wording.promise)
register.filter("promised", wording.promised)
register.filter("terms", wording.terms)
register.filter("standing", wording.standing)
register.filter("owner_names", wording.owner_names)


@register.filter
def quantity(value: Decimal | str | None, indicator: Indicator) -> str:
    return wording.quantity(_number(value), indicator)


@register.filter
def cell(value: Decimal | str | None, indicator: Indicator) -> str:
    return wording.cell(_number(value), indicator)


@register.filter
def scaled_unit(indicator: Indicator) -> str:
    return wording.scale(indicator)[1]


@register.filter
def aggregation_label(indicator: Indicator) -> str:
    return str(Aggregation(indicator.aggregation).label)


@register.filter
def statement_label(statement: str | None) -> str:
    """What an organisation said in the quarter, in words; a dash where it said nothing that was accepted."""
    return str(Observation.Statement(statement).label) if statement else "—"


def _number(value: Decimal | str | None) -> Decimal | None:
    """Django hands an empty text where a quarter has no figure."""
    return value if isinstance(value, Decimal) else None
