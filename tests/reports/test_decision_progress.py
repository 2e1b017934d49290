"""The owner reports on its open decisions in every quarter, once, on the newest revision, and while the quarter is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from ministries import clock
from ministries.models import AuditEntry, Organisation, OrganisationName, Role, User
from ministries.services import Refused
from programs.models import Plan
from reports import receipts, selectors, services
from reports.decided import DecisionContent
from reports.models import Decision, DecisionProgress, Outlook, Receipt, Report, ReportingQuarter
from tests import rounds
from tests.abreast import at_once
from tests.people import People
from tests.reports import decided
from tests.reports.decided import SAID, answered
from tests.reports.pages import browser, url_of


@pytest.fixture
def decision(people: People, open_round: ReportingQuarter) -> Decision:
    """112-01, owned by NDC, due in 112Q3, asked for from the open 112Q1 on."""
    return decided.made(people)


@pytest.fixture
def report(open_round: ReportingQuarter) -> Report:
    return rounds.report_of(open_round, "NDC")


# --- the receipt ----------------------------------------------------------------------------------------------
def test_the_receipt_holds_what_was_said_of_decisions(
    decision: Decision, report: Report, people: People
) -> None:
    officer = people.officer("NDC")
    answered(decision, report, officer)
    rounds.submitted(report, people)
    receipt = Receipt.objects.get()
    assert receipt.content["decisions"] == {
        str(decision.pk): {"revision": 1, "words": SAID.words, "outlook": SAID.outlook, "expected_on": ""}
    }
    assert list(receipts.faults()) == []
    assert SAID.words in browser(officer).get(url_of(report, "receipts/1")).text


@pytest.mark.parametrize("tampered", ["words", "left out"])
def test_a_receipt_that_says_other_than_was_said_of_a_decision_proves_nothing(
    decision: Decision, report: Report, people: People, tampered: str
) -> None:
    said_on = clock.now()
    answered(decision, report, people.officer("NDC"))
    with clock.set_to(said_on + timedelta(minutes=1)):
        rounds.submitted(report, people)
    content = Receipt.objects.get().content
    if tampered == "words":
        content["decisions"][str(decision.pk)]["words"] = "從未填報的文字"
    else:
        content["decisions"] = {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    Receipt.objects.update(content=content, digest=receipts.digest(content))
    assert list(receipts.faults()) == [("112Q1-NDC-1", "content")]


# --- saving ---------------------------------------------------------------------------------------------------
def test_progress_is_kept_with_who_said_it(decision: Decision, report: Report, people: People) -> None:
    officer = people.officer("NDC")
    progress = answered(decision, report, officer)
    progress.refresh_from_db()
    assert (progress.words, progress.outlook, progress.revision) == (SAID.words, SAID.outlook, 1)
    assert (progress.saved_by, progress.on_behalf_of) == (officer, None)
    entry = AuditEntry.objects.get(subject_type="reports.decisionprogress")
    assert entry.detail["decision"] == "112-01"
    assert entry.detail["changed"]["words"] == ["", SAID.words]


def test_the_same_words_again_change_nothing(decision: Decision, report: Report, people: People) -> None:
    officer = people.officer("NDC")
    answered(decision, report, officer)
    entries = AuditEntry.objects.count()
    assert answered(decision, report, officer).revision == 1
    assert AuditEntry.objects.count() == entries


def test_newer_words_are_not_overwritten_by_who_has_not_seen_them(
    decision: Decision, report: Report, people: People
) -> None:
    officer = people.officer("NDC")
    answered(decision, report, officer, words="甲先存。")
    with pytest.raises(services.Overtaken) as overtaken:
        answered(decision, report, officer, words="乙後存。")
    assert overtaken.value.saved.words == "甲先存。"
    assert answered(decision, report, officer, revision=1, words="乙看過再存。").revision == 2


@pytest.mark.parametrize(
    ("field", "but"),
    [
        ("words", {"words": "　\n"}),
        ("words", {"words": "字" * 5001}),
        ("words", {"words": "甲\x07"}),
        ("outlook", {"outlook": ""}),
        ("outlook", {"outlook": "closed"}),
        ("expected_on", {"expected_on": date(2023, 3, 30)}),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(
    decision: Decision, report: Report, people: People, field: str, but: dict[str, Any]
) -> None:
    officer = people.officer("NDC")
    with pytest.raises(Refused) as refused, clock.set_to(rounds.after("112Q1", 5)):
        answered(decision, report, officer, **but)
    assert set(refused.value.errors) == {field}
    assert not DecisionProgress.objects.exists()


def test_an_owner_that_proposes_closing_need_not_say_when(
    decision: Decision, report: Report, people: People
) -> None:
    said = answered(
        decision,
        report,
        people.officer("NDC"),
        outlook=Outlook.PROPOSES_CLOSING,
        expected_on=date(2023, 3, 1),
    )
    assert said.expected_on == date(2023, 3, 1)


def test_an_overdue_decision_wants_a_day(plan: Plan, people: People) -> None:
    decision = decided.made(people, due="112Q1")
    with clock.set_to(rounds.after("112Q2", 3)):
        report = rounds.report_of(rounds.opened(plan, "112Q2", people), "NDC")
        officer = people.officer("NDC")
        with pytest.raises(Refused) as refused:
            answered(decision, report, officer)
        assert set(refused.value.errors) == {"expected_on"}
        assert answered(decision, report, officer, expected_on=date(2023, 9, 30)).expected_on
        assert answered(decision, report, officer, 1, outlook=Outlook.PROPOSES_CLOSING)


# --- who and when ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.APPROVER, Role.ACCOUNT_MANAGER])
def test_only_who_fills_reports_reports_on_decisions(
    decision: Decision, report: Report, people: People, role: Role
) -> None:
    with pytest.raises(PermissionDenied):
        answered(decision, report, people.holding(role, "NDC"))


def test_another_ministry_reports_nothing(decision: Decision, report: Report, people: People) -> None:
    for person in (people.officer("MOE"), people.reviewer, people.head):
        with pytest.raises(PermissionDenied):
            answered(decision, report, person)


def test_another_ministrys_report_is_not_asked(
    decision: Decision, open_round: ReportingQuarter, people: People
) -> None:
    with pytest.raises(Refused, match="不在本報告應填範圍"):
        answered(decision, rounds.report_of(open_round, "MOE"), people.officer("MOE"))


def test_a_closed_quarter_takes_no_progress(
    decision: Decision, report: Report, open_round: ReportingQuarter, people: People
) -> None:
    services.close_quarter(reporting_quarter=open_round, actor=people.administrator)
    with pytest.raises(Refused, match="已截止"):
        answered(decision, report, people.officer("NDC"))


def test_a_report_that_is_handed_in_takes_no_progress(
    decision: Decision, report: Report, people: People
) -> None:
    officer = people.officer("NDC")
    answered(decision, report, officer)
    rounds.submitted(report, people)
    with pytest.raises(Refused):
        answered(decision, report, officer, 1, words="改口。")


def test_what_is_unsaid_can_be_said_after_the_sign_off_and_what_is_said_stands(
    decision: Decision, report: Report, people: People
) -> None:
    officer = people.officer("NDC")
    rounds.fill(report, people)
    services.sign_report(report=report, actor=people.holding(Role.APPROVER, "NDC"))
    assert answered(decision, report, officer).revision == 1
    with pytest.raises(Refused, match="已核稿"):
        answered(decision, report, officer, 1, words="改口。")


def test_the_secretariat_reads_what_was_handed_in_until_more_is(
    decision: Decision, report: Report, people: People
) -> None:
    officer, reviewer = people.officer("NDC"), people.reviewer

    def read_by(person: User) -> str:
        (asked,) = selectors.decisions_asked_in([Report.objects.get(pk=report.pk)], person)[report.pk]
        return asked.progress.words if asked.progress else ""

    answered(decision, report, officer, words="第一次。")
    assert (read_by(officer), read_by(reviewer)) == ("第一次。", "")
    rounds.submitted(report, people)
    assert read_by(reviewer) == "第一次。"
    services.return_report(report=report, actor=reviewer, comment="請補正。")
    answered(decision, report, officer, 1, words="第二次。")
    assert (read_by(officer), read_by(reviewer)) == ("第二次。", "第一次。")
    rounds.submitted(report, people)
    assert read_by(reviewer) == "第二次。"


def test_who_owes_no_line_hands_in_word_by_word(
    open_round: ReportingQuarter, people: People, plan: Plan
) -> None:
    newcomer = Organisation.objects.create(code="MODX", kind=Organisation.Kind.MINISTRY, order=99)
    OrganisationName.objects.create(
        organisation=newcomer, name_zh="新部", name_en="New ministry", short_zh="新部", short_en="New"
    )
    decision = decided.made(people, "MODX")
    report = open_round.reports.get(organisation=newcomer)
    answered(decision, report, people.officer("MODX"))
    (asked,) = selectors.decisions_asked_in([report], people.reviewer)[report.pk]
    assert asked.progress and asked.progress.words == SAID.words


def test_a_closed_decision_takes_no_progress(decision: Decision, report: Report, people: People) -> None:
    services.close_decision(decision=decision, reason="已辦結。", revision=1, actor=people.head)
    with pytest.raises(Refused, match="不在本報告應填範圍"):
        answered(decision, report, people.officer("NDC"))


# --- handing in -----------------------------------------------------------------------------------------------
def test_what_is_missing_is_named(decision: Decision, report: Report, people: People) -> None:
    second = decided.made(people)
    with pytest.raises(Refused, match="112-01、112-02") as refused:
        services.require_decisions_answered(report=report)
    assert set(refused.value.errors) == {"decision-112-01", "decision-112-02"}
    answered(decision, report, people.officer("NDC"))
    assert selectors.unanswered_decisions(report) == [second]
    answered(second, report, people.officer("NDC"))
    services.require_decisions_answered(report=report)


def test_every_quarter_asks_anew(decision: Decision, report: Report, people: People, plan: Plan) -> None:
    officer = people.officer("NDC")
    answered(decision, report, officer)
    later = rounds.report_of(rounds.opened(plan, "112Q2", people), "NDC")
    assert selectors.unanswered_decisions(later) == [decision]
    (asked,) = selectors.decisions_asked_in([later], people.officer("NDC"))[later.pk]
    assert asked.previous and asked.previous.words == SAID.words
    assert asked.is_unanswered and asked.takes_progress


def test_what_was_said_stays_in_its_report_after_the_decision_went_to_another(
    decision: Decision, report: Report, people: People
) -> None:
    answered(decision, report, people.officer("NDC"))
    services.change_decision(
        decision=decision,
        content=replace(DecisionContent.of(decision), organisation=decided.organisation("MOE")),
        reason="業務移撥。",
        revision=1,
        actor=people.head,
    )
    (asked,) = selectors.decisions_asked_in([report], people.officer("NDC"))[report.pk]
    assert asked.progress and not asked.is_asked and not asked.takes_progress


# --- what the database refuses --------------------------------------------------------------------------------
@pytest.mark.parametrize("wrong", [{"words": ""}, {"outlook": "closed"}, {"revision": 0}, {"revision": 1}])
def test_the_database_refuses_progress_that_makes_no_sense(
    decision: Decision, report: Report, people: People, wrong: dict[str, Any]
) -> None:
    progress = answered(decision, report, people.officer("NDC"))
    progress.pk, progress.revision = None, 2
    for name, value in wrong.items():
        setattr(progress, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        progress.save(force_insert=True)


def test_the_database_keeps_what_was_said_for_ever(
    decision: Decision, report: Report, people: People
) -> None:
    answered(decision, report, people.officer("NDC"))
    for act in (
        lambda: DecisionProgress.objects.all().delete(),
        lambda: DecisionProgress.objects.update(words="沒有說過。"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


# --- two at the same moment -----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_two_first_words_at_the_same_moment_one_is_kept_and_the_other_told(
    decision: Decision, report: Report, people: People
) -> None:
    officer = people.officer("NDC")
    acts = [partial(answered, decision, report, officer, words=words) for words in ("甲說。", "乙說。")]
    done = at_once(*acts)
    kept = DecisionProgress.objects.get()
    (refused,) = (each for each in done if isinstance(each, services.Overtaken))
    assert kept.revision == 1 and refused.saved.words == kept.words


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_on_one_decision_one_is_refused(decision: Decision, people: People) -> None:
    reviewer, head = people.reviewer, people.head
    content = replace(DecisionContent.of(decision), text="改為研訂子法。")
    done = at_once(
        lambda: services.close_decision(decision=decision, reason="已辦結。", revision=1, actor=reviewer),
        lambda: services.change_decision(
            decision=decision, content=content, reason="院會指示。", revision=1, actor=head
        ),
    )
    assert sum(isinstance(each, Refused) for each in done) == 1
    decision.refresh_from_db()
    assert decision.revision == 2 == decision.steps.count()


@pytest.mark.django_db(transaction=True)
def test_decisions_made_at_the_same_moment_have_numbers_of_their_own(plan: Plan, people: People) -> None:
    head = people.head
    contents = [decided.content(due="119Q4", background=text) for text in ("甲案", "乙案")]
    at_once(
        *(partial(services.make_decision, plan=plan, content=each, actor=head) for each in contents),
    )
    assert list(Decision.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_progress_against_closing_is_taken_before_it_or_not_at_all(
    decision: Decision, report: Report, people: People
) -> None:
    officer, head = people.officer("NDC"), people.head
    said, closed = at_once(
        partial(answered, decision, report, officer),
        lambda: services.close_decision(decision=decision, reason="已辦結。", revision=1, actor=head),
    )
    decision.refresh_from_db()
    assert isinstance(closed, Decision) and not decision.is_open
    if isinstance(said, DecisionProgress):
        assert said.saved_at <= decision.closed_at  # type: ignore[operator]
    else:
        assert isinstance(said, Refused) and not DecisionProgress.objects.exists()
