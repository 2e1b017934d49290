"""An organisation is shown under the name that held on the day in question, read with the rows that show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BooleanField, Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import JSONObject

from ministries.models import Organisation, OrganisationName


@dataclass(frozen=True)
class Named:
    """An organisation's code with its name of one day."""

    code: str
    name_zh: str
    name_en: str
    short_zh: str
    short_en: str


_WORDS = ("name_zh", "name_en", "short_zh", "short_en")


def named(organisation: Organisation, on: date) -> Named:
    """Reads the organisation's prefetched names."""
    name = organisation.name_on(on)
    return Named(organisation.code, *(getattr(name, word) for word in _WORDS))


def name_json(organisation_id: str, on: date) -> Subquery:
    """The name of `on` as JSON, for the organisation whose key stands in the column `organisation_id`."""
    held = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
    names = (
        OrganisationName.objects.filter(organisation=OuterRef(organisation_id))
        .annotate(held=Case(When(held, then=Value(True)), default=Value(False), output_field=BooleanField()))
        .order_by("-held", F("valid_from").desc(nulls_last=True))
    )
    return Subquery(names.values(json=JSONObject(**{word: word for word in _WORDS}))[:1])


def named_from(code: str, json: dict[str, Any] | None) -> Named:
    """What `name_json` read; the code stands in for a name that was never given."""
    return Named(code, *((json or {}).get(word, code) for word in _WORDS))
