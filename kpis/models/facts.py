"""An observation is one accepted statement of one organisation about one indicator in one quarter.

It states exactly one thing: a value, a numerator over a denominator, a rank, a stage, a confidence, or that
nothing was due or applicable. No row means missing. Zero is a value. A correction is a new revision.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kpis.models.indicators import AMOUNT, Indicator, MilestoneStage
from programs.models import AcceptedFact, Confidence


def _only(*fields: str) -> Q:
    """Of the figure's columns exactly `fields` are filled."""
    columns = ["value", "numerator", "denominator", "rank", "stage"]
    return Q(**{f"{column}__isnull": column not in fields for column in columns})


class Observation(AcceptedFact):
    """A fact about an indicator; see the module."""

    class Statement(models.TextChoices):
        VALUE = "value", _("數值")
        RATIO = "ratio", _("分子與分母")
        RANK = "rank", _("名次")
        STAGE = "stage", _("里程碑階段")
        JUDGEMENT = "judgement", _("質性說明")
        NOTHING_DUE = "nothing_due", _("本季無應報事項")
        NOT_APPLICABLE = "not_applicable", _("不適用")
        WITHDRAWN = "withdrawn", _("撤回核定")

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="observations")
    statement = models.CharField(max_length=20, choices=Statement)
    value = models.DecimalField(**AMOUNT, null=True, blank=True)
    numerator = models.DecimalField(**AMOUNT, null=True, blank=True)
    denominator = models.DecimalField(**AMOUNT, null=True, blank=True)
    rank = models.PositiveSmallIntegerField(null=True, blank=True)
    edition = models.CharField(max_length=60, blank=True)
    stage = models.ForeignKey(
        MilestoneStage,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    confidence = models.CharField(max_length=20, choices=Confidence, blank=True)
    confidence_note = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering = ["indicator", "quarter", "organisation", "revision"]
        indexes = [
            # What was replaced, for what was known on a day.
            models.Index(
                fields=["indicator", "quarter"],
                condition=Q(superseded_at__isnull=False),
                name="observation_replaced",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "organisation", "quarter", "revision"],
                name="observation_revision_once",
            ),
            # Also the road of the roll-up: an indicator's facts in force lie together, with all that it needs of them.
            models.UniqueConstraint(
                fields=["indicator", "quarter", "organisation"],
                condition=Q(superseded_at__isnull=True),
                include=[
                    "statement",
                    "value",
                    "numerator",
                    "denominator",
                    "rank",
                    "stage",
                    "revision",
                    "accepted_at",
                ],
                name="observation_one_in_force",
            ),
            models.CheckConstraint(
                condition=(
                    (Q(statement="value") & _only("value"))
                    | (Q(statement="ratio") & _only("numerator", "denominator"))
                    | (Q(statement="rank") & _only("rank"))
                    | (Q(statement="stage") & _only("stage"))
                    | (Q(statement="judgement") & _only() & ~Q(confidence=""))
                    | (Q(statement__in=["nothing_due", "not_applicable", "withdrawn"]) & _only())
                ),
                name="observation_states_exactly_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(rank__isnull=True) | Q(rank__gte=1),
                name="observation_rank_counts_from_one",
            ),
            models.CheckConstraint(
                condition=Q(denominator__isnull=True) | Q(denominator__gte=0),
                name="observation_denominator_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("accepted_at")),
                name="observation_superseded_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} · {self.organisation} · {self.quarter} · r{self.revision}"
