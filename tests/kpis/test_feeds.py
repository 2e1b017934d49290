"""The feed is Atom as RFC 4287 has it, tells of publications and corrections, and names each thing once for ever."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from kpis.models import Correction, Publication
from ministries.models import Organisation
from programs.models import Plan
from tests.kpis import editions
from tests.people import People
from tests.rounds import after

ATOM = "{http://www.w3.org/2005/Atom}"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@pytest.fixture(autouse=True)
def _address(settings: Settings) -> None:
    settings.SITE_URL = "https://ai.example.gov.tw"


def read(client: Client, address: str = "/feed.atom") -> ElementTree.Element:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)


def text(element: ElementTree.Element, name: str) -> str:
    (found,) = element.findall(ATOM + name)
    return found.text or ""


def link(element: ElementTree.Element, rel: str) -> str:
    (found,) = (each for each in element.findall(ATOM + "link") if each.get("rel") == rel)
    return found.get("href") or ""


def corrected(publication: Publication, revision: int = 2) -> Correction:
    return Correction.objects.create(
        publication=publication,
        indicator=publication.plan.indicators.get(code="KR1.2"),
        organisation=Organisation.objects.get(code="MOE"),
        quarter=publication.quarter,
        revision=revision,
        said={"value": ["4000", "4100"]},
        reason="誤植 <b>一欄</b>。",
        corrected_at=after(publication.quarter, 90),
    )


def test_the_feed_is_valid(client: Client, plan: Plan, people: People) -> None:
    """Section 4.1 of the RFC: what must be there once, what must not be twice, and what moments look like."""
    corrected(editions.published(plan, people.head))
    editions.published(plan, people.head, quarter="112Q2")
    for address in ("/feed.atom", "/en/feed.atom"):
        feed = read(client, address)
        assert feed.tag == f"{ATOM}feed"
        assert text(feed, "id").startswith("urn:uuid:") and text(feed, "title")
        (author,) = feed.findall(f"{ATOM}author")
        assert text(author, "name")
        assert link(feed, "self") == f"https://ai.example.gov.tw{address}"
        entries = feed.findall(f"{ATOM}entry")
        assert len(entries) == 3
        for entry in entries:
            assert text(entry, "id").startswith("urn:uuid:") and text(entry, "title")
            assert link(entry, "alternate").startswith("https://ai.example.gov.tw/")
            assert MOMENT.fullmatch(text(entry, "updated")) and MOMENT.fullmatch(text(entry, "published"))
        assert text(feed, "updated") == max(text(entry, "updated") for entry in entries)
        moments = [text(entry, "updated") for entry in entries]
        assert moments == sorted(moments, reverse=True)


def test_ids_are_told_once_and_never_change(
    client: Client, plan: Plan, people: People, settings: Settings
) -> None:
    first = editions.published(plan, people.head)
    before = {text(each, "id") for each in read(client).findall(f"{ATOM}entry")}
    settings.SITE_URL = "https://moved.example.gov.tw"
    corrected(first)
    corrected(first, revision=3)
    editions.published(plan, people.head, quarter="112Q2")
    feeds = [read(client), read(client, "/en/feed.atom")]
    ids = [text(each, "id") for feed in feeds for each in (feed, *feed.findall(f"{ATOM}entry"))]
    assert len(set(ids)) == len(ids) == 10
    assert before <= set(ids)


def test_a_publication_leads_to_its_quarter_and_a_correction_to_the_log(
    client: Client, plan: Plan, people: People
) -> None:
    publication = editions.published(plan, people.head)
    correction = corrected(publication)
    newest, oldest = read(client).findall(f"{ATOM}entry")
    assert link(oldest, "alternate").endswith("/?quarter=112Q1") and publication.digest in text(
        oldest, "summary"
    )
    assert link(newest, "alternate").endswith(f"/corrections/?quarter=112Q1#correction-{correction.pk}")
    summary = text(newest, "summary")
    assert "<del>4,000" in summary and "<ins>4,100" in summary
    assert "誤植 &lt;b&gt;一欄&lt;/b&gt;。" in summary, "a reason cannot become markup"


def test_demonstration_data_says_so_in_the_feed(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head, demonstration=True)
    (entry,) = read(client).findall(f"{ATOM}entry")
    assert "示範資料" in text(entry, "title")


def test_without_a_publication_the_feed_is_empty_and_still_valid(client: Client, plan: Plan) -> None:
    feed = read(client)
    assert feed.findall(f"{ATOM}entry") == []
    assert text(feed, "updated") == "2023-01-01T00:00:00+08:00", "when the plan began"


def test_the_feed_holds_the_newest_fifty_in_a_fixed_number_of_queries(
    client: Client, plan: Plan, people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    publication = editions.published(plan, people.head)
    for revision in range(2, 70):
        corrected(publication, revision)
    with django_assert_max_num_queries(5):  # issues; corrections, their names; the secretariat and its names
        feed = read(client)
    assert len(feed.findall(f"{ATOM}entry")) == 50


def test_every_public_page_names_the_feed_of_its_language(client: Client, plan: Plan) -> None:
    for address, feed in (("/", "/feed.atom"), ("/en/methodology/", "/en/feed.atom")):
        page = client.get(address).content.decode()
        assert re.search(rf'<link rel="alternate"\s+type="application/atom\+xml"[^>]+href="{feed}"', page)
