"""An installation is filled with demonstration data once, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction

from kpis.services import rollups
from ministries import clock
from ministries.models import DemonstrationRun, Membership, Role
from ministries.services import drop_notices
from programs.models import Plan
from reports.demonstration.parameters import Words, parameters
from reports.demonstration.play import Play


@transaction.atomic
def generate(*, plan: Plan, tell: Callable[[str], None], chosen: Words | None = None) -> bool:
    """Plays the plan's quarters; False where this installation carries demonstration data already.

    `tell` is given a line of progress for each quarter; `chosen` are other parameters than those of the file.
    """
    if DemonstrationRun.objects.exists():
        return False
    chosen = chosen or parameters()
    DemonstrationRun.objects.create(seed=chosen["seed"], generated_at=clock.now())
    Play(plan, chosen, tell).run()
    # Who was told what in the quarters that were played needs no letter today.
    drop_notices(noted_before=clock.now() - timedelta(days=14))
    rollups.recompute_stale_figures(plan)
    return True


def accounts() -> list[tuple[str, str, str]]:
    """(e-mail, role, organisation) of the demonstration accounts, the secretariat's first."""
    memberships = (
        Membership.objects.filter(user__is_demonstration=True, ended_at__isnull=True)
        .select_related("user", "organisation")
        .prefetch_related("organisation__names")
        .order_by("-organisation__is_secretariat", "organisation__order", "pk")
    )
    return [
        (each.user.email, str(Role(each.role).label), each.organisation.name_on().short_zh)
        for each in memberships
    ]
