"""The states of a report and the acts that lead from one to the next stand in one table; nothing else moves a report.

It knows no database and no users: who may act is said by `ministries.permissions`, moments by the services.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class Deed(StrEnum):
    """What may be done to a report as a whole.

    Reopening leaves what was accepted in force until the correction is accepted; withdrawing takes it out at once.
    """

    SUBMIT = "submit"
    ACCEPT = "accept"
    RETURN = "return"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Step:
    """Where a deed leads, and whether it must say why."""

    to: State
    needs_comment: bool = False


STEPS: dict[tuple[State, Deed], Step] = {
    (State.DRAFT, Deed.SUBMIT): Step(State.SUBMITTED),
    (State.RETURNED, Deed.SUBMIT): Step(State.SUBMITTED),
    (State.SUBMITTED, Deed.ACCEPT): Step(State.ACCEPTED),
    (State.SUBMITTED, Deed.RETURN): Step(State.RETURNED, needs_comment=True),
    (State.ACCEPTED, Deed.REOPEN): Step(State.RETURNED, needs_comment=True),
    (State.ACCEPTED, Deed.WITHDRAW): Step(State.RETURNED, needs_comment=True),
}

EDITABLE: frozenset[State] = frozenset({State.DRAFT, State.RETURNED})


class IllegalDeed(Exception):
    """The deed leads nowhere from this state."""

    def __init__(self, state: State, deed: Deed) -> None:
        super().__init__(f"{deed} from {state}")
        self.state = state
        self.deed = deed


def step(state: str, deed: Deed) -> Step:
    """The step that `deed` is from `state`; IllegalDeed where the table has none."""
    found = STEPS.get((State(state), deed))
    if found is None:
        raise IllegalDeed(State(state), deed)
    return found


def available(state: str) -> frozenset[Deed]:
    """The deeds that lead somewhere from `state`."""
    return frozenset(deed for origin, deed in STEPS if origin == state)
