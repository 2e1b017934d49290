"""Pages that follow the review answer with themselves once something that they show has changed, and else with nothing."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kpis.models import RollupTask
from kpis.services import revising
from kpis.services.rollups import mark_stale, recompute_stale_figures
from ministries import clock
from reports import selectors, services
from reports.models import ReportEvent, ReportingQuarter
from reports.views import following
from tests import rounds
from tests.people import People
from tests.reports import decided, proposals
from tests.reports.pages import browser

PAGES = ["/dashboard/", "/review/", "/en/dashboard/?sort=-kpi.rate", "/en/review/"]


def again(client: Client, address: str, tag: str) -> int:
    return client.get(address, headers={"If-None-Match": tag}).status_code


@pytest.mark.parametrize("address", PAGES)
def test_an_unchanged_page_is_not_sent_again(
    people: People, open_round: ReportingQuarter, address: str
) -> None:
    client = browser(people.reviewer)
    page = client.get(address)
    tag = page.headers["ETag"]
    assert page.status_code == 200 and f'data-follows="{tag.replace(chr(34), "&quot;")}"' in page.text
    assert "data-live" in page.text and "following.js" in page.text
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert len(queries) == 1, "neither the session nor the person is read"
    assert client.post(address, headers={"If-None-Match": tag}).status_code == 405, (
        "nobody's act is unchanged"
    )


@pytest.mark.parametrize("address", PAGES)
def test_an_open_page_is_sent_its_parts_alone(
    people: People, open_round: ReportingQuarter, address: str
) -> None:
    """The same as those of the whole page, and none of the frame around them; packed for who takes it so."""
    client, asking = browser(people.reviewer), {"If-None-Match": '"follows-before"', "Follows": "parts"}
    parts, page = client.get(address, headers=asking), client.get(address)
    assert parts["ETag"] == page["ETag"] and "<html" not in parts.text and "data-live" in parts.text
    assert plain(parts.text) in plain(page.text)
    packed = client.get(address, headers={**asking, "Accept-Encoding": "gzip"})
    if packed.get("Content-Encoding") == "gzip":
        assert gzip.decompress(packed.content) == parts.content


def test_whoever_loses_the_right_to_follow_is_found_out_within_half_a_minute(
    people: People, open_round: ReportingQuarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(people.auditor)
    tag = client.get("/dashboard/").headers["ETag"]
    people.auditor.memberships.update(ended_at=clock.now())
    assert again(client, "/dashboard/", tag) == 304
    later = time.monotonic() + following.ADMITTED_SECONDS
    monkeypatch.setattr(following.time, "monotonic", lambda: later)
    assert again(client, "/dashboard/", tag) == 403


def test_what_was_made_for_one_is_sent_to_others_without_looking_them_up(
    people: People, open_round: ReportingQuarter
) -> None:
    followers = [browser(person) for person in (people.head, people.auditor)]
    tags = [client.get("/dashboard/").headers["ETag"] for client in followers]
    accepted(open_round, people)
    first, second = (
        lambda at=at: followers[at].get(
            "/dashboard/", headers={"If-None-Match": tags[at], "Follows": "parts"}
        )
        for at in (0, 1)
    )
    made = first()
    with CaptureQueriesContext(connection) as queries:
        shared = second()
    assert len(queries) == 1 and shared.content == made.content and shared["ETag"] != made["ETag"]
    assert "no-store" in shared["Cache-Control"]


def plain(page: str) -> str:
    """Without what is one session's: the token of its forms, the tag by which it follows."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)
    page = re.sub(r'<p id="follows-said".*?</p>\s*<script.*?</script>', "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", page).strip()


