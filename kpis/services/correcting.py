"""A statement that is replaced after its quarter was published leaves its old and its new words in the public log.

The caller has put the new statements in force and says why they were opened; what was published is not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from kpis.models import Correction, MilestoneStage, Observation, Publication
from kpis.services.publishing import spelled
from programs.models import AcceptedFact, MilestoneObservation, ProgramObservation, SubItemObservation

_SUBJECTS: dict[type[AcceptedFact], tuple[str, ...]] = {
    Observation: ("indicator_id",),
    ProgramObservation: ("program_id", "part_id"),
    MilestoneObservation: ("milestone_id",),
    SubItemObservation: ("sub_item_id",),
}
PUBLIC = (
    *("statement", "value", "numerator", "denominator", "rank", "edition", "stage"),
    *("planned_progress", "actual_progress", "year_planned_progress", "year_actual_progress"),
    *("appropriation", "allocated", "spent", "payable", "surplus", "reached_on", "narrative"),
)
"""What is told of a statement; a ministry's own judgement and what it says of delays is between it and the secretariat."""


def log_corrections(*, publication: Publication, facts: Sequence[AcceptedFact]) -> list[Correction]:
    """Notes each new fact of the published quarter beside the one that it took the place of.

    One query for each kind of fact, and one for all notes. What differs only in words that are not public leaves none.
    """
    corrections = []
    for model, columns in _SUBJECTS.items():
        new = [fact for fact in facts if isinstance(fact, model)]
        old = _replaced(model, columns, new) if new else {}
        for fact in new:
            before = old.get(_key(fact, columns))
            said = _difference(before, fact) if before else {}
            if said:
                corrections.append(_correction(publication, fact, columns, said))
    return Correction.objects.bulk_create(corrections)


def _replaced(
    model: type[AcceptedFact], columns: Sequence[str], new: Sequence[AcceptedFact]
) -> dict[tuple[Any, ...], AcceptedFact]:
    """Key → the fact that was in force before."""
    rows: Any = model._default_manager.filter(
        quarter=new[0].quarter,
        organisation__in={fact.organisation_id for fact in new},
        superseded_at__in={fact.accepted_at for fact in new},
        **{f"{columns[0]}__in": {getattr(fact, columns[0]) for fact in new}},
    )
    if model is Observation:
        rows = rows.select_related("stage")
    return {_key(row, columns): row for row in rows}


def _key(fact: AcceptedFact, columns: Iterable[str]) -> tuple[Any, ...]:
    return (fact.organisation_id, *(getattr(fact, column) for column in columns))


def _difference(before: AcceptedFact, after: AcceptedFact) -> dict[str, list[Any]]:
    told = [(name, _told(before, name), _told(after, name)) for name in PUBLIC]
    return {name: [old, new] for name, old, new in told if old != new}


def _told(fact: AcceptedFact, name: str) -> Any:
    said = getattr(fact, name, None)
    if said is None:
        return ""
    if isinstance(said, MilestoneStage):
        return {"zh": said.name_zh, "en": said.name_en}
    if isinstance(said, Decimal):
        return spelled(said)
    return said.isoformat() if isinstance(said, date) else str(said)


def _correction(
    publication: Publication, fact: AcceptedFact, columns: Iterable[str], said: dict[str, list[Any]]
) -> Correction:
    return Correction(
        publication=publication,
        organisation_id=fact.organisation_id,
        quarter=fact.quarter,
        revision=fact.revision,
        said=said,
        reason=fact.reason,
        corrected_at=fact.accepted_at,
        **{column: getattr(fact, column) for column in columns},
    )
