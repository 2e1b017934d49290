"""Every read of organisations that a page or the public API needs; it does not know who renders it."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from ministries.models import FunctionTransfer, Organisation


def organisations() -> QuerySet[Organisation]:
    """Organisations with all their names and the functions that moved from and to them."""
    transfers = FunctionTransfer.objects.select_related("from_organisation", "to_organisation")
    return Organisation.objects.select_related("parent").prefetch_related(
        "names", Prefetch("functions_given", transfers), Prefetch("functions_taken", transfers)
    )
