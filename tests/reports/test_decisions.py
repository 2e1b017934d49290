"""Decisions are made, changed, closed and reopened by the secretariat, each with its reason, and nothing is lost of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from kpis.models import Indicator
from ministries import clock
from ministries.models import AuditEntry, Deputyship, Notice, NoticeKind, Organisation, OrganisationName, Role
from ministries.services import Refused
from programs.models import Plan, Program, SubItem
from programs.quarters import Quarter
from reports import selectors, services
from reports.decided import DecisionContent
from reports.decision_numbers import DecisionNumber
from reports.models import Decision, DecisionState, DecisionStep, Report, ReportingQuarter
from tests import rounds
from tests.people import People
from tests.reports import decided


@pytest.fixture
def decision(people: People) -> Decision:
    """112-01, owned by NDC, due in 112Q3."""
    return decided.made(people)


def change(decision: Decision, people: People, reason: str = "院會指示。", **but: Any) -> Decision:
    decision.refresh_from_db()
    content = replace(DecisionContent.of(decision), **but)
    return services.change_decision(
        decision=decision, content=content, reason=reason, revision=decision.revision, actor=people.head
    )


def close(decision: Decision, people: People, reason: str = "已辦結。") -> Decision:
    decision.refresh_from_db()
    return services.close_decision(
        decision=decision, reason=reason, revision=decision.revision, actor=people.reviewer
    )


def reopen(decision: Decision, people: People, reason: str = "尚有未竟事項。") -> Decision:
    decision.refresh_from_db()
    return services.reopen_decision(
        decision=decision, reason=reason, revision=decision.revision, actor=people.reviewer
    )


# --- numbers --------------------------------------------------------------------------------------------------
def test_decisions_are_numbered_within_their_year(people: People) -> None:
    numbers = [decided.made(people, on=quarter, due="114Q1").code for quarter in ("112Q1", "112Q3", "113Q1")]
    assert numbers == ["112-01", "112-02", "113-01"]


@pytest.mark.parametrize(
    "code", ["112-00005", "112-5", "112-005", "0112-05", "11205", "112-05 ", "１１２-05"]
)
def test_a_number_is_written_in_one_way_only(code: str) -> None:
    with pytest.raises(ValueError, match="number of a decision"):
        DecisionNumber.parse(code)


def test_a_number_is_read_as_it_is_written() -> None:
    for number in (DecisionNumber(2023, 1), DecisionNumber(2024, 99), DecisionNumber(2024, 100)):
        assert DecisionNumber.parse(str(number)) == number


# --- making ---------------------------------------------------------------------------------------------------
def test_a_decision_is_kept_with_all_that_it_says(people: People, plan: Plan) -> None:
    said = decided.content(
        background="跨部會協調會議決議。",
        meeting="智慧國家推動小組第 3 次會議",
        meeting_on=date(2023, 3, 15),
        co_owners=frozenset({decided.organisation("MODA")}),
        indicator=Indicator.objects.get(plan=plan, code="KR1.1"),
        program=Program.objects.get(plan=plan, code="P01"),
        sub_item=SubItem.objects.get(pillar__plan=plan, code="1.1"),
    )
    with clock.set_to(rounds.after("112Q1", 0)):
        made = services.make_decision(plan=plan, content=said, actor=people.reviewer)
    made.refresh_from_db()
    assert DecisionContent.of(made) == said
    assert (made.state, made.made_by, made.asked_from.code) == (DecisionState.OPEN, people.reviewer, "112Q1")
    step = made.steps.get()
    assert (step.act, step.revision, step.text, step.co_owner_codes) == ("made", 1, said.text, ["MODA"])


def test_a_decision_that_is_sent_twice_is_made_once(people: People) -> None:
    first = decided.made(people, background="案由")
    with pytest.raises(Refused, match=first.code):
        decided.made(people, background="案由")
    assert Decision.objects.count() == 1


def test_making_is_in_the_audit_log(people: People, decision: Decision) -> None:
    entry = AuditEntry.objects.get(act="decision.keep", subject_type="reports.decision")
    assert (entry.subject_id, entry.actor, entry.organisation.code) == (decision.pk, people.head, "NDC")
    assert entry.detail["decision"] == "112-01"
    assert entry.detail["changed"]["due_quarter"] == [None, "112Q3"]


def test_a_deputy_makes_a_decision_in_the_principals_name(people: People, plan: Plan) -> None:
    with clock.set_to(rounds.after("112Q1", 0)):
        deputy = people.officer("NSTC")
        Deputyship.objects.create(
            principal=people.head,
            deputy=deputy,
            organisation=decided.organisation("SECRETARIAT"),
            from_day=clock.today(),
            until_day=clock.today(),
            named_at=clock.now(),
            named_by=people.head,
        )
        made = services.make_decision(plan=plan, content=decided.content(), actor=deputy)
    assert (made.made_by, made.made_on_behalf_of) == (deputy, people.head)
    assert made.steps.get().on_behalf_of == people.head


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_not_everybody_at_the_secretariat_keeps_decisions(people: People, plan: Plan, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        services.make_decision(plan=plan, content=decided.content(), actor=people.holding(role))


def test_a_ministry_does_not_give_itself_decisions(people: People, plan: Plan) -> None:
    with pytest.raises(PermissionDenied):
        services.make_decision(plan=plan, content=decided.content(), actor=people.officer("NDC"))


@pytest.mark.parametrize(
    ("field", "but"),
    [
        ("text", {"text": " 　\n"}),
        ("text", {"text": "字" * 5001}),
        ("text", {"text": "甲\x00乙"}),
        ("background", {"background": "字" * 5001}),
        ("meeting", {"meeting": "會" * 201}),
        ("due_quarter", {"due_quarter": Quarter.parse("111Q4")}),
        ("meeting_on", {"meeting_on": date(2023, 4, 1)}),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(
    people: People, plan: Plan, field: str, but: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refused, clock.set_to(rounds.after("112Q1", 0)):
        services.make_decision(plan=plan, content=decided.content(**but), actor=people.head)
    assert set(refused.value.errors) == {field}
    assert not Decision.objects.exists()


def test_the_secretariat_and_bodies_that_do_not_report_own_no_decision(people: People, plan: Plan) -> None:
    for code in ("SECRETARIAT", "SMART-NATION", "MOEA-IDB"):
        with pytest.raises(Refused) as refused, clock.set_to(rounds.after("112Q1", 0)):
            services.make_decision(plan=plan, content=decided.content(code), actor=people.head)
        assert set(refused.value.errors) == {"organisation"}


def test_the_owner_is_not_its_own_co_owner(people: People, plan: Plan) -> None:
    both = decided.content(co_owners=frozenset({decided.organisation("NDC")}))
    with pytest.raises(Refused) as refused, clock.set_to(rounds.after("112Q1", 0)):
        services.make_decision(plan=plan, content=both, actor=people.head)
    assert set(refused.value.errors) == {"co_owners"}


def test_a_decision_is_linked_to_its_own_plan_only(people: People, plan: Plan) -> None:
    other = Plan.objects.exclude(pk=plan.pk).first()
    assert other
    program = Program.objects.create(
        plan=other,
        code="X1",
        organisation=decided.organisation("NDC"),
        name_zh="別的",
        name_en="Other",
        kind="new",
    )
    with pytest.raises(Refused) as refused, clock.set_to(rounds.after("112Q1", 0)):
        services.make_decision(plan=plan, content=decided.content(program=program), actor=people.head)
    assert set(refused.value.errors) == {"program"}


# --- an owner without lines -----------------------------------------------------------------------------------
@pytest.fixture
def newcomer(plan: Plan) -> Organisation:
    """A ministry that the plan does not name, which owes no line."""
    made = Organisation.objects.create(code="MODX", kind=Organisation.Kind.MINISTRY, order=99)
    OrganisationName.objects.create(
        organisation=made, name_zh="新部", name_en="New ministry", short_zh="新部", short_en="New"
    )
    return made


def test_an_owner_that_owes_nothing_else_gets_a_report_for_the_decision(
    people: People, open_round: ReportingQuarter, newcomer: Organisation
) -> None:
    assert not open_round.reports.filter(organisation=newcomer).exists()
    decided.made(people, "MODX")
    assert open_round.reports.get(organisation=newcomer).lines.count() == 0


def test_a_round_that_opens_later_gives_one_too(people: People, plan: Plan, newcomer: Organisation) -> None:
    decided.made(people, "MODX")
    round_ = rounds.opened(plan, "112Q2", people)
    assert round_.reports.filter(organisation=newcomer).exists()


def test_a_closed_decision_asks_for_no_report(people: People, plan: Plan, newcomer: Organisation) -> None:
    close(decided.made(people, "MODX"), people)
    round_ = rounds.opened(plan, "112Q2", people)
    assert not round_.reports.filter(organisation=newcomer).exists()


# --- changing -------------------------------------------------------------------------------------------------
def test_a_change_keeps_what_was_said_before(people: People, decision: Decision) -> None:
    before = decision.text
    changed = change(decision, people, text="改為研訂子法。", due_quarter=Quarter.containing(clock.today()))
    made, step = changed.steps.all()
    assert (made.text, made.due_quarter.code) == (before, "112Q3")
    assert (step.act, step.revision, step.text, step.reason) == ("changed", 2, "改為研訂子法。", "院會指示。")
    assert changed.text == "改為研訂子法。"


def test_a_change_needs_its_reason(people: People, decision: Decision) -> None:
    for reason in ("", "　", "甲\x00"):
        with pytest.raises(Refused) as refused:
            change(decision, people, reason, text="別的。")
        assert set(refused.value.errors) == {"reason"}


def test_a_change_without_a_change_is_none(people: People, decision: Decision) -> None:
    with pytest.raises(Refused, match="沒有變動"):
        change(decision, people)


def test_a_due_quarter_that_has_passed_may_stand_but_not_be_chosen(
    people: People, decision: Decision
) -> None:
    assert change(decision, people, text="別的。").due_quarter.code == "112Q3"
    with pytest.raises(Refused) as refused:
        change(decision, people, due_quarter=Quarter.parse("112Q4"))
    assert set(refused.value.errors) == {"due_quarter"}


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(people: People, decision: Decision) -> None:
    change(decision, people, text="先改的。")
    with pytest.raises(Refused, match="已由他人更新"):
        services.change_decision(
            decision=decision,
            content=decided.content(text="後改的。"),
            reason="不知已改。",
            revision=1,
            actor=people.reviewer,
        )
    decision.refresh_from_db()
    assert decision.text == "先改的。"


def test_another_owner_is_asked_and_told(people: People, open_round: ReportingQuarter) -> None:
    decision = decided.made(people)
    officer = people.officer("MOA")
    change(decision, people, organisation=decided.organisation("MOA"))
    report = open_round.reports.get(organisation__code="MOA")
    assert selectors.unanswered_decisions(report) == [decision]
    assert selectors.unanswered_decisions(rounds.report_of(open_round, "NDC")) == []
    assert Notice.objects.filter(person=officer, kind=NoticeKind.DECISION_MADE).count() == 1


# --- closing and reopening ------------------------------------------------------------------------------------
def test_closing_says_who_when_and_why(people: People, decision: Decision) -> None:
    closed = close(decision, people)
    assert (closed.state, closed.closed_by, closed.closing_reason) == ("closed", people.reviewer, "已辦結。")
    assert closed.closed_at
    assert [step.act for step in closed.steps.all()] == ["made", "closed"]


def test_what_is_closed_is_not_changed_or_closed_again(people: People, decision: Decision) -> None:
    close(decision, people)
    with pytest.raises(Refused, match="已解除列管"):
        close(decision, people)
    with pytest.raises(Refused, match="已解除列管"):
        change(decision, people, text="別的。")


def test_reopening_asks_again(people: People, open_round: ReportingQuarter) -> None:
    decision = decided.made(people)
    report = rounds.report_of(open_round, "NDC")
    close(decision, people)
    assert selectors.unanswered_decisions(report) == []
    again = reopen(decision, people)
    assert (again.closed_at, again.closed_by, again.closing_reason) == (None, None, "")
    assert selectors.unanswered_decisions(report) == [decision]
    assert [step.reason for step in again.steps.all()] == ["", "已辦結。", "尚有未竟事項。"]


def test_what_is_open_is_not_reopened(people: People, decision: Decision) -> None:
    with pytest.raises(Refused, match="已在列管中"):
        reopen(decision, people)


@pytest.mark.parametrize("act", [close, reopen])
def test_closing_and_reopening_need_their_reason(people: People, decision: Decision, act: Any) -> None:
    if act is reopen:
        close(decision, people)
    with pytest.raises(Refused) as refused:
        act(decision, people, " ")
    assert set(refused.value.errors) == {"reason"}


def test_nobody_closes_what_they_have_not_seen(people: People, decision: Decision) -> None:
    change(decision, people, text="改過的。")
    with pytest.raises(Refused, match="已由他人更新"):
        services.close_decision(decision=decision, reason="已辦結。", revision=1, actor=people.reviewer)


def test_a_refused_act_leaves_no_trace(people: People, decision: Decision) -> None:
    reviewer = people.reviewer
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused):
        services.close_decision(decision=decision, reason="", revision=1, actor=reviewer)
    assert AuditEntry.objects.count() == entries
    assert decision.steps.count() == 1


# --- how late -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("days_after", "late", "quarters", "overdue"), [(0, 0, 0, False), (1, 1, 1, True), (93, 93, 2, True)]
)
def test_a_decision_is_late_from_the_day_after_its_due_quarter(
    people: People, decision: Decision, days_after: int, late: int, quarters: int, overdue: bool
) -> None:
    with clock.set_to(rounds.after("112Q3", days_after)):
        due = selectors.due_of(decision)
    assert (due.days_late, due.quarters_late, due.is_overdue) == (late, quarters, overdue)


def test_what_was_closed_late_stays_late_but_is_not_overdue(people: People, decision: Decision) -> None:
    with clock.set_to(rounds.after("112Q3", 5)):
        closed = close(decision, people)
    due = selectors.due_of(closed)
    assert (due.days_late, due.is_overdue, due.is_met) == (5, False, True)


# --- who is told ----------------------------------------------------------------------------------------------
def told(kind: NoticeKind) -> list[tuple[str, str]]:
    notices = Notice.objects.filter(kind=kind).select_related("person").order_by("person__email", "pk")
    return [(notice.person.email, notice.path) for notice in notices]


def test_owner_and_co_owner_are_told_of_a_new_decision(people: People) -> None:
    for code in ("NDC", "MODA"):
        people.officer(code)
    people.holding(Role.APPROVER, "NDC")
    decided.made(people, co_owners=frozenset({decided.organisation("MODA")}))
    assert told(NoticeKind.DECISION_MADE) == [
        ("approver@ndc.test", "/decisions/112-01/"),
        ("officer@moda.test", "/decisions/112-01/"),
        ("officer@ndc.test", "/decisions/112-01/"),
    ]


def test_the_owner_is_reminded_once_before_and_once_in_each_quarter_after(
    people: People, decision: Decision
) -> None:
    people.officer("NDC")
    people.holding(Role.APPROVER, "NDC")
    asked = [("112Q3", -15), ("112Q3", -14), ("112Q3", 0), ("112Q3", 1), ("112Q3", 40), ("112Q4", 2)]
    counts = []
    for quarter, days in asked:
        with clock.set_to(rounds.after(quarter, days)):
            services.remind_of_decisions()
            services.remind_of_decisions()
        counts.append(Notice.objects.filter(kind=NoticeKind.DECISION_DUE).count())
    # The officer soon, officer and approver in each quarter in which it is overdue.
    assert counts == [0, 1, 1, 3, 3, 5]


def test_nobody_is_reminded_of_what_is_closed(people: People, decision: Decision) -> None:
    people.officer("NDC")
    close(decision, people)
    with clock.set_to(rounds.after("112Q4", 0)):
        assert services.remind_of_decisions() == 0
    assert told(NoticeKind.DECISION_DUE) == []


def test_reminding_costs_the_same_for_one_and_for_many(
    people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for code in ("NDC", "MODA", "NSTC", "MOE"):
        people.officer(code)
        decided.made(people, code)
    with clock.set_to(rounds.after("112Q4", 0)), django_assert_max_num_queries(11):
        assert services.remind_of_decisions() == 4


# --- what the database refuses --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "closed"},
        {"closing_reason": "沒有解除。"},
        {"text": ""},
        {"number": 0},
        {"revision": 0},
        {"due_quarter": Quarter.parse("111Q4")},
        {"year": 2024},
        {"closed_at": "2023-05-01T00:00+08:00"},
    ],
)
def test_the_database_refuses_a_decision_that_makes_no_sense(
    people: People, decision: Decision, wrong: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(**wrong)


def test_the_database_refuses_a_closing_before_the_making(people: People, decision: Decision) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(
            state="closed",
            closing_reason="已辦結。",
            closed_by=people.head,
            closed_at=decision.made_at - timedelta(days=1),
        )


def test_the_database_lets_no_step_be_changed_and_nothing_be_removed(
    people: People, decision: Decision
) -> None:
    for act in (
        lambda: DecisionStep.objects.update(text="沒有說過。"),
        lambda: DecisionStep.objects.all().delete(),
        lambda: Decision.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_the_database_refuses_a_step_without_its_reason(people: People, decision: Decision) -> None:
    step = decision.steps.get()
    step.pk, step.revision, step.act = None, 2, "closed"
    with pytest.raises(IntegrityError), transaction.atomic():
        step.save(force_insert=True)


def test_the_database_numbers_each_decision_once(people: People, decision: Decision) -> None:
    second = decided.made(people)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=second.pk).update(number=decision.number)


# --- whom it concerns -----------------------------------------------------------------------------------------
def test_ministries_see_what_they_own_or_share(people: People, plan: Plan) -> None:
    own = decided.made(people)
    shared = decided.made(people, "MODA", co_owners=frozenset({decided.organisation("NDC")}))
    other = decided.made(people, "MOE")
    with clock.set_to(rounds.after("112Q1", 1)):
        seen = {row.decision for row in selectors.decision_rows(plan=plan, actor=people.officer("NDC"))}
        assert seen == {own, shared}
        everything = selectors.decision_rows(plan=plan, actor=people.auditor)
    assert {row.decision for row in everything} == {own, shared, other}


def test_no_report_of_another_plan_or_an_earlier_quarter_asks_for_it(
    people: People, plan: Plan, open_round: ReportingQuarter
) -> None:
    decided.made(people, on="112Q2", due="112Q4")
    assert selectors.unanswered_decisions(rounds.report_of(open_round, "NDC")) == []
    later = rounds.report_of(rounds.opened(plan, "112Q3", people), "NDC")
    assert [each.code for each in selectors.unanswered_decisions(later)] == ["112-01"]


def test_the_names_of_states_have_english(people: People, decision: Decision) -> None:
    with translation.override("en"):
        assert decision.get_state_display() == "Open"


def test_asking_costs_two_queries_for_any_number_of_reports(
    people: People,
    plan: Plan,
    open_round: ReportingQuarter,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for code in ("NDC", "NDC", "MOE"):
        decided.made(people, code)
    reports = list(Report.objects.select_related("reporting_quarter", "organisation"))
    auditor = people.auditor
    selectors.decisions_asked_in(reports, auditor)
    with django_assert_num_queries(2):
        asked = selectors.decisions_asked_in(reports, auditor)
    assert sum(len(each) for each in asked.values()) == 3
