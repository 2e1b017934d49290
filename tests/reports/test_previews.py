"""The preview is what will appear: the public's pages over the text of the proposal, for the secretariat alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from pytest_django import Settings

from kpis import kept, published
from kpis import urls as public
from kpis.models import Publication
from ministries import clock
from programs.models import MilestoneObservation, Plan, ProgramMilestone
from programs.quarters import Quarter
from reports import services
from reports.models import PublicationProposal, ReportingQuarter
from tests import rounds
from tests.kpis import editions
from tests.people import People
from tests.reports.pages import browser

PREVIEW = "/quarters/112Q1/preview/"
MAIN = re.compile(r"<main.*</main>", re.DOTALL)
WORDS = {"ending": "csv", "quarter": "112Q1", "chart": "progress", "group": "plan"}
CODES = {"pillar": "1", "plan-program": "P01", "ministry": "NSTC"}
"""An example for each word of a public address; a code is an indicator's unless its page is named."""


def main_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    match = MAIN.search(response.content.decode())
    assert match
    return match[0]


def public_pages() -> dict[str, str]:
    """Every address of the public site, with an example for its words."""
    found = {}
    for pattern in public.urlpatterns:
        name = pattern.name or ""
        words = {
            word: CODES.get(name, "KR1.1") if word == "code" else WORDS[word]
            for word in pattern.pattern.converters
        }
        found[name] = reverse(name, urlconf=public.__name__, kwargs=words)
    return found


@pytest.fixture
def proposal(accepted_round: ReportingQuarter, people: People) -> PublicationProposal:
    return services.propose_publication(reporting_quarter=accepted_round, actor=people.reviewer)


@pytest.fixture
def one_moment() -> Iterator[None]:
    """Previewed and published in the same minute."""
    with clock.set_to(clock.now()):
        yield


def milestone_reached(plan: Plan, people: People) -> None:
    milestone = ProgramMilestone.objects.create(
        program=plan.programs.get(code="P01"),
        code="M1",
        name_zh="完成測試",
        name_en="Tested",
        due_on=date(2023, 3, 31),
        effective_from=Quarter.parse("112Q1"),
    )
    MilestoneObservation.objects.create(
        milestone=milestone,
        organisation=milestone.program.organisation,
        quarter=Quarter.parse("112Q1"),
        accepted_at=clock.now(),
        accepted_by=people.reviewer,
        origin="test",
        statement="reached",
        reached_on=date(2023, 3, 1),
    )


@pytest.mark.usefixtures("one_moment")
def test_every_public_page_is_previewed_as_the_public_will_see_it_in_both_languages(
    plan: Plan, accepted_round: ReportingQuarter, people: People
) -> None:
    """Word for word, but for where its links lead: the site's own lead into the preview."""
    milestone_reached(plan, people)
    proposal = services.propose_publication(reporting_quarter=accepted_round, actor=people.reviewer)
    head, visitor = browser(people.head), Client()
    pages = [(language, path) for language in ("", "/en") for path in public_pages().values()]
    previewed = {page: head.get(page[0] + PREVIEW + page[1][1:]) for page in pages}
    services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=people.head)
    differing = []
    for (language, path), preview in previewed.items():
        shown = visitor.get(language + path)
        assert (preview.status_code, shown.status_code) == (200, 200), (language, path)
        assert "no-store" in preview["Cache-Control"] and "private" in preview["Cache-Control"], path
        assert preview.get("X-Frame-Options") == "DENY", path
        if plain(preview) != plain(shown):
            differing.append(language + path)
    assert differing == []
    assert "已完成" in previewed["", "/plan/programs/P01/"].content.decode()


def plain(response: Any) -> str:
    """The main part with the addresses of the preview as the public's; a file's content whole."""
    text = response.content.decode()
    match = MAIN.search(text)
    text = match[0] if match else text
    text = text.replace(PREVIEW, "/").replace(f'href="{settings.SITE_URL.rstrip("/")}/', 'href="/')
    # What is not public yet has no address in the public API.
    text = re.sub(r'(<a )href="/api/v1/publications/112Q1/" ', r"\1", text)
    return re.sub(r"\s+", " ", text)


