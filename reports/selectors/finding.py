"""What a signed-in person finds by words: the plan as the public finds it, and what their own role lets them read of it.

Whatever has a page of theirs leads there: programmes and indicators that they may open, and decisions. Nobody learns
that any other decision, or an indicator of which nothing was published, exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse

from kpis import kept, published
from kpis.models import Publication
from kpis.selectors import finding
from kpis.selectors.finding import INDICATOR, PROGRAM, names_of, title_of
from ministries import clock
from ministries.calendars import roc_year
from ministries.models import DemonstrationRun, User
from ministries.permissions import Act, may
from ministries.selectors import Called
from programs.models import Plan
from programs.outline import Outline, outline
from programs.quarters import Quarter
from programs.search import Entry
from programs.selectors import current_plan
from reports.decision_numbers import DecisionNumber
from reports.models import Decision, DecisionState, ReportingQuarter, visible_programs
from reports.selectors.targets import visible_indicators

DECISION = "decision"
SHOWN = 60
"""Characters of what a decision says that stand for all of it."""


@dataclass(frozen=True)
class Findable:
    """The plan under way with all of it that the actor may open, as `_with_theirs` read it.

    A list that could have nothing in it was not asked for, and is none.
    """

    actor: User
    plan: Any

    @property
    def _indicators(self) -> list[dict[str, str]]:
        return self.plan.indicator_list or []

    def entries(self) -> list[Entry]:
        """Five queries where nothing is kept yet, one more where this process has not read the newest edition."""
        whole = self._outline()
        edition = published.edition_under(self.plan.newest_digest) if self.plan.newest_digest else None
        entries = finding.entries(whole, edition, self._addresses())
        known = {each.code for each in entries if each.kind == INDICATOR}
        entries += [self._indicator(each) for each in self._indicators if each["code"] not in known]
        return [*entries, *_decisions(self.plan.decision_list or [], whole)]

    def _outline(self) -> Outline:
        plan, today = self.plan, clock.today()
        quarter = min(max(Quarter.containing(today), plan.first_quarter), plan.last_quarter)
        key = ("outline", plan.code, quarter.code, today.isoformat())
        return kept.value(key, lambda: outline(plan, quarter, today))

    def _addresses(self) -> dict[tuple[str, str], str]:
        own = {(PROGRAM, code): reverse("program", args=[code]) for code in self.plan.program_list or []}
        return own | {(INDICATOR, each["code"]): self._address(each["code"]) for each in self._indicators}

    def _address(self, indicator: str) -> str:
        """Why its newest figure is what it is, for those who read figures; else how its target is governed."""
        if self.plan.newest_round is not None and may(self.actor, Act.READ_DASHBOARD):
            return reverse("figure", args=[indicator, self.plan.newest_round])
        return reverse("target", args=[indicator])

    def _indicator(self, row: dict[str, str]) -> Entry:
        words = [row[name] for name in _INDICATOR if name != "code"]
        title = title_of(_Words(row["name_zh"], row["name_en"]))
        return Entry(INDICATOR, row["code"], self._address(row["code"]), title, words)


@dataclass(frozen=True)
class _Words:
    name_zh: str
    name_en: str


def findable(actor: User) -> Findable | None:
    """The plan under way, one query; None without a plan."""
    plan = current_plan(_with_theirs(actor))
    return None if plan is None else Findable(actor, plan)


_INDICATOR = ("code", "name_zh", "name_en", "definition_zh", "definition_en", "source_printed")
_DECISION = ("year", "number", "text", "background", "meeting", "state", "organisation_id")


def _with_theirs(actor: User) -> QuerySet[Plan]:
    """Managed plans with what of them is the actor's to open as JSON, and what the frame of a page needs."""
    programs = visible_programs(actor).filter(plan=OuterRef("pk"))
    indicators = visible_indicators(actor).filter(plan=OuterRef("pk"))
    decisions = Decision.objects.visible_to(actor).filter(plan=OuterRef("pk"))
    shared = Decision.co_owners.through.objects.filter(decision=OuterRef("pk"))
    rounds = ReportingQuarter.objects.filter(plan=OuterRef("pk"), opened_at__isnull=False)
    editions = Publication.objects.filter(plan=OuterRef("pk"))
    return Plan.objects.filter(is_managed=True).annotate(
        is_demonstration=Exists(DemonstrationRun.objects.all()),
        newest_round=Subquery(rounds.order_by("-quarter").values("quarter")[:1]),
        newest_digest=Subquery(editions.order_by("-quarter").values("digest")[:1]),
        program_list=ArraySubquery(programs.values("code")),
        indicator_list=ArraySubquery(
            indicators.order_by("pillar__order", "order").values(
                json=JSONObject(**{name: name for name in _INDICATOR})
            )
        ),
        decision_list=ArraySubquery(
            decisions.order_by("-year", "-number").values(
                json=JSONObject(
                    **{name: name for name in _DECISION},
                    co_owners=ArraySubquery(shared.values("organisation_id")),
                )
            )
        ),
    )


def _decisions(rows: list[dict[str, Any]], whole: Outline) -> Iterator[Entry]:
    """Under their numbers, `113-05` or `113-5`; by what they say, where, and whose they are."""
    for row in rows:
        number = DecisionNumber(row["year"], row["number"])
        owner = whole.organisations[row["organisation_id"]]
        holders: list[Called] = [owner, *(whole.organisations[pk] for pk in row["co_owners"])]
        words = [row["text"], row["background"], row["meeting"]]
        words += [name for each in holders for name in names_of(each)]
        yield Entry(
            DECISION,
            str(number),
            reverse("decision", args=[number]),
            row["text"] if len(row["text"]) <= SHOWN else row["text"][:SHOWN] + "…",
            words,
            spellings=[f"{roc_year(number.year)}-{number.number}"],
            note=f"{title_of(owner)} · {DecisionState(row['state']).label}",
        )
