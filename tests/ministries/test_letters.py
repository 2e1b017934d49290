"""What people are told leaves the house in letters: few, in their language, each once, whatever dies on the way."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from ministries import clock, services, tasks
from ministries.models import Letter, Notice, NoticeKind, NoticePreference, Timing, User
from ministries.services import Refused
from tests.abreast import at_once
from tests.people import People

MORNING = datetime.combine(date(2023, 4, 3), time(10), clock.TAIPEI)
REPORT = {"zh": "112 年第 1 季 國家發展委員會", "en": "2023 Q1 National Development Council"}
PATH = "/reports/112Q1/NDC/"


@pytest.fixture(autouse=True)
def _on_a_morning() -> Iterator[None]:
    with clock.set_to(MORNING):
        yield


@pytest.fixture
def officer(people: People) -> User:
    return people.officer("NDC")


def tell(person: User, kind: NoticeKind, key: str = "", path: str = PATH, **facts: Any) -> None:
    services.tell(
        kind=kind, key=key or str(kind), people=[person], facts={"about": REPORT, **facts}, path=path
    )


def after(**later: float) -> Any:
    return clock.set_to(MORNING + timedelta(**later))


def send(**later: float) -> list[EmailMessage]:
    """Beat's task so much later; the letters that it sent."""
    mail.outbox.clear()
    with after(**later):
        tasks.send_letters()
    return list(mail.outbox)


# --- few letters ----------------------------------------------------------------------------------------------
def test_what_is_urgent_waits_some_minutes_for_company_and_then_goes_in_one_letter(officer: User):
    tell(officer, NoticeKind.RETURNED, said="請補充計算基礎。")
    assert send(minutes=4) == []
    with after(minutes=4):
        tell(officer, NoticeKind.MENTIONED, by="管考 王小明")
    (letter,) = send(minutes=5)
    assert letter.to == [officer.email]
    assert "請補充計算基礎。" in letter.body and "管考 王小明" in letter.body


def test_a_storm_of_mentions_is_two_letters(officer: User):
    letters = []
    for minute in range(40):
        with after(minutes=minute):
            tell(officer, NoticeKind.MENTIONED, key=f"mention:{minute}")
        letters += send(minutes=minute)
    assert len(letters) == 2
    assert Notice.objects.filter(letter__isnull=False).count() == 36


def test_a_clock_that_ran_ahead_and_was_set_back_holds_nobody_up(
    officer: User, monkeypatch: pytest.MonkeyPatch
):
    tell(officer, NoticeKind.RETURNED, key="right")
    with after(days=1000):
        tell(officer, NoticeKind.RETURNED, key="ahead")
    assert len(send(minutes=5)) == 1
    assert Notice.objects.filter(letter=Letter.objects.get()).count() == 2
    tell(officer, NoticeKind.RETURNED, key="then")
    assert send(days=1000)
    tell(officer, NoticeKind.RETURNED, key="set back")
    with after(days=1000), monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", _killed)
        tell(officer, NoticeKind.ACCOUNT, key="claimed ahead")
        with pytest.raises(KeyboardInterrupt):
            tasks.send_letters()
    assert len(send(minutes=36)) == 2
    assert not Letter.objects.exclude(state=Letter.State.SENT).exists()


def _killed(_letter: EmailMessage) -> int:
    raise KeyboardInterrupt


def test_what_can_wait_goes_with_the_days_digest(officer: User):
    tell(officer, NoticeKind.SUBMITTED)
    assert send(hours=12) == []
    (digest,) = send(hours=22, minutes=45)  # a quarter to nine on the next morning
    assert "填報內容送出" in digest.body


def test_what_waits_for_the_digest_goes_along_with_an_earlier_letter(officer: User):
    tell(officer, NoticeKind.SUBMITTED)
    tell(officer, NoticeKind.RETURNED)
    (letter,) = send(minutes=5)
    assert "填報內容送出" in letter.body and "填報內容退回" in letter.body
    assert send(days=1) == []


