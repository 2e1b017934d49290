"""The shape of the public records of indicators and publications; amounts are exact decimals written as strings.

The `Frozen…` shapes describe what a publication's text already holds; they document it and never rewrite it.
"""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kpis.models import (
    Indicator,
    IndicatorOwner,
    IndicatorSubItem,
    IndicatorWeight,
    Light,
    MilestoneStage,
    MonitoringStandard,
    Observation,
    Publication,
    ScheduledShare,
    Target,
)
from kpis.models.indicators import Comparator, Frequency
from ministries.api import ExactField, SourcedSerializer, UnofficialField
from programs import api_records as of_programs
from programs.api_records import OfOrganisation, code_of
from programs.milestones import COMING, DROPPED, MISSED, REACHED
from programs.quarters import Quarter


class QuarterCode(serializers.CharField):
    """A quarter in the calendar of the Republic of China: 112Q1 is the first quarter of 2023."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **{"help_text": _("季別，如 112Q1（民國紀年）"), **options})


class MonitoringStandardSerializer(serializers.ModelSerializer[MonitoringStandard]):
    effective_from = QuarterCode(help_text=_("自此季起適用，至下一基準起用前；先前各季依系統設定"))
    yellow_points = ExactField(read_only=True, help_text=_("落後逾此百分點數為黃燈"))
    red_points = ExactField(read_only=True, help_text=_("落後逾此百分點數為紅燈"))

    class Meta:
        model = MonitoringStandard
        fields = ["effective_from", "yellow_points", "red_points", "execution_formula"]
        extra_kwargs = {"execution_formula": {"help_text": _("執行率公式（名稱／版本）")}}


class PlanSerializer(of_programs.PlanSerializer):
    """A plan with the standards that its figures are judged by."""

    monitoring_standards = MonitoringStandardSerializer(
        many=True, read_only=True, help_text=_("管考基準；空清單表示依系統設定")
    )

    class Meta(of_programs.PlanSerializer.Meta):
        fields = [*of_programs.PlanSerializer.Meta.fields, "monitoring_standards"]


class OwnerSerializer(OfOrganisation):
    from_quarter = QuarterCode(allow_null=True)
    until_quarter = QuarterCode(allow_null=True)

    class Meta:
        model = IndicatorOwner
        fields = [
            "organisation",
            "organisation_name_zh",
            "organisation_name_en",
            "named_by_plan",
            "from_quarter",
            "until_quarter",
        ]
        extra_kwargs = {
            "named_by_plan": {"help_text": _("計畫是否載明該機關；未載明者暫由統籌機關填報")},
        }


class WeightSerializer(serializers.ModelSerializer[IndicatorWeight]):
    effective_from = QuarterCode(help_text=_("自此季起適用；先前各季權重為 1"))
    weight = ExactField(read_only=True)

    class Meta:
        model = IndicatorWeight
        fields = ["effective_from", "weight"]


class ScheduledShareSerializer(serializers.ModelSerializer[ScheduledShare]):
    quarter = QuarterCode()
    share = ExactField(read_only=True, help_text=_("至該季底應達之比率（0 至 1）"))

    class Meta:
        model = ScheduledShare
        fields = ["quarter", "share"]


class TargetSerializer(serializers.ModelSerializer[Target]):
    value = ExactField(allow_null=True, read_only=True)
    value_max = ExactField(allow_null=True, read_only=True)
    tolerance = ExactField(
        allow_null=True, read_only=True, help_text=_("「約」之容許範圍（比率），係本系統設定")
    )
    due_quarter = QuarterCode(allow_null=True)
    effective_from = QuarterCode(help_text=_("自此季起適用；先前各季適用前一目標"))
    ground = serializers.CharField(read_only=True, help_text=_("修正理由；計畫原訂之目標為空字串"))
    decided_on = serializers.DateField(
        read_only=True, allow_null=True, help_text=_("決定修正之日期；計畫原訂之目標為空值")
    )
    schedule = ScheduledShareSerializer(
        many=True, read_only=True, help_text=_("目標自訂之預定進度；空清單表示於期間內按季平均")
    )

    class Meta:
        model = Target
        fields = [
            "comparator",
            "value",
            "value_max",
            "tolerance",
            "frequency",
            "year",
            "due_quarter",
            "effective_from",
            "ground",
            "decided_on",
            "schedule",
        ]


class StageSerializer(SourcedSerializer):
    share = ExactField(read_only=True, help_text=_("達此階段時之完成比率（0 至 1）"))
    name_en_is_unofficial = UnofficialField()

    class Meta:
        model = MilestoneStage
        fields = ["order", "name_zh", "name_en", "name_en_is_unofficial", "share", "source"]


class MappingSerializer(serializers.ModelSerializer[IndicatorSubItem]):
    sub_item = code_of()

    class Meta:
        model = IndicatorSubItem
        fields = ["sub_item", "note_zh", "note_en"]


class IndicatorSerializer(SourcedSerializer):
    plan = code_of()
    pillar = code_of(nullable=True)
    name_en_is_unofficial = UnofficialField()
    organisations = serializers.SerializerMethodField(help_text=_("於 on 所指之季負責填報之機關代碼"))
    owners = OwnerSerializer(many=True, read_only=True)
    unit = serializers.CharField(source="unit_zh")
    baseline = ExactField(
        allow_null=True, read_only=True, help_text=_("空值表示計畫未載明，見 baseline_statement_zh")
    )
    targets = TargetSerializer(many=True, read_only=True)
    weights = WeightSerializer(many=True, read_only=True, help_text=_("彙總時之權重；空清單表示為 1"))
    stages = StageSerializer(many=True, read_only=True)
    sub_items = MappingSerializer(
        many=True, read_only=True, source="mappings", help_text=_("對應之子項（編輯對應，非原文）")
    )

    class Meta:
        model = Indicator
        fields = [
            "plan",
            "code",
            "kind",
            "pillar",
            "order",
            "name_zh",
            "name_en",
            "name_en_is_unofficial",
            "definition_zh",
            "definition_en",
            "definition_is_provisional",
            "organisations",
            "owners",
            "aggregation",
            "unit",
            "unit_en",
            "decimal_places",
            "baseline",
            "baseline_statement_zh",
            "baseline_statement_en",
            "targets",
            "weights",
            "stages",
            "sub_items",
            "source",
        ]

    def get_organisations(self, indicator: Indicator) -> list[str]:
        quarter = Quarter.containing(self.context["on"])
        return [
            owner.organisation.code
            for owner in indicator.owners.all()
            if (owner.from_quarter is None or owner.from_quarter <= quarter)
            and (owner.until_quarter is None or owner.until_quarter >= quarter)
        ]


class PublicationUrlsSerializer(serializers.Serializer[dict[str, str]]):
    publication = serializers.URLField()
    figures = serializers.URLField()
    content = serializers.URLField()


class PublicationSerializer(serializers.ModelSerializer[Publication]):
    plan = code_of()
    quarter = QuarterCode()
    quarter_zh = serializers.CharField(source="quarter.label_zh", read_only=True)
    quarter_en = serializers.CharField(source="quarter.label_en", read_only=True)
    demonstration = serializers.BooleanField(
        source="is_demonstration", read_only=True, help_text=_("是否為系統產生之示範資料，非真實數據")
    )
    digest = serializers.CharField(read_only=True, help_text=_("content 所給位元組之 SHA-256（十六進位）"))
    urls = serializers.SerializerMethodField()

    class Meta:
        model = Publication
        fields = [
            "plan",
            "quarter",
            "quarter_zh",
            "quarter_en",
            "published_at",
            "digest",
            "algebra_version",
            "demonstration",
            "urls",
        ]

    def get_urls(self, publication: Publication) -> PublicationUrlsSerializer:
        quarter, query = {"quarter": publication.quarter.code}, f"?plan={publication.plan.code}"
        build = self.context["request"].build_absolute_uri
        return {  # type: ignore[return-value]
            "publication": build(reverse("api-publications-detail", kwargs=quarter) + query),
            "figures": build(reverse("api-figures-list", kwargs=quarter) + query),
            "content": build(reverse("api-publications-content", kwargs=quarter) + query),
        }


_LIGHTS = [*Light.choices, ("", _("不設燈號"))]
_DENOMINATOR = _("空值表示 1")
_NUMERATOR = _("空值表示無資料")


class AmountsSerializer(serializers.Serializer[dict[str, Any]]):
    """An organisation's or everybody's figure of one quarter, over three windows, as numerators and denominators."""

    quarter = QuarterCode()
    quarter_numerator = ExactField(allow_null=True, help_text=_NUMERATOR)
    quarter_denominator = ExactField(allow_null=True, help_text=_DENOMINATOR)
    year_numerator = ExactField(allow_null=True, help_text=_NUMERATOR)
    year_denominator = ExactField(allow_null=True, help_text=_DENOMINATOR)
    plan_numerator = ExactField(allow_null=True, help_text=_NUMERATOR)
    plan_denominator = ExactField(allow_null=True, help_text=_DENOMINATOR)
    rate_numerator = ExactField(allow_null=True, help_text=_("達成率；空值表示無法計算"))
    rate_denominator = ExactField(allow_null=True, help_text=_DENOMINATOR)
    expected_numerator = ExactField(allow_null=True, help_text=_("至該季底應達比率；空值表示不設"))
    expected_denominator = ExactField(allow_null=True, help_text=_DENOMINATOR)
    achieved = serializers.BooleanField(allow_null=True)
    light = serializers.ChoiceField(choices=_LIGHTS)
    stated = serializers.IntegerField(help_text=_("已核定之填報數"))
    owed = serializers.IntegerField(help_text=_("應填報數"))
    last_stated = QuarterCode(allow_null=True)
    stage_zh = serializers.CharField(allow_null=True)
    stage_en = serializers.CharField(allow_null=True)


class FrozenTargetSerializer(serializers.Serializer[dict[str, Any]]):
    comparator = serializers.ChoiceField(choices=Comparator.choices)
    value = ExactField(allow_null=True)
    value_max = ExactField(allow_null=True)
    tolerance = ExactField(allow_null=True)
    frequency = serializers.ChoiceField(choices=Frequency.choices)
    year = serializers.IntegerField(allow_null=True)


class HeldTargetSerializer(serializers.Serializer[dict[str, Any]]):
    since = QuarterCode(help_text=_("series 自此季起以本目標計算"))
    target = FrozenTargetSerializer(allow_null=True)


class FrozenOrganisationSerializer(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    named_by_plan = serializers.BooleanField()
    statement = serializers.ChoiceField(choices=Observation.Statement.choices, allow_null=True)
    figure = AmountsSerializer()


class FrozenIndicatorSerializer(serializers.ModelSerializer[Indicator]):
    """An indicator as it was published: words, target in force, figure of the quarter, and the series up to it."""

    pillar = serializers.CharField(allow_null=True)
    baseline = ExactField(allow_null=True)
    target = FrozenTargetSerializer(allow_null=True)
    targets = HeldTargetSerializer(
        many=True, required=False, help_text=_("series 各季所適用之目標；較早之公布內容無此欄")
    )
    window = serializers.ChoiceField(choices=[("year", _("年度")), ("plan", _("全程"))])
    figure = AmountsSerializer()
    series = AmountsSerializer(many=True)
    organisations = FrozenOrganisationSerializer(many=True)

    class Meta:
        model = Indicator
        fields = [
            "code",
            "kind",
            "pillar",
            "order",
            "name_zh",
            "name_en",
            "definition_zh",
            "definition_en",
            "definition_is_provisional",
            "unit_zh",
            "unit_en",
            "aggregation",
            "decimal_places",
            "baseline",
            "baseline_statement_zh",
            "baseline_statement_en",
            "source_table",
            "source_row",
            "source_printed",
            "target",
            "targets",
            "window",
            "figure",
            "series",
            "organisations",
        ]


class FrozenNodeSerializer(serializers.Serializer[dict[str, Any]]):
    """The plan, a pillar, a sub-item or an organisation: lights counted, rates averaged, programmes once each."""

    type = serializers.ChoiceField(choices=["plan", "pillar", "sub_item", "organisation"])
    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    indicators = serializers.IntegerField()
    green = serializers.IntegerField()
    yellow = serializers.IntegerField()
    red = serializers.IntegerField()
    grey = serializers.IntegerField()
    unlit = serializers.IntegerField()
    stated = serializers.IntegerField()
    owed = serializers.IntegerField()
    programs = serializers.IntegerField()
    programs_stated = serializers.IntegerField()
    score_numerator = ExactField(allow_null=True)
    score_denominator = ExactField(allow_null=True)
    planned_numerator = ExactField(allow_null=True)
    actual_numerator = ExactField(allow_null=True)
    progress_denominator = ExactField(allow_null=True)


class FrozenMilestoneSerializer(serializers.Serializer[dict[str, Any]]):
    """A programme's milestone as it was known at publication."""

    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    due_on = serializers.DateField()
    first_due_on = serializers.DateField(allow_null=True, help_text=_("原訂日期；未變更者為空值"))
    reached_on = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(choices=[REACHED, MISSED, COMING, DROPPED])
    demonstration = serializers.BooleanField()


