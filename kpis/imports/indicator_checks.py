"""An indicator's target must be one that its kind of figure can meet, with exactly the values it needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from kpis.imports.checking import Checker
from kpis.imports.indicator_records import IndicatorRecord, TargetRecord
from kpis.imports.standard_checks import PlanQuarters, check_schedule, check_weights
from kpis.models import Aggregation, Comparator, Frequency, Indicator

_VALUELESS = (Comparator.MILESTONE, Comparator.QUALITATIVE)
# Comparators that belong to one kind of figure; all others go with figures that are numbers.
ONLY_FOR = {
    Comparator.RANK_IMPROVES: Aggregation.RANK,
    Comparator.TOP: Aggregation.RANK,
    Comparator.MILESTONE: Aggregation.MILESTONE,
    Comparator.QUALITATIVE: Aggregation.QUALITATIVE,
}


def check_indicators(
    check: Checker,
    indicators: Sequence[IndicatorRecord],
    organisations: Collection[str],
    pillars: Collection[str],
    sub_items: Collection[str],
    quarters: PlanQuarters,
) -> None:
    check.once(indicators, lambda each: each.code, "code")
    for indicator in indicators:
        check.refers(indicator, "pillar", indicator.pillar, pillars)
        if (indicator.kind == Indicator.Kind.OVERALL) == bool(indicator.pillar):
            check.complain(indicator, "pillar", _("總體目標不屬於主軸；目標與關鍵成果必屬一個主軸。"))
        check.once(indicator.owners, lambda each: each.organisation, "organisation")
        for owner in indicator.owners:
            check.refers(owner, "organisation", owner.organisation, organisations)
            check.forward(owner, "from_quarter", "until_quarter")
        check.once(indicator.sub_items, lambda each: each.sub_item, "sub_item")
        for mapping in indicator.sub_items:
            check.refers(mapping, "sub_item", mapping.sub_item, sub_items)
        _check_stages(check, indicator)
        check.once(indicator.targets, lambda each: (str(each.effective_from), each.year), "effective_from")
        for target in indicator.targets:
            check_target(check, indicator.aggregation, target)
            check_schedule(check, target, quarters)
        check_weights(check, indicator, quarters)


def _check_stages(check: Checker, indicator: IndicatorRecord) -> None:
    """A milestone has stages whose shares rise to the whole; nothing else has stages."""
    if (indicator.aggregation == Aggregation.MILESTONE) != bool(indicator.stages):
        check.complain(indicator, "stages", _("里程碑須有階段；其他指標不得有階段。"))
    check.once(indicator.stages, lambda each: each.name_zh, "name_zh")
    for stage in indicator.stages:
        if not 0 <= stage.share <= 1:
            check.complain(stage, "share", _("須在 0 與 1 之間。"))
    for earlier, later in pairwise(indicator.stages):
        if later.share <= earlier.share:
            check.complain(later, "share", _("須大於前一階段。"))
    if indicator.stages and indicator.stages[-1].share < 1:
        check.complain(indicator.stages[-1], "share", _("最後階段須為 1。"))


def check_target(
    check: Checker,
    aggregation: Aggregation,
    target: TargetRecord,
    spelled: Callable[[TextChoices], str] = str,
) -> None:
    """The target is one that the aggregation can meet; `spelled` names a comparator or aggregation to the reader."""
    wanted = ONLY_FOR.get(target.comparator)
    special = aggregation in ONLY_FOR.values()
    if wanted != aggregation if wanted or special else False:
        check.complain(
            target,
            "comparator",
            _("「%(comparator)s」不適用於「%(aggregation)s」指標。")
            % {"comparator": spelled(target.comparator), "aggregation": spelled(aggregation)},
        )
    _check_values(check, target, spelled(target.comparator))
    if target.year is not None and target.frequency != Frequency.ANNUAL:
        message = _("只有「%(annual)s」的目標可填年度。")
        check.complain(target, "year", message % {"annual": spelled(Frequency.ANNUAL)})


def _check_values(check: Checker, target: TargetRecord, comparator: str) -> None:
    """Which of value, value_max and tolerance a comparator needs, and which it forbids."""
    needs = {
        "value": target.comparator not in _VALUELESS,
        "value_max": target.comparator == Comparator.RANGE,
        "tolerance": target.comparator == Comparator.ABOUT,
    }
    for name, needed in needs.items():
        given = getattr(target, name) is not None
        if needed != given:
            message = _("「%(comparator)s」須填此欄。") if needed else _("「%(comparator)s」不得填此欄。")
            check.complain(target, name, message % {"comparator": comparator})
    if target.value is not None and target.value_max is not None and target.value_max <= target.value:
        check.complain(target, "value_max", _("須大於下限。"))
    if target.tolerance is not None and not 0 <= target.tolerance < 1:
        check.complain(target, "tolerance", _("須為 0 以上、小於 1 的比例，例如 0.1。"))
