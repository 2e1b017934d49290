"""What demonstration data says of delays, judgements, needs and the checks' warnings, so that its own checks let it pass.

Every choice comes from a chance of the line's own: what is drawn here changes nothing that is drawn elsewhere.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from kpis.models import Severity
from programs.models import Accountability, Confidence, DelayKind
from programs.quarters import Quarter
from reports import checks
from reports.check_rules import CheckContext, Standard
from reports.contents import LineContent, LineEntry
from reports.demonstration.parameters import Words, happens
from reports.models import Line
from reports.schedule import is_behind, shortfall

_KINDS = (DelayKind.PROCUREMENT, DelayKind.STAFF, DelayKind.TECHNOLOGY, DelayKind.COORDINATION)
_JUDGED_AS_LIT = (Confidence.ON_TRACK, Confidence.AT_RISK, Confidence.OFF_TRACK)


def of_program(said: LineContent, chosen: Words, quarter: Quarter, own: random.Random) -> LineContent:
    """Progress of the year in step with that of the term, the ministry's judgement, and what there is to say of a delay."""
    planned, actual = said.planned_progress or Decimal(0), said.actual_progress or Decimal(0)
    of_year = Decimal(25 * quarter.number)
    year_actual = min(max(of_year - (planned - actual), Decimal(0)), Decimal(100))
    said = _judged(
        replace(said, year_planned_progress=of_year, year_actual_progress=year_actual), chosen, own
    )
    if not is_behind(said):
        return replace(said, delay_reason="", remedy="")
    catch_up_on = quarter.last_day + timedelta(days=own.randint(75, 200))
    return replace(
        _in_need(said, chosen, own),
        delay_kind=own.choice(_KINDS),
        accountability=own.choice(list(Accountability)),
        catch_up_on=catch_up_on,
        improve_by=catch_up_on - timedelta(days=20),
        delay_reason=said.delay_reason or own.choice(chosen["delay_reasons"]),
        remedy=said.remedy or own.choice(chosen["remedies"]),
    )


def _judged(said: LineContent, chosen: Words, own: random.Random) -> LineContent:
    """Half of the programmes judge themselves: most as their light does, some otherwise and say why."""
    if not happens(own, chosen["judged"]):
        return said
    standard, short = Standard.of_settings(), shortfall(said) or Decimal(0)
    lit = (short > standard.yellow) + (short > standard.red)
    if not happens(own, chosen["judged_otherwise"]):
        return replace(said, confidence=_JUDGED_AS_LIT[lit])
    otherwise = _JUDGED_AS_LIT[1 if lit != 1 else 0]
    return replace(said, confidence=otherwise, confidence_note=own.choice(chosen["confidence_notes"]))


def _in_need(said: LineContent, chosen: Words, own: random.Random) -> LineContent:
    if not happens(own, chosen["in_need"]):
        return said
    need = own.choice(chosen["needs"])
    return replace(said, coordination=need["text"], coordination_with=(need["of"],))


def answered(
    entries: Sequence[LineEntry],
    lines: Sequence[Line],
    contexts: Mapping[int, CheckContext],
    note: str,
    today: date,
) -> list[LineEntry]:
    """The entries with needs of others only, and with a note on every line of which a check warns on the day."""
    return [
        _answered(entry, line, replace(contexts[line.pk], today=today), note)
        for entry, line in zip(entries, lines, strict=True)
    ]


def _answered(entry: LineEntry, line: Line, context: CheckContext, note: str) -> LineEntry:
    content = entry.content
    if line.report.organisation.code in content.coordination_with:
        content = replace(content, coordination="", coordination_with=())
    found = checks.findings(content, line, context)
    if any(each.severity == Severity.WARNING for each in found):
        content = replace(content, note=note)
    return replace(entry, content=content)
