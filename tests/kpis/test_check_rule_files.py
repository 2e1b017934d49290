"""Rules of checks are loaded from files: a plan's own beside it, those of every plan from a file without one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from kpis.imports import Known, PlanFilesRefused, read_sources
from kpis.models import CheckRule
from kpis.services.plan_loading import load_plans
from tests.kpis.invented_plan import written

RULE = "{code: far_behind, effective_from: 119Q2, severity: error, parameter: 15}"
Written = Callable[..., Path]


@pytest.fixture
def with_rules(tmp_path: Path) -> Written:
    """The invented plan with these rules beside its standards."""

    def make(*rules: str) -> Path:
        text = "".join(f"  - {rule}\n" for rule in rules)
        return written(
            tmp_path / "plan",
            ("plan.yaml", "monitoring_standards:", f"check_rules:\n{text}monitoring_standards:"),
        )

    return make


@pytest.fixture
def shared(tmp_path: Path) -> Written:
    """A file of rules for every plan."""

    def make(*rules: str) -> Path:
        path = tmp_path / "rules.yaml"
        path.write_text("check_rules:\n" + "".join(f"  - {rule}\n" for rule in rules), encoding="utf-8")
        return path

    return make


def rules(**only: object) -> list[tuple[str, str, str, Decimal | None, bool]]:
    rows = CheckRule.objects.filter(**only)
    return [(r.code, str(r.effective_from), r.severity, r.parameter, r.is_active) for r in rows]


def test_a_plans_rules_are_loaded_with_it(db: None, with_rules: Written) -> None:
    load_plans(
        [with_rules(RULE, "{code: no_narrative, effective_from: 119Q1, severity: hint, is_active: false}")]
    )
    assert rules(plan__code="invented") == [
        ("far_behind", "119Q2", "error", Decimal(15), True),
        ("no_narrative", "119Q1", "hint", None, False),
    ]


def test_rules_without_a_plan_hold_for_every_plan(db: None, shared: Written) -> None:
    CheckRule.objects.all().delete()
    result = load_plans([shared(RULE)])
    assert (result.created, result.left) == (1, ())
    assert rules(plan=None) == [("far_behind", "119Q2", "error", Decimal(15), True)]


def test_loading_again_changes_nothing_and_another_severity_changes_the_rule(
    db: None, shared: Written
) -> None:
    load_plans([shared(RULE)])
    again = load_plans([shared(RULE)])
    assert (again.created, again.updated, again.deleted) == (0, 0, 0)
    changed = load_plans([shared(RULE.replace("error", "hint"))])
    assert (changed.created, changed.updated) == (0, 1)


def test_a_rule_that_the_file_no_longer_has_is_left_and_named(db: None, with_rules: Written) -> None:
    load_plans([with_rules(RULE)])
    result = load_plans([with_rules(RULE.replace("119Q2", "119Q3"))])
    assert [each for each in result.left if "far_behind" in each]
    assert len(rules(plan__code="invented")) == 2


BROKEN = [
    (RULE.replace("far_behind", "lazy"), "code", "應為下列之一：stock_falls"),
    (RULE.replace("error", "fatal"), "severity", "應為下列之一：error、warning、hint"),
    (RULE.replace("far_behind", "stock_falls"), "parameter", "「stock_falls」不得填此欄"),
    (RULE.replace("15", "-1"), "parameter", "不得為負數"),
    (RULE.replace("15", "many"), "parameter", "應為數字"),
    (RULE.replace("15", "1.23456"), "parameter", "4"),
    (RULE.replace("119Q2", "2030"), "effective_from", "應為季別"),
    (RULE.replace(", severity: error", ""), "severity", "缺少必填欄位"),
    (RULE.replace("15}", "15, words_zh: 只有中文}"), "words_en", "須同時填寫"),
    (RULE.replace("15}", "15, words_en: English alone}"), "words_zh", "須同時填寫"),
    (RULE.replace("15}", "15, is_active: perhaps}"), "is_active", "應為 true 或 false"),
    (RULE.replace("15}", "15, colour: red}"), "colour", "不認得的欄位"),
    (f"{RULE}\n  - {RULE}", "code", "重複"),
]


@pytest.mark.parametrize(("rule", "field", "words"), BROKEN, ids=[f"{b[1]}-{b[2]}" for b in BROKEN])
def test_a_broken_rule_is_named_with_file_line_and_field(
    shared: Written, rule: str, field: str, words: str
) -> None:
    with pytest.raises(PlanFilesRefused) as refused:
        read_sources([shared(rule)], Known())
    matching = [each for each in refused.value.problems if each.field == field and words in each.message]
    assert len(matching) == 1, [str(each) for each in refused.value.problems]
    assert matching[0].place.file == shared(rule)
    assert matching[0].place.line in (2, 3)


def test_a_plans_rules_begin_within_the_plan(with_rules: Written) -> None:
    with pytest.raises(PlanFilesRefused) as refused:
        read_sources([with_rules(RULE.replace("119Q2", "118Q4"))], Known())
    (problem,) = refused.value.problems
    assert (problem.field, problem.place.record) == ("effective_from", "far_behind")
    assert "118Q4 不在計畫期間（119Q1 至 120Q4）內" in problem.message
