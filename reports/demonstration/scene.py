"""What everybody who plays a part knows: the plan, the people, which quarter runs, and what today is."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime

from programs.models import Plan
from programs.quarters import Quarter
from reports.demonstration.agenda import at
from reports.demonstration.cast import Cast
from reports.demonstration.parameters import Words, own_chance
from reports.models import Line, Report, ReportingQuarter


@dataclass(frozen=True)
class Scene:
    plan: Plan
    chosen: Words
    cast: Cast
    today: date

    @property
    def first(self) -> Quarter:
        return Quarter.parse(self.chosen["first_quarter"])

    @property
    def running(self) -> Quarter:
        """The last quarter that is played; its review goes on."""
        return Quarter.parse(self.chosen["last_quarter"])

    @property
    def published_until(self) -> Quarter:
        return Quarter.parse(self.chosen["published_until"])

    def before(self, rounds: int) -> Quarter:
        """So many quarters before the running one, or the first."""
        return max(self.first, self.running - rounds)

    def meeting_after(self, round_: Round) -> datetime:
        """When the round is talked over: weeks after its publication; the running one's in these days."""
        if round_.is_running:
            return max(at(self.today, -6), at(round_.of.due_on, 20))
        return at(round_.of.closes_on, 20)

    def own_chance(self, *words: object) -> random.Random:
        return own_chance(self.chosen, *words)


@dataclass(frozen=True)
class Round:
    """One round as it is played: its reports, and the lines of each, with all that they are about."""

    of: ReportingQuarter
    is_running: bool
    lines: dict[Report, list[Line]]

    @property
    def quarter(self) -> Quarter:
        quarter: Quarter = self.of.quarter
        return quarter
