"""Plans are loaded whole or not at all, twice without change, and one beside another."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from kpis.imports import PlanFilesRefused
from kpis.models import (
    Indicator,
    IndicatorWeight,
    MonitoringStandard,
    RollupTask,
    ScheduledShare,
    Target,
)
from kpis.services.plan_loading import LoadResult, load_plans
from kpis.services.revising import Terms, revise_target
from ministries.models import Organisation
from programs.models import Mark, Pillar, Plan, Program, ProgramMilestone, SubItem, TableRow
from programs.quarters import Quarter
from reports.models import Line, ReportingQuarter
from tests.kpis.invented_plan import written

pytestmark = pytest.mark.django_db


@pytest.fixture
def invented(plan: Plan, tmp_path: Path) -> Plan:
    """A second plan, loaded beside the first."""
    load_plans([written(tmp_path / "plan")])
    return Plan.objects.get(code="invented")


def reloaded(tmp_path: Path, *changes: tuple[str, str, str]) -> LoadResult:
    return load_plans([written(tmp_path / "plan", *changes)])


def loaded_by_command(*paths: Path) -> str:
    out = io.StringIO()
    call_command("load_plan", *map(str, paths), stdout=out)
    return out.getvalue()


def test_loading_the_plans_again_changes_nothing(plan):
    assert "0 created, 0 updated, 0 deleted, 0 left" in loaded_by_command()


def test_a_second_plan_stands_beside_the_first(plan, invented):
    assert set(Plan.objects.filter(is_managed=True)) == {plan, invented}
    assert plan.pillars.count() == 5
    assert list(invented.pillars.values_list("name_zh", flat=True)) == ["主軸一", "主軸二"]
    assert set(invented.programs.values_list("code", flat=True)) == {"Q01", "Q02"}
    assert invented.programs.get(code="Q02").predecessor == invented.programs.get(code="Q01")


def test_the_second_plan_is_loaded_as_its_files_say(invented):
    row = TableRow.objects.get(plan=invented, table=2)
    assert [(each.program.code, each.part and each.part.code) for each in row.listings.all()] == [
        ("Q01", "Q01.1"),
        ("Q02", None),
    ]
    assert list(row.marks.order_by("column").values_list("kind", flat=True)) == ["primary", "related"]
    assert list(row.pillars.values_list("code", flat=True)) == ["1"]
    assert list(TableRow.objects.get(plan=invented, table=3).pillars.values_list("code", flat=True)) == ["2"]
    responsibility = SubItem.objects.get(pillar__plan=invented, code="1.1").responsibilities.get()
    assert responsibility.unit_organisation == Organisation.objects.get(code="AAA-UNIT")
    assert responsibility.unit_is_principal
    target = Target.objects.get(indicator__plan=invented, indicator__code="K1")
    assert (target.value, target.tolerance) == (Decimal(600), Decimal("0.1"))
    assert target.effective_from == Quarter.of(2030, 1)
    assert Organisation.objects.get(code="AAA").name_on(date(2030, 5, 31)).name_zh == "甲會"
    assert Organisation.objects.get(code="AAA").name_on(date(2030, 6, 1)).name_zh == "甲部"


def test_the_command_plans_the_quarters_of_a_managed_plan_and_of_no_other(plan, tmp_path):
    loaded_by_command(written(tmp_path / "plan"))
    rounds = ReportingQuarter.objects.filter(plan__code="invented").values_list("quarter", flat=True)
    assert [str(quarter) for quarter in rounds] == [
        f"{year}Q{number}" for year in (119, 120) for number in (1, 2, 3, 4)
    ]
    assert not ReportingQuarter.objects.filter(plan__is_managed=False).exists()


def test_a_changed_record_is_updated_and_nothing_else(invented, tmp_path):
    result = reloaded(tmp_path, ("indicators.yaml", "name_zh: 成果一", "name_zh: 成果甲"))
    assert (result.created, result.updated, result.deleted) == (0, 1, 0)
    assert Indicator.objects.get(plan=invented, code="K1").name_zh == "成果甲"


def test_a_mark_taken_out_of_the_files_is_taken_out_of_the_database(invented, tmp_path):
    result = reloaded(tmp_path, ("tables.yaml", "marks: [√, △]", "marks: [√, '']"))
    assert (result.created, result.updated, result.deleted) == (0, 0, 1)
    assert Mark.objects.filter(row__plan=invented).count() == 1


def test_pillars_may_change_places(invented, tmp_path):
    before = dict(invented.pillars.values_list("code", "pk"))
    folder = written(tmp_path / "plan")
    text = (folder / "pillars.yaml").read_text(encoding="utf-8")
    first, second = text.index('  - code: "1"'), text.index('  - code: "2"')
    (folder / "pillars.yaml").write_text(text[:first] + text[second:] + text[first:second], encoding="utf-8")
    load_plans([folder])
    assert list(invented.pillars.order_by("order").values_list("code", flat=True)) == ["2", "1"]
    assert dict(invented.pillars.values_list("code", "pk")) == before


def test_a_programme_that_joined_by_another_way_is_left_and_named(invented, tmp_path):
    organisation = Organisation.objects.get(code="AAA")
    Program.objects.create(
        plan=invented, code="Q99", organisation=organisation, name_zh="後加計畫", name_en="Later", kind="new"
    )
    result = reloaded(tmp_path)
    assert (result.created, result.updated, result.deleted) == (0, 0, 0)
    assert result.left == ("programs.Program 後加計畫",)
    assert invented.programs.filter(code="Q99").exists()


def test_a_pillar_that_the_files_no_longer_have_is_left_behind_the_others(invented, tmp_path):
    extra = Pillar.objects.create(
        plan=invented, code="0", order=9, name_zh="舊", name_en="Old", source_document="x"
    )
    Pillar.objects.filter(plan=invented, code="2").update(order=8)
    Pillar.objects.filter(pk=extra.pk).update(order=2)
    result = reloaded(tmp_path)
    assert result.left == ("programs.Pillar 舊",)
    assert list(invented.pillars.order_by("order").values_list("code", flat=True)) == ["1", "2", "0"]


def test_a_target_set_later_by_another_way_is_left(invented, tmp_path):
    indicator = Indicator.objects.get(plan=invented, code="K1")
    Target.objects.create(
        indicator=indicator, comparator="at_least", value=700, frequency="annual",
        effective_from="120Q1", source_document="x",
    )  # fmt: skip
    result = reloaded(tmp_path)
    assert len(result.left) == 1
    assert indicator.targets.count() == 2


def test_a_stage_that_a_report_refers_to_is_never_deleted(plan, open_round, tmp_path, invented):
    stage = Indicator.objects.get(plan=invented, code="K2").stages.get(order=1)
    lines = Line.objects.filter(report__reporting_quarter=open_round, indicator__aggregation="milestone")
    Line.objects.filter(pk=lines[0].pk).update(stage=stage)
    result = reloaded(tmp_path, ("indicators.yaml", "{name_zh: 起, name_en: Begun, share: 0.5}, ", ""))
    assert result.left == ("kpis.MilestoneStage 起",)
    assert list(stage.indicator.stages.values_list("name_zh", flat=True)) == ["成", "起"]
    stage.refresh_from_db()
    assert stage.name_zh == "起"


def test_a_changed_target_makes_its_plans_figures_stale(invented, tmp_path):
    RollupTask.objects.all().delete()
    reloaded(tmp_path)
    assert not RollupTask.objects.exists()
    reloaded(tmp_path, ("indicators.yaml", "value: 600", "value: 650"))
    stale = set(RollupTask.objects.values_list("indicator_id", flat=True))
    assert stale == set(invented.indicators.values_list("pk", flat=True))


def decided(invented: Plan, code: str, effective_from: str) -> Target:
    """The indicator's target as a decision replaced it from that quarter on."""
    indicator = Indicator.objects.get(plan=invented, code=code)
    terms = Terms.of(indicator.targets.earliest("effective_from"))
    changed = replace(
        terms, value=Decimal(4), value_max=Decimal(9), effective_from=Quarter.parse(effective_from)
    )
    return revise_target(
        indicator=indicator, terms=changed, ground="產業環境變遷。", decided_on=date(2030, 5, 20)
    )


