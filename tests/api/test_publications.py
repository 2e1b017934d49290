"""Published figures leave as they were frozen, so that anybody can verify them; nothing unpublished leaves at all."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import pytest

from kpis.models import IndicatorFigure, Publication
from ministries import clock
from ministries.models import DemonstrationRun
from programs.models import Plan
from tests.api.conftest import QUARTER, Reader


def test_a_publication_says_when_under_which_digest_and_where_its_figures_are(
    reader: Reader, publication: Publication
) -> None:
    [listed] = reader.every("publications/")
    assert listed == reader.read(f"publications/{QUARTER}/")
    assert listed.keys() == {
        "plan",
        "quarter",
        "quarter_zh",
        "quarter_en",
        "published_at",
        "digest",
        "algebra_version",
        "demonstration",
        "urls",
    }
    assert (listed["quarter"], listed["quarter_en"]) == (QUARTER, "2023 Q1")
    assert datetime.fromisoformat(listed["published_at"]) == publication.published_at
    for url in listed["urls"].values():
        assert reader.client.get(url).status_code == 200


def test_the_content_is_the_very_text_that_the_digest_was_taken_of(
    reader: Reader, publication: Publication
) -> None:
    response = reader.get(f"publications/{QUARTER}/content/")
    digest = reader.read(f"publications/{QUARTER}/")["digest"]
    assert hashlib.sha256(response.content).hexdigest() == digest == publication.digest
    assert response.headers["Content-Type"] == "application/json"


def test_figures_are_the_frozen_ones_page_by_page(reader: Reader, publication: Publication) -> None:
    frozen = json.loads(publication.content)["indicators"]
    page = reader.read(f"publications/{QUARTER}/figures/", page_size=7)
    figures = list(page["results"])
    while page["next"]:
        page = reader.client.get(page["next"]).json()
        figures += page["results"]
    assert figures == frozen
    assert page["count"] == len(frozen) == 19


def test_figures_name_their_plan_quarter_digest_and_demonstration(
    reader: Reader, publication: Publication, plan: Plan
) -> None:
    page = reader.read(f"publications/{QUARTER}/figures/")
    heading = {key: page[key] for key in ("plan", "quarter", "digest", "algebra_version", "demonstration")}
    assert heading == {
        "plan": plan.code,
        "quarter": QUARTER,
        "digest": publication.digest,
        "algebra_version": publication.algebra_version,
        "demonstration": False,
    }


def test_figures_stay_frozen_when_the_plan_or_the_facts_change(
    reader: Reader, publication: Publication, plan: Plan
) -> None:
    before = reader.read(f"publications/{QUARTER}/figures/")
    plan.indicators.update(name_zh="改了名")
    IndicatorFigure.objects.all().delete()
    assert reader.read(f"publications/{QUARTER}/figures/") == before


def test_figures_are_filtered_by_pillar_kind_light_and_organisation(
    reader: Reader, publication: Publication
) -> None:
    path = f"publications/{QUARTER}/figures/"
    frozen = json.loads(publication.content)["indicators"]
    assert reader.codes(path, pillar="1", kind="key_result") == ["KR1.1", "KR1.2", "KR1.3"]
    assert reader.codes(path, organisation="MOL") == ["KR1.2"]
    for light in ("green", "yellow", "red", "grey", "none"):
        expected = [each["code"] for each in frozen if (each["figure"]["light"] or "none") == light]
        assert reader.codes(path, light=light) == expected
    assert reader.refusal(path, light="blue")["errors"][0]["parameter"] == "light"
    assert reader.refusal(path, colour="red")["errors"][0]["parameter"] == "colour"


@pytest.mark.parametrize("part", ["", "figures/", "content/"])
def test_a_quarter_that_is_not_published_is_not_there(
    reader: Reader, publication: Publication, part: str
) -> None:
    assert "112Q2" in reader.refusal(f"publications/112Q2/{part}", 404)["message"]
    assert "112Q1" in reader.refusal(f"publications/2023-1/{part}", 404)["message"]
    assert "000Q4" in reader.refusal(f"publications/000Q4/{part}", 404)["message"]
    assert "112Q5" in reader.refusal(f"publications/112Q5/{part}", 404)["message"]


def test_an_unpublished_figure_is_nowhere(reader: Reader, plan: Plan) -> None:
    assert reader.every("publications/") == []
    figure_words = {"figure", "series", "light", "stated", "observations", "figures"}
    for path in ("indicators/", "programs/", "pillars/", "sub-items/", "plans/"):
        assert all(not figure_words & record.keys() for record in reader.every(path))


def test_generated_data_is_marked_on_every_answer(reader: Reader, plan: Plan) -> None:
    assert "X-Demonstration-Data" not in reader.get("programs/").headers
    DemonstrationRun.objects.create(seed=1, generated_at=clock.now())
    for path in ("programs/", "publications/", "", "schema/", "nothing/"):
        assert reader.get(path).headers["X-Demonstration-Data"] == "true"


def test_a_publication_of_generated_data_says_so(
    reader: Reader, plan: Plan, request: pytest.FixtureRequest
) -> None:
    DemonstrationRun.objects.create(seed=1, generated_at=clock.now())
    request.getfixturevalue("publication")
    assert reader.read(f"publications/{QUARTER}/")["demonstration"] is True
    assert reader.read(f"publications/{QUARTER}/figures/")["demonstration"] is True
    assert reader.read(f"publications/{QUARTER}/content/")["demonstration"] is True
