"""A Celery worker in a process of its own, started as the product starts it, for the length of a block."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from celery import current_app

from portal.embedded.processes import Child, wait_until
from portal.embedded.run import ALONE
from portal.embedded.servers import keep_quiet

READY_WITHIN = 30.0  # seconds


@contextmanager
def celery_worker() -> Iterator[None]:
    """Returns into the block when the worker answers; messages left from before are dropped."""
    current_app.control.purge()
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "portal"]
    worker = Child(
        "worker",
        [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "1", *ALONE],
        environment=os.environ,
        remember=lambda _name, _pid: None,
        sink=keep_quiet,
    )
    worker.start()
    try:
        if not wait_until(_answers, seconds=READY_WITHIN):
            raise RuntimeError("\n".join(["the worker does not answer:", *worker.last_lines]))
        yield
    finally:
        worker.stop()


def _answers() -> bool:
    return bool(current_app.control.ping(timeout=0.5))
