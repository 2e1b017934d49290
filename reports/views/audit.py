"""The audit log: its entries, where what they are about has its page, and a file of exactly what is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import Organisation
from ministries.permissions import Act, require
from reports import audit_files, services
from reports.audit_forms import AuditForm
from reports.audit_wording import Told, told
from reports.selectors import audit as selectors
from reports.views.access import actor_of, reads, writes

UNPROCESSABLE = 422
MOST_IN_A_FILE = 100_000


@reads(Act.READ_AUDIT)
def audit(request: HttpRequest) -> HttpResponse:
    """Filters as in `AuditForm`; `?sort=at` begins with the oldest, `?after=` and `?before=` turn pages."""
    organisations = selectors.audit_organisations()
    form = AuditForm(request.GET, organisations=organisations)
    return _page(request, form, request.GET, organisations)


def _page(
    request: HttpRequest,
    form: AuditForm,
    query: QueryDict,
    organisations: list[Organisation],
    refusal: str = "",
) -> HttpResponse:
    is_valid = form.is_valid()
    oldest_first = query.get("sort") == "at"
    page = selectors.AuditPage((), None, None)
    if is_valid:
        page = selectors.audit_page(
            form.asked,
            oldest_first=oldest_first,
            after=form.cleaned_data["after"],
            before=form.cleaned_data["before"],
        )
    by_pk = {each.pk: each for each in organisations}
    context = {
        "form": form,
        "is_valid": is_valid,
        "refusal": refusal,
        "rows": [told(entry, by_pk) for entry in page.entries],
        "page": page,
        "paged": selectors.PAGES,
        "address": _address(form, query.get("sort", "")),
        "turned_round": _address(form, "" if oldest_first else "at"),
        "order": "ascending" if oldest_first else "descending",
        "is_filtered": is_valid and not form.asked.is_everything,
        "checks": selectors.last_checks(),
    }
    status = 200 if is_valid and not refusal else UNPROCESSABLE
    return render(request, "reports/audit.html", context, status=status)


def _address(form: AuditForm, sort: str) -> str:
    """The first page of what was typed, in that order; the places of other pages are added to it."""
    return f"{reverse('audit')}?{urlencode({**form.as_typed, 'sort': sort})}"


@reads(Act.READ_AUDIT)
def subject(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Leads on to the page of what an entry is about."""
    address = selectors.page_of_subject(kind, pk)
    if address is None:
        raise Http404
    return redirect(address)


@writes
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """A file of what the same filters show on the page, in the same order."""
    actor = actor_of(request)
    require(actor, Act.READ_AUDIT)
    organisations = selectors.audit_organisations()
    form = AuditForm(request.POST, organisations=organisations)
    if not form.is_valid():
        return _page(request, form, request.POST, organisations)
    entries = selectors.entries_asked(form.asked)
    count = entries[: MOST_IN_A_FILE + 1].count()
    if count > MOST_IN_A_FILE:
        refusal = _("符合條件者超過 100,000 筆，無法一次匯出；請縮小期間或增加條件後再試。")
        return _page(request, form, request.POST, organisations, refusal)
    note = services.note_export(asked=form.as_typed, ending=ending, entries=count, actor=actor)
    by_pk = {each.pk: each for each in organisations}
    oldest_first = form.cleaned_data["sort"] == "at"
    portions = selectors.in_portions(entries.exclude(pk=note.pk), oldest_first=oldest_first)
    rows: Iterator[list[Told]] = ([told(entry, by_pk) for entry in portion] for portion in portions)
    name = f"audit-{clock.now().astimezone(clock.TAIPEI):%Y%m%d-%H%M}.{ending}"
    if ending == "xlsx":
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return FileResponse(audit_files.xlsx_file(rows), as_attachment=True, filename=name, content_type=kind)
    response = StreamingHttpResponse(audit_files.csv_file(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
