"""There is one clock: everything that asks for the time asks here, so that tests and the demonstration can set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

TAIPEI = ZoneInfo("Asia/Taipei")
_set_to: ContextVar[datetime | None] = ContextVar("clock_set_to", default=None)


def now() -> datetime:
    """The present moment, aware of its time zone; what `set_to` says where it is in force."""
    return _set_to.get() or timezone.now()


def today() -> date:
    """The present date in Taipei, whatever zone the server stands in."""
    return now().astimezone(TAIPEI).date()


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Within the block it is `moment` (aware)."""
    if moment.tzinfo is None:
        raise ValueError("The clock is set to moments that know their time zone.")
    token = _set_to.set(moment)
    try:
        yield
    finally:
        _set_to.reset(token)
