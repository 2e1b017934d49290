"""A quarter goes from the officer to the reviewer without a mouse: every stop of the keyboard is seen, and none is a trap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from ministries.models import Role, User
from programs.models import Plan
from reports.models import Report
from tests import rounds
from tests.journeys.conftest import PASSWORD, Visitor
from tests.people import People

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

REPORT = "/reports/112Q1/NDC/"
STOPS = 200
"""More than any page has between two places; whoever needs more is caught."""
HERE = """async (wanted) => {
    const here = document.activeElement, look = getComputedStyle(here);
    const above = () => {
        const box = here.getBoundingClientRect();
        return document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
    };
    // The window may still be on its way there.
    for (let frames = 0; frames < 30 && !above(); frames += 1) await new Promise(requestAnimationFrame);
    const over = above();
    return {
        what: here.outerHTML.slice(0, 120),
        over: over && over.outerHTML.slice(0, 120),
        lost: here === document.body,
        ringed: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
        covered: over === null || !(here.contains(over) || over.contains(here)),
        arrived: here.matches(wanted),
    };
}"""


class Typist(Visitor):
    """A visitor whose hands stay on the keys."""

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def uses_access_key(self, key: str) -> None:
        """Alt and the key as Chromium gets them from a keyboard; Playwright's own Alt carries no letter."""
        keyboard = self.page.context.new_cdp_session(self.page)
        letter = {
            "key": key,
            "unmodifiedText": key,
            "windowsVirtualKeyCode": ord(key.upper()),
            "modifiers": 1,
        }
        for event in ("keyDown", "keyUp"):
            keyboard.send("Input.dispatchKeyEvent", {"type": event, **letter})
        keyboard.detach()

    def leads_on(self, key: str = "Enter") -> None:
        """A key that opens another page."""
        with self.page.expect_navigation():
            self.press(key)

    def stop(self, wanted: str = "*") -> dict[str, Any]:
        """Where the focus is: on something, seen, and not behind something else."""
        here: dict[str, Any] = self.page.evaluate(HERE, wanted)
        assert not here["lost"], f"{self.page.url}: the focus is lost"
        assert here["ringed"], f"{self.page.url}: the focus is not seen on {here['what']}"
        assert not here["covered"], f"{self.page.url}: {here['over']} covers {here['what']}"
        return here

    def tabs_to(self, wanted: str, key: str = "Tab") -> None:
        for _ in range(STOPS):
            self.press(key)
            if self.stop(wanted)["arrived"]:
                return
        raise AssertionError(f"{self.page.url}: the keyboard does not reach {wanted}")

    def skips_to_content(self) -> None:
        self.press("Tab")
        assert self.stop(".skip")["arrived"]
        self.press("Enter", "Tab")
        assert self.stop("main *")["arrived"]

    def logs_in(self, user: User, language: str = "") -> None:
        self.goes_to(f"{language}/accounts/login/?next={language}/work/")
        self.skips_to_content()
        if not self.stop("[name=login]")["arrived"]:
            self.tabs_to("[name=login]")
        self.page.keyboard.type(user.email)
        self.tabs_to("[name=password]")
        self.page.keyboard.type(PASSWORD)
        self.tabs_to("main button[type=submit]")
        self.leads_on()
        assert "/accounts/login/" not in self.page.url

    def opens_and_closes(self, button: str, menu: str) -> None:
        """A menu opens by its button; Escape closes it wherever one is, and the focus is on the button again."""
        self.tabs_to(button)
        self.press("Enter")
        self.tabs_to(f"{menu} *")
        self.press("Escape")
        expect(self.page.locator(menu)).to_be_hidden()
        assert self.stop(button)["arrived"]


@pytest.fixture
def typist(browser: Browser, live_server: Any) -> Any:
    """Makes typists, each at a browser of their own."""
    made: list[Typist] = []

    def one_more() -> Typist:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-TW")
        made.append(Typist(context.new_page(), live_server.url))
        return made[-1]

    yield one_more
    for each in made:
        each.page.context.close()
    assert [complaint for each in made for complaint in each.complaints] == []


@pytest.fixture
def report(plan: Plan, people: People) -> Report:
    """NDC's of 112Q1, filled in but for what it did."""
    made = rounds.report_of(rounds.opened(plan, "112Q1", people), "NDC")
    return rounds.fill(made, people)


def test_a_quarter_is_reported_signed_and_accepted_by_the_keys_alone(
    typist: Callable[[], Typist], report: Report, people: People
) -> None:
    line = report.lines.earliest("order")

    officer = typist()
    officer.logs_in(people.officer("NDC"))
    officer.opens_and_closes("[popovertarget=person-menu]", "#person-menu")
    for key in "UCZ":
        assert officer.page.locator(f"[accesskey={key}]").inner_text() == ":::"
        officer.uses_access_key(key.lower())
        officer.page.wait_for_url(f"**#{key}")
    officer.goes_to("/work/")
    officer.skips_to_content()
    officer.tabs_to(f"a[href='{REPORT}']")
    officer.leads_on()

    officer.skips_to_content()
    officer.tabs_to(f"[name='line-{line.pk}-statement']")
    officer.tabs_to(f"[name='line-{line.pk}-narrative']")
    officer.press("Control+A")
    officer.page.keyboard.type("以鍵盤填報。")
    officer.tabs_to(".report-bar button[type=submit]:not([formaction])")
    expect(officer.page.locator(f"#line-{line.pk}-says")).to_contain_text("已儲存")
    officer.leads_on()
    line.refresh_from_db()
    assert line.narrative == "以鍵盤填報。"
    officer.tabs_to("button[formaction$='/sign/ask/']", "Shift+Tab")
    officer.leads_on()

    approver = typist()
    approver.logs_in(people.holding(Role.APPROVER, "NDC"))
    approver.goes_to(REPORT)
    approver.skips_to_content()
    approver.tabs_to("button[formaction$='/sign/']")
    approver.leads_on()
    approver.tabs_to(".decision button[type=submit]:not([formaction])")
    approver.leads_on()
    report.refresh_from_db()
    assert report.state == "submitted"

    reviewer = typist()
    reviewer.logs_in(people.reviewer)
    reviewer.goes_to(REPORT)
    reviewer.press("j")
    assert reviewer.stop(f"#line-{line.pk}")["arrived"]
    reviewer.leads_on("a")
    line.refresh_from_db()
    assert line.state == "accepted"
    reviewer.press("Tab")
    assert reviewer.stop("main *")["arrived"], "where the decision was made, not at the page's beginning"


def test_on_a_phone_the_menu_opens_and_closes_by_the_keys(typist: Callable[[], Typist], plan: Plan) -> None:
    citizen = typist()
    citizen.page.set_viewport_size({"width": 390, "height": 800})
    citizen.goes_to("/en/data/")
    citizen.opens_and_closes(".site-bar .menu-button", "#site-menu")
    citizen.tabs_to("footer a[rel=license]")