def test_a_decided_target_survives_loading_the_files_again(invented, tmp_path):
    target = decided(invented, "O1", "120Q1")
    assert target.schedule.count() == 2
    result = reloaded(tmp_path)
    assert (result.created, result.updated, result.deleted, result.left) == (0, 0, 0, ())
    again = Target.objects.get(pk=target.pk)
    assert (again.value, again.value_max) == (Decimal(4), Decimal(9))
    assert again.ground == "產業環境變遷。"
    assert again.schedule.count() == 2


def test_files_that_contradict_a_decided_target_are_told_that_it_stays(invented, tmp_path):
    target = decided(invented, "O1", "120Q1")
    target.refresh_from_db()
    first = "      - comparator: range\n        value: 3\n"
    other = (
        "      - {comparator: range, value: 5, value_max: 6, frequency: whole_plan, effective_from: 120Q1}\n"
    )
    result = reloaded(tmp_path, ("indicators.yaml", first, other + first))
    assert (result.created, result.updated, result.deleted) == (0, 0, 0)
    assert result.left == (f"kpis.Target {target}",)
    assert Target.objects.get(pk=target.pk).value == 4


def test_the_files_may_catch_up_with_a_decided_target(invented, tmp_path):
    decided(invented, "O1", "120Q1")
    first = "      - comparator: range\n        value: 3\n"
    caught_up = (
        "      - {comparator: range, value: 4, value_max: 9, frequency: whole_plan, effective_from: 120Q1}\n"
    )
    result = reloaded(tmp_path, ("indicators.yaml", first, caught_up + first))
    assert (result.created, result.updated, result.deleted, result.left) == (0, 0, 0, ())


