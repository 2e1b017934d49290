"""Background jobs run in one Celery application whose broker may vanish without losing work.

The broker is only a bell: what has to be done stands in the database (see `kpis.models.RollupTask`).
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")
# `prepare` has checked everything before a worker starts, which then needs neither the pages nor a quarter of the memory.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
