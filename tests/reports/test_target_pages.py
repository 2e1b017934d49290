"""Targets on pages: who owes an indicator proposes, the head decides, everybody sees what was promised before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from kpis.models import Comparator, Indicator, IndicatorOwner, Target
from ministries.models import Organisation, Role
from ministries.services import grant_role
from programs.models import Plan
from programs.quarters import Quarter
from reports import services
from reports.models import ReportingQuarter, TargetProposal
from tests import rounds
from tests.people import People
from tests.reports.pages import browser
from tests.reports.proposals import GROUND, approved, proposed, stands_in

pytestmark = pytest.mark.django_db

PAGE = "/targets/KR1.1/"
TYPED = {
    "organisation": "NSTC",
    "comparator": "about",
    "value": "７００",
    "tolerance": "10%",
    "frequency": "annual",
    "year": "",
    "effective_from": "113Q1",
    "ground": GROUND,
}


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.status_code
    return str(response.content.decode())


def errors_at(page: str) -> dict[str, str]:
    """Field → the first error that stands at it."""
    found = re.findall(r'<ul class="field-errors" id="id_(\w+)_error">\s*<li>(.+?)</li>', page)
    return dict(found)


def form_of(page: str) -> Mapping[str, str]:
    """Text fields of the form, as they came back."""
    return dict(re.findall(r'<input type="text" name="(\w+)" value="(.*?)"', page))


# --- proposing ----------------------------------------------------------------------------------------------
def test_an_officer_proposes_from_the_page(people: People) -> None:
    client = browser(people.officer("NSTC"))
    page = text(client.get(PAGE))
    assert "提出修正" in page and 'name="value" value="600"' in page and 'name="tolerance" value="10"' in page
    assert client.post(f"{PAGE}propose/", TYPED).status_code == 302
    proposal = TargetProposal.objects.get()
    assert (proposal.value, proposal.tolerance) == (Decimal(700), Decimal("0.1"))
    assert (proposal.proposed_by, proposal.organisation.code) == (people.officer("NSTC"), "NSTC")
    after = text(client.get(PAGE))
    assert "待決定的修正" in after and "每年約 700 名（容許範圍 10%）" in after and GROUND in after
    assert "已提出目標修正" in after


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(people: People) -> None:
    client = browser(people.officer("NSTC"))
    bad = {**TYPED, "value": "七百", "tolerance": "120", "ground": " ", "effective_from": ""}
    page = text(client.post(f"{PAGE}propose/", bad), 422)
    errors = errors_at(page)
    assert "不是數字" in errors["value"] and "小於 100" in errors["tolerance"]
    assert errors["ground"] == errors["effective_from"] == "此欄必填。"
    assert form_of(page)["value"] == "七百" and form_of(page)["tolerance"] == "120"
    assert not TargetProposal.objects.exists()


def test_what_the_service_refuses_stands_at_its_field_too(people: People) -> None:
    client = browser(people.officer("NSTC"))
    page = text(client.post(f"{PAGE}propose/", {**TYPED, "effective_from": "112Q1"}), 422)
    assert "已經訂定" in errors_at(page)["effective_from"] and GROUND in page
    unchanged = text(client.post(f"{PAGE}propose/", {**TYPED, "value": "600"}), 422)
    assert "沒有變更" in unchanged and form_of(unchanged)["value"] == "600"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("organisation", "MOE"),
        ("comparator", "top"),
        ("comparator", "<script>"),
        ("frequency", "weekly"),
        ("year", "1999"),
        ("year", "二〇二五"),
        ("effective_from", "111Q1"),
        ("effective_from", "113Q9"),
        ("effective_from", "\x00"),
        ("value", "1e9"),
        ("value", "9" * 30),
        ("value", "-5"),
        ("value", "700.25"),
        ("value", ""),
        ("value_max", "900"),
        ("tolerance", "-1"),
        ("tolerance", ""),
        ("ground", "字" * 5001),
        ("ground", "鈴\x07聲"),
    ],
)
def test_bad_input_of_every_kind_is_answered_at_the_form(people: People, name: str, value: str) -> None:
    page = text(browser(people.officer("NSTC")).post(f"{PAGE}propose/", {**TYPED, name: value}), 422)
    assert errors_at(page) or "error-summary" in page
    assert "<script>" not in page.split("<main")[1].split("</main")[0]
    assert not TargetProposal.objects.exists()


def test_a_second_open_proposal_is_a_conflict_and_keeps_what_was_typed(people: People) -> None:
    proposed(people)
    page = text(browser(people.officer("NSTC")).post(f"{PAGE}propose/", {**TYPED, "ground": "另一理由"}), 409)
    assert "已有待決定的修正提案" in page and "另一理由" in page


def test_only_quarters_that_are_not_published_are_offered(plan: Plan, people: People) -> None:
    round_ = rounds.opened(plan, "112Q2", people)
    rounds.published(round_, people)
    page = text(browser(people.officer("NSTC")).get(PAGE))
    offered = re.search(r'<select name="effective_from".*?</select>', page, re.DOTALL)
    assert offered and "112Q3" in offered[0] and "112Q2" not in offered[0]


@pytest.mark.parametrize(
    ("aggregation", "asked", "unasked"),
    [
        (
            "milestone",
            {"due_quarter", "effective_from", "ground"},
            {"value", "year", "frequency", "tolerance"},
        ),
        ("rank", {"value", "due_quarter", "frequency", "year"}, {"value_max", "tolerance"}),
        ("stock", {"value", "value_max", "tolerance", "frequency", "year"}, {"due_quarter"}),
    ],
)
def test_only_what_the_kind_of_figure_can_meet_is_asked_for(
    people: People, aggregation: str, asked: set[str], unasked: set[str]
) -> None:
    owner = IndicatorOwner.objects.filter(indicator__aggregation=aggregation)[0]
    page = text(browser(people.officer(owner.organisation.code)).get(f"/targets/{owner.indicator.code}/"))
    names = set(re.findall(r'name="(\w+)"', page))
    assert asked <= names and not unasked & names


def test_a_milestone_is_given_another_due_quarter(people: People) -> None:
    owner = IndicatorOwner.objects.filter(indicator__aggregation="milestone")[0]
    code, officer = owner.indicator.code, people.officer(owner.organisation.code)
    said = {
        "organisation": owner.organisation.code,
        "comparator": "milestone",
        "due_quarter": "114Q4",
        "effective_from": "113Q1",
        "ground": GROUND,
    }
    assert browser(officer).post(f"/targets/{code}/propose/", said).status_code == 302
    services.decide_target(proposal=TargetProposal.objects.get(), approve=True, actor=people.head)
    newest = Target.objects.filter(indicator__code=code).latest("effective_from")
    assert (newest.comparator, newest.frequency, str(newest.due_quarter)) == (
        "milestone",
        "whole_plan",
        "114Q4",
    )


def test_a_qualitative_goal_has_nothing_to_change(people: People) -> None:
    owner = IndicatorOwner.objects.filter(indicator__aggregation="qualitative")[0]
    page = text(browser(people.officer(owner.organisation.code)).get(f"/targets/{owner.indicator.code}/"))
    assert "提出修正" not in page


def test_somebody_of_several_owners_chooses_in_whose_name(people: People) -> None:
    officer = people.officer("MOE")
    grant_role(user=officer, organisation=Organisation.objects.get(code="MOL"), role=Role.OFFICER, actor=None)
    client = browser(officer)
    page = text(client.get("/targets/KR1.2/"))
    offered = re.search(r'<select name="organisation".*?</select>', page, re.DOTALL)
    assert offered and "勞動部" in offered[0] and "教育部" in offered[0] and "數位發展部" not in offered[0]
    said = {
        "organisation": "MOL",
        "comparator": "more_than",
        "value": "9,000",
        "frequency": "annual",
        "effective_from": "113Q1",
        "ground": GROUND,
    }
    assert client.post("/targets/KR1.2/propose/", said).status_code == 302
    assert TargetProposal.objects.get().organisation.code == "MOL"


# --- deciding -----------------------------------------------------------------------------------------------
def test_the_head_approves_and_the_history_keeps_the_old_target(people: People) -> None:
    proposal = proposed(people)
    client = browser(people.head)
    assert "同意</button>" in text(client.get(PAGE))
    assert client.post(f"{PAGE}{proposal.pk}/approve/", {"decision": "同意調高。"}).status_code == 302
    page = text(client.get(PAGE))
    history = page[page.index('id="history"') :]
    assert history.index("每年約 700 名") < history.index("每年約 600 名")
    for words in (GROUND, "同意調高。", "計畫原訂", "現行", "已同意", "head"):
        assert words in history


def test_refusing_without_words_is_said_at_the_field(people: People) -> None:
    proposal = proposed(people)
    client = browser(people.head)
    page = text(client.post(f"{PAGE}{proposal.pk}/refuse/", {"decision": "  "}), 422)
    assert f'id="decision-{proposal.pk}-error">此欄必填。' in page
    assert client.post(f"{PAGE}{proposal.pk}/refuse/", {"decision": "理由不足。"}).status_code == 302
    page = text(client.get(PAGE))
    assert "未成立的提案" in page and "理由不足。" in page and "同意</button>" not in page


def test_whoever_decides_second_sees_who_was_first_and_keeps_the_words(people: People) -> None:
    proposal = proposed(people)
    client = browser(people.head)
    assert client.post(f"{PAGE}{proposal.pk}/approve/").status_code == 302
    page = text(client.post(f"{PAGE}{proposal.pk}/refuse/", {"decision": "不宜。"}), 409)
    assert "處理（已同意）" in page


def test_the_head_is_offered_no_decision_on_an_own_proposal(people: People) -> None:
    proposal = proposed(people)
    deputy = stands_in(people.officer("NSTC"), people.head)
    client = browser(deputy)
    page = text(client.get(PAGE))
    assert "同意</button>" not in page and "撤回提案</button>" in page
    assert "不得決定自己的提案" in text(client.post(f"{PAGE}{proposal.pk}/approve/"), 409)


def test_a_proposal_is_withdrawn_from_the_page(people: People) -> None:
    proposal = proposed(people)
    client = browser(people.holding(Role.APPROVER, "NSTC"))
    assert client.post(f"{PAGE}{proposal.pk}/withdraw/").status_code == 302
    assert "已撤回" in text(client.get(PAGE))


def test_a_proposal_of_another_indicator_is_not_found(people: People) -> None:
    proposal = proposed(people)
    client = browser(people.head)
    for address in (
        f"/targets/KR1.2/{proposal.pk}/approve/",
        f"{PAGE}{'9' * 30}/approve/",
        f"{PAGE}0/refuse/",
    ):
        assert client.post(address).status_code == 404


# --- reading ------------------------------------------------------------------------------------------------
def test_the_list_shows_open_proposals_first_and_sorts_either_table(people: People) -> None:
    proposed(
        people,
        code="KR1.2",
        organisation="MOE",
        comparator=Comparator.MORE_THAN,
        value=Decimal(9000),
        tolerance=None,
    )
    approved(people)
    client = browser(people.reviewer)
    page = text(client.get("/targets/"))
    assert "待決定的修正（1）" in page and page.index("每年超過 9,000 人次") < page.index('id="held"')
    held = page[page.index('id="held"') :]
    assert (
        "每年約 700 名" in held
        and Indicator.objects.filter(plan__is_managed=True).count() == held.count("<tr>") - 1
    )
    turned = text(client.get("/targets/?sort=-target.changes"))
    turned = turned[turned.index('id="held"') :]
    assert turned.index("KR1.1") < turned.index("KR1.2")


def test_pages_speak_english(people: People) -> None:
    approved(people)
    client = browser(people.head)
    assert "Targets in force in" in text(client.get("/en/targets/"))
    page = text(client.get(f"/en{PAGE}"))
    assert "about 700 persons each year (within 10%)" in page and "As the plan has it" in page


def test_a_report_line_leads_to_its_target(people: People, plan: Plan) -> None:
    rounds.opened(plan, "112Q1", people)
    page = text(browser(people.officer("NSTC")).get("/reports/112Q1/NSTC/"))
    assert f'href="{PAGE}"' in page


def test_another_ministry_finds_nothing(people: People) -> None:
    assert browser(people.officer("MOE")).get(PAGE).status_code == 404
    assert browser(people.officer("MOE")).post(f"{PAGE}propose/", TYPED).status_code == 404
    assert browser(people.head).get("/targets/KR9.9/").status_code == 404


def test_an_organisation_that_no_longer_owes_it_reads_but_does_not_propose(people: People) -> None:
    IndicatorOwner.objects.filter(indicator__code="KR1.1").update(until_quarter=Quarter.parse("112Q4"))
    client = browser(people.officer("NSTC"))
    assert "提出修正" not in text(client.get(PAGE))
    assert client.post(f"{PAGE}propose/", TYPED).status_code == 403


def test_pages_cost_a_fixed_number_of_queries(
    people: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    head, officer = browser(people.head), browser(people.officer("NSTC"))
    for client in (head, officer):
        client.get(PAGE)
    for number in range(2):
        for place in range(4):
            changes = {
                "effective_from": Quarter.parse("113Q1") + (4 * number + place),
                "value": Decimal(700 + 10 * number + place),
            }
            approved(people, **changes)
        proposed(people, value=Decimal(999), year=2026 - number)
        with django_assert_num_queries(10):
            head.get("/targets/")
        with django_assert_num_queries(11):
            head.get(PAGE)
        with django_assert_num_queries(13):
            officer.get(PAGE)


# --- for everybody ------------------------------------------------------------------------------------------
def test_the_public_page_tells_how_the_target_changed_and_why(plan: Plan, people: People) -> None:
    round_ = rounds.opened(plan, "112Q3", people)
    rounds.published(round_, people)
    public = browser()
    assert "目標修正" not in text(public.get("/indicators/KR1.1/"))
    proposed(people, effective_from=Quarter.parse("112Q4"), year=2025, ground="尚未決定的理由")
    approved(people, effective_from=Quarter.parse("112Q4"))
    page = text(public.get("/indicators/KR1.1/?fresh"))
    revised = page[page.index('id="revisions-title"') :]
    for words in ("112 年第 4 季", "每年約 600 名（容許範圍 10%）", "每年約 700 名（容許範圍 10%）", GROUND):
        assert words in revised
    assert "尚未決定的理由" not in page
    assert "每年約 600 名" in page[: page.index('id="revisions-title"')], "as it was published"


def test_a_ground_cannot_become_markup(plan: Plan, people: People) -> None:
    round_ = rounds.opened(plan, "112Q3", people)
    rounds.published(round_, people)
    approved(people, effective_from=Quarter.parse("112Q4"), ground="<script>alert(1)</script>")
    for address in ("/indicators/KR1.1/", PAGE, "/targets/"):
        assert "<script>alert" not in text(browser(people.head).get(address))


def test_the_api_says_from_when_and_why_a_target_holds(people: People) -> None:
    target = approved(people).target
    assert target and target.decided_on
    told = browser().get("/api/v1/indicators/KR1.1/").json()["targets"]
    assert [(each["effective_from"], each["value"], each["ground"], each["decided_on"]) for each in told] == [
        ("112Q1", "600", "", None),
        ("113Q1", "700", GROUND, target.decided_on.isoformat()),
    ]


def test_why_this_number_names_the_revision(open_round: ReportingQuarter, plan: Plan, people: People) -> None:
    approved(people, effective_from=Quarter.parse("112Q2"))
    client = browser(people.reviewer)
    assert GROUND not in text(client.get("/figures/KR1.1/112Q1/"))
    rounds.opened(plan, "112Q2", people)
    assert f'{GROUND}</span> <a href="{PAGE}">' in text(client.get("/figures/KR1.1/112Q2/"))
