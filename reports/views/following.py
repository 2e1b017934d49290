"""Pages that follow the review are asked for again every two seconds; they answer with themselves only once changed.

See docs/adr/0014-pages-that-follow.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.translation import get_language

from ministries import clock
from reports import selectors

View = Callable[..., HttpResponseBase]


def follows(view: View) -> View:
    """Gives the page an ETag, in `request.follows_from` for its template, and answers 304 to who has that page.

    The tag is read before the page: what changes between the two is shown twice rather than never.
    """

    @wraps(view)
    def followed(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        tag = f'"{selectors.pulse()}-{clock.today():%Y%m%d}-{get_language()}"'
        if request.headers.get("If-None-Match") == tag:
            return HttpResponseNotModified(headers={"ETag": tag})
        request.follows_from = tag  # type: ignore[attr-defined]
        response = view(request, *args, **kwargs)
        response.headers["ETag"] = tag
        return response

    return followed
