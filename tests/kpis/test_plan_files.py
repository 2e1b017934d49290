"""Broken plan files are refused with every problem named: file, line, record, field and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from kpis.imports import Known, PlanFilesRefused, read_sources
from kpis.imports.problems import Problem
from tests.kpis import invented_plan
from tests.kpis.invented_plan import line_of, written


def problems_of(*paths: Path) -> list[Problem]:
    with translation.override("zh-hant"), pytest.raises(PlanFilesRefused) as refused:
        read_sources(list(paths), Known())
    return refused.value.problems


def test_the_invented_plan_is_sound(tmp_path):
    sources = read_sources([written(tmp_path)], Known())
    (plan,) = sources.plans
    assert plan.plan
    assert plan.plan.code == "invented"
    assert [each.code for each in plan.indicators] == ["K1", "K2", "O1"]


# file, words that stand in it once, what stands there instead, record, field, words of the message
BROKEN = [
    # single values
    ("plan.yaml", "is_managed: true", "is_manged: true", "invented", "is_manged", "不認得的欄位"),
    ("plan.yaml", "  name_en: Invented plan\n", "", "invented", "name_en", "缺少必填欄位"),
    ("plan.yaml", "name_en: Invented plan", "name_en: ''", "invented", "name_en", "不得空白"),
    ("plan.yaml", "name_en: Invented plan", "name_en: 7", "invented", "name_en", "應為文字"),
    ("plan.yaml", "name_en: Invented plan", "name_en: [x]", "invented", "name_en", "而非清單"),
    ("plan.yaml", "name_en: Invented plan", "name_en: x\n  name_zh: y", "invented", "name_zh", "出現兩次"),
    ("plan.yaml", "short_name_en: Invented", f"short_name_en: {'x' * 81}", "invented", "short_name_en", "80"),
    ("plan.yaml", "code: invented", "code: in vented", "in vented", "code", "slug"),
    ("plan.yaml", "is_managed: true", "is_managed: perhaps", "invented", "is_managed", "應為 true 或 false"),
    ("plan.yaml", "starts_on: 2030-01-01", "starts_on: 2030-13-01", "invented", "starts_on", "應為日期"),
    ("plan.yaml", "kind: unit", "kind: club", "AAA-UNIT", "kind", "應為下列之一：ministry、unit"),
    ("plan.yaml", "errata:\n  - {", "errata:\n  - x\n  - {", "errata[1]", "", "應為「欄位: 值」"),
    ("plan.yaml", "function_transfers: []", "function_transfers: 7", "", "function_transfers", "應為清單"),
    ("tables.yaml", "  - table: 3", "  - table: three", "rows[2]", "table", "應為整數"),
    ("tables.yaml", "marks: [√, △]", "marks: [√, 7]", "rows[1] › rows[1]", "marks", "應為文字"),
    ("indicators.yaml", "value: 600", "value: many", "K1 › targets[1]", "value", "應為數字"),
    ("indicators.yaml", "value: 600", "value: .nan", "K1 › targets[1]", "value", "應為數字"),
    ("indicators.yaml", "value: 600", f"value: 1{'0' * 20}", "K1 › targets[1]", "value", "20"),
    ("indicators.yaml", "0.1, frequency: annual, effective_from: 119Q1", "0.1, frequency: annual, effective_from: 119Q5",
     "K1 › targets[1]", "effective_from", "應為季別"),
    ("indicators.yaml", "table_rows: {2: 1, 3: 1}", "table_rows: [2]", "expected_counts", "table_rows", "數字: 數字"),
    ("indicators.yaml", "marks_primary: 1", "marks_primary: 1.5", "expected_counts", "marks_primary", "應為整數"),
    # periods
    ("plan.yaml", "ends_on: 2031-12-31", "ends_on: 2029-12-31", "invented", "ends_on", "早於"),
    ("plan.yaml", "valid_until: 2030-06-01", "valid_until: 2030-07-01", "AAA › names[2]", "valid_from", "重疊"),
    ("tables.yaml", "period_end: 2031-12-31", "period_end: 2029-12-31", "Q01", "period_end", "早於"),
    ("indicators.yaml", "named_by_plan: true", "named_by_plan: true, from_quarter: 119Q2, until_quarter: 119Q1",
     "K1 › owners[1]", "until_quarter", "119Q1 早於起始的 119Q2"),
    ("tables.yaml", "dropped_from: 120Q1", "dropped_from: 119Q1", "Q01 › M2", "dropped_from", "不得與起始的 119Q1 相同"),
    ("tables.yaml", "dropped_from: 120Q1", "dropped_from: 118Q4", "Q01 › M2", "dropped_from", "118Q4 早於起始的 119Q1"),
    ("tables.yaml", "due_on: 2031-03-31", "due_on: 120Q1", "Q01 › M2", "due_on", "應為日期"),
    ("tables.yaml", "due_on: 2031-03-31, effective_from: 119Q1,", "due_on: 2031-03-31,", "Q01 › M2", "effective_from",
     "缺少必填欄位"),
    # duplicates
    ("tables.yaml", "effective_from: 119Q2", "effective_from: 119Q1", "Q01 › M1", "effective_from", "「M1 119Q1」重複"),
    ("plan.yaml", "- code: AAA-UNIT", "- code: AAA", "AAA", "code", "「AAA」重複"),
    ("pillars.yaml", 'code: "1.2"', 'code: "1.1"', "1 › 1.1", "code", "「1.1」重複"),
    ("pillars.yaml", 'code: "2"', 'code: "1"', "1", "code", "重複"),
    ("pillars.yaml", "organisations: [AAA]", "organisations: [AAA, AAA]", "1 › participants", "organisations", "兩次"),
    ("tables.yaml", "- {code: Q02", "- {code: Q01", "Q01", "code", "重複"),
    ("tables.yaml", "  - table: 3", "  - table: 2", "rows[2]", "table", "「2」重複"),
    ("tables.yaml", "{program: Q02}]\n        marks", "{program: Q01}]\n        marks",
     "rows[1] › rows[1] › programs[2]", "program", "「Q01」重複"),
    ("indicators.yaml", "name_zh: 成,", "name_zh: 起,", "K2 › stages[2]", "name_zh", "「起」重複"),
    ("indicators.yaml", "code: K2", "code: K1", "K1", "code", "重複"),
    # references
    ("plan.yaml", "parent: AAA", "parent: ZZZ", "AAA-UNIT", "parent", "找不到「ZZZ」"),
    ("plan.yaml", "parent: AAA", "parent: AAA-UNIT", "AAA-UNIT", "parent", "循環"),
    ("plan.yaml", "organisation: AAA, role", "organisation: ZZZ, role", "oversight[1]", "organisation", "找不到"),
    ("plan.yaml", "is_managed: true", "is_managed: true\n  predecessor: none", "invented", "predecessor", "找不到「none」"),
    ("plan.yaml", "is_managed: true", "is_managed: true\n  predecessor: invented", "invented", "predecessor", "指向自己"),
    ("plan.yaml", "function_transfers: []",
     "function_transfers: [{code: t, from_organisation: AAA, to_organisation: AAA, effective_on: 2030-01-01, "
     "function_zh: 業務, function_en: Work, source: {table: 壹}}]", "t", "to_organisation", "指向自己"),
    ("pillars.yaml", "unit_organisation: AAA-UNIT", "unit_organisation: ZZZ", "1 › 1.1 › responsibilities[1]",
     "unit_organisation", "找不到"),
    ("pillars.yaml", 'mark: 甲, sub_item: "1.1"', 'mark: 甲, sub_item: "9.9"', "1 › key_tasks[1]", "sub_item", "找不到"),
    ("pillars.yaml", "    name_en: Pillar two",
     '    name_en: Pillar two\n    came_from: [{plan: older, pillar: "1", source: {table: 貳}}]',
     "2 › came_from[1]", "plan", "找不到「older」"),
    ("tables.yaml", "predecessor: Q01", "predecessor: Q09", "Q02", "predecessor", "找不到「Q09」"),
    ("tables.yaml", "part: Q01.1", "part: Q01.2", "rows[1] › rows[1] › programs[1]", "part", "找不到「Q01.2」"),
    ("tables.yaml", 'sub_item: "1.1"', 'sub_item: "1.9"', "columns[1] › headings[1] › sub_items[1]", "sub_item", "找不到"),
    ("tables.yaml", 'pillars: ["2"]', 'pillars: ["7"]', "rows[2] › rows[1]", "pillars", "找不到「7」"),
    ("indicators.yaml", 'pillar: "2"', 'pillar: "7"', "K2", "pillar", "找不到「7」"),
    ("indicators.yaml", "organisation: AAA, named_by_plan: true", "organisation: ZZZ, named_by_plan: true",
     "K1 › owners[1]", "organisation", "找不到「ZZZ」"),
    # what fits together
    ("pillars.yaml", "{placeholder: 相關部會, role", "{role", "1 › 1.2 › responsibilities[1]", "organisation", "擇一"),
    ("pillars.yaml", "unit: 甲一局, ", "", "1 › 1.1 › responsibilities[1]", "unit", "須填單位"),
    ("pillars.yaml", "        responsibilities_printed: 相關部會協助\n", "", "1 › 1.2", "responsibilities_printed", "原文"),
    ("tables.yaml", "marks: [√, △]", "marks: [√]", "rows[1] › rows[1]", "marks", "應有 2 個"),
    ("tables.yaml", "marks: [√, △]", "marks: [√, x]", "rows[1] › rows[1]", "marks", "「x」不是 √、△"),
    ("tables.yaml", ', pillars: ["2"]', "", "rows[2] › rows[1]", "pillars", "須填所屬主軸"),
    ("tables.yaml", "marks: [√, △]", 'marks: [√, △]\n        pillars: ["1"]', "rows[1] › rows[1]", "pillars", "不必填寫"),
    ("indicators.yaml", "    kind: overall\n", '    kind: overall\n    pillar: "1"\n', "O1", "pillar", "不屬於主軸"),
    ("indicators.yaml", "comparator: about, value: 600, tolerance: 0.1", "comparator: about, value: 600",
     "K1 › targets[1]", "tolerance", "「about」須填此欄"),
    ("indicators.yaml", "tolerance: 0.1", "tolerance: 1.1", "K1 › targets[1]", "tolerance", "小於 1"),
    ("indicators.yaml", "value: 600, ", "", "K1 › targets[1]", "value", "須填此欄"),
    ("indicators.yaml", "value_max: 5", "value_max: 2", "O1 › targets[1]", "value_max", "須大於下限"),
    ("indicators.yaml", "comparator: milestone,", "comparator: milestone, value: 1,", "K2 › targets[1]", "value", "不得填"),
    ("indicators.yaml", "comparator: milestone", "comparator: qualitative", "K2 › targets[1]", "comparator", "不適用"),
    ("indicators.yaml", "aggregation: flow", "aggregation: rank", "K1 › targets[1]", "comparator", "不適用"),
    ("indicators.yaml", "        value_max: 5\n", "        value_max: 5\n        year: 2030\n",
     "O1 › targets[1]", "year", "annual"),
    ("indicators.yaml", "share: 0.5", "share: 1", "K2 › stages[2]", "share", "大於前一階段"),
    ("indicators.yaml", "share: 1}", "share: 0.9}", "K2 › stages[2]", "share", "須為 1"),
    ("indicators.yaml", "share: 1}", "share: 1.2}", "K2 › stages[2]", "share", "0 與 1 之間"),
    ("indicators.yaml", "aggregation: milestone", "aggregation: stock", "K2", "stages", "不得有階段"),
    # standards
    ("indicators.yaml", "weight: 2", "weight: -2", "K1 › weights[1]", "weight", "不得為負數"),
    ("indicators.yaml", "weight: 0.25", "weight: 0.12345", "K1 › weights[2]", "weight", "4"),
    ("indicators.yaml", "weight: 2", "weight: two", "K1 › weights[1]", "weight", "應為數字"),
    ("indicators.yaml", "{effective_from: 120Q3, weight", "{effective_from: 120Q1, weight", "K1 › weights[2]",
     "effective_from", "「120Q1」重複"),
    ("indicators.yaml", "{effective_from: 120Q3, weight", "{effective_from: 121Q1, weight", "K1 › weights[2]",
     "effective_from", "121Q1 不在計畫期間（119Q1 至 120Q4）內"),
    ("indicators.yaml", "share: 0.3", "share: 1.3", "O1 › targets[1] › schedule[1]", "share", "0 與 1 之間"),
    ("indicators.yaml", "share: 0.3", "share: 0.8", "O1 › targets[1] › schedule[2]", "share", "120Q1 的 0.8"),
    ("indicators.yaml", "{quarter: 120Q2", "{quarter: 120Q1", "O1 › targets[1] › schedule[2]", "quarter", "「120Q1」重複"),
    ("indicators.yaml", "{quarter: 120Q2", "{quarter: 118Q4", "O1 › targets[1] › schedule[2]", "quarter", "不在計畫期間"),
    ("indicators.yaml", "tolerance: 0.1, frequency: annual,",
     "tolerance: 0.1, frequency: annual, year: 2030, schedule: [{quarter: 120Q1, share: 0.4}],",
     "K1 › targets[1] › schedule[1]", "quarter", "120Q1 不在目標的年度（2030 年）內"),
    ("indicators.yaml", "comparator: range\n        value: 3\n        value_max: 5",
     "comparator: top\n        value: 3", "O1 › targets[1]", "schedule", "「top」不得填此欄"),
    ("plan.yaml", "yellow_points: 4", "yellow_points: -4", "monitoring_standards[1]", "yellow_points", "不得為負數"),
    ("plan.yaml", "red_points: 12.5", "red_points: 3.5", "monitoring_standards[1]", "red_points", "yellow_points"),
    ("plan.yaml", "of-allocation/1", "of-budget/1", "monitoring_standards[1]", "execution_formula",
     "應為下列之一：with-surplus/1、of-allocation/1"),
    ("plan.yaml", "{effective_from: 120Q3", "{effective_from: 120Q1", "monitoring_standards[2]", "effective_from",
     "「120Q1」重複"),
    ("plan.yaml", "{effective_from: 120Q3", "{effective_from: 118Q4", "monitoring_standards[2]", "effective_from",
     "118Q4 不在計畫期間（119Q1 至 120Q4）內"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "record", "field", "words"), BROKEN, ids=[f"{b[3]}-{b[4]}-{b[5]}" for b in BROKEN]
)
def test_a_broken_file_names_file_line_record_and_field(tmp_path, file, old, new, record, field, words):
    folder = written(tmp_path, (file, old, new))
    found = problems_of(folder)
    matching = [each for each in found if each.field == field and words in each.message]
    assert matching, [str(each) for each in found]
    (problem,) = matching
    assert problem.place.file == folder / file
    assert problem.place.record == record
    assert problem.place.line
    assert f"{folder / file}:{problem.place.line}:" in str(problem)


def test_the_line_named_is_the_line_of_the_value(tmp_path):
    (problem,) = problems_of(written(tmp_path, ("indicators.yaml", "value: 600", "value: many")))
    assert problem.place.line == line_of("indicators.yaml", "value: 600")


def test_a_schedule_may_begin_again_with_every_year_of_an_annual_target(tmp_path):
    annual = "frequency: annual, schedule: [{quarter: 119Q4, share: 0.9}, {quarter: 120Q1, share: 0.1}],"
    folder = written(tmp_path, ("indicators.yaml", "frequency: annual,", annual))
    (plan,) = read_sources([folder], Known()).plans
    assert [str(point.share) for point in plan.indicators[0].targets[0].schedule] == ["0.9", "0.1"]


def test_every_problem_of_every_file_is_named_at_once(tmp_path):
    folder = written(
        tmp_path,
        ("plan.yaml", "parent: AAA", "parent: ZZZ"),
        ("pillars.yaml", "name_en: Pillar two", "name_en: 2"),
        ("tables.yaml", "marks: [√, △]", "marks: [√]"),
        ("indicators.yaml", "tolerance: 0.1, ", ""),
    )
    assert {problem.place.file.name for problem in problems_of(folder)} == set(invented_plan.FILES)


def test_a_record_that_cannot_be_read_causes_no_second_problem_where_others_refer_to_it(tmp_path):
    found = problems_of(written(tmp_path, ("tables.yaml", "name_en: Programme one", "name_en: 1")))
    assert [(each.place.record, each.field) for each in found] == [("Q01", "name_en")]


def test_yaml_that_is_no_yaml_is_named_with_its_line(tmp_path):
    folder = written(tmp_path, ("pillars.yaml", 'code: "2"', 'code: "2'))
    (problem,) = problems_of(folder)
    assert problem.place.file.name == "pillars.yaml"
    assert problem.place.line
    assert "不是有效的 YAML" in problem.message


def test_a_file_in_another_encoding_is_refused(tmp_path):
    folder = written(tmp_path)
    (folder / "pillars.yaml").write_bytes(invented_plan.PILLARS.encode("big5"))
    (problem,) = problems_of(folder)
    assert "UTF-8" in problem.message


def test_a_file_that_is_not_there_is_named(tmp_path):
    (problem,) = problems_of(tmp_path / "nowhere.yaml")
    assert "找不到檔案" in problem.message


def test_an_empty_folder_and_an_empty_file_are_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.yaml").write_text("", encoding="utf-8")
    found = problems_of(tmp_path / "folder", tmp_path / "file.yaml")
    assert {each.place.file.name for each in found} == {"file.yaml", "folder"}


def test_a_folder_without_a_plan_is_refused(tmp_path):
    folder = written(tmp_path)
    (folder / "plan.yaml").unlink()
    with pytest.raises(PlanFilesRefused) as refused:
        read_sources([folder], Known(organisations=frozenset({"AAA", "AAA-UNIT"})))
    assert [each.field for each in refused.value.problems] == ["plan"]


def test_one_file_of_a_plan_stands_for_its_folder(tmp_path):
    folder = written(tmp_path)
    (plan,) = read_sources([folder / "indicators.yaml"], Known()).plans
    assert plan == read_sources([folder], Known()).plans[0]


def test_the_files_of_a_plan_may_be_named_one_by_one(tmp_path):
    files = sorted(written(tmp_path).iterdir())
    (plan,) = read_sources(files, Known()).plans
    assert plan == read_sources([tmp_path], Known()).plans[0]


def test_a_lone_file_tells_its_own_problems_and_that_its_plan_is_missing(tmp_path):
    file = tmp_path / "some.yaml"
    file.write_text(invented_plan.INDICATORS.replace("value: 600", "value: many"), encoding="utf-8")
    assert [(each.place.record, each.field) for each in problems_of(file)] == [("K1 › targets[1]", "value")]
    file.write_text(invented_plan.INDICATORS, encoding="utf-8")
    assert [each.field for each in problems_of(file)] == ["plan"]


def test_a_folder_of_plans_stands_for_all_of_them(tmp_path):
    written(tmp_path / "one")
    written(tmp_path / "two", ("plan.yaml", "code: invented", "code: other"))
    text = (tmp_path / "two" / "plan.yaml").read_text(encoding="utf-8")
    (tmp_path / "two" / "plan.yaml").write_text(
        text[: text.index("organisations:")] + text[text.index("plan:") :]
    )
    assert [each.plan.code for each in read_sources([tmp_path], Known()).plans if each.plan] == [
        "invented",
        "other",
    ]


def test_a_plan_may_be_nothing_but_a_plan(tmp_path):
    text = invented_plan.PLAN
    file = tmp_path / "bare.yaml"
    file.write_text(
        "document: 測試計畫\n" + text[text.index("plan:") : text.index("expected_benefits:")],
        encoding="utf-8",
    )
    assert len(read_sources([file], Known()).plans) == 1


def test_a_plan_cannot_come_from_a_later_one(tmp_path):
    successor = written(tmp_path / "later", ("plan.yaml", "code: invented", "code: later"))
    text = (successor / "plan.yaml").read_text(encoding="utf-8").replace("2030-01-01", "2031-01-01")
    (successor / "plan.yaml").write_text(text[: text.index("organisations:")] + text[text.index("plan:") :])
    earlier = written(
        tmp_path / "earlier", ("plan.yaml", "is_managed: true", "is_managed: true\n  predecessor: later")
    )
    assert [each.field for each in problems_of(earlier, successor)] == ["predecessor"]


def test_two_plans_in_one_folder_are_refused(tmp_path):
    folder = written(tmp_path)
    (folder / "plan2.yaml").write_text(
        invented_plan.PLAN.partition("plan:\n")[2].join(["document: 測試\nplan:\n", ""]), encoding="utf-8"
    )
    assert any(each.field == "plan" for each in problems_of(folder))


def test_tags_that_would_build_objects_are_text_out_of_place(tmp_path):
    folder = written(
        tmp_path, ("plan.yaml", "name_en: Invented plan", "name_en: !!python/object/apply:os.getcwd []")
    )
    assert [each.field for each in problems_of(folder)] == ["name_en"]


def test_a_source_without_a_document_is_refused(tmp_path):
    found = problems_of(written(tmp_path, ("pillars.yaml", "document: 測試計畫\n", "")))
    assert {each.field for each in found} == {"document"}


def test_references_to_what_the_database_holds_are_sound(tmp_path):
    folder = written(
        tmp_path,
        ("plan.yaml", "is_managed: true", "is_managed: true\n  predecessor: older"),
        ("pillars.yaml", "    name_en: Pillar two",
         '    name_en: Pillar two\n    came_from: [{plan: older, pillar: "1", source: {table: 貳}}]'),
    )  # fmt: skip
    known = Known(pillars_of_plans={"older": frozenset({"1"})})
    assert read_sources([folder], known).plans
    with pytest.raises(PlanFilesRefused):
        read_sources([folder], Known(pillars_of_plans={"older": frozenset({"2"})}))
