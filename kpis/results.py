"""What came out: figures of indicators, members and nodes as frozen values, the same for now and for any moment before.

Shares are numerators over denominators and are divided only when they are asked for; None is never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kpis.composites import EXECUTION_FORMULAS, Money
from kpis.models.figures import divided
from programs.quarters import Quarter


@dataclass(frozen=True, slots=True)
class Windows:
    """An amount in the quarter, in the year to date and in the plan to date, with its coverage k of n.

    `last_stated` is the newest quarter that contributes to the plan to date: the age of what is carried forward.
    """

    quarter: Quarter
    quarter_numerator: Decimal | None
    quarter_denominator: Decimal | None
    year_numerator: Decimal | None
    year_denominator: Decimal | None
    plan_numerator: Decimal | None
    plan_denominator: Decimal | None
    last_stated: Quarter | None
    stated: int
    owed: int

    @property
    def quarter_value(self) -> Decimal | None:
        return divided(self.quarter_numerator, self.quarter_denominator)

    @property
    def year_value(self) -> Decimal | None:
        return divided(self.year_numerator, self.year_denominator)

    @property
    def plan_value(self) -> Decimal | None:
        return divided(self.plan_numerator, self.plan_denominator)

    @property
    def is_complete(self) -> bool:
        return self.stated == self.owed


@dataclass(frozen=True, slots=True)
class IndicatorResult(Windows):
    """An indicator over all its organisations in a quarter, held against the target in force (`target_id`)."""

    indicator_id: int
    target_id: int | None
    rate_numerator: Decimal | None
    rate_denominator: Decimal | None
    expected_numerator: Decimal | None
    expected_denominator: Decimal | None
    achieved: bool | None
    light: str
    weight: Decimal
    facts_seen: int
    facts_until: datetime | None
    algebra_version: int

    @property
    def rate(self) -> Decimal | None:
        return divided(self.rate_numerator, self.rate_denominator)

    @property
    def expected_share(self) -> Decimal | None:
        return divided(self.expected_numerator, self.expected_denominator)

    @property
    def lead(self) -> Decimal | None:
        """Rate less expected share; negative where it is behind."""
        if self.rate is None or self.expected_share is None:
            return None
        return self.rate - self.expected_share


@dataclass(frozen=True, slots=True)
class MemberResult(Windows):
    """One organisation's own part of an indicator in a quarter; coverage is counted in the target's window."""

    indicator_id: int
    organisation_id: int


NODE_KINDS = ("plan", "pillar", "sub_item", "organisation")


@dataclass(frozen=True, slots=True)
class NodeResult:
    """A plan, pillar, sub-item or organisation (`kind`, `node_id`) in a quarter; see `kpis.composites`.

    Money is in New Taiwan dollars, cumulative in the fiscal year. `weakest_id` is the indicator furthest behind.
    `facts_seen` and `facts_until` cover the facts of its indicators and programmes.
    """

    kind: str
    node_id: int
    quarter: Quarter
    indicators: int
    green: int
    yellow: int
    red: int
    grey: int
    unlit: int
    stated: int
    owed: int
    score_numerator: Decimal | None
    score_denominator: Decimal | None
    weakest_id: int | None
    programs: int
    programs_stated: int
    programs_related: int
    planned_numerator: Decimal | None
    actual_numerator: Decimal | None
    progress_denominator: Decimal | None
    progress_is_weighted: bool
    appropriation: Decimal | None
    allocated: Decimal | None
    spent: Decimal | None
    payable: Decimal | None
    surplus: Decimal | None
    execution_formula: str
    milestones_due: int
    milestones_reached: int
    milestones_reached_late: int
    milestones_overdue: int
    facts_seen: int
    facts_until: datetime | None

    @property
    def score(self) -> Decimal | None:
        return divided(self.score_numerator, self.score_denominator)

    @property
    def is_complete(self) -> bool:
        return self.stated == self.owed

    @property
    def planned_progress(self) -> Decimal | None:
        return divided(self.planned_numerator, self.progress_denominator)

    @property
    def actual_progress(self) -> Decimal | None:
        return divided(self.actual_numerator, self.progress_denominator)

    @property
    def lead(self) -> Decimal | None:
        """Actual less planned progress, in points; negative where programmes are behind."""
        if self.actual_progress is None or self.planned_progress is None:
            return None
        return self.actual_progress - self.planned_progress

    @property
    def money(self) -> Money:
        return Money(self.appropriation, self.allocated, self.spent, self.payable, self.surplus)

    @property
    def executed(self) -> Decimal | None:
        """執行數."""
        return self.money.executed

    @property
    def execution_rate(self) -> Decimal | None:
        """執行率 by the formula of the plan's standard in force."""
        share = EXECUTION_FORMULAS[self.execution_formula](self.money)
        return None if share is None else Decimal(share.numerator) / Decimal(share.denominator)

    @property
    def achievement_rate(self) -> Decimal | None:
        """達成率 = 執行數 / 預算數."""
        share = self.money.achievement_rate
        return None if share is None else Decimal(share.numerator) / Decimal(share.denominator)
