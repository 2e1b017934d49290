"""How much: what is measured, what was promised of it, what was accepted, what follows, and what was published."""

from kpis.models.facts import Confidence, Observation
from kpis.models.figures import IndicatorFigure, Light, NodeFigure, RollupTask
from kpis.models.indicators import (
    Aggregation,
    Comparator,
    Frequency,
    Indicator,
    IndicatorOwner,
    IndicatorSubItem,
    MilestoneStage,
    Target,
)
from kpis.models.publications import Publication

__all__ = [
    "Aggregation",
    "Comparator",
    "Confidence",
    "Frequency",
    "Indicator",
    "IndicatorFigure",
    "IndicatorOwner",
    "IndicatorSubItem",
    "Light",
    "MilestoneStage",
    "NodeFigure",
    "Observation",
    "Publication",
    "RollupTask",
    "Target",
]
