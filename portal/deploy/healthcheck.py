"""Tells Docker whether web, worker or beat lives, by exit code; run as a file, it imports nothing of the product.

`python portal/deploy/healthcheck.py web` asks the pages; `worker` and `beat` look at the age of a heartbeat file.
"""

import http.client
import os
import sys
import tempfile
import time
from pathlib import Path

OLDEST_HEARTBEAT = 60.0
PORT = 8000


def web_lives() -> bool:
    # The first allowed host, or Django would refuse the question itself.
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": host or "localhost"})
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False


def heart_beats(name: str) -> bool:
    heartbeat = Path(tempfile.gettempdir()) / f"portal-{name}-heartbeat"
    try:
        return time.time() - heartbeat.stat().st_mtime < OLDEST_HEARTBEAT
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    part = sys.argv[1]
    sys.exit(0 if (web_lives() if part == "web" else heart_beats(part)) else 1)