class FrozenProgramSerializer(serializers.Serializer[dict[str, Any]]):
    """A programme and its milestones; programmes without any are left out."""

    code = serializers.CharField()
    milestones = FrozenMilestoneSerializer(many=True)


class ContentSerializer(serializers.Serializer[dict[str, Any]]):
    """A publication's whole text."""

    plan = serializers.CharField()
    quarter = QuarterCode()
    algebra_version = serializers.IntegerField()
    demonstration = serializers.BooleanField()
    indicators = FrozenIndicatorSerializer(many=True)
    nodes = FrozenNodeSerializer(many=True)
    programs = FrozenProgramSerializer(
        many=True, required=False, help_text=_("各計畫查核點；較早之公布內容無此欄")
    )


_FACTS_SEEN = _("所據資料之核定次數（含更正）；空值表示公布內容未載")
_FACTS_UNTIL = _("所據資料中最近一次核定之時間；空值表示尚無資料或公布內容未載")


class MadeOfFactsSerializer(AmountsSerializer):
    """A figure that says from which facts it was made."""

    weight = ExactField(allow_null=True, help_text=_("彙總時之權重；空值表示公布內容未載"))
    facts_seen = serializers.IntegerField(allow_null=True, help_text=_FACTS_SEEN)
    facts_until = serializers.DateTimeField(allow_null=True, help_text=_FACTS_UNTIL)


