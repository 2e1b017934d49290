"""A target is revised by adding the new one beside the old, which keeps the quarters before; neither is ever edited.

What may be promised of an indicator is said once, by the checks of plan files. It does not know who proposes or
decides: its caller has asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _

from kpis.imports.checking import Checker
from kpis.imports.indicator_checks import check_target
from kpis.imports.indicator_records import TargetRecord
from kpis.imports.problems import Place
from kpis.imports.standard_checks import UNSCHEDULED
from kpis.models import Aggregation, Comparator, Frequency, Indicator, ScheduledShare, Target, TargetTerms
from kpis.models.indicators import TERMS
from kpis.selectors.targets import first_quarter_of, in_force
from kpis.services.rollups import mark_stale
from programs.quarters import Quarter

LARGEST = Decimal(10) ** 15
SHARE_PLACES = 4
"""A ratio's target is a share of one; it is kept to the basis point."""
NOWHERE = Place(Path())
_PROMISED = [name for name in TERMS if name not in ("effective_from", "year")]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is promised from a quarter on; see `kpis.models.TargetTerms`."""

    comparator: Comparator
    value: Decimal | None = None
    value_max: Decimal | None = None
    tolerance: Decimal | None = None
    frequency: Frequency
    year: int | None = None
    due_quarter: Quarter | None = None
    effective_from: Quarter

    @classmethod
    def of(cls, kept: TargetTerms) -> Terms:
        return cls(
            comparator=Comparator(kept.comparator),
            value=kept.value,
            value_max=kept.value_max,
            tolerance=kept.tolerance,
            frequency=Frequency(kept.frequency),
            year=kept.year,
            due_quarter=kept.due_quarter,
            effective_from=kept.effective_from,
        )

    def as_fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in TERMS}

    def change_nothing_of(self, target: Target) -> bool:
        """They promise the same as the target, for the same years or for one that it is said of too."""
        promised = (getattr(target, name) == getattr(self, name) for name in _PROMISED)
        return target.year in (None, self.year) and all(promised)


def problems_of(indicator: Indicator, terms: Terms) -> dict[str, str]:
    """Field → why the terms cannot become a target of the indicator; "" where they are no change at all.

    Reads the indicator's plan and targets; two queries where they were not fetched.
    """
    check = Checker()
    record = TargetRecord(at=NOWHERE, **terms.as_fields())
    check_target(check, Aggregation(indicator.aggregation), record, _label)
    found = {problem.field: problem.message for problem in reversed(check.problems)}
    for name, message in [*_out_of_range(indicator, terms), *_out_of_time(indicator, terms)]:
        found.setdefault(name, message)
    return found or dict(_no_change(indicator, terms))


def _label(choice: TextChoices) -> str:
    return str(choice.label)


def _out_of_range(indicator: Indicator, terms: Terms) -> Iterator[tuple[str, str]]:
    """Values that no report on the indicator could reach, or that would be rounded where they are shown."""
    places = SHARE_PLACES if indicator.aggregation == Aggregation.RATIO else indicator.decimal_places
    for name in ("value", "value_max"):
        value = getattr(terms, name)
        if value is None:
            continue
        if terms.comparator in (Comparator.TOP, Comparator.RANK_IMPROVES):
            if value != int(value) or not 1 <= value <= 999:
                yield name, _("名次須為 1 至 999 的整數。")
        elif abs(value) >= LARGEST:
            yield name, _("數值過大，請確認單位後重新填寫（上限為 15 位數）。")
        elif value < 0:
            yield name, _("數值不得為負數。")
        elif value != round(value, places):
            yield name, _("此指標填至小數點後 %(places)d 位。") % {"places": places}


def _out_of_time(indicator: Indicator, terms: Terms) -> Iterator[tuple[str, str]]:
    plan = indicator.plan
    first, last = plan.first_quarter, plan.last_quarter
    for name in ("effective_from", "due_quarter"):
        quarter = getattr(terms, name)
        if quarter is not None and not first <= quarter <= last:
            message = _("%(quarter)s 不在計畫期間（%(first)s 至 %(last)s）內。")
            yield name, message % {"quarter": quarter.label, "first": first.label, "last": last.label}
    if terms.year is not None and not max(first, terms.effective_from).year <= terms.year <= last.year:
        yield "year", _("年度須在計畫期間內，且不早於開始適用的季別。")


def _no_change(indicator: Indicator, terms: Terms) -> Iterator[tuple[str, str]]:
    known = list(indicator.targets.all())
    if any((each.effective_from, each.year) == (terms.effective_from, terms.year) for each in known):
        message = _("自%(quarter)s起適用的目標已經訂定，請選擇其他季別。")
        yield "effective_from", message % {"quarter": terms.effective_from.label}
        return
    earlier = [each for each in known if each.effective_from < terms.effective_from]
    before = in_force(earlier, first_quarter_of(terms.effective_from, terms.year))
    if before is not None and terms.change_nothing_of(before):
        yield "", _("所提目標與現行目標相同，沒有變更。")


@transaction.atomic
def revise_target(*, indicator: Indicator, terms: Terms, ground: str, decided_on: date) -> Target:
    """Adds the target, with the schedule of the one that it takes the place of, and notes the figures as stale.

    ValueError where `problems_of` has any.
    """
    problems = problems_of(indicator, terms)
    if problems:
        raise ValueError(problems)
    target = Target(indicator=indicator, **terms.as_fields(), ground=ground, decided_on=decided_on)
    before = in_force(indicator.targets.all(), first_quarter_of(terms.effective_from, terms.year))
    target.save(force_insert=True)
    if before is not None and _keeps_schedule(before, target):
        ScheduledShare.objects.bulk_create(
            ScheduledShare(target=target, quarter=each.quarter, share=each.share)
            for each in before.schedule.all()
            if target.year in (None, each.quarter.year)
        )
    mark_stale(indicators=[indicator.pk])
    return target


def _keeps_schedule(before: Target, target: Target) -> bool:
    """Shares say how a promise is spread over its window: another value keeps them, another window does not."""
    same = (before.frequency, before.due_quarter) == (target.frequency, target.due_quarter)
    return same and target.comparator not in UNSCHEDULED
