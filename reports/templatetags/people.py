"""Small readings of people's rows for the lists."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from ministries.models import Membership, Organisation

register = template.Library()


@register.filter
def homes(memberships: Iterable[Membership]) -> list[Organisation]:
    """The organisations of the memberships, each once, in their order."""
    return list({each.organisation_id: each.organisation for each in memberships}.values())
