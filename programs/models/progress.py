"""An accepted statement about a programme's progress and money; rows are added and superseded, never changed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministries.models import Organisation
from programs.models.plan import SubItem
from programs.models.programs import Program, ProgramPart
from programs.quarters import QuarterField

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 0, "null": True, "blank": True}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 2, "null": True, "blank": True}


class AcceptedFact(models.Model):
    """What all accepted facts share: whose, of which quarter, who accepted it when, and what replaced it.

    `revision` counts from 1 for one subject, organisation and quarter; exactly the last one is in force
    (`superseded_at` empty). `origin` names the reported line it was copied from, in words of the room above.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    quarter = QuarterField()
    revision = models.PositiveSmallIntegerField(default=1)
    accepted_at = models.DateTimeField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    superseded_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    origin = models.CharField(max_length=80)
    narrative = models.TextField(blank=True)

    class Meta:
        abstract = True


class ProgramObservation(AcceptedFact):
    """Progress in percent of the whole term, money in New Taiwan dollars, both cumulative to the quarter's end."""

    class Statement(models.TextChoices):
        PROGRESS = "progress", _("進度")
        NOTHING_DUE = "nothing_due", _("本季無應報事項")
        NOT_APPLICABLE = "not_applicable", _("不適用")
        WITHDRAWN = "withdrawn", _("撤回核定")

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="observations")
    part = models.ForeignKey(
        ProgramPart,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="observations",
    )
    statement = models.CharField(max_length=20, choices=Statement)
    planned_progress = models.DecimalField(**PERCENT)
    actual_progress = models.DecimalField(**PERCENT)
    appropriation = models.DecimalField(**MONEY)
    allocated = models.DecimalField(**MONEY)
    spent = models.DecimalField(**MONEY)
    payable = models.DecimalField(**MONEY)
    surplus = models.DecimalField(**MONEY)
    delay_reason = models.TextField(blank=True)
    remedy = models.TextField(blank=True)

    class Meta:
        ordering = ["program", "part", "quarter", "revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "part", "organisation", "quarter", "revision"],
                name="program_observation_revision_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["program", "part", "organisation", "quarter"],
                condition=Q(superseded_at__isnull=True),
                name="program_observation_one_in_force",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=(
                    Q(
                        statement="progress",
                        planned_progress__isnull=False,
                        actual_progress__isnull=False,
                    )
                    | Q(
                        statement__in=["nothing_due", "not_applicable", "withdrawn"],
                        planned_progress__isnull=True,
                        actual_progress__isnull=True,
                    )
                ),
                name="program_observation_states_one_thing",
            ),
            models.CheckConstraint(
                condition=(
                    (Q(planned_progress__isnull=True) | Q(planned_progress__range=(0, 100)))
                    & (Q(actual_progress__isnull=True) | Q(actual_progress__range=(0, 100)))
                ),
                name="program_observation_progress_is_percent",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("accepted_at")),
                name="program_observation_superseded_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} · {self.quarter} · r{self.revision}"


class SubItemObservation(AcceptedFact):
    """What an organisation did for a sub-item in which it carries no programme: words, never a figure."""

    class Statement(models.TextChoices):
        NARRATIVE = "narrative", _("辦理情形")
        NOTHING_DUE = "nothing_due", _("本季無應報事項")
        NOT_APPLICABLE = "not_applicable", _("不適用")
        WITHDRAWN = "withdrawn", _("撤回核定")

    sub_item = models.ForeignKey(SubItem, on_delete=models.PROTECT, related_name="observations")
    statement = models.CharField(max_length=20, choices=Statement)

    class Meta:
        ordering = ["sub_item", "organisation", "quarter", "revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["sub_item", "organisation", "quarter", "revision"],
                name="sub_item_observation_revision_once",
            ),
            models.UniqueConstraint(
                fields=["sub_item", "organisation", "quarter"],
                condition=Q(superseded_at__isnull=True),
                name="sub_item_observation_one_in_force",
            ),
            models.CheckConstraint(
                condition=~Q(statement="narrative", narrative=""),
                name="sub_item_observation_has_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sub_item} · {self.quarter} · r{self.revision}"
