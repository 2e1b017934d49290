"""Reads what `reports.attention` judges: the figures of a quarter, and what waits for somebody's answer today.

One statement, whatever the plan's size. Of the past it reads the two quarters before; of what waits, what is open.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kpis.engine.nodes import CARRIERS
from kpis.engine.statements import rows
from kpis.models import CheckCode
from kpis.models.figures import divided
from ministries import clock
from programs.quarters import Quarter
from reports import attention, workflow
from reports.attention import Cause, IndicatorState, Kind, ProgramState, Reason
from reports.check_rules import Rule, RuleRecord, Standard, rules_in_force
from reports.contents import LineContent
from reports.decision_numbers import DecisionNumber
from reports.selectors.names import Named
from reports.selectors.overview import IndicatorRow, MatrixCell, NodeWords, Overview, Tree, overview
from reports.selectors.rounds import Round

_PROGRESS = (
    "planned_progress",
    "actual_progress",
    "year_planned_progress",
    "year_actual_progress",
    "allocated",
    "spent",
    "payable",
)

_DAY = "(since.at AT TIME ZONE 'Asia/Taipei')::date::text"

# Numbers as text, so that they stay exact. Every branch is of what is open, or of at most three quarters.
_READ = f"""
WITH {CARRIERS},
said AS (
    SELECT w.program_id, w.part_id, o.* FROM (
        SELECT id AS program_id, NULL::bigint AS part_id FROM running
        UNION ALL SELECT p.program_id, p.id FROM programs_programpart p JOIN running r ON r.id = p.program_id
    ) w CROSS JOIN LATERAL (
        SELECT o.quarter, o.confidence, {", ".join(f"o.{name}" for name in _PROGRESS)}
        FROM programs_programobservation o
        WHERE o.program_id = w.program_id AND o.part_id IS NOT DISTINCT FROM w.part_id
          AND o.superseded_at IS NULL AND o.statement = 'progress' AND o.quarter <= %(quarter)s
        ORDER BY o.quarter DESC, o.id DESC LIMIT 2
    ) o
)
(SELECT 'standard', jsonb_build_object('yellow', m.yellow_points::text, 'red', m.red_points::text,
                                       'formula', m.execution_formula)
 FROM kpis_monitoringstandard m WHERE m.plan_id = %(plan)s AND m.effective_from <= %(quarter)s
 ORDER BY m.effective_from DESC LIMIT 1)
UNION ALL
SELECT 'rule', jsonb_build_object('plan', c.plan_id, 'code', c.code, 'from', c.effective_from, 'severity', c.severity,
                                  'parameter', c.parameter::text, 'is_active', c.is_active)
FROM kpis_checkrule c WHERE (c.plan_id IS NULL OR c.plan_id = %(plan)s) AND c.effective_from <= %(quarter)s
UNION ALL
SELECT 'past', jsonb_build_object('indicator', f.indicator_id, 'quarter', f.quarter,
    'rate', f.rate_numerator::text, 'of', f.rate_denominator::text,
    'expected', f.expected_numerator::text, 'expected_of', f.expected_denominator::text)
FROM kpis_indicatorfigure n
JOIN kpis_indicator i ON i.id = n.indicator_id
JOIN kpis_indicatorfigure f ON f.indicator_id = n.indicator_id AND f.quarter IN (%(quarter)s - 1, %(quarter)s - 2)
WHERE i.plan_id = %(plan)s AND n.quarter = %(quarter)s AND n.light IN ('yellow', 'red')
UNION ALL
SELECT 'tree', jsonb_build_object('pillar', p.id, 'pillar_order', p.order, 'pillar_code', p.code,
    'pillar_zh', p.name_zh, 'pillar_en', p.name_en,
    'pk', s.id, 'order', s.order, 'code', s.code, 'name_zh', s.name_zh, 'name_en', s.name_en)
