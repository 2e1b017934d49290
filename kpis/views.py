"""The public pages read frozen publications, and of targets what was decided; a draft has no road to them.

What a page shows of a published quarter never changes, so it is rendered once per digest and language and kept.
"""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from kpis import exports, feeds, kept, pages
from kpis import methodology as rules
from kpis.models import Correction, Target
from kpis.selectors import corrections as log
from kpis.selectors.targets import Revision, revisions
from kpis.shelf import shelf_of
from ministries.selectors import secretariat_name
from programs.models import Pillar, Plan
from programs.selectors import current_plan


@require_safe
@kept.for_visitors("quarter")
def home(request: HttpRequest) -> HttpResponse:
    """The newest published quarter, or the one that `?quarter=114Q2` asks for."""
    shelf = shelf_of(request)
    issue = shelf.chosen(request.GET.get("quarter", ""))
    context: dict[str, Any] = {"issues": shelf.issues, "issue": issue}
    if issue:
        edition = shelf.edition(issue)
        context["edition"] = edition
        context["corrected_since"] = kept.value(("since", issue.digest), lambda: log.since(issue).count())
        context["progress"] = kept.part(("home", issue.digest), lambda: pages.home(edition))
    else:
        context["pillars"] = Pillar.objects.filter(plan=current_plan())
    return render(request, "kpis/home.html", context)


@require_safe
@kept.for_visitors("quarter")
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator as it was published: definition, source, target, series, who owes it; and how its target changed."""
    shelf = shelf_of(request)
    issue = shelf.chosen(request.GET.get("quarter", ""))
    if issue is None:
        raise Http404(code)
    edition = shelf.edition(issue)
    found = edition.indicator(code)
    if found is None:
        raise Http404(code)
    before = shelf.before(issue)
    body = kept.part(
        ("indicator", issue.digest, code, str(len(before))),
        lambda: pages.indicator(found, edition, shelf.editions(before)),
    )
    corrected = kept.value(
        ("corrections", issue.plan.code, code), lambda: log.corrections_of_indicator(issue.plan, code)
    )
    context = {
        "issues": shelf.issues,
        "issue": issue,
        "indicator": found,
        "card": feeds.address_of("card", code),
        "body": body,
        "revisions": kept.value(("revisions", issue.plan.code, code), lambda: _revisions(issue.plan, code)),
        "corrections": corrected,
        "corrected_since": sum(each.came_after(issue) for each in corrected),
    }
    return render(request, "kpis/indicator.html", context)


@require_safe
@csp_replace({"frame-ancestors": ["*"]})
@xframe_options_exempt
@kept.for_visitors("quarter")
def card(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator in small, for anybody's page to frame: the newest publication, or the one that `?quarter=` names."""
    shelf = shelf_of(request)
    issue = shelf.chosen(request.GET.get("quarter", ""))
    found = shelf.edition(issue).indicator(code) if issue else None
    if issue is None or found is None:
        raise Http404(code)
    # Whoever frames the card is led here from their own page; whoever previews it stays.
    page = reverse("indicator", args=[code]) if shelf.proposed else feeds.address_of("indicator", code)
    context = {"issue": issue, "indicator": found, "page": f"{page}?quarter={issue.quarter}"}
    return render(request, "kpis/card.html", context)


@require_safe
@kept.for_visitors()
def feed(request: HttpRequest) -> HttpResponse:
    """What was published and corrected, for feed readers."""
    issues = shelf_of(request).issues
    plan = issues[0].plan if issues else current_plan()
    if plan is None:
        raise Http404
    rows = log.told(log.newest(plan, feeds.ENTRIES))
    content = feeds.atom(plan, issues, rows, secretariat_name())
    return HttpResponse(content, content_type=feeds.CONTENT_TYPE)


