"""Line by line: signed off, handed in against a receipt, endorsed, accepted or returned; each by another hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection

from kpis.models import Observation
from ministries import clock
from ministries.models import AuditEntry, Deputyship, Membership, Notice, Organisation, Role, User
from ministries.services import Refused, grant_role
from programs.models import Plan
from reports import acceptance, receipts, services
from reports.contents import LineContent, LineEntry
from reports.models import Line, LineRevision, Receipt, Report, ReportingQuarter, SignOffWaiver
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, url_of


@pytest.fixture
def report(open_round: ReportingQuarter) -> Report:
    """MOE's of 112Q1: several lines of several kinds."""
    return rounds.report_of(open_round, "MOE")


def states(report: Report) -> set[str]:
    return set(report.lines.values_list("state", flat=True))


def saves(line: Line, actor: User, **content: object) -> Line:
    entry = LineEntry(line.pk, line.revision, replace(LineContent.of(line), **content))  # type: ignore[arg-type]
    result = services.save_lines(report=line.report, entries=[entry], actor=actor)
    assert not result.errors and not result.conflicts, result
    line.refresh_from_db()
    return line


def another(role: Role, organisation: Organisation, email: str) -> User:
    user = User.objects.create_user(email, "a long test password", name=email)
    grant_role(user=user, organisation=organisation, role=role, actor=None)
    return user


# --- sign-off ----------------------------------------------------------------------------------------------


def test_nothing_is_handed_in_before_it_is_signed_off(report: Report, people: People) -> None:
    rounds.fill(report, people)
    with pytest.raises(Refused, match="未經核稿"):
        services.submit_report(report=report, actor=people.officer("MOE"))
    assert states(report) == {"draft"}


def test_an_officer_who_is_ready_tells_the_approvers_and_moves_nothing(
    report: Report, people: People
) -> None:
    approver = people.holding(Role.APPROVER, "MOE")
    with pytest.raises(Refused) as refusal:
        services.ask_for_sign_off(report=report, actor=people.officer("MOE"))
    assert refusal.value.errors
    rounds.fill(report, people)
    services.ask_for_sign_off(report=report, actor=people.officer("MOE"))
    assert states(report) == {"draft"}
    assert Notice.objects.filter(person=approver, kind="sign_off_asked").count() == 1
    assert "已送交核稿" in browser(approver).get(url_of(report)).content.decode()


def test_a_ministry_without_sign_off_asks_nobody(report: Report, people: People) -> None:
    manager = people.holding(Role.ACCOUNT_MANAGER, "MOE")
    services.switch_sign_off(organisation=report.organisation, needed=False, actor=manager)
    with pytest.raises(Refused, match="逕行送出"):
        services.ask_for_sign_off(report=rounds.fill(report, people), actor=people.officer("MOE"))


def test_an_officer_does_not_sign_off(report: Report, people: People) -> None:
    rounds.fill(report, people)
    with pytest.raises(PermissionDenied):
        services.sign_report(report=report, actor=people.officer("MOE"))


def test_nobody_signs_off_what_they_typed_themselves(report: Report, people: People) -> None:
    officer = people.officer("MOE")
    rounds.fill(report, people)
    grant_role(user=officer, organisation=report.organisation, role=Role.APPROVER, actor=None)
    with pytest.raises(Refused, match="由您本人填報"):
        services.sign_report(report=report, actor=User.objects.get(pk=officer.pk))


def test_a_deputy_does_not_sign_off_what_they_typed_in_another_role(report: Report, people: People) -> None:
    officer, approver = people.officer("MOE"), people.holding(Role.APPROVER, "MOE")
    rounds.fill(report, people)
    Deputyship.objects.create(
        principal=approver,
        deputy=officer,
        organisation=report.organisation,
        from_day=clock.today(),
        until_day=clock.today(),
        named_at=clock.now(),
        named_by=approver,
    )
    with pytest.raises(Refused, match="由您本人填報"):
        services.sign_report(report=report, actor=User.objects.get(pk=officer.pk))


