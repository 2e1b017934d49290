"""The audit log is sealed behind its writers, the database refuses what breaks the chain, and a check finds what it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ministries import chain, clock, services, tasks
from ministries.models import AuditCheck, AuditEntry, AuditSeal, Organisation, UnsealedEntry, User
from ministries.permissions import ACT_NAMES, Act
from ministries.services import proving, sealing
from tests.abreast import PATIENCE, at_once
from tests.people import People


def written(actor: User, count: int = 1, **detail: Any) -> list[AuditEntry]:
    return [
        services.record_act(actor=actor, act=Act.COMMENT, subject=actor, detail={"number": number, **detail})
        for number in range(count)
    ]


@contextmanager
def past_the_triggers() -> Iterator[Callable[..., None]]:
    """What somebody does who may switch the database's triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor.execute
        cursor.execute("SET LOCAL session_replication_role = origin")


def found(**how: Any) -> tuple[str, int | None] | None:
    finding = proving.prove(**how).finding
    return (str(finding.kind), finding.position) if finding else None


def checked(*arguments: str) -> tuple[int, str]:
    """What `manage.py check_audit` exits with, and says."""
    said = StringIO()
    try:
        call_command("check_audit", *arguments, stdout=said, stderr=said)
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue()
    return 0, said.getvalue()


@pytest.fixture
def chained(people: People) -> list[AuditSeal]:
    """Ten entries, sealed together with those of the people's roles."""
    written(people.officer("NDC"), 10)
    services.seal_entries()
    return list(AuditSeal.objects.order_by("position"))


# --- sealing --------------------------------------------------------------------------------------------------
def test_every_entry_waits_from_the_moment_it_is_written_until_it_is_sealed(people: People):
    (entry,) = written(people.auditor)
    assert UnsealedEntry.objects.filter(pk=entry.pk).exists()
    assert tasks.seal_audit() == AuditEntry.objects.count()
    assert not UnsealedEntry.objects.exists()
    assert entry.seal.position == AuditSeal.objects.count()


def test_places_have_no_gaps_and_each_digest_covers_the_one_before(chained: list[AuditSeal]):
    assert [seal.position for seal in chained] == list(range(1, len(chained) + 1))
    digests = [chain.BEGINNING, *(seal.digest for seal in chained)]
    assert [seal.previous for seal in chained] == digests[:-1]
    assert len(set(digests)) == len(digests)


def test_sealing_with_nothing_to_seal_does_nothing(chained: list[AuditSeal]):
    assert services.seal_entries() == 0
    assert AuditSeal.objects.count() == len(chained)


def test_batches_continue_each_other(people: People):
    written(people.auditor, 12)
    count = AuditEntry.objects.count()
    assert services.seal_entries(batch=5) == count
    assert found() is None and proving.prove().count == count


def test_acts_recorded_together_are_sealed_one_by_one(people: People):
    user = people.auditor
    services.record_acts(
        actor=user, act=Act.COMMENT, acts=[(user, None, {"number": each}) for each in range(7)]
    )
    services.seal_entries()
    assert AuditSeal.objects.filter(entry__act=Act.COMMENT).count() == 7


def test_what_was_sealed_stands_whatever_addresses_become(people: People, chained: list[AuditSeal]):
    User.objects.filter(pk=people.officer("NDC").pk).update(email="another@ndc.test")
    assert found() is None
    assert chained[-1].actor_email == "officer@ndc.test"


def test_the_cost_of_sealing_does_not_grow_with_what_is_noted(people: People, django_assert_num_queries: Any):
    written(people.officer("NDC"), 40)
    with django_assert_num_queries(8):  # savepoint and release, lock, noted, entries, last, insert, forget
        services.seal_entries()


def test_it_is_sealed_every_ten_seconds_and_proved_every_night():
    schedule = settings.CELERY_BEAT_SCHEDULE
    assert schedule["seal-audit"] == {"task": "ministries.tasks.seal_audit", "schedule": 10.0}
    assert schedule["check-audit"]["schedule"].hour == {0}
    assert schedule["check-audit-from-the-beginning"]["kwargs"] == {"everything": True}


