"""The door answers for its health and says in few words what went wrong; it shows no figure and knows no plan."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reports.views.access import is_own_form, keep_typed


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, 503 while it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable"}, status=503)
    return JsonResponse({"status": "ok"})


def _error(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "error.html", {"code": status, "title": title, "text": text}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        text = _("送出的內容過大，沒有儲存。請回上一頁，內容仍在原處；請縮短文字後再送出。")
        return _error(request, 413, _("內容過大"), text)
    return _error(request, 400, _("無法處理這項要求"), _("送出的內容格式不正確。請回上一頁檢查後再送出。"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Shows the refusal's own words where the services gave some."""
    text = str(exception) or _("您的角色不得執行這項作業。")
    return _error(request, 403, _("沒有權限"), text)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 404, _("找不到這個頁面"), _("網址可能有誤，或這個頁面不對您開放。"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Whoever logged in again in another tab has a new token: what they typed before goes on with it."""
    if (
        is_own_form(request)
        and request.resolver_match
        and request.resolver_match.func.__module__.startswith("reports.")
    ):
        return keep_typed(request, 403)
    text = _("這個表單已逾時或來源不明，內容沒有送出。請重新整理頁面後再送出。")
    return _error(request, 403, _("表單已失效"), text)


def server_error(request: HttpRequest) -> HttpResponse:
    """Renders without request and context processors: whatever broke, the database included, is not asked again."""
    context = {
        "code": 500,
        "title": _("系統暫時無法處理"),
        "text": _("系統發生錯誤，已記錄供維護人員查明。請稍後再試。"),
    }
    return HttpResponse(render_to_string("error.html", context), status=500)
