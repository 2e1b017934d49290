"""Background jobs of figures: each calls one service and may safely run twice."""

from celery import shared_task

from kpis.services import rollups


@shared_task(name=rollups.RECOMPUTE)
def recompute_stale() -> int:
    return rollups.recompute_stale_figures()


@shared_task
def sweep_rollups() -> int:
    """Picks up what a lost message left behind."""
    return rollups.recompute_stale_figures()


@shared_task
def verify_rollups() -> int:
    """Every night: a figure that is not what its facts give raises an alarm on the overview and in the log."""
    return rollups.verify()
