"""Every change to people and the roles they hold: nobody acts without a role, and a role stands where it belongs."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import Membership, Organisation, Role, User
from ministries.permissions import SECRETARIAT_ROLES, Act, require
from ministries.services.acts import Refused, record_act


@transaction.atomic
def grant_role(*, user: User, organisation: Organisation, role: Role, actor: User | None) -> Membership:
    """Gives `user` a role in `organisation`; no actor means the installation itself (set-up, demonstration).

    Secretariat and auditor roles exist only in the secretariat, ministry roles never there.
    """
    if actor is not None:
        require(actor, Act.MANAGE_PEOPLE, organisation)
    if (role in SECRETARIAT_ROLES) != organisation.is_secretariat:
        raise Refused(_("「%(role)s」不是此機關可授予的角色。") % {"role": role.label})
    membership, created = Membership.objects.get_or_create(
        user=user,
        organisation=organisation,
        role=role,
        ended_at=None,
        defaults={"started_at": clock.now()},
    )
    if created:
        record_act(
            actor=actor,
            act=Act.MANAGE_PEOPLE,
            subject=membership,
            organisation=organisation,
            detail={"granted": str(role), "to": user.email},
        )
    return membership
