"""How the API describes itself: parameters and refusals that hold everywhere are written here once.

It does not know any record; each view's own filters and shapes are read from the view.
"""

from __future__ import annotations

from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers


class ParameterErrorSerializer(serializers.Serializer[dict[str, str]]):
    parameter = serializers.CharField()
    value = serializers.CharField()
    message = serializers.CharField()


class RefusalSerializer(serializers.Serializer[dict[str, Any]]):
    """Why a request is refused, in the reader's language; `errors` names each parameter with its value."""

    code = serializers.CharField()
    message = serializers.CharField()
    errors = ParameterErrorSerializer(many=True)  # type: ignore[assignment]


LANGUAGE = OpenApiParameter(
    "lang",
    str,
    enum=[code for code, _name in settings.LANGUAGES],
    description=_("訊息語言；未指定時依 Accept-Language"),
)
ON = OpenApiParameter(
    "on",
    str,
    description=_("機關名稱所屬日期：西元 2023-07-31 或民國 112/07/31；未指定時為今日"),
)
NARROWING = {
    "plan": OpenApiParameter("plan", str, description=_("計畫代碼；未指定時為現行列管計畫")),
    "pillar": OpenApiParameter("pillar", str, description=_("主軸代碼")),
}


class PublicSchema(AutoSchema):
    """Adds what every public view takes (`lang`, `on`, `plan`) and how it refuses (400, 404).

    A view that `tells_readers_more` also refuses those who may not read more (403).
    """

    def get_override_parameters(self) -> list[Any]:
        parameters = [LANGUAGE]
        if "on" in getattr(self.view, "extra_parameters", ()):
            parameters.append(ON)
        if getattr(self.view, "detail", False):
            parameters += [NARROWING[name] for name in getattr(self.view, "detail_parameters", ())]
        return parameters

    def get_description(self) -> str:  # type: ignore[override]
        """The view's own words for readers (`about`), in their language; an extra action has its docstring."""
        is_own = getattr(self.view, "action", None) in ("list", "retrieve")
        about = getattr(self.view, "about", "")
        return str(about if is_own else super().get_description())

    def get_auth(self) -> list[dict[str, Any]]:
        """Where a view knows people, it still answers everybody, unless it is there for them alone."""
        known: list[dict[str, Any]] = super().get_auth()
        everybody = known and not getattr(self.view, "for_readers_alone", False)
        return [*known, {}] if everybody else known

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        codes = ["400", "404", *(["403"] if getattr(self.view, "tells_readers_more", False) else [])]
        refusals = {
            code: self._get_response_for_code(RefusalSerializer, code)  # type: ignore[no-untyped-call]
            for code in codes
        }
        return {**bodies, **refusals}