def test_the_overview_is_made_once_for_all_who_follow_it_and_only_for_who_may_read_it(
    people: People, open_round: ReportingQuarter
) -> None:
    asking = {"If-None-Match": '"follows-before"', "Follows": "parts"}
    first = browser(people.reviewer).get("/dashboard/", headers=asking)
    assert "follows-" not in first.text
    for reader in (people.head, people.auditor, people.administrator):
        page = browser(reader).get("/dashboard/").text
        assert plain(first.text) in plain(page), "what is shared is nobody's own"
    other = browser(people.auditor)
    with CaptureQueriesContext(connection) as queries:
        second = other.get("/dashboard/", headers=asking)
    assert second.content == first.content and len(queries) <= 5, (
        "session, person, roles; twice the pulse, which tests never keep"
    )
    assert second["ETag"] != first["ETag"], "a tag is one session's"
    assert browser(people.officer("NDC")).get("/dashboard/", headers=asking).status_code == 403
    assert Client().get("/dashboard/", headers=asking).status_code == 302


def handed_in(round_: ReportingQuarter, people: People) -> None:
    rounds.submitted(rounds.report_of(round_, "MOE"), people)


def accepted(round_: ReportingQuarter, people: People) -> None:
    rounds.accepted(rounds.report_of(round_, "NSTC"), people)


def closed(round_: ReportingQuarter, people: People) -> None:
    services.close_quarter(reporting_quarter=round_, actor=people.administrator)


def target_raised(round_: ReportingQuarter, people: People) -> None:
    revising.revise_target(
        indicator=proposals.indicator(),
        terms=proposals.terms(value=Decimal(700)),
        ground="目標上修。",
        decided_on=clock.today(),
    )
    recompute_stale_figures()


def stale(round_: ReportingQuarter, people: People) -> None:
    mark_stale(indicators=[proposals.indicator().pk])
    assert RollupTask.objects.exists()


def target_proposed(_round: ReportingQuarter, people: People) -> None:
    proposals.proposed(people)


def decision_made(_round: ReportingQuarter, people: People) -> None:
    decided.made(people)


def publication_proposed(round_: ReportingQuarter, people: People) -> None:
    services.propose_publication(reporting_quarter=round_, actor=people.reviewer)


CHANGES = [
    handed_in,
    accepted,
    closed,
    target_raised,
    stale,
    target_proposed,
    decision_made,
    publication_proposed,
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_the_page_is_seen(
    people: People, open_round: ReportingQuarter, change: Callable[[ReportingQuarter, People], None]
) -> None:
    recompute_stale_figures()
    client = browser(people.head)
    tag = client.get("/dashboard/").headers["ETag"]
    change(open_round, people)
    assert again(client, "/dashboard/", tag) == 200


def test_that_figures_are_right_again_is_seen(people: People, open_round: ReportingQuarter) -> None:
    stale(open_round, people)
    client = browser(people.head)
    tag = client.get("/dashboard/").headers["ETag"]
    recompute_stale_figures()
    assert again(client, "/dashboard/", tag) == 200


def test_an_event_that_is_saved_after_a_later_one_is_seen(
    people: People, open_round: ReportingQuarter
) -> None:
    """Two acts at the same moment: the one that had its number first may be the last to be saved."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('reports_reportevent', 'id'))")
        (number,) = cursor.fetchone()
    handed_in(open_round, people)
    before = selectors.pulse()
    ReportEvent.objects.create(
        pk=number,
        report=rounds.report_of(open_round, "NDC"),
        at=clock.now(),
        actor=people.officer("NDC"),
        act="ask",
        from_state="draft",
        to_state="draft",
    )
    assert selectors.pulse() != before


def test_each_language_and_day_has_a_page_of_its_own(people: People, open_round: ReportingQuarter) -> None:
    client = browser(people.head)
    tag = client.get("/dashboard/").headers["ETag"]
    assert again(client, "/en/dashboard/", tag) == 200
    with clock.set_to(clock.now() + timedelta(days=1)):
        assert again(client, "/dashboard/", tag) == 200


def test_who_may_not_read_the_page_learns_nothing_of_its_changes(
    people: People, open_round: ReportingQuarter
) -> None:
    tag = browser(people.head).get("/dashboard/").headers["ETag"]
    assert again(browser(people.officer("NDC")), "/dashboard/", tag) == 403
    assert again(Client(), "/dashboard/", tag) == 302


def test_the_past_does_not_follow(people: People, open_round: ReportingQuarter) -> None:
    page = browser(people.head).get("/dashboard/?as_of=112/06/30").text
    assert "data-follows" not in page and "following.js" not in page
