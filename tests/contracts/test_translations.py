"""Every string that a person may see has a finished English text with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings

from portal import translations

ENGLISH = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
CHINESE = re.compile(r"[一-鿿]")
PROPER_NOUNS = ("中文", "參.一.(二)")
"""Names that stand in Chinese on English pages too."""


@pytest.fixture(scope="module")
def said() -> Catalog:
    """What the code and templates say."""
    return translations.extract(settings.BASE_DIR)


@pytest.fixture(scope="module")
def english() -> Catalog:
    return translations.read(ENGLISH)


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


def test_every_string_of_the_code_has_an_english_text(said: Catalog, english: Catalog) -> None:
    missing = [
        f"{message.locations[0][0]}: {message.id}"
        for message in said
        if message.id
        and not (
            (found := english.get(message.id, message.context)) and not found.fuzzy and all(_strings(found))
        )
    ]
    assert not missing, "run manage.py extract_translations, then translate:\n" + "\n".join(missing)


def test_the_catalogue_holds_nothing_that_the_code_no_longer_says(said: Catalog, english: Catalog) -> None:
    stale = [message.id for message in english if message.id and not said.get(message.id, message.context)]
    assert not stale, "run manage.py extract_translations"


def test_english_texts_keep_the_placeholders(english: Catalog) -> None:
    changed = [
        (message.id, text)
        for message in english
        if message.id
        for text in _strings(message)
        if text and _placeholders(_ids(message)[0]) != _placeholders(text)
    ]
    assert not changed


def test_english_texts_contain_no_chinese_but_proper_nouns(english: Catalog) -> None:
    chinese = [
        text
        for message in english
        for text in _strings(message)
        if message.id and CHINESE.search(_without_proper_nouns(text))
    ]
    assert not chinese


def test_source_strings_are_chinese_or_have_no_words_at_all(said: Catalog) -> None:
    """A sentence in English in the code would show untranslated on Chinese pages."""
    foreign = [
        str(message.id)
        for message in said
        if message.id
        and not CHINESE.search(str(message.id))
        and re.search(r"[A-Za-z]{3}", PLACEHOLDER.sub("", str(message.id)))
    ]
    assert not foreign


def test_templates_are_extracted_with_context_plural_and_trimmed_blocks(tmp_path: Path) -> None:
    page = tmp_path / "portal" / "templates" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        '{% translate "一" %}{% translate "二" context "goal" %}\n'
        "    {% blocktranslate trimmed count n=n %}\n      {{ n }} 頁\n    {% plural %}\n      {{ n }} 頁數\n"
        "    {% endblocktranslate %}",
        encoding="utf-8",
    )
    found = translations.extract(tmp_path)
    assert found.get("一") and found.get("二", context="goal")
    assert found.get("%(n)s 頁").id == ("%(n)s 頁", "%(n)s 頁數")


def test_a_catalogue_is_compiled_once_and_again_only_after_it_changed(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n\nmsgid "一"\nmsgstr "one"\n'
    )
    assert translations.compile_stale(tmp_path) == [source.with_suffix(".mo")]
    assert translations.compile_stale(tmp_path) == []
