"""What belongs to one plan is saved in the order in which its parts refer to each other.

Pillars, sub-items, programmes, parts, milestones, indicators, their owners, targets and weights, schedules, monitoring
standards and rules of checks are never deleted for being absent from the files: they may have come by other ways. Everything else is a
detail of the printed plan and follows the files. What was decided after the plan was printed stands beside it and is
neither changed nor named as left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kpis.imports.indicator_records import IndicatorRecord, TargetRecord
from kpis.imports.records import FileRecord, PillarRecord, ProgramRecord, RowRecord
from kpis.imports.standard_records import CheckRuleRecord, StandardRecord
from kpis.imports.table_checks import MARKS
from kpis.models import (
    CheckRule,
    Indicator,
    IndicatorOwner,
    IndicatorSubItem,
    IndicatorWeight,
    MilestoneStage,
    MonitoringStandard,
    ScheduledShare,
    Target,
)
from kpis.services.plan_rows import in_levels, plain, sourced
from kpis.services.synchronising import Changes, Row
from ministries.models import Organisation
from programs.models import (
    ColumnSubItem,
    EarlierResult,
    Erratum,
    ExpectedBenefit,
    KeyTask,
    Mark,
    OversightRole,
    Pillar,
    PillarLineage,
    PillarParticipant,
    Plan,
    Program,
    ProgramListing,
    ProgramMilestone,
    ProgramPart,
    Responsibility,
    SubItem,
    TableColumn,
    TableRow,
)


@dataclass
class PlanContents:
    """Saves one plan's contents; remembers what it saved by code, for the records that refer to it."""

    changes: Changes
    plan: Plan
    organisations: Mapping[str, Organisation]
    pillars: dict[str, Pillar] = field(default_factory=dict)
    sub_items: dict[str, SubItem] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)
    parts: dict[tuple[str, str], ProgramPart] = field(default_factory=dict)
    columns: dict[int, list[TableColumn]] = field(default_factory=dict)

    def save(self, group: FileRecord) -> None:
        self._about_the_plan(group)
        self._pillars(group.pillars)
        self._participants(group.pillars)
        self._sub_items(group.pillars)
        self._responsibilities(group.pillars)
        self._texts(group.pillars)
        self._lineage(group.pillars)
        self._programs(group.programs)
        self._columns(group)
        self._rows(group)
        self._standards(group.monitoring_standards)
        self._check_rules(group.check_rules)
        self._indicators(group.indicators)

    def _organisation(self, code: str | None) -> Organisation | None:
        return self.organisations[code] if code else None

    def _about_the_plan(self, group: FileRecord) -> None:
        benefits = [
            plain(each, ExpectedBenefit)
            | sourced(each.source, each.text_zh)
            | {"plan": self.plan, "order": order}
            for order, each in enumerate(group.expected_benefits, 1)
        ]
        self.changes.synchronise(self.plan.expected_benefits.all(), ["order"], benefits)
        roles = [
            plain(each, OversightRole)
            | sourced(each.source)
            | {"plan": self.plan, "organisation": self.organisations[each.organisation]}
            for each in group.oversight
        ]
        self.changes.synchronise(self.plan.oversight_roles.all(), ["organisation", "role"], roles)
        errata = [
            plain(each, Erratum) | sourced(each.source) | {"plan": self.plan, "order": order}
            for order, each in enumerate(group.errata, 1)
        ]
        self.changes.synchronise(self.plan.errata.all(), ["order"], errata)

    def _pillars(self, pillars: Iterable[PillarRecord]) -> None:
        rows = [
            plain(each, Pillar) | sourced(each.source) | {"plan": self.plan, "order": order}
            for order, each in enumerate(pillars, 1)
        ]
        saved = self.changes.synchronise(self.plan.pillars.all(), ["code"], rows, keep=True)
        self.pillars = {each.code: each for each in saved}

    def _participants(self, pillars: Iterable[PillarRecord]) -> None:
        rows = [
            sourced(pillar.participants.source)
            | {"pillar": self.pillars[pillar.code], "organisation": self.organisations[code], "order": order}
            for pillar in pillars
            if pillar.participants
            for order, code in enumerate(pillar.participants.organisations, 1)
        ]
        scope = PillarParticipant.objects.filter(pillar__plan=self.plan)
        self.changes.synchronise(scope, ["pillar", "organisation"], rows)

    def _sub_items(self, pillars: Iterable[PillarRecord]) -> None:
        for pillar in pillars:
            owner = self.pillars[pillar.code]
            rows = [
                plain(each, SubItem) | sourced(each.source) | {"pillar": owner, "order": order}
                for order, each in enumerate(pillar.sub_items, 1)
            ]
            saved = self.changes.synchronise(owner.sub_items.all(), ["code"], rows, keep=True)
            self.sub_items |= {each.code: each for each in saved}

    def _responsibilities(self, pillars: Iterable[PillarRecord]) -> None:
        rows = [
            plain(each, Responsibility)
            | sourced(sub_item.source)
            | {
                "source_printed": sub_item.responsibilities_printed,
                "sub_item": self.sub_items[sub_item.code],
                "organisation": self._organisation(each.organisation),
                "unit_organisation": self._organisation(each.unit_organisation),
                "order": order,
            }
            for pillar in pillars
            for sub_item in pillar.sub_items
            for order, each in enumerate(sub_item.responsibilities, 1)
        ]
        scope = Responsibility.objects.filter(sub_item__pillar__plan=self.plan)
        self.changes.synchronise(scope, ["sub_item", "order"], rows)

    def _texts(self, pillars: Iterable[PillarRecord]) -> None:
        """Key tasks and, for an earlier plan, the results listed: their texts are the printed ones."""
        tasks: list[Row] = []
        results: list[Row] = []
        for pillar in pillars:
            owner = self.pillars[pillar.code]
            for order, task in enumerate(pillar.key_tasks, 1):
                row = plain(task, KeyTask) | sourced(task.source, task.text_zh)
                sub_item = self.sub_items[task.sub_item] if task.sub_item else None
                tasks.append(row | {"pillar": owner, "order": order, "sub_item": sub_item})
            for order, result in enumerate(pillar.results, 1):
                row = plain(result, EarlierResult) | sourced(result.source, result.text_zh)
                results.append(row | {"pillar": owner, "order": order})
        self.changes.synchronise(KeyTask.objects.filter(pillar__plan=self.plan), ["pillar", "order"], tasks)
        scope = EarlierResult.objects.filter(pillar__plan=self.plan)
        self.changes.synchronise(scope, ["pillar", "order"], results)

    def _lineage(self, pillars: Iterable[PillarRecord]) -> None:
        """Pillars of earlier plans that live on; those plans are saved already."""
        earlier = {(each.plan.code, each.code): each for each in Pillar.objects.select_related("plan")}
        rows = [
            plain(origin, PillarLineage)
            | sourced(origin.source)
            | {"earlier": earlier[origin.plan, origin.pillar], "later": self.pillars[pillar.code]}
            for pillar in pillars
            for origin in pillar.came_from
        ]
        scope = PillarLineage.objects.filter(later__plan=self.plan)
        self.changes.synchronise(scope, ["earlier", "later"], rows)

    def _programs(self, records: tuple[ProgramRecord, ...]) -> None:
        printed = self.plan.programs.filter(joined_from__isnull=True)
        self.changes.leave(list(printed.exclude(code__in=[each.code for each in records])))
        for level in in_levels(records, lambda each: each.code, lambda each: each.predecessor):
            rows = [
                plain(each, Program)
                | {
                    "plan": self.plan,
                    "organisation": self.organisations[each.organisation],
                    "predecessor": self.programs[each.predecessor] if each.predecessor else None,
                }
                for each in level
            ]
            scope = self.plan.programs.filter(code__in=[each.code for each in level])
            self.programs |= {each.code: each for each in self.changes.synchronise(scope, ["code"], rows)}
        self._parts(records)
        self._milestones(records)

    def _parts(self, records: tuple[ProgramRecord, ...]) -> None:
        owned = [(each.code, part) for each in records for part in each.parts]
        rows = [plain(part, ProgramPart) | {"program": self.programs[code]} for code, part in owned]
        scope = ProgramPart.objects.filter(program__in=self.programs.values(), change__isnull=True)
        parts = self.changes.synchronise(scope, ["program", "code"], rows, keep=True)
        self.parts = {(code, part.code): saved for (code, part), saved in zip(owned, parts, strict=True)}

    def _milestones(self, records: tuple[ProgramRecord, ...]) -> None:
        scope = ProgramMilestone.objects.filter(
            program__plan=self.plan, is_demonstration=False, change__isnull=True
        )
        dropped = {
            (each.program_id, each.code, each.effective_from)
            for each in scope.filter(dropped_by__isnull=False)
        }
        rows = [
            plain(milestone, ProgramMilestone) | {"program": self.programs[each.code]}
            for each in records
            for milestone in each.milestones
        ]
        for row in rows:
            if (row["program"].pk, row["code"], row["effective_from"]) in dropped:
                del row["dropped_from"]
        self.changes.synchronise(scope, ["program", "code", "effective_from"], rows, keep=True)

    def _columns(self, group: FileRecord) -> None:
        document = self.plan.source_document
        headings = [
            (columns, order, heading)
            for columns in group.columns
            for order, heading in enumerate(columns.headings, 1)
        ]
        rows = [
            plain(heading, TableColumn)
            | {
                "plan": self.plan,
                "pillar": self.pillars[columns.pillar],
                "table": columns.table,
                "order": order,
                "source_document": document,
                "source_table": str(columns.table),
                "source_printed": heading.printed,
            }
            for columns, order, heading in headings
        ]
        saved = self.changes.synchronise(self.plan.table_columns.all(), ["table", "order"], rows)
        for column in saved:
            self.columns.setdefault(column.table, []).append(column)
        mappings = [
            {
                "column": column,
                "sub_item": self.sub_items[each.sub_item],
                "note_zh": each.note_zh,
                "note_en": each.note_en,
            }
            for column, (_columns, _order, heading) in zip(saved, headings, strict=True)
            for each in heading.sub_items
        ]
        scope = ColumnSubItem.objects.filter(column__plan=self.plan)
        self.changes.synchronise(scope, ["column", "sub_item"], mappings)

    def _rows(self, group: FileRecord) -> None:
        printed = [
            (table.table, number, row) for table in group.rows for number, row in enumerate(table.rows, 1)
        ]
        rows = [
            {
                "plan": self.plan,
                "table": table,
                "number": number,
                "organisation": self.organisations[row.organisation],
                "source_document": self.plan.source_document,
                "source_table": str(table),
                "source_row": number,
                "source_printed": row.printed,
            }
            for table, number, row in printed
        ]
        saved = self.changes.synchronise(self.plan.table_rows.all(), ["table", "number"], rows)
        both = [(own, row) for own, (_table, _number, row) in zip(saved, printed, strict=True)]
        self._listings(both)
        self._marks(both)
        self._pillars_of_rows(both)

    def _listings(self, rows: list[tuple[TableRow, RowRecord]]) -> None:
        wanted = [
            {
                "row": own,
                "program": self.programs[each.program],
                "part": self.parts[each.program, each.part] if each.part else None,
            }
            for own, row in rows
            for each in row.programs
        ]
        scope = ProgramListing.objects.filter(row__plan=self.plan)
        self.changes.synchronise(scope, ["row", "program"], wanted)

    def _marks(self, rows: list[tuple[TableRow, RowRecord]]) -> None:
        wanted = [
            {"row": own, "column": column, "kind": MARKS[mark]}
            for own, row in rows
            for column, mark in zip(self.columns.get(own.table, []), row.marks, strict=True)
            if mark
        ]
        self.changes.synchronise(Mark.objects.filter(row__plan=self.plan), ["row", "column"], wanted)

    def _pillars_of_rows(self, rows: list[tuple[TableRow, RowRecord]]) -> None:
        """A row belongs to the pillars that it names, or to the pillar of its table's columns."""
        link = TableRow.pillars.through
        wanted = [
            {"tablerow": own, "pillar": pillar} for own, row in rows for pillar in self._pillars_of(own, row)
        ]
        scope = link._default_manager.filter(tablerow__plan=self.plan)
        self.changes.synchronise(scope, ["tablerow", "pillar"], wanted)

    def _pillars_of(self, own: TableRow, row: RowRecord) -> Iterator[Pillar]:
        if row.pillars:
            yield from (self.pillars[code] for code in row.pillars)
        else:
            yield self.columns[own.table][0].pillar

    def _indicators(self, records: tuple[IndicatorRecord, ...]) -> None:
        rows = [
            plain(each, Indicator)
            | sourced(each.source)
            | {
                "plan": self.plan,
                "pillar": self.pillars[each.pillar] if each.pillar else None,
                "order": order,
            }
            for order, each in enumerate(records, 1)
        ]
        saved = self.changes.synchronise(self.plan.indicators.all(), ["code"], rows, keep=True)
        both = list(zip(saved, records, strict=True))
        self._owners(both)
        self._stages(both)
        self._targets(both)
        self._weights(both)
        mappings = [
            {
                "indicator": own,
                "sub_item": self.sub_items[each.sub_item],
                "note_zh": each.note_zh,
                "note_en": each.note_en,
            }
            for own, record in both
            for each in record.sub_items
        ]
        scope = IndicatorSubItem.objects.filter(indicator__plan=self.plan)
        self.changes.synchronise(scope, ["indicator", "sub_item"], mappings)

    def _owners(self, indicators: list[tuple[Indicator, IndicatorRecord]]) -> None:
        scope = IndicatorOwner.objects.filter(indicator__plan=self.plan, change__isnull=True)
        ended = set(scope.filter(ended_by__isnull=False).values_list("indicator_id", "organisation_id"))
        wanted = [
            plain(each, IndicatorOwner)
            | {"indicator": own, "organisation": self.organisations[each.organisation]}
            for own, record in indicators
            for each in record.owners
        ]
        for row in wanted:
            if (row["indicator"].pk, row["organisation"].pk) in ended:
                del row["until_quarter"]
        self.changes.synchronise(scope, ["indicator", "organisation"], wanted, keep=True)

    def _stages(self, indicators: list[tuple[Indicator, IndicatorRecord]]) -> None:
        """A stage is known by its name: facts refer to it, so its place in the list must not make it another one."""
        for own, record in indicators:
            rows = [
                plain(each, MilestoneStage) | sourced(record.source) | {"indicator": own, "order": order}
                for order, each in enumerate(record.stages, 1)
            ]
            self.changes.synchronise(own.stages.all(), ["name_zh"], rows)

    def _targets(self, indicators: list[tuple[Indicator, IndicatorRecord]]) -> None:
        """What was decided is the decision's: files neither change nor miss it, and are told where they say otherwise."""
        targets = Target.objects.filter(indicator__plan=self.plan)
        decided = {
            (each.indicator_id, each.effective_from, each.year): each
            for each in targets.filter(decided_on__isnull=False).select_related("indicator")
        }
        records: list[TargetRecord] = []
        wanted: list[Row] = []
        for own, record in indicators:
            for each in record.targets:
                row = plain(each, Target)
                standing = decided.get((own.pk, each.effective_from, each.year))
                if standing is None:
                    records.append(each)
                    wanted.append(row | sourced(record.source) | {"indicator": own})
                elif any(getattr(standing, name) != value for name, value in row.items()):
                    self.changes.leave([standing])
        key = ["indicator", "effective_from", "year"]
        saved = self.changes.synchronise(targets.filter(decided_on__isnull=True), key, wanted, keep=True)
        schedule = [
            plain(point, ScheduledShare) | {"target": own}
            for own, record in zip(saved, records, strict=True)
            for point in record.schedule
        ]
        points = ScheduledShare.objects.filter(
            target__indicator__plan=self.plan, target__decided_on__isnull=True
        )
        self.changes.synchronise(points, ["target", "quarter"], schedule, keep=True)

    def _weights(self, indicators: list[tuple[Indicator, IndicatorRecord]]) -> None:
        wanted = [
            plain(each, IndicatorWeight) | {"indicator": own}
            for own, record in indicators
            for each in record.weights
        ]
        scope = IndicatorWeight.objects.filter(indicator__plan=self.plan)
        self.changes.synchronise(scope, ["indicator", "effective_from"], wanted, keep=True)

    def _standards(self, records: tuple[StandardRecord, ...]) -> None:
        wanted = [plain(each, MonitoringStandard) | {"plan": self.plan} for each in records]
        scope = MonitoringStandard.objects.filter(plan=self.plan)
        self.changes.synchronise(scope, ["effective_from"], wanted, keep=True)

    def _check_rules(self, records: tuple[CheckRuleRecord, ...]) -> None:
        wanted = [plain(each, CheckRule) | {"plan": self.plan} for each in records]
        scope = CheckRule.objects.filter(plan=self.plan)
        self.changes.synchronise(scope, ["code", "effective_from"], wanted, keep=True)
