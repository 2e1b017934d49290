"""A page handed over as an OpenDocument text says what the page says: the same words, numbers, heads and places it leads to."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from lxml import etree, html

from ministries import clock
from reports.models import ReportingQuarter
from reports.open_text import CONTENT_TYPE, open_text
from tests import rounds
from tests.people import People
from tests.reports import decided
from tests.reports.pages import browser

SPACES = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("table", "text", "office")}
SPACES["xlink"] = "http://www.w3.org/1999/xlink"
ADDRESS = "https://portal.example/quarters/112Q1/pack/"


def body(document: bytes) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(document)) as file:
        assert file.read("mimetype").decode() == CONTENT_TYPE
        (found,) = etree.fromstring(file.read("content.xml")).iterfind("office:body/office:text", SPACES)
    return found


def words(element: etree._Element) -> str:
    return re.sub(r"\s", "", "".join(element.itertext()))


def made_of(main: str) -> etree._Element:
    return body(open_text(f"<html><body><main><h1>會議</h1>{main}</main></body></html>", ADDRESS))


@pytest.mark.parametrize("before", ["", "/en"])
def test_the_meetings_pack_to_edit_holds_every_row_of_the_page(
    accepted_round: ReportingQuarter, people: People, before: str
) -> None:
    decided.made(people, due="112Q2", text="第一行\n第二行")
    head = browser(people.head)
    with clock.set_to(rounds.after("112Q2", 5)):
        page = html.fromstring(head.get(f"{before}/quarters/112Q1/pack/").text)
        file = head.get(f"{before}/quarters/112Q1/pack.odt")
    assert file["Content-Disposition"] == 'attachment; filename="112Q1-pack.odt"'
    for mark in page.xpath("//main//*[self::svg or contains(@class, 'sort-mark')]"):
        mark.drop_tree()
    wanted = [[words(cell) for cell in row.iter("th", "td")] for row in page.xpath("//main//tr")]
    document = body(file.content)
    rows = [
        [words(cell) for cell in row.iterfind("table:table-cell", SPACES)]
        for row in document.iterfind(".//table:table-row", SPACES)
    ]
    assert [row for row in wanted if row not in rows] == []
    assert "第一行第二行" in words(document)


def test_heads_of_tables_are_repeated_and_headings_keep_their_level() -> None:
    text = made_of(
        "<h2>壹</h2><table><thead><tr><th>機關</th></tr></thead><tbody><tr><td>7</td></tr></tbody></table>"
    )
    heads = text.iterfind(".//table:table-header-rows//table:table-cell", SPACES)
    assert [words(each) for each in heads] == ["機關"]
    levels = {
        words(each): each.get(f"{{{SPACES['text']}}}outline-level")
        for each in text.iterfind("text:h", SPACES)
    }
    assert levels == {"會議": "1", "壹": "2"}


def test_links_lead_back_to_the_portal() -> None:
    text = made_of('<p>見 <a href="/review/?sort=a">審查</a> 與 <a href="#why">下文</a>。</p>')
    links = {
        words(each): each.get(f"{{{SPACES['xlink']}}}href") for each in text.iterfind(".//text:a", SPACES)
    }
    assert links == {"審查": "https://portal.example/review/?sort=a", "下文": f"{ADDRESS}#why"}
    assert words(text) == "會議見審查與下文。"


def test_lists_pairs_and_loose_words_stay_in_their_order() -> None:
    text = made_of(
        "前<div>中<ul><li>一</li><li>二<br>三</li></ul>後</div><dl><div><dt>期限</dt><dd>尚餘 3 天</dd></div></dl>"
    )
    assert words(text) == "會議前中一二三後期限尚餘3天"
    assert len(text.findall(".//text:list-item", SPACES)) == 2


def test_controls_pictures_and_what_print_leaves_out_are_not_in_it() -> None:
    text = made_of(
        "<nav><ol><li>總覽</li></ol></nav><form><button>送出</button></form><svg><text>圖</text></svg>"
        '<p class="no-print">篩選</p><p hidden>藏</p><!-- 註 --><p>留</p>'
    )
    assert words(text) == "會議留"


def test_the_mark_of_demonstration_data_stands_first() -> None:
    page = '<html><body><aside class="demonstration">示範資料</aside><main><h1>會議</h1></main></body></html>'
    assert words(body(open_text(page, ADDRESS))) == "示範資料會議"
