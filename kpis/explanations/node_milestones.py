"""Why a node's milestones are counted as they are: what was due, and what was said to be reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from kpis import composites
from kpis.composites import Milestones
from kpis.explanations import words
from kpis.explanations.nodes import Carrying, NodeExplanation
from kpis.explanations.shapes import (
    Body,
    Excluded,
    Fact,
    Figures,
    Made,
    Reason,
    Restatement,
    Subject,
    made_of,
    restatements,
)
from kpis.rollup import Coverage


@dataclass(frozen=True, slots=True)
class MilestoneFact(Fact):
    """What was accepted of a milestone; `milestone` is the key of the row that holds in the quarter."""

    milestone: int
    reached_on: date | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A milestone of a programme as it holds in the quarter."""

    milestone: Subject
    program: Subject
    organisation: Body
    due_on: date
    is_dropped: bool


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone that counts, and the fact that says it is reached, where one does."""

    milestone: Subject
    program: Subject
    organisation: Body
    due_on: date
    fact: MilestoneFact | None
    counted: Milestones

    @property
    def reached_on(self) -> date | None:
        return self.fact.reached_on if self.fact else None

    @property
    def counted_as(self) -> list[str]:
        """The counts that it is in."""
        return [name for name, count in _as_figures(self.counted).items() if count]


@dataclass(frozen=True, kw_only=True)
class MilestonesExplanation(NodeExplanation):
    checkpoints: tuple[Checkpoint, ...]
    facts: tuple[MilestoneFact, ...]
    related: tuple[Carrying, ...]
    algebra_version: int

    measure = "milestones"

    @cached_property
    def known(self) -> tuple[MilestoneFact, ...]:
        return tuple(fact for fact in self.facts if fact.is_in_force(self.as_of))

    @cached_property
    def rows(self) -> tuple[MilestoneRow, ...]:
        return self._rows_of(self.known)

    def _rows_of(self, facts: Iterable[MilestoneFact]) -> tuple[MilestoneRow, ...]:
        """A milestone is reached from the first quarter on whose fact in force says so."""
        reached: dict[int, MilestoneFact] = {}
        for fact in sorted(facts, key=lambda each: (each.quarter, each.pk)):
            if fact.statement == "reached":
                reached.setdefault(fact.milestone, fact)
        return tuple(
            self._row(each, reached.get(each.milestone.pk))
            for each in self.checkpoints
            if not each.is_dropped
        )

    def _row(self, each: Checkpoint, fact: MilestoneFact | None) -> MilestoneRow:
        reached_on = fact.reached_on if fact else None
        counted = composites.milestone(each.due_on, reached_on, self.quarter.last_day)
        return MilestoneRow(each.milestone, each.program, each.organisation, each.due_on, fact, counted)

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        dropped = (
            Excluded(Reason.DROPPED, each.organisation, subject=each.milestone)
            for each in self.checkpoints
            if each.is_dropped
        )
        related = (Excluded(Reason.RELATED, each.organisation, subject=each.program) for each in self.related)
        return (*dropped, *related)

    def total(self) -> Milestones:
        return _counted(self.rows)

    @property
    def coverage(self) -> Coverage:
        """Of the milestones due, how many are reached: those that are overdue are missing."""
        total = self.total()
        return Coverage(total.due - total.overdue, total.due)

    @property
    def missing(self) -> tuple[MilestoneRow, ...]:
        return tuple(row for row in self.rows if row.counted.overdue)

    def figures_of(self, facts: Iterable[MilestoneFact]) -> Figures:
        return _as_figures(_counted(self._rows_of(facts)))

    @property
    def figures(self) -> Figures:
        return _as_figures(self.total())

    @property
    def made(self) -> Made:
        return made_of(self.known, self.algebra_version)

    @cached_property
    def restatements(self) -> tuple[Restatement, ...]:
        return restatements(self.facts, self.figures_of, self.as_of)

    @property
    def formula(self) -> str:
        return words.milestones_formula()

    @property
    def symbols(self) -> list[str]:
        return words.count_in_symbols(self.figures.items())


def _counted(rows: Iterable[MilestoneRow]) -> Milestones:
    return sum((row.counted for row in rows), Milestones(0, 0, 0, 0))


def _as_figures(total: Milestones) -> Figures:
    return {
        "due": total.due,
        "reached": total.reached,
        "reached_late": total.reached_late,
        "overdue": total.overdue,
    }
