"""Source strings are Chinese and stand in the code; the English catalogue must say every one of them.

Extraction and compilation are Babel's, so that no gettext program has to be installed. It knows no settings but
the catalogues' folder.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from ministries.languages import CHINESE

ROOMS = ("portal", "reports", "kpis", "programs", "ministries")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "lazy": None,  # gettext_lazy, where a module has many
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
PROPER_NOUNS = ("中文", "參.一.(二)")
"""Names that stand in Chinese on English pages too."""


@dataclass(frozen=True)
class Gap:
    """A string that somebody would see in the wrong language, or with a hole in it; `fault` says which in both languages."""

    place: str
    text: str
    fault: str


def gaps(said: Catalog, english: Catalog) -> Iterator[Gap]:
    """What keeps the English catalogue from saying all that the code says, and nothing else."""
    for message in _messages(said):
        found = english.get(message.id, message.context)
        if found is None or found.fuzzy or not all(_strings(found)):
            yield _gap(message, "未譯 not translated")
        if not CHINESE.search(_ids(message)[0]) and re.search(
            r"[A-Za-z]{3}", PLACEHOLDER.sub("", _ids(message)[0])
        ):
            yield _gap(message, "原文不是中文 the source is not Chinese")
    for message in _messages(english):
        if not said.get(message.id, message.context):
            yield _gap(message, "程式已無此字串 the code no longer says it")
        for text in filter(None, _strings(message)):
            if _placeholders(_ids(message)[0]) != _placeholders(text):
                yield _gap(message, "代入符號不同 other placeholders")
            if CHINESE.search(_without_proper_nouns(text)):
                yield _gap(message, "英文中有中文 Chinese in the English")


def _messages(catalogue: Catalog) -> Iterator[Message]:
    """All but the catalogue's own head."""
    return (message for message in catalogue if message.id)


def _gap(message: Message, fault: str) -> Gap:
    place = message.locations[0][0] if message.locations else ""
    return Gap(place, _ids(message)[0], fault)


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def _ids(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def _placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def _without_proper_nouns(text: str) -> str:
    for noun in PROPER_NOUNS:
        text = text.replace(noun, "")
    return text


def extract(root: Path) -> Catalog:
    """Every string marked for translation in the code and templates of the rooms below `root`."""
    found = Catalog()
    for path in _sources(root):
        place = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            text = _as_python(text, place)
        source = io.BytesIO(text.encode())
        for line, function, message, _comments in extract_python(source, KEYWORDS, [], {"encoding": "utf-8"}):
            context, ids = _arguments(str(function), message)
            if ids:
                found.add(ids, locations=[(place, line)], context=context)
    return found


def _sources(root: Path) -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            if _is_template(path) or (path.suffix == ".py" and "migrations" not in path.parts):
                yield path


def _is_template(path: Path) -> bool:
    """Pages, and the texts of letters and messages."""
    return path.suffix in (".html", ".txt") and "templates" in path.parts


def _as_python(template: str, place: str) -> str:
    """The template's strings as calls that a Python tokenizer can read; its indentation would be a mistake there."""
    return "\n".join(line.lstrip() for line in templatize(template, origin=place).splitlines())


def _arguments(
    function: str, given: str | Sequence[str | None] | None
) -> tuple[str | None, str | tuple[str, str] | None]:
    """(context, id or pair of singular and plural) of a call; no id where the arguments are no literals."""
    arguments = [given] if isinstance(given, str) or given is None else list(given)
    context = arguments.pop(0) if arguments and "pgettext" in function else None
    if function.startswith(("ngettext", "npgettext")):
        singular, plural = [*arguments, None, None][:2]
        return context, (singular, plural) if singular and plural else None
    return context, next((each for each in arguments[:1] if each), None)


def read(path: Path) -> Catalog:
    """The catalogue in a .po file; an empty English one where there is none yet."""
    if not path.exists():
        return Catalog(locale="en", project="portal", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=_locale(path))


def update(path: Path, found: Catalog) -> Catalog:
    """Writes `found` into the .po file, keeping what is translated and dropping what the code no longer says."""
    catalogue = read(path)
    catalogue.update(found, no_fuzzy_matching=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=110, ignore_obsolete=True, sort_by_file=True, include_lineno=False)
    return catalogue


def compile_stale(folder: Path) -> list[Path]:
    """Compiles each .po below `folder` whose .mo is missing or older; returns the .mo files written.

    Each is replaced in one step: a server that starts meanwhile reads the old one or the new one, never half.
    """
    written = []
    for source in sorted(folder.rglob("*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        half = target.with_suffix(".mo.part")
        with half.open("wb") as file:
            write_mo(file, read(source))
        half.replace(target)
        written.append(target)
    return written


def _locale(path: Path) -> str:
    """`…/zh_Hant/LC_MESSAGES/django.po` → `zh_Hant`."""
    return path.parent.parent.name
