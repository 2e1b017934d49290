"""My deputies: what I may do in whose name stands on one page, and every working page says whose deputy I am."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ministries import clock, services
from ministries.calendars import roc_date_short
from ministries.models import Deputyship, Notice, NoticeKind, Organisation, Role, User
from reports.models import ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, url_of

DAY = timedelta(days=1)


@pytest.fixture
def ndc(people: People) -> Organisation:
    return Organisation.objects.get(code="NDC")


@pytest.fixture
def officer(people: People) -> User:
    return people.officer("NDC")


@pytest.fixture
def approver(people: People) -> User:
    return people.holding(Role.APPROVER, "NDC")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def named(principal: User, deputy: User, organisation: Organisation, first: int = 0, last: int = 3):
    today = clock.today()
    return services.name_deputy(
        principal=principal,
        deputy=deputy,
        organisation=organisation,
        from_day=today + DAY * first,
        until_day=today + DAY * last,
        actor=principal,
    )


def typed(deputy: User, first: int = 0, last: int = 3) -> dict[str, str]:
    today = clock.today()
    return {
        "deputy": str(deputy.pk),
        "from_day": roc_date_short(today + DAY * first),
        "until_day": (today + DAY * last).isoformat(),
    }


def test_a_person_names_a_deputy_with_days_of_either_calendar(officer: User, approver: User):
    answer = browser(officer).post("/deputies/name/", typed(approver), follow=True)
    assert f"已指定{approver.name}為代理人" in text_of(answer)
    deputyship = Deputyship.objects.get()
    assert (deputyship.principal, deputyship.deputy, deputyship.named_by) == (officer, approver, officer)
    assert (deputyship.from_day, deputyship.until_day) == (clock.today(), clock.today() + DAY * 3)


def test_the_deputy_is_told_and_so_is_the_principal_whom_others_named_for(
    people: People, ndc: Organisation, officer: User, approver: User
):
    deputyship = named(officer, approver, ndc)
    told = Notice.objects.filter(kind=NoticeKind.DEPUTY_NAMED)
    assert [each.person for each in told] == [approver]
    assert told[0].path == "/deputies/" and officer.name in told[0].facts["about"]["zh"]
    services.end_deputyship(deputyship=deputyship, actor=people.holding(Role.ACCOUNT_MANAGER, "NDC"))
    assert set(told.filter(key__contains="ended").values_list("person", flat=True)) == {
        officer.pk,
        approver.pk,
    }


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("deputy", ""),
        ("deputy", "0"),
        ("deputy", "x"),
        ("from_day", ""),
        ("from_day", "昨天"),
        ("from_day", "113/02/30"),
        ("from_day", "112/01/01"),
        ("until_day", ""),
        ("until_day", "\x00"),
        ("until_day", "9999999/1/1"),
        ("until_day", "112/01/01"),
        ("until_day", "9999-12-31"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    officer: User, approver: User, field: str, text: str
):
    answer = browser(officer).post("/deputies/name/", {**typed(approver), field: text})
    page = text_of(answer)
    assert answer.status_code == 422
    assert f'id="deputy_{field}_error"' in page
    if field != "deputy":
        assert f'value="{typed(approver)["from_day" if field != "from_day" else "until_day"]}"' in page
    assert not Deputyship.objects.exists()


def test_only_colleagues_are_offered(people: People, officer: User, approver: User):
    stranger = people.officer("MOE")
    page = text_of(browser(officer).get("/deputies/"))
    assert approver.email in page
    assert stranger.email not in page and officer.email not in page


def test_without_colleagues_the_page_says_whom_to_ask(officer: User):
    page = text_of(browser(officer).get("/deputies/"))
    assert "尚無其他同仁的帳號" in page and 'name="from_day"' not in page


def test_who_has_no_role_sees_an_empty_page(people: People):
    nobody = User.objects.create_user("nobody@example.test", name="N")
    page = text_of(browser(nobody).get("/deputies/"))
    assert "您目前未代理他人" in page and "尚未指定代理人" in page
    assert browser(nobody).post("/deputies/name/").status_code == 403


def test_the_page_says_what_may_be_done_in_whose_name(
    people: People, ndc: Organisation, officer: User, approver: User
):
    named(officer, approver, ndc)
    named(people.holding(Role.ACCOUNT_MANAGER, "NDC"), approver, ndc, first=5, last=6)
    page = text_of(browser(approver).get("/deputies/"))
    assert officer.name in page and "代理中" in page and "尚未開始" in page
    assert "填寫填報內容、" in page and "設定是否核稿" in page
    for never in ("管理人員與角色", "指定代理人、"):
        assert never not in page


def test_ended_and_expired_ones_stay_on_the_page(ndc: Organisation, officer: User, approver: User):
    services.end_deputyship(deputyship=named(officer, approver, ndc), actor=approver)
    expired = named(officer, approver, ndc)
    Deputyship.objects.filter(pk=expired.pk).update(
        from_day=clock.today() - DAY * 9, until_day=clock.today() - DAY
    )
    for user in (officer, approver):
        page = text_of(browser(user).get("/deputies/"))
        assert "已提前結束" in page and "期滿" in page and "代理中" not in page


def test_principal_or_deputy_ends_it_on_the_page_and_once(ndc: Organisation, officer: User, approver: User):
    for user in (officer, approver):
        deputyship = named(officer, approver, ndc)
        client = browser(user)
        answer = client.post(f"/deputies/{deputyship.pk}/end/")
        assert answer["Location"] == "/deputies/"
        again = client.post(f"/deputies/{deputyship.pk}/end/")
        assert again.status_code == 409 and "已結束" in text_of(again)


def test_strangers_find_no_deputyship_to_end(
    people: People, ndc: Organisation, officer: User, approver: User
):
    deputyship = named(officer, approver, ndc)
    for user in (people.officer("MOE"), people.holding(Role.ACCOUNT_MANAGER, "MOE"), people.reviewer):
        assert browser(user).post(f"/deputies/{deputyship.pk}/end/").status_code == 404
    assert not Deputyship.objects.get().ended_at


def test_every_working_page_says_whose_deputy_one_is(
    ndc: Organisation, officer: User, approver: User, open_round: ReportingQuarter
):
    report = rounds.report_of(open_round, "NDC")
    assert "代理 " not in text_of(browser(approver).get(url_of(report)))
    named(officer, approver, ndc)
    for path in ("/work/", url_of(report), "/deputies/"):
        assert f"代理 {officer.name}" in " ".join(text_of(browser(approver).get(path)).split())
    assert f"代理 {approver.name}" not in text_of(browser(officer).get("/work/"))


def test_a_deputy_fills_the_report_in_and_the_record_names_both(
    people: People, ndc: Organisation, officer: User, open_round: ReportingQuarter
):
    from ministries.models import AuditEntry
    from reports import services as report_services
    from reports.contents import LineEntry

    manager = people.holding(Role.ACCOUNT_MANAGER, "NDC")
    named(officer, manager, ndc)
    report = rounds.report_of(open_round, "NDC")
    line = report.lines.select_related("indicator").earliest("order")
    entry = LineEntry(line.pk, line.revision, rounds.content_for(line))
    deputy = User.objects.get(pk=manager.pk)
    report_services.save_lines(report=report, entries=[entry], actor=deputy)
    logged = AuditEntry.objects.filter(actor=deputy, on_behalf_of=officer)
    assert logged.exists()


@pytest.mark.parametrize("count", [1, 8])
def test_the_page_costs_the_same_however_many_deputies_there_were(
    ndc: Organisation, officer: User, approver: User, django_assert_num_queries, count: int
):
    for _turn in range(count):
        services.end_deputyship(deputyship=named(officer, approver, ndc), actor=officer)
        services.end_deputyship(deputyship=named(approver, officer, ndc), actor=officer)
    client = browser(officer)
    client.get("/deputies/")
    with django_assert_num_queries(10):
        client.get("/deputies/")
