"""Every change to quarters and reports: authorise, lock, ask the workflow, save with an audit row, ring on commit."""

from reports.services.auditing import note_export
from reports.services.comments import add_comment
from reports.services.coordination import announce_coordination
from reports.services.copying import copy_forward
from reports.services.correcting import cancel_correction, open_correction
from reports.services.dates import QuarterDates, set_quarter_dates
from reports.services.decision_progress import Overtaken, require_decisions_answered, save_decision_progress
from reports.services.decision_reminders import remind_of_decisions
from reports.services.decisions import change_decision, close_decision, make_decision, reopen_decision
from reports.services.evidence import attach_file, attach_link, faults_of_store, remove_evidence, sweep_store
from reports.services.extensions import answer_extension, ask_extension, withdraw_extension
from reports.services.governing import (
    add_part,
    change_marks,
    change_owner,
    change_standing,
    end_part,
    join_program,
)
from reports.services.handing_in import ask_for_sign_off, recall_report, send_back, sign_report, submit_report
from reports.services.lines import save_line, save_lines
from reports.services.program_requests import withdraw_request
from reports.services.publications import (
    confirm_publication,
    propose_publication,
    publish_due,
    refuse_publication,
    watch_embargoes,
    withdraw_publication,
)
from reports.services.quarters import close_quarter, create_quarters, open_quarter
from reports.services.releasing import answer_release, ask_release
from reports.services.reminding import note_reminders
from reports.services.reviewing import (
    accept_lines,
    accept_report,
    accept_reports,
    reopen_report,
    return_lines,
    return_report,
    withdraw_acceptance,
)
from reports.services.revising import decide_revision, propose_revision
from reports.services.rosters import RosterChange, update_roster
from reports.services.rules import switch_second_review, switch_sign_off
from reports.services.targets import decide_target, propose_target, withdraw_proposal
from reports.services.turning import turn_quarters

__all__ = [
    "Overtaken",
    "QuarterDates",
    "RosterChange",
    "accept_lines",
    "accept_report",
    "accept_reports",
    "add_comment",
    "add_part",
    "announce_coordination",
    "answer_extension",
    "answer_release",
    "ask_extension",
    "ask_for_sign_off",
    "ask_release",
    "attach_file",
    "attach_link",
    "cancel_correction",
    "change_decision",
    "change_marks",
    "change_owner",
    "change_standing",
    "close_decision",
    "close_quarter",
    "confirm_publication",
    "copy_forward",
    "create_quarters",
    "decide_revision",
    "decide_target",
    "end_part",
    "faults_of_store",
    "join_program",
    "make_decision",
    "note_export",
    "note_reminders",
    "open_correction",
    "open_quarter",
    "propose_publication",
    "propose_revision",
    "propose_target",
    "publish_due",
    "recall_report",
    "refuse_publication",
    "remind_of_decisions",
    "remove_evidence",
    "reopen_decision",
    "reopen_report",
    "require_decisions_answered",
    "return_lines",
    "return_report",
    "save_decision_progress",
    "save_line",
    "save_lines",
    "send_back",
    "set_quarter_dates",
    "sign_report",
    "submit_report",
    "sweep_store",
    "switch_second_review",
    "switch_sign_off",
    "turn_quarters",
    "update_roster",
    "watch_embargoes",
    "withdraw_acceptance",
    "withdraw_extension",
    "withdraw_proposal",
    "withdraw_publication",
    "withdraw_request",
]
