"""Everybody says how they want to be told and reads their own letters; the administrator and the auditor read the log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.html import escape

from ministries import clock, services
from ministries.forms import CHOSEN_KINDS
from ministries.models import CalendarFeed, Letter, NoticeKind, NoticePreference, Role, Timing, User
from tests.people import People
from tests.reports.pages import browser


def letter_to(person: User, kind: NoticeKind = NoticeKind.RETURNED, said: str = "請補件。") -> Letter:
    """Written and not sent yet."""
    key = f"{kind}:{Letter.objects.count()}"
    services.tell(kind=kind, key=key, people=[person], facts={"said": said}, path="/work/")
    with clock.set_to(clock.now() + timedelta(hours=1)):
        services.write_letters()
    return Letter.objects.filter(person=person).latest("pk")


def failed(letter: Letter) -> Letter:
    Letter.objects.filter(pk=letter.pk).update(
        state=Letter.State.FAILED, next_try_at=None, failed_at=clock.now(), error="550 no such user"
    )
    return letter


def form(**changes: Any) -> dict[str, Any]:
    """What the page posts: everything at once, in Chinese, but for the changes."""
    return {"language": "zh-hant", **{kind.value: Timing.AT_ONCE.value for kind in CHOSEN_KINDS}, **changes}


# --- preferences ----------------------------------------------------------------------------------------------
def test_the_page_shows_what_holds_now(people: People):
    officer = people.officer("NDC")
    services.save_preferences(actor=officer, language="en", timings={NoticeKind.MENTIONED: Timing.NEVER})
    shown = browser(officer).get("/preferences/").context["form"]
    assert shown["language"].value() == "en"
    assert shown["mentioned"].value() == Timing.NEVER
    assert shown["submitted"].value() == Timing.DAILY
    assert shown["returned"].value() == Timing.AT_ONCE


def test_what_is_chosen_is_saved_and_said(people: People):
    officer = people.officer("NDC")
    answer = browser(officer).post(
        "/preferences/save/", form(language="en", mentioned="never", due_soon="daily"), follow=True
    )
    assert "通知設定已儲存。" in answer.content.decode()
    officer.refresh_from_db()
    chosen = dict(NoticePreference.objects.filter(person=officer).values_list("kind", "timing"))
    assert officer.language == "en"
    assert chosen["mentioned"] == Timing.NEVER and chosen["due_soon"] == Timing.DAILY
    assert "returned" not in chosen


@pytest.mark.parametrize(
    "changes",
    [
        {"returned": "never"},
        {"overdue": "never"},
        {"mentioned": "hourly"},
        {"mentioned": ""},
        {"language": "fr"},
        {"language": ""},
        {"mentioned": "期" * 10_000},
        {"mentioned": ["never", "hourly"]},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_a_wrong_choice_is_said_at_its_field_and_nothing_is_saved(people: People, changes: dict[str, Any]):
    officer = people.officer("NDC")
    answer = browser(officer).post(
        "/preferences/save/", form(**{"submitted": "never", "language": "en", **changes})
    )
    assert answer.status_code == 422
    (name,) = changes
    assert list(answer.context["form"].errors) == [name]
    assert f'id="id_{name}_error"' in answer.content.decode()
    assert answer.context["form"]["submitted"].value() == "never"
    officer.refresh_from_db()
    assert officer.language == "zh-hant" and not NoticePreference.objects.exists()


def test_nobody_chooses_for_somebody_else(people: People):
    officer, other = people.officer("NDC"), people.officer("MOE")
    browser(officer).post("/preferences/save/", form(mentioned="never", person=str(other.pk)))
    assert not NoticePreference.objects.filter(person=other).exists()


def test_what_cannot_be_switched_off_is_not_offered(people: People):
    page = browser(people.officer("NDC")).get("/preferences/").context["form"]
    for kind in (NoticeKind.RETURNED, NoticeKind.OVERDUE):
        assert Timing.NEVER not in dict(page.fields[kind].choices)
    assert Timing.NEVER in dict(page.fields[NoticeKind.MENTIONED].choices)
    assert NoticeKind.ACCOUNT not in page.fields


def test_a_calendar_address_is_made_when_asked_for_and_not_before(people: People, settings):
    settings.SITE_URL = "https://plan.example.gov.tw"
    officer = people.officer("NDC")
    client = browser(officer)
    assert "產生網址" in client.get("/preferences/").content.decode()
    assert not CalendarFeed.objects.exists()
    page = client.post("/preferences/calendar/", follow=True).content.decode()
    first = CalendarFeed.objects.get(person=officer).token
    assert f"https://plan.example.gov.tw/calendar/{first}.ics" in page and "重新產生網址" in page
    assert first not in client.post("/preferences/calendar/", follow=True).content.decode()


def test_the_preferences_cost_few_queries(people: People, django_assert_max_num_queries):
    client = browser(people.officer("NDC"))
    with django_assert_max_num_queries(7):
        client.get("/preferences/")


# --- the log --------------------------------------------------------------------------------------------------
def test_somebody_reads_their_own_letters_and_nobody_elses(people: People):
    own, others = (
        letter_to(people.officer("NDC"), said="我的"),
        letter_to(people.officer("MOE"), said="別人的"),
    )
    client = browser(people.officer("NDC"))
    page = client.get("/letters/").content.decode()
    assert f"/letters/{own.pk}/" in page and f"/letters/{others.pk}/" not in page
    assert "我的" in client.get(f"/letters/{own.pk}/").content.decode()
    assert client.get(f"/letters/{others.pk}/").status_code == 404


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ACCOUNT_MANAGER])
def test_a_ministry_does_not_read_its_colleagues_letters(people: People, role: Role):
    letter = letter_to(people.officer("NDC"))
    assert browser(people.holding(role, "NDC")).get(f"/letters/{letter.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.ADMINISTRATOR, 200), (Role.AUDITOR, 200), (Role.REVIEWER, 404), (Role.HEAD, 404)],
)
def test_the_administrator_and_the_auditor_read_everybodys(people: People, role: Role, status: int):
    letter = letter_to(people.officer("NDC"))
    client = browser(people.holding(role))
    assert client.get(f"/letters/{letter.pk}/").status_code == status
    assert (people.officer("NDC").email in client.get("/letters/").content.decode()) == (status == 200)


@pytest.mark.parametrize("stay_here", [True, False])
def test_a_one_time_link_is_shown_to_nobody_else_once_letters_really_leave(
    people: People, settings, stay_here: bool
):
    settings.LETTERS_STAY_HERE = stay_here
    letter = letter_to(people.officer("NDC"), NoticeKind.ACCOUNT, said="一次性連結")
    address = f"/letters/{letter.pk}/"
    assert "一次性連結" in browser(people.officer("NDC")).get(address).content.decode()
    page = browser(people.administrator).get(address).content.decode()
    assert ("<pre" in page) == stay_here
    assert ("內容不予顯示" in page) != stay_here


def test_what_a_letter_quotes_is_text_and_no_markup(people: People):
    said = "<script>alert(1)</script> <a href='https://evil.example'>x</a>"
    page = browser(people.officer("NDC")).get(f"/letters/{letter_to(people.officer('NDC'), said=said).pk}/")
    assert "<script>alert" not in page.content.decode()
    assert escape("<script>alert(1)</script>") in page.content.decode()


def test_the_log_can_be_narrowed_to_what_failed(people: People):
    bad, good = failed(letter_to(people.officer("NDC"))), letter_to(people.officer("MOE"))
    client = browser(people.administrator)
    page = client.get("/letters/?state=failed").content.decode()
    assert f"/letters/{bad.pk}/" in page and f"/letters/{good.pk}/" not in page
    assert f"/letters/{good.pk}/" in client.get("/letters/?state=nonsense").content.decode()


def test_the_administrator_sends_again_what_failed_and_only_that(people: People):
    letter, client = failed(letter_to(people.officer("NDC"))), browser(people.administrator)
    page = client.get(f"/letters/{letter.pk}/").content.decode()
    assert "550 no such user" in page and "重新寄送" in page
    answer = client.post(f"/letters/{letter.pk}/resend/", follow=True)
    assert "信件已重新排入寄送。" in answer.content.decode()
    assert "重新寄送" not in answer.content.decode()
    letter.refresh_from_db()
    assert letter.state == Letter.State.WAITING
    again = client.post(f"/letters/{letter.pk}/resend/")
    assert again.status_code == 409 and "無須重新寄送" in again.content.decode()


@pytest.mark.parametrize(("role", "status"), [("officer", 403), ("auditor", 403), ("stranger", 404)])
def test_nobody_else_sends_a_letter_again(people: People, role: str, status: int):
    letter = failed(letter_to(people.officer("NDC")))
    cast = {"officer": people.officer("NDC"), "auditor": people.auditor, "stranger": people.officer("MOE")}
    assert browser(cast[role]).post(f"/letters/{letter.pk}/resend/").status_code == status
    letter.refresh_from_db()
    assert letter.state == Letter.State.FAILED


def test_the_log_costs_the_same_however_long_it_is(people: People, settings, django_assert_max_num_queries):
    settings.LETTERS_APART_MINUTES = 0
    for _ in range(60):
        letter_to(people.officer("NDC"))
    client = browser(people.administrator)
    with django_assert_max_num_queries(7):
        page = client.get("/letters/").content.decode()
    assert "第 1 頁，共 2 頁" in page
    assert client.get("/letters/?page=2").content.decode().count("/letters/") > 10
    assert client.get("/letters/?page=99999").status_code == 200


@pytest.mark.parametrize("address", ["/preferences/", "/letters/"])
def test_a_stranger_is_sent_to_log_in(people: People, address: str):
    assert browser().get(address)["Location"] == f"/accounts/login/?next={address}"
