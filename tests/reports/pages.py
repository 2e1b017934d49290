"""Working pages as a browser posts them: every field of the page, with some of them changed."""

from __future__ import annotations

from django.test import Client

from ministries.models import User
from reports import forms
from reports.models import Line, Report


def browser(user: User | None = None) -> Client:
    """A browser in which `user` has logged in; nobody where none is given."""
    client = Client()
    if user:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def url_of(report: Report, verb: str = "") -> str:
    path = f"/reports/{report.reporting_quarter.quarter}/{report.organisation.code}/"
    return f"{path}{verb}/" if verb else path


def page_of(report: Report, changes: dict[Line, dict[str, str]]) -> dict[str, str]:
    """What the page posts: each line as it is saved, changed where `changes` says so."""
    data: dict[str, str] = {}
    for line in report.lines.select_related("indicator"):
        texts = forms.texts_of(line)
        seen = {"revision": str(line.revision), "seen": forms.fingerprint(texts)}
        for name, text in {**texts, **seen, **changes.get(line, {})}.items():
            data[forms.html_name(line.pk, name)] = text
    return data
