"""The shape of the plan's public records: names in both languages, printed words, and the place of each.

It does not know requests, except for the day whose names are wanted (`context["on"]`).
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ministries.api import NameField, SourcedSerializer, UnofficialField
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
    PlanChange,
    Program,
    ProgramListing,
    ProgramMark,
    ProgramMilestone,
    ProgramPart,
    ProgramVersion,
    Responsibility,
    SubItem,
    TableColumn,
    TableRow,
)

Code = serializers.SlugRelatedField[Any]


def code_of(source: str | None = None, *, nullable: bool = False) -> Code:
    """The natural code of a related record."""
    return Code(slug_field="code", read_only=True, allow_null=nullable, source=source)


class OfOrganisation(serializers.ModelSerializer[Any]):
    """A record of an organisation, which is given by code and by its name on the day."""

    organisation = serializers.SlugRelatedField[Organisation](slug_field="code", read_only=True)
    organisation_name_zh = NameField("name_zh", source="organisation")
    organisation_name_en = NameField("name_en", source="organisation")


class ExpectedBenefitSerializer(SourcedSerializer):
    class Meta:
        model = ExpectedBenefit
        fields = ["order", "text_zh", "text_en", "source"]


class OversightRoleSerializer(OfOrganisation, SourcedSerializer):
    class Meta:
        model = OversightRole
        fields = ["organisation", "organisation_name_zh", "organisation_name_en", "role", "source"]


class ErratumSerializer(SourcedSerializer):
    class Meta:
        model = Erratum
        fields = ["order", "meant", "note_zh", "note_en", "source"]


class PlanSerializer(SourcedSerializer):
    first_quarter = serializers.CharField(read_only=True, help_text=_("首季，如 112Q1（民國紀年）"))
    last_quarter = serializers.CharField(read_only=True)
    predecessor = code_of(nullable=True)
    expected_benefits = ExpectedBenefitSerializer(many=True, read_only=True)
    oversight = OversightRoleSerializer(many=True, read_only=True, source="oversight_roles")
    errata = ErratumSerializer(many=True, read_only=True)

    class Meta:
        model = Plan
        fields = [
            "code",
            "name_zh",
            "name_en",
            "short_name_zh",
            "short_name_en",
            "edition_zh",
            "approval_number",
            "approved_on",
            "starts_on",
            "ends_on",
            "first_quarter",
            "last_quarter",
            "is_managed",
            "vision_zh",
            "vision_en",
            "summary_zh",
            "summary_en",
            "parent_programme_zh",
            "parent_programme_en",
            "predecessor",
            "expected_benefits",
            "oversight",
            "errata",
            "source",
        ]


class KeyTaskSerializer(SourcedSerializer):
    sub_item = code_of(nullable=True)

    class Meta:
        model = KeyTask
        fields = ["order", "mark", "sub_item", "text_zh", "text_en", "source"]


class ParticipantSerializer(OfOrganisation, SourcedSerializer):
    class Meta:
        model = PillarParticipant
        fields = ["order", "organisation", "organisation_name_zh", "organisation_name_en", "source"]


class ColumnSerializer(SourcedSerializer):
    name_en_is_unofficial = UnofficialField()
    sub_items = serializers.SerializerMethodField(help_text=_("對應之子項代碼（編輯對應，非原文）"))

    class Meta:
        model = TableColumn
        fields = [
            "table",
            "order",
            "heading_zh",
            "heading_en",
            "name_en_is_unofficial",
            "sub_items",
            "source",
        ]

    def get_sub_items(self, column: TableColumn) -> list[str]:
        return [mapping.sub_item.code for mapping in column.mappings.all()]


class CameFromSerializer(SourcedSerializer):
    plan = code_of("earlier.plan")
    pillar = code_of("earlier")
    name_zh = serializers.CharField(source="earlier.name_zh")
    name_en = serializers.CharField(source="earlier.name_en")

    class Meta:
        model = PillarLineage
        fields = ["plan", "pillar", "name_zh", "name_en", "note_zh", "note_en", "source"]


class BecameSerializer(SourcedSerializer):
    plan = code_of("later.plan")
    pillar = code_of("later")
    name_zh = serializers.CharField(source="later.name_zh")
    name_en = serializers.CharField(source="later.name_en")

    class Meta:
        model = PillarLineage
        fields = ["plan", "pillar", "name_zh", "name_en", "note_zh", "note_en", "source"]


class ListedResultSerializer(SourcedSerializer):
    class Meta:
        model = EarlierResult
        fields = ["order", "heading_zh", "text_zh", "text_en", "source"]


class PillarSerializer(SourcedSerializer):
    plan = code_of()
    key_tasks = KeyTaskSerializer(many=True, read_only=True)
    participants = ParticipantSerializer(
        many=True, read_only=True, help_text=_("內文列舉之共同推動部會；與表 2 不盡相同，二者並存")
    )
    table_columns = ColumnSerializer(many=True, read_only=True)
    came_from = CameFromSerializer(many=True, read_only=True, help_text=_("前期計畫之主軸（圖 2）"))
    became = BecameSerializer(many=True, read_only=True, help_text=_("後續計畫之主軸（圖 2）"))
    listed_results = ListedResultSerializer(many=True, read_only=True)

    class Meta:
        model = Pillar
        fields = [
            "plan",
            "code",
            "order",
            "name_zh",
            "name_en",
            "description_zh",
            "description_en",
            "key_tasks",
            "participants",
            "table_columns",
            "came_from",
            "became",
            "listed_results",
            "source",
        ]


class SubItemColumnSerializer(serializers.ModelSerializer[ColumnSubItem]):
    """A table's column that stands for the sub-item, and on which words that rests."""

    table = serializers.IntegerField(source="column.table")
    heading_zh = serializers.CharField(source="column.heading_zh")
    heading_en = serializers.CharField(source="column.heading_en")

    class Meta:
        model = ColumnSubItem
        fields = ["table", "heading_zh", "heading_en", "note_zh", "note_en"]


