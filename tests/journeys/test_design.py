"""The design in a real browser: a phone without scripts reaches everything, and no part is a barrier in either theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from ministries.models import Role
from programs.models import Plan
from tests.journeys.conftest import Visitor
from tests.people import People

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def test_a_phone_without_scripts_finds_the_work_area_and_turns_dark(
    browser: Browser, live_server: Any, plan: Plan, people: People
) -> None:
    officer = people.officer("NDC")
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    phone = Visitor(context.new_page(), live_server.url)
    page, root = phone.page, phone.page.locator("html")
    phone.goes_to("/")
    expect(page.get_by_role("link", name="機關登入")).to_be_hidden()
    page.get_by_role("button", name="選單").click()
    phone.follows(page.get_by_role("link", name="機關登入"))
    phone.logs_in(officer)
    page.get_by_role("button", name="選單").click()
    phone.follows(page.get_by_role("link", name="列管事項", exact=True))
    assert page.url.endswith("/decisions/")
    page.get_by_role("button", name="選單").click()
    phone.follows(page.get_by_role("button", name="深色"))
    assert page.url.endswith("/decisions/")
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="選單").click()
    expect(page.get_by_role("button", name="深色")).to_have_attribute("aria-pressed", "true")
    phone.follows(page.get_by_role("button", name="登出"))
    expect(root).to_have_attribute("data-theme", "dark")
    context.close()


def test_no_part_is_a_barrier_in_either_theme(
    visitors: Callable[[], Visitor], plan: Plan, people: People
) -> None:
    person = visitors()
    person.logs_in(people.holding(Role.ADMINISTRATOR))
    person.goes_to("/components/")
    for theme in ("深色", "淺色"):
        person.page.get_by_role("button", name=theme).click()
        person.finds_no_barrier()
    person.page.get_by_role("button", name=person.page.locator(".person-name").inner_text()).click()
    person.finds_no_barrier()
    person.page.set_viewport_size({"width": 390, "height": 800})
    person.goes_to("/en/components/")
    person.page.locator(".site-bar .menu-button").click()
    person.finds_no_barrier()
