"""What a role sees is kept once: a picture per width, language and theme, and what was wrong with the page.

A page that shows a role just what it showed another is noted, not taken again. It knows browsers, not which pages exist.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page

from ministries.models import User
from tests.barriers import barriers
from tests.screenshots import examples

WIDTHS = (390, 768, 1440)
WIDEST = max(WIDTHS)
HEIGHT = 900
THEMES = ("light", "dark")
ALL = [(width, theme) for width in reversed(WIDTHS) for theme in THEMES]
# What another role sees on a page is other words in the same parts: both ends, one theme at each.
FEW = [(WIDEST, "light"), (min(WIDTHS), "dark")]
# Between the phone and the desk nothing is laid out that one of them has not: barriers are looked for at the ends.
AXE_AT = (min(WIDTHS), WIDEST)
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=|name="next" value=)"[^"]*"')
# Every chart is there, was drawn for the width that its place has, and is no wider.
DRAWN = """() => Array.from(document.querySelectorAll("[data-chart]:not([hidden])")).every((place) => {
    const drawing = place.querySelector("svg");
    const settled = Math.abs(place.clientWidth - Number(place.dataset.width)) <= 40;
    return drawing && settled && drawing.getBoundingClientRect().width <= place.clientWidth;
})"""


@dataclass
class Shot:
    """One picture; `path` is relative to the folder. `same_as` names the role to which the page looked just so."""

    page: str
    role: str
    language: str
    theme: str
    width: int
    path: str
    address: str
    same_as: str = ""
    troubles: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.address} {self.role} {self.theme} {self.width}"


class Walk:
    def __init__(self, browser: Browser, address: str, folder: Path, *, axe: bool) -> None:
        self.browser = browser
        self.address = address
        self.folder = folder
        self.axe = axe
        self.shots: list[Shot] = []
        self._seen: dict[tuple[str, str], str] = {}
        self._complaints: list[str] = []
        self._taken: set[str] = set()

    def as_role(self, role: str, email: str, pages: Sequence[examples.Page]) -> None:
        """All the pages that answer this role with a page of their own, in every form."""
        context = self.browser.new_context(viewport={"width": WIDEST, "height": HEIGHT}, locale="zh-TW")
        if email:
            name, value = settings.SESSION_COOKIE_NAME, _session_of(email)
            context.add_cookies([{"name": name, "value": value, "url": self.address}])
        tab = context.new_page()
        tab.on("console", self._listen)
        tab.on("pageerror", lambda error: self._complaints.append(str(error)))
        before = len(self.shots)
        for page in pages:
            self._look_at(tab, role, page)
        context.close()
        # What was wrong is said at once: a walk takes long, and may be cut short.
        troubles = [f"  {shot.name}: {each}" for shot in self.shots[before:] for each in shot.troubles]
        print(f"{role:<14} {len(self.shots) - before:>4}", *troubles, sep="\n", flush=True)  # noqa: T201

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complaints.append(message.text)

    def _look_at(self, tab: Page, role: str, page: examples.Page) -> None:
        tab.emulate_media(color_scheme="light")
        if not self._open(tab, page.address("zh")):
            return
        same_as = self._seen.setdefault((page.label, _what_is_shown(tab)), role)
        if same_as != role:
            self.shots.append(Shot(page.label, role, "", "", 0, "", page.address("zh"), same_as))
            return
        forms = FEW if page.label in self._taken else ALL
        self._taken.add(page.label)
        self._take_all(tab, role, page, "zh", forms)
        if page.address("en") != page.address("zh") and self._open(tab, page.address("en")):
            self._take_all(tab, role, page, "en", forms)

    def _take_all(
        self, tab: Page, role: str, page: examples.Page, language: str, forms: Sequence[tuple[int, str]]
    ) -> None:
        for width, theme in forms:
            self._take(tab, role, page, language, theme, width)

    def _open(self, tab: Page, address: str) -> bool:
        """Whether this address has a page for the role: nothing that is refused, missing, or elsewhere."""
        self._complaints.clear()
        answer = tab.goto(self.address + address)
        return answer is not None and answer.status == 200 and tab.url == self.address + address

    def _take(self, tab: Page, role: str, page: examples.Page, language: str, theme: str, width: int) -> None:
        tab.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        tab.set_viewport_size({"width": width, "height": HEIGHT})
        tab.wait_for_function(DRAWN)
        # As high as the page, so that what keeps to the window's edge stands where it ends.
        tab.set_viewport_size(
            {"width": width, "height": tab.evaluate("document.documentElement.scrollHeight")}
        )
        path = f"{page.label}/{role}-{language}-{theme}-{width}.png"
        shot = Shot(page.label, role, language, theme, width, path, page.address(language))
        tab.screenshot(path=self.folder / path, animations="disabled")
        shot.troubles = [f"the browser says: {text}" for text in self._complaints]
        self._complaints.clear()
        taken = tab.evaluate("document.documentElement.scrollWidth")
        if taken > width:
            shot.troubles.append(f"{taken} px wide")
        if self.axe and width in AXE_AT:
            shot.troubles += barriers(tab)
        self.shots.append(shot)


def _session_of(email: str) -> str:
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _what_is_shown(tab: Page) -> str:
    """The page's main part without what differs at every request."""
    shown = TOKEN.sub("", tab.locator("main, body:not(:has(main))").inner_html())
    return hashlib.sha256(shown.encode()).hexdigest()
