"""A quarter is an object with dates: it is planned, opened, falls due, is closed, and may be published.

Whether a round takes entries is said here and nowhere else: by its states and by its dates.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import TruncDate
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from ministries import clock
from programs.models import Plan
from programs.quarters import QuarterField


def by_somebody(model: str, acts: Sequence[str]) -> list[models.CheckConstraint]:
    """Every `<act>_at` has its `<act>_by`, and the other way round."""
    return [
        models.CheckConstraint(
            condition=Q(**{f"{act}_at__isnull": True, f"{act}_by__isnull": True})
            | Q(**{f"{act}_at__isnull": False, f"{act}_by__isnull": False}),
            name=f"{model}_{act}_by_somebody",
        )
        for act in acts
    ]


def after(model: str, first: str, acts: Sequence[str]) -> list[models.CheckConstraint]:
    """No `<act>_at` lies before `<first>_at`."""
    return [
        models.CheckConstraint(
            condition=Q(**{f"{act}_at__isnull": True}) | Q(**{f"{act}_at__gte": F(f"{first}_at")}),
            name=f"{model}_{act}_after_{first}",
        )
        for act in acts
    ]


def by_somebody_or_the_system(model: str, acts: Sequence[str]) -> list[models.CheckConstraint]:
    """Every `<act>_by` has its `<act>_at`; what was done without anybody, the system did by its clock."""
    return [_only_with(model, f"{act}_by", f"{act}_at", "at_a_moment") for act in acts]


def in_whose_name(model: str, acts: Sequence[str]) -> list[models.CheckConstraint]:
    """Nobody is acted for where nobody acted."""
    return [_only_with(model, f"{act}_on_behalf_of", f"{act}_by", "by_somebody") for act in acts]


def _only_with(model: str, name: str, other: str, said: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{other}__isnull": False}),
        name=f"{model}_{name}_{said}",
    )


class ReportingQuarterQuerySet(models.QuerySet["ReportingQuarter"]):
    """The same rules as the properties of a round, for those who look for rounds."""

    def waiting_to_open(self) -> ReportingQuarterQuerySet:
        """Never opened, and today is one of the days on which they would take entries."""
        today = clock.today()
        return self.filter(opened_at__isnull=True, opens_on__lte=today, closes_on__gte=today)

    def waiting_to_close(self) -> ReportingQuarterQuerySet:
        """Still open although their last day has passed; see `ReportingQuarter.is_over`."""
        return self._open().filter(_OPENED_IN_TIME, closes_on__lt=clock.today())

    def ended(self) -> ReportingQuarterQuerySet:
        """Closed, whether or not anything has closed them yet."""
        over = Q(_OPENED_IN_TIME, opened_at__isnull=False, closes_on__lt=clock.today())
        return self.filter(Q(closed_at__isnull=False) | over)

    def taking_entries(self) -> ReportingQuarterQuerySet:
        return self._open().exclude(_OPENED_IN_TIME, closes_on__lt=clock.today())

    def _open(self) -> ReportingQuarterQuerySet:
        return self.filter(opened_at__isnull=False, closed_at__isnull=True)


_OPENED_IN_TIME = LessThanOrEqual(TruncDate("opened_at", tzinfo=clock.TAIPEI), F("closes_on"))


class ReportingQuarter(models.Model):
    """One reporting round (填報週期) of a plan."""

    class State(models.TextChoices):
        PLANNED = "planned", _("尚未開放")
        OPEN = "open", _("開放填報")
        CLOSED = "closed", _("已截止")
        PUBLISHED = "published", _("已公布")

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reporting_quarters")
    quarter = QuarterField()
    opens_on = models.DateField()
    due_on = models.DateField()
    closes_on = models.DateField()
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    opened_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    closed_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    published_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ReportingQuarterQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "quarter"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "quarter"], name="reporting_quarter_once"),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("due_on"), due_on__lte=F("closes_on")),
                name="reporting_quarter_dates_in_order",
            ),
            *by_somebody("reporting_quarter", ("published",)),
            *by_somebody_or_the_system("reporting_quarter", ("opened", "closed")),
            *in_whose_name("reporting_quarter", ("opened", "closed", "published")),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | Q(opened_at__isnull=False, closed_at__gte=F("opened_at")),
                name="reporting_quarter_closed_after_opened",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(closed_at__isnull=False, published_at__gte=F("closed_at")),
                name="reporting_quarter_published_after_closed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.quarter)

    @property
    def state(self) -> State:
        """A round whose last day has passed is closed, whether or not anything has closed it yet."""
        if self.published_at:
            return self.State.PUBLISHED
        if self.closed_at or self.is_over:
            return self.State.CLOSED
        return self.State.OPEN if self.opened_at else self.State.PLANNED

    @property
    def is_over(self) -> bool:
        """It was opened in its time, and its last day has passed in Taipei.

        One that was opened by hand after that day stays open until it is closed by hand.
        """
        if self.opened_at is None or clock.today() <= self.closes_on:
            return False
        return self.opened_at.astimezone(clock.TAIPEI).date() <= self.closes_on

    @property
    def takes_entries(self) -> bool:
        """The one answer to whether anything may still be entered or handed in, on every road."""
        return self.state == self.State.OPEN
