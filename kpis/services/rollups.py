"""What a change makes stale is written down in the transaction of the change; recomputing deletes the note.

The broker only rings a bell. Whoever hears it, or the periodic sweep, recomputes whatever is written down, so a lost
message costs seconds and never a figure. One recomputation per plan runs at a time, each from a fresh view.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from celery import current_app
from django.db import connection, transaction
from django.db.models import Q
from kombu.exceptions import OperationalError

from kpis import engine
from kpis.models import IndicatorFigure, NodeFigure, RollupTask
from kpis.rollup import ALGEBRA_VERSION
from ministries import clock
from programs.models import Plan
from programs.quarters import Quarter

logger = logging.getLogger(__name__)

RECOMPUTE = "kpis.tasks.recompute_stale"
_LOCK_SPACE = 0x4B50  # "KP": the first half of the advisory lock that serialises a plan's recomputation


def mark_stale(
    *, plan: Plan, quarter: Quarter, indicators: Iterable[int] = (), programs: bool = False
) -> None:
    """Notes that these indicators (and the plan's programmes) are stale from `quarter` on, and rings on commit."""
    keys: list[int | None] = [*sorted(indicators)]
    if programs:
        keys.append(None)
    now = clock.now()
    RollupTask.objects.bulk_create(
        RollupTask(plan=plan, indicator_id=key, quarter=quarter, queued_at=now) for key in keys
    )
    if keys:
        transaction.on_commit(ring)


def ring() -> None:
    """Tells the workers that something is stale; without a broker the sweep will find it."""
    try:
        current_app.send_task(RECOMPUTE)
    except (OperationalError, RuntimeError) as error:
        logger.warning("The broker does not answer (%s); the periodic sweep will recompute.", error)


def recompute_stale_figures() -> int:
    """Recomputes whatever is noted as stale, plan by plan; returns how many notes were worked off."""
    plans = RollupTask.objects.order_by("plan").values_list("plan", flat=True).distinct()
    return sum(recompute_plan(plan_id) for plan_id in plans)


@transaction.atomic
def recompute_plan(plan_id: int) -> int:
    """Claims the plan's notes, recomputes, deletes them: all or nothing. Returns how many there were."""
    lock_plan(plan_id)
    claimed = list(RollupTask.objects.select_for_update(skip_locked=True).filter(plan_id=plan_id))
    if not claimed:
        return 0
    first = min(each.quarter for each in claimed)
    indicators = sorted({each.indicator_id for each in claimed if each.indicator_id is not None})
    plan = Plan.objects.get(pk=plan_id)
    if indicators:
        engine.compute_indicator_figures(plan=plan, first=first, indicators=indicators)
    engine.compute_node_figures(plan=plan, first=first)
    RollupTask.objects.filter(pk__in=[each.pk for each in claimed]).delete()
    return len(claimed)


def rebuild_outdated() -> list[Plan]:
    """Rebuilds every plan that has figures of another version of the algebra; returns those plans."""
    old = ~Q(algebra_version=ALGEBRA_VERSION)
    plans = Plan.objects.filter(
        Q(pk__in=IndicatorFigure.objects.filter(old).values("indicator__plan"))
        | Q(pk__in=NodeFigure.objects.filter(old).values("plan"))
    )
    outdated = list(plans)
    for plan in outdated:
        rebuild(plan=plan)
    return outdated


@transaction.atomic
def rebuild(*, plan: Plan) -> None:
    """Recomputes every figure of the plan from its facts; safe beside live work."""
    lock_plan(plan.pk)
    engine.compute_indicator_figures(plan=plan, first=plan.first_quarter, indicators=None)
    engine.compute_node_figures(plan=plan, first=plan.first_quarter)


def lock_plan(plan_id: int) -> None:
    """Waits until no other recomputation of the plan runs, and keeps others waiting until the transaction ends.

    Without it two workers could each miss the other's newest fact and the later write would be the older truth.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, plan_id])
