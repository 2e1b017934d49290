"""What hangs beside lines: evidence that the ministry attaches while it writes, and talk of the line afterwards.

Which lines have some is drawn for each line alone: many in the running round, a few before.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from functools import partial

from django.core.files.base import ContentFile

from ministries.models import Role, User
from reports import services
from reports.demonstration import files
from reports.demonstration.agenda import Agenda, at
from reports.demonstration.parameters import Words, happens
from reports.demonstration.scene import Round, Scene
from reports.models import Line


def hang_evidence(scene: Scene, round_: Round, lines: Iterable[Line]) -> None:
    """A file or an address on some of the lines, by whoever fills them in today."""
    for line, own in _drawn(scene, "evidence", round_, lines):
        piece = own.choice(scene.chosen["evidence"]["pieces"])
        officer = scene.cast.acting(Role.OFFICER, line.report.organisation)
        if "url" in piece:
            services.attach_link(line=line, url=piece["url"], title=piece["title"], actor=officer)
        else:
            content = ContentFile(_content(piece, round_, line), name=piece["file"])
            services.attach_file(line=line, file=content, title=piece["title"], actor=officer)


def _content(piece: Words, round_: Round, line: Line) -> bytes:
    """By the file's ending. The line's place makes it another file than its neighbour's."""
    name = line.report.organisation.name_on(round_.quarter.last_day).name_zh
    about = f"{name}　{round_.quarter.label_zh}　第 {line.order} 項"
    match piece["file"].rpartition(".")[2]:
        case "pdf":
            return files.pdf([about, *piece["lines"]])
        case "csv":
            return files.table([[about], *piece["rows"]])
        case _:
            return files.picture([*piece["bars"], 40 + line.order % 60])


def plan_talks(scene: Scene, round_: Round, lines: Iterable[Line], agenda: Agenda, *, days: int) -> None:
    """Handed in so many days after the due date: on the next day a reviewer asks, a day later the officer answers."""
    for line, own in _drawn(scene, "comments", round_, lines):
        talk = own.choice(scene.chosen["comments"]["talks"])
        agenda.add(at(round_.of.due_on, days + 1), partial(_ask, scene, line.pk, talk["asked"]))
        agenda.add(at(round_.of.due_on, days + 2), partial(_answer, scene, line.pk, talk["answered"]))


def _ask(scene: Scene, line: int, words: str) -> None:
    found = _line(line)
    officer = scene.cast.person(Role.OFFICER, found.report.organisation)
    _say(found, scene.cast.reviewer, officer, words)


def _answer(scene: Scene, line: int, words: str) -> None:
    found = _line(line)
    _say(found, scene.cast.acting(Role.OFFICER, found.report.organisation), scene.cast.reviewer, words)


def _say(line: Line, speaker: User, to: User, words: str) -> None:
    services.add_comment(line=line, words=f"@{to.name} {words}", actor=speaker)


def _line(pk: int) -> Line:
    return Line.objects.select_related(
        "report__reporting_quarter", "report__organisation", "indicator", "program", "milestone", "sub_item"
    ).get(pk=pk)


def _drawn(
    scene: Scene, what: str, round_: Round, lines: Iterable[Line]
) -> Sequence[tuple[Line, random.Random]]:
    percent = scene.chosen[what]["running" if round_.is_running else "earlier"]
    drawn = []
    for line in lines:
        own = scene.own_chance(what, round_.quarter, line.report.organisation.code, line.order)
        if happens(own, percent):
            drawn.append((line, own))
    return drawn
