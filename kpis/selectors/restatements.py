"""Which published figures are no longer what is known now, and by how much; the published ones stay as they are.

Values are compared in the window of the published target and divided exactly, so that 1/2 and 2/4 are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpis import published
from kpis.models import Indicator
from kpis.published import Edition
from kpis.results import IndicatorResult
from kpis.selectors.results import indicator_results
from programs.models import Plan
from programs.quarters import Quarter


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an indicator stood: its value in the target's window, what that is of the target, light and coverage."""

    value: Decimal | None
    rate: Decimal | None
    light: str
    stated: int
    owed: int


@dataclass(frozen=True, slots=True)
class Restatement:
    """An indicator that was published as something else than is known now. `window` is "year" or "plan"."""

    window: str
    published: Standing
    now: Standing

    @property
    def difference(self) -> Decimal | None:
        """By how much the value is higher now; None where it was not stated then or is not now."""
        if self.published.value is None or self.now.value is None:
            return None
        return self.now.value - self.published.value

    @property
    def changes_value(self) -> bool:
        return self.published.value != self.now.value

    @property
    def changes_rate(self) -> bool:
        """Without the value: another target is in force, or the algebra counts otherwise."""
        return self.published.rate != self.now.rate

    @property
    def changes_light(self) -> bool:
        return self.published.light != self.now.light

    @property
    def changes_coverage(self) -> bool:
        return (self.published.stated, self.published.owed) != (self.now.stated, self.now.owed)


def restatements(plan: Plan, quarter: Quarter) -> dict[int, Restatement]:
    """Indicator → how it was restated since the quarter was published; empty where it was not published.

    Three queries, and one more where this process has not read the edition yet.
    """
    edition = published.edition_of(plan, quarter)
    if edition is None:
        return {}
    results = {each.indicator_id: each for each in indicator_results(plan, quarter)}
    codes = Indicator.objects.filter(pk__in=results).values_list("code", "pk")
    return restated(edition, {code: results[pk] for code, pk in codes})


def restated(edition: Edition, results: Mapping[str, IndicatorResult]) -> dict[int, Restatement]:
    """The same of results at hand, by code; an indicator that was not published yet is not restated."""
    found: dict[int, Restatement] = {}
    for indicator in edition.indicators:
        result = results.get(indicator.code)
        if result is None:
            continue
        then, now = _published(indicator), _known(result, indicator.window)
        if then != now:
            found[result.indicator_id] = Restatement(indicator.window, then, now)
    return found


def _published(indicator: published.Indicator) -> Standing:
    figure = indicator.figure
    return Standing(indicator.actual, figure.rate, figure.light, figure.stated, figure.owed)


def _known(result: IndicatorResult, window: str) -> Standing:
    value = result.year_value if window == "year" else result.plan_value
    return Standing(value, result.rate, result.light, result.stated, result.owed)
