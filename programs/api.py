"""The plan as public records: what was approved, who answers for it, and which programmes carry it, as printed.

Codes are unique within a plan, so every list and every address takes `?plan=`; without it the current plan is meant.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from ministries.api import PublicRecords, organisation_codes
from ministries.api_parameters import CodeFilter, YesNoFilter
from programs import api_records as records
from programs import selectors
from programs.models import (
    Mark,
    Pillar,
    Plan,
    Program,
    ProgramMark,
    Responsibility,
    SubItem,
    TableRow,
)


def plan_codes(_request: Request) -> QuerySet[Plan, str]:
    return Plan.objects.values_list("code", flat=True)


_UNREAD = object()


def asked_plan(request: Request) -> Plan | None:
    """The plan of `?plan=`, or the current one; None where there is no such plan. Read once per request."""
    known: Any = getattr(request, "_asked_plan", _UNREAD)
    if known is _UNREAD:
        # PostgreSQL's text knows no NUL, and no code has one.
        code = request.query_params.get("plan", "").replace("\0", "\N{REPLACEMENT CHARACTER}")
        known = Plan.objects.filter(code=code).first() if code else selectors.current_plan()
        request._asked_plan = known  # type: ignore[attr-defined]
    plan: Plan | None = known
    return plan


def pillar_codes(request: Request) -> QuerySet[Pillar, str]:
    return Pillar.objects.filter(plan=asked_plan(request)).values_list("code", flat=True)


def sub_item_codes(request: Request) -> QuerySet[SubItem, str]:
    return SubItem.objects.filter(pillar__plan=asked_plan(request)).values_list("code", flat=True)


def table_numbers(request: Request) -> list[str]:
    rows = TableRow.objects.filter(plan=asked_plan(request)).order_by("table")
    return [str(table) for table in rows.values_list("table", flat=True).distinct()]


class PlanScopedFilters(filters.FilterSet):  # type: ignore[misc]
    """Records of one plan: that of `?plan=`, or the current one. `plan_path` leads from a record to its plan."""

    plan_path = "plan"
    plan = CodeFilter(
        codes=plan_codes, method="unchanged", help_text=gettext_lazy("計畫代碼；未指定時為現行列管計畫")
    )

    def unchanged(self, queryset: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        """For filters that act together with others, in `filter_queryset`."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        within = queryset.filter(**{self.plan_path: asked_plan(self.request)})
        narrowed: QuerySet[Any] = super().filter_queryset(within)
        return narrowed


class OfPlan(PublicRecords):
    """Records whose code is unique within a plan."""

    detail_parameters: tuple[str, ...] = ("plan",)


class PlanFilters(filters.FilterSet):  # type: ignore[misc]
    is_managed = YesNoFilter("is_managed", help_text=gettext_lazy("是否列管填報"))

    class Meta:
        model = Plan
        fields: list[str] = []


class PlanViewSet(PublicRecords):
    """Plans of every generation, with approval, vision, oversight, expected benefits and errata."""

    about = gettext_lazy("各期計畫：核定文號、願景、管考與推動機制、預期效益及勘誤。")
    queryset = selectors.plans()
    serializer_class = records.PlanSerializer
    filterset_class = PlanFilters


class PillarFilters(PlanScopedFilters):
    organisation = CodeFilter(
        codes=organisation_codes,
        method="of_organisation",
        help_text=gettext_lazy("機關代碼：於表 2 負責該主軸任一子項者"),
    )

    class Meta:
        model = Pillar
        fields: list[str] = []

    def of_organisation(self, queryset: QuerySet[Pillar], _name: str, code: str) -> QuerySet[Pillar]:
        return queryset.filter(sub_items__responsibilities__organisation__code=code).distinct()


class PillarViewSet(OfPlan):
    """Main axes (主軸), with key tasks, the prose's participants, table columns and their lineage (figure 2)."""

    about = gettext_lazy("主軸：重點工作、內文列舉之部會、各表欄位，以及與前後期計畫主軸之傳承（圖 2）。")
    queryset = selectors.pillars()
    serializer_class = records.PillarSerializer
    filterset_class = PillarFilters


class SubItemFilters(PlanScopedFilters):
    plan_path = "pillar__plan"
    pillar = CodeFilter("pillar__code", codes=pillar_codes, help_text=gettext_lazy("主軸代碼"))
    organisation = CodeFilter(
        codes=organisation_codes, method="unchanged", help_text=gettext_lazy("負責機關代碼（表 2）")
    )
    role = filters.ChoiceFilter(
        choices=Responsibility.Role.choices, method="unchanged", help_text=gettext_lazy("負責角色（表 2）")
    )

    class Meta:
        model = SubItem
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[SubItem]) -> QuerySet[SubItem]:
        """Organisation and role belong to one and the same responsibility."""
        asked = self.form.cleaned_data
        narrowed = super().filter_queryset(queryset)
        who = {"organisation__code": asked["organisation"], "role": asked["role"]}
        given = {path: value for path, value in who.items() if value}
        if not given:
            return narrowed
        return narrowed.filter(responsibilities__in=Responsibility.objects.filter(**given)).distinct()


