"""A published quarter never changes; as published, as known then and as known now are three answers (property 6).

And who states or accepts a fact changes no total (property 5). Histories are lived through the services, act by act.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from kpis import published, selectors
from kpis.models import Indicator, Observation, Publication
from kpis.models.publications import digest_of
from kpis.results import IndicatorResult, MemberResult, NodeResult
from kpis.selectors.restatements import Standing
from kpis.services import publishing, rollups
from ministries import clock
from ministries.models import User
from programs.models import Plan
from programs.quarters import Quarter
from programs.services import accept_facts
from tests.kpis import editions
from tests.kpis.small_plans import (
    FIRST,
    LAST,
    QUARTERS,
    Case,
    Said,
    build,
    cases,
    content,
    empty_plan,
    moment,
    organisations,
)

pytestmark = pytest.mark.django_db

EXAMPLES = bounds(max_examples=20)


@pytest.fixture
def actor(db: None) -> User:
    return User.objects.create_user("accepts@example.test", name="A")


@pytest.fixture
def colleague(db: None) -> User:
    return User.objects.create_user("colleague@example.test", name="B")


@contextmanager
def thrown_away() -> Iterator[None]:
    """What happens within leaves no trace, so that each example starts from the same database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def say(indicator: Indicator, said: Said, actor: User, at: datetime) -> None:
    """A statement is accepted as reports are: through the service, its figures recomputed by the worker."""
    stages = list(indicator.stages.order_by("order"))
    fact = Observation(
        indicator=indicator,
        organisation=organisations()[said.organisation],
        quarter=QUARTERS[said.quarter],
        reason="",
        origin="test",
        **content(said, stages),
    )
    with clock.set_to(at):
        accept_facts(facts=[fact], key="indicator_id", actor=actor, at=at)
        rollups.mark_stale(indicators=[indicator.pk])
        rollups.recompute_stale_figures()


@dataclass(frozen=True)
class Known:
    """Everything that is known of a plan: each indicator's figure and each node's, in every quarter."""

    figures: list[IndicatorResult]
    nodes: list[list[NodeResult]]

    @classmethod
    def of(cls, plan: Plan, as_of: datetime | None = None) -> Known:
        def in_order(quarter: Quarter) -> list[NodeResult]:
            nodes = selectors.node_results(plan, quarter, as_of=as_of)
            return sorted(nodes, key=lambda node: (node.kind, node.node_id))

        figures = selectors.indicator_results(plan, LAST, since=FIRST, as_of=as_of)
        return cls(figures, [in_order(quarter) for quarter in QUARTERS])

    def figure(self, quarter: Quarter) -> IndicatorResult:
        return next(each for each in self.figures if each.quarter == quarter)


def standing_of(figure: IndicatorResult, window: str) -> Standing:
    value = figure.year_value if window == "year" else figure.plan_value
    return Standing(value, figure.rate, figure.light, figure.stated, figure.owed)


# --- property 6 -------------------------------------------------------------------------------------------
@EXAMPLES
@given(case=cases(), publish_after=st.integers(0, 25), quarter=st.sampled_from(QUARTERS))
def test_as_published_as_known_then_and_as_known_now_are_three_answers(
    actor: User, case: Case, publish_after: int, quarter: Quarter
) -> None:
    with thrown_away():
        plan = empty_plan()
        indicator = build(plan, replace(case, said=(), decided=None), actor)
        rollups.rebuild(plan=plan)
        history: list[tuple[datetime, Known]] = [(moment(0) - timedelta(minutes=1), Known.of(plan))]
        publication, when_published = None, history[0][1]
        for order, said in enumerate(case.said):
            if order == min(publish_after, len(case.said) - 1):
                publication, when_published = publish(plan, quarter, actor, moment(order)), history[-1][1]
            say(indicator, said, actor, moment(order))
            history.append((moment(order), Known.of(plan)))
        if publication is None:
            publication = publish(plan, quarter, actor, moment(len(case.said)))

        for at, known in history:
            assert Known.of(plan, as_of=at) == known
            assert Known.of(plan, as_of=at + timedelta(seconds=59)) == known
        assert_frozen(publication, when_published.figure(quarter))
        assert_restated(plan, publication, when_published.figure(quarter), history[-1][1].figure(quarter))


