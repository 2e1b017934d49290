"""Every read of the plan that a page or the public API needs, with what its reader will ask for fetched along.

It does not know who renders it. Each query set costs a fixed number of queries, however many records it yields.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet, Subquery
from django.db.models.functions import JSONObject

from ministries import clock
from programs.models import (
    Mark,
    OversightRole,
    Pillar,
    PillarLineage,
    Plan,
    Program,
    ProgramListing,
    ProgramMark,
    ProgramMilestone,
    ProgramVersion,
    Responsibility,
    Standing,
    SubItem,
    TableColumn,
)
from programs.quarters import Quarter


def current_plan(among: Iterable[Plan] | None = None) -> Plan | None:
    """The managed plan that began last; before any has begun, the one that begins first; None without a plan.

    `among` are managed plans that the caller has read already; without them one query reads all.
    """
    plans = Plan.objects.filter(is_managed=True) if among is None else among
    ordered = sorted(plans, key=lambda plan: (plan.starts_on, plan.code))
    begun = [plan for plan in ordered if plan.starts_on <= clock.today()]
    return begun[-1] if begun else next(iter(ordered), None)


def plans() -> QuerySet[Plan]:
    return Plan.objects.select_related("predecessor").prefetch_related(
        "expected_benefits", "oversight_roles__organisation__names", "errata"
    )


def oversight(plan: Plan) -> QuerySet[OversightRole]:
    """Who oversees, coordinates or controls the plan."""
    return plan.oversight_roles.order_by("role", "organisation__order")


def pillars() -> QuerySet[Pillar]:
    """Pillars with the prose's participants, key tasks, table columns, lineage and the results listed for them."""
    columns = TableColumn.objects.prefetch_related("mappings__sub_item")
    return Pillar.objects.select_related("plan").prefetch_related(
        "participants__organisation__names",
        "key_tasks__sub_item",
        Prefetch("table_columns", columns),
        Prefetch("came_from", PillarLineage.objects.select_related("earlier__plan")),
        Prefetch("became", PillarLineage.objects.select_related("later__plan")),
        "listed_results",
    )


def sub_items() -> QuerySet[SubItem]:
    return SubItem.objects.select_related("pillar__plan").prefetch_related(
        "key_tasks", "mappings__column", "responsibilities__organisation"
    )


def responsibilities() -> QuerySet[Responsibility]:
    return Responsibility.objects.select_related(
        "sub_item__pillar__plan", "organisation", "unit_organisation"
    ).prefetch_related("organisation__names")


def programs() -> QuerySet[Program]:
    """Programmes with the rows that list them (in the tables' order), those rows' marks, parts, milestones and later changes."""
    listings = (
        ProgramListing.objects.select_related("row", "part")
        .prefetch_related(
            "row__pillars",
            Prefetch("row__marks", Mark.objects.select_related("column").order_by("column__order")),
        )
        .order_by("row__table", "row__number")
    )
    versions = ProgramVersion.objects.select_related("organisation").prefetch_related("organisation__names")
    later = ProgramMark.objects.select_related("column__pillar", "part")
    return Program.objects.select_related("plan", "organisation", "predecessor").prefetch_related(
        "organisation__names",
        "parts",
        "milestones",
        "changes",
        Prefetch("versions", versions),
        Prefetch("later_marks", later),
        Prefetch("listings", listings),
    )


def milestones_in_force(plan: Plan, quarter: Quarter) -> list[ProgramMilestone]:
    """Each milestone of the plan's programmes once, as it holds in the quarter: by programme, then by day; one query."""
    effective = ProgramMilestone.objects.filter(program__plan=plan, effective_from__lte=quarter)
    newest = effective.order_by("program__code", "code", "-effective_from").distinct("program__code", "code")
    in_force = [
        each
        for each in newest.select_related("program")
        if each.dropped_from is None or each.dropped_from > quarter
    ]
    return sorted(in_force, key=lambda each: (each.program.code, each.due_on, each.code))


@dataclass(frozen=True)
class Running:
    """A programme that the plan asks for in a quarter, and what is said of it there."""

    program: Program
    standing: Standing


def with_versions(programs: QuerySet[Program]) -> QuerySet[Program]:
    """Programmes with their organisation and every later standing: three queries with those of the names."""
    versions = ProgramVersion.objects.select_related("organisation").prefetch_related("organisation__names")
    return programs.select_related("organisation").prefetch_related(
        "organisation__names", Prefetch("versions", versions)
    )


def running_programs(plan: Plan, quarter: Quarter) -> list[Running]:
    """The programmes that run in the quarter, by code; two queries, and one more once any has changed."""
    versions = Prefetch("versions", ProgramVersion.objects.select_related("organisation"))
    programs = plan.programs.select_related("organisation").prefetch_related(versions).order_by("code")
    return [Running(each, each.standing_in(quarter)) for each in programs if each.runs_in(quarter)]


_SHOWN = ("name_zh", "name_en", "period_printed", "period_start", "period_end")


def standing_json(program_id: Any, quarter: Quarter) -> Subquery:
    """What `show_as_it_stands` needs, read with the rows that refer to the programme; null as long as print holds."""
    newest = ProgramVersion.objects.filter(program=program_id, effective_from__lte=quarter)
    return Subquery(
        newest.order_by("-effective_from").values(json=JSONObject(**{name: name for name in _SHOWN}))[:1]
    )


def show_as_it_stands(program: Program, json: dict[str, str | None] | None) -> None:
    """Lets a programme that is only shown bear the names and period of a quarter."""
    for name, value in (json or {}).items():
        is_day = name in ("period_start", "period_end") and value
        setattr(program, name, date.fromisoformat(str(value)) if is_day else value)


@dataclass(frozen=True)
class BorneMark:
    """A mark that a programme, or a part of it, bears; without a column it stands in a table that has no marks."""

    program_id: int
    part_id: int | None
    column_id: int | None
    kind: str


def marks_in_force(plan: Plan, quarter: Quarter) -> list[BorneMark]:
    """The marks that hold in the quarter: what was decided of a column, else what is printed; two queries."""
    decided = (
        ProgramMark.objects.filter(program__plan=plan, effective_from__lte=quarter)
        .order_by("program_id", "column_id", "-effective_from")
        .distinct("program_id", "column_id")
    )
    later = {(each.program_id, each.column_id): each for each in decided}
    printed = ProgramListing.objects.filter(program__plan=plan).values_list(
        "program_id", "part_id", "row__marks__column_id", "row__marks__kind"
    )
    return [
        *(
            BorneMark(program, part, column, kind or Mark.Kind.PRIMARY)
            for program, part, column, kind in printed
            if (program, column) not in later
        ),
        *(
            BorneMark(each.program_id, each.part_id, each.column_id, each.kind)
            for each in later.values()
            if each.kind != ProgramMark.Kind.NONE
        ),
    ]
