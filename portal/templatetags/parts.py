"""Parts of the design that hold other parts; those that hold values alone are includes in portal/templates/partials/.

Every template may use them without loading them. They know the look, not what stands in them.
"""

from __future__ import annotations

import re

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ministries import languages

register = template.Library()
register.filter(languages.said)

MARKS = {
    "accepted": "✓",
    "granted": "✓",
    "sent": "✓",
    "submitted": "→",
    "endorsed": "→",
    "signed": "✎",
    "returned": "↩",
    "withdrawn": "↩",
    "refused": "✕",
    "missing": "✕",
    "failed": "✕",
}
UNDER_WAY = "…"


@register.simple_tag
def state(kind: str, label: str, mark: str = "") -> SafeString:
    """A state is a symbol, a word and a tint together; `kind` chooses the tint and, where none is given, the mark."""
    return format_html(
        '<span class="state state-{}"><span class="state-mark" aria-hidden="true">{}</span>{}</span>',
        kind,
        mark or MARKS.get(kind, UNDER_WAY),
        label,
    )


@register.simple_block_tag
def one_line(content: SafeString) -> SafeString:
    """Words of a template that are needed twice, fit for an attribute: `{% one_line as title %}…{% endone_line %}`."""
    words = re.sub(r"[ \t\n]+", " ", content).strip().replace('"', "&quot;")
    return mark_safe(words)  # noqa: S308 - the template has escaped them


@register.simple_block_tag
def breadcrumb(content: SafeString) -> SafeString:
    """Where this page hangs: `{% breadcrumb %}<li><a href=…>…</a></li><li>…</li>{% endbreadcrumb %}`, itself last."""
    return format_html('<nav aria-label="{}"><ol class="breadcrumb">{}</ol></nav>', _("所在位置"), content)


@register.simple_block_tag
def tabs(content: SafeString, label: str = "") -> SafeString:
    """Views of one thing: list items with links, the one that is shown marked by `aria-current`."""
    return format_html(
        '<nav class="no-print" aria-label="{}"><ul class="tabs">{}</ul></nav>',
        label or _("檢視方式"),
        content,
    )
