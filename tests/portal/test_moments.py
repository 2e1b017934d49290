"""A clock that was set back is answered with words: nothing is changed, nothing is called a failure of the portal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory

from ministries import clock
from ministries.models import Letter
from portal.moments import MomentsInOrder, is_out_of_order, orders
from reports.models import Decision, ReportingQuarter
from tests.people import People
from tests.reports import decided
from tests.reports.pages import browser


def test_an_act_before_what_it_follows_is_refused_with_words(
    people: People, open_round: ReportingQuarter
) -> None:
    decision = decided.made(people, on="112Q1")
    reviewer = browser(people.reviewer)
    form = {"reason": "已完成。", "revision": str(decision.revision)}
    with clock.set_to(decision.made_at - timedelta(hours=1)):
        for prefix, words in (("", "系統時鐘早於既有紀錄之時間"), ("/en", "")):
            response = reviewer.post(f"{prefix}/decisions/{decision.code}/close/", form)
            assert response.status_code == 409 and words in response.content.decode()
    assert Decision.objects.get().is_open
    with clock.set_to(decision.made_at + timedelta(hours=1)):
        assert reviewer.post(f"/decisions/{decision.code}/close/", form).status_code == 302


def test_every_order_of_moments_is_known(db: None) -> None:
    """By the database's own words: each check that compares two columns of moments."""
    tables = [model._meta.db_table for model in apps.get_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conname FROM pg_constraint c WHERE c.contype = 'c' AND c.conrelid::regclass::text = ANY(%s)"
            r" AND pg_get_constraintdef(c.oid) ~ '\w+_at\s*(>|<)=?\s*\w+_at'",
            [tables],
        )
        assert {name for (name,) in cursor.fetchall()} == orders()


def test_any_other_refusal_of_the_database_stays_a_failure(people: People) -> None:
    now = clock.now()
    letter = {
        "person": people.head,
        "address": "a@b.test",
        "subject": "s",
        "message_id": "1",
        "written_at": now,
    }
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Letter.objects.create(**letter, state=Letter.State.FAILED)
    assert not is_out_of_order(refused.value)
    answer = MomentsInOrder(lambda request: None).process_exception(RequestFactory().get("/"), refused.value)  # type: ignore[arg-type, return-value]
    assert answer is None
