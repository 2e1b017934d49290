"""Explanations over the API say what the page says, exactly, to who may read the overview and to nobody else."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.explanations import MEASURES
from kpis.services import publishing
from ministries.models import Role
from programs.models import Plan
from programs.quarters import Quarter
from reports.models import ReportingQuarter
from tests import rounds
from tests.api.conftest import QUARTER, Reader
from tests.people import People

FIGURE = f"figures/KR1.1/{QUARTER}/explain/"
NODES = [f"nodes/pillar/1/{QUARTER}/{measure}/explain/" for measure in MEASURES]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def insider(reader: Reader, people: People) -> Reader:
    """Somebody of the secretariat, signed in."""
    reader.client.force_login(people.head, backend=BACKEND)
    return reader


def number(said: dict[str, Any]) -> Fraction | None:
    if said["numerator"] is None:
        return None
    return Fraction(said["numerator"]) / Fraction(said["denominator"])


def test_the_rows_of_an_answer_add_up_to_its_figure(
    accepted_round: ReportingQuarter, insider: Reader
) -> None:
    said = insider.read(FIGURE)
    figures = {each["name"]: number(each) for each in said["figures"]}
    rows = [number(each) for row in said["rows"] for each in row["contributes"]]
    assert sum(row for row in rows if row is not None) == figures["figure"] == 100
    assert figures["rate"] == Fraction(1, 6)
    assert said["coverage"] == {"stated": 1, "owed": 1}
    assert said["rows"][0]["fact"]["organisation"]["code"] == "NSTC"
    assert said["rows"][0]["fact"]["origin"].startswith("line ")
    assert (said["algebra_version"] >= 1, said["facts_seen"]) == (True, 1)


@pytest.mark.parametrize("address", NODES)
def test_every_measure_of_a_node_is_explained(
    accepted_round: ReportingQuarter, insider: Reader, address: str
) -> None:
    said = insider.read(address)
    assert said["formula"] and said["figures"]
    assert said["subject"]["code"] == "1"


def test_the_words_are_in_the_readers_language(accepted_round: ReportingQuarter, insider: Reader) -> None:
    assert "相加" in insider.read(FIGURE, lang="zh-hant")["formula"]
    assert insider.read(FIGURE, lang="en")["subject"]["name_en"]


def test_what_was_known_at_a_moment_can_be_asked(accepted_round: ReportingQuarter, insider: Reader) -> None:
    said = insider.read(FIGURE, as_of="112/01/05")
    assert said["as_of"] and said["rows"] == []
    assert {each["reason"] for each in said["excluded"]} == {"missing"}


def test_nobody_else_is_told_why_neither_before_nor_after_publication(
    accepted_round: ReportingQuarter, reader: Reader, people: People, plan: Plan
) -> None:
    for _published in (False, True):
        for address in (FIGURE, *NODES):
            reader.client.logout()
            said = reader.refusal(address, status=403)
            assert "100" not in json.dumps(said)
            for person in (people.officer("NSTC"), people.holding(Role.APPROVER, "NSTC")):
                reader.client.force_login(person, backend=BACKEND)
                reader.refusal(address, status=403)
        if not _published:
            publishing.publish(plan=plan, quarter=Quarter.parse(QUARTER), actor=people.head)


def test_a_draft_is_in_no_explanation(open_round: ReportingQuarter, insider: Reader, people: People) -> None:
    rounds.submitted(rounds.report_of(open_round, "NSTC"), people, value=98765)
    for address in (FIGURE, *NODES):
        assert "98765" not in json.dumps(insider.read(address))


def test_no_shared_cache_keeps_an_explanation(accepted_round: ReportingQuarter, insider: Reader) -> None:
    response = insider.get(FIGURE)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("address", "status", "parameters"),
    [
        (f"figures/KR9.9/{QUARTER}/explain/", 404, {}),
        ("figures/KR1.1/119Q1/explain/", 404, {}),
        ("figures/KR1.1/first/explain/", 404, {}),
        (f"nodes/galaxy/1/{QUARTER}/score/explain/", 404, {}),
        (f"nodes/pillar/1/{QUARTER}/weather/explain/", 404, {}),
        (f"nodes/pillar/9/{QUARTER}/score/explain/", 404, {}),
        (FIGURE, 400, {"window": "week"}),
        (FIGURE, 400, {"as_of": "someday"}),
        (FIGURE, 400, {"sort": "row.amount"}),
        (FIGURE, 404, {"plan": "no-such-plan"}),
    ],
)
def test_what_cannot_be_explained_is_refused(
    open_round: ReportingQuarter,
    insider: Reader,
    address: str,
    status: int,
    parameters: dict[str, str],
) -> None:
    insider.refusal(address, status=status, **parameters)


@pytest.mark.parametrize("address", [FIGURE, *NODES])
def test_an_explanation_takes_at_most_eleven_queries(
    accepted_round: ReportingQuarter, insider: Reader, address: str
) -> None:
    with CaptureQueriesContext(connection) as queries:
        insider.read(address)
    assert len(queries) <= 11
