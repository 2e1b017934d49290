"""One decision on one page: what it says and said, what its owner reported of it in which quarter, and who closed it.

A quarter that ended without a word is shown as such; the names are those of its last day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.http import Http404
from django.utils.translation import gettext as _

from kpis.wording import in_chinese
from ministries.calendars import roc_date_short
from ministries.models import Organisation, User
from ministries.permissions import Act, may
from programs.quarters import Quarter
from reports import workflow
from reports.models import Decision, DecisionProgress, DecisionStep, Report, ReportingQuarter
from reports.selectors.decisions import DecisionDue, co_owners_of, due_of, said_of, with_words
from reports.selectors.names import Named, named, named_from


@dataclass(frozen=True)
class QuarterOfDecision:
    """One quarter in which the decision was asked for.

    `progress` is what was said and may be read; without it `is_writing` where the owner may still say something.
    `may_open` is whether the reader may open the report.
    """

    quarter: Quarter
    organisation: Named
    progress: DecisionProgress | None
    is_writing: bool
    may_open: bool


@dataclass(frozen=True)
class Change:
    """One field that a step changed, in words: label, before, after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class StepOfDecision:
    step: DecisionStep
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class DecisionPage:
    """A decision with its progress, newest quarter first, and all that the secretariat did to it, newest first."""

    decision: Decision
    organisation: Named
    co_owners: tuple[Named, ...]
    due: DecisionDue
    quarters: tuple[QuarterOfDecision, ...]
    steps: tuple[StepOfDecision, ...]

    @property
    def first_due(self) -> Quarter:
        """What it was due by when it was made."""
        first: Quarter = self.steps[-1].step.due_quarter
        return first


def decision_for(*, actor: User, year: int, number: int) -> Decision:
    """The managed plan's decision that the actor may know of; 404 hides that any other exists."""
    found: Decision | None = (
        with_words(Decision.objects.visible_to(actor))
        .filter(plan__is_managed=True, year=year, number=number)
        .order_by("-plan__starts_on")
        .first()
    )
    if found is None:
        raise Http404
    return found


def decision_page(decision: Any, actor: User) -> DecisionPage:
    """Eight queries at most beside those of `decision_for`, however long its life."""
    steps = list(
        decision.steps.select_related(
            "organisation", "indicator", "program", "sub_item", "by", "on_behalf_of"
        ).prefetch_related("organisation__names")
    )
    return DecisionPage(
        decision=decision,
        organisation=named_from(decision.organisation.code, decision.organisation_words),
        co_owners=co_owners_of(decision),
        due=due_of(decision),
        quarters=tuple(_quarters(decision, steps, actor)),
        steps=tuple(_steps(steps)),
    )


# What was said in which quarter.
def _quarters(decision: Decision, steps: Sequence[DecisionStep], actor: User) -> Iterator[QuarterOfDecision]:
    """Every opened round since its making: what was said in it, or that nothing was."""
    said: dict[int, list[DecisionProgress]] = defaultdict(list)
    shown = said_of([decision], actor)[decision.pk]
    prefetch_related_objects([each.report.organisation for each in shown], "names")
    for each in shown:
        said[each.report.reporting_quarter_id].append(each)
    rounds = ReportingQuarter.objects.filter(
        plan=decision.plan_id, quarter__gte=decision.asked_from, opened_at__isnull=False
    )
    handed_in = _handed_in(rounds)
    for round_ in rounds.order_by("-quarter"):
        if said[round_.pk]:
            yield from (_said_in(each, actor) for each in said[round_.pk])
        elif not decision.closed_at or (round_.closed_at and round_.closed_at < decision.closed_at):
            owner = _owner_at(steps, round_.closed_at)
            yield QuarterOfDecision(
                quarter=round_.quarter,
                organisation=named(owner, round_.quarter.last_day),
                progress=None,
                is_writing=round_.takes_entries and (round_.pk, owner.pk) not in handed_in,
                may_open=may(actor, Act.READ_REPORT, owner),
            )


def _handed_in(rounds: QuerySet[ReportingQuarter]) -> set[tuple[int, int]]:
    """Rounds and organisations whose report is no longer with its ministry."""
    gone = Report.objects.filter(reporting_quarter__in=rounds).exclude(state__in=workflow.WITH_MINISTRY)
    return set(gone.values_list("reporting_quarter", "organisation"))


def _said_in(progress: DecisionProgress, actor: User) -> QuarterOfDecision:
    report = progress.report
    quarter = report.reporting_quarter.quarter
    return QuarterOfDecision(
        quarter=quarter,
        organisation=named(report.organisation, quarter.last_day),
        progress=progress,
        is_writing=False,
        may_open=may(actor, Act.READ_REPORT, report.organisation),
    )


def _owner_at(steps: Sequence[DecisionStep], moment: datetime | None) -> Organisation:
    """Whose it was then, or is now where no moment is given."""
    held = [step for step in steps if moment is None or step.at <= moment]
    return (held[-1] if held else steps[0]).organisation


# What the secretariat did.
def _steps(steps: Sequence[DecisionStep]) -> list[StepOfDecision]:
    names = _names_of({code for step in steps for code in step.co_owner_codes})
    words = [_words_of(step, names) for step in steps]
    first = [StepOfDecision(steps[0], ())]
    later = [
        StepOfDecision(
            step, tuple(Change(label, old[label], new[label]) for label in new if old[label] != new[label])
        )
        for step, old, new in zip(steps[1:], words, words[1:], strict=False)
    ]
    return [*first, *later][::-1]


def _names_of(codes: Iterable[str]) -> dict[str, str]:
    known = Organisation.objects.filter(code__in=codes).prefetch_related("names") if codes else ()
    return {each.code: _local(each.name_on()) for each in known}


def _words_of(step: DecisionStep, names: Mapping[str, str]) -> dict[str, str]:
    """All that the decision said after the step: label → words."""
    linked = [each for each in (step.indicator, step.program, step.sub_item) if each]
    return {
        _("列管事項"): step.text,
        _("主辦機關"): _local(step.organisation.name_on()),
        _("協辦機關"): _("、").join(names.get(code, code) for code in step.co_owner_codes),
        _("限期"): step.due_quarter.label,
        _("會議"): step.meeting,
        _("會議日期"): _day(step.meeting_on),
        _("背景說明"): step.background,
        _("相關項目"): _("、").join(f"{each.code} {_local(each)}" for each in linked),
    }


def _local(record: Any) -> str:
    return str(record.name_zh if in_chinese() else record.name_en or record.name_zh)


def _day(day: date | None) -> str:
    if day is None:
        return ""
    return roc_date_short(day) if in_chinese() else day.isoformat()