# --- what the database refuses --------------------------------------------------------------------------------
REFUSED = {
    "an entry changed": "UPDATE ministries_auditentry SET act = 'x'",
    "an entry removed": "DELETE FROM ministries_auditentry",
    "a seal changed": "UPDATE ministries_auditseal SET digest = repeat('a', 64)",
    "a seal removed": "DELETE FROM ministries_auditseal",
}
SEAL = """
INSERT INTO ministries_auditseal
    (position, entry_id, previous, digest, actor_email, on_behalf_of_email, organisation_code, sealed_at)
VALUES (%s, %s, %s, repeat('b', 64), '', '', '', now())
"""


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
def test_the_database_refuses_a_change(chained: list[AuditSeal], statement: str):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("ahead", [-3, 0, 2], ids=["before the end", "twice", "leaving a gap"])
def test_the_database_refuses_a_seal_out_of_order(people: People, chained: list[AuditSeal], ahead: int):
    (entry,) = written(people.officer("NDC"))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SEAL, [len(chained) + ahead, entry.pk, chained[-1].digest])


def test_the_database_refuses_a_seal_that_does_not_follow_the_last(people: People, chained: list[AuditSeal]):
    (entry,) = written(people.officer("NDC"))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SEAL, [len(chained) + 1, entry.pk, chained[-2].digest])


def test_the_database_refuses_an_entry_about_nothing(people: People):
    with pytest.raises(DatabaseError), transaction.atomic():
        services.record_act(actor=people.officer("NDC"), act=Act.COMMENT, subject=User())


# --- many at once ---------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_many_writers_and_several_sealers_at_once_leave_one_whole_chain(people: People):
    actor = people.officer("NDC")

    def write() -> None:
        for number in range(20):
            with transaction.atomic():
                written(actor, 2, again=number)

    def seal() -> None:
        for _ in range(15):
            services.seal_entries(batch=7)

    at_once(*[write] * 4, *[seal] * 3)
    services.seal_entries()
    proof = proving.prove()
    assert (proof.finding, proof.count) == (None, AuditEntry.objects.count())
    assert AuditEntry.objects.filter(act=Act.COMMENT).count() == 160


@pytest.mark.django_db(transaction=True)
def test_an_entry_whose_transaction_ends_late_gets_the_next_place(people: People):
    actor = people.officer("NDC")
    begun, may_end = Event(), Event()

    def slow() -> int:
        with transaction.atomic():
            (entry,) = written(actor, late=True)
            begun.set()
            assert may_end.wait(PATIENCE)
        return entry.pk

    def quick() -> int:
        assert begun.wait(PATIENCE)
        (entry,) = written(actor, late=False)
        services.seal_entries()
        may_end.set()
        return entry.pk

    slows, quicks = at_once(slow, quick)
    assert isinstance(slows, int) and isinstance(quicks, int)
    services.seal_entries()
    late, early = AuditSeal.objects.get(entry_id=slows), AuditSeal.objects.get(entry_id=quicks)
    assert late.entry_id < early.entry_id and late.position > early.position
    assert found() is None


@pytest.mark.django_db(transaction=True)
def test_a_sealer_that_dies_between_leaves_nothing_by_halves(people: People, monkeypatch: pytest.MonkeyPatch):
    written(people.officer("NDC"), 9)
    batches = iter(range(9))

    def killed(entries: Any, append: Callable[..., None] = sealing._append) -> None:
        append(entries)
        if next(batches) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(sealing, "_append", killed)
    with pytest.raises(KeyboardInterrupt):
        services.seal_entries(batch=4)
    assert AuditSeal.objects.count() == 4
    assert AuditEntry.objects.count() == 4 + UnsealedEntry.objects.count()
    services.seal_entries(batch=4)
    assert found() is None and not UnsealedEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_does_not_wait_for_a_sealer(people: People):
    actor = people.officer("NDC")
    sealing_now, written_now = Event(), Event()

    def seal() -> None:
        with transaction.atomic():
            sealing._seal_batch(100, 0)
            sealing_now.set()
            assert written_now.wait(PATIENCE)

    def write() -> None:
        assert sealing_now.wait(PATIENCE)
        written(actor)
        assert services.seal_entries() == 0  # somebody else is at it
        written_now.set()

    at_once(seal, write)
    assert services.seal_entries() == 1
    assert found() is None


