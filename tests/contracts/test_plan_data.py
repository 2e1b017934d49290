"""The plan in the database is the printed plan: marks, cells, names, periods, targets and quotations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps

from kpis.models import Indicator
from ministries.models import FunctionTransfer, Organisation, OrganisationName, Sourced
from programs.models import (
    EarlierResult,
    Erratum,
    Mark,
    Pillar,
    PillarLineage,
    PillarParticipant,
    Plan,
    Program,
    ProgramListing,
    Responsibility,
    SubItem,
    TableColumn,
    TableRow,
)
from tests.contracts.printed_plan import says, squeezed, table, text

pytestmark = pytest.mark.django_db

APPROVED_ON = date(2023, 4, 7)
DOCUMENT = "臺灣 AI 行動計畫 2.0（核定本）"
SIGNS = {"√": "primary", "△": "related", "": None}


def short_name(organisation: Organisation) -> str:
    """What the plan, on its day, calls the organisation."""
    return organisation.name_on(APPROVED_ON).short_zh


# --- Tables 3-8 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(3, 8))
def test_every_mark_stands_where_it_is_printed(plan, number):
    headings, printed = table(number)
    columns = list(TableColumn.objects.filter(plan=plan, table=number).order_by("order"))
    assert [squeezed(column.source_printed) for column in columns] == [
        squeezed(each) for each in headings[2:]
    ]
    assert [squeezed(column.heading_zh) for column in columns] == [squeezed(each) for each in headings[2:]]
    expected = [(row[0], row[1], [SIGNS[cell] for cell in row[2:]]) for row in printed]
    found = []
    for row in TableRow.objects.filter(plan=plan, table=number).order_by("number"):
        marks = dict(Mark.objects.filter(row=row).values_list("column", "kind"))
        signs = [marks.get(column.pk) for column in columns]
        found.append((short_name(row.organisation), row.source_printed, signs))
    assert found == expected


def test_table_eight_stands_as_printed(plan):
    kinds = {"continuing": "延續計畫", "new": "新增計畫"}
    _headings, printed = table(8)
    found = []
    for row in TableRow.objects.filter(plan=plan, table=8).order_by("number"):
        program = row.listings.get().program
        pillars = " ".join(row.pillars.order_by("order").values_list("name_zh", flat=True))
        found.append((kinds[program.kind], pillars, short_name(row.organisation), row.source_printed))
        assert program.name_is_provisional == ("名稱暫定" in row.source_printed)
    assert found == printed


def test_a_row_of_tables_three_to_seven_belongs_to_the_pillar_of_its_table(plan):
    for row in TableRow.objects.filter(plan=plan, table__lt=8):
        assert [int(pillar.code) for pillar in row.pillars.all()] == [row.table - 2]


def test_every_cell_is_made_of_the_programmes_periods_and_parts_that_it_lists(plan):
    """Taking names, periods and parts out of a printed cell leaves nothing but punctuation and Table 8's brackets."""
    for row in TableRow.objects.filter(plan=plan):
        rest = squeezed(row.source_printed)
        listings = ProgramListing.objects.filter(row=row).select_related("program", "part")
        for piece in sorted(pieces_of(listings), key=len, reverse=True):
            assert piece in rest, f"{row}: {piece}"
            rest = rest.replace(piece, "", 1)
        assert set(re.sub(r"[(（]名稱暫定.*工作[)）]", "", rest)) <= set("-、()"), f"{row}: {rest}"


def pieces_of(listings: Iterable[ProgramListing]) -> set[str]:
    """The words that stand for the listings; two programmes may share the words of one part."""
    pieces = set()
    for listing in listings:
        pieces.add(squeezed(listing.program.name_zh))
        if listing.part:
            pieces.add(squeezed(listing.part.name_zh))
        if listing.program.period_printed:
            pieces.add(f"({listing.program.period_printed})")
    return pieces


def test_a_programme_stands_in_rows_of_its_own_ministry(plan):
    for listing in ProgramListing.objects.filter(row__plan=plan).select_related("row", "program"):
        assert listing.row.organisation_id == listing.program.organisation_id


