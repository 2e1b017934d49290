"""The secretariat's review: the queue, what may be accepted together, and the decisions upon a report's lines.

Whatever is refused comes back as it was typed; a line that somebody else decided on is named with who did, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from ministries.models import User
from ministries.permissions import Act, may, require
from ministries.services import Refused
from programs.quarters import Quarter
from reports import selectors, services, shown, troubles, typed
from reports.models import Line, Report
from reports.views import sorting
from reports.views.access import actor_of, reads, writes
from reports.views.following import follows
from reports.views.reporting import CONFLICT, UNPROCESSABLE, Reply, render_report
from reports.views.review_parts import Posted

Decide = Callable[[list[Line], Posted, User], object]


# --- the queue ------------------------------------------------------------------------------------------------


@reads(Act.READ_DASHBOARD)
@follows(same_for_all=False)
def review(request: HttpRequest) -> HttpResponse:
    return _queue(request)


def _queue(
    request: HttpRequest, refusal: str = "", chosen: frozenset[int] = frozenset(), status: int = 200
) -> HttpResponse:
    """The queue, with the reports in `chosen` ticked."""
    actor = actor_of(request)
    queue = selectors.review_queue(actor)
    context = {
        "queue": queue,
        "waiting": sorting.ordered(queue.waiting, request.GET.get("sort", ""), sorting.QUEUE),
        "may_accept": may(actor, Act.REVIEW_REPORT),
        "weights": [(troubles.words_of(code), weight) for code, weight in troubles.WEIGHTS.items()],
        "chosen": chosen,
        "refusal": refusal,
        "sorted_at": reverse("review"),
    }
    return render(request, "reports/review.html", context, status=status)


@writes
def accept_chosen(request: HttpRequest) -> HttpResponse:
    """Accepts the ticked reports, all or none; a refusal shows the queue again with the same ones ticked."""
    actor = actor_of(request)
    chosen = selectors.chosen_reports(actor=actor, keys=request.POST.getlist("report"))
    try:
        accepted = services.accept_reports(reports=chosen, actor=actor)
    except Refused as refused:
        return _queue(request, refused.message, frozenset(each.pk for each in chosen), status=CONFLICT)
    done = _("已核定 %(count)d 份報告。相關數據將於數秒內更新。")
    messages.success(request, done % {"count": len(accepted)})
    return redirect("review")


@reads(Act.READ_DASHBOARD)
def next_report(request: HttpRequest) -> HttpResponse:
    """Leads to the report that follows `?after=` in the queue; to the queue where nothing is left."""
    found = selectors.next_report(actor_of(request), typed.key(request.GET.get("after", "")))
    if found is None:
        return redirect("review")
    return redirect("report", found.report.reporting_quarter.quarter, found.organisation.code)


# --- what nobody needs to look at twice -----------------------------------------------------------------------


@reads(Act.READ_DASHBOARD)
def untroubled(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    return _untroubled(request, quarter)


def _untroubled(request: HttpRequest, quarter: Quarter, refusal: str = "", status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    page = selectors.untroubled_page(actor, quarter)
    context = {
        "page": page,
        "listed": [
            (report, [(each, shown.in_figures(each.line, each.content, each.previous)) for each in lines])
            for report, lines in page.reports
        ],
        "may_accept": may(actor, Act.REVIEW_REPORT),
        "refusal": refusal,
    }
    return render(request, "reports/untroubled.html", context, status=status)


@writes
def accept_untroubled(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    """Accepts exactly the lines that were listed and left ticked, as they were read; all or none."""
    actor = actor_of(request)
    require(actor, Act.REVIEW_REPORT)
    posted = Posted.of(request.POST)
    lines = [
        line
        for line in selectors.lines_by_key(set(posted.lines))
        if line.report.reporting_quarter.quarter == quarter
    ]
    try:
        services.accept_lines(lines=lines, actor=actor, seen=posted.seen)
    except Refused as refused:
        return _untroubled(request, quarter, refused.message, UNPROCESSABLE if refused.errors else CONFLICT)
    messages.success(request, _("已同意 %(count)d 項。相關數據將於數秒內更新。") % {"count": len(lines)})
    return redirect("review")


# --- one report -----------------------------------------------------------------------------------------------


@writes
def accept(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Agrees to the chosen lines, each with its own words where some were typed."""

    def decide(lines: list[Line], posted: Posted, actor: User) -> None:
        services.accept_lines(
            lines=lines,
            actor=actor,
            reason=posted.comment,
            comments={pk: words for pk, words in posted.comments.items() if pk in posted.chosen},
            seen=posted.seen,
        )

    return _decided(request, quarter, organisation, decide)


