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
from ministries.services.notices import people_of, people_of_each, tell
from ministries.services.people import end_role, grant_role

__all__ = [
    "Refused",
    "disable_account",
    "disable_idle_accounts",
    "enable_account",
    "end_deputyship",
    "end_role",
    "grant_role",
    "hand_over",
    "name_deputy",
    "people_of",
    "people_of_each",
    "record_act",
    "record_acts",
    "set_password",
    "tell",
]
