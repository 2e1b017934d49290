"""A picture says no more and no less than the figures: gaps stay gaps, targets stand where they were promised."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils.translation import override

from kpis import charts, exports, pages
from kpis.charts import Chart, Gauge, Progress, Spending
from programs.models import Plan
from tests.kpis.editions import edition, figure, indicator, one, target


def _flow(code: str, year_to_date: str | None, expected: int) -> dict[str, Any]:
    return figure(code, year_numerator=year_to_date, expected_numerator=expected, expected_denominator=4)


SERIES = [
    _flow("112Q1", "100", 1),
    _flow("112Q2", "250", 2),
    _flow("112Q3", None, 3),
    _flow("112Q4", "600", 4),
    _flow("113Q1", "90", 1),
]


def _two_years() -> Chart:
    return _path(target=target("at_least", "800"), figure=SERIES[-1], series=SERIES)


def _path(**given: Any) -> Chart:
    found = charts.path(one(**given))
    assert found is not None
    return found


def _traces(chart: Chart) -> dict[str, dict[str, Any]]:
    """What is drawn by its name, as the browser reads it."""
    return {trace["name"]: trace for trace in json.loads(json.dumps(charts.figure(chart)))["data"]}


def test_a_path_is_drawn_as_the_target_the_expected_path_and_the_actual() -> None:
    drawn = charts.figure(_two_years())
    roles = [trace["meta"]["role"] for trace in drawn["data"]]
    assert roles == ["chart-target", "chart-expected", "chart-actual"]


def test_lines_of_a_yearly_target_break_between_years_and_where_nothing_was_stated() -> None:
    assert _traces(_two_years())["實際"]["y"] == [100, 250, None, 600, None, 90]


def test_the_expected_path_is_the_expected_share_of_the_target() -> None:
    assert _traces(_two_years())["至該季應達"]["y"] == [200, 400, 600, 800, None, 200]


def test_the_table_says_what_the_picture_shows_and_a_dash_where_nothing_was_stated() -> None:
    chart = _two_years()
    assert chart.columns == ["季別", "目標值", "至該季應達", "實際"]
    assert chart.rows[0].head == "112 年 第 1 季"
    assert [row.cells[-1] for row in chart.rows] == ["100", "250", "—", "600", "90"]


def test_quarters_are_labelled_in_the_calendar_of_the_page() -> None:
    years, quarters = _traces(_two_years())["實際"]["x"]
    assert (years[0], quarters[0]) == ("112 年", "1")
    with override("en"):
        years, quarters = _traces(_two_years())["Actual"]["x"]
        assert _two_years().rows[-1].head == "2024 Q1"
    assert (years[0], quarters[0]) == ("2023", "Q1")


def test_colours_are_left_to_the_style_sheet_and_are_never_alone() -> None:
    drawn = charts.figure(_two_years())
    assert "color" not in json.dumps(drawn["data"])
    assert len({(trace["line"]["dash"], trace["mode"]) for trace in drawn["data"]}) == 3
    patterns = {trace["marker"]["pattern"]["shape"] for trace in charts.figure(_money())["data"]}
    assert len(patterns) == 3


def test_one_number_is_no_picture() -> None:
    assert charts.path(one(figure=figure("112Q1"))) is None
    assert charts.path(one()) is None
    assert charts.path(one(figure=SERIES[2], series=SERIES[:1] + SERIES[2:3])) is None
    assert charts.path(one(aggregation="qualitative", series=SERIES)) is None
    assert charts.progress([Progress("主軸", Decimal(10), None)]) is None


def _ranks(*ranks: str | None, baseline: str | None = "4") -> dict[str, Any]:
    series = [figure(f"112Q{at}", plan_numerator=rank) for at, rank in enumerate(ranks, start=1)]
    return {
        "aggregation": "rank",
        "window": "plan",
        "baseline": baseline,
        "target": target("rank_improves", "1", "whole_plan"),
        "series": series,
        "figure": series[-1],
    }


def test_the_better_rank_is_the_higher_one_and_holds_until_the_next() -> None:
    chart = _path(**_ranks("4", None, "3"))
    drawn = charts.figure(chart)
    assert list(drawn["layout"]["yaxis"]["range"]) == [4.5, 0.5]
    traces = _traces(chart)
    assert traces["目標值"]["y"] == [3, 3, 3]
    assert traces["實際"]["connectgaps"] and traces["實際"]["line"]["shape"] == "hv"


def test_a_rank_without_baseline_has_no_target_line() -> None:
    assert list(_traces(_path(**_ranks("4", "3", baseline=None)))) == ["實際"]


def test_stages_are_drawn_as_shares_of_the_whole() -> None:
    series = [figure(f"112Q{at}", plan_numerator=share) for at, share in ((1, "0.3"), (2, "0.6"))]
    chart = _path(
        aggregation="milestone",
        window="plan",
        target=target("milestone", None, "whole_plan"),
        series=series,
        figure=series[-1],
    )
    assert [row.cells for row in chart.rows] == [("100%", "30%"), ("100%", "60%")]


def test_a_range_has_two_lines() -> None:
    series = [figure(f"112Q{at}", plan_numerator=str(at)) for at in (1, 2)]
    spread = target("range", "3", "whole_plan", value_max="5")
    chart = _path(window="plan", target=spread, series=series, figure=series[-1])
    assert chart.rows[0].cells[:2] == ("3", "5")


def test_a_revised_target_is_drawn_from_its_own_quarter_on_and_marked_there() -> None:
    quarters = [_flow(code, "100", at) for at, code in enumerate(("112Q1", "112Q2", "112Q3"), start=1)]
    held = [
        {"since": "112Q1", "target": target("more_than", "8000")},
        {"since": "112Q3", "target": target("more_than", "9000")},
    ]
    chart = _path(target=target("more_than", "9000"), targets=held, series=quarters, figure=quarters[-1])
    lines = {name: trace["y"] for name, trace in _traces(chart).items()}
    assert lines["目標值"] == [8000, 8000, 9000]
    assert lines["至該季應達"] == [2000, 4000, 6750]
    assert lines["目標修正"] == [None, None, 9000]


def test_a_target_of_another_window_has_no_place_in_the_picture() -> None:
    quarters = [figure(code, year_numerator="100") for code in ("112Q1", "112Q2")]
    held = [
        {"since": "112Q1", "target": target("at_least", "2000", "whole_plan")},
        {"since": "112Q2", "target": target("at_least", "600")},
    ]
    chart = _path(target=target("at_least", "600"), targets=held, series=quarters, figure=quarters[-1])
    assert _traces(chart)["目標值"]["y"] == [None, 600]


def _owed_by_two(code: str, own: dict[str, str | None]) -> dict[str, Any]:
    names = {"MOE": "教育部", "NDC": "國家發展委員會"}
    owners = [
        {"code": each, "name_zh": names[each], "name_en": each, "named_by_plan": True, "statement": None}
        | {"figure": figure(code, year_numerator=amount)}
        for each, amount in own.items()
    ]
    series = [figure(f"112Q{at}") for at in range(1, int(code[-1]) + 1)]
    return indicator(organisations=owners, series=series, figure=series[-1])


def _by_organisation() -> Chart:
    first = edition(_owed_by_two("112Q1", {"MOE": "10", "NDC": None}), quarter="112Q1")
    third = edition(_owed_by_two("112Q3", {"MOE": "30", "NDC": "5"}), quarter="112Q3")
    found = charts.by_organisation(third.indicators[0], [first])
    assert found is not None
    return found


def test_each_organisation_has_a_small_picture_with_gaps_where_nothing_was_published_or_stated() -> None:
    chart = _by_organisation()
    assert {row.head: row.cells for row in chart.rows} == {
        "教育部": ("10", "—", "30"),
        "國家發展委員會": ("—", "—", "5"),
    }
    drawn = charts.figure(chart)
    assert [list(trace["y"]) for trace in drawn["data"]] == [[10, None, 30], [None, None, 5]]
    assert drawn["layout"]["yaxis"]["range"] == drawn["layout"]["yaxis2"]["range"]
    assert charts.by_organisation(one(), []) is None


def test_small_pictures_stand_beside_or_below_each_other_without_overlap() -> None:
    arranged = charts.figure(_by_organisation())["layout"]["meta"]["arranged"]
    single, double = arranged["1"]["axes"], arranged["2"]["axes"]
    assert single["yaxis"]["domain"][0] > single["yaxis2"]["domain"][1]
    assert double["xaxis"]["domain"][1] < double["xaxis2"]["domain"][0]


def test_a_bar_that_is_missing_says_so_and_zero_is_a_bar() -> None:
    chart = charts.progress([Progress("甲", Decimal(40), Decimal(0)), Progress("乙", Decimal("35.5"), None)])
    assert chart is not None
    planned, actual = charts.figure(chart)["data"]
    assert list(planned["x"]) == [40, 35.5] and list(actual["x"]) == [0, None]
    assert list(actual["text"]) == ["0%", "—"]
    assert [each["text"] for each in charts.figure(chart)["layout"]["annotations"]] == ["無資料"]
    assert chart.rows[1].cells == ("35.5%", "—")


def _money() -> Chart:
    chart = charts.money([Spending("甲", Decimal(2_000_000), Decimal(1_500_000), Decimal(900))])
    assert chart is not None
    return chart


def test_money_is_in_thousands_and_a_small_sum_is_not_nothing() -> None:
    assert _money().rows[0].cells == ("2,000", "1,500", "0.9")


def test_a_chart_of_demonstration_data_is_marked_wherever_it_goes() -> None:
    shown = edition(
        indicator(target=target("at_least", "800"), series=SERIES, figure=SERIES[-1]), demonstration=True
    )
    chart = pages.chart(shown, "KR1.2-path")
    assert chart is not None
    assert "示範" in charts.figure(chart)["layout"]["meta"]["mark"]
    rows = list(csv.reader(io.StringIO(exports.chart_file(chart, shown.digest).decode("utf-8-sig"))))
    assert rows[0] == ["季別", "目標值", "至該季應達", "實際", "單位", "摘要值", "資料性質"]
    assert rows[3] == ["112 年 第 3 季", "800", "600", "", "人次", shown.digest, "示範資料，非實際執行成果"]


@pytest.mark.parametrize(
    "key", ["progress", "KR1.2-path", "KR1.2-organisations", "KR9.9-path", "KR1.2-x", ""]
)
def test_what_has_no_picture_has_no_file(key: str) -> None:
    assert pages.chart(edition(), key) is None


def test_the_bullet_bar_places_actual_expected_and_target_on_one_scale() -> None:
    bar = charts.bullet(one())
    assert bar is not None
    assert (bar.actual, bar.expected, bar.target, bar.target_max) == ("48.08", "24.04", "96.15", None)


def test_a_bar_far_past_its_target_is_cut_and_stays_inside() -> None:
    far = figure("112Q1", year_numerator="1", rate_numerator="9", rate_denominator="1")
    bar = charts.bullet(one(figure=far))
    assert bar is not None
    assert bar.actual == "100.00"
    assert 0 < float(bar.target) < 100


def test_a_backward_movement_does_not_leave_the_bar() -> None:
    back = figure("112Q1", year_numerator="-1", rate_numerator="-1", rate_denominator="8")
    bar = charts.bullet(one(figure=back))
    assert bar is not None and bar.actual == "0.00"


def test_a_bar_without_data_shows_the_target_alone() -> None:
    bar = charts.bullet(one(figure=figure("112Q1")))
    assert bar is not None and bar.actual is None


def test_a_range_has_two_ends_inside_the_bar() -> None:
    spread = charts.bullet(one(target=target("range", "3", "whole_plan", value_max="5")))
    assert spread is not None and spread.target_max is not None
    assert float(spread.target) + float(spread.range_width) == pytest.approx(float(spread.target_max))
    assert float(spread.target_max) < 100


def _rank(actual: str | None, comparator: str = "rank_improves", value: str = "1") -> Gauge:
    known = None if actual is None else Decimal(actual)
    return Gauge(comparator, Decimal(value), None, known, None, Decimal("0.5"), Decimal(4))


def test_the_better_rank_is_further_to_the_right() -> None:
    worse, same, better = (charts.drawn(_rank(rank)) for rank in ("6", "4", "3"))
    assert worse and same and better and worse.actual and same.actual and better.actual
    assert float(same.actual) < float(better.actual)
    assert same.actual == same.start and better.actual == better.target
    assert float(worse.actual) < float(worse.start or 0) < float(worse.target)
    assert better.words == "實際 第 3 名；至本季應達 第 3.5 名；目標 第 3 名"


def test_a_rank_that_was_not_stated_has_a_bar_with_its_target_alone() -> None:
    bar = charts.drawn(_rank(None))
    assert bar is not None and bar.actual is None
    assert bar.words.startswith("尚無數字")
    top = charts.drawn(_rank("12", "top", "10"))
    assert top is not None and float(top.actual or 0) < float(top.target)


def test_a_rank_without_baseline_a_quality_and_a_target_without_rate_have_no_bar() -> None:
    unknown = Decimal(1), None, Decimal(3), None, None
    assert charts.drawn(Gauge("rank_improves", *unknown)) is None
    assert charts.drawn(Gauge("qualitative", *unknown)) is None
    assert charts.drawn(Gauge("at_most", *unknown)) is None
    assert charts.bullet(one(target=None)) is None


def test_a_milestone_is_a_bar_of_the_share_that_its_stage_reaches() -> None:
    bar = charts.drawn(Gauge("milestone", None, None, Decimal("0.6"), Decimal("0.6"), Decimal(0)))
    assert bar is not None
    assert (bar.actual, bar.expected, bar.target) == ("57.69", "0.00", "96.15")


def test_a_bar_is_told_in_words() -> None:
    bar = charts.bullet(one())
    assert bar is not None
    assert bar.words == "實際 50%；至本季應達 25%；目標 100%"


def test_the_bars_of_a_page_are_one_picture_with_names_lights_and_numbers() -> None:
    silent = indicator(
        code="G1.1", kind="goal", name_zh="甲 < 乙 & " + "很長的名稱" * 20, figure=figure("112Q1")
    )
    shown = edition(indicator(), silent, demonstration=True)
    bars = pages.bars(shown, "1", Plan(short_name_zh="小計畫"))
    assert bars is not None
    picture = ElementTree.fromstring(charts.svg(bars, source="摘要值 abc"))
    texts = [each.text or "" for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "人才優化與擴增　112 年第 1 季"
    assert {"KR1.2　每年培訓 AI 應用人才", "● 正常", "50%", "應達 25%", "○ 無資料"} <= set(texts)
    assert any(text.endswith("…") for text in texts)
    assert texts[-1] == "示範資料，非實際執行成果　摘要值 abc"
    bodies = [each.get("fill") for each in picture.iter("{http://www.w3.org/2000/svg}rect")]
    assert all(bodies), "a colour of the tokens was not found"


def test_the_numbers_of_bars_name_their_units_and_leave_out_what_was_not_stated() -> None:
    shown = edition(indicator(), indicator(code="KR1.9", figure=figure("112Q1")))
    bars = pages.bars(shown, "plan", Plan(short_name_zh="小計畫"))
    assert bars is not None
    rows = list(csv.reader(io.StringIO(exports.chart_file(bars, shown.digest).decode("utf-8-sig"))))
    assert rows[0].count("單位") == 1
    assert rows[1][3:8] == ["4000", "人次", "0.5", "0.25", "正常"]
    assert rows[2][3:8] == ["", "人次", "", "", "無資料"]
    assert pages.bars(shown, "9", Plan()) is None
