"""What other organisations ask of the reader's: standing needs of rounds that are not published yet; and each by itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, scope_of
from programs.quarters import Quarter
from reports.models import CoordinationNeed
from reports.selectors.names import Named, name_json, named_from


@dataclass(frozen=True)
class Need:
    """A need with the names of who asks and who is asked, under which they stand today."""

    need: CoordinationNeed
    asking: Named
    asked: Named

    @property
    def quarter(self) -> Quarter:
        quarter: Quarter = self.need.line.report.reporting_quarter.quarter
        return quarter


_READ = (
    *("organisation", "asked_by", "asked_on_behalf_of", "withdrawn_by", "withdrawn_on_behalf_of"),
    *("line__indicator", "line__program", "line__part", "line__milestone__program", "line__sub_item"),
    *("line__report__organisation", "line__report__reporting_quarter"),
)


def needs_asked_of(actor: User) -> list[Need]:
    """What is asked of the actor's own organisations, newest first; one query."""
    own = scope_of(actor).organisations(Act.READ_REPORT)
    needs = CoordinationNeed.objects.standing().filter(
        organisation__in=own,
        line__report__reporting_quarter__plan__is_managed=True,
        line__report__reporting_quarter__published_at__isnull=True,
    )
    return _named(needs)


def need_for(*, actor: User, key: int) -> Need:
    """404 hides that any other exists."""
    found = _named(CoordinationNeed.objects.visible_to(actor).filter(pk=key))
    if not found:
        raise Http404
    return found[0]


def _named(needs: object) -> list[Need]:
    today = clock.today()
    rows = needs.select_related(*_READ).annotate(  # type: ignore[attr-defined]
        asked_words=name_json("organisation_id", today),
        asking_words=name_json("line__report__organisation_id", today),
    )
    return [
        Need(
            need=row,
            asking=named_from(row.line.report.organisation.code, row.asking_words),
            asked=named_from(row.organisation.code, row.asked_words),
        )
        for row in rows
    ]
