"""The programmes' pages: who sees and asks what, every set of milestones, and refusals at their fields."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ministries.models import Role, User
from programs.models import Plan, Program, ProgramMilestone
from programs.quarters import Quarter
from reports import services
from reports.models import ProgramRelease, ProgramRevision
from tests.people import People
from tests.programs.asking import (
    LONGER,
    NEW_DAY,
    NEW_MILESTONE,
    a_milestone,
    approved,
    proposed,
    release_asked,
    released,
    wish_for,
)
from tests.reports.pages import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(plan: Plan) -> Program:
    """A programme of the whole plan's time, of 國科會."""
    return plan.programs.get(code="P01")


@pytest.fixture
def milestone(program: Program) -> ProgramMilestone:
    return a_milestone(program)


def page(user: User, path: str = "/programs/P01/") -> str:
    answer = browser(user).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def typed(milestone: ProgramMilestone | None = None, **changes: str) -> dict[str, str]:
    """A revision as the form posts it."""
    rows = {}
    if milestone:
        place = f"milestone-{milestone.pk}"
        rows = {
            f"{place}-name_zh": milestone.name_zh,
            f"{place}-name_en": milestone.name_en,
            f"{place}-due_on": "113/06/30",
        }
    return {
        "revision-ground": "force_majeure",
        "revision-effective_from": "112Q3",
        "revision-explanation": "疫情延宕採購。",
        **rows,
        **changes,
    }


# --- who sees what ---------------------------------------------------------------------------------------
def test_a_ministry_sees_its_own_programmes_and_the_secretariat_all(plan: Plan, people: People) -> None:
    own = page(people.officer("NSTC"), "/programs/")
    other = plan.programs.exclude(organisation__code="NSTC")[0]
    assert "P01" in own and f"/programs/{other.code}/" not in own
    for person in (people.head, people.reviewer, people.administrator, people.auditor):
        everything = page(person, "/programs/")
        assert all(f"/programs/{each.code}/" in everything for each in plan.programs.all())


def test_another_ministrys_programme_is_not_found(program: Program, people: People) -> None:
    assert browser(people.officer("MOE")).get("/programs/P01/").status_code == 404
    assert browser(people.head).get("/programs/NONE/").status_code == 404


def test_who_has_no_role_sees_an_empty_list(plan: Plan) -> None:
    nobody = User.objects.create_user("nobody@example.test", "a long test password", name="N")
    assert "沒有可檢視的計畫" in page(nobody, "/programs/")


def test_the_list_is_sorted_by_every_column_and_says_what_waits(
    program: Program, plan: Plan, people: People
) -> None:
    release_asked(program, people)
    head = people.head
    for key in ("code", "organisation", "kind", "start", "state", "changes", "asked"):
        assert browser(head).get(f"/programs/?sort={key}").status_code == 200
    found = page(head, "/programs/?sort=-asked")
    rows = found.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert "P01" in rows[0] and len(rows) == plan.programs.count()
    assert "1 件申請待核定" in found


# --- what the page shows ---------------------------------------------------------------------------------
def test_the_original_and_each_revised_set_stand_side_by_side(
    program: Program, milestone: ProgramMilestone, people: People
) -> None:
    approved(program, people, milestones=(wish_for(milestone, due_on=NEW_DAY), NEW_MILESTONE))
    moved = ProgramMilestone.objects.get(code="M1", effective_from="112Q3")
    proposed(
        program,
        people,
        effective_from=Quarter.parse("112Q4"),
        milestones=(wish_for(moved, is_dropped=True),),
    )
    found = page(people.head)
    table = found.split('class="sets"')[1].split("</table>")[0]
    assert [word in table for word in ("原訂", "第 1 次修正", "申請中")] == [True] * 3
    first, second = table.split("<tbody>")[1].split("<tr>")[1:]
    assert "112 年 12 月 31 日" in first and "113 年 6 月 30 日" in first and "取消" in first
    assert "完成場域驗證" in second and "不變" in second


def test_every_period_stands_with_the_quarter_from_which_it_holds(program: Program, people: People) -> None:
    approved(program, people, period=LONGER)
    found = page(people.officer("NSTC"))
    history = found.split('id="standings"')[1].split("</table>")[0]
    assert "核定本" in history and program.period_printed in history and "112-116" in history
    assert "112 年第 3 季" in history and "計畫修正" in history
    assert "不可抗力" in found.split('id="decided"')[1]


