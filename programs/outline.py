"""The plan as the public reads it, as it holds in one quarter: pillars, sub-items, who is responsible, programmes.

Five queries give all of it, however large the plan is. It knows no figures and no requests that are still open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject

from ministries.selectors import Called, called_on
from programs.models import (
    ColumnSubItem,
    KeyTask,
    Mark,
    Pillar,
    PillarParticipant,
    Plan,
    PlanChange,
    Program,
    ProgramListing,
    ProgramMark,
    ProgramPart,
    ProgramVersion,
    ReleaseGround,
    Responsibility,
    RevisionGround,
    Standing,
    SubItem,
    TableColumn,
    TableRow,
)
from programs.quarters import Quarter

RUNNING, COMING, ENDED, RELEASED = "running", "coming", "ended", "released"


@dataclass(frozen=True)
class Answering:
    """Who answers for a sub-item, as Table 2 says it; without `organisation` the open placeholder 相關部會."""

    organisation: Called | None
    placeholder: str
    role: str
    unit: str
    unit_organisation: Called | None
    unit_is_principal: bool
    scope_zh: str
    scope_en: str
    is_open_list: bool

    @property
    def role_label(self) -> str:
        return str(Responsibility.Role(self.role).label)


@dataclass(frozen=True)
class Task:
    """A key task; `mark` is the printed 甲, 乙, 丙 or 丁."""

    mark: str
    text_zh: str
    text_en: str


@dataclass(frozen=True)
class Item:
    """A sub-item (子項); `printed` is the cell of Table 2 that names who is responsible."""

    pillar: str
    code: str
    name_zh: str
    name_en: str
    printed: str
    answering: tuple[Answering, ...]
    tasks: tuple[Task, ...]

    @property
    def further_tasks(self) -> list[Task]:
        """The key tasks that say more than the sub-item's name."""
        return [each for each in self.tasks if each.text_zh != self.name_zh]


@dataclass(frozen=True)
class Column:
    """A column of Tables 3-7, and the codes of the sub-items that it stands for."""

    pk: int
    pillar: str
    table: int
    order: int
    heading_zh: str
    heading_en: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """A pillar (主軸) whole; `participants` are the ministries that the prose of chapter 參 names."""

    code: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    items: tuple[Item, ...]
    columns: tuple[Column, ...]
    participants: tuple[Called, ...]


@dataclass(frozen=True)
class Placed:
    """A mark that a programme bears in a column; with `part` it is that part's alone."""

    column: Column
    kind: str
    part: ProgramPart | None

    @property
    def sign(self) -> str:
        return "√" if self.kind == Mark.Kind.PRIMARY else "△"

    @property
    def meaning(self) -> str:
        return str(Mark.Kind(self.kind).label)


@dataclass(frozen=True)
class Listing:
    """A row of Tables 3-8 that lists the programme, as printed."""

    table: int
    number: int
    printed: str
    pillars: tuple[str, ...]


@dataclass(frozen=True)
class Changed:
    """That something was decided of the programme after the plan was approved: what, from when on, on which ground."""

    kind: str
    effective_from: Quarter
    ground: str

    @property
    def kind_label(self) -> str:
        return str(PlanChange.Kind(self.kind).label)

    @property
    def ground_label(self) -> str:
        return str(_GROUNDS.get(self.ground, ""))


_GROUNDS = dict([*RevisionGround.choices, *ReleaseGround.choices])


@dataclass(frozen=True)
class Carried:
    """A programme with what holds of it in the quarter; `pillars` and `items` are codes, in the plan's order."""

    program: Program
    standing: Standing
    organisation: Called
    state: str
    marks: tuple[Placed, ...]
    listings: tuple[Listing, ...]
    parts: tuple[ProgramPart, ...]
    changes: tuple[Changed, ...]
    pillars: tuple[str, ...]
    items: tuple[str, ...]

    @property
    def code(self) -> str:
        return self.program.code

    def marks_in(self, pillar: str) -> list[Placed]:
        return [each for each in self.marks if each.column.pillar == pillar]

    def runs_in_year(self, year: int) -> bool:
        """Whether its period touches the Western year; one without a printed period touches all."""
        start, end = self.standing.period_start, self.standing.period_end
        return (start is None or start.year <= year) and (end is None or end.year >= year)


