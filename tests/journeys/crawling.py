"""Follows every link of a site that a role is shown, and says what was wrong with what it led to.

Addresses of one kind have the language, the route and the names in the query in common, and differ by their example
alone. Of each kind a role asks for so many as it is told; of views, which have a query, all roles together ask for so
many. That bounds the crawl: numbered pages, calendars and orders of tables are views of one kind each. Chromium opens
for every role what no role before was shown just so. It knows no page by name.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import zlib
from collections import Counter, deque
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils.translation import override
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, ViewportSize
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from ministries.languages import CHINESE
from portal.context import TAGS as TAGS_OF_LANGUAGES
from tests.barriers import barriers
from tests.journeys.page_reading import Reading, read
from tests.screenshots.walk import DRAWN, TOKEN

BEGIN = ("/", "/work/")
LANGUAGES = (settings.LANGUAGE_CODE, "en")
WIDE, NARROW = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=800)
REDIRECTS = 5
DRAWN_WITHIN = 20_000  # ms
TELL = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`against the policy: ${event.violatedDirective} ${event.blockedURI}`))"""
DRAWN_WORDS = """() => document.documentElement.lang.startsWith("zh") ? [] :
    Array.from(document.querySelectorAll("svg text"), (each) => each.textContent)"""
MAIN = re.compile(r"<main\b.*</main>", re.DOTALL)


@dataclass(frozen=True)
class Kind:
    """What addresses that differ by example alone have in common."""

    language: str
    route: str
    keys: frozenset[str]


@dataclass(frozen=True)
class Answer:
    address: str
    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass
class Crawl:
    """`faults` says what was wrong; `reached` which routes were, `opened` and `asked` how much was done.

    A thorough one looks for barriers on every route in both languages, and follows both for every role. Else half of
    the routes are examined in Chinese, half in English, and a role is spared the language that it was shown second.
    """

    browser: Browser
    site: str
    of_each_kind: int
    thorough: bool
    faults: list[str] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    asked: int = 0
    opened: int = 0
    _parts: set[str] = field(default_factory=set)
    _known: set[Kind] = field(default_factory=set)
    _views: Counter[Kind] = field(default_factory=Counter)
    _shown: set[tuple[str, str]] = field(default_factory=set)
    _examined: set[tuple[str, str]] = field(default_factory=set)
    _titles: dict[tuple[str, str], str] = field(default_factory=dict)

    def is_to_be_examined(self, kind: Kind) -> bool:
        if (kind.language, kind.route) in self._examined:
            return False
        chosen = LANGUAGES[zlib.crc32(kind.route.encode()) % 2]
        return self.thorough or kind.language == chosen

    def as_role(self, role: str, session: str) -> None:
        """Everything that the role's own pages lead to; `session` is its key, empty for a visitor."""
        context = self.browser.new_context(viewport=WIDE, locale="zh-TW")
        context.add_init_script(TELL)
        if session:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.site}])
        _Visit(self, role, session, context.new_page()).follow_everything()
        context.close()


