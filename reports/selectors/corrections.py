"""Which lines were opened for correction and stand as they stood then: nothing was written, attached or remarked since."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q, Subquery

from reports.models import Evidence, Line, LineComment, LineStep
from reports.workflow import Deed, State


def unsaid_corrections(lines: Iterable[Line]) -> set[int]:
    """The keys of those lines that may be closed again; one query."""
    last = LineStep.objects.filter(line=OuterRef("pk")).order_by("-id")
    since = OuterRef("opened_at")
    hung = Evidence.objects.filter(Q(added_at__gte=since) | Q(removed_at__gte=since), line=OuterRef("pk"))
    remarked = LineComment.objects.filter(line=OuterRef("pk"), at__gte=since)
    waiting = Line.objects.filter(
        pk__in=[line.pk for line in lines], correcting=True, state=State.RETURNED
    ).annotate(
        last_act=Subquery(last.values("act")[:1]),
        opened_at=Subquery(last.values("event__at")[:1]),
        opened_in=Subquery(last.values("revision")[:1]),
    )
    unsaid = waiting.filter(~Exists(hung), ~Exists(remarked), last_act=Deed.REOPEN, revision=F("opened_in"))
    return set(unsaid.values_list("pk", flat=True))
