"""In production, worker and beat start only when it is safe, and show that they live by touching a file.

A file can be looked at every few seconds at no cost; asking the worker over the broker takes a second of work.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler
from celery.signals import beat_init, heartbeat_sent, worker_init
from django.core.exceptions import ImproperlyConfigured

from portal.startup import refuse_unsafe_start


def heartbeat_file(name: str) -> Path:
    """Where `worker` or `beat` shows that it lives; portal/deploy/healthcheck.py looks there."""
    return Path(tempfile.gettempdir()) / f"portal-{name}-heartbeat"


class BeatingScheduler(PersistentScheduler):
    """Celery's own scheduler, which also shows that it still comes round."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        heartbeat_file("beat").touch()
        return float(super().tick(*args, **kwargs))


@heartbeat_sent.connect
def _show_worker_life(**kwargs: Any) -> None:
    heartbeat_file("worker").touch()


@worker_init.connect
@beat_init.connect
def end_on_unsafe_start(**kwargs: Any) -> None:
    try:
        refuse_unsafe_start()
    except ImproperlyConfigured as refusal:
        # Celery logs and then forgets what a signal's receiver raises; it does not forget an exit.
        sys.exit(str(refusal))
