"""Plays quarter after quarter: opening, filling in, handing in (some late, some never), returning, accepting, publishing.

The order in which the play's chance is asked is fixed, so that the seed decides all; each thing then happens in its time.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from django.conf import settings
from django.db.models import prefetch_related_objects

from ministries import clock
from ministries.models import Organisation, Role
from programs.models import Plan, ProgramMilestone
from programs.quarters import Quarter
from reports import services
from reports.contents import LineEntry
from reports.demonstration import remarks
from reports.demonstration.agenda import Agenda, at
from reports.demonstration.beside import hang_evidence, plan_talks
from reports.demonstration.cast import Cast
from reports.demonstration.changes import Changes
from reports.demonstration.corrections import Corrections
from reports.demonstration.decisions import Meetings
from reports.demonstration.parameters import Words, happens
from reports.demonstration.sayings import Sayings
from reports.demonstration.scene import Round, Scene
from reports.models import Line, LineStatement, Report, ReportingQuarter
from reports.selectors import contexts_of


@dataclass(frozen=True)
class _Fate:
    """What becomes of one report."""

    handed_in: bool
    days_from_due: int
    returned: bool
    corrected: bool
    accepted: bool


class Play:
    """One run through the quarters."""

    def __init__(self, plan: Plan, chosen: Words, tell: Callable[[str], None]) -> None:
        self.chosen = chosen
        self.tell = tell
        self.chance = random.Random(chosen["seed"])
        self.cast = Cast(chosen)
        self.scene = Scene(plan, chosen, self.cast, clock.today())
        self.sayings = Sayings(plan, chosen, self.chance)
        self.meetings = Meetings(self.scene)
        self.changes = Changes(self.scene)
        self.corrections = Corrections(self.scene, self._write_anew)

    def run(self) -> None:
        scene = self.scene
        with clock.set_to(at(scene.first.first_day)):
            self.cast.invite_secretariat()
            self.cast.invite_account_managers()
        self._set_milestones()
        rounds = {each.quarter: each for each in scene.plan.reporting_quarters.all()}
        for quarter in Quarter.between(scene.first, scene.running):
            self._play_quarter(rounds[quarter])
            self.tell(quarter.code)

    def _set_milestones(self) -> None:
        """Some programmes have milestones, spread evenly over the part of their term that lies within the plan."""
        plan, chosen = self.scene.plan, self.chosen["milestones"]
        rows = []
        for program in plan.programs.all():
            if not happens(self.scene.own_chance("milestones", program.code), chosen["programs"]):
                continue
            start = max(program.period_start or plan.starts_on, plan.starts_on)
            end = min(program.period_end or plan.ends_on, plan.ends_on)
            for number, name in enumerate(chosen["names"], 1):
                passed = (end - start) * number / (len(chosen["names"]) + 1)
                rows.append(
                    ProgramMilestone(
                        program=program,
                        code=f"M{number}",
                        name_zh=name["zh"],
                        name_en=name["en"],
                        due_on=start + passed,
                        effective_from=plan.first_quarter,
                        is_demonstration=True,
                    )
                )
        ProgramMilestone.objects.bulk_create(rows)

    # --- one quarter ------------------------------------------------------------------------------------
    def _play_quarter(self, reporting_quarter: ReportingQuarter) -> None:
        agenda = Agenda()
        with clock.set_to(at(reporting_quarter.opens_on)):
            round_ = self._opened(reporting_quarter)
            self._plan_leaves(round_, agenda)
            self._plan_reports(round_, agenda)
        if round_.quarter <= self.scene.published_until:
            self._plan_end(round_.of, agenda)
            self.corrections.plan(round_, agenda)
        self.changes.plan(round_, agenda)
        self.meetings.plan(round_, agenda)
        agenda.run()

    def _opened(self, reporting_quarter: ReportingQuarter) -> Round:
        is_running = reporting_quarter.quarter == self.scene.running
        if is_running:
            reporting_quarter = self._kept_open(reporting_quarter)
        reports = services.open_quarter(reporting_quarter=reporting_quarter, actor=self.cast.administrator)
        return Round(reporting_quarter, is_running, _lines_of(reports))

    def _kept_open(self, reporting_quarter: ReportingQuarter) -> ReportingQuarter:
        """The last round closes only after people have had time to look round in it."""
        closes_on = self.scene.today + timedelta(days=self.chosen["open_days"])
        if closes_on <= reporting_quarter.closes_on:
            return reporting_quarter
        dates = replace(services.QuarterDates.of(reporting_quarter), closes_on=closes_on)
        return services.set_quarter_dates(
            reporting_quarter=reporting_quarter, dates=dates, actor=self.cast.administrator
        )

    def _plan_end(self, round_: ReportingQuarter, agenda: Agenda) -> None:
        agenda.add(
            at(round_.closes_on),
            partial(services.close_quarter, reporting_quarter=round_, actor=self.cast.administrator),
        )
        agenda.add(at(round_.closes_on, 5), partial(self._publish, round_))

    def _publish(self, round_: ReportingQuarter) -> None:
        proposal = services.propose_publication(reporting_quarter=round_, actor=self.cast.reviewer)
        services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=self.cast.head)

    def _plan_leaves(self, round_: Round, agenda: Agenda) -> None:
        """Somebody is on leave for the round; in the running one until some days from now."""
        for chosen in self.chosen["deputies"]:
            if self.scene.before(chosen["rounds_before"]) != round_.quarter:
                continue
            role = Role(chosen["role"])
            organisation = Organisation.objects.prefetch_related("names").get(code=chosen["of"])
            if not round_.is_running:
                leave = self.cast.goes_on_leave(role, organisation, round_.of.closes_on)
                agenda.add(at(round_.of.due_on, 21), partial(self.cast.comes_back, role, leave))
                continue
            back_on = max(self.scene.today, at(round_.of.due_on, 30).date()) + timedelta(days=chosen["days"])
            self._go_on_leave(role, organisation, back_on, agenda)

    def _go_on_leave(self, role: Role, organisation: Organisation, back_on: date, agenda: Agenda) -> None:
        """Where the leave is longer than deputies may be named for, they are named again."""
        longest = clock.today() + timedelta(days=settings.DEPUTYSHIP_DAYS - 1)
        self.cast.goes_on_leave(role, organisation, min(back_on, longest))
        if longest < back_on:
            agenda.add(at(longest, 1), partial(self._go_on_leave, role, organisation, back_on, agenda))

    def _fate(self, round_: Round) -> _Fate:
        chance, chosen = self.chance, self.chosen
        draw = {
            name: chance.uniform(0, 100) for name in ("missing", "late", "returned", "corrected", "progress")
        }
        days = chance.randint(1, 12) if draw["late"] < chosen["late"] else -chance.randint(0, 7)
        if not round_.is_running:
            handed_in = draw["missing"] >= chosen["missing"]
            return _Fate(
                handed_in,
                days,
                draw["returned"] < chosen["returned"],
                draw["corrected"] < chosen["corrected"],
                handed_in,
            )
        shares, progress = chosen["in_progress"], draw["progress"]
        accepted = progress < shares["accepted"]
        submitted = progress < shares["accepted"] + shares["submitted"]
        returned = progress < sum(shares.values())
        return _Fate(returned, days, returned and not submitted, False, accepted)

    # --- its reports ------------------------------------------------------------------------------------
    def _plan_reports(self, round_: Round, agenda: Agenda) -> None:
        contexts = contexts_of([line for lines in round_.lines.values() for line in lines])
        accepted: dict[datetime, list[Report]] = defaultdict(list)
        for report, lines in round_.lines.items():
            fate = self._fate(round_)
            handed_in_at = at(round_.of.due_on, fate.days_from_due)
            said = [LineEntry(line.pk, 0, self.sayings.of_line(line, round_.quarter)) for line in lines]
            entries = remarks.answered(said, lines, contexts, self.chosen["note"], handed_in_at.date())
            self._plan_request(report, round_, fate, agenda)
            if not fate.handed_in:
                entries, lines = entries[: len(entries) // 2], lines[: len(lines) // 2]
            agenda.add(handed_in_at, partial(self._save, report, entries))
            agenda.add(handed_in_at, partial(hang_evidence, self.scene, round_, lines))
            if not fate.handed_in:
                continue
            agenda.add(handed_in_at, partial(self._hand_in, report))
            plan_talks(self.scene, round_, lines, agenda, days=fate.days_from_due)
            if fate.returned:
                self._plan_return(report, handed_in_at, agenda, for_good=round_.is_running)
            if fate.accepted:
                accepted_at = self._review_day(round_.of, handed_in_at)
                accepted[accepted_at].append(report)
                if fate.corrected:
                    self._plan_correction(report, entries, accepted_at, agenda)
        for moment, reports in accepted.items():
            agenda.add(moment, partial(services.accept_reports, reports=reports, actor=self.cast.reviewer))

    def _review_day(self, round_: ReportingQuarter, handed_in_at: datetime) -> datetime:
        """The first on which a report that was handed in, or returned and handed in again, is decided."""
        ready_at = handed_in_at + timedelta(days=4)
        days = (at(round_.due_on, each) for each in self.chosen["review_days"])
        return next(day for day in days if day >= ready_at)

    def _plan_return(self, report: Report, handed_in_at: datetime, agenda: Agenda, *, for_good: bool) -> None:
        comment = self.chance.choice(self.chosen["return_comments"])
        returning = partial(services.return_report, report=report, actor=self.cast.reviewer, comment=comment)
        agenda.add(handed_in_at + timedelta(days=1), returning)
        if not for_good:
            agenda.add(handed_in_at + timedelta(days=3), partial(self._hand_in, report))

    def _plan_correction(
        self, report: Report, entries: Sequence[LineEntry], accepted_at: datetime, agenda: Agenda
    ) -> None:
        """Somebody counted one short: the report is reopened, one value raised, and accepted anew."""
        valued = [each for each in entries if each.content.statement == LineStatement.VALUE]
        entry = next((each for each in valued if each.content.value is not None), None)
        if entry is None:
            return
        reason = self.chance.choice(self.chosen["correction_reasons"])
        value = (entry.content.value or Decimal(0)) + 1
        content = replace(entry.content, value=value, note=entry.content.note or self.chosen["note"])

        def correct() -> None:
            services.reopen_report(report=report, actor=self.cast.reviewer, comment=reason)
            self._save(report, [LineEntry(entry.line_id, 1, content)])
            self._hand_in(report)
            services.accept_report(report=report, actor=self.cast.reviewer)

        agenda.add(accepted_at + timedelta(days=3), correct)

    def _plan_request(self, report: Report, round_: Round, fate: _Fate, agenda: Agenda) -> None:
        """Whoever will be late may ask for more time on the day it is due; what is still awaited waits for its answer."""
        chosen, due_on = self.chosen["extensions"], round_.of.due_on
        own = self.scene.own_chance("extension", round_.quarter.code, report.organisation.code)
        is_awaited = round_.is_running and not fate.handed_in
        is_late = fate.handed_in and fate.days_from_due > 0
        if not is_awaited and not (is_late and happens(own, chosen["asked"])):
            return
        since = max(self.scene.today, due_on) if is_awaited else due_on
        until = min(since + timedelta(days=chosen["days"]), round_.of.closes_on)
        reason = own.choice(chosen["reasons"])
        granted = happens(own, chosen["granted"]) if is_late else None
        agenda.add(at(due_on), partial(self._ask_for_time, report, until, reason, granted=granted))

    # --- what is done ------------------------------------------------------------------------------------
    def _save(self, report: Report, entries: Sequence[LineEntry]) -> None:
        officer = self.cast.acting(Role.OFFICER, report.organisation)
        result = services.save_lines(report=report, entries=entries, actor=officer)
        if result.errors or result.conflicts:
            raise RuntimeError(f"the generator wrote what its own services refuse: {result.errors}")

    def _hand_in(self, report: Report) -> None:
        self.meetings.report_on(report)
        services.sign_report(report=report, actor=self.cast.acting(Role.APPROVER, report.organisation))
        services.submit_report(report=report, actor=self.cast.acting(Role.OFFICER, report.organisation))

    def _write_anew(self, line: Line, entry: LineEntry) -> None:
        self._save(line.report, [entry])
        services.sign_report(
            report=line.report, actor=self.cast.acting(Role.APPROVER, line.report.organisation)
        )
        services.submit_report(
            report=line.report, actor=self.cast.acting(Role.OFFICER, line.report.organisation)
        )

    def _ask_for_time(self, report: Report, until: date, reason: str, *, granted: bool | None) -> None:
        """`granted` is none where nobody has answered yet."""
        officer = self.cast.acting(Role.OFFICER, report.organisation)
        extension = services.ask_extension(report=report, until=until, reason=reason, actor=officer)
        if granted is None:
            return
        services.answer_extension(
            extension=extension,
            actor=self.cast.administrator,
            granted=granted,
            words=self.chosen["extensions"]["granted_words" if granted else "refused_words"],
        )


def _lines_of(reports: Sequence[Report]) -> dict[Report, list[Line]]:
    """The reports' lines in order, with all that they are about; a few queries, however many reports."""
    prefetch_related_objects(reports, "organisation__names")
    known = {report.pk: report for report in reports}
    found: dict[Report, list[Line]] = {report: [] for report in reports}
    lines = Line.objects.filter(report__in=reports).select_related(
        "indicator", "program", "milestone__program"
    )
    about = ("indicator__targets", "indicator__owners", "indicator__stages")
    for line in lines.prefetch_related(*about).order_by("report", "order"):
        line.report = known[line.report_id]
        found[line.report].append(line)
    return found
