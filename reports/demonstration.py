"""Demonstration data is made by the same services that people use, from a seed: the same seed gives the same data.

It plays every quarter with the clock set to that quarter: opening, filling in, handing in (some late, some never),
returning, accepting, correcting, closing, publishing. Its parameters stand in `fixtures/demonstration.yaml`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction

from kpis.models import Aggregation, Confidence, Indicator
from kpis.services import rollups
from ministries import clock
from ministries.models import DemonstrationRun, Membership, Organisation, Role, User
from ministries.services import drop_notices, grant_role
from programs.models import Plan, Program, ProgramMilestone
from programs.quarters import Quarter
from reports import demonstration_remarks, services
from reports.contents import LineContent, LineEntry
from reports.models import Line, LineStatement, Report, ReportingQuarter
from reports.selectors import contexts_of

PARAMETERS = Path(settings.BASE_DIR) / "fixtures" / "demonstration.yaml"
MILLION = Decimal(1_000_000)


def parameters() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(PARAMETERS.read_text(encoding="utf-8"))
    return read


@transaction.atomic
def generate(*, plan: Plan, tell: Callable[[str], None]) -> bool:
    """Plays the plan's quarters; False where this installation carries demonstration data already.

    All of it or nothing is saved. `tell` is given a line of progress for each quarter.
    """
    if DemonstrationRun.objects.exists():
        return False
    chosen = parameters()
    DemonstrationRun.objects.create(seed=chosen["seed"], generated_at=clock.now())
    _Play(plan, chosen, tell).run()
    # Who was told what in the quarters that were played needs no letter today.
    drop_notices(noted_before=clock.now() - timedelta(days=14))
    rollups.recompute_stale_figures(plan)
    return True


def accounts() -> list[tuple[str, str, str]]:
    """(e-mail, role, organisation) of the demonstration accounts, the secretariat's first."""
    memberships = (
        Membership.objects.filter(user__is_demonstration=True, ended_at__isnull=True)
        .select_related("user", "organisation")
        .prefetch_related("organisation__names")
        .order_by("-organisation__is_secretariat", "organisation__order", "pk")
    )
    return [
        (each.user.email, str(Role(each.role).label), each.organisation.name_on().short_zh)
        for each in memberships
    ]


@dataclass(frozen=True)
class _Fate:
    """What becomes of one report."""

    handed_in: bool
    days_from_due: int
    returned: bool
    corrected: bool
    accepted: bool


