"""Random acts of random people leave reports as an independent telling of the rules says, whatever the order.

Every act is tried through its service and foretold by `tests.reports.expectations`: who is forbidden it, what is
refused, and what becomes of every line. Nothing that was saved is ever lost, no line is accepted by somebody who had
a hand in it, every subject has one fact in force, receipts prove what was handed in, and figures follow their facts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Model
from django.http import Http404
from hypothesis import HealthCheck, Phase
from hypothesis import settings as bounds
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from kpis.models import Observation
from kpis.services import rollups
from ministries import clock
from ministries import services as ministries
from ministries.models import Deputyship, Membership, Organisation, User
from programs.models import MilestoneObservation, Plan, ProgramObservation, SubItemObservation
from reports import acceptance, receipts, services
from reports.contents import LineEntry, SaveResult
from reports.models import (
    Extension,
    Line,
    LineRevision,
    LineStep,
    PublicationProposal,
    Receipt,
    Report,
    ReportingQuarter,
)
from tests import rounds
from tests.reports.expectations import (
    OPEN_TO_REVIEW,
    WRITABLE,
    Held,
    Lent,
    LineOf,
    ReportOf,
    RoundOf,
    Texts,
    World,
)
from tests.reports.small_ministries import FIRST, WRITTEN, Stage, set_the_stage

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "15"))
ROOMS = (Observation, ProgramObservation, MilestoneObservation, SubItemObservation)
FORBIDDEN, REFUSED, DONE = "forbidden", "refused", "done"

whose = st.integers(0, 99)
"""Who acts: below 15 just anybody, else somebody who may, where there is one."""
some = st.sets(st.integers(0, 11), max_size=6)
"""Which lines; none stands for all."""
words = st.sampled_from(["請補充。", "請說明計算方式。", ""])


class Quarters(RuleBasedStateMachine):
    """A year of two ministries and their secretariat."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.now = rounds.after(FIRST, 2)
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.world = World()
        self.rounds = [
            RoundOf(each.pk, each.due_on, each.closes_on) for each in self.stage.plan.reporting_quarters.all()
        ]
        self.reports: list[ReportOf] = []
        self.waived: set[int] = set()
        self.needs_second = False
        self._reread_people()
        self._turn()

    @initialize(far=st.lists(st.integers(0, 2), min_size=2, max_size=2), needs_second=st.booleans())
    def it_begins_in_the_middle(self, far: list[int], needs_second: bool) -> None:
        """Each report is as it was opened, handed in, or agreed to."""
        self.the_second_review_is_switched(99, needs_second)
        for which, steps in enumerate(far):
            if steps > 0:
                self.it_is_written_and_handed_in_as_usual(which, 1)
            if steps > 1:
                self.it_is_agreed_to_as_usual(which, set())

    def teardown(self) -> None:
        try:
            self._everything_adds_up()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    # --- trying ---------------------------------------------------------------------------------------------
    @property
    def today(self) -> date:
        return self.now.astimezone(clock.TAIPEI).date()

    def person(self, who: int, act: str, organisation: int = 0) -> tuple[User, tuple[int, ...]]:
        """Somebody, afresh from the database, and by whose hands they would act; nobody's where they may not."""
        everybody = self.stage.people
        able = [pk for pk in everybody if self.hands(pk, act, organisation)]
        pk = everybody[who % len(everybody)] if who < 15 or not able else able[who % len(able)]
        return User.objects.get(pk=pk), self.hands(pk, act, organisation)

    def hands(self, pk: int, act: str, organisation: int = 0) -> tuple[int, ...]:
        return self.world.hands(pk, act, organisation, self.today)

    def tries(self, act: Callable[[], Any]) -> tuple[str, Any]:
        """What came of it; a minute passes."""
        self.now += timedelta(minutes=1)
        with clock.set_to(self.now):
            try:
                with transaction.atomic():
                    return DONE, act()
            except (PermissionDenied, Http404):
                return FORBIDDEN, None
            except ministries.Refused as why:
                return REFUSED, why.message

    def comes_out(self, expected: str, act: Callable[[], Any]) -> Any:
        """Tries it, and finds that what came of it was foretold."""
        came, said = self.tries(act)
        assert came == expected, said
        return said

    def report(self, which: int) -> ReportOf:
        """Any report, rather a new one than an old one."""
        return self.reports[-1 - which % len(self.reports)]

    def lines(self, report: ReportOf, chosen: set[int], states: Sequence[str] = ()) -> list[LineOf]:
        """Those that the numbers stand for, or all; of these states where any are given."""
        picked = {number % len(report.lines) for number in chosen} or set(range(len(report.lines)))
        return [
            line
            for number, line in enumerate(report.lines)
            if number in picked and (not states or line.state in states)
        ]

    @staticmethod
    def stored(report: ReportOf) -> Report:
        return Report.objects.select_related("organisation", "reporting_quarter").get(pk=report.pk)

    @staticmethod
    def rows(lines: Sequence[LineOf]) -> list[Line]:
        return list(
            Line.objects.select_related("report__reporting_quarter").filter(
                pk__in=[each.pk for each in lines]
            )
        )

    def needs_sign_off(self, report: ReportOf) -> bool:
        return report.organisation not in self.waived

    # --- writing --------------------------------------------------------------------------------------------
    @rule(who=whose, which=whose, chosen=some, kinds=st.integers(0, 10**6), is_stale=st.booleans())
    def a_page_is_saved(self, who: int, which: int, chosen: set[int], kinds: int, is_stale: bool) -> None:
        report = self.report(which)
        actor, hands = self.person(who, "fill", report.organisation)
        lines = self.lines(report, chosen)
        written = self._written(lines, kinds)
        entries = [
            LineEntry(line.pk, max(0, line.revision - is_stale), each.content)
            for line, each in zip(lines, written, strict=True)
        ]
        takes = report.round.takes_entries(self.today) and report.state in WRITABLE
        expected = (DONE if takes else REFUSED) if hands else FORBIDDEN
        result = self.comes_out(
            expected,
            lambda: services.save_lines(report=self.stored(report), entries=entries, actor=actor),
        )
        for line, entry, each in zip(lines, entries, written, strict=True):
            if expected == DONE:
                self._is_saved(line, entry, each.is_possible, each.is_complete, hands, result)

    @rule(
        who=whose, which=whose, number=st.integers(0, 11), kinds=st.integers(0, 10**6), is_stale=st.booleans()
    )
    def a_line_is_saved_as_it_is_typed(
        self, who: int, which: int, number: int, kinds: int, is_stale: bool
    ) -> None:
        report = self.report(which)
        actor, hands = self.person(who, "fill", report.organisation)
        (line,) = self.lines(report, {number})
        (written,) = self._written([line], kinds)
        entry = LineEntry(line.pk, max(0, line.revision - is_stale), written.content)
        stored = self.stored(report)
        takes = report.round.takes_entries(self.today)
        expected = (DONE if takes else REFUSED) if hands else FORBIDDEN
        said = self.comes_out(
            expected,
            lambda: services.save_line(
                quarter=stored.reporting_quarter.quarter,
                organisation_code=stored.organisation.code,
                line_id=line.pk,
                read=lambda _line: entry,
                actor=actor,
            ),
        )
        if expected == DONE:
            self._is_saved(line, entry, written.is_possible, written.is_complete, hands, said[1])

    def _written(self, lines: Sequence[LineOf], kinds: int) -> list[Any]:
        rows = {row.pk: row for row in Line.objects.filter(pk__in=[line.pk for line in lines])}
        return [
            WRITTEN[(kinds // len(WRITTEN) ** (number % 7)) % len(WRITTEN)](rows[line.pk], kinds % 9 + number)
            for number, line in enumerate(lines)
        ]

    def _is_saved(
        self,
        line: LineOf,
        entry: LineEntry,
        is_possible: bool,
        is_complete: bool,
        hands: tuple[int, ...],
        result: SaveResult,
    ) -> None:
        texts = entry.content.as_texts()
        outcome = (
            "nothing"
            if texts == line.says
            else "conflict"
            if entry.revision != line.revision
            else "error"
            if line.state not in WRITABLE or not is_possible
            else "saved"
        )
        saved = {each.pk for each in result.saved}
        assert (outcome == "saved") == (line.pk in saved)
        assert (outcome == "conflict") == (line.pk in result.conflicts)
        assert (outcome == "error") == (line.pk in result.errors)
        if outcome == "saved":
            line.save(texts, is_complete, hands)

    @rule(who=whose, which=whose, chosen=some)
    def last_quarters_words_are_copied(self, who: int, which: int, chosen: set[int]) -> None:
        report = self.report(which)
        actor, hands = self.person(who, "fill", report.organisation)
        lines = self.lines(report, chosen)
        takes = report.round.takes_entries(self.today) and report.state in WRITABLE
        expected = (DONE if takes else REFUSED) if hands else FORBIDDEN
        keys = [line.pk for line in lines]
        copied = self.comes_out(
            expected,
            lambda: services.copy_forward(report=self.stored(report), actor=actor, line_ids=keys),
        )
        for row, names in copied if expected == DONE else []:
            line = next(each for each in lines if each.pk == row.pk)
            former = self._accepted_before(line, row)
            assert line.state in WRITABLE and names == ("narrative",) and "narrative" not in line.says
            line.save({**line.says, "narrative": former["narrative"]}, line.is_complete, hands)

    def _accepted_before(self, line: LineOf, row: Line) -> Texts:
        """What the same subject's line of the quarter before says, which has to be accepted."""
        subject = ("indicator_id", "program_id", "milestone_id", "sub_item_id")
        (former,) = Line.objects.filter(
            **{name: getattr(row, name) for name in subject},
            report__organisation=line.organisation,
            report__reporting_quarter__quarter=FIRST + (line.quarter - FIRST.ordinal - 1),
        )
        known = next(each for report in self.reports for each in report.lines if each.pk == former.pk)
        assert known.state == "accepted"
        return known.says

    # --- signing and handing in -----------------------------------------------------------------------------
    @rule(who=whose, which=whose, chosen=some)
    def it_is_signed(self, who: int, which: int, chosen: set[int]) -> None:
        report = self.report(which)
        actor, hands = self.person(who, "sign", report.organisation)
        lines = self.lines(report, chosen, WRITABLE)
        may = (
            report.round.takes_entries(self.today)
            and self.needs_sign_off(report)
            and lines
            and all(line.is_complete and not line.wrote_last & set(hands) for line in lines)
        )
        keys = [line.pk for line in self.lines(report, chosen)]
        expected = (DONE if may else REFUSED) if hands else FORBIDDEN
        self.comes_out(
            expected, lambda: services.sign_report(report=self.stored(report), actor=actor, lines=keys)
        )
        if expected == DONE:
            for line in lines:
                line.handed |= set(hands)
                line.move("signed")

    @rule(who=whose, which=whose, chosen=some, said=words)
    def it_is_sent_back(self, who: int, which: int, chosen: set[int], said: str) -> None:
        report = self.report(which)
        actor, hands = self.person(who, "sign", report.organisation)
        lines = self.lines(report, chosen, ["signed"])
        may = report.round.takes_entries(self.today) and lines and said
        keys = [line.pk for line in self.lines(report, chosen)]
        expected = (DONE if may else REFUSED) if hands else FORBIDDEN
        self.comes_out(
            expected,
            lambda: services.send_back(report=self.stored(report), actor=actor, comment=said, lines=keys),
        )
        if expected == DONE:
            for line in lines:
                line.move("draft")

    @rule(who=whose, which=whose)
    def it_is_handed_in(self, who: int, which: int) -> None:
        report = self.report(which)
        actor, hands = self.person(who, "submit", report.organisation)
        lines = [line for line in report.lines if line.state in (*WRITABLE, "signed")]
        may = (
            report.round.takes_entries(self.today)
            and lines
            and all(line.is_complete for line in lines)
            and (all(line.state == "signed" for line in lines) or not self.needs_sign_off(report))
        )
        expected = (DONE if may else REFUSED) if hands else FORBIDDEN
        self.comes_out(expected, lambda: services.submit_report(report=self.stored(report), actor=actor))
        if expected == DONE:
            report.hand_in(lines, hands, self.today)

    @rule(who=whose, which=whose)
    def it_is_recalled(self, who: int, which: int) -> None:
        report = self.report(which)
        actor, hands = self.person(who, "submit", report.organisation)
        last = report.submissions[-1] if report.submissions else set()
        lines = [line for line in report.lines if line.pk in last]
        may = (
            report.round.takes_entries(self.today)
            and lines
            and all(line.state == "submitted" for line in lines)
        )
        expected = (DONE if may else REFUSED) if hands else FORBIDDEN
        self.comes_out(expected, lambda: services.recall_report(report=self.stored(report), actor=actor))
        if expected == DONE:
            for line in lines:
                line.move("draft")

    @rule(which=whose, value=st.integers(0, 2))
    def it_is_written_and_handed_in_as_usual(self, which: int, value: int) -> None:
        """The usual road, by people who may: without it random acts would seldom come as far as a review."""
        report = self.report(which)
        at = self.reports[::-1].index(report)
        writer = self._somebody("fill", report)
        if not report.round.takes_entries(self.today) or writer is None:
            return
        for number, line in enumerate(report.lines):
            if line.state in WRITABLE and not line.is_complete:
                self.a_line_is_saved_as_it_is_typed(writer, at, number, 6 * value, False)
        wrote = {pk for line in report.lines if line.state in WRITABLE for pk in line.wrote_last}
        signer = self._somebody("sign", report, wrote)
        if signer is not None and report.state in WRITABLE:
            self.it_is_signed(signer, at, set())
        sender = self._somebody("submit", report)
        if sender is not None:
            self.it_is_handed_in(sender, at)

    def _somebody(self, act: str, report: ReportOf, but: set[int] | None = None) -> int | None:
        """The number of one who may do it by no hand that is left out."""
        for number, pk in enumerate(self.stage.people):
            hands = self.hands(pk, act, report.organisation)
            if hands and not set(hands) & (but or set()):
                return number
        return None

    # --- review ---------------------------------------------------------------------------------------------
    @rule(who=whose, which=whose, chosen=some, is_whole=st.booleans())
    def it_is_agreed_to(self, who: int, which: int, chosen: set[int], is_whole: bool) -> None:
        report = self.report(which)
        actor, hands = self.person(who, "review")
        lines = self.lines(report, set() if is_whole else chosen, OPEN_TO_REVIEW if is_whole else ())
        expected = self._of_review(report, lines, hands)
        self.comes_out(
            expected,
            lambda: (
                services.accept_reports(reports=[self.stored(report)], actor=actor)
                if is_whole
                else services.accept_lines(lines=self.rows(lines), actor=actor)
            ),
        )
        if expected == DONE:
            for line in lines:
                if line.state == "submitted" and self.needs_second:
                    line.move("endorsed")
                    line.endorsed = set(hands)
                else:
                    line.accept()

    @rule(which=whose, chosen=some)
    def it_is_agreed_to_as_usual(self, which: int, chosen: set[int]) -> None:
        """By a reviewer without a hand in it; where the plan asks for two, by one after the other."""
        report = self.report(which)
        waiting = [line for line in self.lines(report, chosen) if line.state in OPEN_TO_REVIEW]
        involved = {pk for line in waiting for pk in line.wrote | line.handed | line.endorsed}
        reviewer = self._somebody("review", report, involved)
        if waiting and reviewer is not None:
            numbers = {report.lines.index(line) for line in waiting}
            self.it_is_agreed_to(reviewer, self.reports[::-1].index(report), numbers, False)

    @rule(who=whose, which=whose, chosen=some, said=words)
    def lines_are_returned(self, who: int, which: int, chosen: set[int], said: str) -> None:
        report = self.report(which)
        actor, hands = self.person(who, "review")
        lines = self.lines(report, chosen)
        expected = self._of_review(report, lines, hands)
        expected = REFUSED if expected == DONE and not said else expected
        self.comes_out(
            expected,
            lambda: services.return_lines(comments=dict.fromkeys(self.rows(lines), said), actor=actor),
        )
        if expected == DONE:
            for line in lines:
                line.move("returned")

    def _of_review(self, report: ReportOf, lines: list[LineOf], hands: tuple[int, ...]) -> str:
        if not hands:
            return FORBIDDEN
        may = (
            not report.round.is_published
            and lines
            and all(line.state in OPEN_TO_REVIEW and line.may_be_reviewed_by(hands) for line in lines)
        )
        return DONE if may else REFUSED

    @rule(who=whose, which=whose, chosen=some, said=words, at_once=st.booleans())
    def what_was_accepted_is_taken_back(
        self, who: int, which: int, chosen: set[int], said: str, at_once: bool
    ) -> None:
        """Withdrawn at once, or reopened, whereby it stays in force until the correction is accepted."""
        report = self.report(which)
        actor, hands = self.person(who, "review")
        lines = self.lines(report, chosen, ["accepted"])
        is_time = not report.round.is_published if at_once else report.round.takes_entries(self.today)
        expected = (DONE if is_time and lines and said else REFUSED) if hands else FORBIDDEN
        act = services.withdraw_acceptance if at_once else services.reopen_report
        keys = [line.pk for line in self.lines(report, chosen)]
        self.comes_out(
            expected, lambda: act(report=self.stored(report), actor=actor, comment=said, lines=keys)
        )
        if expected == DONE:
            for line in lines:
                line.move("returned")
                line.is_withdrawn = line.is_withdrawn or at_once

    # --- rules and rounds -----------------------------------------------------------------------------------
    @rule(who=whose, at=st.integers(0, 1), needed=st.booleans())
    def the_sign_off_is_switched(self, who: int, at: int, needed: bool) -> None:
        organisation = self.stage.ministries[at]
        actor, hands = self.person(who, "switch sign-off", organisation.pk)
        self.comes_out(
            DONE if hands else FORBIDDEN,
            lambda: services.switch_sign_off(organisation=organisation, needed=needed, actor=actor),
        )
        if hands:
            self.waived = self.waived - {organisation.pk} if needed else self.waived | {organisation.pk}

    @rule(who=whose, needed=st.booleans())
    def the_second_review_is_switched(self, who: int, needed: bool) -> None:
        actor, hands = self.person(who, "second review")
        self.comes_out(
            DONE if hands else FORBIDDEN,
            lambda: services.switch_second_review(plan=self.stage.plan, needed=needed, actor=actor),
        )
        self.needs_second = needed if hands else self.needs_second

    @rule(days=st.sampled_from([1, 1, 5, 9, 36, 56]))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)
        self._turn()

    def _turn(self) -> None:
        """Beat closes what is over and opens what is due."""
        with clock.set_to(self.now):
            services.turn_quarters()
        for each in self.rounds:
            if each.is_open and not each.takes_entries(self.today):
                each.is_open = False
        known = {report.pk for report in self.reports}
        for report in Report.objects.filter(reporting_quarter__plan=self.stage.plan).exclude(pk__in=known):
            round_ = next(each for each in self.rounds if each.pk == report.reporting_quarter_id)
            round_.is_open = True
            quarter = report.reporting_quarter.quarter.ordinal
            lines = [
                LineOf(pk, report.pk, report.organisation_id, quarter)
                for pk in report.lines.order_by("order").values_list("pk", flat=True)
            ]
            self.reports.append(ReportOf(report.pk, report.organisation_id, round_, lines, round_.due_on))

    @rule(who=whose, which=whose, is_published=st.booleans())
    def the_round_is_ended_by_hand(self, who: int, which: int, is_published: bool) -> None:
        round_ = self.report(which).round
        stored = ReportingQuarter.objects.get(pk=round_.pk)
        actor, hands = self.person(who, "publish" if is_published else "close")
        if is_published:
            waiting = any(
                line.state in OPEN_TO_REVIEW
                for report in self.reports
                if report.round is round_
                for line in report.lines
            )
            may = not round_.is_published and not waiting
        else:
            may = stored.closed_at is None
        expected = (DONE if may else REFUSED) if hands else FORBIDDEN
        if is_published:
            self.comes_out(expected, lambda: self.publishes(stored, actor, hands))
        else:
            self.comes_out(expected, lambda: services.close_quarter(reporting_quarter=stored, actor=actor))
        if expected == DONE:
            round_.is_open, round_.is_published = False, round_.is_published or is_published

    @rule(who=whose, which=whose, days=st.integers(-1, 30))
    def more_time_is_asked_for(self, who: int, which: int, days: int) -> None:
        report = self.report(which)
        actor, hands = self.person(who, "ask", report.organisation)
        until = report.deadline + timedelta(days=days)
        waits = Extension.objects.filter(report=report.pk, state=Extension.State.ASKED).exists()
        may = self._may_be_put_off(report, until) and until >= self.today and not waits
        self.comes_out(
            (DONE if may else REFUSED) if hands else FORBIDDEN,
            lambda: services.ask_extension(
                report=self.stored(report), until=until, reason="資料尚待彙整。", actor=actor
            ),
        )

    def publishes(self, stored: ReportingQuarter, actor: User, hands: tuple[int, ...]) -> object:
        """Somebody of the secretariat, in their own name, proposes what the actor is to confirm."""
        proposal = PublicationProposal(reporting_quarter=stored)
        if hands:
            able = (
                pk for act in ("review", "close") for pk in self.stage.people if self.hands(pk, act) == (pk,)
            )
            proposer = User.objects.get(pk=next(pk for pk in able if pk not in hands))
            proposal = services.propose_publication(reporting_quarter=stored, actor=proposer)
        return services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=actor)

    @rule(who=whose, granted=st.booleans())
    def the_oldest_request_for_time_is_answered(self, who: int, granted: bool) -> None:
        asked = Extension.objects.filter(state=Extension.State.ASKED).order_by("pk").first()
        if asked is None:
            return
        report = next(each for each in self.reports if each.pk == asked.report_id)
        actor, hands = self.person(who, "answer")
        may = not granted or self._may_be_put_off(report, asked.until_asked)
        expected = (DONE if may else REFUSED) if hands else FORBIDDEN
        self.comes_out(
            expected,
            lambda: services.answer_extension(
                extension=asked, actor=actor, granted=granted, words="依規定辦理。"
            ),
        )
        if expected == DONE and granted:
            report.deadline = asked.until_asked

    def _may_be_put_off(self, report: ReportOf, until: date) -> bool:
        return (
            report.days_late is None
            and report.round.takes_entries(self.today)
            and report.deadline < until <= report.round.closes_on
        )

    # --- people ---------------------------------------------------------------------------------------------
    @rule(one=whose, other=whose, days=st.integers(0, 40))
    def somebody_names_a_deputy(self, one: int, other: int, days: int) -> None:
        principal, deputy = (User.objects.get(pk=self._anybody(each)) for each in (one, other))
        organisation = self._place_of(principal)
        with clock.set_to(self.now):
            last = clock.today() + timedelta(days=days)
        self.tries(
            lambda: ministries.name_deputy(
                principal=principal,
                deputy=deputy,
                organisation=organisation,
                from_day=self.today,
                until_day=last,
                actor=principal,
            )
        )
        self._reread_people()

    @rule(which=whose)
    def a_deputyship_ends(self, which: int) -> None:
        standing = list(Deputyship.objects.filter(ended_at__isnull=True).order_by("pk"))
        if standing:
            deputyship = standing[which % len(standing)]
            self.tries(lambda: ministries.end_deputyship(deputyship=deputyship, actor=deputyship.principal))
            self._reread_people()

    @rule(who=whose, one=st.integers(0, 3), other=st.integers(0, 3))
    def work_is_handed_over(self, who: int, one: int, other: int) -> None:
        """Within the first ministry, which has people enough."""
        leaver, successor, actor = (
            User.objects.get(pk=self.stage.people[each]) for each in (one, other, 4 if who > 15 else who % 15)
        )
        came, _said = self.tries(
            lambda: ministries.hand_over(
                leaver=leaver, successor=successor, organisation=self.stage.ministries[0], actor=actor
            )
        )
        manages = {self.stage.people[4], *self._holders("administrator")}
        assert came == FORBIDDEN if actor.pk not in manages else came != FORBIDDEN
        self._reread_people()

    def _anybody(self, number: int) -> int:
        return self.stage.people[number % (len(self.stage.people) - 2)]

    def _place_of(self, person: User) -> Organisation:
        place = next((each.organisation for each in self.world.held if each.person == person.pk), 0)
        return next((each for each in self.stage.ministries if each.pk == place), self.stage.secretariat)

    def _holders(self, role: str) -> set[int]:
        return {each.person for each in self.world.held if each.role == role}

    def _reread_people(self) -> None:
        """Who holds what is told by the tables; what that lets them do is not."""
        held = Membership.objects.filter(ended_at__isnull=True).order_by("pk")
        lent = Deputyship.objects.filter(ended_at__isnull=True)
        self.world = World(
            [Held(*row) for row in held.values_list("user", "organisation", "role")],
            [
                Lent(*row)
                for row in lent.values_list("principal", "deputy", "organisation", "from_day", "until_day")
            ],
            set(User.objects.filter(is_active=True).values_list("pk", flat=True)),
        )

    # --- what holds at any time -----------------------------------------------------------------------------
    @invariant()
    def lines_and_reports_are_in_the_states_that_were_foretold(self) -> None:
        lines = {line.pk: line for report in self.reports for line in report.lines}
        stored = Line.objects.filter(pk__in=lines).values_list("pk", "state", "revision")
        assert {pk: (state, revision) for pk, state, revision in stored} == {
            pk: (line.state, line.revision) for pk, line in lines.items()
        }
        reports = Report.objects.filter(pk__in=[each.pk for each in self.reports])
        assert {pk: rest for pk, *rest in reports.values_list("pk", "state", "days_late")} == {
            each.pk: [each.state, each.days_late] for each in self.reports
        }

    @invariant()
    def of_each_subject_one_fact_is_in_force_and_it_was_accepted(self) -> None:
        lines = {line.pk: line for report in self.reports for line in report.lines}
        seen: set[int] = set()
        for model in ROOMS:
            for origin, statement, narrative in _in_force(model):
                _word, pk, _revision, revision = origin.split()
                line = lines[int(pk)]
                assert line.pk not in seen, "two facts of one line"
                seen.add(line.pk)
                if line.is_withdrawn:
                    assert statement == "withdrawn"
                else:
                    assert int(revision) in line.accepted
                    assert narrative == (line.in_force or {}).get("narrative", "")
        assert seen == {pk for pk, line in lines.items() if line.in_force is not None}

    def _everything_adds_up(self) -> None:
        """At the end: the texts, the receipts, the hands, the figures, and every constraint of the database."""
        lines = [line for report in self.reports for line in report.lines]
        kept: dict[int, list[Texts]] = {line.pk: [] for line in lines}
        revisions = LineRevision.objects.filter(line__in=kept).order_by("line", "revision")
        for pk, content in revisions.values_list("line", "content"):
            kept[pk].append(content)
        assert kept == {line.pk: line.saved for line in lines}
        assert list(receipts.faults()) == [] == list(acceptance.faults())
        for report in self.reports:
            assert Receipt.objects.filter(report=report.pk).count() == len(report.submissions)
        _nobody_accepted_what_they_had_a_hand_in()
        with clock.set_to(self.now):
            rollups.recompute_stale_figures(self.stage.plan)
        assert list(rollups.differences(self.stage.plan)) == []
        connection.check_constraints()


