"""A page of lines as text and back: what was typed is kept word for word until it is saved or replaced by its author.

It says which fields each kind of line has and turns their text into a LineContent; whether the content is
allowed is said by `reports.checks`, whether it may be saved by `reports.services`.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kpis.models import Aggregation
from ministries.calendars import roc_date_short
from ministries.models import OrganisationName
from programs.models import Accountability, Confidence, DelayKind, MilestoneObservation
from reports import typed
from reports.checks import REQUIRED_BY_KIND, Finding, Severity, impossible
from reports.contents import LineContent, LineEntry
from reports.models import Line, LineStatement

# An indicator's aggregation may be called "milestone" too.
PROGRAM, PROGRAM_MILESTONE, SUB_ITEM = "program", "program_milestone", "sub_item"
OF_TERM, OF_YEAR = ("planned_progress", "actual_progress"), ("year_planned_progress", "year_actual_progress")
PROGRESS = (*OF_TERM, *OF_YEAR)
MONEY = ("appropriation", "allocated", "spent", "payable", "surplus")
JUDGED = ("confidence", "narrative", "confidence_note")
DELAY = ("delay_kind", "accountability", "catch_up_on", "improve_by")
REASONS = ("delay_reason", "remedy")
COORDINATION = ("coordination_with", "coordination")
# What may be said of anything: who else is needed, and the answer to what the checks remark.
_OF_ALL = (*COORDINATION, "note")
_COUNTED = ("value", *JUDGED, *_OF_ALL)
FIELDS: dict[str, tuple[str, ...]] = {
    Aggregation.FLOW: _COUNTED,
    Aggregation.STOCK: _COUNTED,
    Aggregation.MAXIMUM: _COUNTED,
    Aggregation.RATIO: ("numerator", "denominator", *JUDGED, *_OF_ALL),
    Aggregation.RANK: ("rank", "edition", *JUDGED, *_OF_ALL),
    Aggregation.MILESTONE: ("stage_id", *JUDGED, *_OF_ALL),
    Aggregation.QUALITATIVE: (*JUDGED, *_OF_ALL),
    PROGRAM: (*PROGRESS, *MONEY, *JUDGED, *DELAY, *REASONS, *_OF_ALL),
    PROGRAM_MILESTONE: ("reached_on", "narrative", *DELAY, *_OF_ALL),
    SUB_ITEM: ("narrative", *_OF_ALL),
}
REQUIRED: dict[str, tuple[str, ...]] = {
    **REQUIRED_BY_KIND,
    PROGRAM: OF_TERM,
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
    "confidence_note": gettext_lazy("研判說明"),
    "year_planned_progress": gettext_lazy("年度預定進度"),
    "year_actual_progress": gettext_lazy("年度實際進度"),
    "appropriation": gettext_lazy("預算數"),
    "allocated": gettext_lazy("累計分配數"),
    "spent": gettext_lazy("實支數"),
    "payable": gettext_lazy("應付未付數"),
    "surplus": gettext_lazy("賸餘數"),
    "reached_on": gettext_lazy("完成日期"),
    "narrative": gettext_lazy("辦理情形"),
    "delay_reason": gettext_lazy("落後原因"),
    "remedy": gettext_lazy("因應對策"),
    "delay_kind": gettext_lazy("落後類型"),
    "accountability": gettext_lazy("責任歸屬"),
    "catch_up_on": gettext_lazy("預定趕上日期"),
    "improve_by": gettext_lazy("改進完成期限"),
    "coordination": gettext_lazy("須協調事項"),
    "coordination_with": gettext_lazy("須協調機關"),
    "note": gettext_lazy("答覆檢核提示"),
}
PERCENT_SIGN = "%"
SEPARATOR = "、"
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


def choices_of(line: Line, *, names_others: bool = True) -> dict[str, tuple[tuple[str, str], ...]]:
    """Each field that is chosen from a list that every line of its kind shares → its values with their words.

    `names_others` says whether the organisations to choose from are read.
    """
    others = _organisations_beside(line) if names_others else {}
    return {
        "statement": tuple(statements_of(line)),
        **{name: tuple((value, str(label)) for value, label in each) for name, each in _CHOICES.items()},
        "coordination_with": tuple(
            (code, name.short_zh if in_chinese() else name.short_en) for code, name in others.items()
        ),
    }


_CHOICES = {
    "confidence": Confidence.choices,
    "delay_kind": DelayKind.choices,
    "accountability": Accountability.choices,
}


def _organisations_beside(line: Line) -> dict[str, OrganisationName]:
    return line.report.other_organisations if line.report_id else {}


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
    if isinstance(content, tuple | list):
        return SEPARATOR.join(content)
    if isinstance(content, date):
        return roc_date_short(content) if in_chinese() else content.isoformat()
    return str(content)


def fingerprint(texts: Mapping[str, str]) -> str:
    """A short digest of a line's texts; the page carries it so that an untouched line is never saved again."""
    joined = "\x1f".join(f"{name}={texts[name]}" for name in sorted(texts))
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


