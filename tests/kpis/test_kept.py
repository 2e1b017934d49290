"""What a visitor sees is kept until something public changes, whatever road the change took; a person's own page never is."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from kpis import kept
from ministries.models import OrganisationName, PublicChange
from ministries.services import forget_public_changes
from programs.models import Plan
from tests.kpis import editions
from tests.people import People

PUBLIC = [
    "/",
    "/indicators/KR1.2/",
    "/corrections/",
    "/methodology/",
    "/feed.atom",
    "/embed/indicators/KR1.2/",
]


@pytest.fixture(autouse=True)
def _keep_pages(settings: Settings) -> Iterator[None]:
    settings.PUBLIC_PAGE_SECONDS = 60
    kept.forget()
    yield
    kept.forget()


def a_minute_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = kept.time.monotonic()
    monkeypatch.setattr(kept.time, "monotonic", lambda: now + 61)


# --- how little is asked ------------------------------------------------------------------------------------
def test_a_visitor_s_second_look_asks_no_database(
    client: Client, plan: Plan, people: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    editions.published(plan, people.head)
    for address in PUBLIC:
        first = client.get(address)
        with django_assert_num_queries(0):
            again = client.get(address)
        assert again.content == first.content, address
        assert again.headers == first.headers, address
        assert "Cookie" in again["Vary"] and "max-age=0" in again["Cache-Control"], address


def test_whoever_has_the_page_already_is_told_so_without_asking_the_database(
    client: Client, plan: Plan, people: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    editions.published(plan, people.head)
    for address in PUBLIC:
        etag = client.get(address)["ETag"]
        with django_assert_num_queries(0):
            answer = client.get(address, headers={"If-None-Match": f'"another", {etag}'})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag), address
        assert client.get(address, headers={"If-None-Match": '"another"'}).status_code == 200
        for same in (etag.removeprefix("W/"), "*"):  # compared weakly; the star is any page at all
            assert client.get(address, headers={"If-None-Match": same}).status_code == 304, (address, same)


def test_a_process_that_has_seen_nothing_asks_at_most_eight_times(
    client: Client, plan: Plan, people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    editions.published(plan, people.head)
    for address in PUBLIC:
        kept.forget()
        with django_assert_max_num_queries(8):
            client.get(address)


def test_after_a_minute_one_question_is_asked(
    client: Client,
    plan: Plan,
    people: People,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    editions.published(plan, people.head)
    for address in PUBLIC:
        client.get(address)
    a_minute_passes(monkeypatch)
    with django_assert_num_queries(1):  # whether anything public has changed
        for address in PUBLIC:
            client.get(address)


# --- what makes it old --------------------------------------------------------------------------------------
def test_a_publication_takes_the_place_of_what_was_kept(
    client: Client, plan: Plan, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get("/")
    assert "尚未公布" in first.content.decode()
    publication = editions.published(plan, people.head)
    a_minute_passes(monkeypatch)
    second = client.get("/", headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200 and publication.digest in second.content.decode()


def test_so_does_any_change_of_what_is_public_whatever_road_it_took(
    client: Client, plan: Plan, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = kept.version()
    changes = [
        lambda: OrganisationName.objects.filter(organisation__code="MOE").update(name_zh="改名部"),
        lambda: connection.cursor().execute("UPDATE programs_plan SET summary_zh = summary_zh || '。'"),
        lambda: editions.published(plan, people.head),
    ]
    for number, change in enumerate(changes, start=1):
        change()
        monkeypatch.setattr(kept, "_asked", -61.0)
        assert kept.version() != seen, number
        seen = kept.version()


def test_what_is_not_public_makes_nothing_old(plan: Plan, people: People) -> None:
    before = PublicChange.objects.count()
    assert people.reviewer and people.officer("MOE")
    assert PublicChange.objects.count() == before


def test_old_changes_are_forgotten_and_never_taken_for_another_version(plan: Plan) -> None:
    before = kept.version()
    PublicChange.objects.update(at="2020-01-01T00:00:00Z")
    assert forget_public_changes() > 0 and not PublicChange.objects.exists()
    OrganisationName.objects.filter(organisation__code="MOE").update(name_zh="改名部")
    kept.forget()
    assert kept.version() != before


def test_every_table_says_whether_its_changes_are_public(db: None) -> None:
    """A new table of these rooms counts its changes, or stands here among those that no public page reads."""
    never_shown = {
        *(
            "kpis_checkrule",
            "kpis_indicatorfigure",
            "kpis_observation",
            "kpis_rollupcheck",
            "kpis_rolluptask",
        ),
        *("programs_milestoneobservation", "programs_programobservation", "programs_subitemobservation"),
        *(
            f"ministries_{name}"
            for name in ("auditcheck", "auditentry", "auditseal", "calendarfeed", "deputyship")
        ),
        *(
            f"ministries_{name}"
            for name in ("invitation", "letter", "membership", "notice", "noticepreference")
        ),
        *(f"ministries_{name}" for name in ("pastpassword", "publicchange", "unsealedentry", "user")),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, EXISTS (SELECT FROM pg_trigger WHERE tgname = 'public_change'"
            " AND tgrelid = format('%I', tablename)::regclass)"
            " FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '^(kpis|programs|ministries)_'"
        )
        tables = dict(cursor.fetchall())
    assert {name for name, counted in tables.items() if not counted} == never_shown


# --- whose it is --------------------------------------------------------------------------------------------
def test_languages_quarters_and_themes_are_kept_apart(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head)
    editions.published(plan, people.head, quarter="112Q2")
    pages = {
        client.get(address).content for address in ("/", "/en/", "/?quarter=112Q1", "/en/?quarter=112Q1")
    }
    client.cookies["theme"] = "dark"
    assert len(pages | {client.get("/").content}) == 5
    client.cookies["theme"] = "no such theme"
    assert client.get("/").content in pages


def test_a_signed_in_person_s_page_is_neither_kept_nor_taken_from_a_visitor_s(
    plan: Plan, people: People
) -> None:
    officer, visitor = Client(), Client()
    officer.force_login(people.officer("MOE"))
    own = officer.get("/")
    assert "officer MOE" in own.content.decode()
    assert "private" in own["Cache-Control"] and "ETag" not in own
    assert "officer MOE" not in visitor.get("/").content.decode()
    assert "officer MOE" in officer.get("/").content.decode()


def test_a_message_for_one_visitor_is_not_kept_for_others(client: Client, plan: Plan) -> None:
    client.cookies[CookieStorage.cookie_name] = "something"
    client.get("/")
    assert not kept._pages


def test_what_an_address_says_beside_its_parameters_stands_on_nobodys_page(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head)
    plain = client.get("/indicators/KR1.2/?quarter=112Q1").content
    assert client.get("/indicators/KR1.2/?visit=7&quarter=112Q1&next=//evil.example").content == plain


def test_what_was_not_found_is_asked_for_again(
    client: Client, plan: Plan, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/indicators/KR1.2/").status_code == 404
    editions.published(plan, people.head)
    a_minute_passes(monkeypatch)
    assert client.get("/indicators/KR1.2/").status_code == 200


def test_a_host_that_is_not_ours_is_refused_also_by_what_was_kept(
    client: Client, plan: Plan, settings: Settings
) -> None:
    client.get("/")
    settings.ALLOWED_HOSTS = ["portal.example"]
    assert client.get("/").status_code == 400


def test_the_shelf_is_bounded(client: Client, plan: Plan) -> None:
    for number in range(kept.PAGES + 10):
        client.get(f"/methodology/?visit={number}")
    assert len(kept._pages) == kept.PAGES


# --- how it is sent -----------------------------------------------------------------------------------------
def test_a_page_that_is_asked_for_again_is_packed_for_those_who_take_it_so(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head)
    plain = client.get("/")
    packed = [client.get("/", headers={"Accept-Encoding": "br, gzip"}) for _ in range(2)][-1]
    assert packed["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed["Vary"]
    assert gzip.decompress(packed.content) == plain.content and packed["ETag"] == plain["ETag"]
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 3
    assert "Content-Encoding" not in client.get("/").headers
    for refused in ("gzip;q=0", "br, gzip; q=0.0, identity"):
        assert "Content-Encoding" not in client.get("/", headers={"Accept-Encoding": refused}).headers
    for taken in ("GZIP", "gzip;q=0.5"):
        assert "Content-Encoding" in client.get("/", headers={"Accept-Encoding": taken}).headers


def test_a_head_says_what_a_get_would(client: Client, plan: Plan) -> None:
    page = client.get("/")
    head = client.head("/")
    assert head.content == b"" and head.headers == page.headers


def test_the_public_site_outlives_its_database(
    client: Client, plan: Plan, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    editions.published(plan, people.head)
    page = client.get("/")

    def gone(*_words: object, **_more: object) -> None:
        raise OperationalError

    a_minute_passes(monkeypatch)
    monkeypatch.setattr(PublicChange.objects, "aggregate", gone)
    assert client.get("/").content == page.content
