"""A ministry asks for more time (展延) with a reason, and is granted or refused it; what was asked and answered stays."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.quarters import after, by_somebody, in_whose_name
from reports.models.reports import Report

ACTS = ("asked", "answered", "withdrawn")


class Extension(models.Model):
    """One request for one report. The newest day granted is the report's deadline, see `Report.deadline_on`."""

    class State(models.TextChoices):
        ASKED = "asked", _("待答復")
        GRANTED = "granted", _("同意展延")
        REFUSED = "refused", _("不同意展延")
        WITHDRAWN = "withdrawn", _("已撤回")

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="extensions")
    state = models.CharField(max_length=20, choices=State, default=State.ASKED)
    until_asked = models.DateField()
    reason = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    until_granted = models.DateField(null=True, blank=True)
    words = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report"], condition=Q(state="asked"), name="extension_one_open_per_report"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", answered_at__isnull=True, withdrawn_at__isnull=True)
                | Q(state="granted", answered_at__isnull=False, withdrawn_at__isnull=True)
                | (Q(state="refused", answered_at__isnull=False, withdrawn_at__isnull=True) & ~Q(words=""))
                | Q(state="withdrawn", answered_at__isnull=True, withdrawn_at__isnull=False),
                name="extension_state_has_its_moments",
            ),
            models.CheckConstraint(
                condition=Q(state="granted", until_granted__isnull=False)
                | (~Q(state="granted") & Q(until_granted__isnull=True)),
                name="extension_granted_until_a_day",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_says_why"),
            *by_somebody("extension", ("answered", "withdrawn")),
            *after("extension", "asked", ("answered", "withdrawn")),
            *in_whose_name("extension", ACTS),
        ]

    def __str__(self) -> str:
        return f"{self.report} · {self.until_asked}"