def test_a_deputys_sign_off_names_both(report: Report, people: People) -> None:
    approver = people.holding(Role.APPROVER, "MOE")
    deputy = User.objects.create_user("deputy@moe.test", "a long test password", name="D")
    rounds.fill(report, people)
    Deputyship.objects.create(
        principal=approver,
        deputy=deputy,
        organisation=report.organisation,
        from_day=clock.today(),
        until_day=clock.today(),
        named_at=clock.now(),
        named_by=approver,
    )
    services.sign_report(report=report, actor=deputy)
    services.submit_report(report=report, actor=deputy)
    event = report.events.get(act="sign")
    assert (event.actor, event.on_behalf_of) == (deputy, approver)
    audited = AuditEntry.objects.filter(subject_type="reports.report").latest("id")
    assert (audited.actor, audited.on_behalf_of) == (deputy, approver)
    assert report.receipts.get().content["on_behalf_of"]["email"] == approver.email


def test_single_lines_are_signed_and_only_they_are_locked(report: Report, people: People) -> None:
    rounds.fill(report, people)
    first, second = report.lines.all()[:2]
    services.sign_report(report=report, actor=people.holding(Role.APPROVER, "MOE"), lines={first.pk})
    entries = [
        LineEntry(line.pk, line.revision, replace(LineContent.of(line), narrative="再改一次。"))
        for line in (first, second)
    ]
    result = services.save_lines(report=report, entries=entries, actor=people.officer("MOE"))
    assert [line.pk for line in result.saved] == [second.pk]
    assert set(result.errors) == {first.pk}


def test_what_lacks_something_is_not_signed_and_the_refusal_names_the_field(
    report: Report, people: People
) -> None:
    with pytest.raises(Refused) as refusal:
        services.sign_report(report=report, actor=people.holding(Role.APPROVER, "MOE"))
    assert {f"line-{line.pk}-statement" for line in report.lines.all()} == set(refusal.value.errors)


def test_the_approver_sends_back_with_a_comment_and_the_officer_goes_on(
    report: Report, people: People
) -> None:
    approver = people.holding(Role.APPROVER, "MOE")
    rounds.signed(rounds.fill(report, people), people)
    with pytest.raises(Refused) as refusal:
        services.send_back(report=report, actor=approver, comment=" ")
    assert "comment" in refusal.value.errors
    services.send_back(report=report, actor=approver, comment="請補充。")
    assert states(report) == {"draft"}
    rounds.fill(report, people, value=2)


def test_a_ministry_may_switch_the_sign_off_off_and_on(report: Report, people: People) -> None:
    manager = people.holding(Role.ACCOUNT_MANAGER, "MOE")
    services.switch_sign_off(organisation=report.organisation, needed=False, actor=manager)
    services.switch_sign_off(organisation=report.organisation, needed=False, actor=manager)
    rounds.fill(report, people)
    services.submit_report(report=report, actor=people.officer("MOE"))
    assert states(report) == {"submitted"}
    services.switch_sign_off(organisation=report.organisation, needed=True, actor=manager)
    (waiver,) = SignOffWaiver.objects.all()
    assert waiver.until_by == manager
    assert AuditEntry.objects.filter(act="report.switch_sign_off").count() == 2


def test_only_the_ministrys_own_account_manager_switches_it(report: Report, people: People) -> None:
    for stranger in (people.officer("MOE"), people.holding(Role.ACCOUNT_MANAGER, "NDC"), people.reviewer):
        with pytest.raises(PermissionDenied):
            services.switch_sign_off(organisation=report.organisation, needed=False, actor=stranger)


# --- receipts ----------------------------------------------------------------------------------------------


def test_a_submission_is_answered_with_a_receipt_over_exactly_what_was_handed_in(
    report: Report, people: People
) -> None:
    rounds.submitted(report, people, value=7)
    receipt = report.receipts.get()
    assert receipt.number == "112Q1-MOE-1"
    assert receipt.digest == receipts.digest(receipt.content)
    assert receipt.content["submitted_by"]["email"] == people.officer("MOE").email
    for line in report.lines.all():
        said = receipt.content["lines"][str(line.pk)]
        assert said["revision"] == line.revision
        assert LineContent.from_texts(said["content"]) == LineContent.of(line)


def test_the_second_round_has_a_receipt_of_its_own_over_the_returned_lines_alone(
    report: Report, people: People
) -> None:
    rounds.submitted(report, people)
    line = report.lines.earliest("order")
    line.report = report
    services.return_lines(comments={line: "請補充。"}, actor=people.reviewer)
    saves(report.lines.earliest("order"), people.officer("MOE"), narrative="補充如下。")
    rounds.hand_in(report, people)
    second = report.receipts.latest("id")
    assert second.number == "112Q1-MOE-2"
    assert set(second.content["lines"]) == {str(line.pk)}