def test_weights_schedules_and_standards_are_loaded_with_their_quarters(invented):
    weights = IndicatorWeight.objects.filter(indicator__plan=invented)
    assert [(str(each.effective_from), each.weight) for each in weights] == [
        ("120Q1", Decimal(2)),
        ("120Q3", Decimal("0.25")),
    ]
    points = ScheduledShare.objects.filter(target__indicator__code="O1", target__indicator__plan=invented)
    assert [(str(each.quarter), each.share) for each in points] == [
        ("120Q1", Decimal("0.3")),
        ("120Q2", Decimal("0.75")),
    ]
    standards = invented.monitoring_standards.all()
    assert [
        (str(s.effective_from), s.yellow_points, s.red_points, s.execution_formula) for s in standards
    ] == [
        ("120Q1", Decimal(4), Decimal("12.5"), "of-allocation/1"),
        ("120Q3", Decimal(3), Decimal(6), "with-surplus/1"),
    ]


def test_the_approved_plan_states_no_weights_schedules_or_standards(plan):
    assert not IndicatorWeight.objects.filter(indicator__plan=plan).exists()
    assert not ScheduledShare.objects.filter(target__indicator__plan=plan).exists()
    assert not MonitoringStandard.objects.filter(plan=plan).exists()


def test_standards_that_the_files_no_longer_have_are_left_and_named(invented, tmp_path):
    result = reloaded(
        tmp_path,
        ("indicators.yaml", ", {effective_from: 120Q3, weight: 0.25}", ""),
        ("indicators.yaml", ", {quarter: 120Q2, share: 0.75}", ""),
        ("plan.yaml", "  - {effective_from: 120Q3, yellow_points: 3, red_points: 6, execution_formula: with-surplus/1}\n", ""),
    )  # fmt: skip
    assert (result.created, result.updated, result.deleted) == (0, 0, 0)
    assert sorted(each.split()[0] for each in result.left) == [
        "kpis.IndicatorWeight",
        "kpis.MonitoringStandard",
        "kpis.ScheduledShare",
    ]
    assert IndicatorWeight.objects.filter(indicator__plan=invented).count() == 2


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("indicators.yaml", "weight: 2", "weight: 3"),
        ("indicators.yaml", "share: 0.3", "share: 0.4"),
        ("indicators.yaml", "{quarter: 120Q2, share: 0.75}", "{quarter: 120Q2, share: 0.75}, {quarter: 120Q4, share: 1.0}"),
        ("plan.yaml", "yellow_points: 4", "yellow_points: 5"),
    ],
    ids=["weight", "share", "point", "standard"],
)  # fmt: skip
def test_a_changed_standard_makes_its_plans_figures_stale(invented, tmp_path, file, old, new):
    RollupTask.objects.all().delete()
    result = reloaded(tmp_path, (file, old, new))
    assert result.created + result.updated == 1
    stale = set(RollupTask.objects.values_list("indicator_id", flat=True))
    assert stale == set(invented.indicators.values_list("pk", flat=True))


def test_milestones_are_loaded_under_their_programmes_with_every_day_they_were_given(invented):
    rows = ProgramMilestone.objects.filter(program__plan=invented, program__code="Q01")
    days = [(each.code, each.due_on, str(each.effective_from)) for each in rows]
    assert days == [
        ("M1", date(2030, 6, 30), "119Q1"),
        ("M1", date(2030, 9, 30), "119Q2"),
        ("M2", date(2031, 3, 31), "119Q1"),
    ]
    assert [str(each.dropped_from) for each in rows] == ["None", "None", "120Q1"]


