"""After publication somebody finds a mistake: the line is opened, corrected, signed, handed in and accepted anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from reports import services
from reports.contents import LineContent, LineEntry
from reports.demonstration.agenda import Agenda, at
from reports.demonstration.parameters import Words
from reports.demonstration.scene import Round, Scene
from reports.models import Line, LineStatement
from reports.workflow import State

Save = Callable[[Line, LineEntry], None]


class Corrections:
    """`write` saves the entry of a line and hands its report in, as whoever does that in the play."""

    def __init__(self, scene: Scene, write: Save) -> None:
        self.scene = scene
        self.write = write

    def plan(self, round_: Round, agenda: Agenda) -> None:
        for number, chosen in enumerate(self.scene.chosen["corrections"], 1):
            if self.scene.before(chosen["rounds_before"]) == round_.quarter:
                agenda.add(at(round_.of.closes_on, 7 + number), partial(self._open, round_, chosen, agenda))

    def _open(self, round_: Round, chosen: Words, agenda: Agenda) -> None:
        line = self._line(round_, chosen["field"])
        services.open_correction(
            report=line.report, lines=[line.pk], reason=chosen["reason"], actor=self.scene.cast.reviewer
        )
        if "times" in chosen:
            agenda.after(timedelta(days=4), partial(self._correct, line.pk, chosen))
            agenda.after(timedelta(days=7), partial(self._accept, line.pk))

    def _line(self, round_: Round, field: str) -> Line:
        """Some accepted line that states this figure."""
        stating = Line.objects.filter(report__reporting_quarter=round_.of, state=State.ACCEPTED)
        lines = stating.filter(statement=LineStatement.VALUE, **{f"{field}__gt": 0}).order_by(
            "report", "order"
        )
        own = self.scene.own_chance("correction", round_.quarter, field)
        return own.choice(list(lines.select_related("report")))

    def _correct(self, pk: int, chosen: Words) -> None:
        line = Line.objects.select_related("report__organisation").get(pk=pk)
        before = LineContent.of(line)
        figure = Decimal(round(getattr(before, chosen["field"]) * Decimal(str(chosen["times"]))))
        changed: dict[str, Any] = {chosen["field"]: figure, "note": before.note or self.scene.chosen["note"]}
        content = replace(before, **changed)
        self.write(line, LineEntry(line.pk, line.revision, content))

    def _accept(self, pk: int) -> None:
        services.accept_lines(
            lines=[Line.objects.select_related("report").get(pk=pk)], actor=self.scene.cast.reviewer
        )
