"""Before the first visitor comes, the home page has been shown in every language, and is kept for whoever comes."""

from __future__ import annotations

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from kpis import kept
from portal.warming import warm
from programs.models import Plan
from tests.kpis import editions
from tests.people import People


@pytest.fixture(autouse=True)
def _stays_connected(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server closes old connections around each request; the test's own stays."""
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)


def test_the_first_visitor_finds_the_home_page_ready_in_every_language(
    plan: Plan,
    people: People,
    settings: Settings,
    request: pytest.FixtureRequest,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.PUBLIC_PAGE_SECONDS = 60
    kept.forget()
    request.addfinalizer(kept.forget)
    editions.published(plan, people.head)
    assert warm(get_wsgi_application()) == [200, 200]
    with django_assert_num_queries(0):
        for address in ("/", "/en/"):
            assert "KR1.2" in Client().get(address).content.decode()


def test_a_site_that_refuses_is_asked_no_more_and_comes_up_all_the_same(settings: Settings) -> None:
    settings.SITE_URL = "http://elsewhere.example"
    settings.ALLOWED_HOSTS = ["portal.example"]
    assert warm(get_wsgi_application()) == [400]
