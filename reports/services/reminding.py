"""Reminders go out before, on and after the day a report is due, each once; who was away is reminded of today, not of every day missed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from ministries.models import NoticeKind, Role
from ministries.services import people_of_each, tell
from reports.selectors.reminding import OwedReport, owed_reports

# Once a report is due, its approver should know as well.
_TOLD = {
    NoticeKind.DUE_SOON: (Role.OFFICER,),
    NoticeKind.DUE_TODAY: (Role.OFFICER, Role.APPROVER),
    NoticeKind.OVERDUE: (Role.OFFICER, Role.APPROVER),
}


def reminder(days: int) -> tuple[NoticeKind, int] | None:
    """Which reminder holds with `days` left (negative: late), and the day to which it belongs; None where none does.

    It holds until the next one does, so that a day on which nothing ran is caught up with one reminder.
    """
    if days > 0:
        ahead = [each for each in settings.REMIND_DAYS_BEFORE if days <= each]
        return (NoticeKind.DUE_SOON, min(ahead)) if ahead else None
    if days == 0:
        return NoticeKind.DUE_TODAY, 0
    late, last = -days, max(settings.REMIND_DAYS_AFTER)
    if late >= last:
        return NoticeKind.OVERDUE, late - (late - last) % settings.REMIND_EVERY_DAYS
    passed = [each for each in settings.REMIND_DAYS_AFTER if each <= late]
    return (NoticeKind.OVERDUE, max(passed)) if passed else None


@transaction.atomic
def note_reminders() -> int:
    """Tells whoever owes a report today's reminder of it; returns how many reports have one.

    A new due day begins anew. Safe to run twice: a reminder's key is the report, the due day and the reminder's day.
    """
    reminded = [(each, found) for each in owed_reports() if (found := reminder(each.deadline.days))]
    for kind, roles in _TOLD.items():
        owed = [(each, day) for each, (of_kind, day) in reminded if of_kind == kind]
        people = people_of_each([each.report.organisation for each, _day in owed], *roles)
        for each, day in owed:
            tell(
                kind=kind,
                key=_key(kind, each.report.pk, each.deadline.due_on, day),
                people=people[each.report.organisation_id],
                facts=_facts(each),
                path=each.path,
                organisation=each.report.organisation,
            )
    return len(reminded)


def _key(kind: NoticeKind, report: int, due_on: date, day: int) -> str:
    return f"{kind}:report:{report}:{due_on.isoformat()}:{day}"


def _facts(owed: OwedReport) -> dict[str, Any]:
    return {
        "about": owed.title,
        "due_on": owed.deadline.due_on.isoformat(),
        "lines": list(owed.lacking),
        "remark": _remark(owed),
    }


def _remark(owed: OwedReport) -> dict[str, str]:
    """What is left to do, in both languages."""
    if owed.is_returned:
        return {
            "zh": "已退回補正，請依審查意見修正後送出。",
            "en": "It was returned; correct it as the review asks and submit it again.",
        }
    if owed.lacking:
        return {
            "zh": f"共 {owed.lines} 項，尚有 {len(owed.lacking)} 項未完成。",
            "en": f"{len(owed.lacking)} of {owed.lines} lines are not complete.",
        }
    return {
        "zh": f"{owed.lines} 項均已填妥，尚未送出。",
        "en": f"All {owed.lines} lines are complete; the report has not been submitted.",
    }
