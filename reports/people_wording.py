"""What was done to an account, in words: one sentence for each entry of the audit log that concerns people."""

from __future__ import annotations

from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ministries.calendars import roc_date_short
from ministries.models import AuditEntry, DisabledBecause, Role
from ministries.permissions import ACT_NAMES, Act


def done(entry: AuditEntry) -> str:
    """A sentence without a subject: 「授予「填報人」」. An entry of a kind unknown here is named by its act."""
    told = entry.detail
    match told:
        case {"granted": role}:
            return _("授予「%(role)s」") % {"role": _role(role)}
        case {"invited": email}:
            return _("寄送邀請至 %(email)s") % {"email": email}
        case {"disabled": _email, "because": because}:
            return _("停用帳號（%(because)s）") % {"because": DisabledBecause(because).label}
        case {"enabled": _email}:
            return _("啟用帳號")
        case {"handed_over": roles, "to": successor}:
            names = _("、").join(_role(role) for role in roles)
            return _("移交「%(roles)s」予 %(successor)s") % {"roles": names, "successor": successor}
        case {"deputy": deputy, "for": principal, "from": first, "until": last}:
            words = {"deputy": deputy, "principal": principal, "first": _day(first), "last": _day(last)}
            return _("指定 %(deputy)s 代理 %(principal)s，%(first)s 至 %(last)s") % words
        case {"ended": deputy, "for": principal}:
            return _("結束 %(deputy)s 代理 %(principal)s") % {"deputy": deputy, "principal": principal}
        case {"ended": role, "of": _email}:
            return _("終止「%(role)s」") % {"role": _role(role)}
    return str(ACT_NAMES[Act(entry.act)]) if entry.act in set(Act) else entry.act


def _role(value: str) -> str:
    return str(Role(value).label) if value in Role.values else value


def _day(iso: str) -> str:
    in_chinese = (get_language() or "zh").startswith("zh")
    return roc_date_short(date.fromisoformat(iso)) if in_chinese else iso
