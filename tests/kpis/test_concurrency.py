"""Acceptances, withdrawals and recomputations at the same moment, on connections of their own: every figure is right.

Where an order matters it is forced. A figure's row is held, so that whoever recomputes it has read the facts and
cannot write yet; or a report's row is, so that whoever decides upon it queues. What happens meanwhile is the test.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import partial
from threading import Event

import pytest
from django.db import connection, models, transaction

from kpis import tasks
from kpis.models import IndicatorFigure, Publication, RollupTask
from kpis.services import rollups
from ministries.models import Organisation, User
from ministries.services import Refused
from programs.models import Plan
from reports import services
from reports.models import Report
from tests import rounds
from tests.abreast import PATIENCE, alone, at_once
from tests.handed_in import plan_with_every_report_handed_in
from tests.people import People

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


@contextmanager
def held(row: models.Model) -> Iterator[None]:
    """Nobody else can write the row before the block ends."""
    with transaction.atomic():
        type(row)._default_manager.select_for_update().get(pk=row.pk)
        yield


WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""


def settle(*begun: Future[object]) -> None:
    """Lets the acts come as far as they can: each has ended, or waits for a lock."""
    deadline = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            # Within a transaction PostgreSQL would answer again what it answered first.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone() == (sum(not each.done() for each in begun),):
                return
            time.sleep(0.01)
    raise TimeoutError


def waits(*begun: Future[object]) -> bool:
    """Whether the acts come to a lock for which they wait, all of them."""
    settle(*begun)
    return not any(each.done() for each in begun)


# --- small plans of siblings ----------------------------------------------------------------------------------
class Siblings:
    """A plan whose every report is handed in; all organisations report on one indicator, or in turn on several."""

    def __init__(self, *, organisations: int, indicators: int = 1, last_year: int = 2021) -> None:
        Organisation.objects.get_or_create(
            is_secretariat=True, defaults={"code": "SECRETARIAT", "kind": Organisation.Kind.OFFICE}
        )
        people = People()
        self.reviewer: User = people.reviewer
        self.head: User = people.head
        self.plan: Plan = plan_with_every_report_handed_in(
            starts_on=date(2021, 1, 1),
            ends_on=date(last_year, 12, 31),
            organisations=organisations,
            kinds=["flow"] * indicators,
            people=people,
        )
        rollups.rebuild(plan=self.plan)
        # What other plans of the same database left behind is not these tests' business.
        rollups.recompute_stale_figures()

    def report(self, organisation: int, quarter: int = 0) -> Report:
        return self.round(quarter)[organisation]

    def round(self, quarter: int) -> list[Report]:
        first = self.plan.first_quarter.ordinal
        reports = Report.objects.filter(reporting_quarter__quarter=first + quarter)
        return list(reports.select_related("reporting_quarter").order_by("organisation__order"))

    def accept(self, report: Report) -> Report:
        return services.accept_report(report=report, actor=self.reviewer)

    def withdraw(self, report: Report) -> Report:
        return services.withdraw_acceptance(report=report, actor=self.reviewer, comment="誤核。")

    def figure(self, report: Report) -> IndicatorFigure:
        return IndicatorFigure.objects.get(
            indicator=report.lines.get().indicator_id, quarter=report.reporting_quarter.quarter
        )

    def drifted(self, report: Report) -> IndicatorFigure:
        """The figure, wrong, so that whoever recomputes it has something to write."""
        figure = self.figure(report)
        IndicatorFigure.objects.filter(pk=figure.pk).update(quarter_numerator=-1)
        return figure

    def total(self, report: Report) -> object:
        return self.figure(report).quarter_numerator

    def is_right(self) -> bool:
        """Nothing is stale any more and every figure is what its facts give."""
        return not RollupTask.objects.exists() and not list(rollups.differences(plan=self.plan))


def said_in(*reports: Report) -> int:
    return sum(int(report.lines.get().value or 0) for report in reports)


# --- siblings -------------------------------------------------------------------------------------------------
def test_of_forty_pairs_of_siblings_accepted_at_the_same_moment_forty_are_right() -> None:
    """Each accepts and recomputes at once: a peer that recomputes without a lock got 28 of 40 wrong."""
    siblings = Siblings(organisations=2, last_year=2030)

    def accept_and_roll_up(report: Report) -> int:
        siblings.accept(report)
        return rollups.recompute_stale_figures()

    right = 0
    for quarter in range(40):
        pair = siblings.round(quarter)
        at_once(*[partial(accept_and_roll_up, report) for report in pair])
        right += siblings.total(pair[0]) == said_in(*pair) and siblings.is_right()
    assert right == 40


def test_a_sibling_accepted_while_its_indicator_is_recomputed_is_not_lost(
    threads: ThreadPoolExecutor,
) -> None:
    siblings = Siblings(organisations=2)
    first, second = siblings.round(0)
    siblings.accept(first)
    with held(siblings.figure(first)):
        worker = threads.submit(alone, rollups.recompute_stale_figures)
        assert waits(worker)
        # The worker has read the facts; this one is not among them, and its note is not among those it deletes.
        threads.submit(alone, lambda: siblings.accept(second)).result(PATIENCE)
    worker.result(PATIENCE)
    rollups.recompute_stale_figures()
    assert siblings.total(first) == said_in(first, second)
    assert siblings.is_right()


@pytest.mark.parametrize("stopped_at", [0, 1])
def test_a_worker_that_read_before_an_acceptance_does_not_write_after_one_that_read_it(
    threads: ThreadPoolExecutor, stopped_at: int
) -> None:
    """The earlier worker has read the facts of two indicators and is stopped at one; the later one has the other's.

    Without a lock the later one writes the newer truth of that, and then the earlier one the older.
    """
    siblings = Siblings(organisations=4, indicators=2)
    early, late = siblings.round(0)[:2], siblings.round(0)[2:]
    services.accept_reports(reports=early, actor=siblings.reviewer)
    with held(siblings.figure(early[stopped_at])):
        earlier = threads.submit(alone, rollups.recompute_stale_figures)
        assert waits(earlier)
        threads.submit(alone, lambda: siblings.accept(late[1 - stopped_at])).result(PATIENCE)
        later = threads.submit(alone, rollups.recompute_stale_figures)
        settle(earlier, later)
    assert (earlier.result(PATIENCE), later.result(PATIENCE)) == (2, 1)
    assert siblings.is_right()
    assert siblings.total(late[1 - stopped_at]) == said_in(early[1 - stopped_at], late[1 - stopped_at])


def test_a_worker_does_not_wait_for_one_that_recomputes_another_indicator(
    threads: ThreadPoolExecutor,
) -> None:
    siblings = Siblings(organisations=2, indicators=2)
    first, second = siblings.round(0)
    siblings.accept(first)
    with held(siblings.figure(first)):
        worker = threads.submit(alone, rollups.recompute_stale_figures)
        assert waits(worker)
        threads.submit(alone, lambda: siblings.accept(second)).result(PATIENCE)
        assert threads.submit(alone, rollups.recompute_stale_figures).result(PATIENCE) == 1
        assert not worker.done()
    assert worker.result(PATIENCE) == 1
    assert siblings.is_right()


def test_workers_that_need_the_same_indicators_take_them_in_one_order_and_meet_no_deadlock(
    threads: ThreadPoolExecutor,
) -> None:
    """One worker is stopped with all indicators in hand; three more queue up for all of them and are let go at once."""
    siblings = Siblings(organisations=12, indicators=12)
    report = siblings.report(0)
    indicators = list(siblings.plan.indicators.values_list("pk", flat=True))
    for _ in range(3):
        workers: list[Future[object]] = []
        with held(siblings.drifted(report)):
            for _ in range(4):
                threads.submit(alone, partial(rollups.mark_stale, indicators=indicators)).result(PATIENCE)
                workers.append(threads.submit(alone, rollups.recompute_stale_figures))
                assert waits(*workers)
            workers.append(threads.submit(alone, lambda: rollups.rebuild(plan=siblings.plan)))
            assert waits(*workers)
        assert [worker.result(PATIENCE) for worker in workers[:4]] == [12] * 4
        workers[4].result(PATIENCE)
    assert siblings.is_right()


# --- notes and messages ---------------------------------------------------------------------------------------
def test_two_workers_share_the_notes_between_them_so_that_none_is_worked_off_twice_or_left() -> None:
    siblings = Siblings(organisations=6, indicators=6)
    for quarter in range(4):
        for report in siblings.round(quarter):
            siblings.accept(report)
        worked_off = at_once(*[rollups.recompute_stale_figures] * 2)
        assert sum(worked_off) == 6  # type: ignore[arg-type]
        assert siblings.is_right()


def test_a_worker_passes_over_the_notes_that_another_has_claimed(threads: ThreadPoolExecutor) -> None:
    siblings = Siblings(organisations=2)
    report = siblings.accept(siblings.report(0))
    with held(siblings.figure(report)):
        worker = threads.submit(alone, rollups.recompute_stale_figures)
        assert waits(worker)
        assert threads.submit(alone, rollups.recompute_stale_figures).result(PATIENCE) == 0
        assert not worker.done()
    assert worker.result(PATIENCE) == 1
    assert siblings.is_right()


def test_the_notes_of_a_worker_that_is_killed_are_there_for_the_next(threads: ThreadPoolExecutor) -> None:
    siblings = Siblings(organisations=2)
    report = siblings.accept(siblings.report(0))

    def recompute_and_die() -> None:
        with transaction.atomic():
            rollups.recompute_stale_figures()
            transaction.set_rollback(True)

    threads.submit(alone, recompute_and_die).result(PATIENCE)
    assert RollupTask.objects.count() == 1
    assert rollups.recompute_stale_figures() == 1
    assert siblings.total(report) == said_in(report)


def test_the_same_message_twice_changes_nothing() -> None:
    siblings = Siblings(organisations=3)
    for report in siblings.round(0):
        siblings.accept(report)
    at_once(tasks.recompute_stale, tasks.recompute_stale)
    assert siblings.is_right()
    stored = list(IndicatorFigure.objects.order_by("pk").values())
    at_once(tasks.recompute_stale, tasks.recompute_stale, tasks.sweep_rollups)
    assert list(IndicatorFigure.objects.order_by("pk").values()) == stored


# --- acceptance against withdrawal ----------------------------------------------------------------------------
def test_a_withdrawal_right_behind_an_acceptance_takes_the_figure_back(threads: ThreadPoolExecutor) -> None:
    siblings = Siblings(organisations=2)
    kept, taken_back = siblings.round(0)
    siblings.accept(kept)
    with held(taken_back):
        acceptance = threads.submit(alone, lambda: siblings.accept(taken_back))
        assert waits(acceptance)
        withdrawal = threads.submit(alone, lambda: siblings.withdraw(taken_back))
        assert waits(acceptance, withdrawal)
    assert not isinstance(acceptance.result(PATIENCE), Refused)
    assert not isinstance(withdrawal.result(PATIENCE), Refused)
    rollups.recompute_stale_figures()
    assert siblings.total(kept) == said_in(kept)
    assert siblings.is_right()


def test_a_withdrawal_right_before_an_acceptance_is_refused_and_the_acceptance_counts(
    threads: ThreadPoolExecutor,
) -> None:
    siblings = Siblings(organisations=2)
    kept, report = siblings.round(0)
    siblings.accept(kept)
    with held(report):
        withdrawal = threads.submit(alone, lambda: siblings.withdraw(report))
        assert waits(withdrawal)
        acceptance = threads.submit(alone, lambda: siblings.accept(report))
        assert waits(withdrawal, acceptance)
    assert isinstance(withdrawal.result(PATIENCE), Refused)
    assert not isinstance(acceptance.result(PATIENCE), Refused)
    rollups.recompute_stale_figures()
    assert siblings.total(kept) == said_in(kept, report)
    assert siblings.is_right()


@pytest.mark.parametrize("stopped_at", [0, 1])
def test_a_withdrawal_while_its_acceptance_is_being_rolled_up_takes_the_figure_back(
    threads: ThreadPoolExecutor, stopped_at: int
) -> None:
    siblings = Siblings(organisations=2, indicators=2)
    accepted = services.accept_reports(reports=siblings.round(0), actor=siblings.reviewer)
    taken_back = accepted[1 - stopped_at]
    with held(siblings.figure(accepted[stopped_at])):
        worker = threads.submit(alone, rollups.recompute_stale_figures)
        assert waits(worker)
        threads.submit(alone, lambda: siblings.withdraw(taken_back)).result(PATIENCE)
        other = threads.submit(alone, rollups.recompute_stale_figures)
        settle(worker, other)
    assert (worker.result(PATIENCE), other.result(PATIENCE)) == (2, 1)
    assert siblings.total(taken_back) is None
    assert siblings.is_right()


def test_acceptance_and_withdrawal_at_the_same_moment_leave_the_figure_that_the_report_says() -> None:
    siblings = Siblings(organisations=1, last_year=2023)

    def and_roll_up(act: Callable[[Report], object], report: Report) -> None:
        act(report)
        rollups.recompute_stale_figures()

    for quarter in range(12):
        report = siblings.report(0, quarter)
        at_once(
            partial(and_roll_up, siblings.accept, report), partial(and_roll_up, siblings.withdraw, report)
        )
        report.refresh_from_db()
        assert siblings.total(report) == (said_in(report) if report.state == "accepted" else None)
        assert siblings.is_right()


# --- rebuild against acceptance -------------------------------------------------------------------------------
@pytest.mark.parametrize("stopped_at", [0, 1])
def test_a_rebuild_that_began_before_an_acceptance_does_not_leave_the_older_truth_behind(
    threads: ThreadPoolExecutor, stopped_at: int
) -> None:
    """The rebuild has read everything and is stopped at one indicator; a worker has the other's acceptance to add."""
    siblings = Siblings(organisations=2, indicators=2)
    reports = siblings.round(0)
    accepted = reports[1 - stopped_at]
    siblings.drifted(accepted)
    with held(siblings.drifted(reports[stopped_at])):
        rebuild = threads.submit(alone, lambda: rollups.rebuild(plan=siblings.plan))
        assert waits(rebuild)
        threads.submit(alone, lambda: siblings.accept(accepted)).result(PATIENCE)
        worker = threads.submit(alone, rollups.recompute_stale_figures)
        settle(rebuild, worker)
    rebuild.result(PATIENCE)
    assert worker.result(PATIENCE) == 1
    assert siblings.total(accepted) == said_in(accepted)
    assert siblings.is_right()


