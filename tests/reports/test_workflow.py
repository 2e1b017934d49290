"""The workflow's table: every deed from every state leads where the table says, or nowhere."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.models import ReportState
from reports.workflow import EDITABLE, STEPS, Deed, IllegalDeed, State, available, step

ALLOWED = {
    ("draft", "submit"): "submitted",
    ("returned", "submit"): "submitted",
    ("submitted", "accept"): "accepted",
    ("submitted", "return"): "returned",
    ("accepted", "reopen"): "returned",
    ("accepted", "withdraw"): "returned",
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("deed", Deed)
def test_a_deed_leads_where_the_table_says_or_nowhere(state: State, deed: Deed) -> None:
    if (state, deed) in ALLOWED:
        assert step(state, deed).to == ALLOWED[state, deed]
    else:
        with pytest.raises(IllegalDeed):
            step(state, deed)


def test_returning_reopening_and_withdrawing_must_say_why() -> None:
    explained = {deed for (_, deed), each in STEPS.items() if each.needs_comment}
    assert explained == {Deed.RETURN, Deed.REOPEN, Deed.WITHDRAW}


def test_the_states_of_the_table_are_those_of_the_database() -> None:
    assert {str(each) for each in State} == set(ReportState.values)


def test_what_is_available_is_what_the_table_holds() -> None:
    assert available("accepted") == {Deed.REOPEN, Deed.WITHDRAW}
    assert available("submitted") == {Deed.ACCEPT, Deed.RETURN}


@given(st.lists(st.sampled_from(list(Deed)), max_size=20))
def test_a_report_is_only_ever_accepted_straight_after_it_was_submitted(deeds: list[Deed]) -> None:
    path = [State.DRAFT]
    for deed in deeds:
        if deed in available(path[-1]):
            path.append(step(path[-1], deed).to)
    for before, after in itertools.pairwise(path):
        assert after != State.ACCEPTED or before == State.SUBMITTED
        assert after != State.SUBMITTED or before in EDITABLE
