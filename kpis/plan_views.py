"""The public pages of the plan itself: pillars, programmes, ministries, and what became of the plan before.

Everything stands as of the last published quarter, or of the one that `?quarter=114Q2` asks for; before any quarter
is published, as the plan was approved. No request that is still open has a road to these pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kpis import kept, pages
from kpis.published import Edition, Issue, Node
from kpis.selectors.plan_pages import Filters, lineage, owed_by, sub_items_with_programs
from kpis.shelf import Shelf, shelf_of
from ministries import clock
from ministries.selectors import transfers_of
from programs.milestones import Told, milestones_told
from programs.models import Plan, Program
from programs.outline import Carried, Outline, outline
from programs.quarters import Quarter
from programs.selectors import current_plan, oversight


@dataclass(frozen=True)
class Seen:
    """What every one of these pages stands on; without an issue nothing has been published."""

    shelf: Shelf
    issue: Issue | None
    plan: Plan
    quarter: Quarter
    outline: Outline

    @property
    def edition(self) -> Edition | None:
        return self.shelf.edition(self.issue) if self.issue else None

    def context(self, **more: Any) -> dict[str, Any]:
        return {
            "issues": self.shelf.issues,
            "issue": self.issue,
            "plan": self.plan,
            "quarter": self.quarter,
            **more,
        }


def seen(request: HttpRequest) -> Seen:
    """Seven queries where nothing is kept yet, and one more where this process has not read the issue's text."""
    shelf = shelf_of(request)
    issue = shelf.chosen(request.GET.get("quarter", ""))
    plan = issue.plan if issue else current_plan()
    if plan is None:
        raise Http404
    quarter = issue.quarter if issue else plan.first_quarter
    day = _day(issue)
    whole = kept.value(
        ("outline", plan.code, quarter.code, day.isoformat()), lambda: outline(plan, quarter, day)
    )
    return Seen(shelf, issue, plan, quarter, whole)


def _day(issue: Issue | None) -> date:
    """The day whose names organisations bear."""
    return issue.quarter.last_day if issue else clock.today()


@require_safe
@kept.for_visitors("quarter")
def pillar(request: HttpRequest, code: str) -> HttpResponse:
    """One pillar: how its goals and key results stand, who answers for its sub-items, which programmes carry it."""
    here = seen(request)
    found = here.outline.pillar(code)
    if found is None:
        raise Http404(code)
    context = here.context(pillar=found, items=sub_items_with_programs(here.outline, found))
    context["programs"] = [
        (program, [_mark(program, column.pk) for column in found.columns])
        for program in here.outline.programs_of(code)
    ]
    if here.issue and here.edition:
        edition = here.edition
        context["edition"] = edition
        node = next((each for each in edition.pillars if each.code == code), None)
        context["node"] = node
        context["lights"] = _lights(node) if node else []
        context["progress"] = kept.part(
            ("pillar", here.issue.digest, code), lambda: pages.pillar(edition, code)
        )
    return render(request, "kpis/pillar.html", context)


def _lights(node: Node) -> list[tuple[str, int]]:
    """How many indicators have which light, the last those that allow none."""
    lights = ("green", "yellow", "red", "grey")
    return [*((light, getattr(node, light)) for light in lights), ("", node.unlit)]


def _mark(program: Carried, column: int) -> Any:
    return next((each for each in program.marks if each.column.pk == column), None)


@require_safe
@kept.for_visitors("quarter", "pillar", "sub_item", "organisation", "year", "kind", "sort")
def programs(request: HttpRequest) -> HttpResponse:
    """Every programme of the plan, once; filters and order stand in the address."""
    here = seen(request)
    filters = Filters.asked(request.GET, here.outline)
    rows = _sorted(filters.of(here.outline.programs), request.GET.get("sort", ""))
    kinds = Program.Kind.choices
    context = here.context(outline=here.outline, filters=filters, programs=rows, kinds=kinds)
    return render(request, "kpis/programs.html", context)


