"""Every read of kpis: records of what is measured, and results as known now or at a moment before."""

from kpis.selectors.explaining import explain_indicator
from kpis.selectors.explaining_nodes import explain_node
from kpis.selectors.records import indicators, plans, publications
from kpis.selectors.restatements import restatements
from kpis.selectors.results import indicator_results, member_results, node_results
from kpis.selectors.targets import Revision, first_quarter_of, in_force, revisions

__all__ = [
    "Revision",
    "explain_indicator",
    "explain_node",
    "first_quarter_of",
    "in_force",
    "indicator_results",
    "indicators",
    "member_results",
    "node_results",
    "plans",
    "publications",
    "restatements",
    "revisions",
]
