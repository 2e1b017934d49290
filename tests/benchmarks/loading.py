"""A synthetic plan comes into an empty, migrated database by COPY, in constant memory, and lies there as history would.

Facts come quarter by quarter and, within one, report by report, so that an indicator's history is scattered over the
table as acceptance scatters it. Indexes are built afterwards; figures are left to the roll-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.apps import apps
from django.db import connection, transaction

from ministries.models import Membership, Organisation, OrganisationName, Role, User
from programs.models import (
    ColumnSubItem,
    Mark,
    MilestoneObservation,
    Pillar,
    Plan,
    Program,
    ProgramListing,
    ProgramMilestone,
    ProgramObservation,
    SubItem,
    TableColumn,
    TableRow,
)
from programs.quarters import Quarter
from reports import services
from reports.models import Report, ReportingQuarter, ReportState
from tests.benchmarks import synthetic
from tests.benchmarks.synthetic import (
    ACCEPTED,
    MILESTONES,
    PILLARS,
    PLAN,
    PROGRAMS,
    QUARTERS,
    SUB_ITEMS,
    Size,
    moment,
)

SOURCE = {"source_document": "synthetic"}


def load(size: Size) -> None:
    """Everything of a plan of this size but its figures, ready to be measured."""
    with transaction.atomic():
        _people(size)
        _structure()
        _programs(size)
        _rounds(size)
    with transaction.atomic():
        run("SET LOCAL session_replication_role = replica")  # foreign keys are right by construction
        run("SET LOCAL maintenance_work_mem = '512MB'")
        _indicators(size)
        _facts(size)
        _continue_sequences()
    for statement in ("VACUUM (ANALYZE)", "CHECKPOINT"):
        run(statement)


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _people(size: Size) -> None:
    Organisation.objects.bulk_create(
        Organisation(
            pk=number,
            code=f"O{number}",
            kind=Organisation.Kind.MINISTRY,
            order=number,
            is_secretariat=number == 1,
            **SOURCE,
        )
        for number in range(1, size.organisations + 1)
    )
    OrganisationName.objects.bulk_create(
        OrganisationName(
            organisation_id=number,
            name_zh=f"第 {number} 機關",
            name_en=f"Organisation {number}",
            short_zh=f"機關 {number}",
            short_en=f"O {number}",
            **SOURCE,
        )
        for number in range(1, size.organisations + 1)
    )
    reviewer = User.objects.create(pk=synthetic.ACTOR, email="reviewer@synthetic.test", name="reviewer")
    Membership.objects.create(
        user=reviewer, organisation_id=1, role=Role.REVIEWER, started_at=moment(synthetic.FIRST, 0)
    )


def _structure() -> None:
    Plan.objects.create(
        pk=PLAN,
        code="synthetic",
        name_zh="合成計畫",
        name_en="Synthetic plan",
        short_name_zh="合成",
        short_name_en="Synthetic",
        starts_on=synthetic.FIRST.first_day,
        ends_on=synthetic.quarters()[-1].last_day,
        **SOURCE,
    )
    Pillar.objects.bulk_create(
        Pillar(
            pk=number,
            plan_id=PLAN,
            code=f"P{number}",
            order=number,
            name_zh=f"主軸 {number}",
            name_en=f"Pillar {number}",
            **SOURCE,
        )
        for number in range(1, PILLARS + 1)
    )
    SubItem.objects.bulk_create(
        SubItem(
            pk=number,
            pillar_id=pillar,
            code=f"S{number}",
            order=number,
            name_zh=f"子項 {number}",
            name_en=f"Sub-item {number}",
            **SOURCE,
        )
        for pillar in range(1, PILLARS + 1)
        for number in synthetic.sub_items_of(pillar)
    )


def _programs(size: Size) -> None:
    """Programmes with a row each in one table, marked under one sub-item, with milestones and a fact per quarter."""
    pillar_of = {sub: pillar for pillar in range(1, PILLARS + 1) for sub in synthetic.sub_items_of(pillar)}
    owner = {number: (number - 1) % size.organisations + 1 for number in range(1, PROGRAMS + 1)}
    TableColumn.objects.bulk_create(
        TableColumn(
            pk=sub_item,
            plan_id=PLAN,
            pillar_id=pillar_of[sub_item],
            table=3,
            order=sub_item,
            heading_zh=f"欄 {sub_item}",
            heading_en=f"Column {sub_item}",
            **SOURCE,
        )
        for sub_item in range(1, SUB_ITEMS + 1)
    )
    ColumnSubItem.objects.bulk_create(
        ColumnSubItem(column_id=number, sub_item_id=number) for number in range(1, SUB_ITEMS + 1)
    )
    Program.objects.bulk_create(
        Program(
            pk=number,
            plan_id=PLAN,
            code=f"G{number}",
            organisation_id=owner[number],
            name_zh=f"計畫 {number}",
            name_en=f"Programme {number}",
            kind=Program.Kind.NEW,
        )
        for number in owner
    )
    TableRow.objects.bulk_create(
        TableRow(pk=number, plan_id=PLAN, table=3, number=number, organisation_id=owner[number], **SOURCE)
        for number in owner
    )
    ProgramListing.objects.bulk_create(ProgramListing(row_id=number, program_id=number) for number in owner)
    Mark.objects.bulk_create(
        Mark(row_id=number, column_id=(number - 1) % SUB_ITEMS + 1, kind=Mark.Kind.PRIMARY)
        for number in owner
    )
    _progress(owner)
    _milestones(owner)


def _progress(owner: dict[int, int]) -> None:
    ProgramObservation.objects.bulk_create(
        ProgramObservation(
            program_id=number,
            organisation_id=owner[number],
            quarter=quarter,
            statement=ProgramObservation.Statement.PROGRESS,
            planned_progress=100 * position / QUARTERS,
            actual_progress=max(0, 100 * position / QUARTERS - number % 9),
            appropriation=40_000_000 + number * 1_000_000,
            allocated=10_000_000 * quarter.number,
            spent=(9_000_000 + number * 50_000) * quarter.number,
            payable=0,
            surplus=0,
            accepted_at=moment(quarter, ACCEPTED),
            accepted_by_id=synthetic.ACTOR,
            origin=f"line {number} revision 1",
        )
        for position, quarter in enumerate(synthetic.quarters(), start=1)
        for number in owner
    )


def _milestones(owner: dict[int, int]) -> None:
    """Three of each programme, a year and a third apart; most are reached in the quarter in which they are due."""
    due = {each: synthetic.FIRST + (QUARTERS * each // MILESTONES - 1) for each in range(1, MILESTONES + 1)}
    milestones = [
        ProgramMilestone(
            pk=number * MILESTONES + each,
            program_id=number,
            code=f"M{each}",
            name_zh=f"查核點 {each}",
            due_on=due[each].last_day,
            effective_from=synthetic.FIRST,
        )
        for number in owner
        for each in due
    ]
    ProgramMilestone.objects.bulk_create(milestones)
    MilestoneObservation.objects.bulk_create(
        MilestoneObservation(
            milestone=milestone,
            organisation_id=owner[milestone.program_id],
            quarter=Quarter.containing(milestone.due_on),
            statement=MilestoneObservation.Statement.REACHED,
            reached_on=milestone.due_on - timedelta(days=milestone.pk % 60),
            accepted_at=moment(Quarter.containing(milestone.due_on), ACCEPTED),
            accepted_by_id=synthetic.ACTOR,
            origin=f"line {milestone.pk} revision 1",
        )
        for milestone in milestones
        if milestone.pk % 7
    )


def _rounds(size: Size) -> None:
    """Every round is open, and every organisation's report of it accepted."""
    services.create_quarters(plan=Plan.objects.get(pk=PLAN))
    for round_ in ReportingQuarter.objects.all():
        opened, accepted = moment(round_.quarter, 1), moment(round_.quarter, ACCEPTED)
        round_.opened_at, round_.opened_by_id = opened, synthetic.ACTOR
        round_.save()
        Report.objects.bulk_create(
            Report(
                reporting_quarter=round_,
                organisation_id=number,
                state=ReportState.ACCEPTED,
                submitted_at=accepted,
                first_submitted_at=accepted,
                days_late=0,
                submitted_by_id=synthetic.ACTOR,
                decided_at=accepted,
                decided_by_id=synthetic.ACTOR,
            )
            for number in range(1, size.organisations + 1)
        )


