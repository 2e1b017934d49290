"""Drafts are saved line by line, each on top of the revision that its author saw; whatever clashes is kept."""

from __future__ import annotations

from collections.abc import Sequence

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, require
from ministries.services import record_act
from reports import checks
from reports.contents import CONTENT_FIELDS, LineContent, LineEntry, SaveResult
from reports.models import Line, Report
from reports.services.moving import locked_report, require_entries_taken


def save_lines(*, report: Report, entries: Sequence[LineEntry], actor: User) -> SaveResult:
    """Saves a page of drafts: each good line whose revision is still the one its author saw.

    Raises PermissionDenied, or Refused where the whole report takes no entries. Queries do not grow with lines.
    """
    require(actor, Act.FILL_REPORT, report.organisation)
    report = locked_report(report)
    require_entries_taken(report)
    wanted = {entry.line_id: entry for entry in entries}
    lines = report.lines.select_for_update(of=("self",)).select_related("indicator")
    result = SaveResult()
    changes = []
    now = clock.now()
    for line in lines.filter(pk__in=wanted).prefetch_related("indicator__stages"):
        entry = wanted[line.pk]
        before = LineContent.of(line)
        if entry.content == before:
            continue
        if entry.revision != line.revision:
            result.conflicts[line.pk] = line
            continue
        troubles = checks.impossible(entry.content, line)
        if troubles:
            result.errors[line.pk] = {trouble.field: trouble.message for trouble in troubles}
            continue
        for name, content in entry.content.as_fields().items():
            setattr(line, name, content)
        line.revision, line.saved_at, line.saved_by = line.revision + 1, now, actor
        result.saved.append(line)
        changes.append(
            {"line": line.pk, "revision": line.revision, "changed": _difference(before, entry.content)}
        )
    if result.saved:
        Line.objects.bulk_update(result.saved, [*CONTENT_FIELDS, "revision", "saved_at", "saved_by"])
        record_act(
            actor=actor,
            act=Act.FILL_REPORT,
            subject=report,
            organisation=report.organisation,
            detail={"lines": changes},
        )
    return result


def _difference(before: LineContent, after: LineContent) -> dict[str, list[str]]:
    """Field → old and new content as text, for the fields that changed."""
    old, new = before.as_fields(), after.as_fields()
    return {
        name: ["" if each is None else str(each) for each in (old[name], new[name])]
        for name in CONTENT_FIELDS
        if old[name] != new[name]
    }