def test_the_approved_plan_states_no_milestones(plan):
    assert not ProgramMilestone.objects.filter(program__plan=plan).exists()


def test_a_milestone_that_the_files_no_longer_have_is_left_and_named(invented, tmp_path):
    again = (
        "      - {code: M1, name_zh: 雛型, name_en: Prototype, due_on: 2030-09-30, effective_from: 119Q2}\n"
    )
    result = reloaded(tmp_path, ("tables.yaml", again, ""))
    assert (result.created, result.updated, result.deleted) == (0, 0, 0)
    assert result.left == ("programs.ProgramMilestone 計畫一 · M1",)


def test_a_milestone_with_another_day_makes_no_figure_stale(invented, tmp_path):
    RollupTask.objects.all().delete()
    result = reloaded(tmp_path, ("tables.yaml", "due_on: 2031-03-31", "due_on: 2031-06-30"))
    assert (result.created, result.updated) == (0, 1)
    assert not RollupTask.objects.exists()


def test_a_text_that_no_figure_rests_on_makes_nothing_stale(invented, tmp_path):
    RollupTask.objects.all().delete()
    reloaded(tmp_path, ("plan.yaml", "note_zh: 誤", "note_zh: 誤植"))
    assert not RollupTask.objects.exists()


def test_nothing_is_saved_where_anything_is_wrong(plan, tmp_path):
    folder = written(tmp_path / "plan", ("indicators.yaml", "value_max: 5", "value_max: 2"))
    with pytest.raises(PlanFilesRefused):
        load_plans([folder])
    assert not Plan.objects.filter(code="invented").exists()
    assert not Organisation.objects.filter(code="AAA").exists()


def test_the_command_prints_every_problem_and_fails(plan, tmp_path):
    folder = written(
        tmp_path / "plan",
        ("indicators.yaml", "value_max: 5", "value_max: 2"),
        ("plan.yaml", "kind: unit", "kind: club"),
    )
    with translation.override("zh-hant"), pytest.raises(CommandError) as refused:
        loaded_by_command(folder)
    assert "value_max" in str(refused.value)
    assert "club" in str(refused.value)
    assert "共 2 個問題，未載入任何資料。" in str(refused.value)


def test_one_file_may_hold_a_whole_plan(plan, tmp_path):
    parts = [path.read_text(encoding="utf-8") for path in sorted(written(tmp_path / "plan").iterdir())]
    whole = tmp_path / "whole.yaml"
    header = "document: 測試計畫\n"
    whole.write_text(header + "".join(part.removeprefix(header) for part in parts), encoding="utf-8")
    assert [each.code for each in load_plans([whole]).plans] == ["invented"]


def test_a_successor_plan_names_the_pillars_it_came_from(plan, tmp_path):
    load_plans(
        [
            written(
                tmp_path / "plan",
                ("plan.yaml", "is_managed: true", f"is_managed: true\n  predecessor: {plan.code}"),
                (
                    "pillars.yaml",
                    "    name_en: Pillar two",
                    f'    name_en: Pillar two\n    came_from: [{{plan: {plan.code}, pillar: "5", source: {{table: 貳}}}}]',
                ),
            )
        ]
    )
    successor = Plan.objects.get(code="invented")
    assert successor.predecessor == plan
    assert Pillar.objects.get(plan=successor, code="2").came_from.get().earlier.name_zh == "回應人文社會議題"


def checked(*paths: Path) -> str:
    out = io.StringIO()
    with translation.override("zh-hant"):
        call_command("check_plan", *map(str, paths), stdout=out, no_color=True)
    return out.getvalue()


def test_check_plan_agrees_with_the_printed_plan(plan):
    printed = checked()
    assert "資料庫與計畫相符。" in printed
    assert "≠" not in printed
    assert "= 主要工作（√）：應有 42，實有 42" in printed


def test_check_plan_fails_when_a_mark_is_missing(plan):
    Mark.objects.filter(row__plan=plan, kind=Mark.Kind.PRIMARY)[0].delete()
    with pytest.raises(CommandError, match="1 項數量與計畫不符"):
        checked()


def test_check_plan_fails_when_a_programme_is_added_to_a_row(plan):
    row = TableRow.objects.get(plan=plan, table=7, number=1)
    row.listings.create(program=Program.objects.get(plan=plan, code="P34"))
    with pytest.raises(CommandError, match="2 項數量與計畫不符"):
        checked()


def test_check_plan_says_where_a_plan_is_not_loaded(plan, tmp_path):
    with pytest.raises(CommandError, match="尚未載入"):
        checked(written(tmp_path / "plan"))