FROM programs_pillar p JOIN programs_subitem s ON s.pillar_id = p.id WHERE p.plan_id = %(plan)s
UNION ALL
SELECT 'owner', jsonb_build_object('indicator', w.indicator_id, 'organisations', jsonb_agg(o.code))
FROM kpis_indicatorowner w JOIN kpis_indicator i ON i.id = w.indicator_id
JOIN ministries_organisation o ON o.id = w.organisation_id
WHERE i.plan_id = %(plan)s AND coalesce(w.from_quarter <= %(quarter)s, TRUE)
  AND coalesce(w.until_quarter >= %(quarter)s, TRUE)
GROUP BY w.indicator_id
UNION ALL
SELECT 'judgement', jsonb_build_object('indicator', b.indicator_id, 'confidences', jsonb_agg(DISTINCT b.confidence))
FROM kpis_indicator i JOIN kpis_observation b ON b.indicator_id = i.id
WHERE i.plan_id = %(plan)s AND b.quarter = %(quarter)s AND b.superseded_at IS NULL AND b.confidence <> ''
GROUP BY b.indicator_id
UNION ALL
SELECT 'program', jsonb_build_object('pk', r.id, 'code', p.code, 'name_zh', r.name_zh, 'name_en', r.name_en,
    'organisation', o.code,
    'nodes', (SELECT jsonb_agg(jsonb_build_array(c.kind, c.node_id)) FROM carriers c
              WHERE c.program_id = r.id AND c.is_primary),
    'stated', EXISTS (SELECT FROM programs_programobservation b WHERE b.program_id = r.id
                      AND b.superseded_at IS NULL AND b.statement <> 'withdrawn' AND b.quarter = %(quarter)s))
FROM running r JOIN programs_program p ON p.id = r.id JOIN ministries_organisation o ON o.id = r.organisation_id
UNION ALL
SELECT 'progress', jsonb_build_object('program', s.program_id, 'part', s.part_id, 'quarter', s.quarter,
    'confidence', s.confidence, {", ".join(f"'{name}', s.{name}::text" for name in _PROGRESS)})
FROM said s
UNION ALL
SELECT 'target', jsonb_build_object('indicator', t.indicator_id, 'since', {_DAY})
FROM reports_targetproposal t JOIN kpis_indicator i ON i.id = t.indicator_id
CROSS JOIN LATERAL (SELECT t.proposed_at AS at) since
WHERE t.state = 'proposed' AND i.plan_id = %(plan)s
UNION ALL
SELECT asked.kind, jsonb_build_object('program', asked.program_id, 'since', {_DAY}, 'code', p.code,
    'name_zh', p.name_zh, 'name_en', p.name_en, 'organisation', o.code)
FROM (SELECT 'revision' AS kind, program_id, organisation_id, proposed_at FROM reports_programrevision
      WHERE state = 'proposed'
      UNION ALL SELECT 'release', program_id, organisation_id, proposed_at FROM reports_programrelease
      WHERE state = 'proposed') asked
JOIN programs_program p ON p.id = asked.program_id JOIN ministries_organisation o ON o.id = asked.organisation_id
CROSS JOIN LATERAL (SELECT asked.proposed_at AS at) since
WHERE p.plan_id = %(plan)s
UNION ALL
SELECT 'extension', jsonb_build_object('organisation', o.code, 'quarter', q.quarter, 'since', {_DAY})
FROM reports_extension e JOIN reports_report r ON r.id = e.report_id
JOIN reports_reportingquarter q ON q.id = r.reporting_quarter_id
JOIN ministries_organisation o ON o.id = r.organisation_id
CROSS JOIN LATERAL (SELECT e.asked_at AS at) since
WHERE e.state = 'asked' AND q.plan_id = %(plan)s
UNION ALL
SELECT 'publication', jsonb_build_object('quarter', q.quarter, 'since', {_DAY})
FROM reports_publicationproposal b JOIN reports_reportingquarter q ON q.id = b.reporting_quarter_id
CROSS JOIN LATERAL (SELECT b.proposed_at AS at) since
WHERE b.state = 'proposed' AND q.plan_id = %(plan)s
UNION ALL
SELECT 'decision', jsonb_build_object('year', d.year, 'number', d.number, 'text', d.text, 'organisation', o.code,
    'due', d.due_quarter, 'indicator', d.indicator_id, 'program', d.program_id, 'sub_item', d.sub_item_id)
