"""Whoever opens the address of an act by hand, or asks again for a page that came of one, is told so rather than shown nothing.

What an act did is not done again: the answer stays that the address takes no GET.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _


class ActsAreNoPages:
    """Gives the empty answer to a GET of what is posted a title, words, and ways on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if request.method != "GET" or not isinstance(answer, HttpResponseNotAllowed):
            return answer
        context = {
            "code": answer.status_code,
            "title": _("此網址僅供送出表單"),
            "text": _("此網址不能直接開啟，內容沒有變動。請由首頁或工作區進入原頁面後再操作。"),
        }
        page = render(request, "error.html", context, status=answer.status_code)
        page["Allow"] = answer["Allow"]
        return page
