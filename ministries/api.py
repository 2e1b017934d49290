"""Organisations as public records, under the names of the day that is asked for; and what all public records share.

It does not know permissions, paging or the shape of a refusal: those are the door's (`portal.api`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.request import Request

from ministries import selectors
from ministries.api_parameters import CodeFilter, day_asked
from ministries.models import FunctionTransfer, Organisation, OrganisationName


def exact(number: Decimal | None) -> str | None:
    """The shortest plain spelling of an exact decimal: 600, 0.25, never 6E+2 or 0.2500."""
    if number is None:
        return None
    spelled = format(number, "f")
    return spelled.rstrip("0").rstrip(".") if "." in spelled else spelled


@extend_schema_field({"type": "string", "pattern": r"^-?\d+(\.\d*[1-9])?$", "example": "600"})
class ExactField(serializers.Field[Decimal, Any, str | None, Any]):
    """An exact decimal as a string, because a JSON number is a binary fraction to most readers."""

    def to_representation(self, value: Decimal) -> str | None:
        return exact(value)


@extend_schema_field(str)
class NameField(serializers.Field[Organisation, Any, str, Any]):
    """An organisation's name on the day of `?on=`; `which` is a column of `OrganisationName`."""

    def __init__(self, which: str, **options: Any) -> None:
        super().__init__(read_only=True, **options)
        self.which = which

    def to_representation(self, value: Organisation) -> str:
        return str(getattr(value.name_on(self.context.get("on")), self.which))


@extend_schema_field(bool)
class UnofficialField(serializers.Field[Any, Any, bool, Any]):
    """True: the English of this record is the portal's translation, not an official text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, source="*", help_text=_("英文為本系統之非官方翻譯"), **options)

    def to_representation(self, value: Any) -> bool:
        return True


class SourceSerializer(serializers.Serializer[Any]):
    """Where the record was read: document, table or chapter, row (or item of the chapter), and the printed words."""

    document = serializers.CharField(source="source_document")
    table = serializers.CharField(source="source_table", help_text=_("表號（如 2）或章節（如 參.一.(二)）"))
    row = serializers.IntegerField(source="source_row", allow_null=True, help_text=_("自 1 起算之列或項次"))
    printed = serializers.CharField(source="source_printed", help_text=_("原文"))


class SourcedSerializer(serializers.ModelSerializer[Any]):
    """A record that says where it was read."""

    source = SourceSerializer(source="*", read_only=True)  # type: ignore[assignment]


class PublicRecords(viewsets.ReadOnlyModelViewSet[Any]):
    """Records that everybody may read, named on the day of `?on=`; a single one is found by its natural code."""

    is_public = True
    about: Any  # what the records are, for readers of the documentation, in their language
    extra_parameters: tuple[str, ...] = ("on",)
    detail_parameters: tuple[str, ...] = ()
    lookup_field = "code"
    lookup_value_regex = r"[\w.\-]+"

    @property
    def day(self) -> date:
        return day_asked(self.request)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "on": self.day}


class OrganisationNameSerializer(SourcedSerializer):
    class Meta:
        model = OrganisationName
        fields = [
            "name_zh",
            "name_en",
            "short_zh",
            "short_en",
            "valid_from",
            "valid_until",
            "legal_basis",
            "source",
        ]
        extra_kwargs = {
            "valid_from": {"help_text": _("名稱生效日（含）；空值表示未載明")},
            "valid_until": {"help_text": _("名稱失效日（不含）；空值表示仍有效")},
        }


class FunctionTransferSerializer(SourcedSerializer):
    from_organisation = serializers.SlugRelatedField[Organisation](slug_field="code", read_only=True)
    to_organisation = serializers.SlugRelatedField[Organisation](slug_field="code", read_only=True)

    class Meta:
        model = FunctionTransfer
        fields = [
            "code",
            "from_organisation",
            "to_organisation",
            "effective_on",
            "function_zh",
            "function_en",
            "source",
        ]


class OrganisationSerializer(SourcedSerializer):
    """`name_*` and `short_*` are those of the day; `names` are all of them, `transfers` the functions that moved."""

    name_zh = NameField("name_zh", source="*")
    name_en = NameField("name_en", source="*")
    short_zh = NameField("short_zh", source="*")
    short_en = NameField("short_en", source="*")
    on = serializers.SerializerMethodField(help_text=_("上列名稱所屬之日期"))
    parent = serializers.SlugRelatedField[Organisation](  # type: ignore[assignment]
        slug_field="code", read_only=True, allow_null=True
    )
    names = OrganisationNameSerializer(many=True, read_only=True)
    transfers = serializers.SerializerMethodField(help_text=_("移出或移入之業務；業務移轉並非改名"))

    class Meta:
        model = Organisation
        fields = [
            "code",
            "oid",
            "kind",
            "parent",
            "on",
            "name_zh",
            "name_en",
            "short_zh",
            "short_en",
            "names",
            "transfers",
            "source",
        ]

    def get_on(self, _organisation: Organisation) -> date:
        day: date = self.context["on"]
        return day

    @extend_schema_field(FunctionTransferSerializer(many=True))
    def get_transfers(self, organisation: Organisation) -> list[dict[str, Any]]:
        moved = [*organisation.functions_given.all(), *organisation.functions_taken.all()]
        moved.sort(key=lambda transfer: (transfer.effective_on, transfer.code))
        return list(FunctionTransferSerializer(moved, many=True, context=self.context).data)


def organisation_codes(_request: Request) -> QuerySet[Organisation, str]:
    return Organisation.objects.values_list("code", flat=True)


class OrganisationFilters(filters.FilterSet):  # type: ignore[misc]
    kind = filters.ChoiceFilter(
        choices=[*Organisation.Kind.choices, ("all", _("全部"))],
        method="of_kind",
        help_text=_("機關類別；未指定時為 ministry（部會）"),
    )
    parent = CodeFilter("parent__code", codes=organisation_codes, help_text=_("上級機關代碼"))

    class Meta:
        model = Organisation
        fields: list[str] = []

    def of_kind(self, queryset: QuerySet[Organisation], _name: str, value: str) -> QuerySet[Organisation]:
        return queryset if value == "all" else queryset.filter(kind=value)

    def filter_queryset(self, queryset: QuerySet[Organisation]) -> QuerySet[Organisation]:
        """Ministries, unless a kind or a parent is asked for."""
        asked = self.form.cleaned_data
        if not asked["kind"] and not asked["parent"]:
            queryset = queryset.filter(kind=Organisation.Kind.MINISTRY)
        narrowed: QuerySet[Organisation] = super().filter_queryset(queryset)
        return narrowed


class OrganisationViewSet(PublicRecords):
    """Ministries and the other organisations that the plans name."""

    about = _(
        "部會與計畫所列其他機關。名稱為參數 on 所指日期之名稱；names 為歷來名稱，transfers 為業務移轉。清單預設僅列部會，其他機關以 kind 或 parent 查詢。"
    )
    queryset = selectors.organisations()
    serializer_class = OrganisationSerializer
    filterset_class = OrganisationFilters
