"""What may be switched: a plan's second reviewer by the head, a ministry's inner sign-off by its account manager."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from ministries.models import Organisation
from ministries.permissions import Act, require, scope_of
from reports import selectors, services
from reports.views.access import actor_of, writes


@writes
def second_review(request: HttpRequest) -> HttpResponse:
    """`needed=yes` asks for two reviewers from now on, `needed=no` for one; 404 without a plan."""
    actor = actor_of(request)
    require(actor, Act.SET_REVIEW_RULE)
    rule = selectors.review_rule()
    if rule is None:
        raise Http404
    needed = _needed(request)
    services.switch_second_review(plan=rule.plan, needed=needed, actor=actor)
    if needed:
        messages.success(request, _("自即日起，各項須由兩位管考人員先後同意，始為核定。"))
    else:
        messages.success(request, _("自即日起，各項由一位管考人員同意，即為核定。"))
    return redirect("quarters")


@writes
def sign_off(request: HttpRequest, organisation: str) -> HttpResponse:
    """`needed=yes` has the ministry's lines signed off before they are handed in, `needed=no` does not."""
    actor = actor_of(request)
    scope = scope_of(actor)
    found = Organisation.objects.filter(code=organisation).first()
    if found is None or not scope.allows(Act.READ_REPORT, found.pk):
        raise Http404
    require(actor, Act.SWITCH_SIGN_OFF, found)
    needed = _needed(request)
    services.switch_sign_off(organisation=found, needed=needed, actor=actor)
    if needed:
        messages.success(request, _("自即日起，填報內容須經核稿人核稿後始得送出。"))
    else:
        messages.success(request, _("自即日起，填報人得不經核稿逕行送出。"))
    return redirect("work")


def _needed(request: HttpRequest) -> bool:
    """Whatever is neither yes nor no asks for nothing that is there."""
    answer = request.POST.get("needed", "")
    if answer not in ("yes", "no"):
        raise Http404
    return answer == "yes"
