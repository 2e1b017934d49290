"""Background jobs of rounds, of what hangs on their lines, and of decisions: each calls one service and may safely run twice."""

from celery import shared_task

from reports import services


@shared_task
def turn_quarters() -> int:
    """Every minute: rounds open and close on their days, and ask for what is owed; returns how many changed."""
    turned = services.turn_quarters()
    return len(turned.opened) + len(turned.closed) + len(turned.changed)


@shared_task
def publish_due() -> int:
    """Every ten seconds: what was confirmed appears at its moment; returns how many quarters."""
    return len(services.publish_due())


@shared_task
def watch_embargoes() -> int:
    """Every minute: confirmed quarters whose figures have changed fall back; returns how many."""
    return len(services.watch_embargoes())


@shared_task
def note_reminders() -> int:
    """Every morning, and again through the day for what a stopped machine has missed."""
    return services.note_reminders()


@shared_task
def sweep_evidence() -> int:
    """Every night: files that an interrupted upload left behind; returns how many."""
    return services.sweep_store()


@shared_task
def remind_of_decisions() -> int:
    """Every morning: owners hear of decisions that fall due or are overdue; returns how many there are."""
    return services.remind_of_decisions()
