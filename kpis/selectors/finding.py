"""What the public can find by words: programmes, published indicators, organisations, sub-items and pillars.

Whoever may open a page of their own for one of these is led there instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import reverse

from kpis.published import Edition
from kpis.wording import in_chinese
from ministries.selectors import Called
from programs.outline import Outline
from programs.search import Entry

PROGRAM, INDICATOR, ORGANISATION, ITEM, PILLAR = "program", "indicator", "organisation", "item", "pillar"


Addresses = Mapping[tuple[str, str], str]
"""Where somebody is led instead of the public page, by kind and code."""


def entries(outline: Outline, edition: Edition | None, addresses: Addresses | None = None) -> list[Entry]:
    """Everything, titles in the language in force; asks no database."""
    own = addresses or {}
    return [
        *_programs(outline, own),
        *_indicators(edition, own),
        *_organisations(outline),
        *_pillars(outline),
    ]


def _programs(outline: Outline, own: Addresses) -> Iterator[Entry]:
    for each in outline.programs:
        words = [
            *_names(each.standing),
            *_names(each.program),
            each.program.purpose_zh,
            each.program.purpose_en,
        ]
        words += [name for part in each.parts for name in _names(part)]
        words += [row.printed for row in each.listings]
        words += [*_names(each.organisation), each.organisation.short_zh, each.organisation.short_en]
        address = own.get((PROGRAM, each.code)) or reverse("plan-program", args=[each.code])
        yield Entry(PROGRAM, each.code, address, title_of(each.standing), words)


def _indicators(edition: Edition | None, own: Addresses) -> Iterator[Entry]:
    for each in edition.indicators if edition else ():
        words = [*_names(each), each.definition_zh, each.definition_en, each.source_printed]
        words += [name for owner in each.organisations for name in _names(owner)]
        address = own.get((INDICATOR, each.code)) or reverse("indicator", args=[each.code])
        yield Entry(INDICATOR, each.code, address, title_of(each), words)


def _organisations(outline: Outline) -> Iterator[Entry]:
    for each in outline.organisations.values():
        address = reverse("ministry", args=[each.code])
        yield Entry(ORGANISATION, each.code, address, title_of(each), names_of(each))


def _pillars(outline: Outline) -> Iterator[Entry]:
    for pillar in outline.pillars:
        address = reverse("pillar", args=[pillar.code])
        words = [*_names(pillar), pillar.description_zh, pillar.description_en]
        yield Entry(PILLAR, pillar.code, address, title_of(pillar), words)
        for item in pillar.items:
            words = [*_names(item), *(text for task in item.tasks for text in (task.text_zh, task.text_en))]
            yield Entry(ITEM, item.code, f"{address}#item-{item.code}", title_of(item), words)


def names_of(organisation: Called) -> list[str]:
    """Every name that it ever bore."""
    return [word for name in organisation.names for word in (*_names(name), name.short_zh, name.short_en)]


def _names(record: Any) -> list[str]:
    return [record.name_zh, record.name_en]


def title_of(record: Any) -> str:
    return str(record.name_zh if in_chinese() else record.name_en or record.name_zh)
