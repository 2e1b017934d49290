"""One receipt as it is shown: what was handed in then, whatever the lines say now."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404

from ministries.models import User
from reports.contents import LineContent
from reports.models import DecisionProgress, Line, Receipt, Report
from reports.selectors.names import Named, named_from
from reports.selectors.pages import lines_of, with_stages


@dataclass(frozen=True)
class ReceivedLine:
    """A line and what it said when it was handed in."""

    line: Line
    content: LineContent
    revision: int


@dataclass(frozen=True)
class ReceiptPage:
    """A receipt with its lines in the report's order, and what it holds of decisions in the order of their numbers."""

    receipt: Receipt
    organisation: Named
    serial: int
    lines: tuple[ReceivedLine, ...]
    progress: tuple[DecisionProgress, ...]
    count: int

    @property
    def evidence(self) -> int:
        """How many pieces of evidence were handed in with the lines."""
        return sum(len(line.get("evidence", [])) for line in self.receipt.content["lines"].values())


def receipt_page(*, report: Report, serial: int, actor: User) -> ReceiptPage:
    """The report's receipt of that number, from 1; 404 where there is none, or its lines are not the actor's to read."""
    if not report.shows_lines_to(actor):
        raise Http404
    receipts = list(
        report.receipts.select_related("event__actor", "event__on_behalf_of").order_by("id")[:1000]
    )
    if not 1 <= serial <= len(receipts):
        raise Http404
    receipt = receipts[serial - 1]
    said = receipt.content["lines"]
    lines = [line for line in lines_of(report) if str(line.pk) in said]
    with_stages(lines)
    words = getattr(report, "organisation_words", None)
    return ReceiptPage(
        receipt=receipt,
        organisation=named_from(report.organisation.code, words),
        serial=serial,
        lines=tuple(
            ReceivedLine(
                line,
                LineContent.from_texts(said[str(line.pk)]["content"]),
                said[str(line.pk)]["revision"],
            )
            for line in lines
        ),
        progress=_progress_in(receipt),
        count=len(receipts),
    )


def _progress_in(receipt: Receipt) -> tuple[DecisionProgress, ...]:
    held = {(int(pk), each["revision"]) for pk, each in receipt.content.get("decisions", {}).items()}
    rows = DecisionProgress.objects.filter(report=receipt.report_id, decision__in=[pk for pk, _ in held])
    known = rows.select_related("decision", "saved_by", "on_behalf_of")
    ordered = known.order_by("decision__year", "decision__number")
    return tuple(row for row in ordered if (row.decision_id, row.revision) in held)
