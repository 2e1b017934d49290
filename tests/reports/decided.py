"""Decisions for tests, made and answered through the services that people use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ministries import clock
from ministries.models import Organisation, User
from programs.models import Plan
from programs.quarters import Quarter
from reports import services
from reports.decided import DecisionContent, ProgressContent
from reports.models import Decision, DecisionProgress, Outlook, Report
from tests import rounds
from tests.people import People


def organisation(code: str) -> Organisation:
    return Organisation.objects.get(code=code)


def content(owner: str = "NDC", due: str = "112Q3", **but: Any) -> DecisionContent:
    said = DecisionContent(
        text="完成公部門資料治理指引並報院。",
        organisation=organisation(owner),
        due_quarter=Quarter.parse(due),
    )
    return replace(said, **but)


def made(
    people: People, owner: str = "NDC", due: str = "112Q3", *, on: str = "112Q1", **but: Any
) -> Decision:
    """Made on the last day of the quarter `on`; each says something of its own."""
    but = {"background": f"第 {Decision.objects.count() + 1} 案", **but}
    with clock.set_to(rounds.after(on, 0)):
        return services.make_decision(
            plan=Plan.objects.get(is_managed=True), content=content(owner, due, **but), actor=people.head
        )


SAID = ProgressContent("已邀集各機關研商，草案預告中。", Outlook.IN_PROGRESS)


def answered(
    decision: Decision, report: Report, actor: User, revision: int = 0, **but: Any
) -> DecisionProgress:
    return services.save_decision_progress(
        decision=decision, report=report, content=replace(SAID, **but), revision=revision, actor=actor
    )
