"""Explanations on a page: figures as their names want them, reasons in words, and the report behind a statement."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from kpis.explanations import Explanation, Fact, Reason, words
from kpis.explanations.shapes import Change, Number
from kpis.models import Observation
from kpis.models.figures import divided
from kpis.rollup import Amount
from programs.models import MilestoneObservation, ProgramObservation
from reports.selectors.explained import Readable

register = template.Library()

_STATEMENTS = {
    choice.value: choice.label
    for choices in (MilestoneObservation.Statement, ProgramObservation.Statement, Observation.Statement)
    for choice in choices
}


@register.filter
def figure_name(name: str) -> str:
    return words.figure_name(name)


@register.filter
def spelled(value: Number | None, name: str) -> str:
    """A figure as its name wants it: shares and progress in percent, money in thousands."""
    return words.spelled(name, value)


@register.simple_tag
def figure_of(explained: Explanation, name: str, value: Number | None) -> str:
    """The same, where an indicator's kind has a say."""
    return words.spelled(name, value, getattr(explained, "kind", None))


@register.simple_tag
def difference_in(explained: Explanation, change: Change) -> str:
    return words.difference(change.name, change.difference, getattr(explained, "kind", None))


@register.filter
def statement_words(fact: Fact) -> str:
    return str(_STATEMENTS[fact.statement])


@register.filter
def reason_words(reason: Reason) -> str:
    return words.reason(reason)


@register.filter
def window_words(window: str) -> str:
    return {"quarter": _("本季"), "year": _("本年累計"), "plan": _("全程累計")}[window]


@register.filter
def measure_words(measure: str) -> str:
    return {
        "score": _("平均達成率"),
        "coverage": _("涵蓋率"),
        "progress": _("計畫執行進度"),
        "money": _("經費"),
        "milestones": _("查核點"),
    }[measure]


@register.filter
def percent_of(share: Any) -> str:
    return words.percent(share)


@register.filter
def lead_points(lead: Any) -> str:
    """A lead in percentage points, with its sign."""
    return words.points(lead)


@register.filter
def divided_out(amount: Amount) -> Decimal | None:
    """The amount as one number, divided now that it is shown."""
    return divided(amount.numerator, amount.denominator)


@register.simple_tag
def line_behind(readable: Readable, fact: Fact) -> str:
    """The address of the report's line that the fact was copied from; nothing where it may not be read."""
    found = readable.line_of(fact)
    if found is None:
        return ""
    quarter, organisation, line = found
    address = reverse("report", args=[quarter, organisation])
    return f"{address}#line-{line}" if line else address


@register.simple_tag
def evidence_behind(readable: Readable, fact: Fact) -> dict[str, Any] | None:
    """The address of the line's page and how much evidence hangs there; None where there is none, or none to be read."""
    found = readable.line_of(fact)
    count = readable.evidence.get(found[2], 0) if found else 0
    if found is None or not count:
        return None
    return {"url": reverse("line", args=[found[0], found[1], int(found[2])]), "count": count}
