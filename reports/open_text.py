"""A rendered page becomes an OpenDocument text (.odt, CNS 15251) that can be edited: its headings, tables and words, and no more.

So a meeting reads the same numbers as the screen. Pictures, controls and what print leaves out are left out; links lead
back to the portal. It knows no figures and no requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html
from odfdo import Cell, Document, Element, Header, Link, List, ListItem, Paragraph, Row

from kpis.open_document import new_document, packed, printable

CONTENT_TYPE = "application/vnd.oasis.opendocument.text"
_LEFT_OUT = {"script", "style", "svg", "button", "nav", "form", "figure", "template"}
_LEFT_OUT_CLASSES = {"no-print", "actions", "landmark", "sort-mark", "bullet-key"}
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4}
_LISTS = {"ul", "ol"}
_OF_THEIR_OWN = {*_HEADINGS, *_LISTS, "table", "dl"}
_LINES = {"p", "div", "li", "dt", "dd", "summary", "br"}
_LINE_CLASSES = {"before", "small"}
_SPACE = re.compile("[ \t\r\n]+")
_BREAK = ("\n", "")
_TEXT, _CELL, _NUMBER, _HEAD = "Text_20_body", "Cell", "Number", "Head"
_TABLE, _BOX = "Table", "Box"
_NARROWEST, _WIDEST = 8, 32
_FONT = "'Noto Sans TC'"
_SMALL = 'fo:font-size="8.5pt" style:font-size-asian="8.5pt"'
_BOLD = 'fo:font-weight="bold" style:font-weight-asian="bold"'
_STYLES = [
    *(
        f'''<style:style style:name="{name}" style:family="paragraph" style:parent-style-name="Standard">
        <style:paragraph-properties fo:text-align="{side}"/><style:text-properties {_SMALL} {more}/></style:style>'''
        for name, side, more in ((_CELL, "start", ""), (_NUMBER, "end", ""), (_HEAD, "start", _BOLD))
    ),
    *(
        f'''<style:style style:name="Width{width}" style:family="table-column">
        <style:table-column-properties style:rel-column-width="{width * 1000}*"/></style:style>'''
        for width in range(_NARROWEST, _WIDEST + 1)  # Small shares would be taken for equal ones.
    ),
    f'''<style:style style:name="{_TABLE}" style:family="table">
    <style:table-properties style:rel-width="100%" table:align="margins" fo:margin-bottom="0.3cm"/></style:style>''',
    f'''<style:style style:name="{_BOX}" style:family="table-cell">
    <style:table-cell-properties fo:border="0.5pt solid #999999" fo:padding="0.08cm"/></style:style>''',
]

Run = tuple[str, str]
"""Words, and the address that they lead to or nothing; `_BREAK` ends a line."""


def open_text(page: str, address: str) -> bytes:
    """The main part of the page as a document; `address` is where the page lives, for its links."""
    root = html.fromstring(page)
    (main,) = root.iter("main")
    document = new_document("text")
    document.meta.title = _plain(next(main.iter("h1")))
    _set_styles(document)
    marks = [each for each in root.iter("aside") if "demonstration" in each.classes]
    for part in (*marks, main):
        for element in _elements(part, address):
            document.body.append(element)
    return packed(document)


def _elements(part: Any, address: str) -> Iterator[Element]:
    """What stands in the part, in its order: words between headings, lists and tables are paragraphs."""
    if part.tag in _HEADINGS:
        yield Header(_HEADINGS[part.tag], _plain(part), style=f"Heading_20_{_HEADINGS[part.tag]}")
    elif part.tag in _LISTS:
        yield _list(part, address)
    elif part.tag == "table":
        yield _table([[*row.iter("th", "td")] for row in part.iter("tr")], address)
    elif part.tag == "dl":
        yield _table([list(pair) for pair in zip(part.iter("dt"), part.iter("dd"), strict=True)], address)
    else:
        runs: list[Run] = [(part.text or "", "")]
        for child in _children(part):
            if not _is_left_out(child) and any(each.tag in _OF_THEIR_OWN for each in child.iter()):
                yield from _paragraphs(runs, _TEXT)
                yield from _elements(child, address)
                runs = []
            else:
                runs += _runs(child, address)
            runs.append((child.tail or "", ""))
        yield from _paragraphs(runs, _TEXT)


def _list(part: Any, address: str) -> List:
    found = List()
    for item in part.iterchildren("li"):
        entry = ListItem()
        for paragraph in _paragraphs(_runs(item, address), _TEXT):
            entry.append(paragraph)
        found.append(entry)
    return found


def _table(rows: list[list[Any]], address: str) -> Element:
    """Rows that stand in a table's head are repeated on every page; what leads to another order is no link there."""
    table = Element.from_tag(f'<table:table table:style-name="{_TABLE}"/>')
    for width in _widths(rows):
        table.append(Element.from_tag(f'<table:table-column table:style-name="Width{width}"/>'))
    heads = Element.from_tag("table:table-header-rows")
    for cells in rows:
        row = Row()
        is_head = all(each.getparent().getparent().tag == "thead" for each in cells)
        for each in cells:
            style = _HEAD if is_head or each.tag == "dt" else _NUMBER if "number" in each.classes else _CELL
            cell = Cell(style=_BOX)
            runs = _runs(each, address)
            for paragraph in _paragraphs(((words, "") for words, _to in runs) if is_head else runs, style):
                cell.append(paragraph)
            row.append(cell)
        (heads if is_head else table).append(row)
        if is_head:
            table.append(heads)
    return table


