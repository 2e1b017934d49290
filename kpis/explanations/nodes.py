"""What every explanation of a figure of the plan, a pillar, a sub-item or an organisation says, whatever it measures.

Pure and exact: `total` is what `kpis.composites` makes of the rows alone, and equals the node's figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kpis.explanations.shapes import Body, SincePublished, Standard, Subject
from programs.quarters import Quarter

MEASURES = ("score", "coverage", "progress", "money", "milestones")


@dataclass(frozen=True, kw_only=True)
class NodeExplanation:
    """What all of a node's explanations say; `node` is named as on the quarter's last day."""

    node: Subject
    quarter: Quarter
    standard: Standard
    as_of: datetime | None
    is_stale: bool
    since_published: SincePublished | None = None


@dataclass(frozen=True, slots=True)
class Carrying:
    """A programme that counts in the node, once, or is only related to it."""

    program: Subject
    organisation: Body
    is_primary: bool
