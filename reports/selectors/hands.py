"""Four eyes: whether somebody had a hand in a line that they are to review, read together with the line."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from ministries.models import User
from ministries.permissions import Act, principal_of
from reports.models import LineRevision, LineStep
from reports.workflow import Deed


def with_hands(lines: QuerySet[Any], actor: User) -> QuerySet[Any]:
    """The lines with `is_own` (the actor, or the person in whose name they act, wrote, signed or handed it in) and
    `is_first` (one of them agreed to it as the first of two reviewers)."""
    principal = principal_of(actor, Act.REVIEW_REPORT)
    hands = [person.pk for person in (actor, principal) if person]
    written = LineRevision.objects.filter(Q(by__in=hands) | Q(on_behalf_of__in=hands), line=OuterRef("pk"))
    moved = LineStep.objects.filter(
        Q(event__actor__in=hands) | Q(event__on_behalf_of__in=hands), line=OuterRef("pk")
    )
    signed = moved.filter(act__in=[Deed.SIGN, Deed.SUBMIT])
    endorsed = moved.filter(act=Deed.ENDORSE, event__at=OuterRef("moved_at"))
    known: QuerySet[Any] = lines.annotate(is_own=Exists(written) | Exists(signed), is_first=Exists(endorsed))
    return known
