"""Requests about programmes for tests, through the services that people use."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from programs.models import Program, ProgramMilestone
from programs.quarters import Quarter
from reports import services
from reports.models import ProgramRelease, ProgramRevision
from reports.program_contents import MilestoneWish, Period, RevisionContent
from tests.people import People

NEW_DAY = date(2024, 6, 30)


def a_milestone(program: Program, **changes: Any) -> ProgramMilestone:
    given = {"code": "M1", "name_zh": "完成雛型", "name_en": "Prototype ready", "due_on": date(2023, 12, 31)}
    return ProgramMilestone.objects.create(
        **{"program": program, "effective_from": "112Q1", **given, **changes}
    )


def wish_for(milestone: ProgramMilestone, **changes: Any) -> MilestoneWish:
    """The milestone as it is, but for the changes."""
    as_it_is = MilestoneWish(
        place=f"milestone-{milestone.code}",
        code=milestone.code,
        name_zh=milestone.name_zh,
        name_en=milestone.name_en,
        due_on=milestone.due_on,
    )
    return replace(as_it_is, **changes)


NEW_MILESTONE = MilestoneWish("new-1", None, "完成場域驗證", "Field test passed", NEW_DAY)
LONGER = Period("112-116", date(2023, 1, 1), date(2027, 12, 31))


def asked_for(**changes: Any) -> RevisionContent:
    """A revision on a ground, from 112Q3 on, that adds a milestone where nothing else is asked."""
    content = RevisionContent(
        ground="force_majeure",
        explanation="疫情延宕採購。",
        effective_from=Quarter.parse("112Q3"),
        milestones=(NEW_MILESTONE,),
    )
    return replace(content, **changes)


def proposed(program: Program, people: People, **changes: Any) -> ProgramRevision:
    officer = people.officer(program.organisation.code)
    return services.propose_revision(program=program, content=asked_for(**changes), actor=officer)


def approved(program: Program, people: People, **changes: Any) -> ProgramRevision:
    return services.decide_revision(
        revision=proposed(program, people, **changes), approve=True, words="", actor=people.head
    )


def release_asked(program: Program, people: People, ground: str = "finished") -> ProgramRelease:
    return services.ask_release(
        program=program,
        ground=ground,
        explanation="已如期完成，成果移轉業務單位。",
        actor=people.officer(program.organisation.code),
    )


def released(program: Program, people: People) -> Program:
    services.answer_release(release=release_asked(program, people), approve=True, words="", actor=people.head)
    return Program.objects.get(pk=program.pk)
