"""Inside, a search finds decisions and whatever else its reader may open; nobody else learns that they exist."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from kpis import kept
from ministries.models import Role, User
from programs.models import Plan
from programs.search import search
from reports import selectors
from reports.models import Decision, ReportingQuarter
from tests.kpis import editions
from tests.people import People
from tests.reports import decided
from tests.reports.pages import browser


@pytest.fixture
def decision(people: People, open_round: ReportingQuarter) -> Decision:
    """112-01 of the National Development Council, shared with the Ministry of Education."""
    return decided.made(
        people,
        text="研議台灣主權語料庫之授權條款。",
        background="承上次會議。",
        meeting="第 3 次推動會議",
        co_owners=(decided.organisation("MOE"),),
    )


def found(user: User, query: str, language: str = "") -> str:
    response = browser(user).get(f"{language}/work/search/", {"q": query})
    assert response.status_code == 200, query
    return response.content.decode().split('role="status"')[-1]


def led_to(user: User, *queries: str) -> list[list[str]]:
    """Where each of the queries leads, the best first, without the page around it."""
    here = selectors.findable(user)
    assert here
    entries = here.entries()
    return [[each.entry.address for each in search(entries, query)] for query in queries]


def test_words_numbers_and_owners_of_a_decision_lead_to_its_page(people: People, decision: Decision) -> None:
    queries = ("語料", "臺灣主權", "112-01", "112-1", "１１２－０１", "推動會議", "國發會 授權", "上次")
    found_by = dict(zip(queries, led_to(people.reviewer, *queries), strict=True))
    missed = [query for query, addresses in found_by.items() if "/decisions/112-01/" not in addresses]
    assert not missed
    page = found(people.head, "National Development Council 語料", "/en")
    assert '"/en/decisions/112-01/"' in page and "National Development Council · " in page
    assert "<mark>台灣</mark>主權" in found(people.auditor, "臺灣")


def test_only_those_who_may_read_a_decision_find_it(
    people: People, decision: Decision, client: Client
) -> None:
    readers = [people.officer("NDC"), people.officer("MOE"), people.holding(Role.APPROVER, "NDC")]
    readers += [people.reviewer, people.head, people.administrator, people.auditor]
    nobody = User.objects.create_user("nobody@nowhere.test", "a long test password")
    strangers = [people.officer("MOA"), nobody]
    queries = ("語料", "112-01")
    assert {tuple(map(tuple, led_to(each, *queries))) for each in readers} == {(("/decisions/112-01/",),) * 2}
    assert {tuple(map(tuple, led_to(each, *queries))) for each in strangers} == {((),) * 2}
    for query in queries:
        for who in (client, browser(people.head)):
            public = who.get("/search/", {"q": query}).content.decode()
            assert "/decisions/" not in public.split("<main")[1], query


def test_what_is_found_is_neither_kept_for_visitors_nor_shown_to_them(
    people: People, decision: Decision, client: Client, settings: Settings
) -> None:
    settings.PUBLIC_PAGE_SECONDS = 60
    kept.forget()
    inside = browser(people.head).get("/work/search/", {"q": "語料"})
    assert "no-store" in inside["Cache-Control"] and not kept._pages
    asked = client.get("/work/search/", {"q": "語料"})
    assert asked.status_code == 302 and asked["Location"].startswith("/accounts/login/")
    assert "語料庫" not in client.get("/search/", {"q": "語料"}).content.decode()
    # Nor is the outline, which both share, any different for it.
    assert '"/plan/programs/P26/"' in client.get("/search/", {"q": "臺灣杉"}).content.decode()
    kept.forget()


def test_programmes_and_indicators_lead_where_the_reader_works(
    people: People, plan: Plan, open_round: ReportingQuarter
) -> None:
    reader, owner, stranger = people.reviewer, people.officer("NSTC"), people.officer("MOA")
    # 國科會 carries P26 and owes KR1.1, of which nothing was published.
    assert led_to(reader, "P26", "KR1.1") == [["/programs/P26/"], ["/figures/KR1.1/112Q1/"]]
    assert led_to(owner, "P26", "KR1.1") == [["/programs/P26/"], ["/targets/KR1.1/"]]
    assert led_to(stranger, "P26", "KR1.1") == [["/plan/programs/P26/"], []]
    editions.published(plan, people.head)
    indicator, ministry, item = led_to(stranger, "KR1.2", "農委會", "教育")
    assert indicator == ["/indicators/KR1.2/"]
    assert "/ministries/MOA/" in ministry and "/pillars/1/#item-1.1" in item


def test_every_page_of_somebody_who_is_signed_in_leads_to_it(people: People, plan: Plan) -> None:
    officer = browser(people.officer("MOE"))
    for address in ("/", "/work/", "/decisions/", "/search/"):
        page = officer.get(address).content.decode()
        assert 'href="/work/search/"' in page and 'href="/search/"' not in page, address
    assert 'href="/search/"' in Client().get("/").content.decode()


def test_a_search_asks_nine_questions_and_four_once_the_plan_is_kept(
    people: People,
    plan: Plan,
    decision: Decision,
    django_assert_num_queries: DjangoAssertNumQueries,
    settings: Settings,
) -> None:
    for number in range(5):
        decided.made(people, text=f"語料之二 {number}", co_owners=(decided.organisation("MOE"),))
    editions.published(plan, people.head)
    reader, officer = browser(people.reviewer), browser(people.officer("NDC"))
    reader.get("/")
    for who in (reader, officer):
        with django_assert_num_queries(9):
            assert "</mark>之二 4" in who.get("/work/search/", {"q": "語料"}).content.decode()
    settings.PUBLIC_PAGE_SECONDS = 60
    kept.forget()
    reader.get("/work/search/", {"q": "人才"})
    for who in (reader, officer):
        with django_assert_num_queries(4):
            who.get("/work/search/", {"q": "語料"})
    kept.forget()


def test_a_query_that_is_too_long_or_empty_is_answered_without_reading_the_plan(
    people: People, plan: Plan, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reader = browser(people.reviewer)
    with django_assert_num_queries(4):
        assert "113-05" in reader.get("/work/search/").content.decode()
    response = reader.get("/work/search/", {"q": "人才" * 500})
    assert response.status_code == 422 and "請在 100 字以內" in response.content.decode()


def test_a_long_decision_is_shown_where_it_answers(people: People, open_round: ReportingQuarter) -> None:
    decided.made(people, text="前" * 500 + "算力" + "後" * 500)
    here = selectors.findable(people.head)
    assert here
    (answer,) = search(here.entries(), "算力")
    assert len(answer.entry.title.text) == 61
    assert [each.text for each in answer.excerpt if each.is_match] == ["算力"]
