"""A write that somebody signed in tries and may not do leaves an audit row: who, what address, which answer.

It stands outside the services' transactions, which a refusal undoes together with all that they wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from ministries.models import User
from ministries.permissions import Act
from ministries.services import record_act
from portal.sign_ins import address_of

READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
REFUSALS = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
"""Forbidden, and out of scope, which is answered as if it did not exist."""


class RefusedWrites:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        tried = request.method not in READS and response.status_code in REFUSALS
        if tried and isinstance(request.user, User):
            record_act(
                actor=request.user,
                act=Act.WRITE_REFUSED,
                subject=request.user,
                detail={
                    "method": request.method,
                    # A text with this character is the one that the database cannot store.
                    "path": request.path.replace("\x00", "\ufffd")[:500],
                    "status": response.status_code,
                    "address": address_of(request),
                },
            )
        return response
