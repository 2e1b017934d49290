"""Reads why a figure of a node is what it is: its children with what each gives, in three queries at any size.

A published quarter costs two more, and those of its indicators that changed since one. Children of a score are plain
rows of the engine's figures: a plan may have a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kpis import published
from kpis.composites import Money
from kpis.engine.figures import fresh
from kpis.engine.members import members, owing
from kpis.engine.nodes import CARRIERS
from kpis.engine.statements import rows
from kpis.explanations import (
    AnyNodeExplanation,
    CoverageExplanation,
    Fact,
    Made,
    MilestonesExplanation,
    MoneyExplanation,
    ProgressExplanation,
    ScoreExplanation,
    ScoreRow,
    SincePublished,
    Standard,
    Subject,
)
from kpis.explanations.node_indicators import CoverageRow
from kpis.explanations.node_milestones import Checkpoint, MilestoneFact
from kpis.explanations.node_programs import ProgramFact
from kpis.explanations.nodes import Carrying
from kpis.explanations.shapes import Body, Change, Number, changes_of
from kpis.models.figures import divided
from kpis.rollup import ALGEBRA_VERSION
from kpis.selectors.explaining import (
    ACCEPTED,
    BODY,
    KNOWN,
    NAMED,
    body_of,
    fact_fields,
    frame_values,
    publication_of,
)
from programs.models import Plan
from programs.quarters import Quarter

# --- the node and what it is judged by --------------------------------------------------------------------
_NODES = {
    "plan": "SELECT id, code, name_zh, name_en FROM programs_plan WHERE id = %(node)s",
    "pillar": "SELECT id, code, name_zh, name_en FROM programs_pillar WHERE id = %(node)s",
    "sub_item": "SELECT id, code, name_zh, name_en FROM programs_subitem WHERE id = %(node)s",
    "organisation": f"""
SELECT org.id, org.code, name.name_zh, name.name_en FROM ministries_organisation org{NAMED}
WHERE org.id = %(node)s""",
}
_FRAME = """
SELECT node.id, node.code, coalesce(node.name_zh, node.code), coalesce(node.name_en, node.code),
       coalesce(m.yellow_points, %(yellow)s), coalesce(m.red_points, %(red)s),
       coalesce(m.execution_formula, %(formula)s),
       EXISTS (SELECT FROM kpis_rolluptask k JOIN kpis_indicator i ON i.id = k.indicator_id WHERE i.plan_id = %(plan)s)
FROM ({node}) node
LEFT JOIN LATERAL (
    SELECT * FROM kpis_monitoringstandard d WHERE d.plan_id = %(plan)s AND d.effective_from <= %(quarter)s
    ORDER BY d.effective_from DESC LIMIT 1
) m ON TRUE
"""

# --- its indicators ---------------------------------------------------------------------------------------
_BELONGS = {
    "plan": "i.plan_id = %(plan)s",
    "pillar": "i.plan_id = %(plan)s AND i.pillar_id = %(node)s",
    "sub_item": """i.plan_id = %(plan)s AND i.id IN (
        SELECT b.indicator_id FROM kpis_indicatorsubitem b WHERE b.sub_item_id = %(node)s)""",
    "organisation": """i.plan_id = %(plan)s AND i.id IN (
        SELECT w.indicator_id FROM kpis_indicatorowner w WHERE w.organisation_id = %(node)s)""",
}
_STORED = """
figures AS (
    SELECT f.indicator_id, f.light, f.rate_numerator AS rate_num, f.rate_denominator AS rate_den,
           f.expected_numerator AS expected_num, f.expected_denominator AS expected_den, f.weight, f.stated, f.owed,
           f.target_id, f.facts_seen AS seen, f.facts_until AS until, f.algebra_version AS version
    FROM kpis_indicatorfigure f JOIN kpis_indicator i ON i.id = f.indicator_id
    WHERE f.quarter = %(quarter)s AND {belongs}
)"""
_THEN = """
figures AS (SELECT *, %(version)s::int AS version FROM fresh WHERE quarter = %(quarter)s)"""
_CHILDREN = """
SELECT i.id, i.code, i.name_zh, i.name_en, f.light, f.rate_num, f.rate_den, f.expected_num, f.expected_den, f.weight,
       {coverage}, coalesce(t.comparator <> 'qualitative', FALSE), f.seen, f.until, f.version
