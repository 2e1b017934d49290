"""More time for a report: its ministry asks on a page of the report's own, the secretariat answers there or in its list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from ministries.models import User
from ministries.permissions import Act, may, require
from ministries.services import Refused
from programs.quarters import Quarter
from programs.selectors import current_plan
from reports import selectors, services
from reports.models import Extension, Report
from reports.round_forms import AnswerExtensionForm, AskExtensionForm, RefusableForm
from reports.selectors import ExtensionRow
from reports.services.extensions import may_answer_extension
from reports.views import sorting
from reports.views.access import actor_of, reads, writes

UNPROCESSABLE, CONFLICT = 422, 409


@dataclass(frozen=True)
class Answerable:
    """A request that waits, with the form to answer it for those who may."""

    row: ExtensionRow
    form: AnswerExtensionForm | None


def answerable(rows: Iterable[ExtensionRow], actor: User) -> list[Answerable]:
    """The requests that wait among `rows`; nobody answers what they asked for themselves."""
    return [
        Answerable(
            row, AnswerExtensionForm.of(row.extension) if may_answer_extension(row.extension, actor) else None
        )
        for row in rows
        if row.is_open
    ]


@reads(Act.READ_DASHBOARD)
def extensions(request: HttpRequest) -> HttpResponse:
    """The secretariat's list: what waits for an answer, oldest first; `?sort=` orders what was settled."""
    rows = selectors.extensions_of_plan(current_plan())
    settled = (each for each in rows if not each.is_open)
    context = {
        "requests": answerable(reversed(rows), actor_of(request)),
        "settled": sorting.ordered(settled, request.GET.get("sort", ""), sorting.EXTENSIONS),
    }
    return render(request, "reports/extensions.html", context)


@reads()
def extension(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    return _page(request, _report_of(request, quarter, organisation))


def _report_of(request: HttpRequest, quarter: Quarter, organisation: str) -> Report:
    return selectors.report_for(actor=actor_of(request), quarter=quarter, organisation_code=organisation)


def _page(
    request: HttpRequest,
    report: Report,
    *,
    refusal: str = "",
    asking: AskExtensionForm | None = None,
    answering: AnswerExtensionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The report's requests; `asking` and `answering` are forms as they were refused."""
    actor = actor_of(request)
    page = selectors.extension_page(report)
    asks = may(actor, Act.ASK_EXTENSION, report.organisation)
    if answering is None and page.waiting and may_answer_extension(page.waiting.extension, actor):
        answering = AnswerExtensionForm.of(page.waiting.extension)
    if asking is None and asks and page.takes_requests:
        asking = AskExtensionForm()
    context = {
        "page": page,
        "refusal": refusal,
        "asking": asking,
        "answering": answering,
        "may_withdraw": asks and page.waiting is not None,
    }
    return render(request, "reports/extension.html", context, status=status)


@writes
def ask(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Asks for more time; what was typed comes back with what is wrong at its field."""
    actor, report = actor_of(request), _report_of(request, quarter, organisation)
    require(actor, Act.ASK_EXTENSION, report.organisation)
    form = AskExtensionForm(request.POST)
    if not form.is_valid():
        return _page(request, report, asking=form, status=UNPROCESSABLE)
    until, reason = form.cleaned_data["until"], form.cleaned_data["reason"]
    refused = _refused(
        form, lambda: services.ask_extension(report=report, until=until, reason=reason, actor=actor)
    )
    if refused:
        return _page(request, report, asking=form, status=refused)
    messages.success(request, _("已送出展延申請。"))
    return redirect("report-extension", quarter, organisation)


@writes
def withdraw(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Takes back the request that the person saw, if it still waits."""
    actor, report = actor_of(request), _report_of(request, quarter, organisation)
    require(actor, Act.ASK_EXTENSION, report.organisation)
    waiting = _waiting(report)
    if waiting is None or request.POST.get("extension") != str(waiting.pk):
        return _page(request, report, refusal=_none_waits(), status=CONFLICT)
    try:
        services.withdraw_extension(extension=waiting, actor=actor)
    except Refused as refused:
        return _page(request, report, refusal=refused.message, status=CONFLICT)
    messages.success(request, _("已撤回展延申請。"))
    return redirect("report-extension", quarter, organisation)


@writes
def answer(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Grants or refuses the request that the person saw, if it still waits."""
    actor, report = actor_of(request), _report_of(request, quarter, organisation)
    require(actor, Act.ANSWER_EXTENSION)
    waiting = _waiting(report)
    if waiting is None or f"answer-{waiting.pk}-granted" not in request.POST:
        return _page(request, report, refusal=_none_waits(), status=CONFLICT)
    form = AnswerExtensionForm.of(waiting, request.POST)
    if not form.is_valid():
        return _page(request, report, answering=form, status=UNPROCESSABLE)
    granted, until = form.is_granted, form.cleaned_data["until"]
    refused = _refused(
        form,
        lambda: services.answer_extension(
            extension=waiting,
            actor=actor,
            granted=granted,
            until=until if granted else None,
            words=form.cleaned_data["words"],
        ),
    )
    if refused:
        return _page(request, report, answering=form, status=refused)
    messages.success(request, _("已同意展延。") if granted else _("已答復不同意展延。"))
    return redirect("extensions")


def _waiting(report: Report) -> Extension | None:
    return report.extensions.filter(state=Extension.State.ASKED).first()


def _none_waits() -> str:
    return _("此申請已答復或撤回，請重新檢視。")


def _refused(form: RefusableForm, act: Callable[[], object]) -> int:
    """Does it; 0, or the status with which to show the form and what is wrong with it."""
    try:
        act()
    except Refused as refused:
        form.show(refused)
        return UNPROCESSABLE if refused.errors else CONFLICT
    return 0
