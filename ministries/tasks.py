"""Background jobs of people and what they are told: each calls one service and may safely run twice."""

from celery import shared_task

from ministries import services


@shared_task
def disable_idle_accounts() -> int:
    """Every night."""
    return services.disable_idle_accounts()
