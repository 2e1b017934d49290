"""What anybody may read is made once in a process and kept until something public changes; nobody's own page ever is.

A part of a frozen text depends on its digest and a language alone: it never goes stale. Everything else is kept under
the version of all that is public, which the database counts (`PublicChange`) and a process asks for once in
`PUBLIC_PAGE_SECONDS`, however many visitors it has; zero keeps nothing. Whole answers are kept for visitors without a
session alone. Of a visitor's cookies they show the theme, of the request the address.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import DatabaseError
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags, urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from ministries import clock
from ministries.models import PublicChange

T = TypeVar("T")
Key = tuple[str, ...]
Version = tuple[Any, ...]

PARTS = 256
VALUES = 512
PAGES = 128
"""How many a process keeps, of about 100 KB each at most; the oldest goes first."""
_parts: dict[Key, SafeString] = {}
_values: dict[Key, tuple[Version, Any]] = {}
_pages: dict[Key, Page] = {}


_nothing: ContextVar[bool] = ContextVar("nothing_is_kept", default=False)


@contextmanager
def nothing_is() -> Iterator[None]:
    """What is made within is not public: it is neither taken from what was kept nor kept."""
    token = _nothing.set(True)
    try:
        yield
    finally:
        _nothing.reset(token)


def part(key: Key, render: Callable[[], SafeString]) -> SafeString:
    """A part of a frozen text, made where this process has not made it yet in this language."""
    if _nothing.get():
        return render()
    key = (*key, get_language() or "")
    found = _parts.get(key)
    if found is None:
        found = render()
        _store(_parts, key, found, PARTS)
    return found


def value(key: Key, make: Callable[[], T]) -> T:
    """What is public and the same for everybody in this language, made again once something public has changed."""
    now = version()
    if not now:
        return make()
    key = (*key, get_language() or "")
    found = _values.get(key)
    if found is None or found[0] != now:
        found = (now, make())
        _store(_values, key, found, VALUES)
    return cast(T, found[1])


def key_of(request: HttpRequest, *, by_theme: bool) -> Key | None:
    """Under which something on this page is kept, where the page is public; what a visitor sees, by theme also."""
    address = getattr(request, "kept_address", None)
    if address is None or (by_theme and not _is_visitor(request)):
        return None
    return (address, theme_of(request)) if by_theme else (address,)


# --- the version of all that is public --------------------------------------------------------------------------
_seen: Version = ()
_asked = 0.0


def version() -> Version:
    """One query, at most once in `PUBLIC_PAGE_SECONDS` and process; empty where nothing is kept.

    Without a database what was seen last still holds.
    """
    global _seen, _asked
    if not settings.PUBLIC_PAGE_SECONDS or _nothing.get():
        return ()
    now = time.monotonic()
    if not _seen or now - _asked > settings.PUBLIC_PAGE_SECONDS:
        _asked = now  # before the query: meanwhile others go on with what they have
        with suppress(DatabaseError):
            changes = PublicChange.objects.aggregate(count=Count("id"), newest=Max("id"))
            # Which plan is under way depends on the day.
            _seen = (clock.today(), *changes.values())
    return _seen


def forget() -> None:
    """As a process that has just begun."""
    global _seen
    _seen = ()
    for shelf in (_parts, _values, _pages):
        cast(dict[Any, Any], shelf).clear()


# --- whole answers ------------------------------------------------------------------------------------------------
View = Callable[..., HttpResponse]


def for_visitors(*parameters: str) -> Callable[[View], View]:
    """Says of a view that its answers are the same for every visitor, and that it knows these parameters alone.

    Others are dropped from the address before it is asked: nobody's address stands on a page that others see. What
    stands in the template's block `content` is the same for those who are signed in.
    """

    def of(view: View) -> View:
        @wraps(view)
        def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            _forget_parameters_but(request, parameters)
            is_public = not _nothing.get()
            request.kept_address = request.get_full_path() if is_public else None  # type: ignore[attr-defined]
            try:
                answer = view(request, *args, **kwargs)
            finally:
                request.kept_address = None  # type: ignore[attr-defined] # a page that says why not is none of these
            patch_vary_headers(answer, ["Cookie", "Accept-Encoding"])
            if is_public and _is_visitor(request) and answer.status_code == 200:
                patch_cache_control(answer, public=True, max_age=0, must_revalidate=True)
                answer.is_for_visitors = True  # type: ignore[attr-defined]
            else:
                patch_cache_control(answer, private=True, no_cache=True)
            return answer

        return told

    return of


def _forget_parameters_but(request: HttpRequest, known: tuple[str, ...]) -> None:
    asked = {name: found for name in known if (found := request.GET.get(name))}
    request.META["QUERY_STRING"] = urlencode(asked)
    request.GET = QueryDict(request.META["QUERY_STRING"])


class KeptPages:
    """The outermost middleware: what a visitor asks for is answered from what was kept, with all its headers.

    Nothing behind it is asked then, neither session nor database. What it answers has an ETag and is packed for those
    who take it so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_visitor(request):
            return self.get_response(request)
        now = version()
        key = (request.scheme or "", request.path, request.META.get("QUERY_STRING", ""), theme_of(request))
        page = _pages.get(key) if now else None
        if page and page.version == now:
            request.get_host()  # a host that is not ours is refused, whatever it asks for
            return page.answer(request)
        answer = self.get_response(request)
        if not getattr(answer, "is_for_visitors", False) or answer.cookies:
            return answer
        # The version that held before it was made: what changed meanwhile makes it old.
        page = Page(now, answer)
        if now:
            _store(_pages, key, page, PAGES)
        return page.answer(request)