FROM figures f
JOIN kpis_indicator i ON i.id = f.indicator_id
LEFT JOIN kpis_target t ON t.id = f.target_id{part}
ORDER BY {order}
"""
_OWN_PART = """
JOIN members b ON b.indicator_id = f.indicator_id AND b.organisation_id = %(node)s AND b.owes"""
_MEMBERS = f"""
SELECT i.id, i.code, i.name_zh, i.name_en, {BODY}, b.stated, b.owed
FROM owing b
JOIN kpis_indicator i ON i.id = b.indicator_id
JOIN (ministries_organisation org{NAMED}) ON org.id = b.organisation_id
WHERE {{belongs}}{{own}}
ORDER BY i.pillar_id NULLS FIRST, i.order, i.id, org.order, org.code
"""
_MADE = """
SELECT coalesce(sum(o.revision), 0)::int, max(o.accepted_at)
FROM kpis_observation o JOIN kpis_indicator i ON i.id = o.indicator_id
WHERE {belongs} AND o.quarter <= %(quarter)s AND {known}
"""

# --- its programmes ---------------------------------------------------------------------------------------
_PROGRAMS = f"""
WITH {CARRIERS}
SELECT p.id, p.code, r.name_zh, r.name_en, c.is_primary, {BODY}, {ACCEPTED}, o.planned_progress, o.actual_progress,
       o.appropriation, o.allocated, o.spent, o.payable, o.surplus
FROM carriers c
JOIN programs_program p ON p.id = c.program_id
JOIN running r ON r.id = c.program_id
JOIN ministries_organisation org ON org.id = r.organisation_id{NAMED}
LEFT JOIN programs_programobservation o
    ON o.program_id = p.id AND c.is_primary AND o.quarter <= %(quarter)s AND {KNOWN}
LEFT JOIN ministries_user u ON u.id = o.accepted_by_id
WHERE c.node_id = %(node)s
ORDER BY org.order, p.code, o.quarter, o.revision, o.id
"""
_MILESTONES = f"""
WITH {CARRIERS}
SELECT p.id, p.code, r.name_zh, r.name_en, c.is_primary, {BODY}, k.id, k.code, k.name_zh, k.name_en, k.due_on,
       coalesce(k.dropped_from <= %(quarter)s, FALSE), {ACCEPTED}, o.reached_on
FROM carriers c
JOIN programs_program p ON p.id = c.program_id
JOIN running r ON r.id = c.program_id
JOIN ministries_organisation org ON org.id = r.organisation_id{NAMED}
LEFT JOIN (
    SELECT DISTINCT ON (e.program_id, e.code) e.* FROM programs_programmilestone e
    WHERE e.effective_from <= %(quarter)s ORDER BY e.program_id, e.code, e.effective_from DESC
) k ON k.program_id = p.id AND c.is_primary
LEFT JOIN (programs_milestoneobservation o JOIN programs_programmilestone same ON same.id = o.milestone_id)
    ON same.program_id = k.program_id AND same.code = k.code AND o.quarter <= %(quarter)s AND {KNOWN}
