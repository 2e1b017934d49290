"""Withdrawing an acceptance takes its facts out at once and restores exactly what stood without them."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from kpis.models import IndicatorFigure, Observation, RollupTask
from kpis.services import rollups
from ministries.models import AuditEntry
from ministries.services import Refused
from programs.models import (
    AcceptedFact,
    MilestoneObservation,
    Plan,
    ProgramMilestone,
    ProgramObservation,
)
from programs.quarters import Quarter
from reports import acceptance, services
from reports.models import LineStep, Report, ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.test_acceptance import queries_of, with_lines
from tests.stages import stage

# Of a figure, these say when and from how many statements it was made; they count the withdrawal too.
PROVENANCE = {"id", "computed_at", "facts_seen", "facts_until"}


def figures() -> list[str]:
    """What every figure says, in one order."""
    rollups.recompute_stale_figures()
    return sorted(
        str({name: each for name, each in row.items() if name not in PROVENANCE})
        for row in IndicatorFigure.objects.values()
    )


def total(code: str) -> Decimal | None:
    """What all organisations together stated of the indicator in 112Q1."""
    rollups.recompute_stale_figures()
    figure = IndicatorFigure.objects.get(indicator__code=code, quarter="112Q1")
    stated: Decimal | None = figure.quarter_numerator
    return stated


def withdrawn(report: Report, people: People, comment: str = "單位誤植。") -> Report:
    return services.withdraw_acceptance(report=report, actor=people.reviewer, comment=comment)


def in_force(report: Report) -> list[AcceptedFact]:
    return [
        fact
        for room in acceptance.ROOMS
        for fact in room.model._default_manager.filter(
            organisation=report.organisation,
            quarter=report.reporting_quarter.quarter,
            superseded_at__isnull=True,
        )
    ]


@stage(upon="open_round")
def accepted(plan: Plan, people: People) -> Report:
    """The Ministry of Education's report beside that of the Ministry of Labour."""
    round_ = rounds.round_of(plan, "112Q1")
    rounds.accepted(rounds.report_of(round_, "MOL"), people, value=5)
    return rounds.accepted(rounds.report_of(round_, "MOE"), people, value=7)


def test_every_fact_of_the_report_gets_a_revision_that_withdraws_it_for_that_reason(
    accepted: Report, people: People
) -> None:
    before = in_force(accepted)
    withdrawn(accepted, people)
    after = in_force(accepted)
    assert len(after) == len(before) == accepted.lines.count()
    for fact in after:
        assert (fact.statement, fact.revision, fact.reason) == ("withdrawn", 2, "單位誤植。")
        assert (fact.accepted_by, fact.narrative) == (people.reviewer, "")
    assert {fact.origin for fact in after} == {fact.origin for fact in before}


def test_the_facts_of_others_and_of_other_quarters_stay(plan: Plan, people: People) -> None:
    first, second = (rounds.opened(plan, code, people) for code in ("112Q1", "112Q2"))
    other = rounds.accepted(rounds.report_of(first, "MOL"), people)
    later = rounds.accepted(rounds.report_of(second, "MOE"), people)
    withdrawn(rounds.accepted(rounds.report_of(first, "MOE"), people), people)
    assert all(fact.statement != "withdrawn" for fact in [*in_force(other), *in_force(later)])


def test_a_milestone_that_was_reached_is_withdrawn_as_well(plan: Plan, people: People) -> None:
    milestone = ProgramMilestone.objects.create(
        program=plan.programs.get(code="P01"),
        code="M1",
        name_zh="完成系統建置",
        due_on=Quarter.parse("112Q1").last_day,
        effective_from=plan.first_quarter,
    )
    report = rounds.accepted(rounds.report_of(rounds.opened(plan, "112Q1", people), "NSTC"), people)
    withdrawn(report, people)
    facts = MilestoneObservation.objects.filter(milestone=milestone).order_by("revision")
    assert [(fact.statement, fact.reached_on is None) for fact in facts] == [
        ("reached", False),
        ("withdrawn", True),
    ]


def test_withdrawing_restores_exactly_what_stood_without_the_acceptance(
    open_round: ReportingQuarter, plan: Plan, people: People
) -> None:
    rounds.accepted(rounds.report_of(open_round, "MOL"), people, value=5)
    rollups.rebuild(plan=plan)
    without = figures()
    report = rounds.accepted(rounds.report_of(open_round, "MOE"), people, value=7)
    assert figures() != without
    withdrawn(report, people)
    assert figures() == without


def test_withdrawing_a_correction_does_not_bring_back_what_it_corrected(
    open_round: ReportingQuarter, plan: Plan, people: People
) -> None:
    rollups.rebuild(plan=plan)
    without = figures()
    report = rounds.accepted(rounds.report_of(open_round, "MOE"), people, value=7)
    services.reopen_report(report=report, actor=people.reviewer, comment="漏計。")
    rounds.accepted(report, people, value=9)
    withdrawn(report, people)
    assert figures() == without


