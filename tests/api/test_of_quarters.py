"""Three answers to one question: as published for everybody; as known now or at a moment for who reads the overview."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.models import Publication
from kpis.services.rollups import recompute_stale_figures
from ministries import clock
from ministries.models import Role
from ministries.services import disable_account
from programs.models import Plan
from reports.models import ReportingQuarter
from tests import rounds
from tests.api.conftest import QUARTER, Reader
from tests.kpis import editions
from tests.people import People
from tests.stages import stage

ADDRESSES = ["figures/", "nodes/"]


@pytest.fixture
def staff(reader: Reader, people: People) -> Reader:
    """The secretariat's head at the API."""
    return signed_in(people.head)


def signed_in(person: Any) -> Reader:
    known = Reader()
    known.client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return known


@stage()
def reported(plan: Plan, people: People) -> ReportingQuarter:
    """Labor's report was accepted nine days after the quarter, Education's three weeks later."""
    with clock.set_to(rounds.after(QUARTER, 2)):
        first = rounds.opened(plan, QUARTER, people)
    for days, code in ((9, "MOL"), (30, "MOE")):
        with clock.set_to(rounds.after(QUARTER, days)):
            rounds.accepted(rounds.report_of(first, code), people, value=100)
    recompute_stale_figures()
    return first


def figure_of(page: list[dict[str, Any]], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in page if each["code"] == code)
    return found