# --- tampering ------------------------------------------------------------------------------------------------
TAMPERED = {
    "act": "act = 'report.accept'",
    "time": "at = at + interval '1 microsecond'",
    "person": "actor_id = NULL",
    "principal": "on_behalf_of_id = actor_id",
    "organisation": "organisation_id = (SELECT min(id) FROM ministries_organisation)",
    "type of subject": "subject_type = 'x'",
    "subject": "subject_id = subject_id + 1",
    "detail": """detail = '{"number": 7, "more": 1}'""",
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_changed_entry_is_found(chained: list[AuditSeal], change: str):
    seal = chained[-5]
    with past_the_triggers() as run:
        run(f"UPDATE ministries_auditentry SET {change} WHERE id = %s", [seal.entry_id])
    assert found() == ("changed", seal.position)


def test_a_changed_address_of_a_seal_is_found(chained: list[AuditSeal]):
    with past_the_triggers() as run:
        run("UPDATE ministries_auditseal SET actor_email = 'x@y.test' WHERE position = 3")
    assert found() == ("changed", 3)


def test_a_removed_entry_is_found(chained: list[AuditSeal]):
    with past_the_triggers() as run:
        run("DELETE FROM ministries_auditentry WHERE id = %s", [chained[4].entry_id])
    assert found() == ("missing", 5)
    with past_the_triggers() as run:  # the test's own end looks for seals without an entry
        run("DELETE FROM ministries_auditseal WHERE position = 5")


def test_an_entry_removed_with_its_seal_is_found(chained: list[AuditSeal]):
    with past_the_triggers() as run:
        run("DELETE FROM ministries_auditseal WHERE position = 5")
        run("DELETE FROM ministries_auditentry WHERE id = %s", [chained[4].entry_id])
    assert found() == ("missing", 5)


def test_an_entry_removed_before_it_was_sealed_is_found(people: People, chained: list[AuditSeal]):
    (entry,) = written(people.officer("NDC"))
    with past_the_triggers() as run:
        run("DELETE FROM ministries_auditentry WHERE id = %s", [entry.pk])
    assert services.seal_entries() == 0
    with clock.set_to(clock.now() + timedelta(minutes=6)):
        finding = proving.prove().finding
    assert (finding.kind, finding.entry_id) == ("missing", entry.pk)


def test_an_entry_inserted_past_the_triggers_is_found(chained: list[AuditSeal]):
    with past_the_triggers() as run:
        run(
            "INSERT INTO ministries_auditentry (at, act, subject_type, subject_id, detail)"
            " VALUES (now(), 'report.accept', 'x', 1, '{}')"
        )
    finding = proving.prove().finding
    assert (finding.kind, finding.entry_id) == ("inserted", AuditEntry.objects.latest("id").pk)


def test_entries_that_changed_places_are_found(chained: list[AuditSeal]):
    with past_the_triggers() as run:
        run("UPDATE ministries_auditseal SET position = 1009 - position WHERE position IN (4, 5)")
        run("UPDATE ministries_auditseal SET position = position - 1000 WHERE position > 1000")
    assert found() == ("reordered", 4)


def test_an_entry_that_waits_too_long_for_its_seal_is_found(people: People, chained: list[AuditSeal]):
    (entry,) = written(people.officer("NDC"))
    assert found() is None
    with clock.set_to(clock.now() + timedelta(minutes=6)):
        finding = proving.prove().finding
    assert (finding.kind, finding.entry_id) == ("unsealed", entry.pk)


def forged(chained: list[AuditSeal]) -> None:
    """Somebody changes an entry and makes the whole chain anew."""
    with past_the_triggers() as run:
        run("UPDATE ministries_auditentry SET act = 'x' WHERE id = %s", [chained[4].entry_id])
        previous = chain.BEGINNING
        for seal in AuditSeal.objects.select_related("entry").order_by("position"):
            digest = chain.digest_of(previous, seal.entry, seal)
            run(
                "UPDATE ministries_auditseal SET previous = %s, digest = %s WHERE position = %s",
                [previous, digest, seal.position],
            )
            previous = digest


def test_a_chain_made_anew_is_found_by_a_digest_that_was_kept_elsewhere(chained: list[AuditSeal]):
    forged(chained)
    assert found() is None
    assert found(expected={9: chained[8].digest}) == ("rewritten", 9)
    assert found(expected={3: chained[2].digest}) is None


def test_a_chain_made_anew_is_found_by_what_the_last_check_kept(chained: list[AuditSeal]):
    tasks.check_audit()
    forged(chained)
    assert found() == ("rewritten", len(chained))


def test_an_end_that_was_cut_off_is_found_by_a_digest_that_was_kept(chained: list[AuditSeal]):
    last = chained[-1]
    with past_the_triggers() as run:
        run("DELETE FROM ministries_auditseal WHERE position = %s", [last.position])
        run("DELETE FROM ministries_auditentry WHERE id = %s", [last.entry_id])
    assert found() is None
    assert found(expected={last.position: last.digest}) == ("missing", last.position)


def test_the_check_reads_the_log_in_portions(
    chained: list[AuditSeal], monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
):
    monkeypatch.setattr(proving, "PORTION", 4)
    portions = -(-len(chained) // 4)
    with django_assert_max_num_queries(2 * portions + 4):
        assert proving.prove().count == len(chained)


# --- the command ----------------------------------------------------------------------------------------------
def test_the_command_says_how_many_hold_and_the_last_digest(chained: list[AuditSeal]):
    status, said = checked()
    assert status == 0
    assert f"{len(chained)} 筆" in said and f"{len(chained)}:{chained[-1].digest}" in said


def test_the_command_exits_with_one_and_names_the_first_wrong_entry(chained: list[AuditSeal]):
    with past_the_triggers() as run:
        run(
            "UPDATE ministries_auditentry SET act = 'x' WHERE id IN (%s, %s)",
            [chained[2].entry_id, chained[4].entry_id],
        )
    status, said = checked()
    assert status == 1
    assert f"位置 3、紀錄 {chained[2].entry_id}：內容與封存時不符。" in said


def test_the_command_begins_where_it_is_told(chained: list[AuditSeal]):
    with past_the_triggers() as run:
        run("UPDATE ministries_auditentry SET act = 'x' WHERE id = %s", [chained[1].entry_id])
    assert checked()[0] == 1
    assert checked("--from", "3")[0] == 0


def test_the_command_compares_with_digests_that_were_kept(chained: list[AuditSeal]):
    assert checked("--expect", f"4:{chained[3].digest}", "--expect", f"6:{chained[5].digest}")[0] == 0
    status, said = checked("--expect", f"4:{chained[4].digest}")
    assert status == 1 and "摘要值與先前留存者不符" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["--from", "0"],
        ["--from", "x"],
        ["--from", "99999"],
        ["--expect", "12"],
        ["--expect", "1:abc"],
        ["--from", "3", "--expect", "2:" + "a" * 64],
    ],
    ids=" ".join,
)
def test_the_command_refuses_what_it_cannot_use(chained: list[AuditSeal], arguments: list[str]):
    with pytest.raises(CommandError):
        checked(*arguments)