_PACKABLE = ("text/", "application/atom+xml", "application/json")


class Page:
    """An answer as it left the innermost view and all that stands around it."""

    def __init__(self, now: Version, answer: HttpResponse) -> None:
        self.version = now
        self.body = answer.content
        self.headers = {name: text for name, text in answer.items() if name != "Content-Length"}
        # Weak: the same page, packed or not.
        self.headers["ETag"] = f'W/"{hashlib.blake2b(self.body, digest_size=16).hexdigest()}"'
        self._packable = answer.headers.get("Content-Type", "").startswith(_PACKABLE)
        self._packed = b""
        self._answered = 0

    def answer(self, request: HttpRequest) -> HttpResponse:
        """304 where the visitor has it already."""
        known = [each.removeprefix("W/") for each in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))]
        if self.headers["ETag"].removeprefix("W/") in known or "*" in known:
            return HttpResponseNotModified(headers=self.headers)
        body, headers = self.body, self.headers
        if self._packable and takes_gzip(request) and self._pack():
            body, headers = self._packed, {**headers, "Content-Encoding": "gzip"}
        answer = HttpResponse(b"" if request.method == "HEAD" else body, headers=headers)
        answer["Content-Length"] = str(len(body))
        return answer

    def _pack(self) -> bytes:
        """Packing takes longer than making the page; one that is asked for once is not worth it."""
        self._answered += 1
        if self._answered > 1 and not self._packed:
            self._packed = gzip.compress(self.body, 6, mtime=0)
        return self._packed


_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)


def takes_gzip(request: HttpRequest) -> bool:
    """Whether the browser names it without refusing it (`;q=0`)."""
    return bool(_GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")))


def theme_of(request: HttpRequest) -> str:
    """What the browser's cookie wishes for, one of `THEMES`; empty where the system decides."""
    theme = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return theme if theme in settings.THEMES else ""


def _is_visitor(request: HttpRequest) -> bool:
    """Reads without a session, and without a message that waits to be shown."""
    if request.method not in ("GET", "HEAD"):
        return False
    cookies = request.COOKIES
    return settings.SESSION_COOKIE_NAME not in cookies and CookieStorage.cookie_name not in cookies


def _store(shelf: dict[Any, Any], key: Any, found: Any, most: int) -> None:
    if len(shelf) >= most:
        shelf.pop(next(iter(shelf)), None)
    shelf[key] = found
