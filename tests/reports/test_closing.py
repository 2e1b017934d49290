"""Closed means closed, on every road, from the first moment after a round's last day, whether or not anything has closed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from threading import Event

import pytest
from django.db import transaction

from ministries import clock
from ministries.models import Role, User
from ministries.services import Refused
from programs.models import Plan
from reports import services
from reports.contents import LineEntry
from reports.models import Line, Report, ReportingQuarter
from reports.workflow import State
from tests import rounds
from tests.abreast import PATIENCE, alone
from tests.people import People
from tests.reports.pages import browser, page_of, url_of
from tests.stages import stage

OPENS, DUE, CLOSES = date(2023, 4, 1), date(2023, 4, 10), date(2023, 5, 15)
LAST_MOMENT, TOO_LATE = (CLOSES, time(23, 59, 59)), (CLOSES + timedelta(days=1), time(0))


@contextmanager
def at(day: date, hour: time = time(9)) -> Iterator[None]:
    with clock.set_to(datetime.combine(day, hour, clock.TAIPEI)):
        yield


@dataclass
class Scene:
    """112Q1 on its last day: one ministry is writing, one has signed, one has handed in, one has been accepted."""

    writing: Report
    signed: Report
    waiting: Report
    accepted: Report
    people: People

    def officer(self, report: Report) -> User:
        return self.people.officer(report.organisation.code)

    def approver(self, report: Report) -> User:
        return self.people.holding(Role.APPROVER, report.organisation.code)

    @property
    def line(self) -> Line:
        return self.writing.lines.earliest("order")


ACTORS = ("NDC", "FSC", "MOTC", "MOFA")


@stage(upon="turned_round")
def mixed_round(plan: Plan, people: People) -> ReportingQuarter:
    """One report is written, one signed off, one waits for its review, one is accepted."""
    round_ = rounds.round_of(plan, "112Q1")
    writing, signed, waiting, accepted = (rounds.report_of(round_, code) for code in ACTORS)
    with at(DUE):
        rounds.fill(writing, people)
        rounds.signed(rounds.fill(signed, people), people)
        rounds.submitted(waiting, people)
        rounds.accepted(accepted, people)
    return round_


@pytest.fixture
def scene(mixed_round: ReportingQuarter, people: People) -> Scene:
    writing, signed, waiting, accepted = (rounds.report_of(mixed_round, code) for code in ACTORS)
    return Scene(writing, signed, waiting, accepted, people)


def save(scene: Scene) -> object:
    line = scene.line
    entry = LineEntry(line.pk, line.revision, rounds.content_for(line, 9))
    return services.save_lines(report=scene.writing, entries=[entry], actor=scene.officer(scene.writing))


ROADS: dict[str, Callable[[Scene], object]] = {
    "save": save,
    "sign": lambda scene: services.sign_report(report=scene.writing, actor=scene.approver(scene.writing)),
    "send back": lambda scene: services.send_back(
        report=scene.signed, actor=scene.approver(scene.signed), comment="請補充。"
    ),
    "submit": lambda scene: services.submit_report(report=scene.signed, actor=scene.officer(scene.signed)),
    "recall": lambda scene: services.recall_report(report=scene.waiting, actor=scene.officer(scene.waiting)),
    "reopen": lambda scene: services.reopen_report(
        report=scene.accepted, actor=scene.people.reviewer, comment="請更正。"
    ),
    "attach": lambda scene: services.attach_link(
        line=scene.line, url="https://www.ndc.gov.tw/", actor=scene.officer(scene.writing)
    ),
    "extend": lambda scene: services.ask_extension(
        report=scene.writing, until=CLOSES, reason="資料未齊。", actor=scene.officer(scene.writing)
    ),
}


@pytest.mark.parametrize("road", ROADS)
def test_until_the_last_moment_every_road_is_open(scene: Scene, road: str) -> None:
    with at(*LAST_MOMENT):
        ROADS[road](scene)


@pytest.mark.parametrize("road", ROADS)
def test_a_moment_later_every_road_is_closed_although_nothing_has_closed_the_round(
    scene: Scene, road: str
) -> None:
    with at(*TOO_LATE), pytest.raises(Refused):
        ROADS[road](scene)
    assert scene.writing.reporting_quarter.closed_at is None


@pytest.mark.parametrize("road", ROADS)
def test_it_stays_closed_once_the_round_is_closed_by_itself_or_by_hand(scene: Scene, road: str) -> None:
    with at(DUE):
        services.close_quarter(
            reporting_quarter=scene.writing.reporting_quarter, actor=scene.people.administrator
        )
        with pytest.raises(Refused):
            ROADS[road](scene)


def test_what_was_handed_in_before_is_still_decided(scene: Scene) -> None:
    with at(*TOO_LATE):
        services.accept_report(report=scene.waiting, actor=scene.people.reviewer)
        services.withdraw_acceptance(report=scene.accepted, actor=scene.people.reviewer, comment="有誤。")
    assert Report.objects.get(pk=scene.waiting.pk).state == State.ACCEPTED
    assert Report.objects.get(pk=scene.accepted.pk).state == State.RETURNED


def test_the_page_takes_nothing_any_more_and_says_so(scene: Scene) -> None:
    client = browser(scene.officer(scene.writing))
    with at(*TOO_LATE):
        assert 'type="submit"' not in _main(client.get(url_of(scene.writing)).content.decode())
        page = page_of(scene.writing, {scene.line: {"narrative": "補述。"}})
        answer = client.post(url_of(scene.writing, "save"), page)
    assert answer.status_code == 409
    assert "已截止" in answer.content.decode() and "補述。" in answer.content.decode()


def _main(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def test_an_officers_own_page_moves_it_to_the_past(scene: Scene) -> None:
    client = browser(scene.officer(scene.writing))
    with at(*LAST_MOMENT):
        assert "前往填報" in client.get("/work/").content.decode()
    with at(*TOO_LATE):
        assert "前往填報" not in client.get("/work/").content.decode()


# --- a submission against the close ------------------------------------------------------------------------
def alone_at(act: Callable[[], object], day: date, hour: time) -> object:
    def acting() -> object:
        with at(day, hour):
            return act()

    return alone(acting)


@pytest.mark.django_db(transaction=True)
def test_a_submission_that_was_first_is_in_and_the_close_waits_for_it(scene: Scene) -> None:
    holds, go_on = Event(), Event()

    def submit() -> object:
        with transaction.atomic():
            done = services.submit_report(report=scene.signed, actor=scene.officer(scene.signed))
            holds.set()
            assert go_on.wait(PATIENCE)
            return done

    def close() -> object:
        assert holds.wait(PATIENCE)
        return services.close_quarter(
            reporting_quarter=scene.signed.reporting_quarter, actor=scene.people.administrator
        )

    assert scene.officer(scene.signed) and scene.people.administrator
    with ThreadPoolExecutor(2) as pool:
        submitting, closing = (
            pool.submit(alone_at, submit, *LAST_MOMENT),
            pool.submit(alone_at, close, *LAST_MOMENT),
        )
        assert holds.wait(PATIENCE)
        assert not closing.done()
        go_on.set()
        assert isinstance(submitting.result(PATIENCE), Report)
        assert closing.result(PATIENCE) is None
    assert Report.objects.get(pk=scene.signed.pk).state == State.SUBMITTED
    assert ReportingQuarter.objects.get(pk=scene.signed.reporting_quarter_id).closed_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_submission_that_was_second_is_told_so_and_loses_nothing(scene: Scene) -> None:
    holds, go_on = Event(), Event()

    def close() -> object:
        with transaction.atomic():
            services.turn_quarters()
            holds.set()
            assert go_on.wait(PATIENCE)
            return None

    def submit() -> object:
        assert holds.wait(PATIENCE)
        return services.submit_report(report=scene.signed, actor=scene.officer(scene.signed))

    assert scene.officer(scene.signed)
    with ThreadPoolExecutor(2) as pool:
        closing = pool.submit(alone_at, close, *TOO_LATE)
        submitting = pool.submit(alone_at, submit, *LAST_MOMENT)
        assert holds.wait(PATIENCE)
        assert not submitting.done()
        go_on.set()
        assert closing.result(PATIENCE) is None
        assert isinstance(submitting.result(PATIENCE), Refused)
    report = Report.objects.get(pk=scene.signed.pk)
    assert report.state == State.SIGNED and report.first_submitted_at is None
    assert all(line.revision for line in report.lines.all())
