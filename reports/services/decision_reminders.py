"""The owner of a decision is reminded before its due quarter ends, and once in every quarter after that.

It may run at any time and twice: what was told once is not told again.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from ministries import clock
from ministries.models import NoticeKind, Role
from ministries.services.notices import people_of_each, tell
from programs.quarters import Quarter
from reports.models import Decision, DecisionState
from reports.selectors.decisions import due_of
from reports.services.decisions import facts_of, path_of


@transaction.atomic
def remind_of_decisions() -> int:
    """Returns how many decisions are due soon or overdue; approvers are told with the officers once one is overdue."""
    soon = clock.today() + timedelta(days=settings.DECISION_REMINDER_DAYS)
    due_then = Decision.objects.filter(
        plan__is_managed=True, state=DecisionState.OPEN, due_quarter__lte=Quarter.containing(soon)
    )
    decisions = [
        (decision, due)
        for decision in due_then.select_related("organisation")
        if (due := due_of(decision)).quarter.last_day <= soon
    ]
    owners = {decision.organisation for decision, _due in decisions}
    officers = people_of_each(owners, Role.OFFICER)
    everybody = people_of_each(owners, Role.OFFICER, Role.APPROVER)
    for decision, due in decisions:
        told = everybody if due.is_overdue else officers
        tell(
            kind=NoticeKind.DECISION_DUE,
            key=f"decision-due:{decision.pk}:{decision.due_quarter}:{due.quarters_late}",
            people=told[decision.organisation_id],
            facts={**facts_of(decision), "days": due.days},
            path=path_of(decision),
            organisation=decision.organisation,
        )
    return len(decisions)
