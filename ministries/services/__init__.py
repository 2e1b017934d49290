"""Every change to organisations, people and what they are told; and the audit log, which every service writes to."""

from ministries.services.acts import Refused, record_act, record_acts
from ministries.services.notices import people_of, people_of_each, tell
from ministries.services.people import grant_role

__all__ = ["Refused", "grant_role", "people_of", "people_of_each", "record_act", "record_acts", "tell"]
