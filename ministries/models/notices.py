"""Whatever somebody is to be told is noted once, and leaves the house in a letter that is kept.

A notice is what is told (one row per person and key), a letter is what was sent (one row per e-mail). It knows neither
the words nor the mail server.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministries.models.organisations import Organisation


class NoticeKind(models.TextChoices):
    """What a notice is about. Facts of a kind are said by `ministries.services.notices.tell`."""

    DUE_SOON = "due_soon", _("填報期限將屆")
    DUE_TODAY = "due_today", _("今日為填報期限")
    OVERDUE = "overdue", _("填報逾期")
    RETURNED = "returned", _("填報內容退回")
    CORRECTION_CANCELLED = "correction_cancelled", _("更正已取消")
    SIGN_OFF_ASKED = "sign_off_asked", _("請求核稿")
    SENT_BACK = "sent_back", _("核稿退回承辦")
    SUBMITTED = "submitted", _("填報內容送出")
    LINES_MOVED = "lines_moved", _("填報項目移轉")
    MENTIONED = "mentioned", _("留言提及")
    COORDINATION = "coordination", _("須協調事項")
    EXTENSION_ASKED = "extension_asked", _("申請展延")
    EXTENSION_ANSWERED = "extension_answered", _("展延申請結果")
    CHANGE_PROPOSED = "change_proposed", _("計畫修正申請")
    CHANGE_DECIDED = "change_decided", _("計畫修正結果")
    DECISION_MADE = "decision_made", _("新增列管事項")
    DECISION_DUE = "decision_due", _("列管事項將屆期")
    PUBLICATION_ASKED = "publication_asked", _("請求確認公布")
    PUBLICATION_TOLD = "publication_told", _("公布作業結果")
    DEPUTY_NAMED = "deputy_named", _("代理人異動")
    ACCOUNT = "account", _("帳號通知")


class Letter(models.Model):
    """One e-mail to one person, from being written to having been handed over; the log of letters is this table.

    It is claimed before it is handed over, so that no two workers send it; `message_id` never changes, so that a
    letter that had to be handed over twice can be recognised by the reader's mail program.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待寄送")
        CLAIMED = "claimed", _("寄送中")
        SENT = "sent", _("已寄出")
        FAILED = "failed", _("無法寄送")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="letters")
    address = models.EmailField(max_length=254)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    is_confidential = models.BooleanField(default=False)
    message_id = models.CharField(max_length=255, unique=True)
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    written_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state="waiting",
                    next_try_at__isnull=False,
                    claimed_at__isnull=True,
                    sent_at__isnull=True,
                    failed_at__isnull=True,
                )
                | Q(
                    state="claimed",
                    next_try_at__isnull=True,
                    claimed_at__isnull=False,
                    sent_at__isnull=True,
                    failed_at__isnull=True,
                    attempts__gt=0,
                )
                | Q(
                    state="sent",
                    next_try_at__isnull=True,
                    claimed_at__isnull=True,
                    sent_at__isnull=False,
                    failed_at__isnull=True,
                    attempts__gt=0,
                )
                | Q(
                    state="failed",
                    next_try_at__isnull=True,
                    claimed_at__isnull=True,
                    sent_at__isnull=True,
                    failed_at__isnull=False,
                ),
                name="letter_state_has_its_moments",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""), name="letter_failed_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(sent_at__gte=F("written_at")),
                name="letter_sent_after_it_was_written",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state__in=["waiting", "claimed"]), name="letter_to_send"
            ),
            models.Index(fields=["person", "-id"], name="letter_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.address} · {self.subject}"


class Notice(models.Model):
    """One thing that one person is to be told, at most once for each `key`.

    It waits until it stands in a letter, or is dropped because the person asked not to be told such things.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=20, choices=NoticeKind)
    key = models.CharField(max_length=200)
    facts = models.JSONField(default=dict)
    path = models.CharField(max_length=300)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    noted_at = models.DateTimeField()
    letter = models.ForeignKey(
        Letter, on_delete=models.PROTECT, null=True, blank=True, related_name="notices"
    )
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="notice_told_once"),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind_known"),
            models.CheckConstraint(condition=~Q(key=""), name="notice_has_a_key"),
            models.CheckConstraint(condition=Q(path__startswith="/"), name="notice_leads_to_a_page"),
            models.CheckConstraint(
                condition=Q(letter__isnull=True) | Q(dropped_at__isnull=True),
                name="notice_told_or_dropped",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True) | Q(dropped_at__gte=F("noted_at")),
                name="notice_dropped_after_it_was_noted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["person", "noted_at"],
                condition=Q(letter__isnull=True, dropped_at__isnull=True),
                name="notice_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.kind} · {self.key}"


class Timing(models.TextChoices):
    """When a person wants to be told of a kind of thing."""

    AT_ONCE = "at_once", _("立即通知")
    DAILY = "daily", _("每日彙整")
    NEVER = "never", _("不通知")


ALWAYS_TOLD = frozenset({NoticeKind.RETURNED, NoticeKind.OVERDUE, NoticeKind.ACCOUNT})
"""What nobody can switch off: work that came back, work that is late, and one's own account."""


class NoticePreference(models.Model):
    """What a person chose for one kind of notice; without a row the settings' choice holds."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preferences"
    )
    kind = models.CharField(max_length=20, choices=NoticeKind)
    timing = models.CharField(max_length=20, choices=Timing)

    class Meta:
        ordering = ["person", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="notice_preference_once"),
            models.CheckConstraint(
                condition=Q(kind__in=NoticeKind.values, timing__in=Timing.values),
                name="notice_preference_known",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=sorted(ALWAYS_TOLD), timing="never"),
                name="notice_preference_keeps_what_must_be_told",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.kind} · {self.timing}"


class CalendarFeed(models.Model):
    """The unguessable address under which a calendar program reads a person's deadlines; renewed, the old one is gone."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    token = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(token__regex=r"^[A-Za-z0-9_-]{32,64}$"),  # noqa: S106 - a pattern
                name="calendar_feed_token_unguessable",
            )
        ]

    def __str__(self) -> str:
        return f"calendar of {self.person}"
