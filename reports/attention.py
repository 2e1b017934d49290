"""What needs the attention of whoever runs the plan, for which reasons, and how much each reason weighs.

A reason that the review or its checks have too bears their word and weight, and holds from the same value on. It knows
no database: what has to be read is read by `reports.selectors.attention`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kpis.models import CheckCode, Light
from programs.models import Confidence
from reports import predicates, schedule, troubles
from reports.check_rules import Rule, Standard
from reports.contents import LineContent
from reports.troubles import GRAVE, SERIOUS, SLIGHT, Fact


class Kind(models.TextChoices):
    """What may need attention."""

    INDICATOR = "indicator", gettext_lazy("指標")
    PROGRAM = "program", gettext_lazy("計畫")
    REPORT = "report", gettext_lazy("報告")
    DECISION = "decision", gettext_lazy("列管案")
    ROUND = "round", gettext_lazy("季別")


class Cause(models.TextChoices):
    """Why something needs attention: of an indicator, a programme, a report, or of what waits for an answer."""

    BEHIND = "behind", gettext_lazy("落後應達進度")
    FALLING = "falling", gettext_lazy("差距連續兩季擴大")
    SILENT = "silent", gettext_lazy("逾期未報，無資料")
    DISAGREES = Fact.DISAGREES.value, Fact.DISAGREES.label
    FAR_BEHIND = CheckCode.FAR_BEHIND.value, CheckCode.FAR_BEHIND.label
    MONEY_WITHOUT_PROGRESS = CheckCode.MONEY_WITHOUT_PROGRESS.value, CheckCode.MONEY_WITHOUT_PROGRESS.label
    PROGRESS_WITHOUT_MONEY = CheckCode.PROGRESS_WITHOUT_MONEY.value, CheckCode.PROGRESS_WITHOUT_MONEY.label
    LATE = "late", gettext_lazy("報告逾期未送出")
    OVERDUE = "decision_overdue", gettext_lazy("列管事項逾期")
    PUBLICATION = "publication", gettext_lazy("公布提案待確認")
    TARGET = "target", gettext_lazy("目標修正待決定")
    REVISION = "revision", gettext_lazy("計畫修正待核定")
    RELEASE = "release", gettext_lazy("解除列管待核定")
    EXTENSION = "extension", gettext_lazy("展延申請待答復")


WEIGHTS: Mapping[Cause, int] = {
    Cause.BEHIND: GRAVE,
    Cause.FALLING: SERIOUS,
    Cause.SILENT: SERIOUS,
    Cause.DISAGREES: troubles.weight_of(Fact.DISAGREES),
    Cause.FAR_BEHIND: troubles.weight_of(CheckCode.FAR_BEHIND),
    Cause.MONEY_WITHOUT_PROGRESS: troubles.weight_of(CheckCode.MONEY_WITHOUT_PROGRESS),
    Cause.PROGRESS_WITHOUT_MONEY: troubles.weight_of(CheckCode.PROGRESS_WITHOUT_MONEY),
    Cause.LATE: SERIOUS,
    Cause.OVERDUE: SERIOUS,
    Cause.PUBLICATION: SLIGHT,
    Cause.TARGET: SLIGHT,
    Cause.REVISION: SLIGHT,
    Cause.RELEASE: SLIGHT,
    Cause.EXTENSION: SLIGHT,
}
"""Cause → what it counts, once for each begun week of days, or each full threshold of points, and `MOST_TIMES` at most."""

MOST_TIMES = troubles.MOST_WEEKS

Rules = Mapping[CheckCode, Rule]
"""The checks that hold for the plan in the quarter; one that is switched off is no reason either."""


@dataclass(frozen=True)
class Reason:
    """One reason; `size` is its points or days, `said` what disagrees: the ministry's judgement and the light."""

    cause: Cause
    size: Decimal | None = None
    times: int = 1
    said: tuple[str, str] | None = None

    @property
    def weight(self) -> int:
        return WEIGHTS[self.cause] * self.times

    @property
    def words(self) -> str:
        if self.said:
            judged, lit = self.said
            said = {"confidence": Confidence(judged).label, "light": Light(lit).label}
            return _("機關研判「%(confidence)s」，燈號為「%(light)s」") % said
        if self.size is None:
            return str(self.cause.label)
        if self.cause in (Cause.BEHIND, Cause.FAR_BEHIND):
            return _("%(reason)s %(points)s 個百分點") % {
                "reason": self.cause.label,
                "points": predicates.plain(round(self.size, 1)),
            }
        days = int(self.size)
        words = ngettext("%(reason)s %(days)s 天", "%(reason)s %(days)s 天", days)
        return words % {"reason": self.cause.label, "days": days}


