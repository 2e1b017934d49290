"""A role ends; with the last one in an organisation everything ends that the person was there: a deputy, and a principal.

Whoever passes both on to a colleague is in `ministries.services.handovers`.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import Deputyship, Membership, Organisation, Role, User
from ministries.permissions import Act, require
from ministries.services.acts import Refused
from ministries.services.deputies import stop_deputyship
from ministries.services.people import (
    end_membership,
    lock_organisations,
    named,
    refuse_for_oneself,
    refuse_to_orphan,
    running_memberships,
    tell_of_account,
)


@transaction.atomic
def end_role(*, membership: Membership, actor: User) -> None:
    """Takes a role away; the membership stays as what was held until now."""
    require(actor, Act.MANAGE_PEOPLE, membership.organisation)
    refuse_for_oneself(membership.user, actor)
    lock_organisations([membership.organisation_id])
    running = Membership.objects.select_related("user", "organisation").get(pk=membership.pk)
    if running.ended_at:
        raise Refused(_("此角色已終止。"))
    refuse_to_orphan([running], actor)
    end_membership(running, actor)
    _end_deputyships(running.user, running.organisation, actor)
    role = Role(running.role)
    outcome = {"zh": f"終止「{named(role, 'zh-hant')}」", "en": f"Role ended: {named(role, 'en')}"}
    tell_of_account(running.user, f"ended:{running.pk}", outcome, running.organisation, actor)


def _end_deputyships(leaver: User, organisation: Organisation, actor: User) -> None:
    """Both who stands in and who is stood in for work for the organisation."""
    if running_memberships(leaver).filter(organisation=organisation).exists():
        return
    standing = Deputyship.objects.filter(
        Q(principal=leaver) | Q(deputy=leaver),
        organisation=organisation,
        ended_at__isnull=True,
        until_day__gte=clock.today(),
    )
    for deputyship in standing.select_related("principal", "deputy", "organisation"):
        stop_deputyship(deputyship, actor)
