"""How targets are governed: the list for the secretariat, and per indicator its history, proposals and decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kpis.models import Aggregation, Indicator
from ministries.models import Organisation, User
from ministries.permissions import Act, may, principal_of, require
from ministries.services import Refused
from reports import selectors, services
from reports.models import TargetProposal
from reports.target_forms import ProposalForm
from reports.views import sorting
from reports.views.access import actor_of, reads, writes

UNPROCESSABLE, CONFLICT = 422, 409


@reads(Act.READ_DASHBOARD)
def targets(request: HttpRequest) -> HttpResponse:
    """Open proposals, then every indicator with the target that holds now; `?sort=` orders one of the tables."""
    page = selectors.targets_page()
    if page is None:
        return render(request, "reports/no_plan.html")
    order = request.GET.get("sort", "")
    context = {
        "page": page,
        "proposed": sorting.ordered(page.proposed, order, sorting.PROPOSALS),
        "rows": sorting.ordered(page.rows, order, sorting.TARGETS),
    }
    return render(request, "reports/targets.html", context)


@reads()
def target(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, selectors.indicator_for(actor=actor_of(request), code=code))


@writes
def propose(request: HttpRequest, code: str) -> HttpResponse:
    """Puts the typed terms before the head; whatever is refused comes back as it was typed."""
    actor = actor_of(request)
    indicator = selectors.indicator_for(actor=actor, code=code)
    organisations = selectors.organisations_proposing(actor, indicator)
    if not organisations:
        require(actor, Act.PROPOSE_CHANGE)
    form = _form(indicator, selectors.target_page(indicator), organisations, request.POST)
    if not form.is_valid():
        return _page(request, indicator, form=form, status=UNPROCESSABLE)
    try:
        services.propose_target(
            indicator=indicator,
            organisation=next(
                each for each in organisations if each.code == form.cleaned_data["organisation"]
            ),
            terms=form.terms(),
            ground=form.cleaned_data["ground"],
            actor=actor,
        )
    except Refused as refused:
        form.refuse(refused.message, refused.errors)
        return _page(request, indicator, form=form, status=UNPROCESSABLE if refused.errors else CONFLICT)
    messages.success(request, _("已提出目標修正，將由執行秘書決定；決定前仍適用現行目標。"))
    return redirect("target", code)


@writes
def withdraw(request: HttpRequest, code: str, proposal: int) -> HttpResponse:
    return _answer(
        request,
        code,
        proposal,
        lambda found, actor, _words: services.withdraw_proposal(proposal=found, actor=actor),
        _("已撤回提案。"),
    )


@writes
def approve(request: HttpRequest, code: str, proposal: int) -> HttpResponse:
    return _answer(
        request,
        code,
        proposal,
        lambda found, actor, words: services.decide_target(
            proposal=found, approve=True, actor=actor, words=words
        ),
        _("已同意，新目標已訂定；相關數據將於數秒內更新。"),
    )


@writes
def refuse(request: HttpRequest, code: str, proposal: int) -> HttpResponse:
    return _answer(
        request,
        code,
        proposal,
        lambda found, actor, words: services.decide_target(
            proposal=found, approve=False, actor=actor, words=words
        ),
        _("已不同意，仍適用現行目標。"),
    )


def _answer(
    request: HttpRequest,
    code: str,
    pk: int,
    service: Callable[[TargetProposal, User, str], object],
    done: str,
) -> HttpResponse:
    """One answer to a proposal; a refusal shows the page again with the words as they were typed."""
    actor = actor_of(request)
    found = selectors.proposal_for(actor=actor, code=code, pk=pk)
    words = request.POST.get("decision", "")
    try:
        service(found, actor, words)
    except Refused as refused:
        indicator = selectors.indicator_for(actor=actor, code=code)
        answer: dict[str, Any] = {
            "answered": pk,
            "words": words,
            "words_error": refused.errors.get("decision", ""),
        }
        status = UNPROCESSABLE if refused.errors else CONFLICT
        return _page(request, indicator, refusal=refused.message, status=status, **answer)
    messages.success(request, done)
    return redirect("target", code)


def _page(
    request: HttpRequest,
    indicator: Indicator,
    *,
    form: ProposalForm | None = None,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    actor = actor_of(request)
    page = selectors.target_page(indicator)
    decides, own = may(actor, Act.DECIDE_CHANGE), {actor, principal_of(actor, Act.DECIDE_CHANGE)}
    context = {
        "page": page,
        "form": form or _offered(actor, indicator, page),
        "may_decide": {
            each.proposal.pk
            for each in page.proposed
            if decides
            and not own & ({each.proposal.proposed_by, each.proposal.proposed_on_behalf_of} - {None})
        },
        "may_withdraw": {
            each.proposal.pk
            for each in page.proposed
            if may(actor, Act.PROPOSE_CHANGE, each.proposal.organisation)
        },
        "reads_dashboard": may(actor, Act.READ_DASHBOARD),
        **extra,
    }
    return render(request, "reports/target_page.html", context, status=status)


def _offered(actor: User, indicator: Indicator, page: selectors.TargetPage) -> ProposalForm | None:
    """The form for those who may propose, while there is something to change and a quarter to change it from."""
    if not page.quarters or indicator.aggregation == Aggregation.QUALITATIVE:
        return None
    organisations = selectors.organisations_proposing(actor, indicator)
    return _form(indicator, page, organisations) if organisations else None


def _form(
    indicator: Indicator,
    page: selectors.TargetPage,
    organisations: Sequence[Organisation],
    data: QueryDict | None = None,
) -> ProposalForm:
    return ProposalForm(
        data,
        indicator=indicator,
        target=page.target,
        organisations=organisations,
        quarters=page.quarters,
    )
