"""Whoever logs in, fails to, or logs out leaves an audit row with the address that it came from.

The framework announces these three by signals and in no other way: this is the one module that listens to any.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest

from ministries.models import User
from ministries.permissions import Act
from ministries.services import record_act


def address_of(request: HttpRequest | None) -> str:
    """The visitor's IP address, as the limits on logging in count it; empty where there is none."""
    if request is None:
        return ""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""


@receiver(user_logged_in, dispatch_uid="signed_in")
def _signed_in(request: HttpRequest, user: User, **_rest: Any) -> None:
    record_act(actor=user, act=Act.SIGNED_IN, subject=user, detail={"address": address_of(request)})


@receiver(user_logged_out, dispatch_uid="signed_out")
def _signed_out(request: HttpRequest, user: User | None, **_rest: Any) -> None:
    if user is not None:
        record_act(actor=user, act=Act.SIGNED_OUT, subject=user, detail={"address": address_of(request)})


@receiver(user_login_failed, dispatch_uid="sign_in_failed")
def _sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_rest: Any) -> None:
    """Nobody acted: who it was is not known. The entry is about the account that was tried, where there is one."""
    email = str(credentials.get("email", ""))[:254]
    record_act(
        actor=None,
        act=Act.SIGN_IN_FAILED,
        subject=User.objects.filter(email__iexact=email).first() or User(),
        detail={"email": email, "address": address_of(request)},
    )
