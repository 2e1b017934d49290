"""The page on how figures are counted shows the document in the reader's language, under the strict policy."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries, Settings

from kpis import methodology
from programs.models import Plan
from tests.kpis import editions
from tests.people import People

BOTH = pytest.mark.parametrize("address", ["/methodology/", "/en/methodology/"])


def _text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_is_in_the_language_of_its_address(client: Client, plan: Plan) -> None:
    assert "<h1>數字如何計算</h1>" in _text(client, "/methodology/")
    page = _text(client, "/en/methodology/")
    assert "<h1>How figures are counted</h1>" in page
    assert 'href="/methodology/"' in page, "the language switch leads to the same page"


@BOTH
def test_anchors_are_the_same_in_both_languages_and_the_contents_lead_to_them(
    client: Client, plan: Plan, address: str
) -> None:
    page = _text(client, address)
    anchors = re.findall(r'<h[23] id="([a-z-]+)">', page)
    assert {"kinds-of-indicators", "lights", "special-cases", "money"} <= set(anchors)
    assert len(anchors) == len(set(anchors))
    contents = page[
        page.index("methodology-contents") : page.index("</nav>", page.index("methodology-contents"))
    ]
    assert set(re.findall(r'href="#([a-z-]+)"', contents)) < set(anchors)


@BOTH
def test_tables_scroll_by_themselves_and_their_cells_say_what_they_head(
    client: Client, plan: Plan, address: str
) -> None:
    page = _text(client, address)
    tables = re.findall(r'aria-labelledby="([a-z-]+)"><table>', page)
    assert len(tables) == page.count("<table>") == len(set(tables))
    assert all(f'id="{name}"' in page for name in tables)
    assert 'th scope="row"' in page and 'th scope="col"' in page


@BOTH
def test_nothing_on_the_page_needs_a_wider_policy(client: Client, plan: Plan, address: str) -> None:
    assert not re.search(r"\sstyle=|<style|<script(?! src=./static/)|\son[a-z]+=", _text(client, address))


def test_thresholds_and_formula_are_those_of_the_settings(settings: Settings) -> None:
    assert "落後 5 個百分點以內" in methodology.page().body
    settings.LIGHT_YELLOW_POINTS, settings.LIGHT_RED_POINTS = 7.5, 12
    settings.EXECUTION_FORMULA = "of-allocation/1"
    body = methodology.page().body
    assert "落後 7.5 個百分點以內" in body and "落後逾 12 個百分點" in body
    assert "未訂者適用 <code>of-allocation/1</code>" in body
    with override("en"):
        assert "at most 7.5 points" in methodology.page().body


def test_no_name_of_a_setting_is_left_on_the_page(client: Client, plan: Plan) -> None:
    assert not [name for name in methodology.SHOWN if name in _text(client, "/methodology/")]


def test_the_document_is_read_and_rendered_once(plan: Plan) -> None:
    assert methodology.page() is methodology.page()


def test_the_page_costs_the_frame_s_query_alone(
    client: Client, plan: Plan, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        _text(client, "/methodology/")


def test_every_public_page_leads_to_it_and_an_indicator_to_its_kinds(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head)
    for address in ("/", "/accounts/login/", "/indicators/KR1.2/"):
        assert 'href="/methodology/"' in _text(client, address)
    assert 'href="/methodology/#kinds-of-indicators"' in _text(client, "/indicators/KR1.2/")
    assert 'href="/en/methodology/#kinds-of-indicators"' in _text(client, "/en/indicators/KR1.2/")
    assert 'href="/methodology/#lights"' in _text(client, "/")
