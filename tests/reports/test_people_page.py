"""The pages of people: whoever manages them sees their own, acts on one page, and finds what was typed again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ministries import clock, services
from ministries.models import AuditEntry, Deputyship, Membership, Notice, Organisation, Role, User
from ministries.services import Refused
from reports import people_wording
from reports.selectors import person_page
from tests.people import People
from tests.reports.pages import browser

DAY = timedelta(days=1)


@pytest.fixture
def ndc(people: People) -> Organisation:
    return Organisation.objects.get(code="NDC")


@pytest.fixture
def manager(people: People) -> User:
    return people.holding(Role.ACCOUNT_MANAGER, "NDC")


@pytest.fixture
def client(manager: User) -> Client:
    return browser(manager)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def page_of(user: User) -> str:
    return f"/people/{user.pk}/"


def colleagues(count: int, organisation: Organisation) -> list[User]:
    found = []
    for number in range(count):
        user = User.objects.create_user(f"c{number}@ndc.test", "a long test password", name=f"同仁{number}")
        services.grant_role(user=user, organisation=organisation, role=Role.OFFICER, actor=None)
        found.append(user)
    return found


# --- the list -------------------------------------------------------------------------------------------------
def test_an_account_manager_sees_the_own_ministrys_people_and_nobody_else(people: People, client: Client):
    own, other = people.officer("NDC"), people.officer("MOE")
    page = text_of(client.get("/people/"))
    assert own.email in page
    assert other.email not in page and people.reviewer.email not in page


@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_administrator_and_auditor_see_everybody(people: People, who: str):
    page = text_of(browser(getattr(people, who)).get("/people/"))
    for user in (people.officer("NDC"), people.officer("MOE"), people.head):
        people_page = text_of(browser(getattr(people, who)).get("/people/"))
        assert user.email in people_page
    assert ("邀請人員" in page) is (who == "administrator")


def test_an_account_without_a_role_is_seen_by_the_administrator_alone(people: People, client: Client):
    User.objects.create_user("nobody@example.test", name="N")
    assert "nobody@example.test" in text_of(browser(people.administrator).get("/people/"))
    assert "nobody@example.test" not in text_of(client.get("/people/"))


def test_who_left_is_still_listed(people: People, client: Client, manager: User):
    officer = people.officer("NDC")
    services.end_role(membership=officer.memberships.get(), actor=manager)
    assert officer.email in text_of(client.get("/people/"))


def test_a_role_in_another_ministry_is_that_ministrys_own_matter(people: People, client: Client):
    officer = people.officer("NDC")
    moe = Organisation.objects.get(code="MOE")
    services.grant_role(user=officer, organisation=moe, role=Role.APPROVER, actor=None)
    for path in ("/people/", page_of(officer)):
        page = text_of(client.get(path))
        assert "核稿人</th>" not in page and "教育部" not in page


def test_the_list_shows_state_last_login_and_deputies(
    people: People, ndc: Organisation, client: Client, manager: User
):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    User.objects.filter(pk=officer.pk).update(last_login="2026-02-03T04:05+00:00")
    today = clock.today()
    services.name_deputy(
        principal=officer,
        deputy=approver,
        organisation=ndc,
        from_day=today,
        until_day=today + DAY,
        actor=officer,
    )
    services.invite_person(
        email="new@ndc.test", name="新人", organisation=ndc, role=Role.OFFICER, actor=manager
    )
    services.disable_account(user=approver, actor=manager)
    page = text_of(client.get("/people/"))
    assert "115/02/03" in page
    assert approver.name in page
    for state in ("使用中", "已邀請，尚未設定密碼", "已停用"):
        assert page.count(state) >= 2  # in the table and among the choices


@pytest.mark.parametrize("order", ["name", "email", "organisation", "role", "login", "state"])
def test_every_column_sorts_both_ways(people: People, order: str):
    for code in ("NDC", "MOE", "MOL"):
        people.officer(code)
    client = browser(people.administrator)
    for key in (order, f"-{order}"):
        answer = client.get("/people/", {"sort": key})
        assert answer.status_code == 200
        assert f'aria-sort="{"descending" if key.startswith("-") else "ascending"}"' in text_of(answer)


def test_the_list_is_looked_through_by_name_organisation_and_state(people: People, manager: User):
    people.officer("NDC"), people.officer("MOE")
    services.disable_account(user=people.officer("NDC"), actor=manager)
    client = browser(people.administrator)
    found = text_of(client.get("/people/", {"q": "OFFICER NDC"}))
    assert "officer@ndc.test" in found and "officer@moe.test" not in found
    found = text_of(client.get("/people/", {"organisation": "MOE"}))
    assert "officer@moe.test" in found and "officer@ndc.test" not in found
    found = text_of(client.get("/people/", {"state": "disabled"}))
    assert "officer@ndc.test" in found and "officer@moe.test" not in found


def test_looking_for_nobody_says_so_and_leads_back(client: Client):
    page = text_of(client.get("/people/", {"q": "查無此人\x00"}))
    assert "沒有符合條件的人員" in page and 'href="/people/"' in page


def test_an_organisation_out_of_sight_is_not_there(client: Client):
    assert client.get("/people/", {"organisation": "MOE"}).status_code == 404
    assert client.get("/people/", {"organisation": "NOWHERE"}).status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_costs_the_same_however_many_people(
    ndc: Organisation, client: Client, django_assert_num_queries, count: int
):
    colleagues(count, ndc)
    client.get("/people/")
    with django_assert_num_queries(10):
        client.get("/people/")


# --- one person -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 12])
def test_a_persons_page_costs_the_same_however_much_happened(
    people: People, ndc: Organisation, manager: User, client: Client, django_assert_num_queries, count: int
):
    officer = people.officer("NDC")
    colleagues(2, ndc)
    for _turn in range(count):
        membership = services.grant_role(user=officer, organisation=ndc, role=Role.APPROVER, actor=manager)
        services.end_role(membership=membership, actor=manager)
    client.get(page_of(officer))
    with django_assert_num_queries(17):
        client.get(page_of(officer))


def test_a_person_of_another_ministry_is_not_there(people: People, client: Client):
    stranger = people.officer("MOE")
    assert client.get(page_of(stranger)).status_code == 404
    for verb in ("disable", "enable", "grant", "hand-over", "deputy", "invite"):
        assert client.post(f"{page_of(stranger)}{verb}/").status_code == 404
    assert client.get("/people/99999999999999999999/").status_code == 404


def test_an_officer_has_no_business_here(people: People):
    client = browser(people.officer("NDC"))
    assert client.get("/people/").status_code == 403
    assert client.get(page_of(people.officer("NDC"))).status_code == 403
    assert client.post("/people/invite/").status_code == 403


def test_the_auditor_reads_and_changes_nothing(people: People):
    officer = people.officer("NDC")
    client = browser(people.auditor)
    page = text_of(client.get(page_of(officer)))
    assert officer.email in page and "停用帳號" not in page and "授予角色</button>" not in page
    for verb in ("disable", "enable", "grant", "hand-over", "deputy", "invite"):
        assert client.post(f"{page_of(officer)}{verb}/").status_code == 403


def test_ones_own_page_offers_no_change_of_oneself(
    people: People, ndc: Organisation, client: Client, manager: User
):
    colleagues(1, ndc)
    page = text_of(client.get(page_of(manager)))
    assert "不得變更自己" in page
    for offered in ("停用帳號", "授予角色</button>", "移交</button>", "終止"):
        assert offered not in page
    answer = client.post(f"{page_of(manager)}grant/", {"role": "officer"})
    assert answer.status_code == 409 and "不得變更自己" in text_of(answer)


# --- acts -----------------------------------------------------------------------------------------------------
def test_disabling_and_enabling_on_the_page(people: People, client: Client):
    officer = people.officer("NDC")
    answer = client.post(f"{page_of(officer)}disable/", follow=True)
    assert "登入中的連線已結束" in text_of(answer) and "由帳號管理人停用" in text_of(answer)
    again = client.post(f"{page_of(officer)}disable/")
    assert again.status_code == 409 and "此帳號已停用" in text_of(again)
    answer = client.post(f"{page_of(officer)}enable/", follow=True)
    assert "帳號已啟用" in text_of(answer)
    assert User.objects.get(pk=officer.pk).is_active


def test_giving_and_ending_a_role_on_the_page(people: People, client: Client):
    officer = people.officer("NDC")
    answer = client.post(f"{page_of(officer)}grant/", {"role": "approver"}, follow=True)
    assert "已授予" in text_of(answer)
    membership = officer.memberships.get(role=Role.APPROVER)
    answer = client.post(f"{page_of(officer)}roles/{membership.pk}/end/", follow=True)
    assert "已終止" in text_of(answer)
    membership.refresh_from_db()
    assert membership.ended_at
    assert client.post(f"{page_of(officer)}roles/{membership.pk}/end/").status_code == 409


def test_another_persons_role_is_not_ended_by_this_persons_address(people: People, client: Client):
    membership = people.holding(Role.APPROVER, "NDC").memberships.get()
    assert client.post(f"{page_of(people.officer('NDC'))}roles/{membership.pk}/end/").status_code == 404


@pytest.mark.parametrize("role", ["", "king", "reviewer"])
def test_a_role_that_is_not_offered_is_refused_at_its_field(people: People, client: Client, role: str):
    officer = people.officer("NDC")
    answer = client.post(f"{page_of(officer)}grant/", {"role": role})
    assert answer.status_code == 422
    assert 'id="role_role_error"' in text_of(answer)
    assert officer.memberships.count() == 1


def test_the_administrator_gives_a_role_in_any_organisation_and_mixes_none(people: People):
    officer, client = people.officer("NDC"), browser(people.administrator)
    answer = client.post(f"{page_of(officer)}grant/", {"role": "reviewer", "organisation": "MOE"})
    assert answer.status_code == 422 and "不是此機關可授予的角色" in text_of(answer)
    answer = client.post(f"{page_of(officer)}grant/", {"role": "approver", "organisation": "MOE"})
    assert answer.status_code == 302
    assert officer.memberships.filter(organisation__code="MOE", role=Role.APPROVER).exists()
    # Without a choice nothing is guessed.
    answer = client.post(f"{page_of(officer)}grant/", {"role": "officer"})
    assert answer.status_code == 422 and 'id="role_organisation_error"' in text_of(answer)


def test_handing_over_on_the_page(people: People, client: Client):
    leaver, successor = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    answer = client.post(f"{page_of(leaver)}hand-over/", {"successor": successor.pk}, follow=True)
    assert "均已移交" in text_of(answer) and "職務已移交" in text_of(answer)
    assert successor.memberships.filter(role=Role.OFFICER, ended_at__isnull=True).exists()


def test_handing_over_to_nobody_or_to_a_stranger_is_refused_at_the_field(people: People, client: Client):
    leaver, stranger = people.officer("NDC"), people.officer("MOE")
    people.holding(Role.APPROVER, "NDC")
    for successor in ("", stranger.pk, "x"):
        answer = client.post(f"{page_of(leaver)}hand-over/", {"successor": successor})
        assert answer.status_code == 422
        assert 'id="hand_over_successor_error"' in text_of(answer)
    assert User.objects.get(pk=leaver.pk).is_active


def test_handing_over_to_oneself_is_refused_at_the_field(people: People, client: Client, manager: User):
    answer = client.post(f"{page_of(people.officer('NDC'))}hand-over/", {"successor": manager.pk})
    assert answer.status_code == 422 and "由您本人接辦時" in text_of(answer)


def test_the_account_manager_names_a_deputy_and_ends_it_on_the_persons_page(people: People, client: Client):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    year = clock.today().year - 1911 + 1
    typed = {"deputy": approver.pk, "from_day": f"{year}/01/05", "until_day": f"民國{year}年1月9日"}
    answer = client.post(f"{page_of(officer)}deputy/", typed, follow=True)
    assert "指定代理人" in text_of(answer)
    deputyship = Deputyship.objects.get()
    assert (deputyship.from_day.month, deputyship.until_day.day) == (1, 9)
    answer = client.post(f"/deputies/{deputyship.pk}/end/")
    assert answer["Location"] == page_of(officer)


def test_a_deputy_with_wrong_days_is_refused_with_what_was_typed(people: People, client: Client):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    typed = {"deputy": approver.pk, "from_day": "明天", "until_day": "2099/13/40"}
    answer = client.post(f"{page_of(officer)}deputy/", typed)
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'value="明天"' in page and 'value="2099/13/40"' in page
    assert f'value="{approver.pk}" selected' in page
    assert page.count("不是日期") == 4  # at both fields, and above the form


# --- inviting -------------------------------------------------------------------------------------------------
def test_an_invitation_leads_to_the_new_persons_page(ndc: Organisation, client: Client):
    typed = {"email": "new@ndc.test", "name": "新人", "role": "officer"}
    answer = client.post("/people/invite/", typed, follow=True)
    user = User.objects.get(email="new@ndc.test")
    assert answer.redirect_chain[-1][0] == page_of(user)
    page = text_of(answer)
    assert "已邀請新人" in page and "重新寄送邀請" in page
    assert Notice.objects.filter(person=user).count() == 1
    answer = client.post(f"{page_of(user)}invite/", follow=True)
    assert "先前的連結不再有效" in text_of(answer)
    assert Notice.objects.filter(person=user).count() == 2


def test_an_account_manager_is_not_asked_for_the_organisation(people: People, client: Client):
    assert 'name="organisation"' not in text_of(client.get("/people/invitation/"))
    assert 'name="organisation"' in text_of(browser(people.administrator).get("/people/invitation/"))


def test_a_refused_invitation_keeps_what_was_typed(people: People, client: Client):
    typed = {"email": people.officer("NDC").email, "name": "<王>", "role": "approver"}
    answer = client.post("/people/invite/", typed)
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'id="id_email_error"' in page and "已有本機關的帳號" in page
    assert f'value="{typed["email"]}"' in page and 'value="&lt;王&gt;"' in page
    assert 'value="approver" selected' in page


@pytest.mark.parametrize("field", ["email", "name", "role"])
def test_an_empty_field_is_named(client: Client, field: str):
    typed = {"email": "new@ndc.test", "name": "新人", "role": "officer", field: ""}
    answer = client.post("/people/invite/", typed)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in text_of(answer)
    assert not User.objects.filter(email="new@ndc.test").exists()


def test_the_pages_speak_english_too(people: People, client: Client):
    for path in ("/people/", "/people/invitation/", page_of(people.officer("NDC")), "/deputies/"):
        page = text_of(client.get(f"/en{path}"))
        assert '<html lang="en"' in page


# --- the record -----------------------------------------------------------------------------------------------
def test_every_act_is_a_sentence_in_the_record(people: People, ndc: Organisation, manager: User):
    officer, approver = people.officer("NDC"), people.holding(Role.APPROVER, "NDC")
    today = clock.today()
    user = services.invite_person(
        email="new@ndc.test", name="新人", organisation=ndc, role=Role.OFFICER, actor=manager
    )
    services.disable_account(user=user, actor=manager)
    services.enable_account(user=user, actor=manager)
    deputyship = services.name_deputy(
        principal=user,
        deputy=approver,
        organisation=ndc,
        from_day=today,
        until_day=today,
        actor=manager,
    )
    services.end_deputyship(deputyship=deputyship, actor=manager)
    services.set_password(user=user, password="一組夠長又好記的密碼")
    services.hand_over(leaver=user, successor=officer, organisation=ndc, actor=manager)
    told = [people_wording.done(each) for each in person_page(actor=manager, user=user).history]
    for words in (
        "授予「填報人」",
        "寄送邀請至 new@ndc.test",
        "停用帳號（由帳號管理人停用）",
        "啟用帳號",
        f"指定 {approver.email} 代理 new@ndc.test",
        f"結束 {approver.email} 代理 new@ndc.test",
        "設定密碼",
        f"移交「填報人」予 {officer.email}",
        "終止「填報人」",
        "停用帳號（職務已移交）",
    ):
        assert any(words in sentence for sentence in told), words


def test_what_another_ministry_did_is_not_in_this_ministrys_record(people: People, manager: User):
    officer = people.officer("NDC")
    moe = Organisation.objects.get(code="MOE")
    services.grant_role(user=officer, organisation=moe, role=Role.OFFICER, actor=people.administrator)
    own = {entry.organisation.code for entry in person_page(actor=manager, user=officer).history}
    everything = person_page(actor=people.auditor, user=officer).history
    assert own == {"NDC"}
    assert {entry.organisation.code for entry in everything} == {"NDC", "MOE"}


def test_a_refused_act_leaves_nothing_behind(people: People, client: Client, manager: User):
    before = (AuditEntry.objects.count(), Membership.objects.count())
    with pytest.raises(Refused):
        services.disable_account(user=manager, actor=manager)
    client.post(f"{page_of(people.officer('NDC'))}grant/", {"role": ""})
    people_made = 2  # the officer's role and its entry
    assert sum(before) + people_made == AuditEntry.objects.count() + Membership.objects.count()
