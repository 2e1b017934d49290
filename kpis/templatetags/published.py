"""Published indicators in templates: their sentences, table cells and units, each said by `kpis.wording`."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.urls import reverse

from kpis import wording
from kpis.models import Aggregation, Observation
from kpis.published import Indicator
from programs.quarters import Quarter

register = template.Library()

register.filter("promise", wording.promise)
register.filter("promised", wording.promised)
register.filter("terms", wording.terms)
register.filter("standing", wording.standing)
register.filter("owner_names", wording.owner_names)
register.filter("is_money", wording.is_money)


@register.simple_tag
def url_of(name: str, quarter: Quarter | str, *words: object) -> str:
    """The address of a quarter's page or file: `{% url_of "indicator" issue.quarter "KR1.1" %}`."""
    if name in _FILES:
        return reverse(name, args=[quarter, *words])
    return f"{reverse(name, args=words)}?quarter={quarter}"


_FILES = {"figures-file", "chart-file", "bars-file"}
"""What names its quarter in the address itself."""


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
