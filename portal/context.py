"""The frame around every page is read once per request: the managed plan, the demonstration mark, who is signed in.

It costs one query for everybody and one more for a signed-in person; it knows nothing of reports or figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import Exists
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils.http import url_has_allowed_host_and_scheme as is_ours
from django.utils.translation import get_language, override

from kpis import kept
from ministries import clock
from ministries.models import DemonstrationRun, User
from ministries.permissions import Act, Scope, scope_of
from programs.models import Plan
from programs.selectors import current_plan


@dataclass(frozen=True)
class LanguageLink:
    """This page in another language. `tag` is the BCP 47 tag for `lang` and `hreflang`."""

    name: str
    tag: str
    url: str
    is_current: bool


TAGS = {"zh-hant": "zh-Hant-TW", "en": "en"}


class Frame:
    """What base.html needs of a request; every part is read when first asked for, and kept."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def plan(self) -> Plan | None:
        """The managed plan under way, with `is_demonstration` saying whether generated data was loaded.

        A view that has read it, and that, says so of the request.
        """
        known: Plan | None = getattr(self.request, "plan_of_page", None)
        return known or kept.value(("frame",), _plan_under_way)

    @property
    def is_demonstration(self) -> bool:
        return bool(getattr(self.plan, "is_demonstration", False))

    @property
    def person(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) or getattr(user, "is_authenticated", False) else None

    @cached_property
    def scope(self) -> Scope | None:
        """What the signed-in person may do; templates ask the properties below."""
        return scope_of(self.person) if self.person else None

    @property
    def reads_dashboard(self) -> bool:
        return bool(self.scope and self.scope.allows(Act.READ_DASHBOARD))

    @property
    def reviews(self) -> bool:
        return bool(self.scope and self.scope.allows(Act.REVIEW_REPORT))

    @property
    def fills_reports(self) -> bool:
        return bool(self.scope and self.scope.organisations(Act.FILL_REPORT))

    @property
    def sees_people(self) -> bool:
        """Whether the list of people is this person's to read: account managers, administrator, auditor."""
        scope = self.scope
        return scope is not None and bool(
            scope.allows(Act.MANAGE_PEOPLE)
            or scope.allows(Act.READ_AUDIT)
            or scope.organisations(Act.MANAGE_PEOPLE)
        )

    @property
    def reads_audit(self) -> bool:
        return bool(self.scope and self.scope.allows(Act.READ_AUDIT))

    @property
    def principals(self) -> list[User]:
        """In whose name this person may act today, where they have no right of their own."""
        lent = self.scope.lent.values() if self.scope else ()
        return list({principal.pk: principal for principal in lent}.values())

    @property
    def is_working_page(self) -> bool:
        """Whether this page is one of the ministries' and the secretariat's own, rather than the public's."""
        match = self.request.resolver_match
        return not self.preview and match is not None and match.func.__module__.startswith("reports.")

    @property
    def preview(self) -> object:
        """What this page shows before it is published; none where it shows what is."""
        return getattr(self.request, "preview", None)

    @property
    def today(self) -> date:
        return clock.today()

    @property
    def theme(self) -> str:
        return kept.theme_of(self.request)

    @cached_property
    def address(self) -> str:
        """Where this page can be asked for again: after a refused form, the page that the form stood on."""
        here = self.request.get_full_path()
        if self.request.method in ("GET", "HEAD"):
            return here
        try:
            before = urlsplit(self.request.headers.get("referer", ""))
        except ValueError:  # a browser of somebody's own, which sends no address
            return here
        if before.netloc != self.request.get_host():
            return here
        return urlunsplit(("", "", before.path, before.query, ""))

    @property
    def language_tag(self) -> str:
        return TAGS.get(get_language() or settings.LANGUAGE_CODE, "zh-Hant-TW")

    @cached_property
    def languages(self) -> list[LanguageLink]:
        """This page, query and all, in every language; the home page where this address has no translation."""
        return [self._language_link(code, name) for code, name in settings.LANGUAGES]

    def _language_link(self, code: str, name: str) -> LanguageLink:
        here = self.address
        is_current = code == get_language()
        there = here if is_current else translate_url(here, code)
        if there == here and not is_current:
            with override(code):
                there = reverse("home")
        return LanguageLink(name, TAGS[code], _led_on_in(there, code), is_current)


def _led_on_in(address: str, code: str) -> str:
    """The address; where it says to which page one is led on from there, that page in the language."""
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if REDIRECT_FIELD_NAME not in dict(query):
        return address
    led = [
        (key, translate_url(to, code) if key == REDIRECT_FIELD_NAME and is_ours(to, None) else to)
        for key, to in query
    ]
    return urlunsplit(parts._replace(query=urlencode(led, safe="/")))


def _plan_under_way() -> Plan | None:
    plans = Plan.objects.filter(is_managed=True)
    return current_plan(plans.annotate(is_demonstration=Exists(DemonstrationRun.objects.all())))


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the one `Frame` of this request."""
    known: Frame | None = getattr(request, "_frame", None)
    if known is None:
        known = Frame(request)
        request._frame = known  # type: ignore[attr-defined]
    return {"frame": known}
