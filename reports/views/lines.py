"""One line on one page: its evidence, served to those who see the line, and the conversation about it.

Evidence leaves the portal only as a download, under its stored type, and never as something that a browser would run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from ministries.services import Refused
from programs.quarters import Quarter
from reports import selectors, services, shown, typed
from reports.evidence import store
from reports.evidence.kinds import ENDINGS
from reports.models import Line
from reports.views.access import actor_of, reads, writes

logger = logging.getLogger(__name__)
POLICY = "default-src 'none'; sandbox"


@reads()
def line(request: HttpRequest, quarter: Quarter, organisation: str, pk: int) -> HttpResponse:
    return _render(request, _line(request, quarter, organisation, pk))


@reads()
def evidence(
    request: HttpRequest, quarter: Quarter, organisation: str, pk: int, evidence: int
) -> HttpResponseBase:
    """The file itself, with headers under which no browser shows it in the portal's name."""
    found = selectors.evidence_for(
        line=_line(request, quarter, organisation, pk), actor=actor_of(request), pk=evidence
    )
    if not found.is_file:
        raise Http404
    if not found.is_served:
        raise PermissionDenied(_("掃毒發現此檔案含有惡意程式，已停止提供下載。"))
    try:
        content = store.path_of(found.stored_name).open("rb")
    except FileNotFoundError as error:
        logger.exception("Evidence %s is not in the store", found.pk)
        raise Http404 from error
    response = FileResponse(
        content, as_attachment=True, filename=found.original_name, content_type=found.media_type
    )
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@writes
def attach(request: HttpRequest, quarter: Quarter, organisation: str, pk: int) -> HttpResponse:
    """A file where `kind` says so, otherwise an address."""
    found = _line(request, quarter, organisation, pk)
    title = request.POST.get("title", "")

    def act() -> None:
        actor = actor_of(request)
        if request.POST.get("kind") != "file":
            services.attach_link(line=found, url=request.POST.get("url", ""), title=title, actor=actor)
        else:
            services.attach_file(line=found, file=request.FILES.get("file"), title=title, actor=actor)

    return _done(request, found, act, _("佐證已儲存。"), "evidence")


@writes
def remove(request: HttpRequest, quarter: Quarter, organisation: str, pk: int, evidence: int) -> HttpResponse:
    found = _line(request, quarter, organisation, pk)
    actor = actor_of(request)
    piece = selectors.evidence_for(line=found, actor=actor, pk=evidence)
    return _done(
        request,
        found,
        lambda: services.remove_evidence(evidence=piece, actor=actor),
        _("佐證已移除。"),
        "evidence",
    )


@writes
def comment(request: HttpRequest, quarter: Quarter, organisation: str, pk: int) -> HttpResponse:
    found = _line(request, quarter, organisation, pk)
    words = request.POST.get("words", "")
    return _done(
        request,
        found,
        lambda: services.add_comment(
            line=found, words=words, mentions=_ticked(request), actor=actor_of(request)
        ),
        _("意見已送出。"),
        "comments",
    )


def _line(request: HttpRequest, quarter: Quarter, organisation: str, pk: int) -> Line:
    return selectors.line_for(actor=actor_of(request), quarter=quarter, organisation_code=organisation, pk=pk)


def _ticked(request: HttpRequest) -> set[int]:
    """Whoever was ticked; 0, which is nobody, for what is no key."""
    return {typed.key(each) or 0 for each in request.POST.getlist("mention")}


def _done(
    request: HttpRequest, found: Line, act: Callable[[], object], message: str, anchor: str
) -> HttpResponse:
    """Led back to the page; a refusal shows it again as it was typed, with the reason at its field."""
    try:
        act()
    except Refused as refused:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if refused.errors else HTTPStatus.CONFLICT
        again = _line(
            request, found.report.reporting_quarter.quarter, found.report.organisation.code, found.pk
        )
        refusal = {"refusal": refused.message, "errors": refused.errors, "refused": anchor}
        return _render(request, again, refusal, status)
    messages.success(request, message)
    here = (found.report.reporting_quarter.quarter, found.report.organisation.code, found.pk)
    return redirect(f"{reverse('line', args=here)}#{anchor}")


def _render(
    request: HttpRequest,
    found: Line,
    refusal: Mapping[str, Any] | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    page = selectors.line_page(found, actor_of(request))
    context = {
        "page": page,
        "line": found,
        "told": (*shown.brief(found, page.content), *shown.brief_money(found, page.content)),
        "accepts": ",".join(f".{ending}" for ending in ENDINGS),
        "endings": _("、").join(ENDINGS),
        "limit": filesizeformat(settings.EVIDENCE_FILE_BYTES),
        "typed": {name: request.POST.get(name, "") for name in ("kind", "title", "url", "words")},
        "ticked": _ticked(request),
        **(refusal or {}),
    }
    return render(request, "reports/line.html", context, status=status)
