"""What other portals were seen to get wrong, done here through the services that people use; one test for each case.

The cases are those that were reproduced on the peers' own code; each test's docstring says what a peer answers.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from kpis import rollup, selectors
from kpis.models import Indicator, Observation, Target
from kpis.results import IndicatorResult, NodeResult
from kpis.services import rollups
from ministries import clock
from ministries.models import AuditEntry, Membership, User
from ministries.permissions import Act
from ministries.services import Refused
from programs.models import Plan
from programs.quarters import Quarter
from reports import services
from reports.contents import LineContent, LineEntry
from reports.models import LineStatement, Report, ReportingQuarter
from tests import rounds
from tests.people import People

CODE = "KR1.2"
"""The indicator that three ministries owe together."""

MEMBERS = ("MOE", "MOL", "MODA")


def as_kind(plan: Plan, aggregation: str) -> None:
    """Makes the shared indicator one of another kind, before its quarter is opened."""
    Indicator.objects.filter(plan=plan, code=CODE).update(aggregation=aggregation)


def figure(plan: Plan, quarter: str = "112Q1") -> IndicatorResult:
    rollups.recompute_stale_figures()
    indicator = plan.indicators.get(code=CODE)
    (found,) = selectors.indicator_results(plan, Quarter.parse(quarter), indicators=[indicator.pk])
    return found


def accepted(round_: ReportingQuarter, people: People, **values: LineContent | int) -> list[Report]:
    """Each organisation's report with that content in its line of the shared indicator, accepted."""
    reports = []
    for code, said in values.items():
        report = rounds.fill(rounds.report_of(round_, code), people)
        line = report.lines.get(indicator__code=CODE)
        content = said if isinstance(said, LineContent) else rounds.content_for(line, said)
        services.save_lines(
            report=report,
            entries=[LineEntry(line.pk, line.revision, content)],
            actor=people.officer(code),
        )
        rounds.hand_in(report, people)
        reports.append(services.accept_report(report=report, actor=people.reviewer))
    return reports


def ratio(numerator: int, denominator: int) -> LineContent:
    return LineContent(
        statement=LineStatement.VALUE,
        numerator=Decimal(numerator),
        denominator=Decimal(denominator),
        narrative="已依計畫辦理。",
    )


def test_the_ratio_of_one_half_and_one_half_is_one_half(plan: Plan, people: People) -> None:
    """A peer: 40%."""
    as_kind(plan, "ratio")
    accepted(rounds.opened(plan, "112Q1", people), people, MOE=ratio(1, 2), MOL=ratio(1, 2))
    assert figure(plan).quarter_value == Decimal("0.5")


def test_the_maximum_of_one_and_one_is_one(plan: Plan, people: People) -> None:
    """A peer: 2."""
    as_kind(plan, "maximum")
    accepted(rounds.opened(plan, "112Q1", people), people, MOE=1, MOL=1)
    assert figure(plan).quarter_value == 1


@pytest.mark.parametrize(("kind", "said"), [("ratio", ratio(1, 2)), ("stock", 4)])
def test_an_unreported_member_is_excluded_and_the_coverage_shows_it(
    plan: Plan, people: People, kind: str, said: LineContent | int
) -> None:
    """A peer: counts it as zero."""
    as_kind(plan, kind)
    accepted(rounds.opened(plan, "112Q1", people), people, MOE=said)
    found = figure(plan)
    assert found.quarter_value == (Decimal("0.5") if kind == "ratio" else 4)
    assert (found.stated, found.owed) == (1, 3)
    assert not found.is_complete


def test_a_maximum_with_an_unreported_member_is_the_maximum_and_the_coverage_shows_it(
    plan: Plan, people: People
) -> None:
    """A peer: TypeError."""
    as_kind(plan, "maximum")
    accepted(rounds.opened(plan, "112Q1", people), people, MOE=3, MOL=7)
    found = figure(plan)
    assert found.quarter_value == 7
    assert (found.stated, found.owed) == (2, 3)


def test_another_organisations_officer_who_writes_my_value_is_refused_and_audited(
    open_round: ReportingQuarter, people: People, client: Client
) -> None:
    """A peer: HTTP 200, overwritten."""
    report = rounds.report_of(open_round, "MOE")
    line = report.lines.get(indicator__code=CODE)
    entry = LineEntry(line.pk, line.revision, rounds.content_for(line, 999))
    stranger = people.officer("MOL")
    with pytest.raises(PermissionDenied):
        services.save_lines(report=report, entries=[entry], actor=stranger)
    client.force_login(stranger)
    address = reverse("report-save", args=[open_round.quarter, "MOE"])
    assert client.post(address, {"anything": "999"}).status_code in (403, 404)
    assert report.lines.filter(pk=line.pk, value=None, revision=0).exists()
    refused = AuditEntry.objects.get(actor=stranger, act=Act.WRITE_REFUSED)
    assert refused.detail["path"] == address


def test_bulk_acceptance_rolls_up_like_one_by_one(plan: Plan, people: People) -> None:
    """A peer: the roll-up never runs."""
    round_ = rounds.opened(plan, "112Q1", people)
    reports = [rounds.submitted(rounds.report_of(round_, code), people, value=5) for code in MEMBERS]
    services.accept_reports(reports=reports, actor=people.reviewer)
    assert figure(plan).quarter_value == 15


