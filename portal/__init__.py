"""The door: settings, addresses, background jobs, embedded servers and the pages' common frame."""

import gc

# Before anything is loaded: nearly all of it stays, and looking through it for garbage took a sixth of every start.
gc.set_threshold(20_000)

from portal.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
