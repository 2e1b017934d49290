"""Programmes are revised on a ground: asked by their ministry, decided once by the head, in force from a quarter on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from ministries import clock
from ministries.models import AuditEntry, Deputyship, Notice, Role
from ministries.services import Refused, grant_role
from programs.models import Plan, PlanChange, Program, ProgramMilestone, ProgramVersion
from programs.quarters import Quarter
from programs.selectors import milestones_in_force
from reports import services
from reports.models import Line, ProgramRevision, ProposedMilestone
from reports.program_contents import MilestoneWish, Period
from reports.rosters import owed_lines
from tests import rounds
from tests.people import People
from tests.programs.asking import (
    LONGER,
    NEW_DAY,
    NEW_MILESTONE,
    a_milestone,
    approved,
    asked_for,
    proposed,
    wish_for,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(plan: Plan) -> Program:
    """A programme of the whole plan's time, of 國科會."""
    return plan.programs.get(code="P01")


@pytest.fixture
def milestone(program: Program) -> ProgramMilestone:
    return a_milestone(program)


def errors_of(program: Program, people: People, **changes: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refusal:
        proposed(program, people, **changes)
    assert not ProgramRevision.objects.exists() and not ProposedMilestone.objects.exists()
    return refusal.value.errors


def quarter(code: str) -> Quarter:
    return Quarter.parse(code)


# --- what may be asked -----------------------------------------------------------------------------------
def test_an_officer_proposes_and_the_head_is_told(program: Program, people: People) -> None:
    head = people.head
    revision = proposed(program, people)
    assert (revision.state, revision.ground) == ("proposed", "force_majeure")
    assert revision.organisation.code == "NSTC" and revision.proposed_by == people.officer("NSTC")
    notice = Notice.objects.get(kind="change_proposed")
    assert (notice.person, notice.path) == (head, "/programs/P01/")
    entry = AuditEntry.objects.get(act="change.propose")
    assert entry.detail["program"] == "P01" and entry.organisation == program.organisation


@pytest.mark.parametrize("role", [Role.APPROVER, Role.OFFICER])
def test_both_who_write_for_a_ministry_may_propose(program: Program, people: People, role: Role) -> None:
    actor = people.holding(role, "NSTC")
    assert services.propose_revision(program=program, content=asked_for(), actor=actor).is_open


def test_nobody_else_may_propose(program: Program, people: People) -> None:
    manager = people.holding(Role.ACCOUNT_MANAGER, "NSTC")
    for actor in (people.officer("MOE"), manager, people.head, people.reviewer, people.administrator):
        with pytest.raises(PermissionDenied):
            services.propose_revision(program=program, content=asked_for(), actor=actor)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"ground": ""}, {"ground"}),
        ({"ground": "because"}, {"ground"}),
        ({"explanation": " "}, {"explanation"}),
        ({"explanation": "字\x00"}, {"explanation"}),
        ({"effective_from": None}, {"effective_from"}),
        ({"effective_from": Quarter.parse("111Q4")}, {"effective_from"}),
        ({"effective_from": Quarter.parse("120Q1")}, {"effective_from"}),
        ({"milestones": ()}, {"explanation"}),
        ({"milestones": (MilestoneWish("new-1", None, "", "", NEW_DAY),)}, {"new-1-name_zh"}),
        ({"milestones": (MilestoneWish("new-1", None, "名", "", None),)}, {"new-1-due_on"}),
        ({"milestones": (MilestoneWish("new-1", None, "名", "", date(2023, 6, 30)),)}, {"new-1-due_on"}),
        ({"milestones": (MilestoneWish("new-1", None, "名", "", date(2031, 6, 30)),)}, {"new-1-due_on"}),
        ({"milestones": (MilestoneWish("m", "M9", "名", "", NEW_DAY),)}, {"m-due_on"}),
        ({"period": Period("116-112", date(2027, 1, 1), date(2023, 1, 1))}, {"period_end"}),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    program: Program, people: People, changes: dict[str, Any], fields: set[str]
) -> None:
    assert program.period_end and program.period_end < date(2031, 1, 1)
    assert set(errors_of(program, people, **changes)) == fields


def test_the_present_period_is_no_change(program: Program, people: People) -> None:
    assert program.period_start
    same = Period(program.period_printed, program.period_start, program.period_end)
    assert set(errors_of(program, people, period=same, milestones=())) == {"period_printed"}


def test_milestones_that_stay_as_they_are_are_no_part_of_a_revision(
    program: Program, milestone: ProgramMilestone, people: People
) -> None:
    revision = proposed(program, people, milestones=(wish_for(milestone), NEW_MILESTONE))
    assert list(revision.milestones.values_list("deed", "code")) == [("add", "M2")]
    assert ProgramMilestone.objects.get() == milestone


