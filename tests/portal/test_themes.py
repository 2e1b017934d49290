"""Light and dark are the browser's wish: kept in a cookie, shown by the page, never mixed up between visitors."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from kpis import kept
from programs.models import Plan
from tests.kpis import editions
from tests.people import People


def _wish(client: Client, theme: str, back: str = "/en/?quarter=112Q1") -> str:
    answer = client.post("/theme/", {"theme": theme, "next": back})
    assert answer.status_code == 302
    return answer["Location"]


def test_a_wish_is_kept_in_the_browser_and_leads_back_to_the_page(client: Client, plan: Plan) -> None:
    assert "data-theme" not in client.get("/").content.decode()
    assert _wish(client, "dark") == "/en/?quarter=112Q1"
    assert client.cookies["theme"]["httponly"] and client.cookies["theme"]["samesite"] == "Lax"
    page = client.get("/").content.decode()
    assert '<html lang="zh-Hant-TW" data-theme="dark"' in page
    assert page.count('aria-pressed="true"') == 1
    _wish(client, "system")
    assert "data-theme" not in client.get("/").content.decode()


def test_the_switch_works_where_tokens_are_asked_for_and_needs_no_database(plan: Plan) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert _wish(strict, "light") == "/en/?quarter=112Q1"


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:x", ""]
)
def test_the_switch_leads_nobody_to_another_site(client: Client, elsewhere: str) -> None:
    assert _wish(client, "dark", elsewhere) == "/"


def test_an_unknown_theme_is_refused_and_an_unknown_cookie_is_ignored(client: Client, plan: Plan) -> None:
    assert client.post("/theme/", {"theme": "pink", "next": "/"}).status_code == 400
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/").content.decode()


def test_kept_public_pages_are_kept_by_theme(plan: Plan, people: People, settings: Settings) -> None:
    settings.PUBLIC_PAGE_SECONDS = 60
    kept._pages.clear()
    editions.published(plan, people.head)
    light, dark, undecided = Client(), Client(), Client()
    _wish(light, "light")
    _wish(dark, "dark")
    for _again in range(2):
        assert 'data-theme="dark"' in dark.get("/").content.decode()
        assert 'data-theme="light"' in light.get("/").content.decode()
        assert "data-theme" not in undecided.get("/").content.decode()
    assert "Cookie" in dark.get("/")["Vary"]


def test_after_a_refused_form_the_switches_lead_to_the_page_that_it_stood_on(
    people: People, plan: Plan
) -> None:
    client = Client()
    client.force_login(people.officer("MOE"))
    answer = client.post("/preferences/save/", headers={"referer": "http://testserver/preferences/?a=1"})
    page = answer.content.decode()
    assert 'name="next" value="/preferences/?a=1"' in page
    assert 'href="/en/preferences/?a=1"' in page
