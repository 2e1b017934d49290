"""Anybody may frame an indicator's card; no other page of the portal may be framed, and the card runs no script."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from pytest_django import Settings

from programs.models import Plan
from tests.kpis import editions
from tests.kpis.editions import figure, indicator
from tests.people import People

CARD = "/embed/indicators/KR1.2/"


def policy(client: Client, address: str) -> dict[str, str]:
    header = client.get(address)["Content-Security-Policy"]
    return {name: rest for name, _space, rest in (each.strip().partition(" ") for each in header.split(";"))}


def test_a_card_says_name_figure_target_light_quarter_and_digest(
    client: Client, plan: Plan, people: People
) -> None:
    publication = editions.published(plan, people.head)
    page = client.get(CARD).content.decode()
    for words in ("每年培訓 AI 應用人才", "4,000 人次", "每年超過 8,000 人次", "112 年第 1 季（2023 Q1）"):
        assert words in page
    assert re.search(r'class="light light-green"><span[^>]*>●</span>正常', page), "shape, word and colour"
    assert publication.digest[:12] in page and "<script" not in page and "style=" not in page
    english = client.get(f"/en{CARD}").content.decode()
    assert "4,000 trainings" in english and "2023 Q1" in english and 'lang="en"' in english


def test_a_card_may_be_framed_by_anybody_and_is_as_strict_as_any_page_otherwise(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head)
    card, page = policy(client, CARD), policy(client, "/")
    assert card.pop("frame-ancestors") == "*" and page.pop("frame-ancestors") == "'none'"
    assert card == page
    assert "X-Frame-Options" not in client.get(CARD).headers
    assert client.get("/")["X-Frame-Options"] == "DENY"
    assert not client.get(CARD).cookies


def test_a_card_can_stay_with_its_quarter(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head)
    later = figure("112Q2", year_numerator="9000", plan_numerator="9000", light="green")
    editions.published(plan, people.head, indicator(figure=later), quarter="112Q2")
    assert "9,000 人次" in client.get(CARD).content.decode()
    assert "4,000 人次" in client.get(f"{CARD}?quarter=112Q1").content.decode()


@pytest.mark.parametrize("address", ["/embed/indicators/KR9.9/", f"{CARD}?quarter=112Q4"])
def test_a_card_of_what_was_not_published_is_not_found(
    client: Client, plan: Plan, people: People, address: str
) -> None:
    assert client.get(CARD).status_code == 404
    editions.published(plan, people.head)
    missing = client.get(address)
    assert missing.status_code == 404 and missing["X-Frame-Options"] == "DENY"


def test_the_indicator_s_page_offers_what_is_to_be_pasted(
    client: Client, plan: Plan, people: People, settings: Settings
) -> None:
    settings.SITE_URL = "https://ai.example.gov.tw"
    editions.published(plan, people.head, indicator(name_zh='培訓 "AI" 人才'))
    page = client.get("/indicators/KR1.2/").content.decode()
    match = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert match
    pasted = html.unescape(match[1])
    assert pasted.startswith('<iframe src="https://ai.example.gov.tw/embed/indicators/KR1.2/"')
    assert 'title="培訓 &quot;AI&quot; 人才"' in pasted


def test_demonstration_data_is_marked_on_the_card(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head, demonstration=True)
    assert "示範資料，非實際執行成果" in client.get(CARD).content.decode()