LEFT JOIN ministries_user u ON u.id = o.accepted_by_id
WHERE c.node_id = %(node)s
ORDER BY org.order, p.code, k.due_on, k.code, o.quarter, o.revision, o.id
"""


def explain_node(
    plan: Plan, quarter: Quarter, kind: str, node_id: int, *, measure: str, as_of: datetime | None = None
) -> AnyNodeExplanation | None:
    """One of the `MEASURES` of a node of `NODE_KINDS`; None where there is no such node.

    That the node belongs to the plan is for the caller to see to.
    """
    values = {
        **frame_values(plan, quarter, as_of),
        "node": node_id,
        "kinds": [kind],
        "first_day": quarter.first_day,
        "since": quarter.ordinal,
        "until": quarter.ordinal,
        "indicators": None,
        "version": ALGEBRA_VERSION,
    }
    frame = rows(_FRAME.replace("{node}", _NODES[kind]), values)
    if not frame:
        return None
    ((pk, code, name_zh, name_en, yellow, red, formula, is_stale),) = frame
    whole = {
        "node": Subject(kind, pk, code, name_zh, name_en),
        "quarter": quarter,
        "standard": Standard(yellow, red, formula),
        "as_of": as_of,
        "is_stale": is_stale and as_of is None and measure in ("score", "coverage"),
    }
    explained = _READERS[measure](kind, as_of, values, whole)
    return replace(explained, since_published=_since_published(plan, explained))


def _score(
    kind: str, as_of: datetime | None, values: Mapping[str, Any], whole: dict[str, Any]
) -> ScoreExplanation:
    belongs, own = _BELONGS[kind], kind == "organisation"
    parts = (
        [_STORED.replace("{belongs}", belongs)]
        if as_of is None
        else [fresh(scope=belongs, as_of=as_of), _THEN]
    )
    if own:
        parts.append(members(as_of))
    select = (
        _CHILDREN.replace("{coverage}", "b.stated, b.owed" if own else "f.stated, f.owed")
        .replace("{part}", _OWN_PART if own else "")
        .replace("{order}", "i.pillar_id NULLS FIRST, i.order, i.id")
    )
    found = rows("WITH " + ",".join(parts) + select, values)
    children = tuple(ScoreRow(Subject("indicator", *row[:4]), *row[4:]) for row in found)
    return ScoreExplanation(**whole, children=children)


def _coverage(
    kind: str, as_of: datetime | None, values: Mapping[str, Any], whole: dict[str, Any]
) -> CoverageExplanation:
    own = " AND b.organisation_id = %(node)s AND b.owes" if kind == "organisation" else ""
    statement = _MEMBERS.replace("{belongs}", _BELONGS[kind]).replace("{own}", own)
    found = rows(f"WITH {owing(as_of)}{statement}", values)
    known = (
        "o.superseded_at IS NULL"
        if as_of is None
        else f"{KNOWN} AND (o.superseded_at IS NULL OR o.superseded_at > %(as_of)s)"
    )
    subjects: dict[int, Subject] = {}
    bodies: dict[int, Body] = {}
    for row in found:
        subjects.setdefault(row[0], Subject("indicator", *row[:4]))
        if row[4] not in bodies:
            bodies[row[4]] = body_of(row[4:11])
    ((seen, until),) = rows(_MADE.replace("{belongs}", _BELONGS[kind]).replace("{known}", known), values)
    return CoverageExplanation(
        **whole,
        rows=tuple(CoverageRow(subjects[row[0]], bodies[row[4]], row[11], row[12]) for row in found),
        made=Made(ALGEBRA_VERSION, seen, until),
    )


def _programs(values: Mapping[str, Any]) -> dict[str, Any]:
    carrying: dict[int, Carrying] = {}
    facts = []
    for row in rows(_PROGRAMS, values):
        each = carrying.setdefault(row[0], Carrying(Subject("program", *row[:4]), body_of(row[5:12]), row[4]))
        if row[12] is not None:
            accepted = fact_fields(each.organisation, row[12:22])
            facts.append(ProgramFact(*accepted, each.program, row[22], row[23], Money(*row[24:29])))
    return {"carrying": tuple(carrying.values()), "facts": tuple(facts), "algebra_version": ALGEBRA_VERSION}


def _progress(
    _kind: str, _as_of: datetime | None, values: Mapping[str, Any], whole: dict[str, Any]
) -> ProgressExplanation:
    return ProgressExplanation(**whole, **_programs(values))


def _money(
    _kind: str, _as_of: datetime | None, values: Mapping[str, Any], whole: dict[str, Any]
) -> MoneyExplanation:
    return MoneyExplanation(**whole, **_programs(values))


def _milestones(
    _kind: str, _as_of: datetime | None, values: Mapping[str, Any], whole: dict[str, Any]
) -> MilestonesExplanation:
    related: dict[int, Carrying] = {}
    checkpoints: dict[int, Checkpoint] = {}
    facts = []
    for row in rows(_MILESTONES, values):
        program, body = Subject("program", *row[:4]), body_of(row[5:12])
        if not row[4]:
            related[row[0]] = Carrying(program, body, False)
        if row[12] is None:
            continue
        milestone = Subject("milestone", *row[12:16])
        checkpoints.setdefault(row[12], Checkpoint(milestone, program, body, row[16], row[17]))
        if row[18] is not None:
            facts.append(MilestoneFact(*fact_fields(body, row[18:28]), row[12], row[28]))
    return MilestonesExplanation(
        **whole,
        checkpoints=tuple(checkpoints.values()),
        facts=tuple(facts),
        related=tuple(related.values()),
        algebra_version=ALGEBRA_VERSION,
    )


_READERS: Mapping[str, Callable[..., AnyNodeExplanation]] = {
    "score": _score,
    "coverage": _coverage,
    "progress": _progress,
    "money": _money,
    "milestones": _milestones,
}


# --- against what was published ---------------------------------------------------------------------------
_ACCEPTED_SINCE = f"""
SELECT {BODY}, {ACCEPTED}
FROM kpis_observation o
JOIN ministries_organisation org ON org.id = o.organisation_id{NAMED}
JOIN ministries_user u ON u.id = o.accepted_by_id
WHERE o.indicator_id = ANY(%(changed)s::bigint[]) AND o.quarter <= %(quarter)s AND o.accepted_at > %(published_at)s
  AND {KNOWN}