# --- text to content ----------------------------------------------------------------------------------------
PROSE = ("narrative", "confidence_note", *REASONS, "coordination", "note")
_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("value", "numerator", "denominator", *MONEY), typed.decimal),
    **dict.fromkeys(PROGRESS, typed.percent),
    "rank": typed.integer,
    "stage_id": typed.integer,
    **dict.fromkeys(("reached_on", "catch_up_on", "improve_by"), typed.day),
    "edition": lambda text: typed.words(text, 60),
    **dict.fromkeys(PROSE, typed.words),
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

    A revision that somebody chose to replace ("mine" against the one shown beside it) takes that one's number, and so
    does one that they merged with it field by field; where the other version was chosen, the line is left out as well.
    """
    page = {}
    for line in lines:
        if html_name(line.pk, "revision") in data and data.get(html_name(line.pk, "resolve")) != "theirs":
            page[line.pk] = _read_line(line, data)
    return page


_OF_LINE = re.compile(r"line-(\d{1,18})-(\w+)", re.ASCII)
_TYPED = ("decimal", "money", "percent", "integer", "short", "day", "long")


def strays(lines: Iterable[Line], data: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(label, text) of what was typed into lines that are none of these: they went to another report meanwhile."""
    known = {str(line.pk) for line in lines}
    posted = ((_OF_LINE.fullmatch(name), text.strip()) for name, text in data.items())
    return tuple(
        (str(LABELS[match[2]]), text)
        for match, text in posted
        if match and text and match[1] not in known and _SHAPES.get(match[2]) in _TYPED
    )


def is_page(data: Mapping[str, str]) -> bool:
    """Whether what was posted is a report's page at all; every line of one carries its revision."""
    return any(name.startswith("line-") and name.endswith("-revision") for name in data)


def _read_line(line: Line, data: Mapping[str, str]) -> TypedLine:
    texts = {
        name: _posted(data, html_name(line.pk, name)).replace("\r\n", "\n")
        for name in ("statement", *FIELDS[kind_of(line)])
    }
    resolved = data.get(html_name(line.pk, "resolve"))
    if resolved == "merged":
        stored = texts_of(line)
        taken = [name for name in texts if data.get(html_name(line.pk, f"take-{name}")) == "theirs"]
        texts |= {name: stored[name] for name in taken}
    mine = resolved in ("mine", "merged")
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


def read_line(line: Line, data: Mapping[str, str]) -> TypedLine | None:
    """The one posted line; None where nothing of it was posted, or the other version was chosen."""
    return read_page([line], data).get(line.pk)


def _posted(data: Mapping[str, str], name: str) -> str:
    """What came of one field; organisations are ticked one by one."""
    if name.endswith("-coordination_with") and isinstance(data, MultiValueDict):
        return SEPARATOR.join(data.getlist(name))
    return data.get(name, "")


def _understood(line: Line, texts: Mapping[str, str]) -> tuple[LineContent, dict[str, str]]:
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in ("statement", *FIELDS[kind_of(line)]):
        try:
            values[name] = _read(name, texts[name], line)
        except typed.NotUnderstood as why:
            errors[name] = str(why)
    content = LineContent(**values)
    return _with_statement(content, kind_of(line)), errors


def _read(name: str, text: str, line: Line) -> Any:
    if name == "coordination_with":
        return _organisations(text, line)
    if name in _READERS:
        return _READERS[name](text)
    choices = statements_of(line) if name == "statement" else _CHOICES[name]
    if text and text not in dict(choices):
        raise typed.NotUnderstood(_("請從選項中擇一。"))
    return text


