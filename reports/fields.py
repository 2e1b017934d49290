"""Form fields that read what people type as `reports.typed` does: days in both calendars, and prose."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ministries.languages import tag_of
from reports import typed
from reports.forms import EXAMPLE_OF_DAY, spelled


class NamesSelect(forms.Select):
    """A choice of people: each name is marked as what it is in."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, label, *args, **options)
        if tag := tag_of(label):
            option["attrs"]["lang"] = tag
        return option


class DayField(forms.Field):
    """A day, as `113/01/05` or `2024-01-05`; what was typed is shown again as it was typed."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", EXAMPLE_OF_DAY)
        super().__init__(widget=forms.TextInput(attrs={"maxlength": 40, "autocomplete": "off"}), **options)

    def to_python(self, value: Any) -> date | None:
        if value is None or isinstance(value, date):
            return value
        try:
            return typed.day(str(value))
        except typed.NotUnderstood as why:
            raise ValidationError(str(why)) from why

    def prepare_value(self, value: Any) -> str:
        return spelled(value)


class WordsField(forms.Field):
    """Prose with one kind of line end, without what cannot be stored."""

    def __init__(self, *, rows: int = 3, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **options)

    def to_python(self, value: Any) -> str:
        try:
            return typed.words(str(value or ""))
        except typed.NotUnderstood as why:
            raise ValidationError(str(why)) from why
