"""Organisations that a handed-in report names as needed are told, each once of each need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import translation

from ministries import clock
from ministries.models import NoticeKind, Organisation, OrganisationName, Role, User
from ministries.permissions import Act, principal_of, require
from ministries.services import record_acts
from ministries.services.notices import people_of_each, tell
from reports.models import CoordinationNeed, Line, Report

_TOLD = (Role.OFFICER, Role.APPROVER)


@transaction.atomic
def announce_coordination(*, report: Report, lines: Sequence[Line], actor: User) -> list[CoordinationNeed]:
    """Puts the needs of these lines of the report before the organisations that they name; returns the new ones.

    A need with the same words stands as it is, and nobody is told again; one that the line no longer has is withdrawn.
    Whoever submits the report calls this with the lines that were handed in. Queries do not grow with lines.
    """
    require(actor, Act.SUBMIT_REPORT, report.organisation)
    wanted = {(line.pk, code): line for line in lines if line.coordination for code in line.coordination_with}
    standing = {
        (need.line_id, need.organisation.code): need
        for need in CoordinationNeed.objects.standing()
        .filter(line__in=[line.pk for line in lines])
        .select_related("organisation")
        .select_for_update(of=("self",))
    }
    kept = {key for key, need in standing.items() if key in wanted and wanted[key].coordination == need.text}
    _withdraw(report, [need for key, need in standing.items() if key not in kept], actor)
    return _ask(report, {key: line for key, line in wanted.items() if key not in kept}, actor)


def _withdraw(report: Report, needs: Sequence[CoordinationNeed], actor: User) -> None:
    if not needs:
        return
    CoordinationNeed.objects.filter(pk__in=[need.pk for need in needs]).update(
        withdrawn_at=clock.now(),
        withdrawn_by=actor,
        withdrawn_on_behalf_of=principal_of(actor, Act.SUBMIT_REPORT, report.organisation),
    )
    _record(report, needs, actor, "withdrawn")


def _ask(report: Report, wanted: dict[tuple[int, str], Line], actor: User) -> list[CoordinationNeed]:
    if not wanted:
        return []
    codes = {code for _line, code in wanted}
    asked = {
        each.code: each for each in Organisation.objects.filter(code__in=codes).prefetch_related("names")
    }
    principal = principal_of(actor, Act.SUBMIT_REPORT, report.organisation)
    needs = CoordinationNeed.objects.bulk_create(
        CoordinationNeed(
            line=line,
            organisation=asked[code],
            text=line.coordination,
            asked_at=clock.now(),
            asked_by=actor,
            asked_on_behalf_of=principal,
        )
        for (_line, code), line in wanted.items()
    )
    _record(report, needs, actor, "asked")
    people = people_of_each(asked.values(), *_TOLD)
    asking = report.organisation.name_on()
    about = _title(asking, report)
    for need in needs:
        tell(
            kind=NoticeKind.COORDINATION,
            key=f"coordination:{need.pk}",
            people=people[need.organisation_id],
            facts={
                "about": about,
                "by": {"zh": asking.name_zh, "en": asking.name_en},
                "said": need.text,
            },
            path=_path(need),
            organisation=need.organisation,
        )
    return needs


def _record(report: Report, needs: Iterable[CoordinationNeed], actor: User, what: str) -> None:
    acts: list[tuple[Any, Organisation, dict[str, Any]]] = [
        (
            need,
            report.organisation,
            {"coordination": what, "of": need.organisation.code, "line": need.line_id},
        )
        for need in needs
    ]
    record_acts(actor=actor, act=Act.SUBMIT_REPORT, acts=acts)


def _title(name: OrganisationName, report: Report) -> dict[str, str]:
    quarter = report.reporting_quarter.quarter
    return {
        "zh": f"{name.short_zh}　{quarter.label_zh}",
        "en": f"{name.short_en}, {quarter.label_en}",
    }


def _path(need: CoordinationNeed) -> str:
    """Without language prefix: the reader's own language is put before it."""
    with translation.override("zh-hant"):
        return reverse("coordination-need", args=[need.pk])
