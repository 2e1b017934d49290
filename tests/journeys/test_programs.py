"""A programme is revised, released, and another joins, in a real browser: officer, head and administrator."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from programs.models import Plan, Program, ProgramMilestone
from tests.journeys.conftest import Visitor
from tests.people import People
from tests.programs.asking import a_milestone

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
Visitors = Callable[[], Visitor]


@pytest.fixture
def milestone(plan: Plan) -> ProgramMilestone:
    return a_milestone(plan.programs.get(code="P01"))


def test_a_revision_is_asked_for_decided_and_read(
    visitors: Visitors, milestone: ProgramMilestone, people: People
) -> None:
    officer = visitors()
    officer.logs_in(people.officer("NSTC"))
    officer.goes_to("/programs/")
    officer.finds_no_barrier()
    officer.follows(officer.main.get_by_role("link", name="P01"))
    revise = officer.main.locator("section[aria-labelledby=revise]")
    revise.locator("summary").click()
    officer.finds_no_barrier()
    revise.locator(f"[name=milestone-{milestone.pk}-due_on]").fill("113/02/30")
    officer.follows(revise.get_by_role("button", name="送出申請"))
    assert officer.sees("不是日期") and officer.sees("此欄必填")
    assert revise.locator(f"[name=milestone-{milestone.pk}-due_on]").input_value() == "113/02/30"
    officer.finds_no_barrier()
    revise.locator("[name=revision-ground]").select_option("force_majeure")
    revise.locator("[name=revision-effective_from]").select_option("112Q3")
    revise.locator("[name=revision-explanation]").fill("疫情延宕採購。")
    revise.locator(f"[name=milestone-{milestone.pk}-due_on]").fill("113/06/30")
    revise.locator("[name=new-1-name_zh]").fill("完成場域驗證")
    revise.locator("[name=new-1-due_on]").fill("113/12/31")
    officer.follows(revise.get_by_role("button", name="送出申請"))
    expect(officer.page.get_by_text("修正申請已送出").first).to_be_visible()
    officer.finds_no_barrier()

    head = visitors()
    head.logs_in(people.head)
    head.goes_to("/programs/P01/")
    assert head.sees("申請中")
    head.finds_no_barrier()
    head.presses("不同意")
    assert head.sees("此欄必填")
    head.finds_no_barrier()
    head.presses("同意")
    officer.goes_to("/en/programs/P01/")
    assert officer.sees("Prototype ready") and officer.sees("30 June 2024")
    officer.finds_no_barrier()


def test_a_programme_is_released_and_another_joins(
    visitors: Visitors, milestone: ProgramMilestone, people: People
) -> None:
    officer, head, administrator = visitors(), visitors(), visitors()
    officer.logs_in(people.officer("NSTC"))
    officer.goes_to("/programs/P01/")
    release = officer.main.locator("section[aria-labelledby=release]")
    release.locator("summary").click()
    release.locator("[name=release-ground]").select_option("finished")
    release.locator("[name=release-explanation]").fill("已如期完成。")
    officer.follows(release.get_by_role("button", name="送出申請"))
    head.logs_in(people.head)
    head.goes_to("/programs/P01/")
    head.presses("同意")
    assert head.sees("解除列管")
    head.finds_no_barrier()
    administrator.logs_in(people.administrator)
    administrator.goes_to("/programs/")
    administrator.follows(administrator.main.get_by_role("link", name="新增列管計畫"))
    administrator.finds_no_barrier()
    form = administrator.main.locator("form")
    for name, value in {
        "name_zh": "生成式 AI 推動計畫",
        "name_en": "Generative AI programme",
        "words": "行政院核定。",
    }.items():
        form.locator(f"[name=join-{name}]").fill(value)
    form.locator("[name=join-organisation]").select_option("MODA")
    form.locator("[name=join-kind]").select_option("new")
    form.locator("[name=join-effective_from]").select_option("113Q1")
    administrator.presses("新增列管計畫")
    assert administrator.sees("請至少於一欄註記")
    administrator.finds_no_barrier()
    form.locator("[name^=join-column-]").first.select_option("primary")
    administrator.presses("新增列管計畫")
    assert administrator.sees("N01") and Program.objects.filter(code="N01").exists()
    for summary in administrator.main.locator("section[aria-labelledby=govern] summary").all():
        summary.click()
    administrator.finds_no_barrier()
    administrator.goes_to("/owners/KR1.1/")
    administrator.finds_no_barrier()
