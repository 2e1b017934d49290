"""Every change to an account: it is disabled and enabled, never removed, and its passwords do not come round again.

It knows no letters; invitations are in `ministries.services.invitations`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django.utils.translation import override

from ministries import clock
from ministries.models import (
    DisabledBecause,
    Membership,
    NoticeKind,
    Organisation,
    PastPassword,
    Role,
    User,
)
from ministries.permissions import Act
from ministries.services.acts import Refused, record_act, record_acts
from ministries.services.notices import tell
from ministries.services.people import (
    homes_of,
    lock_organisations,
    refuse_for_oneself,
    refuse_to_orphan,
    require_over,
    running_memberships,
    tell_of_account,
)


@transaction.atomic
def disable_account(*, user: User, actor: User | None) -> None:
    """Ends the person's logins and refuses new ones; roles and history stay. No actor means the installation itself."""
    if actor is not None:
        require_over(user, actor)
        refuse_for_oneself(user, actor)
    _lock(user)
    if not user.is_active:
        raise Refused(_("此帳號已停用。"))
    refuse_to_orphan(running_memberships(user), actor)
    because = DisabledBecause.INSTALLATION if actor is None else DisabledBecause.ACT
    close_account(user, actor, because)


def close_account(user: User, actor: User | None, because: DisabledBecause) -> None:
    """Writes that the account is disabled; its caller has authorised and locked."""
    now = clock.now()
    user.is_active, user.disabled_at, user.sessions_since = False, now, now
    user.disabled_by, user.disabled_because = actor, because
    user.save(update_fields=["is_active", "disabled_at", "disabled_by", "disabled_because", "sessions_since"])
    record_act(
        actor=actor,
        act=Act.MANAGE_PEOPLE,
        subject=user,
        organisation=_home(user),
        detail={"disabled": user.email, "because": str(because)},
    )
    if actor is not None:
        key = f"disabled:{user.pk}:{now.isoformat()}"
        tell_of_account(user, key, _disabled(because), _home(user), actor)


def _disabled(because: DisabledBecause) -> dict[str, str]:
    """That the account is disabled, and why, in both languages."""
    said = {}
    for part, language, words in (("zh", "zh-hant", "帳號已停用：{}"), ("en", "en", "Account disabled: {}")):
        with override(language):
            said[part] = words.format(because.label)
    return said


@transaction.atomic
def enable_account(*, user: User, actor: User) -> None:
    """Lets the person log in again, with the roles that they hold."""
    require_over(user, actor)
    refuse_for_oneself(user, actor)
    _lock(user)
    if user.is_active:
        raise Refused(_("此帳號使用中，無須啟用。"))
    user.is_active, user.disabled_at, user.disabled_by, user.disabled_because = True, None, None, ""
    user.enabled_at, user.enabled_by = clock.now(), actor
    user.save(
        update_fields=[
            "is_active",
            "disabled_at",
            "disabled_by",
            "disabled_because",
            "enabled_at",
            "enabled_by",
        ]
    )
    record_act(
        actor=actor,
        act=Act.MANAGE_PEOPLE,
        subject=user,
        organisation=_home(user),
        detail={"enabled": user.email},
    )
    outcome = {"zh": "帳號已啟用", "en": "Account enabled"}
    tell_of_account(user, f"enabled:{user.pk}:{user.enabled_at.isoformat()}", outcome, _home(user), actor)


@transaction.atomic
def disable_idle_accounts() -> int:
    """Disables accounts that nobody has logged in to for `settings.IDLE_ACCOUNT_DAYS`; returns how many.

    The days count from the last login, enabling or joining, whichever came last. Of administrators who are all
    idle the one seen last stays.
    """
    lock_organisations(Organisation.objects.filter(is_secretariat=True).values_list("pk", flat=True))
    now = clock.now()
    idle = _idle_since(now - timedelta(days=settings.IDLE_ACCOUNT_DAYS))
    administrators = set(
        Membership.objects.filter(
            role=Role.ADMINISTRATOR, ended_at__isnull=True, user__is_active=True
        ).values_list("user_id", flat=True)
    )
    if administrators and administrators <= {user.pk for user in idle}:
        spared = [user for user in idle if user.pk in administrators][-1]
        idle.remove(spared)
    User.objects.filter(pk__in=[user.pk for user in idle]).update(
        is_active=False, disabled_at=now, disabled_because=DisabledBecause.IDLE, sessions_since=now
    )
    record_acts(
        actor=None,
        act=Act.MANAGE_PEOPLE,
        acts=[
            (user, _home(user), {"disabled": user.email, "because": str(DisabledBecause.IDLE)})
            for user in idle
        ],
    )
    tell(
        kind=NoticeKind.ACCOUNT,
        key=f"account:idle:{now.isoformat()}",
        people=idle,
        facts={"outcome": _disabled(DisabledBecause.IDLE)},
        path="/work/",
    )
    return len(idle)


def _idle_since(limit: datetime) -> list[User]:
    """Accounts not seen since `limit`, locked, the one seen last at the end."""
    seen = User.objects.annotate(seen_at=Greatest("last_login", "enabled_at", "date_joined"))
    idle = seen.filter(is_active=True, is_demonstration=False, seen_at__lt=limit)
    return list(
        idle.select_for_update(of=("self",))
        .order_by("seen_at", "pk")
        .prefetch_related("memberships__organisation")
    )


# --- passwords ----------------------------------------------------------------------------------------------
PASSWORDS_KEPT = 3
"""A new password is none of the last three (資通系統防護基準)."""


@transaction.atomic
def set_password(*, user: User, password: str, address: str = "") -> None:
    """The person's own act, through the link of a letter or with the present password; validators have been asked.

    `address` is where the visitor comes from.
    """
    user.set_password(password)
    user.save(update_fields=["password"])
    PastPassword.objects.create(user=user, password=user.password, set_at=clock.now())
    kept = user.past_passwords.values_list("pk", flat=True)[:PASSWORDS_KEPT]
    user.past_passwords.exclude(pk__in=list(kept)).delete()
    record_act(
        actor=user,
        act=Act.PASSWORD_CHANGED,
        subject=user,
        organisation=_home(user),
        detail={"address": address},
    )


def _lock(user: User) -> None:
    """Holds the person and where they work, and reads again what another act may have changed."""
    lock_organisations(homes_of(user))
    user.refresh_from_db(from_queryset=User.objects.select_for_update())


def _home(user: User) -> Organisation | None:
    """Where the person works, or worked last: under this organisation the audit log keeps what became of the account."""
    memberships = sorted(user.memberships.all(), key=lambda each: (each.ended_at is None, each.pk))
    return memberships[-1].organisation if memberships else None
