"""What each check of `kpis.models.CheckCode` looks for in a line that somebody filled in, and the words it says.

How grave a find is, and from which value on, is said by the rule in force; what no rule can switch off stands in
`reports.checks`. Every check takes any possible content: what cannot be compared is not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from kpis.composites import EXECUTION_FORMULAS, Money
from kpis.models import Aggregation, CheckCode, Light
from programs.models import Confidence
from reports.check_rules import CheckContext, Standard
from reports.contents import LineContent
from reports.models import Line, LineStatement
from reports.schedule import is_behind, is_overdue, quarter_of, shortfall

Remark = tuple[str, str]  # field, and what is to be said there
Predicate = Callable[[LineContent, Line, CheckContext, Decimal], Iterator[Remark]]

PREDICATES: dict[CheckCode, Predicate] = {}


def looks_for(code: CheckCode) -> Callable[[Predicate], Predicate]:
    def register(predicate: Predicate) -> Predicate:
        PREDICATES[code] = predicate
        return predicate

    return register


def plain(number: Decimal) -> str:
    """`5.0000` → `5`, as a person would say it."""
    return f"{number:,f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:,f}"


# --- figures of indicators ------------------------------------------------------------------------------------

_SUMMED = (Aggregation.FLOW, Aggregation.STOCK, Aggregation.MAXIMUM)


def amount_of(content: LineContent | None, line: Line) -> Decimal | None:
    """The one number that an indicator's line states: a value, or a ratio divided out."""
    if content is None or line.indicator is None:
        return None
    if line.indicator.aggregation in _SUMMED:
        return Decimal(0) if content.statement == LineStatement.ZERO else content.value
    if line.indicator.aggregation == Aggregation.RATIO and content.numerator is not None:
        return content.numerator / content.denominator if content.denominator else None
    return None


