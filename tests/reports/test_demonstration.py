"""Demonstration data comes from the people's own services, from a seed, once, and is marked.

Three quarters are generated once, the last of them still under review; every test reads them.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from kpis.models import Correction, Observation, Publication, RollupTask
from ministries import clock
from ministries.models import (
    AuditEntry,
    DemonstrationRun,
    Deputyship,
    Membership,
    Notice,
    NoticeKind,
    Organisation,
    Role,
    User,
)
from programs.models import MilestoneObservation, Plan, ProgramMilestone, ProgramObservation
from programs.quarters import Quarter
from reports import acceptance, audit_wording, demonstration, receipts, services
from reports.evidence.kinds import MediaType
from reports.models import (
    Decision,
    DecisionProgress,
    DecisionState,
    Evidence,
    Extension,
    Line,
    LineComment,
    LineRevision,
    ProgramRelease,
    ProgramRevision,
    Report,
    ReportEvent,
    ReportingQuarter,
    RequestState,
    TargetProposal,
)
from reports.selectors.decisions import due_of

pytestmark = pytest.mark.xdist_group("demonstration")


def running() -> ReportingQuarter:
    return ReportingQuarter.objects.get(plan__is_managed=True, quarter="112Q3")


# --- the reports of each quarter ------------------------------------------------------------------------------
def test_some_reports_are_late_returned_missing_and_corrected_and_some_programmes_behind(
    generated: DemonstrationRun,
) -> None:
    deeds = set(ReportEvent.objects.values_list("act", flat=True))
    assert deeds == {"sign", "submit", "return", "accept", "reopen"}
    assert Report.objects.filter(reporting_quarter__published_at__isnull=False, state="draft").exists()
    assert any(each.submitted_at.date() > each.reporting_quarter.due_on for each in handed_in())
    assert ProgramObservation.objects.exclude(delay_reason="").exists()
    assert Observation.objects.filter(revision=2).exclude(reason="").exists()


def handed_in() -> Any:
    return Report.objects.filter(submitted_at__isnull=False).select_related("reporting_quarter")


def test_the_last_quarter_is_seen_while_its_review_goes_on(generated: DemonstrationRun) -> None:
    states = set(running().reports.values_list("state", flat=True))
    assert {"accepted", "submitted", "draft"} <= states
    assert [str(each.quarter) for each in Publication.objects.order_by("quarter")] == ["112Q1", "112Q2"]


def test_the_last_quarter_takes_entries_when_the_clock_has_turned(generated: DemonstrationRun) -> None:
    services.turn_quarters()
    last = running()
    assert last.takes_entries and last.closes_on > clock.today()


def test_some_who_are_late_ask_for_more_time(generated: DemonstrationRun) -> None:
    assert {"granted", "refused"} & set(Extension.objects.values_list("state", flat=True))
    assert Report.objects.filter(extended_until__isnull=False).exists()
    assert Report.objects.filter(days_late__gt=0).exists()


def test_milestones_are_due_in_various_quarters_and_some_are_reached(generated: DemonstrationRun) -> None:
    days = ProgramMilestone.objects.values_list("due_on", flat=True)
    assert len({Quarter.containing(day) for day in days}) > 3
    assert all("示範" in name for name in ProgramMilestone.objects.values_list("name_zh", flat=True))
    statements = set(MilestoneObservation.objects.values_list("statement", flat=True))
    assert {"reached"} <= statements <= {"reached", "not_reached"}


def test_everything_happens_in_its_own_time_and_in_the_order_of_time(generated: DemonstrationRun) -> None:
    for fact in Observation.objects.all():
        assert fact.accepted_at.date() > fact.quarter.last_day
    moments = list(AuditEntry.objects.order_by("pk").values_list("at", flat=True))
    assert moments == sorted(moments)


# --- around the reports ---------------------------------------------------------------------------------------
def test_somebody_is_on_leave_today_and_somebody_was(generated: DemonstrationRun) -> None:
    today = clock.today()
    in_force = Deputyship.objects.filter(ended_at__isnull=True, from_day__lte=today, until_day__gte=today)
    assert in_force.exists() and Deputyship.objects.filter(ended_at__isnull=False).exists()
    in_both_names = ReportEvent.objects.filter(on_behalf_of__isnull=False)
    assert all(each.actor != each.on_behalf_of for each in in_both_names) and in_both_names.exists()
    assert LineRevision.objects.filter(on_behalf_of__isnull=False).exists()
    managers = Membership.objects.filter(role=Role.ACCOUNT_MANAGER)
    assert sorted(managers.values_list("organisation__code", flat=True)) == ["MOE", "MOL", "NSTC"]


def test_lines_have_evidence_that_can_be_opened_and_are_talked_about(generated: DemonstrationRun) -> None:
    hanging = Evidence.objects.filter(line__report__reporting_quarter=running())
    kinds = set(hanging.values_list("media_type", flat=True))
    assert {"", MediaType.PDF, MediaType.CSV, MediaType.PNG} == kinds, "files of every kind, and an address"
    assert not list(services.faults_of_store())
    said = LineComment.objects.filter(line__report__reporting_quarter=running())
    assert said.exists() and not said.filter(mentions__isnull=True).exists()
    assert Notice.objects.filter(kind=NoticeKind.MENTIONED).exists()


def test_decisions_are_open_overdue_unanswered_and_closed(generated: DemonstrationRun) -> None:
    known = list(Decision.objects.all())
    assert {each.state for each in known} == {DecisionState.OPEN, DecisionState.CLOSED}
    assert any(due_of(each).is_overdue for each in known if each.is_open)
    assert DecisionProgress.objects.filter(decision__state=DecisionState.CLOSED).exists()
    answered = set(DecisionProgress.objects.values_list("decision", "report"))
    asked = {
        (decision.pk, report.pk, report.submitted_at is not None)
        for decision in known
        for report in Report.objects.filter(organisation=decision.organisation)
        if decision.is_asked_in(report)
    }
    assert all((decision, report) in answered for decision, report, is_in in asked if is_in)


def test_targets_are_proposed_approved_and_refused(generated: DemonstrationRun) -> None:
    states = TargetProposal.objects.values_list("state", flat=True)
    assert set(states) == {"proposed", "approved", "refused"}
    approved = TargetProposal.objects.get(state="approved")
    assert approved.effective_from < running().quarter
    assert approved.indicator.targets.count() == 2, "the old target stays"


def test_programmes_are_revised_and_one_release_is_asked_for(generated: DemonstrationRun) -> None:
    revisions = ProgramRevision.objects.values_list("state", flat=True)
    assert set(revisions) == {RequestState.APPROVED, RequestState.PROPOSED}
    assert [each.state for each in ProgramRelease.objects.all()] == [RequestState.PROPOSED]


def test_the_public_log_has_corrections_and_one_line_is_being_corrected(generated: DemonstrationRun) -> None:
    assert Correction.objects.count() == 2
    assert {name for each in Correction.objects.all() for name in each.said} == {"value", "spent"}
    assert Line.objects.filter(correcting=True).count() == 1


# --- as a whole -----------------------------------------------------------------------------------------------
def test_the_audit_log_tells_all_of_it_in_words_and_in_no_code(generated: DemonstrationRun) -> None:
    organisations = {each.pk: each for each in Organisation.objects.prefetch_related("names")}
    entries = [
        audit_wording.told(entry, organisations) for entry in AuditEntry.objects.select_related("actor")
    ]
    words = {entry.subject for entry in entries} | {entry.act for entry in entries}
    for fact in (fact for entry in entries for fact in entry.facts):
        words |= {fact.label, fact.now, fact.before or ""}
    assert [each for each in words if re.fullmatch(r"[a-z]+[._]?[a-z_]+", each)] == []


def test_everything_it_makes_is_marked(generated: DemonstrationRun) -> None:
    assert not User.objects.filter(is_demonstration=False).exists()
    assert not ProgramMilestone.objects.filter(is_demonstration=False).exists()
    assert not Publication.objects.filter(is_demonstration=False).exists()


def test_it_leaves_no_figure_stale_no_receipt_wrong_and_no_letter_for_the_past(
    generated: DemonstrationRun,
) -> None:
    assert not RollupTask.objects.exists()
    assert not list(receipts.faults())
    assert not list(acceptance.faults())
    waiting = Notice.objects.filter(letter__isnull=True, dropped_at__isnull=True)
    assert all((clock.now() - each.noted_at).days <= 14 for each in waiting)


def test_it_is_generated_once(generated: DemonstrationRun, plan: Plan) -> None:
    before = Observation.objects.count()
    assert not demonstration.generate(plan=plan, tell=lambda line: None)
    assert Observation.objects.count() == before


def test_its_people_can_log_in_and_are_told_by_their_pattern(generated: DemonstrationRun) -> None:
    password = demonstration.parameters()["password"]
    accounts = demonstration.accounts()
    for email, _role, _organisation in accounts:
        assert User.objects.get(email=email).check_password(password)
    told = StringIO()
    call_command("demo_accounts", stdout=told)
    lines = told.getvalue().splitlines()
    assert len(lines) < 10 < len(accounts)
    assert password in lines[0] and "nstc 國科會" in lines[-1]
