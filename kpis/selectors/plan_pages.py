"""What the public pages of the plan put together: programmes by what is asked, who owes which figure, how pillars go on.

It reads an outline and an edition that the caller has; only the lineage asks the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import Http404

from kpis.published import Edition, Indicator, Owner
from programs.models import EarlierResult, Pillar, PillarLineage, Plan, Program
from programs.outline import Axis, Carried, Item, Outline


@dataclass(frozen=True)
class Filters:
    """Which programmes are asked for; an empty text asks for all."""

    pillar: str
    item: str
    organisation: str
    year: int | None
    kind: str

    @classmethod
    def asked(cls, query: Mapping[str, str], outline: Outline) -> Filters:
        """What the address asks for; 404 where it names something that the plan does not have."""
        year = _known(query.get("year", ""), (str(each) for each in outline.years))
        return cls(
            pillar=_known(query.get("pillar", ""), (each.code for each in outline.pillars)),
            item=_known(query.get("sub_item", ""), (each.code for each in outline.items)),
            organisation=_known(
                query.get("organisation", ""), (each.code for each in outline.organisations.values())
            ),
            year=int(year) if year else None,
            kind=_known(query.get("kind", ""), Program.Kind.values),
        )

    @property
    def is_empty(self) -> bool:
        return not any((self.pillar, self.item, self.organisation, self.year, self.kind))

    def of(self, programs: Iterable[Carried]) -> list[Carried]:
        """Those that answer to everything asked for."""
        return [
            each
            for each in programs
            if (not self.pillar or self.pillar in each.pillars)
            and (not self.item or self.item in each.items)
            and (not self.organisation or self.organisation == each.organisation.code)
            and (self.year is None or each.runs_in_year(self.year))
            and (not self.kind or self.kind == each.standing.kind)
        ]


def _known(word: str, words: Iterable[str]) -> str:
    if word and word not in words:
        raise Http404(word)
    return word


def sub_items_with_programs(outline: Outline, pillar: Axis) -> list[tuple[Item, list[Carried]]]:
    """The pillar's sub-items, each with the programmes whose marks stand in a column of it."""
    return [(item, [each for each in outline.programs if item.code in each.items]) for item in pillar.items]


def owed_by(edition: Edition | None) -> dict[str, list[tuple[Indicator, Owner]]]:
    """Organisation's code → the indicators that it owed in the published quarter, with its own figure of each."""
    found: dict[str, list[tuple[Indicator, Owner]]] = {}
    for indicator in edition.indicators if edition else ():
        for owner in indicator.organisations:
            found.setdefault(owner.code, []).append((indicator, owner))
    return found


@dataclass(frozen=True)
class Descent:
    """A pillar of today and those of the plan before that live on in it; without any it is new."""

    pillar: Pillar
    lines: tuple[PillarLineage, ...]


@dataclass(frozen=True)
class Forebear:
    """A pillar of the plan before, what became of it, and the results that the plan lists for it."""

    pillar: Pillar
    became: tuple[Pillar, ...]
    results: tuple[EarlierResult, ...]


@dataclass(frozen=True)
class Lineage:
    """Two generations side by side; without `earlier` the plan is the first."""

    earlier: Plan | None
    today: tuple[Descent, ...]
    before: tuple[Forebear, ...]


def lineage(plan: Plan) -> Lineage:
    """Five queries."""
    pillars = list(plan.pillars.all())
    lines = list(PillarLineage.objects.filter(later__plan=plan).select_related("earlier", "later"))
    lines.sort(key=lambda line: line.earlier.order)
    earlier = plan.predecessor
    before = earlier.pillars.prefetch_related("listed_results") if earlier else Pillar.objects.none()
    return Lineage(
        earlier=earlier,
        today=tuple(
            Descent(each, tuple(line for line in lines if line.later_id == each.pk)) for each in pillars
        ),
        before=tuple(
            Forebear(
                each,
                tuple(line.later for line in lines if line.earlier_id == each.pk),
                tuple(each.listed_results.all()),
            )
            for each in before
        ),
    )
