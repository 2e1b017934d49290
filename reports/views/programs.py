"""Programmes at work: the list, and of each one page on which its ministry asks and the secretariat's head answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from ministries.models import User
from ministries.permissions import Act, may, require
from ministries.services import Refused
from programs.models import Program
from programs.quarters import Quarter
from reports import selectors, services
from reports.models import ProgramRelease, ProgramRequest, ProgramRevision
from reports.program_forms import ReleaseForm, RevisionForm
from reports.round_forms import RefusableForm
from reports.services.program_requests import first_free_quarter, may_answer, responsible_for
from reports.views import governed, sorting
from reports.views.access import actor_of, reads, writes

UNPROCESSABLE, CONFLICT = 422, 409


@dataclass(frozen=True)
class Reply:
    """What became of a posted form: why it was refused, and the form or the words as they were typed."""

    refusal: str = ""
    refused: Mapping[str, RefusableForm] = field(default_factory=dict)
    answered: ProgramRequest | None = None
    words: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@reads()
def programs(request: HttpRequest) -> HttpResponse:
    """The programmes that the person may open; `?sort=` orders them."""
    order = request.GET.get("sort", "")
    actor = actor_of(request)
    lines = selectors.program_lines(actor)
    context = {
        "governs": may(actor, Act.GOVERN_PLAN),
        "reads_dashboard": may(actor, Act.READ_DASHBOARD),
        "lines": sorting.ordered(lines, order, sorting.PROGRAM_LINES),
        "asked": sum(line.asked for line in lines),
    }
    return render(request, "reports/programs.html", context)


@reads()
def program(request: HttpRequest, code: str) -> HttpResponse:
    return page_of(request, code, Reply())


def page_of(request: HttpRequest, code: str, reply: Reply) -> HttpResponse:
    """The page with the forms of those who may; `reply` holds the form that was refused."""
    actor = actor_of(request)
    found = selectors.program_for(actor=actor, code=code)
    page = selectors.program_page(found)
    forms = {**_ministrys_forms(actor, found, page), **governed.forms_of(actor, found), **reply.refused}
    context = {
        "page": page,
        "reply": reply,
        "forms": forms,
        "may_answer": {each.pk for each in page.open_requests if may_answer(each, actor)},
        "may_withdraw": {
            each.pk for each in page.open_requests if may(actor, Act.PROPOSE_CHANGE, each.organisation)
        },
    }
    return render(request, "reports/program.html", context, status=reply.status)


def _ministrys_forms(actor: User, found: Program, page: selectors.ProgramPage) -> dict[str, RefusableForm]:
    """What its organisation may ask for, where nothing of the kind is waiting."""
    if not may(actor, Act.PROPOSE_CHANGE, responsible_for(found)) or found.released_from:
        return {}
    forms: dict[str, RefusableForm] = {}
    if page.open_revision is None and _free_quarters(found):
        forms["revision"] = _revision_form(found)
    if page.open_release is None:
        forms["release"] = ReleaseForm()
    return forms


def _free_quarters(found: Program) -> list[Quarter]:
    return list(Quarter.between(first_free_quarter(found), found.plan.last_quarter))


def _revision_form(found: Program, data: object = None) -> RevisionForm:
    quarters = _free_quarters(found)
    open_milestones = selectors.open_milestones(found, quarters[0]) if quarters else []
    return RevisionForm(data, quarters=quarters, milestones=open_milestones)


@writes
def revise(request: HttpRequest, code: str) -> HttpResponse:
    """Proposes a revision; whatever is refused comes back as it was typed."""
    actor = actor_of(request)
    found = selectors.program_for(actor=actor, code=code)
    require(actor, Act.PROPOSE_CHANGE, responsible_for(found))
    form = _revision_form(found, request.POST)
    if not form.is_valid():
        return page_of(request, code, Reply(refused={"revision": form}, status=UNPROCESSABLE))
    try:
        services.propose_revision(program=found, content=form.content, actor=actor)
    except Refused as refused:
        form.show(refused)
        return page_of(request, code, Reply(refused={"revision": form}, status=status_of(refused)))
    messages.success(request, _("修正申請已送出；核定前仍適用現行期程與查核點。"))
    return redirect("program", code)


@writes
def ask_release(request: HttpRequest, code: str) -> HttpResponse:
    """Asks for the release; whatever is refused comes back as it was typed."""
    actor = actor_of(request)
    found = selectors.program_for(actor=actor, code=code)
    require(actor, Act.PROPOSE_CHANGE, responsible_for(found))
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return page_of(request, code, Reply(refused={"release": form}, status=UNPROCESSABLE))
    try:
        services.ask_release(program=found, actor=actor, **form.cleaned_data)
    except Refused as refused:
        form.show(refused)
        return page_of(request, code, Reply(refused={"release": form}, status=status_of(refused)))
    messages.success(request, _("解除列管申請已送出；核定前仍須填報。"))
    return redirect("program", code)


def status_of(refused: Refused) -> int:
    return UNPROCESSABLE if refused.errors else CONFLICT


# --- answers ----------------------------------------------------------------------------------------------
def _answer(
    request: HttpRequest,
    code: str,
    among: QuerySet[ProgramRevision] | QuerySet[ProgramRelease],
    pk: int,
    service: Callable[[ProgramRequest, User, str], object],
    done: str,
) -> HttpResponse:
    """One answer to a request of the programme; a refusal shows the page with the words as they were typed."""
    actor = actor_of(request)
    found = selectors.program_for(actor=actor, code=code)
    asked: ProgramRequest = get_object_or_404(among, pk=pk, program=found)
    words = request.POST.get("words", "")
    try:
        service(asked, actor, words)
    except Refused as refused:
        reply = Reply(
            refusal=refused.message,
            answered=asked,
            words=words,
            errors=refused.errors,
            status=status_of(refused),
        )
        return page_of(request, code, reply)
    messages.success(request, done)
    return redirect("program", code)


@writes
def decide_revision(request: HttpRequest, code: str, pk: int, answer: str) -> HttpResponse:
    def decide(asked: ProgramRequest, actor: User, words: str) -> object:
        assert isinstance(asked, ProgramRevision)
        return services.decide_revision(revision=asked, approve=answer == "approve", words=words, actor=actor)

    done = _("已同意修正；自生效季別起適用。") if answer == "approve" else _("已回復不同意。")
    return _answer(request, code, ProgramRevision.objects.all(), pk, decide, done)


@writes
def answer_release(request: HttpRequest, code: str, pk: int, answer: str) -> HttpResponse:
    def decide(asked: ProgramRequest, actor: User, words: str) -> object:
        assert isinstance(asked, ProgramRelease)
        return services.answer_release(release=asked, approve=answer == "approve", words=words, actor=actor)

    done = _("已同意解除列管。") if answer == "approve" else _("已回復不同意。")
    return _answer(request, code, ProgramRelease.objects.all(), pk, decide, done)


def _withdraw(asked: ProgramRequest, actor: User, _words: str) -> None:
    services.withdraw_request(request=asked, actor=actor)


@writes
def withdraw_revision(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    return _answer(request, code, ProgramRevision.objects.all(), pk, _withdraw, _("已撤回申請。"))


@writes
def withdraw_release(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    return _answer(request, code, ProgramRelease.objects.all(), pk, _withdraw, _("已撤回申請。"))
