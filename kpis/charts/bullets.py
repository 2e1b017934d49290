"""A bullet bar: how far a figure is, how far it should be by now, and where its target stands, on one line.

Better is always to the right, so a rank's bar runs towards the first place. What was not stated has no bar at all:
its track is broken. It gives places in hundredths as text for SVG attributes, and the same in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from kpis import wording
from kpis.published import Indicator

PROPORTIONAL = ("at_least", "more_than", "about", "range", "at_most")
RANKS = ("rank_improves", "top")
FURTHEST = Decimal("1.5")
"""A bar is cut at one and a half times its target; the words beside it give the whole figure."""
_MARGIN = Decimal("1.04")
_ONE = Decimal(1)


@dataclass(frozen=True)
class Gauge:
    """What a bullet bar is drawn of: a target in the words of `kpis.models.Comparator`, and the figure held against it.

    `actual` and `baseline` are amounts (of a rank: places), `rate` and `expected` shares of the target.
    """

    comparator: str
    value: Decimal | None
    value_max: Decimal | None
    actual: Decimal | None
    rate: Decimal | None
    expected: Decimal | None
    baseline: Decimal | None = None


@dataclass(frozen=True)
class Bullet:
    """A bullet bar in hundredths of its width. `target_max` closes a range; `start` is where a rank set out from."""

    actual: str | None
    expected: str | None
    target: str
    target_max: str | None
    start: str | None = None
    words: str = ""

    @property
    def range_width(self) -> str:
        return f"{Decimal(self.target_max or self.target) - Decimal(self.target):.2f}"


def bullet(indicator: Indicator) -> Bullet | None:
    """The bar of a published indicator; None where it has no target or a bar would say nothing."""
    target, figure = indicator.target, indicator.figure
    if target is None:
        return None
    return drawn(
        Gauge(
            target.comparator,
            target.value,
            target.value_max,
            indicator.actual,
            figure.rate,
            figure.expected,
            indicator.baseline,
        )
    )


def drawn(gauge: Gauge) -> Bullet | None:
    """None where the target is no quantity, or is one that nothing can be held against."""
    if gauge.comparator in RANKS:
        return _of_ranks(gauge)
    if gauge.comparator not in (*PROPORTIONAL, "milestone"):
        return None
    if gauge.rate is None and gauge.actual is not None:
        return None
    return _of_shares(gauge)


def _of_shares(gauge: Gauge) -> Bullet:
    rate, expected = gauge.rate, gauge.expected
    most = gauge.value_max / gauge.value if gauge.value_max and gauge.value else None
    scale = max(_ONE, min(rate or Decimal(0), FURTHEST), most or Decimal(0)) * _MARGIN
    return Bullet(
        actual=None if rate is None else _place(rate / scale),
        expected=None if expected is None else _place(expected / scale),
        target=_place(_ONE / scale),
        target_max=None if most is None else _place(most / scale),
        words=_words(
            None if rate is None else wording.percent(rate),
            None if expected is None else wording.percent(expected),
            "100%" if most is None else f"100%–{wording.percent(most)}",
        ),
    )


def _of_ranks(gauge: Gauge) -> Bullet | None:
    """From one place behind the worst on the left to the first place on the right."""
    level = rank_aimed_at(gauge.comparator, gauge.value, gauge.baseline)
    if level is None:
        return None
    known = [rank for rank in (gauge.actual, gauge.baseline, level) if rank is not None]
    worst = max(known) + 1
    by_now = None
    if gauge.comparator == "rank_improves" and gauge.baseline is not None and gauge.expected is not None:
        by_now = gauge.baseline - gauge.expected * (gauge.baseline - level)

    def place(rank: Decimal | None) -> str | None:
        return None if rank is None else _place((worst - rank) / (worst - 1) / _MARGIN)

    return Bullet(
        actual=place(gauge.actual),
        expected=place(by_now),
        target=place(level) or "",
        target_max=None,
        start=place(gauge.baseline),
        words=_words(_rank(gauge.actual), _rank(by_now), _rank(level) or ""),
    )


def rank_aimed_at(comparator: str, value: Decimal | None, baseline: Decimal | None) -> Decimal | None:
    """The place at which the target is met; None where the baseline that it counts from is not known."""
    if value is None:
        return None
    if comparator == "top":
        return max(value, _ONE)
    return None if baseline is None else max(baseline - value, _ONE)


def _rank(rank: Decimal | None) -> str | None:
    return None if rank is None else _("第 %(rank)s 名") % {"rank": wording.plain(rank, 1)}


def _words(actual: str | None, expected: str | None, target: str) -> str:
    told = [_("實際 %(value)s") % {"value": actual} if actual else _("尚無數字")]
    if expected:
        told.append(_("至本季應達 %(value)s") % {"value": expected})
    told.append(_("目標 %(value)s") % {"value": target})
    return "；".join(told) if wording.in_chinese() else "; ".join(told)


def _place(share: Decimal) -> str:
    return f"{min(max(share * 100, Decimal(0)), Decimal(100)):.2f}"
