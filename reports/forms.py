"""A page of lines as text and back: what was typed is kept word for word until it is saved or replaced by its author.

It says which fields each kind of line has and turns their text into a LineContent; whether the content is
allowed is said by `reports.checks`, whether it may be saved by `reports.services`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kpis.models import Aggregation, Confidence
from ministries.calendars import roc_date_short
from programs.models import MilestoneObservation
from reports import typed
from reports.checks import REQUIRED_BY_KIND, Finding, Severity, impossible
from reports.contents import LineContent, LineEntry
from reports.models import Line, LineStatement

# An indicator's aggregation may be called "milestone" too.
PROGRAM, PROGRAM_MILESTONE, SUB_ITEM = "program", "program_milestone", "sub_item"
PROGRESS = ("planned_progress", "actual_progress")
MONEY = ("appropriation", "allocated", "spent", "payable", "surplus")
_COUNTED = ("value", "confidence", "narrative")
FIELDS: dict[str, tuple[str, ...]] = {
    Aggregation.FLOW: _COUNTED,
    Aggregation.STOCK: _COUNTED,
    Aggregation.MAXIMUM: _COUNTED,
    Aggregation.RATIO: ("numerator", "denominator", "confidence", "narrative"),
    Aggregation.RANK: ("rank", "edition", "confidence", "narrative"),
    Aggregation.MILESTONE: ("stage_id", "confidence", "narrative"),
    Aggregation.QUALITATIVE: ("confidence", "narrative"),
    PROGRAM: (*PROGRESS, *MONEY, "narrative", "delay_reason", "remedy"),
    PROGRAM_MILESTONE: ("reached_on", "narrative"),
    SUB_ITEM: ("narrative",),
}
REQUIRED: dict[str, tuple[str, ...]] = {
    **REQUIRED_BY_KIND,
    PROGRAM: PROGRESS,
    PROGRAM_MILESTONE: ("reached_on",),
    SUB_ITEM: ("narrative",),
}
_WITH_ZERO = {Aggregation.FLOW, Aggregation.STOCK, Aggregation.MAXIMUM, Aggregation.MILESTONE}
# What a fact of the milestone will say, in its words.
_STATEMENTS_OF_MILESTONE = (
    (LineStatement.VALUE, MilestoneObservation.Statement.REACHED),
    (LineStatement.NOT_REACHED, MilestoneObservation.Statement.NOT_REACHED),
    (LineStatement.NOT_APPLICABLE, MilestoneObservation.Statement.NOT_APPLICABLE),
)

LABELS: dict[str, Promise] = {
    "statement": gettext_lazy("填報方式"),
    "value": gettext_lazy("本季數值"),
    "numerator": gettext_lazy("分子"),
    "denominator": gettext_lazy("分母"),
    "rank": gettext_lazy("名次"),
    "edition": gettext_lazy("評比版次"),
    "stage_id": gettext_lazy("已達成階段"),
    "confidence": gettext_lazy("機關研判"),
    "planned_progress": gettext_lazy("預定進度"),
    "actual_progress": gettext_lazy("實際進度"),
    "appropriation": gettext_lazy("預算數"),
    "allocated": gettext_lazy("累計分配數"),
    "spent": gettext_lazy("實支數"),
    "payable": gettext_lazy("應付未付數"),
    "surplus": gettext_lazy("賸餘數"),
    "reached_on": gettext_lazy("完成日期"),
    "narrative": gettext_lazy("辦理情形"),
    "delay_reason": gettext_lazy("落後原因"),
    "remedy": gettext_lazy("因應對策"),
}
PERCENT_SIGN = "%"
DOLLARS = gettext_lazy("元")
EXAMPLE_OF_DAY = gettext_lazy("如 113/01/05 或 2024-01-05")


def kind_of(line: Line) -> str:
    """What a line is about, which decides its fields: an aggregation, a programme, its milestone, or a sub-item."""
    if line.indicator:
        return str(line.indicator.aggregation)
    if line.milestone_id:
        return PROGRAM_MILESTONE
    return PROGRAM if line.program_id else SUB_ITEM


def statements_of(line: Line) -> list[tuple[str, str]]:
    """The choices that make sense for the line; zero only where there is something to count."""
    if line.milestone_id:
        return [(choice.value, str(fact.label)) for choice, fact in _STATEMENTS_OF_MILESTONE]
    without = {LineStatement.NOT_REACHED}
    if kind_of(line) not in _WITH_ZERO:
        without.add(LineStatement.ZERO)
    return [(choice.value, str(choice.label)) for choice in LineStatement if choice not in without]


def in_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


# --- content to text ----------------------------------------------------------------------------------------
def texts_of(line: Line) -> dict[str, str]:
    """The line's content as it stands in its inputs."""
    return {name: spelled(getattr(line, name)) for name in ("statement", *FIELDS[kind_of(line)])}


