"""Standards hold from quarters of the plan on, once each; a schedule never falls back within a window of its target.

`quarters` are the plan's first and last quarter, where the plan itself could be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from django.utils.translation import gettext as _

from kpis.imports.bases import Record
from kpis.imports.checking import Checker
from kpis.imports.indicator_records import IndicatorRecord, TargetRecord
from kpis.imports.records import PlanRecord
from kpis.imports.standard_records import CheckRuleRecord, ShareRecord, StandardRecord
from kpis.models import Comparator, Frequency
from kpis.models.check_rules import WITH_PARAMETER
from programs.quarters import Quarter

PlanQuarters = tuple[Quarter, Quarter] | None
# What has no share to be expected, or expects all of it at once and never less.
UNSCHEDULED = (Comparator.TOP, Comparator.QUALITATIVE)


def quarters_of(plan: PlanRecord | None) -> PlanQuarters:
    """The plan's first and last quarter; none where they are unknown or run backwards, which is told already."""
    if plan is None or plan.ends_on < plan.starts_on:
        return None
    return Quarter.containing(plan.starts_on), Quarter.containing(plan.ends_on)


def check_standards(check: Checker, standards: Sequence[StandardRecord], quarters: PlanQuarters) -> None:
    check.once(standards, lambda each: each.effective_from, "effective_from")
    for standard in standards:
        _within(check, standard, "effective_from", standard.effective_from, quarters)
        if standard.yellow_points < 0:
            check.complain(standard, "yellow_points", _("不得為負數。"))
        if standard.red_points < standard.yellow_points:
            check.complain(standard, "red_points", _("不得小於 yellow_points。"))


def check_rules(check: Checker, rules: Sequence[CheckRuleRecord], quarters: PlanQuarters) -> None:
    """`quarters` are none for rules of every plan."""
    check.once(rules, lambda each: (each.code.value, str(each.effective_from)), "code")
    for rule in rules:
        _within(check, rule, "effective_from", rule.effective_from, quarters)
        if rule.parameter is not None and rule.code not in WITH_PARAMETER:
            message = _("「%(code)s」不得填此欄。")
            check.complain(rule, "parameter", message % {"code": rule.code})
        elif rule.parameter is not None and rule.parameter < 0:
            check.complain(rule, "parameter", _("不得為負數。"))
        if bool(rule.words_zh) != bool(rule.words_en):
            missing = "words_en" if rule.words_zh else "words_zh"
            check.complain(rule, missing, _("words_zh 與 words_en 須同時填寫。"))


def check_weights(check: Checker, indicator: IndicatorRecord, quarters: PlanQuarters) -> None:
    check.once(indicator.weights, lambda each: each.effective_from, "effective_from")
    for weight in indicator.weights:
        _within(check, weight, "effective_from", weight.effective_from, quarters)
        if weight.weight < 0:
            check.complain(weight, "weight", _("不得為負數。"))


def check_schedule(check: Checker, target: TargetRecord, quarters: PlanQuarters) -> None:
    if target.schedule and target.comparator in UNSCHEDULED:
        message = _("「%(comparator)s」不得填此欄。")
        check.complain(target, "schedule", message % {"comparator": target.comparator})
    check.once(target.schedule, lambda each: each.quarter, "quarter")
    for point in target.schedule:
        _within(check, point, "quarter", point.quarter, quarters)
        if target.year is not None and point.quarter.year != target.year:
            message = _("%(quarter)s 不在目標的年度（%(year)d 年）內。")
            check.complain(point, "quarter", message % {"quarter": point.quarter, "year": target.year})
        if not 0 <= point.share <= 1:
            check.complain(point, "share", _("須在 0 與 1 之間。"))
    ordered = sorted(target.schedule, key=lambda each: each.quarter)
    for earlier, later in pairwise(ordered):
        if later.share < earlier.share and _in_one_window(target, earlier, later):
            message = _("不得小於同一期間內 %(quarter)s 的 %(share)s。")
            check.complain(later, "share", message % {"quarter": earlier.quarter, "share": earlier.share})


def _in_one_window(target: TargetRecord, earlier: ShareRecord, later: ShareRecord) -> bool:
    """An annual target begins again every year; one for the whole plan has one window."""
    return target.frequency == Frequency.WHOLE_PLAN or earlier.quarter.year == later.quarter.year


def _within(check: Checker, record: Record, name: str, quarter: Quarter, quarters: PlanQuarters) -> None:
    if quarters is None or quarters[0] <= quarter <= quarters[1]:
        return
    first, last = quarters
    message = _("%(quarter)s 不在計畫期間（%(first)s 至 %(last)s）內。")
    check.complain(record, name, message % {"quarter": quarter, "first": first, "last": last})