class SubItemViewSet(OfPlan):
    """Sub-items (子項, the rows of Table 2) with key tasks, table columns and responsible organisations."""

    about = gettext_lazy("子項（表 2 各列）：重點工作、對應欄位及負責機關。")
    queryset = selectors.sub_items()
    serializer_class = records.SubItemSerializer
    filterset_class = SubItemFilters
    detail_parameters = ("plan", "pillar")

    def get_object(self) -> SubItem:
        """A code may recur in another pillar of a plan: then `?pillar=` has to say which is meant."""
        try:
            found: SubItem = super().get_object()
        except SubItem.MultipleObjectsReturned as error:
            message = _("多個主軸有代碼相同的子項；請以參數 pillar 指定主軸。")
            raise ValidationError({"pillar": message}) from error
        return found


class ResponsibilityFilters(PlanScopedFilters):
    plan_path = "sub_item__pillar__plan"
    pillar = CodeFilter("sub_item__pillar__code", codes=pillar_codes, help_text=gettext_lazy("主軸代碼"))
    sub_item = CodeFilter("sub_item__code", codes=sub_item_codes, help_text=gettext_lazy("子項代碼"))
    organisation = CodeFilter(
        "organisation__code", codes=organisation_codes, help_text=gettext_lazy("機關代碼")
    )
    role = filters.ChoiceFilter(choices=Responsibility.Role.choices, help_text=gettext_lazy("負責角色"))
    is_placeholder = YesNoFilter(
        method="of_nobody_named", help_text=gettext_lazy("是否為未具名之「相關部會」")
    )

    class Meta:
        model = Responsibility
        fields: list[str] = []

    def of_nobody_named(
        self, queryset: QuerySet[Responsibility], _name: str, value: bool
    ) -> QuerySet[Responsibility]:
        return queryset.filter(organisation__isnull=value)


class ResponsibilityViewSet(OfPlan):
    """Who answers for a sub-item, in which role, unit and scope; `printed` is the cell of Table 2."""

    about = gettext_lazy("分工（表 2）：何機關以何角色、單位及範圍負責何子項；printed 為該格原文。")
    queryset = selectors.responsibilities()
    serializer_class = records.ResponsibilitySerializer
    filterset_class = ResponsibilityFilters


class ProgramFilters(PlanScopedFilters):
    organisation = CodeFilter(
        "organisation__code", codes=organisation_codes, help_text=gettext_lazy("執行機關代碼")
    )
    kind = filters.ChoiceFilter(choices=Program.Kind.choices, help_text=gettext_lazy("計畫型態"))
    provisional = YesNoFilter("name_is_provisional", help_text=gettext_lazy("名稱是否暫定"))
    table = CodeFilter(codes=table_numbers, method="unchanged", help_text=gettext_lazy("表號（3 至 8）"))
    pillar = CodeFilter(codes=pillar_codes, method="unchanged", help_text=gettext_lazy("主軸代碼"))
    sub_item = CodeFilter(
        codes=sub_item_codes,
        method="unchanged",
        help_text=gettext_lazy("子項代碼：註記所在欄位對應之子項"),
    )
    mark = filters.ChoiceFilter(
        choices=Mark.Kind.choices,
        method="unchanged",
        help_text=gettext_lazy("表列註記；table、pillar、sub_item、mark 併用時指同一列（及同一註記）"),
    )

    class Meta:
        model = Program
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Program]) -> QuerySet[Program]:
        narrowed = super().filter_queryset(queryset)
        asked = {name: value for name, value in self.form.cleaned_data.items() if value}
        if not asked.keys() & {"table", "pillar", "sub_item", "mark"}:
            return narrowed
        found = Q(listings__row__in=_rows(asked))
        if "table" not in asked:
            found |= Q(later_marks__in=_later_marks(asked))
        return narrowed.filter(found).distinct()


def _later_marks(asked: dict[str, str]) -> QuerySet[ProgramMark]:
    """The marks set after the plan was approved that answer to pillar, sub-item and mark."""
    paths = {"mark": "kind", "sub_item": "column__sub_items__code", "pillar": "column__pillar__code"}
    given = {path: asked[name] for name, path in paths.items() if name in asked}
    return ProgramMark.objects.exclude(kind=ProgramMark.Kind.NONE).filter(**given)


def _rows(asked: dict[str, str]) -> QuerySet[TableRow]:
    """The rows that answer to table and pillar, and bear one mark that answers to both mark and sub-item."""
    rows = TableRow.objects.order_by()
    if table := asked.get("table"):
        rows = rows.filter(table=table)
    if pillar := asked.get("pillar"):
        rows = rows.filter(pillars__code=pillar)
    paths = {"mark": "kind", "sub_item": "column__sub_items__code"}
    given = {path: asked[name] for name, path in paths.items() if name in asked}
    return rows.filter(marks__in=Mark.objects.filter(**given)) if given else rows


class ProgramViewSet(OfPlan):
    """Programmes, each once, with the marks and printed words of every row of Tables 3-8 that lists it."""

    about = gettext_lazy("細部計畫：每一計畫一筆，附表 3 至表 8 各列之註記與原文。")
    queryset = selectors.programs()
    serializer_class = records.ProgramSerializer
    filterset_class = ProgramFilters
