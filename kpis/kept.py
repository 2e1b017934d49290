"""What anybody may read is rendered once and kept in the process: parts for good, whole pages for a moment.

A part depends on a frozen text and a language alone, so it never goes stale. A whole page also shows which quarter is
the newest, so it is kept for `PUBLIC_PAGE_SECONDS` only, and only for visitors without a session: a page made for
somebody who signed in is never kept and never given to another. Of a visitor's cookies it shows the theme alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import get_language

PARTS = 128
PAGES = 64
"""How many a process keeps, of about 100 KB each at most; the oldest goes first."""
_parts: dict[tuple[str, ...], SafeString] = {}
_pages: dict[tuple[str, str], tuple[float, HttpResponse]] = {}


def part(key: tuple[str, ...], render: Callable[[], SafeString]) -> SafeString:
    """The rendered part, made where this process has not made it yet in this language."""
    key = (*key, get_language() or "")
    found = _parts.get(key)
    if found is None:
        found = render()
        _store(_parts, key, found, PARTS)
    return found


def for_visitors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view's successful answers, kept for a moment by address (which names the language) and theme."""

    @wraps(view)
    def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _is_visitor(request) or not settings.PUBLIC_PAGE_SECONDS:
            return view(request, *args, **kwargs)
        key = (request.get_full_path(), theme_of(request))
        made, page = _pages.get(key, (0.0, None))
        if page is None or time.monotonic() - made > settings.PUBLIC_PAGE_SECONDS:
            page = view(request, *args, **kwargs)
            patch_vary_headers(page, ["Cookie"])
            if page.status_code == 200:
                _store(_pages, key, (time.monotonic(), page), PAGES)
        return _copy(page)

    return keeping


def theme_of(request: HttpRequest) -> str:
    """What the browser's cookie wishes for, one of `THEMES`; empty where the system decides."""
    theme = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return theme if theme in settings.THEMES else ""


def _is_visitor(request: HttpRequest) -> bool:
    personal = (settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name)
    return request.method == "GET" and not any(name in request.COOKIES for name in personal)


def _copy(page: HttpResponse) -> HttpResponse:
    """Middleware writes headers into what it is given; the kept page must stay as the view made it."""
    return HttpResponse(page.content, status=page.status_code, headers=dict(page.items()))


def _store(shelf: dict[Any, Any], key: Any, value: Any, most: int) -> None:
    if len(shelf) >= most:
        shelf.pop(next(iter(shelf)), None)
    shelf[key] = value
