"""Drafts are saved line by line, each on top of the revision that its author saw; whatever clashes is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused, record_act
from programs.quarters import Quarter
from reports import checks, workflow
from reports.contents import CONTENT_FIELDS, LineContent, LineEntry, SaveResult
from reports.models import Line, LineRevision, Report
from reports.services.moving import held_line, locked_report, require_round_open

COLUMNS = [name.removesuffix("_id") for name in CONTENT_FIELDS]


@transaction.atomic
def save_lines(*, report: Report, entries: Sequence[LineEntry], actor: User) -> SaveResult:
    """Saves a page of drafts: each good line that takes entries and whose revision is still the one its author saw.

    Raises PermissionDenied, or Refused where the round is over or no line of the report takes entries.
    Queries do not grow with lines.
    """
    require(actor, Act.FILL_REPORT, report.organisation)
    report = locked_report(report)
    require_round_open(report)
    if workflow.State(report.state) not in workflow.EDITABLE:
        raise Refused(not_taken(report))
    wanted = {entry.line_id: entry for entry in entries}
    lines = report.lines.select_for_update(of=("self",)).select_related("indicator", "milestone__program")
    result = SaveResult()
    changes: list[dict[str, object]] = []
    for line in lines.filter(pk__in=wanted).prefetch_related("indicator__stages").order_by("order"):
        line.report = report
        changes += _saved(line, wanted[line.pk], actor, result)
    _keep_and_record(report, result, changes, actor)
    return result


@transaction.atomic
def save_line(
    *,
    quarter: Quarter,
    organisation_code: str,
    line_id: int,
    read: Callable[[Line], LineEntry | None],
    actor: User,
) -> tuple[Line, SaveResult]:
    """Saves one line as it is being typed; `read` makes the entry of the locked line, None where nothing was touched.

    What `save_lines` refuses is refused here; a line that the actor may not know of does not exist (Http404).
    """
    line = held_line(quarter=quarter, organisation_code=organisation_code, line_id=line_id, actor=actor)
    require(actor, Act.FILL_REPORT, line.report.organisation)
    require_round_open(line.report)
    entry = read(line)
    result = SaveResult()
    if entry is not None:
        changes = _saved(line, entry, actor, result)
        _keep_and_record(line.report, result, changes, actor)
    return line, result


def _saved(line: Line, entry: LineEntry, actor: User, result: SaveResult) -> list[dict[str, object]]:
    """Puts the entry into the locked line, or says in `result` why not; what is to be recorded of it."""
    before = LineContent.of(line)
    if entry.content == before:
        return []
    if entry.revision != line.revision:
        result.conflicts[line.pk] = line
        return []
    if not line.takes_entries:
        result.errors[line.pk] = {"": not_taken(line)}
        return []
    troubles = checks.impossible(entry.content, line)
    if troubles:
        result.errors[line.pk] = {trouble.field: trouble.message for trouble in troubles}
        return []
    write(line, entry.content, actor)
    result.saved.append(line)
    return [{"line": line.pk, "revision": line.revision, "changed": _difference(before, entry.content)}]


def _keep_and_record(
    report: Report, result: SaveResult, changes: Sequence[dict[str, object]], actor: User
) -> None:
    if not result.saved:
        return
    keep(result.saved)
    record_act(
        actor=actor,
        act=Act.FILL_REPORT,
        subject=report,
        organisation=report.organisation,
        detail={"lines": list(changes)},
    )


def write(line: Line, content: LineContent, actor: User) -> None:
    """Puts the content into the line as its next revision; `keep` saves it."""
    for name, said in content.as_fields().items():
        setattr(line, name, said)
    line.revision, line.saved_at, line.saved_by = line.revision + 1, clock.now(), actor


def keep(lines: Sequence[Line]) -> None:
    """Saves written lines of one report together with the revision that each now is; two queries."""
    actor = lines[0].saved_by
    assert actor is not None
    principal = principal_of(actor, Act.FILL_REPORT, lines[0].report.organisation)
    now = clock.now()
    # The lines are there, so every one of them conflicts: far cheaper than an update with a case for each field of each.
    Line.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*COLUMNS, "revision", "saved_at", "saved_by"],
    )
    LineRevision.objects.bulk_create(
        LineRevision(
            line=line,
            revision=line.revision,
            at=line.saved_at or now,
            by=line.saved_by,
            on_behalf_of=principal,
            content=LineContent.of(line).as_texts(),
        )
        for line in lines
    )


def not_taken(subject: Line | Report) -> str:
    """Why it takes no entries, neither content nor evidence."""
    if not subject.is_owed:
        return _("權責變更，本季不再應報；已填內容保留，不能修改。")
    return _("目前為「%(state)s」，不能修改；如需更正，請洽執行秘書室退回，或由核稿人退回填報人。") % {
        "state": subject.get_state_display()
    }


def _difference(before: LineContent, after: LineContent) -> dict[str, list[str]]:
    """Field → old and new content as text, for the fields that changed."""
    old, new = before.as_texts(), after.as_texts()
    return {
        name: [old.get(name, ""), new.get(name, "")]
        for name in CONTENT_FIELDS
        if old.get(name) != new.get(name)
    }
