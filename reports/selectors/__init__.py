"""Every read that the working pages need, as frozen values with a bounded number of queries.

It decides what somebody may see only through `Report.objects.visible_to`; it does not know who renders it.
"""

from reports.selectors.as_published import overview_as_published
from reports.selectors.attention import Attended, Attention, overview_now
from reports.selectors.checking import check_contexts, contexts_of
from reports.selectors.coordination import Need, need_for, needs_asked_of
from reports.selectors.corrections import unsaid_corrections
from reports.selectors.deadlines import Deadline, deadline_of
from reports.selectors.decision_pages import DecisionPage, decision_for, decision_page
from reports.selectors.decisions import (
    AskedDecision,
    DecisionCounts,
    DecisionDue,
    DecisionRow,
    counts_of,
    decision_rows,
    decisions_asked_in,
    due_of,
    unanswered_decisions,
)
from reports.selectors.evidence import ProgramsPage, programs_page
from reports.selectors.explained import ExplainedFigure, ExplainedNode, explained_figure, explained_node
from reports.selectors.extensions import (
    ExtensionPage,
    ExtensionRow,
    extension_page,
    extensions_of_plan,
    extensions_of_round,
)
from reports.selectors.extras import LineExtras
from reports.selectors.finding import Findable, findable
from reports.selectors.line_pages import LinePage, evidence_for, line_for, line_page
from reports.selectors.overview import MISSING, IndicatorRow, MatrixRow, NodeRow, Overview, overview
from reports.selectors.owners import OwnerLine, Term, bodies, columns_of, owner_lines, owners_of, terms_of
from reports.selectors.pages import LineRow, ReportPage, lines_of, report_for, report_page, with_stages
from reports.selectors.people import (
    DeputiesPage,
    PeoplePage,
    PersonPage,
    PersonRow,
    deputies_page,
    deputyship_for,
    organisations_managed_by,
    people_page,
    person_for,
    person_page,
    whom_to_ask,
)
from reports.selectors.programs import (
    ProgramLine,
    ProgramPage,
    open_milestones,
    program_for,
    program_lines,
    program_page,
)
from reports.selectors.publications import Preview, preview_of
from reports.selectors.pulse import pulse
from reports.selectors.queues import (
    OwnReport,
    chosen_reports,
    own_reports,
)
from reports.selectors.receipts import ReceiptPage, receipt_page
from reports.selectors.review_pages import (
    LinePast,
    UntroubledPage,
    lines_by_key,
    lines_to_decide,
    pasts_of,
    untroubled_page,
)
from reports.selectors.review_queue import QueuedReport, ReviewQueue, next_report, review_queue
from reports.selectors.rounds import (
    Round,
    RoundPage,
    missed_rounds,
    round_in_view,
    round_page,
    rounds,
)
from reports.selectors.rule_pages import ReviewRule, SignOffRule, review_rule, sign_off_rules
from reports.selectors.targets import (
    TargetPage,
    TargetsPage,
    indicator_for,
    organisations_proposing,
    proposal_for,
    target_page,
    targets_page,
)

__all__ = [
    "MISSING",
    "AskedDecision",
    "Attended",
    "Attention",
    "Deadline",
    "DecisionCounts",
    "DecisionDue",
    "DecisionPage",
    "DecisionRow",
    "DeputiesPage",
    "ExplainedFigure",
    "ExplainedNode",
    "ExtensionPage",
    "ExtensionRow",
    "Findable",
    "IndicatorRow",
    "LineExtras",
    "LinePage",
    "LinePast",
    "LineRow",
    "MatrixRow",
    "Need",
    "NodeRow",
    "Overview",
    "OwnReport",
    "OwnerLine",
    "PeoplePage",
    "PersonPage",
    "PersonRow",
    "Preview",
    "ProgramLine",
    "ProgramPage",
    "ProgramsPage",
    "QueuedReport",
    "ReceiptPage",
    "ReportPage",
    "ReviewQueue",
    "ReviewRule",
    "Round",
    "RoundPage",
    "SignOffRule",
    "TargetPage",
    "TargetsPage",
    "Term",
    "UntroubledPage",
    "bodies",
    "check_contexts",
    "chosen_reports",
    "columns_of",
    "contexts_of",
    "counts_of",
    "deadline_of",
    "decision_for",
    "decision_page",
    "decision_rows",
    "decisions_asked_in",
    "deputies_page",
    "deputyship_for",
    "due_of",
    "evidence_for",
    "explained_figure",
    "explained_node",
    "extension_page",
    "extensions_of_plan",
    "extensions_of_round",
    "findable",
    "indicator_for",
    "line_for",
    "line_page",
    "lines_by_key",
    "lines_of",
    "lines_to_decide",
    "missed_rounds",
    "need_for",
    "needs_asked_of",
    "next_report",
    "open_milestones",
    "organisations_managed_by",
    "organisations_proposing",
    "overview",
    "overview_as_published",
    "overview_now",
    "own_reports",
    "owner_lines",
    "owners_of",
    "pasts_of",
    "people_page",
    "person_for",
    "person_page",
    "preview_of",
    "program_for",
    "program_lines",
    "program_page",
    "programs_page",
    "proposal_for",
    "pulse",
    "receipt_page",
    "report_for",
    "report_page",
    "review_queue",
    "review_rule",
    "round_in_view",
    "round_page",
    "rounds",
    "sign_off_rules",
    "target_page",
    "targets_page",
    "terms_of",
    "unanswered_decisions",
    "unsaid_corrections",
    "untroubled_page",
    "whom_to_ask",
    "with_stages",
]
