"""The forms with which the administrator changes a programme, filled with what holds now; for nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ministries.models import Organisation, User
from ministries.permissions import Act, may
from programs.models import Program
from programs.quarters import Quarter
from reports import governing_forms as forms
from reports import selectors
from reports.round_forms import RefusableForm
from reports.services.governing import first_quarter_to_govern, marks_of


def forms_of(actor: User, program: Program) -> dict[str, RefusableForm]:
    """The four forms by name; none for a released programme, nor where no quarter is left."""
    if not may(actor, Act.GOVERN_PLAN) or program.released_from or not quarters_of(program):
        return {}
    offered: dict[str, RefusableForm] = {
        "standing": standing_form(program),
        "marks": marks_form(program),
        "part": part_form(program),
    }
    ending = end_part_form(program)
    return offered | ({"end": ending} if ending.parts else {})


def quarters_of(program: Program) -> list[Quarter]:
    first = first_quarter_to_govern(program.plan, program)
    return list(Quarter.between(first, program.plan.last_quarter))


def changeable_quarters_of(program: Program) -> list[Quarter]:
    first = first_quarter_to_govern(program.plan)
    return list(Quarter.between(max(first, program.joined_from or first), program.plan.last_quarter))


def standing_form(program: Program, data: Any = None) -> forms.StandingForm:
    quarters = quarters_of(program)
    now = program.standing_in(quarters[0] if quarters else program.plan.last_quarter)
    return forms.StandingForm.of(
        now, data, prefix="standing", quarters=quarters, organisations=_with(now.organisation)
    )


def _with(organisation: Organisation) -> Sequence[Organisation]:
    """All that may carry a programme, and the one that does."""
    known = selectors.bodies()
    return known if organisation in known else [organisation, *known]


def marks_form(program: Program, data: Any = None) -> forms.MarksForm:
    quarters = changeable_quarters_of(program)
    first = quarters[0] if quarters else program.plan.last_quarter
    columns = forms.MarksOfColumns(
        data,
        selectors.columns_of(program.plan),
        prefix="marks",
        held=marks_of(program, first),
        parts=[each for each in program.parts.all() if each.holds_in(first)],
    )
    return forms.MarksForm(data, marks=columns, quarters=quarters)


def part_form(program: Program, data: Any = None) -> forms.AddPartForm:
    return forms.AddPartForm(data, prefix="part", quarters=changeable_quarters_of(program))


def end_part_form(program: Program, data: Any = None) -> forms.EndPartForm:
    parts = [each for each in program.parts.all() if each.dropped_from is None]
    return forms.EndPartForm(data, prefix="end", parts=parts, quarters=changeable_quarters_of(program))