def _indicators(size: Size) -> None:
    _copy_rows("kpis_indicator", _INDICATOR_COLUMNS, (_indicator(shape) for shape in size.shapes))
    _copy_rows(
        "kpis_milestonestage",
        ("id", "indicator_id", "order", "name_zh", "name_en", "share", *_SOURCE_COLUMNS),
        (
            (shape.first_stage + each, shape.number, each, "階段", "Stage", (each + 1) / 4, *_SOURCE)
            for shape in size.shapes
            if shape.kind == "milestone"
            for each in range(synthetic.STAGES)
        ),
    )
    _copy_rows(
        "kpis_indicatorowner",
        ("indicator_id", "organisation_id", "named_by_plan"),
        (
            (shape.number, organisation, True)
            for shape in size.shapes
            for organisation in range(1, size.organisations + 1)
        ),
    )
    _copy_rows(
        "kpis_indicatorsubitem",
        ("indicator_id", "sub_item_id", "note_zh", "note_en"),
        ((shape.number, sub_item, "", "") for shape in size.shapes for sub_item in shape.sub_items),
    )
    _copy_rows("kpis_target", synthetic.TARGET_COLUMNS, synthetic.targets(size))
    _copy_rows("kpis_scheduledshare", ("target_id", "quarter", "share"), synthetic.scheduled_shares(size))
    _copy_rows(
        "kpis_indicatorweight",
        ("indicator_id", "effective_from", "weight"),
        ((shape.number, synthetic.FIRST.ordinal, 2) for shape in size.shapes if shape.number % 10 == 4),
    )


