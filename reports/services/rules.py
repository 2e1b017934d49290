"""A ministry may switch its inner sign-off off and on, the head of the secretariat a plan's second reviewer."""

from __future__ import annotations

from django.db import transaction

from ministries import clock
from ministries.models import Organisation, User
from ministries.permissions import Act, require
from ministries.services import record_act
from programs.models import Plan
from reports.models import SecondReview, SignOffWaiver


@transaction.atomic
def switch_sign_off(*, organisation: Organisation, needed: bool, actor: User) -> None:
    """Whether the organisation's reports need the approver's sign-off before they are handed in."""
    require(actor, Act.SWITCH_SIGN_OFF, organisation)
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    standing = SignOffWaiver.objects.filter(organisation=organisation, until_at__isnull=True)
    if needed:
        changed = bool(standing.update(until_at=clock.now(), until_by=actor))
    elif changed := not standing.exists():
        SignOffWaiver.objects.create(organisation=organisation, from_at=clock.now(), from_by=actor)
    if changed:
        record_act(
            actor=actor,
            act=Act.SWITCH_SIGN_OFF,
            subject=organisation,
            organisation=organisation,
            detail={"sign_off": needed},
        )


@transaction.atomic
def switch_second_review(*, plan: Plan, needed: bool, actor: User) -> None:
    """Whether two different reviewers must agree to every line of the plan."""
    require(actor, Act.SET_REVIEW_RULE)
    Plan.objects.select_for_update().get(pk=plan.pk)
    standing = SecondReview.objects.filter(plan=plan, until_at__isnull=True)
    if not needed:
        changed = bool(standing.update(until_at=clock.now(), until_by=actor))
    elif changed := not standing.exists():
        SecondReview.objects.create(plan=plan, from_at=clock.now(), from_by=actor)
    if changed:
        record_act(actor=actor, act=Act.SET_REVIEW_RULE, subject=plan, detail={"second_review": needed})
