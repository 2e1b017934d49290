"""The dates of a round may be set while they lie ahead; once it is open, with a reason, and never to take back a day.

A closed round that is not published is opened again by a last day that lies ahead. Every change stands in the audit
log with what was and what became.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, require
from ministries.services import Refused, record_act
from reports import typed
from reports.models import ReportingQuarter
from reports.services.moving import locked_quarter

State = ReportingQuarter.State


@dataclass(frozen=True)
class QuarterDates:
    """The three dates of a round, each the name of its column."""

    opens_on: date
    due_on: date
    closes_on: date

    @classmethod
    def of(cls, round_: ReportingQuarter) -> QuarterDates:
        return cls(round_.opens_on, round_.due_on, round_.closes_on)

    def differing_from(self, other: QuarterDates) -> list[str]:
        names = [each.name for each in fields(self)]
        return [name for name in names if getattr(self, name) != getattr(other, name)]


@transaction.atomic
def set_quarter_dates(
    *, reporting_quarter: ReportingQuarter, dates: QuarterDates, actor: User, reason: str = ""
) -> ReportingQuarter:
    """Sets when the round opens, falls due and closes; Refused names each date that cannot be, and why."""
    require(actor, Act.SET_QUARTER_DATES)
    round_ = locked_quarter(reporting_quarter)
    if round_.published_at:
        raise Refused(_("%(quarter)s已公布，內容不再變動。") % {"quarter": round_.quarter.label})
    before, reopens = QuarterDates.of(round_), round_.state == State.CLOSED
    changed = dates.differing_from(before)
    if not changed and not reopens:
        raise Refused(_("日期沒有變動。"))
    reason, errors = _understood(reason)
    errors |= _errors_of(round_, before, dates)
    if round_.opened_at and not reason:
        errors.setdefault("reason", _("季別開放後變更日期，請說明理由。"))
    if errors:
        raise Refused(_("日期未變更，請更正下列各項。"), errors)
    for name in changed:
        setattr(round_, name, getattr(dates, name))
    if reopens:
        round_.closed_at = round_.closed_by = round_.closed_on_behalf_of = None
    round_.save(update_fields=[*changed, "closed_at", "closed_by", "closed_on_behalf_of"])
    record_act(
        actor=actor,
        act=Act.SET_QUARTER_DATES,
        subject=round_,
        detail={
            "from": {name: getattr(before, name).isoformat() for name in changed},
            "to": {name: getattr(dates, name).isoformat() for name in changed},
            "reason": reason,
            "reopened": reopens,
        },
    )
    return round_


def _understood(reason: str) -> tuple[str, dict[str, str]]:
    try:
        return typed.words(reason), {}
    except typed.NotUnderstood as why:
        return "", {"reason": str(why)}


def _errors_of(round_: ReportingQuarter, before: QuarterDates, dates: QuarterDates) -> dict[str, str]:
    """Date → why it cannot be; of several reasons the first."""
    today = clock.today()
    extended = round_.reports.aggregate(until=Max("extended_until"))["until"] or dates.closes_on
    opened, due_changes = round_.opened_at is not None, dates.due_on != before.due_on
    rules = (
        ("opens_on", opened and dates.opens_on != before.opens_on, _("本季已開放填報，開放日不再變動。")),
        ("opens_on", dates.opens_on < round_.quarter.first_day, _("開放日不得早於該季首日。")),
        ("due_on", dates.due_on < dates.opens_on, _("期限不得早於開放日。")),
        ("due_on", opened and due_changes and dates.due_on < today, _("期限不得改為已過之日。")),
        ("closes_on", dates.closes_on < dates.due_on, _("截止日不得早於期限。")),
        ("closes_on", dates.closes_on < today, _("截止日不得早於今日。")),
        ("closes_on", dates.closes_on < extended, _("已有機關獲同意展延至更晚之日，截止日不得早於該日。")),
    )
    errors: dict[str, str] = {}
    for name, is_broken, why in rules:
        if is_broken:
            errors.setdefault(name, why)
    return errors
