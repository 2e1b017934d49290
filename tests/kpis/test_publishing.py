"""A publication is frozen: complete in itself, verifiable by its digest, and untouched by whatever comes later."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.db import IntegrityError, connection, transaction

from kpis.models import Publication
from kpis.services import publishing
from ministries.models import DemonstrationRun, OrganisationName
from programs.models import Plan
from programs.quarters import Quarter
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People


@pytest.fixture
def publication(open_round: ReportingQuarter, people: People) -> Publication:
    rounds.accepted(rounds.report_of(open_round, "MOE"), people, value=100)
    return rounds.published(open_round, people)


def indicator(publication: Publication, code: str) -> dict[str, object]:
    found: dict[str, object] = next(
        each for each in json.loads(publication.content)["indicators"] if each["code"] == code
    )
    return found


def test_the_digest_is_the_sha_256_of_the_content(publication: Publication) -> None:
    assert publication.digest == hashlib.sha256(publication.content.encode()).hexdigest()


def test_publishing_includes_what_was_accepted_a_moment_before(publication: Publication) -> None:
    figure = indicator(publication, "KR1.3")["figure"]
    assert isinstance(figure, dict)
    assert (figure["quarter_numerator"], figure["stated"], figure["owed"]) == ("100", 1, 1)


def test_every_indicator_of_the_plan_is_told_even_without_data(publication: Publication, plan: Plan) -> None:
    told = {each["code"]: each["figure"]["light"] for each in json.loads(publication.content)["indicators"]}
    assert set(told) == set(plan.indicators.values_list("code", flat=True))
    assert told["KR1.1"] == "grey"


def test_the_same_figures_always_give_the_same_text(publication: Publication, plan: Plan) -> None:
    again = publishing.frozen_content(plan, publication.quarter, publication.is_demonstration)
    assert publishing.canonical(again) == publication.content


def test_a_correction_in_a_later_quarter_leaves_a_published_one_as_it_was(
    publication: Publication, plan: Plan, people: People
) -> None:
    rounds.accepted(rounds.report_of(rounds.opened(plan, "112Q2", people), "MOE"), people, value=7)
    kept = Publication.objects.get(pk=publication.pk)
    assert kept.content == publication.content


def test_a_ministry_renamed_later_keeps_its_name_in_what_was_published(publication: Publication) -> None:
    OrganisationName.objects.filter(organisation__code="MOE").update(name_zh="改名部")
    organisations = indicator(publication, "KR1.3")["organisations"]
    assert isinstance(organisations, list)
    assert organisations[0]["name_zh"] == "教育部"


@pytest.mark.parametrize(
    "statement", ["UPDATE kpis_publication SET digest = 'x'", "DELETE FROM kpis_publication"]
)
def test_the_database_refuses_to_change_a_publication(publication: Publication, statement: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_name_in_a_publication_is_the_one_of_its_quarter(plan: Plan, people: People) -> None:
    for code, name in (("112Q2", "行政院農業委員會"), ("112Q3", "農業部")):
        round_ = rounds.opened(plan, code, people)
        publication = rounds.published(round_, people)
        nodes = json.loads(publication.content)["nodes"]
        assert name in {each["name_zh"] for each in nodes if each["code"] == "MOA"}


def test_a_publication_beside_demonstration_data_says_so(
    open_round: ReportingQuarter, people: People
) -> None:
    DemonstrationRun.objects.create(seed=1, generated_at=rounds.after(Quarter.parse("112Q1"), 1))
    publication = rounds.published(open_round, people)
    assert publication.is_demonstration and json.loads(publication.content)["demonstration"] is True
