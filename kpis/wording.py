"""A published indicator told in sentences: what was promised, how far it is, how far it should be by now.

Gives plain text in the language in force. It computes nothing: every number was computed before publication.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kpis.models import TargetTerms
from kpis.published import Figure, Indicator
from ministries.calendars import roc_year


class Measured(Protocol):
    """What has a unit and decimal places: an indicator as it was published, or as it stands."""

    @property
    def aggregation(self) -> str: ...
    @property
    def unit_zh(self) -> str: ...
    @property
    def unit_en(self) -> str: ...
    @property
    def decimal_places(self) -> int: ...


class Promised(Protocol):
    """A target, likewise."""

    @property
    def comparator(self) -> str: ...
    @property
    def value(self) -> Decimal | None: ...
    @property
    def value_max(self) -> Decimal | None: ...
    @property
    def frequency(self) -> str: ...
    @property
    def year(self) -> int | None: ...


ONE = Decimal(1)
HUNDRED_MILLION = Decimal(10) ** 8
BILLION = Decimal(10) ** 9
CHINESE_MONEY = "元"


def in_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def plain(value: Decimal, places: int) -> str:
    """Thousands separators, at most `places` decimals, no needless zeros, a real minus sign."""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{rounded:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def percent(share: Decimal) -> str:
    """Whole percents, with a decimal where whole ones would say 0 or 100 wrongly."""
    points = share * 100
    whole = points.quantize(Decimal(1), ROUND_HALF_UP)
    return f"{plain(points, 1 if whole in (0, 100) and whole != points else 0)}%"


def quantity(value: Decimal | None, indicator: Measured) -> str:
    """A figure of the indicator with its unit: 600 名, 第 3 名, 2,500 億元; a dash for nothing."""
    if value is None:
        return "—"
    if indicator.aggregation == "rank":
        return _("第 %(rank)s 名") % {"rank": plain(value, 0)}
    if indicator.aggregation == "milestone":
        return percent(value)
    if in_chinese():
        return _chinese(value, indicator)
    return _english(value, indicator)


def _chinese(value: Decimal, indicator: Measured) -> str:
    if is_money(indicator) and abs(value) >= HUNDRED_MILLION:
        return f"{plain(value / HUNDRED_MILLION, 2)} 億{indicator.unit_zh}"
    return f"{plain(value, indicator.decimal_places)} {indicator.unit_zh}".strip()


def _english(value: Decimal, indicator: Measured) -> str:
    spelled = plain(value, indicator.decimal_places)
    if is_money(indicator) and abs(value) >= BILLION:
        spelled = f"{plain(value / BILLION, 2)} billion"
    if is_money(indicator):
        return f"{indicator.unit_en}{spelled}"
    return f"{spelled} {indicator.unit_en}".strip()


def is_money(indicator: Measured) -> bool:
    return indicator.unit_zh == CHINESE_MONEY


def scale(indicator: Indicator) -> tuple[Decimal, str]:
    """What tables and charts divide sums of money by so that they stay readable, and the unit that this makes."""
    target = indicator.target.value if indicator.target else None
    largest = max(abs(target or Decimal(0)), abs(indicator.actual or Decimal(0)))
    if in_chinese():
        large = is_money(indicator) and largest >= HUNDRED_MILLION
        return (HUNDRED_MILLION, f"億{indicator.unit_zh}") if large else (ONE, indicator.unit_zh)
    large = is_money(indicator) and largest >= BILLION
    return (BILLION, f"{indicator.unit_en} billion") if large else (ONE, indicator.unit_en)


def cell(value: Decimal | None, indicator: Indicator) -> str:
    """A figure without its unit, which the table's header gives in the words of `scale`."""
    if value is None:
        return "—"
    if indicator.aggregation == "milestone":
        return percent(value)
    factor, _unit = scale(indicator)
    if factor == ONE:
        return plain(value, indicator.decimal_places)
    # A small sum is not nothing: it must not be rounded to zero.
    return plain(value / factor, 2 if abs(value / factor) >= Decimal("0.01") else 6)


def promise(indicator: Indicator) -> str:
    """The published target in words: 每年約 600 名; what is said where there is none."""
    return promised(indicator.target, indicator)


def promised(target: Promised | None, indicator: Measured) -> str:
    """Any target of the indicator in words."""
    if target is None:
        return _("未訂目標值")
    if target.comparator == "qualitative":
        return _("質性目標，未訂數值")
    if target.comparator == "milestone":
        return _("全程完成")
    words = _promised(target, indicator)
    if target.year is not None:
        year = f"{roc_year(target.year)} " if in_chinese() else target.year
        return _("%(year)s年度%(promise)s") % {"year": year, "promise": words}
    if target.frequency == "annual":
        return _("每年%(promise)s") % {"promise": words}
    return _("全程%(promise)s") % {"promise": words}


