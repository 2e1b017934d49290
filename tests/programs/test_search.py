"""A search finds what is meant, shows where, and takes no character for anything but itself."""

from __future__ import annotations

from programs.search import Entry, folded, search, words_of


def _entry(title: str, *others: str, code: str = "P01") -> Entry:
    return Entry("program", code, "/", title, others)


def _marked(query: str, title: str, *others: str) -> str:
    (found,) = search([_entry(title, *others)], query)
    pieces = [*found.title, *found.excerpt]
    return "".join(f"[{each.text}]" if each.is_match else each.text for each in pieces)


def test_spellings_of_one_word_are_the_same() -> None:
    for one, other in (
        ("臺灣杉", "台灣杉"),
        ("ＡＩ　人才", "ai人才"),
        ("P０8", "p08"),
        ("AI 人才", "AI人才"),
    ):
        assert folded(one) == folded(other), (one, other)


def test_the_match_is_shown_as_it_is_written() -> None:
    assert _marked("台灣杉", "臺灣杉四號") == "[臺灣杉]四號"
    assert _marked("ai人才", "培育 AI 人才計畫") == "培育 [AI 人才]計畫"
    assert _marked("chip", "晶片", "AI on ＣＨＩＰ 計畫") == "晶片AI on [ＣＨＩＰ] 計畫"
    assert _marked("AI 計畫", "計畫甲 AI") == "[計畫]甲 [AI]"


def test_a_long_text_is_shown_around_the_match() -> None:
    shown = _marked("目標", "計畫", "前" * 200 + "目標" + "後" * 200)
    assert shown.startswith("計畫…前") and "[目標]" in shown and shown.endswith("後…") and len(shown) < 110


def test_every_word_has_to_be_found_and_the_best_comes_first() -> None:
    entries = [
        _entry("甲", "講到人才", code="P1"),
        _entry("人才計畫", code="P2"),
        _entry("乙", code="人才"),
        _entry("丙", code="P4"),
    ]
    assert [each.entry.code for each in search(entries, "人才")] == ["人才", "P2", "P1"]
    assert [each.entry.code for each in search(entries, "人才 計畫")] == ["P2"]
    assert search(entries, "人才 沒有") == []


def test_no_character_has_a_meaning_of_its_own() -> None:
    entries = [_entry("百分之 100% 的_計畫")]
    assert search(entries, "%") and search(entries, "_")
    for query in ("", "   ", "　", "%%", ".*", "\\", "'", "\x00"):
        assert search(entries, query) == [], query
    assert words_of("　 \t") == []


def test_a_word_that_folds_to_more_characters_is_found_and_marked() -> None:
    assert _marked("ss", "Straße") == "Stra[ß]e"
    assert _marked("12", "⑫ 項") == "[⑫] 項"
