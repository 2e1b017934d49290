"""A publication is read as typed, frozen values, exactly as it was published; every public figure comes through here.

Parsing happens once per digest and process, since a published text never changes. It knows no requests, no drafts
and no tables of facts. Names are `name_zh`, `name_en`; numbers are exact decimals, divided only when asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from kpis.models import Publication
from kpis.models.figures import divided
from programs.milestones import Told
from programs.models import Plan
from programs.quarters import Quarter

KEPT_IN_MEMORY = 32
"""Editions that a process keeps parsed: two generations of a four-year plan."""


@dataclass(frozen=True)
class Target:
    """What was promised when the quarter was published; words of `kpis.models.Comparator` and `Frequency`."""

    comparator: str
    value: Decimal | None
    value_max: Decimal | None
    tolerance: Decimal | None
    frequency: str
    year: int | None


@dataclass(frozen=True)
class Held:
    """A target that the series was held against from a quarter on, until the next one."""

    since: Quarter
    target: Target | None


@dataclass(frozen=True)
class Figure:
    """One indicator in one quarter, of all organisations or of one; shares are 0-1 and never clamped."""

    quarter: Quarter
    in_quarter: Decimal | None
    in_year: Decimal | None
    in_plan: Decimal | None
    rate: Decimal | None
    expected: Decimal | None
    achieved: bool | None
    light: str
    stated: int
    owed: int
    last_stated: Quarter | None
    stage_zh: str
    stage_en: str

    def to_date(self, window: str) -> Decimal | None:
        """The figure of the target's window, "year" or "plan", up to this quarter."""
        return self.in_year if window == "year" else self.in_plan


@dataclass(frozen=True)
class Owner:
    """An organisation that owes the indicator, with its own figure; `statement` is what it said in this quarter."""

    code: str
    name_zh: str
    name_en: str
    named_by_plan: bool
    statement: str | None
    figure: Figure


@dataclass(frozen=True)
class Year:
    """A year of a series: its four quarters (None where it was not published yet), and the last of them."""

    year: int
    quarters: tuple[Figure | None, ...]
    last: Figure


@dataclass(frozen=True)
class Indicator:
    """A goal, key result or overall goal as published: words, target, this quarter's figure, and the series up to it."""

    code: str
    kind: str
    pillar: str | None
    name_zh: str
    name_en: str
    definition_zh: str
    definition_en: str
    definition_is_provisional: bool
    unit_zh: str
    unit_en: str
    aggregation: str
    decimal_places: int
    baseline: Decimal | None
    baseline_statement_zh: str
    baseline_statement_en: str
    source_table: str
    source_row: int | None
    source_printed: str
    target: Target | None
    held: tuple[Held, ...]
    window: str
    figure: Figure
    series: tuple[Figure, ...]
    organisations: tuple[Owner, ...]

    @property
    def actual(self) -> Decimal | None:
        """What is held against the target."""
        return self.figure.to_date(self.window)

    def target_in(self, quarter: Quarter) -> Target | None:
        """What held in a quarter of the series; editions of before targets could change say only what holds."""
        past = [each.target for each in self.held if each.since <= quarter]
        return past[-1] if past else self.target

    @property
    def owned_by_default(self) -> bool:
        """The plan names nobody; the coordinating office owes the figures until somebody is assigned."""
        return bool(self.organisations) and not any(each.named_by_plan for each in self.organisations)

    @property
    def adds_up(self) -> bool:
        """Quarters are summed; otherwise the last statement holds."""
        return self.aggregation in ("flow", "ratio")

    @property
    def is_counted(self) -> bool:
        return self.aggregation != "qualitative"

    @property
    def yearly(self) -> list[tuple[Year, Target | None]]:
        """Every year of the series with the target that held in the last of its quarters."""
        return [(year, self.target_in(year.last.quarter)) for year in self.years]

    @property
    def years(self) -> list[Year]:
        """The series as a table of years by quarters, oldest first."""
        by_year: dict[int, list[Figure]] = {}
        for figure in self.series:
            by_year.setdefault(figure.quarter.year, []).append(figure)
        return [_year(year, figures) for year, figures in by_year.items()]


