"""The public pages read frozen publications, and of targets what was decided; a draft has no road to them.

What a page shows of a published quarter never changes, so it is rendered once per digest and language and kept.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kpis import exports, kept, pages, published
from kpis import methodology as rules
from kpis.models import Correction, Target
from kpis.published import Issue
from kpis.selectors import corrections as log
from kpis.selectors.targets import revisions
from programs.selectors import current_plan


@require_safe
@kept.for_visitors
def home(request: HttpRequest) -> HttpResponse:
    """The newest published quarter, or the one that `?quarter=114Q2` asks for."""
    issues = published.issues()
    issue = _chosen(issues, request.GET.get("quarter", ""))
    context: dict[str, Any] = {"issues": issues, "issue": issue}
    if issue:
        edition = published.edition(issue)
        context["edition"] = edition
        context["corrected_since"] = log.since(issue).count()
        context["progress"] = kept.part(("home", issue.digest), lambda: pages.home(edition))
    return render(request, "kpis/home.html", context)


@require_safe
@kept.for_visitors
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator as it was published: definition, source, target, series, who owes it; and how its target changed."""
    issues = published.issues()
    issue = _chosen(issues, request.GET.get("quarter", ""))
    found = published.edition(issue).indicator(code) if issue else None
    if issue is None or found is None:
        raise Http404(code)
    body = kept.part(("indicator", issue.digest, code), lambda: pages.indicator(found))
    targets = Target.objects.filter(indicator__plan=issue.plan, indicator__code=code)
    corrected = log.corrections_of_indicator(issue.plan, code)
    context = {
        "issues": issues,
        "issue": issue,
        "indicator": found,
        "body": body,
        "revisions": revisions(targets),
        "corrections": corrected,
        "corrected_since": sum(each.came_after(issue) for each in corrected),
    }
    return render(request, "kpis/indicator.html", context)


@require_safe
@kept.for_visitors
def corrections(request: HttpRequest) -> HttpResponse:
    """What was corrected after it was published, newest first; `?quarter=114Q2` shows one quarter's, `?page=` the rest."""
    issues = published.issues()
    plan = issues[0].plan if issues else current_plan()
    code = request.GET.get("quarter", "")
    issue = _chosen(issues, code) if code else None
    found = log.corrections_of(plan) if plan else Correction.objects.none()
    if issue:
        found = found.filter(quarter=issue.quarter)
    page = log.page_of(found, request.GET.get("page"))
    context = {"issues": issues, "issue": issue, "page": page, "corrections": log.told(page)}
    return render(request, "kpis/corrections.html", context)


@require_safe
@kept.for_visitors
def methodology(request: HttpRequest) -> HttpResponse:
    """How figures are counted, in the words of the document."""
    return render(request, "kpis/methodology.html", {"page": rules.page()})


@require_safe
@kept.for_visitors
def figures_file(request: HttpRequest, quarter: str, ending: str) -> HttpResponse:
    """The quarter's figures for a spreadsheet, `.csv` (UTF-8 with a mark) or `.xlsx`, in the page's language."""
    issue = _chosen(published.issues(), quarter)
    if issue is None or ending not in exports.FORMATS:
        raise Http404(quarter)
    response = HttpResponse(
        exports.figures_file(published.edition(issue), ending),
        content_type=exports.FORMATS[ending].get_content_type(),
    )
    filename = f"{issue.plan.code}-{issue.quarter}-{issue.digest[:12]}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _chosen(issues: list[Issue], code: str) -> Issue | None:
    """The issue of the quarter `code`, the newest where it is empty; 404 where that quarter was not published."""
    if not code:
        return issues[0] if issues else None
    for issue in issues:
        if issue.quarter.code == code:
            return issue
    raise Http404(_("這一季尚未公布。"))