FROM reports_decision d JOIN ministries_organisation o ON o.id = d.organisation_id
WHERE d.state = 'open' AND d.plan_id = %(plan)s AND d.due_quarter <= %(today)s
UNION ALL
SELECT 'waiting', jsonb_build_object('lines', count(*))
FROM reports_report r JOIN reports_reportingquarter q ON q.id = r.reporting_quarter_id
JOIN reports_line l ON l.report_id = r.id
WHERE q.plan_id = %(plan)s AND r.state <> 'accepted' AND l.state = ANY(%(waiting)s)
"""  # noqa: S608 (names of this module and of the models alone)

Nodes = frozenset[tuple[str, int]]
Read = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Attended:
    """One thing that needs attention, and why.

    `nodes` are the pillars and sub-items that it belongs to. `quarter` is that of a report or round.
    """

    kind: Kind
    code: str
    name_zh: str
    name_en: str
    organisations: tuple[Named, ...]
    nodes: Nodes
    reasons: tuple[Reason, ...]
    quarter: Quarter

    @property
    def score(self) -> int:
        return sum(each.weight for each in self.reasons)

    @property
    def place(self) -> tuple[int, str]:
        """Among its like, for who sorts by what it is."""
        return list(Kind).index(self.kind), self.code


@dataclass(frozen=True)
class Attention:
    """What needs attention, the worst first; and what the strip counts beside it.

    `owners` says of every indicator, by its key, whose it is in the quarter.
    """

    rows: tuple[Attended, ...]
    owners: Mapping[int, frozenset[str]]
    waiting_lines: int
    decisions_now: int
    decisions_overdue: int


def overview_now(round_: Round, known: list[Round]) -> tuple[Overview, Attention]:
    """The overview of what is known now with what needs attention; four queries, and see `overview`."""
    read = _read(round_)
    view = overview(round_, known, tree=_tree(read["tree"]))
    return view, _attention(view, read)


def _attention(view: Overview, read: Read) -> Attention:
    standard, rules = _standard(read["standard"]), _rules(view, read["rule"])
    found = _Found(view, read)
    attended = [
        *found.indicators(standard, rules),
        *found.programs(standard, rules),
        *found.reports(),
        *found.decisions(),
        *found.rounds(),
    ]
    today = Quarter.containing(clock.today()).ordinal
    return Attention(
        rows=tuple(sorted(attended, key=lambda each: (-each.score, each.place))),
        owners=found.owners,
        waiting_lines=read["waiting"][0]["lines"],
        decisions_now=sum(each["due"] == today for each in read["decision"]),
        decisions_overdue=sum(each["due"] < today for each in read["decision"]),
    )


def _read(round_: Round) -> Read:
    quarter = round_.quarter
    values = {
        "plan": round_.record.plan.pk,
        "quarter": quarter.ordinal,
        "first_day": quarter.first_day,
        "last_day": quarter.last_day,
        "today": Quarter.containing(clock.today()).ordinal,
        "kinds": ["pillar", "sub_item"],
        "waiting": [str(state) for state in workflow.WAITING],
    }
    read: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for kind, row in rows(_READ, values):
        read[kind].append(json.loads(row))
    return read


def _tree(records: list[dict[str, Any]]) -> Tree:
    """In the plan's order, as the records of sub-items would come."""
    children: dict[NodeWords, list[NodeWords]] = defaultdict(list)
    for each in sorted(records, key=lambda each: (each["pillar_order"], each["order"])):
        names = (each["pillar_zh"], each["pillar_en"])
        pillar = NodeWords(each["pillar"], each["pillar_code"], each["pillar_order"], *names)
        child = NodeWords(each["pk"], each["code"], each["order"], each["name_zh"], each["name_en"])
        children[pillar].append(child)
    return list(children.items())


def _standard(records: list[dict[str, str]]) -> Standard:
    for each in records:
        return Standard(Decimal(each["yellow"]), Decimal(each["red"]), each["formula"])
    return Standard.of_settings()


