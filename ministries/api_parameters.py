"""What a reader may ask of a public address, and that anything else is refused by name, value and what is allowed.

A misspelt filter that is silently ignored answers a question nobody asked; here it is refused. It knows no record:
filters declare themselves beside their views, and codes are read from the database when they are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import rest_framework as filters
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from ministries import clock
from ministries.calendars import parse_date

_SHOWN_AT_MOST = 60


def bad_value(parameter: str, value: str, allowed: str) -> ValidationError:
    """The refusal of one parameter's value; the door (`portal.api`) gives it its final shape."""
    message = _("參數 %(parameter)s 的值「%(value)s」無效；可用：%(allowed)s。")
    words = {"parameter": parameter, "value": value[:100], "allowed": allowed}
    return ValidationError({parameter: message % words})


def day_asked(request: Request) -> date:
    """The day of `?on=`, written 2023-07-31 or 112/07/31; today where it is not given."""
    text = request.query_params.get("on", "").strip()
    if not text:
        return clock.today()
    try:
        return parse_date(text)
    except ValueError as error:
        raise bad_value("on", text, _("西元日期 2023-07-31 或民國日期 112/07/31")) from error


class Codes(forms.ChoiceField):
    """A form field whose choices are read only when a value has to be checked against them."""

    def __init__(self, *, read: Callable[[], Iterable[str]], **options: Any) -> None:
        super().__init__(**options)
        self._read = read

    @cached_property
    def codes(self) -> list[str]:
        return sorted(set(self._read()))

    def valid_value(self, value: Any) -> bool:
        return str(value) in self.codes


class CodeFilter(filters.CharFilter):  # type: ignore[misc]
    """A filter by natural code; `codes` reads what the request's plan allows."""

    def __init__(self, *args: Any, codes: Callable[[Request], Iterable[str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self._codes = codes

    @property
    def field(self) -> forms.Field:
        request = self.parent.request
        return Codes(read=lambda: self._codes(request), required=False)


class YesNoFilter(filters.TypedChoiceFilter):  # type: ignore[misc]
    """`true` or `false`, and nothing that is only taken for one of them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        choices = (("true", gettext_lazy("是")), ("false", gettext_lazy("否")))
        super().__init__(*args, choices=choices, coerce=lambda value: value == "true", **options)


class StrictFilters(DjangoFilterBackend):  # type: ignore[misc]
    """Filters a list, or refuses. Of a single record it takes only the view's `detail_parameters`."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filterset = self.checked(request, queryset, view)
        return queryset if filterset is None else filterset.qs

    def checked(self, request: Request, queryset: QuerySet[Any], view: APIView) -> filters.FilterSet | None:
        """The view's filters, bound and valid; ValidationError names each parameter that is not.

        None where there is nothing to filter by, as for a record whose code alone is its address.
        """
        extra = getattr(view, "extra_parameters", ())
        narrowing = getattr(view, "detail_parameters", ())
        is_record = getattr(view, "detail", False)
        filterset = None if is_record and not narrowing else self.get_filterset(request, queryset, view)
        names = {"page", "page_size"} | set(filterset.filters if filterset is not None else ())
        refuse_unknown(request, {*extra, *(narrowing if is_record else names)})
        if filterset is not None and not filterset.is_valid():
            raise _bad_values(request, filterset.form)
        return filterset


def refuse_unknown(request: Request, known: Iterable[str] = ()) -> None:
    """ValidationError where a parameter is not among `known` (or `lang`), or is given twice."""
    allowed = {"lang", *known}
    errors: dict[str, str] = {}
    for name in request.query_params:
        if name not in allowed:
            message = _("沒有參數「%(parameter)s」；可用的參數：%(allowed)s。")
            errors[name] = message % {"parameter": name[:100], "allowed": ", ".join(sorted(allowed))}
        elif len(request.query_params.getlist(name)) > 1:
            errors[name] = _("參數 %(parameter)s 只能給一次。") % {"parameter": name}
    if errors:
        raise ValidationError(errors)
    language = request.query_params.get("lang", "")
    languages = [code for code, _name in settings.LANGUAGES]
    if language and language not in languages:
        raise bad_value("lang", language, ", ".join(languages))


def _bad_values(request: Request, form: forms.Form) -> ValidationError:
    errors: dict[str, Any] = {}
    for name in form.errors:
        allowed = ", ".join(_allowed(form.fields[name])[:_SHOWN_AT_MOST])
        errors |= bad_value(name, request.query_params.get(name, ""), allowed or _("（無）")).detail  # type: ignore[arg-type]
    return ValidationError(errors)


def _allowed(field: forms.Field) -> list[str]:
    if isinstance(field, Codes):
        return field.codes
    return [str(value) for value, _label in getattr(field, "choices", ()) if value != ""]
