"""How somebody wants to be told, the letters that were written to them, and their calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ministries import clock, services, wording
from ministries.forms import CHOSEN_KINDS, PreferencesForm
from ministries.models import CalendarFeed, Letter
from ministries.permissions import Act, may
from ministries.selectors import chosen_timings, letters_for, person_of_calendar, shows_text_to
from ministries.services import Refused
from ministries.services.letters import timing_of
from reports import ical
from reports.selectors.agenda import Entry, agenda
from reports.views.access import actor_of, reads, writes

LETTERS_ON_A_PAGE = 50


@reads()
def preferences(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    chosen = chosen_timings(actor)
    timings = {kind.value: timing_of(kind, chosen) for kind in CHOSEN_KINDS}
    return _preferences_page(request, PreferencesForm(initial={"language": actor.language, **timings}))


@writes
def save_preferences(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _preferences_page(request, form, status=422)
    try:
        services.save_preferences(
            actor=actor_of(request), language=form.cleaned_data["language"], timings=form.timings
        )
    except Refused as refused:
        for name, message in refused.errors.items():
            form.add_error(name, message)
        return _preferences_page(request, form, status=422)
    messages.success(request, _("通知設定已儲存。"))
    return redirect("preferences")


def _preferences_page(request: HttpRequest, form: PreferencesForm, status: int = 200) -> HttpResponse:
    feed = CalendarFeed.objects.filter(person=actor_of(request)).first()
    context = {"form": form, "feed": feed, "address": _address_of(feed) if feed else ""}
    return render(request, "reports/preferences.html", context, status=status)


def _address_of(feed: CalendarFeed) -> str:
    """The same in every language: a calendar speaks the one that its person chose."""
    return f"{settings.SITE_URL.rstrip('/')}/calendar/{feed.token}.ics"


@writes
def renew_calendar(request: HttpRequest) -> HttpResponse:
    services.renew_calendar(actor=actor_of(request))
    messages.success(request, _("行事曆網址已產生；原有網址即時失效。"))
    return redirect("preferences")


@reads()
def letters(request: HttpRequest) -> HttpResponse:
    """`?state=failed` shows those that could not be sent, `?page=` the older ones."""
    actor = actor_of(request)
    state = request.GET.get("state", "")
    found = letters_for(actor).filter(state=state) if state in Letter.State.values else letters_for(actor)
    context = {
        "page": Paginator(found, LETTERS_ON_A_PAGE).get_page(request.GET.get("page")),
        "states": Letter.State.choices,
        "state": state,
        "reads_all": _reads_all(request),
        "stay_here": settings.LETTERS_STAY_HERE,
    }
    return render(request, "reports/letters.html", context)


@reads()
def letter(request: HttpRequest, letter: int) -> HttpResponse:
    found = get_object_or_404(letters_for(actor_of(request)), pk=letter)
    return _letter_page(request, found)


@writes
def resend_letter(request: HttpRequest, letter: int) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(letters_for(actor), pk=letter)
    try:
        services.resend_letter(letter=found, actor=actor)
    except Refused as refused:
        return _letter_page(request, found, refused.message, status=409)
    messages.success(request, _("信件已重新排入寄送。"))
    return redirect("letter", letter)


def _letter_page(request: HttpRequest, found: Letter, refusal: str = "", status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "letter": found,
        "shows_text": shows_text_to(found, actor),
        "can_resend": found.state == Letter.State.FAILED and may(actor, Act.MANAGE_PEOPLE),
        "refusal": refusal,
    }
    return render(request, "reports/letter.html", context, status=status)


def _reads_all(request: HttpRequest) -> bool:
    actor = actor_of(request)
    return may(actor, Act.MANAGE_PEOPLE) or may(actor, Act.READ_AUDIT)


@dataclass(frozen=True)
class _Shown:
    """An entry of the agenda with the absolute address of its page."""

    key: str
    day: date
    title: str
    url: str

    @classmethod
    def of(cls, entry: Entry) -> _Shown:
        return cls(entry.key, entry.day, entry.title, wording.address(entry.path))


@require_safe
@never_cache
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever knows the address reads the calendar: calendar programs cannot log in. It shows days and names of reports."""
    person = person_of_calendar(token)
    if person is None:
        raise Http404
    with override(person.language):
        content = ical.calendar(
            _("政策計畫管考期限"),
            [_Shown.of(each) for each in agenda(person)],
            host=urlsplit(settings.SITE_URL).hostname or "localhost",
            now=clock.now(),
        )
    return HttpResponse(content, content_type=ical.CONTENT_TYPE)
