"""A receipt's digest stands for exactly what was handed in: the same content always gives the same digest.

It builds and checks content; it knows no requests, and saves nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from ministries.models import AuditEntry, User
from ministries.permissions import Act
from reports.contents import LineContent
from reports.models import (
    DecisionProgress,
    Evidence,
    Line,
    LineRevision,
    LineStep,
    Receipt,
    Report,
    ReportEvent,
)
from reports.workflow import Deed


def number_of(report: Report, before: int) -> str:
    """`112Q1-NDC-2`: quarter, organisation, and which submission of this report it is."""
    return f"{report.reporting_quarter.quarter.code}-{report.organisation.code}-{before + 1}"


def content_of(
    *, report: Report, lines: Sequence[Line], number: str, at: datetime, actor: User, principal: User | None
) -> dict[str, Any]:
    """Texts alone, so that what the database gives back is what the digest was made of; two queries."""
    proofs = _proofs(lines, at)
    return {
        "number": number,
        "plan": report.reporting_quarter.plan.code,
        "quarter": report.reporting_quarter.quarter.code,
        "organisation": report.organisation.code,
        "submitted_at": at.isoformat(),
        "submitted_by": person(actor),
        "on_behalf_of": person(principal) if principal else None,
        "due_on": report.deadline_on.isoformat(),
        "lines": {
            str(line.pk): {
                "revision": line.revision,
                "content": LineContent.of(line).as_texts(),
                "evidence": proofs.get(line.pk, []),
            }
            for line in lines
        },
        "decisions": {str(pk): _progress(said) for pk, said in _said_of_decisions(report.pk).items()},
    }


def _said_of_decisions(report: int, before: datetime | None = None) -> dict[int, DecisionProgress]:
    """Decision → the newest that the report says of it, or said before that moment."""
    rows = DecisionProgress.objects.filter(report=report)
    if before is not None:
        rows = rows.filter(saved_at__lt=before)
    return {row.decision_id: row for row in rows.order_by("revision")}


def _progress(said: DecisionProgress) -> dict[str, Any]:
    return {
        "revision": said.revision,
        "words": said.words,
        "outlook": said.outlook,
        "expected_on": said.expected_on.isoformat() if said.expected_on else "",
    }


def _proofs(lines: Iterable[Line | int], at: datetime) -> dict[int, list[str]]:
    """Line → what hung on it at that moment: the digests of files, and addresses; sorted."""
    hanging = Evidence.objects.filter(Q(removed_at__isnull=True) | Q(removed_at__gt=at), added_at__lte=at)
    found: dict[int, list[str]] = {}
    for pk, sha256, url in hanging.filter(line__in=lines).values_list("line_id", "sha256", "url"):
        found.setdefault(pk, []).append(f"sha256:{sha256}" if sha256 else url)
    return {pk: sorted(proofs) for pk, proofs in found.items()}


def person(user: User) -> dict[str, Any]:
    return {"id": user.pk, "name": user.name, "email": user.email}


def digest(content: dict[str, Any]) -> str:
    """SHA-256 over the content as JSON with sorted keys and no blanks, in UTF-8."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def faults() -> Iterator[tuple[str, str]]:
    """(receipt's number, what is wrong with it) for every receipt that proves nothing; then submissions without one.

    A receipt is right if its digest is that of its content, and its content that of the submission, of the saved
    revisions, of the evidence that hung there, and of what was said of decisions; whether a file is still what its
    digest says is `check_evidence`'s to prove. Submissions are known from their events and from the audit log.
    """
    about = ("event", "report__organisation", "report__reporting_quarter__plan")
    for receipt in Receipt.objects.select_related(*about).order_by("id").iterator(chunk_size=200):
        if digest(receipt.content) != receipt.digest:
            yield receipt.number, "digest"
        elif not _is_what_happened(receipt):
            yield receipt.number, "submission"
        elif not (_is_what_was_saved(receipt) and _is_what_was_said(receipt)):
            yield receipt.number, "content"
    events = ReportEvent.objects.filter(act=Deed.SUBMIT, steps__isnull=False).distinct()
    for event in events.filter(receipt__isnull=True).order_by("id"):
        yield str(event), "missing"
    yield from _without_a_trace(Counter(events.values_list("report", flat=True)))


def _is_what_happened(receipt: Receipt) -> bool:
    """Its number, report, moment and people are those of the submission."""
    content, event, report = receipt.content, receipt.event, receipt.report
    round_ = report.reporting_quarter
    said = [content[name] for name in ("number", "plan", "quarter", "organisation")]
    moments = {datetime.fromisoformat(content["submitted_at"]), receipt.issued_at, event.at}
    people = [person and person["id"] for person in (content["submitted_by"], content["on_behalf_of"])]
    return (
        said == [receipt.number, round_.plan.code, round_.quarter.code, report.organisation.code]
        and len(moments) == 1
        and people == [event.actor_id, event.on_behalf_of_id]
        and (event.act, event.report_id) == (Deed.SUBMIT, report.pk)
    )


def _without_a_trace(known: Mapping[int, int]) -> Iterator[tuple[str, str]]:
    """Reports of which the audit log knows more submissions than there are; `known` counts those by report."""
    logged = AuditEntry.objects.filter(
        act=Act.SUBMIT_REPORT, subject_type=Report._meta.label_lower, detail__deed=Deed.SUBMIT
    )
    counts = Counter(logged.values_list("subject_id", flat=True))
    lost = [pk for pk, count in counts.items() if pk is not None and count > known.get(pk, 0)]
    for pk in sorted(lost):
        yield str(Report.objects.filter(pk=pk).first() or pk), "missing"


def _is_what_was_saved(receipt: Receipt) -> bool:
    said = receipt.content["lines"]
    steps = dict(LineStep.objects.filter(event=receipt.event_id).values_list("line_id", "revision"))
    if {str(pk) for pk in steps} != set(said):
        return False
    saved = LineRevision.objects.filter(line__in=steps).values_list("line_id", "revision", "content")
    texts = {(str(pk), revision): content for pk, revision, content in saved}
    lines = {str(line.pk): line for line in Line.objects.filter(pk__in=steps)}
    proofs = _proofs(steps, receipt.issued_at)
    return all(
        pk in lines
        and revision == steps[int(pk)]
        and each["content"] == texts.get((pk, revision), {})
        # As long as nobody wrote in it anew, the line says what was handed in.
        and (revision != lines[pk].revision or each["content"] == LineContent.of(lines[pk]).as_texts())
        # Receipts of before evidence was kept name none.
        and each.get("evidence", []) == proofs.get(int(pk), [])
        for pk, each in said.items()
        for revision in [each["revision"]]
    )


def _is_what_was_said(receipt: Receipt) -> bool:
    """Of decisions. Receipts of before they were kept name none."""
    if "decisions" not in receipt.content:
        return True
    said = receipt.content["decisions"]
    saved = DecisionProgress.objects.filter(report=receipt.report_id, saved_at__lte=receipt.issued_at)
    texts = {(str(row.decision_id), row.revision): _progress(row) for row in saved}
    newest = _said_of_decisions(receipt.report_id, before=receipt.issued_at)
    return all(each == texts.get((pk, each["revision"])) for pk, each in said.items()) and all(
        row.revision <= said.get(str(pk), {"revision": 0})["revision"] for pk, row in newest.items()
    )
