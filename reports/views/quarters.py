"""The rounds: their list, and of each one page on which those who may set its dates, open and close it, and where its publication stands."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from ministries.models import User
from ministries.permissions import Act, may, principal_of, require
from ministries.services import Refused
from programs.quarters import Quarter
from reports import selectors, services
from reports.models import PublicationProposal, ReportingQuarter
from reports.round_forms import ProposePublicationForm, QuarterDatesForm, RefusePublicationForm
from reports.views import sorting
from reports.views.access import actor_of, reads, writes
from reports.views.extensions import answerable

UNPROCESSABLE, CONFLICT = 422, 409


@reads(Act.READ_DASHBOARD)
def quarters(request: HttpRequest) -> HttpResponse:
    actor, rounds = actor_of(request), selectors.rounds()
    context = {
        "rounds": sorting.ordered(reversed(rounds), request.GET.get("sort", ""), sorting.ROUNDS),
        "requests": sum(each.requests for each in rounds),
        "missed": selectors.missed_rounds(rounds),
        "may_open": may(actor, Act.OPEN_QUARTER),
        "may_close": may(actor, Act.CLOSE_QUARTER),
        "rule": selectors.review_rule(),
        "may_set_rule": may(actor, Act.SET_REVIEW_RULE),
    }
    return render(request, "reports/quarters.html", context)


@reads(Act.READ_DASHBOARD)
def quarter_detail(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    return quarter_page(request, quarter)


def quarter_page(
    request: HttpRequest,
    quarter: Quarter,
    *,
    refusal: str = "",
    dates: QuarterDatesForm | None = None,
    proposing: ProposePublicationForm | None = None,
    refusing: RefusePublicationForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The round's page; the forms are as they were refused."""
    actor = actor_of(request)
    page = selectors.round_page(quarter)
    request.plan_of_page = page.round.record.plan  # type: ignore[attr-defined]
    order = request.GET.get("sort", "")
    sets_dates = may(actor, Act.SET_QUARTER_DATES) and page.round.record.published_at is None
    context = {
        "page": page,
        "reports": sorting.ordered(page.reports, order, sorting.ROUND_REPORTS),
        "requests": answerable(page.extensions, actor),
        "settled": sorting.ordered(
            (each for each in page.extensions if not each.is_open), order, sorting.EXTENSIONS
        ),
        "sorted_at": reverse("quarter", args=[quarter]),
        "refusal": refusal,
        "dates": dates or (QuarterDatesForm.of(page.round.record) if sets_dates else None),
        "may_open": may(actor, Act.OPEN_QUARTER),
        "may_close": may(actor, Act.CLOSE_QUARTER),
        "may_propose": may(actor, Act.PROPOSE_PUBLICATION),
        "may_confirm": may(actor, Act.PUBLISH_QUARTER),
        "is_own": _is_own(page.proposal, actor),
        "proposing": proposing or ProposePublicationForm(),
        "refusing": refusing or RefusePublicationForm(),
    }
    return render(request, "reports/quarter.html", context, status=status)


def _is_own(proposal: PublicationProposal | None, actor: User) -> bool:
    """Whether the reader, or whoever they would confirm it for, is one of those who proposed."""
    if proposal is None:
        return False
    own = {actor, principal_of(actor, Act.PUBLISH_QUARTER)} - {None}
    return bool(own & {proposal.proposed_by, proposal.proposed_on_behalf_of})


def round_of(quarter: Quarter) -> ReportingQuarter:
    """The managed plan's round; 404 for a quarter outside it."""
    record = (
        ReportingQuarter.objects.filter(plan__is_managed=True, quarter=quarter)
        .order_by("-plan__starts_on")
        .first()
    )
    if record is None:
        raise Http404
    return record


@writes
def set_dates(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    """Sets the dates; what was typed comes back with what is wrong at its field."""
    actor, record = actor_of(request), round_of(quarter)
    require(actor, Act.SET_QUARTER_DATES)
    form = QuarterDatesForm.of(record, request.POST)
    if not form.is_valid():
        return quarter_page(request, quarter, dates=form, status=UNPROCESSABLE)
    try:
        services.set_quarter_dates(
            reporting_quarter=record,
            dates=form.dates,
            actor=actor,
            reason=form.cleaned_data["reason"],
        )
    except Refused as refused:
        form.show(refused)
        return quarter_page(
            request, quarter, dates=form, status=UNPROCESSABLE if refused.errors else CONFLICT
        )
    messages.success(request, _("%(quarter)s的日期已變更。") % {"quarter": quarter.label})
    return redirect("quarter", quarter)


def _act(
    request: HttpRequest, quarter: Quarter, service: Callable[[ReportingQuarter, User], object], done: str
) -> HttpResponse:
    """One act upon a round, then its page again; a refusal is shown there with status 409."""
    record = round_of(quarter)
    try:
        service(record, actor_of(request))
    except Refused as refused:
        return quarter_page(request, quarter, refusal=refused.message, status=CONFLICT)
    messages.success(request, done % {"quarter": quarter.label})
    return redirect("quarter", quarter)


@writes
def open_quarter(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    return _act(
        request,
        quarter,
        lambda record, actor: services.open_quarter(reporting_quarter=record, actor=actor),
        _("%(quarter)s已開放填報。"),
    )


@writes
def close_quarter(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    return _act(
        request,
        quarter,
        lambda record, actor: services.close_quarter(reporting_quarter=record, actor=actor),
        _("%(quarter)s已截止填報。"),
    )
