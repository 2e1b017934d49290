"""A citizen without JavaScript: from the home page to an indicator, its rows, its method and its data, in both languages."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from programs.models import Plan
from tests.journeys.conftest import Visitor
from tests.kpis import editions
from tests.people import People

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

WORDS = {
    "": {
        "method": "數字如何計算",
        "row": "教育部",
        "unit": "人次",
        "grey": "灰燈",
        "back": "計畫進度",
        "search": "搜尋",
        "word": "人才",
    },
    "/en": {
        "method": "How figures are counted",
        "row": "Ministry of Education",
        "unit": "trainings",
        "grey": "grey light",
        "back": "Plan progress",
        "search": "Search",
        "word": "people",
    },
}


@pytest.fixture
def citizen(browser: Browser, live_server: Any) -> Iterator[Visitor]:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1440, "height": 900})
    visitor = Visitor(context.new_page(), live_server.url)
    yield visitor
    context.close()
    assert visitor.complaints == []


def test_a_citizen_reads_an_indicator_to_its_rows_its_method_and_its_data(
    citizen: Visitor, plan: Plan, people: People
) -> None:
    publication = editions.published(plan, people.head)
    for language, words in WORDS.items():
        citizen.goes_to(f"{language}/")
        citizen.follows(citizen.main.locator(f"a[href='{language}/indicators/KR1.2/?quarter=112Q1']").first)
        assert citizen.sees("4,000") and citizen.sees(words["unit"])
        assert (
            words["row"] in citizen.main.locator("section[aria-labelledby=owners-title] tbody").inner_text()
        )
        rows = {ending: _rows(citizen, ending) for ending in ("csv", "ods")}
        assert all("4000" in text and publication.digest in text for text in rows.values()), language

        citizen.follows(citizen.main.get_by_role("link", name=words["method"]).first)
        assert citizen.page.url.endswith("/methodology/#kinds-of-indicators")
        assert citizen.sees(words["grey"])
        citizen.page.go_back()
        citizen.follows(citizen.main.locator(f"a[href='{language}/pillars/1/?quarter=112Q1']"))
        citizen.follows(citizen.main.locator(f"a[href='{language}/ministries/MOE/']").first)
        assert citizen.sees(words["row"])

        citizen.follows(citizen.page.locator("nav a", has_text=words["search"]).first)
        citizen.main.locator("[name=q]").fill(words["word"])
        citizen.presses(words["search"])
        assert citizen.main.locator(f"a[href='{language}/indicators/KR1.2/']").count() == 1


def _rows(citizen: Visitor, ending: str) -> str:
    """What the indicator's own file of that kind says."""
    with citizen.page.expect_download() as coming:
        citizen.main.locator(f"a[href*='/indicators/KR1.2/figures.{ending}']").click()
    path = Path(coming.value.path())
    if ending == "csv":
        return path.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(path) as file:
        return file.read("content.xml").decode()