def test_what_is_accepted_again_counts_again_and_carries_the_reason_of_the_withdrawal(
    accepted: Report, people: People
) -> None:
    assert total("KR1.2") == 12
    before = figures()
    withdrawn(accepted, people)
    assert total("KR1.2") == 5
    rounds.accepted(accepted, people, value=8)
    assert total("KR1.2") == 13
    fact = Observation.objects.get(
        indicator__code="KR1.2", organisation=accepted.organisation, superseded_at__isnull=True
    )
    assert (fact.revision, fact.value, fact.reason) == (3, Decimal(8), "單位誤植。")
    withdrawn(accepted, people)
    rounds.accepted(accepted, people, value=7)
    assert figures() == before


def test_reopening_keeps_in_force_what_a_withdrawal_takes_out(accepted: Report, people: People) -> None:
    services.reopen_report(report=accepted, actor=people.reviewer, comment="漏計。")
    assert total("KR1.2") == 12
    assert not ProgramObservation.objects.filter(statement="withdrawn").exists()


def test_every_touched_indicator_is_noted_as_stale_in_the_same_transaction(
    accepted: Report, people: People
) -> None:
    RollupTask.objects.all().delete()
    withdrawn(accepted, people)
    owed = accepted.lines.filter(indicator__isnull=False).values_list("indicator", flat=True)
    noted = RollupTask.objects.filter(indicator__isnull=False).values_list("indicator", flat=True)
    assert sorted(noted) == sorted(owed)


def test_the_withdrawal_stands_in_the_history_and_in_the_audit(accepted: Report, people: People) -> None:
    report = withdrawn(accepted, people)
    event = report.events.latest("id")
    audit = AuditEntry.objects.filter(subject_type="reports.report", subject_id=report.pk).latest("id")
    assert (event.act, event.from_state, event.to_state, event.comment) == (
        "withdraw",
        "accepted",
        "returned",
        "單位誤植。",
    )
    assert (event.actor, audit.actor, audit.detail["deed"]) == (people.reviewer, people.reviewer, "withdraw")
    assert report.decided_by == people.reviewer


@pytest.mark.parametrize("comment", ["", "  ", "壞\x00字"])
def test_a_withdrawal_without_a_reason_is_refused_and_changes_nothing(
    accepted: Report, people: People, comment: str
) -> None:
    with pytest.raises(Refused) as refusal:
        withdrawn(accepted, people, comment)
    assert "comment" in refusal.value.errors
    accepted.refresh_from_db()
    assert accepted.state == "accepted"
    assert not Observation.objects.filter(statement="withdrawn").exists()


def test_withdrawing_a_thousand_lines_costs_as_many_queries_as_ten(
    open_round: ReportingQuarter, people: People
) -> None:
    costs = []
    for code, lines in (("MOE", 10), ("NSTC", 1000)):
        report = with_lines(rounds.report_of(open_round, code), people, lines)
        services.accept_report(report=report, actor=people.reviewer)
        reviewer = people.reviewer
        withdraw = partial(services.withdraw_acceptance, report=report, actor=reviewer, comment="誤植。")
        costs.append(queries_of(withdraw))
    assert costs[0] == costs[1] <= 30


def test_only_what_is_accepted_can_be_withdrawn(open_round: ReportingQuarter, people: People) -> None:
    report = rounds.submitted(rounds.report_of(open_round, "MOE"), people)
    with pytest.raises(Refused):
        withdrawn(report, people)
    withdrawn(services.accept_report(report=report, actor=people.reviewer), people)
    with pytest.raises(Refused):
        withdrawn(report, people)


def test_only_a_reviewer_withdraws(accepted: Report, people: People) -> None:
    for actor in (people.officer("MOE"), people.head, people.administrator, people.auditor):
        with pytest.raises(PermissionDenied):
            services.withdraw_acceptance(report=accepted, actor=actor, comment="更正。")


def test_an_acceptance_can_be_withdrawn_after_closing_but_not_after_publishing(
    accepted: Report, open_round: ReportingQuarter, people: People
) -> None:
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    assert withdrawn(accepted, people).state == "returned"
    rounds.published(open_round, people)
    with pytest.raises(Refused):
        withdrawn(rounds.report_of(open_round, "MOL"), people)


def test_the_database_demands_the_reason(accepted: Report, people: People) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        LineStep.objects.create(
            event=accepted.events.earliest("id"),
            line=accepted.lines.earliest("order"),
            act="withdraw",
            from_state="accepted",
            to_state="returned",
            revision=1,
        )