@dataclass(frozen=True)
class Node:
    """A plan, pillar, sub-item or organisation: how its indicators stand and how complete that is.

    `planned` and `actual` are the progress of its programmes in points of a hundred.
    """

    type: str
    code: str
    name_zh: str
    name_en: str
    indicators: int
    green: int
    yellow: int
    red: int
    grey: int
    unlit: int
    stated: int
    owed: int
    score: Decimal | None
    programs: int
    programs_stated: int
    planned: Decimal | None
    actual: Decimal | None


@dataclass(frozen=True)
class Edition:
    """One published quarter of a plan, whole; `milestones` by programme, None where they were not frozen yet."""

    plan: str
    quarter: Quarter
    algebra_version: int
    is_demonstration: bool
    digest: str
    indicators: tuple[Indicator, ...]
    nodes: tuple[Node, ...]
    milestones: Mapping[str, tuple[Told, ...]] | None

    @property
    def plan_node(self) -> Node | None:
        return next((node for node in self.nodes if node.type == "plan"), None)

    @property
    def pillars(self) -> list[Node]:
        return [node for node in self.nodes if node.type == "pillar"]

    def of_kind(self, kind: str, pillar: str | None = None) -> list[Indicator]:
        return [each for each in self.indicators if each.kind == kind and each.pillar == pillar]

    @property
    def troubled(self) -> list[Indicator]:
        """What is behind, then what needs attention."""
        return [each for light in ("red", "yellow") for each in self.indicators if each.figure.light == light]

    def indicator(self, code: str) -> Indicator | None:
        return next((each for each in self.indicators if each.code == code), None)


@dataclass(frozen=True)
class Issue:
    """That a quarter was published: enough to list it and to fetch its text, not the text itself."""

    pk: int
    plan: Plan
    quarter: Quarter
    digest: str
    published_at: datetime
    is_demonstration: bool


def issues() -> list[Issue]:
    """Every published quarter, newest first, of the newest managed plan that has one. One query."""
    rows = (
        Publication.objects.filter(plan__is_managed=True)
        .select_related("plan")
        .defer("content")
        .order_by("-plan__starts_on", "-quarter")
    )
    found = [
        Issue(row.pk, row.plan, row.quarter, row.digest, row.published_at, row.is_demonstration)
        for row in rows
    ]
    return [issue for issue in found if issue.plan.pk == found[0].plan.pk]


_parsed: dict[str, Edition] = {}


def edition(issue: Issue) -> Edition:
    """The issue's text as values; one query where this process has not read it yet."""
    return edition_under(issue.digest)


def edition_of(plan: Plan, quarter: Quarter) -> Edition | None:
    """The quarter as it was published, None where it was not; one query, or two as above."""
    digest = Publication.objects.filter(plan=plan, quarter=quarter).values_list("digest", flat=True).first()
    return None if digest is None else edition_under(digest)


def edition_under(digest: str) -> Edition:
    """The published text that has this digest; one query where this process has not read it yet."""
    if digest not in _parsed:
        _keep(digest, Publication.objects.values_list("content", flat=True).get(digest=digest))
    return _parsed[digest]


def editions(issues: Iterable[Issue]) -> list[Edition]:
    """The issues' texts in their order; one query where this process has not read them all yet."""
    digests = [issue.digest for issue in issues]
    found = {digest: _parsed[digest] for digest in digests if digest in _parsed}
    if unread := set(digests) - set(found):
        texts = Publication.objects.filter(digest__in=unread).values_list("digest", "content")
        found |= {digest: _keep(digest, content) for digest, content in texts}
    return [found[digest] for digest in digests]


def _keep(digest: str, content: str) -> Edition:
    if len(_parsed) >= KEPT_IN_MEMORY:
        _parsed.pop(next(iter(_parsed)), None)
    _parsed[digest] = parse(content, digest)
    return _parsed[digest]


def parse(content: str, digest: str) -> Edition:
    """Reads canonical JSON; KeyError or decimal.InvalidOperation where the text is no publication."""
    raw = json.loads(content)
    return Edition(
        plan=raw["plan"],
        quarter=Quarter.parse(raw["quarter"]),
        algebra_version=raw["algebra_version"],
        is_demonstration=raw["demonstration"],
        digest=digest,
        indicators=tuple(_indicator(each) for each in raw["indicators"]),
        nodes=tuple(_node(each) for each in raw["nodes"]),
        milestones=_milestones(raw["programs"]) if "programs" in raw else None,
    )


