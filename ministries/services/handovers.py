"""A leaver's roles and deputyships go to one named colleague of the same organisation in one act; the record stays.

Reports, questions and decisions belong to the organisation, not to a person: whoever takes over the roles has them.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import Deputyship, DisabledBecause, Membership, Organisation, Role, User
from ministries.permissions import Act, require
from ministries.services.accounts import close_account
from ministries.services.acts import Refused, record_act
from ministries.services.deputies import is_named, start_deputyship, stop_deputyship
from ministries.services.people import (
    end_membership,
    lock_organisations,
    named,
    refuse_for_oneself,
    running_memberships,
    start_membership,
    tell_of_account,
)


@transaction.atomic
def hand_over(*, leaver: User, successor: User, organisation: Organisation, actor: User) -> None:
    """Moves what `leaver` holds in `organisation` to `successor`; disables the leaver's account where no role is left.

    Whom the leaver stood in for has the successor as deputy for the remaining days; who stood in for the leaver no
    longer does.
    """
    require(actor, Act.MANAGE_PEOPLE, organisation)
    refuse_for_oneself(leaver, actor)
    lock_organisations(
        [organisation.pk, *running_memberships(leaver).values_list("organisation_id", flat=True)]
    )
    leaver.refresh_from_db(from_queryset=User.objects.select_for_update())
    roles = list(running_memberships(leaver).filter(organisation=organisation))
    if not roles:
        raise Refused(_("%(name)s於此機關沒有角色，無可移交。") % {"name": leaver})
    _check_successor(leaver, successor, organisation, actor)
    for membership in roles:
        start_membership(successor, organisation, Role(membership.role), actor)
        end_membership(membership, actor)
    _pass_on_deputyships(leaver, successor, organisation, actor)
    record_act(
        actor=actor,
        act=Act.MANAGE_PEOPLE,
        subject=leaver,
        organisation=organisation,
        detail={
            "handed_over": [membership.role for membership in roles],
            "of": leaver.email,
            "to": successor.email,
        },
    )
    tell_of_account(
        successor,
        f"taken-over:{leaver.pk}:{clock.now().isoformat()}",
        {
            "zh": f"接辦{leaver}的業務：{'、'.join(named(Role(each.role), 'zh-hant') for each in roles)}",
            "en": f"You take over from {leaver}: {', '.join(named(Role(each.role), 'en') for each in roles)}",
        },
        organisation,
        actor,
    )
    if leaver.is_active and not running_memberships(leaver).exists():
        close_account(leaver, actor, DisabledBecause.LEFT)


def _check_successor(leaver: User, successor: User, organisation: Organisation, actor: User) -> None:
    message = ""
    if successor.pk == leaver.pk:
        message = _("接辦人須為另一位同仁。")
    elif successor.pk == actor.pk:
        message = _("不得變更自己的角色；由您本人接辦時，請洽另一位帳號管理人或執行秘書室的系統管理者。")
    elif not Membership.objects.filter(
        user=successor, organisation=organisation, ended_at__isnull=True, user__is_active=True
    ).exists():
        message = _("接辦人須為同一機關、帳號使用中的同仁。")
    elif successor.is_invited:
        message = _("%(name)s尚未接受邀請，無法接辦。") % {"name": successor}
    if message:
        raise Refused(message, {"successor": message})


def _pass_on_deputyships(leaver: User, successor: User, organisation: Organisation, actor: User) -> None:
    today = clock.today()
    standing = Deputyship.objects.filter(
        organisation=organisation, ended_at__isnull=True, until_day__gte=today
    ).select_related("principal", "deputy", "organisation")
    for deputyship in standing.filter(principal=leaver):
        stop_deputyship(deputyship, actor)
    for deputyship in standing.filter(deputy=leaver):
        stop_deputyship(deputyship, actor)
        principal, from_day = deputyship.principal, max(deputyship.from_day, today)
        is_needed = principal.pk != successor.pk and not is_named(
            principal, successor, organisation, from_day, deputyship.until_day
        )
        if is_needed:
            start_deputyship(principal, successor, organisation, from_day, deputyship.until_day, actor)
