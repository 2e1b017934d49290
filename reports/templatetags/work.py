"""Percentage points and thousands of dollars as the working tables print them; the unit stands in the header.

Whoever acted as a deputy is shown with the person in whose name it was done; what needs attention leads to why.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from ministries.languages import said
from ministries.models import User
from reports import charts
from reports.attention import Cause, Kind, Reason
from reports.selectors import Attended
from reports.workflow import LABELS, Audience, State

register = template.Library()
register.filter("bullet", charts.bullet)

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


@register.filter
def difference_of(value: Decimal, indicator: Any) -> str:
    """By how much an indicator's value changed, with its sign and in brackets: `（+400）`, of shares in points."""
    shares = indicator.aggregation in ("ratio", "milestone")
    text = _rounded(value * 100, 1) if shares else _rounded(value, indicator.decimal_places)
    signed_text = f"+{text}" if value > 0 else text
    pattern = _("（%(difference)s 個百分點）") if shares else _("（%(difference)s）")
    return pattern % {"difference": signed_text}


@register.filter
def state_label(state: str, audience: str) -> str:
    """What the state of a line or report is called by the ministry or by the secretariat."""
    return str(LABELS[State(state)][Audience(audience)])


@register.simple_tag
def why(row: Attended, reason: Reason | None = None) -> str:
    """The address where one sees why a row needs attention: for this reason, or for the worst of them."""
    cause, code, quarter = (reason or row.reasons[0]).cause, row.code, row.quarter
    match row.kind:
        case Kind.INDICATOR if cause == Cause.TARGET:
            return reverse("target", args=[code]) + "#proposed"
        case Kind.INDICATOR:
            return reverse("figure", args=[code, quarter])
        case Kind.PROGRAM if cause in (Cause.REVISION, Cause.RELEASE):
            return reverse("program", args=[code]) + "#asked"
        case Kind.PROGRAM:
            return reverse("program-figures", args=[quarter]) + f"#program-{iri_to_uri(code)}"
        case Kind.REPORT if cause == Cause.EXTENSION:
            return reverse("report-extension", args=[quarter, code])
        case Kind.REPORT:
            return reverse("report", args=[quarter, code])
        case Kind.DECISION:
            return reverse("decision", args=[code])
        case Kind.ROUND:
            return reverse("quarter", args=[quarter]) + "#publication"


@register.filter
def acting_for(actor: User | None, principal: User | None) -> str:
    """Who did it, and in whose name: 「王○○（代理 李○○）」; nothing where nobody did."""
    if actor is None:
        return NOTHING
    if principal is None:
        return conditional_escape(said(actor))
    names = {"actor": conditional_escape(said(actor)), "principal": conditional_escape(said(principal))}
    return mark_safe(_("%(actor)s（代理 %(principal)s）") % names)  # noqa: S308 - both names are escaped
