"""Who reaches a working page: nobody unknown, and the overviews only those whose role reads them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ministries.models import User
from ministries.permissions import Act, require

View = Callable[..., HttpResponseBase]


def actor_of(request: HttpRequest) -> User:
    """The signed-in person; `login_required` has seen to it that there is one."""
    return cast(User, request.user)


def reads(act: Act | None = None) -> Callable[[View], View]:
    """A page that only reads, for signed-in people whose role allows `act` where one is named."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if act is not None:
                require(actor_of(request), act)
            return view(request, *args, **kwargs)

        return require_safe(never_cache(login_required(checked)))

    return decorate


def writes(view: View) -> View:
    """An act: POST only, by a signed-in person; the service says who may."""
    return require_POST(never_cache(login_required(view)))
