"""A synthetic plan of a size is the same on every run: everything in it follows from a number and one seed.

Kinds, targets, gaps and corrections are mixed as in a real plan. It makes rows; `loading` knows where they go.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property

from ministries.clock import TAIPEI
from programs.quarters import Quarter

SEED = 112
PLAN, ACTOR = 1, 1
FIRST = Quarter.of(2022, 1)
QUARTERS = 16
PILLARS, SUB_ITEMS, PROGRAMS, STAGES, MILESTONES = 5, 16, 20, 4, 3
# Days after the quarter's end on which its reports are accepted, and on which a few of their lines are corrected.
ACCEPTED, CORRECTED = 30, 75

# 45 % flows, 25 % stocks, 15 % ratios, and one in twenty of each other kind; the first sixteen hold every kind.
_KINDS = [
    {"F": "flow", "S": "stock", "R": "ratio", "M": "maximum", "K": "rank", "L": "milestone"}[letter]
    for letter in "FSRFSFMFSKFSRLFSFFRF"
]
# Of 1,024 cells: 10 say nothing, 21 say that nothing was due, 10 were corrected once.
_MISSING, _NOTHING_DUE, _CORRECTED = 10, 31, 41
NULL = r"\N"

FACT_COLUMNS = (
    "organisation_id",
    "quarter",
    "accepted_by_id",
    "reason",
    "origin",
    "narrative",
    "edition",
    "confidence",
    "accepted_at",
    "superseded_at",
    "revision",
    "indicator_id",
    "statement",
    "value",
    "numerator",
    "denominator",
    "rank",
    "stage_id",
)
TARGET_COLUMNS = (
    "id",
    "indicator_id",
    "comparator",
    "value",
    "value_max",
    "tolerance",
    "frequency",
    "year",
    "due_quarter",
    "effective_from",
    "source_document",
    "source_table",
    "source_printed",
    "ground",
)
Row = tuple[object, ...]


@dataclass(frozen=True)
class Size:
    """A plan's measures; `indicators` × `organisations` × 16 quarters is the number of facts it holds, to 1 %."""

    name: str
    indicators: int
    organisations: int

    @property
    def facts(self) -> int:
        return self.indicators * self.organisations * QUARTERS

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        return tuple(Shape.of(number) for number in range(1, self.indicators + 1))


SIZES = {
    size.name: size
    for size in (
        Size("tiny", 16, 3),
        Size("small", 16, 8),
        Size("large", 1_000, 20),
        Size("huge", 31_250, 20),
    )
}


