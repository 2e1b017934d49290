"""The page on how figures are counted is the document itself, in the reader's language, with the settings' values in it.

It is rendered once per process, language and settings. Anchors are made of the English headings, so that an address
leads to the same section in both languages. It knows no figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from ministries.languages import quoted

DOCUMENTS = settings.BASE_DIR / "docs" / "methodology"
LANGUAGES = ("zh-hant", "en")
# A code span that is the name of one of these settings is shown as its value.
SHOWN = ("LIGHT_YELLOW_POINTS", "LIGHT_RED_POINTS", "EXECUTION_FORMULA")


@dataclass(frozen=True)
class Section:
    """A part of the page that its contents list: where it begins, and its heading."""

    anchor: str
    title: str


@dataclass(frozen=True)
class Page:
    """`body` is everything below the title."""

    title: str
    sections: tuple[Section, ...]
    body: SafeString


def page() -> Page:
    """The document in the language in force."""
    language = get_language() or settings.LANGUAGE_CODE
    values = tuple(str(getattr(settings, name)) for name in SHOWN)
    return _rendered(language if language in LANGUAGES else settings.LANGUAGE_CODE, values)


@lru_cache(maxsize=8)
def _rendered(language: str, values: tuple[str, ...]) -> Page:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _open_table)
    parser.add_render_rule("table_close", _close_table)
    parser.add_render_rule("text", _quote)
    anchors = [_anchor(title) for _level, title in _headings(_parsed(parser, "en"))]
    tokens = _parsed(parser, language)
    headings = _headings(tokens)
    _mark_headings_and_tables(tokens, anchors)
    _put_values(tokens, dict(zip(SHOWN, values, strict=True)))
    sections = [
        Section(anchor, title)
        for anchor, (level, title) in zip(anchors, headings, strict=True)
        if level == "h2"
    ]
    after_title = next(at for at, token in enumerate(tokens) if token.type == "heading_close") + 1
    body = parser.renderer.render(tokens[after_title:], parser.options, {})
    return Page(headings[0][1], tuple(sections), mark_safe(body))  # noqa: S308 - our own document, without raw HTML


def _parsed(parser: MarkdownIt, language: str) -> list[Token]:
    return parser.parse((DOCUMENTS / f"{language}.md").read_text(encoding="utf-8"))


def _headings(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """Level (`h2`) and text of every heading, in order."""
    return [(token.tag, text.content) for token, text in pairwise(tokens) if token.type == "heading_open"]


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _mark_headings_and_tables(tokens: Sequence[Token], anchors: Sequence[str]) -> None:
    """Headings get their anchors, tables know the heading above them, and cells that head a column or row say so."""
    coming = iter(anchors)
    anchor, begins_row = "", False
    for token in tokens:
        if token.type == "heading_open":
            anchor = next(coming)
            token.attrSet("id", anchor)
        elif token.type == "table_open":
            token.meta["heading"] = anchor
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "tr_open":
            begins_row = True
        elif token.type == "td_open" and begins_row:
            token.tag = "th"
            token.attrSet("scope", "row")
        elif token.type == "td_close" and begins_row:
            token.tag, begins_row = "th", False


def _put_values(tokens: Sequence[Token], values: dict[str, str]) -> None:
    for token in tokens:
        for child in token.children or ():
            if child.type == "code_inline" and child.content in values:
                child.content = values[child.content]
                child.type = "text" if child.content.replace(".", "").isdecimal() else child.type


def _open_table(_renderer: RendererHTML, tokens: Sequence[Token], at: int, *_rest: Any) -> str:
    """A table may be wider than a narrow screen: it scrolls by itself, with the keyboard too."""
    return format_html(
        '<div class="table-scroll" tabindex="0" role="region" aria-labelledby="{}"><table>\n',
        tokens[at].meta["heading"],
    )


def _close_table(_renderer: RendererHTML, _tokens: Sequence[Token], _at: int, *_rest: Any) -> str:
    return "</table></div>\n"


def _quote(_renderer: RendererHTML, tokens: Sequence[Token], at: int, *_rest: Any) -> str:
    """The English text names the regulation's terms in Chinese."""
    return quoted(tokens[at].content)
