"""What a change makes stale is written down in the transaction of the change; recomputing deletes the note.

The broker only rings a bell. Whoever hears it, or the periodic sweep, recomputes whatever is written down, so a lost
message costs seconds and never a figure. Any number of workers may run: notes are claimed with SKIP LOCKED, and one
indicator is recomputed by one worker at a time, from a view that begins after the one before has committed.

Locks are taken in one order: notes (never waiting), plans, indicators, each ascending. Recomputing shares the plan,
rebuilding takes it alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from kpis.engine import figures
from kpis.engine.statements import prepared
from kpis.models import Indicator, IndicatorFigure, Publication, RollupCheck, RollupTask
from kpis.models.publications import digest_of
from kpis.rollup import ALGEBRA_VERSION
from ministries import clock
from programs.models import Plan
from programs.quarters import Quarter

logger = logging.getLogger(__name__)

RECOMPUTE = "kpis.tasks.recompute_stale"
CLAIMED_AT_ONCE = 1000
# "KP" and "KI": the first halves of the advisory locks on a plan and on an indicator.
_PLANS = 0x4B50
_INDICATORS = 0x4B49


def mark_stale(*, indicators: Iterable[int]) -> None:
    """Notes that these indicators' figures are stale, once each, and rings on commit."""
    now = clock.now()
    notes = [RollupTask(indicator_id=each, queued_at=now) for each in sorted(set(indicators))]
    RollupTask.objects.bulk_create(notes)
    if notes:
        transaction.on_commit(ring)


def ring() -> None:
    """Tells the workers that something is stale; without a broker the sweep will find it."""
    try:
        current_app.send_task(RECOMPUTE)
    except (OperationalError, RuntimeError) as error:
        logger.warning("The broker does not answer (%s); the periodic sweep will recompute.", error)


def recompute_stale_figures(plan: Plan | None = None) -> int:
    """Recomputes whatever is noted as stale, of one plan or of all; returns how many indicators that were."""
    done: set[int] = set()
    while True:
        claimed = _recompute_some(plan)
        done.update(claimed)
        if len(claimed) < CLAIMED_AT_ONCE:
            return len(done)


_CLAIM = """
WITH claimed AS MATERIALIZED (
    SELECT k.id, i.plan_id FROM kpis_rolluptask k JOIN kpis_indicator i ON i.id = k.indicator_id
    WHERE %(plan)s::bigint IS NULL OR i.plan_id = %(plan)s
    ORDER BY k.id LIMIT %(limit)s::int FOR UPDATE OF k SKIP LOCKED
)
DELETE FROM kpis_rolluptask t USING claimed WHERE t.id = claimed.id RETURNING claimed.plan_id, t.indicator_id
"""
_SHARE_PLANS = "SELECT pg_advisory_xact_lock_shared(%s::int, id::int) FROM (SELECT unnest(%s::bigint[]) AS id ORDER BY 1) each"
_TAKE = (
    "SELECT pg_advisory_xact_lock(%s::int, id::int) FROM (SELECT unnest(%s::bigint[]) AS id ORDER BY 1) each"
)


@transaction.atomic
def _recompute_some(plan: Plan | None) -> list[int]:
    """Claims some notes, recomputes and deletes them: all or nothing. Returns the indicator of each."""
    with prepared() as cursor:
        cursor.execute(_CLAIM, {"plan": plan.pk if plan else None, "limit": CLAIMED_AT_ONCE})
        claimed = cursor.fetchall()
        if not claimed:
            return []
        indicators = sorted({indicator for _, indicator in claimed})
        cursor.execute(_SHARE_PLANS, [_PLANS, sorted({of_plan for of_plan, _ in claimed})])
        cursor.execute(_TAKE, [_INDICATORS, indicators])
    figures.store_indicators(indicators)
    return [indicator for _, indicator in claimed]


def rebuild(
    *,
    plan: Plan | None = None,
    quarter: Quarter | None = None,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Recomputes the figures of all plans, of one, or of one quarter, from their facts; safe beside live work.

    Each plan is one transaction. `progress` is told how many indicators were done since it was told last. Returns how
    many figures were written: those that were right already are not.
    """
    written = 0
    for each in [plan] if plan else Plan.objects.order_by("pk"):
        with transaction.atomic():
            _take_plan(each)
            written += figures.store_plan(each.pk, quarter, progress)
    return written


def rebuild_outdated() -> list[Plan]:
    """Rebuilds every plan that has figures of another version of the algebra; returns those plans."""
    old = IndicatorFigure.objects.exclude(algebra_version=ALGEBRA_VERSION)
    outdated = list(Plan.objects.filter(pk__in=old.values("indicator__plan")))
    for plan in outdated:
        rebuild(plan=plan)
    return outdated


@dataclass(frozen=True)
class Difference:
    """A stored figure that is not what its facts give; `column` is empty where one of the two is missing."""

    plan: str
    indicator: str
    quarter: Quarter
    column: str
    stored: Any
    computed: Any

    def __str__(self) -> str:
        where = f"{self.plan} {self.indicator} {self.quarter}"
        if not self.column:
            return f"{where}: {'missing' if self.stored is None else 'left over'}"
        return f"{where} {self.column}: {self.stored} ≠ {self.computed}"


def differences(plan: Plan | None = None) -> Iterator[Difference]:
    """Compares every stored figure with its recomputation from the facts, streaming what differs, plan by plan.

    What was published is compared with its digest.

    Indicators that are noted as stale are left out: nobody claims that their figures are right yet.
    """
    for each in [plan] if plan else Plan.objects.order_by("pk"):
        codes: dict[int, str] = {}
        for found in figures.differences(each.pk):
            if not codes:
                codes = dict(Indicator.objects.filter(plan=each).values_list("pk", "code"))
            for column, stored, computed in found.columns():
                yield Difference(
                    each.code, codes[found.indicator_id], Quarter(found.quarter), column, stored, computed
                )
        for publication in Publication.objects.filter(plan=each).order_by("quarter").iterator(chunk_size=1):
            found_digest = digest_of(publication.content)
            if found_digest != publication.digest:
                yield Difference(
                    each.code,
                    "publication",
                    publication.quarter,
                    "digest",
                    publication.digest,
                    found_digest,
                )


def verify(
    *, plan: Plan | None = None, examples: int = 20, show: Callable[[Difference], None] | None = None
) -> int:
    """Counts the differences, showing the first ones as they are found; logs an error where there are any.

    A check of all plans is recorded: the newest record is the alarm on the overview, or that there is none.
    """
    count, first = 0, []
    for count, each in enumerate(differences(plan), start=1):
        if count <= examples:
            first.append(str(each))
            if show:
                show(each)
    if plan is None:
        RollupCheck.objects.create(checked_at=clock.now(), differences=count, examples=first)
    if count:
        logger.error("%d stored figures differ from their facts, the first: %s", count, "; ".join(first))
    return count


def _take_plan(plan: Plan) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PLANS, plan.pk])
