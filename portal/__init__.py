"""The door: settings, addresses, background jobs, embedded servers and the pages' common frame."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
