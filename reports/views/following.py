"""Pages that follow the review are asked for again every second; they answer with themselves only once changed.

See docs/adr/0014-pages-that-follow.md. Whose session was admitted to a page less than `ADMITTED_SECONDS` ago is
answered without being looked up: that nothing has changed, or with parts that were made for somebody else.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, get_language_from_path

from kpis.kept import takes_gzip
from ministries import clock
from reports import selectors

View = Callable[..., HttpResponseBase]

PARTS = "reports/parts.html"
"""The layout of a page of which only its parts are asked for, as `following.js` does."""


def follows(*, same_for_all: bool) -> Callable[[View], View]:
    """Gives a page an ETag, in `request.follows_from` for its template, and answers 304 to who has that page.

    Of a page whose content is the same for all who may read it, the parts are made once for all who follow it. The tag
    is read before the page: what changes between the two is shown twice rather than never.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def followed(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            asks_for_parts = request.headers.get("Follows") == "parts"
            pulse = _pulse_of_late() if asks_for_parts else selectors.pulse()
            state = _state(pulse, get_language() or "")
            tag = _tag(state, request)
            _admit(request)
            if request.headers.get("If-None-Match") == tag:
                return HttpResponseNotModified(headers={"ETag": tag})
            request.follows_from = tag  # type: ignore[attr-defined]
            if asks_for_parts:
                request.layout = PARTS  # type: ignore[attr-defined]
            if asks_for_parts and same_for_all:
                response = _made_once(state, request, lambda: view(request, *args, **kwargs))
            else:
                response = view(request, *args, **kwargs)
            response.headers["ETag"] = tag
            return response

        return followed

    return decorate


class Followers:
    """Middleware: an open page whose session was admitted just now is answered without reading session or person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        wanted = request.META.get("HTTP_IF_NONE_MATCH", "")
        if request.method != "GET" or not wanted.startswith(_MARK) or not _is_admitted(request):
            return self.get_response(request)
        request.get_host()  # a host that is not ours is refused, whatever it asks for
        language = get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        state = _state(_pulse_of_late(), language)
        tag = _tag(state, request)
        headers = {"ETag": tag, "Cache-Control": "private, no-store"}
        if wanted == tag:
            return HttpResponseNotModified(headers=headers)
        parts = _parts.get((state, request.get_full_path()))
        if parts and request.headers.get("Follows") == "parts":
            return _answer(parts, request, headers)
        return self.get_response(request)


ADMITTED_SECONDS = 30.0
_MOST_ADMITTED = 4096
_admitted: dict[tuple[str, str], float] = {}
"""When a session was last found to be allowed a page's path; each process finds it out for itself."""


def _session(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")


def _admit(request: HttpRequest) -> None:
    if len(_admitted) >= _MOST_ADMITTED:
        _admitted.clear()
    _admitted[_session(request), request.path] = time.monotonic()


def _is_admitted(request: HttpRequest) -> bool:
    found = _admitted.get((_session(request), request.path))
    return found is not None and time.monotonic() - found < ADMITTED_SECONDS


_MARK = '"follows-'


def _state(pulse: str, language: str) -> str:
    return f"{pulse}-{clock.today():%Y%m%d}-{language}"


def _tag(state: str, request: HttpRequest) -> str:
    """Of that state for that session; nobody else can make it."""
    return f'{_MARK}{salted_hmac("reports.following", f"{state}/{_session(request)}").hexdigest()}"'


_late: tuple[float, str] = (0.0, "")
_looking = Lock()


def _pulse_of_late() -> str:
    """At most `PULSE_SECONDS` old: one query for all who follow in this process, however many they are."""
    global _late
    with _looking:
        asked, pulse = _late
        now = time.monotonic()
        if not pulse or now - asked >= settings.PULSE_SECONDS:
            pulse = selectors.pulse()
            _late = (now, pulse)
        return pulse


_KEPT = 16
_parts: dict[tuple[str, str], tuple[bytes, bytes]] = {}
"""By state and address, plain and packed."""
_making = Lock()


def _made_once(state: str, request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The parts of a page in one state; while one makes them, others wait rather than make them too."""
    key = (state, request.get_full_path())
    with _making:
        found = _parts.get(key)
        if found is None:
            response = make()
            if not isinstance(response, HttpResponse) or response.status_code != HTTPStatus.OK:
                return response
            found = response.content, gzip.compress(response.content, 5, mtime=0)
            if len(_parts) >= _KEPT:
                _parts.pop(next(iter(_parts)))
            _parts[key] = found
    return _answer(found, request)


def _answer(
    parts: tuple[bytes, bytes], request: HttpRequest, headers: dict[str, str] | None = None
) -> HttpResponse:
    body, packed = parts
    headers = headers or {}
    if takes_gzip(request):
        body, headers = packed, {**headers, "Content-Encoding": "gzip"}
    return HttpResponse(body, headers={**headers, "Content-Length": str(len(body))})