ORDER BY o.accepted_at, org.order, org.code, o.quarter
"""


def _since_published(plan: Plan, explained: AnyNodeExplanation) -> SincePublished | None:
    """Editions hold score, coverage and progress of nodes; money and milestones are restated acceptance by acceptance."""
    if isinstance(explained, MoneyExplanation | MilestonesExplanation):
        return None
    publication = publication_of(plan, explained.quarter, explained.as_of)
    if publication is None:
        return None
    published_at, digest = publication
    edition = published.edition_under(digest)
    node = next(
        (
            each
            for each in edition.nodes
            if (each.type, each.code) == (explained.node.kind, explained.node.code)
        ),
        None,
    )
    if node is None:
        return None
    # Divided as the edition's are, so that equal figures are equal.
    new = {name: _divided(value) for name, value in explained.figures.items()}
    changes = changes_of({name: getattr(node, name) for name in new}, new)
    subjects = _changed_children(edition, explained) if isinstance(explained, ScoreExplanation) else ()
    causes: tuple[Fact, ...] = ()
    if changes and isinstance(explained, ProgressExplanation):
        causes = tuple(fact for fact in explained.facts if fact.accepted_at > published_at)
    elif subjects:
        values = frame_values(plan, explained.quarter, explained.as_of) | {
            "changed": [subject.pk for subject, _change in subjects],
            "published_at": published_at,
        }
        causes = tuple(Fact(*fact_fields(body_of(row[:7]), row[7:])) for row in rows(_ACCEPTED_SINCE, values))
    return SincePublished(published_at, digest, changes, causes, subjects)


def _divided(value: Number | None) -> Decimal | int | None:
    return (
        divided(Decimal(value.numerator), Decimal(value.denominator))
        if isinstance(value, Fraction)
        else value
    )


def _changed_children(
    edition: published.Edition, explained: ScoreExplanation
) -> tuple[tuple[Subject, Change], ...]:
    frozen = {each.code: each.figure.rate for each in edition.indicators}
    found = []
    for row in explained.children:
        old, new = frozen.get(row.indicator.code), divided(row.rate_numerator, row.rate_denominator)
        if old != new:
            found.append((row.indicator, Change("rate", old, new)))
    return tuple(found)