@require_safe
@kept.for_visitors("quarter", "page")
def corrections(request: HttpRequest) -> HttpResponse:
    """What was corrected after it was published, newest first; `?quarter=114Q2` shows one quarter's, `?page=` the rest."""
    shelf = shelf_of(request)
    issues = shelf.issues
    plan = issues[0].plan if issues else current_plan()
    code = request.GET.get("quarter", "")
    issue = shelf.chosen(code) if code else None
    found = log.corrections_of(plan) if plan else Correction.objects.none()
    if issue:
        found = found.filter(quarter=issue.quarter)
    page = log.page_of(found, request.GET.get("page"))
    context = {"issues": issues, "issue": issue, "page": page, "corrections": log.told(page)}
    return render(request, "kpis/corrections.html", context)


@require_safe
@kept.for_visitors()
def methodology(request: HttpRequest) -> HttpResponse:
    """How figures are counted, in the words of the document."""
    return render(request, "kpis/methodology.html", {"page": rules.page()})


@require_safe
@kept.for_visitors()
def figures_file(request: HttpRequest, quarter: str, ending: str) -> HttpResponse:
    """The quarter's figures for a spreadsheet, `.csv` (UTF-8 with a mark) or `.xlsx`, in the page's language."""
    shelf = shelf_of(request)
    issue = shelf.chosen(quarter)
    if issue is None or ending not in exports.FORMATS:
        raise Http404(quarter)
    response = HttpResponse(
        exports.figures_file(shelf.edition(issue), ending),
        content_type=exports.FORMATS[ending].get_content_type(),
    )
    filename = f"{issue.plan.code}-{issue.quarter}{shelf.mark(issue)}-{issue.digest[:12]}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


@require_safe
@kept.for_visitors()
def chart_file(request: HttpRequest, quarter: str, chart: str) -> HttpResponse:
    """The numbers of one chart of the public pages as CSV, in the page's language; `chart` is its key."""
    shelf = shelf_of(request)
    issue = shelf.chosen(quarter)
    if issue is None:
        raise Http404(quarter)
    found = pages.chart(shelf.edition(issue), chart, shelf.editions(shelf.before(issue)))
    if found is None:
        raise Http404(chart)
    name = f"{issue.plan.code}-{issue.quarter}{shelf.mark(issue)}-{chart}"
    return exports.chart_response(found, name, issue.digest)


@require_safe
@kept.for_visitors()
def bars_file(request: HttpRequest, quarter: str, group: str, ending: str) -> HttpResponse:
    """The bullet bars of the "plan", of a pillar or of one indicator, as a picture or as their numbers."""
    shelf = shelf_of(request)
    issue = shelf.chosen(quarter)
    if issue is None or ending not in ("csv", "svg"):
        raise Http404(quarter)
    bars = pages.bars(shelf.edition(issue), group, issue.plan)
    if bars is None:
        raise Http404(group)
    name = f"{issue.plan.code}-{issue.quarter}{shelf.mark(issue)}-bars-{group}"
    words = {"quarter": issue.quarter.label, "digest": issue.digest[:12]}
    source = _("%(quarter)s公布，摘要值 %(digest)s") % words
    if issue == shelf.proposed:
        source = _("預覽，尚未公布")
    return exports.bars_response(bars, ending, name, issue.digest, source)


@require_safe
@kept.for_visitors("quarter")
def indicator_file(request: HttpRequest, code: str, ending: str) -> HttpResponse:
    """One indicator's figures up to the newest published quarter, or `?quarter=`, each quarter as it was published."""
    shelf = shelf_of(request)
    issue = shelf.chosen(request.GET.get("quarter", ""))
    if issue is None or ending not in exports.FORMATS or shelf.edition(issue).indicator(code) is None:
        raise Http404(code)
    editions = shelf.editions([*shelf.before(issue), issue])
    response = HttpResponse(
        exports.indicator_file(editions, code, ending),
        content_type=exports.FORMATS[ending].get_content_type(),
    )
    filename = f"{issue.plan.code}-{code}-{issue.quarter}{shelf.mark(issue)}-{issue.digest[:12]}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _revisions(plan: Plan, code: str) -> list[Revision]:
    return revisions(Target.objects.filter(indicator__plan=plan, indicator__code=code))
