"""A record names the deputy and the person in whose name it was done, in the reader's language."""

from __future__ import annotations

from django.template import Context, Template
from django.utils import translation

from ministries.models import User

SHOWN = Template("{% load work %}{{ actor|acting_for:principal }}")


def shown(actor: User | None, principal: User | None) -> str:
    return SHOWN.render(Context({"actor": actor, "principal": principal}))


def test_who_acts_in_their_own_name_stands_alone() -> None:
    assert shown(User(name="王小明", email="wang@example.test"), None) == "王小明"


def test_a_deputy_stands_with_the_principal_in_brackets() -> None:
    assert shown(User(name="王小明"), User(name="李大華")) == "王小明（代理 李大華）"


def test_in_english_the_deputy_acts_for_the_principal() -> None:
    with translation.override("en"):
        assert shown(User(name="Wang"), User(name="Li")) == "Wang (acting for Li)"


def test_a_person_without_a_name_is_called_by_their_address() -> None:
    assert shown(User(email="wang@example.test"), User(email="li@example.test")) == (
        "wang@example.test（代理 li@example.test）"
    )


def test_where_nobody_acted_there_is_no_name() -> None:
    assert shown(None, None) == "—"


def test_a_name_is_never_read_as_markup() -> None:
    assert shown(User(name="<b>王"), User(name="李&")) == "&lt;b&gt;王（代理 李&amp;）"
