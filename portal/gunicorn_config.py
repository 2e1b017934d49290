"""Gunicorn's settings, the same for `make run` and for docker compose; the command line adds the address.

Pages wait for the database far more than they compute, so a few threads in two processes are enough.
"""

import os
from pathlib import Path

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
control_socket_disable = True
loglevel = "warning"
accesslog = None
