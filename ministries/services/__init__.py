"""Every change to organisations, people and what they are told; and the audit log, which every service writes to."""

from ministries.services.accounts import (
    disable_account,
    disable_idle_accounts,
    enable_account,
    set_password,
)
from ministries.services.acts import Refused, record_act, record_acts
from ministries.services.deputies import end_deputyship, name_deputy
from ministries.services.handovers import hand_over
from ministries.services.invitations import invite_again, invite_person
from ministries.services.leaving import end_role
from ministries.services.letters import hand_over_letters, resend_letter, write_letters
from ministries.services.notices import drop_notices, people_of, people_of_each, tell
from ministries.services.people import grant_role
from ministries.services.preferences import renew_calendar, save_preferences
from ministries.services.proving import check_audit
from ministries.services.public import forget_public_changes
from ministries.services.sealing import seal_entries

__all__ = [
    "Refused",
    "check_audit",
    "disable_account",
    "disable_idle_accounts",
    "drop_notices",
    "enable_account",
    "end_deputyship",
    "end_role",
    "forget_public_changes",
    "grant_role",
    "hand_over",
    "hand_over_letters",
    "invite_again",
    "invite_person",
    "name_deputy",
    "people_of",
    "people_of_each",
    "record_act",
    "record_acts",
    "renew_calendar",
    "resend_letter",
    "save_preferences",
    "seal_entries",
    "set_password",
    "tell",
    "write_letters",
]
