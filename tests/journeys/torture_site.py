"""Acts for the torture tests, each run in a process of its own: many acceptors, many reviewers, one rebuilder.

`python -m tests.journeys.torture_site prepare` makes the plan and hands in every report; the other acts are below.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier
from typing import TypeVar

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
django.setup()

from django.db import InterfaceError, OperationalError, connection  # noqa: E402

from kpis.models import IndicatorFigure, Observation, RollupTask  # noqa: E402
from kpis.services import rollups  # noqa: E402
from ministries.models import Organisation, Role, User  # noqa: E402
from ministries.services import Refused, grant_role  # noqa: E402
from programs.models import Plan  # noqa: E402
from reports import services  # noqa: E402
from reports.contents import LineEntry  # noqa: E402
from reports.models import Report, ReportingQuarter, ReportState  # noqa: E402
from tests import rounds  # noqa: E402
from tests.handed_in import plan_with_every_report_handed_in, said  # noqa: E402
from tests.people import People  # noqa: E402

# Ten quarters of 250 reports: eight are accepted under fire, one in pairs, the last is the reviewers' own.
STARTS_ON, ENDS_ON = date(2021, 1, 1), date(2023, 6, 30)
ORGANISATIONS = 250
UNDER_FIRE, IN_PAIRS, REVIEWED = slice(0, 8), slice(8, 9), slice(9, 10)
# Every twentieth organisation reports on the same indicator.
KINDS = ("flow", "ratio", "stock", "flow") * 5
INDICATORS_REVIEWED = 3
# How many reports an acceptor accepts at once: mostly few, as people do, and now and then a whole page.
HANDFULS = (1, 2, 12)
# How long a reviewer thinks between two acts, in seconds.
THINKING = (0.05, 0.15)
T = TypeVar("T")


def prepare(acceptors: str) -> None:
    secretariat = Organisation.objects.create(
        code="SECRETARIAT", kind=Organisation.Kind.OFFICE, is_secretariat=True
    )
    people = People()
    assert people.reviewer
    for number in range(int(acceptors)):
        user = User.objects.create_user(acceptor(number), name=f"Acceptor {number}")
        grant_role(user=user, organisation=secretariat, role=Role.REVIEWER, actor=None)
    plan = plan_with_every_report_handed_in(
        starts_on=STARTS_ON, ends_on=ENDS_ON, organisations=ORGANISATIONS, kinds=KINDS, people=people
    )
    for report in reviewed():
        people.officer(report.organisation.code), people.holding(Role.APPROVER, report.organisation.code)
    rollups.rebuild(plan=plan)


def acceptor(number: int | str) -> str:
    return f"acceptor{number}@secretariat.test"


def tell(*lines: object) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def reports(quarters: slice) -> list[Report]:
    """Of these quarters, in their order and within each in that of the organisations."""
    rounds = list(ReportingQuarter.objects.order_by("quarter"))[quarters]
    found = Report.objects.filter(reporting_quarter__in=rounds)
    return list(
        found.select_related("organisation", "reporting_quarter").order_by(
            "reporting_quarter__quarter", "organisation__order"
        )
    )


def reviewed() -> list[Report]:
    """Three pairs of siblings: few enough that the reviewers get in each other's way."""
    round_ = reports(REVIEWED)[: 2 * len(KINDS)]
    return [report for number, report in enumerate(round_) if number % len(KINDS) < INDICATORS_REVIEWED]


# --- acceptances under fire -----------------------------------------------------------------------------------
def accept(number: str, of: str) -> None:
    """Accepts every `of`-th report, one by one or a handful at once, as the queue page offers.

    Tells the numbers of what was accepted once the acceptor knows.
    """
    dice = random.Random(int(number))
    actor = clicking_again(lambda _: User.objects.get(email=acceptor(number)))
    waiting = clicking_again(lambda _: reports(UNDER_FIRE))[int(number) :: int(of)]
    while waiting:
        quarter = waiting[0].reporting_quarter_id
        handful = [
            report for report in waiting[: dice.choice(HANDFULS)] if report.reporting_quarter_id == quarter
        ]
        del waiting[: len(handful)]
        clicking_again(partial(accept_handful, handful, actor))
        tell(*(report.pk for report in handful))


def clicking_again(act: Callable[[bool], T]) -> T:
    """What the act gives, tried again where the page failed, as a person would; the act is told whether it is."""
    again = False
    while True:
        try:
            return act(again)
        except (OperationalError, InterfaceError):
            again = True
            time.sleep(0.1)
        finally:
            connection.close()


def accept_handful(handful: list[Report], actor: User, again: bool) -> None:
    """That all were accepted after all is an answer, too, but only where the page had failed."""
    try:
        services.accept_reports(reports=handful, actor=actor)
    except Refused:
        found = Report.objects.filter(pk__in=[report.pk for report in handful])
        if not again or {report.state for report in found} != {ReportState.ACCEPTED}:
            raise


