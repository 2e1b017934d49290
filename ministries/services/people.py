"""Every change to the roles people hold: nobody acts without a role, a role stands where it belongs, nobody changes their own.

A ministry keeps an account manager who can log in, unless the administrator decides otherwise; the secretariat always
keeps an administrator.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from ministries import clock
from ministries.models import Membership, NoticeKind, Organisation, Role, User
from ministries.permissions import SECRETARIAT_ROLES, Act, may, require, scope_of
from ministries.services.acts import Refused, record_act
from ministries.services.notices import tell

UNUSABLE = "!"
"""Begins the password of an account whose person has not yet set one."""


@transaction.atomic
def grant_role(*, user: User, organisation: Organisation, role: Role, actor: User | None) -> Membership:
    """Gives `user` a role in `organisation`; no actor means the installation itself (set-up, demonstration).

    Secretariat and auditor roles exist only in the secretariat, ministry roles never there. Who has never worked
    for the organisation is taken in by the administrator alone, or by invitation.
    """
    if actor is not None:
        require(actor, Act.MANAGE_PEOPLE, organisation)
        refuse_for_oneself(user, actor)
        lock_organisations([organisation.pk])
        if not user.is_active:
            raise Refused(_("此帳號已停用，請先啟用帳號再授予角色。"))
        if not may(actor, Act.MANAGE_PEOPLE) and not user.memberships.filter(organisation=organisation):
            raise Refused(_("此帳號屬其他機關，請洽執行秘書室的系統管理者授予角色。"))
    known = Membership.objects.filter(
        user=user, organisation=organisation, role=role, ended_at__isnull=True
    ).exists()
    membership = start_membership(user, organisation, role, actor)
    if actor is not None and not known:
        outcome = {"zh": f"授予「{named(role, 'zh-hant')}」", "en": f"Role granted: {named(role, 'en')}"}
        tell_of_account(user, f"granted:{membership.pk}", outcome, organisation, actor)
    return membership


def start_membership(user: User, organisation: Organisation, role: Role, actor: User | None) -> Membership:
    """The running membership, begun now where there is none; its caller has authorised."""
    if (role in SECRETARIAT_ROLES) != organisation.is_secretariat:
        message = _("「%(role)s」不是此機關可授予的角色。") % {"role": role.label}
        raise Refused(message, {"role": message})
    membership, created = Membership.objects.get_or_create(
        user=user,
        organisation=organisation,
        role=role,
        ended_at=None,
        defaults={"started_at": clock.now(), "started_by": actor},
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


def end_membership(membership: Membership, actor: User) -> None:
    """Ends a running membership now; its caller has authorised."""
    membership.ended_at, membership.ended_by = clock.now(), actor
    membership.save(update_fields=["ended_at", "ended_by"])
    record_act(
        actor=actor,
        act=Act.MANAGE_PEOPLE,
        subject=membership,
        organisation=membership.organisation,
        detail={"ended": membership.role, "of": membership.user.email},
    )


# --- telling --------------------------------------------------------------------------------------------------
def named(role: Role, language: str) -> str:
    """The role's name in the language."""
    with override(language):
        return str(role.label)


def tell_of_account(
    user: User, key: str, outcome: dict[str, str], organisation: Organisation | None, actor: User | None
) -> None:
    """Tells the person what became of their account, also where they can no longer log in."""
    place = {"zh": f"（{organisation.name_zh}）", "en": f" ({organisation.name_en})"} if organisation else {}
    tell(
        kind=NoticeKind.ACCOUNT,
        key=f"account:{key}",
        people=[user],
        facts={
            "about": {
                "zh": f"帳號 {user.email}{place.get('zh', '')}",
                "en": f"Account {user.email}{place.get('en', '')}",
            },
            "by": str(actor) if actor else "",
            "outcome": outcome,
        },
        path="/work/",
        organisation=organisation,
    )


# --- what every change to people asks -----------------------------------------------------------------------
def lock_organisations(keys: Iterable[int]) -> None:
    """Holds the organisations until the transaction ends, so that their people are changed by one act at a time."""
    list(
        Organisation.objects.select_for_update(no_key=True)
        .filter(pk__in=set(keys))
        .order_by("pk")
        .values_list("pk")
    )


def refuse_for_oneself(user: User, actor: User) -> None:
    if user.pk == actor.pk:
        raise Refused(_("不得變更自己的角色或帳號，請洽另一位帳號管理人或執行秘書室的系統管理者。"))


def require_over(user: User, actor: User) -> None:
    """The actor manages every organisation for which the person works, or worked last where they hold no role."""
    if may(actor, Act.MANAGE_PEOPLE):
        return
    homes = homes_of(user)
    managed = scope_of(actor).organisations(Act.MANAGE_PEOPLE)
    if not homes & managed:
        require(actor, Act.MANAGE_PEOPLE)
    if homes - managed:
        raise Refused(_("此帳號另有其他機關的角色，請洽執行秘書室的系統管理者；貴機關的角色可逕行終止。"))


def homes_of(user: User) -> set[int]:
    """Organisations in which the person holds a role; those in which they held one where none is left."""
    memberships = list(user.memberships.values_list("organisation_id", "ended_at"))
    running = {organisation for organisation, ended_at in memberships if ended_at is None}
    return running or {organisation for organisation, _ended_at in memberships}


def running_memberships(user: User) -> QuerySet[Membership]:
    return user.memberships.filter(ended_at__isnull=True).select_related("user", "organisation")


def refuse_to_orphan(leaving: Iterable[Membership], actor: User | None) -> None:
    """A ministry's last account manager stays, but for the administrator; the last administrator stays in any case."""
    by_administrator = actor is not None and may(actor, Act.MANAGE_PEOPLE)
    for membership in leaving:
        match membership.role:
            case Role.ADMINISTRATOR if _is_last(membership):
                raise Refused(_("系統須保有至少一位系統管理者，請先授予另一人系統管理者角色。"))
            case Role.ACCOUNT_MANAGER if not by_administrator and _is_last(membership):
                raise Refused(
                    _("機關須保有至少一位帳號管理人，請先授予另一人帳號管理人角色，或洽執行秘書室。")
                )


def _is_last(membership: Membership) -> bool:
    """Whether nobody else who can log in holds the role there."""
    others = Membership.objects.filter(
        organisation=membership.organisation_id,
        role=membership.role,
        ended_at__isnull=True,
        user__is_active=True,
    )
    return not others.exclude(user=membership.user_id).exclude(user__password__startswith=UNUSABLE).exists()
