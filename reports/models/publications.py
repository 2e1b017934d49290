"""A quarter is proposed for publication by one person and confirmed by another; what they saw is what appears.

An open proposal holds the whole text that it would publish; a settled one keeps the digest alone.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kpis.models import Publication
from ministries import clock
from reports.models.quarters import ReportingQuarter, after, by_somebody, in_whose_name

ACTS = ("proposed", "decided", "withdrawn")
OPEN = ("proposed", "confirmed")


class PublicationProposalQuerySet(models.QuerySet["PublicationProposal"]):
    def open(self) -> PublicationProposalQuerySet:
        """Neither published nor settled otherwise."""
        return self.filter(state__in=OPEN)

    def embargoed(self) -> PublicationProposalQuerySet:
        """Confirmed, and still before their moment."""
        return self.filter(state="confirmed", not_before__gt=clock.now())

    def due(self) -> PublicationProposalQuerySet:
        """Confirmed, and their moment has come."""
        return self.filter(state="confirmed", not_before__lte=clock.now())


class PublicationProposal(models.Model):
    """`content` under `digest` is what the preview shows, and what is published if nothing changes until then.

    `decided_*` say who confirmed or refused it, `words` why they refused. One that fell back is to be confirmed again,
    for the reason that it names. `checked_at` is when a confirmed one was last compared with the figures.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待確認")
        CONFIRMED = "confirmed", _("已確認，待公布")
        PUBLISHED = "published", _("已公布")
        REFUSED = "refused", _("未獲同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Because(models.TextChoices):
        CONTENT = "content", _("數據或目標已有變動")
        UNDECIDED = "undecided", _("有已送出的報告待審")
        REOPENED = "reopened", _("本季重新開放填報")

    reporting_quarter = models.ForeignKey(
        ReportingQuarter, on_delete=models.PROTECT, related_name="publication_proposals"
    )
    state = models.CharField(max_length=20, choices=State, default=State.PROPOSED)
    not_before = models.DateTimeField(null=True, blank=True)
    content = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
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
    words = models.TextField(blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    fell_back_at = models.DateTimeField(null=True, blank=True)
    fell_back_because = models.CharField(max_length=20, choices=Because, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    publication = models.OneToOneField(
        Publication, on_delete=models.PROTECT, null=True, blank=True, related_name="proposal"
    )

    objects = PublicationProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["reporting_quarter"],
                condition=Q(state__in=["proposed", "confirmed", "published"]),
                name="publication_proposal_one_per_quarter",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at__isnull=True, withdrawn_at__isnull=True)
                | Q(
                    state="confirmed",
                    decided_at__isnull=False,
                    not_before__isnull=False,
                    checked_at__isnull=False,
                    withdrawn_at__isnull=True,
                )
                | Q(state__in=["published", "refused"], decided_at__isnull=False, withdrawn_at__isnull=True)
                | Q(state="withdrawn", withdrawn_at__isnull=False),
                name="publication_proposal_state_has_its_moments",
            ),
            *after("publication_proposal", "proposed", ("decided", "withdrawn")),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "confirmed"]) & ~Q(content="")
                | ~Q(state__in=["proposed", "confirmed"]) & Q(content=""),
                name="publication_proposal_holds_its_text_while_open",
            ),
            models.CheckConstraint(
                condition=Q(state="published", publication__isnull=False)
                | ~Q(state="published") & Q(publication__isnull=True),
                name="publication_proposal_published_is_a_publication",
            ),
            models.CheckConstraint(
                condition=Q(state="refused") & ~Q(words="") | ~Q(state="refused") & Q(words=""),
                name="publication_proposal_refused_with_words",
            ),
            models.CheckConstraint(
                condition=Q(fell_back_at__isnull=True, fell_back_because="")
                | Q(fell_back_at__isnull=False, fell_back_because__in=["content", "undecided", "reopened"]),
                name="publication_proposal_falls_back_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | ~(
                    Q(decided_by=F("proposed_by"))
                    | Q(decided_by=F("proposed_on_behalf_of"))
                    | Q(decided_on_behalf_of=F("proposed_by"))
                    | Q(decided_on_behalf_of=F("proposed_on_behalf_of"))
                ),
                name="publication_proposal_decided_by_another",
            ),
            *by_somebody("publication_proposal", ("decided", "withdrawn")),
            *in_whose_name("publication_proposal", ACTS),
        ]

    def __str__(self) -> str:
        return f"{self.reporting_quarter} · {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
