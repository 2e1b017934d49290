"""What people wrote in Chinese is marked on an English page, and nowhere else."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils import translation

from ministries.languages import quoted, tag_of
from reports.fields import NamesSelect

SHOWN = Template("{{ words|said }}")


def shown(words: object, language: str) -> str:
    with translation.override(language):
        return SHOWN.render(Context({"words": words}))


def test_chinese_words_are_marked_on_an_english_page_alone() -> None:
    assert shown("王小明", "en") == '<span lang="zh-Hant-TW">王小明</span>'
    assert shown("王小明", "zh-hant") == "王小明"


@pytest.mark.parametrize("words", ["", "—", "Wang", 12, None])
def test_what_holds_no_chinese_stays_as_it_is(words: object) -> None:
    assert shown(words, "en") == str(words)


def test_what_is_marked_is_never_read_as_markup() -> None:
    assert "&lt;b&gt;王" in shown("<b>王", "en")


def test_terms_within_a_sentence_are_marked_one_by_one() -> None:
    with translation.override("en"):
        marked = quoted("spent (實支數) & payable (應付未付數)")
    assert marked == (
        'spent (<span lang="zh-Hant-TW">實支數</span>) &amp; payable (<span lang="zh-Hant-TW">應付未付數</span>)'
    )


def test_a_choice_of_people_says_what_each_name_is_in() -> None:
    with translation.override("en"):
        assert tag_of("王小明") == "zh-Hant-TW"
        options = NamesSelect(choices=[("1", "王小明"), ("2", "Wang")]).render("deputy", "2")
    assert '<option value="1" lang="zh-Hant-TW">' in options and '<option value="2" selected>' in options
