"""Reads why an indicator's figure is what it is: all that was ever said of it, its terms, target and standard.

Four queries whatever the history, two more where the quarter was published; nothing is made into a record of a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from kpis import published
from kpis.engine.statements import rows, target_known
from kpis.explanations import (
    Body,
    IndicatorExplanation,
    IndicatorFact,
    Made,
    SincePublished,
    Standard,
    Subject,
    TargetInForce,
)
from kpis.explanations.shapes import changes_of
from kpis.models import Indicator, Publication
from kpis.results import IndicatorResult
from kpis.rollup import ALGEBRA_VERSION, Amount, Kind, Term
from kpis.selectors.results import indicator_results
from programs.models import Plan
from programs.quarters import Quarter

NAMED = """
LEFT JOIN LATERAL (
    SELECT m.name_zh, m.name_en, m.short_zh, m.short_en FROM ministries_organisationname m
    WHERE m.organisation_id = org.id
    ORDER BY coalesce(m.valid_from <= %(last_day)s, TRUE) DESC, m.valid_from DESC NULLS LAST LIMIT 1
) name ON TRUE"""
BODY = "org.id, org.code, org.order, name.name_zh, name.name_en, name.short_zh, name.short_en"
"""An organisation as it was named on the quarter's last day, in the order of the fields of `Body`."""
ACCEPTED = "o.id, o.quarter, o.statement, o.revision, o.accepted_at, u.name, o.superseded_at, o.reason, o.origin, o.narrative"
"""Of a fact, in the order of the fields of `Fact` but for its organisation."""
KNOWN = "(%(as_of)s::timestamptz IS NULL OR o.accepted_at <= %(as_of)s)"

_FRAME = """
SELECT t.comparator, t.value, t.value_max, t.tolerance, t.frequency, t.due_quarter, t.effective_from,
       t.ground, t.decided_on,
       (SELECT json_object_agg(s.quarter, s.share::text) FROM kpis_scheduledshare s WHERE s.target_id = t.id),
       coalesce(m.yellow_points, %(yellow)s), coalesce(m.red_points, %(red)s),
       coalesce(m.execution_formula, %(formula)s),
       coalesce((SELECT w.weight FROM kpis_indicatorweight w
                 WHERE w.indicator_id = %(indicator)s AND w.effective_from <= %(quarter)s
                 ORDER BY w.effective_from DESC LIMIT 1), 1),
       EXISTS (SELECT FROM kpis_rolluptask k WHERE k.indicator_id = %(indicator)s)
FROM (SELECT) nothing
LEFT JOIN LATERAL (
    SELECT * FROM kpis_target g
    WHERE g.indicator_id = %(indicator)s AND g.effective_from <= %(quarter)s
      AND (g.year IS NULL OR g.year = %(quarter)s / 4){target_known}
    ORDER BY g.effective_from DESC, g.year NULLS LAST LIMIT 1
) t ON TRUE
LEFT JOIN LATERAL (
    SELECT * FROM kpis_monitoringstandard d WHERE d.plan_id = %(plan)s AND d.effective_from <= %(quarter)s
    ORDER BY d.effective_from DESC LIMIT 1
) m ON TRUE
"""

_SAID = f"""
SELECT w.from_quarter, w.until_quarter, {BODY}, {ACCEPTED},
       coalesce(o.value, o.numerator, o.rank::numeric, g.share), o.denominator,
       coalesce(g.name_zh, o.edition), coalesce(g.name_en, o.edition), o.confidence
FROM kpis_indicatorowner w
JOIN ministries_organisation org ON org.id = w.organisation_id{NAMED}
LEFT JOIN kpis_observation o ON o.indicator_id = w.indicator_id AND o.organisation_id = w.organisation_id
    AND o.quarter BETWEEN %(first)s AND %(quarter)s AND {KNOWN}
LEFT JOIN kpis_milestonestage g ON g.id = o.stage_id
LEFT JOIN ministries_user u ON u.id = o.accepted_by_id
WHERE w.indicator_id = %(indicator)s
ORDER BY org.order, org.code, o.quarter, o.revision
"""


def explain_indicator(
    plan: Plan,
    quarter: Quarter,
    indicator: Indicator,
    *,
    window: str | None = None,
    as_of: datetime | None = None,
) -> IndicatorExplanation:
    """The indicator's figure of the window ("quarter", "year", "plan"; that of its target where none is given)."""
    values = {
        **frame_values(plan, quarter, as_of),
        "indicator": indicator.pk,
        "first": plan.first_quarter.ordinal,
    }
    (frame,) = rows(_FRAME.replace("{target_known}", target_known("g", as_of)), values)
    target = _target(frame[:10])
    window = window or ("year" if target and target.frequency == "annual" else "plan")
    terms, facts = _said(rows(_SAID, values), plan)
    found = indicator_results(plan, quarter, indicators=[indicator.pk], as_of=as_of)
    result = found[0] if found else None
    numerator = getattr(result, f"{window}_numerator", None)
    denominator = getattr(result, f"{window}_denominator", None)
    explanation = IndicatorExplanation(
        indicator=Subject("indicator", indicator.pk, indicator.code, indicator.name_zh, indicator.name_en),
        kind=Kind(indicator.aggregation),
        unit_zh=indicator.unit_zh,
        unit_en=indicator.unit_en,
        decimal_places=indicator.decimal_places,
        baseline=indicator.baseline,
        quarter=quarter,
        window=window,
        plan_first=plan.first_quarter,
        plan_last=plan.last_quarter,
        target=target,
        standard=Standard(*frame[10:13]),
        weight=frame[13],
        facts=facts,
        terms=terms,
        figure=None if numerator is None else Amount(numerator, denominator),
        made=Made(result.algebra_version, result.facts_seen, result.facts_until)
        if result
        else Made(ALGEBRA_VERSION, 0, None),
        is_stale=frame[14] and as_of is None,
        as_of=as_of,
    )
    return replace(explanation, since_published=_since_published(plan, explanation, result))