def test_dates_are_what_the_printed_period_says(plan):
    for program in Program.objects.filter(plan=plan):
        assert (program.period_start, program.period_end) == period(program.period_printed), program


def period(printed: str) -> tuple[date | None, date | None]:
    """`112-115`, `110.1-114.8`, `113~` in years of the Republic of China; nothing for nothing."""
    start, _dash, end = printed.replace("~", "-").partition("-")
    return first_day(start), last_day(end)


def first_day(words: str) -> date | None:
    year, _dot, month = words.partition(".")
    return date(int(year) + 1911, int(month or 1), 1) if year else None


def last_day(words: str) -> date | None:
    year, _dot, month = words.partition(".")
    if not year:
        return None
    following = (
        date(int(year) + 1912, 1, 1) if month in ("", "12") else date(int(year) + 1911, int(month) + 1, 1)
    )
    return following - timedelta(days=1)


def test_a_programme_marked_in_part_in_one_table_and_as_a_whole_in_another_is_one_programme(plan):
    program = Program.objects.get(plan=plan, name_zh="高階智慧物聯網晶片生態體系發展應用計畫")
    listed = {listing.row.table: listing.part and listing.part.name_zh for listing in program.listings.all()}
    assert listed == {3: "人才培育分項", 4: None}


def test_the_chiplet_programme_follows_ai_on_chip(plan):
    program = Program.objects.get(plan=plan, predecessor__isnull=False)
    assert program.name_zh.startswith("低延遲 AI 小晶片")
    assert program.predecessor
    assert program.predecessor.name_zh == "AI on chip 終端智慧發展計畫"


def test_columns_are_mapped_to_sub_items_and_the_small_and_medium_enterprises_have_none(plan):
    mapped = {
        (column.table, column.heading_zh): [mapping.sub_item.code for mapping in column.mappings.all()]
        for column in TableColumn.objects.filter(plan=plan)
    }
    assert mapped[3, "職業培訓"] == ["1.3"]
    assert mapped[7, "以 AI 協助勞動力短缺"] == mapped[7, "以 AI 協助淨零排放"] == ["5.2"]
    assert not any("2.4" in codes for codes in mapped.values())


# --- Table 2 and the prose ----------------------------------------------------------------------------------


def test_every_cell_of_table_two_stands_as_printed(plan):
    _headings, printed = table(2)
    found = []
    for sub_item in SubItem.objects.filter(pillar__plan=plan):
        cells = set(sub_item.responsibilities.values_list("source_printed", flat=True))
        found.append((sub_item.source_row, sub_item.source_printed, *cells))
        assert squeezed(sub_item.name_zh) == squeezed(sub_item.source_printed)
    assert found == [(number, row[1], row[2]) for number, row in enumerate(printed, 1)]


def test_every_ministry_of_a_cell_is_responsible_and_in_the_printed_order(plan):
    names = {short_name(each) for each in Organisation.objects.filter(kind="ministry")} | {"相關部會"}
    for sub_item in SubItem.objects.filter(pillar__plan=plan):
        responsibilities = list(sub_item.responsibilities.order_by("order"))
        printed = re.findall("|".join(sorted(names)), responsibilities[0].source_printed)
        assert [who(each) for each in responsibilities] == printed, sub_item


def who(responsibility: Responsibility) -> str:
    return (
        short_name(responsibility.organisation) if responsibility.organisation else responsibility.placeholder
    )


# sub-item, ministry → role, unit, principal unit, scope, open list; all others are plain and joint
SPECIAL = {
    ("2.1", "經濟部"): ("co", "技術處", False, "", False),
    ("2.2", "經濟部"): ("co", "工業局", True, "", False),
    ("2.4", "數位部"): ("co", "原技術處", False, "", False),
    ("3.1", "國科會"): ("co", "", False, "科研資料", False),
    ("3.1", "相關部會"): ("assisting", "", False, "資料跨域流通", False),
    ("3.2", "國科會"): ("co", "", False, "通用領域", False),
    ("3.2", "數位部"): ("co", "", False, "通用領域", False),
    ("3.2", "衛福部"): ("co", "", False, "個別領域", False),
    ("3.2", "交通部"): ("co", "", False, "個別領域", False),
    ("3.2", "金管會"): ("co", "", False, "個別領域", True),
    ("3.3", "數位部"): ("lead", "", False, "", False),
    ("3.3", "相關部會"): ("assisting", "", False, "", False),
    ("3.4", "交通部"): ("co", "中央氣象局", False, "", False),
    ("2.3", "衛福部"): ("co", "", False, "醫療業", False),
}


