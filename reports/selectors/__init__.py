"""Every read that the working pages need, as frozen values with a bounded number of queries.

It decides what somebody may see only through `Report.objects.visible_to`; it does not know who renders it.
"""

from reports.selectors.as_published import overview_as_published
from reports.selectors.checking import check_contexts, contexts_of
from reports.selectors.deadlines import Deadline, deadline_of
from reports.selectors.evidence import ProgramsPage, programs_page
from reports.selectors.explained import ExplainedFigure, ExplainedNode, explained_figure, explained_node
from reports.selectors.overview import MISSING, IndicatorRow, MatrixRow, NodeRow, Overview, overview
from reports.selectors.pages import LineRow, ReportPage, lines_of, report_for, report_page
from reports.selectors.queues import (
    OwnReport,
    QueuedReport,
    ReviewQueue,
    chosen_reports,
    own_reports,
    review_queue,
)
from reports.selectors.rounds import Round, RoundPage, round_in_view, round_page, rounds

__all__ = [
    "MISSING",
    "Deadline",
    "ExplainedFigure",
    "ExplainedNode",
    "IndicatorRow",
    "LineRow",
    "MatrixRow",
    "NodeRow",
    "Overview",
    "OwnReport",
    "ProgramsPage",
    "QueuedReport",
    "ReportPage",
    "ReviewQueue",
    "Round",
    "RoundPage",
    "check_contexts",
    "chosen_reports",
    "contexts_of",
    "deadline_of",
    "explained_figure",
    "explained_node",
    "lines_of",
    "overview",
    "overview_as_published",
    "own_reports",
    "programs_page",
    "report_for",
    "report_page",
    "review_queue",
    "round_in_view",
    "round_page",
    "rounds",
]
