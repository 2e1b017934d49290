"""Acts that begin together, each in a thread and on a connection of its own, which it gives back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from ministries.services import Refused

PATIENCE = 60
"""Seconds for which a test waits for what must come; only one that fails waits so long."""


def alone(act: Callable[[], object]) -> object:
    """What the act returns, or the refusal it met; for a thread of its own."""
    try:
        return act()
    except Refused as refused:
        return refused
    finally:
        connection.close()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each of the acts returned, or the refusal it met."""
    together = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        together.wait(PATIENCE)
        return alone(act)

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts, timeout=PATIENCE))


def refusals(answers: list[object]) -> list[str]:
    """What those who were refused were told."""
    return [each.message for each in answers if isinstance(each, Refused)]
