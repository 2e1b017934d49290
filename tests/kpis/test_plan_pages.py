"""Anybody can read the plan: pillars, programmes, ministries and the plan before, as of the last published quarter."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from xml.etree import ElementTree

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pytest_django import Settings

from kpis import exports, kept
from ministries.models import Organisation
from programs.milestones import COMING, DROPPED, MISSED, REACHED, milestones_told
from programs.models import (
    MilestoneObservation,
    Plan,
    PlanChange,
    Program,
    ProgramMilestone,
    ProgramVersion,
)
from programs.outline import outline
from programs.quarters import Quarter
from tests.kpis import editions
from tests.people import People
from tests.rounds import after

PAGES = (
    *("/pillars/1/", "/plan/programs/", "/plan/programs/P08/", "/ministries/", "/ministries/MOEA/"),
    *("/plan/compare/",),
)
MOST_QUERIES = 8


def _text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return response.content.decode()


def test_every_page_has_a_title_one_heading_and_a_way_back_in_both_languages(
    client: Client, plan: Plan, people: People
) -> None:
    for published in (False, True):
        if published:
            editions.published(plan, people.head)
        for address in [each for page in PAGES for each in (page, f"/en{page}")]:
            page = _text(client, address)
            assert page.count("<h1") == 1, address
            assert "<title>｜" not in page and 'class="breadcrumb"' in page, address
            assert ("unofficial translations" in page or "非官方翻譯" in page) == address.startswith("/en"), (
                address
            )


def test_pages_about_the_plan_hang_on_its_home_page(client: Client, plan: Plan) -> None:
    about = ("corrections", "methodology", "data", "accessibility", "search")
    lost = [name for name in about if 'class="breadcrumb"' not in _text(client, f"/{name}/")]
    assert not lost


def test_every_page_costs_at_most_eight_queries(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head)
    client.get("/")
    costs = {}
    for address in PAGES:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(address)
        costs[address] = len(asked)
    assert not {address: cost for address, cost in costs.items() if cost > MOST_QUERIES}, costs


def test_what_the_plan_does_not_have_is_not_found(client: Client, plan: Plan) -> None:
    for address in (
        "/pillars/9/",
        "/plan/programs/P99/",
        "/ministries/nobody/",
        "/plan/programs/?pillar=9",
        "/plan/programs/?year=1999",
        "/plan/programs/?organisation=' OR 1=1",
        "/pillars/1/?quarter=112Q1",
    ):
        _text(client, address, 404)


# --- the outline ------------------------------------------------------------------------------------------
def test_the_outline_holds_the_whole_plan_in_five_queries(plan: Plan) -> None:
    with CaptureQueriesContext(connection) as asked:
        whole = outline(plan, plan.first_quarter, date(2023, 4, 7))
    assert len(asked) == 5
    assert len(whole.pillars) == 5 and len(whole.items) == 16 and len(whole.programs) == 34
    signs = [mark.sign for each in whole.programs for mark in each.marks]
    assert (signs.count("√"), signs.count("△")) == (45, 6)


def test_a_part_bears_the_mark_where_the_table_marks_only_the_part(plan: Plan) -> None:
    found = outline(plan, plan.first_quarter, date(2023, 4, 7)).program("P08")
    assert found is not None
    assert [(mark.column.table, mark.part.name_zh if mark.part else "") for mark in found.marks] == [
        (3, "人才培育分項"),
        (4, ""),
    ]


def test_a_ministry_answers_for_a_sub_item_once_for_every_role_it_has_there(plan: Plan) -> None:
    whole = outline(plan, plan.first_quarter, date(2023, 4, 7))
    moea = Organisation.objects.get(code="MOEA")
    roles = {item.code: len(answering) for item, answering in whole.duties_of(moea.pk)}
    assert roles["2.3"] == 2 and roles["2.1"] == 1
    unit = Organisation.objects.get(code="MOEA-IDB")
    assert [item.code for item, _answering in whole.duties_of(unit.pk)] == ["2.2"]


def _decided(program: Program, people: People, quarter: str, kind: str = "standing") -> PlanChange:
    return PlanChange.objects.create(
        plan=program.plan,
        program=program,
        kind=kind,
        effective_from=quarter,
        words="內部說明",
        made_at=after(quarter, 1),
        made_by=people.head,
    )


def test_what_was_decided_holds_from_its_quarter_on_and_is_told_without_its_words(
    client: Client, plan: Plan, people: People
) -> None:
    program = plan.programs.get(code="P08")
    ProgramVersion.objects.create(
        program=program,
        organisation=Organisation.objects.get(code="MODA"),
        name_zh="改名後之計畫",
        name_en="Renamed programme",
        kind="existing",
        period_start=date(2022, 1, 1),
        effective_from="112Q2",
        change=_decided(program, people, "112Q2"),
    )
    editions.published(plan, people.head)
    page = _text(client, "/plan/programs/P08/")
    assert "改名後之計畫" not in page and "核定後之變更" not in page
    editions.published(plan, people.head, quarter="112Q2")
    page = _text(client, "/plan/programs/P08/")
    assert "改名後之計畫" in page and "數位發展部" in page and "基本資料變更" in page
    assert "內部說明" not in page
    assert "改名後之計畫" not in _text(client, "/plan/programs/P08/?quarter=112Q1")


# --- milestones -------------------------------------------------------------------------------------------
def _milestone(
    program: Program, code: str, due: date, since: str = "112Q1", **given: object
) -> ProgramMilestone:
    made = {"name_zh": f"查核點{code}", "name_en": f"Milestone {code}", **given}
    return ProgramMilestone.objects.create(
        program=program, code=code, due_on=due, effective_from=since, **made
    )


def _reached(
    milestone: ProgramMilestone, people: People, quarter: str, days_after: int
) -> MilestoneObservation:
    return MilestoneObservation.objects.create(
        milestone=milestone,
        organisation=milestone.program.organisation,
        quarter=quarter,
        accepted_at=after(quarter, days_after),
        accepted_by=people.reviewer,
        origin="test",
        statement="reached",
        reached_on=date(2023, 3, 1),
    )


def test_a_milestone_is_told_as_it_was_known_when_the_quarter_was_published(
    plan: Plan, people: People
) -> None:
    program = plan.programs.get(code="P01")
    _reached(_milestone(program, "M1", date(2023, 3, 31)), people, "112Q1", 10)
    _reached(_milestone(program, "M2", date(2023, 3, 31)), people, "112Q1", 40)
    _milestone(program, "M3", date(2023, 9, 30))
    _milestone(program, "M3", date(2023, 12, 31), "112Q2")
    _milestone(program, "M4", date(2023, 9, 30), dropped_from="112Q2")

    def told(quarter: str) -> dict[str, tuple[str, date | None]]:
        known = milestones_told(program, Quarter.parse(quarter), after(quarter, 30))
        return {each.code: (each.state, each.first_due_on) for each in known}

    assert told("112Q1") == {
        "M1": (REACHED, None),
        "M2": (MISSED, None),
        "M3": (COMING, None),
        "M4": (COMING, None),
    }
    assert told("112Q2") == {
        "M1": (REACHED, None),
        "M2": (REACHED, None),
        "M3": (COMING, date(2023, 9, 30)),
        "M4": (DROPPED, None),
    }


def test_what_was_frozen_of_milestones_is_shown_whatever_was_accepted_meanwhile(
    client: Client, plan: Plan, people: People
) -> None:
    """A text of before milestones were frozen has the states that were known when it was published."""
    program = plan.programs.get(code="P01")
    _reached(_milestone(program, "M1", date(2023, 3, 31)), people, "112Q1", 10)
    frozen = [editions.milestone("M1", MISSED), editions.milestone("M2", REACHED, reached_on="2023-03-07")]
    editions.published(plan, people.head, programs=[{"code": "P01", "milestones": frozen}])
    editions.published(plan, people.head, quarter="112Q2")
    page = _text(client, "/plan/programs/P01/?quarter=112Q1")
    assert (
        "到期，未核定完成" in page and "查核點M2" in page and "112/03/07" in page and "112/03/01" not in page
    )
    before = _text(client, "/plan/programs/P01/?quarter=112Q2")
    assert "查核點M2" not in before and "112/03/01" in before


def test_before_anything_is_published_no_milestone_is_told_to_be_reached_or_missed(
    client: Client, plan: Plan, people: People
) -> None:
    program = plan.programs.get(code="P01")
    _reached(_milestone(program, "M1", date(2023, 3, 31)), people, "112Q1", 10)
    page = _text(client, "/plan/programs/P01/")
    assert "查核點M1" in page and "已完成" not in page and "到期，未核定完成" not in page


# --- pages ------------------------------------------------------------------------------------------------
def test_a_pillar_shows_figures_who_answers_in_which_role_and_marks(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head)
    page = _text(client, "/pillars/1/")
    for words in (
        "112 年截至第 1 季累計 4,000 人次。",
        'id="item-1.1"',
        "主要工作（√）",
        "人才培育分項",
        'href="/plan/programs/P08/"',
        'href="/ministries/MOE/"',
    ):
        assert words in page, words
    assert "協助" in _text(client, "/pillars/3/") and "相關部會" in _text(client, "/pillars/3/")
    assert "沒有註記者列於表 8" in page


def test_programmes_answer_to_every_filter_at_once_and_the_address_keeps_them(
    client: Client, plan: Plan
) -> None:
    page = _text(client, "/plan/programs/?pillar=1&organisation=MOEA&year=2024&kind=existing&sort=-start")
    assert 'href="/plan/programs/P08/"' in page and 'href="/plan/programs/P01/"' not in page
    assert 'value="MOEA" selected' in page and 'aria-sort="descending"' in page
    assert "pillar=1" in page.split('hreflang="en"')[1][:200], "the language switch keeps the filters"
    assert "沒有符合條件的計畫" in _text(client, "/plan/programs/?pillar=5&organisation=MOE")


def test_a_programme_says_what_came_before_and_after_it(client: Client, plan: Plan) -> None:
    assert 'href="/plan/programs/P14/"' in _text(client, "/plan/programs/P32/")
    assert 'href="/plan/programs/P32/"' in _text(client, "/plan/programs/P14/")


def test_a_ministry_shows_its_names_over_time_in_both_calendars(client: Client, plan: Plan) -> None:
    page = _text(client, "/ministries/MOA/")
    assert "行政院農業委員會" in page and "112 年 8 月 1 日（2023-08-01）" in page
    assert "人工智慧相關業務" in _text(client, "/ministries/MODA/")


def test_a_ministry_shows_the_indicators_that_it_owed_as_published(
    client: Client, plan: Plan, people: People
) -> None:
    assert "KR1.2" not in _text(client, "/ministries/MOE/")
    editions.published(plan, people.head)
    page = _text(client, "/ministries/MOE/")
    assert 'href="/indicators/KR1.2/?quarter=112Q1"' in page and "4,000 人次" in page


def test_the_comparison_shows_what_carried_on_and_what_is_new(client: Client, plan: Plan) -> None:
    page = _text(client, "/plan/compare/")
    rows = page[page.index("<tbody>") : page.index("</tbody>")].split("<tr>")[1:]
    assert len(rows) == 5
    assert [("新增主軸" in row) for row in rows] == [False, False, False, False, True]
    assert "AI 領航推動" in rows[1] and "產業 AI 化" in rows[1]


def test_a_page_is_kept_for_visitors(client: Client, plan: Plan, settings: Settings) -> None:
    settings.PUBLIC_PAGE_SECONDS = 60
    kept.forget()
    for address in PAGES:
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        assert len(asked) == 0, address
    kept.forget()


# --- search -----------------------------------------------------------------------------------------------
def _found(client: Client, query: str, language: str = "") -> str:
    response = client.get(f"{language}/search/", {"q": query})
    assert response.status_code == 200, query
    return response.content.decode().split('role="status"')[-1]


def test_words_codes_and_names_lead_to_their_pages(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head)
    wanted = [
        ("人才", "", '"/plan/programs/P02/"'),
        ("人才", "", '"/indicators/KR1.2/"'),
        ("臺灣杉", "", '"/plan/programs/P26/"'),
        ("台灣杉", "", '"/plan/programs/P26/"'),
        ("ｐ０８", "", '"/plan/programs/P08/"'),
        ("農委會", "", '"/ministries/MOA/"'),
        ("教育", "", '"/pillars/1/#item-1.1"'),
        ("taiwania", "/en", '"/en/plan/programs/P26/"'),
        ("Ministry of Education", "/en", '"/en/ministries/MOE/"'),
        ("KR1.2", "/en", '"/en/indicators/KR1.2/"'),
    ]
    missed = [row for row in wanted if row[2] not in _found(client, row[0], row[1])]
    assert not missed
    assert "<mark>" in _found(client, "人才")


def test_the_states_of_a_search_without_a_result(client: Client, plan: Plan) -> None:
    assert "例如：人才" in _found(client, "")
    for query in ("沒有這種東西", "%", "_", "' OR 1=1", "<script>"):
        page = _found(client, query)
        assert "找不到符合的內容" in page and "<script>alert" not in page, query
    response = client.get("/search/", {"q": "人才" * 500})
    assert response.status_code == 422
    assert "請在 100 字以內" in response.content.decode()
    assert client.get("/search/?q=a%00b").status_code == 200


def test_a_search_asks_the_database_little_and_nothing_of_what_was_not_published(
    client: Client, plan: Plan, people: People
) -> None:
    assert "KR1.2" not in _found(client, "KR1.2").split("</h2>")[-1] or "找不到" in _found(client, "KR1.2")
    editions.published(plan, people.head)
    client.get("/")
    with CaptureQueriesContext(connection) as asked:
        _found(client, "人才")
    assert len(asked) < 10


# --- data and accessibility -------------------------------------------------------------------------------
def test_open_data_has_every_field_of_the_metadata_and_every_file(
    client: Client, plan: Plan, people: People
) -> None:
    assert "尚未公布任何一季的執行成果" in _text(client, "/data/")
    publication = editions.published(plan, people.head)
    page = _text(client, "/data/")
    wanted = ["資料集名稱", "資料集描述", "主要欄位說明", "提供機關", "更新頻率", "授權方式", "計費方式"]
    wanted += ["聯絡人", "上架日期", "詮釋資料更新時間", publication.digest, "執行秘書室"]
    assert not [word for word in wanted if word not in page]
    for ending in ("ods", "xlsx", "csv"):
        assert f'href="/quarters/112Q1/figures.{ending}"' in page
        assert client.get(f"/quarters/112Q1/figures.{ending}").status_code == 200


def test_the_statement_on_accessibility_names_the_standard_and_whom_to_tell(
    client: Client, plan: Plan
) -> None:
    page = _text(client, "/accessibility/")
    assert "110.07" in page and "行政院智慧國家推動小組執行秘書室" in page
    assert "unofficial translations" in _text(client, "/en/accessibility/")


def _sheet(content: bytes) -> list[list[str | float]]:
    """The cells of an OpenDocument spreadsheet, numbers as numbers."""
    spaces = {
        name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")
    }
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert (
            file.infolist()[0].filename == "mimetype"
            and file.infolist()[0].compress_type == zipfile.ZIP_STORED
        )
        root = ElementTree.fromstring(file.read("content.xml"))
    rows = []
    for row in root.iterfind(".//table:table-row", spaces):
        cells: list[str | float] = []
        for cell in row.iterfind("table:table-cell", spaces):
            value = cell.get(f"{{{spaces['office']}}}value")
            words = "\n".join(each.text or "" for each in cell.iterfind("text:p", spaces))
            cells.append(words if value is None else float(value))
        rows.append(cells)
    return rows


def test_one_indicator_can_be_had_alone_as_every_quarter_was_published(
    client: Client, plan: Plan, people: People
) -> None:
    later = editions.figure("112Q2", quarter_numerator="100", year_numerator="4100", stated=1)
    first = editions.published(plan, people.head)
    second = editions.published(plan, people.head, editions.indicator(figure=later), quarter="112Q2")
    header, *rows = _sheet(client.get("/indicators/KR1.2/figures.ods").content)
    at = {name: place for place, name in enumerate(header)}
    assert [
        (row[at["季別"]], row[at["本季"]], row[at["摘要值"]]) for row in rows if row[at["機關"]] == "合計"
    ] == [
        ("112Q1", 4000.0, first.digest),
        ("112Q2", 100.0, second.digest),
    ]
    text = client.get("/en/indicators/KR1.2/figures.csv?quarter=112Q1").content.decode("utf-8-sig")
    assert "4000" in text and "112Q2" not in text
    for address in ("/indicators/KR9.9/figures.csv", "/indicators/KR1.2/figures.exe"):
        _text(client, address, 404)


def test_no_character_breaks_a_sheet_and_no_text_is_a_formula(
    client: Client, plan: Plan, people: People
) -> None:
    editions.published(plan, people.head, editions.indicator(name_zh="=1+1 <&> \x0b", unit_zh="@SUM"))
    rows = _sheet(client.get("/indicators/KR1.2/figures.ods").content)
    assert "'=1+1 <&> " in rows[1] and "'@SUM" in rows[1]
    book = load_workbook(io.BytesIO(client.get("/indicators/KR1.2/figures.xlsx").content)).active
    assert book is not None
    assert [book["D2"].value, book["H2"].value] == ["'=1+1 <&> ", "'@SUM"]


def test_what_a_spreadsheet_takes_for_a_formula_in_any_width_is_a_text() -> None:
    for start in "=+-@\t\r\n＝＋－＠":
        assert exports.safe(f"{start}1+1") == f"'{start}1+1", start
    assert exports.safe("臺－1") == "臺－1"


def test_an_indicator_shows_the_target_of_every_year(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head)
    page = _text(client, "/indicators/KR1.2/")
    table = page.split('id="targets-title"')[1].split("</table>")[0]
    assert "每年超過 8,000 人次" in table and "4,000" in table and "50%" in table
    for ending in ("ods", "csv"):
        assert f'href="/indicators/KR1.2/figures.{ending}?quarter=112Q1"' in page