@dataclass(frozen=True, slots=True)
class Shape:
    """An indicator by its number (its primary key, from 1): its kind and the amount its statements move around."""

    number: int
    kind: str
    base: int

    @classmethod
    def of(cls, number: int) -> Shape:
        return cls(number, _KINDS[(number - 1) % len(_KINDS)], 10 + number * 37 % 491)

    @property
    def pillar(self) -> int:
        return 1 + (self.number - 1) % PILLARS

    @property
    def sub_items(self) -> tuple[int, ...]:
        """One sub-item of its own pillar; every third indicator serves the next one, too."""
        own = sub_items_of(self.pillar)
        first = own[(self.number - 1) // PILLARS % len(own)]
        second = first % SUB_ITEMS + 1
        return (first, second) if self.number % 3 == 0 else (first,)

    @property
    def first_stage(self) -> int:
        """The primary key of a milestone's first stage; the others follow it."""
        return self.number * STAGES

    @property
    def baseline(self) -> int | None:
        return {"rank": 25, "ratio": 1}.get(self.kind)


def sub_items_of(pillar: int) -> range:
    """Sixteen sub-items, four of the first pillar and three of each other one."""
    return range(1, 5) if pillar == 1 else range(3 * pillar - 1, 3 * pillar + 2)


def quarters() -> list[Quarter]:
    return list(Quarter.between(FIRST, FIRST + (QUARTERS - 1)))


def moment(quarter: Quarter, days: int) -> datetime:
    """Nine in the morning in Taipei, so many days after the quarter's end."""
    return datetime.combine(quarter.last_day + timedelta(days=days), time(9), TAIPEI)


def targets(size: Size) -> Iterator[Row]:
    """Every year's, a single year's, or the whole plan's; one indicator in fifty has its target raised half-way."""
    for shape in size.shapes:
        comparator, value, highest, tolerance = _promise(shape, size.organisations)
        whole = shape.kind in ("stock", "maximum", "rank", "milestone") or shape.number % 4 == 0
        frequency = "whole_plan" if whole else "annual"
        by_year = not whole and shape.number % 2 == 1
        years = [FIRST.year + each for each in range(QUARTERS // 4)] if by_year else [None]
        due = (FIRST + (QUARTERS - 1)).ordinal if shape.kind == "milestone" else None
        wanted = [(year, FIRST, value) for year in years]
        if shape.number % 50 == 7 and value is not None and highest is None:
            wanted.append((None, FIRST + QUARTERS // 2, value * 11 / 10))
        for place, (year, since, much) in enumerate(wanted):
            yield (
                *(target_key(shape, place), shape.number, comparator, much, highest, tolerance),
                *(frequency, year, due, since.ordinal, "synthetic", "", "", ""),
            )


def target_key(shape: Shape, place: int) -> int:
    return shape.number * 8 + place


def _promise(shape: Shape, organisations: int) -> tuple[str, float | None, float | None, float | None]:
    """Comparator, value, the range's upper end, and the tolerance."""
    together = shape.base * organisations
    match shape.kind:
        case "flow":
            years = QUARTERS // 4 if shape.number % 4 == 0 else 1
            much = together * 4 * years * (85 + shape.number % 7 * 5) // 100
            return {
                0: ("more_than", much, None, None),
                3: ("range", much, much * 1.2, None),
                7: ("about", much, None, 0.1),
            }.get(shape.number % 10, ("at_least", much, None, None))
        case "stock":
            return "at_least", together, None, None
        case "ratio":
            lower_is_better = shape.number % 40 == 3
            return ("at_most", 0.75, None, None) if lower_is_better else ("at_least", 0.8, None, None)
        case "maximum":
            return "at_least", 95, None, None
        case "rank":
            return ("top", 10, None, None) if shape.number % 40 == 10 else ("rank_improves", 5, None, None)
        case _:
            return "milestone", None, None, None


def scheduled_shares(size: Size) -> Iterator[Row]:
    """Every tenth whole-plan target has a schedule of its own: little at first, most of it in the last year."""
    for shape in size.shapes:
        if shape.kind == "stock" and shape.number % 2 == 0:
            for year, share in enumerate((0.1, 0.25, 0.5, 1)):
                yield target_key(shape, 0), (FIRST + (year * 4 + 3)).ordinal, share


def facts(size: Size, quarter: Quarter, organisation: int) -> Iterator[str]:
    """What one organisation's accepted report of a quarter states, as COPY's text, in the columns of FACT_COLUMNS.

    A corrected statement is two rows, the first of them superseded.
    """
    accepted, corrected = (moment(quarter, days).isoformat() for days in (ACCEPTED, CORRECTED))
    origin = f"line {organisation} revision 1"
    common = f"{organisation}\t{quarter.ordinal}\t{ACTOR}\t\t{origin}\t\t\ton_track\t"
    in_force = f"{common}{accepted}\t{NULL}\t1\t"
    superseded = f"{common}{accepted}\t{corrected}\t1\t"
    correction = f"{common}{corrected}\t{NULL}\t2\t"
    position = quarter.ordinal - FIRST.ordinal + 1
    draws = random.Random(f"{SEED} {quarter.ordinal} {organisation}").randbytes(4 * size.indicators)
    for shape, draw in zip(size.shapes, memoryview(draws).cast("I"), strict=True):
        chance, noise = draw & 1023, (draw >> 10) % 1000
        if chance < _MISSING:
            continue
        if chance < _NOTHING_DUE:
            yield f"{in_force}{shape.number}\tnothing_due\t{NULL}\t{NULL}\t{NULL}\t{NULL}\t{NULL}\n"
        elif chance < _CORRECTED:
            yield f"{superseded}{shape.number}\t{_statement(shape, position, (noise + 500) % 1000)}\n"
            yield f"{correction}{shape.number}\t{_statement(shape, position, noise)}\n"
        else:
            yield f"{in_force}{shape.number}\t{_statement(shape, position, noise)}\n"


def _statement(shape: Shape, position: int, noise: int) -> str:
    """statement, value, numerator, denominator, rank, stage; `noise` is 0 to 999, `position` 1 to 16."""
    match shape.kind:
        case "flow":
            return f"value\t{shape.base * (500 + noise) / 1000}\t{NULL}\t{NULL}\t{NULL}\t{NULL}"
        case "stock":
            return (
                f"value\t{shape.base * (position * 60 + noise // 10) // 1000}\t{NULL}\t{NULL}\t{NULL}\t{NULL}"
            )
        case "ratio":
            of = 50 + noise % 150
            return f"ratio\t{NULL}\t{of * (600 + noise * 4 // 10) // 1000}\t{of}\t{NULL}\t{NULL}"
        case "maximum":
            return f"value\t{noise // 10}\t{NULL}\t{NULL}\t{NULL}\t{NULL}"
        case "rank":
            return f"rank\t{NULL}\t{NULL}\t{NULL}\t{1 + noise % 30}\t{NULL}"
        case _:
            reached = min(STAGES, position // 4 + noise % 2)
            if not reached:
                return f"value\t0\t{NULL}\t{NULL}\t{NULL}\t{NULL}"
            return f"stage\t{NULL}\t{NULL}\t{NULL}\t{NULL}\t{shape.first_stage + reached - 1}"