def test_a_released_programme_says_since_when_and_takes_no_forms(program: Program, people: People) -> None:
    released(program, people)
    found = page(people.officer("NSTC"))
    assert "解除列管" in found and "已完成" in found
    assert (
        'action="/programs/P01/revise/"' not in found and 'action="/programs/P01/ask-release/"' not in found
    )


def test_forms_are_offered_to_those_who_may(program: Program, people: People) -> None:
    revision = proposed(program, people)
    release_asked(program, people)
    decide = f"/programs/P01/revisions/{revision.pk}/approve/"
    withdraw = f"/programs/P01/revisions/{revision.pk}/withdraw/"
    for person, shown in {
        people.officer("NSTC"): (False, True),
        people.holding(Role.ACCOUNT_MANAGER, "NSTC"): (False, False),
        people.head: (True, False),
        people.reviewer: (False, False),
    }.items():
        found = page(person)
        assert (decide in found, withdraw in found) == shown, person


def test_an_english_page_is_english(program: Program, milestone: ProgramMilestone, people: People) -> None:
    approved(program, people, milestones=(wish_for(milestone, due_on=NEW_DAY),))
    found = page(people.head, "/en/programs/P01/")
    assert "Prototype ready" in found and "30 June 2024" in found
    assert "完成雛型" not in found


# --- what is posted --------------------------------------------------------------------------------------
def test_a_revision_is_typed_sent_and_approved(
    program: Program, milestone: ProgramMilestone, people: People
) -> None:
    ministry, head = browser(people.officer("NSTC")), browser(people.head)
    extra = {
        "revision-period_printed": "112-116",
        "revision-period_start": "112/01/01",
        "revision-period_end": "2027-12-31",
        "new-1-name_zh": "完成場域驗證",
        "new-1-due_on": "１１３／９／３０",
    }
    sent = ministry.post("/programs/P01/revise/", typed(milestone, **extra))
    assert sent.status_code == 302
    revision = ProgramRevision.objects.get()
    assert list(revision.milestones.values_list("deed", "code")) == [("change", "M1"), ("add", "M2")]
    assert revision.period_printed == "112-116"
    answer = head.post(f"/programs/P01/revisions/{revision.pk}/approve/", {"words": "同意。"})
    assert answer.status_code == 302
    assert ProgramMilestone.objects.get(code="M1", effective_from="112Q3").due_on == NEW_DAY
    again = head.post(f"/programs/P01/revisions/{revision.pk}/refuse/", {"words": "不。"})
    assert again.status_code == 409 and "先行處理" in again.content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"revision-ground": ""}, "revision-ground", "此欄必填"),
        ({"revision-ground": "x"}, "revision-ground", "請從選項中擇一"),
        ({"revision-explanation": ""}, "revision-explanation", "此欄必填"),
        ({"revision-explanation": "長" * 6000}, "revision-explanation", "文字過長"),
        ({"revision-explanation": "a\x00b"}, "revision-explanation", "控制字元"),
        ({"revision-effective_from": "111Q1"}, "revision-effective_from", "請從選項中擇一"),
        ({"revision-effective_from": "何時"}, "revision-effective_from", "請從選項中擇一"),
        ({"revision-period_start": "112/13/01"}, "revision-period_start", "不是日期"),
        ({"revision-period_printed": "112-116"}, "revision-period_start", "此欄必填"),
        ({"revision-period_start": "112/01/01"}, "revision-period_printed", "此欄必填"),
        ({"revision-period_printed": "長" * 41, "revision-period_start": "112/01/01"}, "revision-period_printed", "文字過長"),
        ({"new-1-name_zh": "驗證"}, "new-1-due_on", "此欄必填"),
        ({"new-1-due_on": "114/01/01"}, "new-1-name_zh", "此欄必填"),
        ({"new-1-name_zh": "驗證", "new-1-due_on": "很快"}, "new-1-due_on", "不是日期"),
        ({"new-1-name_zh": "驗證", "new-1-due_on": "112/01/01"}, "new-1-due_on", "不得早於"),
        ({"new-1-name_zh": "長" * 201, "new-1-due_on": "114/01/01"}, "new-1-name_zh", "文字過長"),
    ],
)  # fmt: skip
def test_bad_input_is_explained_at_its_field_kept_as_typed_and_not_saved(
    program: Program,
    milestone: ProgramMilestone,
    people: People,
    changes: dict[str, str],
    field: str,
    message: str,
) -> None:
    answer = browser(people.officer("NSTC")).post("/programs/P01/revise/", typed(milestone, **changes))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert message in text.split(f'id="id_{field}_error"')[1][:300]
    assert f'href="#id_{field}"' in text
    if not changes.get("revision-explanation"):
        assert ("疫情延宕採購。" in text) == ("revision-explanation" not in changes)
    assert 'value="113/06/30"' in text
    assert not ProgramRevision.objects.exists()