@dataclass(frozen=True)
class Outline:
    """The whole plan in one quarter."""

    plan: Plan
    quarter: Quarter
    pillars: tuple[Axis, ...]
    programs: tuple[Carried, ...]
    organisations: dict[int, Called]

    def pillar(self, code: str) -> Axis | None:
        return next((each for each in self.pillars if each.code == code), None)

    def program(self, code: str) -> Carried | None:
        return next((each for each in self.programs if each.code == code), None)

    def organisation(self, code: str) -> Called | None:
        return next((each for each in self.organisations.values() if each.code == code), None)

    @property
    def items(self) -> list[Item]:
        return [item for pillar in self.pillars for item in pillar.items]

    @property
    def years(self) -> list[int]:
        """The Western years of the plan."""
        return list(range(self.plan.starts_on.year, self.plan.ends_on.year + 1))

    def programs_of(self, pillar: str) -> list[Carried]:
        return [each for each in self.programs if pillar in each.pillars]

    def duties_of(self, organisation: int) -> list[tuple[Item, list[Answering]]]:
        """The sub-items for which it answers itself or through a unit, each with every role that it has there."""
        found = []
        for item in self.items:
            own = [each for each in item.answering if _is_of(each, organisation)]
            if own:
                found.append((item, own))
        return found

    @property
    def responsible(self) -> list[Called]:
        """Everybody who answers for a sub-item, carries a programme or is named by the prose of a pillar."""
        named = {
            each.organisation.organisation.pk
            for item in self.items
            for each in item.answering
            if each.organisation
        }
        named |= {each.organisation.organisation.pk for each in self.programs}
        named |= {each.organisation.pk for pillar in self.pillars for each in pillar.participants}
        return [each for pk, each in self.organisations.items() if pk in named]


def _is_of(answering: Answering, organisation: int) -> bool:
    holders = (answering.organisation, answering.unit_organisation)
    return any(each is not None and each.organisation.pk == organisation for each in holders)


def outline(plan: Plan, quarter: Quarter, day: date) -> Outline:
    """The plan as it holds in the quarter, organisations under their names of `day`; five queries."""
    organisations = called_on(day)
    pillars = tuple(_axis(each, organisations) for each in _pillars(plan))
    return Outline(
        plan=plan,
        quarter=quarter,
        pillars=pillars,
        programs=tuple(_programs(plan, quarter, pillars, organisations)),
        organisations=organisations,
    )


def state_of(program: Program, standing: Standing, quarter: Quarter) -> str:
    """Whether the programme is asked for in the quarter, and if not, why; `standing` is what holds in it."""
    if program.released_from and program.released_from <= quarter:
        return RELEASED
    if standing.covers(quarter):
        return RUNNING if program.is_kept_in(quarter) else COMING
    is_over = standing.period_end is not None and standing.period_end < quarter.first_day
    return ENDED if is_over else COMING


