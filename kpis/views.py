"""The public pages read nothing but frozen publications; a draft cannot reach them, because there is no road to it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")
