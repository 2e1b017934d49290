"""Before its first visitor comes, the web server has shown itself the home page in every language.

What is loaded for a first page (templates, words, the chart library) takes longer than to make any page after it. It is
done once, before processes are forked, which share what was loaded and what was kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def warm(application: WSGIApplication) -> list[int]:
    """Asks the application as a visitor would; returns the statuses, the last of which is no success where it gave up."""
    found: list[int] = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            address = reverse("home")
        found.append(_asked(application, address))
        if found[-1] != 200:
            break
    return found


def _asked(application: WSGIApplication, address: str) -> int:
    site = urlsplit(settings.SITE_URL)
    environ: dict[str, Any] = {"PATH_INFO": address, "HTTP_HOST": site.netloc, "wsgi.url_scheme": site.scheme}
    if settings.SECURE_PROXY_SSL_HEADER and site.scheme == "https":
        header, value = settings.SECURE_PROXY_SSL_HEADER
        environ[header] = value
    setup_testing_defaults(environ)
    statuses: list[int] = []

    def begin(status: str, *_rest: object) -> Callable[[bytes], object]:
        statuses.append(int(status.split()[0]))
        return bytes  # what an application of long ago would write with

    answer = application(environ, begin)
    for _part in answer:
        pass
    if close := getattr(answer, "close", None):
        close()
    return statuses[0]
