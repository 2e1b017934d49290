"""A record of a plan file becomes the columns of a row; references to other rows are added by the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import TypeVar

from django.db import models

from kpis.imports.bases import Record, Source
from kpis.services.synchronising import Row

R = TypeVar("R", bound=Record)


def plain(record: Record, model: type[models.Model]) -> Row:
    """The record's values that stand in columns of the same name; references and lists are left out."""
    columns = {each.name for each in model._meta.concrete_fields if not each.is_relation}
    return {each.name: getattr(record, each.name) for each in fields(record) if each.name in columns}


def sourced(source: Source, printed: str = "") -> Row:
    """Where the record was read; `printed` is for records whose own text is the printed one."""
    return {
        "source_document": source.document,
        "source_table": source.table,
        "source_row": source.row,
        "source_printed": source.printed or printed,
    }


def in_levels(
    records: Sequence[R], code: Callable[[R], str], above: Callable[[R], str | None]
) -> Iterator[list[R]]:
    """The records in groups such that what a record points to (`above`) stands in an earlier group."""
    waiting = list(records)
    while waiting:
        codes = {code(each) for each in waiting}
        level = [each for each in waiting if above(each) not in codes]
        yield level
        waiting = [each for each in waiting if each not in level]
