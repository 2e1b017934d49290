"""What public pages show of an issue: the same whether it was published or is only about to be.

Whoever shows an issue names it, its edition and its fellows; nothing here asks which of them the public may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from kpis import charts
from kpis.charts import Bars, Chart
from kpis.published import Edition, Indicator
from kpis.wording import in_chinese
from programs.models import Plan


def home(edition: Edition) -> SafeString:
    """The plan's progress as the home page shows it."""
    return _rendered("kpis/_progress.html", _progress(edition))


def pillar(edition: Edition, code: str) -> SafeString:
    """The goals and key results of one pillar."""
    blocks = {
        "goals": [_block(each, edition) for each in edition.of_kind("goal", code)],
        "key_results": [_block(each, edition) for each in edition.of_kind("key_result", code)],
    }
    return _rendered("kpis/_pillar_progress.html", {"edition": edition, "pillar": blocks})


def indicator(found: Indicator, edition: Edition, earlier: Sequence[Edition] = ()) -> SafeString:
    """One indicator of the edition in full; `earlier` are the quarters published before it."""
    is_demonstration = edition.is_demonstration
    organisations = charts.by_organisation(found, earlier, is_demonstration=is_demonstration)
    context = {**_block(found, edition), "organisations": _pictured(organisations)}
    return _rendered("kpis/_indicator_body.html", context)


def chart(edition: Edition, key: str, earlier: Sequence[Edition] = ()) -> Chart | None:
    """The chart that these pages show under that key; None where there is none."""
    if key == "progress":
        return charts.progress_of(edition)
    code, _dash, which = key.rpartition("-")
    found = edition.indicator(code)
    if found is None:
        return None
    if which == "path":
        return charts.path(found, is_demonstration=edition.is_demonstration)
    if which == "organisations":
        return charts.by_organisation(found, earlier, is_demonstration=edition.is_demonstration)
    return None


def bars(edition: Edition, group: str, plan: Plan) -> Bars | None:
    """The bullet bars that these pages show together: of the "plan", of a pillar, of one indicator; None otherwise."""
    name = plan.short_name_zh if in_chinese() else plan.short_name_en or plan.short_name_zh
    return charts.bars_of(edition, group, name)


def _rendered(template: str, context: dict[str, Any]) -> SafeString:
    return mark_safe(render_to_string(template, context))  # noqa: S308 - our own template's output


def _progress(edition: Edition) -> dict[str, Any]:
    return {
        "edition": edition,
        "programs": _pictured(charts.progress_of(edition)),
        "overall": [_summary(each) for each in edition.of_kind("overall")],
        "pillars": [
            {
                "node": node,
                "goals": [_summary(each) for each in edition.of_kind("goal", node.code)],
                "key_results": [_summary(each) for each in edition.of_kind("key_result", node.code)],
            }
            for node in edition.pillars
        ],
    }


def _summary(indicator: Indicator) -> dict[str, Any]:
    return {"indicator": indicator, "bullet": charts.bullet(indicator)}


def _block(indicator: Indicator, edition: Edition) -> dict[str, Any]:
    """A summary with its quarters."""
    path = charts.path(indicator, is_demonstration=edition.is_demonstration)
    return {**_summary(indicator), "chart": None, **(_pictured(path) or {})}


def _pictured(chart: Chart | None) -> dict[str, Any] | None:
    return None if chart is None else {"chart": chart, "figure": charts.figure(chart)}