def test_a_reached_milestone_is_not_moved(
    program: Program, milestone: ProgramMilestone, plan: Plan, people: People
) -> None:
    milestone.due_on = date(2023, 3, 1)
    milestone.save()
    rounds.accepted(rounds.report_of(rounds.opened(plan, "112Q1", people), "NSTC"), people)
    errors = errors_of(program, people, milestones=(wish_for(milestone, due_on=NEW_DAY),))
    assert set(errors) == {"milestone-M1-due_on"}


def test_a_milestone_is_not_revised_in_the_quarter_from_which_it_holds(
    program: Program, people: People
) -> None:
    milestone = a_milestone(program, effective_from="112Q3")
    errors = errors_of(program, people, milestones=(wish_for(milestone, due_on=NEW_DAY),))
    assert set(errors) == {"milestone-M1-due_on"}


@pytest.mark.parametrize("ended", ["closed", "published", "over"])
def test_a_quarter_that_has_ended_is_never_changed(
    program: Program, plan: Plan, people: People, ended: str
) -> None:
    with clock.set_to(rounds.after("112Q3", 2)):
        round_ = rounds.opened(plan, "112Q3", people)
    with clock.set_to(rounds.after("112Q3", 60)):
        if ended == "closed":
            services.close_quarter(reporting_quarter=round_, actor=people.administrator)
        elif ended == "published":
            rounds.published(round_, people)
        assert set(errors_of(program, people)) == {"effective_from"}
        assert proposed(program, people, effective_from=quarter("112Q4")).is_open


def test_only_one_request_at_a_time(program: Program, people: People) -> None:
    first = proposed(program, people)
    with pytest.raises(Refused, match="待核定"):
        proposed(program, people)
    services.withdraw_request(request=first, actor=people.officer("NSTC"))
    assert proposed(program, people).is_open


# --- what becomes of it ----------------------------------------------------------------------------------
def test_a_moved_milestone_has_its_new_day_from_the_quarter_on_and_its_old_one_before(
    program: Program, milestone: ProgramMilestone, people: People
) -> None:
    approved(program, people, milestones=(wish_for(milestone, due_on=NEW_DAY, name_zh="完成原型"),))
    held = {code: milestones_in_force(program.plan, quarter(code)) for code in ("112Q2", "112Q3", "115Q4")}
    assert held["112Q2"] == [milestone]
    (moved,) = held["112Q3"]
    assert held["115Q4"] == [moved]
    assert (moved.code, moved.name_zh, moved.due_on) == ("M1", "完成原型", NEW_DAY)
    assert moved.change and moved.change.kind == "revised" and moved.change.ground == "force_majeure"
    milestone.refresh_from_db()
    assert (milestone.due_on, milestone.dropped_from) == (date(2023, 12, 31), None)


def test_rosters_ask_for_a_milestone_by_the_day_that_holds_in_their_quarter(
    program: Program, milestone: ProgramMilestone, people: People
) -> None:
    def owed(code: str) -> list[int]:
        lines = owed_lines(program.plan, quarter(code))[program.organisation_id]
        return [line.milestone_id for line in lines if line.milestone_id]

    before = {code: owed(code) for code in ("112Q2", "112Q3", "113Q1", "113Q2")}
    assert before == {"112Q2": [], "112Q3": [milestone.pk], "113Q1": [milestone.pk], "113Q2": [milestone.pk]}
    approved(program, people, milestones=(wish_for(milestone, due_on=NEW_DAY),))
    moved = ProgramMilestone.objects.get(effective_from=quarter("112Q3"))
    after = {code: owed(code) for code in ("112Q2", "112Q3", "113Q1", "113Q2")}
    assert after == {"112Q2": [], "112Q3": [], "113Q1": [moved.pk], "113Q2": [moved.pk]}


def test_a_dropped_milestone_counts_until_its_quarter_and_stays_visible(
    program: Program, milestone: ProgramMilestone, people: People
) -> None:
    approved(program, people, milestones=(wish_for(milestone, is_dropped=True, name_zh=""),))
    assert milestones_in_force(program.plan, quarter("112Q2")) == [milestone]
    assert milestones_in_force(program.plan, quarter("112Q3")) == []
    milestone.refresh_from_db()
    assert milestone.dropped_by and str(milestone.dropped_from) == "112Q3"


def test_a_new_milestone_takes_the_next_number(program: Program, people: People) -> None:
    a_milestone(program, code="M7")
    a_milestone(program, code="其他")
    approved(program, people)
    assert ProgramMilestone.objects.get(change__isnull=False).code == "M8"


