"""What a public page shows is taken from what was kept under its address; on all other pages these tags do nothing.

`{% kept_for_all "content" %}…{% endkept_for_all %}` is the same for everybody, `{% kept_for_visitors "header" %}` for
everybody who is not signed in and has chosen the same theme. See `kpis.kept`.
"""

from __future__ import annotations

from django import template
from django.template import Context
from django.template.base import Node, NodeList, Parser, Token
from django.utils.safestring import SafeString

from kpis import kept

register = template.Library()


class _Kept(Node):
    def __init__(self, name: str, inside: NodeList, *, by_theme: bool) -> None:
        self.name, self.nodelist, self.by_theme = name, inside, by_theme

    def render(self, context: Context) -> SafeString:
        request = context.get("request")
        key = kept.key_of(request, by_theme=self.by_theme) if request else None
        if key is None:
            return self.nodelist.render(context)
        return kept.value((self.name, *key), lambda: self.nodelist.render(context))


@register.tag
def kept_for_all(parser: Parser, token: Token) -> Node:
    return _kept(parser, token, by_theme=False)


@register.tag
def kept_for_visitors(parser: Parser, token: Token) -> Node:
    return _kept(parser, token, by_theme=True)


def _kept(parser: Parser, token: Token, *, by_theme: bool) -> Node:
    tag, name = token.split_contents()
    inside = parser.parse((f"end{tag}",))
    parser.delete_first_token()
    return _Kept(name.strip("\"'"), inside, by_theme=by_theme)
