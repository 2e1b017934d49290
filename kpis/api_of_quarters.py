"""Figures of a quarter as published, as known at a moment, or as known now; the last two for the secretariat alone.

They rest on accepted facts, and still nobody else is told them before they are published. It knows no reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from kpis import api_records as records
from kpis import selectors
from kpis.api import UNLIT
from kpis.models import Indicator, Light, Publication
from kpis.results import NODE_KINDS
from kpis.selectors import records_of_quarters as of_quarters
from ministries import clock
from ministries.api import PublicRecords, organisation_codes
from ministries.api_parameters import CodeFilter, StrictFilters, bad_value
from ministries.models import User
from ministries.moments import NotAMoment, parse_moment
from ministries.permissions import Act, may
from ministries.selectors import is_demonstration
from programs.api import PlanScopedFilters, asked_plan, pillar_codes
from programs.models import Plan
from programs.quarters import Quarter


@dataclass(frozen=True)
class Asked:
    """A plan's quarter, as published (`publication`), at a moment (`as_of`), or now where there is neither."""

    plan: Plan
    quarter: Quarter
    as_of: datetime | None = None
    publication: Publication | None = None

    @property
    def heading(self) -> dict[str, Any]:
        """What the answer says of itself."""
        shared = {"plan": self.plan.code, "quarter": self.quarter.code}
        if self.publication:
            return {
                **shared,
                "known": "published",
                "as_of": None,
                "published_at": self.publication.published_at.isoformat(),
                "digest": self.publication.digest,
            }
        return {
            **shared,
            "known": "as_of" if self.as_of else "now",
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "published_at": None,
            "digest": None,
        }


