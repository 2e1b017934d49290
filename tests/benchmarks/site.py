"""The product's own site with one page more, which does nothing: what an answer costs at least in this gunicorn."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from portal.embedded.processes import Child, wait_until
from portal.embedded.servers import keep_quiet

HELLO = "/hello"
READY_WITHIN = 30.0  # seconds


def hello(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


@contextmanager
def gunicorn(port: int, workers: int = 1) -> Iterator[int]:
    """A web process with the product's settings, or more of them, for the length of a block; gives their parent's number."""
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "portal/gunicorn_config.py",
        "--max-requests",
        "0",
    ]
    started: list[int] = []
    site = Child(
        "web",
        [*command, "--bind", f"127.0.0.1:{port}", "tests.benchmarks.site:application()"],
        environment={**os.environ, "WEB_WORKERS": str(workers)},
        remember=lambda _name, pid: started.append(pid),
        sink=keep_quiet,
    )
    site.start()
    try:
        if not wait_until(lambda: _answers(port), seconds=READY_WITHIN):
            raise RuntimeError("\n".join(["the web process does not answer:", *site.last_lines]))
        yield started[-1]
    finally:
        site.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}{HELLO}") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def application() -> object:
    """The WSGI application, as gunicorn asks for it; `urlpatterns` are the product's and one more."""
    django.setup()
    settings.ROOT_URLCONF = __name__
    from portal.wsgi import application as products

    return products


def __getattr__(name: str) -> object:
    """The product's addresses can be read once Django is set up."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from portal.urls import urlpatterns

    return [path(HELLO.removeprefix("/"), hello), *urlpatterns]