def test_roles_units_and_scopes_are_those_of_the_brackets(plan):
    for each in Responsibility.objects.filter(sub_item__pillar__plan=plan).exclude(
        sub_item__code="2.3", organisation__code="MOEA"
    ):
        found = (each.role, each.unit, each.unit_is_principal, each.scope_zh, each.is_open_list)
        assert found == SPECIAL.get((each.sub_item.code, who(each)), ("co", "", False, "", False)), each
    scopes = Responsibility.objects.filter(sub_item__code="2.3", organisation__code="MOEA").values_list(
        "scope_zh", flat=True
    )
    assert list(scopes) == ["製造業", "醫療業"]


def test_units_are_organisations_of_their_ministry_but_the_former_one_is_not(plan):
    for each in Responsibility.objects.filter(sub_item__pillar__plan=plan).exclude(unit=""):
        if each.unit.startswith("原"):
            assert each.unit_organisation is None
        else:
            assert each.unit_organisation
            assert short_name(each.unit_organisation) == each.unit
            assert each.unit_organisation.parent == each.organisation


def test_the_proses_participants_are_kept_beside_table_two(plan):
    printed = re.search(r"各主軸之共同推動部會，(.*?)\(參\s*見表 2\)", text(), re.DOTALL)
    assert printed
    sentence = squeezed(printed[1])
    for pillar in Pillar.objects.filter(plan=plan):
        after = sentence[sentence.index(squeezed(pillar.name_zh)) :]
        (named, *_later) = re.findall(r"(?:有|包括)(.*?)等", after)
        participants = PillarParticipant.objects.filter(pillar=pillar).order_by("order")
        assert [short_name(each.organisation) for each in participants] == named.split("、")


# --- goals and key results ----------------------------------------------------------------------------------

# code: kind, aggregation, comparator, value, upper value, unit, frequency, baseline, owners named by the plan
INDICATORS = {
    "G1.1": ("goal", "rank", "rank_improves", 1, None, "名次", "whole_plan", None, ()),
    "KR1.1": ("key_result", "flow", "about", 600, None, "名", "annual", None, ("國科會",)),
    "KR1.2": ("key_result", "flow", "more_than", 8000, None, "人次", "annual", None, ("勞動部", "教育部", "數位部")),
    "KR1.3": ("key_result", "flow", "at_least", 500, None, "名", "annual", None, ("教育部",)),
    "G2.1": ("goal", "rank", "rank_improves", 1, None, "名次", "whole_plan", 4, ()),
    "G2.2": ("goal", "rank", "rank_improves", 1, None, "名次", "whole_plan", 4, ()),
    "KR2.1": ("key_result", "stock", "at_least", 10, None, "家", "whole_plan", None, ()),
    "KR2.2": ("key_result", "rank", "top", 3, None, "名次", "whole_plan", None, ()),
    "G3.1": ("goal", "qualitative", "qualitative", None, None, "", "whole_plan", None, ()),
    "KR3.1": ("key_result", "milestone", "milestone", None, None, "件", "whole_plan", None, ()),
    "KR3.2": ("key_result", "milestone", "milestone", None, None, "件", "whole_plan", None, ()),
    "G4.1": ("goal", "qualitative", "qualitative", None, None, "", "whole_plan", None, ()),
    "KR4.1": ("key_result", "milestone", "milestone", None, None, "件", "whole_plan", None, ()),
    "KR4.2": ("key_result", "milestone", "milestone", None, None, "件", "whole_plan", None, ()),
    "G5.1": ("goal", "qualitative", "qualitative", None, None, "", "whole_plan", None, ()),
    "KR5.1": ("key_result", "stock", "range", 3, 5, "件", "whole_plan", None, ()),
    "O1": ("overall", "stock", "more_than", 2500 * 10**8, None, "元", "whole_plan", None, ()),
    "O2": ("overall", "stock", "range", 3, 5, "件", "whole_plan", None, ()),
    "O3": ("overall", "qualitative", "qualitative", None, None, "", "whole_plan", None, ()),
}  # fmt: skip


