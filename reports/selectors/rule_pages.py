"""What the pages say of the two switches: who switched them last and when, and what changing them would touch now."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from ministries import clock
from ministries.models import Organisation, OrganisationName, User
from ministries.permissions import Act, scope_of
from ministries.selectors import names_on
from programs.models import Plan
from reports.models import Line, SecondReview, SignOffWaiver
from reports.models.rules import Switched
from reports.workflow import State


@dataclass(frozen=True)
class ReviewRule:
    """Whether two must agree in the plan, what was last switched, and how many lines wait for a first or second agreement."""

    plan: Plan
    needs_second: bool
    last: Switched | None
    submitted: int
    endorsed: int


@dataclass(frozen=True)
class SignOffRule:
    """Whether the organisation signs off inside before it hands in, and what was last switched."""

    organisation: Organisation
    name: OrganisationName
    is_needed: bool
    last: Switched | None


def review_rule() -> ReviewRule | None:
    """The managed plan's, newest first; none without a plan. Three queries."""
    plan = Plan.objects.filter(is_managed=True).order_by("-starts_on").first()
    if plan is None:
        return None
    last = SecondReview.objects.filter(plan=plan).select_related("from_by", "until_by").first()
    waiting = Line.objects.filter(report__reporting_quarter__plan=plan).aggregate(
        submitted=Count("pk", Q(state=State.SUBMITTED)), endorsed=Count("pk", Q(state=State.ENDORSED))
    )
    return ReviewRule(plan, bool(last and last.until_at is None), last, **waiting)


def sign_off_rules(actor: User) -> list[SignOffRule]:
    """Those that the actor may switch, in the organisations' order; two queries, none for whoever may switch nothing."""
    own = scope_of(actor).organisations(Act.SWITCH_SIGN_OFF)
    if not own:
        return []
    last: dict[int, SignOffWaiver] = {}
    waivers = SignOffWaiver.objects.filter(organisation__in=own).select_related("from_by", "until_by")
    for waiver in waivers.order_by("id"):
        last[waiver.organisation_id] = waiver
    return [
        SignOffRule(
            organisation=name.organisation,
            name=name,
            is_needed=not (pk in last and last[pk].until_at is None),
            last=last.get(pk),
        )
        for pk, name in names_on(clock.today(), own).items()
    ]