def test_notices_are_grouped_by_report_with_one_link_each(officer: User):
    tell(officer, NoticeKind.RETURNED, key="1")
    tell(officer, NoticeKind.MENTIONED, key="2", path="/reports/112Q1/MOE/", about={"zh": "教育部"})
    tell(officer, NoticeKind.MENTIONED, key="3")
    (letter,) = send(minutes=5)
    assert letter.body.count(f"■ {REPORT['zh']}") == letter.body.count(PATH) == 1
    assert letter.body.index(PATH) < letter.body.index("/reports/112Q1/MOE/")
    assert "共 3 項通知" in letter.subject


def test_everybody_gets_a_letter_of_their_own(people: People):
    readers = [people.officer("NDC"), people.officer("MOE"), people.reviewer]
    services.tell(kind=NoticeKind.RETURNED, key="k", people=readers, facts={}, path="/work/")
    assert sorted(each.to[0] for each in send(minutes=5)) == sorted(each.email for each in readers)


def test_a_letter_about_the_account_goes_at_once_and_alone(officer: User):
    tell(officer, NoticeKind.RETURNED)
    tell(officer, NoticeKind.ACCOUNT, path="/accounts/password/reset/key/1-abc/")
    (letter,) = send()
    assert "/accounts/password/reset/key/1-abc/" in letter.body and "退回" not in letter.body
    assert Letter.objects.get().is_confidential
    assert len(send(minutes=5)) == 1


def test_what_is_about_nothing_in_particular_is_headed_by_its_kind(officer: User):
    tell(officer, NoticeKind.DEPUTY_NAMED, about=None)
    (letter,) = send(minutes=5)
    assert letter.subject == "【管考】代理人異動" and "■ 代理人異動" in letter.body


def test_while_nobody_is_to_be_told_beat_costs_few_queries(officer: User, django_assert_num_queries):
    for number in range(20):
        tell(officer, NoticeKind.SUBMITTED, key=str(number))
    with django_assert_num_queries(3):
        assert services.write_letters() == 0


def test_a_letter_costs_the_same_however_much_it_tells(officer: User, django_assert_num_queries):
    for number in range(30):
        tell(officer, NoticeKind.MENTIONED, key=str(number))
    with after(minutes=5), django_assert_num_queries(11):
        assert services.write_letters() == 1


# --- words ----------------------------------------------------------------------------------------------------
def test_a_letter_names_the_lines_and_counts_the_days_as_of_today(officer: User):
    lines = [{"zh": "AI 人才培育", "en": "AI talents"}, "純文字項目"]
    tell(officer, NoticeKind.DUE_SOON, due_on="2023-04-10", lines=lines)
    (letter,) = send(days=1)
    assert "期限 112/04/10，尚餘 6 日" in letter.body
    assert "- AI 人才培育\n    - 純文字項目" in letter.body


@pytest.mark.parametrize(
    ("due_on", "words"),
    [("2023-04-03", "期限 112/04/03，即今日"), ("2023-03-31", "期限 112/03/31，已逾 3 日")],
)
def test_a_letter_says_what_is_due_today_and_what_is_late(officer: User, due_on: str, words: str):
    tell(officer, NoticeKind.OVERDUE, due_on=due_on)
    assert words in send(minutes=5)[0].body


def test_a_long_list_of_lines_is_cut_and_says_how_many_more(officer: User):
    tell(officer, NoticeKind.OVERDUE, lines=[f"項目 {number}" for number in range(23)])
    body = send(minutes=5)[0].body
    assert "項目 19" in body and "項目 20" not in body and "另有 3 項" in body


def test_a_letter_speaks_the_language_that_its_reader_chose(officer: User):
    services.save_preferences(actor=officer, language="en", timings={})
    tell(officer, NoticeKind.OVERDUE, due_on="2023-03-31", lines=[{"zh": "AI 人才", "en": "AI talents"}])
    (letter,) = send(minutes=5)
    assert REPORT["en"] in letter.subject and REPORT["zh"] not in letter.body
    assert "AI talents" in letter.body and "2023-03-31" in letter.body
    assert f"/en{PATH}" in letter.body
    assert letter.extra_headers["Content-Language"] == "en"


def test_where_no_english_was_written_the_chinese_stands(officer: User):
    services.save_preferences(actor=officer, language="en", timings={})
    tell(officer, NoticeKind.RETURNED, said={"zh": "請補件", "en": ""})
    assert "請補件" in send(minutes=5)[0].body


