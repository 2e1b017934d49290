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
from kpis.explanations.nodes import (
    COMPONENTS,
    MEASURES,
    AnyNodeExplanation,
    CoverageExplanation,
    MilestonesExplanation,
    MoneyExplanation,
    NodeExplanation,
    ProgramRow,
    ProgressExplanation,
    ScoreExplanation,
    ScoreRow,
)
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
