"""The administrator's pages: programmes join and change, indicators change hands; refusals stand at their fields."""

from __future__ import annotations

import pytest

from kpis.models import IndicatorOwner
from programs.models import Plan, PlanChange, Program, ProgramMark
from programs.quarters import Quarter
from reports.services.governing import marks_of
from tests.people import People
from tests.programs.asking import released
from tests.reports.pages import browser

pytestmark = pytest.mark.django_db

FROM = Quarter.parse("113Q1")
RESTS_ON = {"effective_from": "113Q1", "words": "行政院核定。"}


@pytest.fixture
def program(plan: Plan) -> Program:
    """A programme of the whole plan's time, of 國科會."""
    return plan.programs.get(code="P01")


def prefixed(prefix: str, **fields: str) -> dict[str, str]:
    return {f"{prefix}-{name}": value for name, value in {**RESTS_ON, **fields}.items()}


def joining(plan: Plan, **changes: str) -> dict[str, str]:
    """A programme as the form posts it, marked √ in the first column."""
    columns = plan.table_columns.order_by("table", "order")
    marks = {f"join-column-{each.pk}": "none" for each in columns}
    marks[f"join-column-{columns[0].pk}"] = "primary"
    standing = prefixed(
        "join",
        organisation="MODA",
        name_zh="生成式 AI 推動計畫",
        name_en="Generative AI programme",
        name_is_provisional="on",
        kind="new",
        period_printed="113-116",
        period_start="113/01/01",
        period_end="2027-12-31",
        purpose_zh="推動應用。",
        predecessor="P01",
    )
    parts = {"join-part-1-name_zh": "算力分項", "join-part-1-name_en": "Computing part"}
    return {**standing, **marks, **parts, **{f"join-{name}": value for name, value in changes.items()}}


def test_a_programme_joins_by_the_form_and_its_page_says_so(plan: Plan, people: People) -> None:
    client = browser(people.administrator)
    assert 'action="/programs/join/"' in client.get("/programs/joining/").content.decode()
    assert client.post("/programs/join/", joining(plan)).headers["Location"] == "/programs/N01/"
    program = plan.programs.get(code="N01")
    assert (str(program.joined_from), program.predecessor.code) == ("113Q1", "P01")
    assert program.name_is_provisional and program.parts.get().name_zh == "算力分項"
    page = client.get("/programs/N01/").content.decode()
    assert "新增列管" in page and "113 年第 1 季" in page and "行政院核定。" in page and "算力分項" in page
    assert "N01" in browser(people.officer("MODA")).get("/programs/").content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"organisation": "NOBODY"}, "organisation", "請從選項中擇一"),
        ({"name_zh": ""}, "name_zh", "此欄必填"),
        ({"name_zh": "長" * 201}, "name_zh", "文字過長"),
        ({"name_en": "\x00"}, "name_en", "控制字元"),
        ({"kind": "existing"}, "kind", "請從選項中擇一"),
        ({"period_start": "113/02/30"}, "period_start", "不是日期"),
        ({"period_end": "112/01/01"}, "period_end", "不得早於起日"),
        ({"period_printed": ""}, "period_printed", "此欄必填"),
        ({"predecessor": "P99"}, "predecessor", "請從選項中擇一"),
        ({"effective_from": "120Q1"}, "effective_from", "請從選項中擇一"),
        ({"words": ""}, "words", "此欄必填"),
        ({"part-1-name_en": ""}, "part-1-name_en", "此欄必填"),
    ],
)
def test_bad_input_is_explained_at_its_field_and_kept_as_typed(
    plan: Plan, people: People, changes: dict[str, str], field: str, message: str
) -> None:
    answer = browser(people.administrator).post("/programs/join/", joining(plan, **changes))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert message in text.split(f'id="id_join-{field}_error"')[1][:300]
    assert f'href="#id_join-{field}"' in text
    assert ("生成式 AI 推動計畫" in text) == ("name_zh" not in changes) and "推動應用。" in text
    assert not PlanChange.objects.exists()


def test_a_programme_without_a_mark_does_not_join(plan: Plan, people: People) -> None:
    data = {name: "none" if "-column-" in name else value for name, value in joining(plan).items()}
    answer = browser(people.administrator).post("/programs/join/", data)
    assert answer.status_code == 422 and "請至少於一欄註記" in answer.content.decode()


def test_the_organisation_and_period_change_by_the_form(program: Program, people: People) -> None:
    data = prefixed(
        "standing",
        organisation="MODA",
        name_zh=program.name_zh,
        name_en=program.name_en,
        kind=program.kind,
        period_printed="112-116",
        period_start="112/01/01",
        period_end="116/12/31",
    )
    client = browser(people.administrator)
    assert client.post("/programs/P01/change/", data).status_code == 302
    version = program.versions.get()
    assert (version.organisation.code, version.period_printed) == ("MODA", "112-116")
    again = client.post("/programs/P01/change/", data)
    assert again.status_code == 422 and "standing-effective_from_error" in again.content.decode()
    assert browser(people.officer("MODA")).get("/programs/P01/").status_code == 200
    assert browser(people.officer("NSTC")).get("/programs/P01/").status_code == 200, "its own past stays"


