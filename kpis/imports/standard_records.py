"""What may stand in a plan file about the standards that figures and reports are judged by, each from a quarter on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kpis.imports.bases import Record
from kpis.models import (
    CheckCode,
    CheckRule,
    ExecutionFormula,
    IndicatorWeight,
    MonitoringStandard,
    ScheduledShare,
    Severity,
)
from programs.quarters import Quarter


@dataclass(frozen=True, kw_only=True)
class StandardRecord(Record):
    """The thresholds of the lights in percentage points, and how the execution rate is computed."""

    model = MonitoringStandard
    effective_from: Quarter
    yellow_points: Decimal
    red_points: Decimal
    execution_formula: ExecutionFormula


@dataclass(frozen=True, kw_only=True)
class WeightRecord(Record):
    model = IndicatorWeight
    effective_from: Quarter
    weight: Decimal


@dataclass(frozen=True, kw_only=True)
class ShareRecord(Record):
    """The share (0-1) of the target that is expected at the end of the quarter."""

    model = ScheduledShare
    quarter: Quarter
    share: Decimal


@dataclass(frozen=True, kw_only=True)
class CheckRuleRecord(Record):
    """How grave a check of reports is; `parameter` is for checks that compare with a value."""

    model = CheckRule
    code: CheckCode
    effective_from: Quarter
    severity: Severity
    parameter: Decimal | None = None
    is_active: bool = True
    words_zh: str = ""
    words_en: str = ""