def spelled(content: Any) -> str:
    """A value as a person would type it: `1,234.5`, never `1234.5000` or `1E+3`; a day as `113/01/05`, in English `2024-01-05`."""
    if content is None:
        return ""
    if isinstance(content, Decimal):
        text = f"{content:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(content, date):
        return roc_date_short(content) if in_chinese() else content.isoformat()
    return str(content)


def fingerprint(texts: Mapping[str, str]) -> str:
    """A short digest of a line's texts; the page carries it so that an untouched line is never saved again."""
    joined = "\x1f".join(f"{name}={texts[name]}" for name in sorted(texts))
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


# --- text to content ----------------------------------------------------------------------------------------
_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("value", "numerator", "denominator", *MONEY), typed.decimal),
    **dict.fromkeys(PROGRESS, typed.percent),
    "rank": typed.integer,
    "stage_id": typed.integer,
    "reached_on": typed.day,
    "edition": lambda text: typed.words(text, 60),
    **dict.fromkeys(("narrative", "delay_reason", "remedy"), typed.words),
}


@dataclass(frozen=True)
class TypedLine:
    """One line as it came from the page. `content` is what was understood of it, complete only without `errors`."""

    line: Line
    texts: dict[str, str]
    revision: int
    content: LineContent
    errors: dict[str, str] = field(default_factory=dict)
    is_touched: bool = True

    @property
    def entry(self) -> LineEntry:
        return LineEntry(self.line.pk, self.revision, self.content)


def html_name(line_id: int, name: str) -> str:
    return f"line-{line_id}-{name}"


def read_page(lines: Iterable[Line], data: Mapping[str, str]) -> dict[int, TypedLine]:
    """The posted lines by primary key; a line of which nothing was posted is left out.

    A revision that somebody chose to replace ("mine" against the one shown beside it) takes that one's number;
    where the other version was chosen, the line is left out as well.
    """
    page = {}
    for line in lines:
        if html_name(line.pk, "revision") in data and data.get(html_name(line.pk, "resolve")) != "theirs":
            page[line.pk] = _read_line(line, data)
    return page


def is_page(data: Mapping[str, str]) -> bool:
    """Whether what was posted is a report's page at all; every line of one carries its revision."""
    return any(name.startswith("line-") and name.endswith("-revision") for name in data)


def _read_line(line: Line, data: Mapping[str, str]) -> TypedLine:
    texts = {
        name: data.get(html_name(line.pk, name), "").replace("\r\n", "\n")
        for name in ("statement", *FIELDS[kind_of(line)])
    }
    mine = data.get(html_name(line.pk, "resolve")) == "mine"
    revision = data.get(html_name(line.pk, "theirs" if mine else "revision"), "")
    content, errors = _understood(line, texts)
    if errors:
        # Nothing of the line will be saved, so everything that is wrong with it is said at once.
        errors = {**{finding.field: finding.message for finding in impossible(content, line)}, **errors}
    return TypedLine(
        line=line,
        texts=texts,
        revision=int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 10 else -1,
        content=content,
        errors=errors,
        is_touched=mine or fingerprint(texts) != data.get(html_name(line.pk, "seen")),
    )


