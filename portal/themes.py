"""Light or dark is a wish of the browser's: it is kept in a cookie of its own, never with the person, and GETs only read it.

The kept public pages know the same cookie, see kpis/kept.py; where there is none, the style sheet asks the system.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

AS_THE_SYSTEM = "system"
YEAR = 365 * 24 * 60 * 60


# Public pages are made once for all visitors and carry nobody's token; at worst a stranger darkens a page.
@csrf_exempt
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keeps the wish in the browser and leads back to the page on which it was made."""
    theme = request.POST.get("theme", "")
    if theme not in (*settings.THEMES, AS_THE_SYSTEM):
        raise BadRequest("unknown theme")
    answer = HttpResponseRedirect(_back(request))
    if theme == AS_THE_SYSTEM:
        answer.delete_cookie(settings.THEME_COOKIE_NAME, samesite="Lax")
    else:
        answer.set_cookie(
            settings.THEME_COOKIE_NAME,
            theme,
            max_age=YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return answer


def _back(request: HttpRequest) -> str:
    there = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure()):
        return there
    return reverse("home")