def test_a_receipt_shows_what_was_handed_in_whatever_the_lines_say_now(
    report: Report, people: People
) -> None:
    rounds.submitted(report, people)
    services.return_report(report=report, actor=people.reviewer, comment="請補充。")
    line = report.lines.earliest("order")
    saves(line, people.officer("MOE"), narrative="改過的文字。")
    for reader in (people.officer("MOE"), people.reviewer, people.auditor):
        page = browser(reader).get(url_of(report, "receipts/1")).content.decode()
        assert "112Q1-MOE-1" in page and report.receipts.get().digest in page
        assert "已依計畫辦理。" in page and "改過的文字。" not in page
    assert "receipts/1/" in browser(people.officer("MOE")).get(url_of(report)).content.decode()


@pytest.mark.parametrize("serial", ["0", "2", "999999999999999999", "x"])
def test_a_receipt_that_was_never_issued_is_not_found(report: Report, people: People, serial: str) -> None:
    rounds.submitted(report, people)
    assert browser(people.officer("MOE")).get(url_of(report, f"receipts/{serial}")).status_code == 404


def test_another_ministrys_receipt_is_not_found(report: Report, people: People) -> None:
    rounds.submitted(report, people)
    assert browser(people.officer("NDC")).get(url_of(report, "receipts/1")).status_code == 404


def test_check_receipts_proves_them_and_names_the_one_that_was_tampered_with(
    report: Report, people: People
) -> None:
    rounds.submitted(report, people)
    said = StringIO()
    call_command("check_receipts", stdout=said)
    assert "1" in said.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE reports_receipt SET content = jsonb_set(content, '{organisation}', '\"MOL\"')")
    with pytest.raises(CommandError, match="112Q1-MOE-1"):
        call_command("check_receipts", stdout=StringIO())


@pytest.mark.parametrize(
    ("tampering", "kind"),
    [
        ("UPDATE reports_receipt SET number = '112Q1-MOE-7'", "submission"),
        ("UPDATE reports_receipt SET issued_at = issued_at - interval '1 day'", "submission"),
        ("UPDATE reports_reportevent SET at = at - interval '1 day' WHERE act = 'submit'", "submission"),
        (
            "UPDATE reports_reportevent SET actor_id = (SELECT min(id) FROM ministries_user) WHERE act = 'submit'",
            "submission",
        ),
        ("UPDATE reports_line SET narrative = '從未填報的文字'", "content"),
        ("DELETE FROM reports_receipt", "missing"),
        (
            "DELETE FROM reports_receipt; DELETE FROM reports_linestep; DELETE FROM reports_reportevent",
            "missing",
        ),
    ],
)
def test_whatever_was_tampered_with_around_a_receipt_is_noticed(
    report: Report, people: People, tampering: str, kind: str
) -> None:
    assert people.administrator.pk < people.officer("MOE").pk
    rounds.submitted(report, people)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(tampering)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [fault for _number, fault in receipts.faults()] == [kind]


