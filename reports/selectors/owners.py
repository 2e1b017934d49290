"""Who reports which indicator, from when until when, and by which decision."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch

from kpis.models import Indicator, IndicatorOwner
from ministries import clock
from ministries.models import Organisation
from programs.models import Plan, TableColumn
from programs.quarters import Quarter
from reports.selectors.names import Named, named


@dataclass(frozen=True)
class Term:
    """An organisation's term as an indicator's owner, under the name of today."""

    owner: IndicatorOwner
    organisation: Named


@dataclass(frozen=True)
class OwnerLine:
    """An indicator with those who report it in the quarter of today, and how often that was changed."""

    indicator: Indicator
    owners: tuple[Named, ...]
    changes: int


def bodies() -> list[Organisation]:
    """The organisations that may carry a programme or report an indicator, with their names; two queries."""
    kinds = [Organisation.Kind.MINISTRY, Organisation.Kind.OFFICE]
    return list(
        Organisation.objects.filter(kind__in=kinds, is_secretariat=False)
        .prefetch_related("names")
        .order_by("order", "code")
    )


def columns_of(plan: Plan) -> list[TableColumn]:
    """The columns in which marks stand, table by table."""
    return list(plan.table_columns.select_related("pillar").order_by("table", "order"))


def owner_lines(plan: Plan) -> list[OwnerLine]:
    """Four queries, however many indicators."""
    quarter = Quarter.containing(clock.today())
    owners = IndicatorOwner.objects.select_related("organisation").prefetch_related("organisation__names")
    indicators = plan.indicators.select_related("pillar").prefetch_related(
        Prefetch("owners", owners.order_by("organisation__order", "organisation__code"))
    )
    return [
        OwnerLine(
            indicator=each,
            owners=tuple(
                named(owner.organisation, clock.today())
                for owner in each.owners.all()
                if holds_in(owner, quarter)
            ),
            changes=len(
                {owner.change_id for owner in each.owners.all() if owner.change_id}
                | {owner.ended_by_id for owner in each.owners.all() if owner.ended_by_id}
            ),
        )
        for each in indicators
    ]


def holds_in(owner: IndicatorOwner, quarter: Quarter) -> bool:
    return (owner.from_quarter is None or owner.from_quarter <= quarter) and (
        owner.until_quarter is None or owner.until_quarter >= quarter
    )


def terms_of(indicator: Indicator) -> list[Term]:
    """All terms, the oldest first."""
    owners = indicator.owners.select_related(
        "organisation",
        "change__made_by",
        "change__on_behalf_of",
        "ended_by__made_by",
        "ended_by__on_behalf_of",
    ).prefetch_related("organisation__names")
    in_order = sorted(owners, key=lambda each: (each.from_quarter or Quarter(0), each.organisation.order))
    return [Term(each, named(each.organisation, clock.today())) for each in in_order]


def owners_of(indicator: Indicator) -> tuple[list[Organisation], list[Organisation]]:
    """Those whose term has no end, and all that ever had one."""
    owners = list(indicator.owners.select_related("organisation").prefetch_related("organisation__names"))
    running = [each.organisation for each in owners if each.until_quarter is None]
    return running, [each.organisation for each in owners]
