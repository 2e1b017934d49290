"""Two people publish a quarter; what was confirmed is what appears, not before its moment, once, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from kpis.models import Publication
from kpis.services.rollups import recompute_stale_figures
from ministries import clock
from ministries.models import AuditEntry, Notice, NoticeKind, Organisation, Role, User
from ministries.permissions import Act
from ministries.services import Refused, grant_role
from portal.moments import is_out_of_order
from programs.models import Plan
from reports import services, tasks
from reports.models import PublicationProposal, ReportingQuarter
from reports.services import QuarterDates
from tests import rounds
from tests.people import People
from tests.reports.proposals import stands_in

NOW = datetime(2030, 5, 30, 9, tzinfo=clock.TAIPEI)
LATER = NOW + timedelta(days=3)
State = PublicationProposal.State


@pytest.fixture(autouse=True)
def _years_after() -> Iterator[None]:
    with clock.set_to(NOW):
        yield


@pytest.fixture
def accepted(accepted_round: ReportingQuarter, people: People) -> ReportingQuarter:
    """112Q1 is closed, and its figures rest upon one accepted report."""
    assert people.head and people.reviewer
    services.close_quarter(reporting_quarter=accepted_round, actor=people.administrator)
    return rounds.round_of(accepted_round.plan, "112Q1")


def proposed(
    round_: ReportingQuarter, people: People, not_before: datetime | None = None
) -> PublicationProposal:
    return services.propose_publication(
        reporting_quarter=round_, actor=people.reviewer, not_before=not_before
    )


def confirmed(proposal: PublicationProposal, people: People) -> PublicationProposal:
    return services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=people.head)


def embargoed(round_: ReportingQuarter, people: People) -> PublicationProposal:
    return confirmed(proposed(round_, people, LATER), people)


def changed(round_: ReportingQuarter, people: People) -> None:
    """The acceptance on which the figures rest is withdrawn, and the figures have followed."""
    services.withdraw_acceptance(
        report=rounds.report_of(round_, "NSTC"), actor=people.reviewer, comment="數字有誤。"
    )
    recompute_stale_figures()


def told(person: User) -> list[str]:
    return list(
        Notice.objects.filter(person=person, kind__startswith="publication").values_list("kind", flat=True)
    )


# --- two people ---------------------------------------------------------------------------------------------
def test_what_one_proposed_and_another_confirmed_is_published_at_once(
    accepted: ReportingQuarter, people: People
) -> None:
    proposal = proposed(accepted, people)
    assert proposal.state == State.PROPOSED and not Publication.objects.exists()
    settled = confirmed(proposal, people)
    publication = Publication.objects.get()
    assert settled.publication == publication and publication.digest == proposal.digest
    assert (publication.published_by, publication.published_at) == (people.head, NOW)
    accepted.refresh_from_db()
    assert accepted.state == ReportingQuarter.State.PUBLISHED


def test_who_may_propose_may_not_always_confirm(accepted: ReportingQuarter, people: People) -> None:
    for person in (people.auditor, people.officer("MOE")):
        with pytest.raises(PermissionDenied):
            services.propose_publication(reporting_quarter=accepted, actor=person)
    proposal = services.propose_publication(reporting_quarter=accepted, actor=people.administrator)
    for person in (people.reviewer, people.administrator, people.auditor):
        with pytest.raises(PermissionDenied):
            services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=person)


@pytest.mark.parametrize("own", ["as themselves", "as the head's deputy", "as the deputy's principal"])
def test_nobody_confirms_or_refuses_what_they_proposed(
    accepted: ReportingQuarter, people: People, own: str
) -> None:
    if own == "as themselves":
        actor = proposer = people.head
    elif own == "as the head's deputy":
        proposer = people.reviewer
        actor = stands_in(proposer, people.head)
    else:
        proposer = stands_in(people.officer("MOE"), people.reviewer)
        actor = stands_in(people.reviewer, people.head)
    proposal = services.propose_publication(reporting_quarter=accepted, actor=proposer)
    with pytest.raises(Refused, match="提案人不得確認"):
        services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=actor)
    with pytest.raises(Refused, match="提案人不得確認"):
        services.refuse_publication(proposal=proposal, words="不宜。", actor=actor)
    assert not Publication.objects.exists()


def test_a_deputy_confirms_in_the_heads_name_and_the_record_names_both(
    accepted: ReportingQuarter, people: People
) -> None:
    deputy = stands_in(people.officer("MOE"), people.head)
    proposal = proposed(accepted, people)
    services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=deputy)
    proposal.refresh_from_db()
    assert (proposal.decided_by, proposal.decided_on_behalf_of) == (deputy, people.head)
    entry = AuditEntry.objects.filter(act=Act.PUBLISH_QUARTER).latest("id")
    assert (entry.actor, entry.on_behalf_of) == (deputy, people.head)
    assert entry.detail["proposed_by"] == str(people.reviewer)
    accepted.refresh_from_db()
    assert (accepted.published_by, accepted.published_on_behalf_of) == (deputy, people.head)


def test_a_second_proposal_waits_until_the_first_is_settled(
    accepted: ReportingQuarter, people: People
) -> None:
    first = proposed(accepted, people)
    with pytest.raises(Refused, match="已有公布提案"):
        proposed(accepted, people)
    services.refuse_publication(proposal=first, words="請補正說明。", actor=people.head)
    second = proposed(accepted, people)
    services.withdraw_publication(proposal=second, actor=people.administrator)
    confirmed(proposed(accepted, people), people)
    assert [each.state for each in PublicationProposal.objects.order_by("id")] == [
        State.REFUSED,
        State.WITHDRAWN,
        State.PUBLISHED,
    ]


def test_a_refusal_says_why(accepted: ReportingQuarter, people: People) -> None:
    proposal = proposed(accepted, people)
    with pytest.raises(Refused) as refusal:
        services.refuse_publication(proposal=proposal, words="  ", actor=people.head)
    assert "words" in refusal.value.errors
    settled = services.refuse_publication(proposal=proposal, words="請補正說明。", actor=people.head)
    assert settled.words == "請補正說明。" and settled.content == ""


def test_nothing_is_settled_before_it_was_proposed(accepted: ReportingQuarter, people: People) -> None:
    """As a clock that was set back would have it; the page answers that in words (portal/moments.py)."""
    proposal = proposed(accepted, people)
    with clock.set_to(NOW - timedelta(days=1)):
        for settle in (
            lambda: services.refuse_publication(proposal=proposal, words="不宜。", actor=people.head),
            lambda: services.withdraw_publication(proposal=proposal, actor=people.reviewer),
        ):
            with pytest.raises(IntegrityError) as refusal, transaction.atomic():
                settle()
            assert is_out_of_order(refusal.value)
    assert services.withdraw_publication(proposal=proposal, actor=people.reviewer).state == State.WITHDRAWN


def test_what_is_settled_is_settled_once(accepted: ReportingQuarter, people: People) -> None:
    proposal = proposed(accepted, people)
    services.withdraw_publication(proposal=proposal, actor=people.reviewer)
    for settle in (
        lambda: confirmed(proposal, people),
        lambda: services.refuse_publication(proposal=proposal, words="不宜。", actor=people.head),
        lambda: services.withdraw_publication(proposal=proposal, actor=people.reviewer),
    ):
        with pytest.raises(Refused, match="已撤回"):
            settle()


def test_a_quarter_that_cannot_be_published_cannot_be_proposed(
    open_round: ReportingQuarter, plan: Plan, people: People
) -> None:
    with pytest.raises(Refused, match="尚未開放"):
        proposed(rounds.round_of(plan, "112Q2"), people)
    with clock.set_to(rounds.after("112Q1", 0)), pytest.raises(Refused, match="季末前不得公布"):
        proposed(open_round, people)
    report = rounds.submitted(rounds.report_of(open_round, "NDC"), people)
    with pytest.raises(Refused, match="待審"):
        proposed(open_round, people)
    services.accept_report(report=report, actor=people.reviewer)
    proposal = proposed(open_round, people)
    confirmed(proposal, people)
    with pytest.raises(Refused, match="已公布"):
        proposed(open_round, people)


def test_confirming_ends_the_entries_of_an_open_round(open_round: ReportingQuarter, people: People) -> None:
    embargoed(open_round, people)
    open_round.refresh_from_db()
    assert open_round.closed_by == people.head and open_round.published_at is None


# --- what was confirmed is what appears ---------------------------------------------------------------------
def test_figures_that_changed_since_the_proposal_are_not_confirmed(
    accepted: ReportingQuarter, people: People
) -> None:
    proposal = proposed(accepted, people)
    seen = proposal.digest
    changed(accepted, people)
    settled = services.confirm_publication(proposal=proposal, digest=seen, actor=people.head)
    assert settled.state == State.PROPOSED and settled.digest != seen
    assert settled.fell_back_because == PublicationProposal.Because.CONTENT
    assert not Publication.objects.exists()
    with pytest.raises(Refused, match="請重新預覽"):
        services.confirm_publication(proposal=proposal, digest=seen, actor=people.head)
    assert services.confirm_publication(
        proposal=settled, digest=settled.digest, actor=people.head
    ).publication


def test_a_change_under_embargo_falls_back_and_all_concerned_are_told(
    accepted: ReportingQuarter, people: People
) -> None:
    proposal = embargoed(accepted, people)
    with clock.set_to(NOW + timedelta(hours=1)):
        changed(accepted, people)
    Notice.objects.all().delete()
    with clock.set_to(NOW + timedelta(hours=2)):
        assert [each.code for each in services.watch_embargoes()] == ["112Q1"]
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by, proposal.fell_back_because) == (
        State.PROPOSED,
        None,
        "content",
    )
    assert told(people.reviewer) == told(people.head) == [NoticeKind.PUBLICATION_ASKED]
    entry = AuditEntry.objects.filter(act=Act.PUBLISH_QUARTER).latest("id")
    assert entry.actor is None and entry.detail["publication"] == "fell_back"
    with clock.set_to(LATER + timedelta(days=1)):
        assert services.publish_due() == ()
    assert not Publication.objects.exists()


def test_a_change_that_nobody_saw_is_found_at_the_moment(accepted: ReportingQuarter, people: People) -> None:
    proposal = embargoed(accepted, people)
    changed(accepted, people)
    with clock.set_to(LATER):
        assert services.publish_due() == ()
    proposal.refresh_from_db()
    assert proposal.state == State.PROPOSED and not Publication.objects.exists()


@pytest.mark.parametrize("because", ["reopened", "undecided"])
def test_a_round_that_opens_again_or_a_report_that_waits_lets_it_fall_back(
    accepted: ReportingQuarter, people: People, because: str
) -> None:
    proposal = embargoed(accepted, people)
    if because == "reopened":
        dates = QuarterDates(accepted.opens_on, accepted.due_on, clock.today() + timedelta(days=9))
        services.set_quarter_dates(
            reporting_quarter=accepted, dates=dates, actor=people.administrator, reason="補報。"
        )
    else:
        report = rounds.report_of(accepted, "MOE")
        report.lines.update(state="submitted", moved_at=NOW)
    with clock.set_to(LATER):
        assert services.publish_due() == ()
    proposal.refresh_from_db()
    assert (proposal.state, proposal.fell_back_because) == (State.PROPOSED, because)


def test_an_embargo_under_which_nothing_changed_is_left_alone(
    accepted: ReportingQuarter, people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    proposal = embargoed(accepted, people)
    with clock.set_to(NOW + timedelta(hours=1)):
        assert services.watch_embargoes() == ()
        with django_assert_max_num_queries(
            6
        ):  # the row, its lock and its round's; whether anybody acted; a savepoint
            assert services.watch_embargoes() == ()
    proposal.refresh_from_db()
    assert proposal.state == State.CONFIRMED


# --- the clock ----------------------------------------------------------------------------------------------
def test_an_embargoed_quarter_appears_at_its_moment_and_once(
    accepted: ReportingQuarter, people: People
) -> None:
    proposal = embargoed(accepted, people)
    assert proposal.state == State.CONFIRMED
    with clock.set_to(LATER - timedelta(seconds=1)):
        assert tasks.publish_due() == 0
    with clock.set_to(LATER + timedelta(seconds=5)):
        assert tasks.publish_due() == 1
        assert tasks.publish_due() == 0
    publication = Publication.objects.get()
    assert publication.digest == proposal.digest and publication.published_by == people.head
    entry = AuditEntry.objects.filter(act=Act.PUBLISH_QUARTER).latest("id")
    assert entry.actor is None
    assert (entry.detail["proposed_by"], entry.detail["confirmed_by"]) == (
        str(people.reviewer),
        str(people.head),
    )


def test_a_moment_that_has_passed_when_it_is_confirmed_means_at_once(
    accepted: ReportingQuarter, people: People
) -> None:
    proposal = proposed(accepted, people, LATER)
    with clock.set_to(LATER + timedelta(minutes=1)):
        assert confirmed(proposal, people).state == State.PUBLISHED


def test_a_moment_in_the_past_is_refused_at_its_field(accepted: ReportingQuarter, people: People) -> None:
    with pytest.raises(Refused) as refusal:
        proposed(accepted, people, NOW - timedelta(minutes=1))
    assert "day" in refusal.value.errors


def test_what_waits_for_its_moment_may_be_taken_back(accepted: ReportingQuarter, people: People) -> None:
    proposal = embargoed(accepted, people)
    services.withdraw_publication(proposal=proposal, actor=people.administrator)
    with clock.set_to(LATER):
        assert services.publish_due() == ()
    assert set(told(people.head)) == {NoticeKind.PUBLICATION_ASKED, NoticeKind.PUBLICATION_TOLD}
    with pytest.raises(Refused):
        services.withdraw_publication(proposal=proposal, actor=people.reviewer)


def test_a_worker_that_dies_in_the_middle_leaves_it_to_the_next(
    accepted: ReportingQuarter, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    embargoed(accepted, people)

    def dies(**_words: object) -> None:
        raise ConnectionError

    with clock.set_to(LATER):
        with monkeypatch.context() as patched, pytest.raises(ConnectionError):
            patched.setattr(services.publications, "record_act", dies)
            services.publish_due()
        assert not Publication.objects.exists()
        assert len(services.publish_due()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_publish_once(accepted: ReportingQuarter, people: People) -> None:
    embargoed(accepted, people)

    def work() -> int:
        try:
            with clock.set_to(LATER):
                return len(services.publish_due())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = [each.result(30) for each in [pool.submit(work), pool.submit(work)]]
    assert sum(done) == 1 and Publication.objects.count() == 1


# --- who is told --------------------------------------------------------------------------------------------
def test_the_head_is_asked_and_the_proposer_told(accepted: ReportingQuarter, people: People) -> None:
    proposal = proposed(accepted, people, LATER)
    assert told(people.head) == [NoticeKind.PUBLICATION_ASKED] and told(people.reviewer) == []
    confirmed(proposal, people)
    with clock.set_to(LATER):
        services.publish_due()
    assert told(people.reviewer) == [NoticeKind.PUBLICATION_TOLD] * 2
    assert told(people.head) == [NoticeKind.PUBLICATION_ASKED, NoticeKind.PUBLICATION_TOLD]
    notice = Notice.objects.filter(person=people.head).earliest("id")
    assert notice.facts["remark"]["zh"] == "公布時間 119/06/02 09:00"
    assert notice.path == "/quarters/112Q1/"


# --- what the database refuses ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_publicationproposal SET proposed_by_id = decided_by_id WHERE state = 'confirmed'",
        "UPDATE reports_publicationproposal SET digest = repeat('0', 64) WHERE state = 'confirmed'",
        "UPDATE reports_publicationproposal SET not_before = now() WHERE state = 'confirmed'",
        "UPDATE reports_publicationproposal SET content = '' WHERE state = 'confirmed'",
        "UPDATE reports_publicationproposal SET state = 'published', content = '' WHERE state = 'confirmed'",
        "UPDATE reports_publicationproposal SET state = 'proposed' WHERE state = 'withdrawn'",
        "UPDATE reports_publicationproposal SET decided_by_id = proposed_by_id WHERE state = 'confirmed'",
        "DELETE FROM reports_publicationproposal",
        "UPDATE reports_reportingquarter SET published_at = now(), published_by_id = closed_by_id"
        " WHERE closed_at IS NOT NULL",
    ],
)
def test_the_database_refuses_what_the_services_refuse(
    accepted: ReportingQuarter, people: People, statement: str
) -> None:
    services.withdraw_publication(proposal=proposed(accepted, people), actor=people.reviewer)
    embargoed(accepted, people)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_refuses_a_decision_by_the_proposer(accepted: ReportingQuarter, people: People) -> None:
    proposal = proposed(accepted, people)
    proposal.decided_at, proposal.decided_by = NOW, people.reviewer
    proposal.state, proposal.not_before, proposal.checked_at = State.REFUSED, None, None
    proposal.words, proposal.content = "不宜。", ""
    with pytest.raises(IntegrityError, match="decided_by_another"), transaction.atomic():
        proposal.save()


def test_a_second_head_may_confirm_what_the_head_proposed(accepted: ReportingQuarter, people: People) -> None:
    second = User.objects.create_user("second.head@example.test", name="second head")
    secretariat = Organisation.objects.get(is_secretariat=True)
    grant_role(user=second, organisation=secretariat, role=Role.HEAD, actor=None)
    proposal = services.propose_publication(reporting_quarter=accepted, actor=people.head)
    assert services.confirm_publication(proposal=proposal, digest=proposal.digest, actor=second).publication
