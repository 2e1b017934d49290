"""An account from its invitation to its handing over, in a real browser: account manager, newcomer, deputy, leaver."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail

from ministries import clock, services
from ministries.calendars import roc_date_short
from ministries.models import Deputyship, Role, User
from programs.models import Plan
from tests.journeys.conftest import PASSWORD, Visitor
from tests.people import People

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
Visitors = Callable[[], Visitor]


@pytest.fixture
def ministry(plan: Plan, people: People) -> People:
    people.officer("NDC"), people.holding(Role.APPROVER, "NDC"), people.holding(Role.ACCOUNT_MANAGER, "NDC")
    return people


def link_of_the_last_letter() -> str:
    services.write_letters()
    services.hand_over_letters()
    found = re.search(r"https?://[^/\s]+(/\S+/key/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_an_account_is_invited_lent_and_handed_over(visitors: Visitors, ministry: People) -> None:
    officer = ministry.officer("NDC")
    manager = visitors()
    manager.logs_in(ministry.holding(Role.ACCOUNT_MANAGER, "NDC"))
    manager.goes_to("/people/")
    manager.finds_no_barrier()
    manager.follows(manager.main.get_by_role("link", name="邀請人員"))
    manager.finds_no_barrier()
    manager.page.locator("[name=email]").fill("wang@ndc")
    manager.page.locator("[name=name]").fill("王曉明")
    manager.page.locator("[name=role]").select_option("approver")
    manager.presses("寄送邀請")
    assert manager.sees("請填寫完整的電子郵件")
    assert manager.page.locator("[name=name]").input_value() == "王曉明"
    manager.finds_no_barrier()
    manager.page.locator("[name=email]").fill("wang@ndc.gov.tw")
    manager.presses("寄送邀請")
    assert manager.sees("已邀請王曉明")

    newcomer = visitors()
    newcomer.goes_to(link_of_the_last_letter())
    for name in ("password1", "password2"):
        newcomer.page.locator(f"[name={name}]").fill(PASSWORD)
    newcomer.presses("變更密碼")
    wang = User.objects.get(email="wang@ndc.gov.tw")
    newcomer.logs_in(wang)
    newcomer.goes_to("/deputies/")
    assert newcomer.sees("您目前未代理他人")
    newcomer.finds_no_barrier()

    principal = visitors()
    principal.logs_in(officer, "/en")
    principal.goes_to("/en/deputies/")
    principal.finds_no_barrier()
    today = clock.today()
    principal.page.locator("[name=deputy]").select_option(str(wang.pk))
    principal.page.locator("[name=from_day]").fill(roc_date_short(today))
    principal.page.locator("[name=until_day]").fill((today + timedelta(days=5)).isoformat())
    principal.follows(principal.main.locator("form[action$='/deputies/name/'] button"))
    assert Deputyship.objects.get().deputy == wang

    newcomer.goes_to("/work/")
    assert f"代理 {officer.name}" in newcomer.page.locator(".subnav").inner_text()
    newcomer.finds_no_barrier()
    newcomer.goes_to("/deputies/")
    assert newcomer.sees("代理中") and newcomer.sees("填寫填報內容、")

    manager.goes_to(f"/people/{officer.pk}/")
    manager.finds_no_barrier()
    manager.page.locator("[name=successor]").select_option(str(wang.pk))
    manager.presses("移交")
    assert manager.sees("均已移交") and manager.sees("職務已移交")
    manager.finds_no_barrier()
    assert not Deputyship.objects.filter(ended_at__isnull=True).exists()

    # The leaver's browser is logged out, and logging in again says whom to ask.
    principal.goes_to("/work/")
    assert "/accounts/login/" in principal.page.url
    principal.page.locator("input[name=login]").fill(officer.email)
    principal.page.locator("input[name=password]").fill(PASSWORD)
    principal.follows(principal.main.locator("button[type=submit]").first)
    assert principal.sees("職務已移交")
    assert principal.sees(ministry.holding(Role.ACCOUNT_MANAGER, "NDC").email)
    principal.finds_no_barrier()
