"""What axe finds on a page as it stands, by WCAG 2.1 A and AA; journeys, crawl and walk ask here."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
}


def barriers(page: Page) -> list[str]:
    """Each as the rule that it breaks and the element that does."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{violation['id']}: {node['html']}" for violation in found for node in violation["nodes"]]
