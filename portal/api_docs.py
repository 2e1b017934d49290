"""The API's description as data and as a page: one schema per language, read by programs and by people alike.

The page is plain HTML, so that it is read with a keyboard, a screen reader and the strictest content policy. It
knows only the schema, and so cannot say anything else than what the schema says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

_CHOICE = re.compile(r"^\* `(?P<value>[^`]*)` - (?P<label>.*)$", re.MULTILINE)


@lru_cache(maxsize=8)
def _schema_in(_language: str | None) -> dict[str, Any]:
    """The schema follows from the code alone, so it is made once per language and process."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


class OnePerLanguage(SchemaGenerator):
    """Hands out the schema in the reader's language."""

    def get_schema(self, request: Request | None = None, public: bool = False) -> dict[str, Any]:
        return _schema_in(get_language())


class SchemaView(SpectacularAPIView):
    generator_class = OnePerLanguage


@dataclass(frozen=True)
class Parameter:
    """`choices` are pairs of value and words; empty where any value of the right kind will do."""

    name: str
    text: str
    choices: list[tuple[str, str]]


@dataclass(frozen=True)
class Property:
    """A field of a record. `shape` names the record that the field holds, where it holds one."""

    name: str
    kind: str
    text: str
    choices: list[tuple[str, str]]
    shape: str
    is_list: bool
    may_be_null: bool


@dataclass(frozen=True)
class Operation:
    """One address; `shape` is the record it gives, or gives a list of."""

    address: str
    text: str
    parameters: list[Parameter]
    shape: str
    is_list: bool


@dataclass(frozen=True)
class Shape:
    name: str
    properties: list[Property] = field(default_factory=list)


def _words(description: str) -> tuple[str, list[tuple[str, str]]]:
    """A description's own words, and the choices that the schema lists below them."""
    choices = [(found["value"], found["label"]) for found in _CHOICE.finditer(description)]
    return _CHOICE.sub("", description).strip(), choices


def _referred(schema: dict[str, Any]) -> str:
    """The name of the component that a schema refers to, on its own or among alternatives; empty without one."""
    for part in [schema, *schema.get("allOf", []), *schema.get("oneOf", [])]:
        if "$ref" in part:
            return str(part["$ref"]).rsplit("/", 1)[-1]
    return ""


class Described:
    """Reads operations and shapes out of a schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self.components: dict[str, Any] = schema["components"]["schemas"]

    def operations(self) -> list[Operation]:
        return [self._operation(path, each["get"]) for path, each in self.schema["paths"].items()]

    def shapes(self) -> list[Shape]:
        """Records that an address gives or that other records hold; pages and lists of words are none."""
        names = [
            name
            for name, component in self.components.items()
            if "properties" in component and not name.startswith("Paginated")
        ]
        return [Shape(name, self._properties(self.components[name])) for name in names]

    def _operation(self, path: str, operation: dict[str, Any]) -> Operation:
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        shape = _referred(answer)
        page = self.components[shape]["properties"].get("results")
        return Operation(
            address=path,
            text=operation["description"],
            parameters=[
                Parameter(each["name"], *_words(each.get("description", "")))
                for each in operation["parameters"]
                if each["in"] == "query"
            ],
            shape=_referred(page["items"]) if page else shape,
            is_list=page is not None,
        )

    def _properties(self, component: dict[str, Any]) -> list[Property]:
        return [self._property(name, schema) for name, schema in component["properties"].items()]

    def _property(self, name: str, schema: dict[str, Any]) -> Property:
        is_list = schema.get("type") == "array"
        held = schema["items"] if is_list else schema
        target = _referred(held)
        component = self.components.get(target, {})
        is_record = "properties" in component
        text, choices = _words(schema.get("description", ""))
        if not choices and not is_record:
            choices = _words(component.get("description", ""))[1]
        return Property(
            name=name,
            kind=str(held.get("format") or held.get("type") or component.get("type", "")),
            text=text,
            choices=choices,
            shape=target if is_record else "",
            is_list=is_list,
            may_be_null=bool(schema.get("nullable")),
        )


class DocumentationView(APIView):
    """The page for people, in the language of `?lang=` or of the browser."""

    is_public = True
    renderer_classes = [TemplateHTMLRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        described = Described(_schema_in(get_language()))
        content = {
            "about": described.schema["info"]["description"],
            "operations": described.operations(),
            "shapes": described.shapes(),
        }
        return Response(content, template_name="api/docs.html")