# --- who is told what -------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("asked", [{}, {"quarter": QUARTER}, {"as_of": "2024-01-05"}, {"published": ""}])
def test_what_is_not_published_is_told_to_readers_of_the_overview_alone(
    reader: Reader, people: People, reported: ReportingQuarter, address: str, asked: dict[str, Any]
) -> None:
    assert "published" in reader.refusal(address, 403, **asked)["message"]
    for role in (Role.OFFICER, Role.APPROVER, Role.ACCOUNT_MANAGER):
        assert signed_in(people.holding(role, "NSTC")).get(address, **asked).status_code == 403
    for person in (people.reviewer, people.head, people.administrator, people.auditor):
        assert signed_in(person).get(address, **asked).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_for_one_person_is_kept_nowhere(
    staff: Reader, publication: Publication, address: str
) -> None:
    response = staff.get(address, quarter=QUARTER)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.headers["Vary"]
    told = staff.get(address, published=QUARTER)
    assert told.headers["Cache-Control"].startswith("public")
    assert "Cookie" not in told.headers["Vary"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_asks_makes_no_difference_to_what_was_published(
    reader: Reader, staff: Reader, publication: Publication, address: str
) -> None:
    assert reader.get(address, published=QUARTER).content == staff.get(address, published=QUARTER).content


def test_somebody_whose_account_was_closed_is_nobody(people: People, reported: ReportingQuarter) -> None:
    auditor = people.auditor
    known = signed_in(auditor)
    disable_account(user=auditor, actor=None)
    assert known.get("figures/").status_code == 403


# --- as published -----------------------------------------------------------------------------------------
def test_published_figures_are_the_frozen_text_value_by_value(
    reader: Reader, publication: Publication
) -> None:
    frozen = json.loads(publication.content)
    told = reader.every("figures/", published=QUARTER)
    assert [each["code"] for each in told] == [each["code"] for each in frozen["indicators"]]
    for record, original in zip(told, frozen["indicators"], strict=True):
        assert record["figure"] == original["figure"]
        assert record["target"] == original["target"]
        assert record["algebra_version"] == frozen["algebra_version"]
    nodes = reader.every("nodes/", published=QUARTER)
    for record, original in zip(nodes, frozen["nodes"], strict=True):
        assert record | original == record
        assert record["appropriation"] is None


def test_a_text_of_an_earlier_algebra_leaves_empty_what_it_did_not_hold(
    reader: Reader, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head, quarter="112Q2")
    [figure] = reader.every("figures/", published="112Q2")
    assert figure["figure"]["year_numerator"] == "4000"
    assert all(figure["figure"][name] is None for name in ("weight", "facts_seen", "facts_until"))
    whole, pillar = reader.every("nodes/", published="112Q2")
    assert (whole["milestones_due"], whole["spent"], pillar["pillar"]) == (None, None, "1")


def test_the_heading_says_as_known_when(reader: Reader, staff: Reader, publication: Publication) -> None:
    def heading(page: dict[str, Any]) -> dict[str, Any]:
        return {name: page[name] for name in ("quarter", "known", "as_of", "published_at", "digest")}

    assert heading(reader.read("figures/", published=QUARTER)) == {
        "quarter": QUARTER,
        "known": "published",
        "as_of": None,
        "published_at": publication.published_at.isoformat(),
        "digest": publication.digest,
    }
    nothing = {"published_at": None, "digest": None}
    now = heading(staff.read("nodes/", quarter=QUARTER))
    assert now == {"quarter": QUARTER, "known": "now", "as_of": None, **nothing}
    then = heading(staff.read("nodes/", quarter=QUARTER, as_of="113/01/05"))
    assert then["known"] == "as_of" and then["as_of"] == "2024-01-05T23:59:59.999999+08:00"


# --- as known now and then --------------------------------------------------------------------------------
def test_each_row_says_its_coverage_and_from_which_facts_it_was_made(
    staff: Reader, reported: ReportingQuarter
) -> None:
    figure = figure_of(staff.every("figures/", quarter=QUARTER), "KR1.2")["figure"]
    assert figure["year_numerator"] == "200"
    assert (figure["stated"], figure["facts_seen"]) == (2, 2) and figure["owed"] > 2
    assert figure["facts_until"].startswith("2023-04-30")
    whole = figure_of(staff.every("nodes/", quarter=QUARTER, type="plan"), "taiwan-ai-action-plan-2")
    assert whole["facts_seen"] > 2 and whole["appropriation"] is None and whole["programs_stated"] > 0


def test_a_moment_tells_what_was_known_then(staff: Reader, reported: ReportingQuarter) -> None:
    between = rounds.after(QUARTER, 9) + timedelta(days=1)
    before = rounds.after(QUARTER, 1)
    figures = {
        moment: figure_of(staff.every("figures/", quarter=QUARTER, as_of=moment.isoformat()), "KR1.2")[
            "figure"
        ]
        for moment in (before, between)
    }
    assert figures[before]["year_numerator"] is None
    assert (figures[between]["year_numerator"], figures[between]["stated"]) == ("100", 1)
    assert (
        figures[between]["facts_until"]
        < figure_of(staff.every("figures/", quarter=QUARTER), "KR1.2")["figure"]["facts_until"]
    )
    coverage = {
        moment: staff.every("nodes/", quarter=QUARTER, type="plan", as_of=moment.isoformat())[0]["stated"]
        for moment in (before, between)
    }
    assert coverage[before] == 0 < coverage[between]


def test_published_then_and_now_are_three_answers_in_one_shape(
    reader: Reader, staff: Reader, reported: ReportingQuarter, people: People
) -> None:
    rounds.published(reported, people)
    asked = [{"published": QUARTER}, {"quarter": QUARTER, "as_of": "2023-04-10"}, {"quarter": QUARTER}]
    for address in ADDRESSES:
        pages = [staff.every(address, **each) for each in asked]
        assert len({len(page) for page in pages}) == 1
        for rows in zip(*pages, strict=True):
            assert len({tuple(sorted(row)) for row in rows}) == 1
    published, _then, now = (staff.every("figures/", **each) for each in asked)
    assert published == now


# --- filters, refusals, cost ------------------------------------------------------------------------------
def test_records_are_narrowed_the_same_way_whenever_they_are_known(
    staff: Reader, reported: ReportingQuarter, people: People
) -> None:
    rounds.published(reported, people)
    for asked in ({"published": QUARTER}, {"quarter": QUARTER}):
        assert staff.codes("figures/", pillar="1", kind="key_result", **asked) == ["KR1.1", "KR1.2", "KR1.3"]
        assert staff.codes("figures/", organisation="MOL", **asked) == ["KR1.2"]
        assert all(each["figure"]["light"] == "red" for each in staff.every("figures/", light="red", **asked))
        assert staff.codes("nodes/", pillar="1", **asked) == ["1", "1.1", "1.2", "1.3"]
        assert staff.codes("nodes/", type="pillar", **asked) == ["1", "2", "3", "4", "5"]
        assert staff.codes("nodes/", organisation="MOE", **asked) == ["MOE"]


@pytest.mark.parametrize(
    ("asked", "status", "parameter"),
    [
        ({"published": "2023-1"}, 400, "published"),
        ({"published": "000Q4"}, 400, "published"),
        ({"published": QUARTER, "as_of": "2024-01-05"}, 400, "as_of"),
        ({"published": QUARTER, "quarter": QUARTER}, 400, "quarter"),
        ({"quarter": "112Q5"}, 400, "quarter"),
        ({"quarter": "119Q1"}, 400, "quarter"),
        ({"as_of": "yesterday"}, 400, "as_of"),
        ({"as_of": "9999-12-31"}, 400, "as_of"),
        ({"as_of": "2024-01-05T10:00"}, 400, "as_of"),
        ({"pillar": "9"}, 400, "pillar"),
        ({"colour": "red"}, 400, "colour"),
        ({"published": "112Q2"}, 404, None),
    ],
)
@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_not_understood_is_refused_at_its_parameter(
    staff: Reader,
    publication: Publication,
    address: str,
    asked: dict[str, Any],
    status: int,
    parameter: str | None,
) -> None:
    said = staff.refusal(address, status, **asked)
    assert [each["parameter"] for each in said["errors"]] == ([parameter] if parameter else [])


def test_without_a_quarter_todays_is_meant_and_none_outside_the_plan(
    staff: Reader, publication: Publication
) -> None:
    for day, quarter in ((rounds.after("112Q2", 5), "112Q3"), (rounds.after("120Q1", 5), "115Q4")):
        with clock.set_to(day):
            assert staff.read("nodes/")["quarter"] == quarter


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "asked",
    [
        {"quarter": QUARTER},
        {"quarter": QUARTER, "as_of": "2023-04-20"},
        {"quarter": QUARTER, "as_of": "2023-04-20", "pillar": "1", "plan": "taiwan-ai-action-plan-2"},
        {"quarter": QUARTER, "organisation": "MOE"},
    ],
)
def test_an_answer_takes_at_most_ten_queries(
    staff: Reader, reported: ReportingQuarter, address: str, asked: dict[str, Any]
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert staff.get(address, **asked).status_code == 200
    assert len(queries) <= 10, [str(query["sql"])[:80] for query in queries]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_published_answer_takes_at_most_six_queries(
    reader: Reader, publication: Publication, address: str
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert reader.get(address, published=QUARTER, pillar="1").status_code == 200
    assert len(queries) <= 6
