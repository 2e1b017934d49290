"""That something public changed has to be known only until every process has seen it."""

from __future__ import annotations

from datetime import timedelta

from ministries import clock
from ministries.models import PublicChange

KNOWN_FOR = timedelta(days=1)


def forget_public_changes() -> int:
    """Removes changes that every process has seen long ago; the keys of those to come are new ones all the same."""
    removed, _by_model = PublicChange.objects.filter(at__lt=clock.now() - KNOWN_FOR).delete()
    return removed
