"""A YAML file becomes records of `kpis.imports.records`, or problems; a value is of its field's type, never guessed.

The reader walks YAML's own nodes, which know their lines. It does not know what records mean to each other.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis.imports.bases import Record, Source
from kpis.imports.problems import Place, Problem
from kpis.imports.records import FileRecord
from programs.quarters import Quarter

R = TypeVar("R", bound=Record)
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BAD = object()  # stands for a value whose problem has been reported
_SPECIFICATIONS: dict[type[Record], dict[str, tuple[Field[Any], Any]]] = {}
_NULL = "tag:yaml.org,2002:null"


@dataclass
class FileReading:
    """What one file yields: its sound records, its problems, and the codes of records that are not sound.

    `record` is empty where the file is no YAML mapping at all.
    """

    record: FileRecord | None = None
    problems: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)


def read_file(path: Path) -> FileReading:
    """Reads the file as far as it can be read; everything else is a problem."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        root = yaml.compose(text, Loader=_LOADER)  # nodes only: builds no objects
    except FileNotFoundError:
        return _unread(path, _("找不到檔案。"))
    except UnicodeDecodeError as error:
        return _unread(path, _("不是 UTF-8 編碼（自第 %(byte)d 位元組起）。") % {"byte": error.start + 1})
    except OSError as error:
        return _unread(path, _("無法讀取檔案：%(reason)s。") % {"reason": error.strerror})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = mark.line + 1 if mark else None
        return _unread(path, _("不是有效的 YAML：%(reason)s。") % {"reason": reason}, line)
    if not isinstance(root, yaml.MappingNode):
        return _unread(path, _("檔案內容應為「欄位: 值」。"))
    reader = _Reader(path, _document_of(root), FileReading())
    reader.reading.record = reader.record(FileRecord, root, "")
    return reader.reading


def _unread(path: Path, message: str, line: int | None = None) -> FileReading:
    return FileReading(problems=[Problem(Place(path, line), "", message)])


def _document_of(root: yaml.MappingNode) -> str:
    """The file's `document`, which holds for every source in it that names none of its own."""
    return next((value.value for key, value in root.value if key.value == "document"), "")


def _specification(kind: type[Record]) -> dict[str, tuple[Field[Any], Any]]:
    """The keys that a record may have, with their dataclass fields and types; worked out once per kind."""
    if kind not in _SPECIFICATIONS:
        hints = typing.get_type_hints(kind)
        _SPECIFICATIONS[kind] = {
            each.name: (each, hints[each.name]) for each in fields(kind) if each.name != "at"
        }
    return _SPECIFICATIONS[kind]


def _limits(kind: type[Record], name: str) -> Callable[[Any], None] | None:
    """The validators of the model's field of the same name, where it has one."""
    try:
        limited = kind.model._meta.get_field(kind.prefix + name) if kind.model else None
    except FieldDoesNotExist:
        return None
    return limited.run_validators if isinstance(limited, models.Field) else None


