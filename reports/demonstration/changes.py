"""What changes on the way: targets, programmes and their release, asked for by ministries and decided by the head.

Each is asked for after the round that the file names, to hold from the quarter after it; what has no answer there waits.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

from kpis.selectors.targets import in_force
from kpis.services.revising import Terms
from ministries.models import Organisation, Role
from programs.models import Program
from programs.quarters import Quarter
from reports import services
from reports.demonstration.agenda import Agenda
from reports.demonstration.parameters import Words
from reports.demonstration.scene import Round, Scene
from reports.models import ProgramRevision, TargetProposal
from reports.program_contents import MilestoneWish, RevisionContent


class Changes:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def plan(self, round_: Round, agenda: Agenda) -> None:
        asking = {
            "targets": self._propose_target,
            "revisions": self._propose_revision,
            "releases": self._ask_release,
        }
        for kind, ask in asking.items():
            for chosen in self.scene.chosen[kind]:
                if self.scene.before(chosen["rounds_before"]) == round_.quarter:
                    asked_at = self.scene.meeting_after(round_)
                    agenda.add(asked_at, partial(ask, chosen, round_.quarter + 1, agenda))

    # --- targets ----------------------------------------------------------------------------------------
    def _propose_target(self, chosen: Words, holds_from: Quarter, agenda: Agenda) -> None:
        """So many times what is promised, rounded to whole units."""
        indicator = self.scene.plan.indicators.prefetch_related("targets").get(code=chosen["indicator"])
        organisation = Organisation.objects.get(code=chosen["of"])
        target = in_force(indicator.targets.all(), holds_from)
        assert target is not None and target.value is not None, f"{indicator.code} promises no value"
        value = Decimal(round(target.value * Decimal(str(chosen["times"]))))
        proposal = services.propose_target(
            indicator=indicator,
            organisation=organisation,
            terms=replace(Terms.of(target), value=value, effective_from=holds_from),
            ground=chosen["ground"],
            actor=self.scene.cast.acting(Role.OFFICER, organisation),
        )
        if "approve" in chosen:
            agenda.after(timedelta(days=10), partial(self._decide_target, proposal, chosen))

    def _decide_target(self, proposal: TargetProposal, chosen: Words) -> None:
        services.decide_target(
            proposal=proposal,
            approve=chosen["approve"],
            words=chosen["words"],
            actor=self.scene.cast.head,
        )

    # --- programmes -------------------------------------------------------------------------------------
    def _propose_revision(self, chosen: Words, holds_from: Quarter, agenda: Agenda) -> None:
        program = self.scene.plan.programs.get(code=chosen["program"])
        wish = self._later(program, chosen) if "milestone" in chosen else _added(chosen, holds_from)
        revision = services.propose_revision(
            program=program,
            content=RevisionContent(chosen["ground"], chosen["explanation"], holds_from, None, (wish,)),
            actor=self.scene.cast.acting(Role.OFFICER, program.organisation),
        )
        if "approve" in chosen:
            agenda.after(timedelta(days=10), partial(self._decide_revision, revision, chosen))

    def _later(self, program: Program, chosen: Words) -> MilestoneWish:
        """A milestone that is in force, so many days later."""
        milestone = program.milestones.get(code=chosen["milestone"])
        due_on = milestone.due_on + timedelta(days=chosen["later"])
        return MilestoneWish("m1", milestone.code, milestone.name_zh, milestone.name_en, due_on)

    def _decide_revision(self, revision: ProgramRevision, chosen: Words) -> None:
        services.decide_revision(
            revision=revision,
            approve=chosen["approve"],
            words=chosen["words"],
            actor=self.scene.cast.head,
        )

    def _ask_release(self, chosen: Words, _holds_from: Quarter, _agenda: Agenda) -> None:
        program = self.scene.plan.programs.get(code=chosen["program"])
        services.ask_release(
            program=program,
            ground=chosen["ground"],
            explanation=chosen["explanation"],
            actor=self.scene.cast.acting(Role.OFFICER, program.organisation),
        )


def _added(chosen: Words, holds_from: Quarter) -> MilestoneWish:
    """A new milestone, due shortly before the quarter from which the revision is to hold ends."""
    name = chosen["adds"]
    return MilestoneWish("m1", None, name["zh"], name["en"], holds_from.last_day - timedelta(days=10))