def test_goals_and_key_results_have_the_targets_that_the_plan_sets(plan):
    found = {}
    for each in Indicator.objects.filter(plan=plan):
        target = each.targets.get()
        named = sorted(short_name(owner.organisation) for owner in each.owners.filter(named_by_plan=True))
        found[each.code] = (
            each.kind, each.aggregation, target.comparator, number(target.value), number(target.value_max),
            each.unit_zh, target.frequency, number(each.baseline), tuple(named),
        )  # fmt: skip
        assert str(target.effective_from) == "112Q1"
        assert target.due_quarter is None
    assert found == INDICATORS


def number(value: Decimal | None) -> int | None:
    return None if value is None else int(value)


def test_ministries_named_in_brackets_owe_the_key_result_and_nobody_else_does(plan):
    for each in Indicator.objects.filter(plan=plan):
        owners = list(each.owners.all())
        if any(owner.named_by_plan for owner in owners):
            (bracket,) = re.findall(r"\(([^()]*)\)$", each.source_printed)
            assert {short_name(owner.organisation) for owner in owners} == set(re.split(r",\s*", bracket))
        else:
            assert [owner.organisation.code for owner in owners] == ["NSTC-OST"]


def test_what_the_plan_does_not_state_is_said_to_be_the_portals(plan):
    about = Indicator.objects.get(plan=plan, code="KR1.1")
    assert "非計畫所定" in about.definition_zh
    growth = Indicator.objects.get(plan=plan, code="O1")
    assert "基準年" in growth.baseline_statement_zh
    startups = Indicator.objects.get(plan=plan, code="KR2.1")
    assert startups.definition_is_provisional
    assert not Indicator.objects.filter(plan=plan, baseline__isnull=True).exclude(
        baseline_statement_zh__contains="未載明"
    )


def test_a_milestone_has_only_the_stage_that_is_printed(plan):
    for each in Indicator.objects.filter(plan=plan, aggregation="milestone"):
        stage = each.stages.get()
        assert stage.share == 1
        assert squeezed(stage.name_zh) in squeezed(each.source_printed)


# --- the earlier plan and the organisations -----------------------------------------------------------------


def test_the_earlier_plans_pillars_live_on_in_todays(plan):
    lineage = {(each.earlier.name_zh, each.later.name_zh) for each in PillarLineage.objects.all()}
    assert lineage == {
        ("AI 人才衝刺", "人才優化與擴增"),
        ("AI 領航推動", "技術深耕與產業發展"),
        ("產業 AI 化", "技術深耕與產業發展"),
        ("建構國際 AI 創新樞紐", "提升國際影響力"),
        ("場域與法規開放", "完善運作環境"),
    }
    assert plan.predecessor.is_managed is False
    assert plan.predecessor.pillars.count() == 5


def test_the_earlier_plans_results_are_quoted_in_full(plan):
    results = EarlierResult.objects.filter(pillar__plan=plan.predecessor)
    counts = [results.filter(pillar__code=str(code)).count() for code in range(1, 6)]
    assert counts == [3, 3, 3, 5, 3]
    for result in results:
        assert says(result.text_zh)
        if result.heading_zh:
            assert says(f"{result.heading_zh}：{result.text_zh}")


NAMES = [
    ("MOA", date(2023, 7, 31), "行政院農業委員會", date(2023, 8, 1), "農業部"),
    ("MOTC-CWA", date(2023, 9, 14), "交通部中央氣象局", date(2023, 9, 15), "交通部中央氣象署"),
    ("MOEA-IDB", date(2023, 9, 25), "經濟部工業局", date(2023, 9, 26), "經濟部產業發展署"),
    ("MOEA-DOIT", date(2023, 9, 25), "經濟部技術處", date(2023, 9, 26), "經濟部產業技術司"),
    ("NSTC", date(2022, 7, 26), "科技部", date(2022, 7, 27), "國家科學及技術委員會"),
    ("NSTC-OST", date(2022, 7, 26), "行政院科技會報辦公室", date(2022, 7, 27), "國家科學及技術委員會科技辦公室"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "before", "old", "after", "new"), NAMES)