def test_links_are_absolute(officer: User, settings):
    settings.SITE_URL = "https://plan.example.gov.tw/"
    tell(officer, NoticeKind.RETURNED)
    (letter,) = send(minutes=5)
    assert f"https://plan.example.gov.tw{PATH}\n" in letter.body
    assert "https://plan.example.gov.tw/preferences/" in letter.body
    assert letter.extra_headers["Message-ID"].endswith("@plan.example.gov.tw>")


def test_what_people_typed_is_neither_escaped_nor_a_header(officer: User):
    tell(officer, NoticeKind.RETURNED, about="第一行\nBcc: all@example.test", said="<b> & 'x'")
    (letter,) = send(minutes=5)
    assert "<b> & 'x'" in letter.body
    assert "\n" not in letter.subject
    assert letter.message()["Bcc"] is None


def test_every_kind_of_notice_has_its_sentence(officer: User):
    for kind in NoticeKind:
        tell(officer, kind)
    bodies = "".join(str(each.body) for each in send(days=1))
    assert all(str(kind.label) in bodies for kind in NoticeKind)


# --- preferences ----------------------------------------------------------------------------------------------
def test_what_somebody_switched_off_is_never_sent_also_not_when_it_is_switched_on_again(officer: User):
    services.save_preferences(actor=officer, language="zh-hant", timings={NoticeKind.SUBMITTED: Timing.NEVER})
    tell(officer, NoticeKind.SUBMITTED)
    assert send() == []
    assert Notice.objects.get().dropped_at == MORNING
    services.save_preferences(actor=officer, language="zh-hant", timings={NoticeKind.SUBMITTED: Timing.DAILY})
    assert send(days=2) == []


def test_somebody_may_want_mentions_once_a_day_and_submissions_at_once(officer: User):
    timings = {NoticeKind.MENTIONED: Timing.DAILY, NoticeKind.SUBMITTED: Timing.AT_ONCE}
    services.save_preferences(actor=officer, language="zh-hant", timings=timings)
    tell(officer, NoticeKind.MENTIONED)
    assert send(hours=5) == []
    with after(hours=5):
        tell(officer, NoticeKind.SUBMITTED)
    assert len(send(hours=5, minutes=5)) == 1


@pytest.mark.parametrize("kind", [NoticeKind.RETURNED, NoticeKind.OVERDUE, NoticeKind.ACCOUNT])
def test_what_must_be_told_cannot_be_switched_off(officer: User, kind: NoticeKind):
    with pytest.raises(Refused) as refusal:
        services.save_preferences(actor=officer, language="en", timings={kind: Timing.NEVER})
    assert list(refusal.value.errors) == [kind]
    officer.refresh_from_db()
    assert officer.language == "zh-hant"
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticePreference.objects.create(person=officer, kind=kind, timing=Timing.NEVER)


def test_a_choice_that_is_the_usual_one_is_not_kept_so_that_it_follows_the_settings(officer: User):
    for timing in (Timing.DAILY, Timing.NEVER, Timing.AT_ONCE):
        services.save_preferences(actor=officer, language="en", timings={NoticeKind.MENTIONED: timing})
    assert not NoticePreference.objects.exists()


@pytest.mark.parametrize(
    ("language", "timings", "field"),
    [
        ("fr", {}, "language"),
        ("en", {"gossip": "daily"}, "gossip"),
        ("en", {"mentioned": "hourly"}, "mentioned"),
    ],
)
def test_an_unknown_language_kind_or_timing_is_refused(officer: User, language, timings, field):
    with pytest.raises(Refused) as refusal:
        services.save_preferences(actor=officer, language=language, timings=timings)
    assert list(refusal.value.errors) == [field]


def test_somebody_whose_account_was_closed_meanwhile_gets_no_letter(officer: User):
    tell(officer, NoticeKind.RETURNED)
    services.disable_account(user=officer, actor=None)
    assert send(minutes=5) == []
    assert Notice.objects.get().dropped_at


