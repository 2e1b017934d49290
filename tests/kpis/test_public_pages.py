"""Anybody can read what was published, in both languages and exactly as it was frozen; nobody can read more."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tablib import Dataset

from kpis import published
from ministries import clock
from ministries.models import DemonstrationRun
from programs.models import Plan
from reports.models import ReportingQuarter
from tests import rounds
from tests.kpis import editions
from tests.kpis.editions import figure, indicator
from tests.people import People


def _text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return response.content.decode()


def test_without_a_publication_the_home_page_says_so_in_both_languages(client: Client, plan: Plan) -> None:
    assert "尚未公布任何一季的執行成果" in _text(client, "/")
    assert "No quarter has been published yet" in _text(client, "/en/")
    assert all(f'href="/pillars/{number}/"' in _text(client, "/") for number in range(1, 6))


def test_the_plan_is_told_in_three_sentences(client: Client, plan: Plan) -> None:
    page = _text(client, "/")
    assert plan.vision_zh in page and plan.summary_zh in page


def test_the_home_page_shows_the_last_published_quarter_with_its_digest(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head)
    newest = editions.published(plan, people.head, quarter="112Q2")
    page = _text(client, "/")
    assert "112 年第 2 季（2023 Q2）" in page
    assert newest.digest in page


def test_another_quarter_is_shown_as_it_was_published_then(
    client: Client, plan: Plan, people: People
) -> None:
    first = editions.published(plan, people.head)
    editions.published(plan, people.head, quarter="112Q2")
    page = _text(client, "/?quarter=112Q1")
    assert first.digest in page
    assert "您目前檢視的是先前公布的季別" in page


@pytest.mark.parametrize("asked", ["112Q4", "nonsense", "112Q9", "' OR 1=1"])
def test_a_quarter_that_was_not_published_is_not_found(
    client: Client, plan: Plan, people: People, asked: str
) -> None:
    editions.published(plan, people.head)
    _text(client, f"/?quarter={asked}", 404)
    _text(client, f"/quarters/{asked}/figures.csv", 404)


def test_a_key_result_has_words_a_table_and_a_chart_over_the_same_figures(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head, _in_second_quarter(), quarter="112Q2")
    page = _text(client, "/pillars/1/")
    assert "112 年截至第 2 季累計 6,000 人次。" in page
    assert page.index('class="year-table"') < page.index('data-chart="chart-KR1.2-path"')
    assert 'id="chart-KR1.2-path" type="application/json"' in page
    assert "/quarters/112Q2/charts/KR1.2-path.csv" in page


def _in_second_quarter() -> dict[str, Any]:
    second = editions.figure("112Q2", year_numerator="6000", light="green", stated=1)
    return indicator(series=[indicator()["figure"], second], figure=second)


def test_the_numbers_of_a_chart_are_a_file_in_the_language_of_the_page(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head, _in_second_quarter(), quarter="112Q2")
    response = client.get("/quarters/112Q2/charts/KR1.2-path.csv")
    assert response.headers["Content-Disposition"].endswith('112Q2-KR1.2-path.csv"')
    assert "112 年 第 2 季,8000,,6000,人次" in response.content.decode("utf-8-sig")
    assert ",6000,trainings," in _text(client, "/en/quarters/112Q2/charts/KR1.2-path.csv")
    for address in ("112Q2/charts/KR1.2-organisations", "112Q2/charts/KR9.9-path", "112Q1/charts/progress"):
        assert client.get(f"/quarters/{address}.csv").status_code == 404


def test_english_pages_are_in_english_and_keep_the_quarter(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head)
    page = _text(client, "/en/?quarter=112Q1")
    assert "4,000 trainings in 2023, up to Q1." in page
    assert 'href="/?quarter=112Q1"' in page, "the language switch keeps the query"


def test_the_indicator_page_gives_definition_source_owner_and_digest(
    client: Client, plan: Plan, people: People
) -> None:
    publication = editions.published(plan, people.head)
    page = _text(client, "/indicators/KR1.2/")
    for words in (
        "各季累加。",
        "每年培訓&gt;8000 人次",
        "參.一.(二)",
        "計畫未載明基準值",
        "教育部",
        publication.digest,
    ):
        assert words in page


def test_the_indicator_page_says_where_the_plan_names_nobody(
    client: Client, plan: Plan, people: People
) -> None:
    owner = {
        "code": "NSTC-OST",
        "name_zh": "國科會科技辦公室",
        "name_en": "NSTC Office of Science and Technology",
        "named_by_plan": False,
        "statement": None,
        "figure": figure("112Q1"),
    }
    editions.published(plan, people.head, indicator(organisations=[owner]))
    assert "計畫未指明本項的填報機關" in _text(client, "/indicators/KR1.2/")


def test_an_unknown_indicator_is_not_found(client: Client, plan: Plan, people: People) -> None:
    _text(client, "/indicators/KR1.2/", 404)
    editions.published(plan, people.head)
    _text(client, "/indicators/KR9.9/", 404)


def test_words_of_a_publication_cannot_become_markup(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head, indicator(name_zh="</script><script>alert(1)</script>"))
    for address in ("/", "/indicators/KR1.2/"):
        assert "<script>alert" not in _text(client, address)


def test_a_draft_and_even_an_accepted_figure_stay_inside_until_published(
    client: Client, plan: Plan, people: People, open_round: ReportingQuarter
) -> None:
    with clock.set_to(rounds.after("112Q1", 5)):
        rounds.submitted(rounds.report_of(open_round, "NSTC"), people, value=73519)
        rounds.accepted(rounds.report_of(open_round, "MOE"), people, value=73519)
    page = _text(client, "/")
    assert "73,519" not in page
    assert "尚未公布任何一季的執行成果" in page


def test_demonstration_data_is_marked_on_the_page_and_in_the_export(
    client: Client, plan: Plan, people: People
) -> None:
    DemonstrationRun.objects.create(seed=1, generated_at=clock.now())
    editions.published(plan, people.head, demonstration=True)
    assert "本站所有填報數字均由程式產生" in _text(client, "/")
    assert "示範資料，非實際執行成果" in _text(client, "/quarters/112Q1/figures.csv")


def test_pages_cost_a_fixed_small_number_of_queries(
    client: Client, plan: Plan, people: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many = [indicator(code=f"KR1.{number}") for number in range(40)]
    editions.published(plan, people.head, *many)
    client.get("/")
    with django_assert_num_queries(3):  # the published quarters; what was corrected since; the frame's plan
        client.get("/")
    with django_assert_num_queries(4):  # and how the indicator's target changed
        client.get("/en/indicators/KR1.7/")


def test_a_text_is_read_from_the_database_once(
    plan: Plan, people: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    editions.published(plan, people.head, quarter="113Q3")
    issue = published.issues()[0]
    published.edition(issue)
    with django_assert_num_queries(0):
        assert published.edition(issue).quarter.code == "113Q3"


def test_the_export_has_one_row_per_indicator_and_owner_for_spreadsheets(
    client: Client, plan: Plan, people: People
) -> None:
    publication = editions.published(plan, people.head)
    response = client.get("/quarters/112Q1/figures.csv")
    assert publication.digest[:12] in response["Content-Disposition"]
    text = response.content.decode("utf-8-sig")
    assert response.content.startswith(b"\xef\xbb\xbf")
    header, total, ministry = csv.reader(io.StringIO(text))
    assert dict(zip(header, total, strict=True))["本年累計"] == "4000"
    assert dict(zip(header, ministry, strict=True))["機關"] == "教育部"


def test_the_export_as_a_workbook_holds_numbers_as_numbers(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head)
    response = client.get("/quarters/112Q1/figures.xlsx")
    sheet = Dataset().load(io.BytesIO(response.content), format="xlsx")
    assert sheet["本年累計"][0] == 4000


def test_an_ending_that_is_not_offered_is_not_found(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head)
    _text(client, "/quarters/112Q1/figures.exe", 404)


def test_no_cell_of_the_export_can_be_taken_for_a_formula(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head, indicator(name_zh='=HYPERLINK("http://x")', unit_zh="@SUM(A1)"))
    rows = csv.reader(io.StringIO(_text(client, "/quarters/112Q1/figures.csv").lstrip("\ufeff")))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "\t"))]