def _year(year: int, figures: list[Figure]) -> Year:
    held = {figure.quarter.number: figure for figure in figures}
    return Year(year, tuple(held.get(number) for number in (1, 2, 3, 4)), figures[-1])


_INDICATOR_WORDS = [
    "code",
    "kind",
    "pillar",
    "name_zh",
    "name_en",
    "definition_zh",
    "definition_en",
    "definition_is_provisional",
    "unit_zh",
    "unit_en",
    "aggregation",
    "decimal_places",
    "baseline_statement_zh",
    "baseline_statement_en",
    "source_table",
    "source_row",
    "source_printed",
    "window",
]
_NODE_PLAIN = [
    "type",
    "code",
    "name_zh",
    "name_en",
    "indicators",
    "green",
    "yellow",
    "red",
    "grey",
    "unlit",
    "stated",
    "owed",
    "programs",
    "programs_stated",
]


def _indicator(raw: Mapping[str, Any]) -> Indicator:
    return Indicator(
        **{name: raw[name] for name in _INDICATOR_WORDS},
        baseline=_decimal(raw["baseline"]),
        target=_target(raw["target"]),
        held=tuple(Held(_quarter(each["since"]), _target(each["target"])) for each in raw.get("targets", [])),
        figure=_figure(raw["figure"]),
        series=tuple(_figure(each) for each in raw["series"]),
        organisations=tuple(_owner(each) for each in raw["organisations"]),
    )


def _target(raw: Mapping[str, Any] | None) -> Target | None:
    if raw is None:
        return None
    return Target(
        comparator=raw["comparator"],
        value=_decimal(raw["value"]),
        value_max=_decimal(raw["value_max"]),
        tolerance=_decimal(raw["tolerance"]),
        frequency=raw["frequency"],
        year=raw["year"],
    )


def _figure(raw: Mapping[str, Any]) -> Figure:
    return Figure(
        quarter=_quarter(raw["quarter"]),
        in_quarter=_divided(raw, "quarter"),
        in_year=_divided(raw, "year"),
        in_plan=_divided(raw, "plan"),
        rate=_divided(raw, "rate"),
        expected=_divided(raw, "expected"),
        achieved=raw["achieved"],
        light=raw["light"],
        stated=raw["stated"],
        owed=raw["owed"],
        last_stated=_quarter(raw["last_stated"]) if raw["last_stated"] else None,
        stage_zh=raw["stage_zh"] or "",
        stage_en=raw["stage_en"] or "",
    )


def _owner(raw: Mapping[str, Any]) -> Owner:
    names = {name: raw[name] for name in ("code", "name_zh", "name_en", "named_by_plan", "statement")}
    return Owner(**names, figure=_figure(raw["figure"]))


def _node(raw: Mapping[str, Any]) -> Node:
    below = _decimal(raw["progress_denominator"])
    return Node(
        **{name: raw[name] for name in _NODE_PLAIN},
        score=_divided(raw, "score"),
        planned=divided(_decimal(raw["planned_numerator"]), below),
        actual=divided(_decimal(raw["actual_numerator"]), below),
    )


def _milestones(raw: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Told, ...]]:
    return {each["code"]: tuple(_told(one) for one in each["milestones"]) for each in raw}


def _told(raw: Mapping[str, Any]) -> Told:
    return Told(
        **{name: raw[name] for name in ("code", "name_zh", "name_en", "state")},
        due_on=date.fromisoformat(raw["due_on"]),
        first_due_on=_day(raw["first_due_on"]),
        reached_on=_day(raw["reached_on"]),
        is_demonstration=raw["demonstration"],
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@lru_cache(maxsize=256)
def _quarter(code: str) -> Quarter:
    return Quarter.parse(code)


def _decimal(text: str | int | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _divided(raw: Mapping[str, Any], name: str) -> Decimal | None:
    """A share or sum of the text, divided; organisations' figures may leave the keys of a rate out."""
    return divided(_decimal(raw.get(f"{name}_numerator")), _decimal(raw.get(f"{name}_denominator")))
