"""How much hangs on a line and was said about it, read together with the line.

Whoever may not read drafts sees the evidence as it was handed in last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ministries.models import User
from ministries.permissions import Act, may
from reports.models import Evidence, LineComment, Report


@dataclass(frozen=True)
class LineExtras:
    """How many pieces of evidence hang on a line, and how many comments stand on its page."""

    evidence: int = 0
    comments: int = 0

    @classmethod
    def of(cls, line: Any) -> LineExtras:
        """Of a line that was read with them."""
        return cls(line.evidence_hanging, line.comments_made)


def with_extras(lines: QuerySet[Any], report: Report, actor: User) -> QuerySet[Any]:
    """The report's lines with `evidence_hanging` and `comments_made`, for `LineExtras.of`."""
    as_of = handed_in_for(actor, report)
    hanging = Q(removed_at__isnull=True)
    if as_of:
        hanging |= Q(removed_at__gt=as_of)
    known: QuerySet[Any] = lines.annotate(
        evidence_hanging=_counted(seen(Evidence.objects.filter(hanging), as_of)),
        comments_made=_counted(LineComment.objects.all()),
    )
    return known


def handed_in_for(actor: User, report: Report) -> datetime | None:
    """The moment as of which the actor sees the evidence; None for whoever reads drafts: as it is now."""
    return None if may(actor, Act.READ_DRAFT, report.organisation) else report.submitted_at


def seen(evidence: QuerySet[Evidence], as_of: datetime | None) -> QuerySet[Evidence]:
    kept = evidence.filter(is_kept=True)
    return kept.filter(added_at__lte=as_of) if as_of else kept


def _counted(rows: QuerySet[Any]) -> Coalesce:
    of_line = rows.filter(line=OuterRef("pk")).order_by().values("line")
    return Coalesce(Subquery(of_line.annotate(count=Count("pk")).values("count")), 0)
