"""What may stand in a plan file: one frozen class per kind of record, its fields are the file's keys.

The reader knows the rest; references between records are checked in `kpis.imports.checks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpis.imports.bases import MappingRecord, Record, Source
from kpis.imports.indicator_records import IndicatorRecord
from kpis.imports.standard_records import CheckRuleRecord, StandardRecord
from ministries.models import FunctionTransfer, Organisation, OrganisationName
from programs.models import (
    EarlierResult,
    Erratum,
    ExpectedBenefit,
    KeyTask,
    OversightRole,
    Pillar,
    PillarLineage,
    Plan,
    Program,
    ProgramMilestone,
    ProgramPart,
    Responsibility,
    SubItem,
    TableColumn,
)
from programs.quarters import Quarter


@dataclass(frozen=True, kw_only=True)
class NameRecord(Record):
    model = OrganisationName
    name_zh: str
    name_en: str
    short_zh: str
    short_en: str
    valid_from: date | None = None
    valid_until: date | None = None
    legal_basis: str = ""
    source: Source | None = None  # the organisation's where it is not given


@dataclass(frozen=True, kw_only=True)
class OrganisationRecord(Record):
    model = Organisation
    code: str
    oid: str | None = None
    kind: Organisation.Kind
    parent: str | None = None
    is_secretariat: bool = False
    names: tuple[NameRecord, ...]
    source: Source


@dataclass(frozen=True, kw_only=True)
class TransferRecord(Record):
    model = FunctionTransfer
    code: str
    from_organisation: str
    to_organisation: str
    effective_on: date
    function_zh: str
    function_en: str
    source: Source


@dataclass(frozen=True, kw_only=True)
class PlanRecord(Record):
    model = Plan
    code: str
    name_zh: str
    name_en: str
    short_name_zh: str
    short_name_en: str
    edition_zh: str = ""
    approval_number: str = ""
    approved_on: date | None = None
    starts_on: date
    ends_on: date
    vision_zh: str = ""
    vision_en: str = ""
    summary_zh: str = ""
    summary_en: str = ""
    parent_programme_zh: str = ""
    parent_programme_en: str = ""
    predecessor: str | None = None
    is_managed: bool
    source: Source


@dataclass(frozen=True, kw_only=True)
class BenefitRecord(Record):
    model = ExpectedBenefit
    text_zh: str
    text_en: str
    source: Source


@dataclass(frozen=True, kw_only=True)
class OversightRecord(Record):
    model = OversightRole
    organisation: str
    role: OversightRole.Role
    source: Source


@dataclass(frozen=True, kw_only=True)
class ErratumRecord(Record):
    model = Erratum
    meant: str
    note_zh: str
    note_en: str
    source: Source


@dataclass(frozen=True, kw_only=True)
class ParticipantsRecord(Record):
    source: Source
    organisations: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LineageRecord(Record):
    """A pillar of an earlier plan, named by plan and code, that lives on in this pillar."""

    model = PillarLineage
    plan: str
    pillar: str
    note_zh: str = ""
    note_en: str = ""
    source: Source


@dataclass(frozen=True, kw_only=True)
class ResponsibilityRecord(Record):
    model = Responsibility
    organisation: str | None = None
    placeholder: str = ""
    role: Responsibility.Role
    unit: str = ""
    unit_organisation: str | None = None
    unit_is_principal: bool = False
    scope_zh: str = ""
    scope_en: str = ""
    is_open_list: bool = False


@dataclass(frozen=True, kw_only=True)
class SubItemRecord(Record):
    """`responsibilities_printed` is the cell that names who answers for the sub-item, as printed."""

    model = SubItem
    code: str
    name_zh: str
    name_en: str
    source: Source
    responsibilities_printed: str = ""
    responsibilities: tuple[ResponsibilityRecord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KeyTaskRecord(Record):
    model = KeyTask
    mark: str = ""
    sub_item: str | None = None
    text_zh: str
    text_en: str
    source: Source


@dataclass(frozen=True, kw_only=True)
class ResultRecord(Record):
    model = EarlierResult
    heading_zh: str = ""
    text_zh: str
    text_en: str
    source: Source


@dataclass(frozen=True, kw_only=True)
class PillarRecord(Record):
    model = Pillar
    code: str
    name_zh: str
    name_en: str
    description_zh: str = ""
    description_en: str = ""
    source: Source
    participants: ParticipantsRecord | None = None
    came_from: tuple[LineageRecord, ...] = ()
    sub_items: tuple[SubItemRecord, ...] = ()
    key_tasks: tuple[KeyTaskRecord, ...] = ()
    results: tuple[ResultRecord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PartRecord(Record):
    model = ProgramPart
    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class MilestoneRecord(Record):
    """What the programme should have reached by `due_on`; a changed day is a second record with a later quarter."""

    model = ProgramMilestone
    code: str
    name_zh: str
    name_en: str
    due_on: date
    effective_from: Quarter
    dropped_from: Quarter | None = None


@dataclass(frozen=True, kw_only=True)
class ProgramRecord(Record):
    model = Program
    code: str
    organisation: str
    kind: Program.Kind
    name_zh: str
    name_en: str
    name_is_provisional: bool = False
    purpose_zh: str = ""
    purpose_en: str = ""
    period_printed: str = ""
    period_start: date | None = None
    period_end: date | None = None
    predecessor: str | None = None
    predecessor_printed: str = ""
    parts: tuple[PartRecord, ...] = ()
    milestones: tuple[MilestoneRecord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HeadingRecord(Record):
    model = TableColumn
    printed: str
    heading_zh: str
    heading_en: str
    sub_items: tuple[MappingRecord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ColumnsRecord(Record):
    """The columns of marks of one table, from left to right."""

    model = TableColumn
    table: int
    pillar: str
    headings: tuple[HeadingRecord, ...]


@dataclass(frozen=True, kw_only=True)
class ListingRecord(Record):
    program: str
    part: str | None = None


@dataclass(frozen=True, kw_only=True)
class RowRecord(Record):
    """`marks` has one entry per column of the table: √, △ or nothing. `pillars` is for tables without columns."""

    organisation: str
    printed: str
    programs: tuple[ListingRecord, ...]
    marks: tuple[str, ...] = ()
    pillars: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RowsRecord(Record):
    """The rows of one table, from top to bottom."""

    table: int
    rows: tuple[RowRecord, ...]


@dataclass(frozen=True, kw_only=True)
class ProgramCountRecord(Record):
    """How many distinct programmes these tables name together."""

    tables: tuple[int, ...]
    programs: int


@dataclass(frozen=True, kw_only=True)
class ExpectedCountsRecord(Record):
    """What `check_plan` must count in the database; what is not given is not checked."""

    pillars: int | None = None
    sub_items: int | None = None
    overall_goals: int | None = None
    goals: int | None = None
    key_results: int | None = None
    responsibility_pairs: int | None = None
    responsible_ministries: int | None = None
    table_rows: dict[int, int] | None = None
    marks_primary: int | None = None
    marks_related: int | None = None
    programs_in_tables: tuple[ProgramCountRecord, ...] = ()
    rows_naming_two_programs: int | None = None
    key_tasks: int | None = None
    expected_benefits: int | None = None
    earlier_results: int | None = None


@dataclass(frozen=True, kw_only=True)
class FileRecord(Record):
    """A whole file; the files of a folder are read as one."""

    document: str = ""
    organisations: tuple[OrganisationRecord, ...] = ()
    function_transfers: tuple[TransferRecord, ...] = ()
    plan: PlanRecord | None = None
    expected_benefits: tuple[BenefitRecord, ...] = ()
    oversight: tuple[OversightRecord, ...] = ()
    errata: tuple[ErratumRecord, ...] = ()
    pillars: tuple[PillarRecord, ...] = ()
    programs: tuple[ProgramRecord, ...] = ()
    columns: tuple[ColumnsRecord, ...] = ()
    rows: tuple[RowsRecord, ...] = ()
    indicators: tuple[IndicatorRecord, ...] = ()
    monitoring_standards: tuple[StandardRecord, ...] = ()
    check_rules: tuple[CheckRuleRecord, ...] = ()
    expected_counts: ExpectedCountsRecord | None = None
