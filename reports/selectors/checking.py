"""Reads what checks look at beside the lines: two queries, however many lines, reports and quarters.

It does not know what is checked; see `reports.check_rules` for what a context holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, cast

from django.db.models import CharField, F, IntegerField, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, JSONObject

from kpis.models import CheckRule, IndicatorFigure, MonitoringStandard, Observation
from ministries import clock
from programs.models import (
    AcceptedFact,
    MilestoneObservation,
    ProgramMilestone,
    ProgramObservation,
    SubItemObservation,
)
from programs.quarters import Quarter
from reports.check_rules import CheckContext, Rule, RuleRecord, Standard, Usual, rules_in_force
from reports.contents import CONTENT_FIELDS, LineContent
from reports.models import Line, LineStatement, Report
from reports.predicates import amount_of

USUAL_QUARTERS = 8
"""The usual range of a figure is that of its last two years."""
FEWEST = 2
"""One accepted figure is no range."""

Subject = tuple[str, int, str]
"""What a line or a fact is about: kind, primary key, and the part of a programme or the code of its milestone."""
Said = Mapping[tuple[int, Subject], Mapping[Quarter, LineContent]]
_CLOSED = (MilestoneObservation.Statement.REACHED, MilestoneObservation.Statement.NOT_APPLICABLE)


def check_contexts(report: Report, lines: Sequence[Line] | None = None) -> dict[int, CheckContext]:
    """Line's primary key → its context; reads the report's lines where the caller has not."""
    if lines is None:
        lines = list(report.lines.select_related("indicator", "milestone"))
    return contexts_of(lines)


def contexts_of(lines: Sequence[Line]) -> dict[int, CheckContext]:
    """For lines of any reports; each knows its report, that its round, and its indicator and milestone."""
    if not lines:
        return {}
    said, terms = _said_before(lines), _terms_of(lines)
    contexts: dict[int, CheckContext] = {}
    for line in lines:
        round_ = line.report.reporting_quarter
        of_line = said.get((line.report.organisation_id, subject_of(line)), {})
        quarter = round_.quarter
        contexts[line.pk] = CheckContext(
            rules=terms.rules_of(round_.plan_id, quarter),
            today=clock.today(),
            previous=of_line.get(quarter - 1),
            earlier=of_line.get(quarter - 2),
            usual=_usual(line, of_line),
            light=terms.lights.get((line.indicator_id or 0, quarter - 1), ""),
            open_milestones=terms.open_milestones(line, quarter),
            standard=terms.standard_of(round_.plan_id, quarter),
        )
    return contexts


def subject_of(line: Line) -> Subject:
    if line.indicator_id:
        return ("indicator", line.indicator_id, "")
    if line.program_id:
        return ("program", line.program_id, str(line.part_id or ""))
    if line.milestone:
        return ("milestone", line.milestone.program_id, line.milestone.code)
    return ("sub_item", line.sub_item_id or 0, "")


def _usual(line: Line, said: Mapping[Quarter, LineContent]) -> Usual | None:
    last = line.report.reporting_quarter.quarter
    recent = [content for quarter, content in said.items() if last - USUAL_QUARTERS <= quarter < last]
    amounts = [amount for amount in (amount_of(each, line) for each in recent) if amount is not None]
    return Usual(min(amounts), max(amounts)) if len(amounts) >= FEWEST else None


# --- what was accepted before ---------------------------------------------------------------------------------

_SUBJECTS: tuple[tuple[str, type[AcceptedFact], str, Any], ...] = (
    ("indicator", Observation, "indicator_id", Value("")),
    ("program", ProgramObservation, "program_id", Coalesce(Cast("part_id", TextField()), Value(""))),
    ("milestone", MilestoneObservation, "milestone__program_id", F("milestone__code")),
    ("sub_item", SubItemObservation, "sub_item_id", Value("")),
)


def _said_before(lines: Iterable[Line]) -> Said:
    """(Organisation, subject) → quarter → what was accepted of it, in the words of a line; one query."""
    rounds = {(line.report.organisation_id, line.report.reporting_quarter.quarter) for line in lines}
    quarters = [quarter for _organisation, quarter in rounds]
    facts = [
        _facts(*each, {organisation for organisation, _quarter in rounds}, min(quarters), max(quarters))
        for each in _SUBJECTS
    ]
    said: dict[tuple[int, Subject], dict[Quarter, LineContent]] = defaultdict(dict)
    for kind, organisation, quarter, key, detail, content in facts[0].union(*facts[1:], all=True):
        said[organisation, (kind, key, detail)][quarter] = _content(content)
    return said


def _facts(
    kind: str,
    model: type[AcceptedFact],
    key: str,
    detail: Any,
    organisations: set[int],
    first: Quarter,
    last: Quarter,
) -> QuerySet[Any, Any]:
    """Of indicators as far back as their usual range goes, of others the two quarters before."""
    since = first - (USUAL_QUARTERS if model is Observation else 2)
    columns = {each.attname for each in model._meta.concrete_fields}
    said = {name: Cast(name, TextField()) for name in CONTENT_FIELDS if name in columns}
    facts: Any = model._default_manager
    in_force = facts.filter(
        organisation__in=organisations, quarter__gte=since, quarter__lt=last, superseded_at__isnull=True
    ).exclude(statement="withdrawn")
    rows: QuerySet[Any, Any] = in_force.order_by().values_list(
        Value(kind, CharField()),
        "organisation_id",
        "quarter",
        key,
        Cast(detail, TextField()),
        JSONObject(**said),
    )
    return rows


_SAID_IN_THE_SAME_WORDS = (
    LineStatement.NOT_REACHED,
    LineStatement.NOTHING_DUE,
    LineStatement.NOT_APPLICABLE,
)
_FROM_TEXT: Mapping[str, Any] = {
    "Decimal | None": Decimal,
    "int | None": int,
    "date | None": date.fromisoformat,
    "str": str,
}
_READERS = {
    each.name: _FROM_TEXT[cast(str, each.type)] for each in fields(LineContent) if each.type in _FROM_TEXT
}


def _content(texts: Mapping[str, str | None]) -> LineContent:
    """A fact's columns, read as text so that no digit is lost, in the words of a line."""
    known = {name: _READERS[name](text) for name, text in texts.items() if text is not None}
    if known["statement"] not in _SAID_IN_THE_SAME_WORDS:
        known["statement"] = LineStatement.ZERO if known.get("value") == 0 else LineStatement.VALUE
    return LineContent(**known)