def publish(plan: Plan, quarter: Quarter, actor: User, at: datetime) -> Publication:
    with clock.set_to(at):
        return publishing.publish(plan=plan, quarter=quarter, actor=actor)


def assert_frozen(publication: Publication, figure: IndicatorResult) -> None:
    """The text is what it was, under the same digest, and holds the figure that was known then."""
    again = Publication.objects.get(pk=publication.pk)
    assert (again.content, again.digest) == (publication.content, digest_of(publication.content))
    [told] = published.parse(again.content, again.digest).indicators
    assert (told.figure.in_quarter, told.figure.in_year, told.figure.in_plan) == (
        figure.quarter_value,
        figure.year_value,
        figure.plan_value,
    )
    assert standing_of(figure, told.window) == Standing(
        told.actual, told.figure.rate, told.figure.light, told.figure.stated, told.figure.owed
    )


def assert_restated(
    plan: Plan, publication: Publication, then: IndicatorResult, now: IndicatorResult
) -> None:
    """Whatever differs is restated with both standings and their difference; what does not differ is not."""
    [told] = published.parse(publication.content, publication.digest).indicators
    before, after = standing_of(then, told.window), standing_of(now, told.window)
    restatements = selectors.restatements(plan, publication.quarter)
    if before == after:
        assert restatements == {}
        return
    found = restatements[now.indicator_id]
    assert (found.published, found.now) == (before, after)
    if before.value is None or after.value is None:
        assert found.difference is None
    else:
        assert before.value + (found.difference or 0) == after.value
    assert found.changes_value == (before.value != after.value)
    assert found.changes_coverage == ((before.stated, before.owed) != (after.stated, after.owed))


def test_a_quarter_that_was_not_published_is_not_restated(plan: Plan) -> None:
    assert selectors.restatements(plan, plan.first_quarter) == {}


def test_an_indicator_that_was_not_published_yet_is_not_restated(plan: Plan, actor: User) -> None:
    rollups.rebuild(plan=plan)
    editions.published(plan, actor, editions.indicator(code="KR9.9"))
    assert selectors.restatements(plan, plan.first_quarter) == {}


# --- property 5 -------------------------------------------------------------------------------------------
@EXAMPLES
@given(case=cases(), handed_over=st.lists(st.booleans(), min_size=1, max_size=25))
def test_handing_an_account_over_to_a_colleague_changes_no_total(
    actor: User, colleague: User, case: Case, handed_over: list[bool]
) -> None:
    with thrown_away():
        alone = lived("alone", case, [actor])
        together = lived("together", case, [colleague if other else actor for other in handed_over])
        assert alone == together


Totals = tuple[list[IndicatorResult], list[MemberResult], list[list[NodeResult]]]


def lived(code: str, case: Case, actors: Sequence[User]) -> Totals:
    """Every total of the case, its statements accepted by these people in turns; without the rows' own keys."""
    plan = empty_plan(code)
    indicator = build(plan, replace(case, said=()), actors[0])
    rollups.rebuild(plan=plan)
    for order, (said, actor) in enumerate(zip(case.said, cycle(actors), strict=False)):
        say(indicator, said, actor, moment(order))
    known = Known.of(plan)
    parts = [part for quarter in QUARTERS for part in selectors.member_results(plan, quarter)]
    return (
        [replace(each, indicator_id=0, target_id=None) for each in known.figures],
        [replace(each, indicator_id=0) for each in parts],
        [[replace(node, node_id=0, weakest_id=None) for node in nodes] for nodes in known.nodes],
    )
