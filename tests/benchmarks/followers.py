"""Two hundred open overviews follow one acceptance, over connections that stay open, as `following.js` asks.

Their site has as many processes and threads as the product's. What counts is how long it takes until the last of them
has been sent the changed page; what their asking costs meanwhile is said beside it.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from statistics import median

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ministries.models import User
from tests.benchmarks import site
from tests.benchmarks.timing import Measured, highest_memory

PAGES = 200
SECONDS = 30.0  # half of them before the acceptance
SCRIPT = settings.BASE_DIR / "portal" / "static" / "js" / "following.js"
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Follower:
    """One open page: the tag that it has, how long each 304 took (ms), and when it was sent another page."""

    session: str
    tag: str
    unchanged: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)


def measured(size: str, path: str, accept: Callable[[], object], *, is_hurried: bool) -> Measured:
    """`path` is the overview that the pages show, `accept` changes what it shows."""
    pages, seconds = (PAGES // 10, 5.0) if is_hurried else (PAGES, SECONDS)
    sessions = [_session() for _ in range(pages)]
    port = site.free_port()
    with site.gunicorn(port, workers=2) as process:
        tag = _tag(port, path, sessions[0])
        queries = _queries(path, sessions[0])
        followers = [Follower(session, tag) for session in sessions]
        accepted, used = asyncio.run(_followed(port, path, followers, accept, process, seconds))
    seen = [[moment for moment in each.changed if moment > accepted] for each in followers]
    late = [(moments[0] - accepted) * 1000 for moments in seen if moments]
    assert len(late) == pages, f"{pages - len(late)} pages never saw the acceptance"
    settled = max(moments[-1] for moments in seen) - accepted
    waits = sorted(wait for each in followers for wait in each.unchanged)
    return Measured(
        name="followers",
        size=size,
        ours_ms=round(max(late), 1),
        floor_ms=None,
        ratio=None,
        queries=queries,
        ours_range_ms=(round(min(late), 1), round(max(late), 1)),
        floor_range_ms=None,
        repeats=pages,
        python_mb=highest_memory(),
        of=(
            f"{pages} pages each {_every():g} s, median {median(late):.0f} ms, figures too after {settled:.1f} s; "
            f"304 in {_within(waits, 50):.1f} ms, 95 % {_within(waits, 95):.1f} ms; {used:.0%} of a core"
        ),
    )


def _every() -> float:
    """Seconds between two looks of a page."""
    found = re.search(r"const EVERY = (\d+);", SCRIPT.read_text(encoding="utf-8"))
    assert found
    return int(found[1]) / 1000


def _session() -> str:
    """The key of a new session of the reviewer's."""
    user = User.objects.latest("pk")
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: _BACKEND,
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
    )
    store.create()
    return str(store.session_key)


def _queries(path: str, session: str) -> int:
    """What a page's look that finds nothing new asks of the database."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    tag = client.get(path)["ETag"]
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    return len(captured)


def _tag(port: int, path: str, session: str) -> str:
    """The page's tag; every process of the site has loaded what the page needs."""
    asked = [asyncio.run(_once(port, path, Follower(session, '"none"'))) for _ in range(8)]
    return asked[-1]


async def _once(port: int, path: str, follower: Follower) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await _look(reader, writer, path, follower)
    writer.close()
    return follower.tag


async def _followed(
    port: int,
    path: str,
    followers: Sequence[Follower],
    accept: Callable[[], object],
    process: int,
    seconds: float,
) -> tuple[float, float]:
    """The moment at which it was begun to accept, and what share of a core the site used while nothing changed."""
    end = time.perf_counter() + seconds
    pages = [
        asyncio.create_task(_follow(port, path, each, number / len(followers) * _every(), end))
        for number, each in enumerate(followers)
    ]
    await asyncio.sleep(_every() * 2)
    began, before = time.perf_counter(), _used(process)
    await asyncio.sleep(seconds / 2 - 2 * _every())
    share = (_used(process) - before) / (time.perf_counter() - began)
    accepted = time.perf_counter()
    await sync_to_async(accept)()
    await asyncio.gather(*pages)
    return accepted, share


async def _follow(port: int, path: str, follower: Follower, after: float, end: float) -> None:
    await asyncio.sleep(after)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    while time.perf_counter() < end:
        began = time.perf_counter()
        is_changed = await _look(reader, writer, path, follower)
        now = time.perf_counter()
        if is_changed:
            follower.changed.append(now)
        else:
            follower.unchanged.append((now - began) * 1000)
        await asyncio.sleep(_every())
    writer.close()


async def _look(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, follower: Follower
) -> bool:
    """Whether the page is another one now; its tag is then the follower's."""
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nIf-None-Match: {follower.tag}\r\nFollows: parts\r\n"
        f"Cookie: {settings.SESSION_COOKIE_NAME}={follower.session}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status = int(head.split()[1])
    assert status in (200, 304), head
    if status == 304:
        return False
    length = re.search(r"(?i)content-length: (\d+)", head)
    tag = re.search(r'(?i)etag: ("[^"]*")', head)
    assert length and tag, head
    await reader.readexactly(int(length[1]))
    follower.tag = tag[1]
    return True


def _used(process: int) -> float:
    """Processor seconds of a process and its children so far; zero where there is no /proc."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            number, _bracket, rest = stat.read_text().partition("(")
            fields = rest.rpartition(")")[2].split()
            if int(number) == process or int(fields[1]) == process:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def _within(waits: Sequence[float], percent: int) -> float:
    return waits[-(-percent * len(waits) // 100) - 1] if waits else 0.0