# --- what they are judged by ----------------------------------------------------------------------------------


@dataclass
class _Milestone:
    """A row of a milestone; closed from the first quarter in which a fact in force says so."""

    effective_from: Quarter
    dropped_from: int | None
    closed_from: int | None


@dataclass
class _Terms:
    rules: list[RuleRecord] = field(default_factory=list)
    standards: list[tuple[int, Quarter, Standard]] = field(default_factory=list)
    lights: dict[tuple[int, Quarter], str] = field(default_factory=dict)
    milestones: dict[tuple[int, str], list[_Milestone]] = field(default_factory=lambda: defaultdict(list))
    closed_by_lines: set[tuple[int, int, str]] = field(default_factory=set)
    _held: dict[tuple[int, Quarter], tuple[Rule, ...]] = field(default_factory=dict)

    def rules_of(self, plan_id: int, quarter: Quarter) -> tuple[Rule, ...]:
        if (plan_id, quarter) not in self._held:
            self._held[plan_id, quarter] = rules_in_force(self.rules, plan_id, quarter)
        return self._held[plan_id, quarter]

    def standard_of(self, plan_id: int, quarter: Quarter) -> Standard:
        held = [
            (since, standard)
            for plan, since, standard in self.standards
            if plan == plan_id and since <= quarter
        ]
        return max(held, key=lambda each: each[0])[1] if held else Standard.of_settings()

    def open_milestones(self, line: Line, quarter: Quarter) -> int:
        """Milestones of the line's programme in force that neither a fact nor a line of the same report closes."""
        return sum(
            self._is_open(rows, quarter) and (line.report_id, program, code) not in self.closed_by_lines
            for (program, code), rows in self.milestones.items()
            if program == line.program_id
        )

    @staticmethod
    def _is_open(rows: Sequence[_Milestone], quarter: Quarter) -> bool:
        effective = [row for row in rows if row.effective_from <= quarter]
        if not effective:
            return False
        newest = max(effective, key=lambda row: row.effective_from)
        is_dropped = newest.dropped_from is not None and newest.dropped_from <= quarter.ordinal
        is_closed = any(row.closed_from is not None and row.closed_from <= quarter.ordinal for row in rows)
        return not is_dropped and not is_closed


