"""What a line's content must satisfy: errors stop it from being saved or submitted, warnings ask for a note.

What is impossible or missing stands here, for no rule can switch it off; the rest is found by the rules in force
(`reports.predicates`). The same checks run for pages, API and imports. They do not know who typed the content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis.models import Aggregation, CheckCode, Indicator
from kpis.models import Severity as Severity  # of findings, for whoever reads them
from ministries import clock
from ministries.calendars import roc_date_short
from programs.models import Accountability, Confidence, DelayKind
from reports.check_rules import CheckContext
from reports.contents import LineContent
from reports.models import Line, LineStatement
from reports.predicates import PREDICATES
from reports.schedule import quarter_of

MONEY_FIELDS = ("appropriation", "allocated", "spent", "payable", "surplus")
PROGRESS_FIELDS = ("planned_progress", "actual_progress", "year_planned_progress", "year_actual_progress")
FIGURE_FIELDS = (
    "value",
    "numerator",
    "denominator",
    "rank",
    "stage_id",
    *PROGRESS_FIELDS,
    *MONEY_FIELDS,
)
CHOICES = {
    "statement": LineStatement.values,
    "confidence": Confidence.values,
    "delay_kind": DelayKind.values,
    "accountability": Accountability.values,
}
LARGEST = Decimal(10) ** 15
NO_NUMBER = gettext_lazy("請填寫數字。")


@dataclass(frozen=True)
class Finding:
    """One remark on one field of a line ("" is the line as a whole); `code` names the rule's check where it is one's."""

    severity: Severity
    field: str
    message: str
    code: CheckCode | None = None


def error(field: str, message: str) -> Finding:
    return Finding(Severity.ERROR, field, message)


def impossible(content: LineContent, line: Line) -> list[Finding]:
    """Values that no draft may hold: they are refused while saving, with the typed text kept on the page."""
    found = [
        *_impossible_figures(content, line),
        *_impossible_progress(content),
        *_impossible_money(content),
        *_impossible_milestone(content, line),
        *_contradictions(content),
        *_impossible_choices(content),
        *_impossible_coordination(content, line),
    ]
    if content.stage_id is not None:
        stages = line.indicator.stages.all() if line.indicator and line.indicator.has_stages else ()
        if content.stage_id not in {stage.pk for stage in stages}:
            found.append(error("stage_id", _("請從清單中選擇里程碑階段。")))
    return found


def _impossible_figures(content: LineContent, line: Line) -> Iterator[Finding]:
    for name in ("value", "numerator", "denominator"):
        figure = getattr(content, name)
        if figure is None:
            continue
        if not figure.is_finite():
            yield error(name, str(NO_NUMBER))
        elif abs(figure) >= LARGEST:
            yield error(name, _("數值過大，請確認單位後重新填寫（上限為 15 位數）。"))
        elif figure < 0:
            yield error(name, _("數值不得為負數。"))
        elif line.indicator and figure != round(figure, line.indicator.decimal_places):
            yield error(
                name, _("此指標填至小數點後 %(places)d 位。") % {"places": line.indicator.decimal_places}
            )
    if content.rank is not None and not 1 <= content.rank <= 999:
        yield error("rank", _("名次須為 1 至 999 的整數。"))


def _impossible_progress(content: LineContent) -> Iterator[Finding]:
    for name in PROGRESS_FIELDS:
        share = getattr(content, name)
        if share is None:
            continue
        if not share.is_finite():
            yield error(name, str(NO_NUMBER))
        elif not 0 <= share <= 100:
            yield error(name, _("進度須介於 0 至 100%%，不得為 %(share)s%%。") % {"share": share})


def _impossible_money(content: LineContent) -> Iterator[Finding]:
    for name in MONEY_FIELDS:
        amount = getattr(content, name)
        if amount is None:
            continue
        if not amount.is_finite():
            yield error(name, str(NO_NUMBER))
        elif amount < 0:
            yield error(name, _("金額不得為負數。"))
        elif amount >= LARGEST:
            yield error(name, _("金額過大，請以新臺幣元為單位重新確認。"))
        elif amount != int(amount):
            yield error(name, _("金額以新臺幣元為單位，不含小數。"))


def _impossible_milestone(content: LineContent, line: Line) -> Iterator[Finding]:
    """Only a milestone is reached or not, and only by the end of the quarter that is reported on."""
    if not line.milestone_id:
        if content.statement == LineStatement.NOT_REACHED:
            yield error("statement", _("「未完成」僅適用於查核點。"))
        if content.reached_on:
            yield error("reached_on", _("完成日期僅適用於查核點。"))
        return
    if content.statement in (LineStatement.ZERO, LineStatement.NOTHING_DUE):
        yield error("statement", _("查核點請選「已完成」、「未完成」或「不適用」。"))
    if content.reached_on is None:
        return
    last_day = quarter_of(line).last_day
    if content.statement in (LineStatement.NOT_REACHED, LineStatement.NOT_APPLICABLE):
        yield error(
            "reached_on", _("已選「未完成」或「不適用」，不得同時填寫完成日期；請改選「已完成」或清除日期。")
        )
    elif content.reached_on > clock.today():
        yield error("reached_on", _("完成日期不得晚於今日。"))
    elif content.reached_on > last_day:
        yield error(
            "reached_on",
            _("完成日期不得晚於本季末 %(day)s（%(western)s）；季後完成者，請於次季填報。")
            % {"day": roc_date_short(last_day), "western": last_day.isoformat()},
        )


def _impossible_choices(content: LineContent) -> Iterator[Finding]:
    for name, values in CHOICES.items():
        if getattr(content, name) not in ("", *values):
            yield error(name, _("請從選項中擇一。"))


def _impossible_coordination(content: LineContent, line: Line) -> Iterator[Finding]:
    """Only organisations that are there, and others than oneself, can be asked."""
    if set(content.coordination_with) - set(
        line.report.other_organisations if content.coordination_with else ()
    ):
        yield error("coordination_with", _("須協調機關須為其他現有機關，請重新選擇。"))


def _contradictions(content: LineContent) -> Iterator[Finding]:
    """A figure beside a statement that there is none: acceptance would drop it, and nobody could say which was meant."""
    if content.statement == LineStatement.ZERO:
        message = _("已選「零」，不得同時填寫數值；請改選「填報」或清除數值。")
    elif content.statement in (LineStatement.NOTHING_DUE, LineStatement.NOT_APPLICABLE):
        message = _("已選「本季無應報事項」或「不適用」，不得同時填寫數值；請改選「填報」或清除數值。")
    else:
        return
    for name in FIGURE_FIELDS:
        figure = getattr(content, name)
        is_stated = bool(figure) if content.statement == LineStatement.ZERO else figure is not None
        if is_stated:
            yield error(name, message)


def missing(content: LineContent, line: Line) -> list[Finding]:
    """What is still owed before the line can be submitted."""
    return [*_missing_of_line(content, line), *_missing_coordination(content)]


def _missing_coordination(content: LineContent) -> Iterator[Finding]:
    """A need without an addressee reaches nobody, and an organisation that is asked must know for what."""
    if content.coordination and not content.coordination_with:
        yield error("coordination_with", _("填有須協調事項，請選擇須協調機關。"))
    if content.coordination_with and not content.coordination:
        yield error("coordination", _("已選須協調機關，請填寫須協調事項。"))


def _missing_of_line(content: LineContent, line: Line) -> list[Finding]:
    if line.milestone_id:
        return list(_missing_of_milestone(content, line))
    if not content.statement:
        return [error("statement", _("尚未填報；如本季無事項，請選「本季無應報事項」或「不適用」。"))]
    if content.statement in (LineStatement.NOTHING_DUE, LineStatement.NOT_APPLICABLE):
        needs_words = content.statement == LineStatement.NOT_APPLICABLE and not content.narrative
        return [error("narrative", _("選「不適用」請於辦理情形說明理由。"))] if needs_words else []
    if line.indicator:
        return list(_missing_of_indicator(content, line.indicator))
    if line.program_id:
        return list(_missing_of_program(content))
    if content.statement == LineStatement.ZERO:
        return [error("statement", _("此項僅填文字說明，不適用「零」。"))]
    return [] if content.narrative else [error("narrative", _("請填寫辦理情形。"))]


REQUIRED_BY_KIND: dict[str, tuple[str, ...]] = {
    Aggregation.FLOW: ("value",),
    Aggregation.STOCK: ("value",),
    Aggregation.MAXIMUM: ("value",),
    Aggregation.RATIO: ("numerator", "denominator"),
    Aggregation.RANK: ("rank",),
    Aggregation.MILESTONE: ("stage_id",),
    Aggregation.QUALITATIVE: ("confidence", "narrative"),
}


def _missing_of_indicator(content: LineContent, indicator: Indicator) -> Iterator[Finding]:
    counts = indicator.aggregation in (Aggregation.FLOW, Aggregation.STOCK, Aggregation.MAXIMUM)
    if content.statement == LineStatement.ZERO:
        # Zero of a milestone says that no stage has been reached yet.
        if not counts and indicator.aggregation != Aggregation.MILESTONE:
            yield error("statement", _("此指標不以數量計，不適用「零」。"))
        return
    for name in REQUIRED_BY_KIND[indicator.aggregation]:
        if getattr(content, name) in (None, ""):
            yield error(name, _("選「填報」時此欄必填。"))
    if counts and content.value == 0:
        yield error("value", _("數值為 0 時請選「零」，以免與漏填混淆。"))


def _missing_of_program(content: LineContent) -> Iterator[Finding]:
    if content.statement == LineStatement.ZERO:
        yield error("statement", _("計畫請選「填報」並填寫進度；實際進度為零時填 0。"))
        return
    for name in ("planned_progress", "actual_progress"):
        if getattr(content, name) is None:
            yield error(name, _("選「填報」時此欄必填。"))


def _missing_of_milestone(content: LineContent, line: Line) -> Iterator[Finding]:
    if not content.statement:
        yield error("statement", _("尚未填報；請選「已完成」、「未完成」或「不適用」。"))
    elif content.statement == LineStatement.VALUE and content.reached_on is None:
        yield error("reached_on", _("選「已完成」時請填寫完成日期。"))
    elif content.narrative:
        return
    elif content.statement == LineStatement.NOT_APPLICABLE:
        yield error("narrative", _("選「不適用」請於辦理情形說明理由。"))


# --- what the rules in force say --------------------------------------------------------------------------------
_REPORTING = (LineStatement.VALUE, LineStatement.ZERO, LineStatement.NOT_REACHED)


def remarked(content: LineContent, line: Line, context: CheckContext) -> list[Finding]:
    """What the rules in force find in a line that reports something, each with its rule's severity."""
    if content.statement not in _REPORTING:
        return []
    return [
        Finding(rule.severity, field, rule.words or message, rule.code)
        for rule in context.rules
        for field, message in PREDICATES[rule.code](content, line, context, rule.parameter)
    ]


def unanswered(content: LineContent, remarks: Iterable[Finding]) -> list[Finding]:
    """A warning asks for a note; one note answers all of a line's."""
    warnings = [each.message for each in remarks if each.severity == Severity.WARNING]
    if not warnings or content.note:
        return []
    said = {"warnings": " ".join(warnings)}
    return [error("note", _("請於本欄說明下列檢核提示：%(warnings)s") % said)]


def findings(content: LineContent, line: Line, context: CheckContext | None = None) -> list[Finding]:
    """Everything there is to say of a line's content, errors first; without a context, by the default rules alone.

    Impossible content is not looked at any further; a field with an error gets no hints.
    """
    wrong = impossible(content, line)
    if wrong:
        return wrong
    remarks = remarked(content, line, context or CheckContext())
    found = [*missing(content, line), *remarks, *unanswered(content, remarks)]
    in_error = {each.field for each in found if each.severity == Severity.ERROR}
    told = [each for each in found if each.severity != Severity.HINT or each.field not in in_error]
    return sorted(told, key=lambda each: _GRAVEST_FIRST.index(each.severity))


_GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.HINT)
