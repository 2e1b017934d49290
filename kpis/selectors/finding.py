"""What the public can find by words: programmes, published indicators, organisations, sub-items and pillars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from kpis.published import Edition
from kpis.wording import in_chinese
from programs.outline import Outline
from programs.search import Entry

PROGRAM, INDICATOR, ORGANISATION, ITEM, PILLAR = "program", "indicator", "organisation", "item", "pillar"


def entries(outline: Outline, edition: Edition | None) -> list[Entry]:
    """Everything, titles in the language in force; asks no database."""
    return [*_programs(outline), *_indicators(edition), *_organisations(outline), *_pillars(outline)]


def _programs(outline: Outline) -> Iterator[Entry]:
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
        yield Entry(
            PROGRAM, each.code, reverse("plan-program", args=[each.code]), _title(each.standing), words
        )


def _indicators(edition: Edition | None) -> Iterator[Entry]:
    for each in edition.indicators if edition else ():
        words = [*_names(each), each.definition_zh, each.definition_en, each.source_printed]
        words += [name for owner in each.organisations for name in _names(owner)]
        yield Entry(INDICATOR, each.code, reverse("indicator", args=[each.code]), _title(each), words)


def _organisations(outline: Outline) -> Iterator[Entry]:
    for each in outline.organisations.values():
        words = [word for name in each.names for word in (*_names(name), name.short_zh, name.short_en)]
        yield Entry(ORGANISATION, each.code, reverse("ministry", args=[each.code]), _title(each), words)


def _pillars(outline: Outline) -> Iterator[Entry]:
    for pillar in outline.pillars:
        address = reverse("pillar", args=[pillar.code])
        words = [*_names(pillar), pillar.description_zh, pillar.description_en]
        yield Entry(PILLAR, pillar.code, address, _title(pillar), words)
        for item in pillar.items:
            words = [*_names(item), *(text for task in item.tasks for text in (task.text_zh, task.text_en))]
            yield Entry(ITEM, item.code, f"{address}#item-{item.code}", _title(item), words)


def _names(record: Any) -> list[str]:
    return [record.name_zh, record.name_en]


def _title(record: Any) -> str:
    return str(record.name_zh if in_chinese() else record.name_en or record.name_zh)
