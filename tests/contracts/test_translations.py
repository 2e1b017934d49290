"""Every string that a person may see has a finished English text with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.translation import gettext, override, pgettext

from kpis.models import Indicator
from portal import translations
from programs.models import Plan

ENGLISH = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.po"
STANDS_ALONE = re.compile(
    r"<(button|h[1-4]|th|label|legend|summary|caption)\b[^>]*>\s*"
    r'\{% translate "([^"]+)"(?: context "(\w+)")? %\}'
)


def test_every_string_has_an_english_text_and_every_text_a_string() -> None:
    found = translations.gaps(translations.extract(settings.BASE_DIR), translations.read(ENGLISH))
    gaps = [f"{gap.fault} {gap.place}: {gap.text}" for gap in found]
    assert not gaps, "run manage.py extract_translations, then translate:\n" + "\n".join(gaps)


@pytest.mark.parametrize(
    ("source", "english", "fault"),
    [
        ("送出", None, "not translated"),
        ("送出", "", "not translated"),
        (("%(n)s 項", "%(n)s 項"), ("%(n)s item", ""), "not translated"),
        ("共 %(n)s 項", "%(count)s items", "other placeholders"),
        ("送出", "Submit 送出", "Chinese in the English"),
        ("Submit", "Submit", "the source is not Chinese"),
        (None, "Submit", "the code no longer says it"),
    ],
)
def test_each_kind_of_gap_is_found(
    source: str | tuple[str, str] | None, english: str | tuple[str, str] | None, fault: str
) -> None:
    said, catalogue = Catalog(), Catalog(locale="en")
    if source:
        said.add(source, locations=[("page.html", 1)])
    if english is not None:
        catalogue.add(source or "舊", english)
    assert [gap.fault.partition(" ")[2] for gap in translations.gaps(said, catalogue)] == [fault]


def test_names_that_are_chinese_everywhere_are_no_gap() -> None:
    said, catalogue = Catalog(), Catalog(locale="en")
    said.add("中文")
    catalogue.add("中文", "中文")
    assert not list(translations.gaps(said, catalogue))


def test_the_command_ends_well_only_while_the_plan_has_its_english_too(plan: Plan) -> None:
    call_command("check_translations", verbosity=0)
    Indicator.objects.filter(code="KR1.1").update(name_en="")
    with pytest.raises(CommandError, match="1 gaps"):
        call_command("check_translations")


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


def test_what_stands_by_itself_begins_with_a_capital_in_english() -> None:
    """Headings, buttons and labels; the same Chinese may be an act within a sentence, which has a context of its own."""
    small = []
    for path in sorted(settings.BASE_DIR.glob("*/templates/**/*.html")):
        for tag, words, context in STANDS_ALONE.findall(path.read_text(encoding="utf-8")):
            with override("en"):
                said = pgettext(context, words) if context else gettext(words)
            if said[:1].islower():
                small.append(f"{path.name} <{tag}> {words}: {said}")
    assert small == []