def test_a_new_period_holds_from_its_quarter_and_earlier_quarters_keep_the_earlier_one(
    plan: Plan, people: People
) -> None:
    program = plan.programs.get(name_zh__startswith="AI on chip")
    assert not program.runs_in(quarter("113Q1"))
    organisation, printed = program.organisation, program.period_printed
    approved(program, people, period=LONGER, milestones=())
    program = Program.objects.get(pk=program.pk)
    assert program.period_printed == printed, "the printed plan stays"
    assert program.standing_in(quarter("112Q2")) == program
    version = program.standing_in(quarter("112Q3"))
    assert (version.period_printed, version.period_end) == ("112-116", date(2027, 12, 31))
    assert (version.organisation, version.name_zh) == (organisation, program.name_zh)

    def is_owed(code: str) -> bool:
        lines = owed_lines(plan, quarter(code)).get(organisation.pk, [])
        return any(line.program_id == program.pk for line in lines)

    assert {code: is_owed(code) for code in ("112Q2", "112Q4", "113Q1", "115Q4")} == {
        "112Q2": True, "112Q4": True, "113Q1": True, "115Q4": True,
    }  # fmt: skip


def test_a_shorter_period_ends_what_is_owed(program: Program, people: People) -> None:
    approved(program, people, period=Period("112", date(2023, 1, 1), date(2023, 12, 31)), milestones=())

    def is_owed(code: str) -> bool:
        lines = owed_lines(program.plan, quarter(code))[program.organisation_id]
        return any(line.program_id == program.pk for line in lines)

    assert {code: is_owed(code) for code in ("112Q4", "113Q1")} == {"112Q4": True, "113Q1": False}


def test_each_revision_lies_after_the_one_before(
    program: Program, milestone: ProgramMilestone, people: People
) -> None:
    approved(program, people, milestones=(wish_for(milestone, due_on=NEW_DAY),))
    with pytest.raises(Refused) as refusal:
        proposed(program, people)
    assert set(refusal.value.errors) == {"effective_from"}
    moved = ProgramMilestone.objects.get(effective_from=quarter("112Q3"))
    again = wish_for(moved, due_on=date(2024, 9, 30))
    approved(program, people, effective_from=quarter("112Q4"), milestones=(again,))
    days = ProgramMilestone.objects.order_by("effective_from").values_list("due_on", flat=True)
    assert list(days) == [date(2023, 12, 31), NEW_DAY, date(2024, 9, 30)]


def test_a_line_of_an_open_round_asks_for_the_new_day_and_keeps_what_was_typed(
    program: Program, milestone: ProgramMilestone, plan: Plan, people: People
) -> None:
    report = rounds.report_of(rounds.opened(plan, "112Q3", people), "NSTC")
    rounds.fill(report, people, milestone=milestone)
    approved(program, people, milestones=(wish_for(milestone, due_on=date(2023, 12, 15)),))
    services.turn_quarters()
    line = Line.objects.get(report=report, milestone__program=program)
    assert line.milestone.due_on == date(2023, 12, 15) and line.narrative and line.is_owed


# --- who decides -----------------------------------------------------------------------------------------
def test_the_head_refuses_with_words_and_the_ministry_is_told(program: Program, people: People) -> None:
    revision = proposed(program, people)
    with pytest.raises(Refused) as refusal:
        services.decide_revision(revision=revision, approve=False, words=" ", actor=people.head)
    assert set(refusal.value.errors) == {"words"}
    services.decide_revision(revision=revision, approve=False, words="請補佐證。", actor=people.head)
    revision.refresh_from_db()
    assert (revision.state, revision.words, revision.decided_by) == ("refused", "請補佐證。", people.head)
    assert not PlanChange.objects.exists() and not ProgramMilestone.objects.exists()
    notice = Notice.objects.get(kind="change_decided")
    assert notice.person == people.officer("NSTC") and notice.facts["said"] == "請補佐證。"


def test_nobody_but_the_head_decides(program: Program, people: People) -> None:
    revision = proposed(program, people)
    for actor in (people.reviewer, people.administrator, people.auditor, people.officer("NSTC")):
        with pytest.raises(PermissionDenied):
            services.decide_revision(revision=revision, approve=True, words="", actor=actor)