def test_links_of_a_preview_stay_in_it(proposal: PublicationProposal, people: People) -> None:
    """No link of any page leads to the public's own page; those of working pages and of the API lead to these."""
    client, outside = browser(people.head), []
    for path in public_pages().values():
        answer = client.get(f"/en{PREVIEW}{path[1:]}")
        if answer["Content-Type"].startswith("text/html"):
            links = re.findall(r'(?:href|action)="(/[^"#?]*)', answer.content.decode())
            outside += [(path, link) for link in set(links) if is_public(link)]
    assert outside == []


def is_public(link: str) -> bool:
    try:
        return resolve(link).func.__module__.startswith("kpis.") and not link.startswith("/api/")
    except Resolver404:  # a static file
        return False


def test_a_preview_is_marked_and_says_what_is_missing(proposal: PublicationProposal, people: People) -> None:
    page = browser(people.reviewer).get(PREVIEW).content.decode()
    assert "本頁為公布提案之內容，尚未公布" in page and "<title>預覽" in re.sub(r">\s+", ">", page)
    missing = re.search(r"已核定 (\d+) 份", page)
    assert missing and missing[1] == "1" and "指標數據應報" in page
    assert "預覽" in browser(people.auditor).get(f"{PREVIEW}indicators/KR1.1/").content.decode()
    card = browser(people.auditor).get(f"{PREVIEW}embed/indicators/KR1.1/").content.decode()
    assert "<strong>預覽</strong>" in card
    csv = browser(people.head).get(f"{PREVIEW}quarters/112Q1/figures.csv")
    assert csv.status_code == 200 and "112Q1-preview-" in csv["Content-Disposition"]


