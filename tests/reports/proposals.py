"""Target proposals for tests, through the services that people use."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from kpis.models import Comparator, Frequency, Indicator
from kpis.services.revising import Terms
from ministries import clock
from ministries.models import Deputyship, Organisation, User
from programs.quarters import Quarter
from reports import services
from reports.models import TargetProposal
from tests.people import People

GROUND = "報名人數逐年增加，原訂目標已不具挑戰性。"


def indicator(code: str = "KR1.1") -> Indicator:
    return Indicator.objects.get(plan__is_managed=True, code=code)


def terms(**changes: Any) -> Terms:
    """About 700 researchers a year from 113Q1 on, where the plan says about 600."""
    usual: dict[str, Any] = {
        "comparator": Comparator.ABOUT,
        "value": Decimal(700),
        "tolerance": Decimal("0.1"),
        "frequency": Frequency.ANNUAL,
        "effective_from": Quarter.parse("113Q1"),
    }
    return Terms(**(usual | changes))


def proposed(
    people: People, code: str = "KR1.1", organisation: str = "NSTC", ground: str = GROUND, **changes: Any
) -> TargetProposal:
    return services.propose_target(
        indicator=indicator(code),
        organisation=Organisation.objects.get(code=organisation),
        terms=terms(**changes),
        ground=ground,
        actor=people.officer(organisation),
    )


def approved(people: People, **changes: Any) -> TargetProposal:
    return services.decide_target(
        proposal=proposed(people, **changes), approve=True, actor=people.head, words="同意。"
    )


def stands_in(deputy: User, principal: User) -> User:
    """The deputy, as somebody who logs in anew, for the principal in all of the principal's organisations."""
    today = clock.today()
    for organisation in {each.organisation for each in principal.memberships.all()}:
        Deputyship.objects.create(
            principal=principal,
            deputy=deputy,
            organisation=organisation,
            from_day=today - timedelta(days=1),
            until_day=today + timedelta(days=1),
            named_at=clock.now(),
            named_by=principal,
        )
    return User.objects.get(pk=deputy.pk)
