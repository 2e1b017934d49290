"""Why a number on the overview is what it is, with the reports behind it that the reader may open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404

from kpis.explanations import MEASURES, WINDOWS, AnyNodeExplanation, Explanation, Fact, IndicatorExplanation
from kpis.models import Indicator
from kpis.results import NODE_KINDS
from kpis.selectors import explain_indicator, explain_node
from ministries.models import Organisation, User
from programs.models import Pillar, Plan, SubItem
from programs.quarters import Quarter
from reports.models import Report
from reports.selectors.evidence import plans_with
from reports.selectors.line_pages import evidence_behind

_LINE = re.compile(r"line (\d+) ")


def line_named_by(fact: Fact) -> str:
    """The key of the line that the fact was copied from; nothing where its origin names none."""
    line = _LINE.match(fact.origin)
    return line[1] if line else ""


@dataclass(frozen=True)
class Readable:
    """The reports of a plan that somebody may open, as (quarter, organisation), and how much evidence a line carries."""

    reports: frozenset[tuple[Quarter, str]]
    evidence: Mapping[str, int]

    def line_of(self, fact: Fact) -> tuple[Quarter, str, str] | None:
        """Quarter, organisation and line of the report that the fact was copied from; None where it may not be read."""
        if (fact.quarter, fact.organisation.code) not in self.reports:
            return None
        return fact.quarter, fact.organisation.code, line_named_by(fact)


@dataclass(frozen=True)
class ExplainedFigure:
    indicator: Indicator
    explained: IndicatorExplanation
    readable: Readable


@dataclass(frozen=True)
class ExplainedNode:
    """`pillar` is the one above a sub-item."""

    plan: Plan
    explained: AnyNodeExplanation
    readable: Readable
    pillar: Pillar | None


def explained_figure(
    *, actor: User, code: str, quarter: Quarter, window: str = "", as_of: datetime | None = None
) -> ExplainedFigure:
    """At most nine queries; 404 for an indicator, quarter or window that the managed plan does not have."""
    indicator = (
        Indicator.objects.filter(code=code, plan__in=plans_with(quarter))
        .select_related("plan", "pillar")
        .order_by("-plan__starts_on")
        .first()
    )
    if indicator is None or (window and window not in WINDOWS):
        raise Http404
    explained = explain_indicator(indicator.plan, quarter, indicator, window=window or None, as_of=as_of)
    return ExplainedFigure(indicator, explained, _readable(indicator.plan, actor, explained))


def explained_node(
    *, actor: User, kind: str, code: str, quarter: Quarter, measure: str, as_of: datetime | None = None
) -> ExplainedNode:
    """At most nine queries; 404 for a node, quarter or measure that the managed plan does not have."""
    plan = plans_with(quarter).order_by("-starts_on").first()
    if plan is None or kind not in NODE_KINDS or measure not in MEASURES:
        raise Http404
    node = _node(plan, kind, code)
    explained = explain_node(plan, quarter, kind, node.pk, measure=measure, as_of=as_of)
    if explained is None:
        raise Http404
    pillar = node.pillar if isinstance(node, SubItem) else None
    return ExplainedNode(plan, explained, _readable(plan, actor, explained), pillar)


def _node(plan: Plan, kind: str, code: str) -> Any:
    found: Any = {
        "plan": Plan.objects.filter(pk=plan.pk),
        "pillar": Pillar.objects.filter(plan=plan),
        "sub_item": SubItem.objects.filter(pillar__plan=plan).select_related("pillar"),
        "organisation": Organisation.objects.all(),
    }[kind]
    node = found.filter(code=code).first()
    if node is None:
        raise Http404
    return node


def _readable(plan: Plan, actor: User, explained: Explanation) -> Readable:
    reports = Report.objects.visible_to(actor).filter(reporting_quarter__plan=plan)
    facts = [fact for row in explained.rows if (fact := getattr(row, "fact", None))]
    lines = {int(key) for fact in facts if (key := line_named_by(fact))}
    return Readable(
        frozenset(reports.values_list("reporting_quarter__quarter", "organisation__code")),
        {str(pk): count for pk, count in evidence_behind(lines).items()} if lines else {},
    )
