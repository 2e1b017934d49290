"""An indicator over its quarters: the path to its target with every revision of it, and each organisation by itself.

Pure: the published indicator comes in, a chart's value goes out, None where there is nothing to compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from kpis import wording
from kpis.charts.bullets import rank_aimed_at
from kpis.charts.values import Chart, Line, Measure, Place, shown
from kpis.published import Edition, Figure, Indicator, Owner, Target
from ministries.calendars import roc_year
from programs.quarters import Quarter

_WITH_PATH = ("at_least", "more_than", "about", "range")
Values = tuple[Decimal | None, ...]


def path(indicator: Indicator, *, is_demonstration: bool = False) -> Chart | None:
    """The quarters to date against the path to the target; None where fewer than two were stated.

    Targets of a year start again every year, so their lines are broken between years.
    """
    if not indicator.is_counted:
        return None
    factor, _unit = wording.scale(indicator)
    actual = tuple(each.to_date(indicator.window) for each in indicator.series)
    lines = [*_towards(indicator), Line("chart-actual", _("實際"), actual)]
    chart = Chart(
        key=f"{indicator.code}-path",
        form="path",
        title=_("%(indicator)s：歷季與目標") % {"indicator": name_of(indicator)},
        head=_("季別"),
        measure=measure(indicator),
        places=tuple(place(each.quarter) for each in indicator.series),
        lines=tuple(Line(each.role, each.name, _divided(each.values, factor)) for each in lines),
        breaks=_ends_of_years(indicator),
        is_demonstration=is_demonstration,
    )
    return shown(chart, by=-1)


def by_organisation(
    indicator: Indicator, editions: Sequence[Edition], *, is_demonstration: bool = False
) -> Chart | None:
    """A small picture for each organisation that owes the indicator, all on one scale; None for a single one.

    `editions` are the published quarters up to the indicator's, oldest first: each says what it was published with.
    """
    if not indicator.is_counted or len(indicator.organisations) < 2:
        return None
    factor, _unit = wording.scale(indicator)
    quarters = [each.quarter for each in indicator.series]
    said = {each.quarter: _owners(each.indicator(indicator.code)) for each in editions}
    said[indicator.figure.quarter] = _owners(indicator)
    lines = []
    for owner in indicator.organisations:
        found = [said.get(quarter, {}).get(owner.code) for quarter in quarters]
        values = tuple(each.figure.to_date(indicator.window) if each else None for each in found)
        lines.append(Line("chart-actual", local(owner.name_zh, owner.name_en), _divided(values, factor)))
    chart = Chart(
        key=f"{indicator.code}-organisations",
        form="panels",
        title=_("%(indicator)s：各機關") % {"indicator": name_of(indicator)},
        head=_("機關"),
        measure=measure(indicator),
        places=tuple(place(quarter) for quarter in quarters),
        lines=tuple(lines),
        breaks=_ends_of_years(indicator),
        note=_("各季為該季公布時之數字；其後之更正見更正紀錄。"),
        is_demonstration=is_demonstration,
    )
    return chart if max((line.stated for line in lines), default=0) > 1 else None


def _owners(indicator: Indicator | None) -> Mapping[str, Owner]:
    return {} if indicator is None else {owner.code: owner for owner in indicator.organisations}


def _divided(values: Values, factor: Decimal) -> Values:
    return tuple(None if value is None else value / factor for value in values)


def _ends_of_years(indicator: Indicator) -> frozenset[int]:
    if indicator.window != "year":
        return frozenset()
    last = len(indicator.series) - 1
    return frozenset(
        at for at, each in enumerate(indicator.series) if each.quarter.number == 4 and at != last
    )


def _towards(indicator: Indicator) -> list[Line]:
    """The target's level (a range has two), the expected path and the revisions, each quarter by its own target."""
    targets = [_drawable(indicator, indicator.target_in(each.quarter)) for each in indicator.series]
    levels = tuple(level(indicator, target) for target in targets)
    if not any(each is not None for each in levels):
        return []
    lines = [Line("chart-target", _("目標值"), levels)]
    most = tuple(target.value_max if target else None for target in targets)
    if any(each is not None for each in most):
        lines.append(Line("chart-target", _("目標上限"), most))
    expected = tuple(
        _by_then(indicator, *each) for each in zip(indicator.series, targets, levels, strict=True)
    )
    if any(each is not None for each in expected):
        lines.append(Line("chart-expected", _("至該季應達"), expected))
    revised = _revised(levels, targets)
    if any(each is not None for each in revised):
        lines.append(Line("chart-target", _("目標修正"), revised))
    return lines


def _revised(levels: Values, targets: Sequence[Target | None]) -> Values:
    """The new level in each quarter from which a target holds that is not the one before it."""
    pairs = zip(levels, targets, [targets[0], *targets], strict=False)
    return tuple(
        new if before is not None and now is not None and _terms(now) != _terms(before) else None
        for new, now, before in pairs
    )


def _terms(target: Target) -> tuple[object, ...]:
    return (target.comparator, target.value, target.value_max)


def _by_then(
    indicator: Indicator, figure: Figure, target: Target | None, aimed_at: Decimal | None
) -> Decimal | None:
    if target is None or aimed_at is None or figure.expected is None:
        return None
    if target.comparator == "rank_improves" and indicator.baseline is not None:
        return indicator.baseline - figure.expected * (indicator.baseline - aimed_at)
    return figure.expected * aimed_at if target.comparator in _WITH_PATH else None


def _drawable(indicator: Indicator, target: Target | None) -> Target | None:
    """A target of another window has no place in the picture."""
    if target is None or (target.frequency == "annual") != (indicator.window == "year"):
        return None
    return target


def level(indicator: Indicator, target: Target | None) -> Decimal | None:
    """The figure at which the target is met."""
    if target is None:
        return None
    if target.comparator == "milestone":
        return Decimal(1)
    if target.comparator in ("rank_improves", "top"):
        return rank_aimed_at(target.comparator, target.value, indicator.baseline)
    return target.value


def measure(indicator: Indicator) -> Measure:
    if indicator.aggregation == "milestone":
        return Measure("share")
    factor, unit = wording.scale(indicator)
    if indicator.aggregation == "rank":
        return Measure("rank", unit)
    return Measure("amount", unit, indicator.decimal_places if factor == 1 else 2)


def place(quarter: Quarter) -> Place:
    """A quarter in the calendar of the page."""
    if wording.in_chinese():
        return Place(_("第 %(number)s 季") % {"number": quarter.number}, f"{roc_year(quarter.year)} 年")
    return Place(f"Q{quarter.number}", str(quarter.year))


def name_of(indicator: Indicator) -> str:
    return local(indicator.name_zh, indicator.name_en)


def local(chinese: str, english: str) -> str:
    return chinese if wording.in_chinese() else english or chinese
