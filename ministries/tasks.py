"""Background jobs of people and what they are told: each calls one service and may safely run twice."""

from celery import shared_task

from ministries import services


@shared_task
def disable_idle_accounts() -> int:
    """Every night."""
    return services.disable_idle_accounts()


@shared_task
def send_letters() -> int:
    """Every minute: writes to whoever has waited long enough, and hands over what is written; returns how many left."""
    services.write_letters()
    return services.hand_over_letters()


@shared_task
def seal_audit() -> int:
    """Every ten seconds: what was written to the audit log since gets its place in the chain; returns how much."""
    return services.seal_entries()


@shared_task
def check_audit(everything: bool = False) -> bool:
    """Every night what came since the last check, every week everything; whether the audit log is whole."""
    return services.check_audit(everything=everything).finding is None


@shared_task
def forget_public_changes() -> int:
    """Every night; returns how many."""
    return services.forget_public_changes()
