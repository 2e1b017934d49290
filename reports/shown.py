"""How a line reads where it is not typed: each field in words, last quarter's beside it, and what changed between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kpis.models import Indicator, MilestoneStage
from ministries.calendars import roc_date
from reports.contents import LineContent
from reports.forms import (
    FIELDS,
    LABELS,
    MONEY,
    PERCENT_SIGN,
    PROGRESS,
    PROSE,
    SEPARATOR,
    choices_of,
    in_chinese,
    kind_of,
    spelled,
    statements_of,
)
from reports.models import Line, LineStatement

Choices = Mapping[str, Mapping[str, Any]]
# What is said whether or not there is a figure, and what is said in words though it is no prose.
ALWAYS = ("statement", *PROSE, "coordination_with")
WORDS = (
    *("statement", "confidence", "stage_id", "edition", "reached_on"),
    *("delay_kind", "accountability", "catch_up_on", "improve_by", "coordination_with"),
)


@dataclass(frozen=True)
class Shown:
    """One field as words: now, before, and the difference where both are numbers."""

    label: str
    unit: str
    now: str
    before: str
    difference: Decimal | None
    is_prose: bool
    is_figure: bool

    @property
    def has_changed(self) -> bool:
        return self.now != self.before


def unit_of(indicator: Indicator | None) -> str:
    if indicator is None:
        return ""
    return indicator.unit_zh if in_chinese() else indicator.unit_en


def subject_name(line: Line) -> str:
    """What the line is about, by name."""
    for about in (line.indicator, line.part, line.program, line.milestone, line.sub_item):
        if about is not None:
            return about.name_zh if in_chinese() or not about.name_en else about.name_en
    raise ValueError("a line is about something")


def stage_choices(indicator: Indicator | None) -> list[tuple[str, str]]:
    """The indicator's milestones as choices; reads the prefetched stages."""
    if indicator is None or not indicator.has_stages:
        return []
    return [(str(stage.pk), _stage_name(stage)) for stage in indicator.stages.all()]


def _stage_name(stage: MilestoneStage) -> str:
    return stage.name_zh if in_chinese() else stage.name_en


def compared(line: Line, now: LineContent, before: LineContent | None) -> tuple[Shown, ...]:
    """The fields that say something now or said something before; figures only where the line reports some."""
    choices = _choices(line, now, before)
    unit = unit_of(line.indicator)
    rows = [_row(name, now, before, choices, unit) for name in FIELDS[kind_of(line)]]
    told = [row for row in rows if row.now or row.before]
    # That something was reported goes without saying; that nothing was does not.
    if {now.statement, before.statement if before else now.statement} != {LineStatement.VALUE}:
        told.insert(0, _row("statement", now, before, choices, unit))
    return tuple(told)


def _choices(line: Line, *contents: LineContent | None) -> Choices:
    """Each field that is chosen from a list → what its values are called on this line.

    Whom a line may ask for coordination is read only where one of these contents asks somebody.
    """
    names_others = any(content.coordination_with for content in contents if content)
    return {
        **{name: dict(each) for name, each in choices_of(line, names_others=names_others).items()},
        "statement": {**dict(LineStatement.choices), **dict(statements_of(line))},
        "stage_id": dict(stage_choices(line.indicator)),
    }


def _row(name: str, now: LineContent, before: LineContent | None, choices: Choices, unit: str) -> Shown:
    new, old = _told(name, now), _told(name, before)
    numbers = isinstance(new, Decimal | int) and isinstance(old, Decimal | int)
    if name in PROGRESS:
        unit = PERCENT_SIGN
    elif name != "value":
        unit = ""
    return Shown(
        label=str(LABELS[name]),
        unit=unit,
        now=_words(name, new, choices),
        before=_words(name, old, choices),
        difference=Decimal(new) - Decimal(old) if numbers and name != "stage_id" else None,
        is_prose=name in PROSE,
        is_figure=name not in PROSE and name not in WORDS,
    )


def _told(name: str, content: LineContent | None) -> Any:
    """What the content says in the field; figures of a line that reports none are drafts left behind."""
    if content is None:
        return None
    if name not in ALWAYS and content.statement not in (LineStatement.VALUE, ""):
        return Decimal(0) if name == "value" and content.statement == LineStatement.ZERO else None
    return getattr(content, name)


def _words(name: str, content: Any, choices: Choices) -> str:
    if content in (None, "", ()):
        return ""
    if isinstance(content, tuple):
        return SEPARATOR.join(str(choices[name].get(each, each)) for each in content)
    if isinstance(content, date):
        return in_both_calendars(content)
    return str(choices[name].get(str(content), "")) if name in choices else spelled(content)


def in_both_calendars(day: date) -> str:
    return f"{roc_date(day)}（{day.isoformat()}）" if in_chinese() else f"{day.day} {day:%B} {day.year}"


def in_figures(line: Line, now: LineContent, before: LineContent | None) -> tuple[Shown, ...]:
    """What the line states in numbers or by a day, with what it stated before; reads nothing of other organisations."""
    names = (name for name in FIELDS[kind_of(line)] if name not in PROSE and name not in WORDS)
    wanted = ("reached_on",) if line.milestone_id else tuple(names)
    rows = (_row(name, now, before, {}, unit_of(line.indicator)) for name in wanted)
    return tuple(row for row in rows if row.now)


def brief(line: Line, content: LineContent | None) -> tuple[Shown, ...]:
    """Last quarter's statement in a few words: what stands beside the fields of this one."""
    if content is None:
        return ()
    wanted = ("statement", *(name for name in FIELDS[kind_of(line)] if name not in MONEY))
    choices, unit = _choices(line, content), unit_of(line.indicator)
    rows = (_row(name, content, None, choices, unit) for name in wanted)
    return tuple(row for row in rows if row.now)


def brief_money(line: Line, content: LineContent | None) -> tuple[Shown, ...]:
    """Last quarter's money, where the line has any."""
    if content is None or not line.program_id:
        return ()
    rows = (_row(name, content, None, {}, "") for name in MONEY)
    return tuple(row for row in rows if row.now)
