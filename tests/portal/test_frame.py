"""Every page stands in one frame: landmarks, both languages, the demonstration mark, short errors, a strict policy."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from ministries import clock
from ministries.models import DemonstrationRun
from portal import views
from programs.models import Plan
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, page_of

ROOMS = ("portal", "reports", "kpis", "programs", "ministries")
TEMPLATES = sorted(
    path.relative_to(settings.BASE_DIR / room)
    for room in ROOMS
    for path in (settings.BASE_DIR / room).glob("templates/**/*.*")
)


def test_the_address_of_an_act_says_that_it_is_no_page(people: People, open_round: ReportingQuarter) -> None:
    """Whoever asks again for the page that a refused form came back as."""
    for prefix, words in (("", "此網址僅供送出表單"), ("/en", "<h1>")):
        answer = browser(people.reviewer).get(f"{prefix}/decisions/make/")
        assert (answer.status_code, answer["Allow"]) == (405, "POST") and words in answer.text
        assert 'href="/en/decisions/make/"' in answer.text or prefix


def test_landmarks_and_the_skip_link_stand_on_every_page(client: Client, plan: Plan) -> None:
    for address in ("/", "/en/", "/accounts/login/", "/no-such-page/"):
        page = client.get(address).content.decode()
        for key in "UCZ":
            assert f'accesskey="{key}"' in page
        assert re.search(r'<a class="skip" href="#C">', page)


def test_the_language_switch_keeps_path_and_query(client: Client, plan: Plan) -> None:
    assert (
        'href="/en/accounts/login/?next=/en/work/"'
        in client.get("/accounts/login/?next=/work/").content.decode()
    )
    assert (
        'href="/accounts/login/?next=/work/"'
        in client.get("/en/accounts/login/?next=/work/").content.decode()
    )


def test_a_page_that_does_not_exist_offers_the_other_language_s_home(client: Client, plan: Plan) -> None:
    assert 'href="/en/"' in client.get("/no-such-page/").content.decode()


def test_who_changes_the_language_while_logging_in_is_led_on_in_it(client: Client, plan: Plan) -> None:
    page = client.get("/accounts/login/", {"next": "/work/?quarter=112Q1"}).content.decode()
    led_on = urlencode({"next": "/en/work/?quarter=112Q1"}, safe="/")
    assert f'href="/en/accounts/login/?{led_on}"' in page


@pytest.mark.parametrize(
    "there", ["http://[", "//[", "https://elsewhere.test/work/", "javascript:0", "/\x00", "%"]
)
def test_what_is_no_page_of_ours_is_not_led_on_to_otherwise(client: Client, plan: Plan, there: str) -> None:
    """It stays as it was asked for, for the log-in page to refuse."""
    page = client.get("/accounts/login/", {"next": there}).content.decode()
    assert f'href="/en/accounts/login/?{urlencode({"next": there}, safe="/")}"' in page


def test_a_form_that_says_to_come_from_no_address_is_answered(client: Client, plan: Plan) -> None:
    answer = client.post("/accounts/login/", {}, headers={"referer": "http://["})
    assert answer.status_code == 200 and 'href="/en/accounts/login/"' in answer.content.decode()


def test_a_form_of_another_library_asks_for_what_is_missing_in_our_words(client: Client, plan: Plan) -> None:
    assert "此欄必填。" in client.post("/accounts/login/", {}).content.decode()


def test_the_page_says_its_language(client: Client, plan: Plan) -> None:
    assert '<html lang="zh-Hant-TW"' in client.get("/").content.decode()
    assert '<html lang="en"' in client.get("/en/").content.decode()


def test_a_demonstration_is_marked_on_every_page_and_nothing_else_is(client: Client, plan: Plan) -> None:
    addresses = ("/", "/accounts/login/", "/no-such-page/")
    assert not [each for each in addresses if 'class="demonstration"' in client.get(each).content.decode()]
    DemonstrationRun.objects.create(seed=1, generated_at=clock.now())
    assert all('class="demonstration"' in client.get(each).content.decode() for each in addresses)


def test_the_frame_costs_one_query(
    client: Client, plan: Plan, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        client.get("/no-such-page/")


def test_a_signed_in_person_sees_name_work_area_and_sign_out(client: Client, people: People) -> None:
    client.force_login(people.officer("MOE"))
    page = client.get("/").content.decode()
    assert "officer MOE" in page and 'href="/work/"' in page and 'action="/accounts/logout/"' in page


@pytest.mark.parametrize(("address", "status"), [("/no-such-page/", 404), ("/?quarter=x", 404)])
def test_errors_are_a_short_message_and_a_code(client: Client, plan: Plan, address: str, status: int) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert f"代碼 {status}" in response.content.decode()
    assert "Traceback" not in response.content.decode()


def test_a_print_says_what_it_is_and_of_whom_it_was_asked_when(client: Client, people: People) -> None:
    """Kept pages carry no date: their script adds it when somebody prints."""
    public = client.get("/").content.decode()
    assert 'data-print-foot="計畫進度｜臺灣 AI 行動計畫 2.0"' in public and 'data-printed=""' in public
    client.force_login(people.reviewer)
    with clock.set_to(datetime(2023, 4, 20, 9, 0, tzinfo=clock.TAIPEI)):
        page = client.get("/decisions/").content.decode()
        assert 'data-printed="列印日期 112/04/20"' in page
        assert re.search(r'data-printed=".*2023-04-20"', client.get("/en/decisions/").content.decode())


def test_a_refusal_shows_its_own_words(plan: Plan) -> None:
    request = RequestFactory().get("/")
    page = views.forbidden(request, PermissionError("您的角色不得核定。")).content.decode()
    assert "您的角色不得核定。" in page and "代碼 403" in page


def test_a_form_without_its_token_is_refused_in_the_frame(plan: Plan) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/accounts/login/", {"login": "a@b.test"})
    assert response.status_code == 403
    assert "表單已失效" in response.content.decode()


def test_a_page_of_long_words_is_taken_and_an_endless_one_says_that_it_was_too_large(
    people: People, open_round: ReportingQuarter
) -> None:
    client = browser(people.officer("NSTC"))
    report = rounds.report_of(open_round, "NSTC")
    much = dict.fromkeys(("narrative", "delay_reason", "remedy"), "字" * 5000)
    long = page_of(report, dict.fromkeys(report.lines.filter(program__isnull=False), much))
    as_browsers_send = "application/x-www-form-urlencoded"
    assert client.post("/reports/112Q1/NSTC/save/", urlencode(long), as_browsers_send).status_code == 302
    assert report.lines.filter(remedy=much["remedy"]).exists()
    response = client.post("/reports/112Q1/NSTC/save/", f"narrative={'x' * 11_000_000}", as_browsers_send)
    assert response.status_code == 413
    assert "內容過大" in response.content.decode()


def test_the_page_of_a_failure_asks_no_database(
    django_assert_num_queries: DjangoAssertNumQueries, db: None
) -> None:
    with django_assert_num_queries(0):
        response = views.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "代碼 500" in response.content.decode()
    with override("en"):
        assert "Code 500" in views.server_error(RequestFactory().get("/en/")).content.decode()


def test_health_says_whether_the_database_answers(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}

    def refuse() -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(views.connection, "cursor", refuse)
        response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable"}


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_every_template_compiles(path: Path) -> None:
    get_template(path.relative_to("templates").as_posix())


def test_no_template_carries_inline_styles_scripts_or_handlers() -> None:
    """The content security policy would drop them in the browser without a word to us."""
    inline = re.compile(r"""\sstyle=|<style|\son[a-z]+=["']|<script(?![^>]*\ssrc=)""")
    found = [
        path.as_posix()
        for room in ROOMS
        for path in (settings.BASE_DIR / room).glob("templates/**/*.html")
        if inline.search(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_vendored_files_are_the_ones_that_the_table_names() -> None:
    folder = Path(settings.BASE_DIR) / "portal" / "static" / "vendor"
    table = (folder / "README.md").read_text(encoding="utf-8")
    recorded = {name: digest for digest, name in re.findall(r"^([0-9a-f]{64})  (.+)$", table, re.MULTILINE)}
    served = {path.name for path in folder.iterdir() if path.suffix in (".js", ".css", ".map")}
    assert served == set(recorded)
    for name, digest in recorded.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize(("path", "is_current"), [("/dashboard/", True), ("/en/review/", True), ("/", False)])
def test_the_work_area_is_marked_on_every_working_page(people: People, path: str, is_current: bool) -> None:
    page = browser(people.reviewer).get(path).content.decode()
    link = page[page.index('/work/"') :][:200]
    assert ('aria-current="true"' in link.split(">")[0]) == is_current