_ORDERS: dict[str, Callable[[Carried], Any]] = {
    "code": lambda each: each.code,
    "organisation": lambda each: each.organisation.organisation.order,
    "kind": lambda each: each.standing.kind,
    "start": lambda each: each.standing.period_start or date.max,
    "state": lambda each: each.state,
}


def _sorted(programs: Iterable[Carried], asked: str) -> list[Carried]:
    """In the order that the address asks for, by code where it asks for none that is known."""
    order = _ORDERS.get(asked.removeprefix("-"), _ORDERS["code"])
    return sorted(programs, key=lambda each: (order(each), each.code), reverse=asked.startswith("-"))


@require_safe
@kept.for_visitors("quarter")
def program(request: HttpRequest, code: str) -> HttpResponse:
    """One programme: what the plan says of it, what was decided since, and its milestones as they were published."""
    here = seen(request)
    found = here.outline.program(code)
    if found is None:
        raise Http404(code)
    before = found.program.predecessor
    context = here.context(
        program=found,
        outline=here.outline,
        pillars=[each for each in here.outline.pillars if each.code in found.pillars],
        items=[each for each in here.outline.items if each.code in found.items],
        milestones=_milestones(here, found.program),
        predecessor=here.outline.program(before.code) if before else None,
        successors=[
            each for each in here.outline.programs if each.program.predecessor_id == found.program.pk
        ],
    )
    return render(request, "kpis/program.html", context)


def _milestones(here: Seen, program: Program) -> Sequence[Told]:
    """As they were frozen; where they were not yet, as they were known when the quarter was published."""
    frozen = here.edition.milestones if here.edition else None
    if frozen is not None:
        return frozen.get(program.code, ())
    return milestones_told(program, here.quarter, here.issue.published_at if here.issue else None)


@require_safe
@kept.for_visitors("quarter")
def ministries(request: HttpRequest) -> HttpResponse:
    """Everybody who answers for something in the plan, and how much that is; and who oversees it."""
    here = seen(request)
    owed = owed_by(here.edition)
    codes = set(owed) | {each.code for each in here.outline.responsible}
    rows = [
        {
            "organisation": each,
            "duties": len(here.outline.duties_of(pk)),
            "indicators": len(owed.get(each.code, ())),
            "programs": sum(program.organisation.code == each.code for program in here.outline.programs),
        }
        for pk, each in here.outline.organisations.items()
        if each.code in codes
    ]
    overseers = [
        (role, here.outline.organisations[role.organisation_id])
        for role in oversight(here.plan)
        if role.organisation_id in here.outline.organisations
    ]
    return render(request, "kpis/ministries.html", here.context(rows=rows, overseers=overseers))


@require_safe
@kept.for_visitors("quarter")
def ministry(request: HttpRequest, code: str) -> HttpResponse:
    """One organisation: what it answers for, which figures it owes, which programmes it carries, its names."""
    here = seen(request)
    found = here.outline.organisation(code)
    if found is None:
        raise Http404(code)
    pk = found.organisation.pk
    organisations = here.outline.organisations
    context = here.context(
        organisation=found,
        parent=organisations.get(found.organisation.parent_id or 0),
        units=[each for each in organisations.values() if each.organisation.parent_id == pk],
        duties=here.outline.duties_of(pk),
        named_in=[
            each
            for each in here.outline.pillars
            if any(participant.organisation.pk == pk for participant in each.participants)
        ],
        owed=owed_by(here.edition).get(code, []),
        programs=[each for each in here.outline.programs if each.organisation.code == code],
        transfers=[
            (each, organisations[each.from_organisation_id], organisations[each.to_organisation_id])
            for each in transfers_of(pk)
        ],
    )
    return render(request, "kpis/ministry.html", context)


@require_safe
@kept.for_visitors()
def compare(request: HttpRequest) -> HttpResponse:
    """Figure 2: the pillars of the plan before against today's; what carried on and what is new."""
    issues = shelf_of(request).issues
    plan = issues[0].plan if issues else current_plan()
    if plan is None:
        raise Http404
    known = kept.value(("lineage", plan.code), lambda: lineage(plan))
    return render(request, "kpis/compare.html", {"plan": plan, "lineage": known})
