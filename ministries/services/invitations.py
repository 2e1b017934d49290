"""People come by invitation: the account is made with its first role, and a letter brings a link that works once.

The link is Django's own for a new password (`ministries.passwords`); inviting again makes the links before it void.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.http import int_to_base36
from django.utils.translation import gettext as _
from django.utils.translation import override

from ministries import clock
from ministries.calendars import roc_date_short
from ministries.models import Invitation, NoticeKind, Organisation, Role, User
from ministries.passwords import LinkTokens
from ministries.permissions import Act, require
from ministries.services.acts import Refused, record_act
from ministries.services.notices import tell
from ministries.services.people import lock_organisations, require_over, start_membership

LONGEST_EMAIL, LONGEST_NAME = 254, 80


@transaction.atomic
def invite_person(*, email: str, name: str, organisation: Organisation, role: Role, actor: User) -> User:
    """Makes an account for somebody new, with a role in the organisation, and sends the letter."""
    require(actor, Act.MANAGE_PEOPLE, organisation)
    email, name = email.strip().lower(), name.strip()
    errors = _errors_of(email, name)
    if errors:
        raise Refused(next(iter(errors.values())), errors)
    lock_organisations([organisation.pk])
    _refuse_known(email, organisation)
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, name=name)
    except IntegrityError:
        # Somebody else invited the same person in this very moment.
        _refuse_known(email, organisation)
        raise
    start_membership(user, organisation, role, actor)
    _send(user, organisation, actor)
    return user


@transaction.atomic
def invite_again(*, user: User, actor: User) -> None:
    """Sends a new link to somebody who has not set a password yet; the former links are void from now on."""
    require_over(user, actor)
    user.refresh_from_db(from_queryset=User.objects.select_for_update())
    last = user.invitations.select_related("organisation").first()
    if not user.is_active:
        raise Refused(_("此帳號已停用，請先啟用帳號再寄送邀請。"))
    if last is None or not user.is_invited:
        raise Refused(_("%(name)s已設定密碼，無須再邀請；忘記密碼時可於登入頁自行重設。") % {"name": user})
    user.set_unusable_password()
    user.save(update_fields=["password"])
    _send(user, last.organisation, actor)


def _send(user: User, organisation: Organisation, actor: User) -> None:
    now = clock.now()
    invitation = Invitation.objects.create(
        user=user, organisation=organisation, invited_at=now, invited_by=actor
    )
    until = (now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)).astimezone(clock.TAIPEI)
    day, hour = roc_date_short(until.date()), f"{until:%H:%M}"
    tell(
        kind=NoticeKind.ACCOUNT,
        key=f"invited:{invitation.pk}",
        people=[user],
        facts={
            "about": {
                "zh": f"邀請您使用管考平臺（{organisation.name_zh}）",
                "en": f"You are invited to the portal ({organisation.name_en})",
            },
            "by": str(actor),
            "said": {
                "zh": f"請由上列連結設定密碼。連結僅能使用一次，至 {day} {hour} 止有效；逾期請洽辦理人重新邀請。",
                "en": f"Please set a password by the link above. It works once, until {until:%Y-%m-%d} {hour}; "
                "after that, ask whoever invited you for another.",
            },
        },
        path=link_for(user),
        organisation=organisation,
    )
    record_act(
        actor=actor,
        act=Act.MANAGE_PEOPLE,
        subject=user,
        organisation=organisation,
        detail={"invited": user.email},
    )


def link_for(user: User) -> str:
    """The path of the page that sets a password once, without language prefix."""
    words = {"uidb36": int_to_base36(user.pk), "key": LinkTokens().make_token(user)}
    with override(settings.LANGUAGE_CODE):
        return reverse("account_reset_password_from_key", kwargs=words)


def _errors_of(email: str, name: str) -> dict[str, str]:
    errors = {}
    try:
        validate_email(email)
    except ValidationError:
        errors["email"] = _("請填寫完整的電子郵件，例如 name@example.gov.tw。")
    if len(email) > LONGEST_EMAIL:
        errors["email"] = _("電子郵件過長，上限 %(longest)d 字。") % {"longest": LONGEST_EMAIL}
    if not name:
        errors["name"] = _("請填寫姓名。")
    elif len(name) > LONGEST_NAME:
        errors["name"] = _("姓名過長，上限 %(longest)d 字。") % {"longest": LONGEST_NAME}
    elif not name.isprintable():
        errors["name"] = _("姓名含有無法顯示的字元，請重新輸入。")
    return errors


def _refuse_known(email: str, organisation: Organisation) -> None:
    known = User.objects.filter(email__iexact=email).first()
    if known is None:
        return
    if known.memberships.filter(organisation=organisation).exists():
        message = _("%(name)s已有本機關的帳號，請至該人員頁面授予角色、啟用或重新邀請。") % {"name": known}
    else:
        message = _("此電子郵件已有帳號，屬其他機關；請洽執行秘書室的系統管理者授予貴機關的角色。")
    raise Refused(message, {"email": message})
