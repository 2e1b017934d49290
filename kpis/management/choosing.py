"""Which plan and quarter a command of roll-up means, said by code; CommandError names what is not known."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management import CommandError
from django.utils.translation import gettext as _

from programs.models import Plan
from programs.quarters import Quarter


def add_plan(parser: ArgumentParser) -> None:
    parser.add_argument("--plan", metavar="CODE", help=_("只處理此代碼之計畫"))


def chosen_plan(code: str | None) -> Plan | None:
    if code is None:
        return None
    plan = Plan.objects.filter(code=code).first()
    if plan is None:
        known = "、".join(Plan.objects.order_by("code").values_list("code", flat=True))
        raise CommandError(
            _("沒有代碼為「%(code)s」之計畫；現有：%(known)s。") % {"code": code, "known": known}
        )
    return plan


def chosen_quarter(code: str | None, plan: Plan | None) -> Quarter | None:
    """A quarter of the plan, or of any."""
    if code is None:
        return None
    try:
        quarter = Quarter.parse(code)
    except ValueError as error:
        message = _("「%(value)s」不是季別；請寫成 112Q1（民國 112 年第 1 季）。")
        raise CommandError(message % {"value": code}) from error
    plans = [plan] if plan else list(Plan.objects.all())
    if not any(each.first_quarter <= quarter <= each.last_quarter for each in plans):
        raise CommandError(_("%(quarter)s 不在計畫期程之內。") % {"quarter": quarter.code})
    return quarter