def _widths(rows: list[list[Any]]) -> list[int]:
    """A column is as wide, among the others, as its longest words, within bounds."""
    columns = zip_longest(*rows)
    longest = (max(len(_plain(each)) for each in column if each is not None) for column in columns)
    return [min(max(length + 2, _NARROWEST), _WIDEST) for length in longest]


def _paragraphs(runs: Iterable[Run], style: str) -> Iterator[Paragraph]:
    """One for each line that says anything."""
    for is_break, line in groupby(runs, key=lambda run: run == _BREAK):
        if is_break or not (words := _tidy(line)):
            continue
        paragraph = Paragraph(style=style)
        for text, address in words:
            if address:
                paragraph.append(Link(address, text=text))
            else:
                paragraph.append_plain_text(text)
        yield paragraph


def _tidy(line: Iterable[Run]) -> list[Run]:
    """Neighbours that lead to the same are one; white space as a browser shows it, none at the ends."""
    tidied: list[Run] = []
    ends_blank = True
    for address, same in groupby(line, key=itemgetter(1)):
        text = _SPACE.sub(" ", printable("".join(words for words, _address in same)))
        text = text[1:] if ends_blank and text.startswith(" ") else text
        if text:
            tidied.append((text, address))
            ends_blank = text.endswith(" ")
    if tidied:
        last, address = tidied.pop()
        tidied += [(last.rstrip(" "), address)] if last.rstrip(" ") else []
    return tidied


def _runs(part: Any, address: str, leads_to: str = "") -> Iterator[Run]:
    if _is_left_out(part):
        return
    if part.tag == "a" and part.get("href"):
        leads_to = urljoin(address, part.get("href"))
    breaks = [_BREAK] if part.tag in _LINES or _LINE_CLASSES & set(part.classes) else []
    yield from breaks
    yield part.text or "", leads_to
    for child in _children(part):
        yield from _runs(child, address, leads_to)
        yield child.tail or "", leads_to
    yield from breaks


def _children(part: Any) -> Iterator[Any]:
    """Elements only, no comments."""
    return iter(part.iterchildren(etree.Element))


def _is_left_out(part: Any) -> bool:
    return part.tag in _LEFT_OUT or "hidden" in part.attrib or bool(_LEFT_OUT_CLASSES & set(part.classes))


def _plain(part: Any) -> str:
    return "".join(words for words, _address in _tidy((words, "") for words, _address in _runs(part, "")))


def _set_styles(document: Document) -> None:
    """A4 across, small tables with lines; the reader's own program knows the rest."""
    for style in _STYLES:
        document.insert_style(style, automatic=True)
    changes = {
        "//style:page-layout-properties": {"fo:page-width": "29.7cm", "fo:page-height": "21cm"},
        "//style:font-face": {"svg:font-family": _FONT},
        "//style:text-properties[@fo:font-family]": {
            "fo:font-family": _FONT,
            "style:font-family-asian": _FONT,
        },
        "//style:text-properties[@fo:font-style]": {
            "fo:font-style": "normal",
            "style:font-style-asian": "normal",
        },
    }
    for path, attributes in changes.items():
        for found in document.styles.get_elements(path):
            for name, value in attributes.items():
                found.set_attribute(name, value)
    for numbering in document.styles.get_elements("//text:outline-style"):
        numbering.delete()
