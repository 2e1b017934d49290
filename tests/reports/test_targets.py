"""A target is changed on a ground and by another person's decision; the old one stays, and what was published keeps it."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from kpis.models import Comparator, Frequency, IndicatorOwner, RollupTask, ScheduledShare, Target
from kpis.selectors import in_force, indicator_results, revisions
from kpis.services.rollups import differences, recompute_stale_figures
from ministries import clock
from ministries.models import AuditEntry, Notice, NoticeKind, Organisation, Role, User
from ministries.services import Refused, grant_role
from programs.models import Plan
from programs.quarters import Quarter
from reports import services
from reports.models import ReportingQuarter, TargetProposal
from tests import rounds
from tests.people import People
from tests.reports.proposals import GROUND, approved, indicator, proposed, stands_in, terms

pytestmark = pytest.mark.django_db

MORE_THAN_9000: dict[str, Any] = {
    "comparator": Comparator.MORE_THAN,
    "value": Decimal(9000),
    "tolerance": None,
}


def q(code: str) -> Quarter:
    return Quarter.parse(code)


def whole(target: Target | None) -> int | None:
    return int(target.value) if target and target.value is not None else None


def held_in(code: str) -> int | None:
    """What was promised of KR1.1 in the quarter."""
    return whole(in_force(Target.objects.filter(indicator__code="KR1.1"), q(code)))


def refused(people: People, **changes: Any) -> dict[str, str]:
    with pytest.raises(Refused) as no:
        proposed(people, **changes)
    assert not TargetProposal.objects.exists()
    return no.value.errors or {"": no.value.message}


# --- what becomes of a proposal -----------------------------------------------------------------------------
def test_an_approved_proposal_becomes_a_target_beside_the_old_one(people: People) -> None:
    before = Target.objects.get(indicator__code="KR1.1")
    proposal = approved(people)
    assert proposal.target and proposal.state == TargetProposal.State.APPROVED
    assert (proposal.target.ground, proposal.target.decided_on) == (GROUND, clock.today())
    assert Target.objects.get(pk=before.pk).value == before.value == 600
    assert (held_in("112Q4"), held_in("113Q1"), held_in("115Q4")) == (600, 700, 700)


def test_a_proposal_alone_changes_no_target_and_no_figure(people: People) -> None:
    RollupTask.objects.all().delete()
    proposed(people)
    assert held_in("114Q1") == 600
    assert not RollupTask.objects.exists()


def test_a_refused_proposal_changes_nothing_and_keeps_the_words(people: People) -> None:
    proposal = services.decide_target(
        proposal=proposed(people), approve=False, actor=people.head, words="理由不足。"
    )
    assert (proposal.state, proposal.decision, proposal.target) == ("refused", "理由不足。", None)
    assert held_in("114Q1") == 600


def test_refusing_needs_words_and_approving_does_not(people: People) -> None:
    proposal = proposed(people)
    with pytest.raises(Refused) as no:
        services.decide_target(proposal=proposal, approve=False, actor=people.head, words=" \n ")
    assert set(no.value.errors) == {"decision"}
    assert services.decide_target(proposal=proposal, approve=True, actor=people.head).decision == ""


def test_a_withdrawn_proposal_stays_on_record_and_makes_room_for_another(people: People) -> None:
    colleague = people.holding(Role.APPROVER, "NSTC")
    gone = services.withdraw_proposal(proposal=proposed(people), actor=colleague)
    assert (gone.state, gone.decided_by) == ("withdrawn", colleague)
    again = proposed(people, value=Decimal(650))
    assert list(TargetProposal.objects.values_list("pk", flat=True)) == [again.pk, gone.pk]


def test_both_people_of_a_deputys_proposal_and_decision_are_on_record(people: People) -> None:
    officer, head = people.officer("NSTC"), people.head
    deputy = stands_in(people.officer("MOE"), officer)
    proposal = services.propose_target(
        indicator=indicator(),
        organisation=Organisation.objects.get(code="NSTC"),
        terms=terms(),
        ground=GROUND,
        actor=deputy,
    )
    assert (proposal.proposed_by, proposal.proposed_on_behalf_of) == (deputy, officer)
    of_head = stands_in(people.reviewer, head)
    decided = services.decide_target(proposal=proposal, approve=True, actor=of_head)
    assert (decided.decided_by, decided.decided_on_behalf_of) == (of_head, head)
    entries = AuditEntry.objects.filter(subject_type="reports.targetproposal").order_by("id")
    assert [(each.actor, each.on_behalf_of) for each in entries] == [(deputy, officer), (of_head, head)]


# --- who may ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["reviewer", "head", "administrator", "auditor"])
def test_the_secretariat_proposes_nothing(people: People, role: str) -> None:
    nstc = Organisation.objects.get(code="NSTC")
    with pytest.raises(PermissionDenied):
        services.propose_target(
            indicator=indicator(),
            organisation=nstc,
            terms=terms(),
            ground=GROUND,
            actor=getattr(people, role),
        )


def test_an_account_manager_and_another_ministrys_officer_propose_nothing(people: People) -> None:
    nstc = Organisation.objects.get(code="NSTC")
    for actor in (people.holding(Role.ACCOUNT_MANAGER, "NSTC"), people.officer("MOE")):
        with pytest.raises(PermissionDenied):
            services.propose_target(
                indicator=indicator(), organisation=nstc, terms=terms(), ground=GROUND, actor=actor
            )


@pytest.mark.parametrize("role", ["reviewer", "administrator", "auditor"])
def test_only_the_head_decides(people: People, role: str) -> None:
    proposal = proposed(people)
    for actor in (getattr(people, role), people.officer("NSTC"), people.holding(Role.APPROVER, "NSTC")):
        with pytest.raises(PermissionDenied):
            services.decide_target(proposal=proposal, approve=True, actor=actor)


def test_only_the_proposing_organisation_withdraws(people: People) -> None:
    proposal = proposed(people, code="KR1.2", organisation="MOE", **MORE_THAN_9000)
    for actor in (people.officer("MOL"), people.head):
        with pytest.raises(PermissionDenied):
            services.withdraw_proposal(proposal=proposal, actor=actor)


@pytest.mark.parametrize("own", ["as themselves", "as the head's deputy", "as the deputy's principal"])
def test_nobody_decides_what_they_proposed(people: People, own: str) -> None:
    officer = people.officer("NSTC")
    proposal = proposed(people)
    if own == "as themselves":
        secretariat = Organisation.objects.get(is_secretariat=True)
        grant_role(user=officer, organisation=secretariat, role=Role.HEAD, actor=None)
        actor = User.objects.get(pk=officer.pk)
    elif own == "as the head's deputy":
        actor = stands_in(officer, people.head)
    else:
        services.withdraw_proposal(proposal=proposal, actor=officer)
        proposal = services.propose_target(
            indicator=indicator(),
            organisation=Organisation.objects.get(code="NSTC"),
            terms=terms(),
            ground=GROUND,
            actor=stands_in(people.officer("MOE"), officer),
        )
        actor = stands_in(officer, people.head)
    with pytest.raises(Refused, match="不得決定自己的提案"):
        services.decide_target(proposal=proposal, approve=True, actor=actor)
    assert held_in("114Q1") == 600


# --- what may be proposed -----------------------------------------------------------------------------------
NEGATIVE, FINE, HUGE = Decimal(-1), Decimal("700.5"), Decimal(10) ** 15


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"ground": "  "}, "ground", "請說明修正目標的理由"),
        ({"ground": "甲" * 5001}, "ground", "文字過長"),
        ({"value": None}, "value", "「約」須填此欄"),
        ({"tolerance": None}, "tolerance", "「約」須填此欄"),
        ({"tolerance": Decimal(1)}, "tolerance", "小於 1 的比例"),
        ({"value_max": Decimal(800)}, "value_max", "「約」不得填此欄"),
        ({"comparator": Comparator.AT_LEAST}, "tolerance", "「達」不得填此欄"),
        ({"comparator": Comparator.RANGE, "tolerance": None}, "value_max", "「介於」須填此欄"),
        (
            {"comparator": Comparator.RANGE, "tolerance": None, "value_max": Decimal(700)},
            "value_max",
            "須大於下限",
        ),
        (
            {"comparator": Comparator.TOP, "tolerance": None},
            "comparator",
            "「前幾名」不適用於「流量（累加）」指標",
        ),
        ({"comparator": Comparator.MILESTONE, "tolerance": None, "value": None}, "comparator", "不適用於"),
        ({"value": NEGATIVE}, "value", "不得為負數"),
        ({"value": FINE}, "value", "小數點後 0 位"),
        ({"value": HUGE}, "value", "數值過大"),
        ({"frequency": Frequency.WHOLE_PLAN, "year": 2025}, "year", "只有「每年」的目標可填年度"),
        ({"year": 2027}, "year", "計畫期間內"),
        ({"year": 2023}, "year", "不早於開始適用的季別"),
        ({"effective_from": Quarter.parse("111Q4")}, "effective_from", "不在計畫期間"),
        ({"effective_from": Quarter.parse("116Q1")}, "effective_from", "不在計畫期間"),
        ({"due_quarter": Quarter.parse("116Q1")}, "due_quarter", "不在計畫期間"),
        ({"effective_from": Quarter.parse("112Q1")}, "effective_from", "已經訂定"),
        ({"value": Decimal(600)}, "", "沒有變更"),
        ({"value": Decimal(600), "year": 2025}, "", "沒有變更"),
    ],
)
def test_terms_that_cannot_hold_are_refused_at_their_field(
    people: People, changes: dict[str, Any], field: str, words: str
) -> None:
    assert words in refused(people, **changes)[field]


@pytest.mark.parametrize("value", ["0", "1.5", "1000"])
def test_ranks_are_whole_numbers_from_one_on(people: People, value: str) -> None:
    owner = IndicatorOwner.objects.filter(indicator__aggregation="rank")[0]
    ranks = {"comparator": Comparator.RANK_IMPROVES, "tolerance": None, "frequency": Frequency.WHOLE_PLAN}
    whose = {"code": owner.indicator.code, "organisation": owner.organisation.code}
    errors = refused(people, **whose, **ranks, value=Decimal(value))
    assert "1 至 999 的整數" in errors["value"]


def test_a_target_for_one_year_is_a_change_where_every_year_was_promised_the_same_before(
    people: People,
) -> None:
    approved(people, year=2025)
    assert (held_in("113Q4"), held_in("114Q1"), held_in("115Q1")) == (600, 700, 600)
    approved(people, effective_from=q("114Q2"))
    assert (held_in("114Q1"), held_in("115Q1")) == (700, 700)


def test_an_organisation_proposes_only_from_a_quarter_in_which_it_owes(people: People) -> None:
    owner = IndicatorOwner.objects.filter(indicator__code="KR1.1")
    owner.update(until_quarter=q("113Q2"))
    errors = refused(people, effective_from=q("113Q3"))
    assert "113 年第 3 季不負責填報" in errors["effective_from"]
    assert proposed(people, effective_from=q("113Q2")).pk


def test_one_open_proposal_per_indicator_and_year(people: People) -> None:
    proposed(people)
    with pytest.raises(Refused, match="已有待決定的修正提案"):
        proposed(people, value=Decimal(650))
    assert proposed(people, value=Decimal(650), year=2025).is_open


# --- quarters that are published ----------------------------------------------------------------------------
def published(plan: Plan, people: People, code: str) -> None:
    round_ = rounds.opened(plan, code, people)
    rounds.accepted(rounds.report_of(round_, "NSTC"), people, value=500)
    rounds.published(round_, people)


@pytest.mark.parametrize("effective_from", ["112Q2", "112Q3"])
def test_no_target_reaches_into_or_behind_a_published_quarter(
    plan: Plan, people: People, effective_from: str
) -> None:
    published(plan, people, "112Q3")
    errors = refused(people, effective_from=q(effective_from))
    assert "112 年第 3 季已公布" in errors["effective_from"]


def test_a_quarter_that_was_published_meanwhile_stops_the_approval(plan: Plan, people: People) -> None:
    proposal = proposed(people, effective_from=q("112Q3"))
    published(plan, people, "112Q3")
    with pytest.raises(Refused, match="無法同意：112 年第 3 季已公布"):
        services.decide_target(proposal=proposal, approve=True, actor=people.head)
    refused_now = services.decide_target(
        proposal=proposal, approve=False, actor=people.head, words="已公布。"
    )
    assert refused_now.state == "refused" and held_in("112Q3") == 600


def test_a_published_quarter_keeps_the_target_it_was_published_with(plan: Plan, people: People) -> None:
    published(plan, people, "112Q3")
    frozen = plan.publications.get()
    approved(people, effective_from=q("112Q4"), value=Decimal(900))
    recompute_stale_figures()
    assert plan.publications.get().content == frozen.content
    assert '"comparator":"about"' in frozen.content and '"value":"600"' in frozen.content
    third, fourth = (
        indicator_results(plan, q(code), indicators=[indicator().pk])[0] for code in ("112Q3", "112Q4")
    )
    assert (third.rate, fourth.rate) == (Decimal(500) / 600, Decimal(500) / 900)


def test_the_next_publication_says_from_when_each_target_held(plan: Plan, people: People) -> None:
    published(plan, people, "112Q3")
    approved(people, effective_from=q("112Q4"), value=Decimal(900))
    published(plan, people, "112Q4")
    for code, values in (("112Q3", ["600"]), ("112Q4", ["600", "900"])):
        told = json.loads(plan.publications.get(quarter=q(code)).content)
        held = next(each["targets"] for each in told["indicators"] if each["code"] == "KR1.1")
        assert [each["target"]["value"] for each in held] == values
        assert [each["since"] for each in held] == ["112Q1", "112Q4"][: len(values)]


# --- figures ------------------------------------------------------------------------------------------------
def test_figures_follow_the_approved_target_and_agree_with_their_facts(
    open_round: ReportingQuarter, plan: Plan, people: People
) -> None:
    rounds.accepted(rounds.report_of(open_round, "NSTC"), people, value=350)
    recompute_stale_figures()
    approved(people, effective_from=q("112Q2"), value=Decimal(700))
    assert set(RollupTask.objects.values_list("indicator_id", flat=True)) == {indicator().pk}
    recompute_stale_figures()
    assert list(differences(plan)) == []
    first, second = (
        indicator_results(plan, q(code), indicators=[indicator().pk])[0] for code in ("112Q1", "112Q2")
    )
    assert (first.rate, second.rate) == (Decimal(350) / 600, Decimal(350) / 700)


def test_the_schedule_of_the_old_target_goes_on_where_the_window_is_the_same(people: People) -> None:
    old = Target.objects.get(indicator__code="KR1.1")
    ScheduledShare.objects.create(target=old, quarter=q("113Q2"), share=Decimal("0.2"))
    ScheduledShare.objects.create(target=old, quarter=q("114Q2"), share=Decimal("0.3"))
    target = approved(people).target
    assert target and [str(each.quarter) for each in target.schedule.all()] == ["113Q2", "114Q2"]
    of_a_year = approved(people, effective_from=q("113Q2"), year=2025, value=Decimal(800)).target
    assert of_a_year and [str(each.quarter) for each in of_a_year.schedule.all()] == ["114Q2"]
    anew = approved(
        people, effective_from=q("113Q3"), frequency=Frequency.WHOLE_PLAN, value=Decimal(2800)
    ).target
    assert anew and not anew.schedule.exists()


def test_revisions_name_what_each_target_took_the_place_of(people: People) -> None:
    approved(people)
    approved(people, effective_from=q("114Q1"), value=Decimal(800), year=2026)
    found = revisions(Target.objects.filter(indicator__code="KR1.1"))
    assert [(str(each.holds_from), whole(each.new), whole(each.old)) for each in found] == [
        ("115Q1", 800, 700),
        ("113Q1", 700, 600),
    ]


# --- told and recorded --------------------------------------------------------------------------------------
def test_the_head_is_told_of_a_proposal_and_the_proposer_of_the_decision(people: People) -> None:
    head = people.head
    services.decide_target(proposal=proposed(people), approve=True, actor=head)
    told = Notice.objects.order_by("id").values_list("kind", "person", "path")
    assert list(told) == [
        (NoticeKind.CHANGE_PROPOSED, head.pk, "/targets/KR1.1/"),
        (NoticeKind.CHANGE_DECIDED, people.officer("NSTC").pk, "/targets/KR1.1/"),
    ]


def test_a_refused_act_tells_nobody_and_leaves_no_trace(people: People) -> None:
    refused(people, value=NEGATIVE)
    assert not Notice.objects.exists()
    assert not AuditEntry.objects.filter(act__startswith="change.").exists()


# --- the second of two --------------------------------------------------------------------------------------
@pytest.mark.parametrize("first", ["approve", "refuse", "withdraw"])
def test_whoever_comes_second_is_told_who_was_first(people: People, first: str) -> None:
    seen_by_both = proposed(people)
    if first == "withdraw":
        services.withdraw_proposal(proposal=seen_by_both, actor=people.officer("NSTC"))
    else:
        services.decide_target(
            proposal=seen_by_both, approve=first == "approve", actor=people.head, words="已審酌。"
        )
    open_copy = TargetProposal.objects.get(pk=seen_by_both.pk)
    open_copy.state = TargetProposal.State.PROPOSED
    for answer in (True, False):
        with pytest.raises(Refused, match=r"已由.+處理"):
            services.decide_target(proposal=open_copy, approve=answer, actor=people.head, words="再議。")
    with pytest.raises(Refused, match=r"已由.+處理"):
        services.withdraw_proposal(proposal=open_copy, actor=people.officer("NSTC"))
    assert Target.objects.filter(indicator__code="KR1.1").count() == (2 if first == "approve" else 1)


# --- the database says the same -----------------------------------------------------------------------------
def refuses(change: Any) -> bool:
    try:
        with transaction.atomic():
            change()
    except IntegrityError:
        return True
    return False


def test_the_database_refuses_to_change_or_remove_a_decided_target(people: People) -> None:
    target = approved(people).target
    assert target
    row = Target.objects.filter(pk=target.pk)
    assert refuses(lambda: row.update(value=1))
    assert refuses(lambda: row.update(ground="別的理由"))
    assert refuses(row.delete)
    ungoverned = Target.objects.filter(indicator__code="KR1.2")
    assert refuses(lambda: ungoverned.update(decided_on=clock.today())), "a decision needs a ground"
    assert refuses(lambda: ungoverned.update(ground="理由")), "a ground needs a decision"


def test_the_database_refuses_to_change_what_was_proposed_or_decided(people: People) -> None:
    proposal = proposed(people)
    row = TargetProposal.objects.filter(pk=proposal.pk)
    assert refuses(lambda: row.update(value=1))
    assert refuses(lambda: row.update(ground="別的理由"))
    assert refuses(lambda: row.update(proposed_by=people.head))
    assert refuses(row.delete)
    services.withdraw_proposal(proposal=proposal, actor=people.officer("NSTC"))
    assert refuses(lambda: row.update(state="proposed", decided_at=None, decided_by=None))
    assert refuses(lambda: row.update(decision="改口"))


def test_the_database_refuses_states_that_cannot_be(people: People) -> None:
    proposal = proposed(people)
    row = TargetProposal.objects.filter(pk=proposal.pk)
    target = Target.objects.get(indicator__code="KR1.2")
    moment = {"decided_at": proposal.proposed_at, "decided_by": people.head}
    impossible: dict[str, dict[str, Any]] = {
        "decided without a moment": {"state": "withdrawn"},
        "a moment without a decision": moment,
        "words without a decision": {"decision": "同意"},
        "approved without a target": {"state": "approved", **moment},
        "refused with a target": {"state": "refused", "decision": "不", "target": target, **moment},
        "refused without words": {"state": "refused", **moment},
        "decided by the proposer": {
            "state": "refused",
            "decision": "不",
            "decided_at": proposal.proposed_at,
            "decided_by": people.officer("NSTC"),
        },
        "decided for the proposer": {
            "state": "refused",
            "decision": "不",
            **moment,
            "decided_on_behalf_of": people.officer("NSTC"),
        },
        "decided before it was proposed": {
            "state": "withdrawn",
            **moment,
            "decided_at": proposal.proposed_at - timedelta(days=1),
        },
        "an unknown state": {"state": "lost", **moment},
    }
    assert [
        name for name, change in impossible.items() if not refuses(lambda c=change: row.update(**c))
    ] == []


def test_the_database_refuses_a_second_open_proposal_and_one_without_a_ground(people: People) -> None:
    first = proposed(people)
    for change in ({}, {"ground": ""}):
        values = {
            field.attname: getattr(first, field.attname)
            for field in TargetProposal._meta.concrete_fields
            if not field.primary_key
        }
        if change:
            values["year"] = 2025
        assert refuses(lambda v=values | change: TargetProposal.objects.create(**v))