def test_a_form_without_anything_in_it_is_refused(program: Program, people: People) -> None:
    client = browser(people.officer("NSTC"))
    for path in ("/programs/P01/revise/", "/programs/P01/ask-release/"):
        assert client.post(path, {}).status_code == 422
    assert not ProgramRevision.objects.exists() and not ProgramRelease.objects.exists()


def test_a_second_click_finds_the_first_request(program: Program, people: People) -> None:
    client = browser(people.officer("NSTC"))
    sent = [
        client.post("/programs/P01/ask-release/", {"release-ground": "merged", "release-explanation": "併"})
        for _ in "12"
    ]
    assert [each.status_code for each in sent] == [302, 409]
    assert "待核定" in sent[1].content.decode()
    assert ProgramRelease.objects.count() == 1


def test_a_refusal_without_words_keeps_the_page_and_says_so_at_the_field(
    program: Program, people: People
) -> None:
    release = release_asked(program, people)
    head = browser(people.head)
    answer = head.post(f"/programs/P01/releases/{release.pk}/refuse/", {"words": " "})
    assert answer.status_code == 422
    assert "此欄必填" in answer.content.decode().split(f'id="words-{release.pk}-release-error"')[1][:80]
    assert head.post(f"/programs/P01/releases/{release.pk}/refuse/", {"words": "否"}).status_code == 302
    release.refresh_from_db()
    assert release.state == "refused"


def test_a_request_of_another_programme_is_not_found(program: Program, plan: Plan, people: People) -> None:
    release = release_asked(program, people)
    head = browser(people.head)
    assert head.post(f"/programs/P02/releases/{release.pk}/approve/").status_code == 404
    assert head.post(f"/programs/P01/revisions/{release.pk + 1}/approve/").status_code == 404
    assert head.post(f"/programs/P01/releases/{10**30}/approve/").status_code == 404


def test_a_ministry_takes_its_request_back(program: Program, people: People) -> None:
    release = release_asked(program, people)
    path = f"/programs/P01/releases/{release.pk}/withdraw/"
    assert browser(people.head).post(path).status_code == 403
    assert browser(people.officer("NSTC")).post(path).status_code == 302
    assert "已撤回" in page(people.officer("NSTC"))


# --- what it costs ---------------------------------------------------------------------------------------
def queries(user: User, path: str) -> int:
    client = browser(user)
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_list_costs_the_same_however_much_was_decided(
    program: Program, plan: Plan, people: People
) -> None:
    head = people.head
    first = queries(head, "/programs/")
    for each in plan.programs.all()[:6]:
        if each.runs_in(Quarter.parse("112Q3")):
            approved(each, people, period=LONGER, milestones=())
            proposed(each, people, effective_from=Quarter.parse("113Q1"))
    assert queries(head, "/programs/") <= first + 2 <= 14


def test_a_programmes_page_costs_the_same_however_much_was_decided(
    program: Program, milestone: ProgramMilestone, people: People
) -> None:
    def cost() -> tuple[int, int]:
        return queries(people.head, "/programs/P01/"), queries(people.officer("NSTC"), "/programs/P01/")

    approved(program, people, period=LONGER)
    before = cost()
    for number, code in enumerate(("112Q4", "113Q1", "113Q2"), start=1):
        newest = ProgramMilestone.objects.filter(code="M1").latest("effective_from")
        wish = wish_for(newest, due_on=NEW_DAY.replace(month=12, day=number))
        services.decide_revision(
            revision=proposed(program, people, effective_from=Quarter.parse(code), milestones=(wish,)),
            approve=True, words="", actor=people.head,
        )  # fmt: skip
    after = cost()
    assert after == before
    assert max(after) <= 30, after
