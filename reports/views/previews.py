"""The secretariat sees the public site as it will be once a quarter is published: its very pages, under the quarter's address.

A preview is the public's views with another shelf: links stay in it, nothing of it is kept, and no page knows of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from csp.constants import NONE
from csp.decorators import csp_replace
from django.conf.urls.i18n import i18n_patterns
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import get_resolver, get_urlconf, include, path, resolve, set_urlconf
from django.views.decorators.clickjacking import xframe_options_deny

from kpis import kept
from ministries.permissions import Act
from programs.quarters import Quarter
from reports import selectors
from reports.views.access import reads

_PUBLIC = "kpis.urls"


@xframe_options_deny
@csp_replace({"frame-ancestors": [NONE]})
@reads(Act.READ_DASHBOARD)
def page(request: HttpRequest, quarter: Quarter, address: str = "") -> HttpResponse:
    """The public page or file that has this address, as it will be; another quarter that it names is the published one."""
    preview = selectors.preview_of(quarter)
    if preview is None:
        raise Http404
    found = resolve(f"/{address}", urlconf=_PUBLIC)
    request.preview, request.shelf = preview, preview.shelf  # type: ignore[attr-defined]
    around = get_urlconf()
    set_urlconf(_addresses(quarter))  # type: ignore[arg-type] # a list of addresses does as well as its name
    try:
        with kept.nothing_is():
            answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
    finally:
        set_urlconf(around)
    return answer


@lru_cache(maxsize=64)
def _addresses(quarter: Quarter) -> tuple[Any, ...]:
    """Every address of the portal; those of the public pages lead into the quarter's preview."""
    previewed = path(f"quarters/{quarter}/preview/", include(_PUBLIC))
    return (*get_resolver().url_patterns, *i18n_patterns(previewed, prefix_default_language=False))
