"""The public API's door: it only reads, says plainly why it refuses, and lets every page of the web read along.

It does not know any record: what is published is each room's own matter (`*/api.py`).
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from ministries.selectors import is_demonstration

logger = logging.getLogger("django.request")

PREFIX = "/api/"
_WHOLE_NUMBER = re.compile(r"^[0-9]{1,9}$")


class ReadOnly(BasePermission):
    """Denied by default: a view is read by everybody where it says `is_public = True`, and is never written."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method not in SAFE_METHODS:
            raise exceptions.MethodNotAllowed(str(request.method))
        return bool(getattr(view, "is_public", False))


class Pages(PageNumberPagination):
    """Pages of 50 records, or of as many as `?page_size=` asks for, up to 200; anything else is refused."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    page_size_query_description = gettext_lazy("每頁筆數，1 至 200；未指定時為 50")  # type: ignore[assignment]
    page_query_description = gettext_lazy("頁次，自 1 起算")  # type: ignore[assignment]
    invalid_page_message = gettext_lazy("沒有第 {page_number} 頁。")  # type: ignore[assignment]

    def get_page_size(self, request: Request) -> int:
        return self._number(request, "page_size", self.max_page_size) or self.page_size

    def get_page_number(self, request: Request, paginator: Paginator[Any]) -> int:
        return self._number(request, "page", None) or 1

    def _number(self, request: Request, parameter: str, most: int | None) -> int | None:
        """The whole number of a parameter, None where it is not given; ValidationError says what is allowed."""
        text = request.query_params.get(parameter, "")
        if not text:
            return None
        number = int(text) if _WHOLE_NUMBER.match(text) else 0
        if number < 1 or (most is not None and number > most):
            allowed = _("1 至 %(most)s 的整數") % {"most": most} if most else _("1 以上的整數")
            message = _("參數 %(parameter)s 的值「%(value)s」無效；可用：%(allowed)s。")
            words = {"parameter": parameter, "value": text[:100], "allowed": allowed}
            raise exceptions.ValidationError({parameter: message % words})
        return number

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            parameter["schema"] |= {"minimum": 1}
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {"maximum": self.max_page_size, "default": self.page_size}
        return parameters


# --- refusals ---------------------------------------------------------------------------------------------
_WORDS = {
    403: gettext_lazy("這項資料不公開。"),
    404: gettext_lazy("查無此項資料；請檢查網址與代碼。"),
    405: gettext_lazy("公開 API 僅供讀取（GET、HEAD、OPTIONS）。"),
    406: gettext_lazy("公開 API 僅提供 JSON。"),
}


def explain_refusal(exc: Exception, context: dict[str, Any]) -> Response:
    """Every refusal as `{code, message, errors: [{parameter, value, message}]}` in the reader's language."""
    request: Request = context["request"]
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if not isinstance(exc, exceptions.APIException):
        return _explain_failure(exc, request)
    body: dict[str, Any] = {"code": exc.default_code, "message": _message(exc), "errors": []}
    if isinstance(exc, exceptions.ValidationError) and isinstance(exc.detail, dict):
        body["code"] = "invalid_parameter"
        body["errors"] = [
            {"parameter": name, "value": request.query_params.get(name, ""), "message": str(said)}
            for name, said in exc.detail.items()
        ]
        body["message"] = " ".join(error["message"] for error in body["errors"])
    return Response(body, status=exc.status_code)


def _message(refusal: exceptions.APIException) -> str:
    """Our words, unless the view gave words of its own."""
    detail = str(refusal.detail)
    has_own = detail != str(refusal.default_detail) and refusal.status_code in (403, 404)
    return detail if has_own else str(_WORDS.get(refusal.status_code, detail))


def _explain_failure(error: Exception, request: Request) -> Response:
    """A fault of ours: the reader gets a code only, the log gets everything under the same code."""
    reference = secrets.token_hex(4)
    logger.error("API failure %s at %s", reference, request.path, exc_info=error)
    got_request_exception.send(sender=explain_refusal, request=request._request)
    message = _("系統發生錯誤；查詢代號 %(reference)s。") % {"reference": reference}
    return Response({"code": f"failure-{reference}", "message": message, "errors": []}, status=500)


# --- what goes with every answer --------------------------------------------------------------------------
CACHE_CONTROL = "public, max-age=60"
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, X-Demonstration-Data",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class PublicApi:
    """Middleware below `/api/`: the reader's language, ETag and 304, CORS without credentials, demonstration mark."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        with translation.override(_language_of(request)):
            is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
            response = HttpResponse(status=204, headers=_PREFLIGHT) if is_preflight else self._answer(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "")
        for name, value in _CORS.items():
            response.headers[name] = value
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code >= 500:
            response.headers["Cache-Control"] = "no-store"
            return response
        if response.status_code >= 400:
            response.headers["Cache-Control"] = "no-store"
        elif isinstance(response, HttpResponse) and not _is_page(response):
            response = _validated(request, response)
        if is_demonstration(request):
            response.headers["X-Demonstration-Data"] = "true"
        patch_vary_headers(response, ["Accept-Language"])
        return response


def _language_of(request: HttpRequest) -> str:
    """`?lang=` where it names one of ours, else what the browser or program prefers."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def _is_page(response: HttpResponse) -> bool:
    """A page for people carries the reader's name, so no shared cache may keep it."""
    return response.headers.get("Content-Type", "").startswith("text/html")


def _validated(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """The answer under a strong ETag of its bytes, or 304 where the reader already has these bytes."""
    if response.status_code != 200 or request.method not in ("GET", "HEAD"):
        return response
    response.headers.setdefault("Cache-Control", CACHE_CONTROL)
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:40]}"'
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response