class FigureOfQuarterSerializer(serializers.ModelSerializer[Indicator]):
    """An indicator with the target in force in a quarter and its figure over all organisations."""

    pillar = serializers.CharField(allow_null=True)
    target = FrozenTargetSerializer(allow_null=True)
    window = serializers.ChoiceField(
        choices=[("year", _("年度")), ("plan", _("全程"))], help_text=_("與目標相比之期間")
    )
    organisations = serializers.ListField(
        child=serializers.CharField(), help_text=_("至該季應（曾）填報之機關代碼")
    )
    figure = MadeOfFactsSerializer()
    algebra_version = serializers.IntegerField(help_text=_("計算方法之版本"))

    class Meta:
        model = Indicator
        fields = [
            "code",
            "kind",
            "pillar",
            "name_zh",
            "name_en",
            "unit_zh",
            "unit_en",
            "aggregation",
            "decimal_places",
            "target",
            "window",
            "organisations",
            "figure",
            "algebra_version",
        ]


_NOT_FROZEN = _("空值表示公布內容未載")


class NodeOfQuarterSerializer(FrozenNodeSerializer):
    """A node with what is known of it; money is in New Taiwan dollars and cumulative in the fiscal year."""

    pillar = serializers.CharField(allow_null=True, help_text=_("主軸本身或子項所屬主軸之代碼"))
    programs_related = serializers.IntegerField(allow_null=True, help_text=_NOT_FROZEN)
    milestones_due = serializers.IntegerField(allow_null=True, help_text=_NOT_FROZEN)
    milestones_reached = serializers.IntegerField(allow_null=True, help_text=_NOT_FROZEN)
    milestones_reached_late = serializers.IntegerField(allow_null=True, help_text=_NOT_FROZEN)
    milestones_overdue = serializers.IntegerField(allow_null=True, help_text=_NOT_FROZEN)
    appropriation = ExactField(allow_null=True, help_text=_("預算數（元）；公布內容未載者為空值"))
    allocated = ExactField(allow_null=True, help_text=_("累計分配數（元）；公布內容未載者為空值"))
    spent = ExactField(allow_null=True, help_text=_("實支數（元）；公布內容未載者為空值"))
    payable = ExactField(allow_null=True, help_text=_("應付未付數（元）；公布內容未載者為空值"))
    surplus = ExactField(allow_null=True, help_text=_("賸餘數（元）；公布內容未載者為空值"))
    execution_formula = serializers.CharField(allow_null=True, help_text=_("執行率公式（名稱／版本）"))
    facts_seen = serializers.IntegerField(allow_null=True, help_text=_FACTS_SEEN)
    facts_until = serializers.DateTimeField(allow_null=True, help_text=_FACTS_UNTIL)
    algebra_version = serializers.IntegerField(help_text=_("計算方法之版本"))
