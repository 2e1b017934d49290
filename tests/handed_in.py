"""A plan of any size whose every report is handed in, written straight to the tables: ready to be accepted.

The rows are those that the services would leave, so that thousands of reports cost a second; every act upon them is
then the services' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from kpis.models import Indicator, IndicatorOwner
from ministries import clock
from ministries.models import Organisation, OrganisationName
from programs.models import Pillar, Plan
from reports import services
from reports.contents import LineContent
from reports.models import Line, LineStatement, Report, ReportState
from tests.people import People


def plan_with_every_report_handed_in(
    *, starts_on: date, ends_on: date, organisations: int, kinds: Sequence[str], people: People
) -> Plan:
    """One line in each report: the first organisation reports on the first kind of indicator, and so on in turn.

    So every indicator has `organisations / len(kinds)` siblings in a quarter. Values count up from 1.
    """
    plan = Plan.objects.create(
        code="handed-in",
        name_zh="計畫",
        name_en="Plan",
        starts_on=starts_on,
        ends_on=ends_on,
        is_managed=False,
    )
    pillar = Pillar.objects.create(plan=plan, code="1", order=1, name_zh="一", name_en="One")
    indicators = Indicator.objects.bulk_create(
        Indicator(
            plan=plan,
            pillar=pillar,
            code=f"K{order}",
            kind=Indicator.Kind.KEY_RESULT,
            order=order,
            name_zh="指標",
            name_en="Indicator",
            aggregation=kind,
        )
        for order, kind in enumerate(kinds, start=1)
    )
    bodies = Organisation.objects.bulk_create(
        Organisation(code=f"BODY{number:03}", kind=Organisation.Kind.MINISTRY, order=number)
        for number in range(organisations)
    )
    OrganisationName.objects.bulk_create(
        OrganisationName(organisation=body, name_zh="部", name_en="Ministry", short_zh="部", short_en="M")
        for body in bodies
    )
    owed = {body.pk: indicators[number % len(indicators)] for number, body in enumerate(bodies)}
    IndicatorOwner.objects.bulk_create(
        IndicatorOwner(indicator=indicator, organisation_id=body, named_by_plan=True)
        for body, indicator in owed.items()
    )
    _hand_in(plan, owed, people)
    return plan


def _hand_in(plan: Plan, owed: dict[int, Indicator], people: People) -> None:
    services.create_quarters(plan=plan)
    now, opener = clock.now(), people.administrator
    plan.reporting_quarters.update(opened_at=now, opened_by=opener)
    reports = Report.objects.bulk_create(
        Report(
            reporting_quarter=round_,
            organisation_id=body,
            state=ReportState.SUBMITTED,
            submitted_at=now,
            submitted_by=opener,
            first_submitted_at=now,
            days_late=0,
        )
        for round_ in plan.reporting_quarters.order_by("quarter")
        for body in owed
    )
    Line.objects.bulk_create(
        Line(
            report=report,
            order=1,
            indicator=owed[report.organisation_id],
            state=ReportState.SUBMITTED,
            moved_at=now,
            revision=1,
            saved_at=now,
            saved_by=opener,
            **said(owed[report.organisation_id], number).as_fields(),
        )
        for number, report in enumerate(reports, start=1)
    )


def said(indicator: Indicator, number: int) -> LineContent:
    """The number said of a flow, a stock, a maximum or (over two) a ratio."""
    amount = Decimal(number)
    words = LineContent(statement=LineStatement.VALUE, narrative="已依計畫辦理。")
    if indicator.aggregation == "ratio":
        return replace(words, numerator=amount, denominator=Decimal(2))
    return replace(words, value=amount)