def terms(target: TargetTerms | None, indicator: Measured) -> str:
    """A target with all that belongs to it, as two of them are compared: 每年約 600 名（容許範圍 10%）."""
    words = promised(target, indicator)
    if target is None:
        return words
    if target.tolerance is not None:
        words = _("%(promise)s（容許範圍 %(share)s）") % {
            "promise": words,
            "share": f"{plain(target.tolerance * 100, 2)}%",
        }
    if target.due_quarter is not None:
        words = _("%(promise)s（完成期限 %(quarter)s）") % {
            "promise": words,
            "quarter": target.due_quarter.label,
        }
    return words


def _promised(target: Promised, indicator: Measured) -> str:
    if target.value is None:
        return "—"
    count = plain(target.value, indicator.decimal_places)
    if target.comparator == "rank_improves":
        return _("進步 %(count)s 名") % {"count": count}
    if target.comparator == "top":
        return _("達前 %(count)s 名") % {"count": count}
    value = quantity(target.value, indicator)
    if target.comparator == "range":
        most = quantity(target.value_max, indicator)
        return _("達 %(least)s 至 %(most)s") % {"least": count, "most": most}
    patterns = {
        "at_least": _("達 %(value)s"),
        "more_than": _("超過 %(value)s"),
        "about": _("約 %(value)s"),
        "at_most": _("不超過 %(value)s"),
    }
    return patterns[target.comparator] % {"value": value}


def owner_names(indicator: Indicator) -> str:
    """Everybody who owes the indicator, in one line."""
    if in_chinese():
        return "、".join(owner.name_zh for owner in indicator.organisations)
    return ", ".join(owner.name_en or owner.name_zh for owner in indicator.organisations)


def standing(indicator: Indicator) -> str:
    """One or two sentences on the figure as it was published, and on the share that was expected by then."""
    if not indicator.is_counted:
        return _("質性目標，由主責機關逐季說明辦理情形，不計算達成率。")
    if indicator.actual is None:
        return _("截至本季尚無已核定的數字。")
    return _sentences(_reached(indicator, indicator.actual), _compared(indicator))


def _sentences(*sentences: str) -> str:
    """Chinese sentences follow each other without a space, English ones with one."""
    return ("" if in_chinese() else " ").join(sentence for sentence in sentences if sentence)


def _reached(indicator: Indicator, actual: Decimal) -> str:
    figure = indicator.figure
    value = quantity(actual, indicator)
    if indicator.aggregation == "milestone":
        return _milestone(figure, actual)
    if indicator.aggregation == "rank":
        return _rank(indicator, value)
    if not indicator.adds_up:
        if figure.last_stated and figure.last_stated != figure.quarter:
            return _("截至 %(quarter)s累計 %(value)s（沿用 %(stated)s的數字）。") % {
                "quarter": figure.quarter.label,
                "value": value,
                "stated": figure.last_stated.label,
            }
        return _("截至 %(quarter)s累計 %(value)s。") % {"quarter": figure.quarter.label, "value": value}
    if indicator.window == "year":
        year = figure.quarter.year
        return _("%(year)s年截至第 %(number)s 季累計 %(value)s。") % {
            "year": f"{roc_year(year)} " if in_chinese() else year,
            "number": figure.quarter.number,
            "value": value,
        }
    return _("計畫開始至 %(quarter)s累計 %(value)s。") % {"quarter": figure.quarter.label, "value": value}


def _milestone(figure: Figure, actual: Decimal) -> str:
    stage = figure.stage_zh if in_chinese() else figure.stage_en or figure.stage_zh
    if actual >= 1:
        return _("已完成：%(stage)s。") % {"stage": stage} if stage else _("已完成。")
    if stage:
        return _("已達階段：%(stage)s（全程的 %(share)s）。") % {"stage": stage, "share": percent(actual)}
    return _("尚未完成，期限未到。") if figure.expected == 0 else _("尚未完成。")


def _rank(indicator: Indicator, value: str) -> str:
    stated = indicator.figure.last_stated or indicator.figure.quarter
    words = _("最近一次填報（%(quarter)s）為%(value)s。") % {"quarter": stated.label, "value": value}
    if indicator.baseline is None:
        return words
    baseline = quantity(indicator.baseline, indicator)
    return _sentences(words, _("基準為%(baseline)s。") % {"baseline": baseline})


def _compared(indicator: Indicator) -> str:
    """The rate beside what was expected; whether the target is met, where it has no rate."""
    figure = indicator.figure
    if indicator.aggregation == "milestone":
        return ""
    if figure.rate is None or indicator.aggregation == "rank":
        return {True: _("已達目標。"), False: _("尚未達目標。"), None: ""}[figure.achieved]
    if figure.expected is None:
        return _("達成率 %(rate)s。") % {"rate": percent(figure.rate)}
    return _("達成率 %(rate)s，至本季應達 %(expected)s。") % {
        "rate": percent(figure.rate),
        "expected": percent(figure.expected),
    }