def test_nothing_of_a_preview_is_kept_for_the_public(
    proposal: PublicationProposal,
    people: People,
    settings: Settings,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither whole nor in parts: what the public is shown afterwards has no address of the preview."""
    settings.PUBLIC_PAGE_SECONDS = 60
    kept.forget()
    request.addfinalizer(kept.forget)
    head, visitor = browser(people.head), Client()
    pages = ("", "indicators/KR1.1/", "pillars/1/", "search/?q=KR1.1")
    for path in pages:
        visitor.get("/" + path)
        assert "KR1.1" in head.get(PREVIEW + path).content.decode(), path
    services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=people.head)
    later = kept.time.monotonic() + 61
    monkeypatch.setattr(kept.time, "monotonic", lambda: later)
    for path in pages:
        page = visitor.get("/" + path).content.decode()
        assert "KR1.1" in page and "preview" not in page, path


def test_another_quarter_of_a_preview_is_the_published_one(
    plan: Plan, proposal: PublicationProposal, people: People
) -> None:
    other = editions.published(plan, people.head, quarter="112Q2")
    page = main_of(browser(people.head), f"{PREVIEW}indicators/KR1.2/?quarter=112Q2")
    assert other.digest in page and proposal.digest not in page


def test_a_milestone_that_is_accepted_after_the_proposal_is_another_text(
    plan: Plan, proposal: PublicationProposal, people: People
) -> None:
    milestone_reached(plan, people)
    again = services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=people.head)
    assert again.fell_back_because == "content" and not Publication.objects.exists()
    assert "已完成" in browser(people.head).get(f"{PREVIEW}plan/programs/P01/").content.decode()


def test_before_a_proposal_the_figures_of_now_are_previewed(
    accepted_round: ReportingQuarter, people: People
) -> None:
    page = browser(people.head).get(PREVIEW).content.decode()
    assert "尚未提請公布" in page and "KR1.1" in page
    assert not Publication.objects.exists() and published.issues() == []


def test_what_cannot_be_published_has_no_preview(proposal: PublicationProposal, people: People) -> None:
    client = browser(people.head)
    for address in (
        "/quarters/112Q2/preview/",
        "/quarters/119Q1/preview/",
        f"{PREVIEW}indicators/KR9.9/",
        f"{PREVIEW}dashboard/",
    ):
        assert client.get(address).status_code == 404, address
    services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=people.head)
    assert client.get(PREVIEW).status_code == 404


# --- the quarter's page -------------------------------------------------------------------------------------
def test_one_proposes_another_confirms_on_the_quarter_s_page(
    accepted_round: ReportingQuarter, people: People
) -> None:
    reviewer, head = browser(people.reviewer), browser(people.head)
    assert "提請公布112 年第 1 季" in main_of(reviewer, "/quarters/112Q1/")
    assert reviewer.post("/quarters/112Q1/publication/propose/", {}).status_code == 302
    proposal = PublicationProposal.objects.get()
    assert 'href="/quarters/112Q1/#publication">待確認</a>' in main_of(head, "/quarters/")
    assert "確認公布" not in main_of(reviewer, "/quarters/112Q1/")
    page = main_of(head, "/quarters/112Q1/")
    assert "確認公布112 年第 1 季" in page and proposal.digest in page
    stale = head.post("/quarters/112Q1/publication/confirm/", {"digest": "0" * 64})
    assert stale.status_code == 409 and "請重新預覽後再確認" in stale.content.decode()
    assert head.post("/quarters/112Q1/publication/confirm/", {"digest": proposal.digest}).status_code == 302
    done = main_of(head, "/quarters/112Q1/")
    assert (
        Publication.objects.get().digest in done and str(people.reviewer) in done and "確認公布1" not in done
    )


def test_a_moment_is_typed_as_people_write_it(accepted_round: ReportingQuarter, people: People) -> None:
    soon = clock.today() + timedelta(days=30)
    typed = f"{soon.year - 1911}/{soon:%m/%d}"
    client, address = browser(people.reviewer), "/quarters/112Q1/publication/propose/"
    for day, hour, words in (
        ("明天", "", "不是日期"),
        ("", "09:00", "請填公布日期"),
        (typed, "九點", "請填時與分"),
        ("112/01/05", "", "公布時間應晚於現在"),
        ("213/01/05", "", "請確認年份"),
    ):
        refused = client.post(address, {"publication-day": day, "publication-hour": hour})
        assert refused.status_code == 422 and words in refused.content.decode(), day
        assert day in refused.content.decode(), "what was typed stays"
    assert client.post(address, {"publication-day": typed, "publication-hour": "14:30"}).status_code == 302
    proposal = PublicationProposal.objects.get()
    assert proposal.not_before == datetime.combine(soon, time(14, 30), clock.TAIPEI)
    assert f"{typed} 14:30" in main_of(client, "/quarters/112Q1/")


def test_a_refusal_needs_words_and_keeps_them(proposal: PublicationProposal, people: People) -> None:
    client, address = browser(people.head), "/quarters/112Q1/publication/refuse/"
    refused = client.post(address, {"words": ""})
    assert refused.status_code == 422 and "此欄必填" in refused.content.decode()
    assert client.post(address, {"words": "說明不足，請補充。"}).status_code == 302
    assert "說明不足，請補充。" in main_of(client, "/quarters/112Q1/"), "it stands in the round's history"
    gone = client.post(address, {"words": "再一次。"})
    assert gone.status_code == 409 and "目前沒有公布提案" in gone.content.decode()


def test_whoever_proposed_is_told_that_another_has_to_confirm(
    accepted_round: ReportingQuarter, people: People
) -> None:
    services.propose_publication(reporting_quarter=accepted_round, actor=people.head)
    page = main_of(browser(people.head), "/quarters/112Q1/")
    assert "提案人不得確認自己的公布提案" in page and "確認公布1" not in page
    assert browser(people.reviewer).post("/quarters/112Q1/publication/withdraw/").status_code == 302
    assert PublicationProposal.objects.get().state == "withdrawn"


def test_while_a_report_waits_nothing_is_offered(open_round: ReportingQuarter, people: People) -> None:
    rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    page = main_of(browser(people.head), "/quarters/112Q1/")
    assert "其中 1 份已送出待審" in page and "提請公布1" not in page
