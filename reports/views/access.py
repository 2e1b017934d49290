"""Who reaches a working page: nobody unknown, and the overviews only those whose role reads them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
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
    """An act: POST only, by a signed-in person; the service says who may. What was typed outlives the session."""

    @wraps(view)
    def kept(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated and is_own_form(request):
            return keep_typed(request, HTTPStatus.UNAUTHORIZED)
        return login_required(view)(request, *args, **kwargs)

    return require_POST(never_cache(kept))


def is_own_form(request: HttpRequest) -> bool:
    """Whether the POST carries fields that somebody typed on a page of this site, by what the browser says of it."""
    origin = request.headers.get("Origin")
    fields = set(request.POST) - {"csrfmiddlewaretoken"}
    return bool(fields) and origin == f"{request.scheme}://{request.get_host()}"


def keep_typed(request: HttpRequest, status: int) -> HttpResponse:
    """The posted fields on a page from which they can be sent again, once its author has logged in."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    return render(request, "reports/typed_kept.html", {"fields": fields}, status=status)
