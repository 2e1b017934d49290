"""Charts draw in both themes under the strict policy, are read by the keys, and can be taken home as pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from programs.models import Plan
from tests.journeys.conftest import Visitor
from tests.kpis import editions
from tests.kpis.editions import figure, indicator
from tests.people import People

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def _owned(code: str, amounts: dict[str, str]) -> dict[str, Any]:
    owners = [
        {"code": each, "name_zh": each, "name_en": each, "named_by_plan": True, "statement": "value"}
        | {"figure": figure(code, year_numerator=amount)}
        for each, amount in amounts.items()
    ]
    series = [indicator()["figure"], figure("112Q2", year_numerator="6000", light="green", stated=1)]
    known = series[: int(code[-1])]
    return indicator(organisations=owners, series=known, figure=known[-1])


def test_a_chart_is_drawn_in_both_themes_read_by_the_keys_and_kept(
    visitors: Callable[[], Visitor], plan: Plan, people: People, tmp_path: Path
) -> None:
    editions.published(plan, people.head, _owned("112Q1", {"MOE": "1000", "NDC": "3000"}))
    editions.published(plan, people.head, _owned("112Q2", {"MOE": "2000", "NDC": "4000"}), quarter="112Q2")
    reader = visitors()
    page = reader.page
    page.emulate_media(color_scheme="light")
    reader.goes_to("/indicators/KR1.2/")
    chart = page.locator(".chart").first
    expect(page.locator(".chart .main-svg").first).to_be_visible()
    expect(page.locator(".chart-panels .js-line")).to_have_count(2)
    actual = chart.locator(".scatterlayer .trace path.js-line").last
    in_light = actual.get_attribute("style")
    for details in page.locator("details.chart-data").all():
        details.locator("summary").click()
    reader.finds_no_barrier()

    page.emulate_media(color_scheme="dark")
    expect(actual).not_to_have_attribute("style", in_light or "")
    reader.finds_no_barrier()

    chart.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#chart-KR1\\.2-path-said")).to_have_text("112 年 2：目標值 8,000；實際 6,000")

    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator(".chart-panels")).to_have_attribute("data-columns", "1")
    beginnings = {"SVG": b"<svg", "PNG": b"\x89PNG"}
    for name, beginning in beginnings.items():
        with page.expect_download() as kept:
            page.get_by_role("button", name=f"下載 {name}").first.click()
        file = tmp_path / kept.value.suggested_filename
        kept.value.save_as(file)
        assert file.name == f"KR1.2-path.{name.lower()}"
        assert file.read_bytes().startswith(beginning)
    assert "每年培訓 AI 應用人才" in (tmp_path / "KR1.2-path.svg").read_text(encoding="utf-8")
