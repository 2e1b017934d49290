"""The states of a line and the deeds that lead from one to the next stand in one table; nothing else moves a line.

A report's state is the summary of its lines' states. It knows no database and no users: who may act is said by
`ministries.permissions`, moments by the services.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class State(StrEnum):
    DRAFT = "draft"
    SIGNED = "signed"
    SUBMITTED = "submitted"
    ENDORSED = "endorsed"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class Deed(StrEnum):
    """What may be done to a line; upon a report it is done to every line that it leads somewhere.

    Reopening leaves what was accepted in force until the correction is accepted; withdrawing takes it out at once.
    Cancelling closes what was opened for correction, and in which nothing was said, as it was accepted.
    """

    SIGN = "sign"
    SEND_BACK = "send_back"
    SUBMIT = "submit"
    RECALL = "recall"
    ENDORSE = "endorse"
    ACCEPT = "accept"
    RETURN = "return"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"


class Rule(StrEnum):
    """What a ministry or a plan may have switched on, the inner sign-off and the second reviewer; and what holds of a
    line as long as it is corrected after publication."""

    SIGN_OFF = "sign_off"
    SECOND_REVIEW = "second_review"
    CORRECTION = "correction"


@dataclass(frozen=True)
class Step:
    """Where a deed leads, whether it must say why, and with which rule it exists or does not."""

    to: State
    needs_comment: bool = False
    only_with: Rule | None = None
    only_without: Rule | None = None

    def holds(self, rules: frozenset[Rule]) -> bool:
        return (self.only_with is None or self.only_with in rules) and self.only_without not in rules


STEPS: dict[tuple[State, Deed], Step] = {
    (State.DRAFT, Deed.SIGN): Step(State.SIGNED, only_with=Rule.SIGN_OFF),
    (State.RETURNED, Deed.SIGN): Step(State.SIGNED, only_with=Rule.SIGN_OFF),
    (State.SIGNED, Deed.SEND_BACK): Step(State.DRAFT, needs_comment=True),
    (State.SIGNED, Deed.SUBMIT): Step(State.SUBMITTED),
    (State.DRAFT, Deed.SUBMIT): Step(State.SUBMITTED, only_without=Rule.SIGN_OFF),
    (State.RETURNED, Deed.SUBMIT): Step(State.SUBMITTED, only_without=Rule.SIGN_OFF),
    (State.SUBMITTED, Deed.RECALL): Step(State.DRAFT),
    (State.SUBMITTED, Deed.ENDORSE): Step(State.ENDORSED, only_with=Rule.SECOND_REVIEW),
    (State.SUBMITTED, Deed.ACCEPT): Step(State.ACCEPTED, only_without=Rule.SECOND_REVIEW),
    (State.ENDORSED, Deed.ACCEPT): Step(State.ACCEPTED),
    (State.SUBMITTED, Deed.RETURN): Step(State.RETURNED, needs_comment=True),
    (State.ENDORSED, Deed.RETURN): Step(State.RETURNED, needs_comment=True),
    (State.ACCEPTED, Deed.REOPEN): Step(State.RETURNED, needs_comment=True),
    (State.ACCEPTED, Deed.WITHDRAW): Step(State.RETURNED, needs_comment=True),
    (State.RETURNED, Deed.CANCEL): Step(State.ACCEPTED, needs_comment=True, only_with=Rule.CORRECTION),
}

EDITABLE: frozenset[State] = frozenset({State.DRAFT, State.RETURNED})
"""The ministry may write."""
WITH_MINISTRY: frozenset[State] = EDITABLE | {State.SIGNED}
WAITING: frozenset[State] = frozenset({State.SUBMITTED, State.ENDORSED})
"""The secretariat has to decide."""


class Audience(StrEnum):
    MINISTRY = "ministry"
    SECRETARIAT = "secretariat"


LABELS: dict[State, dict[Audience, Promise]] = {
    State.DRAFT: {Audience.MINISTRY: _("填報中"), Audience.SECRETARIAT: _("機關填報中")},
    State.SIGNED: {Audience.MINISTRY: _("已核稿"), Audience.SECRETARIAT: _("機關已核稿")},
    State.SUBMITTED: {Audience.MINISTRY: _("已送出"), Audience.SECRETARIAT: _("待審查")},
    State.ENDORSED: {Audience.MINISTRY: _("審查中"), Audience.SECRETARIAT: _("待複審")},
    State.RETURNED: {Audience.MINISTRY: _("待補正"), Audience.SECRETARIAT: _("已退回")},
    State.ACCEPTED: {Audience.MINISTRY: _("已核定"), Audience.SECRETARIAT: _("已核定")},
}
"""What a state is called by those who read of it."""

_SUMMARY = (
    State.RETURNED,
    State.DRAFT,
    State.SIGNED,
    State.SUBMITTED,
    State.ENDORSED,
    State.ACCEPTED,
)


class IllegalDeed(Exception):
    """The deed leads nowhere from this state."""

    def __init__(self, state: State, deed: Deed) -> None:
        super().__init__(f"{deed} from {state}")
        self.state = state
        self.deed = deed


def step(state: str, deed: Deed, rules: Iterable[Rule] = ()) -> Step:
    """The step that `deed` is from `state` under the rules; IllegalDeed where the table has none."""
    found = STEPS.get((State(state), deed))
    if found is None or not found.holds(frozenset(rules)):
        raise IllegalDeed(State(state), deed)
    return found


def available(state: str, rules: Iterable[Rule] = ()) -> frozenset[Deed]:
    """The deeds that lead somewhere from `state` under the rules."""
    known = frozenset(rules)
    return frozenset(deed for (origin, deed), each in STEPS.items() if origin == state and each.holds(known))


def agreement(state: str, rules: Iterable[Rule] = ()) -> Deed:
    """What a reviewer's agreement is: the first of two endorses, the last one accepts."""
    return Deed.ENDORSE if Deed.ENDORSE in available(state, rules) else Deed.ACCEPT


def summary(states: Iterable[str]) -> State:
    """The state of a report whose lines have these: what has come back first, then whatever is least far."""
    present = {State(state) for state in states}
    return next((state for state in _SUMMARY if state in present), State.DRAFT)
