"""A visitor's page may be a moment old; a signed-in person's page is never kept, and never given to another."""

from __future__ import annotations

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from kpis import kept
from programs.models import Plan
from tests.kpis import editions
from tests.people import People


@pytest.fixture(autouse=True)
def _keep_pages(settings: Settings) -> None:
    settings.PUBLIC_PAGE_SECONDS = 60
    kept._pages.clear()


def test_a_visitor_s_second_look_asks_no_database(
    client: Client, plan: Plan, people: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    editions.published(plan, people.head)
    first = client.get("/")
    with django_assert_num_queries(0):
        again = client.get("/")
    assert again.content == first.content
    assert again["Content-Security-Policy"] == first["Content-Security-Policy"]
    assert "Cookie" in again["Vary"]


def test_languages_and_quarters_are_kept_apart(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head)
    editions.published(plan, people.head, quarter="112Q2")
    pages = {
        client.get(address).content for address in ("/", "/en/", "/?quarter=112Q1", "/en/?quarter=112Q1")
    }
    assert len(pages) == 4


def test_a_signed_in_person_s_page_is_neither_kept_nor_taken_from_a_visitor_s(
    plan: Plan, people: People
) -> None:
    officer, visitor = Client(), Client()
    officer.force_login(people.officer("MOE"))
    assert "officer MOE" in officer.get("/").content.decode()
    assert "officer MOE" not in visitor.get("/").content.decode()
    assert "officer MOE" in officer.get("/").content.decode()


def test_a_message_for_one_visitor_is_not_kept_for_others(client: Client, plan: Plan) -> None:
    client.cookies[CookieStorage.cookie_name] = "something"
    client.get("/")
    assert not kept._pages


def test_a_kept_page_grows_old(
    client: Client, plan: Plan, people: People, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "尚未公布" in client.get("/").content.decode()
    publication = editions.published(plan, people.head)
    now = kept.time.monotonic()
    monkeypatch.setattr(kept.time, "monotonic", lambda: now + settings.PUBLIC_PAGE_SECONDS + 1)
    assert publication.digest in client.get("/").content.decode()


def test_what_was_not_found_is_asked_for_again(client: Client, plan: Plan, people: People) -> None:
    assert client.get("/indicators/KR1.2/").status_code == 404
    editions.published(plan, people.head)
    assert client.get("/indicators/KR1.2/").status_code == 200


def test_the_shelf_is_bounded(client: Client, plan: Plan) -> None:
    for number in range(kept.PAGES + 10):
        client.get(f"/?visit={number}")
    assert len(kept._pages) == kept.PAGES
