"""What the ministries say of their lines: figures in step with the plan's term, with some luck, delay and silence.

It draws from the play's chance in the order in which it is asked, so that the seed decides all.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.conf import settings

from kpis.models import Aggregation, Confidence, Indicator
from programs.models import Plan, Program, ProgramMilestone
from programs.quarters import Quarter
from reports.contents import LineContent
from reports.demonstration import remarks
from reports.demonstration.parameters import Words, happens, own_chance
from reports.models import Line, LineStatement

MILLION = Decimal(1_000_000)


class Sayings:
    """Reads lines that were fetched with all that they are about, see `play.lines_of`."""

    def __init__(self, plan: Plan, chosen: Words, chance: random.Random) -> None:
        self.plan = plan
        self.chosen = chosen
        self.chance = chance

    def of_line(self, line: Line, quarter: Quarter) -> LineContent:
        if line.milestone:
            return self._of_milestone(line.milestone, quarter)
        said = LineContent(
            statement=LineStatement.VALUE, narrative=self.chance.choice(self.chosen["narratives"])
        )
        if line.indicator:
            return self._of_indicator(said, line.indicator, quarter)
        if happens(self.chance, self.chosen["nothing_due"]):
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
                return _counted(said, goal * luck / len(indicator.owners.all()))
            case Aggregation.STOCK | Aggregation.MAXIMUM:
                return _counted(
                    said, promised * share * min(luck, Decimal("1.05")) / len(indicator.owners.all())
                )
            case Aggregation.RANK:
                return self._ranked(said, indicator, quarter, share)
            case Aggregation.MILESTONE:
                return self._reached(said, indicator, share)
            case Aggregation.RATIO:
                return replace(said, numerator=Decimal(int(100 * share * luck)), denominator=Decimal(100))
            case _:
                unsure = happens(self.chance, self.chosen["behind"])
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
        return replace(said, stage_id=max(indicator.stages.all(), key=lambda each: each.order).pk)

    def _of_milestone(self, milestone: ProgramMilestone, quarter: Quarter) -> LineContent:
        """Each milestone is reached on a day of its own, before or after the one on which it is due, or never."""
        own, chosen = (
            own_chance(self.chosen, "milestone", milestone.program.code, milestone.code),
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
        is_behind = happens(self.chance, self.chosen["behind"])
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
        own = own_chance(self.chosen, "remarks", program.code, quarter)
        return remarks.of_program(said, self.chosen, quarter, own)

    def _with_money(self, said: LineContent, program: Program, quarter: Quarter) -> LineContent:
        """A year's appropriation of the programme's own size, spent in step with the year."""
        own = own_chance(self.chosen, program.code, quarter.year)
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