def _organisations(text: str, line: Line) -> tuple[str, ...]:
    """Codes or names of today, separated by commas of any kind."""
    parts = typed.parts(text)
    if not parts:
        return ()
    known: dict[str, str] = {}
    for code, name in _organisations_beside(line).items():
        called = (code, name.name_zh, name.short_zh, name.name_en, name.short_en)
        known.update(dict.fromkeys((each.casefold() for each in called), code))
    unknown = [part for part in parts if part.casefold() not in known]
    if unknown:
        raise typed.NotUnderstood(
            _("「%(names)s」不是可協調的機關；請填其他機關的名稱或代碼。")
            % {"names": SEPARATOR.join(unknown)}
        )
    return tuple(known[part.casefold()] for part in parts)


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

    @property
    def chosen(self) -> list[str]:
        """The values of a field in which several may be chosen."""
        return typed.parts(self.text)


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
    delay: tuple[Input, ...] = ()
    coordination: tuple[Input, ...] = ()
    note: Input | None = None
    error: str = ""

    @property
    def has_errors(self) -> bool:
        return bool(self.error) or any(each.error for each in self.inputs)

    @property
    def inputs(self) -> tuple[Input, ...]:
        said = (*self.figures, *self.money, *self.prose, *self.delay, *self.coordination)
        return (self.statement, *said, *([self.note] if self.note else []))

    @property
    def shows_delay(self) -> bool:
        """The fields of a delay stand open where there is one to speak of."""
        return any(each.text or each.error or each.remarks for each in self.delay)

    @property
    def shows_note(self) -> bool:
        """An answer is asked for where something was remarked, and shown where it was given."""
        if self.note is None:
            return False
        remarked = any(each.remarks for each in self.inputs)
        return remarked or bool(self.note.text or self.note.error)

    @property
    def shows_coordination(self) -> bool:
        return any(each.text or each.error for each in self.coordination)


_SHAPES = {
    **dict.fromkeys(("value", "numerator", "denominator"), "decimal"),
    **dict.fromkeys(MONEY, "money"),
    **dict.fromkeys(PROGRESS, "percent"),
    "rank": "integer",
    "edition": "short",
    **dict.fromkeys(("reached_on", "catch_up_on", "improve_by"), "day"),
    "statement": "radio",
    **dict.fromkeys(("stage_id", "confidence", "delay_kind", "accountability"), "choice"),
    "coordination_with": "organisations",
    **dict.fromkeys(PROSE, "long"),
}
_GROUPS = {
    **dict.fromkeys(MONEY, "money"),
    **dict.fromkeys(("narrative", "confidence_note"), "prose"),
    **dict.fromkeys((*DELAY, *REASONS), "delay"),
    **dict.fromkeys(COORDINATION, "coordination"),
    "note": "note",
}


def line_form(
    line: Line,
    *,
    stages: Iterable[tuple[str, str]] = (),
    unit: str = "",
    typed_line: TypedLine | None = None,
    errors: Mapping[str, str] | None = None,
    remarks: Iterable[Finding] = (),
    names_others: bool = True,
) -> LineForm:
    """The line's inputs with its saved content, or with what was typed, and the errors and remarks at their fields.

    `names_others` reads the organisations to choose from, which a reply without the inputs themselves does not need.
    """
    texts = typed_line.texts if typed_line else texts_of(line)
    errors = errors or {}
    noted = [finding for finding in remarks if finding.severity != Severity.ERROR]
    choices = {**(choices_of(line) if names_others else {}), "stage_id": tuple(stages)}

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

    groups: dict[str, list[Input]] = defaultdict(list)
    for name in FIELDS[kind_of(line)]:
        groups[_GROUPS.get(name, "figures")].append(made(name))
    return LineForm(
        line=line,
        revision=typed_line.revision if typed_line else line.revision,
        seen="" if typed_line else fingerprint(texts),
        statement=made("statement"),
        figures=tuple(groups["figures"]),
        money=tuple(groups["money"]),
        prose=tuple(groups["prose"]),
        delay=tuple(groups["delay"]),
        coordination=tuple(groups["coordination"]),
        note=groups["note"][0],
        error=errors.get("", ""),
    )


def _unit_of(name: str, unit: str) -> str:
    if name in MONEY:
        return str(DOLLARS)
    if name in PROGRESS:
        return PERCENT_SIGN
    return unit if name == "value" else ""