def _in_force(model: type[Model]) -> list[tuple[str, str, str]]:
    facts = model._default_manager.filter(superseded_at__isnull=True)
    return list(facts.values_list("origin", "statement", "narrative"))


def _nobody_accepted_what_they_had_a_hand_in() -> None:
    """As the records tell it, without the services: neither the reviewer nor whoever they stood in for."""
    written: dict[int, set[int]] = {}
    for pk, *writers in LineRevision.objects.values_list("line", "by", "on_behalf_of"):
        written.setdefault(pk, set()).update(each for each in writers if each)
    last_endorsed: dict[int, set[int]] = {}
    steps = LineStep.objects.order_by("pk").values_list("line", "act", "event__actor", "event__on_behalf_of")
    for pk, act, *actors in steps:
        hands = {each for each in actors if each}
        if act in ("sign", "submit"):
            written.setdefault(pk, set()).update(hands)
        if act == "endorse":
            assert not hands & written[pk]
            last_endorsed[pk] = hands
        elif act == "accept":
            assert not hands & (written[pk] | last_endorsed.pop(pk, set()))
        else:
            last_endorsed.pop(pk, None)


def test_no_order_of_acts_leads_astray(plan: Plan) -> None:
    Quarters.stage = set_the_stage()
    rollups.rebuild(plan=Quarters.stage.plan)
    run_state_machine_as_test(
        Quarters,
        settings=bounds(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            phases=[Phase.reuse, Phase.generate, Phase.shrink],
        ),
    )
