"""Accepting one report or many: the same facts, the same figures, and a cost that grows with neither lines nor reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from kpis.models import Indicator, IndicatorFigure, IndicatorOwner, Observation, RollupTask
from kpis.services import rollups
from ministries import clock
from ministries.models import AuditEntry
from ministries.services import Refused
from programs.models import Plan, Program, SubItemObservation
from reports import acceptance, services
from reports.models import Line, Report, ReportEvent, ReportingQuarter
from tests import rounds
from tests.people import People

OWNERS = ("MOE", "MOL", "MODA", "NDC")
ONE_LINE = 15  # queries for a report of one line, savepoints and audit among them
ANY_LINES = (
    18  # for any number of reports and of lines, where three kinds of lines are accepted for the first time
)


def submitted(round_: ReportingQuarter, people: People, *codes: str) -> list[Report]:
    return [rounds.submitted(rounds.report_of(round_, code), people) for code in codes]


def queries_of(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def with_lines(report: Report, people: People, count: int) -> Report:
    """Submitted with `count` lines, of indicators, programmes and a sub-item, instead of those that it owes."""
    plan = report.reporting_quarter.plan
    name = {"name_zh": "測", "name_en": "T"}
    indicators = Indicator.objects.bulk_create(
        Indicator(
            plan=plan, code=f"T{report.pk}-{number}", kind="overall", order=number, aggregation="flow", **name
        )
        for number in range(count // 2)
    )
    IndicatorOwner.objects.bulk_create(
        IndicatorOwner(indicator=each, organisation=report.organisation, named_by_plan=True)
        for each in indicators
    )
    programs = Program.objects.bulk_create(
        Program(
            plan=plan, organisation=report.organisation, code=f"T{report.pk}-{number}", kind="new", **name
        )
        for number in range(count - count // 2 - 1)
    )
    keep = report.lines.filter(sub_item__isnull=False).first()
    report.lines.exclude(pk=keep.pk).delete()
    Line.objects.bulk_create(
        [Line(report=report, order=100, indicator=each) for each in indicators]
        + [Line(report=report, order=100, program=each) for each in programs]
    )
    report.lines.update(
        statement="nothing_due",
        revision=1,
        saved_at=clock.now(),
        saved_by=people.officer(report.organisation.code),
    )
    assert report.lines.count() == count
    return rounds.hand_in(report, people)


# --- what it costs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["indicator", "program", "sub_item"])
def test_accepting_one_line_costs_few_queries_and_many_lines_of_its_kind_no_more(
    open_round: ReportingQuarter, people: People, column: str
) -> None:
    costs: list[int] = []
    for code, lines in (("MOE", 1), ("NSTC", None)):
        report = rounds.report_of(open_round, code)
        kept = report.lines.filter(**{f"{column}__isnull": False}).values_list("pk", flat=True)
        report.lines.exclude(pk__in=list(kept[:lines])).delete()
        for _again in ("accepted", "corrected"):
            rounds.submitted(report, people, value=len(costs) + 1)
            report.lines.update(narrative=f"第 {len(costs)} 次")
            reviewer = people.reviewer
            costs.append(queries_of(lambda: services.accept_report(report=report, actor=reviewer)))  # noqa: B023
            services.reopen_report(report=report, actor=reviewer, comment="更正。")
    first, corrected, *many = costs
    assert many == [first, corrected]
    assert first < corrected <= ONE_LINE


def test_a_thousand_lines_cost_as_many_queries_as_ten(open_round: ReportingQuarter, people: People) -> None:
    few = with_lines(rounds.report_of(open_round, "MOE"), people, 10)
    many = with_lines(rounds.report_of(open_round, "NSTC"), people, 1000)
    first, second = people.reviewer, people.reviewer
    cost = queries_of(lambda: services.accept_report(report=few, actor=first))
    assert queries_of(lambda: services.accept_report(report=many, actor=second)) == cost <= ANY_LINES


def test_many_reports_cost_as_many_queries_as_one(open_round: ReportingQuarter, people: People) -> None:
    one = submitted(open_round, people, "MOE")
    many = submitted(open_round, people, "MOL", "MODA", "MOEA", "MOHW", "NDC", "NSTC")
    first, second = people.reviewer, people.reviewer
    cost = queries_of(lambda: services.accept_reports(reports=one, actor=first))
    assert queries_of(lambda: services.accept_reports(reports=many, actor=second)) == cost <= ANY_LINES


# --- all or nothing ----------------------------------------------------------------------------------------


def test_every_report_gets_its_event_and_its_audit_row(open_round: ReportingQuarter, people: People) -> None:
    reports = submitted(open_round, people, *OWNERS)
    accepted = services.accept_reports(reports=reports, actor=people.reviewer, reason="會議確認。")
    assert {each.state for each in accepted} == {"accepted"}
    assert [each.pk for each in accepted] == sorted(each.pk for each in reports)
    for report in reports:
        event = report.events.get(act="accept")
        audit = AuditEntry.objects.get(
            subject_type="reports.report", subject_id=report.pk, act="report.review"
        )
        assert (event.actor, event.from_state, event.to_state) == (people.reviewer, "submitted", "accepted")
        assert (audit.organisation, audit.detail["deed"]) == (report.organisation, "accept")
    assert set(Observation.objects.values_list("reason", flat=True)) == {"會議確認。"}


def test_where_one_report_cannot_be_accepted_none_is_and_the_refusal_names_it(
    open_round: ReportingQuarter, people: People
) -> None:
    good = submitted(open_round, people, "MOE", "MOL")
    bad = rounds.report_of(open_round, "NDC")
    with pytest.raises(Refused) as refusal:
        services.accept_reports(reports=[*good, bad], actor=people.reviewer)
    assert "國家發展委員會（填報中）" in refusal.value.message
    assert "所選報告均未變動" in refusal.value.message
    assert "教育部" not in refusal.value.message
    assert not ReportEvent.objects.filter(act="accept").exists()
    assert not Observation.objects.exists() and not SubItemObservation.objects.exists()


def test_reports_of_two_quarters_are_not_accepted_at_once(plan: Plan, people: People) -> None:
    reports = [
        rounds.submitted(rounds.report_of(rounds.opened(plan, code, people), "NDC"), people)
        for code in ("112Q1", "112Q2")
    ]
    with pytest.raises(Refused):
        services.accept_reports(reports=reports, actor=people.reviewer)
    assert not SubItemObservation.objects.exists()


def test_accepting_nothing_is_refused(people: People) -> None:
    with pytest.raises(Refused):
        services.accept_reports(reports=[], actor=people.reviewer)


@pytest.mark.parametrize("who", ["head", "administrator", "auditor"])
def test_only_a_reviewer_accepts(open_round: ReportingQuarter, people: People, who: str) -> None:
    reports = submitted(open_round, people, "NDC")
    with pytest.raises(PermissionDenied):
        services.accept_reports(reports=reports, actor=getattr(people, who))


def test_a_published_quarter_takes_no_acceptance(open_round: ReportingQuarter, people: People) -> None:
    rounds.published(open_round, people)
    with pytest.raises(Refused):
        services.accept_reports(reports=[rounds.report_of(open_round, "NDC")], actor=people.reviewer)


def test_an_indicator_that_several_reports_touch_is_noted_once(
    open_round: ReportingQuarter, people: People
) -> None:
    reports = submitted(open_round, people, *OWNERS)
    RollupTask.objects.all().delete()
    services.accept_reports(reports=reports, actor=people.reviewer)
    noted = list(RollupTask.objects.filter(indicator__isnull=False).values_list("indicator", flat=True))
    owed = Line.objects.filter(report__in=reports, indicator__isnull=False).values_list(
        "indicator", flat=True
    )
    assert sorted(noted) == sorted(set(owed)) and len(noted) < len(owed)


# --- bulk acceptance equals one by one ---------------------------------------------------------------------


def facts() -> list[tuple[object, ...]]:
    """Every accepted fact but for its id and its moments; of those only whether it is in force."""
    return sorted(
        (
            (
                room.model.__name__,
                row["superseded_at"] is None,
                *(
                    str(each)
                    for name, each in row.items()
                    if name not in ("id", "accepted_at", "superseded_at")
                ),
            )
            for room in acceptance.ROOMS
            for row in room.model._default_manager.values()
        ),
        key=repr,
    )


def figures(*apart_from: str) -> list[list[tuple[str, object]]]:
    """Every stored figure but for its id, its moments, and the columns named."""
    hidden = {"id", "computed_at", "facts_until", *apart_from}
    rows = IndicatorFigure.objects.values()
    return sorted(([each for each in row.items() if each[0] not in hidden] for row in rows), key=repr)


@contextmanager
def thrown_away() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, str, int, int]]:
    """Organisations in the order of their acceptance: what happened before, the value before, and the value now."""
    past = st.sampled_from(["nothing", "reopened"])
    codes = draw(st.permutations(OWNERS))
    count = draw(st.integers(2, len(OWNERS)))
    return [
        (code, draw(past), draw(st.integers(1, 4)), draw(st.integers(1, 4))) for code in islice(codes, count)
    ]


def played(
    round_: ReportingQuarter, people: People, history: Sequence[tuple[str, str, int, int]]
) -> list[Report]:
    """The reports as they wait for the acceptance that is to be compared."""
    reports = []
    for code, past, before, now in history:
        report = rounds.report_of(round_, code)
        if past == "reopened":
            rounds.accepted(report, people, value=Decimal(before))
            services.reopen_report(report=report, actor=people.reviewer, comment=f"{code} 更正。")
        reports.append(rounds.submitted(report, people, value=Decimal(now)))
    rollups.recompute_stale_figures()
    return reports


@bounds(max_examples=8)
@given(history=histories())
def test_reports_accepted_together_leave_what_they_leave_one_by_one(
    open_round: ReportingQuarter, people: People, history: list[tuple[str, str, int, int]]
) -> None:
    def one_by_one(reports: Sequence[Report]) -> None:
        for report in reports:
            services.accept_report(report=report, actor=people.reviewer)
            rollups.recompute_stale_figures()

    def together(reports: Sequence[Report]) -> None:
        services.accept_reports(reports=reports, actor=people.reviewer)
        rollups.recompute_stale_figures()

    for code in OWNERS:
        people.officer(code), people.reviewer
    left = []
    for accept in (one_by_one, together):
        with thrown_away():
            accept(played(open_round, people, history))
            left.append((facts(), figures()))
    assert left[0] == left[1]