def _rules(view: Overview, records: list[dict[str, Any]]) -> dict[CheckCode, Rule]:
    known = [
        RuleRecord(
            each["plan"],
            each["code"],
            Quarter(each["from"]),
            each["severity"],
            _decimal(each["parameter"]),
            each["is_active"],
        )
        for each in records
    ]
    in_force = rules_in_force(known, view.round.record.plan.pk, view.round.quarter)
    return {each.code: each for each in in_force}


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _days_since(day: str) -> int:
    return (clock.today() - date.fromisoformat(day)).days


class _Found:
    """What was read, by what it is about."""

    def __init__(self, view: Overview, read: Read) -> None:
        self.view, self.read, self.quarter = view, read, view.round.quarter
        self.names = {row.organisation.code: row.organisation for row in view.matrix}
        self.late = {code: cell.deadline.days_late for code, cell in self._cells() if _is_late(cell)}
        self.owners = {each["indicator"]: frozenset(each["organisations"]) for each in read["owner"]}
        self.indicator_nodes = {row.indicator.pk: _nodes_of(row) for row in view.indicators}
        self.program_nodes = {each["pk"]: _nodes(each["nodes"]) for each in read["program"]}

    def _cells(self) -> Iterator[tuple[str, MatrixCell]]:
        if self.quarter in self.view.quarters:
            place = self.view.quarters.index(self.quarter)
            for row in self.view.matrix:
                cell = row.cells[place]
                if cell:
                    yield row.organisation.code, cell

    def _named(self, codes: Iterable[str]) -> tuple[Named, ...]:
        """Whoever never owed a report is known by its code."""
        return tuple(self.names.get(code) or Named(code, code, code, code, code) for code in sorted(codes))

    def indicators(self, standard: Standard, rules: attention.Rules) -> Iterator[Attended]:
        past = {(each["indicator"], each["quarter"]): _lead(each) for each in self.read["past"]}
        judged = {each["indicator"]: tuple(each["confidences"]) for each in self.read["judgement"]}
        proposed = {each["indicator"]: _days_since(each["since"]) for each in self.read["target"]}
        for row in self.view.indicators:
            pk, figure = row.indicator.pk, row.figure
            owners = self.owners.get(pk, frozenset())
            before = [past.get((pk, self.quarter.ordinal - step)) for step in (1, 2)]
            state = IndicatorState(
                light=figure.light if figure else "",
                leads=(row.lag, *before),
                is_silent=(figure is None or not figure.stated) and not self.late.keys().isdisjoint(owners),
                judgements=judged.get(pk, ()),
            )
            reasons = attention.of_indicator(state, standard, rules)
            if pk in proposed:
                reasons = attention.worst_first([*reasons, attention.of_days(Cause.TARGET, proposed[pk])])
            if reasons:
                words = row.indicator
                yield Attended(
                    Kind.INDICATOR,
                    words.code,
                    words.name_zh,
                    words.name_en,
                    self._named(owners),
                    self.indicator_nodes[pk],
                    reasons,
                    self.quarter,
                )

    def programs(self, standard: Standard, rules: attention.Rules) -> Iterator[Attended]:
        reasons: dict[int, list[Reason]] = defaultdict(list)
        words = {each["pk"]: each for each in self.read["program"]}
        said: dict[int, dict[int | None, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        for each in self.read["progress"]:
            said[each["program"]][each["part"]].append(each)
        for pk, program in words.items():
            if program["organisation"] in self.late and not program["stated"]:
                silent = ProgramState(None, is_silent=True)
                reasons[pk] += attention.of_program(silent, standard, rules)
            for facts in said[pk].values():
                reasons[pk] += attention.of_program(_program_state(facts), standard, rules)
        for cause in (Cause.REVISION, Cause.RELEASE):
            for each in self.read[cause]:
                words.setdefault(each["program"], each)
                reasons[each["program"]].append(attention.of_days(cause, _days_since(each["since"])))
        for pk, found in reasons.items():
            if found:
                yield Attended(
                    Kind.PROGRAM,
                    words[pk]["code"],
                    words[pk]["name_zh"],
                    words[pk]["name_en"],
                    self._named([words[pk]["organisation"]]),
                    self.program_nodes.get(pk, frozenset()),
                    attention.worst_first(found),
                    self.quarter,
                )

    def reports(self) -> Iterator[Attended]:
        """Of the quarter those that are late; of any quarter those whose ministry asks for more time."""
        reasons: dict[tuple[Quarter, str], list[Reason]] = defaultdict(list)
        for code, days in self.late.items():
            reasons[self.quarter, code].append(attention.of_days(Cause.LATE, days))
        for each in self.read["extension"]:
            asked = attention.of_days(Cause.EXTENSION, _days_since(each["since"]))
            reasons[Quarter(each["quarter"]), each["organisation"]].append(asked)
        for (quarter, code), found in reasons.items():
            (name,) = self._named([code])
            yield Attended(
                Kind.REPORT,
                code,
                name.name_zh,
                name.name_en,
                (name,),
                frozenset(),
                attention.worst_first(found),
                quarter,
            )

    def decisions(self) -> Iterator[Attended]:
        """Overdue from the day after the due quarter's last one."""
        for each in self.read["decision"]:
            due = Quarter(each["due"])
            days = (clock.today() - due.last_day).days
            if days > 0:
                nodes = self.indicator_nodes.get(each["indicator"], frozenset())
                nodes |= self.program_nodes.get(each["program"], frozenset())
                nodes |= self._of_sub_item(each["sub_item"])
                yield Attended(
                    Kind.DECISION,
                    str(DecisionNumber(each["year"], each["number"])),
                    each["text"],
                    "",
                    self._named([each["organisation"]]),
                    nodes,
                    (attention.of_days(Cause.OVERDUE, days),),
                    due,
                )

    def _of_sub_item(self, pk: int | None) -> Nodes:
        for pillar in self.view.pillars:
            for child in pillar.children:
                if child.node.pk == pk:
                    return frozenset({("pillar", pillar.node.pk), ("sub_item", child.node.pk)})
        return frozenset()

    def rounds(self) -> Iterator[Attended]:
        for each in self.read["publication"]:
            quarter = Quarter(each["quarter"])
            reason = attention.of_days(Cause.PUBLICATION, _days_since(each["since"]))
            yield Attended(
                Kind.ROUND,
                quarter.code,
                quarter.label_zh,
                quarter.label_en,
                (),
                frozenset(),
                (reason,),
                quarter,
            )


def _is_late(cell: MatrixCell) -> bool:
    return not cell.deadline.is_met and cell.deadline.days_late > 0


def _nodes_of(row: IndicatorRow) -> Nodes:
    pillar = row.indicator.pillar_id
    own = {("sub_item", pk) for pk in row.sub_items}
    return frozenset(own if pillar is None else own | {("pillar", pillar)})


def _nodes(pairs: list[list[Any]] | None) -> Nodes:
    return frozenset((kind, pk) for kind, pk in pairs or ())


def _lead(past: Mapping[str, Any]) -> Decimal | None:
    rate = divided(_decimal(past["rate"]), _decimal(past["of"]))
    expected = divided(_decimal(past["expected"]), _decimal(past["expected_of"]))
    return None if rate is None or expected is None else rate - expected


def _program_state(facts: list[dict[str, Any]]) -> ProgramState:
    """Of the newest fact and the one of the quarter before it, where there is one."""
    newest, *rest = sorted(facts, key=lambda each: -int(each["quarter"]))
    before = next((each for each in rest if each["quarter"] == newest["quarter"] - 1), None)
    return ProgramState(
        content=_content(newest),
        previous=_content(before) if before else None,
        begins_year=Quarter(newest["quarter"]).number == 1,
    )


def _content(fact: Mapping[str, Any]) -> LineContent:
    numbers: dict[str, Any] = {name: _decimal(fact[name]) for name in _PROGRESS}
    return LineContent(confidence=fact["confidence"], **numbers)