# --- siblings at the same moment ------------------------------------------------------------------------------
def accept_pairs(pairs: str) -> None:
    """Accepts so many pairs of siblings, both at the same moment; tells how often the sum was right afterwards.

    Right is what the workers have left, pair by pair, once nothing is stale any more.
    """
    actor = People().reviewer
    round_, abreast = reports(IN_PAIRS), len(KINDS)
    first_ones = [number for number in range(len(round_)) if number // abreast % 2 == 0][: int(pairs)]
    with ThreadPoolExecutor(2) as pool:
        right = sum(
            accept_at_once(pool, (round_[number], round_[number + abreast]), actor) for number in first_ones
        )
    tell(right)


def accept_at_once(pool: ThreadPoolExecutor, pair: tuple[Report, Report], actor: User) -> bool:
    together = Barrier(2)

    def accept_one(report: Report) -> None:
        together.wait()
        services.accept_report(report=report, actor=actor)
        connection.close()

    list(pool.map(accept_one, pair))
    while RollupTask.objects.exists():
        time.sleep(0.01)
    indicator = pair[0].lines.get().indicator_id
    quarter = pair[0].reporting_quarter.quarter
    facts = Observation.objects.filter(indicator=indicator, quarter=quarter, superseded_at=None)
    figure = IndicatorFigure.objects.get(indicator=indicator, quarter=quarter)
    return bool(figure.quarter_numerator == sum(fact.value or fact.numerator or 0 for fact in facts))


# --- reviewers in each other's way ------------------------------------------------------------------------------
def review(first: str, until_before: str, seconds: str) -> None:
    """Reviewers of these numbers, each on a connection of its own, decide the same few reports until time is up.

    On a slow machine they go on until every act was done and they got in each other's way, twice at least. Tells how
    often each act was done; whatever is no refusal of the workflow ends the process.
    """
    reviewer = People().reviewer
    siblings = [report.pk for report in reviewed()]
    until = time.monotonic() + float(seconds)
    done: Counter[str] = Counter()
    seeds = range(int(first), int(until_before))
    with ThreadPoolExecutor(len(seeds)) as pool:
        list(pool.map(partial(review_until, until, siblings, reviewer, done), seeds))
    tell(json.dumps(done))


def review_until(until: float, siblings: list[int], reviewer: User, done: Counter[str], seed: int) -> None:
    """Counts in `done` what this reviewer does; all reviewers of the process count there."""
    dice = random.Random(seed)
    while time.monotonic() < until or any(done[act] < AT_LEAST for act in REVIEWING):
        report = Report.objects.select_related("organisation").get(pk=dice.choice(siblings))
        act = dice.choice(ACTS[ReportState(report.state)])
        try:
            act(report, reviewer, dice)
            done[act.__name__] += 1
        except Refused:
            done["refused"] += 1
        finally:
            connection.close()
        time.sleep(dice.uniform(*THINKING))


def accept_it(report: Report, reviewer: User, dice: random.Random) -> None:
    services.accept_report(report=report, actor=reviewer)


def return_it(report: Report, reviewer: User, dice: random.Random) -> None:
    services.return_report(report=report, actor=reviewer, comment="請補充。")


def reopen_it(report: Report, reviewer: User, dice: random.Random) -> None:
    services.reopen_report(report=report, actor=reviewer, comment="請更正。")


def withdraw_it(report: Report, reviewer: User, dice: random.Random) -> None:
    services.withdraw_acceptance(report=report, actor=reviewer, comment="誤核。")


def sign_it(report: Report, reviewer: User, dice: random.Random) -> None:
    """The ministry corrects its number and signs it off; whoever comes next hands it in."""
    officer = People().officer(report.organisation.code)
    line = report.lines.select_related("indicator").get()
    assert line.indicator
    entry = LineEntry(line.pk, line.revision, said(line.indicator, dice.randrange(1000)))
    services.save_lines(report=report, entries=[entry], actor=officer)
    rounds.signed(report, People())


def submit_it(report: Report, reviewer: User, dice: random.Random) -> None:
    services.submit_report(report=report, actor=People().officer(report.organisation.code))


def hand_in_and_accept(report: Report, reviewer: User, dice: random.Random) -> None:
    sign_it(report, reviewer, dice)
    submit_it(report, reviewer, dice)
    services.accept_report(report=report, actor=reviewer)


# What may be done to a report that was in this state a moment ago: somebody else may have been quicker.
ACTS = {
    ReportState.SUBMITTED: [accept_it, return_it],
    ReportState.ACCEPTED: [withdraw_it, reopen_it],
    ReportState.RETURNED: [sign_it, hand_in_and_accept],
    ReportState.SIGNED: [submit_it],
}
# What reviewers tell of: every act, and how often they were refused.
REVIEWING = {act.__name__ for acts in ACTS.values() for act in acts} | {"refused"}
AT_LEAST = 2


def rebuild(seconds: str) -> None:
    """Rebuilds the plan every couple of seconds, beside whatever else is going on."""
    plan = Plan.objects.get()
    until = time.monotonic() + float(seconds)
    while time.monotonic() < until:
        rollups.rebuild(plan=plan)
        time.sleep(2)


PARTS: dict[str, Callable[..., None]] = {
    "prepare": prepare,
    "accept": accept,
    "accept_pairs": accept_pairs,
    "review": review,
    "rebuild": rebuild,
}

if __name__ == "__main__":
    part, *words = sys.argv[1:]
    PARTS[part](*words)
