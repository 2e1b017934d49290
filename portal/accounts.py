"""Accounts come by invitation: nobody signs up by themselves, and people log in by e-mail address."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

from allauth.account import forms
from allauth.account.adapter import DefaultAccountAdapter
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ministries import services
from ministries.models import User
from portal.sign_ins import address_of
from reports.selectors import whom_to_ask


class InvitationOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth publishes no types
    """Closes sign-up, and says in this house's words what went wrong while logging in."""

    error_messages: ClassVar[dict[str, str | Promise]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("電子郵件或密碼不正確。"),
        "incorrect_password": _("密碼不正確。"),
        "account_inactive": _("此帳號已停用，請洽貴機關的帳號管理人。"),
        "too_many_login_attempts": _("登入失敗次數過多，請於 15 分鐘後再試。"),
        "enter_current_password": _("請輸入目前的密碼。"),
        "invalid_password_reset": _("重設密碼的連結無效。"),
        "rate_limited": _("操作過於頻繁，請稍候再試。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """Whether somebody may be led there; what is no address at all makes the library fail, and is none."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Whoever knows the password of a disabled account is told why it is disabled, and whom to ask."""
        context = {"user_disabled": user, "whom_to_ask": whom_to_ask(user)}
        return render(request, "account/account_inactive.html", context, status=HTTPStatus.FORBIDDEN)

    def set_password(self, user: User, password: str) -> None:
        services.set_password(user=user, password=password, address=address_of(self.request))


class _PlainFields:
    """Labels above the inputs, in this house's words, and nothing inside them."""

    labels: ClassVar[dict[str, Promise]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            field = self.fields[name]  # type: ignore[attr-defined]
            field.label = label
            field.widget.attrs.pop("placeholder", None)


class LoginForm(_PlainFields, forms.LoginForm):  # type: ignore[misc]  # allauth publishes no types
    labels: ClassVar[dict[str, Promise]] = {"login": _("電子郵件"), "password": _("密碼")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The link to a new password stands beside the button.
        self.fields["password"].help_text = ""


class ResetPasswordForm(_PlainFields, forms.ResetPasswordForm):  # type: ignore[misc]  # allauth publishes no types
    labels: ClassVar[dict[str, Promise]] = {"email": _("電子郵件")}


class ResetPasswordKeyForm(_PlainFields, forms.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth publishes no types
    labels: ClassVar[dict[str, Promise]] = {"password1": _("新密碼"), "password2": _("再次輸入新密碼")}


class ChangePasswordForm(_PlainFields, forms.ChangePasswordForm):  # type: ignore[misc]  # allauth publishes no types
    labels: ClassVar[dict[str, Promise]] = {
        "oldpassword": _("目前的密碼"),
        "password1": _("新密碼"),
        "password2": _("再次輸入新密碼"),
    }


def closed(request: HttpRequest, **_arguments: str) -> HttpResponse:
    """Addresses that allauth links to by name but that this portal does not offer."""
    raise Http404