class _Visit:
    """One role's way through the site."""

    def __init__(self, crawl: Crawl, role: str, session: str, tab: Page) -> None:
        self.crawl = crawl
        self.role = role
        self.session = session
        self.tab = tab
        self._waiting: deque[tuple[str, str]] = deque((address, "") for address in BEGIN)
        self._known = set(BEGIN)
        self._pages: Counter[Kind] = Counter()
        self._routes: set[str] = set()
        self._opened: set[str] = set()
        self._anchors: dict[str, set[str]] = {}
        self._aims: dict[tuple[str, str], str] = {}
        self._complaints: list[str] = []
        tab.on("console", self._listen)
        tab.on("pageerror", lambda error: self._complaints.append(str(error)))
        tab.on("response", self._look_at_part)

    def follow_everything(self) -> None:
        while self._waiting:
            address, shown_on = self._waiting.popleft()
            kind = kind_of(address)
            if self._counts(kind):
                self._go(address, kind, shown_on)
        for (address, anchor), shown_on in self._aims.items():
            if address in self._anchors and anchor not in self._anchors[address]:
                self._blame(shown_on, f"there is no #{anchor} on {address}")

    def _counts(self, kind: Kind) -> bool:
        """Whether one more of this kind is to be asked for; it is counted then."""
        crawl = self.crawl
        counted = crawl._views if kind.keys else self._pages
        spared = not (crawl.thorough or kind.keys) and kind in crawl._known and kind.route in self._routes
        if spared or counted[kind] >= crawl.of_each_kind:
            return False
        counted[kind] += 1
        self._routes.add(kind.route)
        return True

    def _go(self, address: str, kind: Kind, shown_on: str) -> None:
        answer = self._ask(address)
        if answer.status != http.client.OK:
            self._blame(address, f"{answer.status}, linked from {shown_on}")
            return
        self.crawl.reached.add(kind.route)
        self.crawl._known.add(kind)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            return
        reading = read(answer.text)
        self._anchors[address] = reading.anchors
        for fault in reading.faults:
            self._blame(address, fault)
        if "Content-Security-Policy" not in answer.headers:
            self._blame(address, "no Content-Security-Policy")
        there = kind_of(answer.address)
        if reading.language != TAGS_OF_LANGUAGES[there.language]:
            self._blame(address, f"the page is said to be in {reading.language}")
        self._compare_title(there, reading)
        self._note_links(answer.address, reading)
        if answer.address == address:
            self._open(address, kind, answer)

    def _ask(self, address: str) -> Answer:
        """The answer at the end of any redirects."""
        for _ in range(REDIRECTS):
            self.crawl.asked += 1
            connection = http.client.HTTPConnection(urlsplit(self.crawl.site).netloc, timeout=60)
            cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={self.session}"} if self.session else {}
            connection.request("GET", address, headers=cookie)
            response = connection.getresponse()
            body = response.read()
            connection.close()
            there = response.headers.get("Location", "")
            if response.status not in (301, 302, 303, 307, 308) or not self._is_here(address, there):
                break
            address = self._absolute(address, there)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        return Answer(address, response.status, response.headers, body.decode() if is_page else "")

    def _is_here(self, address: str, link: str) -> bool:
        there = urlsplit(urljoin(self.crawl.site + address, link))
        return f"{there.scheme}://{there.netloc}" == self.crawl.site

    def _absolute(self, address: str, link: str) -> str:
        """The path and query to which the link leads."""
        there = urldefrag(urljoin(self.crawl.site + address, link)).url
        return there.removeprefix(self.crawl.site) or "/"

    def _note_links(self, address: str, reading: Reading) -> None:
        for link in reading.links:
            if self._is_here(address, link):
                there, anchor = self._absolute(address, link), urldefrag(link).fragment
                if anchor:
                    self._aims.setdefault((there, anchor), address)
                if there not in self._known:
                    self._known.add(there)
                    self._waiting.append((there, address))
        for part in reading.parts:
            there = self._absolute(address, part)
            if self._is_here(address, part) and there not in self.crawl._parts:
                self.crawl._parts.add(there)
                if (answer := self._ask(there)).status != http.client.OK:
                    self._blame(address, f"{answer.status} for its part {there}")

    def _compare_title(self, kind: Kind, reading: Reading) -> None:
        of = self.crawl._titles.setdefault((kind.language, reading.title), kind.route)
        if of != kind.route:
            self._blame(kind.route, f"has the title of {of}: {reading.title}")

    # --- in the browser ---------------------------------------------------------------------------------------
    def _open(self, address: str, kind: Kind, answer: Answer) -> None:
        main = MAIN.search(answer.text)
        words = TOKEN.sub("", main[0] if main else answer.text)
        shown = kind.route, hashlib.sha256(words.encode()).hexdigest()
        is_new = self.crawl.is_to_be_examined(kind)
        if shown in self.crawl._shown or not (is_new or kind.route not in self._opened):
            return
        self.crawl._shown.add(shown)
        self._opened.add(kind.route)
        self.crawl.opened += 1
        self.tab.goto(self.crawl.site + address)
        self._look_at_charts(address)
        if is_new:
            self.crawl._examined.add((kind.language, kind.route))
            self._examine(address, kind)
        for complaint in self._complaints:
            self._blame(address, f"the browser says: {complaint}")
        self._complaints.clear()

    def _look_at_charts(self, address: str) -> None:
        try:
            self.tab.wait_for_function(DRAWN, timeout=DRAWN_WITHIN)
        except PlaywrightTimeout:
            self._blame(address, "a chart is not drawn, or wider than its place")
        for words in filter(CHINESE.search, self.tab.evaluate(DRAWN_WORDS)):
            self._blame(address, f"a chart's words are Chinese: {words}")

    def _examine(self, address: str, kind: Kind) -> None:
        """For barriers and width: Chinese pages light and wide, English ones dark and on a phone."""
        if kind.language == "en":
            self.tab.emulate_media(color_scheme="dark")
            self.tab.set_viewport_size(NARROW)
            self._look_at_charts(address)
        if (over := self.tab.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            self._blame(address, f"{over} px too wide")
        for barrier in barriers(self.tab):
            self._blame(address, barrier)
        if kind.language == "en":
            self.tab.emulate_media(color_scheme="light")
            self.tab.set_viewport_size(WIDE)

    def _listen(self, message: ConsoleMessage) -> None:
        self._complaints.append(f"{message.type}: {message.text}")

    def _look_at_part(self, response: Response) -> None:
        if response.status >= http.client.BAD_REQUEST:
            self._complaints.append(f"{response.status} {response.url}")

    def _blame(self, address: str, what: str) -> None:
        self.crawl.faults.append(f"{self.role} {address}: {what}")


def kind_of(address: str) -> Kind:
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    is_english = parts.path.startswith("/en/") or ("lang", "en") in query
    language = "en" if is_english else settings.LANGUAGE_CODE
    with override(language):
        try:
            route = str(resolve(parts.path).view_name)
        except Resolver404:
            route = parts.path
    return Kind(language, route, frozenset(key for key, _value in query))