class SubItemSerializer(SourcedSerializer):
    plan = code_of("pillar.plan")
    pillar = code_of()
    pillar_name_zh = serializers.CharField(source="pillar.name_zh")
    pillar_name_en = serializers.CharField(source="pillar.name_en")
    name_en_is_unofficial = UnofficialField()
    organisations = serializers.SerializerMethodField(help_text=_("表 2 所列機關代碼"))
    key_tasks = KeyTaskSerializer(many=True, read_only=True)
    columns = SubItemColumnSerializer(many=True, read_only=True, source="mappings")

    class Meta:
        model = SubItem
        fields = [
            "plan",
            "pillar",
            "pillar_name_zh",
            "pillar_name_en",
            "code",
            "order",
            "name_zh",
            "name_en",
            "name_en_is_unofficial",
            "organisations",
            "key_tasks",
            "columns",
            "source",
        ]

    def get_organisations(self, sub_item: SubItem) -> list[str]:
        """Each once, in the order of the printed cell."""
        named = [each.organisation for each in sub_item.responsibilities.all()]
        return list(dict.fromkeys(each.code for each in named if each))


class ResponsibilitySerializer(SourcedSerializer):
    plan = code_of("sub_item.pillar.plan")
    pillar = code_of("sub_item.pillar")
    sub_item = code_of()
    sub_item_name_zh = serializers.CharField(source="sub_item.name_zh")
    sub_item_name_en = serializers.CharField(source="sub_item.name_en")
    name_en_is_unofficial = UnofficialField()
    organisation = code_of(nullable=True)
    organisation_name_zh = NameField("name_zh", source="organisation", allow_null=True)
    organisation_name_en = NameField("name_en", source="organisation", allow_null=True)
    unit_organisation = code_of(nullable=True)
    scope = serializers.CharField(source="scope_zh", help_text=_("負責範圍，如「製造業」"))
    printed = serializers.CharField(source="source_printed", help_text=_("表 2 該格原文"))

    class Meta:
        model = Responsibility
        fields = [
            "plan",
            "pillar",
            "sub_item",
            "sub_item_name_zh",
            "sub_item_name_en",
            "name_en_is_unofficial",
            "order",
            "organisation",
            "organisation_name_zh",
            "organisation_name_en",
            "placeholder",
            "role",
            "unit",
            "unit_organisation",
            "unit_is_principal",
            "scope",
            "scope_en",
            "is_open_list",
            "printed",
            "source",
        ]
        extra_kwargs = {
            "placeholder": {"help_text": _("未具名之「相關部會」；具名時為空字串")},
            "unit": {"help_text": _("括號內之單位，如「工業局」")},
            "unit_is_principal": {"help_text": _("原文以該單位「為主」")},
            "is_open_list": {"help_text": _("原文以「等」結尾，表示尚有其他機關")},
        }


