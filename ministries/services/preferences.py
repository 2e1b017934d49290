"""Everybody decides for themselves how they are told: in which language, how soon, and under which calendar address.

What nobody may switch off stays on.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import ALWAYS_TOLD, CalendarFeed, NoticeKind, NoticePreference, Timing, User
from ministries.permissions import Act
from ministries.services.acts import Refused, record_act
from ministries.services.letters import timing_of


@transaction.atomic
def save_preferences(*, actor: User, language: str, timings: Mapping[Any, str]) -> None:
    """`timings` is kind → timing; a kind that is not named stays as it is. All of it is saved, or nothing."""
    _check(language, timings)
    person = User.objects.select_for_update().get(pk=actor.pk)
    person.language = language
    person.save(update_fields=["language"])
    usual = {kind for kind, timing in timings.items() if timing == timing_of(kind, {})}
    NoticePreference.objects.filter(person=person, kind__in=usual).delete()
    NoticePreference.objects.bulk_create(
        [
            NoticePreference(person=person, kind=kind, timing=timing)
            for kind, timing in timings.items()
            if kind not in usual
        ],
        update_conflicts=True,
        unique_fields=["person", "kind"],
        update_fields=["timing"],
    )
    actor.language = language
    record_act(
        actor=actor,
        act=Act.OWN_ACCOUNT,
        subject=person,
        detail={"language": language, "timings": dict(timings)},
    )


def _check(language: str, timings: Mapping[Any, str]) -> None:
    errors = {}
    if language not in dict(settings.LANGUAGES):
        errors["language"] = _("請選擇清單中的語言。")
    for kind, timing in timings.items():
        if kind not in NoticeKind.values or timing not in Timing.values:
            errors[kind] = _("請選擇清單中的通知方式。")
        elif timing == Timing.NEVER and kind in ALWAYS_TOLD:
            errors[kind] = _("此類通知不得關閉。")
    if errors:
        raise Refused(_("通知設定未儲存，請更正下列各項。"), errors=errors)


@transaction.atomic
def renew_calendar(*, actor: User) -> CalendarFeed:
    """Makes a calendar address for the actor, or a new one in place of the old, which answers no more."""
    feed, _made = CalendarFeed.objects.update_or_create(
        person=actor, defaults={"token": secrets.token_urlsafe(32), "made_at": clock.now()}
    )
    record_act(actor=actor, act=Act.OWN_ACCOUNT, subject=feed, detail={"calendar": "renewed"})
    return feed