def test_marks_change_by_the_form_which_shows_those_that_hold(
    plan: Plan, program: Program, people: People
) -> None:
    client = browser(people.administrator)
    held = marks_of(program, FROM)
    page = client.get("/programs/P01/").content.decode()
    for pk, (kind, _part) in held.items():
        select = page.split(f'id="id_marks-column-{pk}"')[1].split("</select>")[0]
        assert f'value="{kind}" selected' in select
    columns = {f"column-{each.pk}": held.get(each.pk, ("none",))[0] for each in plan.table_columns.all()}
    unchanged = client.post("/programs/P01/marks/", prefixed("marks", **columns))
    assert unchanged.status_code == 422 and "沒有任何變更內容" in unchanged.content.decode()
    other = plan.table_columns.exclude(pk__in=held)[0]
    columns[f"column-{other.pk}"] = "related"
    assert client.post("/programs/P01/marks/", prefixed("marks", **columns)).status_code == 302
    assert ProgramMark.objects.get().column == other
    columns[f"column-{other.pk}"] = "sideways"
    wrong = client.post("/programs/P01/marks/", prefixed("marks", **columns))
    assert wrong.status_code == 422
    assert "請從選項中擇一" in wrong.content.decode().split(f'id="id_marks-column-{other.pk}_error"')[1][:80]


def test_parts_are_named_and_ended_by_their_forms(program: Program, people: People) -> None:
    client = browser(people.administrator)
    named = prefixed("part", name_zh="推廣分項", name_en="Outreach")
    assert client.post("/programs/P01/parts/add/", named).status_code == 302
    part = program.parts.get(change__isnull=False)
    ended = client.post("/programs/P01/parts/end/", prefixed("end", part=part.code, effective_from="113Q2"))
    assert ended.status_code == 302
    part.refresh_from_db()
    assert str(part.dropped_from) == "113Q2"
    assert client.post("/programs/P01/parts/add/", prefixed("part", name_zh="甲")).status_code == 422
    assert client.post("/programs/P01/parts/end/", prefixed("end", part="P02.1")).status_code == 422


def test_an_indicator_changes_hands_by_the_form(plan: Plan, people: People) -> None:
    client = browser(people.administrator)
    data = prefixed("owner", leaving="NSTC", joining="MODA")
    assert client.post("/owners/KR1.1/change/", data).status_code == 302
    assert IndicatorOwner.objects.filter(indicator__code="KR1.1").count() == 2
    page = client.get("/owners/KR1.1/").content.decode()
    assert "112 年第 4 季" in page and "行政院核定。" in page and "核定本" in page
    again = client.post("/owners/KR1.1/change/", data)
    assert again.status_code == 422 and "請從選項中擇一" in again.content.decode()
    nobody = client.post("/owners/KR1.1/change/", prefixed("owner", leaving="", joining=""))
    assert nobody.status_code == 422 and "請至少選擇一個機關" in nobody.content.decode()
    assert client.get("/owners/NONE/").status_code == 404


def test_who_reads_the_owners_sees_no_form(plan: Plan, people: People) -> None:
    page = browser(people.auditor).get("/owners/KR1.1/").content.decode()
    assert "變更填報機關" not in page
    for key in ("code", "pillar", "owners", "changes"):
        assert browser(people.head).get(f"/owners/?sort=-{key}").status_code == 200


def test_only_the_administrator_is_offered_the_forms(program: Program, people: People) -> None:
    assert (
        'action="/programs/P01/marks/"'
        in browser(people.administrator).get("/programs/P01/").content.decode()
    )
    for person in (people.head, people.reviewer, people.officer("NSTC")):
        page = browser(person).get("/programs/P01/").content.decode()
        assert 'action="/programs/P01/marks/"' not in page
        assert "/programs/joining/" not in browser(person).get("/programs/").content.decode()


def test_a_released_programme_is_not_changed_any_more(program: Program, people: People) -> None:
    released(program, people)
    client = browser(people.administrator)
    assert 'action="/programs/P01/change/"' not in client.get("/programs/P01/").content.decode()
    named = prefixed("part", name_zh="推廣分項", name_en="Outreach")
    answer = client.post("/programs/P01/parts/add/", named)
    assert answer.status_code == 409 and "解除列管" in answer.content.decode()


def test_the_english_pages_are_english(plan: Plan, people: People) -> None:
    client = browser(people.administrator)
    assert "Generative" not in client.get("/en/programs/joining/").content.decode()
    assert "National Science and Technology Council" in client.get("/en/owners/KR1.1/").content.decode()
