"""The preview is what will appear: the public's pages over the text of the proposal, for the secretariat alone."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from kpis import published
from kpis.models import Publication
from reports import services
from reports.models import PublicationProposal, ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser

PREVIEW = "/quarters/112Q1/preview/"
MAIN = re.compile(r"<main.*</main>", re.DOTALL)


def main_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    match = MAIN.search(response.content.decode())
    assert match
    return match[0]


@pytest.fixture
def proposal(accepted_round: ReportingQuarter, people: People) -> PublicationProposal:
    return services.propose_publication(reporting_quarter=accepted_round, actor=people.reviewer)


def test_what_was_previewed_is_what_the_public_sees(proposal: PublicationProposal, people: People) -> None:
    """Word for word, but for where its links lead."""
    head = browser(people.head)
    previewed = {path: main_of(head, PREVIEW + path) for path in ("", "indicators/KR1.1/")}
    services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=people.head)
    shown = {path: main_of(Client(), f"/{path}?quarter=112Q1") for path in previewed}
    for path, page in previewed.items():
        assert proposal.digest in page
        assert plain(page) == plain(shown[path]), path


def plain(page: str) -> str:
    """Without what a preview has otherwise: links, the pillar's among the places, the file of what was published, the card."""
    page = re.sub(r'<section aria-labelledby="card-title".*?</section>', "", page, flags=re.DOTALL)
    page = re.sub(r'<nav aria-label="所在位置">.*?</nav>', "", page, flags=re.DOTALL)
    page = re.sub(r"本指標各季數字.*?<br>", "", page, flags=re.DOTALL)
    page = re.sub(r"</?a\b[^>]*>", "", page)
    return re.sub(r"\s+", " ", page)


def test_a_preview_is_marked_and_kept_by_nobody(proposal: PublicationProposal, people: People) -> None:
    response = browser(people.reviewer).get(PREVIEW)
    page = response.content.decode()
    assert "本頁為公布提案之內容，尚未公布" in page and "<title>預覽" in re.sub(r">\s+", ">", page)
    assert "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
    assert "KR1.1" in browser(people.auditor).get(f"{PREVIEW}indicators/KR1.1/").content.decode()


def test_links_of_a_preview_stay_in_it(proposal: PublicationProposal, people: People) -> None:
    client = browser(people.head)
    page = main_of(client, PREVIEW)
    assert f'href="{PREVIEW}indicators/KR1.1/"' in page and f'href="{PREVIEW}figures.csv"' in page
    csv = client.get(f"{PREVIEW}figures.csv")
    assert csv.status_code == 200 and "preview" in csv["Content-Disposition"]
    english = main_of(client, f"/en{PREVIEW}indicators/KR1.1/")
    assert f'href="/en{PREVIEW}"' in english


def test_another_quarter_is_the_published_one(proposal: PublicationProposal, people: People) -> None:
    client = browser(people.head)
    assert client.get(f"{PREVIEW}?quarter=112Q4")["Location"] == "/?quarter=112Q4"
    answer = client.get(f"{PREVIEW}indicators/KR1.1/?quarter=112Q4")
    assert answer["Location"] == "/indicators/KR1.1/?quarter=112Q4"


def test_before_a_proposal_the_figures_of_now_are_previewed(
    accepted_round: ReportingQuarter, people: People
) -> None:
    page = browser(people.head).get(PREVIEW).content.decode()
    assert "尚未提請公布" in page and "KR1.1" in page
    assert not Publication.objects.exists() and published.issues() == []


def test_what_cannot_be_published_has_no_preview(proposal: PublicationProposal, people: People) -> None:
    client = browser(people.head)
    for address in ("/quarters/112Q2/preview/", "/quarters/119Q1/preview/", f"{PREVIEW}indicators/KR9.9/"):
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
    client, address = browser(people.reviewer), "/quarters/112Q1/publication/propose/"
    for day, hour, words in (
        ("明天", "", "不是日期"),
        ("", "09:00", "請填公布日期"),
        ("219/01/05", "九點", "請填時與分"),
        ("112/01/05", "", "公布時間應晚於現在"),
    ):
        refused = client.post(address, {"publication-day": day, "publication-hour": hour})
        assert refused.status_code == 422 and words in refused.content.decode(), day
        assert day in refused.content.decode(), "what was typed stays"
    assert (
        client.post(address, {"publication-day": "219/01/05", "publication-hour": "14:30"}).status_code == 302
    )
    proposal = PublicationProposal.objects.get()
    assert proposal.not_before and proposal.not_before.isoformat() == "2130-01-05T06:30:00+00:00"
    assert "219/01/05 14:30" in main_of(client, "/quarters/112Q1/")


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
