"""What a page says of itself and where it leads, read from its HTML; on an English page, which Chinese words nobody marked.

Marked is what stands in an element whose `lang` is Chinese: a screen reader changes its voice there. It knows no site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from ministries.languages import CHINESE
from portal.translations import PROPER_NOUNS

VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
        "path",
        "circle",
        "rect",
        "line",
    ]
)
UNREAD = frozenset(("script", "style", "textarea"))
"""What a person types is in whatever language they type."""
SPOKEN = ("title", "alt", "aria-label", "aria-description", "placeholder", "label")
PLACEHOLDER = re.compile(r"%\(\w+\)|%[sd]\b|\{\{|\{%")


@dataclass
class Reading:
    """`links` are addresses that people follow, `parts` those that the page itself is made of."""

    language: str = ""
    title: str = ""
    headings: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)
    placeholders: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """What is wrong with the page, whatever else stands on it."""
        found = []
        if not self.language:
            found.append("no language")
        if not self.title:
            found.append("no title")
        if len(self.headings) != 1 or not self.headings[0]:
            found.append(f"headings of the first rank: {self.headings}")
        found += [f"Chinese that is not marked: {text}" for text in dict.fromkeys(self.unmarked)]
        return found + [f"a placeholder is left: {text}" for text in self.placeholders]


def read(html: str) -> Reading:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    made = reader.reading
    made.title = made.title.strip()
    made.headings = [heading.strip() for heading in made.headings]
    return made


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.reading = Reading()
        self._open: list[tuple[str, str]] = []

    @property
    def _language(self) -> str:
        return self._open[-1][1] if self._open else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        language = said.get("lang", self._language)
        if tag not in VOID:
            self._open.append((tag, language))
        self._note(tag, said)
        for name in SPOKEN:
            if said.get(name):
                self._hear(said[name], language)

    def _note(self, tag: str, said: dict[str, str]) -> None:
        reading = self.reading
        if "id" in said:
            reading.anchors.add(said["id"])
        if tag == "html":
            reading.language = said.get("lang", "")
        elif tag == "h1":
            reading.headings.append("")
        elif tag == "a" and "href" in said:
            reading.links.append(said["href"])
        elif tag == "link" and "href" in said:
            people = said.get("rel") in ("alternate", "canonical")
            (reading.links if people else reading.parts).append(said["href"])
        elif tag in ("img", "script", "iframe", "source") and said.get("src"):
            reading.parts.append(said["src"])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                break

    def handle_data(self, data: str) -> None:
        tag, language = self._open[-1] if self._open else ("", "")
        if tag in UNREAD or not data.strip():
            return
        if self._open[-2:-1] and self._open[-2][0] == "head" and tag == "title":
            # Nothing within it can be marked, and a person's name is what it is.
            self.reading.title += data
            return
        if any(each == "h1" for each, _language in self._open):
            self.reading.headings[-1] += data
        if PLACEHOLDER.search(data) and not any(each in ("code", "pre") for each, _language in self._open):
            self.reading.placeholders.append(data.strip())
        self._hear(data, language)

    def _hear(self, text: str, language: str) -> None:
        if self.reading.language.startswith("zh") or language.startswith("zh"):
            return
        for noun in PROPER_NOUNS:
            text = text.replace(noun, "")
        if CHINESE.search(text):
            self.reading.unmarked.append(" ".join(text.split()))
