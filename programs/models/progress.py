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


class Confidence(models.TextChoices):
    """The ministry's own judgement whether the target will be met; it stands beside the computed light."""

    ON_TRACK = "on_track", _("可如期達成")
    AT_RISK = "at_risk", _("有風險")
    OFF_TRACK = "off_track", _("難以達成")


class DelayKind(models.TextChoices):
    """落後類型: what kept the work back, by the kinds in common use among monitoring authorities (common practice)."""

    ADMINISTRATION = "administration", _("行政作業")
    FUNDING = "funding", _("經費")
    STAFF = "staff", _("人力")
    TECHNOLOGY = "technology", _("技術")
    PROCUREMENT = "procurement", _("採購發包")
    LAND = "land", _("用地")
    COORDINATION = "coordination", _("跨機關協調")
    FORCE_MAJEURE = "force_majeure", _("不可抗力")
    OTHER = "other", _("其他")


class Accountability(models.TextChoices):
    """責任歸屬: to whom the delay is put down (common practice)."""

    OWN = "own", _("本機關")
    OTHER = "other", _("其他機關")
    CONTRACTOR = "contractor", _("廠商")
    SHARED = "shared", _("共同")
    NOBODY = "nobody", _("不可歸責")


class Delay(models.Model):
    """What is said of a delay, on a report's line and on the fact that it becomes.

    `catch_up_on` (預定趕上日期) is the day on which the work will be back on schedule, `improve_by` (改進完成期限) the one
    by which what is to be mended will be.
    """

    delay_kind = models.CharField(max_length=20, choices=DelayKind, blank=True, default="")
    accountability = models.CharField(max_length=20, choices=Accountability, blank=True, default="")
    catch_up_on = models.DateField(null=True, blank=True)
    improve_by = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


def delay_in_known_words(name: str) -> list[models.CheckConstraint]:
    """For every model that says something of a delay: its choices are among those offered."""
    return [
        models.CheckConstraint(
            condition=Q(delay_kind__in=["", *DelayKind.values]), name=f"{name}_delay_kind_known"
        ),
        models.CheckConstraint(
            condition=Q(accountability__in=["", *Accountability.values]), name=f"{name}_accountability_known"
        ),
    ]


def progress_is_percent(name: str, *fields: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(
            condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__range": (0, 100)}),
            name=f"{name}_{field}_is_percent",
        )
        for field in fields
    ]


class ProgramObservation(Delay, AcceptedFact):
    """Progress in percent, of the whole term and of the year; money in New Taiwan dollars. All to the quarter's end."""

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
    year_planned_progress = models.DecimalField(**PERCENT)
    year_actual_progress = models.DecimalField(**PERCENT)
    appropriation = models.DecimalField(**MONEY)
    allocated = models.DecimalField(**MONEY)
    spent = models.DecimalField(**MONEY)
    payable = models.DecimalField(**MONEY)
    surplus = models.DecimalField(**MONEY)
    delay_reason = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    confidence = models.CharField(max_length=20, choices=Confidence, blank=True, default="")
    confidence_note = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["program", "part", "quarter", "revision"]
        constraints = [
            *delay_in_known_words("program_observation"),
            *progress_is_percent("program_observation", "year_planned_progress", "year_actual_progress"),
            models.CheckConstraint(
                condition=Q(confidence__in=["", *Confidence.values]),
                name="program_observation_confidence_known",
            ),
            models.CheckConstraint(
                condition=Q(statement="progress")
                | Q(
                    year_planned_progress__isnull=True,
                    year_actual_progress__isnull=True,
                    catch_up_on__isnull=True,
                    improve_by__isnull=True,
                    delay_kind="",
                    accountability="",
                    confidence="",
                    confidence_note="",
                ),
                name="program_observation_says_more_with_progress_only",
            ),
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
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("accepted_at")),
                name="sub_item_observation_superseded_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sub_item} · {self.quarter} · r{self.revision}"