def test_a_parent_goes_back_when_an_acceptance_is_withdrawn(plan: Plan, people: People) -> None:
    """A peer: the parent keeps the value."""
    round_ = rounds.opened(plan, "112Q1", people)
    accepted(round_, people, MOE=5)
    before = figure(plan)
    (report,) = accepted(round_, people, MOL=7)
    assert figure(plan).quarter_value == 12
    services.withdraw_acceptance(report=report, actor=people.reviewer, comment="誤植。")
    after = figure(plan)
    assert (after.quarter_value, after.rate, after.light) == (before.quarter_value, before.rate, before.light)
    assert (after.stated, after.owed) == (before.stated, before.owed)


def test_an_approved_zero_counts_with_its_denominator(plan: Plan, people: People) -> None:
    """A peer: stored as empty, dropped with its denominator, 50%."""
    as_kind(plan, "ratio")
    accepted(rounds.opened(plan, "112Q1", people), people, MOE=ratio(0, 100), MOL=ratio(50, 100))
    found = figure(plan)
    assert found.quarter_value == Decimal("0.25")
    assert Observation.objects.filter(indicator__code=CODE, numerator=0, denominator=100).exists()


def test_a_cumulative_value_stays_one_after_a_handover_to_a_colleague(plan: Plan, people: People) -> None:
    """A peer: 210."""
    as_kind(plan, "stock")
    accepted(rounds.opened(plan, "112Q1", people), people, MOE=100)
    before = people.officer("MOE")
    Membership.objects.filter(user=before).update(ended_at=clock.now())
    User.objects.filter(pk=before.pk).update(email="left@moe.test")
    assert people.officer("MOE") != before
    accepted(rounds.opened(plan, "112Q2", people), people, MOE=110)
    assert figure(plan, "112Q2").plan_value == 110


def test_a_value_cannot_be_put_straight_into_the_facts_by_an_officer(
    open_round: ReportingQuarter, people: People
) -> None:
    """A peer: accepted."""
    report = rounds.submitted(rounds.report_of(open_round, "MOE"), people)
    with pytest.raises(PermissionDenied):
        services.accept_report(report=report, actor=people.officer("MOE"))
    assert not Observation.objects.exists()


def test_a_value_for_a_closed_quarter_is_refused(
    plan: Plan, open_round: ReportingQuarter, people: People
) -> None:
    """A peer: accepted."""
    report = rounds.report_of(open_round, "MOE")
    line = report.lines.get(indicator__code=CODE)
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    with pytest.raises(Refused, match="已截止"):
        services.save_lines(
            report=report,
            entries=[LineEntry(line.pk, line.revision, rounds.content_for(line, 1))],
            actor=people.officer("MOE"),
        )


def test_a_target_of_zero_has_no_rate_and_is_judged_all_the_same(plan: Plan, people: People) -> None:
    """A peer: replaced by 0.001, or a crash."""
    Target.objects.filter(indicator__plan=plan, indicator__code=CODE).update(value=0)
    accepted(rounds.opened(plan, "112Q1", people), people, MOE=3)
    found = figure(plan)
    assert (found.rate, found.achieved, found.light) == (None, True, "")


def test_lower_is_better_has_one_formula_in_both_implementations(plan: Plan, people: People) -> None:
    """A peer: two formulas that disagree."""
    Indicator.objects.filter(plan=plan, code=CODE).update(baseline=50)
    Target.objects.filter(indicator__plan=plan, indicator__code=CODE).update(comparator="at_most", value=10)
    accepted(rounds.opened(plan, "112Q1", people), people, MOE=30)
    promise = rollup.Promise(rollup.Comparator.AT_MOST, Decimal(10), baseline=Decimal(50))
    assert figure(plan).rate == Decimal("0.5")
    assert rollup.rate(promise, Fraction(30)) == Fraction(1, 2)


def test_every_level_is_right_after_a_grandchild_is_approved(plan: Plan, people: People) -> None:
    """A peer: the grandparent is unchanged."""
    round_ = rounds.opened(plan, "112Q1", people)
    before = nodes(plan)
    accepted(round_, people, MOE=8001)
    figure(plan)
    after = nodes(plan)
    indicator = plan.indicators.get(code=CODE)
    assert indicator.pillar is not None
    mapped = indicator.sub_items.get()
    owner = indicator.owners.get(organisation__code="MOE").organisation
    for key in (
        ("plan", plan.pk),
        ("pillar", indicator.pillar.pk),
        ("sub_item", mapped.pk),
        ("organisation", owner.pk),
    ):
        assert after[key].stated > before[key].stated, key
        assert (after[key].score or 0) > (before[key].score or 0), key
        assert after[key].green == before[key].green + 1, key


def nodes(plan: Plan) -> dict[tuple[str, int], NodeResult]:
    found = selectors.node_results(plan, Quarter.parse("112Q1"))
    return {(node.kind, node.node_id): node for node in found}


def test_a_fact_cannot_be_changed_behind_the_roll_up(plan: Plan, people: People) -> None:
    """What the peers' silent overwrites come down to: the database refuses it here."""
    accepted(rounds.opened(plan, "112Q1", people), people, MOE=3)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE kpis_observation SET value = 4")
