"""Gunicorn's settings, the same for `make run` and for docker compose; the command line adds the address.

Pages wait for the database far more than they compute, so a few threads in two processes are enough.
"""

import gc
import os
from pathlib import Path

from django.db import connections
from django.urls import get_resolver
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 8
keepalive = 5
# A process is renewed now and then, so that no leak can grow; the jitter keeps them from going at once.
max_requests = 5000
max_requests_jitter = 500
# The heartbeat file on a disk can stall a worker; memory cannot.
_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn makes its file there under a random name
worker_tmp_dir = str(_MEMORY) if _MEMORY.is_dir() else None
# Loaded once and then forked: a start takes half the time, the processes share the memory, and a refusal to
# start is said once.
preload_app = True
control_socket_disable = True
loglevel = "warning"
accesslog = None


def when_ready(server: Arbiter) -> None:
    """Load the addresses, and with them every page, and show one before the first visitor asks."""
    from portal.warming import warm  # once the settings are there

    assert get_resolver().url_patterns
    warm(server.app.wsgi())
    gc.freeze()


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """A connection, or a pool's threads, must not be shared by two processes."""
    del server, worker
    for connection in connections.all(initialized_only=True):
        connection.close()
        getattr(connection, "close_pool", connection.close)()