def test_what_was_told_while_the_past_was_played_can_be_dropped(officer: User):
    tell(officer, NoticeKind.RETURNED, key="old")
    with after(hours=1):
        tell(officer, NoticeKind.RETURNED, key="new")
    assert services.drop_notices(noted_before=MORNING + timedelta(minutes=1)) == 1
    assert Notice.objects.get(dropped_at__isnull=True).key == "new"


# --- each once, whatever dies ---------------------------------------------------------------------------------
def test_the_task_run_twice_sends_once(officer: User):
    tell(officer, NoticeKind.RETURNED)
    assert len(send(minutes=5)) == 1
    assert send(minutes=5) == [] and send(days=1) == []
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts) == (Letter.State.SENT, 1)


class Dead(BaseException):
    """What SIGKILL is to a process: nothing of ours runs after it."""


def dying(self: EmailMessage, fail_silently: bool = False) -> int:
    raise Dead


def test_a_letter_whose_worker_was_killed_before_the_server_had_it_is_sent_by_the_next_worker(
    officer: User, monkeypatch: pytest.MonkeyPatch
):
    tell(officer, NoticeKind.RETURNED)
    with monkeypatch.context() as killed, pytest.raises(Dead):
        killed.setattr(EmailMessage, "send", dying)
        send(minutes=5)
    assert send(minutes=6) == []  # claimed: for all that anybody knows, the worker still talks to the server
    (letter,) = send(minutes=16)
    assert letter.extra_headers["Message-ID"] == Letter.objects.get().message_id
    assert Letter.objects.get().attempts == 2


def test_a_letter_whose_worker_was_killed_after_the_server_had_it_is_recognisably_the_same(
    officer: User, monkeypatch: pytest.MonkeyPatch
):
    tell(officer, NoticeKind.RETURNED)
    sent: list[EmailMessage] = []
    with monkeypatch.context() as killed, pytest.raises(Dead):
        killed.setattr("ministries.services.letters._note_sent", lambda letter: dying(EmailMessage()))
        with after(minutes=5):
            tasks.send_letters()
    sent += mail.outbox
    sent += send(minutes=16)
    first, second = (each.message() for each in sent)
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_payload() == second.get_payload()
    assert send(days=1) == []


def test_a_worker_that_comes_back_after_its_letter_was_claimed_by_another_changes_nothing(
    officer: User, monkeypatch: pytest.MonkeyPatch
):
    tell(officer, NoticeKind.RETURNED)
    with after(minutes=5):
        services.write_letters()

    def slow(self: EmailMessage, fail_silently: bool = False) -> int:
        with monkeypatch.context() as other:
            other.setattr(EmailMessage, "send", lambda self, fail_silently=False: 1)
            with after(minutes=30):
                services.hand_over_letters()
        raise smtplib.SMTPServerDisconnected("too late")

    monkeypatch.setattr(EmailMessage, "send", slow)
    with after(minutes=5):
        services.hand_over_letters()
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts, letter.error) == (Letter.State.SENT, 2, "")


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_and_send_every_letter_once(people: People):
    readers = [people.officer(code) for code in ("NDC", "MOE", "NSTC", "MOEA", "MOL", "MOHW")]
    services.tell(kind=NoticeKind.RETURNED, key="k", people=readers, facts={}, path="/work/")
    mail.outbox.clear()

    def work() -> None:
        with after(minutes=5):
            tasks.send_letters()

    assert at_once(*[work] * 4) == [None] * 4
    assert sorted(each.to[0] for each in mail.outbox) == sorted(each.email for each in readers)
    assert set(Letter.objects.values_list("state", "attempts")) == {(Letter.State.SENT, 1)}


# --- trouble with the mail server -----------------------------------------------------------------------------
def refusing(trouble: Exception) -> Callable[..., int]:
    def send(self: EmailMessage, fail_silently: bool = False) -> int:
        raise trouble

    return send


