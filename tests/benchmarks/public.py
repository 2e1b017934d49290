"""Public pages of a plan like the demonstration's against a page that does nothing, in requests a second.

Cached: the page as it was kept whole. Uncached: an address that nobody asked for before, so that views, templates and
every middleware work for each request; what is public is read and put into words once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from kpis import kept
from kpis.models import Publication
from kpis.services import publishing
from ministries.models import User
from programs.models import Plan
from tests.benchmarks import site, synthetic
from tests.benchmarks.timing import Measured, highest_memory
from tests.benchmarks.visitors import answered

PAGES = {"public_home": "/", "public_kpi": "/indicators/K1/"}
NAMES = tuple(name + how for name in PAGES for how in ("", "_uncached"))
REPEATS = 7
REQUESTS, REQUESTS_UNCACHED = 800, 400


def measured(plan: Plan, size: str, repeats: int | None, only: set[str]) -> Iterator[Measured]:
    """The pages that `only` names, or all, in one gunicorn; every quarter of the plan is published before."""
    wanted = [name for name in NAMES if not only or name in only]
    if not wanted:
        return
    if not Publication.objects.exists():
        for quarter in synthetic.quarters():
            frozen = publishing.frozen(plan, quarter)
            publishing.publish(
                plan=plan, quarter=quarter, actor=User.objects.get(pk=synthetic.ACTOR), content=frozen
            )
    port = site.free_port()
    with site.gunicorn(port):
        for name in wanted:
            requests = REQUESTS_UNCACHED if name.endswith("_uncached") else REQUESTS
            # Whoever is in a hurry wants to see that it runs.
            yield _measured(name, size, port, repeats or REPEATS, requests if not repeats else requests // 8)


def _measured(name: str, size: str, port: int, repeats: int, requests: int) -> Measured:
    page, anew = PAGES[name.removesuffix("_uncached")], name.endswith("_uncached")
    queries, length = _queries(page, anew)
    turns = []
    for turn in range(repeats + 1):
        ours = answered(port, page, requests if turn else requests // 4, anew=anew)
        floor = answered(port, site.HELLO, requests if turn else requests // 4)
        if turn:  # the first one warms up
            turns.append((ours, floor))
    our_times, floor_times = ([turn[side] for turn in turns] for side in (0, 1))
    ours_ms, floor_ms = median(our_times), median(floor_times)
    return Measured(
        name=name,
        size=size,
        ours_ms=round(ours_ms, 3),
        floor_ms=round(floor_ms, 3),
        ratio=round(floor_ms / ours_ms, 2),
        queries=queries,
        ours_range_ms=(round(min(our_times), 3), round(max(our_times), 3)),
        floor_range_ms=(round(min(floor_times), 3), round(max(floor_times), 3)),
        repeats=repeats,
        python_mb=highest_memory(),
        of=f"{1000 / ours_ms:,.0f}/s of {length / 1024:.0f} kB, hello {1000 / floor_ms:,.0f}/s",
    )


def _queries(page: str, anew: bool) -> tuple[int, int]:
    """What the page asks of the database: kept, and by a process that has seen nothing; and how long it is."""
    kept.forget()
    client = Client()
    with override_settings(PUBLIC_PAGE_SECONDS=60):  # a slow machine must not ask in between
        if not anew:
            client.get(page)
        with CaptureQueriesContext(connection) as captured:
            length = len(client.get(page).content)
    return len(captured), length
