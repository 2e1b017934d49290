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

from django.db import connection

from kpis.models import Observation
from ministries import clock
from programs.models import (
    AcceptedFact,
    MilestoneObservation,
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
# The statements stand here as text: putting them together anew for each report took longer than running them.


def _said_in(kind: str, model: type[AcceptedFact], subject: str, quarters: int) -> str:
    """Selects the facts in force of one kind, each with a column for every field of a line: its text, or nothing."""
    columns = {each.attname for each in model._meta.concrete_fields}
    said = ", ".join(f"fact.{name}::text" if name in columns else "NULL" for name in CONTENT_FIELDS)
    return f"""
        SELECT '{kind}', fact.organisation_id, fact.quarter, {subject}, {said}
        FROM {model._meta.db_table} fact
        {_MILESTONE if model is MilestoneObservation else ""}
        WHERE fact.organisation_id = ANY(%(organisations)s) AND fact.superseded_at IS NULL
        AND fact.quarter >= %(first)s - {quarters} AND fact.quarter < %(last)s AND fact.statement <> 'withdrawn'
    """  # noqa: S608 (names of this module and of the models alone)


_MILESTONE = "JOIN programs_programmilestone milestone ON milestone.id = fact.milestone_id"
# Of indicators as far back as their usual range goes, of others the two quarters before.
_SAID_BEFORE = " UNION ALL ".join(
    [
        _said_in("indicator", Observation, "fact.indicator_id, ''", USUAL_QUARTERS),
        _said_in("program", ProgramObservation, "fact.program_id, coalesce(fact.part_id::text, '')", 2),
        _said_in("milestone", MilestoneObservation, "milestone.program_id, milestone.code", 2),
        _said_in("sub_item", SubItemObservation, "fact.sub_item_id, ''", 2),
    ]
)


def _said_before(lines: Iterable[Line]) -> Said:
    """(Organisation, subject) → quarter → what was accepted of it, in the words of a line; one query."""
    organisations = {line.report.organisation_id for line in lines}
    quarters = {line.report.reporting_quarter.quarter.ordinal for line in lines}
    about = {"organisations": list(organisations), "first": min(quarters), "last": max(quarters)}
    said: dict[tuple[int, Subject], dict[Quarter, LineContent]] = defaultdict(dict)
    for kind, organisation, quarter, key, detail, *texts in _rows(_SAID_BEFORE, about):
        content = _content(dict(zip(CONTENT_FIELDS, texts, strict=True)))
        said[organisation, (kind, key, detail)][Quarter(quarter)] = content
    return said


def _rows(statement: str, about: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, about)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


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
    rounds = {line.report.reporting_quarter for line in lines}
    quarters = {each.quarter.ordinal for each in rounds}
    about = {
        "plans": list({each.plan_id for each in rounds}),
        "last": max(quarters),
        "indicators": list({line.indicator_id for line in lines if line.indicator_id}),
        "before": [each - 1 for each in quarters],
        "programs": list({line.program_id for line in lines if line.program_id}),
    }
    terms = _Terms(closed_by_lines=_closed_by(lines))
    for kind, key, detail, quarter, held in _rows(_TERMS, about):
        _READ_TERM[kind](terms, key, detail, Quarter(quarter), held)
    return terms


_TERMS = """
    SELECT 'rule', coalesce(plan_id, 0), code::text, effective_from, json_build_object(
        'severity', severity, 'parameter', parameter::text, 'is_active', is_active,
        'words_zh', words_zh, 'words_en', words_en)
    FROM kpis_checkrule WHERE (plan_id = ANY(%(plans)s) OR plan_id IS NULL) AND effective_from <= %(last)s
    UNION ALL
    SELECT 'standard', plan_id, '', effective_from, json_build_object(
        'yellow', yellow_points::text, 'red', red_points::text, 'execution_formula', execution_formula)
    FROM kpis_monitoringstandard WHERE plan_id = ANY(%(plans)s) AND effective_from <= %(last)s
    UNION ALL
    SELECT 'light', indicator_id, '', quarter, json_build_object('light', light)
    FROM kpis_indicatorfigure WHERE indicator_id = ANY(%(indicators)s) AND quarter = ANY(%(before)s)
    UNION ALL
    SELECT 'milestone', program_id, code::text, effective_from, json_build_object(
        'dropped_from', dropped_from,
        'closed_from', (
            SELECT min(fact.quarter) FROM programs_milestoneobservation fact
            JOIN programs_programmilestone any_row ON any_row.id = fact.milestone_id
            WHERE any_row.program_id = milestone.program_id AND any_row.code = milestone.code
            AND fact.statement IN ('reached', 'not_applicable') AND fact.superseded_at IS NULL))
    FROM programs_programmilestone milestone
    WHERE program_id = ANY(%(programs)s) AND effective_from <= %(last)s
"""


def _closed_by(lines: Iterable[Line]) -> set[tuple[int, int, str]]:
    closing = (LineStatement.VALUE, LineStatement.NOT_APPLICABLE)
    return {
        (line.report_id, line.milestone.program_id, line.milestone.code)
        for line in lines
        if line.milestone and line.statement in closing
    }


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
