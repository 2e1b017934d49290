"""What proves a line: a file or an address, with who hung it there; and what people say about the line.

What was handed in once is never removed, only struck out; what was said stays as it was said. The database refuses
everything else.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from ministries.models import User
from reports.evidence.kinds import MediaType
from reports.evidence.names import LONGEST_ADDRESS, LONGEST_NAME
from reports.evidence.scanners import ScanState
from reports.models.quarters import by_somebody
from reports.models.reports import Line, LineStep
from reports.workflow import Deed

LONGEST_TITLE = 120
LONGEST_COMMENT = 2000


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def hanging(self) -> EvidenceQuerySet:
        """Those that were not removed."""
        return self.filter(removed_at__isnull=True)

    def handed_in(self) -> EvidenceQuerySet:
        """Those that hung on their line when it was handed in once, by whichever organisation."""
        submissions = LineStep.objects.filter(
            line=OuterRef("line"),
            act=Deed.SUBMIT,
            event__at__gte=OuterRef("added_at"),
            event__at__lte=Coalesce(OuterRef("removed_at"), F("event__at")),
        )
        return self.filter(Exists(submissions))


class Evidence(models.Model):
    """One file or address that hangs on a line.

    `is_kept` is false for what was removed before it was ever handed in: its file is gone, and no page shows it.
    """

    class Kind(models.TextChoices):
        FILE = "file", _("檔案")
        LINK = "link", _("連結")

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=LONGEST_TITLE)
    original_name = models.CharField(max_length=LONGEST_NAME, blank=True)
    media_type = models.CharField(max_length=100, choices=MediaType, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    stored_name = models.CharField(max_length=100, blank=True)
    scan_state = models.CharField(max_length=20, choices=ScanState, blank=True)
    scanner = models.CharField(max_length=60, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    url = models.CharField(max_length=LONGEST_ADDRESS, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    removed_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_kept = models.BooleanField(default=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    ~Q(original_name=""),
                    Q(media_type__in=MediaType.values),
                    Q(sha256__regex=r"^[0-9a-f]{64}$"),
                    Q(stored_name__regex=r"^[0-9a-f]{2}/[0-9a-f]{64}-[0-9a-f]{16}$"),
                    Q(scan_state__in=ScanState.values),
                    kind="file",
                    size__gt=0,
                    url="",
                )
                | Q(
                    Q(url__startswith="https://") | Q(url__startswith="http://"),
                    kind="link",
                    original_name="",
                    media_type="",
                    size__isnull=True,
                    sha256="",
                    stored_name="",
                    scan_state="",
                ),
                name="evidence_is_a_file_or_an_address",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="evidence_has_a_title"),
            models.CheckConstraint(
                condition=Q(scan_state__in=["", "not_scanned"], scanner="", scanned_at__isnull=True)
                | (Q(scan_state__in=["clean", "infected"], scanned_at__isnull=False) & ~Q(scanner="")),
                name="evidence_scanned_by_something",
            ),
            *by_somebody("evidence", ("removed",)),
            models.CheckConstraint(
                condition=Q(removed_on_behalf_of__isnull=True) | Q(removed_by__isnull=False),
                name="evidence_removed_for_somebody_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(removed_at__gte=F("added_at")),
                name="evidence_removed_after_it_was_added",
            ),
            models.CheckConstraint(
                condition=Q(is_kept=True) | Q(removed_at__isnull=False), name="evidence_kept_while_it_hangs"
            ),
            models.UniqueConstraint(
                fields=["stored_name"], condition=Q(kind="file"), name="evidence_file_stored_once"
            ),
            models.UniqueConstraint(
                fields=["line", "sha256"],
                condition=Q(kind="file", removed_at__isnull=True),
                name="evidence_file_hangs_once",
            ),
            models.UniqueConstraint(
                fields=["line", "url"],
                condition=Q(kind="link", removed_at__isnull=True),
                name="evidence_link_hangs_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_file(self) -> bool:
        return self.kind == self.Kind.FILE

    @property
    def is_served(self) -> bool:
        """A file that a later scan found infected stays where it is, and goes to nobody."""
        return self.is_file and self.is_kept and self.scan_state != ScanState.INFECTED


class LineComment(models.Model):
    """One remark in the conversation about a line; it is never changed or removed."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="comments")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    words = models.TextField()
    mentions = models.ManyToManyField(User, related_name="+", blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="line_comment_says_something"),
            models.CheckConstraint(
                condition=Q(on_behalf_of__isnull=True) | ~Q(on_behalf_of=F("by")),
                name="line_comment_for_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} · {self.by}"