@looks_for(CheckCode.STOCK_FALLS)
def stock_falls(
    content: LineContent, line: Line, context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    now, before = amount_of(content, line), amount_of(context.previous, line)
    is_stock = line.indicator is not None and line.indicator.aggregation == Aggregation.STOCK
    if is_stock and now is not None and before is not None and now < before:
        yield "value", _("存量較上季核定之 %(before)s 減少。") % {"before": plain(before)}


@looks_for(CheckCode.UNUSUAL_JUMP)
def unusual_jump(
    content: LineContent, line: Line, context: CheckContext, factor: Decimal
) -> Iterator[Remark]:
    """More than so many times what it ever was, or less than that part of it."""
    now, usual = amount_of(content, line), context.usual
    if now is None or usual is None or line.indicator is None:
        return
    if now > usual.most * factor or now * factor < usual.least:
        field = "numerator" if line.indicator.aggregation == Aggregation.RATIO else "value"
        limits = {"least": _short(usual.least), "most": _short(usual.most)}
        yield field, _("數值超出近期核定範圍（%(least)s 至 %(most)s）甚多，請確認單位及數值。") % limits


def _short(number: Decimal) -> str:
    return plain(number if number == number.to_integral_value() else round(number, 4))


# --- progress of programmes -----------------------------------------------------------------------------------


def _late_by(content: LineContent, line: Line, points: Decimal) -> bool:
    return line.program_id is not None and is_behind(content, points)


@looks_for(CheckCode.BEHIND_WITHOUT_REASON)
def behind_without_reason(
    content: LineContent, line: Line, _context: CheckContext, points: Decimal
) -> Iterator[Remark]:
    if _late_by(content, line, points):
        for name in ("delay_reason", "remedy"):
            if not getattr(content, name):
                said = {"points": plain(points)}
                yield name, _("進度落後達 %(points)s 個百分點以上，請填寫落後原因與因應對策。") % said


@looks_for(CheckCode.BEHIND_WITHOUT_KIND)
def behind_without_kind(
    content: LineContent, line: Line, _context: CheckContext, points: Decimal
) -> Iterator[Remark]:
    if _late_by(content, line, points) and not content.delay_kind:
        yield (
            "delay_kind",
            _("進度落後達 %(points)s 個百分點以上，請選擇落後類型。") % {"points": plain(points)},
        )


@looks_for(CheckCode.BEHIND_WITHOUT_DAY)
def behind_without_day(
    content: LineContent, line: Line, _context: CheckContext, points: Decimal
) -> Iterator[Remark]:
    if _late_by(content, line, points) and content.catch_up_on is None:
        said = {"points": plain(points)}
        yield "catch_up_on", _("進度落後達 %(points)s 個百分點以上，請填寫預定趕上日期。") % said


@looks_for(CheckCode.REASON_WITHOUT_DELAY)
def reason_without_delay(
    content: LineContent, line: Line, _context: CheckContext, points: Decimal
) -> Iterator[Remark]:
    if line.program_id is None or is_behind(content, points):
        return
    for name in ("delay_reason", "delay_kind"):
        if getattr(content, name):
            yield name, _("進度未落後而填有落後原因，請確認。")
            return


@looks_for(CheckCode.FAR_BEHIND)
def far_behind(content: LineContent, line: Line, _context: CheckContext, points: Decimal) -> Iterator[Remark]:
    short = shortfall(content)
    if short is not None and _late_by(content, line, points):
        yield "actual_progress", _("進度落後 %(short)s 個百分點，屬嚴重落後。") % {"short": plain(short)}


@looks_for(CheckCode.BEHIND_TWICE)
def behind_twice(
    content: LineContent, line: Line, context: CheckContext, points: Decimal
) -> Iterator[Remark]:
    before = context.previous
    if before is not None and _late_by(content, line, points) and is_behind(before, points):
        yield "actual_progress", _("進度連續兩季落後達 %(points)s 個百分點以上。") % {"points": plain(points)}


@looks_for(CheckCode.PROGRESS_FALLS)
def progress_falls(
    content: LineContent, line: Line, context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    """The year's progress begins anew with the year."""
    if context.previous is None or line.program_id is None:
        return
    names = ["actual_progress", *(["year_actual_progress"] if quarter_of(line).number > 1 else [])]
    for name in names:
        now, before = getattr(content, name), getattr(context.previous, name)
        if now is not None and before is not None and now < before:
            yield name, _("實際進度低於上季核定之 %(before)s%%。") % {"before": plain(before)}


@looks_for(CheckCode.COMPLETE_WITH_OPEN_MILESTONES)
def complete_with_open_milestones(
    content: LineContent, line: Line, context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    if line.program_id and content.actual_progress == 100 and context.open_milestones:
        said = {"count": context.open_milestones}
        yield "actual_progress", _("實際進度已達 100%%，惟尚有 %(count)d 項查核點未完成。") % said


@looks_for(CheckCode.CATCH_UP_DAY_PAST)
def catch_up_day_past(
    content: LineContent, line: Line, context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    for name in ("catch_up_on", "improve_by"):
        day = getattr(content, name)
        if day is not None and day < context.today:
            yield name, _("所填日期已過，請確認。")


# --- milestones -----------------------------------------------------------------------------------------------


@looks_for(CheckCode.MILESTONE_OVERDUE)
def milestone_overdue(
    content: LineContent, line: Line, _context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    if content.statement == LineStatement.NOT_REACHED and is_overdue(line) and not content.narrative:
        yield "narrative", _("查核點已屆期而未完成，請於辦理情形說明原因、因應對策與預定完成日期。")


@looks_for(CheckCode.REACHED_BEFORE_START)
def reached_before_start(
    content: LineContent, line: Line, _context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    start = line.milestone.program.period_start if line.milestone else None
    if content.reached_on and start and content.reached_on < start:
        yield "reached_on", _("完成日期早於計畫期程起日，請確認。")


# --- money ----------------------------------------------------------------------------------------------------


def money_of(content: LineContent) -> Money:
    return Money(content.appropriation, content.allocated, content.spent, content.payable, content.surplus)


@looks_for(CheckCode.OVER_APPROPRIATION)
def over_appropriation(
    content: LineContent, line: Line, _context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    executed = money_of(content).executed
    if executed is not None and content.appropriation is not None and executed > content.appropriation:
        yield "spent", _("執行數（實支＋應付未付＋賸餘）超過預算數，請確認。")


@looks_for(CheckCode.ALLOCATED_OVER_APPROPRIATION)
def allocated_over_appropriation(
    content: LineContent, line: Line, _context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    allocated, appropriation = content.allocated, content.appropriation
    if allocated is not None and appropriation is not None and allocated > appropriation:
        yield "allocated", _("累計分配數超過預算數，請確認。")


@looks_for(CheckCode.LOW_EXECUTION)
def low_execution(
    content: LineContent, line: Line, context: CheckContext, percent: Decimal
) -> Iterator[Remark]:
    """By the plan's own formula; without a denominator there is no rate, and nothing is low."""
    rate = EXECUTION_FORMULAS[context.standard.execution_formula](money_of(content))
    if rate is not None and rate * 100 < percent:
        found = {"rate": f"{float(rate) * 100:.1f}", "percent": plain(percent)}
        yield "spent", _("執行率 %(rate)s%%，未達 %(percent)s%%。") % found


def _paid(content: LineContent | None) -> Decimal:
    """What was spent or is owed; surplus is no payment."""
    return Decimal(0) if content is None else (content.spent or Decimal(0)) + (content.payable or Decimal(0))


def paid_and_stands(content: LineContent, previous: LineContent | None, *, begins_year: bool) -> bool:
    """Money went out since last quarter, and the work stands where it stood, short of its end; money begins with the year."""
    actual = content.actual_progress
    if actual is None or actual == 100:
        return False
    before = previous.actual_progress if previous else None
    return actual == (before or Decimal(0)) and _paid(content) > _paid(None if begins_year else previous)


def moved_unpaid(content: LineContent, previous: LineContent | None) -> bool:
    """The work moved on and money was allocated for it, of which none was touched this year."""
    before = previous.actual_progress if previous else None
    moved = content.actual_progress is not None and content.actual_progress > (before or Decimal(0))
    return bool(moved and content.allocated and not _paid(content))


@looks_for(CheckCode.MONEY_WITHOUT_PROGRESS)
def money_without_progress(
    content: LineContent, line: Line, context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    begins_year = quarter_of(line).number == 1
    if line.program_id and paid_and_stands(content, context.previous, begins_year=begins_year):
        yield "actual_progress", _("本季有經費支用而實際進度未增加，請確認。")


@looks_for(CheckCode.PROGRESS_WITHOUT_MONEY)
def progress_without_money(
    content: LineContent, line: Line, context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    if line.program_id and moved_unpaid(content, context.previous):
        yield "spent", _("實際進度增加而尚無經費支用，請確認。")


# --- judgement and words --------------------------------------------------------------------------------------

_JUDGED = {Confidence.ON_TRACK: 0, Confidence.AT_RISK: 1, Confidence.OFF_TRACK: 2}
_LIT = {Light.GREEN: 0, Light.YELLOW: 1, Light.RED: 2}


def light_of(content: LineContent, line: Line, context: CheckContext) -> str:
    """A programme's light follows from its own progress, an indicator's was computed for the quarter before."""
    return context.light if line.program_id is None else light_of_progress(content, context.standard)


def light_of_progress(content: LineContent, standard: Standard) -> str:
    short = shortfall(content)
    if short is None:
        return ""
    if short <= standard.yellow:
        return Light.GREEN
    return Light.YELLOW if short <= standard.red else Light.RED


def steps_between(light: str, confidence: str) -> int | None:
    """How far a ministry's judgement is from the computed light; None where one of the two is missing."""
    if light not in _LIT or confidence not in _JUDGED:
        return None
    return abs(_LIT[Light(light)] - _JUDGED[Confidence(confidence)])


@looks_for(CheckCode.CONFIDENCE_DISAGREES)
def confidence_disagrees(
    content: LineContent, line: Line, context: CheckContext, steps: Decimal
) -> Iterator[Remark]:
    light = light_of(content, line, context)
    apart = steps_between(light, content.confidence)
    if apart is None or content.confidence_note:
        return
    if apart >= max(steps, Decimal(1)):
        said = {"light": Light(light).label, "confidence": Confidence(content.confidence).label}
        yield (
            "confidence_note",
            _("機關研判「%(confidence)s」與計算燈號「%(light)s」不一致，請填寫研判說明。") % said,
        )


@looks_for(CheckCode.NO_NARRATIVE)
def no_narrative(
    content: LineContent, line: Line, _context: CheckContext, _parameter: Decimal
) -> Iterator[Remark]:
    if not content.narrative:
        yield "narrative", _("建議以一兩句話說明本季辦理情形。")