class PartSerializer(serializers.ModelSerializer[ProgramPart]):
    name_en_is_unofficial = UnofficialField()

    class Meta:
        model = ProgramPart
        fields = ["code", "name_zh", "name_en", "name_en_is_unofficial"]


class ProgramMilestoneSerializer(serializers.ModelSerializer[ProgramMilestone]):
    """What the programme should have reached by a day; of several records with one code, the newest one holds."""

    name_en_is_unofficial = UnofficialField()
    effective_from = serializers.CharField(
        read_only=True, help_text=_("自該季起適用，如 112Q1（民國紀年）；變更期限時另立一筆，原紀錄保留")
    )
    dropped_from = serializers.CharField(
        read_only=True, allow_null=True, help_text=_("自該季起不再列管；空值表示仍列管")
    )
    demonstration = serializers.BooleanField(
        source="is_demonstration", read_only=True, help_text=_("是否為系統產生之示範資料，非真實數據")
    )

    class Meta:
        model = ProgramMilestone
        fields = [
            "code",
            "name_zh",
            "name_en",
            "name_en_is_unofficial",
            "due_on",
            "effective_from",
            "dropped_from",
            "demonstration",
        ]


class MarkSerializer(serializers.Serializer[dict[str, Any]]):
    """A √ (primary) or △ (related) of a row that lists the programme, or the named part of it."""

    table = serializers.IntegerField()
    row = serializers.IntegerField(help_text=_("自 1 起算之列次"))
    column = serializers.CharField(help_text=_("欄名原文"))
    mark = serializers.ChoiceField(choices=Mark.Kind.choices)
    part = serializers.CharField(allow_null=True, help_text=_("僅指計畫之一部分時，該分項名稱"))


class RowSourceSerializer(serializers.ModelSerializer[ProgramListing]):
    table = serializers.IntegerField(source="row.table")
    row = serializers.IntegerField(source="row.number")
    printed = serializers.CharField(source="row.source_printed", help_text=_("原文"))
    document = serializers.CharField(source="row.source_document")

    class Meta:
        model = ProgramListing
        fields = ["table", "row", "printed", "document"]


class PlanChangeSerializer(serializers.ModelSerializer[PlanChange]):
    """What was decided of the programme after the plan was approved."""

    effective_from = serializers.CharField(read_only=True, help_text=_("自該季起適用，如 113Q1（民國紀年）"))

    class Meta:
        model = PlanChange
        fields = ["kind", "effective_from", "ground"]
        extra_kwargs = {
            "kind": {"help_text": _("變更種類")},
            "ground": {"help_text": _("計畫修正或解除列管之事由；其他變更為空字串")},
        }


class ProgramVersionSerializer(OfOrganisation):
    """What is said of the programme as a whole from a quarter on."""

    effective_from = serializers.CharField(
        read_only=True, help_text=_("自該季起取代先前之名稱、機關、型態及期程")
    )
    name_en_is_unofficial = UnofficialField()
    provisional = serializers.BooleanField(source="name_is_provisional", help_text=_("名稱暫定"))

    class Meta:
        model = ProgramVersion
        fields = [
            "effective_from",
            "name_zh",
            "name_en",
            "name_en_is_unofficial",
            "organisation",
            "organisation_name_zh",
            "organisation_name_en",
            "kind",
            "provisional",
            "period_printed",
            "period_start",
            "period_end",
        ]