@dataclass(frozen=True)
class IndicatorState:
    """An indicator in the quarter. `leads` are rate less expected share, of the quarter and of those before it.

    `is_silent` says that nothing is known of it although the day has passed by which it was owed.
    """

    light: str
    leads: tuple[Decimal | None, ...] = ()
    is_silent: bool = False
    judgements: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProgramState:
    """What was accepted of a programme, or of a part of it, in the quarter and in the one before."""

    content: LineContent | None
    previous: LineContent | None = None
    begins_year: bool = False
    is_silent: bool = False


def of_indicator(state: IndicatorState, standard: Standard, rules: Rules) -> tuple[Reason, ...]:
    """A target that is reached is behind in nothing, whatever its share."""
    return worst_first(_of_indicator(state, standard, rules))


def _of_indicator(state: IndicatorState, standard: Standard, rules: Rules) -> Iterator[Reason]:
    if state.is_silent:
        yield Reason(Cause.SILENT)
    now = state.leads[0] if state.leads else None
    if state.light in (Light.YELLOW, Light.RED):
        short = None if now is None else -now * 100
        if short is not None and short >= standard.red:
            yield Reason(Cause.BEHIND, short, _times(short, standard.red))
        elif state.light == Light.RED:
            yield Reason(Cause.BEHIND)
    if now is not None and now < 0 and state.light != Light.GREEN and _falls(state.leads):
        yield Reason(Cause.FALLING)
    yield from _disagreements(state.light, state.judgements, rules)


def _falls(leads: tuple[Decimal | None, ...]) -> bool:
    """Each of the last two quarters further behind than the one before it."""
    if len(leads) < 3:
        return False
    now, before, earlier = leads[:3]
    return now is not None and before is not None and earlier is not None and now < before < earlier


def of_program(state: ProgramState, standard: Standard, rules: Rules) -> tuple[Reason, ...]:
    return worst_first(_of_program(state, standard, rules))


def _of_program(state: ProgramState, standard: Standard, rules: Rules) -> Iterator[Reason]:
    content, previous = state.content, state.previous
    if content is None:
        if state.is_silent:
            yield Reason(Cause.SILENT)
        return
    far, short = rules.get(CheckCode.FAR_BEHIND), schedule.shortfall(content)
    if far and short is not None and schedule.is_behind(content, far.parameter):
        yield Reason(Cause.FAR_BEHIND, short, _times(short, far.parameter))
    if CheckCode.MONEY_WITHOUT_PROGRESS in rules and predicates.paid_and_stands(
        content, previous, begins_year=state.begins_year
    ):
        yield Reason(Cause.MONEY_WITHOUT_PROGRESS)
    if CheckCode.PROGRESS_WITHOUT_MONEY in rules and predicates.moved_unpaid(content, previous):
        yield Reason(Cause.PROGRESS_WITHOUT_MONEY)
    light = predicates.light_of_progress(content, standard)
    yield from _disagreements(light, (content.confidence,), rules)


def _disagreements(light: str, judgements: Iterable[str], rules: Rules) -> Iterator[Reason]:
    """Explained or not: to who runs the plan it is a reason all the same. Said once, of who is furthest off."""
    rule = rules.get(CheckCode.CONFIDENCE_DISAGREES)
    if rule is None:
        return
    steps = {each: predicates.steps_between(light, each) or 0 for each in judgements}
    found = [each for each, step in steps.items() if step >= max(rule.parameter, Decimal(1))]
    if found:
        yield Reason(Cause.DISAGREES, said=(max(found, key=lambda each: (steps[each], each)), light))


def of_days(cause: Cause, days: int) -> Reason:
    """What is late or waits, by so many days."""
    return Reason(cause, Decimal(days), max(1, troubles.weeks_of(days)))


def _times(points: Decimal, threshold: Decimal) -> int:
    if threshold <= 0:
        return 1
    return max(1, min(int(points / threshold), MOST_TIMES))


def worst_first(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Each cause once, by the gravest of its reasons."""
    gravest: dict[Cause, Reason] = {}
    for each in reasons:
        known = gravest.get(each.cause)
        if known is None or (each.weight, each.size or 0) > (known.weight, known.size or 0):
            gravest[each.cause] = each
    return tuple(sorted(gravest.values(), key=lambda each: (-each.weight, each.cause.value)))
