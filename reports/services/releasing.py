"""A programme is released (解除列管) when its ministry asks and the secretariat's head agrees.

From the first quarter that is not yet opened it is asked for no more; what was reported of it stays.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused
from programs.models import PlanChange, Program, ReleaseGround
from programs.quarters import Quarter
from reports.models import ProgramRelease, RequestState
from reports.services.program_requests import (
    answer,
    locked_open,
    locked_program,
    named_in_both,
    note_proposed,
    require_another,
    require_none_open,
    require_wanted,
    responsible_for,
    understood,
)


@transaction.atomic
def ask_release(*, program: Program, ground: str, explanation: str, actor: User) -> ProgramRelease:
    """Asks the secretariat's head to keep track of the programme no longer."""
    organisation = responsible_for(program)
    require(actor, Act.PROPOSE_CHANGE, organisation)
    program = locked_program(program)
    require_wanted(program)
    require_none_open(program.programreleases.filter(state=RequestState.PROPOSED).first())
    said = understood("explanation", explanation, needed=False)
    errors = {} if said else {"explanation": _("此欄必填。")}
    if ground not in ReleaseGround.values:
        errors["ground"] = _("請從選項中擇一。")
    if errors:
        raise Refused(_("請更正下列各項，申請尚未送出。"), errors)
    release = ProgramRelease.objects.create(
        program=program,
        organisation=organisation,
        ground=ground,
        explanation=said,
        proposed_at=clock.now(),
        proposed_by=actor,
        proposed_for=principal_of(actor, Act.PROPOSE_CHANGE, organisation),
    )
    note_proposed(
        release, actor, named_in_both("解除列管", "Release of a programme", program), {"ground": ground}
    )
    return release


@transaction.atomic
def answer_release(*, release: ProgramRelease, approve: bool, words: str, actor: User) -> ProgramRelease:
    """Releases the programme from the first quarter that is not yet opened, or refuses with words."""
    require(actor, Act.DECIDE_CHANGE)
    release = locked_open(release)
    require_another(release, actor)
    words = understood("words", words, needed=not approve)
    change = _released(release, actor) if approve else None
    told = named_in_both("解除列管", "Release of a programme", release.program)
    answer(release, actor=actor, words=words, change=change, told=told)
    return release


def _released(release: ProgramRelease, actor: User) -> PlanChange:
    program = release.program
    program.released_from = first_unasked_quarter(program)
    program.save(update_fields=["released_from"])
    return PlanChange.objects.create(
        plan=program.plan,
        program=program,
        kind=PlanChange.Kind.RELEASED,
        effective_from=program.released_from,
        ground=release.ground,
        words=release.explanation,
        made_at=clock.now(),
        made_by=actor,
        on_behalf_of=principal_of(actor, Act.DECIDE_CHANGE),
    )


def first_unasked_quarter(program: Program) -> Quarter:
    """The quarter after the last opened one; after that in which the programme joins."""
    opened = program.plan.reporting_quarters.filter(opened_at__isnull=False).order_by("-quarter").first()
    first = opened.quarter + 1 if opened else program.plan.first_quarter
    return max(first, program.joined_from + 1) if program.joined_from else first
