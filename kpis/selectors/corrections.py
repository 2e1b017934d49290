"""The public log of corrections: what was published, what is known instead, why and since when.

Names are those of the corrected quarter's last day. It reads no drafts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kpis.models import Correction, Indicator, Observation
from kpis.published import Issue
from kpis.wording import in_chinese
from ministries.calendars import roc_date
from ministries.models import OrganisationName
from programs.models import MilestoneObservation, Plan, ProgramObservation, SubItemObservation
from programs.quarters import Quarter

ON_A_PAGE = 50
_FIELDS: dict[str, Promise] = {
    "statement": _("填報方式"),
    "value": _("本季數值"),
    "numerator": _("分子"),
    "denominator": _("分母"),
    "rank": _("名次"),
    "edition": _("評比版次"),
    "stage": _("已達成階段"),
    "planned_progress": _("預定進度"),
    "actual_progress": _("實際進度"),
    "year_planned_progress": _("年度預定進度"),
    "year_actual_progress": _("年度實際進度"),
    "appropriation": _("預算數"),
    "allocated": _("累計分配數"),
    "spent": _("實支數"),
    "payable": _("應付未付數"),
    "surplus": _("賸餘數"),
    "reached_on": _("完成日期"),
    "narrative": _("辦理情形"),
}
_STATEMENTS = {
    choice.value: choice.label
    for choices in (
        *(Observation.Statement, ProgramObservation.Statement),
        *(MilestoneObservation.Statement, SubItemObservation.Statement),
    )
    for choice in choices
}
_PERCENT = ("planned_progress", "actual_progress", "year_planned_progress", "year_actual_progress")
_MONEY = ("appropriation", "allocated", "spent", "payable", "surplus")
_NUMBERS = ("value", "numerator", "denominator", *_PERCENT)


@dataclass(frozen=True)
class Change:
    """One field in words: its label, what was published of it, and what is known instead."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class CorrectionRow:
    """One correction; `code` and `name` are of what it is about, `url_code` of the indicator's page and
    `program_code` of the programme's where it has one."""

    correction: Correction
    quarter: Quarter
    organisation: OrganisationName
    code: str
    name: str
    url_code: str
    program_code: str
    changes: tuple[Change, ...]

    def came_after(self, issue: Issue) -> bool:
        """The issue shows what the correction replaced."""
        return self.quarter <= issue.quarter and self.correction.corrected_at > issue.published_at


def corrections_of(plan: Plan) -> QuerySet[Correction]:
    """All of the plan's, newest first."""
    return Correction.objects.filter(publication__plan=plan).order_by("-corrected_at", "-id")


def since(issue: Issue) -> QuerySet[Correction]:
    """Those that came after the issue and concern a quarter that it shows."""
    return corrections_of(issue.plan).filter(quarter__lte=issue.quarter, corrected_at__gt=issue.published_at)


def page_of(corrections: QuerySet[Correction], number: str | None) -> Page[Correction]:
    """One page of the log; a number that is none is the first."""
    return Paginator(_with_words(corrections), ON_A_PAGE).get_page(number)


def newest(plan: Plan, most: int) -> QuerySet[Correction]:
    """The plan's last ones, newest first."""
    return _with_words(corrections_of(plan))[:most]


def told(corrections: Iterable[Correction]) -> list[CorrectionRow]:
    """The corrections of a page in words."""
    return [_row(row) for row in corrections]


def corrections_of_indicator(plan: Plan, code: str) -> list[CorrectionRow]:
    """Newest first; two queries, one where there are none."""
    return told(_with_words(corrections_of(plan).filter(indicator__code=code)))


def _with_words(corrections: QuerySet[Correction]) -> QuerySet[Correction]:
    rows = corrections.select_related(
        *("indicator", "program", "part", "milestone__program", "sub_item", "organisation", "publication")
    ).defer("publication__content")
    return rows.prefetch_related("organisation__names")


def _row(correction: Correction) -> CorrectionRow:
    quarter: Quarter = correction.quarter
    about = _about(correction)
    return CorrectionRow(
        correction=correction,
        quarter=quarter,
        organisation=correction.organisation.name_on(quarter.last_day),
        code=about[0].code,
        name="－".join(_local(each) for each in about),
        url_code=correction.indicator.code if correction.indicator else "",
        program_code=_program_code(correction),
        changes=tuple(_changes(correction)),
    )


def _program_code(correction: Correction) -> str:
    program = correction.milestone.program if correction.milestone else correction.program
    return program.code if program else ""


def _about(correction: Correction) -> list[Any]:
    """The record that has the code, and what it is a part of it."""
    milestone = correction.milestone
    whole: Iterable[Any] = (
        (milestone.program, milestone)
        if milestone
        else (correction.indicator or correction.sub_item or correction.program, correction.part)
    )
    return [each for each in whole if each is not None]


def _changes(correction: Correction) -> Iterable[Change]:
    for name, label in _FIELDS.items():
        if name in correction.said:
            old, new = (_words(name, said, correction.indicator) for said in correction.said[name])
            yield Change(str(label), old, new)


def _words(name: str, said: Any, indicator: Indicator | None) -> str:
    if said == "":
        return ""
    if name == "statement":
        return str(_STATEMENTS[said])
    if name == "stage":
        return str(said["zh"] if in_chinese() else said["en"])
    if name == "reached_on":
        day = date.fromisoformat(said)
        return roc_date(day) if in_chinese() else f"{day.day} {day:%B} {day.year}"
    if name in _MONEY:
        return f"{Decimal(said):,f} 元" if in_chinese() else f"NT${Decimal(said):,f}"
    if name in _NUMBERS:
        return f"{Decimal(said):,f}{_unit(name, indicator)}"
    return str(said)


def _unit(name: str, indicator: Indicator | None) -> str:
    if name in _PERCENT:
        return "%"
    unit = (indicator.unit_zh if in_chinese() else indicator.unit_en) if indicator and name == "value" else ""
    return f" {unit}" if unit else ""


def _local(record: Any) -> str:
    return str(record.name_zh if in_chinese() else record.name_en or record.name_zh)
