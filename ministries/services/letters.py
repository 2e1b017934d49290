"""Notices leave the house in letters: written once, claimed before they are handed over, tried again when that fails.

A person gets one letter with everything that waits, soon after the first thing that cannot wait, or with the day's
digest; between two letters passes some time. Writing and handing over may run in any number of workers at once, and
may be killed anywhere. A letter is claimed, and that is committed, before the mail server hears of it: only a worker
killed between the server's yes and the note of it makes a letter leave twice, under one and the same Message-ID.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from ministries import clock, wording
from ministries.models import ALWAYS_TOLD, Letter, Notice, NoticeKind, NoticePreference, Timing, User
from ministries.permissions import Act, require
from ministries.services.acts import Refused, record_act

logger = logging.getLogger(__name__)

Choices = Mapping[str, Timing]


# --- writing --------------------------------------------------------------------------------------------------
def write_letters() -> int:
    """Writes a letter to everybody whose notices have waited long enough; returns how many letters that were.

    Three queries while nobody's have; each person is a transaction of their own.
    """
    now = clock.now()
    waiting: dict[int, list[Notice]] = defaultdict(list)
    for notice in _waiting().only("person_id", "kind", "noted_at"):
        waiting[notice.person_id].append(notice)
    choices = _choices_of(waiting)
    last = _last_letters(waiting, now)
    due = [
        person
        for person, notices in waiting.items()
        if _are_due(notices, choices.get(person, {}), last.get(person), now)
    ]
    return sum(_write_to(person) for person in due)


def _waiting() -> QuerySet[Notice]:
    return Notice.objects.filter(letter__isnull=True, dropped_at__isnull=True)


def timing_of(kind: str, choices: Choices) -> Timing:
    """What the person chose for the kind, else what the settings say."""
    usual = Timing.DAILY if kind in settings.NOTICES_DAILY else Timing.AT_ONCE
    return choices.get(kind, usual)


def _choices_of(people: Iterable[int]) -> dict[int, dict[str, Timing]]:
    chosen: dict[int, dict[str, Timing]] = defaultdict(dict)
    for each in NoticePreference.objects.filter(person__in=list(people)):
        chosen[each.person_id][each.kind] = Timing(each.timing)
    return chosen


def _far_ahead(now: datetime) -> datetime:
    """What bears a later moment was written by a clock that has been set back since; nothing waits for that moment."""
    return now + timedelta(minutes=settings.LETTERS_CLAIM_MINUTES)


def _last_letters(people: Iterable[int], now: datetime) -> dict[int, datetime]:
    """When each person was last written to, letters about the account aside."""
    letters = Letter.objects.filter(
        person__in=list(people), is_confidential=False, written_at__lte=_far_ahead(now)
    ).order_by()
    return dict(letters.values_list("person").annotate(Max("written_at")))


def _are_due(notices: Iterable[Notice], choices: Choices, last: datetime | None, now: datetime) -> bool:
    """Whether one of the notices is to be told, or dropped, now."""
    return any(each.noted_at > _far_ahead(now) or _due_at(each, choices, last) <= now for each in notices)


def _due_at(notice: Notice, choices: Choices, last: datetime | None) -> datetime:
    """What concerns the account goes at once; all else some minutes after it was noted, or with the digest."""
    timing = timing_of(notice.kind, choices)
    if notice.kind == NoticeKind.ACCOUNT or timing == Timing.NEVER:
        return notice.noted_at
    if timing == Timing.DAILY:
        return _next_digest(notice.noted_at)
    soon = notice.noted_at + timedelta(minutes=settings.LETTERS_WAIT_MINUTES)
    return max(soon, last + timedelta(minutes=settings.LETTERS_APART_MINUTES)) if last else soon


def _next_digest(moment: datetime) -> datetime:
    """The first digest after the moment."""
    here = moment.astimezone(clock.TAIPEI)
    at = datetime.combine(here.date(), time(*settings.LETTERS_DIGEST_AT), clock.TAIPEI)
    return at if at > here else at + timedelta(days=1)


@transaction.atomic
def _write_to(person: int) -> int:
    """Writes what waits for the person; whoever comes second finds nothing left. Returns how many letters."""
    now = clock.now()
    waiting = list(_waiting().filter(person=person).select_for_update(of=["self"]).order_by("pk"))
    choices = _choices_of([person]).get(person, {})
    last = _last_letters([person], now).get(person)
    if not _are_due(waiting, choices, last, now):
        return 0
    reader = User.objects.get(pk=person)
    unwanted = [each for each in waiting if _is_unwanted(each, reader, choices)]
    Notice.objects.filter(pk__in=[each.pk for each in unwanted]).update(dropped_at=now)
    wanted = [each for each in waiting if each not in unwanted]
    account = [each for each in wanted if each.kind == NoticeKind.ACCOUNT]
    others = [each for each in wanted if each.kind != NoticeKind.ACCOUNT]
    if not _are_due(others, choices, last, now):
        others = []
    return sum(_write(reader, each, is_confidential=each is account) for each in (account, others) if each)


def _is_unwanted(notice: Notice, reader: User, choices: Choices) -> bool:
    """Switched off by the reader, or of no use to somebody whose account is closed."""
    if not reader.is_active:
        return notice.kind != NoticeKind.ACCOUNT
    return timing_of(notice.kind, choices) == Timing.NEVER and notice.kind not in ALWAYS_TOLD


def _write(reader: User, notices: list[Notice], *, is_confidential: bool) -> int:
    with override(reader.language):
        groups = wording.groups(notices)
        context = {
            "name": reader.name or reader.email,
            "groups": groups,
            "preferences": wording.address("/preferences/"),
        }
        subject, body = wording.subject(groups), render_to_string("letters/letter.txt", context)
    now = clock.now()
    letter = Letter.objects.create(
        person=reader,
        address=reader.email,
        language=reader.language,
        subject=subject,
        body=body,
        is_confidential=is_confidential,
        message_id=f"<{uuid.uuid4().hex}@{urlsplit(settings.SITE_URL).hostname}>",
        written_at=now,
        next_try_at=now,
    )
    Notice.objects.filter(pk__in=[each.pk for each in notices]).update(letter=letter)
    return 1


_OF_THE_LETTER = (SMTPRecipientsRefused, SMTPDataError, SMTPNotSupportedError, ValueError)
"""What is wrong with one letter; every other trouble is the mail server's, and the next letter would meet it too."""


