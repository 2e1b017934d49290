"""A round is planned, opened and closed, in this order; by people here, by the clock in `turning`.

How it is published is said by `publications`.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import Organisation, User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused, record_act
from programs.models import Plan
from reports import rosters
from reports.models import Line, Report, ReportingQuarter
from reports.services.moving import locked_quarter


@transaction.atomic
def create_quarters(*, plan: Plan) -> int:
    """Plans a reporting round for every quarter of the plan that has none yet; returns how many were added."""
    known = set(plan.reporting_quarters.values_list("quarter", flat=True))
    rounds = []
    for quarter in plan.quarters:
        if quarter not in known:
            opens_on = quarter.last_day + timedelta(days=1)
            rounds.append(
                ReportingQuarter(
                    plan=plan,
                    quarter=quarter,
                    opens_on=opens_on,
                    due_on=quarter.last_day + timedelta(days=settings.REPORT_DUE_DAYS),
                    closes_on=quarter.last_day + timedelta(days=settings.REPORT_CLOSE_DAYS),
                )
            )
    ReportingQuarter.objects.bulk_create(rounds)
    return len(rounds)


@transaction.atomic
def open_quarter(*, reporting_quarter: ReportingQuarter, actor: User) -> list[Report]:
    """Opens the round: every organisation that owes something gets its report with exactly the lines it owes."""
    require(actor, Act.OPEN_QUARTER)
    round_ = locked_quarter(reporting_quarter)
    if round_.opened_at:
        raise Refused(_("%(quarter)s已開放過填報。") % {"quarter": round_.quarter.label})
    if clock.today() < round_.quarter.first_day:
        raise Refused(
            _("%(quarter)s自 %(day)s 起始得開放填報。")
            % {"quarter": round_.quarter.label, "day": round_.quarter.first_day.isoformat()}
        )
    return enter(round_, actor)


def enter(round_: ReportingQuarter, actor: User | None) -> list[Report]:
    """Opens the locked round; nobody acts where the clock does."""
    _mark(round_, "opened", Act.OPEN_QUARTER, actor)
    owed = rosters.owed_lines(round_.plan, round_.quarter)
    organisations = Organisation.objects.filter(pk__in=owed).order_by("order", "code")
    reports = Report.objects.bulk_create(
        Report(reporting_quarter=round_, organisation=organisation) for organisation in organisations
    )
    Line.objects.bulk_create(
        Line(
            report=report,
            order=order,
            indicator_id=key.indicator_id,
            program_id=key.program_id,
            part_id=key.part_id,
            milestone_id=key.milestone_id,
            sub_item_id=key.sub_item_id,
        )
        for report in reports
        for order, key in enumerate(owed[report.organisation_id], start=1)
    )
    record_act(actor=actor, act=Act.OPEN_QUARTER, subject=round_, detail={"reports": len(reports)})
    return reports


@transaction.atomic
def close_quarter(*, reporting_quarter: ReportingQuarter, actor: User) -> None:
    """Ends the entries of the round; what was submitted before can still be decided."""
    require(actor, Act.CLOSE_QUARTER)
    round_ = locked_quarter(reporting_quarter)
    if not round_.opened_at:
        raise Refused(_("%(quarter)s尚未開放，無從截止。") % {"quarter": round_.quarter.label})
    if round_.closed_at:
        raise Refused(_("%(quarter)s已截止。") % {"quarter": round_.quarter.label})
    end(round_, actor)


def end(round_: ReportingQuarter, actor: User | None) -> None:
    """Closes the locked round; nobody acts where the clock does."""
    _mark(round_, "closed", Act.CLOSE_QUARTER, actor)
    record_act(actor=actor, act=Act.CLOSE_QUARTER, subject=round_)


def _mark(round_: ReportingQuarter, moment: str, act: Act, actor: User | None) -> None:
    """Notes when it was opened or closed, by whom, and in whose name."""
    marks = {
        f"{moment}_at": clock.now(),
        f"{moment}_by": actor,
        f"{moment}_on_behalf_of": principal_of(actor, act) if actor else None,
    }
    for name, value in marks.items():
        setattr(round_, name, value)
    round_.save(update_fields=list(marks))
