"""A publication is read exactly: decimals stay exact, nothing is invented, and its sentences say what it says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from kpis import published, wording
from kpis.models import Target
from programs.quarters import Quarter
from tests.kpis import editions
from tests.kpis.editions import figure, one, target


def test_decimals_are_exact_and_divided_only_when_asked_for() -> None:
    long = "123456789012345678.1234"
    read = one(figure=figure("112Q1", plan_numerator=long, rate_numerator="1", rate_denominator="3"))
    assert read.figure.in_plan == Decimal(long)
    assert read.figure.rate == Decimal(1) / Decimal(3)


def test_nothing_stated_is_none_and_zero_is_zero() -> None:
    nothing, zero = one(figure=figure("112Q1")), one(figure=figure("112Q1", year_numerator="0"))
    assert nothing.actual is None
    assert zero.actual == 0


def test_a_share_over_zero_is_no_number() -> None:
    assert one(figure=figure("112Q1", year_numerator="5", year_denominator="0")).actual is None


def test_the_window_of_the_target_says_which_figure_counts() -> None:
    both = figure("112Q2", year_numerator="7", plan_numerator="9")
    assert one(figure=both, window="year").actual == 7
    assert one(figure=both, window="plan").actual == 9


def test_the_series_is_a_table_of_years_by_quarters() -> None:
    series = [figure(code) for code in ("112Q1", "112Q2", "112Q3", "112Q4", "113Q1")]
    years = one(figure=series[-1], series=series).years
    assert [year.year for year in years] == [2023, 2024]
    assert [each is not None for each in years[1].quarters] == [True, False, False, False]
    assert years[0].last.quarter.code == "112Q4"


def test_an_indicator_that_the_plan_gives_to_nobody_is_owed_by_default() -> None:
    owner = {
        "code": "NSTC-OST",
        "name_zh": "科技辦公室",
        "name_en": "Office",
        "statement": None,
        "figure": figure("112Q1"),
    }
    assert one(organisations=[{**owner, "named_by_plan": False}]).owned_by_default
    assert not one().owned_by_default


def test_a_text_that_is_no_publication_is_refused() -> None:
    with pytest.raises(KeyError):
        published.parse('{"plan": "small"}', "digest")


@pytest.mark.parametrize(
    ("promised", "chinese", "english"),
    [
        (target("about", "600", tolerance="0.1"), "每年約 600 人次", "about 600 trainings each year"),
        (target("more_than", "8000"), "每年超過 8,000 人次", "more than 8,000 trainings each year"),
        (target("at_least", "500"), "每年達 500 人次", "at least 500 trainings each year"),
        (target("at_most", "5"), "每年不超過 5 人次", "at most 5 trainings each year"),
        (
            target("range", "3", "whole_plan", value_max="5"),
            "全程達 3 至 5 人次",
            "3 to 5 trainings over the whole plan",
        ),
        (target("rank_improves", "1", "whole_plan"), "全程進步 1 名", "improve by 1 over the whole plan"),
        (target("top", "3", "whole_plan"), "全程達前 3 名", "be among the top 3 over the whole plan"),
        (target("milestone", None, "whole_plan"), "全程完成", "completed within the plan"),
        (target("qualitative", None, "whole_plan"), "質性目標，未訂數值", "qualitative, no number set"),
        (None, "未訂目標值", "no target set"),
    ],
)
def test_every_kind_of_target_is_said_in_both_languages(
    promised: dict[str, Any] | None, chinese: str, english: str
) -> None:
    read = one(target=promised)
    with override("zh-hant"):
        assert wording.promise(read) == chinese
    with override("en"):
        assert wording.promise(read) == english


def test_a_yearly_flow_says_year_quarter_rate_and_what_was_expected() -> None:
    with override("zh-hant"):
        assert wording.standing(one()) == "112 年截至第 1 季累計 4,000 人次。達成率 50%，至本季應達 25%。"
    with override("en"):
        assert (
            wording.standing(one())
            == "4,000 trainings in 2023, up to Q1. 50% of the target; 25% was expected by now."
        )


def test_missing_data_is_said_and_never_zero() -> None:
    assert wording.standing(one(figure=figure("112Q1"))) == "截至本季尚無已核定的數字。"


def test_a_carried_value_names_the_quarter_that_it_comes_from() -> None:
    stock = one(
        aggregation="stock",
        window="plan",
        figure=figure("112Q3", plan_numerator="6", last_stated="112Q1"),
        unit_zh="家",
    )
    assert wording.standing(stock) == "截至 112 年第 3 季累計 6 家（沿用 112 年第 1 季的數字）。"


def test_a_rank_names_its_quarter_its_baseline_and_whether_the_target_is_met() -> None:
    rank = one(
        aggregation="rank",
        window="plan",
        baseline="4",
        figure=figure("113Q4", plan_numerator="3", last_stated="113Q3", achieved=True),
    )
    assert wording.standing(rank) == "最近一次填報（113 年第 3 季）為第 3 名。基準為第 4 名。已達目標。"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"plan_numerator": "1", "stage_zh": "成為觀察員"}, "已完成：成為觀察員。"),
        ({"plan_numerator": "0.5", "stage_zh": "送件"}, "已達階段：送件（全程的 50%）。"),
        ({"plan_numerator": "0"}, "尚未完成。"),
        (
            {"plan_numerator": "0", "expected_numerator": 0, "expected_denominator": 1},
            "尚未完成，期限未到。",
        ),
    ],
)
def test_a_milestone_says_its_stage(given: dict[str, Any], words: str) -> None:
    assert (
        wording.standing(one(aggregation="milestone", window="plan", figure=figure("112Q1", **given)))
        == words
    )


def test_a_qualitative_goal_is_told_in_words_and_has_no_rate() -> None:
    assert "不計算達成率" in wording.standing(one(aggregation="qualitative", figure=figure("112Q1")))


def test_large_sums_are_readable_in_either_language() -> None:
    money = one(
        aggregation="stock",
        window="plan",
        unit_zh="元",
        unit_en="NT$",
        target=target("more_than", "250000000000", "whole_plan"),
        figure=figure("112Q1", plan_numerator="123450000000"),
    )
    with override("zh-hant"):
        assert wording.quantity(money.actual, money) == "1,234.5 億元"
        assert (wording.cell(money.actual, money), wording.scale(money)[1]) == ("1,234.5", "億元")
        assert wording.promise(money) == "全程超過 2,500 億元"
    with override("en"):
        assert wording.quantity(money.actual, money) == "NT$123.45 billion"
        assert (wording.cell(money.actual, money), wording.scale(money)[1]) == ("123.45", "NT$ billion")


def test_a_small_sum_beside_large_ones_is_not_rounded_to_nothing() -> None:
    money = one(
        aggregation="stock", unit_zh="元", target=target("at_least", "250000000000"), figure=figure("112Q1")
    )
    assert wording.cell(Decimal(400000), money) == "0.004"
    assert wording.cell(Decimal(0), money) == "0"


def test_counts_of_people_are_never_scaled() -> None:
    assert wording.cell(Decimal(123456789012), one()) == "123,456,789,012"


def test_owners_are_listed_in_the_language_of_the_page() -> None:
    assert wording.owner_names(editions.one()) == "教育部"
    with override("en"):
        assert wording.owner_names(editions.one()) == "Ministry of Education"


def test_each_quarter_of_the_series_has_the_target_that_held_then() -> None:
    held = [
        {"since": "112Q1", "target": None},
        {"since": "112Q3", "target": target("more_than", "8000")},
        {"since": "113Q1", "target": target("more_than", "9000")},
    ]
    read = one(target=target("more_than", "9000"), targets=held)
    found = [read.target_in(Quarter.parse(code)) for code in ("112Q2", "112Q4", "113Q2")]
    assert [each.value if each else None for each in found] == [None, 8000, 9000]


def test_an_edition_from_before_targets_could_change_has_one_for_all_quarters() -> None:
    read = one(target=target("more_than", "8000"))
    assert read.target_in(Quarter.parse("112Q1")) == read.target


@pytest.mark.parametrize(
    ("promised", "words"),
    [
        (Target(comparator="about", value=Decimal(600), tolerance=Decimal("0.1"), frequency="annual"),
         "每年約 600 人次（容許範圍 10%）"),
        (Target(comparator="at_least", value=Decimal(700), frequency="annual", year=2025),
         "114 年度達 700 人次"),
        (Target(comparator="milestone", frequency="whole_plan", due_quarter=Quarter.parse("114Q2")),
         "全程完成（完成期限 114 年第 2 季）"),
        (None, "未訂目標值"),
    ],
)  # fmt: skip
def test_targets_are_compared_with_all_that_belongs_to_them(promised: Target | None, words: str) -> None:
    with override("zh-hant"):
        assert wording.terms(promised, one()) == words
