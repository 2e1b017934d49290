"""What was corrected after its quarter was published stands in a public log; the publication itself stays as it was.

Rows are only ever added: the database refuses to change or remove one.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kpis.models.indicators import Indicator
from kpis.models.publications import Publication
from ministries.models import Organisation
from programs.models import Program, ProgramMilestone, ProgramPart, SubItem
from programs.quarters import QuarterField


class Correction(models.Model):
    """One accepted statement that took the place of another one after the quarter's publication.

    `said` is field → [old, new], only of what differs and of what may be told in public. A number is its shortest
    spelling, a day its ISO form, a choice its value, a stage {"zh": …, "en": …}; nothing said is an empty text.
    `revision` is the number of the new statement. `reason` is why it was opened for correction.
    """

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="corrections")
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    part = models.ForeignKey(ProgramPart, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    milestone = models.ForeignKey(
        ProgramMilestone, on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    sub_item = models.ForeignKey(
        SubItem, on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    quarter = QuarterField()
    revision = models.PositiveSmallIntegerField()
    said = models.JSONField()
    reason = models.TextField()
    corrected_at = models.DateTimeField()

    class Meta:
        ordering = ["-corrected_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    indicator__isnull=False,
                    program__isnull=True,
                    part__isnull=True,
                    milestone__isnull=True,
                    sub_item__isnull=True,
                )
                | Q(
                    indicator__isnull=True,
                    program__isnull=False,
                    milestone__isnull=True,
                    sub_item__isnull=True,
                )
                | Q(
                    indicator__isnull=True,
                    program__isnull=True,
                    part__isnull=True,
                    milestone__isnull=False,
                    sub_item__isnull=True,
                )
                | Q(
                    indicator__isnull=True,
                    program__isnull=True,
                    part__isnull=True,
                    milestone__isnull=True,
                    sub_item__isnull=False,
                ),
                name="correction_about_exactly_one_thing",
            ),
            models.UniqueConstraint(
                fields=[
                    *("indicator", "program", "part", "milestone", "sub_item"),
                    *("organisation", "quarter", "revision"),
                ],
                name="correction_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_says_why"),
            models.CheckConstraint(condition=~Q(said={}), name="correction_changes_something"),
            models.CheckConstraint(condition=Q(revision__gte=2), name="correction_of_an_earlier_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.quarter} · r{self.revision}"
