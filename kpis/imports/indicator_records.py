"""What may stand in a plan file about an indicator: what it measures, who owes it, and what was promised."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kpis.imports.bases import MappingRecord, Record, Source
from kpis.imports.standard_records import ShareRecord, WeightRecord
from kpis.models import Aggregation, Comparator, Frequency, Indicator, MilestoneStage, Target
from programs.quarters import Quarter


@dataclass(frozen=True, kw_only=True)
class OwnerRecord(Record):
    organisation: str
    named_by_plan: bool
    from_quarter: Quarter | None = None
    until_quarter: Quarter | None = None


@dataclass(frozen=True, kw_only=True)
class StageRecord(Record):
    model = MilestoneStage
    name_zh: str
    name_en: str
    share: Decimal


@dataclass(frozen=True, kw_only=True)
class TargetRecord(Record):
    model = Target
    comparator: Comparator
    value: Decimal | None = None
    value_max: Decimal | None = None
    tolerance: Decimal | None = None
    frequency: Frequency
    year: int | None = None
    due_quarter: Quarter | None = None
    effective_from: Quarter
    schedule: tuple[ShareRecord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IndicatorRecord(Record):
    model = Indicator
    code: str
    kind: Indicator.Kind
    pillar: str | None = None
    name_zh: str
    name_en: str
    definition_zh: str = ""
    definition_en: str = ""
    definition_is_provisional: bool = False
    aggregation: Aggregation
    unit_zh: str = ""
    unit_en: str = ""
    decimal_places: int = 0
    baseline: Decimal | None = None
    baseline_statement_zh: str
    baseline_statement_en: str
    owners: tuple[OwnerRecord, ...]
    targets: tuple[TargetRecord, ...]
    stages: tuple[StageRecord, ...] = ()
    sub_items: tuple[MappingRecord, ...] = ()
    weights: tuple[WeightRecord, ...] = ()
    source: Source
