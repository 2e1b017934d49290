"""A programme is released when its ministry asks and the head agrees; then it is asked for no more, and stays known."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from kpis.engine.nodes import nodes
from ministries.models import AuditEntry, Notice, Role
from ministries.services import Refused
from programs.models import Plan, PlanChange, Program, ProgramObservation
from programs.quarters import Quarter
from reports import services
from reports.models import ProgramRelease
from reports.rosters import OwedLine, owed_lines
from reports.selectors import programs_page
from tests import rounds
from tests.people import People
from tests.programs.asking import a_milestone, asked_for, proposed, release_asked, released

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(plan: Plan) -> Program:
    """A programme of the whole plan's time, of 國科會."""
    return plan.programs.get(code="P01")


def owed(program: Program, code: str) -> list[OwedLine]:
    """What 國科會 owes about the programme."""
    milestones = set(program.milestones.values_list("pk", flat=True))
    lines = owed_lines(program.plan, Quarter.parse(code))[program.organisation_id]
    return [each for each in lines if each.program_id == program.pk or each.milestone_id in milestones]


def test_the_ministry_asks_and_the_head_is_told(program: Program, people: People) -> None:
    head = people.head
    release = release_asked(program, people)
    assert (release.state, release.ground) == ("proposed", "finished")
    assert Notice.objects.get(kind="change_proposed").person == head
    assert AuditEntry.objects.filter(act="change.propose", subject_type="reports.programrelease").exists()
    assert not Program.objects.get(pk=program.pk).released_from


def test_from_the_quarter_after_the_last_opened_one_it_is_asked_for_no_more(
    program: Program, plan: Plan, people: People
) -> None:
    a_milestone(program)
    rounds.opened(plan, "112Q1", people)
    before = {code: len(owed(program, code)) for code in ("112Q1", "112Q2", "112Q4")}
    assert before == {"112Q1": 1, "112Q2": 1, "112Q4": 2}
    program = released(program, people)
    assert str(program.released_from) == "112Q2"
    assert {code: len(owed(program, code)) for code in before} == {"112Q1": 1, "112Q2": 0, "112Q4": 0}


def test_what_was_reported_of_it_stays(program: Program, plan: Plan, people: People) -> None:
    rounds.accepted(rounds.report_of(rounds.opened(plan, "112Q1", people), "NSTC"), people)
    program = released(program, people)
    assert ProgramObservation.objects.filter(program=program, superseded_at=None).count() == 1
    shown = {
        code: program in [row.program for row in programs_page(quarter=Quarter.parse(code)).rows]
        for code in ("112Q1", "112Q2")
    }
    assert shown == {"112Q1": True, "112Q2": False}

    def counted(code: str) -> int:
        (whole,) = nodes(plan, Quarter.parse(code), kinds=["plan"])
        return whole.programs

    everything = sum(each.runs_in(Quarter.parse("112Q2")) for each in plan.programs.all())
    assert counted("112Q2") == everything
    assert counted("112Q1") == everything + 1


def test_a_sub_item_that_only_it_carried_is_owed_in_words_again(plan: Plan, people: People) -> None:
    """衛福部 has one programme in the tables; without it, its sub-items are asked for by themselves."""
    organisation = plan.programs.filter(organisation__code="MOHW")[0].organisation
    quarter = Quarter.parse("115Q4")

    def sub_items() -> int:
        return sum(1 for each in owed_lines(plan, quarter)[organisation.pk] if each.sub_item_id)

    before = sub_items()
    for program in plan.programs.filter(organisation=organisation):
        released(program, people)
    assert sub_items() > before


@pytest.mark.parametrize(
    ("ground", "explanation", "fields"),
    [("", "說明", {"ground"}), ("bored", "說明", {"ground"}), ("merged", " ", {"explanation"}), ("", "", {"ground", "explanation"})],
)  # fmt: skip
def test_a_release_needs_a_reason_and_words(
    program: Program, people: People, ground: str, explanation: str, fields: set[str]
) -> None:
    with pytest.raises(Refused) as refusal:
        services.ask_release(
            program=program, ground=ground, explanation=explanation, actor=people.officer("NSTC")
        )
    assert set(refusal.value.errors) == fields
    assert not ProgramRelease.objects.exists()


def test_only_the_own_ministry_asks_and_only_the_head_answers(program: Program, people: People) -> None:
    manager = people.holding(Role.ACCOUNT_MANAGER, "NSTC")
    for actor in (people.officer("MOE"), manager, people.head, people.administrator):
        with pytest.raises(PermissionDenied):
            services.ask_release(program=program, ground="merged", explanation="併", actor=actor)
    release = release_asked(program, people)
    for actor in (people.reviewer, people.administrator, people.officer("NSTC")):
        with pytest.raises(PermissionDenied):
            services.answer_release(release=release, approve=True, words="", actor=actor)


def test_a_refusal_needs_words_and_changes_nothing(program: Program, people: People) -> None:
    release = release_asked(program, people)
    with pytest.raises(Refused) as refusal:
        services.answer_release(release=release, approve=False, words="", actor=people.head)
    assert set(refusal.value.errors) == {"words"}
    services.answer_release(release=release, approve=False, words="尚有成果未移轉。", actor=people.head)
    assert Program.objects.get(pk=program.pk).released_from is None
    assert not PlanChange.objects.exists()
    assert release_asked(program, people).is_open, "it may be asked for again"


def test_a_request_is_answered_once(program: Program, people: People) -> None:
    release = release_asked(program, people)
    services.answer_release(release=release, approve=True, words="", actor=people.head)
    for approve in (True, False):
        with pytest.raises(Refused, match="先行處理"):
            services.answer_release(release=release, approve=approve, words="可", actor=people.head)
    assert PlanChange.objects.get().kind == "released"


def test_one_release_is_asked_for_at_a_time_beside_a_revision(program: Program, people: People) -> None:
    proposed(program, people)
    release_asked(program, people)
    with pytest.raises(Refused, match="待核定"):
        release_asked(program, people)


def test_a_released_programme_takes_no_more_requests(program: Program, people: People) -> None:
    waiting = proposed(program, people)
    program = released(program, people)
    with pytest.raises(Refused, match="解除列管"):
        release_asked(program, people)
    with pytest.raises(Refused, match="解除列管"):
        services.propose_revision(program=program, content=asked_for(), actor=people.officer("NSTC"))
    with pytest.raises(Refused, match="重新提出"):
        services.decide_revision(revision=waiting, approve=True, words="", actor=people.head)


def test_released_once_is_released_for_good(program: Program, people: People) -> None:
    released(program, people)
    for quarter in (None, Quarter.parse("114Q1")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Program.objects.filter(pk=program.pk).update(released_from=quarter)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgramRelease.objects.update(ground="merged")