# --- pillars ----------------------------------------------------------------------------------------------
def _pillars(plan: Plan) -> Iterable[Any]:
    """Pillars with all that hangs on them as JSON: one query."""
    answering = Responsibility.objects.filter(sub_item=OuterRef("pk")).order_by("order")
    tasks = KeyTask.objects.filter(sub_item=OuterRef("pk")).order_by("order")
    items = SubItem.objects.filter(pillar=OuterRef("pk")).order_by("order")
    columns = TableColumn.objects.filter(pillar=OuterRef("pk")).order_by("table", "order")
    mapped = ColumnSubItem.objects.filter(column=OuterRef("pk")).order_by("sub_item__order")
    participants = PillarParticipant.objects.filter(pillar=OuterRef("pk")).order_by("order")
    return Pillar.objects.filter(plan=plan).annotate(
        item_list=ArraySubquery(
            items.values(
                json=JSONObject(
                    **_same("code", "name_zh", "name_en"),
                    answering=ArraySubquery(answering.values(json=JSONObject(**_same(*_ANSWERING)))),
                    tasks=ArraySubquery(tasks.values(json=JSONObject(**_same("mark", "text_zh", "text_en")))),
                )
            )
        ),
        column_list=ArraySubquery(
            columns.values(
                json=JSONObject(
                    **_same("id", "table", "order", "heading_zh", "heading_en"),
                    items=ArraySubquery(mapped.values("sub_item__code")),
                )
            )
        ),
        participant_list=ArraySubquery(participants.values("organisation_id")),
    )


_ANSWERING = (
    *("organisation_id", "placeholder", "role", "unit", "unit_organisation_id", "unit_is_principal"),
    *("scope_zh", "scope_en", "is_open_list", "source_printed"),
)


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _axis(row: Any, organisations: dict[int, Called]) -> Axis:
    return Axis(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        description_zh=row.description_zh,
        description_en=row.description_en,
        items=tuple(_item(row.code, each, organisations) for each in row.item_list),
        columns=tuple(_column(row.code, each) for each in row.column_list),
        participants=tuple(organisations[pk] for pk in row.participant_list if pk in organisations),
    )


def _item(pillar: str, json: dict[str, Any], organisations: dict[int, Called]) -> Item:
    cells = [each["source_printed"] for each in json["answering"]]
    return Item(
        pillar=pillar,
        code=json["code"],
        name_zh=json["name_zh"],
        name_en=json["name_en"],
        printed=cells[0] if cells else "",
        answering=tuple(_answering(each, organisations) for each in json["answering"]),
        tasks=tuple(Task(**each) for each in json["tasks"]),
    )


def _answering(json: dict[str, Any], organisations: dict[int, Called]) -> Answering:
    holder, unit = json["organisation_id"], json["unit_organisation_id"]
    words = {name: json[name] for name in _ANSWERING if not name.endswith(("_id", "_printed"))}
    return Answering(
        organisation=organisations.get(holder), unit_organisation=organisations.get(unit), **words
    )


def _column(pillar: str, json: dict[str, Any]) -> Column:
    words = {name: json[name] for name in ("table", "order", "heading_zh", "heading_en")}
    return Column(pk=json["id"], pillar=pillar, items=tuple(json["items"]), **words)


# --- programmes -------------------------------------------------------------------------------------------
_STANDING = (
    *("organisation_id", "name_zh", "name_en", "kind", "name_is_provisional"),
    *("period_printed", "period_start", "period_end"),
)


