"""An account is handed over to a colleague, and another reviewer accepts: every total stays what it was (property 5)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kpis.models import Aggregation, Indicator, IndicatorFigure
from kpis.services.rollups import recompute_stale_figures
from ministries import clock
from ministries import services as people_services
from ministries.models import Membership, Organisation, Role, User
from programs.models import Plan
from reports import services
from reports.contents import LineEntry
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People


def successor_of(person: User, role: Role, organisation: Organisation) -> User:
    """Somebody new in the place of `person`, whose own membership ends."""
    Membership.objects.filter(user=person, role=role, organisation=organisation).update(ended_at=clock.now())
    successor = User.objects.create_user(f"successor-{person.email}", "a long test password", name="S")
    people_services.grant_role(user=successor, organisation=organisation, role=role, actor=None)
    return successor


@pytest.fixture
def stock(plan: Plan) -> Indicator:
    return plan.indicators.filter(aggregation=Aggregation.STOCK).earliest("order")


def test_a_successor_goes_on_from_the_predecessors_figures(
    plan: Plan, people: People, stock: Indicator, open_round: ReportingQuarter
) -> None:
    owner = stock.owners.select_related("organisation").earliest("organisation__order").organisation
    report = rounds.accepted(rounds.report_of(open_round, owner.code), people, value=100)
    recompute_stale_figures()
    before = total_of(stock, open_round)

    officer = successor_of(people.officer(owner.code), Role.OFFICER, owner)
    secretariat = Organisation.objects.get(is_secretariat=True)
    reviewer = successor_of(people.reviewer, Role.REVIEWER, secretariat)
    # The successors accept the same statements anew, and state the next quarter's.
    services.reopen_report(report=report, actor=reviewer, comment="請接辦人員確認。")
    rounds.signed(report, people)
    again = services.submit_report(report=report, actor=officer)
    services.accept_report(report=again, actor=reviewer)
    recompute_stale_figures()
    assert total_of(stock, open_round) == before == Decimal(100)

    following = rounds.opened(plan, "112Q2", people)
    second = rounds.report_of(following, owner.code)
    lines = second.lines.select_related("indicator")
    entries = [LineEntry(line.pk, line.revision, rounds.content_for(line, 110)) for line in lines]
    services.save_lines(report=second, entries=entries, actor=officer)
    rounds.signed(second, people)
    handed_in = services.submit_report(report=second, actor=officer)
    services.accept_report(report=handed_in, actor=reviewer)
    recompute_stale_figures()
    assert total_of(stock, following) == Decimal(110)


def total_of(indicator: Indicator, round_: ReportingQuarter) -> Decimal | None:
    figure = IndicatorFigure.objects.get(indicator=indicator, quarter=round_.quarter)
    total: Decimal | None = figure.plan_numerator
    return total
