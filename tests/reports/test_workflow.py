"""The workflow's table: every deed from every state leads where the table says, or nowhere."""

import itertools

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from reports.models import ReportState
from reports.workflow import (
    EDITABLE,
    LABELS,
    STEPS,
    WAITING,
    WITH_MINISTRY,
    Audience,
    Deed,
    IllegalDeed,
    Rule,
    State,
    agreement,
    available,
    step,
    summary,
)

BOTH = frozenset({Rule.SIGN_OFF, Rule.SECOND_REVIEW})
CORRECTED = BOTH | {Rule.CORRECTION}
ALWAYS = {
    ("signed", "send_back"): "draft",
    ("signed", "submit"): "submitted",
    ("submitted", "recall"): "draft",
    ("submitted", "return"): "returned",
    ("endorsed", "accept"): "accepted",
    ("endorsed", "return"): "returned",
    ("accepted", "reopen"): "returned",
    ("accepted", "withdraw"): "returned",
}
WITH = {
    Rule.SIGN_OFF: {("draft", "sign"): "signed", ("returned", "sign"): "signed"},
    Rule.SECOND_REVIEW: {("submitted", "endorse"): "endorsed"},
    Rule.CORRECTION: {("returned", "cancel"): "accepted"},
}
WITHOUT = {
    Rule.SIGN_OFF: {("draft", "submit"): "submitted", ("returned", "submit"): "submitted"},
    Rule.SECOND_REVIEW: {("submitted", "accept"): "accepted"},
    Rule.CORRECTION: {},
}
RULES = [
    frozenset(),
    frozenset({Rule.SIGN_OFF}),
    frozenset({Rule.SECOND_REVIEW}),
    BOTH,
    CORRECTED,
]


def allowed(rules: frozenset[Rule]) -> dict[tuple[str, str], str]:
    found = dict(ALWAYS)
    for rule in Rule:
        found |= WITH[rule] if rule in rules else WITHOUT[rule]
    return found


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: "+".join(sorted(rules)) or "none")
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("deed", Deed)
def test_a_deed_leads_where_the_table_says_or_nowhere(
    state: State, deed: Deed, rules: frozenset[Rule]
) -> None:
    if (state, deed) in allowed(rules):
        assert step(state, deed, rules).to == allowed(rules)[state, deed]
        assert deed in available(state, rules)
    else:
        assert deed not in available(state, rules)
        with pytest.raises(IllegalDeed):
            step(state, deed, rules)


def test_whoever_sends_something_back_must_say_why() -> None:
    explained = {deed for (_, deed), each in STEPS.items() if each.needs_comment}
    assert explained == {Deed.RETURN, Deed.REOPEN, Deed.WITHDRAW, Deed.SEND_BACK, Deed.CANCEL}


def test_the_states_of_the_table_are_those_of_the_database() -> None:
    assert {str(each) for each in State} == set(ReportState.values)


def test_every_state_has_a_name_for_every_audience_in_both_languages() -> None:
    for language in ("zh-hant", "en"):
        with translation.override(language):
            assert all(str(LABELS[state][audience]) for state in State for audience in Audience)
    assert str(LABELS[State.SUBMITTED][Audience.MINISTRY]) != str(
        LABELS[State.SUBMITTED][Audience.SECRETARIAT]
    )


def test_the_first_of_two_reviewers_endorses_and_the_second_accepts() -> None:
    assert agreement("submitted") == Deed.ACCEPT
    assert agreement("submitted", BOTH) == Deed.ENDORSE
    assert agreement("endorsed", BOTH) == Deed.ACCEPT


@given(st.lists(st.sampled_from(list(Deed)), max_size=25), st.sampled_from(RULES))
def test_a_line_is_only_ever_accepted_after_it_was_handed_in_or_stays_so_where_a_correction_is_cancelled(
    deeds: list[Deed], rules: frozenset[Rule]
) -> None:
    path = [State.DRAFT]
    for deed in deeds:
        if deed in available(path[-1], rules) and deed != Deed.CANCEL:
            path.append(step(path[-1], deed, rules).to)
    for before, after in itertools.pairwise(path):
        assert after != State.ACCEPTED or before in WAITING
        assert after != State.SUBMITTED or before in WITH_MINISTRY
        if Rule.SIGN_OFF in rules:
            assert after != State.SUBMITTED or before == State.SIGNED
        if Rule.SECOND_REVIEW in rules:
            assert after != State.ACCEPTED or before == State.ENDORSED


@given(st.lists(st.sampled_from(list(State)), min_size=1))
def test_a_report_is_accepted_when_all_of_it_is_and_editable_when_some_of_it_is(states: list[State]) -> None:
    whole = summary(states)
    assert whole in states
    assert (whole == State.ACCEPTED) == (set(states) == {State.ACCEPTED})
    assert (whole in EDITABLE) == bool(EDITABLE & set(states))


def test_a_report_without_lines_is_a_draft() -> None:
    assert summary([]) == State.DRAFT