def _programs(
    plan: Plan, quarter: Quarter, pillars: tuple[Axis, ...], organisations: dict[int, Called]
) -> Iterator[Carried]:
    """Those that the plan had in the quarter, by code; three queries."""
    columns = {column.pk: column for pillar in pillars for column in pillar.columns}
    newest = ProgramVersion.objects.filter(program=OuterRef("pk"), effective_from__lte=quarter)
    part = ProgramPart.objects.filter(program=OuterRef("pk")).order_by("code")
    changes = PlanChange.objects.filter(program=OuterRef("pk"), effective_from__lte=quarter)
    rows: Any = (
        Program.objects.filter(plan=plan)
        .select_related("predecessor")
        .annotate(
            version=Subquery(
                newest.order_by("-effective_from").values(json=JSONObject(**_same(*_STANDING)))[:1]
            ),
            part_list=ArraySubquery(part.values(json=JSONObject(**_same(*_PART)))),
            change_list=ArraySubquery(
                changes.values(json=JSONObject(**_same("kind", "effective_from", "ground")))
            ),
        )
        .order_by("code")
    )
    listings, printed = _listings(plan)
    decided = _decided(plan, quarter)
    for program in rows:
        if program.joined_from is not None and program.joined_from > quarter:
            continue
        standing = _standing(program)
        parts = {each["id"]: _part(each) for each in program.part_list}
        later = {each.column_id: each for each in decided if each.program_id == program.pk}
        borne = [each for each in printed.get(program.pk, ()) if each[0] not in later]
        borne += [(each.column_id, each.kind, each.part_id) for each in later.values()]
        marks = sorted(
            (
                Placed(columns[column], kind, parts.get(part or 0))
                for column, kind, part in borne
                if column in columns and kind != ProgramMark.Kind.NONE
            ),
            key=lambda mark: (mark.column.table, mark.column.order),
        )
        own = tuple(listings.get(program.pk, ()))
        in_pillars = {each.column.pillar for each in marks} | {code for each in own for code in each.pillars}
        in_items = {code for each in marks for code in each.column.items}
        yield Carried(
            program=program,
            standing=standing,
            organisation=organisations[standing.organisation_id],
            state=state_of(program, standing, quarter),
            marks=tuple(marks),
            listings=own,
            parts=tuple(each for each in parts.values() if each.holds_in(quarter)),
            changes=tuple(
                Changed(each["kind"], Quarter(each["effective_from"]), each["ground"])
                for each in program.change_list
            ),
            pillars=tuple(each.code for each in pillars if each.code in in_pillars),
            items=tuple(item.code for pillar in pillars for item in pillar.items if item.code in in_items),
        )


_PART = ("id", "code", "name_zh", "name_en", "effective_from", "dropped_from")


def _part(json: dict[str, Any]) -> ProgramPart:
    ends = {name: json[name] for name in ("effective_from", "dropped_from")}
    quarters = {name: None if value is None else Quarter(value) for name, value in ends.items()}
    return ProgramPart(**{**json, **quarters})


def _standing(program: Any) -> Standing:
    if program.version is None:
        standing: Standing = program
        return standing
    days = {
        name: date.fromisoformat(program.version[name]) if program.version[name] else None
        for name in ("period_start", "period_end")
    }
    return ProgramVersion(**{**program.version, **days})


def _listings(
    plan: Plan,
) -> tuple[dict[int, list[Listing]], dict[int, list[tuple[int, str, int | None]]]]:
    """By programme: the rows that list it, and the marks printed in them as (column, kind, part); one query."""
    in_pillars = TableRow.pillars.through.objects.filter(tablerow=OuterRef("row_id"))
    marks = Mark.objects.filter(row=OuterRef("row_id"))
    rows: Any = (
        ProgramListing.objects.filter(program__plan=plan)
        .select_related("row")
        .annotate(
            pillar_list=ArraySubquery(in_pillars.order_by("pillar__order").values("pillar__code")),
            mark_list=ArraySubquery(marks.values(json=JSONObject(column="column_id", kind=F("kind")))),
        )
        .order_by("row__table", "row__number")
    )
    listings: dict[int, list[Listing]] = {}
    printed: dict[int, list[tuple[int, str, int | None]]] = {}
    for each in rows:
        row = each.row
        listings.setdefault(each.program_id, []).append(
            Listing(row.table, row.number, row.source_printed, tuple(each.pillar_list))
        )
        printed.setdefault(each.program_id, []).extend(
            (mark["column"], mark["kind"], each.part_id) for mark in each.mark_list
        )
    return listings, printed


def _decided(plan: Plan, quarter: Quarter) -> list[ProgramMark]:
    """Of the marks that were decided after the plan, the newest of each programme and column; one query."""
    effective = ProgramMark.objects.filter(program__plan=plan, effective_from__lte=quarter)
    newest = effective.order_by("program_id", "column_id", "-effective_from")
    return list(newest.distinct("program_id", "column_id"))