_SOURCE_COLUMNS = ("source_document", "source_table", "source_printed")
_SOURCE = ("synthetic", "", "")
_INDICATOR_COLUMNS = (
    *("id", "plan_id", "pillar_id", "code", "kind", "order", "name_zh", "name_en"),
    *("definition_zh", "definition_en", "definition_is_provisional", "aggregation", "unit_zh", "unit_en"),
    *("decimal_places", "baseline", "baseline_statement_zh", "baseline_statement_en"),
    *_SOURCE_COLUMNS,
)


def _indicator(shape: synthetic.Shape) -> synthetic.Row:
    return (
        *(shape.number, PLAN, shape.pillar, f"K{shape.number}", "key_result", shape.number),
        *(f"指標 {shape.number}", f"Indicator {shape.number}", "", "", False, shape.kind, "人", "people"),
        *(0, shape.baseline, "無", "None"),
        *_SOURCE,
    )


def _copy_rows(table: str, columns: Sequence[str], rows: Iterable[synthetic.Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(_copy_statement(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)


def _copy_statement(table: str, columns: Sequence[str], options: str = "") -> str:
    named = ", ".join(f'"{column}"' for column in columns)
    return f"COPY {table} ({named}) FROM STDIN {options}"


def _facts(size: Size) -> None:
    """Emptied in the same transaction, the table takes its rows frozen and without a line in the log."""
    run("TRUNCATE kpis_observation")
    statement = _copy_statement("kpis_observation", synthetic.FACT_COLUMNS, "WITH (FREEZE)")
    with (
        _indexes_built_afterwards("kpis_observation"),
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for quarter in synthetic.quarters():
            for organisation in range(1, size.organisations + 1):
                copy.write("".join(synthetic.facts(size, quarter, organisation)))


@contextmanager
def _indexes_built_afterwards(table: str) -> Iterator[None]:
    """Without the table's indexes for the length of the block, but for the primary key, whose keys come in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype IN ('u', 'x')",
            [table],
        )
        constraints = cursor.fetchall()
        for name, _definition in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = %s::regclass AND NOT indisprimary",
            [table],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        run(definition)
    for name, definition in constraints:
        run(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _continue_sequences() -> None:
    """The next record gets a number of its own, also where records came with theirs."""
    for model in apps.get_models():
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attidentity <> ''",
                [table],
            )
            for (column,) in cursor.fetchall():
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) "
                    f"FROM {table} HAVING max({column}) IS NOT NULL"
                )