def test_a_log_without_entries_is_whole(db: None):
    proof = proving.prove()
    assert (proof.count, proof.position, proof.digest, proof.finding) == (0, 0, chain.BEGINNING, None)


# --- every night ----------------------------------------------------------------------------------------------
def test_the_nightly_check_goes_on_where_the_last_one_ended(people: People, chained: list[AuditSeal]):
    assert tasks.check_audit() is True
    written(people.officer("NDC"), 3)
    services.seal_entries()
    assert proving.check_audit(everything=False).count == 3
    assert AuditCheck.objects.first().position == len(chained) + 3


def test_the_days_digest_stands_in_the_log(chained: list[AuditSeal], caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO", logger="ministries.services.proving"):
        tasks.check_audit()
    assert f"{len(chained)}:{chained[-1].digest}" in caplog.text


def test_what_a_check_finds_is_an_alarm_until_it_is_gone(
    people: People, chained: list[AuditSeal], caplog: pytest.LogCaptureFixture
):
    with past_the_triggers() as run:
        run("UPDATE ministries_auditentry SET act = 'x' WHERE id = %s", [chained[4].entry_id])
    assert tasks.check_audit(everything=True) is False
    assert "位置 5" in AuditCheck.objects.first().wrong and "changed" in caplog.text
    assert tasks.check_audit() is False
    with past_the_triggers() as run:
        run("UPDATE ministries_auditentry SET act = 'line.comment' WHERE id = %s", [chained[4].entry_id])
    tampered_before = chained[4].entry.act == Act.COMMENT
    assert tasks.check_audit() is tampered_before


def test_a_chain_cut_off_behind_the_last_check_is_found_by_the_next(chained: list[AuditSeal]):
    tasks.check_audit()
    with past_the_triggers() as run:
        run("DELETE FROM ministries_auditseal WHERE position > 5")
    assert tasks.check_audit() is False
    assert "紀錄已不存在" in AuditCheck.objects.first().wrong


# --- the canonical form ---------------------------------------------------------------------------------------
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
DETAILS = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none() | st.booleans() | NUMBERS | TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)