class _Play:
    """One run through the quarters. The order in which chance is asked is fixed, so that the seed decides all."""

    def __init__(self, plan: Plan, chosen: dict[str, Any], tell: Callable[[str], None]) -> None:
        self.plan = plan
        self.chosen = chosen
        self.tell = tell
        self.today = clock.today()
        self.chance = random.Random(chosen["seed"])
        self.users: dict[tuple[Role, int], User] = {}
        self.running = Quarter.parse(chosen["last_quarter"])
        self.published_until = Quarter.parse(chosen["published_until"])

    def run(self) -> None:
        first = Quarter.parse(self.chosen["first_quarter"])
        with clock.set_to(_at(first.first_day, 0)):
            self._invite_secretariat()
        self._set_milestones()
        for quarter in Quarter.between(first, self.running):
            self._play_quarter(ReportingQuarter.objects.get(plan=self.plan, quarter=quarter))
            self.tell(quarter.code)

    def _invite_secretariat(self) -> None:
        secretariat = Organisation.objects.get(is_secretariat=True)
        for person in self.chosen["people"]:
            user = self._user(person["email"], person["name"])
            grant_role(user=user, organisation=secretariat, role=Role(person["role"]), actor=None)
            setattr(self, person["role"], user)

    def _set_milestones(self) -> None:
        """Some programmes have milestones, spread evenly over the part of their term that lies within the plan."""
        chosen = self.chosen["milestones"]
        rows = []
        for program in self.plan.programs.all():
            if self._own_chance("milestones", program.code).uniform(0, 100) >= chosen["programs"]:
                continue
            start = max(program.period_start or self.plan.starts_on, self.plan.starts_on)
            end = min(program.period_end or self.plan.ends_on, self.plan.ends_on)
            for number, name in enumerate(chosen["names"], 1):
                passed = (end - start) * number / (len(chosen["names"]) + 1)
                rows.append(
                    ProgramMilestone(
                        program=program,
                        code=f"M{number}",
                        name_zh=name["zh"],
                        name_en=name["en"],
                        due_on=start + passed,
                        effective_from=self.plan.first_quarter,
                        is_demonstration=True,
                    )
                )
        ProgramMilestone.objects.bulk_create(rows)

    def _own_chance(self, *words: object) -> random.Random:
        """Chance of a thing's own, so that what is drawn for it changes nothing else."""
        return random.Random(" ".join(str(word) for word in (self.chosen["seed"], *words)))

    reviewer: User
    head: User
    administrator: User

    def _user(self, email: str, name: str) -> User:
        user = User.objects.create_user(email, name=name, is_demonstration=True)
        user.password = self._password
        user.save(update_fields=["password"])
        return user

    @property
    def _password(self) -> str:
        """The one demonstration password, hashed once: hashing is slow on purpose."""
        if not hasattr(self, "_hashed"):
            holder = User()
            holder.set_password(self.chosen["password"])
            self._hashed = holder.password
        return self._hashed

    def _officer(self, organisation: Organisation) -> User:
        return self._person(Role.OFFICER, organisation)

    def _person(self, role: Role, organisation: Organisation) -> User:
        known = self.users.get((role, organisation.pk))
        if known is None:
            short = organisation.name_on().short_zh
            known = self._user(
                self.chosen[f"{role}_email"].format(code=organisation.code.lower()),
                self.chosen[f"{role}_name"].format(short=short),
            )
            grant_role(user=known, organisation=organisation, role=role, actor=None)
            self.users[role, organisation.pk] = known
        return known

    def _hand_in(self, report: Report, officer: User) -> None:
        services.sign_report(report=report, actor=self._person(Role.APPROVER, report.organisation))
        services.submit_report(report=report, actor=officer)

    # --- one quarter ------------------------------------------------------------------------------------

    def _play_quarter(self, round_: ReportingQuarter) -> None:
        with clock.set_to(_at(round_.opens_on, 0)):
            if round_.quarter == self.running:
                round_ = self._kept_open(round_)
            reports = services.open_quarter(reporting_quarter=round_, actor=self.administrator)
        for report in reports:
            self._play_report(report, round_, self._fate(round_))
        if round_.quarter <= self.published_until:
            with clock.set_to(_at(round_.closes_on, 0)):
                services.close_quarter(reporting_quarter=round_, actor=self.administrator)
            with clock.set_to(_at(round_.closes_on, 5)):
                proposal = services.propose_publication(reporting_quarter=round_, actor=self.reviewer)
                services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=self.head)

    def _kept_open(self, round_: ReportingQuarter) -> ReportingQuarter:
        """The last round closes only after people have had time to look round in it."""
        closes_on = self.today + timedelta(days=self.chosen["open_days"])
        if closes_on <= round_.closes_on:
            return round_
        dates = replace(services.QuarterDates.of(round_), closes_on=closes_on)
        return services.set_quarter_dates(reporting_quarter=round_, dates=dates, actor=self.administrator)

    def _fate(self, round_: ReportingQuarter) -> _Fate:
        chance, chosen = self.chance, self.chosen
        draw = {
            name: chance.uniform(0, 100) for name in ("missing", "late", "returned", "corrected", "progress")
        }
        days = chance.randint(1, 12) if draw["late"] < chosen["late"] else -chance.randint(0, 7)
        if round_.quarter < self.running:
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

    def _play_report(self, report: Report, round_: ReportingQuarter, fate: _Fate) -> None:
        officer = self._officer(report.organisation)
        handed_in_on = _at(round_.due_on, fate.days_from_due)
        lines = list(
            report.lines.select_related("indicator", "program", "milestone__program").prefetch_related(
                "indicator__targets"
            )
        )
        entries = [LineEntry(line.pk, 0, self._content(line, round_.quarter)) for line in lines]
        self._ask_for_time(report, round_, fate, officer)
        with clock.set_to(handed_in_on):
            contexts = contexts_of(lines)
            known = {line.pk: line for line in lines}
            entries = demonstration_remarks.answered(entries, known, contexts, self.chosen["note"])
            if not fate.handed_in:
                services.save_lines(report=report, entries=entries[: len(entries) // 2], actor=officer)
                return
            self._save(report, entries, officer)
            self._hand_in(report, officer)
        if fate.returned:
            with clock.set_to(handed_in_on + timedelta(days=1)):
                comment = self.chance.choice(self.chosen["return_comments"])
                services.return_report(report=report, actor=self.reviewer, comment=comment)
            if round_.quarter == self.running:
                return
            with clock.set_to(handed_in_on + timedelta(days=3)):
                self._hand_in(report, officer)
        if fate.accepted:
            with clock.set_to(handed_in_on + timedelta(days=5)):
                services.accept_report(report=report, actor=self.reviewer)
        if fate.corrected:
            self._correct(report, officer, handed_in_on + timedelta(days=8))

    def _ask_for_time(self, report: Report, round_: ReportingQuarter, fate: _Fate, officer: User) -> None:
        """Whoever will be late may ask for more time on the day it is due; what is still awaited waits for its answer."""
        chosen = self.chosen["extensions"]
        own = self._own_chance("extension", round_.quarter.code, report.organisation.code)
        is_awaited = round_.quarter == self.running and not fate.handed_in
        is_late = fate.handed_in and fate.days_from_due > 0
        if not is_awaited and not (is_late and own.uniform(0, 100) < chosen["asked"]):
            return
        since = max(self.today, round_.due_on) if is_awaited else round_.due_on
        until = min(since + timedelta(days=chosen["days"]), round_.closes_on)
        with clock.set_to(_at(round_.due_on, 0)):
            extension = services.ask_extension(
                report=report, until=until, reason=own.choice(chosen["reasons"]), actor=officer
            )
            if is_late:
                granted = own.uniform(0, 100) < chosen["granted"]
                services.answer_extension(
                    extension=extension,
                    actor=self.administrator,
                    granted=granted,
                    words=chosen["granted_words" if granted else "refused_words"],
                )

    def _save(self, report: Report, entries: list[LineEntry], officer: User) -> None:
        result = services.save_lines(report=report, entries=entries, actor=officer)
        if result.errors or result.conflicts:
            raise RuntimeError(f"the generator wrote what its own services refuse: {result.errors}")

    def _correct(self, report: Report, officer: User, moment: datetime) -> None:
        """Somebody counted one short: the report is reopened, one value raised, and accepted anew."""
        line = report.lines.filter(statement=LineStatement.VALUE, value__isnull=False).first()
        if line is None:
            return
        with clock.set_to(moment):
            reason = self.chance.choice(self.chosen["correction_reasons"])
            services.reopen_report(report=report, actor=self.reviewer, comment=reason)
            before = LineContent.of(line)
            value = (before.value or Decimal(0)) + 1
            note = before.note or self.chosen["note"]
            entry = LineEntry(line.pk, line.revision, replace(before, value=value, note=note))
            self._save(report, [entry], officer)
            self._hand_in(report, officer)
            services.accept_report(report=report, actor=self.reviewer)

    # --- what is said -----------------------------------------------------------------------------------

    def _content(self, line: Line, quarter: Quarter) -> LineContent:
        if line.milestone:
            return self._of_milestone(line.milestone, quarter)
        said = LineContent(
            statement=LineStatement.VALUE, narrative=self.chance.choice(self.chosen["narratives"])
        )
        if line.indicator:
            return self._of_indicator(said, line.indicator, quarter)
        if self.chance.uniform(0, 100) < self.chosen["nothing_due"]:
            return replace(said, statement=LineStatement.NOTHING_DUE)
        return self._of_program(said, line.program, quarter) if line.program else said

    def _of_indicator(self, said: LineContent, indicator: Indicator, quarter: Quarter) -> LineContent:
        luck = Decimal(self.chance.randint(80, 118)) / 100
        passed = Decimal(quarter.ordinal - self.plan.first_quarter.ordinal + 1)
        share = passed / len(self.plan.quarters)
        target = next(iter(indicator.targets.all()), None)
        promised = target.value if target and target.value is not None else Decimal(0)
        match indicator.aggregation:
            case Aggregation.FLOW:
                goal = promised / (4 if target and target.frequency == "annual" else len(self.plan.quarters))
                return _counted(said, goal * luck / indicator.owners.count())
            case Aggregation.STOCK | Aggregation.MAXIMUM:
                return _counted(
                    said, promised * share * min(luck, Decimal("1.05")) / indicator.owners.count()
                )
            case Aggregation.RANK:
                return self._ranked(said, indicator, quarter, share)
            case Aggregation.MILESTONE:
                return self._reached(said, indicator, share)
            case Aggregation.RATIO:
                return replace(said, numerator=Decimal(int(100 * share * luck)), denominator=Decimal(100))
            case _:
                unsure = self.chance.uniform(0, 100) < self.chosen["behind"]
                return replace(said, confidence=Confidence.AT_RISK if unsure else Confidence.ON_TRACK)

    def _ranked(
        self, said: LineContent, indicator: Indicator, quarter: Quarter, share: Decimal
    ) -> LineContent:
        """A ranking appears once a year; in the other quarters nothing is due."""
        if quarter.number != 2:
            return replace(said, statement=LineStatement.NOTHING_DUE)
        start = int(indicator.baseline or 4)
        better = 1 if share > Decimal("0.5") else 0
        return replace(said, rank=max(1, start - better), edition=str(quarter.year))

    def _reached(self, said: LineContent, indicator: Indicator, share: Decimal) -> LineContent:
        """Each milestone has a share of the term of its own at which it is reached."""
        due = Decimal(random.Random(indicator.code).randint(35, 95)) / 100
        if share < due:
            return replace(said, statement=LineStatement.ZERO)
        return replace(said, stage_id=indicator.stages.latest("order").pk)

    def _of_milestone(self, milestone: ProgramMilestone, quarter: Quarter) -> LineContent:
        """Each milestone is reached on a day of its own, before or after the one on which it is due, or never."""
        own, chosen = (
            self._own_chance("milestone", milestone.program.code, milestone.code),
            self.chosen["milestones"],
        )
        luck = own.uniform(0, 100)
        is_late = luck < chosen["never"] + chosen["late"]
        reached_on = milestone.due_on + timedelta(
            days=own.randint(10, 130) if is_late else -own.randint(0, 45)
        )
        if luck >= chosen["never"] and reached_on <= quarter.last_day:
            narrative = own.choice(self.chosen["narratives"])
            return LineContent(statement=LineStatement.VALUE, reached_on=reached_on, narrative=narrative)
        is_overdue = milestone.due_on <= quarter.last_day
        narrative = own.choice(self.chosen["milestone_reasons"]) if is_overdue else ""
        return LineContent(statement=LineStatement.NOT_REACHED, narrative=narrative)

    def _of_program(self, said: LineContent, program: Program, quarter: Quarter) -> LineContent:
        start = program.period_start or self.plan.starts_on
        end = program.period_end or self.plan.ends_on
        elapsed = Decimal((quarter.last_day - start).days + 1) / Decimal((end - start).days + 1)
        planned = _percent(min(elapsed, Decimal(1)) * 100)
        is_behind = self.chance.uniform(0, 100) < self.chosen["behind"]
        slip = Decimal(self.chance.randint(6, 18) if is_behind else self.chance.randint(-1, 3))
        actual = _percent(min(max(planned - slip, Decimal(0)), Decimal(100)))
        said = self._with_money(
            replace(said, planned_progress=planned, actual_progress=actual), program, quarter
        )
        if planned - actual >= settings.BEHIND_POINTS:
            said = replace(
                said,
                delay_reason=self.chance.choice(self.chosen["delay_reasons"]),
                remedy=self.chance.choice(self.chosen["remedies"]),
            )
        own = self._own_chance("remarks", program.code, quarter)
        return demonstration_remarks.of_program(said, self.chosen, quarter, own)

    def _with_money(self, said: LineContent, program: Program, quarter: Quarter) -> LineContent:
        """A year's appropriation of the programme's own size, spent in step with the year."""
        own = self._own_chance(program.code, quarter.year)
        appropriation = Decimal(own.randint(30, 400)) * MILLION
        allocated = appropriation * quarter.number / 4
        spent = allocated * Decimal(self.chance.randint(78, 97)) / 100
        payable = allocated * Decimal(self.chance.randint(0, 3)) / 100
        return replace(
            said,
            appropriation=appropriation,
            allocated=allocated.to_integral_value(),
            spent=spent.to_integral_value(),
            payable=payable.to_integral_value(),
            surplus=Decimal(0),
        )


def _counted(said: LineContent, amount: Decimal) -> LineContent:
    whole = amount.to_integral_value()
    return replace(said, value=whole) if whole else replace(said, statement=LineStatement.ZERO)


def _percent(share: Decimal) -> Decimal:
    return share.quantize(Decimal("0.01"))


def _at(day: date, days: int) -> datetime:
    return datetime.combine(day + timedelta(days=days), time(10), clock.TAIPEI)