def test_a_letter_is_tried_again_later_and_later_while_the_server_is_down(
    officer: User, monkeypatch: pytest.MonkeyPatch
):
    tell(officer, NoticeKind.RETURNED)
    with after(minutes=5):
        services.write_letters()
    monkeypatch.setattr(EmailMessage, "send", refusing(ConnectionRefusedError("no server")))
    now, waits = MORNING + timedelta(minutes=5), []
    for _ in range(7):
        with clock.set_to(now):
            services.hand_over_letters()
        letter = Letter.objects.get()
        assert letter.next_try_at
        waits.append((letter.next_try_at - now).total_seconds() / 60)
        now = letter.next_try_at
    assert waits == [1, 5, 15, 60, 240, 240, 240]
    assert "no server" in letter.error
    monkeypatch.undo()
    with clock.set_to(now):
        assert services.hand_over_letters() == 1


def test_while_the_server_is_down_the_other_letters_wait_untried(
    people: People, monkeypatch: pytest.MonkeyPatch
):
    readers = [people.officer("NDC"), people.officer("MOE")]
    services.tell(kind=NoticeKind.RETURNED, key="k", people=readers, facts={}, path="/work/")
    monkeypatch.setattr(EmailMessage, "send", refusing(smtplib.SMTPConnectError(421, "busy")))
    send(minutes=5)
    assert sorted(Letter.objects.values_list("attempts", flat=True)) == [0, 1]


def test_after_days_a_letter_is_given_up_with_its_reason(officer: User, monkeypatch: pytest.MonkeyPatch):
    tell(officer, NoticeKind.RETURNED)
    monkeypatch.setattr(EmailMessage, "send", refusing(TimeoutError("silence")))
    send(minutes=5)
    send(days=4)
    letter = Letter.objects.get()
    assert (letter.state, letter.error) == (Letter.State.FAILED, "TimeoutError: silence")


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}), Letter.State.FAILED),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"mailbox busy")}), Letter.State.WAITING),
        (smtplib.SMTPDataError(554, b"rejected"), Letter.State.FAILED),
        (smtplib.SMTPDataError(451, b"later"), Letter.State.WAITING),
        (ValueError("not an address"), Letter.State.FAILED),
    ],
    ids=str,
)
def test_one_refused_letter_does_not_hold_up_the_others(
    people: People, monkeypatch: pytest.MonkeyPatch, trouble: Exception, state: str
):
    readers = [people.officer("NDC"), people.officer("MOE")]
    services.tell(kind=NoticeKind.RETURNED, key="k", people=readers, facts={}, path="/work/")
    usual = EmailMessage.send

    def choosy(self: EmailMessage, fail_silently: bool = False) -> int:
        if self.to == [readers[0].email]:
            raise trouble
        return usual(self, fail_silently)

    monkeypatch.setattr(EmailMessage, "send", choosy)
    assert [each.to for each in send(minutes=5)] == [[readers[1].email]]
    assert Letter.objects.get(person=readers[0]).state == state


def test_an_administrator_sends_a_failed_letter_again_to_the_present_address(
    people: People, officer: User, monkeypatch: pytest.MonkeyPatch
):
    tell(officer, NoticeKind.RETURNED)
    with monkeypatch.context() as refused:
        refused.setattr(EmailMessage, "send", refusing(smtplib.SMTPDataError(554, b"rejected")))
        send(minutes=5)
    User.objects.filter(pk=officer.pk).update(email="new@ndc.test")
    with after(hours=1), pytest.raises(PermissionDenied):
        services.resend_letter(letter=Letter.objects.get(), actor=officer)
    with after(hours=1):
        services.resend_letter(letter=Letter.objects.get(), actor=people.administrator)
    (again,) = send(hours=1)
    assert again.to == ["new@ndc.test"]
    with pytest.raises(Refused):
        services.resend_letter(letter=Letter.objects.get(), actor=people.administrator)


@pytest.mark.parametrize(
    "impossible",
    [
        {"state": "sent"},
        {"state": "claimed"},
        {"state": "failed"},
        {"state": "waiting", "next_try_at": None},
        {"state": "failed", "next_try_at": None, "failed_at": MORNING, "error": ""},
        {"state": "posted"},
    ],
    ids=str,
)
def test_the_database_refuses_a_letter_whose_state_and_moments_disagree(officer: User, impossible):
    tell(officer, NoticeKind.RETURNED)
    with after(minutes=5):
        services.write_letters()
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.update(**impossible)