def test_nobody_decides_what_they_proposed(program: Program, people: People) -> None:
    officer = people.officer("NSTC")
    revision = proposed(program, people)
    secretariat = people.head.memberships.get().organisation
    grant_role(user=officer, organisation=secretariat, role=Role.HEAD, actor=None)
    with pytest.raises(Refused, match="提案人"):
        services.decide_revision(revision=revision, approve=True, words="", actor=officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgramRevision.objects.update(
            state="refused", words="否", decided_at=clock.now(), decided_by=revision.proposed_by
        )


def test_a_deputy_proposes_in_the_principals_name(program: Program, people: People) -> None:
    officer, deputy = people.officer("NSTC"), people.officer("MOE")
    today = clock.today()
    Deputyship.objects.create(
        principal=officer, deputy=deputy, organisation=program.organisation, from_day=today,
        until_day=today, named_at=clock.now(), named_by=officer,
    )  # fmt: skip
    revision = services.propose_revision(program=program, content=asked_for(), actor=deputy)
    assert (revision.proposed_by, revision.proposed_for) == (deputy, officer)


@pytest.mark.parametrize("how", ["approved", "refused", "withdrawn"])
def test_of_two_who_answer_the_second_finds_it_done(program: Program, people: People, how: str) -> None:
    revision = proposed(program, people)
    if how == "withdrawn":
        services.withdraw_request(request=revision, actor=people.officer("NSTC"))
    else:
        services.decide_revision(revision=revision, approve=how == "approved", words="可", actor=people.head)
    with pytest.raises(Refused, match="先行處理"):
        services.decide_revision(revision=revision, approve=True, words="", actor=people.head)
    with pytest.raises(Refused, match="先行處理"):
        services.withdraw_request(request=revision, actor=people.officer("NSTC"))
    assert PlanChange.objects.count() == (how == "approved")


def test_another_ministry_withdraws_nothing(program: Program, people: People) -> None:
    revision = proposed(program, people)
    for actor in (people.officer("MOE"), people.head):
        with pytest.raises(PermissionDenied):
            services.withdraw_request(request=revision, actor=actor)


def test_a_revision_is_not_approved_once_its_quarter_is_closed(
    program: Program, plan: Plan, people: People
) -> None:
    revision = proposed(program, people)
    services.close_quarter(reporting_quarter=rounds.opened(plan, "112Q3", people), actor=people.administrator)
    with pytest.raises(Refused, match="重新提出"):
        services.decide_revision(revision=revision, approve=True, words="", actor=people.head)
    assert not PlanChange.objects.exists()
    services.decide_revision(revision=revision, approve=False, words="已截止。", actor=people.head)


def test_a_revision_is_not_approved_once_its_milestones_have_moved_otherwise(
    program: Program, milestone: ProgramMilestone, people: People
) -> None:
    revision = proposed(program, people, milestones=(wish_for(milestone, due_on=NEW_DAY),))
    a_milestone(program, effective_from="112Q2", due_on=date(2024, 1, 31))
    with pytest.raises(Refused, match="另有變動"):
        services.decide_revision(revision=revision, approve=True, words="", actor=people.head)


# --- what the database keeps -----------------------------------------------------------------------------
@pytest.mark.parametrize("model", [PlanChange, ProgramVersion, ProgramRevision, ProposedMilestone])
def test_what_was_decided_is_neither_changed_nor_removed(plan: Plan, people: People, model: Any) -> None:
    program = plan.programs.get(code="P01")
    approved(program, people, period=LONGER)
    field = {"PlanChange": "words", "ProgramRevision": "explanation"}.get(model.__name__, "name_zh")
    for act in (lambda: model.objects.update(**{field: "改"}), lambda: model.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_a_decided_milestone_stays_and_a_dropped_one_stays_dropped(
    program: Program, milestone: ProgramMilestone, people: People
) -> None:
    approved(program, people, milestones=(wish_for(milestone, is_dropped=True), NEW_MILESTONE))
    new = ProgramMilestone.objects.filter(change__isnull=False)
    old = ProgramMilestone.objects.filter(pk=milestone.pk)
    for act in (
        lambda: new.update(due_on=NEW_DAY.replace(day=1)),
        lambda: new.delete(),
        lambda: old.update(dropped_from=None, dropped_by=None),
        lambda: old.delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    old.update(name_en="Prototype")


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "approved"},
        {"state": "refused", "words": ""},
        {"state": "withdrawn"},
        {"withdrawn_at": "now"},
        {"explanation": "改"},
        {"ground": "budget_cut"},
    ],
)
def test_the_database_refuses_states_without_their_moments_and_other_words(
    program: Program, people: People, changes: dict[str, Any]
) -> None:
    proposed(program, people)
    if changes.get("withdrawn_at"):
        changes = {"withdrawn_at": clock.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgramRevision.objects.update(**changes)
