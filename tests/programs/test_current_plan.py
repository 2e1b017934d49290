"""Pages and API show the same plan: the managed one under way, also while its successor is loaded already."""

from __future__ import annotations

from datetime import date

from django.test import Client

from ministries import clock
from programs.models import Plan
from programs.selectors import current_plan
from tests import rounds


def successor(plan: Plan) -> Plan:
    return Plan.objects.create(
        code="next",
        name_zh="下一期計畫",
        name_en="The next plan",
        short_name_zh="下一期",
        short_name_en="Next",
        starts_on=date(2027, 1, 1),
        ends_on=date(2030, 12, 31),
        predecessor=plan,
    )


def test_a_plan_that_has_not_begun_does_not_replace_the_one_under_way(plan: Plan, client: Client) -> None:
    successor(plan)
    with clock.set_to(rounds.after("115Q3", 10)):
        assert current_plan() == plan
        assert plan.short_name_zh in client.get("/").content.decode()
        assert {each["plan"] for each in client.get("/api/v1/pillars/").json()["results"]} == {plan.code}


def test_a_plan_replaces_its_predecessor_on_its_first_day(plan: Plan) -> None:
    later = successor(plan)
    with clock.set_to(rounds.after("115Q4", 1)):
        assert current_plan() == later


def test_before_any_plan_has_begun_the_one_that_begins_first_is_shown(plan: Plan) -> None:
    later = successor(plan)
    with clock.set_to(rounds.after("111Q4", -30)):
        assert current_plan([later, plan]) == plan
    assert current_plan([]) is None
