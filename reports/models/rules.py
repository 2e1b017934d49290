"""What may be switched, by whom and since when: a ministry's inner sign-off, a plan's second reviewer.

A switch that is not in the table stands as the portal comes: with sign-off, without a second reviewer.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from ministries.models import Organisation
from programs.models import Plan


class Switched(models.Model):
    """Somebody switched something; the row without an end is what holds now."""

    from_at = models.DateTimeField()
    from_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    until_at = models.DateTimeField(null=True, blank=True)
    until_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        abstract = True


def _ended_by_somebody(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(until_at__isnull=True, until_by__isnull=True)
        | Q(until_at__gte=models.F("from_at"), until_by__isnull=False),
        name=name,
    )


class SignOffWaiver(Switched):
    """While it stands the organisation hands its reports in without the inner sign-off (核稿)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sign_off_waivers")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(until_at__isnull=True), name="sign_off_waived_once"
            ),
            _ended_by_somebody("sign_off_waiver_ended_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.from_at:%Y-%m-%d}"


class SecondReview(Switched):
    """While it stands two different reviewers must agree to every line of the plan."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="second_reviews")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=Q(until_at__isnull=True), name="second_review_required_once"
            ),
            _ended_by_somebody("second_review_ended_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.from_at:%Y-%m-%d}"
