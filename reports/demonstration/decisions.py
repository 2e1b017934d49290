"""Decisions of meetings: made after a quarter is published, reported on by their owners in every round, closed when done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from ministries import clock
from ministries.models import Organisation, Role
from programs.quarters import Quarter
from reports import services
from reports.decided import DecisionContent, ProgressContent
from reports.demonstration.agenda import Agenda
from reports.demonstration.parameters import Words
from reports.demonstration.scene import Round, Scene
from reports.models import Decision, Outlook, Report


@dataclass
class _Tracked:
    """A decision, what the file says of it, and the reports in which its owner has spoken of it."""

    decision: Decision
    chosen: Words
    reports: list[int] = field(default_factory=list)

    def said(self) -> Words:
        """What was said last; what is said first where nothing was; after the last words those again."""
        told = self.chosen["progress"]
        words: Words = told[min(max(len(self.reports) - 1, 0), len(told) - 1)]
        return words

    def progress(self) -> ProgressContent:
        outlook = Outlook(self.said()["outlook"])
        expected_on = clock.today() + timedelta(days=self.said().get("within", 90))
        goes_on = outlook != Outlook.PROPOSES_CLOSING
        return ProgressContent(self.said()["words"], outlook, expected_on if goes_on else None)

    @property
    def proposes_closing(self) -> bool:
        return bool(self.reports) and self.said()["outlook"] == Outlook.PROPOSES_CLOSING


@dataclass
class Meetings:
    scene: Scene
    _open: list[_Tracked] = field(default_factory=list)

    def plan(self, round_: Round, agenda: Agenda) -> None:
        """After the round: what is done is closed, and what this meeting decides is made."""
        agenda.add(self.scene.meeting_after(round_), partial(self._meet, round_.quarter))

    def report_on(self, report: Report) -> None:
        """The owner says in its report how far each decision is; called before it is handed in."""
        officer = self.scene.cast.acting(Role.OFFICER, report.organisation)
        for each in self._open:
            if report.pk not in each.reports and each.decision.is_asked_in(report):
                each.reports.append(report.pk)
                services.save_decision_progress(
                    decision=each.decision, report=report, content=each.progress(), revision=0, actor=officer
                )

    def _meet(self, quarter: Quarter) -> None:
        for each in [each for each in self._open if each.proposes_closing]:
            services.close_decision(
                decision=each.decision,
                reason=each.chosen["closing"],
                revision=each.decision.revision,
                actor=self.scene.cast.reviewer,
            )
            self._open.remove(each)
        for chosen in self.scene.chosen["decisions"]:
            if self.scene.before(chosen["rounds_before"]) == quarter:
                self._open.append(_Tracked(self._made(chosen), chosen))

    def _made(self, chosen: Words) -> Decision:
        scene = self.scene
        content = DecisionContent(
            text=chosen["text"],
            background=chosen.get("background", ""),
            organisation=Organisation.objects.get(code=chosen["of"]),
            co_owners=frozenset(Organisation.objects.filter(code__in=chosen.get("with", ()))),
            meeting=scene.chosen["meeting"],
            meeting_on=clock.today(),
            due_quarter=Quarter.containing(clock.today()) + chosen["lasts"],
            program=scene.plan.programs.filter(code=chosen.get("program", "")).first(),
            indicator=scene.plan.indicators.filter(code=chosen.get("indicator", "")).first(),
        )
        return services.make_decision(plan=scene.plan, content=content, actor=scene.cast.head)
