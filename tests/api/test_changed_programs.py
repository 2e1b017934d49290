"""The public records of programmes say what was decided after the plan was approved, and since when."""

from __future__ import annotations

import pytest

from programs.models import Plan
from tests.api.conftest import Reader
from tests.people import People
from tests.programs.asking import LONGER, approved, released
from tests.programs.test_governing import FROM, joined

pytestmark = pytest.mark.django_db


def test_an_unchanged_programme_has_nothing_of_the_kind(reader: Reader, plan: Plan) -> None:
    program = reader.read("programs/P01/")
    assert (program["joined_from"], program["released_from"]) == (None, None)
    assert program["versions"] == program["later_marks"] == program["changes"] == []


def test_a_revised_period_stands_beside_the_printed_one(reader: Reader, plan: Plan, people: People) -> None:
    printed = plan.programs.get(code="P01").period_printed
    approved(plan.programs.get(code="P01"), people, period=LONGER)
    program = reader.read("programs/P01/")
    assert program["period_printed"] == printed
    (version,) = program["versions"]
    assert (version["effective_from"], version["period_printed"]) == ("112Q3", "112-116")
    assert program["changes"] == [{"kind": "revised", "effective_from": "112Q3", "ground": "force_majeure"}]
    assert [each["effective_from"] for each in program["milestones"]] == ["112Q3"]


def test_a_released_programme_says_since_when(reader: Reader, plan: Plan, people: People) -> None:
    released(plan.programs.get(code="P01"), people)
    program = reader.read("programs/P01/")
    assert program["released_from"] == "112Q1"
    assert program["changes"][0]["ground"] == "finished"


def test_a_programme_that_joined_is_found_by_its_marks(reader: Reader, plan: Plan, people: People) -> None:
    joined(plan, people)
    program = reader.read("programs/N01/")
    assert program["joined_from"] == str(FROM) and program["sources"] == []
    assert sorted(each["mark"] for each in program["later_marks"]) == ["primary", "related"]
    column = plan.table_columns.order_by("table", "order")[0]
    assert column.pillar.code in program["pillars"]
    assert "N01" in reader.codes("programs/", pillar=column.pillar.code, mark="primary")
    assert "N01" in reader.codes("programs/", sub_item=column.sub_items.get().code)
    assert "N01" not in reader.codes("programs/", table=str(column.table))


def test_words_and_people_of_decisions_are_not_public(reader: Reader, plan: Plan, people: People) -> None:
    approved(plan.programs.get(code="P01"), people)
    answer = reader.get("programs/P01/").content.decode()
    assert "疫情延宕採購" not in answer and people.head.name not in answer
