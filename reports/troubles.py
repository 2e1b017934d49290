"""What makes a waiting line trouble for whoever reviews it, and how much each reason weighs in the queue.

Reasons are what the checks remark (`kpis.models.CheckCode`) and some facts beside them. It knows no database: what has
to be read is read by `reports.selectors.review_queue`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from django.db import models
from django.utils.translation import gettext_lazy as _

from kpis.models import CheckCode, Severity
from reports import checks, schedule
from reports.check_rules import CheckContext
from reports.contents import LineContent
from reports.models import Line, LineStatement


class Fact(models.TextChoices):
    """Reasons that no check remarks; the last three are of a report as a whole."""

    BEHIND = "behind", _("進度落後")
    OVERDUE = "overdue", _("查核點逾期未完成")
    DISAGREES = "disagrees", _("研判與燈號不一致")
    NOTED = "noted", _("以說明答覆檢核提示")
    EXCUSED = "excused", _("無應報或不適用")
    CORRECTED = "corrected", _("核定後更正")
    SECOND_ROUND = "second_round", _("退回補正後再送")
    LATE = "late", _("逾期送出")
    WAITING = "waiting", _("等候逾一週")


GRAVE, SERIOUS, SLIGHT = 5, 3, 1
A_WEEK = 7
MOST_WEEKS = 4
"""Days late and days of waiting count by the week that they have begun, and no more than so many weeks."""

WEIGHTS: Mapping[str, int] = {
    CheckCode.FAR_BEHIND: GRAVE,
    CheckCode.BEHIND_TWICE: GRAVE,
    CheckCode.OVER_APPROPRIATION: GRAVE,
    CheckCode.UNUSUAL_JUMP: GRAVE,
    CheckCode.STOCK_FALLS: GRAVE,
    CheckCode.PROGRESS_FALLS: GRAVE,
    Fact.DISAGREES: GRAVE,
    Fact.CORRECTED: GRAVE,
    Fact.OVERDUE: SERIOUS,
    CheckCode.ALLOCATED_OVER_APPROPRIATION: SERIOUS,
    CheckCode.LOW_EXECUTION: SERIOUS,
    CheckCode.MONEY_WITHOUT_PROGRESS: SERIOUS,
    CheckCode.PROGRESS_WITHOUT_MONEY: SERIOUS,
    CheckCode.COMPLETE_WITH_OPEN_MILESTONES: SERIOUS,
    Fact.LATE: SERIOUS,
    Fact.SECOND_ROUND: SERIOUS,
    Fact.WAITING: SLIGHT,
    Fact.BEHIND: SLIGHT,
    Fact.NOTED: SLIGHT,
    Fact.EXCUSED: SLIGHT,
}
"""Reason → what one line (or week) of it counts; whatever stands not here counts as `SERIOUS`."""

ANYHOW = frozenset({Fact.SECOND_ROUND.value})
"""What puts a report further up, and yet keeps no line from being accepted together with others."""


def weight_of(reason: str) -> int:
    return WEIGHTS.get(reason, SERIOUS)


def weeks_of(days: int) -> int:
    return min(-(-days // A_WEEK), MOST_WEEKS)


def words_of(reason: str) -> str:
    return str(Fact(reason).label if reason in Fact.values else CheckCode(reason).label)


def troubles_of(
    line: Line, content: LineContent, context: CheckContext, *, was_accepted: bool, was_returned: bool
) -> tuple[str, ...]:
    """Every reason to look at the line more closely, the gravest first, each once."""
    remarks = checks.remarked(content, line, context)
    warned = [each for each in remarks if each.severity != Severity.HINT]
    found = {each.code.value for each in warned if each.code} | set(_facts_of(line, content, context))
    if warned and content.note:
        found.add(Fact.NOTED)
    if was_accepted:
        found.add(Fact.CORRECTED)
    if was_returned:
        found.add(Fact.SECOND_ROUND)
    return gravest_first(found)


def _facts_of(line: Line, content: LineContent, context: CheckContext) -> Iterator[str]:
    if content.statement in (LineStatement.NOTHING_DUE, LineStatement.NOT_APPLICABLE):
        yield Fact.EXCUSED
        return
    if line.program_id and schedule.is_behind(content):
        yield Fact.BEHIND
    if content.statement == LineStatement.NOT_REACHED and schedule.is_overdue(line):
        yield Fact.OVERDUE
    # The ministry has explained it, or could not have handed it in: to a reviewer it is a reason all the same.
    unexplained = checks.remarked(replace(content, confidence_note=""), line, context)
    if any(each.code == CheckCode.CONFIDENCE_DISAGREES for each in unexplained):
        yield Fact.DISAGREES


def gravest_first(reasons: set[str]) -> tuple[str, ...]:
    # What is far behind is behind, and what no longer explains itself disagrees: said once, by the graver word.
    if CheckCode.FAR_BEHIND in reasons:
        reasons = reasons - {Fact.BEHIND}
    if Fact.DISAGREES in reasons:
        reasons = reasons - {CheckCode.CONFIDENCE_DISAGREES}
    return tuple(sorted((str(each) for each in reasons), key=lambda each: (-weight_of(each), each)))
