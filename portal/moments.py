"""A moment that lies before what it has to follow is refused with words: the machine's clock was set back.

The database keeps moments in their order. Whoever meets that order has done nothing wrong, and nothing is broken: the
act can be done once the clock is right again. Every other refusal of the database stays a failure.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import cache
from http import HTTPStatus
from typing import Any

import psycopg
from django.apps import apps
from django.db import IntegrityError
from django.db.models import CheckConstraint, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)


class MomentsInOrder:
    """Answers 409 where a view met the order of moments; its transaction has been undone by then."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not is_out_of_order(exception):
            return None
        log.error("a moment lies before what it follows: was the clock set back?", exc_info=exception)
        context = {
            "code": HTTPStatus.CONFLICT.value,
            "title": _("系統時間與既有紀錄不符"),
            "text": _(
                "系統時鐘早於既有紀錄之時間，這項作業未執行，內容沒有變動。請回上一頁，稍後再送出；"
                "如持續發生，請通知系統管理人員校正時間。"
            ),
        }
        return render(request, "error.html", context, status=HTTPStatus.CONFLICT)


def is_out_of_order(exception: Exception) -> bool:
    """Whether the database refused a row because one of its moments lies before another."""
    cause = exception.__cause__
    return (
        isinstance(exception, IntegrityError)
        and isinstance(cause, psycopg.errors.CheckViolation)
        and cause.diag.constraint_name in orders()
    )


@cache
def orders() -> frozenset[str]:
    """The names of all constraints that compare two moments of a row."""
    return frozenset(
        constraint.name
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint) and any(_moments_compared(constraint.condition))
    )


def _moments_compared(condition: Any) -> Iterator[bool]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _moments_compared(child)
        elif isinstance(child, tuple) and isinstance(child[1], F):
            field = child[0].rsplit("__", 1)[0]
            yield field.endswith("_at") and child[1].name.endswith("_at")  # type: ignore[attr-defined]  # Django says so, its types do not
