"""The secretariat sees what a quarter's publication would show: the public's own pages, marked as a preview, kept nowhere.

Their addresses are the public ones' under the quarter's; another quarter that they lead to is the published one.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from kpis import exports, pages, published
from kpis.models import Target
from kpis.published import Edition
from kpis.selectors.targets import revisions
from ministries.permissions import Act
from programs.quarters import Quarter
from reports import selectors
from reports.selectors import Preview
from reports.views.access import reads


def _preview_of(quarter: Quarter) -> Preview:
    found = selectors.preview_of(quarter)
    if found is None:
        raise Http404
    return found


def _shown(preview: Preview) -> dict[str, Any]:
    """What the public's templates are told, and that this is a preview."""
    return {"preview": preview, "issue": preview.issue, "issues": preview.issues, "corrected_since": 0}


def _asks_for_another(request: HttpRequest, quarter: Quarter) -> str:
    """The list of quarters on a public page asks for one by `?quarter=`."""
    asked = request.GET.get("quarter", "")
    return "" if asked == quarter.code else asked


@reads(Act.READ_DASHBOARD)
def home(request: HttpRequest, quarter: Quarter) -> HttpResponse:
    if another := _asks_for_another(request, quarter):
        return redirect(f"{reverse('home')}?{urlencode({'quarter': another})}")
    preview = _preview_of(quarter)
    context = {"edition": preview.edition, "progress": pages.home(preview.edition, preview=preview)}
    return render(request, "reports/preview_home.html", _shown(preview) | context)


@reads(Act.READ_DASHBOARD)
def indicator(request: HttpRequest, quarter: Quarter, code: str) -> HttpResponse:
    if another := _asks_for_another(request, quarter):
        return redirect(f"{reverse('indicator', args=[code])}?{urlencode({'quarter': another})}")
    preview = _preview_of(quarter)
    found = preview.edition.indicator(code)
    if found is None:
        raise Http404(code)
    targets = Target.objects.filter(indicator__plan=preview.issue.plan, indicator__code=code)
    context = {
        "indicator": found,
        "body": pages.indicator(found, preview.edition, _earlier(preview), preview=preview),
        "revisions": revisions(targets),
    }
    return render(request, "reports/preview_indicator.html", _shown(preview) | context)


@reads(Act.READ_DASHBOARD)
def figures_file(request: HttpRequest, quarter: Quarter, ending: str) -> HttpResponse:
    """The quarter's figures as the public's file would have them, under a name that says what it is."""
    preview = _preview_of(quarter)
    content = exports.figures_file(preview.edition, ending)
    response = HttpResponse(content, content_type=exports.FORMATS[ending].get_content_type())
    name = f"{preview.issue.plan.code}-{quarter}-preview-{preview.issue.digest[:12]}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@reads(Act.READ_DASHBOARD)
def chart_file(request: HttpRequest, quarter: Quarter, chart: str) -> HttpResponse:
    """One chart's numbers as the public's file would have them."""
    preview = _preview_of(quarter)
    found = pages.chart(preview.edition, chart, _earlier(preview))
    if found is None:
        raise Http404(chart)
    name = f"{preview.issue.plan.code}-{quarter}-{chart}-preview"
    return exports.chart_response(found, name, preview.issue.digest)


def _earlier(preview: Preview) -> list[Edition]:
    """The quarters published before the previewed one, oldest first."""
    return published.editions(
        each for each in reversed(preview.issues) if each.quarter < preview.issue.quarter
    )
