"""A change of a target is proposed on a ground, decided by somebody else, and stays as it was decided.

What it says never changes once it is made: whoever meant something else withdraws it and proposes anew.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kpis.models import Indicator, Target, TargetTerms
from kpis.models.indicators import terms_make_sense
from ministries.models import Organisation


class TargetProposal(TargetTerms):
    """Other terms for an indicator's target. `target` is what it became, where it was approved.

    `decided_*` also say who withdrew it and when; `decision` is what they said of it. The two `*_on_behalf_of` name
    the person whose deputy acted, where one did.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待決定")
        APPROVED = "approved", _("已同意")
        REFUSED = "refused", _("未獲同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="target_proposals")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    ground = models.TextField()
    state = models.CharField(max_length=20, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision = models.TextField(blank=True)
    target = models.OneToOneField(
        Target, on_delete=models.PROTECT, null=True, blank=True, related_name="proposal"
    )

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "year"],
                condition=Q(state="proposed"),
                nulls_distinct=False,
                name="target_proposal_open_once",
            ),
            *terms_make_sense("target_proposal"),
            models.CheckConstraint(condition=~Q(ground=""), name="target_proposal_has_a_ground"),
            models.CheckConstraint(
                condition=Q(
                    state="proposed",
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    decided_on_behalf_of__isnull=True,
                    decision="",
                )
                | Q(
                    state__in=["approved", "refused", "withdrawn"],
                    decided_at__gte=F("proposed_at"),
                    decided_by__isnull=False,
                ),
                name="target_proposal_state_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", target__isnull=False)
                | (~Q(state="approved") & Q(target__isnull=True)),
                name="target_proposal_approved_is_a_target",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(decision=""), name="target_proposal_refused_with_words"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"])
                | ~(
                    Q(decided_by=F("proposed_by"))
                    | Q(decided_by=F("proposed_on_behalf_of"))
                    | Q(decided_on_behalf_of=F("proposed_by"))
                    | Q(decided_on_behalf_of=F("proposed_on_behalf_of"))
                ),
                name="target_proposal_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} · {self.effective_from}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.PROPOSED