class LaterMarkSerializer(serializers.ModelSerializer[ProgramMark]):
    """A mark that was decided on after the plan was approved."""

    effective_from = serializers.CharField(
        read_only=True, help_text=_("自該季起取代核定本於該欄之註記；none 表示不再註記")
    )
    table = serializers.IntegerField(source="column.table")
    column = serializers.CharField(source="column.heading_zh", help_text=_("欄名原文"))
    mark = serializers.ChoiceField(choices=ProgramMark.Kind.choices, source="kind")
    part = serializers.CharField(
        source="part.name_zh",
        allow_null=True,
        default=None,
        help_text=_("僅指計畫之一部分時，該分項名稱"),
    )

    class Meta:
        model = ProgramMark
        fields = ["effective_from", "table", "column", "mark", "part"]


class ProgramSerializer(OfOrganisation):
    plan = code_of()
    name_en_is_unofficial = UnofficialField()
    provisional = serializers.BooleanField(source="name_is_provisional", help_text=_("名稱暫定"))
    predecessor = code_of(nullable=True)
    pillars = serializers.SerializerMethodField(help_text=_("所在各列及核定後註記之主軸代碼"))
    parts = PartSerializer(many=True, read_only=True)
    milestones = ProgramMilestoneSerializer(
        many=True, read_only=True, help_text=_("查核點，依預定完成日期排列")
    )
    marks = serializers.SerializerMethodField()
    joined_from = serializers.CharField(
        read_only=True, allow_null=True, help_text=_("自該季起新增列管；空值表示核定本所列")
    )
    released_from = serializers.CharField(
        read_only=True, allow_null=True, help_text=_("自該季起解除列管；空值表示仍列管")
    )
    versions = ProgramVersionSerializer(many=True, read_only=True)
    later_marks = LaterMarkSerializer(many=True, read_only=True)
    changes = PlanChangeSerializer(many=True, read_only=True, help_text=_("核定後之歷次變更"))
    sources = RowSourceSerializer(many=True, read_only=True, source="listings")

    class Meta:
        model = Program
        fields = [
            "plan",
            "code",
            "name_zh",
            "name_en",
            "name_en_is_unofficial",
            "organisation",
            "organisation_name_zh",
            "organisation_name_en",
            "kind",
            "provisional",
            "purpose_zh",
            "purpose_en",
            "period_printed",
            "period_start",
            "period_end",
            "predecessor",
            "predecessor_printed",
            "pillars",
            "parts",
            "milestones",
            "marks",
            "joined_from",
            "released_from",
            "versions",
            "later_marks",
            "changes",
            "sources",
        ]
        extra_kwargs = {
            "period_printed": {
                "help_text": _("原文期程（民國紀年），如 112-115、110.1-114.8、113~；未載明時為空字串")
            },
            "period_end": {"help_text": _("空值表示未定或未載明")},
        }

    def get_pillars(self, program: Program) -> list[str]:
        rows: list[TableRow] = [listing.row for listing in program.listings.all()]
        found = {(pillar.order, pillar.code) for row in rows for pillar in row.pillars.all()}
        later = [
            each.column.pillar for each in program.later_marks.all() if each.kind != ProgramMark.Kind.NONE
        ]
        found |= {(pillar.order, pillar.code) for pillar in later}
        return [code for _order, code in sorted(found)]

    @extend_schema_field(MarkSerializer(many=True))
    def get_marks(self, program: Program) -> list[dict[str, Any]]:
        return [
            {
                "table": listing.row.table,
                "row": listing.row.number,
                "column": mark.column.heading_zh,
                "mark": mark.kind,
                "part": listing.part.name_zh if listing.part else None,
            }
            for listing in program.listings.all()
            for mark in listing.row.marks.all()
        ]
