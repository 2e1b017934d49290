"""What one organisation asks of another in a handed-in report: kept as it was asked, withdrawn where it no longer is.

The line may be edited again after a return; what others read is what was handed in, never a draft.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ministries.models import Organisation, User
from ministries.permissions import Act, scope_of
from reports.models.quarters import by_somebody, in_whose_name
from reports.models.reports import Line


class CoordinationNeedQuerySet(models.QuerySet["CoordinationNeed"]):
    def visible_to(self, actor: User) -> CoordinationNeedQuerySet:
        """For those who ask, those who are asked, and whoever reads all reports."""
        scope = scope_of(actor)
        if scope.allows(Act.READ_REPORT):
            return self
        own = scope.organisations(Act.READ_REPORT)
        return self.filter(Q(organisation__in=own) | Q(line__report__organisation__in=own))

    def standing(self) -> CoordinationNeedQuerySet:
        return self.filter(withdrawn_at__isnull=True)


class CoordinationNeed(models.Model):
    """One need (須協調事項) of one line, addressed to one organisation; another text is another need."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="needs")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="needs_asked")
    text = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = CoordinationNeedQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "organisation"],
                condition=Q(withdrawn_at__isnull=True),
                name="coordination_need_stands_once",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="coordination_need_has_words"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("asked_at")),
                name="coordination_need_withdrawn_after",
            ),
            *by_somebody("coordination_need", ("withdrawn",)),
            *in_whose_name("coordination_need", ("withdrawn",)),
        ]

    def __str__(self) -> str:
        return f"{self.line} → {self.organisation}"