@dataclass
class _Reader:
    """Reads one file; problems are collected, so that one reading names all of them."""

    path: Path
    document: str
    reading: FileReading

    def complain(self, place: Place, name: str, message: str) -> object:
        self.reading.problems.append(Problem(place, name, message))
        return _BAD

    def record(self, kind: type[R], node: yaml.Node, label: str) -> R | None:
        """The record that the mapping `node` holds; none where a needed value is missing or wrong."""
        place = Place(self.path, node.start_mark.line + 1, label)
        if not isinstance(node, yaml.MappingNode):
            self.complain(place, "", _("應為「欄位: 值」，而非%(found)s。") % {"found": _kind_of(node)})
            return None
        given = self._given(kind, node, place)
        values: dict[str, Any] = {"at": place}
        for name, (each, hint) in _specification(kind).items():
            values[name] = self._value(kind, each, hint, given.get(name), place)
            if kind is FileRecord and values[name] is _BAD:
                values[name] = each.default  # the rest of the file is worth reading
        if kind is Source and values["document"] == "":
            values["document"] = self.document or self.complain(
                place, "document", _("缺少文件名稱；可寫在檔案最上層的 document。")
            )
        if _BAD in values.values():
            self.reading.broken.add(_scalars(node).get("code", ""))
            return None
        return kind(**values)

    def _given(self, kind: type[Record], node: yaml.MappingNode, place: Place) -> dict[str, yaml.Node]:
        """The mapping's values by key; unknown and repeated keys are problems, empty values count as not given."""
        known = _specification(kind)
        given: dict[str, yaml.Node] = {}
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            here = Place(self.path, key.start_mark.line + 1, place.record)
            if name not in known:
                self.complain(
                    here, name, _("不認得的欄位；可用的有：%(known)s。") % {"known": "、".join(known)}
                )
            elif name in seen:
                self.complain(here, name, _("同一欄位出現兩次。"))
            elif value.tag != _NULL:
                given[name] = value
            seen.add(name)
        return given

    def _value(
        self, kind: type[Record], spec: Field[Any], hint: Any, node: yaml.Node | None, place: Place
    ) -> Any:
        if node is None:
            if spec.default is not MISSING:
                return spec.default
            return self.complain(place, spec.name, _("缺少必填欄位。"))
        here = Place(self.path, node.start_mark.line + 1, place.record)
        value = self._typed(hint, spec.name, node, here)
        if value is _BAD:
            return _BAD
        if value in ("", ()) and spec.default is MISSING:
            return self.complain(here, spec.name, _("不得空白。"))
        limits = _limits(kind, spec.name)
        if limits and not isinstance(value, tuple | Quarter):
            try:
                limits(value)
            except ValidationError as error:
                return self.complain(here, spec.name, " ".join(error.messages))
        return value

    def _typed(self, hint: Any, name: str, node: yaml.Node, place: Place) -> Any:
        """The node's value as `hint` wants it, which is a scalar type, a record, or a tuple, dict or option of such."""
        if isinstance(hint, types.UnionType):
            hint = next(each for each in typing.get_args(hint) if each is not types.NoneType)
        origin = typing.get_origin(hint)
        if origin is tuple:
            return self._list(typing.get_args(hint)[0], name, node, place)
        if origin is dict:
            return self._numbers(name, node, place)
        if issubclass(hint, Record):
            found = self.record(hint, node, _label(place.record, name, node, None))
            return _BAD if found is None else found
        if not isinstance(node, yaml.ScalarNode):
            return self.complain(place, name, _("應為單一的值，而非%(found)s。") % {"found": _kind_of(node)})
        return self._scalar(hint, name, node, place)

    def _list(self, hint: Any, name: str, node: yaml.Node, place: Place) -> Any:
        """The list's values; records that are not sound are left out, for their problems are told already."""
        if not isinstance(node, yaml.SequenceNode):
            return self.complain(place, name, _("應為清單，而非%(found)s。") % {"found": _kind_of(node)})
        if issubclass(hint, Record):
            found = [
                self.record(hint, item, _label(place.record, name, item, number))
                for number, item in enumerate(node.value, 1)
            ]
            sound = tuple(each for each in found if each is not None)
            return _BAD if found and not sound else sound
        values = [
            self._typed(hint, name, item, Place(self.path, item.start_mark.line + 1, place.record))
            for item in node.value
        ]
        return _BAD if _BAD in values else tuple(values)

    def _numbers(self, name: str, node: yaml.Node, place: Place) -> Any:
        """A mapping of whole numbers to whole numbers, such as rows by table."""
        if not isinstance(node, yaml.MappingNode):
            return self.complain(
                place, name, _("應為「數字: 數字」，而非%(found)s。") % {"found": _kind_of(node)}
            )
        pairs = [[self._typed(int, name, each, place) for each in pair] for pair in node.value]
        return _BAD if any(_BAD in pair for pair in pairs) else dict(pairs)

    def _scalar(self, hint: Any, name: str, node: yaml.ScalarNode, place: Place) -> Any:
        convert, wanted = _SCALARS[_scalar_kind(hint)]
        value = convert(hint, node)
        if value is not _BAD:
            return value
        if issubclass(hint, models.TextChoices):
            wanted = _("應為下列之一：%(choices)s") % {"choices": "、".join(hint.values)}
        return self.complain(
            place, name, _("%(wanted)s，而非「%(found)s」。") % {"wanted": wanted, "found": node.value}
        )


def _label(parent: str, name: str, node: yaml.Node, number: int | None) -> str:
    """What people call the record: its code, or its place in its list, below the record that holds it."""
    codes = _scalars(node).get("code", "")
    own = codes or (f"{name}[{number}]" if number else name)
    return f"{parent} › {own}" if parent else own


def _scalars(node: yaml.Node) -> dict[str, str]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {
        key.value: value.value
        for key, value in node.value
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    }


def _kind_of(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return _("一組欄位")
    if isinstance(node, yaml.SequenceNode):
        return _("清單")
    return f"「{node.value}」"


def _tagged(node: yaml.ScalarNode, *names: str) -> bool:
    return node.tag.removeprefix("tag:yaml.org,2002:") in names


def _text(_hint: Any, node: yaml.ScalarNode) -> Any:
    return node.value.strip() if _tagged(node, "str") else _BAD


def _choice(hint: Any, node: yaml.ScalarNode) -> Any:
    return hint(node.value) if node.value in hint.values else _BAD


def _truth(_hint: Any, node: yaml.ScalarNode) -> Any:
    return node.value.lower() in ("true", "yes", "on") if _tagged(node, "bool") else _BAD


def _whole(_hint: Any, node: yaml.ScalarNode) -> Any:
    return int(node.value) if _tagged(node, "int") and node.value.lstrip("+-").isdecimal() else _BAD


def _decimal(_hint: Any, node: yaml.ScalarNode) -> Any:
    """The number exactly as written; binary fractions never come into it."""
    try:
        number = Decimal(node.value) if _tagged(node, "int", "float") else None
    except InvalidOperation:
        number = None
    return number if number is not None and number.is_finite() else _BAD


def _day(_hint: Any, node: yaml.ScalarNode) -> Any:
    try:
        return date.fromisoformat(node.value)
    except ValueError:
        return _BAD


def _quarter(_hint: Any, node: yaml.ScalarNode) -> Any:
    try:
        return Quarter.parse(node.value)
    except ValueError:
        return _BAD


def _scalar_kind(hint: Any) -> type[Any]:
    return next(each for each in _SCALARS if issubclass(hint, each))


# Choices are texts too, so they come first.
_SCALARS: Mapping[type[Any], tuple[Callable[[Any, yaml.ScalarNode], Any], Any]] = {
    models.TextChoices: (_choice, ""),
    str: (_text, gettext_lazy("應為文字（數字或日期請加引號）")),
    bool: (_truth, gettext_lazy("應為 true 或 false")),
    int: (_whole, gettext_lazy("應為整數")),
    Decimal: (_decimal, gettext_lazy("應為數字")),
    date: (_day, gettext_lazy("應為日期，例如 2023-04-07")),
    Quarter: (_quarter, gettext_lazy("應為季別，例如 112Q1")),
}