@writes
def return_(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Sends the chosen lines back, each with its own words, or with those for all."""

    def decide(lines: list[Line], posted: Posted, actor: User) -> None:
        comments = {line: posted.comments.get(line.pk) or posted.comment for line in lines}
        services.return_lines(comments=comments, actor=actor, seen=posted.seen)

    return _decided(request, quarter, organisation, decide)


def _decided(request: HttpRequest, quarter: Quarter, organisation: str, decide: Decide) -> HttpResponse:
    """The page again, at the next line that waits; what was typed of other lines stays on it."""
    actor = actor_of(request)
    found = selectors.report_for(actor=actor, quarter=quarter, organisation_code=organisation)
    posted = Posted.of(request.POST)
    lines, following = selectors.lines_to_decide(found, posted.chosen)
    try:
        decide(lines, posted, actor)
    except Refused as refused:
        status = UNPROCESSABLE if refused.errors else CONFLICT
        again = replace(posted, errors=_fields(refused, posted), decided=frozenset(posted.chosen))
        return render_report(request, found, Reply(refusal=refused.message), status, posted=again)
    if posted.left_over:
        left = Posted(comments=posted.left_over, comment=posted.comment)
        fresh = selectors.report_for(actor=actor, quarter=quarter, organisation_code=organisation)
        return render_report(request, fresh, Reply(), extra={"says_done": True}, posted=left)
    place = f"line-{following}" if following else "review-bar"
    return redirect(f"{reverse('report', args=[quarter, organisation])}?decided#{place}")


def _fields(refused: Refused, posted: Posted) -> Mapping[str, str]:
    """What is wrong, at the field in which it was typed: the words for all stand in for those of single lines."""
    if posted.comment.strip():
        return {
            name
            if name == "line" or int(name.partition("-")[2] or 0) in posted.comments
            else "comment": message
            for name, message in refused.errors.items()
        }
    return refused.errors


@writes
def reopen(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    return _taken_back(
        request,
        quarter,
        organisation,
        services.reopen_report,
        _("已重新開放填報；原核定數據於更正核定前仍然有效。"),
    )


@writes
def withdraw(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    return _taken_back(
        request,
        quarter,
        organisation,
        services.withdraw_acceptance,
        _("已撤回核定，原核定數據不再採計；相關數據將於數秒內更新。"),
    )


def _taken_back(
    request: HttpRequest, quarter: Quarter, organisation: str, service: Callable[..., Report], done: str
) -> HttpResponse:
    """Upon the ticked accepted lines, or all of them with `all`, for the reason that was typed."""
    actor = actor_of(request)
    found = selectors.report_for(actor=actor, quarter=quarter, organisation_code=organisation)
    posted, reason = Posted.of(request.POST), request.POST.get("comment", "")
    try:
        require(actor, Act.REVIEW_REPORT)
        if not posted.all and not posted.lines:
            message = _("請先勾選已核定的項目，或勾選「全部已核定項目」。")
            raise Refused(message, {"line": message})
        lines = None if posted.all else set(posted.lines)
        service(report=found, actor=actor, comment=reason, lines=lines)
    except Refused as refused:
        status = UNPROCESSABLE if refused.errors else CONFLICT
        extra = {
            "reason": reason,
            "reason_errors": refused.errors,
            "takes_all": posted.all,
        }
        again = Posted(lines=posted.lines, decided=frozenset(posted.lines))
        return render_report(request, found, Reply(refusal=refused.message), status, extra, again)
    messages.success(request, done)
    return redirect("report", quarter, organisation)
