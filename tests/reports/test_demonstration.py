"""Demonstration data comes from the people's own services, from a seed, once, and is marked."""

from __future__ import annotations

from typing import Any

import pytest

from kpis.models import Observation, Publication, RollupTask
from ministries import clock
from ministries.models import DemonstrationRun, User
from programs.models import MilestoneObservation, Plan, ProgramMilestone, ProgramObservation
from programs.quarters import Quarter
from reports import demonstration, services
from reports.models import Extension, Report, ReportEvent, ReportingQuarter

TWO_QUARTERS = {
    "last_quarter": "112Q2",
    "published_until": "112Q1",
    "missing": 15,
    "corrected": 40,
    "late": 40,
    "in_progress": {"accepted": 30, "submitted": 40, "returned": 10},
}


@pytest.fixture
def generated(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two quarters, the second still under review; returns what the generator told."""
    chosen: dict[str, Any] = {**demonstration.parameters(), **TWO_QUARTERS}
    chosen["milestones"]["programs"] = 100
    monkeypatch.setattr(demonstration, "parameters", lambda: chosen)
    told: list[str] = []
    assert demonstration.generate(plan=plan, tell=told.append)
    return told


def test_it_tells_its_progress_quarter_by_quarter(generated: list[str]) -> None:
    assert generated == ["112Q1", "112Q2"]


def test_some_reports_are_late_returned_missing_and_corrected_and_some_programmes_behind(
    generated: list[str],
) -> None:
    deeds = set(ReportEvent.objects.values_list("act", flat=True))
    assert deeds == {"sign", "submit", "return", "accept", "reopen"}
    assert Report.objects.filter(reporting_quarter__published_at__isnull=False, state="draft").exists()
    assert any(each.submitted_at.date() > each.reporting_quarter.due_on for each in handed_in())
    assert ProgramObservation.objects.exclude(delay_reason="").exists()
    assert Observation.objects.filter(revision=2).exclude(reason="").exists()


def handed_in() -> Any:
    return Report.objects.filter(submitted_at__isnull=False).select_related("reporting_quarter")


def test_the_last_quarter_is_seen_while_its_review_goes_on(generated: list[str]) -> None:
    states = set(Report.objects.filter(reporting_quarter__quarter="112Q2").values_list("state", flat=True))
    assert {"accepted", "submitted"} <= states
    assert [str(each.quarter) for each in Publication.objects.all()] == ["112Q1"]


def test_the_last_quarter_takes_entries_when_the_clock_has_turned(generated: list[str], plan: Plan) -> None:
    services.turn_quarters()
    last = ReportingQuarter.objects.get(plan=plan, quarter="112Q2")
    assert last.takes_entries and last.closes_on > clock.today()


def test_some_who_are_late_ask_for_more_time(generated: list[str]) -> None:
    assert {"granted", "refused"} & set(Extension.objects.values_list("state", flat=True))
    assert Report.objects.filter(extended_until__isnull=False).exists()
    assert Report.objects.filter(days_late__gt=0).exists()


def test_everything_it_makes_is_marked(generated: list[str]) -> None:
    assert DemonstrationRun.objects.exists()
    assert not User.objects.filter(is_demonstration=False).exists()
    assert not ProgramMilestone.objects.filter(is_demonstration=False).exists()
    assert not Publication.objects.filter(is_demonstration=False).exists()


def test_milestones_are_due_in_various_quarters_and_some_are_reached(generated: list[str]) -> None:
    days = ProgramMilestone.objects.values_list("due_on", flat=True)
    assert len({Quarter.containing(day) for day in days}) > 3
    assert all("示範" in name for name in ProgramMilestone.objects.values_list("name_zh", flat=True))
    statements = set(MilestoneObservation.objects.values_list("statement", flat=True))
    assert {"reached"} <= statements <= {"reached", "not_reached"}


def test_it_leaves_no_figure_stale(generated: list[str]) -> None:
    assert not RollupTask.objects.exists()


def test_it_is_generated_once(generated: list[str], plan: Plan) -> None:
    before = Observation.objects.count()
    assert not demonstration.generate(plan=plan, tell=lambda line: None)
    assert Observation.objects.count() == before


def test_its_people_can_log_in(generated: list[str]) -> None:
    password = demonstration.parameters()["password"]
    for email, _role, _organisation in demonstration.accounts():
        assert User.objects.get(email=email).check_password(password)


def test_every_quarter_is_generated_in_its_own_time(generated: list[str]) -> None:
    for fact in Observation.objects.all():
        assert fact.accepted_at.date() > fact.quarter.last_day
