"""What is measured and what was published of it, as public records; an unpublished figure has no road to here.

Published figures are handed out as they were frozen: nothing is recomputed, so that anybody can verify the digest.
"""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from kpis import api_records as records
from kpis import selectors
from kpis.models import Aggregation, Indicator, Light, Publication
from ministries.api import PublicRecords, organisation_codes
from ministries.api_parameters import CodeFilter, StrictFilters
from programs import api as programs
from programs.api import OfPlan, PlanScopedFilters, pillar_codes, sub_item_codes
from programs.quarters import Quarter

UNLIT = "none"


class PlanViewSet(programs.PlanViewSet):
    """Plans of every generation, with approval, oversight, errata, and the standards that figures are judged by."""

    about = gettext_lazy("各期計畫：核定文號、願景、管考與推動機制、管考基準、預期效益及勘誤。")
    queryset = selectors.plans()
    serializer_class = records.PlanSerializer


class IndicatorFilters(PlanScopedFilters):
    pillar = CodeFilter("pillar__code", codes=pillar_codes, help_text=gettext_lazy("主軸代碼"))
    sub_item = CodeFilter(
        "sub_items__code", codes=sub_item_codes, distinct=True, help_text=gettext_lazy("子項代碼")
    )
    kind = filters.ChoiceFilter(choices=Indicator.Kind.choices, help_text=gettext_lazy("指標類別"))
    aggregation = filters.ChoiceFilter(choices=Aggregation.choices, help_text=gettext_lazy("彙總方式"))
    organisation = CodeFilter(
        "owners__organisation__code",
        codes=organisation_codes,
        distinct=True,
        help_text=gettext_lazy("負責填報之機關代碼"),
    )

    class Meta:
        model = Indicator
        fields: list[str] = []


class IndicatorViewSet(OfPlan):
    """Goals, key results and overall goals, with typed targets, baselines and who owes the figures."""

    about = gettext_lazy("目標、關鍵成果與總體目標：目標值、基準值、彙總方式及負責填報之機關。")
    queryset = selectors.indicators()
    serializer_class = records.IndicatorSerializer
    filterset_class = IndicatorFilters


class PublicationFilters(PlanScopedFilters):
    class Meta:
        model = Publication
        fields: list[str] = []


def published(publications: QuerySet[Publication], code: str) -> Publication:
    """The publication of the quarter that an address names; NotFound says what is wrong with the address."""
    try:
        quarter = Quarter.parse(code)
    except ValueError as error:
        message = _("「%(value)s」不是季別；請寫成 112Q1（民國 112 年第 1 季）。")
        raise NotFound(message % {"value": code[:40]}) from error
    found = publications.filter(quarter=quarter.code).first()
    if found is None:
        raise NotFound(_("%(quarter)s 尚未公布。") % {"quarter": quarter.code})
    return found


class PublicationViewSet(OfPlan):
    """Published quarters. `digest` is the SHA-256 of the bytes that `content` gives."""

    about = gettext_lazy("已公布之季別。digest 為 content 所給位元組之 SHA-256。")
    queryset = selectors.publications()
    serializer_class = records.PublicationSerializer
    filterset_class = PublicationFilters
    extra_parameters = ()
    lookup_field = "quarter"

    def get_object(self) -> Publication:
        return published(self.filter_queryset(self.get_queryset()), self.kwargs["quarter"])

    @extend_schema(
        description=gettext_lazy("公布內容原文（正規化 JSON），逐位元組相同；其 SHA-256 即 digest。"),
        responses={(200, "application/json"): OpenApiResponse(records.ContentSerializer)},
    )
    @action(detail=True)
    def content(self, request: Request, quarter: str) -> HttpResponse:
        """The frozen text, byte for byte (canonical JSON): its SHA-256 is the publication's digest."""
        publication = self.get_object()
        return HttpResponse(publication.content, content_type="application/json")


class FigureFilters(PlanScopedFilters):
    """Filters of frozen figures: they look into the publication's text, not into the database."""

    pillar = CodeFilter(codes=pillar_codes, method="unchanged", help_text=gettext_lazy("主軸代碼"))
    kind = filters.ChoiceFilter(
        choices=Indicator.Kind.choices, method="unchanged", help_text=gettext_lazy("指標類別")
    )
    light = filters.ChoiceFilter(
        choices=[*Light.choices, (UNLIT, gettext_lazy("不設燈號"))],
        method="unchanged",
        help_text=gettext_lazy("燈號"),
    )
    organisation = CodeFilter(
        codes=organisation_codes, method="unchanged", help_text=gettext_lazy("負責填報之機關代碼")
    )

    class Meta:
        model = Publication
        fields: list[str] = []

    def keeps(self, frozen: dict[str, Any]) -> bool:
        """Whether a frozen indicator answers to everything that was asked."""
        organisations = [each["code"] for each in frozen["organisations"]]
        has = {
            "pillar": [frozen["pillar"]],
            "kind": [frozen["kind"]],
            "light": [frozen["figure"]["light"] or UNLIT],
            "organisation": organisations,
        }
        asked = self.form.cleaned_data
        return all(not asked[name] or asked[name] in values for name, values in has.items())


class FigurePages(api_settings.DEFAULT_PAGINATION_CLASS):  # type: ignore[misc, name-defined]
    """The door's pages, headed by the publication that the figures belong to."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        pages: dict[str, Any] = super().get_paginated_response_schema(schema)
        heading = {
            "plan": {"type": "string"},
            "quarter": {"type": "string", "example": "112Q1"},
            "algebra_version": {"type": "integer"},
            "demonstration": {"type": "boolean"},
            "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        }
        pages["properties"] |= heading
        pages["required"] = [*pages.get("required", ()), *heading]
        return pages


class FigureViewSet(PublicRecords):
    """The figures of one published quarter, indicator by indicator, as they were frozen."""

    about = gettext_lazy("某一公布季別之各指標數據，與公布時凍結之內容逐筆相同。")
    queryset = selectors.publications()
    serializer_class = records.FrozenIndicatorSerializer
    filterset_class = FigureFilters
    pagination_class = FigurePages
    extra_parameters = ()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        filterset = StrictFilters().checked(request, self.get_queryset(), self)
        assert filterset is not None
        publication = published(filterset.qs, kwargs["quarter"])
        frozen = json.loads(publication.content)
        kept = [each for each in frozen["indicators"] if filterset.keeps(each)]
        response = self.get_paginated_response(self.paginate_queryset(kept))
        heading = ("plan", "quarter", "algebra_version", "demonstration")
        response.data |= {name: frozen[name] for name in heading} | {"digest": publication.digest}
        return response