def test_an_accepted_fact_that_was_tampered_with_or_removed_is_noticed(
    report: Report, people: People
) -> None:
    rounds.accepted(report, people)
    assert list(acceptance.faults()) == []
    facts = Observation.objects.filter(superseded_at=None, indicator__aggregation="flow").order_by("id")
    first, second = facts[:2]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE kpis_observation SET value = value + 1 WHERE id = %s", [first.pk])
        cursor.execute("DELETE FROM kpis_observation WHERE id = %s", [second.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    found = {line.indicator_id for line in acceptance.faults()}
    assert found == {first.indicator_id, second.indicator_id}
    with pytest.raises(CommandError, match="核定資料"):
        call_command("check_receipts")


def test_a_receipt_whose_digest_was_made_to_fit_disagrees_with_the_saved_revisions(
    report: Report, people: People
) -> None:
    rounds.submitted(report, people)
    receipt = Receipt.objects.get()
    content = receipt.content
    content["lines"][str(report.lines.earliest("order").pk)]["content"]["narrative"] = "從未填報的文字"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    Receipt.objects.filter(pk=receipt.pk).update(content=content, digest=receipts.digest(content))
    assert list(receipts.faults()) == [("112Q1-MOE-1", "content")]


def test_every_saved_revision_is_kept_with_its_author(report: Report, people: People) -> None:
    line = report.lines.exclude(indicator=None).earliest("order")
    for words in ("第一版", "第二版"):
        saves(line, people.officer("MOE"), narrative=words)
    kept = LineRevision.objects.filter(line=line).values_list("revision", "content__narrative", "by")
    officer = people.officer("MOE").pk
    assert list(kept) == [(1, "第一版", officer), (2, "第二版", officer)]


def test_a_content_and_its_texts_are_the_same_both_ways() -> None:
    content = LineContent(statement="value", value=Decimal("1250.5000"), narrative="，", rank=3)
    texts = content.as_texts()
    assert texts == {"statement": "value", "value": "1250.5", "narrative": "，", "rank": "3"}
    assert LineContent.from_texts(texts) == content


# --- taking back -------------------------------------------------------------------------------------------


def test_a_submission_is_taken_back_before_anybody_decides(report: Report, people: People) -> None:
    rounds.submitted(report, people)
    services.recall_report(report=report, actor=people.officer("MOE"))
    assert states(report) == {"draft"}
    rounds.fill(report, people, value=5)


def test_a_submission_is_not_taken_back_once_a_line_of_it_is_decided(report: Report, people: People) -> None:
    rounds.submitted(report, people)
    line = report.lines.earliest("order")
    line.report = report
    services.accept_lines(lines=[line], actor=people.reviewer)
    with pytest.raises(Refused, match="審查已開始"):
        services.recall_report(report=report, actor=people.officer("MOE"))
    assert states(report) == {"accepted", "submitted"}


def test_only_what_was_handed_in_last_is_taken_back(report: Report, people: People) -> None:
    rounds.submitted(report, people)
    returned, *others = report.lines.select_related("report")
    services.return_lines(comments={returned: "請補充。"}, actor=people.reviewer)
    saves(returned, people.officer("MOE"), narrative="補充如下。")
    rounds.hand_in(report, people)
    services.recall_report(report=report, actor=people.officer("MOE"))
    returned.refresh_from_db()
    assert returned.state == "draft"
    assert set(report.lines.exclude(pk=returned.pk).values_list("state", flat=True)) == {"submitted"}
    assert others


# --- line by line ------------------------------------------------------------------------------------------


def test_one_line_is_accepted_and_becomes_a_fact_while_the_others_wait(
    report: Report, people: People
) -> None:
    rounds.submitted(report, people, value=9)
    line = report.lines.exclude(indicator=None).select_related("report").earliest("order")
    services.accept_lines(lines=[line], actor=people.reviewer)
    assert Observation.objects.get().indicator_id == line.indicator_id
    report.refresh_from_db()
    assert (report.state, states(report)) == ("submitted", {"accepted", "submitted"})


def test_only_returned_lines_reopen(report: Report, people: People) -> None:
    rounds.submitted(report, people)
    returned, *others = report.lines.select_related("report")
    services.return_lines(comments={returned: "請補充。"}, actor=people.reviewer)
    report.refresh_from_db()
    assert report.state == "returned"
    saves(returned, people.officer("MOE"), narrative="補充。")
    other = LineEntry(others[0].pk, others[0].revision, LineContent(statement="nothing_due"))
    result = services.save_lines(report=report, entries=[other], actor=people.officer("MOE"))
    assert set(result.errors) == {others[0].pk}


def test_each_returned_line_has_its_own_comment(report: Report, people: People) -> None:
    rounds.submitted(report, people)
    first, second = report.lines.select_related("report")[:2]
    services.return_lines(comments={first: "請補充甲。", second: "請補充乙。"}, actor=people.reviewer)
    comments = dict(report.events.get(act="return").steps.values_list("line_id", "comment"))
    assert comments == {first.pk: "請補充甲。", second.pk: "請補充乙。"}
    with pytest.raises(Refused):
        third = report.lines.select_related("report")[2]
        services.return_lines(comments={third: ""}, actor=people.reviewer)


def test_single_accepted_lines_are_reopened_and_their_facts_stay(report: Report, people: People) -> None:
    rounds.accepted(report, people)
    facts = Observation.objects.filter(superseded_at=None).count()
    line = report.lines.earliest("order")
    services.reopen_report(report=report, actor=people.reviewer, comment="請更正。", lines={line.pk})
    assert list(report.lines.filter(state="returned")) == [line]
    assert Observation.objects.filter(superseded_at=None).count() == facts


def test_lines_of_one_report_accepted_one_by_one_end_where_all_at_once_do(plan: Plan, people: People) -> None:
    together = rounds.accepted(rounds.report_of(rounds.opened(plan, "112Q1", people), "MOE"), people, 4)
    apart = rounds.submitted(rounds.report_of(rounds.opened(plan, "112Q2", people), "MOE"), people, 4)
    for line in apart.lines.select_related("report"):
        services.accept_lines(lines=[line], actor=people.reviewer)
    apart.refresh_from_db()
    assert (together.state, apart.state) == ("accepted", "accepted")
    facts = [
        set(Observation.objects.filter(quarter=code).values_list("indicator_id", "statement", "value"))
        for code in ("112Q1", "112Q2")
    ]
    assert facts[0] == facts[1] != set()


# --- four eyes ---------------------------------------------------------------------------------------------


def test_nobody_reviews_what_they_entered_signed_or_handed_in(report: Report, people: People) -> None:
    officer, approver = people.officer("MOE"), people.holding(Role.APPROVER, "MOE")
    rounds.submitted(report, people)
    secretariat = Organisation.objects.get(is_secretariat=True)
    for person in (officer, approver):
        grant_role(user=person, organisation=secretariat, role=Role.REVIEWER, actor=None)
        reviewer = User.objects.get(pk=person.pk)
        with pytest.raises(Refused, match="另一位管考人員"):
            services.accept_report(report=report, actor=reviewer)
        with pytest.raises(Refused, match="另一位管考人員"):
            services.return_report(report=report, actor=reviewer, comment="請補充。")
    assert states(report) == {"submitted"}


def test_where_a_second_reviewer_is_required_the_first_only_endorses(
    report: Report, plan: Plan, people: People
) -> None:
    services.switch_second_review(plan=plan, needed=True, actor=people.head)
    rounds.submitted(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    assert states(report) == {"endorsed"}
    assert not Observation.objects.exists()
    with pytest.raises(Refused, match="複審"):
        services.accept_report(report=report, actor=people.reviewer)
    secretariat = Organisation.objects.get(is_secretariat=True)
    second = another(Role.REVIEWER, secretariat, "second@secretariat.test")
    services.accept_report(report=report, actor=second)
    assert states(report) == {"accepted"}
    assert Observation.objects.exists()


def test_who_endorsed_an_earlier_round_may_accept_the_next(
    report: Report, plan: Plan, people: People
) -> None:
    secretariat = Organisation.objects.get(is_secretariat=True)
    second = another(Role.REVIEWER, secretariat, "second@secretariat.test")
    services.switch_second_review(plan=plan, needed=True, actor=people.head)
    rounds.submitted(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    services.return_report(report=report, actor=second, comment="請補充。")
    rounds.submitted(report, people, value=2)
    services.accept_report(report=report, actor=second)
    services.accept_report(report=report, actor=people.reviewer)
    assert states(report) == {"accepted"}


def test_only_the_head_asks_for_a_second_reviewer(plan: Plan, people: People) -> None:
    for person in (people.reviewer, people.administrator, people.officer("MOE")):
        with pytest.raises(PermissionDenied):
            services.switch_second_review(plan=plan, needed=True, actor=person)


def test_a_person_whose_role_ended_signs_nothing(report: Report, people: People) -> None:
    approver = people.holding(Role.APPROVER, "MOE")
    rounds.fill(report, people)
    Membership.objects.filter(user=approver).update(ended_at=clock.now())
    with pytest.raises(PermissionDenied):
        services.sign_report(report=report, actor=User.objects.get(pk=approver.pk))


def test_what_names_no_line_signs_none(report: Report, people: People) -> None:
    rounds.fill(report, people)
    approver = browser(people.holding(Role.APPROVER, "MOE"))
    for key in ("x", "9" * 5000, "٣"):
        assert approver.post(url_of(report, "sign"), {"line": key}).status_code == 409
    report.refresh_from_db()
    assert report.state == "draft"