def test_an_acceptance_that_began_before_a_rebuild_and_commits_after_it_is_still_counted(
    threads: ThreadPoolExecutor,
) -> None:
    siblings = Siblings(organisations=1)
    report = siblings.report(0)
    accepted, rebuilt = Event(), Event()

    def accept_slowly() -> None:
        with transaction.atomic():
            siblings.accept(report)
            accepted.set()
            assert rebuilt.wait(PATIENCE)

    acceptance = threads.submit(alone, accept_slowly)
    assert accepted.wait(PATIENCE)
    rollups.rebuild(plan=siblings.plan)
    assert rollups.recompute_stale_figures() == 0
    assert siblings.total(report) is None
    rebuilt.set()
    acceptance.result(PATIENCE)
    assert rollups.recompute_stale_figures() == 1
    assert siblings.total(report) == said_in(report)
    assert siblings.is_right()


def test_a_rebuild_behind_a_recomputation_under_way_counts_what_came_since(
    threads: ThreadPoolExecutor,
) -> None:
    siblings = Siblings(organisations=2)
    first, second = siblings.round(0)
    siblings.accept(first)
    with held(siblings.figure(first)):
        worker = threads.submit(alone, rollups.recompute_stale_figures)
        assert waits(worker)
        threads.submit(alone, lambda: siblings.accept(second)).result(PATIENCE)
        rebuild = threads.submit(alone, lambda: rollups.rebuild(plan=siblings.plan))
        settle(worker, rebuild)
    worker.result(PATIENCE)
    rebuild.result(PATIENCE)
    assert siblings.total(first) == said_in(first, second)
    rollups.recompute_stale_figures()
    assert siblings.is_right()


