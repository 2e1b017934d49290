"""A quarter's publication: proposed, previewed, confirmed or refused by somebody else, taken back; its page shows where it stands."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from ministries.models import User
from ministries.permissions import Act, require
from ministries.services import Refused
from programs.quarters import Quarter
from reports import services
from reports.models import PublicationProposal
from reports.round_forms import ProposePublicationForm, RefusePublicationForm
from reports.views.access import actor_of, writes
from reports.views.quarters import CONFLICT, UNPROCESSABLE, quarter_page, round_of

State = PublicationProposal.State


@writes
def propose(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    """Proposes; what was typed comes back with what is wrong at its field."""
    actor, record = actor_of(request), round_of(quarter)
    require(actor, Act.PROPOSE_PUBLICATION)
    form = ProposePublicationForm(request.POST)
    if not form.is_valid():
        return quarter_page(request, quarter, proposing=form, status=UNPROCESSABLE)
    try:
        services.propose_publication(reporting_quarter=record, not_before=form.not_before, actor=actor)
    except Refused as refused:
        form.show(refused)
        status = UNPROCESSABLE if refused.errors else CONFLICT
        return quarter_page(request, quarter, proposing=form, status=status)
    messages.success(request, _("已提請公布%(quarter)s，並已通知執行秘書。") % {"quarter": quarter.label})
    return redirect("quarter", quarter)


@writes
def confirm(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    """Confirms what was previewed under the digest that the form carries."""
    digest = request.POST.get("digest", "")
    return _settle(
        request,
        quarter,
        Act.PUBLISH_QUARTER,
        lambda found, actor: services.confirm_publication(proposal=found, digest=digest, actor=actor),
    )


@writes
def refuse(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    words = request.POST.get("words", "")
    return _settle(
        request,
        quarter,
        Act.PUBLISH_QUARTER,
        lambda found, actor: services.refuse_publication(proposal=found, words=words, actor=actor),
        RefusePublicationForm(request.POST),
    )


@writes
def withdraw(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    return _settle(
        request,
        quarter,
        Act.PROPOSE_PUBLICATION,
        lambda found, actor: services.withdraw_publication(proposal=found, actor=actor),
    )


def _settle(
    request: HttpRequest,
    quarter: Quarter,
    act: Act,
    service: Callable[[PublicationProposal, User], PublicationProposal],
    form: RefusePublicationForm | None = None,
) -> HttpResponse:
    """One act upon the quarter's open proposal, then its page again; a refusal keeps what was typed."""
    actor = actor_of(request)
    require(actor, act)
    found = round_of(quarter).publication_proposals.open().first()
    if found is None:
        refusal = _("%(quarter)s目前沒有公布提案，可能已有他人先行處理。") % {"quarter": quarter.label}
        return quarter_page(request, quarter, refusal=refusal, status=CONFLICT)
    try:
        settled = service(found, actor)
    except Refused as refused:
        if form and refused.errors:
            form.full_clean()
            form.errors.clear()
            form.show(refused)
            return quarter_page(request, quarter, refusing=form, status=UNPROCESSABLE)
        return quarter_page(request, quarter, refusal=refused.message, refusing=form, status=CONFLICT)
    if settled.state == State.PROPOSED:
        messages.warning(request, _("公布內容已有變動，尚未確認；請重新預覽後再確認。"))
    else:
        messages.success(request, str(_done(State(settled.state))) % {"quarter": quarter.label})
    return redirect("quarter", quarter)


def _done(state: State) -> str:
    return {
        State.PUBLISHED: _("%(quarter)s已公布，內容即行凍結。"),
        State.CONFIRMED: _("已確認，%(quarter)s將於指定時間自行公布。"),
        State.REFUSED: _("已不同意公布%(quarter)s，並已通知提案人。"),
        State.WITHDRAWN: _("已撤回%(quarter)s的公布提案。"),
    }[state]