class AskedPages(api_settings.DEFAULT_PAGINATION_CLASS):  # type: ignore[misc, name-defined]
    """The door's pages, headed by what the records are and as known when."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        pages: dict[str, Any] = super().get_paginated_response_schema(schema)
        moment = {"type": "string", "format": "date-time", "nullable": True}
        heading = {
            "plan": {"type": "string"},
            "quarter": {"type": "string", "example": "112Q1"},
            "known": {"type": "string", "enum": ["published", "as_of", "now"]},
            "as_of": moment,
            "published_at": moment,
            "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$", "nullable": True},
            "demonstration": {"type": "boolean"},
        }
        pages["properties"] |= heading
        pages["required"] = [*pages.get("required", ()), *heading]
        return pages


PARAMETERS = [
    OpenApiParameter(
        "published",
        str,
        description=gettext_lazy("已公布之季別，如 112Q1：與公布時凍結之內容逐筆相同；任何人均可查詢"),
    ),
    OpenApiParameter(
        "quarter",
        str,
        description=gettext_lazy("季別，如 112Q1；未指定時為今日所屬季別。限具總覽閱覽權限者"),
    ),
    OpenApiParameter(
        "as_of",
        str,
        description=gettext_lazy(
            "所知時點：西元日期 2024-01-05 或民國日期 113/01/05（指該日終了時），或含時區之時間 "
            "2024-01-05T17:00+08:00；未指定時為目前所知。限具總覽閱覽權限者"
        ),
    ),
]


class OfQuarter(PublicRecords):
    """Records of one quarter. What is published is told to everybody alike, and so nobody is asked who they are."""

    queryset = selectors.publications()
    pagination_class = AskedPages
    authentication_classes = [SessionAuthentication]
    extra_parameters = ("published", "quarter", "as_of")
    tells_readers_more = True

    def perform_authentication(self, request: Request) -> None:
        """Only when an unpublished figure is asked for."""

    @extend_schema(parameters=PARAMETERS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not request.query_params.get("published"):
            require_reader(request)
        filterset = StrictFilters().checked(request, self.get_queryset(), self)
        assert filterset is not None
        asked = _asked(request)
        kept = [each for each in self.records(asked, filterset.form.cleaned_data) if filterset.keeps(each)]
        response = self.get_paginated_response(self.paginate_queryset(kept))
        generated = (
            asked.publication.is_demonstration if asked.publication else is_demonstration(request._request)
        )
        response.data |= {**asked.heading, "demonstration": generated}
        if asked.publication is None:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    def records(self, asked: Asked, wanted: dict[str, str]) -> Sequence[dict[str, Any]]:
        """At least those that answer to the filters, `wanted`."""
        raise NotImplementedError


def require_reader(request: Request) -> None:
    person = request.user
    if not isinstance(person, User) or not may(person, Act.READ_DASHBOARD):
        raise PermissionDenied(
            _("未公布之數據僅供登入且具總覽閱覽權限者查詢；已公布者請以參數 published 指定季別。")
        )


def _asked(request: Request) -> Asked:
    """ValidationError names the parameter that is not understood; NotFound where nothing was published."""
    plan = asked_plan(request)
    if plan is None:
        raise NotFound(_("目前沒有列管計畫。"))
    given = {name: request.query_params.get(name, "").strip() for name in ("published", "quarter", "as_of")}
    if not given["published"]:
        return Asked(plan, _quarter(plan, given["quarter"]), moment_asked(given["as_of"]))
    for other in ("quarter", "as_of"):
        if given[other]:
            raise ValidationError({other: _("參數 %(other)s 不得與 published 併用。") % {"other": other}})
    quarter = _parsed("published", given["published"])
    publication = Publication.objects.filter(plan=plan, quarter=quarter).first()
    if publication is None:
        raise NotFound(_("%(quarter)s 尚未公布。") % {"quarter": quarter.code})
    return Asked(plan, quarter, publication=publication)


def _quarter(plan: Plan, text: str) -> Quarter:
    if not text:
        return min(max(Quarter.containing(clock.today()), plan.first_quarter), plan.last_quarter)
    quarter = _parsed("quarter", text)
    if not plan.first_quarter <= quarter <= plan.last_quarter:
        raise bad_value("quarter", text, f"{plan.first_quarter} – {plan.last_quarter}")
    return quarter


def _parsed(parameter: str, text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except ValueError as error:
        raise bad_value(parameter, text, _("季別，如 112Q1（民國 112 年第 1 季）")) from error


def moment_asked(text: str) -> datetime | None:
    try:
        return parse_moment(text) if text else None
    except NotAMoment as why:
        raise ValidationError({"as_of": str(why)}) from why


class KeptByCode(PlanScopedFilters):
    """Filters of records that are composed, not rows: they look into each record."""

    pillar = CodeFilter(codes=pillar_codes, method="unchanged", help_text=gettext_lazy("主軸代碼"))
    organisation = CodeFilter(
        codes=organisation_codes, method="unchanged", help_text=gettext_lazy("機關代碼")
    )

    class Meta:
        model = Publication
        fields: list[str] = []

    def keeps(self, record: dict[str, Any]) -> bool:
        """Whether a record answers to everything that was asked."""
        asked = self.form.cleaned_data
        return all(not asked[name] or asked[name] in held for name, held in self.holds(record).items())

    def holds(self, record: dict[str, Any]) -> dict[str, list[Any]]:
        """What a record answers to, by filter."""
        raise NotImplementedError


class FigureFilters(KeptByCode):
    kind = filters.ChoiceFilter(
        choices=Indicator.Kind.choices, method="unchanged", help_text=gettext_lazy("指標類別")
    )
    light = filters.ChoiceFilter(
        choices=[*Light.choices, (UNLIT, gettext_lazy("不設燈號"))],
        method="unchanged",
        help_text=gettext_lazy("燈號"),
    )

    def holds(self, record: dict[str, Any]) -> dict[str, list[Any]]:
        return {
            "pillar": [record["pillar"]],
            "organisation": record["organisations"],
            "kind": [record["kind"]],
            "light": [record["figure"]["light"] or UNLIT],
        }


class FigureOfQuarterViewSet(OfQuarter):
    """Indicators with their figure of one quarter."""

    about = gettext_lazy(
        "某季各指標之數據及其涵蓋率、計算版本與所據資料（facts_seen、facts_until）。以 published 查詢者為公布內容；"
        "以 as_of 查詢者為該時點所知；均未指定者為目前所知。"
    )
    serializer_class = records.FigureOfQuarterSerializer
    filterset_class = FigureFilters

    def records(self, asked: Asked, wanted: dict[str, str]) -> Sequence[dict[str, Any]]:
        if asked.publication:
            return of_quarters.figures_published(of_quarters.published_content(asked.publication))
        return of_quarters.figures_known(asked.plan, asked.quarter, asked.as_of)


class NodeFilters(KeptByCode):
    type = filters.ChoiceFilter(
        choices=[(kind, kind) for kind in NODE_KINDS],
        method="unchanged",
        help_text=gettext_lazy("節點類型：全計畫、主軸、子項或機關"),
    )

    def holds(self, record: dict[str, Any]) -> dict[str, list[Any]]:
        return {
            "pillar": [record["pillar"]],
            "organisation": [record["code"]] if record["type"] == "organisation" else [],
            "type": [record["type"]],
        }


class NodeOfQuarterViewSet(OfQuarter):
    """The plan, pillars, sub-items and organisations with their composite figures of one quarter."""

    about = gettext_lazy(
        "某季全計畫、各主軸、子項及機關之彙總：燈號、涵蓋率、平均達成率、計畫進度、經費與查核點。以 published 查詢者為"
        "公布內容（未列入公布之項目為空值）；以 as_of 查詢者為該時點所知；均未指定者為目前所知。"
    )
    serializer_class = records.NodeOfQuarterSerializer
    filterset_class = NodeFilters

    def records(self, asked: Asked, wanted: dict[str, str]) -> Sequence[dict[str, Any]]:
        if asked.publication:
            return of_quarters.nodes_published(asked.plan, of_quarters.published_content(asked.publication))
        kinds = [kind for kind in NODE_KINDS if _may_be(kind, wanted)]
        return of_quarters.nodes_known(asked.plan, asked.quarter, asked.as_of, kinds)


def _may_be(kind: str, wanted: dict[str, str]) -> bool:
    """Whether nodes of this kind can answer to the filters."""
    if wanted["type"] not in ("", kind):
        return False
    belongs = {"pillar": ("pillar", "sub_item"), "organisation": ("organisation",)}
    return all(kind in kinds for name, kinds in belongs.items() if wanted[name])
