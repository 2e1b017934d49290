"""What people wrote stands in their own language on a page in another, and is marked as theirs: a voice then reads it rightly.

The portal's own words are never marked here: they are translated.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_TERMS = re.compile(f"({CHINESE.pattern}+)")
TAG = "zh-Hant-TW"


def tag_of(words: Any) -> str:
    """For `lang`, where the words are Chinese and the page is not; else nothing."""
    foreign = bool(words) and (get_language() or "zh")[:2] != "zh" and CHINESE.search(str(words))
    return TAG if foreign else ""


def said(words: Any) -> Any:
    """What somebody wrote, or is called, in an element of its own where it is in another language than the page."""
    tag = tag_of(words)
    return format_html('<span lang="{}">{}</span>', tag, words) if tag else words


def quoted(words: str) -> SafeString:
    """Words of the page's own language, in which every Chinese term is marked."""
    return format_html_join("", "{}", ((said(part),) for part in _TERMS.split(words)))
