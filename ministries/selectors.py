"""Every read of organisations that a page or the public API needs; it does not know who renders it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import F, Prefetch, QuerySet
from django.http import HttpRequest

from ministries.models import DemonstrationRun, FunctionTransfer, Organisation, OrganisationName


def organisations() -> QuerySet[Organisation]:
    """Organisations with all their names and the functions that moved from and to them."""
    transfers = FunctionTransfer.objects.select_related("from_organisation", "to_organisation")
    return Organisation.objects.select_related("parent").prefetch_related(
        "names", Prefetch("functions_given", transfers), Prefetch("functions_taken", transfers)
    )


def names_on(day: date, organisations: Iterable[int]) -> dict[int, OrganisationName]:
    """Organisation → its name of the day, as `Organisation.name_on`, in the organisations' order; one query."""
    names = OrganisationName.objects.filter(organisation__in=organisations).select_related("organisation")
    found: dict[int, OrganisationName] = {}
    for name in names.order_by(
        "organisation__order", "organisation__code", F("valid_from").asc(nulls_first=True)
    ):
        if name.organisation_id not in found or name.valid_from is None or name.valid_from <= day:
            found[name.organisation_id] = name
    return found


def is_demonstration(request: HttpRequest) -> bool:
    """Whether generated data was loaded; read once per request."""
    known: bool | None = getattr(request, "_is_demonstration", None)
    if known is None:
        known = DemonstrationRun.objects.exists()
        request._is_demonstration = known  # type: ignore[attr-defined]
    return known
