"""Words of last quarter's accepted lines are taken over where nothing is written yet; figures, days and money never are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from django.db import transaction

from ministries.models import User
from ministries.permissions import Act, require
from reports.contents import LineContent, LineEntry
from reports.forms import FIELDS, kind_of
from reports.models import Line, LineStatement, Report
from reports.selectors.checking import subject_of
from reports.services.lines import save_lines
from reports.services.moving import locked_report
from reports.workflow import EDITABLE, State

COPIED = (
    "narrative",
    "delay_kind",
    "accountability",
    "remedy",
    "coordination",
    "coordination_with",
    "edition",
)
_READ = ("indicator", "program", "part", "milestone__program", "sub_item")

Copied = list[tuple[Line, tuple[str, ...]]]
"""Each line that something was copied into, with the names of its fields."""


@transaction.atomic
def copy_forward(*, report: Report, actor: User, line_ids: Collection[int] | None = None) -> Copied:
    """Fills empty fields of the report's lines, or of those chosen, with last quarter's accepted words.

    Each line gets a new revision by `save_lines`, under whose rules it stands: a line that takes no entries is left
    as it is. Raises PermissionDenied, or Refused where the whole report takes no entries.
    """
    require(actor, Act.FILL_REPORT, report.organisation)
    report = locked_report(report)
    lines = report.lines.filter(state__in=EDITABLE).select_related(*_READ)
    if line_ids is not None:
        lines = lines.filter(pk__in=line_ids)
    chosen = list(lines)
    before = _accepted_before(report)
    entries: list[LineEntry] = []
    taken: dict[int, tuple[str, ...]] = {}
    for line in chosen:
        former = before.get(subject_of(line))
        words = _words_for(line, former) if former else {}
        if words:
            content = replace(LineContent.of(line), **words)
            entries.append(LineEntry(line.pk, line.revision, content))
            taken[line.pk] = tuple(words)
    result = save_lines(report=report, entries=entries, actor=actor)
    saved = {line.pk for line in result.saved}
    return [(line, taken[line.pk]) for line in chosen if line.pk in saved]


def _accepted_before(report: Report) -> dict[Any, Line]:
    """Last quarter's accepted lines of the organisation by what they are about."""
    round_ = report.reporting_quarter
    lines = Line.objects.filter(
        report__organisation=report.organisation_id,
        report__reporting_quarter__plan=round_.plan_id,
        report__reporting_quarter__quarter=round_.quarter - 1,
        state=State.ACCEPTED,
    ).select_related(*_READ)
    return {subject_of(line): line for line in lines}


def _words_for(line: Line, former: Line) -> dict[str, Any]:
    """Field → last quarter's words, for the line's own fields that are empty."""
    said = LineContent.of(former)
    names = [name for name in COPIED if name in FIELDS[kind_of(line)]]
    words = {name: getattr(said, name) for name in names if getattr(said, name) and not getattr(line, name)}
    if said.statement != LineStatement.VALUE or line.rank is None or line.rank != said.rank:
        words.pop("edition", None)  # another rank is of another edition
    if "coordination_with" in words:
        known = tuple(code for code in said.coordination_with if code in line.report.other_organisations)
        words["coordination_with"] = known
    return {name: each for name, each in words.items() if each}