# --- publication against recomputation ------------------------------------------------------------------------
def published_total(publication: Publication) -> str:
    (indicator,) = json.loads(publication.content)["indicators"]
    return str(indicator["figure"]["quarter_numerator"])


def test_a_publication_while_the_figure_is_being_recomputed_says_what_was_accepted(
    threads: ThreadPoolExecutor,
) -> None:
    """The worker has claimed the note, so the publication cannot find it; what it freezes must be right all the same."""
    siblings = Siblings(organisations=1)
    report = siblings.accept(siblings.report(0))
    with held(siblings.figure(report)):
        worker = threads.submit(alone, rollups.recompute_stale_figures)
        assert waits(worker)
        publication = threads.submit(alone, lambda: publish(siblings, report))
        settle(worker, publication)
    worker.result(PATIENCE)
    frozen = publication.result(PATIENCE)
    assert isinstance(frozen, Publication)
    assert published_total(frozen) == str(said_in(report))


def publish(siblings: Siblings, report: Report) -> Publication:
    proposal = services.propose_publication(
        reporting_quarter=report.reporting_quarter, actor=siblings.reviewer
    )
    settled = services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=siblings.head)
    assert settled.publication
    return settled.publication


# --- one report, two people -----------------------------------------------------------------------------------
def test_two_reviewers_deciding_one_report_have_one_winner(plan: Plan, people: People) -> None:
    round_ = rounds.opened(plan, "112Q1", people)
    report = rounds.submitted(rounds.report_of(round_, "NDC"), people)
    reviewer = people.reviewer
    outcomes = at_once(
        lambda: services.accept_report(report=report, actor=reviewer),
        lambda: services.return_report(report=report, actor=reviewer, comment="請補充。"),
    )
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
    assert report.events.filter(act__in=["accept", "return"]).count() == 1


def test_a_report_submitted_by_a_double_click_is_submitted_once(plan: Plan, people: People) -> None:
    report = rounds.fill(rounds.report_of(rounds.opened(plan, "112Q1", people), "NDC"), people)
    rounds.signed(report, people)
    officer = people.officer("NDC")
    outcomes = at_once(*[lambda: services.submit_report(report=report, actor=officer)] * 2)
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
    assert report.events.filter(act="submit").count() == report.receipts.count() == 1


def test_a_submission_against_the_closing_of_its_quarter_is_either_in_or_refused(
    plan: Plan, people: People
) -> None:
    round_ = rounds.opened(plan, "112Q1", people)
    report = rounds.fill(rounds.report_of(round_, "NDC"), people)
    rounds.signed(report, people)
    officer, administrator = people.officer("NDC"), people.administrator
    outcomes = at_once(
        lambda: services.submit_report(report=report, actor=officer),
        lambda: services.close_quarter(reporting_quarter=round_, actor=administrator),
    )
    report.refresh_from_db()
    round_.refresh_from_db()
    assert round_.closed_at is not None
    assert (report.state == "submitted") != isinstance(outcomes[0], Refused)
