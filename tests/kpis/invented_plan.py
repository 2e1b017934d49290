"""A small invented plan with everything that a plan file may hold, written anew for each test that breaks it."""

from __future__ import annotations

from pathlib import Path

PLAN = """\
document: 測試計畫
organisations:
  - code: AAA
    kind: ministry
    names:
      - {name_zh: 甲會, name_en: Council A, short_zh: 甲會, short_en: A, valid_until: 2030-06-01}
      - {name_zh: 甲部, name_en: Ministry A, short_zh: 甲部, short_en: A, valid_from: 2030-06-01}
    source: {table: "1", row: 1, printed: 甲會}
  - code: AAA-UNIT
    kind: unit
    parent: AAA
    names: [{name_zh: 甲一局, name_en: Bureau A1, short_zh: 甲一局, short_en: A1}]
    source: {table: "1", row: 1}
function_transfers: []
plan:
  code: invented
  name_zh: 測試計畫
  name_en: Invented plan
  short_name_zh: 測試
  short_name_en: Invented
  starts_on: 2030-01-01
  ends_on: 2031-12-31
  is_managed: true
  source: {table: 壹, printed: 測試計畫}
expected_benefits:
  - {text_zh: 好處, text_en: Benefit, source: {table: 肆, row: 1}}
oversight:
  - {organisation: AAA, role: coordinator, source: {table: 伍}}
errata:
  - {meant: 對, note_zh: 誤, note_en: Slip, source: {table: 壹, printed: 錯}}
monitoring_standards:
  - {effective_from: 120Q1, yellow_points: 4, red_points: 12.5, execution_formula: of-allocation/1}
  - {effective_from: 120Q3, yellow_points: 3, red_points: 6, execution_formula: with-surplus/1}
"""

PILLARS = """\
document: 測試計畫
pillars:
  - code: "1"
    name_zh: 主軸一
    name_en: Pillar one
    source: {table: 參.一}
    participants: {source: {table: 參}, organisations: [AAA]}
    sub_items:
      - code: "1.1"
        name_zh: 子項一
        name_en: Sub-item one
        source: {table: "1", row: 1, printed: 子項一}
        responsibilities_printed: 甲會(甲一局為主)
        responsibilities:
          - {organisation: AAA, role: lead, unit: 甲一局, unit_organisation: AAA-UNIT, unit_is_principal: true}
      - code: "1.2"
        name_zh: 子項二
        name_en: Sub-item two
        source: {table: "1", row: 2, printed: 子項二}
        responsibilities_printed: 相關部會協助
        responsibilities:
          - {placeholder: 相關部會, role: assisting}
    key_tasks:
      - {mark: 甲, sub_item: "1.1", text_zh: 工作, text_en: Task, source: {table: 參.一.(三), row: 1}}
  - code: "2"
    name_zh: 主軸二
    name_en: Pillar two
    source: {table: 參.二}
"""

TABLES = """\
document: 測試計畫
programs:
  - code: Q01
    organisation: AAA
    kind: existing
    name_zh: 計畫一
    name_en: Programme one
    period_printed: 119-120
    period_start: 2030-01-01
    period_end: 2031-12-31
    parts: [{code: Q01.1, name_zh: 分項, name_en: Part}]
    milestones:
      - {code: M1, name_zh: 雛型, name_en: Prototype, due_on: 2030-06-30, effective_from: 119Q1}
      - {code: M1, name_zh: 雛型, name_en: Prototype, due_on: 2030-09-30, effective_from: 119Q2}
      - {code: M2, name_zh: 試辦, name_en: Pilot, due_on: 2031-03-31, effective_from: 119Q1, dropped_from: 120Q1}
  - {code: Q02, organisation: AAA, kind: continuing, name_zh: 計畫二, name_en: Programme two, predecessor: Q01}
columns:
  - table: 2
    pillar: "1"
    headings:
      - printed: 欄一
        heading_zh: 欄一
        heading_en: Column one
        sub_items: [{sub_item: "1.1", note_zh: 同名, note_en: Same words}]
      - {printed: 欄二, heading_zh: 欄二, heading_en: Column two}
rows:
  - table: 2
    rows:
      - organisation: AAA
        printed: 計畫一(119-120)-分項、計畫二
        programs: [{program: Q01, part: Q01.1}, {program: Q02}]
        marks: [√, △]
  - table: 3
    rows:
      - {organisation: AAA, printed: 計畫二, programs: [{program: Q02}], pillars: ["2"]}
"""

INDICATORS = """\
document: 測試計畫
indicators:
  - code: K1
    kind: key_result
    pillar: "1"
    name_zh: 成果一
    name_en: Result one
    aggregation: flow
    unit_zh: 名
    unit_en: persons
    baseline_statement_zh: 無
    baseline_statement_en: None
    owners: [{organisation: AAA, named_by_plan: true}]
    targets: [{comparator: about, value: 600, tolerance: 0.1, frequency: annual, effective_from: 119Q1}]
    weights: [{effective_from: 120Q1, weight: 2}, {effective_from: 120Q3, weight: 0.25}]
    sub_items: [{sub_item: "1.1", note_zh: 同名, note_en: Same words}]
    source: {table: 參.一.(二), row: 1, printed: 成果一}
  - code: K2
    kind: key_result
    pillar: "2"
    name_zh: 成果二
    name_en: Result two
    aggregation: milestone
    baseline_statement_zh: 無
    baseline_statement_en: None
    owners: [{organisation: AAA, named_by_plan: false}]
    targets: [{comparator: milestone, frequency: whole_plan, effective_from: 119Q1}]
    stages: [{name_zh: 起, name_en: Begun, share: 0.5}, {name_zh: 成, name_en: Done, share: 1}]
    source: {table: 參.二.(二), row: 1}
  - code: O1
    kind: overall
    name_zh: 總體
    name_en: Overall
    aggregation: stock
    baseline_statement_zh: 無
    baseline_statement_en: None
    owners: [{organisation: AAA, named_by_plan: false}]
    targets:
      - comparator: range
        value: 3
        value_max: 5
        frequency: whole_plan
        effective_from: 119Q1
        schedule: [{quarter: 120Q1, share: 0.3}, {quarter: 120Q2, share: 0.75}]
    source: {table: 貳, row: 1}
expected_counts:
  pillars: 2
  marks_primary: 1
  marks_related: 1
  table_rows: {2: 1, 3: 1}
  rows_naming_two_programs: 1
"""

FILES = {"plan.yaml": PLAN, "pillars.yaml": PILLARS, "tables.yaml": TABLES, "indicators.yaml": INDICATORS}


def written(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """The plan in `folder`; each change is a file, words that stand in it once, and what stands there instead."""
    texts = dict(FILES)
    for file, old, new in changes:
        assert texts[file].count(old) == 1, f"{old!r} stands {texts[file].count(old)} times in {file}"
        texts[file] = texts[file].replace(old, new)
    folder.mkdir(exist_ok=True)
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def line_of(file: str, words: str) -> int:
    """The line (from 1) of the unbroken file in which `words` stand first."""
    return next(number for number, line in enumerate(FILES[file].splitlines(), 1) if words in line)
