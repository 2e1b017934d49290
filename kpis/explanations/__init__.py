"""Why this number? Explanations as pure values: formula, rows, exclusions and restatements of every kind of figure.

The rows of an explanation add up exactly to its figure. `kpis.selectors` reads them.
"""

from kpis.explanations.indicators import (
    WINDOWS,
    IndicatorExplanation,
    IndicatorFact,
    IndicatorRow,
    Member,
    TargetInForce,
)
from kpis.explanations.node_indicators import CoverageExplanation, ScoreExplanation, ScoreRow
from kpis.explanations.node_milestones import MilestonesExplanation
from kpis.explanations.node_programs import COMPONENTS, MoneyExplanation, ProgramRow, ProgressExplanation
from kpis.explanations.nodes import MEASURES, NodeExplanation
from kpis.explanations.shapes import (
    Body,
    Change,
    Excluded,
    Fact,
    Made,
    Reason,
    Restatement,
    SincePublished,
    Standard,
    Subject,
)

AnyNodeExplanation = (
    ScoreExplanation | CoverageExplanation | ProgressExplanation | MoneyExplanation | MilestonesExplanation
)
Explanation = IndicatorExplanation | AnyNodeExplanation

__all__ = [
    "COMPONENTS",
    "MEASURES",
    "WINDOWS",
    "AnyNodeExplanation",
    "Body",
    "Change",
    "CoverageExplanation",
    "Excluded",
    "Explanation",
    "Fact",
    "IndicatorExplanation",
    "IndicatorFact",
    "IndicatorRow",
    "Made",
    "Member",
    "MilestonesExplanation",
    "MoneyExplanation",
    "NodeExplanation",
    "ProgramRow",
    "ProgressExplanation",
    "Reason",
    "Restatement",
    "ScoreExplanation",
    "ScoreRow",
    "SincePublished",
    "Standard",
    "Subject",
    "TargetInForce",
]
