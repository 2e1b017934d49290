"""How much: what is measured, what was promised of it, what was accepted, what follows, and what was published."""

from kpis.models.check_rules import CheckCode, CheckRule, Severity
from kpis.models.corrections import Correction
from kpis.models.facts import Observation
from kpis.models.figures import IndicatorFigure, Light, RollupCheck, RollupTask
from kpis.models.indicators import (
    Aggregation,
    Comparator,
    Frequency,
    Indicator,
    IndicatorOwner,
    IndicatorSubItem,
    MilestoneStage,
    Target,
    TargetTerms,
)
from kpis.models.publications import Publication
from kpis.models.standards import ExecutionFormula, IndicatorWeight, MonitoringStandard, ScheduledShare
from programs.models import Confidence

__all__ = [
    "Aggregation",
    "CheckCode",
    "CheckRule",
    "Comparator",
    "Confidence",
    "Correction",
    "ExecutionFormula",
    "Frequency",
    "Indicator",
    "IndicatorFigure",
    "IndicatorOwner",
    "IndicatorSubItem",
    "IndicatorWeight",
    "Light",
    "MilestoneStage",
    "MonitoringStandard",
    "Observation",
    "Publication",
    "RollupCheck",
    "RollupTask",
    "ScheduledShare",
    "Severity",
    "Target",
    "TargetTerms",
]