def test_an_organisation_bears_the_name_of_the_day(plan, code, before, old, after, new):
    organisation = Organisation.objects.get(code=code)
    assert organisation.name_on(before).name_zh == old
    assert organisation.name_on(after).name_zh == new


def test_ministries_have_their_identifiers(plan):
    suffixes = {
        "NSTC": 20081, "MODA": 20082, "MOEA": 20007, "MOE": 20005, "MOL": 20063, "MOHW": 20065,
        "MOTC": 20008, "FSC": 20052, "NDC": 20069, "MOFA": 20002, "MOA": 20064,
    }  # fmt: skip
    found = dict(Organisation.objects.filter(kind="ministry").values_list("code", "oid"))
    assert found == {code: f"2.16.886.101.20003.{suffix}" for code, suffix in suffixes.items()}


def test_ai_functions_moved_to_the_new_ministry_without_a_rename(plan):
    transfer = FunctionTransfer.objects.get()
    assert (transfer.from_organisation.code, transfer.to_organisation.code) == ("MOEA", "MODA")
    assert transfer.effective_on == date(2022, 8, 27)
    assert OrganisationName.objects.filter(organisation__code__in=["MOEA", "MODA"]).count() == 2


def test_one_secretariat_controls_the_plan_and_four_sub_groups_share_the_work(plan):
    roles = {(each.role, short_name(each.organisation)) for each in plan.oversight_roles.all()}
    assert roles == {
        ("platform", "智慧國家推動小組"),
        ("secretariat", "執行秘書室"),
        ("coordinator", "國科會科技辦公室"),
        ("sub_group", "數位基盤分組"),
        ("sub_group", "數位創新分組"),
        ("sub_group", "數位治理分組"),
        ("sub_group", "數位包容分組"),
    }
    assert Organisation.objects.get(is_secretariat=True).code == "SECRETARIAT"


# --- quotations ---------------------------------------------------------------------------------------------


def quoted() -> Iterator[Sourced]:
    for model in apps.get_models():
        if issubclass(model, Sourced):
            yield from model._default_manager.filter(source_document=DOCUMENT)


def test_whatever_is_quoted_stands_in_the_printed_plan(plan):
    wrong = [f"{type(each).__name__} {each}" for each in quoted() if not says(each.source_printed)]
    assert wrong == []


def test_every_record_of_the_plan_knows_its_place_and_its_words(plan):
    silent = [
        f"{type(each).__name__} {each}"
        for each in quoted()
        if not (each.source_table and each.source_printed)
    ]
    assert silent == []


def test_the_plans_own_texts_are_the_printed_ones(plan):
    texts = [plan.vision_zh, plan.summary_zh, plan.approval_number]
    texts += [pillar.description_zh for pillar in plan.pillars.all()]
    texts += [task.text_zh for pillar in plan.pillars.all() for task in pillar.key_tasks.all()]
    texts += [benefit.text_zh for benefit in plan.expected_benefits.all()]
    assert [each for each in texts if not says(each)] == []
    assert says(plan.parent_programme_zh)
    assert Plan.objects.get(pk=plan.predecessor_id).vision_zh in text()


def test_a_slip_is_quoted_with_what_was_meant_and_never_mended_in_the_quotation(plan):
    for erratum in Erratum.objects.filter(plan=plan):
        assert says(erratum.source_printed)
        assert squeezed(erratum.meant) not in squeezed(erratum.source_printed), erratum


def test_names_are_given_in_both_languages(plan):
    chinese = re.compile(r"[\u3400-\u9fff]")
    for model in apps.get_models():
        pairs = [each.name for each in model._meta.concrete_fields if each.name.endswith("_en")]
        if model._meta.app_label not in ("ministries", "programs", "kpis"):
            continue
        for each in model._default_manager.all():
            for name in pairs:
                zh, en = getattr(each, name.removesuffix("_en") + "_zh"), getattr(each, name)
                assert bool(zh) == bool(en), f"{each!r}.{name}"
                if not name.startswith(("note", "text")):
                    assert not chinese.search(en), f"{each!r}.{name}"
