"""What public pages show of an issue: the same whether it was published or is only about to be.

Whoever shows an issue names it, its edition and its fellows; nothing here asks which of them the public may see.
"""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from kpis import charts
from kpis.published import Edition, Indicator


def home(edition: Edition, **shown: Any) -> SafeString:
    """The plan's progress as the home page shows it; `shown` is what else the template is told."""
    return _rendered("kpis/_progress.html", {**_progress(edition), **shown})


def pillar(edition: Edition, code: str, **shown: Any) -> SafeString:
    """The goals and key results of one pillar."""
    blocks = {
        "goals": [_block(each) for each in edition.of_kind("goal", code)],
        "key_results": [_block(each) for each in edition.of_kind("key_result", code)],
    }
    return _rendered("kpis/_pillar_progress.html", {"edition": edition, "pillar": blocks, **shown})


def indicator(found: Indicator, **shown: Any) -> SafeString:
    """One indicator in full."""
    return _rendered("kpis/_indicator_body.html", {**_block(found), **shown})


def _rendered(template: str, context: dict[str, Any]) -> SafeString:
    return mark_safe(render_to_string(template, context))  # noqa: S308 - our own template's output


def _progress(edition: Edition) -> dict[str, Any]:
    return {
        "edition": edition,
        "overall": [_block(each) for each in edition.of_kind("overall")],
        "pillars": [
            {
                "node": node,
                "goals": [_block(each) for each in edition.of_kind("goal", node.code)],
                "key_results": [_block(each) for each in edition.of_kind("key_result", node.code)],
            }
            for node in edition.pillars
        ],
    }


def _block(indicator: Indicator) -> dict[str, Any]:
    return {"indicator": indicator, "bullet": charts.bullet(indicator), "chart": charts.series(indicator)}
