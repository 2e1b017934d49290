"""Requests and decisions about programmes at the same moment: each has one winner and a message for the other."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from ministries.models import Notice, NoticeKind, Role
from programs.models import Plan, PlanChange, Program, ProgramMilestone
from reports import services
from reports.models import ProgramRelease, ProgramRevision
from tests import rounds
from tests.abreast import at_once, refusals
from tests.people import People, second_head
from tests.programs.asking import asked_for, proposed, release_asked
from tests.programs.test_governing import a_joining

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def program(plan: Plan) -> Program:
    return plan.programs.get(code="P01")


def test_of_two_heads_who_decide_one_wins(program: Program, people: People) -> None:
    revision, heads = proposed(program, people), (people.head, second_head())
    answers = at_once(
        *[
            partial(
                services.decide_revision, revision=revision, approve=approve, words="已審酌。", actor=head
            )
            for head, approve in zip(heads, (True, False), strict=True)
        ]
    )
    (message,) = refusals(answers)
    assert "先行處理" in message
    kept = ProgramRevision.objects.get()
    assert PlanChange.objects.count() == ProgramMilestone.objects.count() == (kept.state == "approved")
    assert Notice.objects.filter(kind=NoticeKind.CHANGE_DECIDED).exists()


def test_an_answer_against_a_withdrawal_has_one_winner(program: Program, people: People) -> None:
    release, head, officer = release_asked(program, people), people.head, people.officer("NSTC")
    answers = at_once(
        partial(services.answer_release, release=release, approve=True, words="", actor=head),
        partial(services.withdraw_request, request=release, actor=officer),
    )
    assert len(refusals(answers)) == 1
    kept = ProgramRelease.objects.get()
    assert (Program.objects.get(pk=program.pk).released_from is not None) == (kept.state == "approved")


def test_of_two_who_ask_one_is_told_of_the_other(program: Program, people: People) -> None:
    both = (people.officer("NSTC"), people.holding(Role.APPROVER, "NSTC"))
    answers = at_once(
        *[
            partial(services.propose_revision, program=program, content=asked_for(), actor=actor)
            for actor in both
        ]
    )
    (message,) = refusals(answers)
    assert "待核定" in message
    assert ProgramRevision.objects.count() == 1


def test_an_approval_against_the_closing_of_its_quarter_never_changes_a_closed_one(
    program: Program, plan: Plan, people: People
) -> None:
    revision, head = proposed(program, people), people.head
    round_, administrator = rounds.opened(plan, "112Q3", people), people.administrator
    answers = at_once(
        partial(services.decide_revision, revision=revision, approve=True, words="", actor=head),
        partial(services.close_quarter, reporting_quarter=round_, actor=administrator),
    )
    round_.refresh_from_db()
    assert round_.closed_at
    refused = refusals(answers)
    assert bool(refused) == (not PlanChange.objects.exists())
    if not refused:
        assert PlanChange.objects.get().made_at <= round_.closed_at


def test_two_programmes_that_join_at_once_have_codes_of_their_own(plan: Plan, people: People) -> None:
    content, administrator = a_joining(plan), people.administrator
    two = [
        replace(content, standing=replace(content.standing, name_zh=f"生成式 AI 推動計畫（{number}）"))
        for number in "一二"
    ]
    answers = at_once(
        *[partial(services.join_program, plan=plan, content=each, actor=administrator) for each in two]
    )
    assert not refusals(answers)
    joined = plan.programs.filter(joined_from__isnull=False)
    assert sorted(joined.values_list("code", flat=True)) == ["N01", "N02"]


def test_a_programme_joins_a_quarter_that_opens_at_the_same_moment(plan: Plan, people: People) -> None:
    content, administrator = a_joining(plan), people.administrator
    round_ = rounds.round_of(plan, "113Q1")
    answers = at_once(
        partial(services.join_program, plan=plan, content=content, actor=administrator),
        partial(services.open_quarter, reporting_quarter=round_, actor=administrator),
    )
    assert not refusals(answers)
    services.turn_quarters()
    assert rounds.report_of(round_, "MODA").lines.filter(program__code="N01").count() == 1