@hypothesis_settings(max_examples=150)
@given(detail=DETAILS)
def test_the_canonical_form_is_the_same_before_the_database_and_after(db: None, detail: dict[str, Any]):
    with transaction.atomic():
        entry = AuditEntry.objects.create(
            at=clock.now(), act=Act.COMMENT, subject_type="x", subject_id=1, detail=detail
        )
        seal = AuditSeal(entry=entry)
        before = chain.canonical(chain.content_of(entry, seal))
        read = AuditEntry.objects.get(pk=entry.pk)
        assert chain.canonical(chain.content_of(read, AuditSeal(entry=read))) == before
        transaction.set_rollback(True)


@given(detail=DETAILS)
def test_the_canonical_form_is_json_that_says_the_same(detail: dict[str, Any]):
    text = chain.canonical(detail)
    exactly = partial(json.loads, parse_float=Decimal, parse_int=Decimal)
    assert text.isascii() and exactly(text) == exactly(json.dumps(detail))
    assert chain.canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (-0.0, "0"), (1e22, "1" + "0" * 22), (1.50, "1.5"), (1e-7, "0.0000001"), (True, "true")],
)
def test_numbers_have_one_spelling(value: float, text: str):
    assert chain.canonical(value) == text


def test_a_moment_is_spelled_in_utc_to_the_microsecond():
    entry = AuditEntry(at=datetime(2024, 1, 5, 17, 0, tzinfo=clock.TAIPEI))
    assert chain.content_of(entry, AuditSeal())["at"] == "2024-01-05T09:00:00.000000+00:00"
    assert entry.at.astimezone(UTC).hour == 9


# --- words ----------------------------------------------------------------------------------------------------
def test_every_act_has_words():
    assert set(ACT_NAMES) == set(Act)


def test_an_organisation_of_an_entry_is_sealed_under_its_code(people: People):
    ndc = Organisation.objects.get(code="NDC")
    entry = services.record_act(
        actor=people.officer("NDC"), act=Act.FILL_REPORT, subject=ndc, organisation=ndc
    )
    services.seal_entries()
    assert AuditSeal.objects.get(entry=entry).organisation_code == "NDC"


def test_two_sealers_in_a_row_continue_one_chain(people: People):
    for _ in range(3):
        written(people.officer("NDC"))
        services.seal_entries()
    assert found() is None
