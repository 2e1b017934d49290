"""Small invented plans for tests of the roll-up: any kinds, targets and histories, written straight to the tables.

The facts are written as acceptance leaves them (revisions, one in force), so that thousands of random histories
stay cheap; that acceptance really leaves them so is tested with the services themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from kpis.models import (
    Indicator,
    IndicatorOwner,
    IndicatorWeight,
    MilestoneStage,
    Observation,
    ScheduledShare,
    Target,
)
from ministries.models import Organisation, OrganisationName, User
from programs.models import Pillar, Plan
from programs.quarters import Quarter

FIRST = Quarter.of(2031, 1)
LAST = Quarter.of(2032, 4)
QUARTERS = list(Quarter.between(FIRST, LAST))
COMPARATORS = {
    "flow": ["at_least", "more_than", "about", "range", "at_most"],
    "stock": ["at_least", "range", "at_most"],
    "maximum": ["at_least", "top"],
    "ratio": ["at_least", "at_most"],
    "rank": ["rank_improves", "top"],
    "milestone": ["milestone"],
    "qualitative": ["qualitative"],
}
STATEMENT = {"rank": "rank", "ratio": "ratio", "milestone": "stage", "qualitative": "judgement"}
SHARES = [Decimal("0.25"), Decimal("0.6"), Decimal(1)]


@dataclass(frozen=True)
class Said:
    """One cell: which organisation (0-2), which quarter (0-7), its number, and how it was said."""

    organisation: int
    quarter: int
    statement: str
    number: int
    below: int


@dataclass(frozen=True)
class Case:
    """One indicator with its target and everything ever said of it, in the order of acceptance.

    `owners` are (organisation, first, last quarter). The target may be revised to another value from a quarter on, by
    a decision so many days after all was said (by the plan itself where `decided` is None), have a schedule of (quarter, percent) and a due quarter; `weights` are (quarter, weight). Quarters are 0-7.
    """

    kind: str
    comparator: str
    annual: bool
    value: int
    baseline: int | None
    owners: tuple[tuple[int, int, int], ...]
    said: tuple[Said, ...] = field(default=())
    revised: tuple[int, int] | None = None
    decided: int | None = None
    schedule: tuple[tuple[int, int], ...] = ()
    due: int | None = None
    weights: tuple[tuple[int, int], ...] = ()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    kind = draw(st.sampled_from(sorted(COMPARATORS)))
    comparator = draw(st.sampled_from(COMPARATORS[kind]))
    owners = draw(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(4, 7)),
            min_size=1,
            max_size=3,
            unique_by=lambda owner: owner[0],
        )
    )
    statement = st.sampled_from(
        [STATEMENT.get(kind, "value")] * 4 + ["nothing_due", "not_applicable", "withdrawn"]
    )
    owner = st.sampled_from([each for each, _, _ in owners])
    quarter = st.integers(0, 7)
    said = draw(
        st.lists(
            st.builds(Said, owner, quarter, statement, st.integers(0, 40), st.integers(0, 3)),
            max_size=25,
        )
    )
    points = st.lists(st.tuples(quarter, st.integers(0, 100)), max_size=4, unique_by=lambda point: point[0])
    return Case(
        kind=kind,
        comparator=comparator,
        annual=draw(st.booleans()),
        value=draw(st.integers(0, 50)),
        baseline=draw(st.none() | st.integers(0, 50)),
        owners=tuple(owners),
        said=tuple(said),
        revised=draw(st.none() | st.tuples(st.integers(1, 7), st.integers(0, 50))),
        decided=draw(st.none() | st.integers(-1, 1)),
        schedule=tuple(draw(st.just([]) | points)),
        due=draw(st.none() | quarter),
        weights=tuple(
            draw(st.lists(st.tuples(quarter, st.integers(0, 5)), max_size=2, unique_by=lambda each: each[0]))
        ),
    )


def empty_plan(code: str = "small") -> Plan:
    plan = Plan.objects.create(
        code=code,
        name_zh=code,
        name_en=code,
        short_name_zh=code,
        short_name_en=code,
        starts_on=date(2031, 1, 1),
        ends_on=date(2032, 12, 31),
        is_managed=False,
    )
    Pillar.objects.create(plan=plan, code="1", order=1, name_zh="一", name_en="One")
    return plan


def organisations() -> list[Organisation]:
    made = []
    for number in range(3):
        organisation, fresh = Organisation.objects.get_or_create(
            code=f"SMALL{number}", defaults={"kind": Organisation.Kind.MINISTRY}
        )
        if fresh:
            names: dict[str, Any] = {
                "name_zh": "部",
                "name_en": "Ministry",
                "short_zh": "部",
                "short_en": "M",
            }
            OrganisationName.objects.create(organisation=organisation, **names)
        made.append(organisation)
    return made


def build(plan: Plan, case: Case, actor: User, number: int = 1) -> Indicator:
    """The case as rows of the tables."""
    indicator = Indicator.objects.create(
        plan=plan,
        pillar=plan.pillars.first(),
        code=f"S{number}",
        kind="key_result",
        order=number,
        name_zh="指標",
        name_en="Indicator",
        aggregation=case.kind,
        baseline=case.baseline,
    )
    bodies = organisations()
    for owner, first, last in case.owners:
        IndicatorOwner.objects.create(
            indicator=indicator,
            organisation=bodies[owner],
            named_by_plan=True,
            from_quarter=QUARTERS[first],
            until_quarter=QUARTERS[last],
        )
    target(indicator, case, case.value, 0)
    if case.revised:
        target(indicator, case, case.revised[1], case.revised[0], case.decided)
    IndicatorWeight.objects.bulk_create(
        IndicatorWeight(indicator=indicator, effective_from=QUARTERS[quarter], weight=weight)
        for quarter, weight in case.weights
    )
    stages = [
        MilestoneStage.objects.create(
            indicator=indicator, order=order, name_zh="段", name_en="Stage", share=share
        )
        for order, share in enumerate(SHARES)
        if case.kind == "milestone"
    ]
    for order, said in enumerate(case.said):
        accept(indicator, said, stages, bodies, actor, order)
    return indicator


def moment(order: int) -> datetime:
    """When the statement of that order was accepted, all within an hour of one day."""
    return datetime(2033, 1, 1, 0, order, tzinfo=UTC)


def target(indicator: Indicator, case: Case, value: int, quarter: int, decided: int | None = None) -> None:
    wordless = case.comparator in ("milestone", "qualitative")
    row = Target.objects.create(
        indicator=indicator,
        comparator=case.comparator,
        value=None if wordless else value,
        value_max=value + 2 if case.comparator == "range" else None,
        tolerance=Decimal("0.1") if case.comparator == "about" else None,
        frequency="annual" if case.annual else "whole_plan",
        due_quarter=None if case.due is None else QUARTERS[case.due],
        effective_from=QUARTERS[quarter],
        ground="" if decided is None else "政策調整",
        decided_on=None if decided is None else moment(0).date() + timedelta(days=decided),
    )
    ScheduledShare.objects.bulk_create(
        ScheduledShare(target=row, quarter=QUARTERS[at], share=Decimal(percent) / 100)
        for at, percent in case.schedule
    )


def content(said: Said, stages: list[MilestoneStage]) -> dict[str, Any]:
    """What the fact states, as columns."""
    figures_by_statement: dict[str, dict[str, Any]] = {
        "value": {"value": Decimal(said.number) / 4},
        "ratio": {"numerator": said.number, "denominator": said.below},
        "rank": {"rank": said.number + 1},
        "stage": {"stage": stages[said.number % 3] if stages else None},
        "judgement": {"confidence": "at_risk"},
    }
    return {"statement": said.statement, **figures_by_statement.get(said.statement, {})}


def accept(
    indicator: Indicator,
    said: Said,
    stages: list[MilestoneStage],
    bodies: list[Organisation],
    actor: User,
    order: int,
) -> None:
    """Adds one fact, superseding what stood in its cell."""
    at = moment(order)
    cell = {
        "indicator": indicator,
        "organisation": bodies[said.organisation],
        "quarter": QUARTERS[said.quarter],
    }
    before = Observation.objects.filter(**cell, superseded_at__isnull=True).first()
    if before:
        Observation.objects.filter(pk=before.pk).update(superseded_at=at)
    Observation.objects.create(
        **cell,
        **content(said, stages),
        revision=before.revision + 1 if before else 1,
        accepted_at=at,
        accepted_by=actor,
        origin="test",
    )