def _terms_of(lines: Sequence[Line]) -> _Terms:
    """Rules, standards, lights of the quarters before and the programmes' milestones; one query."""
    rounds = [line.report.reporting_quarter for line in lines]
    plans, quarters = {each.plan_id for each in rounds}, {each.quarter for each in rounds}
    rows = _rules(plans, max(quarters)).union(
        _standards(plans, max(quarters)),
        _lights({line.indicator_id for line in lines if line.indicator_id}, {each - 1 for each in quarters}),
        _milestones({line.program_id for line in lines if line.program_id}, max(quarters)),
        all=True,
    )
    terms = _Terms(closed_by_lines=_closed_by(lines))
    for kind, key, detail, quarter, held in rows:
        _READ_TERM[kind](terms, key, detail, quarter, held)
    return terms


def _closed_by(lines: Iterable[Line]) -> set[tuple[int, int, str]]:
    closing = (LineStatement.VALUE, LineStatement.NOT_APPLICABLE)
    return {
        (line.report_id, line.milestone.program_id, line.milestone.code)
        for line in lines
        if line.milestone and line.statement in closing
    }


def _rules(plans: set[int], last: Quarter) -> QuerySet[Any, Any]:
    rules = CheckRule.objects.filter(Q(plan__in=plans) | Q(plan__isnull=True), effective_from__lte=last)
    return rules.order_by().values_list(
        Value("rule", CharField()),
        Coalesce("plan_id", Value(0)),
        Cast("code", TextField()),
        "effective_from",
        JSONObject(
            severity="severity",
            parameter=Cast("parameter", TextField()),
            is_active="is_active",
            words_zh="words_zh",
            words_en="words_en",
        ),
    )


def _standards(plans: set[int], last: Quarter) -> QuerySet[Any, Any]:
    standards = MonitoringStandard.objects.filter(plan__in=plans, effective_from__lte=last)
    return standards.order_by().values_list(
        Value("standard", CharField()),
        "plan_id",
        Cast(Value(""), TextField()),
        "effective_from",
        JSONObject(
            yellow=Cast("yellow_points", TextField()),
            red=Cast("red_points", TextField()),
            execution_formula="execution_formula",
        ),
    )


def _lights(indicators: set[int], quarters: set[Quarter]) -> QuerySet[Any, Any]:
    figures = IndicatorFigure.objects.filter(indicator__in=indicators, quarter__in=quarters)
    return figures.order_by().values_list(
        Value("light", CharField()),
        "indicator_id",
        Cast(Value(""), TextField()),
        "quarter",
        JSONObject(light="light"),
    )


def _milestones(programs: set[int], last: Quarter) -> QuerySet[Any, Any]:
    closing = MilestoneObservation.objects.filter(
        milestone__program=OuterRef("program"),
        milestone__code=OuterRef("code"),
        statement__in=_CLOSED,
        superseded_at__isnull=True,
    )
    first = Subquery(closing.order_by("quarter").values("quarter")[:1], output_field=IntegerField())
    rows = ProgramMilestone.objects.filter(program__in=programs, effective_from__lte=last)
    return rows.order_by().values_list(
        Value("milestone", CharField()),
        "program_id",
        Cast("code", TextField()),
        "effective_from",
        JSONObject(dropped_from="dropped_from", closed_from=first),
    )


def _read_rule(terms: _Terms, plan: int, code: str, since: Quarter, held: dict[str, Any]) -> None:
    parameter = held.pop("parameter")
    number = None if parameter is None else Decimal(parameter)
    terms.rules.append(RuleRecord(plan or None, code, since, parameter=number, **held))


def _read_standard(terms: _Terms, plan: int, _detail: str, since: Quarter, held: dict[str, Any]) -> None:
    standard = Standard(Decimal(held["yellow"]), Decimal(held["red"]), held["execution_formula"])
    terms.standards.append((plan, since, standard))


def _read_light(terms: _Terms, indicator: int, _detail: str, quarter: Quarter, held: dict[str, Any]) -> None:
    terms.lights[indicator, quarter] = held["light"]


def _read_milestone(terms: _Terms, program: int, code: str, since: Quarter, held: dict[str, Any]) -> None:
    terms.milestones[program, code].append(_Milestone(since, **held))


class _ReadTerm(Protocol):
    def __call__(
        self, terms: _Terms, key: int, detail: str, quarter: Quarter, held: dict[str, Any], /
    ) -> None: ...


_READ_TERM: Mapping[str, _ReadTerm] = {
    "rule": _read_rule,
    "standard": _read_standard,
    "light": _read_light,
    "milestone": _read_milestone,
}
