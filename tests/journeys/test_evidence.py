"""An officer proves a line, the ministry and the secretariat talk about it, and the reviewer takes the proof home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ministries.models import Notice, Role
from programs.models import Plan
from reports.models import Evidence
from tests import rounds
from tests.journeys.conftest import Visitor
from tests.people import People
from tests.reports.documents import EXECUTABLE, PDF

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("evidence_store"),
]


def upload(visitor: Visitor, path: Path) -> None:
    visitor.page.set_input_files("#file", path)
    visitor.presses("上傳")


def test_evidence_and_comments_travel_from_the_officer_to_the_reviewer_and_back(
    plan: Plan, people: People, visitors: Callable[[], Visitor], tmp_path: Path
) -> None:
    report = rounds.report_of(rounds.opened(plan, "112Q1", people), "NDC")
    line = report.lines.earliest("order")
    address = f"/reports/112Q1/NDC/lines/{line.pk}/"
    minutes, disguise = tmp_path / "會議紀錄.pdf", tmp_path / "不是圖片.png"
    minutes.write_bytes(PDF)
    disguise.write_bytes(EXECUTABLE)
    approver = people.holding(Role.APPROVER, "NDC")

    officer = visitors()
    officer.logs_in(people.officer("NDC"))
    officer.goes_to("/reports/112Q1/NDC/")
    officer.follows(officer.main.get_by_role("link", name="佐證 0・意見 0"))
    assert officer.page.url.endswith(address)
    officer.finds_no_barrier()
    upload(officer, disguise)
    assert officer.sees("檔案內容不是 PNG") and officer.sees("尚無佐證")
    officer.finds_no_barrier()
    upload(officer, minutes)
    assert officer.sees("佐證（1）") and officer.sees("未經掃毒")
    officer.page.locator("#words").fill("請核稿。")
    officer.main.get_by_label(approver.name).check()
    officer.presses("送出意見")
    assert officer.sees("意見（1）") and Notice.objects.filter(person=approver).exists()

    rounds.submitted(report, people)
    reviewer = visitors()
    reviewer.logs_in(people.reviewer, "/en")
    reviewer.goes_to("/en" + address)
    reviewer.finds_no_barrier()
    with reviewer.page.expect_download() as taken:
        reviewer.main.get_by_role("link", name="會議紀錄").click()
    assert taken.value.suggested_filename == "會議紀錄.pdf"
    assert Path(taken.value.path()).read_bytes() == PDF
    reviewer.page.locator("#words").fill(f"@{people.officer('NDC').name} 請補附簽到表。")
    reviewer.follows(reviewer.main.locator("form[action$='/comments/'] button"))

    officer.page.set_viewport_size({"width": 390, "height": 844})
    officer.goes_to(address)
    assert officer.sees("請補附簽到表") and not officer.sees("上傳檔案")
    assert officer.page.evaluate("document.documentElement.scrollWidth") == 390
    officer.finds_no_barrier()
    told = Notice.objects.get(person=people.officer("NDC"), kind="mentioned")
    assert (told.path, Evidence.objects.hanging().count()) == (address, 1)
