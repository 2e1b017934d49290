"""Whatever is posted to a working form, the server never breaks, and what it refuses it has not saved by halves.

The names of the fields are not listed here: each form is asked, by noting which ones its view looks for. Addresses
and people are those of the permission matrix, so that a form that is missing there cannot be missing here alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock
from urllib.parse import quote_plus

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client

from ministries.models import User
from reports.urls import urlpatterns
from tests.contracts.test_permission_matrix import MATRIX, Row, address_of
from tests.contracts.test_permission_matrix import cast as cast  # the fixture

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
WRONG_FOR_ANY_FIELD = {"a NUL": "a%00b", "a control": "a%07b"}
WRONG = {
    **WRONG_FOR_ANY_FIELD,
    "half a character": "%ED%A0%80",
    "no UTF-8": "%FF%FE",
    "very long": "x" * 10_000,
    "very long in Chinese": quote_plus("說" * 10_000),
    "no day": "2023-02-30",
    "no day of the calendar": quote_plus("民國 0 年 13 月 45 日"),
    "negative": "-1",
    "huge": "9" * 400,
    "a huge key": "9" * 19,
    "beyond a key": "9" * 30,
    "an exponent": "1e400",
    "no number": "NaN",
    "nobody's key": "999999999",
    "no quarter": "999Q9",
    "markup": quote_plus("<script>alert(1)</script>"),
    "full width": quote_plus("１２３４"),
}
SENSIBLE = ["", "1", "2", "yes", "value", "2024-06-30", "112Q4", "NDC", "NSTC", quote_plus("說明。"), "0.5"]

TAKES_NO_WORDS = {"program-release-withdraw", "program-revision-withdraw", "target-withdraw"}
"""They share a view with answers, whose words they leave unread."""
SAVES_WHAT_IS_GOOD = {"report-save", "report-submit", "report-ask-sign-off"}
"""A page of lines saves each good one beside those with trouble, and says which."""
FIELDS_THAT_LEAD_BACK = {"next", "as_saved", "back"}


def posting_forms() -> list[str]:
    names = {str(pattern.name) for pattern in urlpatterns}
    return sorted(name for name in names if any(said != "never" for said in MATRIX[name].post.values()))


def somebody_who_may(row: Row) -> str:
    answers = ("done", "refused", "ok")
    return min(
        (role for role in row.post if row.post[role] in answers),
        key=lambda role: answers.index(row.post[role]),
        default="officer",
    )


class Asked(QueryDict):
    """A posted form that notes what it is asked for."""

    names: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.names.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.names.add(key)
        return super().get(key, default)

    def getlist(self, key: str, default: Any = None) -> Any:
        self.names.add(key)
        return super().getlist(key, default)

    def __contains__(self, key: object) -> bool:
        self.names.add(str(key))
        return super().__contains__(key)


class Poster:
    """Posts to one form as somebody who may; whatever it does is undone."""

    def __init__(self, name: str, user: User | None) -> None:
        self.address = address_of(name)
        self.client = Client(raise_request_exception=False)  # a 500 is an answer, too
        if user is not None:
            self.client.force_login(user)
        self.written: list[str] = []

    def __call__(self, body: str, headers: dict[str, str] | None = None) -> int:
        self.written.clear()
        with transaction.atomic(), connection.execute_wrapper(self._note):
            answer = self.client.generic("POST", self.address, body, FORM, headers=headers)
            transaction.set_rollback(True)
        return answer.status_code

    def _note(self, execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        words = str(sql).split(maxsplit=3)
        kept = ("django_session", "ministries_auditentry")  # what was refused is noted in the log
        if words[0] in ("INSERT", "UPDATE", "DELETE") and not any(each in str(sql) for each in kept):
            self.written.append(str(sql))
        return execute(sql, *rest)

    def fields(self) -> list[str]:
        """What the view looks for in an empty form, and in one where all of that is answered."""
        Asked.names = set()
        with mock.patch("django.http.request.QueryDict", Asked):
            self("")
            self("&".join(f"{quote_plus(name)}=1" for name in sorted(Asked.names)))
        return sorted(Asked.names - {"csrfmiddlewaretoken"} - FIELDS_THAT_LEAD_BACK)


def bodies(fields: list[str], turn: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """What is posted to one form, each with a name: all wrong in several ways, sense mixed with nonsense, no form."""
    for what, wrong in WRONG_FOR_ANY_FIELD.items():
        yield what, encoded(dict.fromkeys(fields, wrong))
    ways = list(WRONG.values())
    yield "all wrong", encoded({field: ways[(turn + at) % len(ways)] for at, field in enumerate(fields)})
    values = [*SENSIBLE * 3, *ways]
    yield "a mixture", encoded({field: chance.choice(values) for field in fields if chance.random() < 0.8})
    yield "no form", "\x00\x01=&=&;;"


def encoded(values: dict[str, str]) -> str:
    return "&".join(f"{quote_plus(field)}={value}" for field, value in values.items())


def test_nothing_that_is_posted_breaks_the_server_or_is_saved_by_halves(cast: dict[str, User | None]) -> None:
    chance = random.Random(4)  # the same mixtures in every run
    faults = []
    for turn, name in enumerate(posting_forms()):
        post = Poster(name, cast[somebody_who_may(MATRIX[name])])
        fields = post.fields()
        for what, body in bodies(fields, turn, chance):
            status = post(body)
            if status >= 500:
                faults.append(f"{name}, {what}: {status} for {body[:200]}")
            elif status >= 400 and post.written and name not in SAVES_WHAT_IS_GOOD:
                faults.append(f"{name}, {what}: {status}, yet {post.written[0][:80]}")
            elif status < 400 and fields and what in WRONG_FOR_ANY_FIELD and name not in TAKES_NO_WORDS:
                faults.append(f"{name}, {what}: taken ({status}) in {fields}")
    assert not faults, "\n".join(faults)


def test_every_form_is_found_with_its_fields(cast: dict[str, User | None]) -> None:
    """So that a change of how views read forms cannot make the test above post nothing."""
    asked = {
        name: set(Poster(name, cast[somebody_who_may(MATRIX[name])]).fields())
        for name in ("line-comment", "deputy-name", "quarter-dates", "target-propose")
    }
    assert asked["line-comment"] >= {"words"}
    assert asked["deputy-name"] >= {"deputy", "from_day", "until_day"}
    assert asked["quarter-dates"] >= {"dates-due_on", "dates-closes_on", "dates-reason"}
    assert asked["target-propose"] >= {"ground", "value"}