def frame_values(plan: Plan, quarter: Quarter, as_of: datetime | None) -> dict[str, Any]:
    """Parameters of every statement of an explanation; what holds where a plan has no standard of its own."""
    return {
        "plan": plan.pk,
        "quarter": quarter.ordinal,
        "last_day": quarter.last_day,
        "as_of": as_of,
        "yellow": Decimal(str(settings.LIGHT_YELLOW_POINTS)),
        "red": Decimal(str(settings.LIGHT_RED_POINTS)),
        "formula": settings.EXECUTION_FORMULA,
    }


def _target(row: tuple[Any, ...]) -> TargetInForce | None:
    comparator, value, value_max, tolerance, frequency, due, effective_from, ground, decided_on, schedule = (
        row
    )
    if comparator is None:
        return None
    return TargetInForce(
        comparator=comparator,
        value=value,
        value_max=value_max,
        tolerance=tolerance,
        frequency=frequency,
        due_quarter=None if due is None else Quarter(due),
        effective_from=Quarter(effective_from),
        schedule={int(at): Decimal(share) for at, share in (schedule or {}).items()},
        ground=ground,
        decided_on=decided_on,
    )


def _said(
    found: list[tuple[Any, ...]], plan: Plan
) -> tuple[tuple[tuple[Body, Term], ...], tuple[IndicatorFact, ...]]:
    """Everybody who ever owed the indicator, with the term; and every revision of what they said."""
    terms: dict[int, tuple[Body, Term]] = {}
    facts = []
    for first, last, *row in found:
        if row[0] not in terms:
            terms[row[0]] = (body_of(row[:7]), _term(first, last, plan))
        if row[7] is None:
            continue
        numerator, denominator, said_zh, said_en, confidence = row[17:]
        facts.append(
            IndicatorFact(
                *fact_fields(terms[row[0]][0], row[7:17]),
                None if numerator is None else Amount(numerator, denominator),
                said_zh,
                said_en,
                confidence,
            )
        )
    return tuple(terms.values()), tuple(facts)


def body_of(row: Iterable[Any]) -> Body:
    """An organisation without a name stands under its code."""
    pk, code, order, *names = row
    return Body(pk, code, order, *(name or code for name in names))


FactFields = tuple[int, Body, Quarter, str, int, datetime, str, datetime | None, str, str, str]


def fact_fields(body: Body, row: Sequence[Any]) -> FactFields:
    """The fields of `Fact`, from the columns of `ACCEPTED`."""
    pk, quarter, statement, revision, accepted_at, accepted_by, superseded_at, reason, origin, narrative = row
    said = (pk, body, Quarter(quarter), statement, revision)
    return (*said, accepted_at, accepted_by, superseded_at, reason, origin, narrative)


def _term(first: int | None, last: int | None, plan: Plan) -> Term:
    """Within the plan, which bounds a term that is open."""
    begins, ends = plan.first_quarter.ordinal, plan.last_quarter.ordinal
    return Term(max(first or begins, begins), min(last or ends, ends))


# --- against what was published ---------------------------------------------------------------------------
def publication_of(plan: Plan, quarter: Quarter, as_of: datetime | None) -> tuple[datetime, str] | None:
    """When the quarter was published, and the digest; None where it was not, or not yet at `as_of`."""
    found = (
        Publication.objects.filter(plan=plan, quarter=quarter).values_list("published_at", "digest").first()
    )
    return None if found is None or (as_of is not None and found[0] > as_of) else found


def _since_published(
    plan: Plan, explained: IndicatorExplanation, result: IndicatorResult | None
) -> SincePublished | None:
    publication = publication_of(plan, explained.quarter, explained.as_of)
    if publication is None:
        return None
    published_at, digest = publication
    frozen = published.edition_under(digest).indicator(explained.indicator.code)
    if frozen is None:
        return None
    # Divided as the edition's are, so that equal figures are equal.
    old = {"figure": getattr(frozen.figure, f"in_{explained.window}")}
    new = {"figure": getattr(result, f"{explained.window}_value", None)}
    if explained.is_held_against_target and frozen.window == explained.window:
        old |= {"rate": frozen.figure.rate, "expected": frozen.figure.expected}
        new |= {"rate": result and result.rate, "expected": result and result.expected_share}
    changes = changes_of(old, new)
    later = (
        fact
        for fact in explained.facts
        if fact.accepted_at > published_at and fact.quarter >= explained.first
    )
    return SincePublished(published_at, digest, changes, tuple(later) if changes else ())