# --- handing over ---------------------------------------------------------------------------------------------
def hand_over_letters() -> int:
    """Hands the letters that are due to the mail server, some at a time; returns how many it took.

    Where the server itself does not answer, the rest waits for the next time.
    """
    sent = 0
    for _turn in range(settings.LETTERS_AT_ONCE):
        letter = _claim()
        if letter is None:
            break
        try:
            _message(letter).send()
        except _OF_THE_LETTER as refusal:
            _put_back(letter, refusal, is_final=_is_final(refusal))
        except OSError as trouble:
            _put_back(letter, trouble, is_final=False)
            logger.warning("The mail server takes no letters (%s); they wait.", trouble)
            break
        else:
            _note_sent(letter)
            sent += 1
    return sent


@transaction.atomic
def _claim() -> Letter | None:
    """The next letter that is due, or whose worker has vanished: nobody else has it, and that is committed."""
    now = clock.now()
    vanished = now - timedelta(minutes=settings.LETTERS_CLAIM_MINUTES)
    ahead = _far_ahead(now)
    due = Letter.objects.filter(
        Q(state=Letter.State.WAITING, next_try_at__lte=now)
        | Q(state=Letter.State.CLAIMED, claimed_at__lte=vanished)
        | Q(
            state=Letter.State.WAITING,
            next_try_at__gt=ahead + timedelta(minutes=max(settings.LETTERS_RETRY_MINUTES)),
        )
        | Q(state=Letter.State.CLAIMED, claimed_at__gt=ahead)
    )
    letter = due.select_for_update(skip_locked=True).order_by("pk").first()
    if letter is None:
        return None
    letter.state = Letter.State.CLAIMED
    letter.claimed_at, letter.next_try_at = now, None
    letter.attempts += 1
    letter.save(update_fields=["state", "claimed_at", "next_try_at", "attempts"])
    return letter


def _message(letter: Letter) -> EmailMessage:
    headers = {
        "Message-ID": letter.message_id,
        "Auto-Submitted": "auto-generated",
        "Content-Language": letter.language,
    }
    return EmailMessage(letter.subject, letter.body, to=[letter.address], headers=headers)


def _note_sent(letter: Letter) -> None:
    _of_this_claim(letter).update(
        state=Letter.State.SENT, claimed_at=None, sent_at=max(clock.now(), letter.written_at), error=""
    )


def _put_back(letter: Letter, trouble: Exception, *, is_final: bool) -> None:
    """Tries again later and later; gives up what is refused for good, or was tried for days."""
    now = clock.now()
    error = f"{type(trouble).__name__}: {trouble}"[:2000]
    is_old = now - letter.written_at >= timedelta(days=settings.LETTERS_GIVE_UP_DAYS)
    if is_final or is_old:
        _of_this_claim(letter).update(state=Letter.State.FAILED, claimed_at=None, failed_at=now, error=error)
        logger.error("Letter %s could not be sent: %s", letter.pk, error)
        return
    waits = settings.LETTERS_RETRY_MINUTES
    wait = timedelta(minutes=waits[min(letter.attempts, len(waits)) - 1])
    _of_this_claim(letter).update(
        state=Letter.State.WAITING, claimed_at=None, next_try_at=now + wait, error=error
    )


def _of_this_claim(letter: Letter) -> QuerySet[Letter]:
    """Nothing, where another worker has claimed the letter meanwhile."""
    return Letter.objects.filter(pk=letter.pk, state=Letter.State.CLAIMED, attempts=letter.attempts)


def _is_final(refusal: Exception) -> bool:
    """An address or a text that no server will take; what a server refuses for now (4xx) is tried again."""
    if isinstance(refusal, SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in refusal.recipients.values())
    return not isinstance(refusal, SMTPDataError) or refusal.smtp_code >= 500


@transaction.atomic
def resend_letter(*, letter: Letter, actor: User) -> Letter:
    """Puts a letter that could not be sent into the queue again, to the person's present address."""
    require(actor, Act.MANAGE_PEOPLE)
    letter = Letter.objects.select_for_update(of=["self"]).select_related("person").get(pk=letter.pk)
    if letter.state != Letter.State.FAILED:
        raise Refused(_("此信件並非無法寄送，無須重新寄送。"))
    letter.state, letter.address = Letter.State.WAITING, letter.person.email
    letter.failed_at, letter.next_try_at, letter.attempts = None, clock.now(), 0
    letter.save()
    record_act(actor=actor, act=Act.MANAGE_PEOPLE, subject=letter, detail={"resent": letter.address})
    return letter