def _understood(line: Line, texts: Mapping[str, str]) -> tuple[LineContent, dict[str, str]]:
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in FIELDS[kind_of(line)]:
        if name == "confidence":
            continue
        try:
            values[name] = _READERS[name](texts[name])
        except typed.NotUnderstood as why:
            errors[name] = str(why)
    for name, choices in (("statement", dict(statements_of(line))), ("confidence", dict(Confidence.choices))):
        chosen = texts.get(name, "")
        if chosen and chosen not in choices:
            errors[name] = _("請從選項中擇一。")
        else:
            values[name] = chosen
    content = LineContent(**values)
    return _with_statement(content, kind_of(line)), errors


def _with_statement(content: LineContent, kind: str) -> LineContent:
    """Whoever typed the figure that the line is about has said that they report it."""
    if content.statement or not any(getattr(content, name) not in (None, "") for name in REQUIRED[kind]):
        return content
    return replace(content, statement=LineStatement.VALUE)


# --- what a template draws ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Input:
    """One field of one line: what stands in it and what is to be said of it."""

    name: str
    html_name: str
    label: str
    text: str
    shape: str
    unit: str = ""
    example: str = ""
    error: str = ""
    remarks: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class LineForm:
    """One line's inputs in groups, with its revision and fingerprint."""

    line: Line
    revision: int
    seen: str
    statement: Input
    figures: tuple[Input, ...]
    money: tuple[Input, ...]
    prose: tuple[Input, ...]
    error: str = ""

    @property
    def has_errors(self) -> bool:
        return bool(self.error) or any(each.error for each in self.inputs)

    @property
    def inputs(self) -> tuple[Input, ...]:
        return (self.statement, *self.figures, *self.money, *self.prose)


_SHAPES = {
    **dict.fromkeys(("value", "numerator", "denominator"), "decimal"),
    **dict.fromkeys(MONEY, "money"),
    **dict.fromkeys(PROGRESS, "percent"),
    "rank": "integer",
    "edition": "short",
    "reached_on": "day",
    "statement": "radio",
    **dict.fromkeys(("stage_id", "confidence"), "choice"),
    **dict.fromkeys(("narrative", "delay_reason", "remedy"), "long"),
}


def line_form(
    line: Line,
    *,
    stages: Iterable[tuple[str, str]] = (),
    unit: str = "",
    typed_line: TypedLine | None = None,
    errors: Mapping[str, str] | None = None,
    remarks: Iterable[Finding] = (),
) -> LineForm:
    """The line's inputs with its saved content, or with what was typed, and the errors and remarks at their fields."""
    texts = typed_line.texts if typed_line else texts_of(line)
    errors = errors or {}
    noted = [finding for finding in remarks if finding.severity != Severity.ERROR]
    choices = {
        "statement": tuple(statements_of(line)),
        "confidence": tuple((value, str(label)) for value, label in Confidence.choices),
        "stage_id": tuple(stages),
    }

    def made(name: str) -> Input:
        return Input(
            name=name,
            html_name=html_name(line.pk, name),
            label=str(LABELS[name]),
            text=texts[name],
            shape=_SHAPES[name],
            unit=_unit_of(name, unit),
            example=str(EXAMPLE_OF_DAY) if _SHAPES[name] == "day" else "",
            error=errors.get(name, ""),
            remarks=tuple(finding.message for finding in noted if finding.field == name),
            choices=choices.get(name, ()),
        )

    names = FIELDS[kind_of(line)]
    return LineForm(
        line=line,
        revision=typed_line.revision if typed_line else line.revision,
        seen="" if typed_line else fingerprint(texts),
        statement=made("statement"),
        figures=tuple(made(name) for name in names if _SHAPES[name] not in ("money", "long")),
        money=tuple(made(name) for name in names if _SHAPES[name] == "money"),
        prose=tuple(made(name) for name in names if _SHAPES[name] == "long"),
        error=errors.get("", ""),
    )


def _unit_of(name: str, unit: str) -> str:
    if name in MONEY:
        return str(DOLLARS)
    if name in PROGRESS:
        return PERCENT_SIGN
    return unit if name == "value" else ""
