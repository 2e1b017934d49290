"""Why this number? over the API: for who may read the overview, and nobody else, whether it was published or not.

It rests on accepted facts with names of people and words of reports, which no publication holds.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.api_explained import ExplanationSerializer, explanation_record
from kpis.api_of_quarters import moment_asked, require_reader
from kpis.explanations import MEASURES, WINDOWS, Explanation
from kpis.models import Indicator
from kpis.results import NODE_KINDS
from kpis.selectors import explain_indicator, explain_node
from ministries.api_parameters import bad_value, refuse_unknown
from ministries.models import Organisation
from programs.api import asked_plan
from programs.models import Pillar, Plan, SubItem
from programs.quarters import Quarter

_AS_OF = OpenApiParameter(
    "as_of",
    str,
    description=gettext_lazy(
        "所知時點：西元日期 2024-01-05 或民國日期 113/01/05（指該日終了時），或含時區之時間；未指定時為目前所知"
    ),
)
_WINDOW = OpenApiParameter(
    "window",
    str,
    enum=list(WINDOWS),
    description=gettext_lazy("採計期間：本季、本年累計或全程累計；未指定時為目標所用者"),
)


class ExplainedViewSet(viewsets.GenericViewSet[Any]):
    """One explanation; the words are in the reader's language."""

    is_public = True  # the door lets it in, and `require_reader` says who is answered
    tells_readers_more = True
    for_readers_alone = True
    authentication_classes = [SessionAuthentication]
    serializer_class = ExplanationSerializer
    pagination_class = None
    filter_backends = []
    detail_parameters = ("plan",)
    extra_parameters: tuple[str, ...] = ()
    queryset = Indicator.objects.none()

    def explained(self, request: Request, parameters: set[str]) -> tuple[Plan, Quarter]:
        """Who asks may read, and names a plan and one of its quarters."""
        require_reader(request)
        refuse_unknown(request, {"plan", "as_of", *parameters})
        plan = asked_plan(request)
        if plan is None:
            raise NotFound
        try:
            quarter = Quarter.parse(self.kwargs["quarter"])
        except ValueError as error:
            raise NotFound from error
        if not plan.first_quarter <= quarter <= plan.last_quarter:
            raise NotFound(_("計畫期間不含 %(quarter)s。") % {"quarter": quarter.code})
        return plan, quarter

    def answer(self, explained: Explanation) -> Response:
        record = self.get_serializer(explanation_record(explained)).data
        return Response(record, headers={"Cache-Control": "private, no-store"})


class FigureExplanationViewSet(ExplainedViewSet):
    """An indicator's figure."""

    about = gettext_lazy(
        "說明某指標某季之數據：公式、採計之核定資料、未計入者及其理由、涵蓋率、適用之目標與基準，以及歷次更正。限具總覽閱覽權限者。"
    )

    @extend_schema(parameters=[_WINDOW, _AS_OF])
    def retrieve(self, request: Request, code: str, quarter: str) -> Response:
        plan, of_quarter = self.explained(request, {"window"})
        indicator = Indicator.objects.filter(plan=plan, code=code).first()
        if indicator is None:
            raise NotFound
        window = request.query_params.get("window", "")
        if window and window not in WINDOWS:
            raise bad_value("window", window, ", ".join(WINDOWS))
        as_of = moment_asked(request.query_params.get("as_of", "").strip())
        return self.answer(explain_indicator(plan, of_quarter, indicator, window=window or None, as_of=as_of))


class NodeExplanationViewSet(ExplainedViewSet):
    """A figure of the plan, a pillar, a sub-item or an organisation."""

    about = gettext_lazy(
        "說明某節點（plan、pillar、sub_item、organisation）某季之平均達成率（score）、涵蓋率（coverage）、計畫進度（progress）、經費（money）或查核點（milestones）。限具總覽閱覽權限者。"
    )

    @extend_schema(parameters=[_AS_OF])
    def retrieve(self, request: Request, kind: str, code: str, quarter: str, measure: str) -> Response:
        plan, of_quarter = self.explained(request, set())
        if kind not in NODE_KINDS or measure not in MEASURES:
            raise NotFound
        as_of = moment_asked(request.query_params.get("as_of", "").strip())
        node = _node(plan, kind, code)
        found = explain_node(plan, of_quarter, kind, node, measure=measure, as_of=as_of)
        if found is None:
            raise NotFound
        return self.answer(found)


def _node(plan: Plan, kind: str, code: str) -> int:
    """The key of the plan's node of that code."""
    found: Any = {
        "plan": Plan.objects.filter(pk=plan.pk),
        "pillar": Pillar.objects.filter(plan=plan),
        "sub_item": SubItem.objects.filter(pillar__plan=plan),
        "organisation": Organisation.objects.all(),
    }[kind]
    key: int | None = found.filter(code=code).values_list("pk", flat=True).first()
    if key is None:
        raise NotFound
    return key
