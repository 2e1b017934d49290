"""Every address of the public API below `/api/v1/`, and the pages that describe it.

It does not know what the records hold; each room's `api.py` says it.
"""

from __future__ import annotations

from typing import Any

from django.urls import path, re_path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from kpis.api import FigureViewSet, IndicatorViewSet, PlanViewSet, PublicationViewSet
from kpis.api_explaining import FigureExplanationViewSet, NodeExplanationViewSet
from kpis.api_of_quarters import FigureOfQuarterViewSet, NodeOfQuarterViewSet
from ministries.api import OrganisationViewSet
from ministries.api_parameters import refuse_unknown
from portal.api_docs import DocumentationView, SchemaView
from programs.api import (
    PillarViewSet,
    ProgramViewSet,
    ResponsibilityViewSet,
    SubItemViewSet,
)

_LISTS = {
    "plans": PlanViewSet,
    "pillars": PillarViewSet,
    "sub-items": SubItemViewSet,
    "programs": ProgramViewSet,
    "indicators": IndicatorViewSet,
    "ministries": OrganisationViewSet,
    "publications": PublicationViewSet,
}
_CODE = r"[\w.\-]+"

router = SimpleRouter()
for prefix, viewset in _LISTS.items():
    router.register(prefix, viewset, basename=f"api-{prefix}")


class ApiRoot(APIView):
    """The lists that the API offers, its description and its documentation page."""

    is_public = True

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        refuse_unknown(request)
        names = {prefix: f"api-{prefix}-list" for prefix in [*_LISTS, "responsibilities"]}
        names |= {"figures": "api-quarter-figures", "nodes": "api-quarter-nodes"}
        names |= {"schema": "api-schema", "docs": "api-docs"}
        return Response({name: reverse(route, request=request) for name, route in names.items()})


class NoSuchAddress(APIView):
    """An address below the API that names nothing is refused in the API's own shape, not with a page."""

    is_public = True

    @extend_schema(exclude=True)
    def get(self, request: Request, **_kwargs: Any) -> Response:
        raise NotFound(_("公開 API 沒有這個網址；可用的網址列於 /api/v1/。"))


urlpatterns = [
    path("", ApiRoot.as_view(), name="api-root"),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocumentationView.as_view(), name="api-docs"),
    path(
        "responsibilities/",
        ResponsibilityViewSet.as_view({"get": "list"}, detail=False),
        name="api-responsibilities-list",
    ),
    re_path(
        rf"^publications/(?P<quarter>{_CODE})/figures/$",
        FigureViewSet.as_view({"get": "list"}, detail=False),
        name="api-figures-list",
    ),
    path(
        "figures/",
        FigureOfQuarterViewSet.as_view({"get": "list"}, detail=False),
        name="api-quarter-figures",
    ),
    path("nodes/", NodeOfQuarterViewSet.as_view({"get": "list"}, detail=False), name="api-quarter-nodes"),
    re_path(
        rf"^figures/(?P<code>{_CODE})/(?P<quarter>{_CODE})/explain/$",
        FigureExplanationViewSet.as_view({"get": "retrieve"}, detail=True),
        name="api-figure-explain",
    ),
    re_path(
        rf"^nodes/(?P<kind>{_CODE})/(?P<code>{_CODE})/(?P<quarter>{_CODE})/(?P<measure>{_CODE})/explain/$",
        NodeExplanationViewSet.as_view({"get": "retrieve"}, detail=True),
        name="api-node-explain",
    ),
    *router.urls,
    # Only with the final slash, so that an address without it is still led to the one with it.
    re_path(r"^.*/$", NoSuchAddress.as_view(), name="api-nothing"),
]
