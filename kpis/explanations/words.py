"""How figures are made, in words and in symbols with the numbers put in, in the language in force.

Nothing is computed here but what is printed; long sums show their first terms and say how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kpis.explanations.shapes import Number, Reason, Standard
from kpis.models.figures import Light
from kpis.models.standards import ExecutionFormula
from kpis.rollup import PROPORTIONAL, Amount, Comparator, Kind, Promise
from kpis.wording import plain

NOTHING = "—"
SHOWN_TERMS = 4
"""Of a longer sum so many terms are printed."""


# --- numbers ----------------------------------------------------------------------------------------------
def number(value: Number | None, places: int = 4) -> str:
    """Exact up to four decimals, as amounts are stored."""
    return NOTHING if value is None else plain(_decimal(value), places)


def percent(share: Number | None) -> str:
    """A share in percent with at most one decimal."""
    return NOTHING if share is None else f"{number(Fraction(share) * 100, 1)}%"


def points(share: Number | None) -> str:
    """A difference of shares in percentage points, with its sign."""
    if share is None:
        return NOTHING
    return ("+" if share > 0 else "") + number(Fraction(share) * 100, 1)


def thousands(amount: Number | None) -> str:
    """New Taiwan dollars in thousands."""
    return NOTHING if amount is None else number(Fraction(amount) / 1000, 3)


def _decimal(value: Number) -> Decimal:
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(value)


def _in_brackets(value: Number, spell: Callable[[Number | None], str] = number) -> str:
    return f"({spell(value)})" if value < 0 else spell(value)


def terms(
    values: Sequence[Any], spell: Callable[[Any], str], joined: str = " + ", of: int | None = None
) -> str:
    """`120 + 80 + 40 + 60 + …（共 16 項）`; `of` says how many there are where not all are given."""
    shown = joined.join(spell(value) for value in values[:SHOWN_TERMS])
    of = len(values) if of is None else of
    if of <= SHOWN_TERMS:
        return shown
    count = ngettext("（共 %(count)d 項）", "（共 %(count)d 項）", of) % {"count": of}
    return f"{shown}{joined}…{count}"


# --- indicators -------------------------------------------------------------------------------------------
def indicator_formula(kind: Kind, window: str) -> str:
    """What is done with the statements of the window."""
    of_window = {"quarter": _("本季"), "year": _("本年至本季"), "plan": _("計畫開始至本季")}[window]
    how = {
        Kind.FLOW: _("%(window)s各機關各季數值相加。"),
        Kind.STOCK: _("%(window)s各機關最近一次填報之數值相加。"),
        Kind.RATIO: _("%(window)s各機關各季之分子相加，除以分母相加。"),
        Kind.RANK: _("%(window)s最近一次填報之名次；同季有數個名次者，取最後面者。"),
        Kind.MILESTONE: _("%(window)s各機關最近一次填報之階段，取進度最少者。"),
        Kind.MAXIMUM: _("%(window)s各機關最近一次填報之數值，取最大者。"),
        Kind.QUALITATIVE: _("質性指標：只列說明，不計算數值。"),
    }
    return how[kind] % {"window": of_window}


def sum_in_symbols(kind: Kind, amounts: Sequence[Amount], total: Amount | None) -> str:
    """`Σ = 120 + 80 = 200`, `(1 + 1) ÷ (2 + 2) = 2 ÷ 4 = 50.0%`, `max(3, 5) = 5`."""
    if total is None:
        return ""
    numerators = [amount.numerator for amount in amounts]
    match kind:
        case Kind.FLOW | Kind.STOCK:
            return f"Σ = {terms(numerators, _in_brackets)} = {number(total.numerator)}"
        case Kind.RATIO:
            return _ratio_in_symbols(amounts, total)
        case Kind.RANK:
            return _("名次 = %(rank)s") % {"rank": number(total.numerator)}
        case Kind.MILESTONE:
            return f"min({terms(numerators, percent, ', ')}) = {percent(total.numerator)}"
        case Kind.MAXIMUM:
            return f"max({terms(numerators, number, ', ')}) = {number(total.numerator)}"
    return ""


def _ratio_in_symbols(amounts: Sequence[Amount], total: Amount) -> str:
    if total.denominator is None:
        return f"Σ = {number(total.numerator)}"
    above = terms([amount.numerator for amount in amounts], _in_brackets)
    below = terms([amount.denominator or Decimal(0) for amount in amounts], number)
    divided = f"{number(total.numerator)} ÷ {number(total.denominator)}"
    return f"({above}) ÷ ({below}) = {divided} = {percent(total.quotient)}"


def rate_formula(promise: Promise) -> str:
    match promise.comparator:
        case Comparator.AT_MOST:
            return _("達成率 =（基準 − 實績）÷（基準 − 目標值）")
        case Comparator.RANK_IMPROVES:
            return _("達成率 =（基準名次 − 名次）÷ 目標進步名次")
        case Comparator.TOP:
            return _("名次在目標名次以內即達成；不計達成率。")
        case Comparator.MILESTONE:
            return _("達成率 = 已達階段占全程之比率")
        case Comparator.QUALITATIVE:
            return _("質性目標，不計達成率。")
    return _("達成率 = 實績 ÷ 目標值")


def rate_in_symbols(promise: Promise, actual: Fraction | None, rate: Fraction | None) -> list[str]:
    """The rate with its numbers; where there is none, why."""
    value, baseline = promise.value, promise.baseline
    if actual is None or value is None:
        return []
    if promise.comparator is Comparator.TOP:
        sign = "≤" if actual <= Fraction(value) else ">"
        return [f"{number(actual)} {sign} {number(value)}"]
    if rate is None:
        if promise.comparator in PROPORTIONAL:
            return [_("目標值非正數，不計達成率。")]
        if promise.comparator is Comparator.AT_MOST:
            return [_("基準未訂，或不高於目標值，不計達成率。")]
        return [_("基準名次未訂，或目標進步名次非正數，不計達成率。")]
    if promise.comparator in PROPORTIONAL or baseline is None:
        return [f"{number(actual)} ÷ {_in_brackets(value)} = {percent(rate)}"]
    above = f"{number(baseline)} − {_in_brackets(actual)}"
    below = number(value)
    if promise.comparator is Comparator.AT_MOST:
        below = f"({number(baseline)} − {_in_brackets(value)})"
    return [f"({above}) ÷ {below} = {percent(rate)}"]


def light_in_symbols(
    expected: Fraction | None, rate: Fraction | None, standard: Standard, light: str
) -> list[str]:
    """`應達 50.0% − 達成率 33.3% = 16.7 百分點 > 10：落後`."""
    if expected is None or rate is None or not light:
        return []
    shortfall = (expected - rate) * 100
    if light == Light.GREEN and shortfall > Fraction(standard.yellow):
        return [_("已達成目標，不論應達比率：%(light)s") % {"light": Light.GREEN.label}]
    compared = {
        Light.GREEN: f"≤ {number(standard.yellow)}",
        Light.YELLOW: f"> {number(standard.yellow)}",
        Light.RED: f"> {number(standard.red)}",
    }
    sentence = _("應達 %(expected)s − 達成率 %(rate)s = %(points)s 個百分點 %(compared)s：%(light)s")
    return [
        sentence
        % {
            "expected": percent(expected),
            "rate": percent(rate),
            "points": number(shortfall, 1),
            "compared": compared[Light(light)],
            "light": Light(light).label,
        }
    ]


# --- nodes ------------------------------------------------------------------------------------------------
def score_formula() -> str:
    return _(
        "有達成率之各指標，達成率限於 0 至 100%（取至小數第十位），乘以權重後相加，除以權重之和：Σ（權重 × 達成率）÷ Σ 權重。"
    )


def score_in_symbols(
    first: Sequence[tuple[Decimal, Decimal | None]],
    of: int,
    total: Decimal,
    weight: Decimal,
    score: Fraction | None,
) -> str:
    """`first` are the first pairs of weight and clamped rate, `of` is how many there are."""
    if score is None:
        return ""

    def spell(pair: tuple[Decimal, Decimal | None]) -> str:
        return f"{number(pair[0])} × {percent(pair[1])}"

    divided = f"{number(total)} ÷ {number(weight)}"
    return f"({terms(first, spell, of=of)}) ÷ {number(weight)} = {divided} = {percent(score)}"


def coverage_formula() -> str:
    return _("各指標應報筆數相加為分母，其中已核定者為分子；「本季無應報事項」與「不適用」視為已報。")


def coverage_in_symbols(pairs: Sequence[tuple[int, int]], stated: int, owed: int) -> str:
    above = terms([pair[0] for pair in pairs], str)
    below = terms([pair[1] for pair in pairs], str)
    return f"({above})/({below}) = {stated}/{owed}" if pairs else f"{stated}/{owed}"


def progress_formula(by_appropriation: bool) -> str:
    if by_appropriation:
        return _("各計畫最近一次核定之進度，以本年度預算數加權平均：Σ（預算數 × 進度）÷ Σ 預算數。")
    return _(
        "各計畫最近一次核定之進度，簡單平均（並非每一計畫皆有本年度預算數，故不加權）：Σ 進度 ÷ 計畫數。"
    )


def progress_in_symbols(
    weighed: Sequence[tuple[Decimal, Decimal]], by_appropriation: bool, mean: Fraction | None
) -> str:
    """`weighed` are pairs of weight and percent; weights are in thousands of dollars where they are money."""
    if mean is None:
        return ""
    below = sum((weight for weight, _points in weighed), Decimal(0))

    def spell(pair: tuple[Decimal, Decimal]) -> str:
        points = f"{number(pair[1])}%"
        return f"{thousands(pair[0])} × {points}" if by_appropriation else points

    divisor = thousands(below) if by_appropriation else number(below)
    return f"({terms(weighed, spell)}) ÷ {divisor} = {number(mean, 1)}%"


def money_formula(formula: str) -> str:
    executed = _("執行數 = 實支數 + 應付未付數 + 賸餘數")
    execution = _("執行率 = %(formula)s") % {"formula": ExecutionFormula(formula).label}
    achievement = _("達成率 = 執行數 ÷ 預算數")
    return _("%(executed)s；%(execution)s；%(achievement)s。未填之金額不計入總和，亦非零。") % {
        "executed": executed,
        "execution": execution,
        "achievement": achievement,
    }


def amounts_in_symbols(name: str, amounts: Sequence[Decimal], total: Decimal | None) -> str:
    """One component of money over its programmes, in thousands."""
    if total is None:
        return ""
    return f"{figure_name(name)} = {terms(amounts, thousands)} = {thousands(total)}"


def executed_in_symbols(parts: Iterable[Decimal | None], executed: Decimal | None) -> str:
    stated = [part for part in parts if part is not None]
    return amounts_in_symbols("executed", stated, executed)


def share_in_symbols(
    name: str, part: Decimal | None, below: Sequence[Decimal | None], share: Fraction | None
) -> str:
    if share is None:
        return ""
    stated = [amount for amount in below if amount is not None]
    divisor = thousands(stated[0]) if len(stated) == 1 else f"({terms(stated, thousands)})"
    return f"{figure_name(name)} = {thousands(part)} ÷ {divisor} = {percent(share)}"


def milestones_formula() -> str:
    return _(
        "查核點逐一計數，每點一次：本季底前到期者為「應完成」；已完成者不論是否到期皆計入「已完成」，其中晚於期限者為「逾期完成」；到期而未完成者為「逾期未完成」。"
    )


def count_in_symbols(figures: Iterable[tuple[str, Number | None]]) -> list[str]:
    return [f"{figure_name(name)} = {number(value)}" for name, value in figures]


# --- names of figures and reasons -------------------------------------------------------------------------
def figure_name(name: str) -> str:
    return {
        "figure": _("實績"),
        "rate": _("達成率"),
        "expected": _("應達"),
        "score": _("平均達成率"),
        "stated": _("已核定"),
        "owed": _("應報"),
        "planned": _("預定進度"),
        "actual": _("實際進度"),
        "appropriation": _("預算數（千元）"),
        "allocated": _("累計分配數（千元）"),
        "spent": _("實支數（千元）"),
        "payable": _("應付未付數（千元）"),
        "surplus": _("賸餘數（千元）"),
        "executed": _("執行數（千元）"),
        "execution_rate": _("執行率"),
        "achievement_rate": _("預算達成率"),
        "due": _("應完成"),
        "reached": _("已完成"),
        "reached_late": _("逾期完成"),
        "overdue": _("逾期未完成"),
    }[name]


_SHARES = {"rate", "expected", "score", "execution_rate", "achievement_rate"}
_POINTS = {"planned", "actual"}
_MONEY = {"appropriation", "allocated", "spent", "payable", "surplus", "executed"}


def spelled(name: str, value: Number | None, kind: Kind | None = None) -> str:
    """A figure as its name wants it: shares and progress in percent, money in thousands, all else as a number."""
    if value is None:
        return NOTHING
    if name in _SHARES or (name == "figure" and kind in (Kind.RATIO, Kind.MILESTONE)):
        return percent(value)
    if name in _POINTS:
        return f"{number(value, 1)}%"
    return thousands(value) if name in _MONEY else number(value)


def difference(name: str, value: Number | None, kind: Kind | None = None) -> str:
    """With its sign; of shares and progress in percentage points."""
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else ""
    if name in _SHARES or (name == "figure" and kind in (Kind.RATIO, Kind.MILESTONE)):
        return _("%(points)s 個百分點") % {"points": points(value)}
    if name in _POINTS:
        return _("%(points)s 個百分點") % {"points": sign + number(value, 1)}
    return sign + spelled(name, value, kind)


def reason(why: Reason) -> str:
    return {
        Reason.MISSING: _("未報：尚無核定資料"),
        Reason.NOTHING_DUE: _("本季無應報事項"),
        Reason.NOT_APPLICABLE: _("不適用"),
        Reason.WITHDRAWN: _("核定已撤回"),
        Reason.IN_WORDS: _("質性說明，不計算"),
        Reason.SUPERSEDED: _("已有較近之填報"),
        Reason.LEFT: _("機關已不再負責，其數值不再沿用"),
        Reason.OUTSIDE: _("不在採計期間內"),
        Reason.NO_TARGET: _("無目標或為質性目標，不計達成率"),
        Reason.NO_DATA: _("無資料，無從計算達成率"),
        Reason.NO_RATE: _("目標不計達成率"),
        Reason.RELATED: _("僅內容涉及（△），不計入"),
        Reason.NEVER_STATED: _("尚無核定之進度"),
        Reason.EARLIER_YEAR: _("前一會計年度之金額，不計入本年度"),
        Reason.DROPPED: _("查核點已取消"),
    }[why]
