"""Proposals and decisions at the same moment, on connections of their own: each has one winner and a message for the other."""

from __future__ import annotations

from functools import partial

import pytest

from kpis.models import Target
from ministries.models import AuditEntry, Notice, NoticeKind, Organisation, Role
from programs.models import Plan
from programs.quarters import Quarter
from reports import services
from reports.models import TargetProposal
from tests import rounds
from tests.abreast import at_once, refusals
from tests.people import People, second_head
from tests.reports.proposals import GROUND, indicator, proposed, terms

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_who_decide_at_once_one_wins(plan: Plan, people: People) -> None:
    proposal, heads = proposed(people), (people.head, second_head())
    answers = at_once(
        *[
            partial(services.decide_target, proposal=proposal, approve=approve, actor=head, words="已審酌。")
            for head, approve in zip(heads, (True, False), strict=True)
        ]
    )
    (message,) = refusals(answers)
    assert "不能再次辦理" in message
    kept = TargetProposal.objects.get()
    assert Target.objects.filter(indicator=indicator()).count() == (2 if kept.state == "approved" else 1)
    assert AuditEntry.objects.filter(act="change.decide").count() == 1
    assert Notice.objects.filter(kind=NoticeKind.CHANGE_DECIDED).count() == 1


def test_a_decision_against_a_withdrawal_has_one_winner(plan: Plan, people: People) -> None:
    proposal, officer, head = proposed(people), people.officer("NSTC"), people.head
    answers = at_once(
        partial(services.decide_target, proposal=proposal, approve=True, actor=head),
        partial(services.withdraw_proposal, proposal=proposal, actor=officer),
    )
    assert len(refusals(answers)) == 1
    kept = TargetProposal.objects.get()
    assert Target.objects.filter(indicator=indicator()).count() == (2 if kept.state == "approved" else 1)


def test_of_two_who_propose_at_once_one_is_told_of_the_other(plan: Plan, people: People) -> None:
    nstc = Organisation.objects.get(code="NSTC")
    both = (people.officer("NSTC"), people.holding(Role.APPROVER, "NSTC"))
    answers = at_once(
        *[
            partial(
                services.propose_target,
                indicator=indicator(),
                organisation=nstc,
                terms=terms(),
                ground=GROUND,
                actor=actor,
            )
            for actor in both
        ]
    )
    (message,) = refusals(answers)
    assert "已有待決定的修正提案" in message
    assert TargetProposal.objects.count() == 1


def test_an_approval_against_the_publication_of_its_quarter_never_changes_what_is_published(
    plan: Plan, people: People
) -> None:
    round_ = rounds.opened(plan, "112Q3", people)
    proposal = proposed(people, effective_from=Quarter.parse("112Q3"))
    to_publish = services.propose_publication(reporting_quarter=round_, actor=people.reviewer)
    head = people.head
    at_once(
        partial(services.confirm_publication, proposal=to_publish, digest=to_publish.digest, actor=head),
        partial(services.decide_target, proposal=proposal, approve=True, actor=second_head()),
    )
    to_publish.refresh_from_db()
    approved_first = TargetProposal.objects.get().state == "approved"
    assert plan.publications.exists() != approved_first, "either it was confirmed as it was, or it fell back"
    assert ('"value":"700"' in to_publish.content) == approved_first
